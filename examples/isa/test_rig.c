/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the card's driver share. */
#include "isa/test_rig.h"

#include <string.h>

const char *const rig_within[] = { "contiguous", "fragmented", "single-pages",
	"64k-pages", "small-segments", "cache-16", "cache-64", "cache-never",
	"bounce-24", "bounce-30", "bounce-32", "bounce-memory", "bounce-root",
	"bounce-align", "bounce-forced", "cache-24", "cache-one" };
const size_t rig_nwithin = sizeof(rig_within) / sizeof(rig_within[0]);

uint32_t
rig_most(const struct machine_config *mc)
{
	const struct bus_dma_limits *lim = mc->mc_limits;

	return lim != NULL && lim->dl_maxsegsz != 0 ? (uint32_t)lim->dl_maxsegsz
						    : ISA_MAXLEN;
}

void
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

void
rig_end(struct rig *ri)
{
	test_machine_end(&ri->ri_machine, ri->ri_reports);
}

int
rig_try(struct rig *ri, bus_dma_tag_t t)
{
	return isa_attach(&ri->ri_isa, &test_env, t, ri->ri_polled);
}

void
rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed)
{
	rig_machine(ri, mc, seed);
	assert_int_equal(rig_try(ri, ri->ri_machine.ma_tag), 0);
	assert_int_equal(ri->ri_isa.sc_memsize, CARD);
}

void
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

void
rig_request(struct rig *ri, struct isa_request *rq, struct place *pc,
    bool tomem, uint32_t card, size_t len)
{
	*rq = (struct isa_request){
		.rq_tomem = tomem,
		.rq_card = card,
		.rq_len = len,
		.rq_kind = ISA_UIO,
		.rq_uio = &pc->pc_uio,
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

void
rig_kernel_request(struct rig *ri, struct isa_request *rq, void *p, bool tomem,
    uint32_t card, size_t len)
{
	struct place pc = { .pc_kind = PLACE_KERNEL };

	pc.pc_iov[0].iov_base = p;
	rig_request(ri, rq, &pc, tomem, card, len);
}

int
rig_run(struct rig *ri, struct isa_request *rq)
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

void
rig_memory(bus_dma_tag_t t, struct rig_memory *rm, size_t size)
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

void
rig_memory_free(struct rig_memory *rm)
{
	bus_dmamem_unmap(rm->rm_tag, rm->rm_kva, rm->rm_size);
	bus_dmamem_free(rm->rm_tag, &rm->rm_seg, 1);
}
