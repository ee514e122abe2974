/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated disk, inside.
 */
#ifndef BUSDMA_SIMDISKVAR_H
#define BUSDMA_SIMDISKVAR_H

#include "simdevlib.h"

#define SIMDISK_MAXQSIZE 256u
#define SIMDISK_MAXSEGS 512u
#define SIMDISK_MAXCMDS 16u  /* that it works on at once */
#define SIMDISK_PIECE 16384u /* most bytes that one step moves */

/* A command that was fetched and whose completion was not yet posted. */
struct simdisk_cmd {
	uint16_t sc_id;
	uint16_t sc_status;
	uint8_t sc_op;
	bool sc_done; /* only its completion is left */
	uint32_t sc_nsegs;
	uint32_t sc_blocks;
	uint64_t sc_lba;
	bus_addr_t sc_table;
	struct simdev_seg *sc_segs; /* room for SIMDISK_MAXSEGS; NULL */
	uint32_t sc_fetched;        /* entries of the table */
	uint32_t sc_seg;            /* the segment that is being moved */
	uint32_t sc_segoff;         /* bytes of it that were */
	uint64_t sc_moved;          /* bytes in all */
};

struct simdisk {
	struct busdma_sim_dev *sd_dev;
	int sd_fd;
	uint64_t sd_blocks;

	uint32_t sd_ctrl;
	uint32_t sd_status;
	uint32_t sd_intr;
	struct simdev_rings sd_rings;

	struct simdisk_cmd sd_cmd[SIMDISK_MAXCMDS]; /* the first sd_ncmds */
	unsigned sd_ncmds;
	uint8_t sd_buf[SIMDISK_PIECE];
};

/* simdiskio.c */
/* Take up a command as it stands in the ring, and look at what it says. */
void simdisk_begin(
    struct simdisk *sd, struct simdisk_cmd *sc, const uint8_t *raw);
/* Fetch a part of its table, or move a piece of its data. */
void simdisk_advance(struct simdisk *sd, struct simdisk_cmd *sc);

#endif /* BUSDMA_SIMDISKVAR_H */
