/* SPDX-License-Identifier: BSD-2-Clause */
/* The device's accesses: at the addresses of the segments, by offset. */
#include "program.h"

/* As the device was told: segment by segment. */
static void
access_segments(struct program *pr, struct map *mp, uint32_t at, uint8_t *buf,
    uint32_t n, bool write)
{
	bus_dma_segment_t block = { 0, mp->mp_total };
	const bus_dma_segment_t *seg = &block;
	size_t len;
	bool good = true;

	if (mp->mp_pool != NULL)
		block.ds_addr = mp->mp_block->pb_addr;
	else
		seg = mp->mp_map->dm_segs;
	for (; at >= seg->ds_len; seg++)
		at -= (uint32_t)seg->ds_len;
	for (; n != 0 && good; seg++, at = 0) {
		len = (size_t)seg->ds_len - at;
		if (len > n)
			len = n;
		good = machine_access(pr, mp->mp_tag->ta_device,
		    seg->ds_addr + at, buf, len, write);
		buf += len;
		n -= (uint32_t)len;
	}
	if (!good)
		fail(pr, "the device's access was refused");
}

static bool
dev_may_read(const struct program *pr, const void *what, uint32_t i)
{
	const struct map *mp = ((const struct query *)what)->qu_map;

	(void)pr;
	return (mp->mp_given[i] & GIVEN_READ) != 0 ||
	       (mp->mp_dir != BUS_DMA_READ && (mp->mp_given[i] & WRITTEN) != 0);
}

static bool
dev_may_write(const struct program *pr, const void *what, uint32_t i)
{
	const struct map *mp = ((const struct query *)what)->qu_map;

	(void)pr;
	return (mp->mp_given[i] & GIVEN_WRITE) != 0;
}

void
step_dev_read(struct program *pr)
{
	static uint8_t seen[MAXBUF];
	struct query qu;
	struct map *mp;
	struct buf *bf;
	uint32_t at, n, k;
	uint8_t want;

	n = some_map_run(pr, &qu, dev_may_read, &at);
	if (n == 0)
		return;
	mp = qu.qu_map;
	say(pr, "the device reads [%u, %u) of map %d", at, at + n,
	    (int)(mp - pr->pr_map));
	if (mp->mp_refused)
		return;
	access_segments(pr, mp, at, seen, n, false);
	pr->pr_counts->ct_reads++;
	pr->pr_counts->ct_bytes += n;
	for (uint32_t i = 0; i < n && !pr->pr_failed; i++) {
		bf = map_byte(mp, at + i, &k);
		want = bf->bf_data[k];
		if (slots_seen(mp, at + i, &want) && seen[i] != want)
			fail(pr, "the device sees %#x and not %#x at %u",
			    seen[i], want, at + i);
	}
}

/* Without DMA the CPU does it: the bytes are its own then. */
static void
write_parts(struct program *pr, struct map *mp, uint32_t at, uint32_t n)
{
	uint32_t k, run;
	struct buf *bf;

	for (; n != 0; at += run, n -= run) {
		const struct part *pa = &mp->mp_part[mp->mp_partof[at]];

		bf = map_byte(mp, at, &k);
		run = pa->pa_len - (at - pa->pa_at);
		if (run > n)
			run = n;
		cpu_store(pr, bf, k, run, 0);
	}
}

void
device_write(struct program *pr, struct map *mp, uint32_t at, uint32_t n)
{
	static uint8_t data[MAXBUF];
	struct buf *bf;
	uint32_t k;

	new_bytes(pr, data, n);
	pr->pr_clock++;
	for (uint32_t i = 0; i < n; i++) {
		bf = map_byte(mp, at + i, &k);
		bf->bf_data[k] = data[i];
		bf->bf_changed[k] = pr->pr_clock;
		map_agree(pr, mp, at + i);
		map_give(pr, mp, at + i, WRITTEN);
	}
	slots_written(pr, mp, at, n);
	pr->pr_counts->ct_writes += !mp->mp_refused;
	if (mp->mp_refused)
		write_parts(pr, mp, at, n);
	else
		access_segments(pr, mp, at, data, n, true);
}

void
step_dev_write(struct program *pr)
{
	struct query qu;
	uint32_t at, n;

	n = some_map_run(pr, &qu, dev_may_write, &at);
	if (n == 0)
		return;
	say(pr, "the device writes [%u, %u) of map %d", at, at + n,
	    (int)(qu.qu_map - pr->pr_map));
	device_write(pr, qu.qu_map, at, n);
}
