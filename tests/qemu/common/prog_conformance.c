/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conformance: the suite over one tag of the machine.
 *
 *	tag=NAME	which one
 *	case=NAME	one case, and not all
 *	device=edu	bytes are read and written by QEMU's edu, and not by the
 *			CPU at their physical address
 *
 * The tag is made anew for each case, on a table with hooks around the port's.
 */
#include <busdma/conformance.h>

#include <busdma/bounce.h>
#include <busdma/errno.h>
#include <busdma/string.h>

#include "conf_cache.h"
#include "conf_port.h"

/* What stands between the library and the port; one case at a time. */
static struct runner {
	struct busdma_platform rn_pl; /* the port's, with hooks around it */
	const struct busdma_platform *rn_port;
	struct bus_dma_window rn_window;
	bus_dma_tag_t rn_tag;
	struct conf_edu *rn_edu; /* NULL: the CPU is the device */

	uint64_t rn_bytes, rn_pages; /* that the library holds */
	uint64_t rn_barriers;
	uint64_t rn_fail; /* calls until one fails; 0: none will */
	bool rn_failed;
	unsigned rn_reports;
	struct busdma_report rn_last;
	unsigned rn_shared;
} rn;

/* ---- hooks around those of the port ---- */

static bool
fails(void)
{
	if (rn.rn_fail == 0 || --rn.rn_fail != 0)
		return false;
	rn.rn_failed = true;
	return true;
}

/* "With any content." */
static void *
hook_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	void *p = fails() ? NULL : rn.rn_port->pl_alloc(pl, size, flags);

	if (p != NULL) {
		memset(p, 0xa5, size);
		rn.rn_bytes += size;
	}
	return p;
}

/* What is used after it was freed is not what it was. */
static void
hook_free(const struct busdma_platform *pl, void *p, size_t size)
{
	memset(p, 0x5a, size);
	rn.rn_bytes -= size;
	rn.rn_port->pl_free(pl, p, size);
}

static unsigned
hook_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	if (fails())
		return 0;
	return rn.rn_port->pl_extract(pl, as, va, len, frags, n);
}

static int
hook_pages_alloc(const struct busdma_platform *pl, struct busdma_pages *pg)
{
	int error = fails() ? ENOMEM : rn.rn_port->pl_pages_alloc(pl, pg);

	if (error == 0)
		rn.rn_pages += pg->pg_size;
	return error;
}

static int
hook_pages_free(const struct busdma_platform *pl, paddr_t addr, bus_size_t size)
{
	int error = rn.rn_port->pl_pages_free(pl, addr, size);

	if (error == 0)
		rn.rn_pages -= size;
	return error;
}

static void *
hook_window(
    const struct busdma_platform *pl, paddr_t pa, bus_size_t len, int flags)
{
	if ((flags & BUSDMA_WINDOW_SYNC) == 0 && fails())
		return NULL;
	return rn.rn_port->pl_window(pl, pa, len, flags);
}

static int
hook_kmap(const struct busdma_platform *pl, const bus_dma_segment_t *segs,
    int nsegs, size_t size, int flags, void **kvap)
{
	if (fails())
		return ENOMEM;
	return rn.rn_port->pl_kmap(pl, segs, nsegs, size, flags, kvap);
}

static void
hook_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	(void)pl;
	if (rp->rp_code == BUSDMA_REPORT_SHAREDLINE) {
		rn.rn_shared++;
		return;
	}
	rn.rn_reports++;
	rn.rn_last = *rp;
}

static void
hook_barrier(const struct busdma_platform *pl, int ops)
{
	rn.rn_barriers++;
	rn.rn_port->pl_cpu->cpu_barrier(pl, ops);
}

static void
hook_barrier_wc(const struct busdma_platform *pl, int ops)
{
	rn.rn_barriers++;
	rn.rn_port->pl_cpu->cpu_barrier_wc(pl, ops);
}

static struct busdma_cpu_ops counting_cpu = {
	.cpu_size = sizeof(counting_cpu),
	.cpu_barrier = hook_barrier,
	.cpu_barrier_wc = hook_barrier_wc,
};

/* The five that are required, and those without which nothing is seen. */
static void
required_only(struct busdma_platform *pl)
{
	const struct busdma_platform all = *pl;

	memset(pl, 0, sizeof(*pl));
	pl->pl_size = all.pl_size;
	pl->pl_pagesize = all.pl_pagesize;
	pl->pl_cookie = all.pl_cookie;
	pl->pl_alloc = all.pl_alloc;
	pl->pl_free = all.pl_free;
	pl->pl_extract = all.pl_extract;
	pl->pl_lock = all.pl_lock;
	pl->pl_unlock = all.pl_unlock;
	pl->pl_cpu = all.pl_cpu;
	pl->pl_report = all.pl_report;
}

static void
wrap(const struct conf_port_tag *ct)
{
	struct busdma_platform *pl = &rn.rn_pl;

	rn.rn_port = port_platform();
	*pl = *rn.rn_port;
	counting_cpu.cpu_cache = rn.rn_port->pl_cpu->cpu_cache;
	pl->pl_alloc = hook_alloc;
	pl->pl_free = hook_free;
	pl->pl_extract = hook_extract;
	pl->pl_cpu = conf_cache_record(&counting_cpu);
	pl->pl_report = hook_report;
	pl->pl_pages_alloc = hook_pages_alloc;
	pl->pl_pages_free = hook_pages_free;
	pl->pl_window = hook_window;
	pl->pl_kmap = hook_kmap;
	if (ct->ct_required)
		required_only(pl);
}

/* ---- the environment: what a case asks for ---- */

static void *
env_alloc(const struct conf_env *env, enum conf_mem kind, size_t size)
{
	const struct conf_port_tag *ct = env->ce_cookie;

	switch (kind) {
	case CONF_MEM_RUN:
	case CONF_MEM_PAGES:
		return port_mem_alloc(
		    size, ct->ct_low, ct->ct_high, kind == CONF_MEM_PAGES);
	case CONF_MEM_EDGE:
		return port_mem_edge(size, ct->ct_low, ct->ct_high);
	case CONF_MEM_FAR:
		if (ct->ct_high == ~(paddr_t)0)
			return NULL;
		return port_mem_alloc(
		    size, ct->ct_high + 1, ~(paddr_t)0, false);
	}
	return NULL;
}

static void
env_free(const struct conf_env *env, enum conf_mem kind, void *p, size_t size)
{
	(void)env;
	(void)kind;
	port_mem_free(p, size);
}

static void *
env_ualloc(const struct conf_env *env, size_t size)
{
	const struct conf_port_tag *ct = env->ce_cookie;

	return port_user_alloc(size, ct->ct_low, ct->ct_high);
}

static void
env_ufree(const struct conf_env *env, void *uva, size_t size)
{
	(void)env;
	port_user_free(uva, size);
}

static int
env_uunmap(const struct conf_env *env, void *uva)
{
	(void)env;
	port_user_unmap(uva);
	return 0;
}

static int
env_copyin(const struct conf_env *env, const void *uva, void *buf, size_t len)
{
	(void)env;
	return port_user_copy(uva, buf, len, false);
}

static int
env_copyout(const struct conf_env *env, const void *buf, void *uva, size_t len)
{
	char part[64];
	size_t n;
	int error = 0;

	(void)env;
	for (; len != 0 && error == 0; len -= n) {
		n = len < sizeof(part) ? len : sizeof(part);
		memcpy(part, buf, n);
		error = port_user_copy(uva, part, n, true);
		buf = (const char *)buf + n;
		uva = (char *)uva + n;
	}
	return error;
}

static unsigned
env_reports(const struct conf_env *env, struct busdma_report *last)
{
	const unsigned n = rn.rn_reports;

	(void)env;
	*last = rn.rn_last;
	rn.rn_reports = 0;
	return n;
}

static unsigned
env_shared(const struct conf_env *env)
{
	(void)env;
	return rn.rn_shared;
}

static void
env_usage(const struct conf_env *env, uint64_t usage[2])
{
	(void)env;
	usage[0] = rn.rn_bytes;
	usage[1] = rn.rn_pages;
}

static uint64_t
env_barriers(const struct conf_env *env)
{
	(void)env;
	return rn.rn_barriers;
}

static bool
env_fail_at(const struct conf_env *env, uint64_t n)
{
	const bool failed = rn.rn_failed;

	(void)env;
	rn.rn_fail = n;
	rn.rn_failed = false;
	return failed;
}

/* Where the device's access at a bus address lands. */
static char *
bus_pointer(const struct conf_env *env, bus_addr_t addr, size_t len)
{
	const struct conf_port_tag *ct = env->ce_cookie;
	const paddr_t pa = addr - ct->ct_shift;

	if (pa < ct->ct_low || pa > ct->ct_high || len - 1 > ct->ct_high - pa)
		return NULL;
	return port_pointer(pa, len);
}

static int
env_dev_read(const struct conf_env *env, bus_addr_t addr, void *buf, size_t len)
{
	char *p = bus_pointer(env, addr, len);

	if (p == NULL)
		return EFAULT;
	if (rn.rn_edu != NULL)
		conf_edu_read(rn.rn_edu, addr, buf, len);
	else
		memcpy(buf, p, len);
	return 0;
}

static int
env_dev_write(
    const struct conf_env *env, bus_addr_t addr, const void *buf, size_t len)
{
	char *p = bus_pointer(env, addr, len);

	if (p == NULL)
		return EFAULT;
	if (rn.rn_edu != NULL)
		conf_edu_write(rn.rn_edu, addr, buf, len);
	else
		memcpy(p, buf, len);
	return 0;
}

static void
fill_env(struct conf_env *env, const struct conf_port_tag *ct)
{
	memset(env, 0, sizeof(*env));
	env->ce_size = sizeof(*env);
	memcpy(&env->ce_cookie, &ct, sizeof(ct));
	env->ce_tag = rn.rn_tag;
	env->ce_pl = &rn.rn_pl;
	env->ce_bounces = ct->ct_bounces;
	rn.rn_window.dw_cpu = ct->ct_low;
	rn.rn_window.dw_bus = ct->ct_low + ct->ct_shift;
	rn.rn_window.dw_len = ct->ct_high - ct->ct_low + 1;
	rn.rn_window.dw_flags =
	    ct->ct_noncoherent ? 0 : BUS_DMA_WINDOW_COHERENT;
	env->ce_windows = &rn.rn_window;
	/* Where any memory may be copied, no constant says where it is. */
	env->ce_nwindows =
	    ct->ct_forced || (ct->ct_noncoherent && ct->ct_bounces) ? 0 : 1;
	env->ce_alloc = env_alloc;
	env->ce_free = env_free;
	env->ce_reports = env_reports;
	env->ce_shared = env_shared;
	env->ce_told = conf_cache_told;
	/* What slots were made for stays with the tag. */
	env->ce_usage = ct->ct_bounces ? NULL : env_usage;
	env->ce_barriers = env_barriers;
	env->ce_fail_at = env_fail_at;
	env->ce_dev_read = env_dev_read;
	env->ce_dev_write = env_dev_write;
	if (rn.rn_pl.pl_space == NULL)
		return;
	env->ce_proc = port_proc();
	env->ce_ualloc = env_ualloc;
	env->ce_ufree = env_ufree;
	env->ce_uunmap = env_uunmap;
	env->ce_copyin = env_copyin;
	env->ce_copyout = env_copyout;
}

/* ---- the run ---- */

static void
tell(const char *name, const struct conf_outcome *co)
{
	switch (co->co_verdict) {
	case CONF_PASS:
		tap_ok(true, "%s", name);
		break;
	case CONF_SKIP:
		tap_ok(true, "%s # SKIP %s", name, co->co_text);
		break;
	case CONF_FAIL:
		tap_ok(false, "%s", name);
		tap_say("%s:%u: %s", co->co_file != NULL ? co->co_file : "?",
		    co->co_line, co->co_text);
		break;
	}
}

/* A case on a tag of its own, which is the last to hold anything. */
static void
run_case(const struct conf_port_tag *ct, unsigned i)
{
	struct conf_edu *edu = rn.rn_edu;
	struct conf_outcome co = { 0 };
	struct conf_env env;

	memset(&rn, 0, sizeof(rn));
	rn.rn_edu = edu;
	wrap(ct);
	if (ct->ct_make(&rn.rn_pl, ct, &rn.rn_tag) != 0) {
		tap_ok(false, "%s: no tag", conf_name(i));
		return;
	}
	fill_env(&env, ct);
	(void)conf_run(i, &env, &co);
	bus_dmatag_destroy(rn.rn_tag);
	tell(conf_name(i), &co);
	if (rn.rn_bytes != 0 || rn.rn_pages != 0 || rn.rn_reports != 0)
		tap_ok(false, "%s: %llu bytes, %llu of pages left, %u reports",
		    conf_name(i), (unsigned long long)rn.rn_bytes,
		    (unsigned long long)rn.rn_pages, rn.rn_reports);
}

static const struct conf_port_tag *
find_tag(const struct conf_port_tag *ct, const char *name)
{
	for (; ct->ct_name != NULL; ct++)
		if (port_same(ct->ct_name, name))
			return ct;
	return NULL;
}

static void
conformance_main(void)
{
	const char *name = port_arg("tag"), *only = port_arg("case");
	const char *device = port_arg("device");
	const struct conf_port_tag *ct;
	unsigned i;

	ct = name != NULL ? find_tag(conf_port_tags, name) : NULL;
	if (ct == NULL)
		tap_bail("tag=%s is none of the machine's",
		    name != NULL ? name : "");
	if (device != NULL && port_same(device, "edu"))
		rn.rn_edu = conf_edu_open(ct->ct_high);
	else if (device != NULL)
		tap_bail("no device %s", device);
	for (i = 0; i < conf_count(); i++)
		if (only == NULL || port_same(only, conf_name(i)))
			run_case(ct, i);
	tap_say("cases: %u", conf_count());
	if (rn.rn_edu != NULL)
		tap_say("moves: %u", conf_edu_moves(rn.rn_edu));
}

PORT_PROGRAM(conformance, conformance_main);
