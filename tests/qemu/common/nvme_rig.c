/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the program nvme share. */
#include "nvme_rig.h"

#include <busdma/direct.h>
#include <busdma/string.h>

#include "le.h"

#define PERLINE 12 /* runs or segments */
#define ALL (~(paddr_t)0)
#define PATIENCE 100

/*
 * All slots that there will be are there from the beginning, shared by what the
 * driver narrows the tag to.
 */
int
rig_tag_make(struct rig_tag *rt, const struct busdma_platform *pl)
{
	const struct bus_dma_window all = { 0, 0, 0, BUS_DMA_WINDOW_COHERENT };
	const unsigned bits = (unsigned)port_arg_u64("bits", 64);
	const bus_size_t slots = port_arg_u64("bounce", 0);
	const struct bus_dma_bounce_window bw = {
		.bw_high = ALL >> (64 - bits),
		.bw_reserve = slots,
		.bw_most = slots,
	};
	const struct bus_dma_bounce db = {
		.db_most = RIG_PAGE,
		.db_windows = &bw,
		.db_nwindows = 1,
		.db_flags =
		    port_arg_u64("forced", 0) != 0 ? BUS_DMA_BOUNCE_FORCED : 0,
	};
	bus_dma_tag_t *t = rt->rt_tags;
	unsigned n = 0;
	int error;

	error = bus_dmatag_direct(pl, NULL, &all, 1, &t[n], 0);
	n += error == 0;
	if (error == 0 && slots != 0) {
		error = bus_dmatag_bounce(t[n - 1], &db, &t[n], 0);
		n += error == 0;
	}
	if (error == 0) {
		error = bus_dmatag_subregion(t[n - 1], 0, bw.bw_high, &t[n], 0);
		n += error == 0;
	}
	rt->rt_count = n;
	if (error != 0)
		rig_tag_free(rt);
	return error;
}

void
rig_tag_free(struct rig_tag *rt)
{
	while (rt->rt_count > 0)
		bus_dmatag_destroy(rt->rt_tags[--rt->rt_count]);
}

bus_dma_tag_t
rig_tag(const struct rig_tag *rt)
{
	return rt->rt_tags[rt->rt_count - 1];
}

/* Runs or segments, several in a line. */
static void
tell_runs(char what, unsigned number, const bus_dma_segment_t *seg, unsigned n)
{
	char line[PERLINE * 28 + 1];
	unsigned i, at = 0;
	int shift;
	bool any;

	for (i = 0; i < n; i++) {
		const uint64_t v[2] = { seg[i].ds_addr, seg[i].ds_len };
		unsigned k;

		for (k = 0; k < 2; k++) {
			line[at++] = k == 0 ? ' ' : '+';
			any = false;
			for (shift = 60; shift >= 0; shift -= 4) {
				any = any || (v[k] >> shift & 0xf) != 0 ||
				      shift == 0;
				if (any)
					line[at++] =
					    "0123456789abcdef"[v[k] >> shift &
							       0xf];
			}
		}
		if (i % PERLINE == PERLINE - 1 || i == n - 1) {
			line[at] = '\0';
			tap_say("%c %u%s", what, number, line);
			at = 0;
		}
	}
}

static void
watch(void *arg, const struct nvme_request *rq, unsigned queue, unsigned cid,
    bus_dmamap_t map)
{
	const struct rig_job *rj = rq->rq_arg;
	const struct nvme_slot *sl =
	    &rj->rj_nvme->sc_queues[queue].qu_slots[cid];

	(void)arg;
	tap_say("c %u %x %x %llx %llx", rj->rj_number, queue, cid,
	    (unsigned long long)(rq->rq_lba +
				 (sl->sl_done >> rj->rj_nvme->sc_blockshift)),
	    (unsigned long long)map->dm_mapsize);
	tell_runs('s', rj->rj_number, map->dm_segs, (unsigned)map->dm_nsegs);
}

/*
 * A machine whose time passes by instructions looks often in a second of its
 * own; the host's disk, which that is not the time of, may need some more.
 */
#define POLL_MS 600000u

struct nvme_params
rig_params(void)
{
	return (struct nvme_params){
		.np_pairs = (unsigned)port_arg_u64("pairs", 0),
		.np_depth = (unsigned)port_arg_u64("depth", 0),
		.np_maxxfer = port_arg_u64("maxxfer", 0),
		.np_polled = port_arg_u64("polled", 0) != 0,
		.np_patience = (unsigned)port_arg_u64("patience", POLL_MS),
		.np_watch = port_arg_u64("facts", 0) != 0 ? watch : NULL,
	};
}

bool
rig_attach(struct nvme_softc *sc, const struct rig_tag *rt, unsigned nth)
{
	struct nvme_params np = rig_params();
	struct env_device *dev = port_pci_find(0x1b36, 0x0010, nth);
	int error;

	if (dev == NULL) {
		tap_ok(false, "there is no controller %u", nth);
		return false;
	}
	error = nvme_attach(sc, dev, rig_tag(rt), &np);
	tap_ok(error == 0, "attach controller %u: error %d", nth, error);
	if (error != 0) {
		tap_say("CC 0x%x, CSTS 0x%x", env_read32(dev, NVME_CC),
		    env_read32(dev, NVME_CSTS));
		return false;
	}
	tap_say("blocks: %llu", (unsigned long long)sc->sc_blocks);
	tap_say("blocksize: %llu", (unsigned long long)sc->sc_blocksize);
	tap_say("maxxfer: %llu", (unsigned long long)sc->sc_maxxfer);
	tap_say("pairs: %u", sc->sc_npairs);
	tap_say("depth: %u", sc->sc_queues[1].qu_depth);
	return true;
}

bool
rig_memory_make(struct rig_memory *ra, size_t size, paddr_t low, paddr_t high)
{
	ra->ra_size = size;
	ra->ra_run = port_mem_alloc(size, low, high, false);
	ra->ra_pages = port_mem_alloc(size, low, high, true);
	ra->ra_user = port_user_alloc(size, low, high);
	ra->ra_low = port_mem_alloc(size, 0, 0xffffffff, true);
	if (ra->ra_run != NULL && ra->ra_pages != NULL && ra->ra_user != NULL &&
	    ra->ra_low != NULL)
		return true;
	tap_ok(false, "memory for a job");
	return false;
}

void
rig_memory_free(struct rig_memory *ra)
{
	port_mem_free(ra->ra_run, ra->ra_size);
	port_mem_free(ra->ra_pages, ra->ra_size);
	port_user_free(ra->ra_user, ra->ra_size);
	port_mem_free(ra->ra_low, ra->ra_size);
}

uint32_t
rig_below(uint64_t *random, uint32_t n)
{
	uint64_t x;

	x = *random += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)((x >> 32) % n);
}

/* The physical runs of a piece, behind those that there are. */
static void
add_runs(struct rig_job *rj, const uint8_t *p, size_t len)
{
	const struct busdma_platform *pl = port_platform();
	struct proc *proc = rj->rj_rq.rq_proc;
	struct busdma_frag f;
	bus_dma_segment_t *last;

	for (; len > 0; p += f.bf_len, len -= f.bf_len) {
		if (pl->pl_extract(pl,
			proc != NULL ? pl->pl_space(pl, proc) : NULL,
			(uintptr_t)p, len, &f, 1) != 1)
			tap_bail("a buffer without memory");
		last = &rj->rj_runs[rj->rj_nruns - 1];
		if (rj->rj_nruns > 0 &&
		    last->ds_addr + last->ds_len == f.bf_addr) {
			last->ds_len += f.bf_len;
			continue;
		}
		if (rj->rj_nruns == RIG_RUNS)
			tap_bail("a buffer in too many runs");
		rj->rj_runs[rj->rj_nruns++] =
		    (bus_dma_segment_t){ f.bf_addr, f.bf_len };
	}
}

static void
add_piece(struct rig_job *rj, uint8_t *p, size_t len)
{
	rj->rj_iov[rj->rj_niov].iov_base = p;
	rj->rj_iov[rj->rj_niov++].iov_len = len;
	add_runs(rj, p, len);
}

/* Pieces of any length, one behind the other, some of them in low memory. */
static void
lay_uio(struct rig_job *rj, size_t off, size_t len, uint64_t *random)
{
	size_t at = off, n;
	uint8_t *p;

	while (len > 0) {
		n = 4 + 4 * rig_below(random, (uint32_t)(len / 4));
		if (n > len || rj->rj_niov == RIG_PIECES - 1)
			n = len;
		p = rig_below(random, 4) == 0 ? rj->rj_memory.ra_low
					      : rj->rj_memory.ra_pages;
		add_piece(rj, p + at, n);
		at += n + 4 * rig_below(random, 3);
		len -= n;
	}
}

/* Pieces that end and begin with a page, in another order than in memory. */
static void
lay_vectors(struct rig_job *rj, size_t off, size_t len, uint64_t *random)
{
	size_t at = off, n;
	uint8_t *p = rj->rj_memory.ra_pages;

	while (len > 0) {
		n = (1 + rig_below(random, 6)) * RIG_PAGE - at % RIG_PAGE;
		if (n > len || rj->rj_niov == RIG_PIECES - 1)
			n = len;
		p = p == rj->rj_memory.ra_pages ? rj->rj_memory.ra_run
						: rj->rj_memory.ra_pages;
		add_piece(rj, p + at, n);
		at += n;
		len -= n;
	}
}

void
rig_lay(struct rig_job *rj, enum rig_kind kind, size_t off, size_t len,
    uint64_t *random)
{
	struct nvme_request *rq = &rj->rj_rq;

	*rq = (struct nvme_request){ .rq_len = len, .rq_arg = rj };
	rj->rj_nruns = rj->rj_niov = 0;
	rq->rq_buffer = NVME_LINEAR;
	switch (kind) {
	case RIG_RUN:
		add_piece(rj, rj->rj_memory.ra_run + off, len);
		break;
	case RIG_PAGES:
		add_piece(rj, rj->rj_memory.ra_pages + off, len);
		break;
	case RIG_LIST:
		add_piece(rj, rj->rj_memory.ra_pages + off, len);
		rq->rq_buffer = NVME_RAW;
		break;
	case RIG_UIO:
		lay_uio(rj, off, len, random);
		rq->rq_buffer = NVME_UIO;
		break;
	case RIG_USER:
		rq->rq_proc = port_proc();
		add_piece(rj, rj->rj_memory.ra_user + off, len);
		break;
	case RIG_VECTORS:
	case RIG_NKINDS:
	default:
		lay_vectors(rj, off, len, random);
		rq->rq_buffer = NVME_UIO;
		break;
	}
	rj->rj_uio = (struct uio){
		.uio_iov = rj->rj_iov,
		.uio_iovcnt = (int)rj->rj_niov,
		.uio_resid = len,
	};
	rq->rq_buf = rj->rj_iov[0].iov_base;
	rq->rq_uio = &rj->rj_uio;
	rq->rq_segs = rj->rj_runs;
	rq->rq_nsegs = (int)rj->rj_nruns;
}

static void
done(struct nvme_request *rq)
{
	(void)rq;
}

void
rig_prepare(
    struct rig_job *rj, struct nvme_softc *sc, enum nvme_op op, uint64_t lba)
{
	static unsigned number;

	rj->rj_nvme = sc;
	rj->rj_number = number++;
	rj->rj_rq.rq_op = op;
	rj->rj_rq.rq_lba = lba;
	rj->rj_rq.rq_done = done;
}

int
rig_start(struct rig_job *rj)
{
	struct nvme_request *rq = &rj->rj_rq;
	int error = nvme_submit(rj->rj_nvme, rq);

	if (error == 0 && rj->rj_nvme->sc_params.np_watch != NULL) {
		tap_say("q %u %c %llx %llx %u", rj->rj_number,
		    rq->rq_op == NVME_READ ? 'r' : 'w',
		    (unsigned long long)rq->rq_lba,
		    (unsigned long long)rq->rq_len, (unsigned)rq->rq_buffer);
		tell_runs('b', rj->rj_number, rj->rj_runs, rj->rj_nruns);
	}
	return error;
}

bool
rig_over(const struct rig_job *rj)
{
	return rj->rj_rq.rq_status != NVME_ST_PENDING;
}

unsigned
rig_wait(struct nvme_softc *sc)
{
	unsigned i, n = 0;

	for (i = 0; i < PATIENCE && n == 0 && sc->sc_inflight > 0; i++)
		n = nvme_wait(sc);
	return n;
}

/* CRC-32 as zlib's. */
static uint32_t
crc32(uint32_t crc, const uint8_t *p, size_t len)
{
	static uint32_t table[256];
	uint32_t c;
	unsigned i, k;

	for (i = 0; table[255] == 0 && i < 256; i++) {
		for (c = i, k = 0; k < 8; k++)
			c = (c & 1) != 0 ? c >> 1 ^ 0xedb88320u : c >> 1;
		table[i] = c;
	}
	for (crc = ~crc; len > 0; len--)
		crc = table[(crc ^ *p++) & 0xff] ^ crc >> 8;
	return ~crc;
}

/* What the buffer holds, wherever it is. */
static uint32_t
buffer_crc(const struct rig_job *rj)
{
	static uint8_t page[4096];
	const uint8_t *p;
	uint32_t crc = 0;
	size_t left, n;
	unsigned i;

	for (i = 0; i < rj->rj_niov; i++) {
		p = rj->rj_iov[i].iov_base;
		left = rj->rj_iov[i].iov_len;
		if (rj->rj_rq.rq_proc == NULL) {
			crc = crc32(crc, p, left);
			continue;
		}
		for (; left > 0; p += n, left -= n) {
			n = left < sizeof(page) ? left : sizeof(page);
			if (port_user_copy(p, page, n, false) != 0)
				tap_bail("no memory of the process");
			crc = crc32(crc, page, n);
		}
	}
	return crc;
}

unsigned rig_commands, rig_segments;

bool
rig_end(struct rig_job *rj)
{
	const struct nvme_request *rq = &rj->rj_rq;
	uint32_t crc = 0;

	rig_commands += rq->rq_commands;
	rig_segments += rq->rq_dmasegs;

	if (rj->rj_nvme->sc_params.np_watch != NULL) {
		if (rq->rq_op == NVME_READ)
			crc = buffer_crc(rj);
		tap_say("e %u %x %d %x %x %x %x", rj->rj_number, rq->rq_status,
		    rq->rq_error, rq->rq_commands, rq->rq_dmasegs,
		    rq->rq_retries, crc);
	}
	return rq->rq_status == NVME_ST_OK;
}

bool
rig_run(struct rig_job *rj)
{
	int error = rig_start(rj);

	while (error == 0 && !rig_over(rj)) {
		if (rig_wait(rj->rj_nvme) == 0)
			break;
	}
	if (error == 0 && rig_over(rj) && rig_end(rj))
		return true;
	tap_ok(false, "request %u: error %d, status 0x%x: %s", rj->rj_number,
	    error, rj->rj_rq.rq_status, nvme_status_text(rj->rj_rq.rq_status));
	return false;
}

void
rig_figures(struct nvme_softc *sc, struct rig_figures *before, const char *what)
{
	struct bus_dma_bounce_stats bs, *was = &before->rf_bounced;
	unsigned i;

	if (bus_dma_bounce_stats(sc->sc_dmat, &bs) != 0)
		return;
	for (i = 0; i < BUS_DMA_NBOUNCED && what != NULL; i++) {
		tap_say("why %u %s", i,
		    bus_dma_bounced_text((enum bus_dma_bounced)i));
		tap_say("%sbounced %u: %llu", what, i,
		    (unsigned long long)(bs.bs_bytes[i] - was->bs_bytes[i]));
	}
	if (what != NULL) {
		tap_say("%sin: %llu", what,
		    (unsigned long long)(bs.bs_in - was->bs_in));
		tap_say("%sfilled: %llu", what,
		    (unsigned long long)(bs.bs_filled - was->bs_filled));
		tap_say("%sout: %llu", what,
		    (unsigned long long)(bs.bs_out - was->bs_out));
	}
	*was = bs;
}
