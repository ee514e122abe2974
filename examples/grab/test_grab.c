/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame grabber's driver against the simulated frame grabber: frames of
 * every kind on every machine, and every way to fail.
 */
#include "grab/test_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <busdma/backend.h>

#include "le.h"
#include "tests/liar.h"

/* Frames one after the other, the ring often round; none is lost. */
static void
test_frames(void **state)
{
	const struct machine_config *mc = *state;
	struct grab_frame fr;
	struct rig *ri;
	uint32_t i, n;
	size_t size;

	for (size = 0; size < rig_nsizes(mc); size++) {
		ri = rig_attach(mc, size + 1);
		rig_setup(ri, rig_size(size), 3);
		rig_queue(ri, 3);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		n = ri->ri_grab.sc_framesize > 10000 ? 6 : 150;
		for (i = 0; i < n; i++) {
			fr = rig_frame(ri);
			assert_int_equal(fr.fr_seq, i);
			assert_int_equal(
			    grab_queue(&ri->ri_grab, fr.fr_buffer), 0);
		}
		assert_int_equal(grab_overruns(&ri->ri_grab), 0);
		assert_true(ri->ri_grab.sc_frames >= n);
		assert_int_equal(ri->ri_grab.sc_stray, 0);
		rig_detach(ri);
	}
}

/* Attach and setup fail at every hook that can fail, and hold nothing then. */
static void
test_setup_fails(void **state)
{
	const struct grab_format gf = rig_size(1);
	struct rig *ri = rig_machine(*state, 5);
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	unsigned n, failures = 0;
	bool hit = true;
	int error;

	for (n = 1; hit; n++) {
		(void)busdma_sim_fail_at(sim, n);
		error = grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag);
		if (error == 0) {
			error = grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, 3);
			if (error != 0)
				assert_int_equal(ri->ri_grab.sc_framesize, 0);
			assert_int_equal(grab_detach(&ri->ri_grab), 0);
		}
		hit = busdma_sim_fail_at(sim, 0);
		if (error == 0)
			continue;
		assert_true(hit);
		assert_true(error == ENOMEM || error == EFAULT);
		failures++;
	}
	/* Record, mapping, map and load of two rings and three tables, ... */
	assert_true(failures > 4 * (2 + 3));
	rig_end(ri);
}

/*
 * Queue, dequeue and the interrupt handler call nothing that an interrupt
 * handler must not.
 */
static void
test_interrupt(void **state)
{
	struct rig *ri = rig_attach(*state, 9);
	struct grab_frame fr;
	unsigned i;

	rig_setup(ri, rig_size(0), 4);
	assert_int_equal(grab_start(&ri->ri_grab), 0);
	busdma_sim_interrupt(ri->ri_machine.ma_sim, true);
	rig_queue(ri, 4);
	for (i = 0; i < 100; i++) {
		assert_true(grab_wait(&ri->ri_grab));
		assert_true(grab_dequeue(&ri->ri_grab, &fr));
		assert_int_equal(fr.fr_seq, i);
		assert_int_equal(grab_queue(&ri->ri_grab, fr.fr_buffer), 0);
	}
	busdma_sim_interrupt(ri->ri_machine.ma_sim, false);
	rig_detach(ri);
}

static void
test_bad_setup(void **state)
{
	static const struct grab_format bad[] = {
		{ 31, 7, 1, 1000 },
		{ 0, 7, 4, 1000 },
		{ 32, 0, 1, 1000 },
		{ 32, 7, 0, 1000 },
		{ 32, 7, 5, 1000 },
		{ 32, 7, 1, 0 },
		{ 4096, 4097, 1, 1000 },
		{ 0x40000000, 1, 4, 1000 },
		{ 0xffffffff, 0xffffffff, 4, 1000 },
		/* 65536 bytes, but for what does not fit in 64 bits. */
		{ 4294901761, 2147516416, 2, 1000 },
	};
	struct rig *ri = rig_attach(test_machine("contiguous"), 1);
	struct grab_format gf = rig_size(0);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    grab_setup(&ri->ri_grab, &bad[i], ri->ri_bufs, 1), EINVAL);
	assert_int_equal(grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, 0), EINVAL);
	assert_int_equal(
	    grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, GRAB_QSIZE), EINVAL);
	assert_int_equal(grab_start(&ri->ri_grab), EINVAL);
	assert_int_equal(grab_queue(&ri->ri_grab, 0), EINVAL);
	assert_int_equal(grab_release(&ri->ri_grab), 0);
	/* The smallest frames, and as many buffers as the ring takes. */
	gf = rig_format(32, 1, 1);
	rig_setup(ri, gf, MAX_BUFS);
	assert_int_equal(grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, 1), EBUSY);
	rig_queue(ri, MAX_BUFS);
	assert_int_equal(grab_start(&ri->ri_grab), 0);
	assert_int_equal(grab_start(&ri->ri_grab), EBUSY);
	for (i = 0; i < MAX_BUFS; i++)
		assert_int_equal(rig_frame(ri).fr_seq, i);
	assert_false(grab_wait(&ri->ri_grab));
	assert_int_equal(env_read32(&ri->ri_grabenv, SIMGRAB_INTR), 0);
	assert_int_equal(grab_queue(&ri->ri_grab, MAX_BUFS), EINVAL);
	assert_int_equal(grab_queue(&ri->ri_grab, 7), 0);
	assert_int_equal(grab_queue(&ri->ri_grab, 7), EINVAL);
	rig_detach(ri);
}

/* Its maps have names, for those who read reports. */
static void
test_labels(void **state)
{
	struct rig *ri = rig_attach(test_machine("fragmented"), 1);
	struct grab_softc *sc = &ri->ri_grab;
	const struct grab_buffer *gb = &ri->ri_bufs[1];

	(void)state;
	rig_setup(ri, rig_size(1), 2);
	assert_string_equal(busdma_map_label(gb->gb_map), "grabber: frame");
	assert_string_equal(
	    busdma_map_label(gb->gb_table.mm_map), "grabber: table");
	assert_string_equal(
	    busdma_map_label(sc->sc_bufq.mm_map), "grabber: buffer ring");
	assert_string_equal(
	    busdma_map_label(sc->sc_cplq.mm_map), "grabber: completion ring");
	rig_detach(ri);
}

/*
 * Frames for which there is no buffer are dropped: exactly those are missing
 * in the sequence, and exactly those are counted.
 */
static void
test_overrun(void **state)
{
	struct rig *ri = rig_attach(test_machine("fragmented"), 3);
	struct env_device *dev = &ri->ri_grabenv;
	uint32_t before, seq;

	(void)state;
	rig_setup(ri, rig_size(0), 2);
	rig_queue(ri, 2);
	assert_int_equal(grab_start(&ri->ri_grab), 0);
	assert_int_equal(rig_frame(ri).fr_seq, 0);
	assert_int_equal(rig_frame(ri).fr_seq, 1);
	while (env_read32(dev, SIMGRAB_SEQUENCE) < 10)
		continue;
	before = env_read32(dev, SIMGRAB_SEQUENCE);
	assert_int_equal(grab_overruns(&ri->ri_grab), before - 2);
	assert_int_equal(grab_queue(&ri->ri_grab, 1), 0);
	seq = rig_frame(ri).fr_seq;
	assert_true(seq == before || seq == before + 1);
	assert_int_equal(grab_stop(&ri->ri_grab), 0);
	assert_int_equal(
	    grab_overruns(&ri->ri_grab), env_read32(dev, SIMGRAB_SEQUENCE) - 3);
	assert_int_equal(ri->ri_grab.sc_frames, 3);
	/* They add up over the runs. */
	before = grab_overruns(&ri->ri_grab);
	assert_int_equal(grab_start(&ri->ri_grab), 0);
	while (env_read32(dev, SIMGRAB_SEQUENCE) < 5)
		continue;
	assert_true(grab_overruns(&ri->ri_grab) >= before + 5);
	rig_detach(ri);
}

/* What a buffer holds that the grabber must not touch any more. */
static void
mark(struct rig *ri, unsigned buffer)
{
	uint8_t *p = malloc((size_t)ri->ri_grab.sc_framesize);

	assert_non_null(p);
	memset(p, 0x3c, (size_t)ri->ri_grab.sc_framesize);
	rig_poke(ri, buffer, p);
	free(p);
}

static void
check_mark(struct rig *ri, unsigned buffer)
{
	size_t size = (size_t)ri->ri_grab.sc_framesize, i;
	uint8_t *p = malloc(size);

	assert_non_null(p);
	rig_peek(ri, buffer, p);
	for (i = 0; i < size; i++)
		assert_int_equal(p[i], 0x3c);
	free(p);
}

/*
 * Stopped anywhere: what was complete is a frame, all else is the user's and
 * stays as it is; started again it begins at 0.
 */
static void
test_stop(void **state)
{
	unsigned i, done, left = 0;
	struct grab_frame fr;
	struct rig *ri;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 30; seed++) {
		ri = rig_attach(test_machine("fragmented"), seed);
		rig_setup(ri, rig_size(1), 4);
		rig_queue(ri, 4);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		while (busdma_sim_now(ri->ri_machine.ma_sim) < seed * 700000)
			(void)env_read32(&ri->ri_grabenv, SIMGRAB_STATUS);
		assert_int_equal(grab_stop(&ri->ri_grab), 0);
		assert_false(ri->ri_grab.sc_running);
		for (i = done = 0; i < 4; i++) {
			if (ri->ri_bufs[i].gb_state == GRAB_DONE) {
				done++;
				continue;
			}
			assert_int_equal(ri->ri_bufs[i].gb_state, GRAB_USER);
			mark(ri, i);
			left++;
		}
		for (i = 0; i < 3000; i++)
			(void)env_read32(&ri->ri_grabenv, SIMGRAB_STATUS);
		for (i = done; i < 4; i++)
			check_mark(ri, i);
		for (i = 0; i < done; i++)
			assert_int_equal(rig_frame(ri).fr_seq, i);
		assert_false(grab_dequeue(&ri->ri_grab, &fr));
		rig_queue(ri, 4);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		assert_int_equal(rig_frame(ri).fr_seq, 0);
		rig_detach(ri);
	}
	assert_true(left > 30 && left < 30 * 4);
}

/* A grabber of which nothing is heard: reset, and it works. */
static void
test_reset(void **state)
{
	struct grab_frame fr;
	struct rig *ri;
	uint64_t seed;
	unsigned i;

	(void)state;
	for (seed = 1; seed <= 20; seed++) {
		ri = rig_attach(test_machine("windows"), seed);
		rig_setup(ri, rig_size(seed % 2), 4);
		rig_queue(ri, 3);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		(void)rig_frame(ri);
		ri->ri_grabenv.ed_silent = true;
		while (
		    grab_wait(&ri->ri_grab) && grab_dequeue(&ri->ri_grab, &fr))
			continue;
		assert_int_equal(grab_reset(&ri->ri_grab), 0);
		test_env_honest(&ri->ri_grabenv);
		assert_int_equal(grab_queue(&ri->ri_grab, 3), 0);
		/* What was complete before; then all that was queued. */
		while (grab_dequeue(&ri->ri_grab, &fr))
			assert_true(fr.fr_seq > 0);
		for (i = 0; ri->ri_grab.sc_queue.gl_first != NULL; i++) {
			fr = rig_frame(ri);
			assert_int_equal(fr.fr_seq, i);
		}
		assert_int_equal(fr.fr_buffer, 3);
		rig_detach(ri);
	}
}

/* The rings are mapped for another requester: the grabber can't read them. */
static void
test_ring_unreachable(void **state)
{
	struct rig *ri = rig_machine(test_machine("contiguous"), 1);
	struct grab_softc *sc = &ri->ri_grab;
	bus_dma_tag_t other;

	(void)state;
	assert_int_equal(
	    busdma_sim_bus_tag(ri->ri_machine.ma_bus, 7, &other, 0), 0);
	assert_int_equal(grab_attach(sc, &ri->ri_grabenv, other), 0);
	rig_setup(ri, rig_size(0), 2);
	rig_queue(ri, 2);
	assert_int_equal(grab_start(sc), 0);
	assert_false(grab_wait(sc));
	assert_int_equal(
	    env_read32(&ri->ri_grabenv, SIMGRAB_STATUS), SIMGRAB_STATUS_ERR);
	assert_int_equal(grab_stop(sc), 0);
	ri->ri_reports = 1;
	assert_int_equal(grab_detach(sc), 0);
	bus_dmatag_destroy(other);
	rig_end(ri);
}

/* What attach does with a grabber that is none. */
static void
test_attach_lies(void **state)
{
	static const struct {
		uint32_t reg, mask, value;
		int error;
	} lies[] = {
		{ SIMGRAB_ID, 1, ~SIMGRAB_ID_VALUE, EINVAL },
		{ SIMGRAB_CAP, SIMGRAB_CAP_QSIZE, 1, EINVAL },
		{ SIMGRAB_CAP, SIMGRAB_CAP_NSEGS, 0, EINVAL },
		{ SIMGRAB_STATUS, SIMGRAB_STATUS_RUN, SIMGRAB_STATUS_RUN,
		    EBUSY },
	};
	struct rig *ri = rig_machine(test_machine("contiguous"), 1);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		test_env_lie(
		    &ri->ri_grabenv, lies[i].reg, lies[i].mask, lies[i].value);
		assert_int_equal(
		    grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag),
		    lies[i].error);
	}
	rig_end(ri);
}

/* A grabber that does not start, or not stop; once it does, all is well. */
static void
test_never_stops(void **state)
{
	struct rig *ri = rig_attach(test_machine("contiguous"), 1);
	struct grab_softc *sc = &ri->ri_grab;
	struct env_device *dev = &ri->ri_grabenv;

	(void)state;
	rig_setup(ri, rig_size(0), 4);
	rig_queue(ri, 2);
	test_env_lie(
	    dev, SIMGRAB_STATUS, SIMGRAB_STATUS_ERR, SIMGRAB_STATUS_ERR);
	assert_int_equal(grab_start(sc), EFAULT);
	test_env_lie(dev, SIMGRAB_STATUS, 3, 3);
	assert_int_equal(grab_start(sc), EBUSY);
	assert_int_equal(grab_start(sc), EBUSY);
	assert_int_equal(grab_queue(sc, 2), EBUSY);
	assert_int_equal(grab_intr(sc), 0);
	test_env_honest(dev);
	assert_int_equal(grab_reset(sc), 0);
	assert_int_equal(rig_frame(ri).fr_seq, 0);

	test_env_lie(
	    dev, SIMGRAB_STATUS, SIMGRAB_STATUS_RUN, SIMGRAB_STATUS_RUN);
	assert_int_equal(grab_reset(sc), EBUSY);
	assert_int_equal(grab_stop(sc), EBUSY);
	assert_int_equal(grab_release(sc), EBUSY);
	assert_int_equal(grab_detach(sc), EBUSY);
	assert_false(grab_wait(sc));
	test_env_honest(dev);
	assert_int_equal(grab_reset(sc), 0);
	assert_int_equal(grab_queue(sc, 2), 0);
	assert_true(rig_frame(ri).fr_seq < 2);
	rig_detach(ri);
}

/* The smallest rings there can be come round often. */
static void
test_small_rings(void **state)
{
	static const uint32_t caps[] = { 2, 3, 4, 7 };
	static const unsigned bufs[] = { 1, 1, 3, 3 };
	struct grab_format gf = rig_size(0);
	struct grab_frame fr;
	struct rig *ri;
	unsigned i, j;

	(void)state;
	for (i = 0; i < 4; i++) {
		ri = rig_machine(test_machine("contiguous"), i);
		test_env_lie(
		    &ri->ri_grabenv, SIMGRAB_CAP, ~0u, caps[i] | 5u << 16);
		assert_int_equal(
		    grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag), 0);
		assert_int_equal(
		    grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, bufs[i] + 1),
		    EINVAL);
		rig_setup(ri, gf, bufs[i]);
		rig_queue(ri, bufs[i]);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		for (j = 0; j < 50; j++) {
			fr = rig_frame(ri);
			assert_int_equal(fr.fr_seq, j);
			assert_int_equal(
			    grab_queue(&ri->ri_grab, fr.fr_buffer), 0);
		}
		assert_int_equal(grab_detach(&ri->ri_grab), 0);
		rig_end(ri);
	}
}

/* A queue is what it should be: the buffers in this order, up to a 0xff. */
static void
check_queue(const struct grab_softc *sc, const uint8_t *want)
{
	const struct grab_buffer *gb = sc->sc_queue.gl_first;

	for (; gb != NULL; gb = gb->gb_next)
		assert_int_equal(gb - sc->sc_bufs, *want++);
	assert_int_equal(*want, 0xff);
}

/*
 * The grabber is a liar: it claims more bytes than a frame has, and its ring
 * must not come round.
 */
static void
post(struct liar *li, unsigned n, uint32_t id)
{
	uint8_t cpl[SIMGRAB_CPL_SIZE] = { 0 };

	le_put16(cpl + SIMGRAB_CPL_ID, id);
	le_put32(cpl + SIMGRAB_CPL_BYTES, 0xff000000u);
	le_put32(cpl + SIMGRAB_CPL_FLAGS, SIMGRAB_CPL_PHASE);
	assert_int_equal(liar_write(li, SIMGRAB_CPLQ_LO,
			     (bus_size_t)n * sizeof(cpl), cpl, sizeof(cpl)),
	    0);
}

static const struct liar_config liar = {
	.lc_ctrl = SIMGRAB_CTRL,
	.lc_status = SIMGRAB_STATUS,
	.lc_run = SIMGRAB_STATUS_RUN,
	.lc_fixed = { { SIMGRAB_ID, SIMGRAB_ID_VALUE },
	    { SIMGRAB_CAP, 64u | 16u << 16 }, { SIMGRAB_MAXFRAME, 65536 } },
};

/* One with an id out of range, one with that of a buffer it was not given. */
static void
stray(struct grab_softc *sc, struct liar *li, unsigned n)
{
	uint32_t before = sc->sc_stray;

	post(li, n, 0xff);
	post(li, n + 1, 3);
	assert_false(grab_wait(sc));
	assert_int_equal(sc->sc_stray, before + 2);
}

/*
 * Completions that belong to no buffer do no harm, nor do those that come in
 * another order than the buffers were queued in.
 */
static void
test_stray_completions(void **state)
{
	static const uint8_t order[] = { 2, 0, 1 };
	struct rig *ri = rig_machine(test_machine("contiguous"), 1);
	struct grab_softc *sc = &ri->ri_grab;
	struct grab_frame fr;
	struct liar *li;
	unsigned i, n = 0;

	(void)state;
	assert_int_equal(
	    liar_create(ri->ri_machine.ma_bus, GRABBER, &liar, &li), 0);
	ri->ri_grabenv.ed_dev = li->li_dev;
	assert_int_equal(grab_attach(sc, &ri->ri_grabenv, ri->ri_tag), 0);
	rig_setup(ri, rig_size(0), 4);
	assert_int_equal(grab_start(sc), 0);
	for (i = 1; i <= 5; i++) {
		assert_int_equal(grab_queue(sc, 0), 0);
		stray(sc, li, n);
		post(li, n + 2, 0);
		n += 3;
		assert_true(grab_wait(sc));
		assert_true(grab_dequeue(sc, &fr));
		assert_int_equal(fr.fr_buffer, 0);
		assert_int_equal(fr.fr_bytes, sc->sc_framesize);
		assert_false(grab_dequeue(sc, &fr));
		assert_int_equal(sc->sc_frames, i);
	}
	/* From the middle of the queue, and from its end. */
	for (i = 0; i < 3; i++)
		assert_int_equal(grab_queue(sc, order[i]), 0);
	for (i = 0; i < 2; i++) {
		post(li, n++, 0);
		assert_true(grab_wait(sc));
		assert_true(grab_dequeue(sc, &fr));
		check_queue(sc, (const uint8_t[]){ 2, 1, 0xff });
		assert_int_equal(grab_queue(sc, 0), 0);
		check_queue(sc, (const uint8_t[]){ 2, 1, 0, 0xff });
	}
	/* Two that were not looked at when it stops. */
	post(li, n++, 0xff);
	post(li, n++, 0);
	assert_int_equal(grab_stop(sc), 0);
	assert_int_equal(sc->sc_stray, 11);
	assert_true(grab_dequeue(sc, &fr));
	assert_int_equal(fr.fr_buffer, 0);
	assert_false(grab_dequeue(sc, &fr));
	/* All are the user's. */
	for (i = 0; i < 3; i++)
		assert_int_equal(grab_queue(sc, order[i]), 0);
	assert_int_equal(grab_detach(sc), 0);
	rig_end(ri);
}

/* Of those that run on every machine. */
static const struct test_each each[] = {
	{ "frames", test_frames },
	{ "stream", test_stream },
	{ "shadow", test_shadow },
	{ "process", test_process },
	{ "setup_fails", test_setup_fails },
	{ "stream_fails", test_stream_fails },
	{ "interrupt", test_interrupt },
};

static const struct CMUnitTest once[] = {
	cmocka_unit_test(test_mmap_fails),
	cmocka_unit_test(test_bad_setup),
	cmocka_unit_test(test_labels),
	cmocka_unit_test(test_too_large),
	cmocka_unit_test(test_overrun),
	cmocka_unit_test(test_one_segment),
	cmocka_unit_test(test_slow_disk),
	cmocka_unit_test(test_stop),
	cmocka_unit_test(test_reset),
	cmocka_unit_test(test_ring_unreachable),
	cmocka_unit_test(test_stream_errors),
	cmocka_unit_test(test_stream_stuck),
	cmocka_unit_test(test_attach_lies),
	cmocka_unit_test(test_never_stops),
	cmocka_unit_test(test_small_rings),
	cmocka_unit_test(test_stray_completions),
};

#define NEACH (sizeof(each) / sizeof(each[0]))
#define NONCE (sizeof(once) / sizeof(once[0]))

int
main(void)
{
	test_add(once, NONCE);
	test_add_on_all(each, NEACH);
	return test_main("grab");
}
