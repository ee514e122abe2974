/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The disk driver against the simulated disk: data of every kind on every
 * machine, with and without the shadow layer, and every way to fail.
 */
#include "disk/test_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <busdma/uio.h>

#include "disk/transfer.h"
#include "le.h"
#include "tests/liar.h"
#include "tests/shadow.h"

#define BLOCK SIMDISK_BLOCKSIZE
#define FILE_SIZE (700u * 1024 + 123)
#define SEEDS 4u
#define LONG 256u /* blocks of a long request */

static void
fill(uint8_t *p, size_t len, uint64_t seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = rig_byte(seed, i);
}

static void
check(const uint8_t *p, size_t len, uint64_t seed)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] != rig_byte(seed, i))
			fail_msg("byte %zu of %zu is %#x, not %#x", i, len,
			    p[i], rig_byte(seed, i));
	}
}

/* The disk holds the pattern at a block, and zeroes beside it. */
static void
check_disk(struct rig *ri, uint64_t lba, size_t len, uint64_t seed)
{
	uint8_t *p = malloc(len + 2 * BLOCK);
	size_t i;

	assert_non_null(p);
	assert_int_equal(
	    pread(ri->ri_fd, p, len + 2 * BLOCK, (off_t)((lba - 1) * BLOCK)),
	    len + 2 * BLOCK);
	for (i = 0; i < BLOCK; i++) {
		assert_int_equal(p[i], 0);
		assert_int_equal(p[BLOCK + len + i], 0);
	}
	check(p + BLOCK, len, seed);
	free(p);
}

static void *
kmalloc(struct rig *ri, size_t size)
{
	void *p = busdma_sim_kmalloc(ri->ri_machine.ma_sim, size);

	assert_non_null(p);
	return p;
}

static void
kfree(struct rig *ri, void *p)
{
	busdma_sim_kfree(ri->ri_machine.ma_sim, p);
}

/* A file there and back, through the demo's own code; how many loads. */
static uint64_t
transfer(struct machine *ma, uint64_t seed)
{
	struct transfer tr = {
		.tr_machine = ma,
		.tr_from = rig_file(FILE_SIZE),
		.tr_to = rig_file(FILE_SIZE),
		.tr_size = FILE_SIZE,
		.tr_seed = seed,
	};
	uint8_t *p = malloc(FILE_SIZE);

	assert_non_null(p);
	fill(p, FILE_SIZE, seed);
	assert_int_equal(pwrite(tr.tr_from, p, FILE_SIZE, 0), FILE_SIZE);
	if (!transfer_run(&tr))
		fail_msg("seed %u: %s", (unsigned)seed, tr.tr_why);
	assert_int_equal(pread(tr.tr_to, p, FILE_SIZE, 0), FILE_SIZE);
	check(p, FILE_SIZE, seed);
	assert_true(tr.tr_stats.ts_loads >= 2);
	assert_true(tr.tr_stats.ts_segments >= tr.tr_stats.ts_loads);
	free(p);
	(void)close(tr.tr_from);
	(void)close(tr.tr_to);
	return tr.tr_stats.ts_loads;
}

static void
test_transfer(void **state)
{
	const struct machine_config *mc = *state;
	struct rig ri;
	uint64_t seed;

	for (seed = 1; seed <= SEEDS; seed++) {
		rig_machine(&ri, mc, seed);
		(void)transfer(&ri.ri_machine, seed);
		rig_end(&ri);
	}
}

static void
test_shadow(void **state)
{
	const struct machine_config *mc = *state;
	struct machine *ma;
	struct shadow sh;
	struct rig ri;
	bus_dma_tag_t lower, t;
	uint64_t seed, loads;

	for (seed = 1; seed <= 2 * SEEDS; seed++) {
		rig_machine(&ri, mc, seed);
		ma = &ri.ri_machine;
		lower = ma->ma_tag;
		assert_int_equal(
		    shadow_tag(&sh, ma->ma_sim, lower, seed % 2 == 0, &t), 0);
		ma->ma_tag = t;
		loads = transfer(ma, seed);
		ma->ma_tag = lower;
		bus_dmatag_destroy(t);
		if (sh.sh_complaints != 0)
			fail_msg("%u complaints; the first: %s",
			    sh.sh_complaints, sh.sh_first);
		/* What lets the driver always go on, from anywhere. */
		assert_int_equal(sh.sh_allocnow, 1);
		assert_true(sh.sh_nowait >= loads);
		rig_end(&ri);
	}
}

/*
 * One request of each kind, seen from the file behind the disk.
 */
static void
linear_both_ways(struct rig *ri)
{
	uint8_t *p = kmalloc(ri, 8 * BLOCK);
	struct disk_request rq;

	fill(p + 13, 3 * BLOCK, 1);
	rig_request(ri, &rq, SIMDISK_OP_WRITE, 10, p + 13, 3 * BLOCK);
	assert_int_equal(rig_run(ri, &rq), 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	check_disk(ri, 10, 3 * BLOCK, 1);

	memset(p, 0x11, 8 * BLOCK);
	rig_request(ri, &rq, SIMDISK_OP_READ, 10, p + 77, 3 * BLOCK);
	assert_int_equal(rig_run(ri, &rq), 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	check(p + 77, 3 * BLOCK, 1);
	assert_int_equal(p[76], 0x11);
	assert_int_equal(p[77 + 3 * BLOCK], 0x11);
	kfree(ri, p);
}

/* A uio of user memory, with an iovec of no bytes; it may change at once. */
static void
uio_both_ways(struct rig *ri)
{
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	const struct busdma_platform *pl = busdma_sim_platform(sim);
	struct proc *p = busdma_sim_proc(sim);
	uint8_t *u = busdma_sim_umalloc(sim, p, 65536);
	uint8_t bytes[2 * BLOCK];
	struct iovec iov[3] = { { u + 1, 100 }, { u, 0 },
		{ u + 20000, 2 * BLOCK - 100 } };
	struct uio uio = { .uio_iov = iov,
		.uio_iovcnt = 3,
		.uio_resid = 2 * BLOCK,
		.uio_vmspace = pl->pl_space != NULL ? pl->pl_space(pl, p)
						    : (busdma_space_t)p };
	struct disk_request rq;

	assert_non_null(u);
	fill(bytes, sizeof(bytes), 2);
	assert_int_equal(busdma_sim_copyout(sim, p, bytes, u + 1, 100), 0);
	assert_int_equal(busdma_sim_copyout(sim, p, bytes + 100, u + 20000,
			     sizeof(bytes) - 100),
	    0);
	rig_request(ri, &rq, SIMDISK_OP_WRITE, 20, NULL, 0);
	rq.rq_buffer = DISK_UIO;
	rq.rq_uio = &uio;
	assert_int_equal(disk_submit(&ri->ri_disk, &rq), 0);
	memset(iov, 0, sizeof(iov));
	memset(&uio, 0, sizeof(uio));
	while (rq.rq_status == ~0u)
		assert_true(disk_wait(&ri->ri_disk) > 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	check_disk(ri, 20, 2 * BLOCK, 2);

	rig_request(ri, &rq, SIMDISK_OP_READ, 20, u + 3333, 2 * BLOCK);
	rq.rq_proc = p;
	assert_int_equal(rig_run(ri, &rq), 0);
	assert_int_equal(
	    busdma_sim_copyin(sim, p, u + 3333, bytes, sizeof(bytes)), 0);
	check(bytes, sizeof(bytes), 2);
	busdma_sim_ufree(sim, p, u);
}

/* DMA memory of the driver's tag, by its segments. */
static void
raw_both_ways(struct rig *ri)
{
	bus_dma_tag_t t = ri->ri_machine.ma_tag;
	bus_dma_segment_t segs[16];
	struct disk_request rq;
	size_t size = 16 * BLOCK;
	void *kva;
	int n;

	assert_int_equal(bus_dmamem_alloc(t, size, 0, 0, segs, 16, &n, 0), 0);
	assert_int_equal(bus_dmamem_map(t, segs, n, size, &kva, 0), 0);
	fill(kva, size, 3);
	rig_request(ri, &rq, SIMDISK_OP_WRITE, 30, NULL, size);
	rq.rq_buffer = DISK_RAW;
	rq.rq_segs = segs;
	rq.rq_nsegs = n;
	assert_int_equal(rig_run(ri, &rq), 0);
	check_disk(ri, 30, size, 3);

	memset(kva, 0, size);
	rq.rq_op = SIMDISK_OP_READ;
	rq.rq_status = ~0u;
	assert_int_equal(rig_run(ri, &rq), 0);
	check(kva, size, 3);
	bus_dmamem_unmap(t, kva, size);
	bus_dmamem_free(t, segs, n);
}

static void
test_kinds(void **state)
{
	struct disk_request rq;
	struct rig ri;

	rig_attach(&ri, *state, 11);
	linear_both_ways(&ri);
	uio_both_ways(&ri);
	raw_both_ways(&ri);
	rig_request(&ri, &rq, SIMDISK_OP_FLUSH, 0, NULL, 0);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	assert_int_equal(ri.ri_done, 7);
	assert_int_equal(disk_intr(&ri.ri_disk), 0);
	assert_int_equal(env_read32(&test_env, SIMDISK_INTR), 0);
	rig_detach(&ri);
}

/* Attach fails at every hook that can fail, and holds nothing then. */
static void
test_attach_fails(void **state)
{
	struct rig ri;
	unsigned n, failures = 0;
	bool hit = true;
	int error;

	rig_machine(&ri, *state, 5);
	for (n = 1; hit; n++) {
		(void)busdma_sim_fail_at(ri.ri_machine.ma_sim, n);
		error =
		    disk_attach(&ri.ri_disk, &test_env, ri.ri_machine.ma_tag);
		hit = busdma_sim_fail_at(ri.ri_machine.ma_sim, 0);
		if (error == 0) {
			assert_int_equal(disk_detach(&ri.ri_disk), 0);
			continue;
		}
		assert_true(hit);
		assert_true(error == ENOMEM || error == EFAULT);
		failures++;
	}
	/*
	 * Record, mapping, map and load of two rings and of the slots' tables
	 * can fail.  Some failures are overcome: another window's pages, a
	 * second look.
	 */
	assert_true(n > 4 * (2 + DISK_NSLOTS));
	assert_true(failures > 2 * (2 + DISK_NSLOTS));
	rig_end(&ri);
}

/* A request fails at every hook that can fail; then it works. */
static void
test_submit_fails(void **state)
{
	struct disk_request rq;
	struct rig ri;
	unsigned n, failures = 0;
	uint8_t *p;
	bool hit = true;
	int error;

	rig_attach(&ri, *state, 6);
	p = kmalloc(&ri, 16 * BLOCK);
	fill(p, 16 * BLOCK, 6);
	for (n = 1; hit; n++) {
		rig_request(&ri, &rq, SIMDISK_OP_WRITE, 7, p, 16 * BLOCK);
		(void)busdma_sim_fail_at(ri.ri_machine.ma_sim, n);
		error = disk_submit(&ri.ri_disk, &rq);
		hit = busdma_sim_fail_at(ri.ri_machine.ma_sim, 0);
		if (error != 0) {
			assert_true(hit);
			assert_int_equal(ri.ri_disk.sc_inflight, 0);
			failures++;
			continue;
		}
		while (rq.rq_status == ~0u)
			assert_true(disk_wait(&ri.ri_disk) > 0);
		assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	}
	assert_true(failures > 0);
	check_disk(&ri, 7, 16 * BLOCK, 6);
	kfree(&ri, p);
	rig_detach(&ri);
}

static void
test_range(void **state)
{
	struct disk_request rq;
	struct rig ri;
	uint8_t *p;

	(void)state;
	rig_attach(&ri, test_machine("fragmented"), 1);
	p = kmalloc(&ri, 4 * BLOCK);
	ri.ri_reports = 1;
	rig_request(&ri, &rq, SIMDISK_OP_READ, DISK_BLOCKS - 1, p, 2 * BLOCK);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_RANGE);
	rig_request(&ri, &rq, SIMDISK_OP_READ, DISK_BLOCKS - 2, p, 2 * BLOCK);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	kfree(&ri, p);
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
	p = kmalloc(&ri, DISK_MAXXFER + BLOCK);
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
	kfree(&ri, p);
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
	p = kmalloc(&ri, 32 * 4096);
	rig_request(&ri, &rq, SIMDISK_OP_WRITE, 1, p, 32 * 4096);
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), EFBIG);
	assert_int_equal(ri.ri_disk.sc_inflight, 0);
	rq.rq_len = 17 * 4096;
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	assert_int_equal(rq.rq_dmasegs, 17);
	kfree(&ri, p);
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
	uint8_t *p = kmalloc(ri, (DISK_NSLOTS + 1) * (size_t)LONG * BLOCK);
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
	kfree(&ri, p);
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
		kfree(&ri, p);
		rig_end(&ri);
	}
	assert_true(aborted > 0);
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
		linear_both_ways(&ri);
		kfree(&ri, p);
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
	p = kmalloc(&ri, BLOCK);
	rig_request(&ri, &rq, SIMDISK_OP_READ, 1, p, BLOCK);
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), 0);
	assert_true(busdma_sim_wait(ri.ri_machine.ma_dev));
	assert_int_equal(disk_reset(&ri.ri_disk), 0);
	assert_int_equal(ri.ri_done, 1);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	kfree(&ri, p);
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
	p = kmalloc(&ri, BLOCK);
	rig_request(&ri, &rq, SIMDISK_OP_READ, 1, p, BLOCK);
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), 0);
	assert_int_equal(disk_wait(&ri.ri_disk), 0);
	assert_int_equal(disk_detach(&ri.ri_disk), 0);
	assert_int_equal(ri.ri_aborted, 1);
	kfree(&ri, p);
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
	p = kmalloc(&ri, BLOCK);
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
	linear_both_ways(&ri);
	kfree(&ri, p);
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
		p = kmalloc(&ri, BLOCK);
		for (j = 0; j < 50; j++) {
			fill(p, BLOCK, j);
			rig_request(&ri, &rq, SIMDISK_OP_WRITE, j, p, BLOCK);
			assert_int_equal(rig_run(&ri, &rq), 0);
		}
		for (j = 0; j < 50; j++) {
			rig_request(&ri, &rq, SIMDISK_OP_READ, j, p, BLOCK);
			assert_int_equal(rig_run(&ri, &rq), 0);
			check(p, BLOCK, j);
		}
		kfree(&ri, p);
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
	p = kmalloc(&ri, BLOCK);
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
	kfree(&ri, p);
	rig_detach(&ri);
}

/* Requests that are started from the end of others. */
static void
chain_done(struct disk_request *rq)
{
	struct rig *ri = rq->rq_arg;

	assert_int_equal(rq->rq_status, SIMDISK_ST_OK);
	if (++ri->ri_done < 300) {
		rq->rq_lba = ri->ri_done;
		rq->rq_status = ~0u;
		assert_int_equal(disk_submit(&ri->ri_disk, rq), 0);
	}
}

/*
 * Submit and the interrupt handler call nothing that an interrupt handler
 * must not.
 */
static void
test_interrupt(void **state)
{
	struct disk_request rq;
	struct rig ri;
	uint8_t *p;

	rig_attach(&ri, *state, 9);
	p = kmalloc(&ri, 4 * BLOCK);
	rig_request(&ri, &rq, SIMDISK_OP_READ, 0, p, 4 * BLOCK);
	rq.rq_done = chain_done;
	busdma_sim_interrupt(ri.ri_machine.ma_sim, true);
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), 0);
	while (ri.ri_done < 300)
		assert_true(disk_wait(&ri.ri_disk) > 0);
	busdma_sim_interrupt(ri.ri_machine.ma_sim, false);
	assert_int_equal(ri.ri_disk.sc_stray, 0);
	kfree(&ri, p);
	rig_detach(&ri);
}

/* Of those that run on every machine. */
static const struct test_each each[] = {
	{ "kinds", test_kinds },
	{ "transfer", test_transfer },
	{ "shadow", test_shadow },
	{ "attach_fails", test_attach_fails },
	{ "submit_fails", test_submit_fails },
	{ "interrupt", test_interrupt },
};

static const struct CMUnitTest once[] = {
	cmocka_unit_test(test_range),
	cmocka_unit_test(test_bad_requests),
	cmocka_unit_test(test_too_many_segments),
	cmocka_unit_test(test_unreachable),
	cmocka_unit_test(test_slots),
	cmocka_unit_test(test_detach_busy),
	cmocka_unit_test(test_reset),
	cmocka_unit_test(test_reset_completed),
	cmocka_unit_test(test_ring_unreachable),
	cmocka_unit_test(test_attach_lies),
	cmocka_unit_test(test_never_stops),
	cmocka_unit_test(test_small_rings),
	cmocka_unit_test(test_stray_completions),
};

#define NEACH (sizeof(each) / sizeof(each[0]))
#define NONCE (sizeof(once) / sizeof(once[0]))

int
main(void)
{
	test_add(once, NONCE);
	test_add_on_all(each, NEACH);
	return test_main("disk");
}
