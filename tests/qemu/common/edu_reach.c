/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program "edu": what devices reach goes to them as it is, and all else,
 * and nothing more, is bounced.
 */
#include "edu_rig.h"

/*
 * The most that a job has here: it is loaded in one part then, so that the runs
 * are those of the buffer.
 */
#define MOST 40000u
#define POOL (1024 * 1024)

static const struct bus_dma_bounce pool = { .db_most = POOL };

/* A place for each device: what it reaches, and what it does not. */
static void
places(const struct edu_unit *un, bool polled)
{
	bool scattered, ok = true;
	struct buffer src, dst;
	struct edu_delta de;
	struct edu_softc sc;
	struct edu_bus eb;
	unsigned from, to, n;

	edu_bus_make(&eb, &pool);
	edu_begin(&sc, un, &eb, polled);
	for (n = 0; n < 2 * NPLACES * NPLACES; n++) {
		from = n % NPLACES;
		to = n / NPLACES % NPLACES;
		scattered = n >= NPLACES * NPLACES;
		buffer_alloc(&src, 20000, &edu_zones[from], scattered);
		buffer_alloc(&dst, 20000, &edu_zones[to], scattered);
		buffer_lay(&src, 1 + 777 * n % 4096, 9000 + n);
		buffer_lay(&dst, 1 + 1777 * n % 4096, 9000 + n);
		buffer_fill(&src, n + 1);
		buffer_fill(&dst, 1000);
		edu_delta_begin(&sc, &de);
		if (edu_run(&sc, EDU_LINEAR, &src, &dst, 0) != 0 ||
		    !buffer_has(&src, n + 1) || !buffer_has(&dst, n + 1) ||
		    !edu_delta_is(
			&sc, &de, &src, &dst, edu_high(un->un_bits))) {
			tap_say("from %s to %s%s", edu_zones[from].bz_name,
			    edu_zones[to].bz_name,
			    scattered ? ", scattered" : "");
			ok = false;
		}
		buffer_free(&src);
		buffer_free(&dst);
	}
	tap_ok(ok,
	    "%u bits%s: from everywhere to everywhere, bounced where "
	    "it must",
	    un->un_bits, polled ? ", polled" : "");
	edu_end(&sc);
	edu_bus_end(&eb);
}

/* Lengths around those at which the device's buffer and pages end. */
static void
lengths(const struct edu_unit *un)
{
	static const size_t lens[] = { 1, 2, 4094, 4095, 4096, 4097, 8190, 8191,
		8192, 12285, 12289, 65535, 65536, 65537, 131072 + 1 };
	struct buffer src, dst;
	struct edu_softc sc;
	struct edu_bus eb;
	bool ok = true;
	uint32_t seed;
	size_t i;

	edu_bus_make(&eb, &pool);
	edu_begin(&sc, un, &eb, false);
	buffer_alloc(&src, 140000, &edu_zones[HIGH], false);
	buffer_alloc(&dst, 140000, &edu_zones[LOW], true);
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		seed = (uint32_t)i + 1;
		buffer_lay(&src, i % 2 * 4095, lens[i]);
		buffer_lay(&dst, i % 3, lens[i]);
		buffer_fill(&src, seed);
		buffer_fill(&dst, 1000);
		if (edu_run(&sc, EDU_LINEAR, &src, &dst, 0) != 0 ||
		    !buffer_has(&src, seed) || !buffer_has(&dst, seed)) {
			tap_say("length %lu", (unsigned long)lens[i]);
			ok = false;
		}
	}
	tap_ok(ok, "%u bits: lengths from 1 to 128 KiB", un->un_bits);
	buffer_free(&src);
	buffer_free(&dst);
	edu_end(&sc);
	edu_bus_end(&eb);
}

struct lots {
	uint64_t lo_seed;
	struct buffer lo_src[2 * NPLACES]; /* one run, or scattered pages */
	struct buffer lo_dst[2 * NPLACES];
};

/* Lay out both buffers, as `kind' wants them. */
static void
random_layout(
    struct lots *lo, enum edu_kind kind, struct buffer *src, struct buffer *dst)
{
	struct buffer *both[] = { src, dst };
	uint32_t len = 1 + buffer_random(&lo->lo_seed, MOST);
	uint32_t left, piece;
	int i, n;

	for (i = 0; i < 2; i++) {
		left = len;
		n = kind == EDU_UIO ? BUFFER_PIECES : 1;
		piece = n == 1 ? len : 1 + buffer_random(&lo->lo_seed, left);
		buffer_lay(both[i], buffer_random(&lo->lo_seed, 4096), piece);
		for (left -= piece; left > 0; left -= piece) {
			piece = both[i]->bu_npieces == n - 1
				    ? left
				    : 1 + buffer_random(&lo->lo_seed, left);
			buffer_lay_more(both[i],
			    1 + buffer_random(&lo->lo_seed, 500), piece);
		}
	}
}

static bool
random_job(struct lots *lo, struct edu_softc *sc, unsigned bits, uint32_t n)
{
	enum edu_kind kind = (enum edu_kind)buffer_random(&lo->lo_seed, 3);
	struct buffer *src, *dst;
	struct edu_delta de;

	src = &lo->lo_src[buffer_random(&lo->lo_seed, 2 * NPLACES)];
	dst = &lo->lo_dst[buffer_random(&lo->lo_seed, 2 * NPLACES)];
	random_layout(lo, kind, src, dst);
	buffer_fill(src, n);
	buffer_fill(dst, ~n);
	edu_delta_begin(sc, &de);
	if (edu_run(sc, kind, src, dst,
		buffer_random(&lo->lo_seed, 2) != 0 ? BUS_DMA_NOWAIT : 0) ==
		0 &&
	    buffer_has(src, n) && buffer_has(dst, n) &&
	    edu_delta_is(sc, &de, src, dst, edu_high(bits)))
		return true;
	tap_say("%u bits, kind %d, %lu bytes in %d and %d pieces, offsets %lu "
		"and %lu, places %d and %d",
	    bits, (int)kind, (unsigned long)buffer_length(src), src->bu_npieces,
	    dst->bu_npieces,
	    (unsigned long)((uintptr_t)src->bu_iov[0].iov_base % 4096),
	    (unsigned long)((uintptr_t)dst->bu_iov[0].iov_base % 4096),
	    (int)(src - lo->lo_src), (int)(dst - lo->lo_dst));
	return false;
}

/* All devices are attached at once, to one bus. */
void
edu_cases_random(void)
{
	static struct lots lo;
	uint64_t first = port_arg_u64("seed", 1);
	uint32_t rounds = (uint32_t)port_arg_u64("rounds", 50), n;
	struct edu_softc sc[MAX_EDUS];
	struct edu_bus eb;
	bool ok = true;
	unsigned i;

	lo.lo_seed = first;
	for (i = 0; i < 2 * NPLACES; i++) {
		buffer_alloc(
		    &lo.lo_src[i], MOST, &edu_zones[i % NPLACES], i >= NPLACES);
		buffer_alloc(
		    &lo.lo_dst[i], MOST, &edu_zones[i % NPLACES], i >= NPLACES);
	}
	edu_bus_make(&eb, &pool);
	for (i = 0; i < edu_nunits; i++)
		edu_begin(&sc[i], &edu_units[i], &eb, i == 1);
	for (n = 1; ok && n <= rounds; n++) {
		i = buffer_random(&lo.lo_seed, edu_nunits);
		ok = random_job(&lo, &sc[i], edu_units[i].un_bits, n);
	}
	tap_ok(ok, "%lu random jobs of %u devices, seed %llu",
	    (unsigned long)rounds, edu_nunits, (unsigned long long)first);
	for (i = 0; i < edu_nunits; i++)
		edu_end(&sc[i]);
	edu_bus_end(&eb);
	for (i = 0; i < 2 * NPLACES; i++) {
		buffer_free(&lo.lo_src[i]);
		buffer_free(&lo.lo_dst[i]);
	}
}

/* Memory of bus_dmamem_alloc is in reach, and not bounced. */
static void
shared_memory(const struct edu_unit *un)
{
	const struct buffer_beyond none = { 0, 0 };
	struct buffer src, dst;
	struct buffer_beyond by;
	bus_dma_segment_t seg;
	struct edu_delta de;
	struct edu_softc sc;
	struct edu_bus eb;
	void *kva;
	int n;

	edu_bus_make(&eb, &pool);
	edu_begin(&sc, un, &eb, false);
	if (bus_dmamem_alloc(
		sc.sc_dmat, 32768, 0, 0, &seg, 1, &n, BUS_DMA_WAITOK) != 0 ||
	    bus_dmamem_map(sc.sc_dmat, &seg, 1, 32768, &kva, 0) != 0)
		tap_bail("no memory for devices");
	src = (struct buffer){ .bu_mem = kva, .bu_size = 16384 };
	dst = (struct buffer){ .bu_mem = src.bu_mem + 16384, .bu_size = 16384 };
	buffer_lay(&src, 5, 16000);
	buffer_lay(&dst, 77, 16000);
	buffer_fill(&src, 1);
	buffer_fill(&dst, 2);
	buffer_beyond(&dst, 16000, edu_high(un->un_bits), &by);
	tap_ok(by.by_bytes == none.by_bytes &&
		   seg.ds_addr + 32767 <= edu_high(un->un_bits),
	    "%u bits: memory for devices is in reach", un->un_bits);
	edu_delta_begin(&sc, &de);
	tap_ok(edu_run(&sc, EDU_LINEAR, &src, &dst, 0) == 0 &&
		   buffer_has(&src, 1) && buffer_has(&dst, 1) &&
		   edu_delta_is(&sc, &de, &src, &dst, edu_high(un->un_bits)),
	    "%u bits: and taken as it is", un->un_bits);
	bus_dmamem_unmap(sc.sc_dmat, kva, 32768);
	bus_dmamem_free(sc.sc_dmat, &seg, 1);
	edu_end(&sc);
	edu_bus_end(&eb);
}

void
edu_cases_reach(void)
{
	unsigned i;

	for (i = 0; i < edu_nunits; i++) {
		places(&edu_units[i], false);
		places(&edu_units[i], true);
		lengths(&edu_units[i]);
		shared_memory(&edu_units[i]);
	}
	tap_ok(counted_live == 0, "nothing leaked");
}
