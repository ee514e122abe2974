/* SPDX-License-Identifier: BSD-2-Clause */
/* Tags made from tags. */
#include <string.h>

#include "program.h"

struct tag *
some_tag(struct program *pr)
{
	/* The roots more often: they reach more. */
	unsigned i = (unsigned)rnd_below(&pr->pr_rnd, 2 * NTAGS);

	return i < NTAGS && pr->pr_tag[i].ta_tag != NULL
		   ? &pr->pr_tag[i]
		   : &pr->pr_tag[i % NROOTS];
}

static bus_size_t
least(bus_size_t a, bus_size_t b)
{
	return b != 0 && (a == 0 || b < a) ? b : a;
}

static bus_size_t
most(bus_size_t a, bus_size_t b)
{
	return a > b ? a : b;
}

/* Both limits: what a tag that is made from another must keep. */
static void
join(struct bus_dma_limits *lim, const struct bus_dma_limits *more)
{
	lim->dl_low = most(lim->dl_low, more->dl_low);
	lim->dl_high = least(lim->dl_high, more->dl_high);
	lim->dl_alignment = most(lim->dl_alignment, more->dl_alignment);
	lim->dl_boundary = least(lim->dl_boundary, more->dl_boundary);
	lim->dl_maxsegsz = least(lim->dl_maxsegsz, more->dl_maxsegsz);
	lim->dl_nsegments = (int)least(
	    (bus_size_t)lim->dl_nsegments, (bus_size_t)more->dl_nsegments);
}

static void
draw_limits(struct program *pr, struct bus_dma_limits *lim)
{
	struct rnd *r = &pr->pr_rnd;

	if (rnd_one_in(r, 3))
		lim->dl_alignment = (bus_size_t)2 << rnd_below(r, 3);
	if (rnd_one_in(r, 2))
		lim->dl_boundary = TAGBOUNDARY << rnd_below(r, 4);
	if (rnd_one_in(r, 2))
		lim->dl_maxsegsz = rnd_in(r, TAGMAXSEG, 3 * TAGMAXSEG);
	if (rnd_one_in(r, 2))
		lim->dl_nsegments = (int)rnd_in(r, 4, MAXSEGS);
	/* Above all that there can be in use. */
	if (rnd_one_in(r, 4))
		lim->dl_memory = NBUFS * MAXDMA * 4 + NPOOLS * 16 * PAGEMAX;
}

void
step_tag(struct program *pr)
{
	struct rnd *r = &pr->pr_rnd;
	struct tag *from = some_tag(pr), *ta = NULL;
	struct bus_dma_limits lim = { .dl_low = 0 };
	bool sub = rnd_one_in(r, 3);
	const bus_addr_t *range = pr->pr_row->ro_sub[rnd_below(r, 2)];
	int error;

	draw_limits(pr, &lim);
	for (unsigned i = NROOTS; i < NTAGS && ta == NULL; i++)
		if (pr->pr_tag[i].ta_tag == NULL)
			ta = &pr->pr_tag[i];
	/* Two subregions could leave nothing. */
	for (struct tag *up = from; sub; up = &pr->pr_tag[up->ta_parent]) {
		if (up->ta_sub)
			sub = false;
		if (up->ta_parent < 0)
			break;
	}
	if (ta == NULL)
		return;
	say(pr, "tag %d from %d: %s", (int)(ta - pr->pr_tag),
	    (int)(from - pr->pr_tag), sub ? "subregion" : "restrict");
	memset(ta, 0, sizeof(*ta));
	ta->ta_lim = from->ta_lim;
	if (sub) {
		lim = (struct bus_dma_limits){ .dl_low = range[0],
			.dl_high = range[1] };
		error = bus_dmatag_subregion(
		    from->ta_tag, range[0], range[1], &ta->ta_tag, 0);
	} else {
		error = bus_dmatag_restrict(from->ta_tag, &lim, &ta->ta_tag, 0);
	}
	if (error != 0) {
		ta->ta_tag = NULL;
		fail(pr, "the tag: %d", error);
		return;
	}
	join(&ta->ta_lim, &lim);
	ta->ta_sub = sub;
	ta->ta_device = from->ta_device;
	ta->ta_parent = (int)(from - pr->pr_tag);
	from->ta_refs++;
}

void
tag_destroy(struct program *pr, struct tag *ta)
{
	bus_dmatag_destroy(ta->ta_tag);
	ta->ta_tag = NULL;
	if (ta->ta_parent >= 0)
		pr->pr_tag[ta->ta_parent].ta_refs--;
}

void
step_tag_destroy(struct program *pr)
{
	struct tag *ta = some_tag(pr);

	say(pr, "give up tag %d", (int)(ta - pr->pr_tag));
	if (ta->ta_parent >= 0 && ta->ta_refs == 0)
		tag_destroy(pr, ta);
}
