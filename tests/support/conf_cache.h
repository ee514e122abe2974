/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Caches that devices don't see, for the conformance suite: what they are told
 * is written down; and on a machine that has none, they are modelled.
 */
#ifndef CONF_CACHE_H
#define CONF_CACHE_H

#include "../conformance/suite.h"

/*
 * Memory of zeroes, aligned to a page of the host; what is not touched costs
 * nothing.  NULL: there is none.
 */
void *conf_zeroes(size_t size);
void conf_zeroes_free(void *p, size_t size);

/*
 * Operations that write down what they are told and hand it on to `cpu'; until
 * the next call of this.
 */
const struct busdma_cpu_ops *conf_cache_record(
    const struct busdma_cpu_ops *cpu);
/* As ce_told. */
unsigned conf_cache_told(
    const struct conf_env *env, struct conf_told *told, unsigned n);

/*
 * A model: the process sees the caches' view, [mem, mem + size), all zero, at
 * physical `base'; the devices see another copy; and a third is what both last
 * agreed on, so that it is known what is dirty.  A line that is dirty when a
 * device writes to it is evicted over that.  A CPU that speculates has all of
 * memory in its caches; another fetches what was invalidated when it looks.
 */
bool conf_cache_create(
    char *mem, paddr_t base, size_t size, uint32_t line, unsigned flags);
void conf_cache_destroy(void);
/* Its operations; the barriers are those of `cpu'. */
const struct busdma_cpu_ops *conf_cache_cpu(const struct busdma_cpu_ops *cpu);
/* A device's access, past the caches, or through them. */
void conf_cache_read(size_t off, void *buf, size_t len, bool coherent);
void conf_cache_write(size_t off, const void *buf, size_t len, bool coherent);

#endif /* CONF_CACHE_H */
