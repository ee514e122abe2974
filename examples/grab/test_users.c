/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames to a process that maps them, and on a machine where only syncs move
 * bytes.
 */
#include "grab/test_cases.h"

#include <stdlib.h>
#include <string.h>

#include "tests/shadow.h"

#define SEEDS 4u

/* The tags of both devices, each with a shadow on it. */
static void
shadows(struct rig *ri, struct shadow *sh, bool torn)
{
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	bus_dma_tag_t t;

	assert_int_equal(shadow_tag(&sh[0], sim, ri->ri_tag, torn, &t), 0);
	ri->ri_tag = t;
	assert_int_equal(
	    shadow_tag(&sh[1], sim, ri->ri_machine.ma_tag, torn, &t), 0);
	ri->ri_machine.ma_tag = t;
}

static void
shadows_end(struct rig *ri, struct shadow *sh, bus_dma_tag_t grab_tag,
    bus_dma_tag_t disk_tag)
{
	unsigned i;

	bus_dmatag_destroy(ri->ri_tag);
	ri->ri_tag = grab_tag;
	bus_dmatag_destroy(ri->ri_machine.ma_tag);
	ri->ri_machine.ma_tag = disk_tag;
	for (i = 0; i < 2; i++) {
		if (sh[i].sh_complaints != 0)
			fail_msg("%u complaints; the first: %s",
			    sh[i].sh_complaints, sh[i].sh_first);
	}
}

/*
 * Frames without a pause between them, looked for all the time: completions
 * come while the driver looks.
 */
static void
poll(struct rig *ri)
{
	struct grab_format gf = rig_format(32, 1, 1);
	struct grab_frame fr;
	uint32_t next = 0;
	unsigned i;

	assert_int_equal(grab_release(&ri->ri_grab), 0);
	gf.gf_period = 4;
	rig_setup(ri, gf, 5);
	rig_queue(ri, 5);
	assert_int_equal(grab_start(&ri->ri_grab), 0);
	for (i = 0; i < 1000; i++) {
		(void)grab_intr(&ri->ri_grab);
		if (ri->ri_grab.sc_done.gl_first == NULL)
			continue;
		fr = rig_frame(ri);
		assert_true(fr.fr_seq >= next);
		next = fr.fr_seq + 1;
		assert_int_equal(grab_queue(&ri->ri_grab, fr.fr_buffer), 0);
	}
	assert_true(next > 150);
	assert_int_equal(ri->ri_grab.sc_stray, 0);
	assert_int_equal(grab_release(&ri->ri_grab), 0);
	rig_setup(ri, rig_size(1), 5);
}

/*
 * As on a machine where only syncs move bytes: capture, stop in the middle,
 * reset in the middle, stream.
 */
void
test_shadow(void **state)
{
	const struct machine_config *mc = *state;
	bus_dma_tag_t grab_tag, disk_tag;
	struct grab_frame fr;
	struct shadow sh[2];
	struct rig *ri;
	uint64_t seed;
	unsigned i;

	for (seed = 1; seed <= test_seeds(mc, SEEDS); seed++) {
		ri = rig_machine(mc, seed);
		grab_tag = ri->ri_tag;
		disk_tag = ri->ri_machine.ma_tag;
		shadows(ri, sh, seed % 2 == 0);
		assert_int_equal(
		    grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag), 0);
		assert_int_equal(disk_attach(&ri->ri_disk, &ri->ri_diskenv,
				     ri->ri_machine.ma_tag),
		    0);
		rig_setup(ri, rig_size(seed % 3), 5);
		rig_queue(ri, 5);
		/* What is queued waits for a start that succeeds. */
		test_env_lie(&ri->ri_grabenv, SIMGRAB_STATUS,
		    SIMGRAB_STATUS_ERR, SIMGRAB_STATUS_ERR);
		assert_int_equal(grab_start(&ri->ri_grab), EFAULT);
		test_env_honest(&ri->ri_grabenv);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		for (i = 0; i < seed + 70; i++) {
			fr = rig_frame(ri);
			assert_int_equal(
			    grab_queue(&ri->ri_grab, fr.fr_buffer), 0);
			if (i % 30 == 7)
				assert_int_equal(grab_reset(&ri->ri_grab), 0);
		}
		assert_int_equal(grab_stop(&ri->ri_grab), 0);
		while (grab_dequeue(&ri->ri_grab, &fr))
			continue;
		poll(ri);
		stream_whole(ri, 9);
		/* A frame that nobody dequeued goes with the rest. */
		while (grab_dequeue(&ri->ri_grab, &fr))
			continue;
		rig_queue(ri, 5);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		assert_true(grab_wait(&ri->ri_grab));
		assert_int_equal(grab_detach(&ri->ri_grab), 0);
		assert_int_equal(disk_detach(&ri->ri_disk), 0);
		shadows_end(ri, sh, grab_tag, disk_tag);
		rig_end(ri);
	}
}

/* A process that maps a buffer, a page at a time. */
struct mapping {
	struct rig *mp_rig;
	unsigned mp_buffer;
	unsigned mp_asked;
};

static paddr_t
pager(void *arg, int64_t off, int prot)
{
	struct mapping *mp = arg;

	mp->mp_asked++;
	return grab_mmap(&mp->mp_rig->ri_grab, mp->mp_buffer, off, prot);
}

void
test_process(void **state)
{
	const struct machine_config *mc = *state;
	struct rig *ri = rig_attach(mc, 21);
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	const size_t page = machine_pagesize(mc);
	size_t size, pages, i;
	struct proc *p;
	struct mapping mp[2];
	struct grab_frame fr;
	uint8_t *uva[2], *buf;
	uint32_t seq;

	rig_setup(ri, rig_size(1), 3);
	assert_int_equal(grab_release(&ri->ri_grab), 0);
	rig_setup(ri, rig_size(rig_nsizes(mc) - 1 == 3 ? 1 : 4), 2);
	size = (size_t)ri->ri_grab.sc_framesize;
	pages = (size + page - 1) / page;
	buf = malloc(size);
	assert_non_null(buf);
	assert_int_equal(busdma_sim_proc_create(sim, &p), 0);
	for (i = 0; i < 2; i++) {
		mp[i] = (struct mapping){ ri, (unsigned)i, 0 };
		/* A page more than there is. */
		uva[i] = busdma_sim_mmap(
		    sim, p, size + page, pager, &mp[i], BUSDMA_SIM_PROT_READ);
		assert_non_null(uva[i]);
	}
	rig_queue(ri, 2);
	assert_int_equal(grab_start(&ri->ri_grab), 0);
	for (seq = 0; seq < 6; seq++) {
		fr = rig_frame(ri);
		memset(buf, 0, size);
		assert_int_equal(
		    busdma_sim_copyin(sim, p, uva[fr.fr_buffer], buf, size), 0);
		rig_check(ri, buf, seq);
		assert_int_equal(grab_queue(&ri->ri_grab, fr.fr_buffer), 0);
	}
	for (i = 0; i < 2; i++) {
		assert_int_equal(mp[i].mp_asked, pages);
		/* Not to be written, and nothing behind its last page. */
		assert_int_equal(
		    busdma_sim_copyout(sim, p, buf, uva[i], 1), EFAULT);
		assert_int_equal(
		    busdma_sim_copyin(sim, p, uva[i] + pages * page, buf, 1),
		    EFAULT);
		busdma_sim_ufree(sim, p, uva[i]);
	}
	assert_int_equal(
	    grab_mmap(&ri->ri_grab, 2, 0, BUSDMA_SIM_PROT_READ), (paddr_t)-1);
	assert_int_equal(
	    grab_mmap(&ri->ri_grab, 0, -(int64_t)page, BUSDMA_SIM_PROT_READ),
	    (paddr_t)-1);
	busdma_sim_proc_destroy(sim, p);
	free(buf);
	rig_detach(ri);
}

/* A page that can't be mapped just then can be later. */
void
test_mmap_fails(void **state)
{
	struct rig *ri = rig_attach(test_machine("fragmented"), 22);
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	struct mapping mp = { ri, 0, 0 };
	struct proc *p = busdma_sim_proc(sim);
	uint8_t *uva, byte;

	(void)state;
	rig_setup(ri, rig_size(1), 1);
	uva = busdma_sim_mmap(sim, p, 1, pager, &mp, BUSDMA_SIM_PROT_READ);
	assert_non_null(uva);
	(void)busdma_sim_fail_at(sim, 1);
	assert_int_equal(busdma_sim_copyin(sim, p, uva, &byte, 1), EFAULT);
	assert_true(busdma_sim_fail_at(sim, 0));
	assert_int_equal(busdma_sim_copyin(sim, p, uva, &byte, 1), 0);
	busdma_sim_ufree(sim, p, uva);
	rig_detach(ri);
}
