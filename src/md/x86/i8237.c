/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two 8237s of a PC: their registers, under the lock of isa_dma(9).
 *
 * A channel is programmed in this order (sections of Intel's data sheet 231466,
 * "8237A"):
 *
 *  1. Mask.  A request that comes between two bytes of an address would be
 *     served at half an address ("Programming").
 *  2. Mode: it is looked at when the channel is served, not before.
 *  3. Flip-flop.  Which byte the next access means is known only after it was
 *     cleared ("Clear First/Last Flip-Flop"); each of the two-byte accesses
 *     that follow leaves it clear.
 *  4. Address, page, count, each whole.
 *  5. Unmask: from here on the device's requests are served.
 *
 * The chip does not answer the CPU while it has the bus: when the write of a
 * mask is done no cycle of that channel is under way, and none begins.
 *
 * At its end a transfer that is no loop is masked by the chip itself.  A
 * channel that is unmasked once more then runs on, over 64 KiB of other memory:
 * hence what the status says goes into ids_masked before a mask is written.
 */
#include "i8237reg.h"
#include "isa_dmavar.h"

/* Reads of a count until the channel is held for one. */
#define COUNT_TRIES 4

static const uint8_t page_port[ISA_DMA_NCHANNELS] = { I8237_PAGE0, I8237_PAGE1,
	I8237_PAGE2, I8237_PAGE3, I8237_PAGE4, I8237_PAGE5, I8237_PAGE6,
	I8237_PAGE7 };

/* A register of the chip that a channel is on. */
static inline uint32_t
port_of(int chan, unsigned reg)
{
	return chan < ISA_DMA_CASCADE ? I8237_PORT1 + reg
				      : I8237_PORT2 + 2 * reg;
}

static void
put(isa_chipset_tag_t ic, uint32_t port, unsigned value)
{
	const struct busdma_platform *pl = ic->ids_dmat->dt_pl;

	pl->pl_port_write(pl, port, 1, value & 0xff);
}

static unsigned
get(isa_chipset_tag_t ic, uint32_t port)
{
	const struct busdma_platform *pl = ic->ids_dmat->dt_pl;

	return pl->pl_port_read(pl, port, 1) & 0xff;
}

static void
put2(isa_chipset_tag_t ic, uint32_t port, unsigned value)
{
	put(ic, port, value);
	put(ic, port, value >> 8);
}

static unsigned
get2(isa_chipset_tag_t ic, uint32_t port)
{
	unsigned low = get(ic, port);

	return low | get(ic, port) << 8;
}

static void
mask(isa_chipset_tag_t ic, int chan)
{
	ic->ids_masked |= isa_bit(chan);
	put(ic, port_of(chan, I8237_SMASK), I8237_SMASK_SET | (chan & 3));
}

/* What is frozen, busdma_i8237_thaw will unmask. */
static void
unmask(isa_chipset_tag_t ic, int chan)
{
	ic->ids_masked &= ~isa_bit(chan);
	if (ic->ids_frozen == 0)
		put(ic, port_of(chan, I8237_SMASK), chan & 3);
}

/*
 * Which channels of this one's chip came to an end: for all of them, as the
 * status forgets it when it is read.
 */
void
busdma_i8237_look(isa_chipset_tag_t ic, int chan)
{
	unsigned tc = get(ic, port_of(chan, I8237_STATUS)) & I8237_STATUS_TC;

	tc <<= chan & ISA_DMA_CASCADE;
	ic->ids_finished |= tc;
	ic->ids_masked |= tc & ~ic->ids_looped;
}

static unsigned
mode_of(int chan, int flags)
{
	unsigned mode = chan & 3;

	mode |=
	    (flags & DMAMODE_READ) != 0 ? I8237_MODE_WRITE : I8237_MODE_READ;
	mode |= (flags & DMAMODE_DEMAND) != 0 ? I8237_MODE_DEMAND
					      : I8237_MODE_SINGLE;
	if ((flags & DMAMODE_LOOP) != 0)
		mode |= I8237_MODE_AUTOINIT;
	return mode;
}

void
busdma_i8237_program(isa_chipset_tag_t ic, int chan, bus_addr_t addr,
    bus_size_t nbytes, int flags)
{
	const unsigned shift = isa_shift(chan);
	const unsigned a = (unsigned)addr;

	mask(ic, chan);
	ic->ids_finished &= ~isa_bit(chan);
	if ((flags & DMAMODE_LOOP) != 0)
		ic->ids_looped |= isa_bit(chan);
	put(ic, port_of(chan, I8237_MODE), mode_of(chan, flags));
	put(ic, port_of(chan, I8237_CLEARFF), 0);
	put2(ic, port_of(chan, I8237_ADDR(chan & 3)), a >> shift);
	put(ic, page_port[chan], a >> 16);
	put2(ic, port_of(chan, I8237_COUNT(chan & 3)),
	    (unsigned)(nbytes >> shift) - 1);
	unmask(ic, chan);
}

void
busdma_i8237_cascade(isa_chipset_tag_t ic, int chan)
{
	put(ic, port_of(chan, I8237_MODE), I8237_MODE_CASCADE | (chan & 3));
	unmask(ic, chan);
}

/* The status is looked at last: an end must not be taken for the next one's. */
void
busdma_i8237_stop(isa_chipset_tag_t ic, int chan)
{
	mask(ic, chan);
	busdma_i8237_look(ic, chan);
	ic->ids_looped &= ~isa_bit(chan);
}

/*
 * The count of a channel that may be running.  The lower byte may turn over
 * before the upper one is read: but where the upper one is the same before and
 * after the lower one was read, it was so then.  A device that is too fast for
 * that is held for a moment.
 */
static unsigned
read_count(isa_chipset_tag_t ic, int chan)
{
	const uint32_t port = port_of(chan, I8237_COUNT(chan & 3));
	unsigned count, before, tries;

	put(ic, port_of(chan, I8237_CLEARFF), 0);
	count = get2(ic, port);
	for (tries = 0; tries < COUNT_TRIES; tries++) {
		before = count;
		count = get2(ic, port);
		if (before >> 8 == count >> 8)
			return count;
	}
	put(ic, port_of(chan, I8237_SMASK), I8237_SMASK_SET | (chan & 3));
	count = get2(ic, port);
	busdma_i8237_look(ic, chan);
	if ((ic->ids_masked & isa_bit(chan)) == 0)
		unmask(ic, chan);
	return count;
}

/*
 * Bytes that are left of a transfer.  The count is one less than that, and goes
 * on to all ones at the end, where it could also begin: which of them it is,
 * the status says, if it is read after the count.
 */
bus_size_t
busdma_i8237_left(isa_chipset_tag_t ic, int chan, bus_size_t len)
{
	bus_size_t n;

	if ((ic->ids_finished & ~ic->ids_looped & isa_bit(chan)) != 0)
		return 0;
	n = ((bus_size_t)read_count(ic, chan) + 1) << isa_shift(chan);
	busdma_i8237_look(ic, chan);
	if ((ic->ids_looped & isa_bit(chan)) != 0)
		return n < len ? n : 0;
	return (ic->ids_finished & isa_bit(chan)) == 0 && n <= len ? n : 0;
}

int
busdma_i8237_reset(isa_chipset_tag_t ic)
{
	unsigned tc;

	put(ic, port_of(0, I8237_RESET), 0);
	put(ic, port_of(ISA_DMA_CASCADE, I8237_RESET), 0);
	/* Where nothing answers, all bits are set. */
	tc = get(ic, port_of(0, I8237_STATUS)) |
	     get(ic, port_of(ISA_DMA_CASCADE, I8237_STATUS));
	if ((tc & I8237_STATUS_TC) != 0)
		return EINVAL;
	ic->ids_masked = 0xff;
	busdma_i8237_cascade(ic, ISA_DMA_CASCADE);
	return 0;
}

void
busdma_i8237_freeze(isa_chipset_tag_t ic)
{
	put(ic, port_of(0, I8237_MASK), I8237_MASK_ALL);
	put(ic, port_of(ISA_DMA_CASCADE, I8237_MASK), I8237_MASK_ALL);
}

void
busdma_i8237_thaw(isa_chipset_tag_t ic)
{
	busdma_i8237_look(ic, 0);
	busdma_i8237_look(ic, ISA_DMA_CASCADE);
	put(ic, port_of(0, I8237_MASK), ic->ids_masked & I8237_MASK_ALL);
	put(ic, port_of(ISA_DMA_CASCADE, I8237_MASK),
	    ic->ids_masked >> 4 & I8237_MASK_ALL);
}
