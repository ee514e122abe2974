/* SPDX-License-Identifier: BSD-2-Clause */
/* What the NVMe driver's tests share. */
#include "nvme/test_rig.h"

#include <string.h>

void
rig_machine(struct rig *ri, const struct machine_config *mc,
    const struct model_config *model, uint64_t seed)
{
	memset(ri, 0, sizeof(*ri));
	assert_int_equal(machine_create(&ri->ri_machine, mc, seed, NULL, 0), 0);
	ri->ri_sim = ri->ri_machine.ma_sim;
	assert_int_equal(
	    model_create(ri->ri_machine.ma_bus, 1, model, &ri->ri_model), 0);
	(void)env_sim_device(ri->ri_model->mo_dev);
	ri->ri_params.np_depth = 8;
	ri->ri_params.np_pairs = 2;
	ri->ri_params.np_maxxfer = 64 * 1024;
}

void
rig_end(struct rig *ri)
{
	test_machine_end(&ri->ri_machine, ri->ri_reports);
}

int
rig_try(struct rig *ri)
{
	return nvme_attach(
	    &ri->ri_nvme, &test_env, ri->ri_machine.ma_tag, &ri->ri_params);
}

void
rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed)
{
	rig_machine(ri, mc, &model_plain, seed);
	assert_int_equal(rig_try(ri), 0);
	assert_int_equal(ri->ri_nvme.sc_blocks, model_plain.mc_disk / 512);
}

void
rig_detach(struct rig *ri)
{
	assert_int_equal(nvme_detach(&ri->ri_nvme), 0);
	rig_end(ri);
}

static void
done(struct nvme_request *rq)
{
	struct rig *ri = rq->rq_arg;

	ri->ri_done++;
}

void
rig_request(struct rig *ri, struct nvme_request *rq, struct place *pc,
    enum nvme_op op, uint64_t lba, size_t len)
{
	*rq = (struct nvme_request){
		.rq_op = op,
		.rq_lba = lba,
		.rq_len = len,
		.rq_buffer = NVME_UIO,
		.rq_uio = &pc->pc_uio,
		.rq_done = done,
		.rq_arg = ri,
	};
	if (pc->pc_kind == PLACE_KERNEL || pc->pc_kind == PLACE_USER) {
		rq->rq_buffer = NVME_LINEAR;
		rq->rq_buf = pc->pc_iov[0].iov_base;
		rq->rq_proc = pc->pc_proc;
	} else if (pc->pc_kind == PLACE_PAGES) {
		rq->rq_buffer = NVME_RAW;
		rq->rq_segs = pc->pc_pages;
		rq->rq_nsegs = pc->pc_npages;
	}
}

void
rig_kernel_request(struct rig *ri, struct nvme_request *rq, void *p,
    enum nvme_op op, uint64_t lba, size_t len)
{
	struct place pc = { .pc_kind = PLACE_KERNEL };

	pc.pc_iov[0].iov_base = p;
	rig_request(ri, rq, &pc, op, lba, len);
}

int
rig_run(struct rig *ri, struct nvme_request *rq)
{
	int error;

	error = nvme_submit(&ri->ri_nvme, rq);
	while (error == 0 && rq->rq_status == NVME_ST_PENDING)
		assert_true(nvme_wait(&ri->ri_nvme) > 0);
	return error;
}

static uint8_t
byte(uint64_t seed, uint64_t offset)
{
	uint64_t x = (offset + 1) * UINT64_C(0x9e3779b97f4a7c15) + seed;

	return (uint8_t)((x ^ (x >> 29)) * UINT64_C(0xbf58476d1ce4e5b9) >> 56);
}

void
rig_fill(uint8_t *p, size_t len, uint64_t seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = byte(seed, i);
}

void
rig_check(const uint8_t *p, size_t len, uint64_t seed)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] != byte(seed, i))
			fail_msg("byte %zu of %zu is %#x, not %#x", i, len,
			    p[i], byte(seed, i));
	}
}
