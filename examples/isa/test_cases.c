/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tests of the card's driver on one machine each: bad requests, and every
 * way to fail and to be lied to.
 */
#include "isa/test_cases.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_bad_requests(void **state)
{
	static const struct {
		uint32_t card;
		bus_size_t len;
	} bad[] = {
		{ 0, 0 },
		{ 0, ISA_MAXLEN + 1 },
		{ CARD, 1 },
		{ CARD - 9, 10 },
		{ CARD + 1, 1 },
		{ ~0u, ISA_MAXLEN },
	};
	struct isa_request rq;
	struct rig_memory rm;
	struct place uio;
	uint64_t random = 1;
	struct rig ri;
	size_t i;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	rig_memory(ri.ri_isa.sc_dmat, &rm, ISA_MAXLEN);
	for (i = 0; i < COUNT(bad); i++) {
		rig_kernel_request(&ri, &rq, rm.rm_kva, i % 2 == 0, bad[i].card,
		    (size_t)bad[i].len);
		assert_int_equal(rig_run(&ri, &rq), EINVAL);
	}
	rq.rq_card = 0;
	rq.rq_len = 1;
	rq.rq_kind = (enum isa_kind)99;
	assert_int_equal(rig_run(&ri, &rq), EINVAL);
	/* A uio that is shorter than the request. */
	place_create(&uio, ri.ri_sim, NULL, PLACE_KERNEL_UIO, 100);
	place_lay(&uio, 100, &random);
	uio.pc_uio.uio_iov[0] = (struct iovec){ rm.rm_kva, 100 };
	uio.pc_uio.uio_iovcnt = 1;
	rig_request(&ri, &rq, &uio, true, 0, 101);
	assert_int_equal(rig_run(&ri, &rq), EINVAL);
	rq.rq_len = 100;
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	place_destroy(&uio);
	rig_memory_free(&rm);
	rig_detach(&ri);
}

/*
 * What can't be loaded where nothing bounces: out of reach, in pieces, too long
 * for a segment.
 */
static void
test_no_load(void **state)
{
	static const struct {
		const char *machine;
		size_t len;
		int error;
	} bad[] = {
		{ "contiguous", 3000, EFAULT },
		{ "single-pages", 9000, EFBIG },
		{ "small-segments", 4097, EFBIG },
	};
	struct isa_request rq;
	struct place pc;
	uint64_t random;
	struct rig ri;
	size_t i;
	int kind, error;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		rig_attach(&ri, test_machine(bad[i].machine), 2);
		for (kind = 0; kind < PLACE_NKINDS; kind++) {
			random = i;
			place_create(&pc, ri.ri_sim, busdma_sim_proc(ri.ri_sim),
			    (enum place_kind)kind, bad[i].len);
			place_lay(&pc, bad[i].len, &random);
			rig_request(
			    &ri, &rq, &pc, kind % 2 == 0, 0, bad[i].len);
			error = rig_run(&ri, &rq);
			assert_true(error == bad[i].error || error == EFAULT);
			assert_null(ri.ri_isa.sc_rq);
			place_destroy(&pc);
		}
		rig_detach(&ri);
	}
}

/* Memory that is not there is not bounced either. */
static void
test_no_memory(void **state)
{
	static const char *const machines[] = { "contiguous", "bounce-24" };
	struct isa_request rq;
	struct place pc;
	uint64_t random = 4;
	struct rig ri;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(machines); i++) {
		rig_attach(&ri, test_machine(machines[i]), 2);
		place_create(&pc, ri.ri_sim, busdma_sim_proc(ri.ri_sim),
		    PLACE_USER, 9000);
		place_lay(&pc, 9000, &random);
		rig_request(&ri, &rq, &pc, true, 0, 9000);
		assert_int_equal(busdma_sim_uunmap(ri.ri_sim, pc.pc_proc,
				     pc.pc_iov[0].iov_base),
		    0);
		assert_int_equal(rig_run(&ri, &rq), EFAULT);
		place_destroy(&pc);
		rig_detach(&ri);
	}
}

/* Machines on whose bus there is nothing within 24 bits. */
static void
test_out_of_reach(void **state)
{
	unsigned i, j, n = 0;
	struct rig ri;

	(void)state;
	for (i = 0; i < machine_nconfigs; i++) {
		for (j = 0; j < rig_nwithin; j++) {
			if (strcmp(machine_configs[i].mc_name, rig_within[j]) ==
			    0)
				break;
		}
		if (j < rig_nwithin)
			continue;
		rig_machine(&ri, &machine_configs[i], 1);
		assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), EINVAL);
		assert_int_equal(isa_wait(&ri.ri_isa), 0);
		rig_end(&ri);
		n++;
	}
	assert_int_equal(n + rig_nwithin, machine_nconfigs);
}

/* One in flight is the most; a reset or a detach ends it. */
static void
test_one_at_a_time(void **state)
{
	const struct bus_dma_limits lim = { .dl_high = SIMISA_ADDR_MAX,
		.dl_boundary = SIMISA_BOUNDARY };
	unsigned aborted = 0, over = 0;
	struct isa_request rq, more;
	bus_dma_tag_t t;
	struct rig_memory rm;
	uint64_t seed;
	struct rig ri;

	(void)state;
	for (seed = 1; seed <= 40; seed++) {
		rig_attach(&ri, test_machine("fragmented"), seed);
		assert_int_equal(
		    bus_dmatag_restrict(ri.ri_machine.ma_tag, &lim, &t, 0), 0);
		rig_memory(t, &rm, ISA_MAXLEN);
		memset(rm.rm_kva, 1, ISA_MAXLEN);
		rig_kernel_request(&ri, &rq, rm.rm_kva, true, 0, ISA_MAXLEN);
		rig_kernel_request(&ri, &more, rm.rm_kva, false, 0, 10);
		assert_int_equal(isa_submit(&ri.ri_isa, &rq), 0);
		assert_int_equal(isa_submit(&ri.ri_isa, &more), EBUSY);
		if (seed % 4 == 0)
			assert_true(busdma_sim_wait(test_env.ed_dev));
		if (seed % 2 == 0) {
			assert_int_equal(isa_reset(&ri.ri_isa), 0);
			assert_int_equal(rig_run(&ri, &more), 0);
			assert_int_equal(more.rq_status, ISA_ST_OK);
		}
		assert_int_equal(isa_detach(&ri.ri_isa), 0);
		rig_memory_free(&rm);
		bus_dmatag_destroy(t);
		assert_int_equal(ri.ri_done, 1 + (seed % 2 == 0));
		if (seed % 4 == 0)
			assert_int_equal(rq.rq_status, ISA_ST_OK);
		aborted += rq.rq_status == ISA_ST_ABORTED;
		over += rq.rq_status == ISA_ST_OK;
		assert_int_equal(isa_submit(&ri.ri_isa, &more), EINVAL);
		rig_end(&ri);
	}
	assert_int_equal(aborted + over, 40);
	assert_true(aborted > 0);
}

/* A card that is none, that does not stop, that lies about its end. */
static void
test_lies(void **state)
{
	struct isa_request rq;
	struct rig_memory rm;
	struct rig ri;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1);
	test_env_lie(&test_env, SIMISA_ID, 1, ~SIMISA_ID_VALUE);
	assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), EINVAL);
	test_env_lie(
	    &test_env, SIMISA_STATUS, SIMISA_STATUS_BUSY, SIMISA_STATUS_BUSY);
	assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), EBUSY);
	test_env_honest(&test_env);
	assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), 0);
	rig_memory(ri.ri_isa.sc_dmat, &rm, 4096);
	rig_kernel_request(&ri, &rq, rm.rm_kva, true, 0, 4096);

	/* Stuck: nothing is given back until it stops. */
	test_env.ed_silent = true;
	test_env_lie(
	    &test_env, SIMISA_STATUS, SIMISA_STATUS_BUSY, SIMISA_STATUS_BUSY);
	assert_int_equal(isa_submit(&ri.ri_isa, &rq), 0);
	assert_int_equal(isa_wait(&ri.ri_isa), 0);
	assert_int_equal(isa_reset(&ri.ri_isa), EBUSY);
	assert_int_equal(isa_detach(&ri.ri_isa), EBUSY);
	assert_int_equal(isa_submit(&ri.ri_isa, &rq), EINVAL);
	assert_int_equal(ri.ri_done, 0);
	test_env_honest(&test_env);
	assert_int_equal(isa_reset(&ri.ri_isa), 0);
	assert_int_equal(ri.ri_done, 1);

	test_env_lie(
	    &test_env, SIMISA_STATUS, SIMISA_STATUS_WRAP, SIMISA_STATUS_WRAP);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_DMA);
	test_env_honest(&test_env);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	rig_memory_free(&rm);
	rig_detach(&ri);
}

/* Everything is mapped for another requester: the card can't get there. */
static void
test_refused(void **state)
{
	struct isa_request rq;
	struct rig_memory rm;
	bus_dma_tag_t other;
	struct rig ri;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1);
	ri.ri_reports = 1;
	assert_int_equal(
	    busdma_sim_bus_tag(ri.ri_machine.ma_bus, 2, &other, 0), 0);
	assert_int_equal(rig_try(&ri, other), 0);
	rig_memory(ri.ri_isa.sc_dmat, &rm, 4096);
	rig_kernel_request(&ri, &rq, rm.rm_kva, false, 0, 4096);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_DMA);
	rig_memory_free(&rm);
	assert_int_equal(isa_detach(&ri.ri_isa), 0);
	bus_dmatag_destroy(other);
	rig_end(&ri);
}

/* A polled card raises no interrupt; one that is stuck is given up. */
static void
test_polled(void **state)
{
	struct isa_request rq;
	struct rig_memory rm;
	struct rig ri;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1);
	ri.ri_polled = true;
	assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), 0);
	rig_memory(ri.ri_isa.sc_dmat, &rm, ISA_MAXLEN);
	rig_kernel_request(&ri, &rq, rm.rm_kva, false, 0, ISA_MAXLEN);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	assert_false(busdma_sim_wait(test_env.ed_dev));
	test_env_lie(
	    &test_env, SIMISA_STATUS, SIMISA_STATUS_BUSY, SIMISA_STATUS_BUSY);
	assert_int_equal(isa_submit(&ri.ri_isa, &rq), 0);
	assert_int_equal(isa_wait(&ri.ri_isa), 0);
	test_env_honest(&test_env);
	assert_int_equal(isa_wait(&ri.ri_isa), 1);
	rig_memory_free(&rm);
	rig_detach(&ri);
}

const struct CMUnitTest isa_cases[] = {
	cmocka_unit_test(test_bad_requests),
	cmocka_unit_test(test_no_load),
	cmocka_unit_test(test_no_memory),
	cmocka_unit_test(test_out_of_reach),
	cmocka_unit_test(test_one_at_a_time),
	cmocka_unit_test(test_lies),
	cmocka_unit_test(test_refused),
	cmocka_unit_test(test_polled),
};
const size_t isa_cases_count = COUNT(isa_cases);
