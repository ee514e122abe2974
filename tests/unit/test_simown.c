/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simown.c: who has which byte, on a machine whose devices see the
 * CPU's cache.
 */
#include "simownrig.h"

#define REQ 5
#define RING (2 * PAGE)

/* A device, and a map "ring" with two pages that don't touch on the bus. */
struct ring {
	struct su *ri_su;
	struct busdma_sim_bus *ri_bus;
	struct busdma_sim_dev *ri_dev;
	bus_dma_tag_t ri_tag;
	bus_dmamap_t ri_map;
	uint8_t *ri_buf;
};

static bus_dmamap_t
load(struct ring *ri, size_t off, size_t len)
{
	bus_dmamap_t map = NULL;

	assert_int_equal(
	    bus_dmamap_create(ri->ri_tag, RING, 2, RING, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_label(ri->ri_tag, map, "ring"), 0);
	assert_int_equal(bus_dmamap_load(ri->ri_tag, map, ri->ri_buf + off, len,
			     NULL, BUS_DMA_NOWAIT),
	    0);
	return map;
}

static struct ring *
ring_up(struct su *su)
{
	struct ring *ri = calloc(1, sizeof(*ri));

	assert_non_null(ri);
	ri->ri_su = su;
	ri->ri_bus = su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	ri->ri_dev = su_idle(ri->ri_bus, REQ);
	assert_int_equal(
	    busdma_sim_bus_tag(ri->ri_bus, REQ, &ri->ri_tag, 0), 0);
	ri->ri_buf =
	    busdma_sim_kmalloc_frag(su->su_sim, RING, BUSDMA_SIM_FRAG_PAGES);
	assert_non_null(ri->ri_buf);
	memset(ri->ri_buf, 0, RING);
	ri->ri_map = load(ri, 0, RING);
	assert_int_equal(ri->ri_map->dm_nsegs, 2);
	return ri;
}

static void
ring_down(struct ring *ri)
{
	bus_dmamap_destroy(ri->ri_tag, ri->ri_map);
	bus_dmatag_destroy(ri->ri_tag);
	busdma_sim_kfree(ri->ri_su->su_sim, ri->ri_buf);
	assert_silent(ri->ri_su);
	free(ri);
}

static void
ring_reload(struct ring *ri)
{
	bus_dmamap_unload(ri->ri_tag, ri->ri_map);
	assert_int_equal(bus_dmamap_load(ri->ri_tag, ri->ri_map, ri->ri_buf,
			     RING, NULL, BUS_DMA_NOWAIT),
	    0);
}

static void
sync(struct ring *ri, size_t off, size_t len, int ops)
{
	bus_dmamap_sync(ri->ri_tag, ri->ri_map, off, len, ops);
}

static bus_addr_t
address(const struct ring *ri, size_t off)
{
	return ri->ri_map->dm_segs[off / PAGE].ds_addr + off % PAGE;
}

/* Accesses that don't leave a page, and are done whatever is said of them. */
static void
dev_read(struct ring *ri, size_t off, size_t len)
{
	uint8_t got[PAGE];

	assert_int_equal(
	    busdma_sim_dma_read(ri->ri_dev, address(ri, off), got, len), 0);
	assert_memory_equal(got, ri->ri_buf + off, len);
}

static void
dev_write(struct ring *ri, size_t off, size_t len, uint8_t salt)
{
	uint8_t data[PAGE];

	su_fill(data, len, salt);
	assert_int_equal(
	    busdma_sim_dma_write(ri->ri_dev, address(ri, off), data, len), 0);
	assert_memory_equal(ri->ri_buf + off, data, len);
}

static void
an_access_must_be_given(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	const struct busdma_sim_report *sr = &su->su_last;
	char line[300];

	dev_read(ri, PAGE + 8, 16);
	assert_ptr_equal(sr->sr_map, ri->ri_map);
	assert_int_equal(sr->sr_addr, address(ri, PAGE + 8));
	assert_int_equal(sr->sr_requester, REQ);
	assert_string_equal(sr->sr_device, "idle");
	assert_false(sr->sr_write);
	snprintf(line, sizeof(line),
	    "unsynced: device access to what no sync gave it: requester 5 "
	    "(idle) on bus reads 0x10 bytes at 0x%llx, at offset 0x1008 of "
	    "map \"ring\"; wrong on some machines, missing: PREWRITE, last "
	    "sync: none",
	    (unsigned long long)sr->sr_addr);
	assert_line(su, line);
	reported(su, BUSDMA_SIM_UNSYNCED, PAGE + 8, 16, PREWRITE, 0);

	sync(ri, 0, RING, PREWRITE);
	dev_read(ri, PAGE + 8, 16);
	assert_silent(su);
	dev_write(ri, 8, 16, 1);
	assert_true(sr->sr_write);
	reported(su, BUSDMA_SIM_UNSYNCED, 8, 16, PREREAD, PREWRITE);
	sync(ri, 0, RING, POSTWRITE);
	dev_read(ri, 100, 1);
	reported(su, BUSDMA_SIM_UNSYNCED, 100, 1, PREWRITE, POSTWRITE);

	sync(ri, 64, 16, PREREAD);
	dev_write(ri, 64, 16, 2);
	assert_silent(su);
	sync(ri, 64, 16, POSTREAD);
	dev_write(ri, 64, 16, 3);
	reported(su, BUSDMA_SIM_UNSYNCED, 64, 16, PREREAD, POSTREAD);
	sync(ri, 0, PAGE, PREREAD | PREWRITE);
	sync(ri, 0, PAGE, POSTREAD | POSTWRITE);
	dev_read(ri, 0, 1);
	assert_non_null(strstr(
	    su->su_line, "missing: PREWRITE, last sync: POSTREAD|POSTWRITE;"));
	reported(su, BUSDMA_SIM_UNSYNCED, 0, 1, PREWRITE, POSTREAD | POSTWRITE);
	/* What it was given before is forgotten with the load. */
	sync(ri, 0, RING, PREREAD | PREWRITE);
	ring_reload(ri);
	dev_read(ri, 0, 1);
	reported(su, BUSDMA_SIM_UNSYNCED, 0, 1, PREWRITE, 0);
	ring_down(ri);
}

/* The first byte that is bad, and its run; nothing more of one access. */
static void
an_access_is_reported_once(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	bus_dma_segment_t segs[] = { { MIDBASE, PAGE }, { HIGHBASE, PAGE } };
	const struct bus_dma_window dw[] = {
		{ MIDBASE, 0, PAGE, BUS_DMA_WINDOW_COHERENT },
		{ HIGHBASE, PAGE, PAGE, BUS_DMA_WINDOW_COHERENT },
	};
	struct busdma_sim_bus *bus = su_bus(su, dw, 2, 0);
	struct busdma_sim_dev *dev = su_idle(bus, 1);
	uint8_t got[2 * PAGE];
	bus_dma_tag_t t = NULL;
	bus_dmamap_t map = NULL;
	unsigned from, to;

	for (from = 0; from < 40; from++)
		for (to = from + 1; to < 40; to++) {
			sync(ri, 0, 64, PREWRITE);
			sync(ri, from, to - from, POSTWRITE);
			dev_read(ri, 0, 64);
			reported(su, BUSDMA_SIM_UNSYNCED, from, to - from,
			    PREWRITE, POSTWRITE);
		}
	sync(ri, 0, 64, PREWRITE);
	sync(ri, 3, 2, POSTWRITE);
	sync(ri, 30, 20, POSTWRITE);
	dev_read(ri, 0, 64);
	reported(su, BUSDMA_SIM_UNSYNCED, 3, 2, PREWRITE, POSTWRITE);
	ring_down(ri);

	/* Two runs of memory, and a segment each. */
	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(
	    bus_dmamap_create(t, 2 * PAGE, 2, PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_label(t, map, "ring"), 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 2, 2 * PAGE, 0), 0);
	assert_int_equal(map->dm_nsegs, 2);
	assert_int_equal(busdma_sim_dma_read(dev, 0, got, 2 * PAGE), 0);
	reported(su, BUSDMA_SIM_UNSYNCED, 0, PAGE, PREWRITE, 0);
	assert_int_equal(busdma_sim_dma_write(dev, 0, got, 2 * PAGE), 0);
	reported(su, BUSDMA_SIM_UNSYNCED, 0, PAGE, PREREAD, 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
its_own_writes_it_may_read(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);

	sync(ri, 0, RING, PREREAD);
	dev_write(ri, 40, 10, 1);
	dev_read(ri, 40, 10);
	assert_silent(su);
	dev_read(ri, 39, 12);
	reported(su, BUSDMA_SIM_UNSYNCED, 39, 1, PREWRITE, PREREAD);
	sync(ri, 0, RING, POSTREAD);
	dev_read(ri, 40, 10);
	reported(su, BUSDMA_SIM_UNSYNCED, 40, 10, PREWRITE, POSTREAD);
	ring_down(ri);
}

/* A driver that looks at what the device has not written yet. */
static void
what_is_looked_at_may_be_written(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	unsigned i;

	for (i = 0; i < 3; i++) {
		sync(ri, 0, 64, PREREAD);
		dev_write(ri, 0, 12, (uint8_t)i);
		sync(ri, 0, 16, POSTREAD);
		dev_write(ri, 12, 4, (uint8_t)i);
		/* Taken, given again, or both. */
		if (i != 1)
			sync(ri, 0, 16, POSTREAD);
		if (i != 0)
			sync(ri, 0, 16, PREREAD);
		ring_reload(ri);
		assert_silent(su);
	}
	/* Its first writing is what was taken. */
	sync(ri, 0, 64, PREREAD);
	dev_write(ri, 0, 12, 5);
	sync(ri, 0, 16, POSTREAD);
	dev_write(ri, 8, 8, 6);
	reported(su, BUSDMA_SIM_UNSYNCED, 8, 4, PREREAD, POSTREAD);
	sync(ri, 0, 16, POSTREAD);
	/* Nobody took it. */
	sync(ri, PAGE + 32, 32, PREREAD);
	sync(ri, PAGE + 32, 32, POSTREAD);
	dev_write(ri, PAGE + 40, 3, 7);
	assert_silent(su);
	ring_reload(ri);
	assert_null(su->su_last.sr_device);
	assert_true(su->su_last.sr_write);
	assert_non_null(
	    strstr(su->su_line, "requester 5 on bus writes 0x3 bytes at"));
	reported(su, BUSDMA_SIM_UNSYNCED, PAGE + 40, 3, POSTREAD, POSTREAD);
	/* The CPU has stored to it: no look any more. */
	sync(ri, 0, 64, PREREAD);
	sync(ri, 0, 64, POSTREAD);
	ri->ri_buf[33]++;
	dev_write(ri, 32, 8, 8);
	reported(su, BUSDMA_SIM_UNSYNCED, 33, 1, PREREAD, POSTREAD);
	sync(ri, 0, 64, POSTREAD);
	/* And a driver may store to what it has taken. */
	ri->ri_buf[50]++;
	ri->ri_buf[33]++;
	sync(ri, 0, 64, POSTREAD);
	ring_down(ri);
}

static void
the_cpu_s_stores_are_found(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	char line[300];

	/* By a device that reads. */
	sync(ri, 0, RING, PREWRITE);
	ri->ri_buf[PAGE + 3]++;
	ri->ri_buf[PAGE + 4]++;
	ri->ri_buf[PAGE + 9]++;
	dev_read(ri, PAGE, 3);
	assert_silent(su);
	dev_read(ri, PAGE, 64);
	snprintf(line, sizeof(line),
	    "cpu wrote: the CPU wrote to what the device has: requester 5 "
	    "(idle) on bus, address 0x%llx length 0x2, at offset 0x1003 of "
	    "map \"ring\"; wrong on every machine, missing: PREWRITE, last "
	    "sync: PREWRITE",
	    (unsigned long long)address(ri, PAGE + 3));
	assert_line(su, line);
	reported(su, BUSDMA_SIM_CPUWROTE, PAGE + 3, 2, PREWRITE, PREWRITE);
	/* It is good if it is given again; and nobody cares after that. */
	sync(ri, PAGE, 64, PREWRITE);
	dev_read(ri, PAGE, 64);
	ri->ri_buf[PAGE + 3]++;
	ring_reload(ri);
	assert_silent(su);

	/* By one that writes. */
	sync(ri, 0, 64, PREREAD);
	ri->ri_buf[8]++;
	dev_write(ri, 0, 64, 1);
	assert_true(su->su_last.sr_write);
	reported(su, BUSDMA_SIM_CPUWROTE, 8, 1, POSTREAD, PREREAD);
	/* By one that reads what it wrote. */
	ri->ri_buf[9]++;
	dev_read(ri, 0, 64);
	reported(su, BUSDMA_SIM_CPUWROTE, 9, 1, PREWRITE, PREREAD);
	/* By a POST. */
	ri->ri_buf[63]++;
	sync(ri, 32, 32, POSTREAD);
	assert_null(su->su_last.sr_device);
	reported(su, BUSDMA_SIM_CPUWROTE, 63, 1, POSTREAD, PREREAD);
	ring_reload(ri);
	assert_int_equal(su->su_last.sr_offset, 9);
	assert_report(su, BUSDMA_SIM_CPUWROTE);
	sync(ri, 0, 64, PREREAD | PREWRITE);
	ri->ri_buf[17]++;
	sync(ri, 16, 16, POSTWRITE);
	reported(su, BUSDMA_SIM_CPUWROTE, 17, 1, POSTREAD, PREREAD | PREWRITE);
	/* By the unload. */
	sync(ri, 0, 64, PREREAD);
	ri->ri_buf[60]++;
	ring_reload(ri);
	reported(su, BUSDMA_SIM_CPUWROTE, 60, 1, POSTREAD, PREREAD);

	/* The same value, what was taken, what was not given: nothing. */
	sync(ri, 0, 64, PREREAD);
	ri->ri_buf[1] = ri->ri_buf[1];
	ri->ri_buf[64]++;
	sync(ri, 32, 32, POSTREAD);
	ri->ri_buf[32]++;
	bus_dmamap_unload(ri->ri_tag, ri->ri_map);
	assert_silent(su);
	ring_down(ri);
}

/* Other maps of the same memory, of this device, another, and none. */
static void
maps_may_share_memory(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	struct ring other = *ri;
	uint8_t got[16], data[16];
	paddr_t pa = address(ri, 0);

	other.ri_map = load(ri, 0, PAGE);
	sync(&other, 0, 64, PREWRITE);
	dev_read(ri, 0, 64);
	sync(ri, 64, 64, PREWRITE);
	dev_read(ri, 32, 96);
	assert_silent(su);
	/* The last bytes are given by neither. */
	dev_read(ri, 0, 132);
	assert_report(su, BUSDMA_SIM_UNSYNCED);
	assert_int_equal(su->su_last.sr_len, 4);
	/* What is written by one is no store in the other. */
	sync(ri, 0, 64, PREREAD);
	sync(&other, 0, 64, PREREAD);
	dev_write(ri, 0, 64, 9);
	sync(&other, 0, 64, POSTREAD);
	sync(ri, 0, 64, POSTREAD);
	sync(ri, 0, 64, PREREAD | PREWRITE);
	su_fill(data, sizeof(data), 77);
	assert_int_equal(
	    busdma_sim_phys_write(su->su_sim, pa + 8, data, sizeof(data)), 0);
	dev_read(ri, 0, 64);
	assert_silent(su);
	bus_dmamap_destroy(ri->ri_tag, other.ri_map);

	/* Another device has a record of its own. */
	other.ri_dev = su_idle(ri->ri_bus, REQ + 1);
	assert_int_equal(
	    busdma_sim_bus_tag(ri->ri_bus, REQ + 1, &other.ri_tag, 0), 0);
	other.ri_map = load(&other, 0, PAGE);
	assert_int_equal(
	    busdma_sim_dma_read(other.ri_dev, pa, got, sizeof(got)), 0);
	assert_int_equal(su->su_last.sr_requester, REQ + 1);
	reported(su, BUSDMA_SIM_UNSYNCED, 0, 16, PREWRITE, 0);
	sync(&other, 0, PAGE, PREREAD);
	dev_write(&other, 0, 32, 1);
	dev_read(ri, 0, 32);
	sync(ri, 0, 64, POSTREAD | POSTWRITE);
	assert_silent(su);
	bus_dmamap_destroy(other.ri_tag, other.ri_map);
	bus_dmatag_destroy(other.ri_tag);
	ring_down(ri);
}

/* More bytes than there is memory: nothing is known of any. */
static void
there_are_loads_without_a_record(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	bus_dma_segment_t seg = { MIDBASE, 64 * MIB };
	bus_dmamap_t map = NULL;
	uint8_t got[16];

	assert_int_equal(bus_dmamap_create(
			     ri->ri_tag, seg.ds_len, 1, seg.ds_len, 0, 0, &map),
	    0);
	bus_dmamap_unload(ri->ri_tag, ri->ri_map);
	assert_int_equal(
	    bus_dmamap_load_raw(ri->ri_tag, map, &seg, 1, seg.ds_len, 0), 0);
	assert_int_equal(
	    busdma_sim_dma_read(ri->ri_dev, MIDBASE, got, sizeof(got)), 0);
	assert_int_equal(
	    busdma_sim_dma_write(ri->ri_dev, MIDBASE, got, sizeof(got)), 0);
	su_give(ri->ri_tag, map);
	su_take(ri->ri_tag, map);
	assert_silent(su);
	busdma_sim_complain(ri->ri_dev, MIDBASE, 1, "idle: bad manners");
	assert_int_equal(su->su_last.sr_last, 0);
	assert_ptr_equal(su->su_last.sr_map, map);
	assert_report(su, BUSDMA_SIM_DEVICE);
	bus_dmamap_destroy(ri->ri_tag, map);
	ring_down(ri);
}

/*
 * The same as slow and obvious code, a byte at a time, over random programs.
 */
#define PART 80u

struct model {
	struct {
		bool read, write, written, borrowed;
		uint8_t copy;
		int last;
	} mo_byte[PART];
};

static bool
model_good(const struct model *mo, unsigned i, bool write)
{
	if (write)
		return mo->mo_byte[i].write;
	return mo->mo_byte[i].read || mo->mo_byte[i].written;
}

/* Expect of an access what the model says of its bytes. */
static unsigned
model_access(struct model *mo, const uint8_t *buf, unsigned from, unsigned n,
    bool write, enum busdma_sim_reason *reason)
{
	unsigned i;

	for (i = from; i < from + n; i++) {
		bool stored = buf[i] != mo->mo_byte[i].copy;

		*reason = BUSDMA_SIM_UNSYNCED;
		if (!model_good(mo, i, write))
			return i;
		if (!stored)
			continue;
		if (write && mo->mo_byte[i].borrowed)
			return i;
		*reason = BUSDMA_SIM_CPUWROTE;
		if (write || mo->mo_byte[i].read || !mo->mo_byte[i].borrowed)
			return i;
	}
	return from + n;
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
	unsigned at = PART;
	bool write = false;
	int op;

	switch (draw(su, 6)) {
	case 0:
		buf[from] = salt;
		break;
	case 1:
		write = true;
		/* FALLTHROUGH */
	case 2:
		at = model_access(mo, buf, from, n, write, &reason);
		if (write)
			dev_write(ri, base + from, n, salt);
		else
			dev_read(ri, base + from, n);
		expect(su, mo, at == from + n ? PART : at, base, reason);
		if (write)
			model_written(mo, from, n, salt);
		break;
	default:
		op = ops[draw(su, NELEM(ops))];
		if ((op & POST) != 0)
			at = model_found(mo, buf, from, from + n);
		sync(ri, base + from, n, op);
		expect(su, mo, at, base, BUSDMA_SIM_CPUWROTE);
		model_sync(mo, buf, from, n, op);
		break;
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
		SIMUNIT(an_access_must_be_given),
		SIMUNIT(an_access_is_reported_once),
		SIMUNIT(its_own_writes_it_may_read),
		SIMUNIT(what_is_looked_at_may_be_written),
		SIMUNIT(the_cpu_s_stores_are_found),
		SIMUNIT(maps_may_share_memory),
		SIMUNIT(there_are_loads_without_a_record),
		cmocka_unit_test(it_is_as_a_slow_one_says),
	};

	return cmocka_run_group_tests_name("simown", tests, NULL, NULL);
}
