/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The disk driver's tests on one machine each: bad requests, resets, every way
 * to fail and to be lied to.
 */
#include "disk/test_cases.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "le.h"
#include "tests/liar.h"
#include "tests/shadow.h"

#define LONG 256u /* blocks of a long request */

static void
test_range(void **state)
{
	struct disk_request rq;
	struct rig ri;
	uint8_t *p;

	(void)state;
	rig_attach(&ri, test_machine("fragmented"), 1);
	p = rig_kmalloc(&ri, 4 * BLOCK);
	ri.ri_reports = 1;
	rig_request(&ri, &rq, SIMDISK_OP_READ, DISK_BLOCKS - 1, p, 2 * BLOCK);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_RANGE);
	rig_request(&ri, &rq, SIMDISK_OP_READ, DISK_BLOCKS - 2, p, 2 * BLOCK);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	rig_kfree(&ri, p);
	rig_detach(&ri);
}

static void
test_bad_requests(void **state)
{
	struct disk_request rq;
	struct rig ri;
	uint8_t *p;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	p = rig_kmalloc(&ri, DISK_MAXXFER + BLOCK);
	rig_request(&ri, &rq, SIMDISK_OP_READ, 1, p, 0);
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), EINVAL);
	rq.rq_len = BLOCK + 1;
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), EINVAL);
	rq.rq_len = DISK_MAXXFER + BLOCK;
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), EINVAL);
	rq.rq_len = BLOCK;
	rq.rq_op = 77;
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), EINVAL);
	rq.rq_op = SIMDISK_OP_READ;
	rq.rq_buffer = (enum disk_buffer)99;
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), EINVAL);
	assert_int_equal(ri.ri_disk.sc_inflight, 0);
	rq.rq_buffer = DISK_LINEAR;
	rq.rq_len = DISK_MAXXFER;
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	rig_kfree(&ri, p);
	rig_detach(&ri);
}

/*
 * A buffer that the disk writes, and that shares a line of a cache which the
 * disk doesn't see: nobody can help, but it is told, once for each map.  What
 * the disk only reads may lie anywhere.
 */
static void
test_shared_line(void **state)
{
	struct disk_request rq;
	struct rig ri;
	uint8_t *p;
	int i;

	(void)state;
	rig_attach(&ri, test_machine("cache-64"), 1);
	p = rig_kmalloc(&ri, 4 * BLOCK);
	rig_request(&ri, &rq, SIMDISK_OP_WRITE, 1, p + 32, 2 * BLOCK);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(ri.ri_machine.ma_reports, 0);
	ri.ri_reports = 1;
	for (i = 0; i < 2; i++) {
		rig_request(&ri, &rq, SIMDISK_OP_READ, 1, p + 32, 2 * BLOCK);
		assert_int_equal(rig_run(&ri, &rq), 0);
		assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
		assert_int_equal(ri.ri_machine.ma_reports, 1);
	}
	assert_non_null(strstr(ri.ri_machine.ma_reporttext,
	    busdma_report_text(BUSDMA_REPORT_SHAREDLINE)));
	rig_kfree(&ri, p);
	rig_detach(&ri);
}

/* More pieces than the device has segments; half of them fit. */
static void
test_too_many_segments(void **state)
{
	struct disk_request rq;
	struct rig ri;
	uint8_t *p;

	(void)state;
	rig_attach(&ri, test_machine("small-segments"), 1);
	p = rig_kmalloc(&ri, 32 * 4096);
	rig_request(&ri, &rq, SIMDISK_OP_WRITE, 1, p, 32 * 4096);
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), EFBIG);
	assert_int_equal(ri.ri_disk.sc_inflight, 0);
	rq.rq_len = 17 * 4096;
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	assert_int_equal(rq.rq_dmasegs, 17);
	rig_kfree(&ri, p);
	rig_detach(&ri);
}

static const struct bus_dma_window low_window[] = {
	{ .dw_cpu = 0,
	    .dw_bus = 0,
	    .dw_len = UINT64_C(64) << 20,
	    .dw_flags = BUS_DMA_WINDOW_COHERENT },
};

/* Memory that the bus doesn't reach, and user memory that isn't there. */
static void
test_unreachable(void **state)
{
	struct machine_config mc = *test_machine("fragmented");
	bus_dma_segment_t seg = { UINT64_C(64) << 20, BLOCK };
	struct busdma_sim *sim;
	struct disk_request rq;
	struct rig ri;
	uint8_t *u;

	(void)state;
	mc.mc_windows = low_window;
	mc.mc_nwindows = 1;
	rig_attach(&ri, &mc, 1);
	sim = ri.ri_machine.ma_sim;
	rig_request(&ri, &rq, SIMDISK_OP_READ, 1, NULL, BLOCK);
	rq.rq_buffer = DISK_RAW;
	rq.rq_segs = &seg;
	rq.rq_nsegs = 1;
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), EFAULT);

	u = busdma_sim_umalloc(sim, busdma_sim_proc(sim), 8 * 4096);
	assert_int_equal(
	    busdma_sim_uunmap(sim, busdma_sim_proc(sim), u + 4096), 0);
	rig_request(&ri, &rq, SIMDISK_OP_READ, 1, u, 8 * 4096);
	rq.rq_proc = busdma_sim_proc(sim);
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), EFAULT);
	assert_int_equal(ri.ri_disk.sc_inflight, 0);
	busdma_sim_ufree(sim, busdma_sim_proc(sim), u);
	rig_detach(&ri);
}

/*
 * As many requests as there are slots, too long for the disk to be done with
 * them all at once; returns their memory.
 */
static uint8_t *
fill_slots(struct rig *ri, struct disk_request *rqs)
{
	uint8_t *p = rig_kmalloc(ri, (DISK_NSLOTS + 1) * (size_t)LONG * BLOCK);
	unsigned i;

	for (i = 0; i <= DISK_NSLOTS; i++) {
		rig_request(ri, &rqs[i], SIMDISK_OP_READ, 200 * i,
		    p + (size_t)i * LONG * BLOCK, LONG * BLOCK);
		assert_int_equal(disk_submit(&ri->ri_disk, &rqs[i]),
		    i < DISK_NSLOTS ? 0 : EBUSY);
	}
	assert_int_equal(ri->ri_disk.sc_inflight, DISK_NSLOTS);
	return p;
}

static void
test_slots(void **state)
{
	struct disk_request rqs[DISK_NSLOTS + 1];
	struct rig ri;
	uint8_t *p;

	(void)state;
	rig_attach(&ri, test_machine("fragmented"), 1);
	p = fill_slots(&ri, rqs);
	assert_true(disk_wait(&ri.ri_disk) > 0);
	assert_int_equal(rig_run(&ri, &rqs[DISK_NSLOTS]), 0);
	while (ri.ri_done < DISK_NSLOTS + 1)
		assert_true(disk_wait(&ri.ri_disk) > 0);
	assert_int_equal(disk_wait(&ri.ri_disk), 0);
	assert_int_equal(ri.ri_aborted, 0);
	rig_kfree(&ri, p);
	rig_detach(&ri);
}

static void
test_detach_busy(void **state)
{
	struct disk_request rqs[DISK_NSLOTS + 1];
	unsigned aborted = 0;
	uint64_t seed;
	struct rig ri;
	uint8_t *p;

	(void)state;
	for (seed = 1; seed <= 20; seed++) {
		rig_attach(&ri, test_machine("fragmented"), seed);
		p = fill_slots(&ri, rqs);
		assert_int_equal(disk_detach(&ri.ri_disk), 0);
		assert_int_equal(ri.ri_done, DISK_NSLOTS);
		assert_int_equal(ri.ri_disk.sc_inflight, 0);
		assert_int_equal(disk_submit(&ri.ri_disk, &rqs[0]), EINVAL);
		aborted += ri.ri_aborted;
		rig_kfree(&ri, p);
		rig_end(&ri);
	}
	assert_true(aborted > 0);
}

/* Two requests, and nothing but looks at the ring until both are done. */
static void
two_polled(struct rig *ri, uint8_t *p)
{
	struct disk_request rqs[2];
	unsigned i, looks = 0;

	for (i = 0; i < 2; i++) {
		rig_request(ri, &rqs[i], SIMDISK_OP_READ, 9 * i,
		    p + (size_t)i * 8 * BLOCK, 8 * BLOCK);
		assert_int_equal(disk_submit(&ri->ri_disk, &rqs[i]), 0);
	}
	while (ri->ri_disk.sc_inflight != 0 && ++looks < 100000)
		(void)disk_intr(&ri->ri_disk);
	for (i = 0; i < 2; i++)
		assert_int_equal(rqs[i].rq_status, SIMDISK_ST_OK);
}

/*
 * Completions that come while the driver looks: of a new one it uses nothing
 * that it took before it saw the phase.
 */
static void
test_torn(void **state)
{
	struct shadow sh;
	bus_dma_tag_t t;
	uint64_t seed;
	struct rig ri;
	unsigned i;
	uint8_t *p;

	(void)state;
	for (seed = 1; seed <= 10; seed++) {
		rig_machine(&ri, test_machine("fragmented"), seed);
		assert_int_equal(shadow_tag(&sh, ri.ri_machine.ma_sim,
				     ri.ri_machine.ma_tag, true, &t),
		    0);
		assert_int_equal(disk_attach(&ri.ri_disk, &test_env, t), 0);
		p = rig_kmalloc(&ri, 16 * BLOCK);
		for (i = 0; i < 20; i++)
			two_polled(&ri, p);
		assert_int_equal(ri.ri_disk.sc_stray, 0);
		assert_int_equal(disk_detach(&ri.ri_disk), 0);
		bus_dmatag_destroy(t);
		if (sh.sh_complaints != 0)
			fail_msg("%s", sh.sh_first);
		rig_kfree(&ri, p);
		rig_end(&ri);
	}
}

/* A disk of which nothing is heard: reset ends its requests, and it works. */
static void
test_reset(void **state)
{
	struct disk_request rqs[DISK_NSLOTS + 1];
	unsigned aborted = 0;
	uint64_t seed;
	struct rig ri;
	uint8_t *p;

	(void)state;
	for (seed = 1; seed <= 20; seed++) {
		rig_attach(&ri, test_machine("windows"), seed);
		p = fill_slots(&ri, rqs);
		test_env.ed_silent = true;
		while (disk_wait(&ri.ri_disk) > 0)
			continue;
		assert_int_equal(disk_reset(&ri.ri_disk), 0);
		assert_int_equal(ri.ri_done, DISK_NSLOTS);
		aborted += ri.ri_aborted;
		test_env_honest(&test_env);
		rig_both_ways(&ri);
		rig_kfree(&ri, p);
		rig_detach(&ri);
	}
	assert_true(aborted > 0);
}

/* What the disk had completed before a reset is not aborted. */
static void
test_reset_completed(void **state)
{
	struct disk_request rq;
	struct rig ri;
	uint8_t *p;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	p = rig_kmalloc(&ri, BLOCK);
	rig_request(&ri, &rq, SIMDISK_OP_READ, 1, p, BLOCK);
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), 0);
	assert_true(busdma_sim_wait(ri.ri_machine.ma_dev));
	assert_int_equal(disk_reset(&ri.ri_disk), 0);
	assert_int_equal(ri.ri_done, 1);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	rig_kfree(&ri, p);
	rig_detach(&ri);
}

/* The rings are mapped for another requester: the disk can't read them. */
static void
test_ring_unreachable(void **state)
{
	struct disk_request rq;
	bus_dma_tag_t other;
	struct rig ri;
	uint8_t *p;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1);
	ri.ri_reports = 1;
	assert_int_equal(
	    busdma_sim_bus_tag(ri.ri_machine.ma_bus, 2, &other, 0), 0);
	assert_int_equal(disk_attach(&ri.ri_disk, &test_env, other), 0);
	p = rig_kmalloc(&ri, BLOCK);
	rig_request(&ri, &rq, SIMDISK_OP_READ, 1, p, BLOCK);
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), 0);
	assert_int_equal(disk_wait(&ri.ri_disk), 0);
	assert_int_equal(disk_detach(&ri.ri_disk), 0);
	assert_int_equal(ri.ri_aborted, 1);
	rig_kfree(&ri, p);
	bus_dmatag_destroy(other);
	rig_end(&ri);
}

/* What attach does with a disk that is none, or that is broken. */
static void
test_attach_lies(void **state)
{
	static const struct {
		uint32_t reg, mask, value;
		int error;
	} lies[] = {
		{ SIMDISK_ID, 1, ~SIMDISK_ID_VALUE, EINVAL },
		{ SIMDISK_CAP, SIMDISK_CAP_QSIZE, 1, EINVAL },
		{ SIMDISK_CAP, SIMDISK_CAP_NSEGS, 0, EINVAL },
		{ SIMDISK_STATUS, SIMDISK_STATUS_RUN, SIMDISK_STATUS_RUN,
		    EBUSY },
		{ SIMDISK_STATUS, SIMDISK_STATUS_ERR, SIMDISK_STATUS_ERR,
		    EFAULT },
		{ SIMDISK_STATUS, SIMDISK_STATUS_RUN, 0, EFAULT },
	};
	struct rig ri;
	size_t i;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1);
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		test_env_lie(
		    &test_env, lies[i].reg, lies[i].mask, lies[i].value);
		assert_int_equal(
		    disk_attach(&ri.ri_disk, &test_env, ri.ri_machine.ma_tag),
		    lies[i].error);
	}
	rig_end(&ri);
}

/* A disk that does not stop keeps its memory; one that restarts works. */
static void
test_never_stops(void **state)
{
	struct disk_request rq;
	struct rig ri;
	uint8_t *p;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	p = rig_kmalloc(&ri, BLOCK);
	rig_request(&ri, &rq, SIMDISK_OP_READ, 1, p, BLOCK);
	test_env.ed_silent = true;
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), 0);
	test_env_lie(
	    &test_env, SIMDISK_STATUS, SIMDISK_STATUS_RUN, SIMDISK_STATUS_RUN);
	assert_int_equal(disk_reset(&ri.ri_disk), EBUSY);
	assert_int_equal(disk_detach(&ri.ri_disk), EBUSY);
	assert_int_equal(ri.ri_done, 0);
	assert_int_equal(ri.ri_disk.sc_inflight, 1);

	test_env_lie(
	    &test_env, SIMDISK_STATUS, SIMDISK_STATUS_ERR, SIMDISK_STATUS_ERR);
	assert_int_equal(disk_reset(&ri.ri_disk), EFAULT);
	assert_int_equal(ri.ri_done, 1);
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), EINVAL);
	assert_int_equal(disk_intr(&ri.ri_disk), 0);
	test_env_honest(&test_env);
	assert_int_equal(disk_reset(&ri.ri_disk), 0);
	rig_both_ways(&ri);
	rig_kfree(&ri, p);
	rig_detach(&ri);
}

/* The smallest rings there can be come round often. */
static void
test_small_rings(void **state)
{
	static const uint32_t caps[] = { 2, 3, 4, 7 };
	static const unsigned slots[] = { 1, 1, 3, 3 };
	struct disk_request rq;
	struct rig ri;
	uint8_t *p;
	unsigned i, j;

	(void)state;
	for (i = 0; i < 4; i++) {
		rig_machine(&ri, test_machine("contiguous"), i);
		test_env_lie(&test_env, SIMDISK_CAP, ~0u, caps[i] | 5u << 16);
		assert_int_equal(
		    disk_attach(&ri.ri_disk, &test_env, ri.ri_machine.ma_tag),
		    0);
		assert_int_equal(ri.ri_disk.sc_nslots, slots[i]);
		assert_int_equal(ri.ri_disk.sc_maxsegs, 5);
		p = rig_kmalloc(&ri, BLOCK);
		for (j = 0; j < 50; j++) {
			rig_fill(p, BLOCK, j);
			rig_request(&ri, &rq, SIMDISK_OP_WRITE, j, p, BLOCK);
			assert_int_equal(rig_run(&ri, &rq), 0);
		}
		for (j = 0; j < 50; j++) {
			rig_request(&ri, &rq, SIMDISK_OP_READ, j, p, BLOCK);
			assert_int_equal(rig_run(&ri, &rq), 0);
			rig_check(p, BLOCK, j);
		}
		rig_kfree(&ri, p);
		rig_detach(&ri);
	}
}

/* The disk is a liar; its ring must not come round. */
static void
post(struct liar *li, unsigned n, uint32_t id)
{
	uint8_t cpl[SIMDISK_CPL_SIZE] = { 0 };

	le_put16(cpl + SIMDISK_CPL_ID, id);
	le_put32(cpl + SIMDISK_CPL_FLAGS, SIMDISK_CPL_PHASE);
	assert_int_equal(liar_write(li, SIMDISK_CPLQ_LO,
			     (bus_size_t)n * sizeof(cpl), cpl, sizeof(cpl)),
	    0);
}

/*
 * Completions that belong to no request do no harm: with an id out of range,
 * and with that of a free slot.
 */
static void
test_stray_completions(void **state)
{
	static const struct liar_config lc = {
		.lc_ctrl = SIMDISK_CTRL,
		.lc_status = SIMDISK_STATUS,
		.lc_run = SIMDISK_STATUS_RUN,
		.lc_fixed = { { SIMDISK_ID, SIMDISK_ID_VALUE },
		    { SIMDISK_CAP, 64u | 16u << 16 } },
	};
	struct disk_request rq;
	struct liar *li;
	struct rig ri;
	uint8_t *p;
	unsigned i, n = 0;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1);
	assert_int_equal(liar_create(ri.ri_machine.ma_bus, 1, &lc, &li), 0);
	assert_int_equal(disk_attach(&ri.ri_disk, env_sim_device(li->li_dev),
			     ri.ri_machine.ma_tag),
	    0);
	p = rig_kmalloc(&ri, BLOCK);
	for (i = 1; i <= 5; i++) {
		rig_request(&ri, &rq, SIMDISK_OP_READ, 1, p, BLOCK);
		assert_int_equal(disk_submit(&ri.ri_disk, &rq), 0);
		post(li, n++, 0xff);
		post(li, n++, 3);
		assert_int_equal(disk_wait(&ri.ri_disk), 0);
		assert_int_equal(rq.rq_status, ~0u);
		post(li, n++, 0);
		assert_int_equal(disk_wait(&ri.ri_disk), 1);
		assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
		assert_int_equal(ri.ri_disk.sc_stray, 2 * i);
		assert_int_equal(ri.ri_done, i);
	}
	rig_kfree(&ri, p);
	rig_detach(&ri);
}

const struct CMUnitTest disk_cases[] = {
	cmocka_unit_test(test_range),
	cmocka_unit_test(test_bad_requests),
	cmocka_unit_test(test_too_many_segments),
	cmocka_unit_test(test_unreachable),
	cmocka_unit_test(test_slots),
	cmocka_unit_test(test_detach_busy),
	cmocka_unit_test(test_torn),
	cmocka_unit_test(test_reset),
	cmocka_unit_test(test_shared_line),
	cmocka_unit_test(test_reset_completed),
	cmocka_unit_test(test_ring_unreachable),
	cmocka_unit_test(test_attach_lies),
	cmocka_unit_test(test_never_stops),
	cmocka_unit_test(test_small_rings),
	cmocka_unit_test(test_stray_completions),
};
const size_t disk_cases_count = sizeof(disk_cases) / sizeof(disk_cases[0]);
