/* SPDX-License-Identifier: BSD-2-Clause */
/* Caches that devices don't see: see conf_cache.h. */
#include "conf_cache.h"

#include <sys/mman.h>

void *
conf_zeroes(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED ? p : NULL;
}

void
conf_zeroes_free(void *p, size_t size)
{
	if (p != NULL)
		munmap(p, size);
}

static struct model {
	char *md_mem;  /* what the CPU sees */
	char *md_ram;  /* what a device sees */
	char *md_old;  /* what both last saw */
	bool *md_gone; /* of a line: it was invalidated */
	paddr_t md_base;
	size_t md_size;
	uint32_t md_line;
	bool md_ordered;
	struct busdma_cpu_ops md_cpu;
	struct busdma_cache_ops md_cache;
} md;

static bool
dirty(size_t at)
{
	return memcmp(md.md_mem + at, md.md_old + at, md.md_line) != 0;
}

static void
line_wb(size_t at)
{
	if (!dirty(at))
		return;
	memcpy(md.md_ram + at, md.md_mem + at, md.md_line);
	memcpy(md.md_old + at, md.md_mem + at, md.md_line);
	md.md_gone[at / md.md_line] = false;
}

static void
line_inv(size_t at)
{
	memcpy(md.md_mem + at, md.md_ram + at, md.md_line);
	memcpy(md.md_old + at, md.md_ram + at, md.md_line);
	md.md_gone[at / md.md_line] = md.md_ordered;
}

static void
line_wbinv(size_t at)
{
	line_wb(at);
	line_inv(at);
}

static void
each_line(void (*what)(size_t at), size_t off, size_t len)
{
	size_t at = off - off % md.md_line;

	for (; at < off + len; at += md.md_line)
		what(at);
}

/* Where it is not the process's memory, an operation is lost, and seen. */
static void
model_told(void (*what)(size_t at), uintptr_t va, paddr_t pa, size_t len)
{
	size_t off = (size_t)(pa - md.md_base);

	if (off < md.md_size && va == (uintptr_t)md.md_mem + off)
		each_line(what, off, len);
}

static void
model_wb(const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	(void)pl;
	model_told(line_wb, va, pa, len);
}

static void
model_inv(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	(void)pl;
	model_told(line_inv, va, pa, len);
}

static void
model_wbinv(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	(void)pl;
	model_told(line_wbinv, va, pa, len);
}

/* Of one CPU: nothing is left to do. */
static void
model_finish(const struct busdma_platform *pl)
{
	(void)pl;
}

bool
conf_cache_create(
    char *mem, paddr_t base, size_t size, uint32_t line, unsigned flags)
{
	md.md_mem = mem;
	md.md_ram = conf_zeroes(size);
	md.md_old = conf_zeroes(size);
	md.md_gone = conf_zeroes(size / line * sizeof(bool));
	md.md_base = base;
	md.md_size = size;
	md.md_line = line;
	md.md_ordered = (flags & BUSDMA_CACHE_NOSPECULATION) != 0;
	md.md_cache = (struct busdma_cache_ops){
		.ca_size = sizeof(md.md_cache),
		.ca_line = line,
		.ca_flags = flags,
		.ca_code = &busdma_noncoherent,
		.ca_wb = model_wb,
		.ca_inv = model_inv,
		.ca_wbinv = model_wbinv,
		.ca_finish = model_finish,
	};
	return md.md_ram != NULL && md.md_old != NULL && md.md_gone != NULL;
}

void
conf_cache_destroy(void)
{
	conf_zeroes_free(md.md_ram, md.md_size);
	conf_zeroes_free(md.md_old, md.md_size);
	if (md.md_gone != NULL)
		conf_zeroes_free(
		    md.md_gone, md.md_size / md.md_line * sizeof(bool));
	memset(&md, 0, sizeof(md));
}

const struct busdma_cpu_ops *
conf_cache_cpu(const struct busdma_cpu_ops *cpu)
{
	md.md_cpu = *cpu;
	md.md_cpu.cpu_cache = &md.md_cache;
	return &md.md_cpu;
}

void
conf_cache_read(size_t off, void *buf, size_t len, bool coherent)
{
	if (coherent)
		each_line(line_wb, off, len);
	memcpy(buf, md.md_ram + off, len);
}

/* A line that was invalidated and not stored to: the CPU will see it all. */
static void
line_fetch(size_t at)
{
	if (md.md_gone[at / md.md_line] && !dirty(at))
		line_inv(at);
}

void
conf_cache_write(size_t off, const void *buf, size_t len, bool coherent)
{
	if (coherent)
		each_line(line_wbinv, off, len);
	memcpy(md.md_ram + off, buf, len);
	if (coherent) {
		each_line(line_inv, off, len);
	} else {
		each_line(line_wb, off, len);
		each_line(line_fetch, off, len);
	}
}
