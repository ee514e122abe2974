/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/tag.c: stacks of layers, limits, the shortcut, references. */
#include "unit.h"

/* A config of a bottom tag that is legal. */
static struct busdma_tag_config
config(struct tp *tp, struct tl_layer *tl)
{
	return (struct busdma_tag_config){
		.tc_ops = &tl->tl_ops,
		.tc_pl = &tp->tp_pl,
		.tc_size = sizeof(struct bus_dma_tag) + 40,
	};
}

static void
a_new_tag_is_as_promised(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	struct busdma_tag_config tc;
	bus_dma_tag_t t;
	const char *extra;

	tl_init(&tl, 1, "", NULL);
	tl.tl_ops.bo_free = NULL; /* optional */
	tc = config(tp, &tl);
	assert_int_equal(busdma_tag_create(&tc, &t), 0);
	assert_ptr_equal(t->dt_ops, &tl.tl_ops);
	assert_null(t->dt_lower);
	assert_true(t->dt_winlow > t->dt_winhigh);
	assert_int_equal(t->dt_nlayers, 1);
	assert_ptr_equal(t->dt_layers[0], t);
	assert_int_equal(t->dt_limits.dl_low, 0);
	assert_true(t->dt_limits.dl_high == UINT64_MAX);
	assert_int_equal(t->dt_limits.dl_alignment, 1);
	assert_int_equal(t->dt_limits.dl_boundary, 0);
	assert_int_equal(t->dt_alignmask, 0);
	extra = (const char *)(t + 1);
	for (int i = 0; i < 40; i++)
		assert_int_equal(extra[i], 0);
	bus_dmatag_destroy(t);
	assert_true(tp_clean(tp));
}

static void
a_config_is_checked(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	struct busdma_tag_config tc;
	bus_dma_tag_t t = NULL;

	tl_init(&tl, 1, "mL", NULL);
	tc = config(tp, &tl);
	tc.tc_ops = NULL;
	assert_int_equal(busdma_tag_create(&tc, &t), EINVAL);
	tc = config(tp, &tl);
	tc.tc_size = sizeof(struct bus_dma_tag) - 1;
	assert_int_equal(busdma_tag_create(&tc, &t), EINVAL);
	tc = config(tp, &tl);
	tc.tc_pl = NULL;
	assert_int_equal(busdma_tag_create(&tc, &t), EINVAL);
	tc = config(tp, &tl);
	tl.tl_ops.bo_size--;
	assert_int_equal(busdma_tag_create(&tc, &t), EINVAL);
	tl.tl_ops.bo_size++;
	tl.tl_ops.bo_narrow = NULL;
	assert_int_equal(busdma_tag_create(&tc, &t), EINVAL);
	/* bo_load and bo_loaded exclude each other; so do the two ways. */
	tl_init(&tl, 1, "lL", NULL);
	assert_int_equal(busdma_tag_create(&tc, &t), EINVAL);
	tl_init(&tl, 1, "lm", NULL);
	assert_int_equal(busdma_tag_create(&tc, &t), EINVAL);
	/* An op that the stack drives, without what drives it. */
	for (size_t i = 0; i < 5; i++) {
		const char op[] = { "clLus"[i], 0 };

		tl_init(&tl, 1, op, NULL);
		tl.tl_ops.bo_stack = NULL;
		assert_int_equal(busdma_tag_create(&tc, &t), EINVAL);
	}
	assert_null(t);
	tp_fail_at(tp, 1);
	tl_init(&tl, 1, "", NULL);
	assert_int_equal(busdma_tag_create(&tc, &t), ENOMEM);
	assert_true(tp_clean(tp));
}

static void
the_platform_is_inherited(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t bottom, t, child;

	tl_init(&tl, 1, "", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &bottom), 0);
	assert_int_equal(tl_create(tp, &tl, bottom, &t), 0);
	assert_int_equal(bus_dmatag_subregion(t, 0, 99, &child, 0), 0);
	assert_ptr_equal(t->dt_pl, bottom->dt_pl);
	assert_ptr_equal(child->dt_pl, bottom->dt_pl);
	assert_ptr_equal(t->dt_pl, &tp->tp_pl);
	bus_dmatag_destroy(child);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(bottom);
	assert_silent(tp);
}

static void
a_stack_has_at_most_eight_layers(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t[BUSDMA_MAXLAYERS], one = NULL;

	tl_init(&tl, 1, "m", NULL);
	for (unsigned i = 0; i < BUSDMA_MAXLAYERS; i++) {
		assert_int_equal(
		    tl_create(tp, &tl, i == 0 ? NULL : t[i - 1], &t[i]), 0);
		assert_int_equal(t[i]->dt_nlayers, i + 1);
		for (unsigned j = 0; j <= i; j++)
			assert_ptr_equal(t[i]->dt_layers[j], t[i - j]);
	}
	assert_int_equal(
	    tl_create(tp, &tl, t[BUSDMA_MAXLAYERS - 1], &one), EINVAL);
	assert_null(one);
	for (unsigned i = BUSDMA_MAXLAYERS; i-- > 0;)
		bus_dmatag_destroy(t[i]);
	assert_silent(tp);
}

static void
flags_say_what_the_layers_have(void **state)
{
	static const struct {
		const char *ops;
		uint32_t flags;
	} kinds[] = { { "", 0 }, { "m", 0 }, { "l", BUSDMA_TF_WHOLE },
		{ "L", BUSDMA_TF_LOADED }, { "c", 0 }, { "s", BUSDMA_TF_SYNC },
		{ "u", BUSDMA_TF_UNLOAD },
		{ "lsu",
		    BUSDMA_TF_WHOLE | BUSDMA_TF_WSYNC | BUSDMA_TF_WUNLOAD },
		{ "Lsu",
		    BUSDMA_TF_LOADED | BUSDMA_TF_SYNC | BUSDMA_TF_UNLOAD } };
	struct tp *tp = *state;

	for (size_t i = 0; i < NELEM(kinds); i++) {
		struct tl_layer tl, top;
		bus_dma_tag_t t, stacked;

		tl_init(&tl, 1, kinds[i].ops, NULL);
		tl_init(&top, 2, "c", NULL);
		assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
		assert_int_equal(t->dt_flags, kinds[i].flags);
		assert_int_equal(tl_create(tp, &top, t, &stacked), 0);
		assert_int_equal(stacked->dt_flags, kinds[i].flags);
		bus_dmatag_destroy(stacked);
		bus_dmatag_destroy(t);
	}
}

/* The shortcut of a tag: `len' bytes at `low', and what it adds; 0: none. */
static void
assert_shortcut(bus_dma_tag_t t, paddr_t low, bus_size_t len, bus_addr_t off)
{
	if (len == 0) {
		assert_true(t->dt_winlow > t->dt_winhigh);
		return;
	}
	assert_true(t->dt_winlow == low);
	assert_true(t->dt_winhigh == low + (len - 1));
	assert_true(t->dt_winoff == off);
}

static void
shortcuts_are_composed(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl, pass, whole;
	bus_dma_tag_t bottom, t;

	tl_init(&tl, 1, "m", NULL);
	tl_init(&pass, 2, "c", NULL);
	tl_init(&whole, 3, "l", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &bottom), 0);
	assert_shortcut(bottom, 0, 0, 0);
	busdma_tag_shortcut(bottom, 0x1000, 0x1fff, 0x10000);
	assert_shortcut(bottom, 0x1000, 0x1000, 0x10000);

	/* Inherited as it is by a layer that passes fragments on. */
	assert_int_equal(tl_create(tp, &pass, bottom, &t), 0);
	assert_shortcut(t, 0x1000, 0x1000, 0x10000);
	bus_dmatag_destroy(t);
	/* Not by one that might move them. */
	assert_int_equal(tl_create(tp, &whole, bottom, &t), 0);
	assert_shortcut(t, 0, 0, 0);
	bus_dmatag_destroy(t);
	assert_int_equal(tl_create(tp, &tl, bottom, &t), 0);
	assert_shortcut(t, 0, 0, 0);
	/* Added up, and clipped at both ends. */
	busdma_tag_shortcut(t, 0x100, 0x2ff, 0xe00);
	assert_shortcut(t, 0x200, 0x100, 0x10e00);
	busdma_tag_shortcut(t, 0x1200, 0x10000, (bus_addr_t)0 - 0x100);
	assert_shortcut(t, 0x1200, 0xf00, 0xff00);
	/* Nothing in common. */
	busdma_tag_shortcut(t, 0, 0xff, 0);
	assert_shortcut(t, 0, 0, 0);
	/* Malformed, or wrapping on its way. */
	busdma_tag_shortcut(t, 0x1800, 0x17ff, 0);
	assert_shortcut(t, 0, 0, 0);
	busdma_tag_shortcut(t, 0, UINT64_MAX, 1);
	assert_shortcut(t, 0, 0, 0);
	busdma_tag_shortcut(t, 0x1000, 0x1fff, 0);
	busdma_tag_noshortcut(t);
	assert_shortcut(t, 0, 0, 0);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(bottom);
}

static void
a_shortcut_may_be_the_whole_space(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tl_init(&tl, 1, "m", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	busdma_tag_shortcut(t, 0, UINT64_MAX, 0);
	assert_int_equal(t->dt_winlow, 0);
	assert_true(t->dt_winhigh == UINT64_MAX);
	map = new_map(t, UINT64_MAX, 2, UINT64_MAX, 0);
	assert_int_equal(load_run1(t, map, 0, UINT64_MAX), 0);
	bus_dmamap_unload(t, map);
	assert_int_equal(load_run1(t, map, UINT64_MAX, 1), 0);
	assert_seg(map, 0, UINT64_MAX, 1);
	bus_dmamap_unload(t, map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
limits_clip_the_shortcut(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t, child;
	struct bus_dma_limits lim = { .dl_minalignmask = 0xffff };

	tl_init(&tl, 1, "m", NULL);
	tl.tl_shortcut = true;
	tl.tl_offset = 0x1000;
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	assert_int_equal(bus_dmatag_subregion(t, 0x3000, 0x4fff, &child, 0), 0);
	assert_shortcut(child, 0x2000, 0x2000, 0x1000);
	bus_dmatag_destroy(child);
	/* An offset that changes the low bits. */
	assert_int_equal(bus_dmatag_restrict(t, &lim, &child, 0), 0);
	assert_shortcut(child, 0, 0, 0);
	bus_dmatag_destroy(child);
	bus_dmatag_destroy(t);
}

static int
try_restrict(bus_dma_tag_t t, struct bus_dma_limits lim)
{
	bus_dma_tag_t child = NULL;
	int error = bus_dmatag_restrict(t, &lim, &child, 0);

	if (error == 0)
		bus_dmatag_destroy(child);
	else
		assert_null(child);
	return error;
}

#define LIMITS(...) ((struct bus_dma_limits){ __VA_ARGS__ })

static void
malformed_limits_are_refused(void **state)
{
	bus_dma_tag_t t = identity(*state), child = NULL;

	assert_int_equal(try_restrict(t, LIMITS(.dl_low = 0)), 0);
	assert_int_equal(try_restrict(t, LIMITS(.dl_low = 5, .dl_high = 5)), 0);
	assert_int_equal(
	    try_restrict(t, LIMITS(.dl_low = 6, .dl_high = 5)), EINVAL);
	assert_int_equal(try_restrict(t, LIMITS(.dl_alignment = 3)), EINVAL);
	assert_int_equal(try_restrict(t, LIMITS(.dl_boundary = 6)), EINVAL);
	assert_int_equal(try_restrict(t, LIMITS(.dl_minalignmask = 4)), EINVAL);
	assert_int_equal(try_restrict(t, LIMITS(.dl_minalignmask = 0xfff)), 0);
	assert_int_equal(try_restrict(t, LIMITS(.dl_nsegments = -1)), EINVAL);
	assert_int_equal(
	    try_restrict(t, LIMITS(.dl_alignment = 8, .dl_boundary = 4)),
	    EINVAL);
	assert_int_equal(
	    try_restrict(t, LIMITS(.dl_alignment = 8, .dl_boundary = 8)), 0);
	assert_int_equal(
	    try_restrict(t, LIMITS(.dl_alignment = 8, .dl_maxsegsz = 7)),
	    EINVAL);
	assert_int_equal(
	    try_restrict(t, LIMITS(.dl_alignment = 8, .dl_maxsegsz = 8)), 0);
	assert_int_equal(bus_dmatag_restrict(t, NULL, &child, 0), EINVAL);
	assert_int_equal(
	    bus_dmatag_restrict(t, &t->dt_limits, NULL, 0), EINVAL);
	assert_int_equal(
	    bus_dmatag_restrict(NULL, &t->dt_limits, &child, 0), EINVAL);
	assert_int_equal(bus_dmatag_subregion(NULL, 0, 1, &child, 0), EINVAL);
	assert_int_equal(bus_dmatag_subregion(t, 0, 1, NULL, 0), EINVAL);
	assert_null(child);
	bus_dmatag_destroy(t);
}

static void
limits_only_narrow(void **state)
{
	bus_dma_tag_t t = identity(*state), a, b;
	const struct bus_dma_limits *l;

	assert_int_equal(
	    bus_dmatag_restrict(t,
		&LIMITS(.dl_low = 0x1000, .dl_high = 0xffff, .dl_alignment = 16,
		    .dl_boundary = 0x1000, .dl_maxsegsz = 0x200,
		    .dl_minalignmask = 0xff, .dl_nsegments = 4),
		&a, 0),
	    0);
	/* Looser in everything: no effect. */
	assert_int_equal(
	    bus_dmatag_restrict(a,
		&LIMITS(.dl_low = 0xfff, .dl_high = 0x10000, .dl_alignment = 8,
		    .dl_boundary = 0x2000, .dl_maxsegsz = 0x201,
		    .dl_minalignmask = 0x7f, .dl_nsegments = 5),
		&b, 0),
	    0);
	assert_memory_equal(&a->dt_limits, &b->dt_limits, sizeof(a->dt_limits));
	bus_dmatag_destroy(b);
	/* Tighter in everything. */
	assert_int_equal(
	    bus_dmatag_restrict(a,
		&LIMITS(.dl_low = 0x2000, .dl_high = 0xefff, .dl_alignment = 32,
		    .dl_boundary = 0x800, .dl_maxsegsz = 0x100,
		    .dl_minalignmask = 0xfff, .dl_nsegments = 3),
		&b, 0),
	    0);
	l = &b->dt_limits;
	assert_int_equal(l->dl_low, 0x2000);
	assert_int_equal(l->dl_high, 0xefff);
	assert_int_equal(l->dl_alignment, 32);
	assert_int_equal(b->dt_alignmask, 31);
	assert_int_equal(l->dl_boundary, 0x800);
	assert_int_equal(l->dl_maxsegsz, 0x100);
	assert_int_equal(l->dl_minalignmask, 0xfff);
	assert_int_equal(l->dl_nsegments, 3);
	bus_dmatag_destroy(b);
	/* The contradiction may be with what the tag had already. */
	assert_int_equal(try_restrict(a, LIMITS(.dl_maxsegsz = 15)), EINVAL);
	assert_int_equal(try_restrict(a, LIMITS(.dl_boundary = 8)), EINVAL);
	assert_int_equal(try_restrict(a, LIMITS(.dl_low = 0x10000)), EINVAL);
	assert_int_equal(try_restrict(a, LIMITS(.dl_high = 0xfff)), EINVAL);
	bus_dmatag_destroy(a);
	bus_dmatag_destroy(t);
}

static void
subregions_are_inclusive_and_nest(void **state)
{
	bus_dma_tag_t t = identity(*state), a, b = NULL;
	bus_dmamap_t map;

	assert_int_equal(bus_dmatag_subregion(t, 0x1000, 0x1fff, &a, 0), 0);
	map = new_map(a, PAGE, 1, PAGE, 0);
	assert_int_equal(load_run1(a, map, 0x1000, 0x1000), 0);
	bus_dmamap_unload(a, map);
	assert_int_equal(load_run1(a, map, 0xfff, 2), EFAULT);
	assert_int_equal(load_run1(a, map, 0x1fff, 2), EFAULT);
	assert_int_equal(load_run1(a, map, 0x1fff, 1), 0);
	bus_dmamap_unload(a, map);
	bus_dmamap_destroy(a, map);
	assert_int_equal(bus_dmatag_subregion(a, 0, 0xfff, &b, 0), EINVAL);
	assert_int_equal(
	    bus_dmatag_subregion(a, 0x2000, UINT64_MAX, &b, 0), EINVAL);
	assert_int_equal(bus_dmatag_subregion(a, 2, 1, &b, 0), EINVAL);
	assert_null(b);
	assert_int_equal(bus_dmatag_subregion(a, 0, UINT64_MAX, &b, 0), 0);
	assert_int_equal(b->dt_limits.dl_low, 0x1000);
	assert_int_equal(b->dt_limits.dl_high, 0x1fff);
	bus_dmatag_destroy(b);
	assert_int_equal(bus_dmatag_subregion(a, 0x1fff, 0x1fff, &b, 0), 0);
	bus_dmatag_destroy(b);
	bus_dmatag_destroy(a);
	bus_dmatag_destroy(t);
}

static void
a_stack_is_narrowed_bottom_first(void **state)
{
	struct tp *tp = *state;
	struct tl_trace tt = { 0 };
	struct tl_layer tl[3];
	bus_dma_tag_t t[3], child = NULL;
	unsigned live;

	for (unsigned i = 0; i < 3; i++) {
		tl_init(&tl[i], i, "m", &tt);
		assert_int_equal(
		    tl_create(tp, &tl[i], i == 0 ? NULL : t[i - 1], &t[i]), 0);
	}
	assert_int_equal(bus_dmatag_subregion(t[2], 1, 2, &child, 0), 0);
	assert_int_equal(tt.tt_n, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(tt.tt_ev[i].te_id, i);
	assert_int_equal(child->dt_nlayers, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_ptr_equal(child->dt_layers[i]->dt_origin, t[2 - i]);
		assert_int_equal(child->dt_layers[i]->dt_limits.dl_high, 2);
	}
	bus_dmatag_destroy(child);
	/* A layer that can't be: those made before it are gone again. */
	for (unsigned i = 0; i < 3; i++) {
		tl[i].tl_fail = TL_NARROW;
		tl[i].tl_error = ENOMEM;
		live = tp->tp_allocs;
		child = NULL;
		assert_int_equal(
		    bus_dmatag_subregion(t[2], 1, 2, &child, 0), ENOMEM);
		assert_null(child);
		assert_int_equal(tp->tp_allocs, live);
		tl[i].tl_fail = TL_NONE;
	}
	for (unsigned i = 3; i-- > 0;)
		bus_dmatag_destroy(t[i]);
	assert_silent(tp);
}

static void
a_tag_lives_as_long_as_its_maps(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tl_init(&tl, 1, "m", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	map = new_map(t, 16, 1, 16, 0);
	bus_dmatag_destroy(t);
	assert_ptr_equal(tp->tp_last.rp_tag, t);
	assert_report(tp, BUSDMA_REPORT_TAGBUSY);
	assert_int_equal(tl.tl_calls[TL_FREE], 0);
	/* The map still works. */
	assert_int_equal(load_run1(t, map, 0x1000, 16), 0);
	bus_dmamap_unload(t, map);
	bus_dmamap_destroy(t, map);
	assert_int_equal(tl.tl_calls[TL_FREE], 1);
	assert_silent(tp);
}

static void
a_tag_that_was_given_up_makes_nothing(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t, child = NULL;
	bus_dmamap_t map, other = NULL;

	tl_init(&tl, 1, "mc", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	map = new_map(t, 16, 1, 16, 0);
	bus_dmatag_destroy(t);
	tp_forget(tp);
	assert_int_equal(bus_dmamap_create(t, 16, 1, 16, 0, 0, &other), EINVAL);
	assert_report(tp, BUSDMA_REPORT_TAGDEAD);
	assert_int_equal(bus_dmatag_subregion(t, 0, 1, &child, 0), EINVAL);
	assert_report(tp, BUSDMA_REPORT_TAGDEAD);
	assert_int_equal(
	    bus_dmatag_restrict(t, &LIMITS(.dl_high = 1), &child, 0), EINVAL);
	assert_report(tp, BUSDMA_REPORT_TAGDEAD);
	assert_int_equal(tl_create(tp, &tl, t, &child), EINVAL);
	assert_report(tp, BUSDMA_REPORT_TAGDEAD);
	bus_dmatag_destroy(t);
	assert_report(tp, BUSDMA_REPORT_TAGDEAD);
	assert_null(other);
	assert_null(child);
	assert_int_equal(tl.tl_calls[TL_CREATE], tl.tl_calls[TL_DESTROY] + 1);
	bus_dmamap_destroy(t, map);
	assert_int_equal(tl.tl_calls[TL_FREE], 1);
}

static void
a_tag_lives_as_long_as_what_was_made_from_it(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl[2];
	bus_dma_tag_t bottom, t, child, grandchild;

	tl_init(&tl[0], 0, "m", NULL);
	tl_init(&tl[1], 1, "m", NULL);
	assert_int_equal(tl_create(tp, &tl[0], NULL, &bottom), 0);
	assert_int_equal(tl_create(tp, &tl[1], bottom, &t), 0);
	assert_int_equal(bus_dmatag_subregion(t, 0, 99, &child, 0), 0);
	assert_int_equal(bus_dmatag_subregion(child, 0, 9, &grandchild, 0), 0);
	bus_dmatag_destroy(bottom);
	assert_report(tp, BUSDMA_REPORT_TAGBUSY);
	bus_dmatag_destroy(t);
	assert_report(tp, BUSDMA_REPORT_TAGBUSY);
	bus_dmatag_destroy(child);
	assert_report(tp, BUSDMA_REPORT_TAGBUSY);
	assert_int_equal(tl[0].tl_calls[TL_FREE], 0);
	assert_int_equal(tl[1].tl_calls[TL_FREE], 0);
	bus_dmatag_destroy(grandchild);
	assert_silent(tp);
	/* All of them at once. */
	assert_int_equal(tl[0].tl_calls[TL_FREE], 3);
	assert_int_equal(tl[1].tl_calls[TL_FREE], 3);
}

/* The maker of a layer below gave it up too early: told, and no more. */
static void
a_stack_outlives_its_layers_makers(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl[2];
	bus_dma_tag_t bottom, t, child;

	tl_init(&tl[0], 0, "m", NULL);
	tl_init(&tl[1], 1, "m", NULL);
	assert_int_equal(tl_create(tp, &tl[0], NULL, &bottom), 0);
	assert_int_equal(tl_create(tp, &tl[1], bottom, &t), 0);
	bus_dmatag_destroy(bottom);
	assert_report(tp, BUSDMA_REPORT_TAGBUSY);
	assert_int_equal(bus_dmatag_subregion(t, 0, 99, &child, 0), 0);
	assert_silent(tp);
	bus_dmatag_destroy(t);
	assert_report(tp, BUSDMA_REPORT_TAGBUSY);
	assert_int_equal(tl[0].tl_calls[TL_FREE], 0);
	bus_dmatag_destroy(child);
	assert_silent(tp);
	assert_int_equal(tl[0].tl_calls[TL_FREE], 2);
	assert_int_equal(tl[1].tl_calls[TL_FREE], 2);
}

static void
release_is_silent(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t bottom, t;

	tl_init(&tl, 1, "m", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &bottom), 0);
	assert_int_equal(tl_create(tp, &tl, bottom, &t), 0);
	busdma_tag_release(bottom);
	assert_silent(tp);
	assert_int_equal(tl.tl_calls[TL_FREE], 0);
	bus_dmatag_destroy(t);
	assert_silent(tp);
	assert_int_equal(tl.tl_calls[TL_FREE], 2);
}

static void
no_tag_is_valid_to_destroy(void **state)
{
	(void)state;
	bus_dmatag_destroy(NULL);
	assert_false(BUS_DMA_TAG_VALID((bus_dma_tag_t)NULL));
}

/* busdma_reach goes down to the first layer that answers. */
static void
reach_is_the_first_answer(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl[3];
	bus_dma_tag_t t[3];
	struct busdma_reach re;

	tl_init(&tl[0], 0, "", NULL);
	tl_init(&tl[1], 1, "r", NULL);
	tl_init(&tl[2], 2, "m", NULL);
	tl[1].tl_reach[0] = (struct busdma_reach){ 1, 2, 3, true };
	tl[1].tl_reach[1] = (struct busdma_reach){ 4, 5, 6, true };
	tl[1].tl_nreach = 2;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
		    tl_create(tp, &tl[i], i == 0 ? NULL : t[i - 1], &t[i]), 0);
	assert_true(busdma_reach(t[2], 0, &re));
	assert_int_equal(re.re_high, 2);
	assert_true(busdma_reach(t[2], 1, &re));
	assert_int_equal(re.re_offset, 6);
	assert_false(busdma_reach(t[2], 2, &re));
	/* At the bottom: the tag's limits. */
	assert_true(busdma_reach(t[0], 0, &re));
	assert_int_equal(re.re_low, 0);
	assert_true(re.re_high == UINT64_MAX);
	assert_int_equal(re.re_offset, 0);
	assert_false(busdma_reach(t[0], 1, &re));
	for (unsigned i = 3; i-- > 0;)
		bus_dmatag_destroy(t[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_new_tag_is_as_promised),
		UNIT(a_config_is_checked),
		UNIT(the_platform_is_inherited),
		UNIT(a_stack_has_at_most_eight_layers),
		UNIT(flags_say_what_the_layers_have),
		UNIT(shortcuts_are_composed),
		UNIT(a_shortcut_may_be_the_whole_space),
		UNIT(limits_clip_the_shortcut),
		UNIT(malformed_limits_are_refused),
		UNIT(limits_only_narrow),
		UNIT(subregions_are_inclusive_and_nest),
		UNIT(a_stack_is_narrowed_bottom_first),
		UNIT(a_tag_lives_as_long_as_its_maps),
		UNIT(a_tag_that_was_given_up_makes_nothing),
		UNIT(a_tag_lives_as_long_as_what_was_made_from_it),
		UNIT(a_stack_outlives_its_layers_makers),
		UNIT(release_is_silent),
		UNIT(no_tag_is_valid_to_destroy),
		UNIT(reach_is_the_first_answer),
	};

	return cmocka_run_group_tests_name("tag", tests, NULL, NULL);
}
