/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conformance suite's environment on the flat platform.  It needs nothing
 * of the simulated machine.
 */
#include "conf_flat.h"
#include "conf_cache.h"

#include <busdma/backend.h>

/* The one environment there is at a time. */
static struct flat_env {
	struct busdma_platform fe_pl;          /* what the tag is made with */
	const struct busdma_platform *fe_flat; /* what it stands on */
	void *fe_raw;
	char *fe_mem;
	paddr_t fe_base;
	bus_size_t fe_size;
	struct bus_dma_window fe_windows[CONF_FLAT_MAXWINDOWS];
	unsigned fe_nwindows;
	bus_size_t fe_heap, fe_pages; /* free at the start */
	bus_dma_tag_t fe_tag;

	bus_size_t fe_kernel, fe_top; /* kernel buffers, by offset */
	bus_size_t fe_edge;
	unsigned fe_out;

	uint64_t fe_barriers;
	uint64_t fe_fail;
	bool fe_came;
	unsigned fe_reports, fe_shared;
	struct busdma_report fe_last;

	bool fe_cached;                     /* the CPU has caches */
	size_t fe_uncached, fe_uncachedend; /* but not here, by offset */
} fe;

void (*conf_flat_on_barrier)(int ops, bool wc);

/* ---- hooks around those of flat ---- */

static bool
fails(void)
{
	if (fe.fe_fail == 0 || --fe.fe_fail != 0)
		return false;
	fe.fe_came = true;
	return true;
}

static void *
hook_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	void *p = fails() ? NULL : fe.fe_flat->pl_alloc(pl, size, flags);

	/* "With any content." */
	if (p != NULL)
		memset(p, 0x5a, size);
	return p;
}

/* What is used after it was freed is not what it was. */
static void
hook_free(const struct busdma_platform *pl, void *p, size_t size)
{
	memset(p, 0xdd, size);
	fe.fe_flat->pl_free(pl, p, size);
}

static unsigned
hook_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	/* A platform need not cope with a range that wraps, or is empty. */
	if (len - 1 > UINTPTR_MAX - va || n == 0) {
		fe.fe_reports++;
		fe.fe_last.rp_code = BUSDMA_REPORT_PLATFORM;
		fe.fe_last.rp_func = "pl_extract";
	}
	if (fails())
		return 0;
	return fe.fe_flat->pl_extract(pl, as, va, len, frags, n);
}

static int
hook_pages_alloc(const struct busdma_platform *pl, struct busdma_pages *pg)
{
	return fails() ? ENOMEM : fe.fe_flat->pl_pages_alloc(pl, pg);
}

static void
hook_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	if (rp->rp_code == BUSDMA_REPORT_SHAREDLINE) {
		fe.fe_shared++;
		return;
	}
	fe.fe_reports++;
	fe.fe_last = *rp;
}

static void
count_barrier(const struct busdma_platform *pl, int ops)
{
	fe.fe_barriers++;
	if (conf_flat_on_barrier != NULL)
		conf_flat_on_barrier(ops, false);
	busdma_cpu_native.cpu_barrier(pl, ops);
}

static void
count_barrier_wc(const struct busdma_platform *pl, int ops)
{
	fe.fe_barriers++;
	if (conf_flat_on_barrier != NULL)
		conf_flat_on_barrier(ops, true);
	busdma_cpu_native.cpu_barrier_wc(pl, ops);
}

static const struct busdma_cpu_ops counting_cpu = {
	.cpu_size = sizeof(counting_cpu),
	.cpu_barrier = count_barrier,
	.cpu_barrier_wc = count_barrier_wc,
};

/* ---- the environment ---- */

static bool
in_reach(paddr_t pa)
{
	const struct bus_dma_window *w = fe.fe_windows;
	unsigned i;

	for (i = 0; i < fe.fe_nwindows; i++, w++) {
		if (w->dw_cpu <= pa && pa <= conf_window_last(w))
			return true;
	}
	return false;
}

static void *
env_alloc(const struct conf_env *env, enum conf_mem kind, size_t size)
{
	bus_size_t at, page = env->ce_pl->pl_pagesize;

	switch (kind) {
	case CONF_MEM_RUN:
		if (fe.fe_edge - fe.fe_top < size)
			return NULL;
		at = fe.fe_top;
		fe.fe_top += size;
		break;
	case CONF_MEM_EDGE:
		if (fe.fe_edge != fe.fe_size || fe.fe_edge - fe.fe_top < size)
			return NULL;
		at = fe.fe_edge -= size;
		break;
	case CONF_MEM_FAR:
		if (size > page * CONF_FLAT_FAR || in_reach(fe.fe_base) ||
		    in_reach(fe.fe_base + (size - 1)))
			return NULL;
		at = 0;
		break;
	case CONF_MEM_PAGES:
	default:
		return NULL;
	}
	fe.fe_out++;
	return fe.fe_mem + at;
}

static void
env_free(const struct conf_env *env, enum conf_mem kind, void *p, size_t size)
{
	if (--fe.fe_out == 0) {
		fe.fe_top = fe.fe_kernel;
		fe.fe_edge = fe.fe_size;
	}
}

static unsigned
env_reports(const struct conf_env *env, struct busdma_report *last)
{
	unsigned n = fe.fe_reports;

	*last = fe.fe_last;
	fe.fe_reports = 0;
	return n;
}

static unsigned
env_shared(const struct conf_env *env)
{
	return fe.fe_shared;
}

static void
env_usage(const struct conf_env *env, uint64_t usage[2])
{
	usage[0] = fe.fe_heap - busdma_flat_heap_avail(fe.fe_flat);
	usage[1] = fe.fe_pages - busdma_flat_pages_avail(fe.fe_flat);
}

static uint64_t
env_barriers(const struct conf_env *env)
{
	return fe.fe_barriers;
}

static bool
env_fail_at(const struct conf_env *env, uint64_t n)
{
	bool came = fe.fe_came;

	fe.fe_fail = n;
	fe.fe_came = false;
	return came;
}

/* The window through which a device reaches a range of memory; NULL: none. */
static const struct bus_dma_window *
bus_window(bus_addr_t addr, size_t len, size_t *offp)
{
	const struct bus_dma_window *w = fe.fe_windows;
	bus_size_t room;
	paddr_t pa;
	unsigned i;

	for (i = 0; i < fe.fe_nwindows; i++, w++) {
		room = conf_window_last(w) - w->dw_cpu;
		if (addr - w->dw_bus > room ||
		    len - 1 > room - (addr - w->dw_bus))
			continue;
		pa = addr - w->dw_bus + w->dw_cpu;
		*offp = (size_t)(pa - fe.fe_base);
		if (pa - fe.fe_base < fe.fe_size &&
		    len <= fe.fe_size - (pa - fe.fe_base))
			return w;
	}
	return NULL;
}

/* Memory that is in no cache is the same for all. */
static bool
is_cached(size_t off)
{
	return fe.fe_cached &&
	       (off < fe.fe_uncached || off >= fe.fe_uncachedend);
}

static int
env_dev_read(const struct conf_env *env, bus_addr_t addr, void *buf, size_t len)
{
	const struct bus_dma_window *w;
	size_t off;

	w = bus_window(addr, len, &off);
	if (w == NULL)
		return EFAULT;
	if (is_cached(off))
		conf_cache_read(off, buf, len, w->dw_flags != 0);
	else
		memcpy(buf, fe.fe_mem + off, len);
	return 0;
}

static int
env_dev_write(
    const struct conf_env *env, bus_addr_t addr, const void *buf, size_t len)
{
	const struct bus_dma_window *w;
	size_t off;

	w = bus_window(addr, len, &off);
	if (w == NULL)
		return EFAULT;
	if (is_cached(off))
		conf_cache_write(off, buf, len, w->dw_flags != 0);
	else
		memcpy(fe.fe_mem + off, buf, len);
	return 0;
}

/* What the CPU has between it and memory. */
static bool
make_cpu(const struct conf_flat_config *ff)
{
	const struct busdma_cpu_ops *cpu = &counting_cpu;

	fe.fe_cached = ff->ff_line != 0;
	if (fe.fe_cached) {
		if (!conf_cache_create(fe.fe_mem, fe.fe_base,
			(size_t)fe.fe_size, ff->ff_line, ff->ff_cacheflags))
			return false;
		cpu = conf_cache_cpu(cpu);
	}
	fe.fe_pl.pl_cpu = conf_cache_record(cpu);
	return true;
}

/* With room to align it. */
static size_t
raw_size(void)
{
	return (size_t)(fe.fe_size + 0x200000);
}

static bool
make_platform(const struct conf_flat_config *ff)
{
	const bus_size_t page = ff->ff_pagesize;
	const unsigned pages =
	    ff->ff_pages != 0 ? ff->ff_pages : CONF_FLAT_PAGES;
	const struct busdma_cpu_ops *cpu;
	struct busdma_flat_config fc;

	memset(&fc, 0, sizeof(fc));
	fe.fe_kernel = page * (CONF_FLAT_FAR + CONF_FLAT_HEAP(page) + pages);
	fe.fe_size = fe.fe_kernel + CONF_FLAT_KERNEL * page;
	fe.fe_top = fe.fe_kernel;
	fe.fe_edge = fe.fe_size;
	/* Aligned to more than any page, so that the arena is the same. */
	fe.fe_raw = conf_zeroes(raw_size());
	if (fe.fe_raw == NULL)
		return false;
	fe.fe_mem =
	    (char *)fe.fe_raw + (0x100000 - ((uintptr_t)fe.fe_raw & 0xfffff));
	fe.fe_base = ff->ff_base != 0 ? ff->ff_base : (uintptr_t)fe.fe_mem;
	fc.fc_base = fe.fe_base;
	fc.fc_size = fe.fe_size;
	fc.fc_va = (uintptr_t)fe.fe_mem;
	fc.fc_pool = CONF_FLAT_FAR * page;
	fc.fc_heapsize = CONF_FLAT_HEAP(page) * page;
	fc.fc_poolsize = fc.fc_heapsize + pages * page;
	fc.fc_pagesize = ff->ff_pagesize;
	fc.fc_report = hook_report;
	fc.fc_account = &busdma_account;
	fc.fc_uncached = ff->ff_uncached;
	if (ff->ff_uncached) {
		fe.fe_uncached = (size_t)(fc.fc_pool + fc.fc_heapsize);
		fe.fe_uncachedend = (size_t)(fc.fc_pool + fc.fc_poolsize);
	}
	/* Before flat puts anything there. */
	if (!make_cpu(ff))
		return false;
	if (busdma_flat_create(&fc, &fe.fe_flat) != 0)
		return false;
	cpu = fe.fe_pl.pl_cpu;
	fe.fe_pl = *fe.fe_flat;
	fe.fe_pl.pl_alloc = hook_alloc;
	fe.fe_pl.pl_free = hook_free;
	fe.fe_pl.pl_extract = hook_extract;
	fe.fe_pl.pl_pages_alloc = hook_pages_alloc;
	fe.fe_pl.pl_cpu = cpu;
	fe.fe_heap = busdma_flat_heap_avail(fe.fe_flat);
	fe.fe_pages = busdma_flat_pages_avail(fe.fe_flat);
	return true;
}

/* A second direct tag, on the one that there is. */
static bool
stack_direct(bus_addr_t shift, bus_dma_tag_t *tp)
{
	struct bus_dma_window w;
	bus_dma_tag_t top;

	memset(&w, 0, sizeof(w));
	w.dw_cpu = fe.fe_base;
	w.dw_bus = fe.fe_base + shift;
	w.dw_len = fe.fe_size;
	w.dw_flags = BUS_DMA_WINDOW_COHERENT;
	if (bus_dmatag_direct(NULL, *tp, &w, 1, &top, 0) != 0)
		return false;
	busdma_tag_release(*tp);
	*tp = top;
	return true;
}

/* And one that bounces; where any memory may be, no constant says where. */
static bool
stack_bounce(const struct bus_dma_bounce *db, struct conf_env *env)
{
	bus_dma_tag_t top;

	if (bus_dmatag_bounce(fe.fe_tag, db, &top, 0) != 0)
		return false;
	busdma_tag_release(fe.fe_tag);
	fe.fe_tag = top;
	env->ce_bounces = true;
	if (fe.fe_cached || (db->db_flags & BUS_DMA_BOUNCE_FORCED) != 0)
		env->ce_nwindows = 0;
	return true;
}

static bool
make_tags(const struct conf_flat_config *ff, struct conf_env *env)
{
	struct bus_dma_window below[CONF_FLAT_MAXWINDOWS];
	struct bus_dma_window *w = fe.fe_windows;
	unsigned i;

	for (i = 0; i < ff->ff_nwindows; i++, w++) {
		*w = ff->ff_windows[i];
		if (w->dw_len != 0) {
			if (w->dw_len == 1)
				w->dw_len = fe.fe_size - w->dw_cpu;
			w->dw_cpu += fe.fe_base;
		}
		below[i] = *w;
		below[i].dw_cpu += ff->ff_shift;
	}
	fe.fe_nwindows = ff->ff_nwindows;
	env->ce_windows = fe.fe_windows;
	env->ce_nwindows = ff->ff_nwindows;
	if (bus_dmatag_direct(
		&fe.fe_pl, NULL, below, ff->ff_nwindows, &fe.fe_tag, 0) != 0)
		return false;
	if (ff->ff_stack != NULL && !ff->ff_stack(&fe.fe_tag))
		return false;
	if (ff->ff_shift != 0 && !stack_direct(ff->ff_shift, &fe.fe_tag))
		return false;
	if (ff->ff_bounce != NULL && !stack_bounce(ff->ff_bounce, env))
		return false;
	env->ce_tag = fe.fe_tag;
	return true;
}

bool
conf_flat_make(const struct conf_config *cg, struct conf_env *env)
{
	const struct conf_flat_config *ff = cg->cg_arg;

	memset(&fe, 0, sizeof(fe));
	conf_flat_on_barrier = NULL;
	if (!make_platform(ff) || !make_tags(ff, env)) {
		conf_cache_destroy();
		conf_zeroes_free(fe.fe_raw, raw_size());
		return false;
	}
	env->ce_pl = &fe.fe_pl;
	env->ce_alloc = env_alloc;
	env->ce_free = env_free;
	env->ce_reports = env_reports;
	env->ce_shared = env_shared;
	env->ce_told = conf_cache_told;
	env->ce_usage = env_usage;
	env->ce_barriers = env_barriers;
	env->ce_fail_at = env_fail_at;
	env->ce_dev_read = env_dev_read;
	env->ce_dev_write = env_dev_write;
	return true;
}

unsigned
conf_flat_drop(struct conf_env *env)
{
	unsigned held;

	bus_dmatag_destroy(fe.fe_tag);
	held = (busdma_flat_heap_avail(fe.fe_flat) != fe.fe_heap) +
	       (busdma_flat_pages_avail(fe.fe_flat) != fe.fe_pages) +
	       (fe.fe_reports != 0);
	conf_cache_destroy();
	conf_zeroes_free(fe.fe_raw, raw_size());
	return held;
}
