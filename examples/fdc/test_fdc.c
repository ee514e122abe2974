/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of the floppy against a model of the controller, by way of a model
 * of the PC's DMA controller: what is moved, and all that can go wrong.
 * (tests/qemu has it with QEMU's.)
 */
#include "fdc/fdc.h"
#include "fdc/fdcreg.h"
#include "fdc/test_model.h"
#include "isarig.h"

#define DRQ 2
#define CYLINDER 36u
#define PAGES 40 /* of a buffer */
#define GUARD 0xc3

struct rig {
	struct isarig *ri_isa;
	struct fdc_model ri_fdc;
	struct env_device *ri_dev;
	struct fdc_softc ri_sc;
	unsigned char *ri_near; /* in reach, and in one run */
	unsigned char *ri_far;  /* neither */
	unsigned char ri_ref[FDC_MODEL_SIZE];
};

static struct rig *
create(unsigned slots)
{
	struct rig *ri = calloc(1, sizeof(*ri));
	paddr_t pages[PAGES];
	unsigned i;

	assert_non_null(ri);
	ri->ri_isa = isa_create(slots);
	ri->ri_isa->ir_page = 1;
	ri->ri_dev = fdc_model_init(&ri->ri_fdc, &ri->ri_isa->ir_i8);
	memcpy(ri->ri_ref, ri->ri_fdc.fm_disk, sizeof(ri->ri_ref));
	ri->ri_near = tp_run(ri->ri_isa->ir_tp, ISA_LOW, PAGES);
	for (i = 0; i < PAGES; i++)
		pages[i] = ISA_FAR + (paddr_t)i * 2 * PAGE;
	ri->ri_far = tp_buf(ri->ri_isa->ir_tp, pages, PAGES);
	return ri;
}

static int
attach(struct rig *ri)
{
	return fdc_attach(&ri->ri_sc, ri->ri_dev, ri->ri_isa->ir_ic, DRQ);
}

static int
setup(void **state)
{
	struct rig *ri = *state = create(100);

	return attach(ri);
}

static int
setup_direct(void **state)
{
	struct rig *ri = *state = create(0);

	return attach(ri);
}

static int
setup_alone(void **state)
{
	*state = create(100);
	return 0;
}

static int
scrap(void **state)
{
	struct rig *ri = *state;
	int bad = isa_dmadestroy(ri->ri_isa->ir_ic);

	bad |= isa_scrap(ri->ri_isa) | (ri->ri_fdc.fm_wrong != 0);
	free(ri);
	return bad;
}

static int
teardown(void **state)
{
	struct rig *ri = *state;

	fdc_detach(&ri->ri_sc);
	assert_int_equal(ri->ri_fdc.fm_dor, 0);
	assert_int_equal(isa_drq_isfree(ri->ri_isa->ir_ic, DRQ) != 0, 1);
	return scrap(state);
}

#define FDC(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define FDC_DIRECT(f) cmocka_unit_test_setup_teardown(f, setup_direct, teardown)
#define FDC_ALONE(f) cmocka_unit_test_setup_teardown(f, setup_alone, scrap)

static struct fdc_request
request(bool write, uint32_t sector, uint32_t n, void *buf)
{
	const struct fdc_request rq = {
		.rq_write = write,
		.rq_sector = sector,
		.rq_nsectors = n,
		.rq_buf = buf,
		.rq_flags = BUS_DMA_NOWAIT,
		.rq_status = (enum fdc_status)99,
		.rq_done = 9999,
		.rq_retries = 99,
	};

	return rq;
}

/* It ends so; of what was asked for the first `done' sectors were moved. */
static void
ends(struct rig *ri, bool write, uint32_t sector, uint32_t n, void *buf,
    enum fdc_status status, uint32_t done, unsigned retries)
{
	struct fdc_request rq = request(write, sector, n, buf);

	ri->ri_isa->ir_page = 1;
	assert_int_equal(fdc_transfer(&ri->ri_sc, &rq), 0);
	assert_int_equal(rq.rq_status, status);
	assert_int_equal(rq.rq_done, done);
	assert_int_equal(rq.rq_retries, retries);
}

/* All of it is moved, and nothing beside it. */
static void
moves(struct rig *ri, bool write, uint32_t sector, uint32_t n,
    unsigned char *buf, unsigned retries)
{
	const size_t len = (size_t)n * FDC_SECTOR;
	unsigned char *ref = ri->ri_ref + (size_t)sector * FDC_SECTOR;
	size_t i;

	buf[-1] = buf[len] = GUARD;
	memset(buf, 0x11, len);
	if (write) {
		for (i = 0; i < len; i++)
			buf[i] = ref[i] ^= (unsigned char)(i + sector + 1);
	}
	ends(ri, write, sector, n, buf, FDC_ST_OK, n, retries);
	assert_memory_equal(buf, ref, len);
	assert_int_equal(buf[-1], GUARD);
	assert_int_equal(buf[len], GUARD);
	assert_memory_equal(ri->ri_fdc.fm_disk, ri->ri_ref, sizeof(ri->ri_ref));
}

static void
test_moves(void **state)
{
	static const uint32_t what[][2] = { { 0, 1 }, { 0, 36 }, { 35, 1 },
		{ 17, 2 }, { 35, 2 }, { 1, 71 }, { 2879, 1 }, { 2805, 75 },
		{ 36, 36 }, { 0, 75 }, { 100, 60 } };
	struct rig *ri = *state;
	uint64_t us;
	size_t i, off;

	for (i = 0; i < NELEM(what); i++) {
		off = 1 + i * 1711 % 9000;
		moves(ri, false, what[i][0], what[i][1], ri->ri_near + off, 0);
		moves(ri, false, what[i][0], what[i][1], ri->ri_far + off, 0);
		moves(ri, true, what[i][0], what[i][1], ri->ri_near + off, 0);
		moves(ri, true, what[i][0], what[i][1], ri->ri_far + off, 0);
	}
	/* The motor was started once, and is again after it was stopped. */
	us = ri->ri_fdc.fm_us;
	fdc_idle(&ri->ri_sc);
	assert_int_equal(ri->ri_fdc.fm_dor, 0x0c);
	moves(ri, false, 0, 1, ri->ri_far + 9, 0);
	assert_int_equal(ri->ri_fdc.fm_dor, 0x1c);
	assert_true(ri->ri_fdc.fm_us >= us + 500000);
	assert_int_equal(ri->ri_fdc.fm_cmds[FDC_SPECIFY], 1);
	/* One at the beginning, and one to see the disk. */
	assert_true(ri->ri_fdc.fm_cmds[FDC_RECALIBRATE] <= 2);
}

/* Where the head is, is known: it is moved when it must be. */
static void
test_seeks(void **state)
{
	struct rig *ri = *state;
	unsigned before, us;

	moves(ri, false, 7 * CYLINDER, 3, ri->ri_far + 9, 0);
	before = ri->ri_fdc.fm_cmds[FDC_SEEK];
	us = ri->ri_fdc.fm_us;
	moves(ri, false, 7 * CYLINDER + 9, 3, ri->ri_far + 9, 0);
	assert_int_equal(ri->ri_fdc.fm_cmds[FDC_SEEK], before);
	assert_true(ri->ri_fdc.fm_us - us < 15000);
	moves(ri, false, 0, 3, ri->ri_far + 9, 0);
	assert_int_equal(ri->ri_fdc.fm_cmds[FDC_SEEK], before + 1);
	moves(ri, false, 79 * CYLINDER, 3, ri->ri_far + 9, 0);
	assert_int_equal(ri->ri_fdc.fm_cmds[FDC_SEEK], before + 2);
}

/* Without a layer that bounces: what is in reach, and in one run. */
static void
test_direct(void **state)
{
	struct rig *ri = *state;
	struct fdc_request rq = request(false, 5, 4, ri->ri_far + 100);

	memset(ri->ri_far, GUARD, 3 * PAGE);
	assert_int_equal(fdc_transfer(&ri->ri_sc, &rq), EFAULT);
	assert_int_equal(rq.rq_done, 0);
	assert_int_equal(ri->ri_far[100], GUARD);
	moves(ri, false, 5, 4, ri->ri_near + 100, 0);
	moves(ri, true, 5, 4, ri->ri_near + 100, 0);
	/* Across 64 KiB. */
	rq = request(false, 5, 4, ri->ri_near + 65536 - 100);
	assert_int_not_equal(fdc_transfer(&ri->ri_sc, &rq), 0);
}

static void
test_bad_requests(void **state)
{
	static const uint32_t bad[][2] = { { 0, 0 }, { 2880, 1 }, { 2879, 2 },
		{ 0, 2881 }, { 1, 0xffffffff }, { 0xffffffff, 1 },
		{ 0xffffffff, 0xffffffff } };
	struct rig *ri = *state;
	struct fdc_request rq;
	unsigned us = ri->ri_fdc.fm_us;
	size_t i;

	for (i = 0; i < NELEM(bad); i++) {
		rq = request(i % 2 == 0, bad[i][0], bad[i][1], ri->ri_near);
		assert_int_equal(fdc_transfer(&ri->ri_sc, &rq), EINVAL);
		assert_int_equal(rq.rq_done, 0);
	}
	assert_int_equal(ri->ri_fdc.fm_us, us);
}

/* What the controller says, and what becomes of it. */
static void
test_errors(void **state)
{
	static const struct {
		uint8_t st1, st2;
		enum fdc_status status;
		unsigned retries;
	} what[] = {
		{ 0x02, 0x00, FDC_ST_READONLY, 0 },
		{ 0x10, 0x00, FDC_ST_OVERRUN, FDC_RETRIES },
		{ 0x20, 0x20, FDC_ST_DATA, FDC_RETRIES },
		{ 0x04, 0x10, FDC_ST_SEEK, FDC_RETRIES },
		{ 0x04, 0x00, FDC_ST_NOSECTOR, FDC_RETRIES },
		{ 0x01, 0x00, FDC_ST_NOSECTOR, FDC_RETRIES },
		{ 0x80, 0x00, FDC_ST_NOSECTOR, FDC_RETRIES },
		{ 0x00, 0x00, FDC_ST_FAILED, FDC_RETRIES },
	};
	struct rig *ri = *state;
	struct fdc_model *fm = &ri->ri_fdc;
	size_t i;

	for (i = 0; i < NELEM(what); i++) {
		fm->fm_st1 = what[i].st1;
		fm->fm_st2 = what[i].st2;
		fm->fm_errors = 100;
		ends(ri, i % 2 != 0, 40, 3, ri->ri_far + 5, what[i].status, 0,
		    what[i].retries);
		assert_int_equal(fm->fm_errors, 99 - what[i].retries);
		/* It was for once. */
		fm->fm_errors = what[i].retries != 0;
		moves(ri, i % 2 != 0, 40, 3, ri->ri_far + 5, fm->fm_errors);
		fm->fm_errors = 0;
	}
	/* In the second cylinder: the first is done. */
	moves(ri, false, 36, 1, ri->ri_far + 5, 0);
	ri->ri_fdc.fm_readonly = true;
	ends(ri, true, 36, 1, ri->ri_far + 5, FDC_ST_READONLY, 0, 0);
	ri->ri_fdc.fm_readonly = false;
}

static void
test_seek_errors(void **state)
{
	struct rig *ri = *state;
	struct fdc_model *fm = &ri->ri_fdc;
	unsigned reads;

	moves(ri, false, 0, 1, ri->ri_far + 5, 0);
	fm->fm_seekfails = 2;
	moves(ri, false, 400, 1, ri->ri_far + 5, 2);
	fm->fm_seekfails = 4;
	reads = fm->fm_cmds[FDC_READ & 31];
	ends(ri, false, 800, 1, ri->ri_far + 5, FDC_ST_SEEK, 0, FDC_RETRIES);
	assert_int_equal(fm->fm_seekfails, 0);
	assert_int_equal(fm->fm_cmds[FDC_READ & 31], reads);
	/* A head far inside needs two. */
	ri->ri_sc.sc_cylinder = -1;
	fm->fm_cylinder = 82;
	moves(ri, false, 400, 1, ri->ri_far + 5, 0);
	fm->fm_recalfails = 1;
	ri->ri_sc.sc_cylinder = -1;
	moves(ri, false, 0, 1, ri->ri_far + 5, 0);
	fm->fm_recalfails = 8;
	ri->ri_sc.sc_cylinder = -1;
	ends(ri, false, 0, 1, ri->ri_far + 5, FDC_ST_SEEK, 0, FDC_RETRIES);
	assert_int_equal(fm->fm_recalfails, 0);
	moves(ri, false, 0, 1, ri->ri_far + 5, 0);
}

static void
test_no_disk(void **state)
{
	struct rig *ri = *state;
	struct fdc_model *fm = &ri->ri_fdc;

	fm->fm_empty = true;
	ends(ri, false, 0, 1, ri->ri_far, FDC_ST_NOMEDIA, 0, 0);
	ends(ri, true, 0, 1, ri->ri_far, FDC_ST_NOMEDIA, 0, 0);
	fm->fm_empty = false;
	moves(ri, false, 0, 1, ri->ri_far + 5, 0);
	/* Another one. */
	fm->fm_changed = true;
	moves(ri, true, 0, 1, ri->ri_far + 5, 0);
	/* Taken out: the controller finds nothing. */
	fm->fm_empty = fm->fm_changed = true;
	ends(ri, false, 0, 1, ri->ri_far, FDC_ST_NOMEDIA, 0, 0);
}

/* The controller does not answer, or is not heard; reset, it does. */
static void
test_silence(void **state)
{
	struct rig *ri = *state;
	struct fdc_model *fm = &ri->ri_fdc;
	unsigned before;

	moves(ri, false, 0, 1, ri->ri_far + 5, 0);
	before = fm->fm_cmds[FDC_SPECIFY];
	fm->fm_lost = 1;
	moves(ri, false, 2, 1, ri->ri_far + 5, 1);
	assert_int_equal(fm->fm_cmds[FDC_SPECIFY], before + 1);
	fm->fm_hung = 1;
	moves(ri, true, 80, 9, ri->ri_far + 5, 1);
	fm->fm_lost = 1000;
	ends(ri, false, 80, 9, ri->ri_far, FDC_ST_TIMEOUT, 0, FDC_RETRIES);
	fm->fm_lost = 0;
	fm->fm_hung = 1000;
	ends(ri, false, 80, 9, ri->ri_far, FDC_ST_TIMEOUT, 0, FDC_RETRIES);
	fm->fm_hung = 0;
	moves(ri, true, 80, 9, ri->ri_far + 5, 0);
	/* It has something to say that was not asked for. */
	fm->fm_nout = 1;
	moves(ri, true, 80, 9, ri->ri_far + 5, 1);
	/* Interrupts of nobody. */
	fm->fm_strays = 3;
	moves(ri, false, 80, 9, ri->ri_far + 5, 0);
	fm->fm_strays = 3;
	moves(ri, false, 800, 9, ri->ri_far + 5, 0);
	fm->fm_strays = 8;
	moves(ri, false, 80, 9, ri->ri_far + 5, 1);
	fm->fm_strays = 0;
}

/* The controller is kept from the bus. */
static void
test_no_dma(void **state)
{
	struct rig *ri = *state;

	moves(ri, false, 0, 1, ri->ri_far + 5, 0);
	isa_dmafreeze(ri->ri_isa->ir_ic);
	ends(ri, true, 0, 1, ri->ri_far + 5, FDC_ST_TIMEOUT, 0, FDC_RETRIES);
	isa_dmathaw(ri->ri_isa->ir_ic);
	moves(ri, true, 0, 1, ri->ri_far + 5, 0);
}

/* A transfer that comes to less than DMA was told. */
static void
test_short(void **state)
{
	struct fdc_geometry ge = fdc_1440;
	struct rig *ri = *state;

	ge.ge_heads = 4;
	ge.ge_sectors = 9;
	ri->ri_sc.sc_geometry = &ge;
	ends(ri, false, 0, 36, ri->ri_far, FDC_ST_NOSECTOR, 0, FDC_RETRIES);
	ri->ri_fdc.fm_lenient = true;
	ends(ri, false, 0, 36, ri->ri_far, FDC_ST_DMA, 0, FDC_RETRIES);
	/* More of a cylinder than a transfer may have. */
	ge = fdc_1440;
	ge.ge_heads = 3;
	ends(ri, false, 40, 1, ri->ri_far, FDC_ST_NOSECTOR, 0, FDC_RETRIES);
	ri->ri_sc.sc_geometry = &fdc_1440;
	moves(ri, false, 0, 36, ri->ri_far + 5, 0);
}

static void
test_attach(void **state)
{
	struct rig *ri = *state;
	isa_chipset_tag_t ic = ri->ri_isa->ir_ic;
	struct fdc_softc other;
	uint64_t n;

	assert_int_equal(fdc_attach(&ri->ri_sc, ri->ri_dev, ic, 9), EINVAL);
	assert_int_equal(fdc_attach(&ri->ri_sc, ri->ri_dev, ic, 4), EBUSY);
	for (n = 1;; n++) {
		tp_fail_at(ri->ri_isa->ir_tp, n);
		if (attach(ri) == 0) {
			fdc_detach(&ri->ri_sc);
			if (!ri->ri_isa->ir_tp->tp_failed)
				break;
		}
		assert_int_not_equal(isa_drq_isfree(ic, DRQ), 0);
	}
	tp_fail_at(ri->ri_isa->ir_tp, 0);
	assert_true(n > 2);
	assert_int_equal(attach(ri), 0);
	assert_int_equal(fdc_attach(&other, ri->ri_dev, ic, DRQ), EBUSY);
	fdc_detach(&ri->ri_sc);
}

static void
test_no_controller(void **state)
{
	struct rig *ri = *state;
	struct fdc_model *fm = &ri->ri_fdc;

	fm->fm_version = 0x77;
	assert_int_equal(attach(ri), EINVAL);
	fm->fm_version = 0x90;
	fm->fm_lost = 1;
	assert_int_equal(attach(ri), EINVAL);
	/* It says nothing to the first command, the fifth, the sixth. */
	fm->fm_hung = 1;
	assert_int_equal(attach(ri), EINVAL);
	assert_int_not_equal(isa_drq_isfree(ri->ri_isa->ir_ic, DRQ), 0);
	assert_int_equal(attach(ri), 0);
	fdc_detach(&ri->ri_sc);
	/* The one of the first PCs. */
	fm->fm_version = 0x80;
	assert_int_equal(attach(ri), 0);
	moves(ri, true, 500, 50, ri->ri_far + 5, 0);
	assert_int_equal(fm->fm_cmds[FDC_CONFIGURE & 31], 1);
	fdc_detach(&ri->ri_sc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FDC(test_moves),
		FDC(test_seeks),
		FDC_DIRECT(test_direct),
		FDC(test_bad_requests),
		FDC(test_errors),
		FDC(test_seek_errors),
		FDC(test_no_disk),
		FDC(test_silence),
		FDC(test_no_dma),
		FDC(test_short),
		FDC_ALONE(test_attach),
		FDC_ALONE(test_no_controller),
	};

	return cmocka_run_group_tests_name("fdc", tests, NULL, NULL);
}
