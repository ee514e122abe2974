/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA controller of a PC, for tests: two 8237s, one behind the other, and
 * the page registers, at their I/O ports.  It moves the bytes of a memory when
 * a device asks for it, as the chips do: an address wraps within its page of
 * 64 KiB, of words 128 KiB.  What a program must not do to it is counted, and
 * printed.  Written from the data sheet, by itself: it shares no header with
 * the library.
 */
#ifndef TESTS_SUPPORT_I8237_H
#define TESTS_SUPPORT_I8237_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define I8237_NLOG 64

/* A device on a channel: it asks until it has moved all its bytes. */
struct i8237_device {
	unsigned char *dv_data; /* from it, or to it */
	size_t dv_len;
	bool dv_tomem;
	unsigned dv_pace; /* units that it moves after each access of a port */

	size_t dv_done;    /* bytes moved */
	unsigned dv_holds; /* times that the channel took the bus */
	unsigned dv_tc;    /* times that it was told of the end */
};

struct i8237_channel {
	uint16_t ca_baseaddr, ca_basecount;
	uint16_t ca_addr, ca_count;
	uint8_t ca_mode;
	unsigned ca_said; /* what of it was programmed since it was used up */
	struct i8237_device *ca_device; /* NULL: none asks */
};

struct i8237_chip {
	uint8_t cp_command, cp_mask, cp_status;
	bool cp_flip;    /* the upper byte is next */
	bool cp_known;   /* a program can know that */
	int cp_owner;    /* the channel it was cleared for; -1: none yet */
	unsigned cp_reg; /* whose lower byte was the last */
	struct i8237_channel cp_chan[4];
};

struct i8237_access {
	bool ac_write;
	uint32_t ac_port;
	uint8_t ac_value;
};

struct i8237 {
	struct i8237_chip i8_chip[2];
	uint8_t i8_page[16]; /* the ports from 0x80 on */
	bool i8_absent;      /* nobody answers */
	/* The byte of memory at a physical address; NULL: there is none. */
	unsigned char *(*i8_memory)(void *arg, uint64_t pa);
	void *i8_arg;

	unsigned i8_wraps; /* addresses that wrapped before the end */
	unsigned i8_wrong; /* what must not be done, was */

	struct i8237_access i8_log[I8237_NLOG]; /* the first of them */
	unsigned i8_nlog;                       /* more than fit are counted */
};

/* As it may be when the machine is switched on: anyhow. */
void i8237_init(struct i8237 *i8,
    unsigned char *(*memory)(void *arg, uint64_t pa), void *arg);

uint8_t i8237_read(struct i8237 *i8, uint32_t port, unsigned width);
void i8237_write(
    struct i8237 *i8, uint32_t port, unsigned width, uint8_t value);

/*
 * Let the device of a channel, 0 to 7, move at most so many units; how many
 * were moved.
 */
unsigned i8237_run(struct i8237 *i8, int chan, unsigned units);

static inline struct i8237_channel *
i8237_channel(struct i8237 *i8, int chan)
{
	return &i8->i8_chip[chan / 4].cp_chan[chan % 4];
}

static inline bool
i8237_masked(const struct i8237 *i8, int chan)
{
	return (i8->i8_chip[chan / 4].cp_mask >> chan % 4 & 1) != 0;
}

#endif /* TESTS_SUPPORT_I8237_H */
