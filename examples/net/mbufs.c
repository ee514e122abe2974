/* SPDX-License-Identifier: BSD-2-Clause */
/* mbufs on the simulated machine. */
#include "net/mbufs.h"

#include <stdlib.h>
#include <string.h>

/* What a free cluster holds: whoever still reads it sees. */
#define FREED 0xdb

struct mbufs_entry {
	struct mbuf me_m; /* first */
	struct env_mbufs *me_pool;
	char *me_cluster;
	bool me_free;
};

static void
give(struct env_mbufs *mb, struct mbufs_entry *me)
{
	memset(me->me_cluster, FREED, ENV_CLUSTER);
	me->me_free = true;
	me->me_m.m_next = mb->mb_list;
	mb->mb_list = &me->me_m;
	mb->mb_free++;
}

int
mbufs_create(struct env_mbufs *mb, struct busdma_sim *sim, unsigned count)
{
	unsigned i;

	*mb = (struct env_mbufs){ .mb_sim = sim, .mb_count = count };
	mb->mb_entries = calloc(count, sizeof(*mb->mb_entries));
	/* Pages are a multiple of a cluster, so none crosses one. */
	mb->mb_clusters = busdma_sim_kmalloc(sim, (size_t)count * ENV_CLUSTER);
	if (mb->mb_entries == NULL || mb->mb_clusters == NULL) {
		free(mb->mb_entries);
		busdma_sim_kfree(sim, mb->mb_clusters);
		return ENOMEM;
	}
	for (i = 0; i < count; i++) {
		struct mbufs_entry *me = &mb->mb_entries[i];

		me->me_pool = mb;
		me->me_cluster = mb->mb_clusters + (size_t)i * ENV_CLUSTER;
		give(mb, me);
	}
	mb->mb_least = mb->mb_free;
	return 0;
}

unsigned
mbufs_destroy(struct env_mbufs *mb)
{
	busdma_sim_kfree(mb->mb_sim, mb->mb_clusters);
	free(mb->mb_entries);
	return mb->mb_count - mb->mb_free + mb->mb_errors;
}

struct mbuf *
env_mget(struct env_mbufs *mb)
{
	struct mbuf *m = mb->mb_list;
	struct mbufs_entry *me = (struct mbufs_entry *)(void *)m;

	if (m == NULL || (mb->mb_failat != 0 && --mb->mb_failat == 0))
		return NULL;
	mb->mb_list = m->m_next;
	if (--mb->mb_free < mb->mb_least)
		mb->mb_least = mb->mb_free;
	me->me_free = false;
	*m = (struct mbuf){ .m_data = me->me_cluster,
		.m_flags = M_EXT | M_EXT_CLUSTER };
	return m;
}

void
env_mfree(struct env_mbufs *mb, struct mbuf *m)
{
	struct mbuf *next;

	(void)mb;
	for (; m != NULL; m = next) {
		struct mbufs_entry *me = (struct mbufs_entry *)(void *)m;

		next = m->m_next;
		if (me->me_free) {
			/* Its m_next is the list's. */
			me->me_pool->mb_errors++;
			return;
		}
		give(me->me_pool, me);
	}
}
