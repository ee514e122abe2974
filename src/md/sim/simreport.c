/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: reports, and the line that each is printed as.
 */
#include <stdarg.h>
#include <stdio.h>

#include "simvar.h"

static const char *
reason_text(enum busdma_sim_reason reason)
{
	switch (reason) {
	case BUSDMA_SIM_CALLER:
		return "caller";
	case BUSDMA_SIM_UNMAPPED:
		return "unmapped";
	case BUSDMA_SIM_DIRECTION:
		return "direction";
	case BUSDMA_SIM_NOMEMORY:
		return "no memory";
	case BUSDMA_SIM_FREEMAPPED:
		return "free of mapped pages";
	case BUSDMA_SIM_CONTEXT:
		return "context";
	case BUSDMA_SIM_DEVICE:
		return "device";
	case BUSDMA_SIM_MISUSE:
		return "misuse";
	case BUSDMA_SIM_REACH:
		return "reach";
	case BUSDMA_SIM_UNSYNCED:
		return "unsynced";
	case BUSDMA_SIM_CPUWROTE:
		return "cpu wrote";
	case BUSDMA_SIM_LOST:
		return "lost";
	default:
		return "?";
	}
}

/* A line under construction; what doesn't fit is cut off. */
struct line {
	char *li_buf;
	size_t li_size;
	size_t li_len;
};

static void __attribute__((format(printf, 2, 3)))
add(struct line *li, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (li->li_len >= li->li_size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(
	    li->li_buf + li->li_len, li->li_size - li->li_len, fmt, ap);
	va_end(ap);
	if (n > 0)
		li->li_len += (size_t)n;
}

/* Who did what, and where. */
static void
add_access(struct line *li, const struct busdma_sim_report *sr)
{
	unsigned long long addr = sr->sr_addr, len = sr->sr_len;

	if (sr->sr_requester == 0) {
		add(li, "address 0x%llx length 0x%llx", addr, len);
		return;
	}
	add(li, "requester %u", sr->sr_requester);
	if (sr->sr_device != NULL)
		add(li, " (%s)", sr->sr_device);
	if (sr->sr_bus != NULL)
		add(li, " on %s", sr->sr_bus);
	if (sr->sr_register)
		add(li, ", register 0x%llx: 0x%llx", addr, len);
	else if (sr->sr_reason == BUSDMA_SIM_DEVICE ||
		 sr->sr_reason == BUSDMA_SIM_FREEMAPPED ||
		 sr->sr_reason == BUSDMA_SIM_CPUWROTE ||
		 sr->sr_reason == BUSDMA_SIM_LOST)
		add(li, ", address 0x%llx length 0x%llx", addr, len);
	else
		add(li, " %s 0x%llx bytes at 0x%llx",
		    sr->sr_write ? "writes" : "reads", len, addr);
}

/* The map that is nearest, and how near. */
static void
add_map(struct line *li, const struct busdma_sim_report *sr)
{
	unsigned long long off = sr->sr_offset, d = sr->sr_distance;

	if (sr->sr_distance == 0)
		add(li, ", at offset 0x%llx of map ", off);
	else if (sr->sr_before)
		add(li, ", %llu byte%s before offset 0x%llx of map ", d,
		    d == 1 ? "" : "s", off);
	else if (sr->sr_offset == sr->sr_map->dm_mapsize - 1)
		add(li, ", %llu byte%s past the end of map ", d,
		    d == 1 ? "" : "s");
	else
		add(li, ", %llu byte%s past offset 0x%llx of map ", d,
		    d == 1 ? "" : "s", off);
	if (sr->sr_label != NULL)
		add(li, "\"%s\"", sr->sr_label);
	else
		add(li, "%p", (void *)sr->sr_map);
}

static void
add_ops(struct line *li, const char *what, int ops)
{
	static const struct {
		int op;
		const char *name;
	} names[] = {
		{ BUS_DMASYNC_PREREAD, "PREREAD" },
		{ BUS_DMASYNC_POSTREAD, "POSTREAD" },
		{ BUS_DMASYNC_PREWRITE, "PREWRITE" },
		{ BUS_DMASYNC_POSTWRITE, "POSTWRITE" },
	};
	unsigned i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((ops & names[i].op) != 0) {
			add(li, "%s%s", what, names[i].name);
			what = "|";
		}
}

/* Where it is wrong, and what would make it right. */
static void
add_verdict(struct line *li, const struct busdma_sim_report *sr)
{
	add(li, "; wrong on %s",
	    sr->sr_some ? "some machines" : "every machine");
	if (sr->sr_missing != 0)
		add_ops(li, ", missing: ", sr->sr_missing);
	if (sr->sr_last != 0)
		add_ops(li, ", last sync: ", sr->sr_last);
	else if (sr->sr_missing != 0)
		add(li, ", last sync: none");
}

void
busdma_sim_report_line(
    const struct busdma_sim_report *sr, char *buf, size_t size)
{
	struct line li = { buf, size, 0 };

	if (size != 0)
		buf[0] = '\0';
	add(&li, "%s: %s: ", reason_text(sr->sr_reason), sr->sr_text);
	add_access(&li, sr);
	if (sr->sr_map != NULL)
		add_map(&li, sr);
	if (sr->sr_requester != 0)
		add_verdict(&li, sr);
	add(&li, "; seed 0x%llx", (unsigned long long)sr->sr_seed);
}

void
sim_report(struct busdma_sim *sim, struct busdma_sim_report *sr)
{
	char line[512];

	sr->sr_seed = sim->s_seed;
	sim->s_reports++;
	sim_trace_report(sim, sr);
	if (sim->s_report != NULL) {
		sim->s_report(sim->s_reportarg, sr);
		return;
	}
	busdma_sim_report_line(sr, line, sizeof(line));
	fprintf(stderr, "busdma-sim: %s\n", line);
}

void
sim_complain(struct busdma_sim *sim, enum busdma_sim_reason reason,
    const char *text, uint64_t addr, uint64_t len)
{
	struct busdma_sim_report sr = {
		.sr_reason = reason,
		.sr_text = text,
		.sr_addr = addr,
		.sr_len = len,
	};

	sim_report(sim, &sr);
}

void
sim_report_device(
    const struct busdma_sim_dev *dev, struct busdma_sim_report *sr)
{
	struct sim_near nr = { .nr_load = NULL };

	sr->sr_device = dev->dv_ops.do_name;
	if (!sr->sr_register)
		sim_load_near(dev->dv_req, sr->sr_addr, &nr);
	sim_report_near(dev->dv_req, &nr, sr);
}

void
sim_report_near(const struct sim_requester *rq, const struct sim_near *nr,
    struct busdma_sim_report *sr)
{
	sr->sr_requester = rq->rq_id;
	sr->sr_bus = rq->rq_bus->bu_name;
	if (nr->nr_load == NULL)
		return;
	sr->sr_map = nr->nr_load->ld_map;
	sr->sr_label = busdma_map_label(sr->sr_map);
	sr->sr_offset = nr->nr_offset;
	sr->sr_distance = nr->nr_distance;
	sr->sr_before = nr->nr_before;
	if (nr->nr_distance == 0)
		sr->sr_last = sim_own_last(nr->nr_load, nr->nr_offset);
}
