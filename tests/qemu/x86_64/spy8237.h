/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is written to a PC's 8237s, looked at on its way.  QEMU's go on behind a
 * multiple of 64 KiB; those of a PC begin anew at the one before.  So where a
 * channel is opened, what it was told is checked.
 */
#ifndef QEMU_SPY8237_H
#define QEMU_SPY8237_H

#include <busdma/platform.h>

/* A transfer as the chip was told of it, when its channel was opened. */
struct spy_transfer {
	uint32_t st_addr; /* of 24 bits */
	uint32_t st_len;  /* bytes */
	bool st_tomem;
};

struct spy {
	unsigned sp_transfers; /* channels that were opened */
	unsigned sp_bad;       /* of these: not legal, or not all was told */
	uint64_t sp_bytes;
	uint32_t sp_lowest, sp_highest; /* bytes that were opened */
	struct spy_transfer sp_last;

	/* The registers of a channel, 0 to 3. */
	unsigned sp_channel;
	unsigned sp_flipflop;
	uint32_t sp_addr, sp_count, sp_page, sp_mode;
	unsigned sp_told; /* a bit for each byte and register since the last */
};

/*
 * From now on the port hooks of `pl', a copy of the machine's table, go by way
 * of `sp', and watch `channel'.  One table at a time.
 */
void spy_begin(struct spy *sp, struct busdma_platform *pl, unsigned channel);

#endif /* QEMU_SPY8237_H */
