/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequences of calls: an input's first byte chooses the machine, the others
 * the calls and their arguments, legal or not, until they are used up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "fuzz.h"

#define MAXCALLS 400

void
wrong(const struct fuzz *fz, const char *what, int line)
{
	printf("# %s (line %d): not so: %s\n", fz->fz_call, line, what);
	(void)fflush(stdout);
	abort();
}

void
call_begin(struct fuzz *fz, const char *name)
{
	fz->fz_call = name;
	memset(fz->fz_want, 0, sizeof(fz->fz_want));
	memset(fz->fz_maybe, 0, sizeof(fz->fz_maybe));
	if (fz->fz_armed)
		machine_fail(
		    &fz->fz_machine, (unsigned)rnd_in(&fz->fz_rnd, 1, 8));
}

void
call_end(struct fuzz *fz)
{
	struct machine *ma = &fz->fz_machine;

	machine_fail(ma, 0);
	CHECK(fz, ma->ma_broken == 0);
	for (unsigned i = 0; i < MACHINE_NCODES; i++) {
		unsigned got = ma->ma_reports[i], want = fz->fz_want[i];

		if ((got < want && !fz->fz_armed) ||
		    got > want + fz->fz_maybe[i])
			printf("# %u reports, and not %u to %u: %s\n", got,
			    want, want + fz->fz_maybe[i],
			    busdma_report_text((enum busdma_report_code)i));
		CHECK(fz, got >= want || fz->fz_armed);
		CHECK(fz, got <= want + fz->fz_maybe[i]);
		ma->ma_reports[i] = 0;
	}
}

unsigned
some_slot(struct fuzz *fz, unsigned n,
    bool (*used)(const struct fuzz *fz, unsigned i), bool want)
{
	unsigned v = (unsigned)rnd_below(&fz->fz_rnd, 32 * n), i = v % n;

	if (v < n)
		return i;
	for (unsigned k = 0; k < n; k++, i = (i + 1) % n)
		if (used(fz, i) == want)
			break;
	return i;
}

static bool
tag_used(const struct fuzz *fz, unsigned i)
{
	return fz->fz_tag[i].ta_tag != NULL;
}

struct tag *
some_tag(struct fuzz *fz)
{
	return &fz->fz_tag[some_slot(fz, NTAGS, tag_used, true)];
}

static bool
map_used(const struct fuzz *fz, unsigned i)
{
	return fz->fz_map[i].mp_map != NULL;
}

struct map *
some_map(struct fuzz *fz)
{
	return &fz->fz_map[some_slot(fz, NMAPS, map_used, true)];
}

bus_dma_tag_t
mostly(struct fuzz *fz, const struct tag *tg)
{
	if (!rnd_one_in(&fz->fz_rnd, 12))
		return tg != NULL ? tg->ta_tag : fz->fz_tag[0].ta_tag;
	return rnd_one_in(&fz->fz_rnd, 3) ? NULL : some_tag(fz)->ta_tag;
}

static void (*const ops[])(struct fuzz *) = { op_create, op_load, op_load,
	op_load, op_sync, op_unload, op_destroy, op_label, op_subregion,
	op_restrict, op_tag_destroy, op_stats, op_mem_alloc, op_mem_free,
	op_mem_map, op_mem_unmap, op_mem_mmap, op_pool_create, op_pool_alloc,
	op_pool_free, op_pool_sync, op_pool_destroy };

/* Give up all that there is, in an order in which nothing is wrong. */
static void
clean_up(struct fuzz *fz)
{
	static const struct rnd none = { .rn_bytes = (const uint8_t *)"" };

	fz->fz_rnd = none;
	fz->fz_armed = false;
	call_begin(fz, "the end");
	for (unsigned i = 0; i < NMAPS; i++) {
		struct map *mp = &fz->fz_map[i];

		if (mp->mp_map != NULL) {
			tag_losing(fz, mp->mp_tag);
			bus_dmamap_destroy(mp->mp_tag->ta_tag, mp->mp_map);
			mp->mp_map = NULL;
			tag_lost(mp->mp_tag);
		}
	}
	for (unsigned i = 0; i < NPOOLS; i++) {
		struct pool *po = &fz->fz_pool[i];

		if (po->po_pool == NULL)
			continue;
		for (unsigned j = 0; j < NBLOCKS; j++)
			if (po->po_block[j].bl_used)
				bus_dmapool_free(
				    po->po_pool, po->po_block[j].bl_pb);
		tag_losing(fz, po->po_tag);
		bus_dmapool_destroy(po->po_pool);
		po->po_pool = NULL;
		tag_lost(po->po_tag);
	}
	for (unsigned i = 0; i < NMEMS; i++)
		mem_drop(fz, &fz->fz_mem[i]);
	/* Children have higher numbers, but where a slot was used again. */
	for (unsigned n = 0; n < NTAGS; n++)
		for (unsigned i = NTAGS; i-- != 0;) {
			struct tag *tg = &fz->fz_tag[i];

			/* A dying one goes with the last made from it. */
			if (tg->ta_tag == NULL || tg->ta_refs != 1 ||
			    tg->ta_dying)
				continue;
			bus_dmatag_destroy(tg->ta_tag);
			tag_lost(tg);
		}
	call_end(fz);
	for (unsigned i = 0; i < NTAGS; i++)
		CHECK(fz, fz->fz_tag[i].ta_tag == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bus_dma_limits none = { .dl_high = TOP,
		.dl_alignment = 1 };
	static struct fuzz fuzz;
	struct fuzz *fz = &fuzz;

	if (size == 0)
		return 0;
	memset(fz, 0, sizeof(*fz));
	fz->fz_rnd = (struct rnd){ .rn_bytes = data, .rn_left = size };
	machine_create(
	    &fz->fz_machine, (unsigned)rnd_below(&fz->fz_rnd, MACHINE_KINDS));
	fz->fz_tag[0].ta_tag = fz->fz_machine.ma_root;
	fz->fz_tag[0].ta_refs = 1;
	fz->fz_tag[0].ta_lim = none;
	for (unsigned n = 0; n < MAXCALLS && fz->fz_rnd.rn_left != 0; n++) {
		unsigned op = (unsigned)rnd_below(&fz->fz_rnd, 256);

		/* One in seven with a hook that fails. */
		fz->fz_armed = op % 7 == 6;
		ops[op / 7 % NITEMS(ops)](fz);
	}
	clean_up(fz);
	CHECK(fz, machine_destroy(&fz->fz_machine));
	return 0;
}
