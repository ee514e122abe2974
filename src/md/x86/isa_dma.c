/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA controller of a PC: its channels and their transfers.
 *
 * A transfer is a load of the channel's map, into one run, by whatever layers
 * the tag has, a PRE sync, the registers; and in the end a POST sync and an
 * unload.  The registers are written in this order (sections of Intel's data
 * sheet 231466, "8237A"):
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
#include <busdma/string.h>

#include "i8237reg.h"
#include "isa_dmavar.h"

/* The highest address that the page registers can say. */
#define ADDR_MAX 0xffffffu
/* Reads of a count until the channel is held for one. */
#define COUNT_TRIES 4

static const uint8_t page_port[ISA_DMA_NCHANNELS] = { I8237_PAGE0, I8237_PAGE1,
	I8237_PAGE2, I8237_PAGE3, I8237_PAGE4, I8237_PAGE5, I8237_PAGE6,
	I8237_PAGE7 };

static inline unsigned
bit(int chan)
{
	return 1u << chan;
}

/* Bytes and units: 1 for a channel that moves words. */
static inline unsigned
shift_of(int chan)
{
	return chan < ISA_DMA_CASCADE ? 0 : 1;
}

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

/* ---- under the lock ---- */

static void
mask(isa_chipset_tag_t ic, int chan)
{
	ic->ids_masked |= bit(chan);
	put(ic, port_of(chan, I8237_SMASK), I8237_SMASK_SET | (chan & 3));
}

/* What is frozen, isa_dmathaw will unmask. */
static void
unmask(isa_chipset_tag_t ic, int chan)
{
	ic->ids_masked &= ~bit(chan);
	if (ic->ids_frozen == 0)
		put(ic, port_of(chan, I8237_SMASK), chan & 3);
}

/*
 * Which channels of this one's chip came to an end: for all of them, as the
 * status forgets it when it is read.
 */
static void
look(isa_chipset_tag_t ic, int chan)
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

static void
program(isa_chipset_tag_t ic, int chan, bus_addr_t addr, bus_size_t nbytes)
{
	const int flags = ic->ids_chan[chan].ch_mode;
	const unsigned shift = shift_of(chan);
	const unsigned a = (unsigned)addr;

	mask(ic, chan);
	ic->ids_finished &= ~bit(chan);
	if ((flags & DMAMODE_LOOP) != 0)
		ic->ids_looped |= bit(chan);
	put(ic, port_of(chan, I8237_MODE), mode_of(chan, flags));
	put(ic, port_of(chan, I8237_CLEARFF), 0);
	put2(ic, port_of(chan, I8237_ADDR(chan & 3)), a >> shift);
	put(ic, page_port[chan], a >> 16);
	put2(ic, port_of(chan, I8237_COUNT(chan & 3)),
	    (unsigned)(nbytes >> shift) - 1);
	unmask(ic, chan);
}

/* The status is looked at last: an end must not be taken for the next one's. */
static void
stop(isa_chipset_tag_t ic, int chan)
{
	mask(ic, chan);
	look(ic, chan);
	ic->ids_looped &= ~bit(chan);
	ic->ids_chan[chan].ch_len = 0;
	ic->ids_chan[chan].ch_buf = 0;
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
	look(ic, chan);
	if ((ic->ids_masked & bit(chan)) == 0)
		unmask(ic, chan);
	return count;
}

/*
 * Bytes that are left of a transfer.  The count is one less than that, and goes
 * on to all ones at the end, where it could also begin: which of them it is,
 * the status says, if it is read after the count.
 */
static bus_size_t
left(isa_chipset_tag_t ic, int chan, bus_size_t len)
{
	bus_size_t n;

	if ((ic->ids_finished & ~ic->ids_looped & bit(chan)) != 0)
		return 0;
	n = ((bus_size_t)read_count(ic, chan) + 1) << shift_of(chan);
	look(ic, chan);
	if ((ic->ids_looped & bit(chan)) != 0)
		return n < len ? n : 0;
	return (ic->ids_finished & bit(chan)) == 0 && n <= len ? n : 0;
}

/* ---- the controller ---- */

static int
reset(isa_chipset_tag_t ic)
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
	ic->ids_drqmap = ic->ids_cascaded = bit(ISA_DMA_CASCADE);
	put(ic, port_of(ISA_DMA_CASCADE, I8237_MODE),
	    I8237_MODE_CASCADE | (ISA_DMA_CASCADE & 3));
	unmask(ic, ISA_DMA_CASCADE);
	return 0;
}

/* A tag that reaches 24 bits: `dmat', or made of it. */
static int
reachable(isa_chipset_tag_t ic, bus_dma_tag_t dmat, int flags)
{
	const struct bus_dma_limits lim = { .dl_high = ADDR_MAX };

	ic->ids_dmat = dmat;
	/* One that needs nothing has slots, perhaps, that another has not. */
	ic->ids_mine = dmat->dt_limits.dl_high > ADDR_MAX;
	if (!ic->ids_mine)
		return 0;
	return bus_dmatag_restrict(dmat, &lim, &ic->ids_dmat, flags);
}

static void
forget(isa_chipset_tag_t ic)
{
	const struct busdma_platform *pl = ic->ids_dmat->dt_pl;

	if (ic->ids_mine)
		bus_dmatag_destroy(ic->ids_dmat);
	pl->pl_free(pl, ic, sizeof(*ic));
}

int
isa_dmainit(bus_dma_tag_t dmat, isa_chipset_tag_t *icp, int flags)
{
	const struct busdma_platform *pl;
	isa_chipset_tag_t ic;
	int error;

	if (dmat == NULL || icp == NULL)
		return EINVAL;
	pl = dmat->dt_pl;
	if (pl->pl_port_read == NULL || pl->pl_port_write == NULL)
		return EINVAL;
	ic = pl->pl_alloc(pl, sizeof(*ic), flags & BUS_DMA_NOWAIT);
	if (ic == NULL)
		return ENOMEM;
	memset(ic, 0, sizeof(*ic));
	error = reachable(ic, dmat, flags);
	if (error != 0) {
		pl->pl_free(pl, ic, sizeof(*ic));
		return error;
	}
	isa_lock(ic);
	error = reset(ic);
	isa_unlock(ic);
	if (error == 0)
		*icp = ic;
	else
		forget(ic);
	return error;
}

int
isa_dmadestroy(isa_chipset_tag_t ic)
{
	int chan, error = 0;

	if (ic == NULL)
		return EINVAL;
	isa_lock(ic);
	if (ic->ids_drqmap != bit(ISA_DMA_CASCADE) || ic->ids_mem != NULL)
		error = EBUSY;
	for (chan = 0; chan < ISA_DMA_NCHANNELS; chan++)
		if (ic->ids_chan[chan].ch_map != NULL)
			error = EBUSY;
	if (error == 0) {
		put(ic, port_of(0, I8237_MASK), I8237_MASK_ALL);
		put(ic, port_of(ISA_DMA_CASCADE, I8237_MASK), I8237_MASK_ALL);
	}
	isa_unlock(ic);
	if (error != 0)
		return error;
	forget(ic);
	return 0;
}

void
isa_dmafreeze(isa_chipset_tag_t ic)
{
	if (ic == NULL)
		return;
	isa_lock(ic);
	if (ic->ids_frozen++ == 0) {
		put(ic, port_of(0, I8237_MASK), I8237_MASK_ALL);
		put(ic, port_of(ISA_DMA_CASCADE, I8237_MASK), I8237_MASK_ALL);
	}
	isa_unlock(ic);
}

void
isa_dmathaw(isa_chipset_tag_t ic)
{
	bool wrong;

	if (ic == NULL)
		return;
	isa_lock(ic);
	wrong = ic->ids_frozen == 0;
	if (!wrong && --ic->ids_frozen == 0) {
		look(ic, 0);
		look(ic, ISA_DMA_CASCADE);
		put(ic, port_of(0, I8237_MASK),
		    ic->ids_masked & I8237_MASK_ALL);
		put(ic, port_of(ISA_DMA_CASCADE, I8237_MASK),
		    ic->ids_masked >> 4 & I8237_MASK_ALL);
	}
	isa_unlock(ic);
	if (wrong)
		busdma_report(ic->ids_dmat, NULL, BUSDMA_REPORT_THAW,
		    "isa_dmathaw", 0, 0);
}

/* ---- channels ---- */

static void
report_channel(isa_chipset_tag_t ic, int chan, const char *func)
{
	busdma_report(ic->ids_dmat, NULL, BUSDMA_REPORT_CHANNEL, func,
	    (uint64_t)(int64_t)chan, 0);
}

bool
busdma_isa_channel(isa_chipset_tag_t ic, int chan, const char *func)
{
	if (ic == NULL)
		return false;
	if (chan >= 0 && chan < ISA_DMA_NCHANNELS && chan != ISA_DMA_CASCADE)
		return true;
	if (func != NULL)
		report_channel(ic, chan, func);
	return false;
}

/* Take a channel; cascade: for a device that drives the bus. */
static int
take(isa_chipset_tag_t ic, int chan, bool cascade)
{
	int error = 0;

	if (ic == NULL || chan < 0 || chan >= ISA_DMA_NCHANNELS)
		return EINVAL;
	isa_lock(ic);
	if ((ic->ids_drqmap & bit(chan)) != 0) {
		error = EBUSY;
	} else {
		ic->ids_drqmap |= bit(chan);
		if (cascade) {
			ic->ids_cascaded |= bit(chan);
			put(ic, port_of(chan, I8237_MODE),
			    I8237_MODE_CASCADE | (chan & 3));
			unmask(ic, chan);
		}
	}
	isa_unlock(ic);
	return error;
}

int
isa_drq_alloc(isa_chipset_tag_t ic, int chan)
{
	return take(ic, chan, false);
}

int
isa_dmacascade(isa_chipset_tag_t ic, int chan)
{
	return take(ic, chan, true);
}

int
isa_drq_free(isa_chipset_tag_t ic, int chan)
{
	int error = 0;

	if (!busdma_isa_channel(ic, chan, NULL))
		return EINVAL;
	isa_lock(ic);
	if ((ic->ids_drqmap & bit(chan)) == 0)
		error = EINVAL;
	else if ((ic->ids_cascaded & bit(chan)) != 0 ||
		 ic->ids_chan[chan].ch_len != 0)
		error = EBUSY;
	else
		ic->ids_drqmap &= ~bit(chan);
	isa_unlock(ic);
	return error;
}

int
isa_dmacascade_stop(isa_chipset_tag_t ic, int chan)
{
	int error = 0;

	if (!busdma_isa_channel(ic, chan, NULL))
		return EINVAL;
	isa_lock(ic);
	if ((ic->ids_cascaded & bit(chan)) == 0) {
		error = EINVAL;
	} else {
		mask(ic, chan);
		ic->ids_cascaded &= ~bit(chan);
		ic->ids_drqmap &= ~bit(chan);
	}
	isa_unlock(ic);
	return error;
}

int
isa_drq_isfree(isa_chipset_tag_t ic, int chan)
{
	int free;

	if (!busdma_isa_channel(ic, chan, NULL))
		return 0;
	isa_lock(ic);
	free = (ic->ids_drqmap & bit(chan)) == 0;
	isa_unlock(ic);
	return free;
}

bus_size_t
isa_dmamaxsize(isa_chipset_tag_t ic, int chan)
{
	if (!busdma_isa_channel(ic, chan, NULL))
		return 0;
	return (bus_size_t)0x10000 << shift_of(chan);
}

int
isa_dmamap_create(isa_chipset_tag_t ic, int chan, bus_size_t size, int flags)
{
	const bus_size_t most = isa_dmamaxsize(ic, chan);
	bus_dmamap_t map;
	int error;

	if (size > most || (flags & BUS_DMA_PARTIAL) != 0)
		return EINVAL;
	error =
	    bus_dmamap_create(ic->ids_dmat, size, 1, size, most, flags, &map);
	if (error != 0)
		return error;
	isa_lock(ic);
	if (ic->ids_chan[chan].ch_map == NULL)
		ic->ids_chan[chan].ch_map = map;
	else
		error = EBUSY;
	isa_unlock(ic);
	if (error != 0)
		bus_dmamap_destroy(ic->ids_dmat, map);
	return error;
}

void
isa_dmamap_destroy(isa_chipset_tag_t ic, int chan)
{
	bus_dmamap_t map;

	if (!busdma_isa_channel(ic, chan, "isa_dmamap_destroy"))
		return;
	isa_lock(ic);
	if (ic->ids_chan[chan].ch_len != 0)
		stop(ic, chan);
	map = ic->ids_chan[chan].ch_map;
	ic->ids_chan[chan].ch_map = NULL;
	isa_unlock(ic);
	if (map != NULL)
		bus_dmamap_destroy(ic->ids_dmat, map);
	else
		report_channel(ic, chan, "isa_dmamap_destroy");
}

/* ---- transfers ---- */

/* Whether a transfer may begin. */
static int
startable(isa_chipset_tag_t ic, int chan)
{
	const struct isa_dma_channel *ch = &ic->ids_chan[chan];
	int error = 0;

	isa_lock(ic);
	if ((ic->ids_drqmap & ~ic->ids_cascaded & bit(chan)) == 0 ||
	    ch->ch_map == NULL)
		error = EINVAL;
	else if (ch->ch_len != 0)
		error = EBUSY;
	isa_unlock(ic);
	return error;
}

static void
start(isa_chipset_tag_t ic, int chan, uintptr_t buf, int flags)
{
	struct isa_dma_channel *ch = &ic->ids_chan[chan];
	const bus_dma_segment_t *seg = &ch->ch_map->dm_segs[0];

	bus_dmamap_sync(ic->ids_dmat, ch->ch_map, 0, seg->ds_len,
	    (flags & DMAMODE_READ) != 0 ? BUS_DMASYNC_PREREAD
					: BUS_DMASYNC_PREWRITE);
	isa_lock(ic);
	ch->ch_len = seg->ds_len;
	ch->ch_buf = buf;
	ch->ch_mode = flags;
	program(ic, chan, seg->ds_addr, seg->ds_len);
	isa_unlock(ic);
}

int
isa_dmastart(isa_chipset_tag_t ic, int chan, void *addr, bus_size_t nbytes,
    struct proc *p, int flags, int busdmaflags)
{
	const uintptr_t va = (uintptr_t)addr;
	int error;

	if (!busdma_isa_channel(ic, chan, NULL) || nbytes == 0 ||
	    ((va | nbytes) & shift_of(chan)) != 0 ||
	    (flags & ~(DMAMODE_READ | DMAMODE_LOOPDEMAND)) != 0 ||
	    (busdmaflags & BUS_DMA_PARTIAL) != 0)
		return EINVAL;
	error = startable(ic, chan);
	if (error != 0)
		return error;
	busdmaflags &= ~(BUS_DMA_READ | BUS_DMA_WRITE);
	busdmaflags |=
	    (flags & DMAMODE_READ) != 0 ? BUS_DMA_READ : BUS_DMA_WRITE;
	error = bus_dmamap_load(ic->ids_dmat, ic->ids_chan[chan].ch_map, addr,
	    nbytes, p, busdmaflags);
	if (error == 0)
		start(ic, chan, p == NULL ? va : 0, flags);
	return error;
}

void
isa_dmaabort(isa_chipset_tag_t ic, int chan)
{
	bus_size_t len = 0;
	bool mine;

	if (!busdma_isa_channel(ic, chan, "isa_dmaabort"))
		return;
	isa_lock(ic);
	mine = (ic->ids_drqmap & ~ic->ids_cascaded & bit(chan)) != 0;
	if (mine) {
		len = ic->ids_chan[chan].ch_len;
		stop(ic, chan);
	}
	isa_unlock(ic);
	if (!mine)
		report_channel(ic, chan, "isa_dmaabort");
	else if (len != 0)
		bus_dmamap_unload(ic->ids_dmat, ic->ids_chan[chan].ch_map);
}

void
isa_dmadone(isa_chipset_tag_t ic, int chan)
{
	bus_size_t len, rest = 0;
	bus_dmamap_t map;
	int flags;

	if (!busdma_isa_channel(ic, chan, "isa_dmadone"))
		return;
	isa_lock(ic);
	map = ic->ids_chan[chan].ch_map;
	flags = ic->ids_chan[chan].ch_mode;
	len = ic->ids_chan[chan].ch_len;
	if (len != 0) {
		stop(ic, chan);
		if ((flags & DMAMODE_LOOP) == 0)
			rest = left(ic, chan, len);
	}
	isa_unlock(ic);
	if (len == 0) {
		report_channel(ic, chan, "isa_dmadone");
		return;
	}
	if (rest != 0)
		busdma_report(ic->ids_dmat, map, BUSDMA_REPORT_UNFINISHED,
		    "isa_dmadone", (uint64_t)chan, rest);
	bus_dmamap_sync(ic->ids_dmat, map, 0, len,
	    (flags & DMAMODE_READ) != 0 ? BUS_DMASYNC_POSTREAD
					: BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(ic->ids_dmat, map);
}

int
isa_dmafinished(isa_chipset_tag_t ic, int chan)
{
	int finished;

	if (!busdma_isa_channel(ic, chan, "isa_dmafinished"))
		return 0;
	isa_lock(ic);
	look(ic, chan);
	finished = (ic->ids_finished & bit(chan)) != 0;
	isa_unlock(ic);
	return finished;
}

bus_size_t
isa_dmacount(isa_chipset_tag_t ic, int chan)
{
	bus_size_t n = 0;

	if (!busdma_isa_channel(ic, chan, "isa_dmacount"))
		return 0;
	isa_lock(ic);
	if (ic->ids_chan[chan].ch_len != 0)
		n = left(ic, chan, ic->ids_chan[chan].ch_len);
	isa_unlock(ic);
	return n;
}

void
isa_dmasync(
    isa_chipset_tag_t ic, int chan, bus_addr_t offset, bus_size_t len, int ops)
{
	if (!busdma_isa_channel(ic, chan, "isa_dmasync"))
		return;
	if (ic->ids_chan[chan].ch_len != 0)
		bus_dmamap_sync(
		    ic->ids_dmat, ic->ids_chan[chan].ch_map, offset, len, ops);
	else
		report_channel(ic, chan, "isa_dmasync");
}
