/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simtrace.c: the clock, the trace, and how long a wait is.
 */
#include "simunit.h"

#define MAXEVENTS 64

/* The events of a run. */
struct log {
	struct busdma_sim *lg_sim;
	unsigned lg_n;
	struct busdma_sim_event lg_ev[MAXEVENTS];
	bus_dma_segment_t lg_segs[4]; /* of the last load */
	enum busdma_sim_reason lg_reason;
};

static void
on_event(void *arg, const struct busdma_sim_event *ev)
{
	struct log *lg = arg;
	unsigned i;

	assert_in_range(lg->lg_n, 0, MAXEVENTS - 1);
	lg->lg_ev[lg->lg_n++] = *ev;
	for (i = 0; i < ev->ev_nsegs && i < NELEM(lg->lg_segs); i++)
		lg->lg_segs[i] = ev->ev_segs[i];
	if (ev->ev_report != NULL)
		lg->lg_reason = ev->ev_report->sr_reason;
	assert_int_equal(ev->ev_time, busdma_sim_now(lg->lg_sim));
}

/* A device that copies what it is told to, a piece in each step. */
struct reader {
	struct busdma_sim_dev *rd_dev;
	bus_addr_t rd_addr;
	unsigned rd_left;
	uint8_t rd_buf[64];
};

static void
reader_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct reader *rd = softc;

	(void)width;
	if (reg == 0)
		rd->rd_addr = value;
	else
		rd->rd_left = (unsigned)value;
}

static bool
reader_step(void *softc)
{
	struct reader *rd = softc;

	if (rd->rd_left == 0)
		return false;
	(void)busdma_sim_dma_read(rd->rd_dev, rd->rd_addr, rd->rd_buf, 32);
	(void)busdma_sim_dma_write(
	    rd->rd_dev, rd->rd_addr + 32, rd->rd_buf, 16);
	if (--rd->rd_left == 0)
		busdma_sim_intr(rd->rd_dev);
	return rd->rd_left != 0;
}

static const struct busdma_sim_dev_ops reader_ops = {
	.do_size = sizeof(reader_ops),
	.do_name = "reader",
	.do_read = su_idle_read,
	.do_write = reader_write,
	.do_step = reader_step,
};

/*
 * Load, sync, tell the device, wait, sync, unload; and two accesses over the
 * ends of segments after.
 */
static void
run(struct su *su, enum busdma_sim_shortcut shortcut, bus_dmamap_t *mapp)
{
	struct busdma_sim_bus *bus = su_bus(su, NULL, 0, shortcut);
	bus_dma_segment_t segs[] = {
		{ MIDBASE, 96 },
		{ MIDBASE + PAGE, 96 },
	};
	static struct reader rd;
	bus_dma_tag_t t = NULL;
	bus_dmamap_t map = NULL;

	memset(&rd, 0, sizeof(rd));
	assert_int_equal(
	    busdma_sim_dev_create(bus, 3, &reader_ops, &rd, &rd.rd_dev), 0);
	assert_int_equal(busdma_sim_bus_tag(bus, 3, &t, 0), 0);
	assert_int_equal(bus_dmamap_create(t, PAGE, 4, PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_label(t, map, "packet"), 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 2, 192, 0), 0);
	bus_dmamap_sync(t, map, 8, 140, BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(t, map, 96 + 48, 16, BUS_DMASYNC_PREREAD);
	busdma_sim_reg_write(rd.rd_dev, 0, 8, MIDBASE + PAGE + 16);
	busdma_sim_reg_write(rd.rd_dev, 4, 4, 1);
	assert_true(busdma_sim_wait(rd.rd_dev));
	bus_dmamap_sync(t, map, 0, 192, BUS_DMASYNC_POSTREAD);
	(void)busdma_sim_dma_read(rd.rd_dev, MIDBASE + 90, rd.rd_buf, 10);
	bus_dmamap_unload(t, map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	*mapp = map;
}

/* What every event of the run has. */
static void
check_all(const struct log *lg, bus_dmamap_t map)
{
	unsigned i;

	for (i = 0; i < lg->lg_n; i++) {
		const struct busdma_sim_event *ev = &lg->lg_ev[i];
		bool dev = ev->ev_kind == BUSDMA_SIM_EV_REG ||
			   ev->ev_kind == BUSDMA_SIM_EV_INTR;

		assert_true(i == 0 || ev[-1].ev_time <= ev->ev_time);
		assert_string_equal(ev->ev_bus, "bus");
		assert_int_equal(ev->ev_requester, 3);
		assert_ptr_equal(ev->ev_map, dev ? NULL : map);
		if (dev)
			assert_null(ev->ev_label);
		else
			assert_string_equal(ev->ev_label, "packet");
		if (dev || ev->ev_kind == BUSDMA_SIM_EV_READ ||
		    ev->ev_kind == BUSDMA_SIM_EV_WRITE ||
		    ev->ev_kind == BUSDMA_SIM_EV_REPORT)
			assert_string_equal(ev->ev_device, "reader");
		else
			assert_null(ev->ev_device);
		assert_true((ev->ev_report != NULL) ==
			    (ev->ev_kind == BUSDMA_SIM_EV_REPORT));
	}
}

static void
a_trace_tells_what_happened(struct su *su, enum busdma_sim_shortcut shortcut)
{
	static const struct {
		enum busdma_sim_event_kind kind;
		bus_addr_t addr;
		bus_size_t offset, len;
		int flags;
	} want[] = {
		{ BUSDMA_SIM_EV_LOAD, MIDBASE, 0, 192,
		    BUS_DMA_READ | BUS_DMA_WRITE },
		{ BUSDMA_SIM_EV_SYNC, 0, 8, 140, BUS_DMASYNC_PREWRITE },
		{ BUSDMA_SIM_EV_SYNC, 0, 144, 16, BUS_DMASYNC_PREREAD },
		{ BUSDMA_SIM_EV_REG, 0, 0, 8, 0 },
		{ BUSDMA_SIM_EV_REG, 4, 0, 4, 0 },
		{ BUSDMA_SIM_EV_READ, MIDBASE + PAGE + 16, 96 + 16, 32, 0 },
		{ BUSDMA_SIM_EV_WRITE, MIDBASE + PAGE + 48, 96 + 48, 16, 0 },
		{ BUSDMA_SIM_EV_INTR, 0, 0, 0, 0 },
		{ BUSDMA_SIM_EV_SYNC, 0, 0, 192, BUS_DMASYNC_POSTREAD },
		{ BUSDMA_SIM_EV_READ, MIDBASE + 90, 90, 6, 0 },
		{ BUSDMA_SIM_EV_REPORT, MIDBASE + 96, 95, 4, 0 },
		{ BUSDMA_SIM_EV_UNLOAD, 0, 0, 192, 0 },
	};
	static struct log lg;
	bus_dmamap_t map;
	unsigned i;

	memset(&lg, 0, sizeof(lg));
	lg.lg_sim = su->su_sim;
	busdma_sim_trace(su->su_sim, on_event, &lg);
	run(su, shortcut, &map);
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(lg.lg_n, NELEM(want));
	for (i = 0; i < NELEM(want); i++) {
		const struct busdma_sim_event *ev = &lg.lg_ev[i];

		assert_int_equal(ev->ev_kind, want[i].kind);
		assert_int_equal(ev->ev_addr, want[i].addr);
		assert_int_equal(ev->ev_offset, want[i].offset);
		assert_int_equal(ev->ev_len, want[i].len);
		assert_int_equal(ev->ev_flags, want[i].flags);
	}
	check_all(&lg, map);
	assert_int_equal(lg.lg_ev[0].ev_nsegs, 2);
	assert_int_equal(lg.lg_segs[1].ds_addr, MIDBASE + PAGE);
	assert_int_equal(lg.lg_segs[1].ds_len, 96);
	assert_int_equal(lg.lg_ev[3].ev_value, MIDBASE + PAGE + 16);
	assert_int_equal(lg.lg_reason, BUSDMA_SIM_UNMAPPED);
	/* No more when it is off. */
	busdma_sim_trace(su->su_sim, NULL, NULL);
	run(su, shortcut, &map);
	su->su_nreports = 0;
	assert_int_equal(lg.lg_n, NELEM(want));
}

static void
traced_on(void **state)
{
	a_trace_tells_what_happened(*state, BUSDMA_SIM_SHORTCUT_ON);
}

/* The bus splits fragments, but not what it knows of the load. */
static void
traced_whole(void **state)
{
	a_trace_tells_what_happened(*state, BUSDMA_SIM_SHORTCUT_WHOLE);
}

/* Directions of loads, and a report that no device caused. */
static void
flags_and_reports_are_told(void **state)
{
	struct su *su = *state;
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	bus_dma_segment_t seg = { MIDBASE, PAGE };
	static struct log lg;
	bus_dma_tag_t t = NULL;
	bus_dmamap_t map = NULL;

	memset(&lg, 0, sizeof(lg));
	lg.lg_sim = su->su_sim;
	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &map), 0);
	busdma_sim_trace(su->su_sim, on_event, &lg);
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, &seg, 1, PAGE, BUS_DMA_READ), 0);
	assert_int_equal(lg.lg_ev[0].ev_flags, BUS_DMA_READ);
	assert_null(lg.lg_ev[0].ev_label);
	bus_dmamap_unload(t, map);
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, &seg, 1, PAGE, BUS_DMA_WRITE), 0);
	assert_int_equal(lg.lg_ev[2].ev_flags, BUS_DMA_WRITE);
	bus_dmamap_unload(t, map);
	assert_int_equal(lg.lg_n, 4);
	bus_dmamap_unload(t, map);
	assert_int_equal(lg.lg_n, 5);
	assert_int_equal(lg.lg_ev[4].ev_kind, BUSDMA_SIM_EV_REPORT);
	assert_int_equal(lg.lg_ev[4].ev_requester, 0);
	assert_null(lg.lg_ev[4].ev_bus);
	assert_int_equal(lg.lg_reason, BUSDMA_SIM_CALLER);
	assert_report(su, BUSDMA_SIM_CALLER);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* ---- the clock ---- */

static uint64_t
time_of(uint64_t seed, bool traced)
{
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_RANDOM, seed);
	static struct log lg;
	bus_dmamap_t map;
	uint64_t now;

	memset(&lg, 0, sizeof(lg));
	lg.lg_sim = su->su_sim;
	assert_int_equal(busdma_sim_now(su->su_sim), 0);
	if (traced)
		busdma_sim_trace(su->su_sim, on_event, &lg);
	run(su, BUSDMA_SIM_SHORTCUT_OFF, &map);
	now = busdma_sim_now(su->su_sim);
	su->su_nreports = 0;
	assert_int_equal(su_destroy(su), 0);
	return now;
}

static void
the_clock_is_the_seed_s(void **state)
{
	uint64_t now = time_of(1, false), seed;
	bool differs = false;

	(void)state;
	assert_int_equal(time_of(1, false), now);
	/* A trace takes no time. */
	assert_int_equal(time_of(1, true), now);
	for (seed = 2; seed < 10; seed++)
		differs = differs || time_of(seed, false) != now;
	assert_true(differs);
}

static void
each_thing_takes_its_time(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	const struct busdma_platform *pl = su->su_pl;
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	struct busdma_sim_dev *dev = su_idle(bus, 1);
	struct proc *p = busdma_sim_proc(sim);
	char buf[100], *u = busdma_sim_umalloc(sim, p, PAGE);
	bus_dma_segment_t seg = { MIDBASE, PAGE };
	bus_dma_tag_t t = NULL;
	bus_dmamap_t map = NULL;
	uint64_t was;

	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, &seg, 1, PAGE, 0), 0);
	su_give(t, map);

	was = busdma_sim_now(sim);
	assert_int_equal(busdma_sim_now(sim), was);
	pl->pl_cpu->cpu_barrier(pl, BUS_DMASYNC_PREREAD);
	assert_true(busdma_sim_now(sim) > was);
	was = busdma_sim_now(sim);
	(void)busdma_sim_reg_read(dev, 0, 4);
	assert_true(busdma_sim_now(sim) > was);
	/* A byte is a nanosecond. */
	was = busdma_sim_now(sim);
	assert_int_equal(busdma_sim_dma_read(dev, MIDBASE, buf, 77), 0);
	assert_int_equal(busdma_sim_now(sim), was + 77);
	assert_int_equal(busdma_sim_dma_write(dev, MIDBASE, buf, 3), 0);
	assert_int_equal(busdma_sim_now(sim), was + 80);
	assert_int_equal(busdma_sim_copyout(sim, p, buf, u, 100), 0);
	assert_int_equal(busdma_sim_copyin(sim, p, u, buf, 20), 0);
	assert_int_equal(busdma_sim_now(sim), was + 200);
	/* What is refused moves nothing. */
	assert_int_equal(busdma_sim_dma_read(dev, 0, buf, 1), EFAULT);
	assert_report(su, BUSDMA_SIM_UNMAPPED);

	/* A step is a microsecond; the idle device has one after a write. */
	was = busdma_sim_now(sim);
	busdma_sim_reg_write(dev, 0, 4, 0);
	assert_in_range(busdma_sim_now(sim), was + 1, was + 1999);
	assert_false(busdma_sim_wait(dev));
	assert_in_range(busdma_sim_now(sim), was + 1001, was + 1999);

	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	busdma_sim_ufree(sim, p, u);
}

/* ---- a device at its own pace ---- */

/* Interrupts at each multiple of a period of the clock, for ever. */
struct pacer {
	struct busdma_sim_dev *pc_dev;
	uint64_t pc_period; /* 0: never */
	uint64_t pc_next;
	uint64_t pc_steps;
};

static bool
pacer_step(void *softc)
{
	struct pacer *pc = softc;
	uint64_t now = busdma_sim_now(busdma_sim_of(pc->pc_dev));

	pc->pc_steps++;
	if (pc->pc_period != 0 && now >= pc->pc_next) {
		pc->pc_next += pc->pc_period;
		busdma_sim_intr(pc->pc_dev);
	}
	return true;
}

static const struct busdma_sim_dev_ops pacer_ops = {
	.do_size = sizeof(pacer_ops),
	.do_name = "pacer",
	.do_read = su_idle_read,
	.do_write = su_idle_write,
	.do_step = pacer_step,
};

static void
pacer_start(struct pacer *pc, struct busdma_sim_bus *bus, uint64_t period)
{
	memset(pc, 0, sizeof(*pc));
	pc->pc_period = pc->pc_next = period;
	assert_int_equal(
	    busdma_sim_dev_create(bus, 1, &pacer_ops, pc, &pc->pc_dev), 0);
	busdma_sim_reg_write(pc->pc_dev, 0, 4, 0);
}

static void
a_wait_has_an_end(void **state)
{
	struct su *su = *state;
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	struct busdma_sim_dev *dev = su_idle(bus, 2);
	static struct pacer pc;
	uint64_t was;

	pacer_start(&pc, bus, 0);
	was = pc.pc_steps;
	assert_false(busdma_sim_wait(dev));
	assert_int_equal(pc.pc_steps, was + BUSDMA_SIM_PATIENCE);
	/* Its own steps count as well. */
	was = pc.pc_steps;
	assert_false(busdma_sim_wait(pc.pc_dev));
	assert_int_equal(pc.pc_steps, was + BUSDMA_SIM_PATIENCE);
	assert_silent(su);
}

static void
a_pace_is_kept_by_the_clock(void **state)
{
	struct su *su = *state;
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	static struct pacer pc;
	uint64_t now;
	unsigned i;

	pacer_start(&pc, bus, 50000);
	for (i = 1; i <= 20; i++) {
		assert_true(busdma_sim_wait(pc.pc_dev));
		now = busdma_sim_now(su->su_sim);
		/* Not before, and no later than a step or a few after. */
		assert_in_range(now, i * 50000, i * 50000 + 20000);
	}
	assert_silent(su);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SIMUNIT(traced_on),
		SIMUNIT(traced_whole),
		SIMUNIT(flags_and_reports_are_told),
		cmocka_unit_test(the_clock_is_the_seed_s),
		SIMUNIT(each_thing_takes_its_time),
		SIMUNIT(a_wait_has_an_end),
		SIMUNIT(a_pace_is_kept_by_the_clock),
	};

	return cmocka_run_group_tests_name("simtrace", tests, NULL, NULL);
}
