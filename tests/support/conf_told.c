/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the CPU's caches are told, written down: see conf_cache.h.  It needs no
 * C library: the bare machines of tests/qemu link it, too.
 */
#include "conf_cache.h"

#define MAXTOLD 256

static struct recorder {
	const struct busdma_cpu_ops *rc_real;
	struct busdma_cpu_ops rc_cpu;
	struct busdma_cache_ops rc_cache;
	struct conf_told rc_told[MAXTOLD];
	unsigned rc_n;
} rc;

static void
record(enum conf_cache what, uintptr_t va, paddr_t pa, size_t len)
{
	if (rc.rc_n < MAXTOLD)
		rc.rc_told[rc.rc_n] = (struct conf_told){ what, va, pa, len };
	rc.rc_n++;
}

static void
record_wb(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	record(CONF_CACHE_WB, va, pa, len);
	rc.rc_real->cpu_cache->ca_wb(pl, va, pa, len);
}

static void
record_inv(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	record(CONF_CACHE_INV, va, pa, len);
	rc.rc_real->cpu_cache->ca_inv(pl, va, pa, len);
}

static void
record_wbinv(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	record(CONF_CACHE_WBINV, va, pa, len);
	rc.rc_real->cpu_cache->ca_wbinv(pl, va, pa, len);
}

static void
record_finish(const struct busdma_platform *pl)
{
	record(CONF_FINISH, 0, 0, 0);
	rc.rc_real->cpu_cache->ca_finish(pl);
}

static void
record_barrier(const struct busdma_platform *pl, int ops)
{
	record(CONF_BARRIER, 0, 0, 0);
	rc.rc_real->cpu_barrier(pl, ops);
}

static void
record_barrier_wc(const struct busdma_platform *pl, int ops)
{
	record(CONF_BARRIER_WC, 0, 0, 0);
	rc.rc_real->cpu_barrier_wc(pl, ops);
}

const struct busdma_cpu_ops *
conf_cache_record(const struct busdma_cpu_ops *cpu)
{
	rc.rc_n = 0;
	rc.rc_real = cpu;
	rc.rc_cpu = *cpu;
	rc.rc_cpu.cpu_barrier = record_barrier;
	rc.rc_cpu.cpu_barrier_wc = record_barrier_wc;
	if (cpu->cpu_cache != NULL) {
		rc.rc_cache = *cpu->cpu_cache;
		rc.rc_cache.ca_wb = record_wb;
		rc.rc_cache.ca_inv = record_inv;
		rc.rc_cache.ca_wbinv = record_wbinv;
		if (rc.rc_cache.ca_finish != NULL)
			rc.rc_cache.ca_finish = record_finish;
		rc.rc_cpu.cpu_cache = &rc.rc_cache;
	}
	return &rc.rc_cpu;
}

unsigned
conf_cache_told(const struct conf_env *env, struct conf_told *told, unsigned n)
{
	unsigned had = rc.rc_n;

	(void)env;
	if (n > MAXTOLD)
		n = MAXTOLD;
	memcpy(told, rc.rc_told, (had < n ? had : n) * sizeof(*told));
	rc.rc_n = 0;
	return had;
}
