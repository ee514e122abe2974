/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: the record of who has which byte, inside.  Private to
 * simown.c and simownacc.c.
 */
#ifndef BUSDMA_SIMOWNVAR_H
#define BUSDMA_SIMOWNVAR_H

#include "simvar.h"

/* Of one byte.  Above these stands the last sync, BUS_DMASYNC_* << 4. */
#define OWN_READ 0x1u     /* given: PREWRITE */
#define OWN_WRITE 0x2u    /* given: PREREAD */
#define OWN_WRITTEN 0x4u  /* by the device, since the last PREREAD, POSTREAD */
#define OWN_BORROWED 0x8u /* taken before it was written; OWN_WRITE stays */
#define OWN_LAST(own) ((own) >> 4)

#define OWN_ALL 0x0101010101010101u /* times a byte: eight of them */

/*
 * Bytes of a load that stand behind one another in memory.
 */
struct simown_run {
	uint64_t ru_n;
	paddr_t ru_pa;
	const char *ru_seen; /* what a device reads there; NULL: no memory */
	/*
	 * What the CPU's cache has, and what memory had when it was fetched:
	 * where these differ, the CPU has stored.  NULL: devices see the cache.
	 */
	const char *ru_cache;
	const char *ru_same;
};

/* The CPU has stored to a byte of the run since it was given. */
static inline bool
simown_stored(const struct simown_run *ru, const uint8_t *shadow, uint64_t i)
{
	return (uint8_t)ru->ru_seen[i] != shadow[i] ||
	       (ru->ru_cache != NULL && ru->ru_cache[i] != ru->ru_same[i]);
}

/* The same of any of them, as quick as may be. */
static inline bool
simown_stored_any(const struct simown_run *ru, const uint8_t *shadow)
{
	size_t n = (size_t)ru->ru_n;

	return ru->ru_seen != NULL &&
	       (memcmp(ru->ru_seen, shadow, n) != 0 ||
		   (ru->ru_cache != NULL &&
		       memcmp(ru->ru_cache, ru->ru_same, n) != 0));
}

/* What accesses are reported for once until the next sync: ld_told. */
#define OWN_TOLD_READ 0x1u
#define OWN_TOLD_WRITE 0x2u
#define OWN_TOLD_STORED 0x4u

/* What is wrong with some bytes of a load. */
struct simown_wrong {
	enum busdma_sim_reason wr_reason;
	const char *wr_text;
	int wr_missing;
	bool wr_write;
	bool wr_some;
	unsigned wr_told; /* OWN_TOLD_*; 0: reported as often as it is found */
};

/* simown.c */
/* The run at `off', of at most `n' bytes. */
struct simown_run simown_run_at(const struct sim_requester *rq,
    const struct sim_load *ld, bus_size_t off, uint64_t n);
/*
 * Report it of `n' bytes, unless that was done; `dev' NULL: not while a device
 * is at it.  False: it was.
 */
bool simown_report(const struct sim_requester *rq,
    const struct busdma_sim_dev *dev, struct sim_load *ld, bus_size_t off,
    uint64_t n, const struct simown_wrong *wr);
/* Add to what is known of `n' bytes. */
void simown_set(struct sim_load *ld, bus_size_t off, uint64_t n, unsigned set);

#endif /* BUSDMA_SIMOWNVAR_H */
