/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The disk driver against the simulated disk: data of every kind on every
 * machine, with and without the shadow layer; every
 * allocation fails once.
 */
#include "disk/test_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <busdma/uio.h>

#include "disk/transfer.h"
#include "tests/shadow.h"

#define FILE_SIZE (700u * 1024 + 123)
#define SEEDS 4u

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
	rig_fill(p, FILE_SIZE, seed);
	assert_int_equal(pwrite(tr.tr_from, p, FILE_SIZE, 0), FILE_SIZE);
	if (!transfer_run(&tr))
		fail_msg("seed %u: %s", (unsigned)seed, tr.tr_why);
	assert_int_equal(pread(tr.tr_to, p, FILE_SIZE, 0), FILE_SIZE);
	rig_check(p, FILE_SIZE, seed);
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

	for (seed = 1; seed <= test_seeds(mc, SEEDS); seed++) {
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

	for (seed = 1; seed <= test_seeds(mc, 2 * SEEDS); seed++) {
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

/* A uio of user memory, with an iovec of no bytes; it may change at once. */
static void
uio_both_ways(struct rig *ri)
{
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	const struct busdma_platform *pl = busdma_sim_platform(sim);
	struct proc *p = busdma_sim_proc(sim);
	size_t skew = test_lines(ri->ri_machine.ma_config, 3333);
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
	rig_fill(bytes, sizeof(bytes), 2);
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
	rig_check_disk(ri, 20, 2 * BLOCK, 2);

	rig_request(ri, &rq, SIMDISK_OP_READ, 20, u + skew, 2 * BLOCK);
	rq.rq_proc = p;
	assert_int_equal(rig_run(ri, &rq), 0);
	assert_int_equal(
	    busdma_sim_copyin(sim, p, u + skew, bytes, sizeof(bytes)), 0);
	rig_check(bytes, sizeof(bytes), 2);
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
	rig_fill(kva, size, 3);
	rig_request(ri, &rq, SIMDISK_OP_WRITE, 30, NULL, size);
	rq.rq_buffer = DISK_RAW;
	rq.rq_segs = segs;
	rq.rq_nsegs = n;
	assert_int_equal(rig_run(ri, &rq), 0);
	rig_check_disk(ri, 30, size, 3);

	memset(kva, 0, size);
	rq.rq_op = SIMDISK_OP_READ;
	rq.rq_status = ~0u;
	assert_int_equal(rig_run(ri, &rq), 0);
	rig_check(kva, size, 3);
	bus_dmamem_unmap(t, kva, size);
	bus_dmamem_free(t, segs, n);
}

static void
test_kinds(void **state)
{
	struct disk_request rq;
	struct rig ri;

	rig_attach(&ri, *state, 11);
	rig_both_ways(&ri);
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
	p = rig_kmalloc(&ri, 16 * BLOCK);
	rig_fill(p, 16 * BLOCK, 6);
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
	rig_check_disk(&ri, 7, 16 * BLOCK, 6);
	rig_kfree(&ri, p);
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
	p = rig_kmalloc(&ri, 4 * BLOCK);
	rig_request(&ri, &rq, SIMDISK_OP_READ, 0, p, 4 * BLOCK);
	rq.rq_done = chain_done;
	busdma_sim_interrupt(ri.ri_machine.ma_sim, true);
	assert_int_equal(disk_submit(&ri.ri_disk, &rq), 0);
	while (ri.ri_done < 300)
		assert_true(disk_wait(&ri.ri_disk) > 0);
	busdma_sim_interrupt(ri.ri_machine.ma_sim, false);
	assert_int_equal(ri.ri_disk.sc_stray, 0);
	rig_kfree(&ri, p);
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

#define NEACH (sizeof(each) / sizeof(each[0]))

int
main(void)
{
	test_add(disk_cases, disk_cases_count);
	test_add_on_all(each, NEACH);
	return test_main("disk");
}
