/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simown.c: the same as slow and obvious code, a byte at a time,
 * over random programs.
 */
#include "simownrig.h"

#define PART 80u

struct model {
	struct {
		bool read, write, written, borrowed;
		uint8_t copy;
		int last;
	} mo_byte[PART];
	bool mo_told[3]; /* accesses' mistakes since the last sync */
};

static bool
model_good(const struct model *mo, unsigned i, bool write)
{
	if (write)
		return mo->mo_byte[i].write;
	return mo->mo_byte[i].read || mo->mo_byte[i].written;
}

/* Whether it was told of this kind; it is now. */
static bool
model_told(struct model *mo, enum busdma_sim_reason reason, bool write)
{
	bool *told =
	    &mo->mo_told[reason == BUSDMA_SIM_CPUWROTE ? 2 : (unsigned)write];
	bool was = *told;

	*told = true;
	return was;
}

/* What is wrong with an access to a byte; false: nothing. */
static bool
model_wrong(const struct model *mo, const uint8_t *buf, unsigned i, bool write,
    enum busdma_sim_reason *reason)
{
	bool stored = buf[i] != mo->mo_byte[i].copy;

	*reason = BUSDMA_SIM_UNSYNCED;
	if (!model_good(mo, i, write))
		return true;
	if (stored && write && mo->mo_byte[i].borrowed)
		return true;
	*reason = BUSDMA_SIM_CPUWROTE;
	return stored &&
	       (write || mo->mo_byte[i].read || !mo->mo_byte[i].borrowed);
}

/* The first byte of an access of which must be told; from + n: none. */
static unsigned
model_access(struct model *mo, const uint8_t *buf, unsigned from, unsigned n,
    bool write, enum busdma_sim_reason *reason)
{
	unsigned i;

	for (i = from; i < from + n; i++)
		if (model_wrong(mo, buf, i, write, reason) &&
		    !model_told(mo, *reason, write))
			break;
	return i;
}

static void
model_written(struct model *mo, unsigned from, unsigned n, uint8_t salt)
{
	uint8_t data[PART];
	unsigned i;

	su_fill(data, n, salt);
	for (i = from; i < from + n; i++) {
		mo->mo_byte[i].written = true;
		mo->mo_byte[i].copy = data[i - from];
	}
}

/* The first byte that a POST finds stored to; PART: none. */
static unsigned
model_found(
    const struct model *mo, const uint8_t *buf, unsigned from, unsigned end)
{
	for (; from < end; from++)
		if (mo->mo_byte[from].write && !mo->mo_byte[from].borrowed &&
		    buf[from] != mo->mo_byte[from].copy)
			return from;
	return PART;
}

static void
model_sync(
    struct model *mo, const uint8_t *buf, unsigned from, unsigned n, int ops)
{
	unsigned i;

	memset(mo->mo_told, 0, sizeof(mo->mo_told));
	for (i = from; i < from + n; i++) {
		mo->mo_byte[i].last = ops;
		if ((ops & PRE) != 0)
			mo->mo_byte[i].copy = buf[i];
		if ((ops & PREWRITE) != 0)
			mo->mo_byte[i].read = true;
		if ((ops & POSTWRITE) != 0)
			mo->mo_byte[i].read = false;
		if ((ops & PREREAD) != 0) {
			mo->mo_byte[i].write = true;
			mo->mo_byte[i].written = false;
			mo->mo_byte[i].borrowed = false;
		}
		if ((ops & POSTREAD) == 0)
			continue;
		if (mo->mo_byte[i].written) {
			mo->mo_byte[i].write = false;
			mo->mo_byte[i].written = false;
			mo->mo_byte[i].borrowed = false;
		} else if (mo->mo_byte[i].write) {
			mo->mo_byte[i].borrowed = true;
		}
	}
}

/* What is expected came, of that byte; PART: nothing. */
static void
expect(struct su *su, const struct model *mo, unsigned at, unsigned base,
    enum busdma_sim_reason reason)
{
	if (at == PART) {
		assert_silent(su);
		return;
	}
	assert_int_equal(su->su_last.sr_offset, base + at);
	assert_int_equal(su->su_last.sr_last, mo->mo_byte[at].last);
	assert_report(su, reason);
}

static unsigned
draw(struct su *su, unsigned n)
{
	return (unsigned)(busdma_sim_random(su->su_sim) % n);
}

/* One random thing, to the bytes of the map from `base'. */
static void
model_step(struct ring *ri, struct model *mo, unsigned base)
{
	static const int ops[] = { PREREAD, PREWRITE, PREREAD | PREWRITE,
		POSTREAD, POSTWRITE, POSTREAD | POSTWRITE };
	struct su *su = ri->ri_su;
	unsigned from = draw(su, PART), n = 1 + draw(su, PART - from);
	uint8_t *buf = ri->ri_buf + base, salt = (uint8_t)draw(su, 256);
	enum busdma_sim_reason reason;
	unsigned at = PART, what = draw(su, 6);
	int op;

	if (what == 0) {
		buf[from] = salt;
	} else if (what < 3) {
		at = model_access(mo, buf, from, n, what == 1, &reason);
		if (what == 1)
			dev_write(ri, base + from, n, salt);
		else
			dev_read(ri, base + from, n);
		expect(su, mo, at == from + n ? PART : at, base, reason);
		if (what == 1)
			model_written(mo, from, n, salt);
	} else {
		op = ops[draw(su, NELEM(ops))];
		if ((op & POST) != 0)
			at = model_found(mo, buf, from, from + n);
		sync(ri, base + from, n, op);
		expect(su, mo, at, base, BUSDMA_SIM_CPUWROTE);
		model_sync(mo, buf, from, n, op);
	}
}

static void
it_is_as_a_slow_one_says(void **state)
{
	unsigned seed, i, base, at, late;
	struct model mo;

	(void)state;
	for (seed = 0; seed < 300; seed++) {
		struct su *su = su_create(0, BUSDMA_SIM_FRAG_NONE, seed);
		struct ring *ri = ring_up(su);

		memset(&mo, 0, sizeof(mo));
		base = draw(su, PAGE - PART);
		for (i = 0; i < 60; i++)
			model_step(ri, &mo, base);
		at = model_found(&mo, ri->ri_buf + base, 0, PART);
		for (late = 0; late < PART; late++)
			if (mo.mo_byte[late].borrowed &&
			    mo.mo_byte[late].written)
				break;
		bus_dmamap_unload(ri->ri_tag, ri->ri_map);
		assert_int_equal(
		    su->su_nreports, (at != PART) + (late != PART));
		if (late != PART) {
			su->su_nreports = 1;
			expect(su, &mo, late, base, BUSDMA_SIM_UNSYNCED);
		} else {
			expect(su, &mo, at, base, BUSDMA_SIM_CPUWROTE);
		}
		ring_down(ri);
		assert_int_equal(su_destroy(su), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_as_a_slow_one_says),
	};

	return cmocka_run_group_tests_name("simownmodel", tests, NULL, NULL);
}
