/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simcopy.c, simcopyjob.c: the copy engine, driven by hand.
 */
#include <busdma/simcopyreg.h>

#include "simdevrig.h"

#define DATA 65536u
#define DESC 8192u /* bytes for each job's descriptor */
#define NJOBS 8u

/* Offsets in the one loaded buffer. */
#define CPL(i) ((i) * (uint64_t)SIMCOPY_CPL_SIZE)
#define DESCOFF(i) (4096u + (uint64_t)(i)*DESC)
#define SRC DESCOFF(NJOBS + 1)
#define DST (SRC + DATA)
#define MEMSIZE (DST + DATA)

static void
start(struct rig *rg)
{
	reg(rg, SIMCOPY_CTRL, 0);
	memset(rg->rg_mem, 0, SRC);
	reg(rg, SIMCOPY_CTRL, SIMCOPY_CTRL_EN | SIMCOPY_CTRL_IE);
}

static struct rig
rig_up(uint64_t seed)
{
	struct rig rg = rig_machine(seed, 2);

	assert_int_equal(busdma_sim_copy_create(rg.rg_bus, 2, &rg.rg_dev), 0);
	rig_kmalloc(&rg, MEMSIZE);
	su_fill(rg.rg_mem + SRC, DATA, (uint8_t)seed);
	memset(rg.rg_mem + DST, 0xee, DATA);
	start(&rg);
	assert_int_equal(get(&rg, SIMCOPY_STATUS), SIMCOPY_STATUS_RUN);
	return rg;
}

static void
rig_down(struct rig *rg)
{
	reg(rg, SIMCOPY_CTRL, 0);
	rig_end(rg);
}

static uint8_t *
header(struct rig *rg, unsigned i, unsigned nsrc, unsigned ndst, uint64_t len)
{
	uint8_t *p = rg->rg_mem + DESCOFF(i);

	memset(p, 0, SIMCOPY_HDR_SIZE);
	put(p + SIMCOPY_HDR_NSRC, nsrc, 2);
	put(p + SIMCOPY_HDR_NDST, ndst, 2);
	put(p + SIMCOPY_HDR_COOKIE, 100 + i, 4);
	put(p + SIMCOPY_HDR_LEN, len, 8);
	put(p + SIMCOPY_HDR_CPL, rg->rg_addr + CPL(i), 8);
	memset(rg->rg_mem + CPL(i), 0xff, SIMCOPY_CPL_SIZE);
	return p;
}

/* Entry `n' of a descriptor, of both lists together. */
static void
entry(struct rig *rg, unsigned i, unsigned n, uint64_t off, uint32_t len)
{
	uint8_t *p = rg->rg_mem + DESCOFF(i) + SIMCOPY_HDR_SIZE +
		     (size_t)n * SIMCOPY_SEG_SIZE;

	memset(p, 0, SIMCOPY_SEG_SIZE);
	put(p + SIMCOPY_SEG_ADDR, rg->rg_addr + off, 8);
	put(p + SIMCOPY_SEG_LEN, len, 4);
}

static void
ring(struct rig *rg, unsigned i)
{
	/* The low half starts it. */
	reg(rg, SIMCOPY_JOB_HI, (uint32_t)((rg->rg_addr + DESCOFF(i)) >> 32));
	reg(rg, SIMCOPY_JOB_LO, (uint32_t)(rg->rg_addr + DESCOFF(i)));
}

static bool
over(const struct rig *rg, unsigned i)
{
	return le32(rg->rg_mem + CPL(i) + SIMCOPY_CPL_COOKIE) == 100 + i;
}

/* Wait for job `i'; its status. */
static unsigned
completion(struct rig *rg, unsigned i)
{
	while (!over(rg, i) && busdma_sim_wait(rg->rg_dev))
		continue;
	assert_true(over(rg, i));
	assert_int_equal(get(rg, SIMCOPY_INTR), 1);
	assert_int_equal(le32(rg->rg_mem + CPL(i) + SIMCOPY_CPL_MOVED + 4), 0);
	return le32(rg->rg_mem + CPL(i) + SIMCOPY_CPL_STATUS);
}

static uint32_t
moved(const struct rig *rg, unsigned i)
{
	return le32(rg->rg_mem + CPL(i) + SIMCOPY_CPL_MOVED);
}

/* A job of one entry in each list. */
static void
simple(struct rig *rg, unsigned i, uint64_t from, uint64_t to, uint32_t len)
{
	(void)header(rg, i, 1, 1, len);
	entry(rg, i, 0, from, len);
	entry(rg, i, 1, to, len);
}

static unsigned
run(struct rig *rg, uint32_t len)
{
	simple(rg, 0, SRC, DST, len);
	ring(rg, 0);
	return completion(rg, 0);
}

static void
what_is_read_is_written(void **state)
{
	static const uint32_t lens[] = { 1, 2, 4095, 30000, DATA };
	struct rig rg = rig_up(1);
	uint8_t *dst = rg.rg_mem + DST;
	unsigned i;

	(void)state;
	assert_int_equal(get(&rg, SIMCOPY_ID), SIMCOPY_ID_VALUE);
	assert_int_equal(get(&rg, SIMCOPY_CAP) & SIMCOPY_CAP_JOBS, NJOBS);
	assert_true((get(&rg, SIMCOPY_CAP) & SIMCOPY_CAP_NSEGS) >> 16 >= 16);
	for (i = 0; i < NELEM(lens); i++) {
		memset(dst, 0xee, DATA);
		assert_int_equal(run(&rg, lens[i]), SIMCOPY_ST_OK);
		assert_int_equal(moved(&rg, 0), lens[i]);
		assert_memory_equal(dst, rg.rg_mem + SRC, lens[i]);
		if (lens[i] < DATA)
			assert_int_equal(dst[lens[i]], 0xee);
	}
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* The lists are cut at different places, and are as long as they can be. */
static void
lists_are_cut_as_they_like(void **state)
{
	struct rig rg = rig_up(2);
	unsigned most = get(&rg, SIMCOPY_CAP) >> 16, i;
	uint32_t slen, dlen;
	uint64_t spos = 0, dpos = 0;
	uint8_t want[DATA];

	(void)state;
	/* 2 * 100 bytes from the end downwards, to 200 in `most' pieces. */
	(void)header(&rg, 0, 3, most, 200 * (uint64_t)most);
	for (i = 0; i < 3; i++) {
		slen = i < 2 ? 67 * most : 200 * most - 134 * most;
		entry(&rg, 0, i, SRC + DATA - spos - slen, slen);
		memcpy(want + spos, rg.rg_mem + SRC + DATA - spos - slen, slen);
		spos += slen;
	}
	for (i = 0; i < most; i++) {
		dlen = i % 2 == 0 ? 1 : 399;
		entry(&rg, 0, 3 + i, DST + dpos, dlen);
		dpos += dlen;
	}
	assert_int_equal(spos, dpos);
	ring(&rg, 0);
	assert_int_equal(completion(&rg, 0), SIMCOPY_ST_OK);
	assert_memory_equal(rg.rg_mem + DST, want, dpos);
	assert_int_equal(rg.rg_mem[DST + dpos], 0xee);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

static void
interrupts_can_be_disabled(void **state)
{
	struct rig rg = rig_up(3);

	(void)state;
	reg(&rg, SIMCOPY_CTRL, SIMCOPY_CTRL_EN);
	simple(&rg, 0, SRC, DST, 100);
	ring(&rg, 0);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(completion(&rg, 0), SIMCOPY_ST_OK);
	reg(&rg, SIMCOPY_INTR, 1);
	assert_int_equal(get(&rg, SIMCOPY_INTR), 0);
	reg(&rg, SIMCOPY_CTRL, SIMCOPY_CTRL_EN | SIMCOPY_CTRL_IE);
	simple(&rg, 0, SRC, DST, 100);
	ring(&rg, 0);
	assert_true(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(completion(&rg, 0), SIMCOPY_ST_OK);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* The queue full, three times; the order in which the jobs end. */
static unsigned
flood(uint64_t seed, unsigned *order)
{
	struct rig rg = rig_up(seed);
	unsigned round, i, n = 0, seen;
	uint32_t len = DATA / NJOBS;

	for (round = 0; round < 3; round++) {
		memset(rg.rg_mem + DST, 0xee, DATA);
		for (i = 0; i < NJOBS; i++) {
			simple(&rg, i, SRC + (uint64_t)i * len,
			    DST + (uint64_t)i * len, len);
			ring(&rg, i);
		}
		for (seen = 0; seen != (1u << NJOBS) - 1;) {
			for (i = 0; i < NJOBS; i++) {
				if ((seen & 1u << i) != 0 || !over(&rg, i))
					continue;
				seen |= 1u << i;
				order[n++] = i;
				assert_int_equal(
				    completion(&rg, i), SIMCOPY_ST_OK);
			}
			if (seen != (1u << NJOBS) - 1)
				assert_true(busdma_sim_wait(rg.rg_dev));
		}
		assert_memory_equal(rg.rg_mem + DST, rg.rg_mem + SRC, DATA);
		assert_int_equal(get(&rg, SIMCOPY_ROOM), NJOBS);
		while (busdma_sim_wait(rg.rg_dev))
			continue;
	}
	assert_silent(rg.rg_su);
	rig_down(&rg);
	return n;
}

static void
jobs_end_in_any_order(void **state)
{
	unsigned a[64], b[64], n, i, back = 0;

	(void)state;
	n = flood(4, a);
	assert_int_equal(n, 3 * NJOBS);
	assert_int_equal(flood(4, b), n);
	assert_memory_equal(a, b, n * sizeof(a[0]));
	assert_int_equal(flood(5, b), n);
	assert_memory_not_equal(a, b, n * sizeof(a[0]));
	for (i = 1; i < n; i++)
		back += a[i] < a[i - 1];
	/* In order it would be 2. */
	assert_true(back > 4);
}

/* The status stands before the cookie, perhaps long before. */
static void
the_cookie_comes_last(void **state)
{
	struct rig rg = rig_up(6);
	unsigned i, apart = 0;

	(void)state;
	for (i = 0; i < 200; i++) {
		simple(&rg, 0, SRC, DST, 3);
		ring(&rg, 0);
		while (!over(&rg, 0)) {
			apart += le32(rg.rg_mem + CPL(0)) == 3;
			(void)get(&rg, SIMCOPY_ROOM);
		}
		assert_int_equal(completion(&rg, 0), SIMCOPY_ST_OK);
	}
	assert_true(apart > 0);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* A job that is wrong: its status, and exactly one report. */
static void
wrong(struct rig *rg, unsigned status, enum busdma_sim_reason reason)
{
	ring(rg, 0);
	assert_int_equal(completion(rg, 0), status);
	assert_report(rg->rg_su, reason);
}

static void
wrong_jobs_are_refused(void **state)
{
	struct rig rg = rig_up(7);
	unsigned most = get(&rg, SIMCOPY_CAP) >> 16;

	(void)state;
	(void)header(&rg, 0, 0, 1, 100);
	wrong(&rg, SIMCOPY_ST_HEADER, BUSDMA_SIM_DEVICE);
	(void)header(&rg, 0, 1, 0, 100);
	wrong(&rg, SIMCOPY_ST_HEADER, BUSDMA_SIM_DEVICE);
	(void)header(&rg, 0, most + 1, 1, 100);
	wrong(&rg, SIMCOPY_ST_HEADER, BUSDMA_SIM_DEVICE);
	simple(&rg, 0, SRC, DST, 100);
	rg.rg_mem[DESCOFF(0) + SIMCOPY_HDR_ZERO + 7] = 1;
	wrong(&rg, SIMCOPY_ST_HEADER, BUSDMA_SIM_DEVICE);
	simple(&rg, 0, SRC, DST, 100);
	rg.rg_mem[DESCOFF(0) + SIMCOPY_HDR_SIZE + SIMCOPY_SEG_ZERO] = 1;
	wrong(&rg, SIMCOPY_ST_HEADER, BUSDMA_SIM_DEVICE);

	simple(&rg, 0, SRC, DST, 100);
	entry(&rg, 0, 0, SRC, 101);
	wrong(&rg, SIMCOPY_ST_LENGTH, BUSDMA_SIM_DEVICE);
	assert_non_null(strstr(rg.rg_su->su_text, "sources"));
	simple(&rg, 0, SRC, DST, 100);
	entry(&rg, 0, 1, DST, 99);
	wrong(&rg, SIMCOPY_ST_LENGTH, BUSDMA_SIM_DEVICE);
	assert_non_null(strstr(rg.rg_su->su_text, "destinations"));
	(void)header(&rg, 0, 2, 1, 100);
	entry(&rg, 0, 0, SRC, 100);
	entry(&rg, 0, 1, SRC, 0);
	entry(&rg, 0, 2, DST, 100);
	wrong(&rg, SIMCOPY_ST_LENGTH, BUSDMA_SIM_DEVICE);

	/* Entries of which the last byte is behind the mapping. */
	simple(&rg, 0, MEMSIZE - 99, DST, 100);
	wrong(&rg, SIMCOPY_ST_SRC, BUSDMA_SIM_UNMAPPED);
	simple(&rg, 0, SRC, MEMSIZE - 99, 100);
	wrong(&rg, SIMCOPY_ST_DST, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(moved(&rg, 0), 0);

	/* Nothing was written, and the engine works on. */
	assert_int_equal(rg.rg_mem[DST], 0xee);
	assert_int_equal(run(&rg, DATA), SIMCOPY_ST_OK);
	assert_memory_equal(rg.rg_mem + DST, rg.rg_mem + SRC, DATA);
	rig_down(&rg);
}

/* Lists that end behind the mapping. */
static void
lists_out_of_reach(void **state)
{
	struct rig rg = rig_up(8);
	uint64_t off = MEMSIZE - SIMCOPY_HDR_SIZE - SIMCOPY_SEG_SIZE;
	uint8_t *p;

	(void)state;
	assert_int_equal(off % 16, 0);
	off &= ~(uint64_t)63;
	p = header(&rg, 0, 9, 9, 100);
	memcpy(rg.rg_mem + off, p, SIMCOPY_HDR_SIZE);
	p = rg.rg_mem + off + SIMCOPY_HDR_SIZE;
	for (; p < rg.rg_mem + MEMSIZE; p += SIMCOPY_SEG_SIZE) {
		memset(p, 0, SIMCOPY_SEG_SIZE);
		p[SIMCOPY_SEG_LEN] = 1;
	}
	reg(&rg, SIMCOPY_JOB_HI, (uint32_t)((rg.rg_addr + off) >> 32));
	reg(&rg, SIMCOPY_JOB_LO, (uint32_t)(rg.rg_addr + off));
	assert_int_equal(completion(&rg, 0), SIMCOPY_ST_TABLE);
	assert_report(rg.rg_su, BUSDMA_SIM_UNMAPPED);
	rig_down(&rg);
}

/* The engine stopped for `reason'; then it is started anew, and works. */
static void
stopped(struct rig *rg, enum busdma_sim_reason reason)
{
	assert_false(busdma_sim_wait(rg->rg_dev));
	assert_report(rg->rg_su, reason);
	assert_int_equal(get(rg, SIMCOPY_STATUS), SIMCOPY_STATUS_ERR);
	ring(rg, 1);
	assert_report(rg->rg_su, BUSDMA_SIM_DEVICE);
	start(rg);
	assert_int_equal(get(rg, SIMCOPY_STATUS), SIMCOPY_STATUS_RUN);
	assert_int_equal(get(rg, SIMCOPY_ROOM), NJOBS);
	assert_int_equal(run(rg, 500), SIMCOPY_ST_OK);
	while (busdma_sim_wait(rg->rg_dev))
		continue;
}

static void
what_can_not_end_stops_the_engine(void **state)
{
	struct rig rg = rig_up(9);
	uint8_t *p;

	(void)state;
	/* No header there. */
	reg(&rg, SIMCOPY_JOB_HI, (uint32_t)((rg.rg_addr + MEMSIZE) >> 32));
	reg(&rg, SIMCOPY_JOB_LO, (uint32_t)(rg.rg_addr + MEMSIZE));
	stopped(&rg, BUSDMA_SIM_UNMAPPED);
	/* No completion. */
	simple(&rg, 0, SRC, DST, 100);
	p = rg.rg_mem + DESCOFF(0) + SIMCOPY_HDR_CPL;
	put(p, rg.rg_addr + MEMSIZE, 8);
	ring(&rg, 0);
	stopped(&rg, BUSDMA_SIM_UNMAPPED);
	/* Half a one. */
	simple(&rg, 0, SRC, DST, 100);
	put(p, rg.rg_addr + 8, 8);
	ring(&rg, 0);
	stopped(&rg, BUSDMA_SIM_DEVICE);
	rig_down(&rg);
}

/* The completion goes away after the status was written. */
static void
a_completion_taken_away_stops_the_engine(void **state)
{
	struct rig rg = rig_up(10);
	bus_dmamap_t map;
	uint8_t *cpl = busdma_sim_kmalloc(rg.rg_su->su_sim, PAGE);
	unsigned i;

	(void)state;
	assert_int_equal(
	    bus_dmamap_create(rg.rg_tag, PAGE, 1, PAGE, 0, 0, &map), 0);
	for (i = 0; i < 1000 && rg.rg_su->su_nreports == 0; i++) {
		assert_int_equal(
		    bus_dmamap_load(rg.rg_tag, map, cpl, PAGE, NULL, 0), 0);
		memset(cpl, 0xff, SIMCOPY_CPL_SIZE);
		su_give(rg.rg_tag, map);
		simple(&rg, 0, SRC, DST, 1);
		put(rg.rg_mem + DESCOFF(0) + SIMCOPY_HDR_CPL,
		    map->dm_segs[0].ds_addr, 8);
		ring(&rg, 0);
		while (le32(cpl) != 1)
			(void)get(&rg, SIMCOPY_ROOM);
		bus_dmamap_unload(rg.rg_tag, map);
		while (busdma_sim_wait(rg.rg_dev))
			continue;
	}
	assert_report(rg.rg_su, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(get(&rg, SIMCOPY_STATUS), SIMCOPY_STATUS_ERR);
	bus_dmamap_destroy(rg.rg_tag, map);
	busdma_sim_kfree(rg.rg_su->su_sim, cpl);
	rig_down(&rg);
}

static void
wrong_registers_are_complained_of(void **state)
{
	struct rig rg = rig_up(11);
	struct su *su = rg.rg_su;

	(void)state;
	WRONG(su, reg(&rg, SIMCOPY_ID, 0));
	WRONG(su, reg(&rg, SIMCOPY_ROOM, 0));
	WRONG(su, reg(&rg, 0x100, 0));
	WRONG(su, (void)get(&rg, 0x100));
	WRONG(su, (void)get(&rg, SIMCOPY_JOB_LO));
	WRONG(su, busdma_sim_reg_write(rg.rg_dev, SIMCOPY_INTR, 2, 1));
	WRONG(su, (void)busdma_sim_reg_read(rg.rg_dev, SIMCOPY_INTR, 8));
	reg(&rg, SIMCOPY_JOB_HI, 0x12);
	assert_int_equal(get(&rg, SIMCOPY_JOB_HI), 0x12);
	WRONG_MEM(su, reg(&rg, SIMCOPY_JOB_LO, 32));
	WRONG(su, reg(&rg, SIMCOPY_CTRL, 4 | SIMCOPY_CTRL_EN));
	assert_int_equal(get(&rg, SIMCOPY_CTRL), SIMCOPY_CTRL_EN);
	assert_int_equal(get(&rg, SIMCOPY_STATUS), SIMCOPY_STATUS_RUN);
	assert_int_equal(get(&rg, SIMCOPY_ROOM), NJOBS);
	assert_int_equal(run(&rg, 1), SIMCOPY_ST_OK);
	reg(&rg, SIMCOPY_CTRL, 0);
	WRONG_MEM(su, ring(&rg, 0));
	rig_down(&rg);
}

/* More jobs than fit, and one that is queued already. */
static void
an_overrun_is_complained_of(void **state)
{
	struct rig rg = rig_up(12);
	struct su *su = rg.rg_su;
	busdma_lock_t lk;
	unsigned i;

	(void)state;
	memset(&lk, 0, sizeof(lk));
	for (i = 0; i <= NJOBS; i++)
		simple(&rg, i, SRC, DST, 100);
	/* With a lock held the engine takes no step. */
	su->su_pl->pl_lock(su->su_pl, &lk);
	for (i = 0; i < NJOBS; i++) {
		assert_int_equal(get(&rg, SIMCOPY_ROOM), NJOBS - i);
		ring(&rg, i);
	}
	assert_silent(su);
	ring(&rg, NJOBS);
	assert_report(su, BUSDMA_SIM_DEVICE);
	ring(&rg, 3);
	assert_report(su, BUSDMA_SIM_DEVICE);
	assert_non_null(strstr(su->su_text, "already"));
	su->su_pl->pl_unlock(su->su_pl, &lk);
	for (i = 0; i < NJOBS; i++)
		assert_int_equal(completion(&rg, i), SIMCOPY_ST_OK);
	assert_false(over(&rg, NJOBS));
	assert_silent(su);
	rig_down(&rg);
}

/* Switched off in the middle it touches memory no more. */
static void
a_stopped_engine_is_silent(void **state)
{
	struct rig rg = rig_up(13);
	unsigned i;

	(void)state;
	simple(&rg, 0, SRC, DST, DATA);
	ring(&rg, 0);
	reg(&rg, SIMCOPY_CTRL, 0);
	assert_int_equal(get(&rg, SIMCOPY_ROOM), NJOBS);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	for (i = 0; i < 100; i++)
		(void)get(&rg, SIMCOPY_STATUS);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_silent(rg.rg_su);
	assert_false(over(&rg, 0));
	assert_int_equal(rg.rg_mem[DST + DATA - 1], 0xee);
	rig_load(&rg);
	rig_down(&rg);
}

/* What is loaded in one direction only is not touched in the other. */
static void
directions_count(void **state)
{
	struct rig rg = rig_up(14);
	bus_dmamap_t map;
	uint8_t *buf = busdma_sim_kmalloc(rg.rg_su->su_sim, PAGE);
	uint64_t off;

	(void)state;
	memset(buf, 0x33, PAGE);
	assert_int_equal(
	    bus_dmamap_create(rg.rg_tag, PAGE, 1, PAGE, 0, 0, &map), 0);
	assert_int_equal(
	    bus_dmamap_load(rg.rg_tag, map, buf, PAGE, NULL, BUS_DMA_READ), 0);
	off = map->dm_segs[0].ds_addr - rg.rg_addr;
	simple(&rg, 0, off, DST, PAGE);
	wrong(&rg, SIMCOPY_ST_SRC, BUSDMA_SIM_DIRECTION);
	assert_int_equal(
	    bus_dmamap_load(rg.rg_tag, map, buf, PAGE, NULL, BUS_DMA_WRITE), 0);
	/* A second load of a loaded map, which the library reports. */
	assert_report(rg.rg_su, BUSDMA_SIM_CALLER);
	off = map->dm_segs[0].ds_addr - rg.rg_addr;
	simple(&rg, 0, SRC, off, PAGE);
	wrong(&rg, SIMCOPY_ST_DST, BUSDMA_SIM_DIRECTION);
	assert_int_equal(buf[0], 0x33);
	bus_dmamap_destroy(rg.rg_tag, map);
	busdma_sim_kfree(rg.rg_su->su_sim, buf);
	rig_down(&rg);
}

static void
an_engine_needs_an_id(void **state)
{
	struct su *su = *state;
	struct busdma_sim_dev *dev;

	assert_int_equal(
	    busdma_sim_copy_create(
		su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON), 0, &dev),
	    EINVAL);
	assert_null(dev);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_written),
		cmocka_unit_test(lists_are_cut_as_they_like),
		cmocka_unit_test(interrupts_can_be_disabled),
		cmocka_unit_test(jobs_end_in_any_order),
		cmocka_unit_test(the_cookie_comes_last),
		cmocka_unit_test(wrong_jobs_are_refused),
		cmocka_unit_test(lists_out_of_reach),
		cmocka_unit_test(what_can_not_end_stops_the_engine),
		cmocka_unit_test(a_completion_taken_away_stops_the_engine),
		cmocka_unit_test(wrong_registers_are_complained_of),
		cmocka_unit_test(an_overrun_is_complained_of),
		cmocka_unit_test(a_stopped_engine_is_silent),
		cmocka_unit_test(directions_count),
		SIMUNIT(an_engine_needs_an_id),
	};

	return cmocka_run_group_tests_name("simcopy", tests, NULL, NULL);
}
