/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tests of the NVMe driver on one machine each: what is asked of the
 * controller, bad requests, lists of many pages, and controllers that lie,
 * hang, fail and vanish.
 */
#include "nvme/test_cases.h"

#include <stdlib.h>
#include <string.h>

#include "le.h"

#define BLOCK 512u
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A controller that can't be driven: nothing is attached. */
static void
test_no_controller(void **state)
{
	static const struct {
		uint32_t cap[2];
		unsigned blockshift;
		uint32_t lbaf;
		uint8_t sqes, cqes, dps;
		bool nonamespace;
		int error;
	} bad[] = {
		{ .cap = { 0xffffffffu, 0xffffffffu } },
		{ .cap = { 0x0f0100ffu, 0x00000000u } }, /* no NVM commands */
		{ .cap = { 0x0f010000u, 0x00000020u } }, /* a queue of 1 */
		{ .blockshift = 8 },
		{ .blockshift = 13 }, /* above the page */
		{ .lbaf = 8 },        /* metadata */
		{ .sqes = 0x77 },
		{ .sqes = 0x55 },
		{ .cqes = 0x55 },
		{ .cqes = 0x33 },
		{ .dps = 1 },
		{ .nonamespace = true },
	};
	struct model_config mc;
	struct rig ri;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		mc = model_plain;
		if (bad[i].cap[0] != 0)
			memcpy(mc.mc_cap, bad[i].cap, sizeof(mc.mc_cap));
		if (bad[i].blockshift != 0)
			mc.mc_blockshift = bad[i].blockshift;
		mc.mc_lbaf = bad[i].lbaf;
		mc.mc_sqes = bad[i].sqes;
		mc.mc_cqes = bad[i].cqes;
		mc.mc_dps = bad[i].dps;
		mc.mc_nonamespace = bad[i].nonamespace;
		rig_machine(&ri, test_machine("contiguous"), &mc, 1);
		assert_int_equal(rig_try(&ri), EINVAL);
		assert_int_equal(nvme_wait(&ri.ri_nvme), 0);
		rig_end(&ri);
	}
}

/* Stuck off, stuck on, refusing a command, mute. */
static void
test_no_start(void **state)
{
	static const int refused[] = { NVME_ADMIN_IDENTIFY,
		NVME_ADMIN_SET_FEATURES, NVME_ADMIN_CREATE_CQ,
		NVME_ADMIN_CREATE_SQ };
	struct rig ri;
	unsigned i, hang, n;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), &model_plain, 1);
	ri.ri_model->mo_neverready = true;
	assert_int_equal(rig_try(&ri), EFAULT);
	ri.ri_model->mo_neverready = false;
	ri.ri_model->mo_admin = true;
	for (i = 0; i < COUNT(refused); i++) {
		for (hang = 0; hang < 2; hang++) {
			ri.ri_model->mo_status = 0x4002;
			ri.ri_model->mo_hang = hang == 1;
			ri.ri_model->mo_opcode = refused[i];
			ri.ri_model->mo_times = 1;
			assert_int_equal(rig_try(&ri), EFAULT);
			assert_int_equal(ri.ri_model->mo_times, 0);
		}
	}
	/* It fails at each of the commands. */
	for (n = 1;; n++) {
		ri.ri_model->mo_commands = 0;
		ri.ri_model->mo_failat = n;
		if (rig_try(&ri) == 0)
			break;
	}
	assert_int_equal(n, 9);
	assert_int_equal(nvme_detach(&ri.ri_nvme), 0);
	/* On, and nobody gets it off. */
	ri.ri_model->mo_failat = 0;
	assert_int_equal(rig_try(&ri), 0);
	ri.ri_model->mo_neverready = true;
	assert_int_equal(nvme_detach(&ri.ri_nvme), EBUSY);
	assert_int_equal(nvme_reset(&ri.ri_nvme), EBUSY);
	ri.ri_model->mo_neverready = false;
	ri.ri_model->mo_reg[NVME_CC / 4] |= NVME_CC_EN;
	assert_int_equal(nvme_detach(&ri.ri_nvme), 0);
	/* Whoever had it before left it running. */
	env_write32(&test_env, NVME_CC, 0x00460001);
	assert_int_equal(env_read32(&test_env, NVME_CSTS), NVME_CSTS_RDY);
	ri.ri_reports = ri.ri_machine.ma_reports; /* queues that can't be */
	assert_int_equal(rig_try(&ri), 0);
	rig_detach(&ri);
}

/* What the registers tell is kept to. */
static void
test_registers(void **state)
{
	static const struct {
		uint32_t cap[2];
		unsigned mdts, pairs, blockshift;
		unsigned wantpairs, wantdepth;
		bus_size_t wantxfer;
		const char *machine;
	} cases[] = {
		{ { 0x0f0100ffu, 0x20u }, 3, 1, 9, 1, 8, 32768, "64k-pages" },
		{ { 0x0f010003u, 0x23u }, 0, 4, 12, 2, 4, 65536, "64k-pages" },
		{ { 0x0f0100ffu, 0x00110020u }, 0, 2, 13, 2, 8, 65536,
		    "64k-pages" },
		{ { 0x0f010001u, 0x00110021u }, 1, 2, 9, 2, 2, 16384,
		    "bounce-forced" },
	};
	struct model_config mc;
	struct nvme_request rq;
	struct rig ri;
	uint8_t *p;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		mc = model_plain;
		memcpy(mc.mc_cap, cases[i].cap, sizeof(mc.mc_cap));
		mc.mc_mdts = cases[i].mdts;
		mc.mc_pairs = cases[i].pairs;
		mc.mc_blockshift = cases[i].blockshift;
		rig_machine(&ri, test_machine(cases[i].machine), &mc, i);
		assert_int_equal(rig_try(&ri), 0);
		assert_int_equal(ri.ri_nvme.sc_npairs, cases[i].wantpairs);
		assert_int_equal(
		    ri.ri_nvme.sc_queues[1].qu_depth, cases[i].wantdepth);
		assert_int_equal(ri.ri_nvme.sc_maxxfer, cases[i].wantxfer);
		assert_string_equal(
		    ri.ri_nvme.sc_serial, "MODEL               ");
		p = busdma_sim_kmalloc(ri.ri_sim, 262144);
		rig_fill(p, 131072 + 8192, i);
		rig_kernel_request(&ri, &rq, p, NVME_WRITE, 0, 131072 + 8192);
		assert_int_equal(rig_run(&ri, &rq), 0);
		assert_int_equal(rq.rq_status, NVME_ST_OK);
		assert_int_equal(
		    rq.rq_commands, (131072 + 8192 + cases[i].wantxfer - 1) /
					cases[i].wantxfer);
		rig_check(ri.ri_model->mo_disk, 131072 + 8192, i);
		busdma_sim_kfree(ri.ri_sim, p);
		rig_detach(&ri);
	}
}

/* Lists that name another, from every page of the first to the third. */
static void
test_long_lists(void **state)
{
	static const char *const machines[] = { "single-pages", "bounce-forced",
		"cache-64" };
	struct model_config mc = model_plain;
	struct nvme_request rq;
	struct rig ri;
	size_t i, k, len, off;
	uint8_t *p;
	static const unsigned pages[] = { 1, 2, 3, 512, 513, 514, 1023, 1024,
		1025, 1100 };

	(void)state;
	mc.mc_mdts = 0;
	mc.mc_disk = 8u << 20;
	for (i = 0; i < COUNT(machines); i++) {
		rig_machine(&ri, test_machine(machines[i]), &mc, i);
		ri.ri_params.np_maxxfer = 1100 * 4096;
		ri.ri_params.np_pairs = 1;
		ri.ri_params.np_depth = 2;
		assert_int_equal(rig_try(&ri), 0);
		assert_int_equal(ri.ri_nvme.sc_nlists, 3);
		p = busdma_sim_kmalloc(ri.ri_sim, 1101 * 4096);
		for (k = 0; k < COUNT(pages); k++) {
			len = pages[k] * (size_t)4096;
			off = k % 2 * 1024;
			rig_fill(p + off, len, k);
			rig_kernel_request(
			    &ri, &rq, p + off, NVME_WRITE, 8, len);
			assert_int_equal(rig_run(&ri, &rq), 0);
			assert_int_equal(rq.rq_status, NVME_ST_OK);
			/*
			 * The others have too few slots beside the reserve, or
			 * see a page in pieces.
			 */
			assert_true(rq.rq_commands == 1 || i > 0);
			rig_check(ri.ri_model->mo_disk + 4096, len, k);
			memset(p + off, BLANK, len);
			rig_kernel_request(
			    &ri, &rq, p + off, NVME_READ, 8, len);
			assert_int_equal(rig_run(&ri, &rq), 0);
			assert_int_equal(rq.rq_status, NVME_ST_OK);
			rig_check(p + off, len, k);
		}
		busdma_sim_kfree(ri.ri_sim, p);
		rig_detach(&ri);
	}
}

static void
test_bad_requests(void **state)
{
	uint8_t cmd[NVME_SQE_SIZE] = { 0 };
	struct nvme_request rq;
	struct place uio;
	uint64_t random = 1;
	struct rig ri;
	uint8_t *p;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	p = busdma_sim_kmalloc(ri.ri_sim, 8192);
	rig_kernel_request(&ri, &rq, p, NVME_READ, 0, 0);
	assert_int_equal(rig_run(&ri, &rq), EINVAL);
	rig_kernel_request(&ri, &rq, p, NVME_READ, 0, 513);
	assert_int_equal(rig_run(&ri, &rq), EINVAL);
	rig_kernel_request(&ri, &rq, p, (enum nvme_op)77, 0, 512);
	assert_int_equal(rig_run(&ri, &rq), EINVAL);
	rig_kernel_request(&ri, &rq, p, NVME_READ, 0, 512);
	rq.rq_buffer = (enum nvme_buffer)77;
	assert_int_equal(rig_run(&ri, &rq), EINVAL);
	rq.rq_buffer = NVME_LINEAR;
	rq.rq_cmd = cmd;
	assert_int_equal(rig_run(&ri, &rq), EINVAL);
	rq.rq_op = NVME_FLUSH;
	assert_int_equal(rig_run(&ri, &rq), EINVAL);
	rq.rq_cmd = NULL;
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, NVME_ST_OK);
	rig_kernel_request(&ri, &rq, p, NVME_PASS, 0, 0);
	assert_int_equal(rig_run(&ri, &rq), EINVAL);
	/* Nothing here bounces. */
	rig_kernel_request(&ri, &rq, p + 1, NVME_READ, 0, 512);
	assert_int_equal(rig_run(&ri, &rq), EFAULT);
	/* A uio that is not as long as the request. */
	place_create(&uio, ri.ri_sim, NULL, PLACE_KERNEL_UIO, 1024);
	place_lay(&uio, 1024, &random);
	uio.pc_uio.uio_iov[0] = (struct iovec){ p, 1024 };
	uio.pc_uio.uio_iovcnt = 1;
	rig_request(&ri, &rq, &uio, NVME_READ, 0, 512);
	assert_int_equal(rig_run(&ri, &rq), EINVAL);
	rig_request(&ri, &rq, &uio, NVME_READ, 0, 1536);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, NVME_ST_LOAD);
	assert_int_equal(rq.rq_error, EINVAL);
	place_destroy(&uio);
	busdma_sim_kfree(ri.ri_sim, p);
	/* Of no slot. */
	assert_int_equal(ri.ri_nvme.sc_inflight, 0);
	rig_detach(&ri);
	rig_kernel_request(&ri, &rq, p, NVME_READ, 0, 512);
	assert_int_equal(nvme_submit(&ri.ri_nvme, &rq), EINVAL);
}

/* Pieces of whole blocks, and others, where nothing bounces. */
static void
test_pieces(void **state)
{
	struct nvme_request rq;
	struct place pc;
	uint64_t random = 1;
	struct rig ri;
	uint8_t *p;
	size_t i;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	p = busdma_sim_kmalloc(ri.ri_sim, 65536);
	rig_fill(ri.ri_model->mo_disk, 4096, 3);
	place_create(&pc, ri.ri_sim, NULL, PLACE_KERNEL_UIO, 4096);
	place_lay(&pc, 4096, &random);
	for (i = 0; i < 4; i++)
		pc.pc_uio.uio_iov[i] = (struct iovec){ p + i * 8192, 1024 };
	pc.pc_uio.uio_iovcnt = 4;
	rig_request(&ri, &rq, &pc, NVME_READ, 0, 4096);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, NVME_ST_OK);
	assert_int_equal(rq.rq_commands, 4);
	for (i = 0; i < 4; i++)
		memmove(p + i * 1024, p + i * 8192, 1024);
	rig_check(p, 4096, 3);
	/* The first ends with a page, the second begins inside one. */
	pc.pc_uio.uio_iov[0] = (struct iovec){ p + 3072, 1024 };
	pc.pc_uio.uio_iov[1] = (struct iovec){ p + 8192 + 512, 1024 };
	pc.pc_uio.uio_iovcnt = 2;
	pc.pc_uio.uio_resid = 2048;
	rig_request(&ri, &rq, &pc, NVME_READ, 0, 2048);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, NVME_ST_OK);
	assert_int_equal(rq.rq_commands, 2);
	memmove(p + 4096, p + 8192 + 512, 1024);
	rig_check(p + 3072, 2048, 3);
	pc.pc_uio.uio_iov[0] = (struct iovec){ p, 1024 };
	pc.pc_uio.uio_iov[1] = (struct iovec){ p + 8192, 1024 };
	pc.pc_uio.uio_iovcnt = 4;
	pc.pc_uio.uio_resid = 4096;
	/* The first part is moved, then there is none of whole blocks. */
	pc.pc_uio.uio_iov[1].iov_len = 1020;
	pc.pc_uio.uio_iov[2].iov_len = 1028;
	rig_request(&ri, &rq, &pc, NVME_READ, 0, 4096);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, NVME_ST_LOAD);
	assert_int_equal(rq.rq_error, EFBIG);
	assert_int_equal(ri.ri_nvme.sc_inflight, 0);
	pc.pc_uio.uio_iov[0].iov_len = 1020;
	pc.pc_uio.uio_iov[1].iov_len = 1024;
	pc.pc_uio.uio_iov[0].iov_len = 508;
	pc.pc_uio.uio_iov[3].iov_len = 1536;
	rig_request(&ri, &rq, &pc, NVME_READ, 0, 4096);
	assert_int_equal(rig_run(&ri, &rq), EFBIG);
	place_destroy(&pc);
	busdma_sim_kfree(ri.ri_sim, p);
	rig_detach(&ri);
}

/* What the controller refuses is tried again, unless it says not to. */
static void
test_status(void **state)
{
	struct nvme_request rq;
	struct rig ri;
	uint8_t *p;

	(void)state;
	rig_attach(&ri, test_machine("bounce-forced"), 1);
	p = busdma_sim_kmalloc(ri.ri_sim, 8192);
	ri.ri_model->mo_opcode = NVME_CMD_READ;
	ri.ri_model->mo_status = 0x0281;
	ri.ri_model->mo_times = 4;
	rig_fill(ri.ri_model->mo_disk, 8192, 9);
	rig_kernel_request(&ri, &rq, p, NVME_READ, 0, 8192);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, NVME_ST_OK);
	assert_int_equal(rq.rq_retries, 4);
	rig_check(p, 8192, 9);
	ri.ri_model->mo_times = 5;
	rig_kernel_request(&ri, &rq, p, NVME_READ, 0, 8192);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, 0x0281);
	assert_string_equal(
	    nvme_status_text(rq.rq_status), "an unrecovered read error");
	ri.ri_model->mo_times = 1;
	ri.ri_model->mo_status = 0x0281 | NVME_ST_DNR;
	rig_kernel_request(&ri, &rq, p, NVME_READ, 0, 8192);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, 0x4281);
	assert_int_equal(rq.rq_retries, 0);
	rig_kernel_request(&ri, &rq, p, NVME_READ, 4096, 8192);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, 0x4080);
	rq.rq_nsid = 2;
	rq.rq_status = NVME_ST_PENDING;
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, 0x400b);
	ri.ri_model->mo_stray = true;
	rig_kernel_request(&ri, &rq, p, NVME_READ, 0, 8192);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, NVME_ST_OK);
	assert_int_equal(ri.ri_nvme.sc_stray, 1);
	ri.ri_model->mo_stray = false;
	busdma_sim_kfree(ri.ri_sim, p);
	rig_detach(&ri);
}

/* Three in flight, one of which does not end. */
static void
start_three(struct rig *ri, struct nvme_request *rq, uint8_t *p)
{
	unsigned i;

	for (i = 0; i < 3; i++) {
		rig_kernel_request(ri, &rq[i], p + 4096 * i,
		    i == 1 ? NVME_WRITE : NVME_READ, 8 * i, 4096);
		assert_int_equal(nvme_submit(&ri->ri_nvme, &rq[i]), 0);
	}
}

static void
test_hang(void **state)
{
	uint8_t aer[NVME_SQE_SIZE] = { NVME_ADMIN_ASYNC_EVENT };
	struct nvme_request rq[3];
	uint32_t status, dw0;
	unsigned canabort;
	struct rig ri;
	uint8_t *p;

	(void)state;
	rig_attach(&ri, test_machine("bounce-24"), 1);
	p = busdma_sim_kmalloc(ri.ri_sim, 3 * 4096);
	memset(p, 0x77, 3 * 4096);
	for (canabort = 0; canabort < 2; canabort++) {
		ri.ri_model->mo_admin = false;
		ri.ri_model->mo_opcode = NVME_CMD_WRITE;
		ri.ri_model->mo_hang = true;
		ri.ri_model->mo_times = 1;
		ri.ri_model->mo_canabort = canabort == 1;
		start_three(&ri, rq, p);
		while (nvme_wait(&ri.ri_nvme) > 0)
			continue;
		assert_int_equal(ri.ri_nvme.sc_inflight, 1);
		assert_int_equal(nvme_expire(&ri.ri_nvme), 0);
		assert_int_equal(ri.ri_model->mo_aborts, 1 + canabort);
		assert_int_equal(rq[0].rq_status, NVME_ST_OK);
		assert_int_equal(rq[1].rq_status,
		    canabort == 1 ? NVME_ST_ABORTED : NVME_ST_RESET);
		assert_int_equal(rq[2].rq_status, NVME_ST_OK);
		/* A command that somebody waits for. */
		ri.ri_model->mo_admin = true;
		ri.ri_model->mo_opcode = NVME_ADMIN_ASYNC_EVENT;
		ri.ri_model->mo_times = 1;
		assert_int_equal(
		    nvme_command(&ri.ri_nvme, true, aer, &status, &dw0), EBUSY);
		assert_int_equal(
		    status, canabort == 1 ? NVME_ST_ABORTED : NVME_ST_RESET);
		ri.ri_model->mo_aborts = 1;
	}
	/* The Abort does not end either. */
	ri.ri_model->mo_opcode = NVME_ADMIN_ABORT;
	start_three(&ri, rq, p);
	ri.ri_model->mo_times = 1;
	assert_int_equal(nvme_expire(&ri.ri_nvme), 0);
	assert_int_equal(ri.ri_nvme.sc_inflight, 0);
	/* It ends all the same, when nobody waits. */
	assert_int_equal(ri.ri_nvme.sc_state, NVME_RUNNING);
	busdma_sim_kfree(ri.ri_sim, p);
	rig_detach(&ri);
}

static void
test_reset(void **state)
{
	static const char *const machines[] = { "bounce-24", "cache-64",
		"cache-forced" };
	struct nvme_request rq[3];
	struct rig ri;
	unsigned i, k, n;
	uint8_t *p;

	(void)state;
	for (i = 0; i < COUNT(machines); i++) {
		for (n = 0; n < 8; n++) {
			rig_attach(&ri, test_machine(machines[i]), n);
			p = busdma_sim_kmalloc(ri.ri_sim, 3 * 4096);
			memset(p, 0x77, 3 * 4096);
			start_three(&ri, rq, p);
			if (n >= 4)
				(void)nvme_wait(&ri.ri_nvme);
			if (n % 4 == 3)
				ri.ri_model->mo_failat =
				    ri.ri_model->mo_commands + 1;
			if (n % 4 == 2)
				ri.ri_model->mo_gone = true;
			if (n % 4 == 3)
				while (nvme_wait(&ri.ri_nvme) > 0)
					continue;
			if (n % 2 == 0)
				assert_int_equal(nvme_reset(&ri.ri_nvme),
				    n % 4 == 2 ? EFAULT : 0);
			else
				assert_int_equal(nvme_expire(&ri.ri_nvme), 0);
			for (k = 0; k < 3; k++)
				assert_true(rq[k].rq_status == NVME_ST_OK ||
					    rq[k].rq_status == NVME_ST_RESET);
			assert_int_equal(ri.ri_done, 3);
			assert_int_equal(ri.ri_nvme.sc_inflight, 0);
			busdma_sim_kfree(ri.ri_sim, p);
			rig_detach(&ri);
		}
	}
}

/*
 * More in flight than the pool has slots for, and each longer than it; `most'
 * bytes of slots, of which the lists and the reserve have theirs.
 */
static void
small_pool(bus_size_t most)
{
	const struct bus_dma_bounce small = {
		.db_most = most,
		.db_flags = BUS_DMA_BOUNCE_FORCED,
	};
	struct machine_config mc = *test_machine("bounce-forced");
	struct nvme_request rq[6];
	unsigned i, n, busy = 0;
	struct rig ri;
	uint8_t *p[6];

	mc.mc_bounce = &small;
	rig_machine(&ri, &mc, &model_plain, 1);
	ri.ri_params.np_pairs = 1;
	assert_int_equal(rig_try(&ri), 0);
	rig_fill(ri.ri_model->mo_disk, 1u << 20, 4);
	for (i = 0; i < 6; i++)
		p[i] = busdma_sim_kmalloc(ri.ri_sim, 1u << 18);
	for (n = 0; n < 6;) {
		rig_kernel_request(
		    &ri, &rq[n], p[n], NVME_READ, 0, (n + 1) * 40960);
		switch (nvme_submit(&ri.ri_nvme, &rq[n])) {
		case 0:
			n++;
			break;
		case ENOMEM:
			busy++;
			assert_true(nvme_wait(&ri.ri_nvme) > 0);
			break;
		default:
			fail();
		}
	}
	while (ri.ri_nvme.sc_inflight > 0)
		assert_true(nvme_wait(&ri.ri_nvme) > 0);
	for (i = 0; i < 6; i++) {
		assert_int_equal(rq[i].rq_status, NVME_ST_OK);
		assert_true(rq[i].rq_commands > 1);
		rig_check(p[i], (i + 1) * 40960, 4);
		busdma_sim_kfree(ri.ri_sim, p[i]);
	}
	assert_true(busy > 0);
	rig_detach(&ri);
}

static void
test_small_pool(void **state)
{
	(void)state;
	small_pool(65536);
	/* There is the reserve, and nothing else. */
	small_pool(40960);
}

/* Every status has a text, and most have one of their own. */
static void
test_texts(void **state)
{
	const char *none = nvme_status_text(0x07ff), *text;
	unsigned named = 0;
	uint32_t st;

	(void)state;
	for (st = 0; st < 0x8000; st++) {
		text = nvme_status_text(st);
		assert_true(text != NULL && *text != '\0');
		named += st < 0x400 && strcmp(text, none) != 0 &&
			 strstr(text, "without a name") == NULL;
		assert_ptr_equal(text, nvme_status_text(st & 0x07ff));
	}
	assert_true(named > 40);
	assert_string_equal(
	    nvme_status_text(NVME_ST_RESET), "ended by a reset");
	assert_non_null(nvme_status_text(NVME_ST_LOAD));
}

const struct CMUnitTest nvme_cases[] = {
	cmocka_unit_test(test_no_controller),
	cmocka_unit_test(test_no_start),
	cmocka_unit_test(test_registers),
	cmocka_unit_test(test_long_lists),
	cmocka_unit_test(test_bad_requests),
	cmocka_unit_test(test_pieces),
	cmocka_unit_test(test_status),
	cmocka_unit_test(test_hang),
	cmocka_unit_test(test_reset),
	cmocka_unit_test(test_small_pool),
	cmocka_unit_test(test_texts),
};
const size_t nvme_cases_count = COUNT(nvme_cases);
