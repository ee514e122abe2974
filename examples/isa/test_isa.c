/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of the card on a 24-bit bus against the simulated card: memory
 * that loads as it is and memory that does not, on every machine where there
 * is any, under a layer that does what a bounce layer will, and every way to
 * fail.
 */
#include "isa/isa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/env.h"
#include "tests/machine.h"
#include "tests/place.h"
#include "tests/shadow.h"

#define SEEDS 3u
#define NREQUESTS 40u /* of a run */
#define BLANK 0xee
#define CARD 0x40000u /* bytes of its memory */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MIB (UINT64_C(1) << 20)

/* What a bridge to such a bus may look like: 16 MiB of its own addresses. */
static const struct bus_dma_window bridge_window[] = {
	{ .dw_cpu = 64 * MIB,
	    .dw_bus = 0,
	    .dw_len = 16 * MIB,
	    .dw_flags = BUS_DMA_WINDOW_COHERENT },
};
static const struct busdma_sim_bank bridge_banks[] = {
	{ .sb_base = 1 * MIB, .sb_size = 15 * MIB },
	{ .sb_base = 64 * MIB, .sb_size = 32 * MIB },
};

#define BRIDGE(name, frag, shortcut)                                         \
	{                                                                    \
		.mc_name = name, .mc_banks = bridge_banks,                   \
		.mc_nbanks = COUNT(bridge_banks), .mc_pagesize = 4096,       \
		.mc_frag = frag, .mc_windows = bridge_window,                \
		.mc_nwindows = COUNT(bridge_window), .mc_shortcut = shortcut \
	}

static const struct machine_config bridges[] = {
	BRIDGE("bridge", BUSDMA_SIM_FRAG_RANDOM, BUSDMA_SIM_SHORTCUT_ON),
	BRIDGE("bridge-off", BUSDMA_SIM_FRAG_RANDOM, BUSDMA_SIM_SHORTCUT_OFF),
	BRIDGE(
	    "bridge-whole", BUSDMA_SIM_FRAG_PAGES, BUSDMA_SIM_SHORTCUT_WHOLE),
};

/* Of machine_configs, those with memory below 16 MiB of the bus. */
static const char *const within[] = { "contiguous", "fragmented",
	"single-pages", "64k-pages", "small-segments" };

struct rig {
	struct machine ri_machine;
	struct busdma_sim *ri_sim;
	struct isa_softc ri_isa;
	bool ri_polled;
	unsigned ri_reports; /* that the test expects */
	unsigned ri_done;
	unsigned ri_moves;      /* calls of rq_move */
	int ri_moveerror;       /* what it returns */
	struct place *ri_place; /* what it moves */
};

/* A machine with a card; attach and detach are the caller's. */
static void
rig_machine(struct rig *ri, const struct machine_config *mc, uint64_t seed)
{
	struct busdma_sim_dev *dev;

	memset(ri, 0, sizeof(*ri));
	assert_int_equal(
	    machine_create(&ri->ri_machine, mc, seed, NULL, 65536), 0);
	ri->ri_sim = ri->ri_machine.ma_sim;
	assert_int_equal(
	    busdma_sim_isa_create(ri->ri_machine.ma_bus, 1, &dev), 0);
	(void)env_sim_device(dev);
}

/* Nothing was reported but what the test expects, and nothing leaked. */
static void
rig_end(struct rig *ri)
{
	test_machine_end(&ri->ri_machine, ri->ri_reports);
}

static int
attach(struct rig *ri, bus_dma_tag_t t)
{
	return isa_attach(&ri->ri_isa, &test_env, t, ri->ri_polled);
}

static void
rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed)
{
	rig_machine(ri, mc, seed);
	assert_int_equal(attach(ri, ri->ri_machine.ma_tag), 0);
	assert_int_equal(ri->ri_isa.sc_memsize, CARD);
	assert_int_equal(ri->ri_isa.sc_buf.mm_size,
	    mc->mc_limits != NULL ? 4096 : ISA_MAXLEN);
}

static void
rig_detach(struct rig *ri)
{
	assert_int_equal(isa_detach(&ri->ri_isa), 0);
	rig_end(ri);
}

static void
done(struct isa_request *rq)
{
	struct rig *ri = rq->rq_arg;

	ri->ri_done++;
}

static int
move(struct isa_request *rq, void *kva, bool tobuffer)
{
	struct rig *ri = rq->rq_arg;

	ri->ri_moves++;
	if (ri->ri_moveerror != 0)
		return ri->ri_moveerror;
	if (tobuffer)
		place_put(ri->ri_place, kva, (size_t)rq->rq_len);
	else
		place_get(ri->ri_place, kva, (size_t)rq->rq_len);
	return 0;
}

/* A request for a place. */
static void
request(struct rig *ri, struct isa_request *rq, struct place *pc, bool tomem,
    uint32_t card, size_t len)
{
	ri->ri_place = pc;
	*rq = (struct isa_request){
		.rq_tomem = tomem,
		.rq_card = card,
		.rq_len = len,
		.rq_kind = ISA_UIO,
		.rq_uio = &pc->pc_uio,
		.rq_move = pc->pc_kind == PLACE_KERNEL ? NULL : move,
		.rq_done = done,
		.rq_arg = ri,
	};
	if (pc->pc_kind == PLACE_KERNEL || pc->pc_kind == PLACE_USER) {
		rq->rq_kind = ISA_LINEAR;
		rq->rq_buf = pc->pc_iov[0].iov_base;
		rq->rq_proc = pc->pc_proc;
	} else if (pc->pc_kind == PLACE_PAGES) {
		rq->rq_kind = ISA_RAW;
		rq->rq_segs = pc->pc_pages;
		rq->rq_nsegs = pc->pc_npages;
	}
}

/* A request for memory of the kernel's that need not be a place's. */
static void
kernel_request(struct rig *ri, struct isa_request *rq, void *p, bool tomem,
    uint32_t card, size_t len)
{
	struct place pc = { .pc_kind = PLACE_KERNEL };

	pc.pc_iov[0].iov_base = p;
	request(ri, rq, &pc, tomem, card, len);
	ri->ri_place = NULL;
}

/* Submit and wait; what isa_submit returned. */
static int
go(struct rig *ri, struct isa_request *rq)
{
	unsigned before = ri->ri_done;
	int error;

	rq->rq_status = (enum isa_status)99;
	error = isa_submit(&ri->ri_isa, rq);
	if (error == 0) {
		assert_int_equal(isa_wait(&ri->ri_isa), 1);
		assert_int_equal(ri->ri_done, before + 1);
	}
	assert_int_equal(isa_wait(&ri->ri_isa), 0);
	return error;
}

/* DMA memory that the card reaches, in one run. */
struct run_memory {
	bus_dma_tag_t rm_tag;
	bus_dma_segment_t rm_seg;
	size_t rm_size;
	uint8_t *rm_kva;
};

/* Of the driver's tag, or of one with its limits. */
static void
memory_alloc(bus_dma_tag_t t, struct run_memory *rm, size_t size)
{
	void *kva;
	int n;

	rm->rm_tag = t;
	rm->rm_size = size;
	assert_int_equal(
	    bus_dmamem_alloc(t, size, 0, 0, &rm->rm_seg, 1, &n, 0), 0);
	assert_int_equal(bus_dmamem_map(t, &rm->rm_seg, 1, size, &kva, 0), 0);
	rm->rm_kva = kva;
}

static void
memory_free(struct run_memory *rm)
{
	bus_dmamem_unmap(rm->rm_tag, rm->rm_kva, rm->rm_size);
	bus_dmamem_free(rm->rm_tag, &rm->rm_seg, 1);
}

static uint8_t
byte(uint32_t at, uint64_t seed)
{
	return (uint8_t)((at * UINT64_C(0x9e3779b97f4a7c15) + seed * 77) >> 32);
}

/* Memory of the driver's tag is loaded as it is, to the last byte. */
static void
test_dmamem(void **state)
{
	struct run_memory rm;
	struct isa_request rq;
	struct rig ri;
	uint32_t i, len;

	rig_attach(&ri, *state, 1);
	len = (uint32_t)ri.ri_isa.sc_buf.mm_size;
	memory_alloc(ri.ri_isa.sc_dmat, &rm, len);
	for (i = 0; i < len; i++)
		rm.rm_kva[i] = byte(i, 1);
	kernel_request(&ri, &rq, rm.rm_kva, false, CARD - len, len);
	assert_int_equal(go(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	assert_false(rq.rq_copied);

	memset(rm.rm_kva, BLANK, len);
	kernel_request(&ri, &rq, rm.rm_kva + 3, true, CARD - len, len - 4);
	rq.rq_kind = ISA_RAW;
	rm.rm_seg.ds_addr += 3;
	rq.rq_segs = &rm.rm_seg;
	rq.rq_nsegs = 1;
	assert_int_equal(go(&ri, &rq), 0);
	rm.rm_seg.ds_addr -= 3;
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	assert_false(rq.rq_copied);
	assert_int_equal(rm.rm_kva[2], BLANK);
	assert_int_equal(rm.rm_kva[len - 1], BLANK);
	for (i = 0; i < len - 4; i++)
		assert_int_equal(rm.rm_kva[3 + i], byte(i, 1));
	assert_int_equal(isa_intr(&ri.ri_isa), 0);
	assert_int_equal(env_read32(&test_env, SIMISA_INTR), 0);
	memory_free(&rm);
	rig_detach(&ri);
}

/* A place to the card and back into another; how many of the two copied. */
static unsigned
there_and_back(struct rig *ri, uint64_t *random)
{
	enum place_kind from =
	    (enum place_kind)place_below(random, PLACE_NKINDS);
	enum place_kind to = (enum place_kind)place_below(random, PLACE_NKINDS);
	struct proc *p = busdma_sim_proc(ri->ri_sim);
	uint32_t most = (uint32_t)ri->ri_isa.sc_buf.mm_size, card;
	struct isa_request rq;
	struct place src, dst;
	uint8_t *blank;
	unsigned copied;
	size_t len;

	len = 1 + place_below(random, place_below(random, 2) ? most : 4096);
	card = place_below(random, CARD - (uint32_t)len + 1);
	place_create(&src, ri->ri_sim, p, from, len);
	place_create(&dst, ri->ri_sim, p, to, len);
	place_lay(&src, len, random);
	place_lay(&dst, len, random);
	place_fill(&src, len, card);
	request(ri, &rq, &src, false, card, len);
	assert_int_equal(go(ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	copied = rq.rq_copied;

	place_clear(&dst, BLANK);
	request(ri, &rq, &dst, true, card, len);
	assert_int_equal(go(ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	copied += rq.rq_copied;
	place_check(&dst, len, card);
	/* And no other byte was touched. */
	blank = malloc(len);
	assert_non_null(blank);
	memset(blank, BLANK, len);
	place_put(&dst, blank, len);
	assert_int_equal(place_dirty(&dst, BLANK), 0);
	free(blank);
	place_destroy(&src);
	place_destroy(&dst);
	return copied;
}

/* Anything else is copied, where that must be. */
static void
test_run(void **state)
{
	unsigned i, copied = 0;
	uint64_t seed, random;
	struct rig ri;

	for (seed = 1; seed <= SEEDS; seed++) {
		rig_machine(&ri, *state, seed);
		ri.ri_polled = seed == 2;
		assert_int_equal(attach(&ri, ri.ri_machine.ma_tag), 0);
		random = seed;
		for (i = 0; i < NREQUESTS; i++)
			copied += there_and_back(&ri, &random);
		rig_detach(&ri);
	}
	assert_true(copied > 0);
}

/* Under a layer that makes every load succeed, nothing is copied here. */
static void
test_bounced(void **state)
{
	uint64_t seed, random;
	struct machine *ma;
	struct shadow sh;
	bus_dma_tag_t t;
	struct rig ri;
	unsigned i;

	for (seed = 1; seed <= SEEDS; seed++) {
		rig_machine(&ri, *state, seed);
		ri.ri_polled = seed == 2;
		ma = &ri.ri_machine;
		assert_int_equal(
		    shadow_tag(&sh, ma->ma_sim, ma->ma_tag, false, &t), 0);
		assert_int_equal(attach(&ri, t), 0);
		random = seed;
		for (i = 0; i < NREQUESTS; i++)
			assert_int_equal(there_and_back(&ri, &random), 0);
		assert_int_equal(ri.ri_moves, 0);
		assert_int_equal(isa_detach(&ri.ri_isa), 0);
		bus_dmatag_destroy(t);
		if (sh.sh_complaints != 0)
			fail_msg("%u complaints; the first: %s",
			    sh.sh_complaints, sh.sh_first);
		/* What lets a load of the driver's always succeed. */
		assert_int_equal(sh.sh_allocnow, 1);
		assert_true(sh.sh_nowait >= 2 * NREQUESTS);
		rig_end(&ri);
	}
}

/*
 * The same, but that only the driver's own buffer is loaded: a layer that is
 * asked for too much now and then.
 */
static void
test_copied(void **state)
{
	struct isa_request rq;
	struct shadow sh;
	struct place pc;
	bus_dma_tag_t t;
	uint64_t random = 2;
	struct rig ri;
	unsigned i;

	rig_machine(&ri, *state, 3);
	assert_int_equal(
	    shadow_tag(&sh, ri.ri_sim, ri.ri_machine.ma_tag, false, &t), 0);
	assert_int_equal(attach(&ri, t), 0);
	place_create(&pc, ri.ri_sim, NULL, PLACE_PAGES, 3000);
	for (i = 0; i < 20; i++) {
		place_lay(&pc, 3000, &random);
		place_fill(&pc, 3000, i);
		/* The bus has no room to remember the buffer's load. */
		request(&ri, &rq, &pc, false, i, 3000);
		ri.ri_isa.sc_map->dm_maxsegsz = 1000;
		assert_int_equal(go(&ri, &rq), 0);
		assert_true(rq.rq_copied);
		assert_int_equal(rq.rq_status, ISA_ST_OK);
		place_clear(&pc, BLANK);
		request(&ri, &rq, &pc, true, i, 3000);
		ri.ri_isa.sc_map->dm_maxsegsz = 1000;
		assert_int_equal(go(&ri, &rq), 0);
		assert_true(rq.rq_copied);
		place_check(&pc, 3000, i);
	}
	assert_int_equal(ri.ri_moves, 40);
	place_destroy(&pc);
	assert_int_equal(isa_detach(&ri.ri_isa), 0);
	bus_dmatag_destroy(t);
	if (sh.sh_complaints != 0)
		fail_msg("%u complaints; the first: %s", sh.sh_complaints,
		    sh.sh_first);
	rig_end(&ri);
}

/* Attach fails at every hook that can fail, and holds nothing then. */
static void
test_attach_fails(void **state)
{
	unsigned n, failures = 0, shorter = 0;
	bool hit = true;
	struct rig ri;
	int error;

	rig_machine(&ri, *state, 5);
	for (n = 1; hit; n++) {
		(void)busdma_sim_fail_at(ri.ri_sim, n);
		error = attach(&ri, ri.ri_machine.ma_tag);
		hit = busdma_sim_fail_at(ri.ri_sim, 0);
		if (error == 0) {
			shorter += ri.ri_isa.sc_buf.mm_size < ISA_MAXLEN;
			assert_int_equal(isa_detach(&ri.ri_isa), 0);
			continue;
		}
		assert_true(hit);
		assert_true(error == ENOMEM || error == EFAULT);
		failures++;
	}
	/* The tag, the map; a buffer is also found at the second attempt. */
	assert_true(failures >= 2);
	assert_true(shorter > 0);
	rig_end(&ri);
}

/*
 * A request fails at every hook that can fail, or is copied; then it works.
 */
static void
test_submit_fails(void **state)
{
	unsigned n, failures = 0, copied = 0;
	struct run_memory rm;
	struct isa_request rq;
	bool hit = true;
	struct rig ri;
	int error;

	rig_attach(&ri, *state, 6);
	memory_alloc(ri.ri_isa.sc_dmat, &rm, 4096);
	for (n = 1; hit; n++) {
		memset(rm.rm_kva, (int)n, 4096);
		kernel_request(&ri, &rq, rm.rm_kva, false, 0, 4096);
		(void)busdma_sim_fail_at(ri.ri_sim, n);
		error = isa_submit(&ri.ri_isa, &rq);
		hit = busdma_sim_fail_at(ri.ri_sim, 0);
		if (error != 0) {
			assert_true(hit);
			assert_true(error == ENOMEM || error == EFAULT);
			assert_null(ri.ri_isa.sc_rq);
			failures++;
			continue;
		}
		assert_int_equal(isa_wait(&ri.ri_isa), 1);
		assert_int_equal(rq.rq_status, ISA_ST_OK);
		copied += rq.rq_copied;
		env_write32(&test_env, SIMISA_CARD, 0);
		assert_int_equal(
		    env_read32(&test_env, SIMISA_DATA) & 0xff, n & 0xff);
	}
	assert_true(failures > 0);
	assert_int_equal(copied, 0);
	memory_free(&rm);
	rig_detach(&ri);
}

static void
chain_done(struct isa_request *rq)
{
	struct rig *ri = rq->rq_arg;

	assert_int_equal(rq->rq_status, ISA_ST_OK);
	if (++ri->ri_done < 60) {
		rq->rq_card++;
		rq->rq_tomem = !rq->rq_tomem;
		assert_int_equal(isa_submit(&ri->ri_isa, rq), 0);
	}
}

/*
 * Submit and the interrupt handler call nothing that an interrupt handler
 * must not, with memory that is copied and that is not.
 */
static void
test_interrupt(void **state)
{
	struct run_memory rm;
	struct isa_request rq;
	struct rig ri;
	unsigned i;
	void *p;

	rig_attach(&ri, *state, 9);
	memory_alloc(ri.ri_isa.sc_dmat, &rm, 4096);
	p = busdma_sim_kmalloc(ri.ri_sim, 4 * 4096);
	assert_non_null(p);
	for (i = 0; i < 2; i++) {
		ri.ri_done = 0;
		kernel_request(
		    &ri, &rq, i == 0 ? rm.rm_kva : p, false, 0, 4096);
		rq.rq_done = chain_done;
		busdma_sim_interrupt(ri.ri_sim, true);
		assert_int_equal(isa_submit(&ri.ri_isa, &rq), 0);
		while (ri.ri_done < 60)
			assert_int_equal(isa_wait(&ri.ri_isa), 1);
		busdma_sim_interrupt(ri.ri_sim, false);
	}
	busdma_sim_kfree(ri.ri_sim, p);
	memory_free(&rm);
	rig_detach(&ri);
}

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
	struct run_memory rm;
	struct place uio;
	uint64_t random = 1;
	struct rig ri;
	size_t i;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	memory_alloc(ri.ri_isa.sc_dmat, &rm, ISA_MAXLEN);
	for (i = 0; i < COUNT(bad); i++) {
		kernel_request(&ri, &rq, rm.rm_kva, i % 2 == 0, bad[i].card,
		    (size_t)bad[i].len);
		assert_int_equal(go(&ri, &rq), EINVAL);
	}
	rq.rq_card = 0;
	rq.rq_len = 1;
	rq.rq_kind = (enum isa_kind)99;
	assert_int_equal(go(&ri, &rq), EINVAL);
	/* A uio that is shorter than the request. */
	place_create(&uio, ri.ri_sim, NULL, PLACE_KERNEL_UIO, 100);
	place_lay(&uio, 100, &random);
	uio.pc_uio.uio_iov[0] = (struct iovec){ rm.rm_kva, 100 };
	uio.pc_uio.uio_iovcnt = 1;
	request(&ri, &rq, &uio, true, 0, 101);
	assert_int_equal(go(&ri, &rq), EINVAL);
	rq.rq_len = 100;
	assert_int_equal(go(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	assert_false(rq.rq_copied);
	place_destroy(&uio);
	memory_free(&rm);
	rig_detach(&ri);
}

/* What can't be loaded, and can't be copied for want of somebody who can. */
static void
test_no_move(void **state)
{
	struct isa_request rq;
	struct place pc;
	uint64_t random = 4;
	struct rig ri;
	int kind;

	(void)state;
	rig_attach(&ri, test_machine("single-pages"), 2);
	for (kind = 0; kind < PLACE_NKINDS; kind++) {
		place_create(&pc, ri.ri_sim, busdma_sim_proc(ri.ri_sim),
		    (enum place_kind)kind, 9000);
		place_lay(&pc, 9000, &random);
		request(&ri, &rq, &pc, kind % 2 == 0, 0, 9000);
		rq.rq_move = NULL;
		if (kind == PLACE_KERNEL) {
			assert_int_equal(go(&ri, &rq), 0);
			assert_true(rq.rq_copied);
		} else {
			int error = go(&ri, &rq);

			assert_true(error == EFBIG || error == EFAULT);
		}
		place_destroy(&pc);
	}
	rig_detach(&ri);
}

/* rq_move fails, on either way. */
static void
test_move_fails(void **state)
{
	struct isa_request rq;
	struct place pc;
	uint64_t random = 4;
	struct rig ri;

	(void)state;
	rig_attach(&ri, test_machine("single-pages"), 2);
	place_create(&pc, ri.ri_sim, NULL, PLACE_KERNEL_UIO, 9000);
	place_lay(&pc, 9000, &random);
	place_fill(&pc, 9000, 1);
	ri.ri_moveerror = EBUSY;
	request(&ri, &rq, &pc, false, 0, 9000);
	assert_int_equal(go(&ri, &rq), EBUSY);
	assert_null(ri.ri_isa.sc_rq);
	request(&ri, &rq, &pc, true, 0, 9000);
	assert_int_equal(go(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_MOVE);
	assert_int_equal(ri.ri_moves, 2);
	place_check(&pc, 9000, 1);
	ri.ri_moveerror = 0;
	request(&ri, &rq, &pc, false, 0, 9000);
	assert_int_equal(go(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	place_destroy(&pc);
	rig_detach(&ri);
}

/* Memory that is not there is not copied either. */
static void
test_no_memory(void **state)
{
	struct isa_request rq;
	struct place pc;
	uint64_t random = 4;
	struct rig ri;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 2);
	place_create(
	    &pc, ri.ri_sim, busdma_sim_proc(ri.ri_sim), PLACE_USER, 9000);
	place_lay(&pc, 9000, &random);
	request(&ri, &rq, &pc, true, 0, 9000);
	assert_int_equal(
	    busdma_sim_uunmap(ri.ri_sim, pc.pc_proc, pc.pc_iov[0].iov_base), 0);
	assert_int_equal(go(&ri, &rq), EFAULT);
	assert_int_equal(ri.ri_moves, 0);
	assert_false(rq.rq_copied);
	place_destroy(&pc);
	rig_detach(&ri);
}

/* What is longer than the buffer to copy through has to be shorter. */
static void
test_too_long(void **state)
{
	struct isa_request rq;
	struct place pc;
	uint64_t random = 4;
	struct rig ri;

	(void)state;
	rig_attach(&ri, test_machine("small-segments"), 2);
	place_create(&pc, ri.ri_sim, NULL, PLACE_KERNEL, 4097);
	place_lay(&pc, 4097, &random);
	place_fill(&pc, 4097, 8);
	request(&ri, &rq, &pc, false, 0, 4097);
	assert_int_equal(go(&ri, &rq), EFBIG);
	assert_null(ri.ri_isa.sc_rq);
	rq.rq_len = 4096;
	assert_int_equal(go(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	place_destroy(&pc);
	rig_detach(&ri);
}

/* Machines on whose bus there is nothing within 24 bits. */
static void
test_out_of_reach(void **state)
{
	unsigned i, j, n = 0;
	struct rig ri;

	(void)state;
	for (i = 0; i < machine_nconfigs; i++) {
		for (j = 0; j < COUNT(within); j++) {
			if (strcmp(machine_configs[i].mc_name, within[j]) == 0)
				break;
		}
		if (j < COUNT(within))
			continue;
		rig_machine(&ri, &machine_configs[i], 1);
		assert_int_equal(attach(&ri, ri.ri_machine.ma_tag), EINVAL);
		assert_int_equal(isa_wait(&ri.ri_isa), 0);
		rig_end(&ri);
		n++;
	}
	assert_int_equal(n + COUNT(within), machine_nconfigs);
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
	struct run_memory rm;
	uint64_t seed;
	struct rig ri;

	(void)state;
	for (seed = 1; seed <= 40; seed++) {
		rig_attach(&ri, test_machine("fragmented"), seed);
		assert_int_equal(
		    bus_dmatag_restrict(ri.ri_machine.ma_tag, &lim, &t, 0), 0);
		memory_alloc(t, &rm, ISA_MAXLEN);
		memset(rm.rm_kva, 1, ISA_MAXLEN);
		kernel_request(&ri, &rq, rm.rm_kva, true, 0, ISA_MAXLEN);
		kernel_request(&ri, &more, rm.rm_kva, false, 0, 10);
		assert_int_equal(isa_submit(&ri.ri_isa, &rq), 0);
		assert_int_equal(isa_submit(&ri.ri_isa, &more), EBUSY);
		if (seed % 4 == 0)
			assert_true(busdma_sim_wait(test_env.ed_dev));
		if (seed % 2 == 0) {
			assert_int_equal(isa_reset(&ri.ri_isa), 0);
			assert_int_equal(go(&ri, &more), 0);
			assert_int_equal(more.rq_status, ISA_ST_OK);
		}
		assert_int_equal(isa_detach(&ri.ri_isa), 0);
		memory_free(&rm);
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
	struct run_memory rm;
	struct rig ri;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1);
	test_env_lie(&test_env, SIMISA_ID, 1, ~SIMISA_ID_VALUE);
	assert_int_equal(attach(&ri, ri.ri_machine.ma_tag), EINVAL);
	test_env_lie(
	    &test_env, SIMISA_STATUS, SIMISA_STATUS_BUSY, SIMISA_STATUS_BUSY);
	assert_int_equal(attach(&ri, ri.ri_machine.ma_tag), EBUSY);
	test_env_honest(&test_env);
	assert_int_equal(attach(&ri, ri.ri_machine.ma_tag), 0);
	memory_alloc(ri.ri_isa.sc_dmat, &rm, 4096);
	kernel_request(&ri, &rq, rm.rm_kva, true, 0, 4096);

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
	assert_int_equal(go(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_DMA);
	test_env_honest(&test_env);
	assert_int_equal(go(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	memory_free(&rm);
	rig_detach(&ri);
}

/* Everything is mapped for another requester: the card can't get there. */
static void
test_refused(void **state)
{
	struct isa_request rq;
	struct run_memory rm;
	bus_dma_tag_t other;
	struct rig ri;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1);
	ri.ri_reports = 1;
	assert_int_equal(
	    busdma_sim_bus_tag(ri.ri_machine.ma_bus, 2, &other, 0), 0);
	assert_int_equal(attach(&ri, other), 0);
	memory_alloc(ri.ri_isa.sc_dmat, &rm, 4096);
	kernel_request(&ri, &rq, rm.rm_kva, false, 0, 4096);
	assert_int_equal(go(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_DMA);
	memory_free(&rm);
	assert_int_equal(isa_detach(&ri.ri_isa), 0);
	bus_dmatag_destroy(other);
	rig_end(&ri);
}

/* A polled card raises no interrupt; one that is stuck is given up. */
static void
test_polled(void **state)
{
	struct isa_request rq;
	struct run_memory rm;
	struct rig ri;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1);
	ri.ri_polled = true;
	assert_int_equal(attach(&ri, ri.ri_machine.ma_tag), 0);
	memory_alloc(ri.ri_isa.sc_dmat, &rm, ISA_MAXLEN);
	kernel_request(&ri, &rq, rm.rm_kva, false, 0, ISA_MAXLEN);
	assert_int_equal(go(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	assert_false(busdma_sim_wait(test_env.ed_dev));
	test_env_lie(
	    &test_env, SIMISA_STATUS, SIMISA_STATUS_BUSY, SIMISA_STATUS_BUSY);
	assert_int_equal(isa_submit(&ri.ri_isa, &rq), 0);
	assert_int_equal(isa_wait(&ri.ri_isa), 0);
	test_env_honest(&test_env);
	assert_int_equal(isa_wait(&ri.ri_isa), 1);
	memory_free(&rm);
	rig_detach(&ri);
}

/* Of those that run on every machine. */
static const struct test_each each[] = {
	{ "dmamem", test_dmamem },
	{ "run", test_run },
	{ "bounced", test_bounced },
	{ "copied", test_copied },
	{ "attach_fails", test_attach_fails },
	{ "submit_fails", test_submit_fails },
	{ "interrupt", test_interrupt },
};

static const struct CMUnitTest once[] = {
	cmocka_unit_test(test_bad_requests),
	cmocka_unit_test(test_no_move),
	cmocka_unit_test(test_move_fails),
	cmocka_unit_test(test_no_memory),
	cmocka_unit_test(test_too_long),
	cmocka_unit_test(test_out_of_reach),
	cmocka_unit_test(test_one_at_a_time),
	cmocka_unit_test(test_lies),
	cmocka_unit_test(test_refused),
	cmocka_unit_test(test_polled),
};

int
main(void)
{
	size_t i;

	test_add(once, COUNT(once));
	for (i = 0; i < COUNT(within); i++)
		test_add_on(machine_find(within[i]), each, COUNT(each));
	for (i = 0; i < COUNT(bridges); i++)
		test_add_on(&bridges[i], each, COUNT(each));
	return test_main("isa");
}
