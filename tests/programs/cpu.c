/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU's accesses.  A buffer has up to three addresses: that of its first
 * mapping, that of a second one, and one in a process.
 */
#include <string.h>

#include "program.h"

/* By which way: the first where there is no such. */
static char *
way_to(const struct buf *bf, unsigned way, bool *user)
{
	*user = bf->bf_kind == USER;
	if (way % 3 == 1 && bf->bf_alias != NULL)
		return bf->bf_alias;
	if (way % 3 == 2 && bf->bf_user != NULL) {
		*user = true;
		return bf->bf_user;
	}
	return bf->bf_va;
}

static struct proc *
proc_of(const struct program *pr, const struct buf *bf)
{
	return bf->bf_kind == USER ? bf->bf_proc : pr->pr_proc[0];
}

void
cpu_store(
    struct program *pr, struct buf *bf, uint32_t at, uint32_t n, unsigned way)
{
	bool user;
	char *va = way_to(bf, way, &user) + at;

	if (!user)
		memcpy(va, bf->bf_data + at, n);
	else if (busdma_sim_copyout(
		     pr->pr_sim, proc_of(pr, bf), bf->bf_data + at, va, n) != 0)
		fail(pr, "copyout");
}

/* Compare a run of which the CPU may look at all. */
static void
look_run(
    struct program *pr, struct buf *bf, uint32_t at, uint32_t n, unsigned way)
{
	static uint8_t seen[MAXBUF];
	const uint8_t *want = bf->bf_data + at;
	bool user;
	char *va = way_to(bf, way, &user) + at;

	if (!user)
		memcpy(seen, va, n);
	else if (busdma_sim_copyin(pr->pr_sim, proc_of(pr, bf), va, seen, n) !=
		 0)
		fail(pr, "copyin");
	pr->pr_counts->ct_bytes += n;
	if (memcmp(seen, want, n) == 0)
		return;
	for (uint32_t i = 0; i < n; i++) {
		if (seen[i] == want[i])
			continue;
		fail(pr,
		    "the CPU sees %#x and not %#x at %u of buffer %u"
		    " (of [%u, %u))",
		    seen[i], want[i], at + i, (unsigned)(bf - pr->pr_buf), at,
		    at + n);
		break;
	}
}

void
cpu_look(
    struct program *pr, struct buf *bf, uint32_t at, uint32_t n, unsigned way)
{
	uint32_t i = at, end = at + n, from;

	while (i < end && !pr->pr_failed) {
		for (from = i; i < end && cpu_may_load(pr, bf, i); i++)
			continue;
		if (i != from)
			look_run(pr, bf, from, i - from, way);
		else
			i++;
	}
}

void
cpu_look_around(struct program *pr, struct buf *bf, uint32_t from, uint32_t to)
{
	from = from > 2 * LINE ? from - 2 * LINE : 0;
	to = to + 2 * LINE < bf->bf_size ? to + 2 * LINE : bf->bf_size;
	if (!pr->pr_failed)
		cpu_look(pr, bf, from, to - from, 0);
}

void
cpu_look_all(struct program *pr, struct buf *bf)
{
	cpu_look(pr, bf, 0, bf->bf_size, 0);
}

void
step_store(struct program *pr)
{
	unsigned way = (unsigned)rnd_below(&pr->pr_rnd, 3);
	int i = some_buf(pr, true);
	struct buf *bf;
	uint32_t at, n;

	if (i < 0)
		return;
	bf = &pr->pr_buf[i];
	n = some_run(pr, bf, bf->bf_size, cpu_may_store, &at);
	say(pr, "store [%u, %u) of buffer %d", at, at + n, i);
	if (n == 0)
		return;
	buf_bytes(pr, bf, at, n);
	cpu_store(pr, bf, at, n, way);
}

void
step_look(struct program *pr)
{
	unsigned way = (unsigned)rnd_below(&pr->pr_rnd, 3);
	int i = some_buf(pr, true);

	if (i < 0)
		return;
	say(pr, "look at buffer %d", i);
	cpu_look(pr, &pr->pr_buf[i], 0, pr->pr_buf[i].bf_size, way);
}
