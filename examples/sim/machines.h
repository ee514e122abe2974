/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Simulated machines with a bus, and a disk on it, of several kinds: what the
 * demo and the tests run the drivers on.
 */
#ifndef EXAMPLES_SIM_MACHINES_H
#define EXAMPLES_SIM_MACHINES_H

#include <busdma/bounce.h>
#include <busdma/sim.h>

struct machine_config {
	const char *mc_name; /* for a table */
	const char *mc_text; /* for a person */
	const struct busdma_sim_bank *mc_banks;
	unsigned mc_nbanks;
	uint32_t mc_pagesize; /* or the host's, where that is larger */
	enum busdma_sim_frag mc_frag;
	const struct bus_dma_window *mc_windows; /* NULL: the identity */
	unsigned mc_nwindows;
	enum busdma_sim_shortcut mc_shortcut;
	bus_addr_t mc_reach; /* of the bus, as bc_reach; 0: all */
	const struct bus_dma_limits *mc_limits; /* of its tags; NULL: none */
	/* Of the layer on top that bounces; NULL: there is none. */
	const struct bus_dma_bounce *mc_bounce;
	/* Not 0: its slots are in so many bytes that are set apart for them. */
	bus_size_t mc_carveout;
	/* As sc_line, sc_cache and sc_inorder of busdma_sim_config. */
	uint32_t mc_line;
	enum busdma_sim_cache mc_cache;
	bool mc_inorder;
};

extern const struct machine_config machine_configs[];
extern const unsigned machine_nconfigs;

/* The one of that name; NULL: there is none. */
const struct machine_config *machine_find(const char *name);

/* The tags of a device, the bus' first; its driver gets the last. */
struct machine_stack {
	bus_dma_tag_t ms_tags[3];
	unsigned ms_count;
	bus_dma_segment_t ms_carveout; /* of the first tag; length 0: none */
};

struct machine {
	const struct machine_config *ma_config;
	struct busdma_sim *ma_sim;
	struct busdma_sim_bus *ma_bus;
	struct machine_stack ma_stack; /* of requester 1 */
	bus_dma_tag_t ma_tag;          /* what its driver gets */
	struct busdma_sim_dev *ma_dev; /* the disk, or NULL */
	unsigned ma_reports;           /* faults and callers' errors */
	char ma_reporttext[400];       /* the first one */
};

/* Bytes in its page. */
uint32_t machine_pagesize(const struct machine_config *mc);

/*
 * 0, or an errno; nothing is held then.  A path NULL and a size 0: without a
 * disk.
 */
int machine_create(struct machine *ma, const struct machine_config *mc,
    uint64_t seed, const char *disk_path, uint64_t disk_size);

/* The stack for devices with another id; 0, or an errno. */
int machine_stack(
    struct machine *ma, unsigned requester, struct machine_stack *ms);
void machine_unstack(struct machine_stack *ms);
bus_dma_tag_t machine_tag(const struct machine_stack *ms);

/* How many things were still held; reports made here count too. */
unsigned machine_destroy(struct machine *ma);

#endif /* EXAMPLES_SIM_MACHINES_H */
