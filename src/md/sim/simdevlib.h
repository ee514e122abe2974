/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: what its device models share.
 */
#ifndef BUSDMA_SIMDEVLIB_H
#define BUSDMA_SIMDEVLIB_H

#include <busdma/sim.h>

/* An entry of a table of segments. */
struct simdev_seg {
	bus_addr_t sg_addr;
	uint32_t sg_len;
};

/* `n' bytes of device memory as a number. */
static inline uint64_t
simdev_get(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static inline void
simdev_put(uint8_t *p, uint64_t v, unsigned n)
{
	for (; n > 0; n--, v >>= 8)
		*p++ = (uint8_t)v;
}

/* A write to one of the two registers that hold an address. */
static inline void
simdev_set_half(uint64_t *p, bool high, uint32_t value)
{
	if (high)
		*p = (*p & 0xffffffffu) | (uint64_t)value << 32;
	else
		*p = (*p & ~(uint64_t)0xffffffffu) | value;
}

/* A number in [0, n) that the seed says. */
static inline uint64_t
simdev_below(struct busdma_sim_dev *dev, uint64_t n)
{
	return busdma_sim_random(busdma_sim_of(dev)) % n;
}

/* How much a step does: from 1 to `most', and not beyond what is left. */
static inline uint32_t
simdev_some(struct busdma_sim_dev *dev, uint32_t most, uint32_t left)
{
	uint32_t n = 1 + (uint32_t)simdev_below(dev, most);

	return n < left ? n : left;
}

/* As busdma_sim_complain and its like, with the device's name before it. */
void simdev_complain(struct busdma_sim_dev *dev, bus_addr_t addr, uint64_t len,
    const char *text);
void simdev_complain_reg(
    struct busdma_sim_dev *dev, uint32_t reg, uint64_t what, const char *text);

/* What every register asks; false: complained of. */
bool simdev_width(
    struct busdma_sim_dev *dev, uint32_t reg, unsigned width, bool write);
/* There is no such register. */
void simdev_noreg(struct busdma_sim_dev *dev, uint32_t reg, uint64_t what);
uint32_t simdev_noreg_read(struct busdma_sim_dev *dev, uint32_t reg);

/* A power of two from 2 to `max'. */
static inline bool
simdev_ring_size(uint32_t n, uint32_t max)
{
	return n >= 2 && n <= max && (n & (n - 1)) == 0;
}

/* Of two rings' addresses, the one that is not aligned to 64 bytes; 0: none. */
static inline bus_addr_t
simdev_ring_crooked(bus_addr_t a, bus_addr_t b)
{
	return (a & 63) != 0 ? a : (b & 63) != 0 ? b : 0;
}

/*
 * A ring of entries that the driver fills and a ring of completions that the
 * device fills, of the same size.  A completion's phase, which turns with each
 * round, is in its last word, which is written after the rest.
 */
struct simdev_rings_kind {
	const char *rk_entry;   /* what an entry is, for a person */
	uint32_t rk_maxsize;    /* entries */
	uint32_t rk_entrysize;  /* bytes */
	uint32_t rk_cplsize;    /* bytes */
	uint32_t rk_cplphase;   /* offset of the word with the phase */
	uint32_t rk_phase;      /* the bit */
	uint32_t rk_regsize;    /* the registers, */
	uint32_t rk_regtail;    /* where the driver says how far the entries */
	uint32_t rk_regcplhead; /* go, and what it has seen */
};

struct simdev_rings {
	struct busdma_sim_dev *dr_dev;
	const struct simdev_rings_kind *dr_kind;
	uint32_t dr_size;
	bus_addr_t dr_entries;
	bus_addr_t dr_cpls;
	uint32_t dr_head; /* next to fetch */
	uint32_t dr_tail;
	uint32_t dr_cplidx;  /* next to post */
	uint32_t dr_cplhead; /* next that the driver looks at */
	uint32_t dr_phase;   /* of the next completion */
	bool dr_posting;     /* all of it but the phase is written */
};

/* Empty, both. */
void simdev_rings_reset(struct simdev_rings *dr);
/* Whether size and addresses can be used; false: complained of. */
bool simdev_rings_check(const struct simdev_rings *dr);
/* Writes to the registers; what is wrong is complained of and changes none. */
void simdev_rings_tail(struct simdev_rings *dr, bool running, uint32_t tail);
void simdev_rings_cplhead(struct simdev_rings *dr, bool running, uint32_t head);
/* The next entry, of rk_entrysize bytes, into `raw'; false: refused. */
bool simdev_rings_fetch(struct simdev_rings *dr, uint8_t *raw);
/* Write the `len' bytes before the next completion's phase; false: refused. */
bool simdev_rings_post(struct simdev_rings *dr, const uint8_t *raw, size_t len);
/* Write its phase; false: refused. */
bool simdev_rings_sign(struct simdev_rings *dr);

static inline bool
simdev_rings_pending(const struct simdev_rings *dr)
{
	return dr->dr_head != dr->dr_tail;
}

/* No completion can be posted. */
static inline bool
simdev_rings_full(const struct simdev_rings *dr)
{
	return ((dr->dr_cplidx + 1) & (dr->dr_size - 1)) == dr->dr_cplhead;
}

#endif /* BUSDMA_SIMDEVLIB_H */
