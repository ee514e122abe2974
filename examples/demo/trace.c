/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace: events of the machine, as events of a viewer.
 *
 * Who has the bytes of a map is kept as a list of the ranges that the device
 * has: PRE operations add to it, POST operations take away.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo/trace.h"

/* Events of one machine; what comes behind them is left out, and said. */
#define MAXEVENTS 10000u

/* [lo, end) of a map belongs to the device. */
struct range {
	bus_size_t rg_lo, rg_end;
};

/* A row: a map, or a device. */
struct row {
	struct row *ro_next;
	const void *ro_key;
	char ro_label[40];
	unsigned ro_tid;

	bool ro_loaded;
	char ro_name[32]; /* of the span of the load */
	bus_size_t ro_len;
	struct range *ro_range; /* sorted, apart */
	unsigned ro_nranges, ro_maxranges;
	bus_size_t ro_owned; /* bytes in them */
};

struct trace {
	FILE *tr_file;
	struct busdma_sim *tr_sim;
	unsigned tr_pid;
	unsigned tr_tids;
	unsigned tr_events; /* of this machine */
	uint64_t tr_mapped; /* bytes loaded now */
	uint64_t tr_time;   /* of the latest event */
	bool tr_first;
	bool tr_failed; /* out of memory */
	struct row *tr_rows;
};

/* The front of an event, open for more members. */
static void
begin(struct trace *tr, const char *phase, unsigned tid, uint64_t time)
{
	(void)fprintf(tr->tr_file,
	    "%s{\"ph\":\"%s\",\"pid\":%u,\"tid\":%u,\"ts\":%" PRIu64 ".%03u",
	    tr->tr_first ? "" : ",\n", phase, tr->tr_pid, tid, time / 1000,
	    (unsigned)(time % 1000));
	tr->tr_first = false;
}

static void
put_string(struct trace *tr, const char *s)
{
	(void)fputc('"', tr->tr_file);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			(void)fputc('\\', tr->tr_file);
		if ((unsigned char)*s >= 0x20)
			(void)fputc(*s, tr->tr_file);
	}
	(void)fputc('"', tr->tr_file);
}

/* A name that the viewer shows: "process_name" or "thread_name". */
static void
put_name(struct trace *tr, const char *what, unsigned tid, const char *name)
{
	begin(tr, "M", tid, 0);
	(void)fprintf(
	    tr->tr_file, ",\"name\":\"%s\",\"args\":{\"name\":", what);
	put_string(tr, name);
	(void)fprintf(tr->tr_file, "}}");
}

/* Rows are shown in the order in which they came. */
static struct row *
row_of(struct trace *tr, const void *key, const char *label, const char *kind)
{
	struct row *ro;
	char name[80];

	if (label == NULL)
		label = "";
	for (ro = tr->tr_rows; ro != NULL; ro = ro->ro_next)
		if (ro->ro_key == key &&
		    strncmp(ro->ro_label, label, sizeof(ro->ro_label) - 1) == 0)
			return ro;
	ro = calloc(1, sizeof(*ro));
	if (ro == NULL) {
		tr->tr_failed = true;
		return NULL;
	}
	ro->ro_key = key;
	(void)snprintf(ro->ro_label, sizeof(ro->ro_label), "%s", label);
	ro->ro_tid = ++tr->tr_tids;
	ro->ro_next = tr->tr_rows;
	tr->tr_rows = ro;
	(void)snprintf(name, sizeof(name), "%s %s", kind,
	    label[0] != '\0' ? label : "without a label");
	put_name(tr, "thread_name", ro->ro_tid, name);
	begin(tr, "M", ro->ro_tid, 0);
	(void)fprintf(tr->tr_file,
	    ",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%u}}",
	    ro->ro_tid);
	return ro;
}

/*
 * Spans are begun and ended apart, by name: a length beside a beginning, both
 * rounded, would let neighbours overlap.  What else there is to say stands in
 * marks: some viewers take arguments for a part of the name.
 */
static void
put_span(struct trace *tr, const struct row *ro, const char *phase,
    const char *name, const char *color, uint64_t now)
{
	begin(tr, phase, ro->ro_tid, now);
	(void)fprintf(
	    tr->tr_file, ",\"name\":\"%s\",\"cname\":\"%s\"}", name, color);
}

/* Who has the bytes begins to, or ceases to. */
static void
put_owner(
    struct trace *tr, const struct row *ro, const char *phase, uint64_t now)
{
	if (ro->ro_owned == 0)
		put_span(tr, ro, phase, "CPU", "good", now);
	else if (ro->ro_owned == ro->ro_len)
		put_span(tr, ro, phase, "device", "bad", now);
	else
		put_span(tr, ro, phase, "device, in part", "yellow", now);
}

static void
put_mapped(struct trace *tr, uint64_t now)
{
	begin(tr, "C", 0, now);
	(void)fprintf(tr->tr_file,
	    ",\"name\":\"bytes mapped\",\"args\":{\"bytes\":%" PRIu64 "}}",
	    tr->tr_mapped);
}

static const char *
direction(int flags)
{
	switch (flags & (BUS_DMA_READ | BUS_DMA_WRITE)) {
	case BUS_DMA_READ:
		return "device writes";
	case BUS_DMA_WRITE:
		return "device reads";
	default:
		return "both ways";
	}
}

static void
unloaded(struct trace *tr, struct row *ro, uint64_t now)
{
	put_owner(tr, ro, "E", now);
	put_span(tr, ro, "E", ro->ro_name, "grey", now);
	tr->tr_mapped -= ro->ro_len;
	put_mapped(tr, now);
	ro->ro_loaded = false;
	ro->ro_nranges = 0;
	ro->ro_owned = 0;
}

static void
loaded(struct trace *tr, struct row *ro, const struct busdma_sim_event *ev)
{
	if (ro->ro_loaded)
		unloaded(tr, ro, ev->ev_time);
	(void)snprintf(ro->ro_name, sizeof(ro->ro_name), "loaded, %s",
	    direction(ev->ev_flags));
	put_span(tr, ro, "B", ro->ro_name, "grey", ev->ev_time);
	begin(tr, "i", ro->ro_tid, ev->ev_time);
	(void)fprintf(tr->tr_file,
	    ",\"s\":\"t\",\"name\":\"load\",\"args\":{\"bytes\":%" PRIu64
	    ",\"segments\":%u,\"first bus address\":\"0x%" PRIx64 "\"}}",
	    ev->ev_len, ev->ev_nsegs,
	    ev->ev_nsegs != 0 ? ev->ev_segs[0].ds_addr : 0);
	ro->ro_loaded = true;
	ro->ro_len = ev->ev_len;
	put_owner(tr, ro, "B", ev->ev_time);
	tr->tr_mapped += ev->ev_len;
	put_mapped(tr, ev->ev_time);
}

/* Room for two more ranges. */
static bool
reserve(struct trace *tr, struct row *ro)
{
	struct range *p;
	unsigned max = ro->ro_maxranges * 2 + 8;

	if (ro->ro_nranges + 2 <= ro->ro_maxranges)
		return true;
	p = realloc(ro->ro_range, max * sizeof(*p));
	if (p == NULL) {
		tr->tr_failed = true;
		return false;
	}
	ro->ro_range = p;
	ro->ro_maxranges = max;
	return true;
}

/* [lo, end) is no longer the device's. */
static void
take(struct row *ro, bus_size_t lo, bus_size_t end)
{
	struct range rest, *rg;
	unsigned i, n = 0, count = ro->ro_nranges;

	for (i = 0; i < count; i++) {
		rg = &ro->ro_range[i];
		if (rg->rg_end <= lo || rg->rg_lo >= end) {
			ro->ro_range[n++] = *rg;
			continue;
		}
		rest = *rg;
		if (rest.rg_lo < lo)
			ro->ro_range[n++] = (struct range){ rest.rg_lo, lo };
		if (rest.rg_end > end) {
			/* Only a range that holds all of it leaves two. */
			if (n > i) {
				memmove(&ro->ro_range[n + 1],
				    &ro->ro_range[i + 1],
				    (count - i - 1) * sizeof(*rg));
				count++;
				i++;
			}
			ro->ro_range[n++] = (struct range){ end, rest.rg_end };
		}
	}
	ro->ro_nranges = n;
}

/* It is. */
static void
give(struct row *ro, bus_size_t lo, bus_size_t end)
{
	unsigned i;

	take(ro, lo, end);
	for (i = 0; i < ro->ro_nranges && ro->ro_range[i].rg_lo < lo; i++)
		continue;
	memmove(&ro->ro_range[i + 1], &ro->ro_range[i],
	    (ro->ro_nranges - i) * sizeof(ro->ro_range[0]));
	ro->ro_range[i] = (struct range){ lo, end };
	ro->ro_nranges++;
}

static void
synced(struct trace *tr, struct row *ro, const struct busdma_sim_event *ev)
{
	static const struct {
		int op;
		const char *name;
	} ops[] = { { BUS_DMASYNC_PREREAD, "PREREAD" },
		{ BUS_DMASYNC_PREWRITE, "PREWRITE" },
		{ BUS_DMASYNC_POSTREAD, "POSTREAD" },
		{ BUS_DMASYNC_POSTWRITE, "POSTWRITE" } };
	const int pre = BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE;
	bus_size_t owned = 0;
	const char *bar = "";
	unsigned i;

	begin(tr, "i", ro->ro_tid, ev->ev_time);
	(void)fprintf(tr->tr_file, ",\"s\":\"t\",\"name\":\"");
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if ((ev->ev_flags & ops[i].op) == 0)
			continue;
		(void)fprintf(tr->tr_file, "%s%s", bar, ops[i].name);
		bar = "|";
	}
	(void)fprintf(tr->tr_file,
	    "\",\"args\":{\"offset\":%" PRIu64 ",\"bytes\":%" PRIu64 "}}",
	    ev->ev_offset, ev->ev_len);
	if (!ro->ro_loaded || ev->ev_len == 0 || !reserve(tr, ro))
		return;
	if ((ev->ev_flags & pre) != 0)
		give(ro, ev->ev_offset, ev->ev_offset + ev->ev_len);
	else
		take(ro, ev->ev_offset, ev->ev_offset + ev->ev_len);
	for (i = 0; i < ro->ro_nranges; i++)
		owned += ro->ro_range[i].rg_end - ro->ro_range[i].rg_lo;
	if (owned == ro->ro_owned)
		return;
	put_owner(tr, ro, "E", ev->ev_time);
	ro->ro_owned = owned;
	put_owner(tr, ro, "B", ev->ev_time);
}

static void
accessed(struct trace *tr, struct row *ro, const struct busdma_sim_event *ev)
{
	begin(tr, "i", ro->ro_tid, ev->ev_time);
	(void)fprintf(tr->tr_file,
	    ",\"s\":\"t\",\"name\":\"device %s\",\"args\":{\"offset\":%" PRIu64
	    ",\"bytes\":%" PRIu64 ",\"bus address\":\"0x%" PRIx64 "\"}}",
	    ev->ev_kind == BUSDMA_SIM_EV_READ ? "reads" : "writes",
	    ev->ev_offset, ev->ev_len, ev->ev_addr);
}

/* On the device's own row. */
static void
device_mark(struct trace *tr, const struct busdma_sim_event *ev)
{
	static const char nobody[] = "machine";
	const char *name = ev->ev_device != NULL ? ev->ev_device : nobody;
	struct row *ro = row_of(tr, name, name, "device:");

	if (ro == NULL)
		return;
	begin(tr, "i", ro->ro_tid, ev->ev_time);
	if (ev->ev_kind == BUSDMA_SIM_EV_REG) {
		(void)fprintf(tr->tr_file,
		    ",\"s\":\"t\",\"name\":\"register 0x%02" PRIx64
		    "\",\"args\":{\"value\":\"0x%" PRIx64 "\"}}",
		    ev->ev_addr, ev->ev_value);
	} else if (ev->ev_kind == BUSDMA_SIM_EV_INTR) {
		(void)fprintf(
		    tr->tr_file, ",\"s\":\"t\",\"name\":\"interrupt\"}");
	} else {
		(void)fprintf(tr->tr_file, ",\"s\":\"p\",\"name\":");
		put_string(tr,
		    ev->ev_report != NULL ? ev->ev_report->sr_text : "report");
		(void)fputc('}', tr->tr_file);
	}
}

static void
on_event(void *arg, const struct busdma_sim_event *ev)
{
	struct trace *tr = arg;
	struct row *ro;

	/* Whole spans only: what was begun is ended by trace_leave. */
	if (tr->tr_events >= MAXEVENTS)
		return;
	tr->tr_events++;
	tr->tr_time = ev->ev_time;
	if (ev->ev_map == NULL || ev->ev_kind == BUSDMA_SIM_EV_REPORT) {
		device_mark(tr, ev);
		return;
	}
	ro = row_of(tr, ev->ev_map, ev->ev_label, "map:");
	if (ro == NULL)
		return;
	switch (ev->ev_kind) {
	case BUSDMA_SIM_EV_LOAD:
		loaded(tr, ro, ev);
		break;
	case BUSDMA_SIM_EV_UNLOAD:
		if (ro->ro_loaded)
			unloaded(tr, ro, ev->ev_time);
		break;
	case BUSDMA_SIM_EV_SYNC:
		synced(tr, ro, ev);
		break;
	case BUSDMA_SIM_EV_READ:
	case BUSDMA_SIM_EV_WRITE:
		accessed(tr, ro, ev);
		break;
	case BUSDMA_SIM_EV_REG:
	case BUSDMA_SIM_EV_INTR:
	case BUSDMA_SIM_EV_REPORT:
		break;
	}
}

struct trace *
trace_open(const char *path)
{
	struct trace *tr = calloc(1, sizeof(*tr));

	if (tr == NULL)
		return NULL;
	tr->tr_file = fopen(path, "w");
	if (tr->tr_file == NULL) {
		free(tr);
		return NULL;
	}
	tr->tr_first = true;
	(void)fprintf(
	    tr->tr_file, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
	return tr;
}

void
trace_machine(struct trace *tr, struct busdma_sim *sim, const char *name)
{
	tr->tr_sim = sim;
	tr->tr_pid++;
	tr->tr_tids = 0;
	tr->tr_events = 0;
	tr->tr_mapped = 0;
	tr->tr_time = 0;
	put_name(tr, "process_name", 0, name);
	put_name(tr, "thread_name", 0, "machine");
	busdma_sim_trace(sim, on_event, tr);
}

void
trace_leave(struct trace *tr)
{
	struct row *ro;

	busdma_sim_trace(tr->tr_sim, NULL, NULL);
	while ((ro = tr->tr_rows) != NULL) {
		tr->tr_rows = ro->ro_next;
		if (ro->ro_loaded)
			unloaded(tr, ro, tr->tr_time);
		free(ro->ro_range);
		free(ro);
	}
	if (tr->tr_events >= MAXEVENTS) {
		begin(tr, "i", 0, tr->tr_time);
		(void)fprintf(tr->tr_file,
		    ",\"s\":\"p\",\"name\":\"the trace of this machine ends "
		    "here, after %u events\"}",
		    MAXEVENTS);
	}
}

bool
trace_close(struct trace *tr)
{
	bool ok;

	(void)fprintf(tr->tr_file, "\n]}\n");
	ok = !tr->tr_failed && ferror(tr->tr_file) == 0;
	if (!ok)
		errno = tr->tr_failed ? ENOMEM : EIO;
	if (fclose(tr->tr_file) != 0)
		ok = false;
	free(tr);
	return ok;
}
