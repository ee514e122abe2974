/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conformance suite over a port: a runner to copy with the template of
 * src/md/template.  It needs the port, <busdma/conformance.h>, the two archives
 * and, but for main, no more of a C library than they do.  What a porter fills
 * in is marked HOST.
 *
 * By hand, beside a library that was built in `build', from the top folder:
 *
 *	cc -std=c11 -Iinclude -Itests/conformance -Isrc/md/template \
 *	    -o run tests/conformance/run_template.c src/md/template/template.c \
 *	    build/tests/conformance/libbusdma-conformance.a \
 *	    build/src/libbusdma.a
 *
 * `run' runs every case on every bus; `run CASE [BUS]' one of them, where BUS
 * is a part of a bus's name.
 */
#include <busdma/conformance.h>

#include <busdma/errno.h>
#include <busdma/string.h>

#include "template.h"

#define COHERENT BUS_DMA_WINDOW_COHERENT

/*
 * A bus: its windows, with addresses that count from the start of memory
 * (dw_cpu) and as they are (dw_bus).
 */
struct bus {
	const char *b_name;
	unsigned b_nwindows;
	struct bus_dma_window b_windows[2];
	bool b_required; /* the port without its optional hooks */
	bool b_identity; /* one window over all, as it stands */
};

/* HOST: the buses of the machine.  The first is the one to begin with. */
static const struct bus buses[] = {
	{ .b_name = "required",
	    .b_nwindows = 1,
	    .b_windows = { { 0, 0, 0, COHERENT } },
	    .b_required = true,
	    .b_identity = true },
	{ .b_name = "identity",
	    .b_nwindows = 1,
	    .b_windows = { { 0, 0, 0, COHERENT } },
	    .b_identity = true },
	{ .b_name = "offset",
	    .b_nwindows = 1,
	    .b_windows = { { 0, 0x40000000, 0, COHERENT } } },
	/* The first part of memory is out of reach; two windows. */
	{ .b_name = "limited",
	    .b_nwindows = 2,
	    .b_windows = { { 100 * PORT_PAGESIZE, 0x300000000, 0, COHERENT },
		{ 16 * PORT_PAGESIZE, 0x10000000, 84 * PORT_PAGESIZE,
		    COHERENT } } },
};

#define NBUSES (sizeof(buses) / sizeof(buses[0]))

/* What stands between the library and the port; one bus at a time. */
static struct runner {
	struct busdma_platform rn_pl; /* the port's, with hooks around it */
	const struct busdma_platform *rn_port;
	struct bus_dma_window rn_windows[2];
	unsigned rn_nwindows;
	bus_dma_tag_t rn_tag;

	uint64_t rn_bytes, rn_pages; /* that the library holds */
	uint64_t rn_barriers;
	uint64_t rn_fail; /* calls until one fails; 0: none will */
	bool rn_failed;
	unsigned rn_reports;
	struct busdma_report rn_last;
	unsigned rn_count, rn_red; /* cases */
} rn;

/* HOST: a line of text, without its end, to wherever somebody reads it. */
static void put_line(const char *line);

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
	return fails() ? NULL : rn.rn_port->pl_window(pl, pa, len, flags);
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
	rn.rn_reports++;
	rn.rn_last = *rp;
	if (rn.rn_port->pl_report != NULL)
		rn.rn_port->pl_report(pl, rp);
}

static const struct busdma_cpu_ops *
port_cpu(void)
{
	return rn.rn_port->pl_cpu != NULL ? rn.rn_port->pl_cpu
					  : &busdma_cpu_native;
}

static void
hook_barrier(const struct busdma_platform *pl, int ops)
{
	rn.rn_barriers++;
	port_cpu()->cpu_barrier(pl, ops);
}

static void
hook_barrier_wc(const struct busdma_platform *pl, int ops)
{
	rn.rn_barriers++;
	port_cpu()->cpu_barrier_wc(pl, ops);
}

static const struct busdma_cpu_ops counting_cpu = {
	.cpu_size = sizeof(counting_cpu),
	.cpu_barrier = hook_barrier,
	.cpu_barrier_wc = hook_barrier_wc,
};

/* The five that are required, and those without which nothing is seen. */
static void
required_only(struct busdma_platform *pl)
{
	struct busdma_platform all = *pl;

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

/* A hook that the port leaves out stays out. */
static void
wrap(const struct bus *b)
{
	struct busdma_platform *pl = &rn.rn_pl;

	*pl = *rn.rn_port;
	pl->pl_alloc = hook_alloc;
	pl->pl_free = hook_free;
	pl->pl_extract = hook_extract;
	pl->pl_cpu = &counting_cpu;
	pl->pl_report = hook_report;
	if (pl->pl_pages_alloc != NULL)
		pl->pl_pages_alloc = hook_pages_alloc;
	if (pl->pl_pages_free != NULL)
		pl->pl_pages_free = hook_pages_free;
	if (pl->pl_window != NULL)
		pl->pl_window = hook_window;
	if (pl->pl_kmap != NULL)
		pl->pl_kmap = hook_kmap;
	if (b->b_required)
		required_only(pl);
}

/* ---- the environment: what a case asks for ---- */

static paddr_t
window_last(const struct bus_dma_window *w)
{
	return w->dw_len != 0 ? w->dw_cpu + (w->dw_len - 1) : ~(paddr_t)0;
}

/* HOST: memory of each kind, where the host can tell where it comes from. */
static void *
env_alloc(const struct conf_env *env, enum conf_mem kind, size_t size)
{
	const struct bus_dma_window *w = &rn.rn_windows[0];
	paddr_t first, last;

	host_ram(&first, &last);
	switch (kind) {
	case CONF_MEM_RUN:
	case CONF_MEM_PAGES:
		return host_mem_alloc(
		    size, w->dw_cpu, window_last(w), kind == CONF_MEM_PAGES);
	case CONF_MEM_EDGE:
		/* All that translates here is memory, and there it ends. */
		return host_mem_alloc(size, last - (size - 1), last, false);
	case CONF_MEM_FAR:
		w = &rn.rn_windows[rn.rn_nwindows - 1];
		if (w->dw_cpu <= first)
			return NULL;
		return host_mem_alloc(size, first, w->dw_cpu - 1, false);
	}
	return NULL;
}

static void
env_free(const struct conf_env *env, enum conf_mem kind, void *p, size_t size)
{
	host_mem_free(p, size, kind == CONF_MEM_PAGES);
}

/* HOST: user memory; without any, ce_ualloc stays NULL. */
static void *
env_ualloc(const struct conf_env *env, size_t size)
{
	const struct bus_dma_window *w = &rn.rn_windows[0];

	return host_user_alloc(size, w->dw_cpu, window_last(w));
}

static void
env_ufree(const struct conf_env *env, void *uva, size_t size)
{
	host_user_free(uva, size);
}

static int
env_uunmap(const struct conf_env *env, void *uva)
{
	host_user_unmap(uva);
	return 0;
}

static int
copy_user(const void *uva, char *buf, size_t len, bool out)
{
	const char *u = uva;
	char *p;

	for (; len != 0; len--, u++, buf++) {
		p = host_user_pointer(u);
		if (p == NULL)
			return EFAULT;
		if (out)
			*p = *buf;
		else
			*buf = *p;
	}
	return 0;
}

static int
env_copyin(const struct conf_env *env, const void *uva, void *buf, size_t len)
{
	return copy_user(uva, buf, len, false);
}

static int
env_copyout(const struct conf_env *env, const void *buf, void *uva, size_t len)
{
	char byte;

	for (; len != 0; len--) {
		byte = *(const char *)buf;
		if (copy_user(uva, &byte, 1, true) != 0)
			return EFAULT;
		buf = (const char *)buf + 1;
		uva = (char *)uva + 1;
	}
	return 0;
}

static unsigned
env_reports(const struct conf_env *env, struct busdma_report *last)
{
	unsigned n = rn.rn_reports;

	*last = rn.rn_last;
	rn.rn_reports = 0;
	return n;
}

static void
env_usage(const struct conf_env *env, uint64_t usage[2])
{
	usage[0] = rn.rn_bytes;
	usage[1] = rn.rn_pages;
}

static uint64_t
env_barriers(const struct conf_env *env)
{
	return rn.rn_barriers;
}

static bool
env_fail_at(const struct conf_env *env, uint64_t n)
{
	bool failed = rn.rn_failed;

	rn.rn_fail = n;
	rn.rn_failed = false;
	return failed;
}

/*
 * Where the device's access at a bus address lands.  HOST: a machine with a
 * device that copies memory lets that do it, and sees what the device sees.
 */
static char *
bus_pointer(bus_addr_t addr, size_t len)
{
	const struct bus_dma_window *w = rn.rn_windows;
	bus_size_t room;
	unsigned i;

	for (i = 0; i < rn.rn_nwindows; i++, w++) {
		room = window_last(w) - w->dw_cpu;
		if (addr - w->dw_bus <= room &&
		    len - 1 <= room - (addr - w->dw_bus))
			return host_pointer(addr - w->dw_bus + w->dw_cpu, len);
	}
	return NULL;
}

static int
env_dev_read(const struct conf_env *env, bus_addr_t addr, void *buf, size_t len)
{
	char *p = bus_pointer(addr, len);

	if (p == NULL)
		return EFAULT;
	memcpy(buf, p, len);
	return 0;
}

static int
env_dev_write(
    const struct conf_env *env, bus_addr_t addr, const void *buf, size_t len)
{
	char *p = bus_pointer(addr, len);

	if (p == NULL)
		return EFAULT;
	memcpy(p, buf, len);
	return 0;
}

static void
fill_env(struct conf_env *env)
{
	memset(env, 0, sizeof(*env));
	env->ce_size = sizeof(*env);
	env->ce_tag = rn.rn_tag;
	env->ce_pl = &rn.rn_pl;
	env->ce_windows = rn.rn_windows;
	env->ce_nwindows = rn.rn_nwindows;
	env->ce_alloc = env_alloc;
	env->ce_free = env_free;
	env->ce_reports = env_reports;
	env->ce_usage = env_usage;
	env->ce_barriers = env_barriers;
	env->ce_fail_at = env_fail_at;
	env->ce_dev_read = env_dev_read;
	env->ce_dev_write = env_dev_write;
	env->ce_proc = rn.rn_pl.pl_space != NULL ? host_proc() : NULL;
	if (env->ce_proc != NULL) {
		env->ce_ualloc = env_ualloc;
		env->ce_ufree = env_ufree;
		env->ce_uunmap = env_uunmap;
		env->ce_copyin = env_copyin;
		env->ce_copyout = env_copyout;
	}
}

/* ---- the run, told in TAP ---- */

/* What does not fit is cut off. */
struct line {
	size_t ln_len;
	char ln_text[400];
};

static void
add_text(struct line *ln, const char *s)
{
	while (*s != '\0' && ln->ln_len + 1 < sizeof(ln->ln_text))
		ln->ln_text[ln->ln_len++] = *s++;
	ln->ln_text[ln->ln_len] = '\0';
}

static void
add_number(struct line *ln, unsigned v)
{
	char digits[12];
	size_t i = sizeof(digits);

	digits[--i] = '\0';
	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	add_text(ln, &digits[i]);
}

static void
tell(const char *bus, const char *name, const struct conf_outcome *co)
{
	struct line ln = { 0 };
	bool red = co->co_verdict == CONF_FAIL;

	rn.rn_count++;
	rn.rn_red += red;
	add_text(&ln, red ? "not ok " : "ok ");
	add_number(&ln, rn.rn_count);
	add_text(&ln, " - ");
	add_text(&ln, bus);
	add_text(&ln, " ");
	add_text(&ln, name);
	if (co->co_verdict == CONF_SKIP) {
		add_text(&ln, " # SKIP ");
		add_text(&ln, co->co_text);
	}
	put_line(ln.ln_text);
	if (!red)
		return;
	ln.ln_len = 0;
	add_text(&ln, "# ");
	add_text(&ln, co->co_file != NULL ? co->co_file : "?");
	add_text(&ln, ":");
	add_number(&ln, co->co_line);
	add_text(&ln, ": ");
	add_text(&ln, co->co_text);
	put_line(ln.ln_text);
}

static bool
same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool
contains(const char *s, const char *part)
{
	size_t i;

	for (; *s != '\0'; s++) {
		for (i = 0; part[i] != '\0' && part[i] == s[i]; i++)
			continue;
		if (part[i] == '\0')
			return true;
	}
	return false;
}

/* Where the windows of a bus really are, and a tag on them. */
static int
make_bus(const struct bus *b)
{
	paddr_t first, last;
	unsigned i;

	host_ram(&first, &last);
	for (i = 0; i < b->b_nwindows; i++) {
		rn.rn_windows[i] = b->b_windows[i];
		if (b->b_identity)
			continue;
		rn.rn_windows[i].dw_cpu += first;
		if (rn.rn_windows[i].dw_len == 0)
			rn.rn_windows[i].dw_len =
			    last - rn.rn_windows[i].dw_cpu + 1;
	}
	rn.rn_nwindows = b->b_nwindows;
	wrap(b);
	return bus_dmatag_direct(
	    &rn.rn_pl, NULL, rn.rn_windows, rn.rn_nwindows, &rn.rn_tag, 0);
}

/* One case, or all (NULL), on a bus whose tag is used for all of them. */
static void
run_bus(const struct bus *b, const char *only)
{
	struct conf_outcome co;
	struct conf_env env;
	unsigned i;

	memset(&co, 0, sizeof(co));
	if (make_bus(b) != 0) {
		co.co_verdict = CONF_FAIL;
		tell(b->b_name, "bus_dmatag_direct", &co);
		return;
	}
	fill_env(&env);
	for (i = 0; i < conf_count(); i++) {
		if (only != NULL && !same(only, conf_name(i)))
			continue;
		(void)conf_run(i, &env, &co);
		tell(b->b_name, conf_name(i), &co);
	}
	bus_dmatag_destroy(rn.rn_tag);
	/* The tag was the last thing. */
	memset(&co, 0, sizeof(co));
	if (rn.rn_bytes != 0 || rn.rn_pages != 0 || rn.rn_reports != 0)
		co.co_verdict = CONF_FAIL;
	tell(b->b_name, "nothing-left", &co);
	rn.rn_bytes = rn.rn_pages = rn.rn_reports = 0;
}

/* Every case on every bus, or those that are named; how many were red. */
static unsigned
run_all(const char *only, const char *bus)
{
	struct line ln = { 0 };
	unsigned i;

	memset(&rn, 0, sizeof(rn));
	if (port_init(&rn.rn_port) != 0) {
		put_line("Bail out! port_init");
		return 1;
	}
	for (i = 0; i < NBUSES; i++)
		if (bus == NULL || contains(buses[i].b_name, bus))
			run_bus(&buses[i], only);
	add_text(&ln, "1..");
	add_number(&ln, rn.rn_count);
	put_line(ln.ln_text);
	return rn.rn_count == 0 ? 1 : rn.rn_red;
}

/* ---- a hosted program ---- */

/* HOST: without a C library, the console, and a call of run_all. */
#include <stdio.h>

static void
put_line(const char *line)
{
	puts(line);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	return run_all(argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : NULL) !=
	       0;
}
