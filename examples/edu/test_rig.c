/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of edu's driver share. */
#include "edu/test_rig.h"

#include <stdlib.h>
#include <string.h>

void
rig_machine(struct rig *ri, const struct machine_config *mc, uint64_t seed)
{
	memset(ri, 0, sizeof(*ri));
	assert_int_equal(
	    machine_create(&ri->ri_machine, mc, seed, NULL, 65536), 0);
	ri->ri_sim = ri->ri_machine.ma_sim;
	edu_model_create(&ri->ri_model, ri->ri_machine.ma_bus, 1, ~UINT64_C(0));
	(void)env_sim_device(ri->ri_model.em_dev);
	rig_bits(ri, 64);
}

void
rig_bits(struct rig *ri, unsigned bits)
{
	ri->ri_bits = bits;
	ri->ri_model.em_mask = ~UINT64_C(0) >> (64 - bits);
	test_env.ed_wide = bits > 32;
}

void
rig_end(struct rig *ri)
{
	test_machine_end(&ri->ri_machine, ri->ri_reports);
}

int
rig_try(struct rig *ri, bus_dma_tag_t t)
{
	return edu_attach(
	    &ri->ri_edu, &test_env, t, ri->ri_bits, ri->ri_polled);
}

void
rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed)
{
	rig_machine(ri, mc, seed);
	assert_int_equal(rig_try(ri, ri->ri_machine.ma_tag), 0);
}

void
rig_detach(struct rig *ri)
{
	assert_int_equal(edu_detach(&ri->ri_edu), 0);
	rig_end(ri);
}

static struct edu_buffer
buffer(struct place *pc)
{
	struct edu_buffer eb = { .eb_kind = EDU_UIO, .eb_uio = &pc->pc_uio };

	if (pc->pc_kind == PLACE_KERNEL || pc->pc_kind == PLACE_USER) {
		eb.eb_kind = EDU_LINEAR;
		eb.eb_buf = pc->pc_iov[0].iov_base;
		eb.eb_proc = pc->pc_proc;
	} else if (pc->pc_kind == PLACE_PAGES) {
		eb.eb_kind = EDU_RAW;
		eb.eb_segs = pc->pc_pages;
		eb.eb_nsegs = pc->pc_npages;
	}
	return eb;
}

void
rig_job(struct edu_job *jb, struct place *src, struct place *dst, size_t len,
    int flags)
{
	*jb = (struct edu_job){
		.jb_src = buffer(src),
		.jb_dst = buffer(dst),
		.jb_len = len,
		.jb_flags = flags,
		.jb_moved = 99,
	};
}

void
rig_check(struct place *pc, size_t len, uint64_t seed)
{
	uint8_t *blank = malloc(len);

	assert_non_null(blank);
	place_check(pc, len, seed);
	memset(blank, BLANK, len);
	place_put(pc, blank, len);
	assert_int_equal(place_dirty(pc, BLANK), 0);
	free(blank);
}

void
pair_create(struct rig *ri, struct pair *pa, size_t size)
{
	uint64_t random = size;

	place_create(&pa->pa_src, ri->ri_sim, NULL, PLACE_KERNEL, size);
	place_create(&pa->pa_dst, ri->ri_sim, NULL, PLACE_KERNEL, size);
	place_own(&pa->pa_dst);
	place_lay(&pa->pa_src, size, &random);
	place_lay(&pa->pa_dst, size, &random);
	rig_job(&pa->pa_job, &pa->pa_src, &pa->pa_dst, size, 0);
}

void
pair_destroy(struct pair *pa)
{
	place_destroy(&pa->pa_src);
	place_destroy(&pa->pa_dst);
}

void
pair_works(struct rig *ri, struct pair *pa)
{
	size_t len = (size_t)pa->pa_job.jb_len;

	place_fill(&pa->pa_src, len, len + 5);
	place_clear(&pa->pa_dst, BLANK);
	assert_int_equal(edu_copy(&ri->ri_edu, &pa->pa_job), 0);
	assert_int_equal(pa->pa_job.jb_moved, len);
	rig_check(&pa->pa_dst, len, len + 5);
}
