/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA controller of a PC: its channels and their transfers.
 *
 * A transfer is a load of the channel's map, into one run, by whatever layers
 * the tag has, a PRE sync, the registers; and in the end the mask, a POST sync
 * and an unload.
 */
#include <busdma/string.h>

#include "isa_dmavar.h"

/* The highest address that the page registers can say. */
#define ADDR_MAX 0xffffffu

/* ---- the controller ---- */

/* A tag that reaches 24 bits: `dmat', which is held, or made of it. */
static int
reachable(isa_chipset_tag_t ic, bus_dma_tag_t dmat, int flags)
{
	const struct bus_dma_limits lim = { .dl_high = ADDR_MAX };

	if (dmat->dt_limits.dl_high > ADDR_MAX)
		return bus_dmatag_restrict(dmat, &lim, &ic->ids_dmat, flags);
	/* One that needs nothing has slots, perhaps, that another has not. */
	ic->ids_dmat = dmat;
	return busdma_tag_hold(dmat, "isa_dmainit");
}

static void
forget(isa_chipset_tag_t ic)
{
	const struct busdma_platform *pl = ic->ids_dmat->dt_pl;

	busdma_tag_release(ic->ids_dmat);
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
	ic->ids_drqmap = ic->ids_cascaded = isa_bit(ISA_DMA_CASCADE);
	isa_lock(ic);
	error = busdma_i8237_reset(ic);
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
	if (ic->ids_drqmap != isa_bit(ISA_DMA_CASCADE) || ic->ids_mem != NULL)
		error = EBUSY;
	for (chan = 0; chan < ISA_DMA_NCHANNELS; chan++)
		if (ic->ids_chan[chan].ch_map != NULL)
			error = EBUSY;
	if (error == 0)
		busdma_i8237_freeze(ic);
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
	if (ic->ids_frozen++ == 0)
		busdma_i8237_freeze(ic);
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
	if (!wrong && --ic->ids_frozen == 0)
		busdma_i8237_thaw(ic);
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
	if ((ic->ids_drqmap & isa_bit(chan)) != 0) {
		error = EBUSY;
	} else {
		ic->ids_drqmap |= isa_bit(chan);
		if (cascade) {
			ic->ids_cascaded |= isa_bit(chan);
			busdma_i8237_cascade(ic, chan);
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
	if ((ic->ids_drqmap & isa_bit(chan)) == 0)
		error = EINVAL;
	else if ((ic->ids_cascaded & isa_bit(chan)) != 0 ||
		 ic->ids_chan[chan].ch_len != 0)
		error = EBUSY;
	else
		ic->ids_drqmap &= ~isa_bit(chan);
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
	if ((ic->ids_cascaded & isa_bit(chan)) == 0) {
		error = EINVAL;
	} else {
		busdma_i8237_stop(ic, chan);
		ic->ids_cascaded &= ~isa_bit(chan);
		ic->ids_drqmap &= ~isa_bit(chan);
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
	free = (ic->ids_drqmap & isa_bit(chan)) == 0;
	isa_unlock(ic);
	return free;
}

/* Under the lock: the controller leaves the buffer alone from here on. */
static void
end(isa_chipset_tag_t ic, int chan)
{
	busdma_i8237_stop(ic, chan);
	ic->ids_chan[chan].ch_len = 0;
	ic->ids_chan[chan].ch_buf = 0;
}

bus_size_t
isa_dmamaxsize(isa_chipset_tag_t ic, int chan)
{
	if (!busdma_isa_channel(ic, chan, NULL))
		return 0;
	return (bus_size_t)0x10000 << isa_shift(chan);
}

int
isa_dmamap_create(isa_chipset_tag_t ic, int chan, bus_size_t size, int flags)
{
	const bus_size_t most = isa_dmamaxsize(ic, chan);
	bus_dmamap_t map;
	int error;

	if (most == 0 || size > most || (flags & BUS_DMA_PARTIAL) != 0)
		return EINVAL;
	isa_lock(ic);
	map = ic->ids_chan[chan].ch_map;
	isa_unlock(ic);
	if (map != NULL)
		return EBUSY;
	error =
	    bus_dmamap_create(ic->ids_dmat, size, 1, size, most, flags, &map);
	if (error != 0)
		return error;
	isa_lock(ic);
	ic->ids_chan[chan].ch_map = map;
	isa_unlock(ic);
	return 0;
}

void
isa_dmamap_destroy(isa_chipset_tag_t ic, int chan)
{
	bus_dmamap_t map;

	if (!busdma_isa_channel(ic, chan, "isa_dmamap_destroy"))
		return;
	isa_lock(ic);
	if (ic->ids_chan[chan].ch_len != 0)
		end(ic, chan);
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
	if ((ic->ids_drqmap & ~ic->ids_cascaded & isa_bit(chan)) == 0 ||
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
	busdma_i8237_program(ic, chan, seg->ds_addr, seg->ds_len, flags);
	isa_unlock(ic);
}

int
isa_dmastart(isa_chipset_tag_t ic, int chan, void *addr, bus_size_t nbytes,
    struct proc *p, int flags, int busdmaflags)
{
	const uintptr_t va = (uintptr_t)addr;
	int error;

	if (!busdma_isa_channel(ic, chan, NULL) || nbytes == 0 ||
	    ((va | nbytes) & isa_shift(chan)) != 0 ||
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
	mine = (ic->ids_drqmap & ~ic->ids_cascaded & isa_bit(chan)) != 0;
	if (mine) {
		len = ic->ids_chan[chan].ch_len;
		end(ic, chan);
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
		end(ic, chan);
		if ((flags & DMAMODE_LOOP) == 0)
			rest = busdma_i8237_left(ic, chan, len);
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
	busdma_i8237_look(ic, chan);
	finished = (ic->ids_finished & isa_bit(chan)) != 0;
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
		n = busdma_i8237_left(ic, chan, ic->ids_chan[chan].ch_len);
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
