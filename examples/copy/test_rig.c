/* SPDX-License-Identifier: BSD-2-Clause */
/* What the copy driver's tests share. */
#include "copy/test_rig.h"

#include <string.h>

void
rig_machine(struct rig *ri, const struct machine_config *mc, uint64_t seed)
{
	struct busdma_sim_dev *dev;

	memset(ri, 0, sizeof(*ri));
	assert_int_equal(
	    machine_create(&ri->ri_machine, mc, seed, NULL, 65536), 0);
	ri->ri_sim = ri->ri_machine.ma_sim;
	assert_int_equal(
	    busdma_sim_copy_create(ri->ri_machine.ma_bus, 1, &dev), 0);
	assert_int_equal(busdma_sim_proc_create(ri->ri_sim, &ri->ri_other), 0);
	(void)env_sim_device(dev);
}

void
rig_end(struct rig *ri)
{
	busdma_sim_proc_destroy(ri->ri_sim, ri->ri_other);
	test_machine_end(&ri->ri_machine, ri->ri_reports);
}

void
rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed)
{
	rig_machine(ri, mc, seed);
	assert_int_equal(
	    copy_attach(&ri->ri_copy, &test_env, ri->ri_machine.ma_tag), 0);
	assert_int_equal(ri->ri_copy.sc_nslots, COPY_NSLOTS);
	assert_int_equal(ri->ri_copy.sc_maxsegs, COPY_MAXSEGS);
}

void
rig_detach(struct rig *ri)
{
	assert_int_equal(copy_detach(&ri->ri_copy), 0);
	rig_end(ri);
}

static void
done(struct copy_job *jb)
{
	struct rig *ri = jb->jb_arg;

	ri->ri_done++;
	ri->ri_aborted += jb->jb_status == COPY_ST_ABORTED;
}

struct copy_buffer
rig_buffer(struct place *pc)
{
	struct copy_buffer cb = { .cb_kind = COPY_UIO, .cb_uio = &pc->pc_uio };

	if (pc->pc_kind == PLACE_KERNEL || pc->pc_kind == PLACE_USER) {
		cb.cb_kind = COPY_LINEAR;
		cb.cb_buf = pc->pc_iov[0].iov_base;
		cb.cb_proc = pc->pc_proc;
	} else if (pc->pc_kind == PLACE_PAGES) {
		cb.cb_kind = COPY_RAW;
		cb.cb_segs = pc->pc_pages;
		cb.cb_nsegs = pc->pc_npages;
	}
	return cb;
}

void
rig_job(struct rig *ri, struct copy_job *jb, struct place *src,
    struct place *dst, size_t len)
{
	*jb = (struct copy_job){
		.jb_src = rig_buffer(src),
		.jb_dst = rig_buffer(dst),
		.jb_len = len,
		.jb_done = done,
		.jb_arg = ri,
		.jb_status = ~0u,
	};
}

void
rig_finish(struct rig *ri, struct copy_job *jb)
{
	while (jb->jb_status == ~0u)
		assert_true(copy_wait(&ri->ri_copy) > 0);
}

void
pair_create(struct rig *ri, struct pair *pa, size_t size)
{
	uint64_t random = 1;

	place_create(&pa->pa_src, ri->ri_sim, NULL, PLACE_KERNEL, size);
	place_create(&pa->pa_dst, ri->ri_sim, NULL, PLACE_KERNEL, size);
	place_own(&pa->pa_dst);
	place_lay(&pa->pa_src, size, &random);
	place_lay(&pa->pa_dst, size, &random);
	place_fill(&pa->pa_src, size, size);
	rig_job(ri, &pa->pa_job, &pa->pa_src, &pa->pa_dst, size);
}

void
pair_destroy(struct pair *pa)
{
	place_destroy(&pa->pa_src);
	place_destroy(&pa->pa_dst);
}

void
rig_works(struct rig *ri)
{
	struct pair pa;

	pair_create(ri, &pa, 10000);
	assert_int_equal(copy_submit(&ri->ri_copy, &pa.pa_job), 0);
	rig_finish(ri, &pa.pa_job);
	assert_int_equal(pa.pa_job.jb_status, SIMCOPY_ST_OK);
	place_check(&pa.pa_dst, 10000, 10000);
	pair_destroy(&pa);
}
