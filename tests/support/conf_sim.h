/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conformance suite's environment on the simulated machine.
 */
#ifndef CONF_SIM_H
#define CONF_SIM_H

#include <busdma/bounce.h>
#include <busdma/sim.h>
#include <busdma/x86.h>

#include "conf_tap.h"

struct conf_sim_config {
	uint32_t si_pagesize;
	const struct bus_dma_window *si_windows; /* NULL: identity */
	unsigned si_nwindows;
	enum busdma_sim_shortcut si_shortcut;
	enum busdma_sim_frag si_frag; /* of memory that does not say */
	const struct bus_dma_bounce *si_bounce; /* NULL: none */
	/* Not NULL: the tag of a PC for so many bits of address. */
	const struct bus_dma_x86 *si_x86;
	unsigned si_bits; /* 0: of ISA */
	/* As sc_line, sc_cache and sc_inorder. */
	uint32_t si_line;
	enum busdma_sim_cache si_cache;
	bool si_inorder;
};

bool conf_sim_make(const struct conf_config *cg, struct conf_env *env);
unsigned conf_sim_drop(struct conf_env *env);

/*
 * The two banks of RAM, for windows to be written with: one below 16 MiB, one
 * that begins above 4 GiB.
 */
#define CONF_SIM_LOW 0x100000u
#define CONF_SIM_LOWSIZE 0xf00000u
#define CONF_SIM_HIGH 0x100000000ULL
#define CONF_SIM_HIGHPAGES 40u /* few: what is out of reach runs out */

#endif /* CONF_SIM_H */
