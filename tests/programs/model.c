/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in memory, and who may do what with it: plain bytes. */
#include <stdlib.h>
#include <string.h>

#include "program.h"

bool
buf_init(struct program *pr, struct buf *bf, enum kind kind, uint32_t n)
{
	uint32_t lines = (n + LINE - 1) / LINE;

	memset(bf, 0, sizeof(*bf));
	bf->bf_kind = kind;
	bf->bf_size = n;
	bf->bf_data = calloc(3, n);
	bf->bf_linemap = calloc(2, lines);
	bf->bf_changed = calloc(n, sizeof(*bf->bf_changed));
	if (bf->bf_data == NULL || bf->bf_linemap == NULL ||
	    bf->bf_changed == NULL) {
		buf_fini(bf);
		fail(pr, "no memory for the model");
		return false;
	}
	bf->bf_read = bf->bf_data + n;
	bf->bf_owner = bf->bf_read + n;
	bf->bf_linecount = bf->bf_linemap + lines;
	return true;
}

void
buf_fini(struct buf *bf)
{
	free(bf->bf_data);
	free(bf->bf_linemap);
	free(bf->bf_changed);
	bf->bf_data = NULL;
}

/* Until the POSTREAD the CPU doesn't look at what the device may write. */
bool
cpu_may_load(const struct program *pr, const void *what, uint32_t i)
{
	const struct buf *bf = what;

	(void)pr;
	return bf->bf_owner[i] == 0;
}

/*
 * Until the POSTWRITE it doesn't store to what the device may read, nor to a
 * line in which the device may write.
 */
bool
cpu_may_store(const struct program *pr, const void *what, uint32_t i)
{
	const struct buf *bf = what;

	(void)pr;
	return bf->bf_read[i] == 0 && bf->bf_linecount[i / LINE] == 0;
}

struct buf *
map_byte(const struct map *mp, uint32_t i, uint32_t *at)
{
	const struct part *pa = &mp->mp_part[mp->mp_partof[i]];

	*at = pa->pa_off + (i - pa->pa_at);
	return pa->pa_buf;
}

void
map_give(struct program *pr, struct map *mp, uint32_t i, uint8_t what)
{
	uint8_t me = (uint8_t)(mp - pr->pr_map + 1);
	uint32_t at;
	struct buf *bf = map_byte(mp, i, &at);

	if ((what & ~mp->mp_given[i] & GIVEN_READ) != 0)
		bf->bf_read[at]++;
	if ((what & ~mp->mp_given[i] & GIVEN_WRITE) != 0) {
		bf->bf_owner[at] = me;
		bf->bf_linemap[at / LINE] = me;
		bf->bf_linecount[at / LINE]++;
		mp->mp_writes[i / LINE]++;
	}
	mp->mp_given[i] |= what;
}

void
map_take(struct program *pr, struct map *mp, uint32_t i, uint8_t what)
{
	uint32_t at;
	struct buf *bf = map_byte(mp, i, &at);

	(void)pr;
	if ((what & mp->mp_given[i] & GIVEN_READ) != 0)
		bf->bf_read[at]--;
	if ((what & mp->mp_given[i] & GIVEN_WRITE) != 0) {
		mp->mp_writes[i / LINE]--;
		bf->bf_owner[at] = 0;
		if (--bf->bf_linecount[at / LINE] == 0)
			bf->bf_linemap[at / LINE] = 0;
	}
	mp->mp_given[i] &= (uint8_t)~what;
}

bool
map_clash(const struct map *mp, uint32_t i)
{
	const uint32_t line = i / LINE, last = (mp->mp_total - 1) / LINE;
	uint32_t at;
	const struct buf *bf = map_byte(mp, i, &at);

	return bf->bf_changed[at] > mp->mp_same[i] &&
	       (bf->bf_linecount[at / LINE] != 0 || mp->mp_writes[line] != 0 ||
		   (line > 0 && mp->mp_writes[line - 1] != 0) ||
		   (line < last && mp->mp_writes[line + 1] != 0));
}

void
map_agree(struct program *pr, struct map *mp, uint32_t i)
{
	mp->mp_same[i] = pr->pr_clock;
}

void
buf_bytes(struct program *pr, struct buf *bf, uint32_t at, uint32_t n)
{
	new_bytes(pr, bf->bf_data + at, n);
	pr->pr_clock++;
	for (uint32_t i = at; i < at + n; i++)
		bf->bf_changed[i] = pr->pr_clock;
}

/* One draw, whatever the length. */
void
new_bytes(struct program *pr, uint8_t *buf, uint32_t n)
{
	struct rnd bytes = { .rn_state = rnd(&pr->pr_rnd) };
	uint64_t v = 0;

	for (uint32_t i = 0; i < n; i++, v >>= 8) {
		if (i % 8 == 0)
			v = rnd(&bytes);
		buf[i] = (uint8_t)v;
	}
}
