/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Drivers as they stand in a NetBSD tree, as far as bus_dma(9) goes: the same
 * includes, the same order of calls, the same shortcuts that drivers take.
 * Nothing here knows that it is not there.
 */
#include <sys/bus.h>

#include <machine/bus.h>
#include <machine/bus_defs.h>
#include <machine/bus_funcs.h>

#include <busdma/mbuf.h>

#include <string.h>

#include "idioms.h"

#define PAGE_SIZE 4096

/* Ethernet. */

#define ETH_CDTXOFF(x) offsetof(struct eth_control, ec_tx[(x)])
#define ETH_CDRXOFF(x) offsetof(struct eth_control, ec_rx[(x)])

/* Descriptors [x, x + n) of the transmit ring, which may go around. */
static void
eth_cdtxsync(struct eth_softc *sc, int x, int n, int ops)
{
	if (x + n > ETH_NTX) {
		bus_dmamap_sync(sc->sc_dmat, sc->sc_cddmamap,
		    ETH_CDTXOFF((size_t)x),
		    sizeof(struct eth_desc) * (size_t)(ETH_NTX - x), ops);
		n -= ETH_NTX - x;
		x = 0;
	}
	bus_dmamap_sync(sc->sc_dmat, sc->sc_cddmamap, ETH_CDTXOFF((size_t)x),
	    sizeof(struct eth_desc) * (size_t)n, ops);
}

static void
eth_cdrxsync(struct eth_softc *sc, int x, int ops)
{
	bus_dmamap_sync(sc->sc_dmat, sc->sc_cddmamap, ETH_CDRXOFF((size_t)x),
	    sizeof(struct eth_desc), ops);
}

static void
eth_init_rxdesc(struct eth_softc *sc, int x)
{
	struct eth_desc *rxd = &sc->sc_control->ec_rx[x];
	bus_dmamap_t map = sc->sc_rxsoft[x].rxs_dmamap;

	rxd->ed_addr = map->dm_segs[0].ds_addr;
	rxd->ed_len = (uint32_t)map->dm_segs[0].ds_len;
	rxd->ed_ctl = ETH_OWN;
	eth_cdrxsync(sc, x, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
}

static int
eth_add_rxbuf(struct eth_softc *sc, int x, char *buf)
{
	bus_dmamap_t map = sc->sc_rxsoft[x].rxs_dmamap;
	int error;

	error = bus_dmamap_load(sc->sc_dmat, map, buf, ETH_BUFSIZE, NULL,
	    BUS_DMA_READ | BUS_DMA_NOWAIT);
	if (error)
		return error;
	sc->sc_rxsoft[x].rxs_buf = buf;
	bus_dmamap_sync(
	    sc->sc_dmat, map, 0, map->dm_mapsize, BUS_DMASYNC_PREREAD);
	eth_init_rxdesc(sc, x);
	return 0;
}

int
eth_attach(
    struct eth_softc *sc, const struct attach_args *aa, char *const *rxbufs)
{
	int i, error;
	void *kva;

	sc->sc_dmat =
	    BUS_DMA_TAG_VALID(aa->aa_dmat64) ? aa->aa_dmat64 : aa->aa_dmat;
	if ((error = bus_dmamem_alloc(sc->sc_dmat, sizeof(struct eth_control),
		 PAGE_SIZE, (bus_size_t)0x100000000ULL, &sc->sc_cdseg, 1,
		 &sc->sc_cdnseg, 0)) != 0)
		goto fail_0;
	if ((error = bus_dmamem_map(sc->sc_dmat, &sc->sc_cdseg, sc->sc_cdnseg,
		 sizeof(struct eth_control), &kva, BUS_DMA_COHERENT)) != 0)
		goto fail_1;
	sc->sc_control = kva;
	memset(sc->sc_control, 0, sizeof(struct eth_control));
	if ((error = bus_dmamap_create(sc->sc_dmat, sizeof(struct eth_control),
		 1, sizeof(struct eth_control), 0, 0, &sc->sc_cddmamap)) != 0)
		goto fail_2;
	if ((error = bus_dmamap_load(sc->sc_dmat, sc->sc_cddmamap,
		 sc->sc_control, sizeof(struct eth_control), NULL, 0)) != 0)
		goto fail_3;
	for (i = 0; i < ETH_NTX; i++)
		if ((error = bus_dmamap_create(sc->sc_dmat, ETH_BUFSIZE,
			 ETH_NTXSEGS, ETH_BUFSIZE, 0, BUS_DMA_NOWAIT,
			 &sc->sc_txsoft[i].txs_dmamap)) != 0)
			goto fail_4;
	for (i = 0; i < ETH_NRX; i++) {
		if ((error = bus_dmamap_create(sc->sc_dmat, ETH_BUFSIZE, 1,
			 ETH_BUFSIZE, 0, BUS_DMA_NOWAIT | BUS_DMA_ALLOCNOW,
			 &sc->sc_rxsoft[i].rxs_dmamap)) != 0)
			goto fail_5;
		if ((error = eth_add_rxbuf(sc, i, rxbufs[i])) != 0)
			goto fail_5;
	}
	sc->sc_txfree = ETH_NTX;
	return 0;

fail_5:
	for (i = 0; i < ETH_NRX; i++)
		if (sc->sc_rxsoft[i].rxs_dmamap != NULL)
			bus_dmamap_destroy(
			    sc->sc_dmat, sc->sc_rxsoft[i].rxs_dmamap);
fail_4:
	for (i = 0; i < ETH_NTX; i++)
		if (sc->sc_txsoft[i].txs_dmamap != NULL)
			bus_dmamap_destroy(
			    sc->sc_dmat, sc->sc_txsoft[i].txs_dmamap);
	bus_dmamap_unload(sc->sc_dmat, sc->sc_cddmamap);
fail_3:
	bus_dmamap_destroy(sc->sc_dmat, sc->sc_cddmamap);
fail_2:
	bus_dmamem_unmap(
	    sc->sc_dmat, sc->sc_control, sizeof(struct eth_control));
fail_1:
	bus_dmamem_free(sc->sc_dmat, &sc->sc_cdseg, sc->sc_cdnseg);
fail_0:
	return error;
}

void
eth_detach(struct eth_softc *sc)
{
	int i;

	for (i = 0; i < ETH_NRX; i++) {
		bus_dmamap_unload(sc->sc_dmat, sc->sc_rxsoft[i].rxs_dmamap);
		bus_dmamap_destroy(sc->sc_dmat, sc->sc_rxsoft[i].rxs_dmamap);
	}
	for (i = 0; i < ETH_NTX; i++)
		bus_dmamap_destroy(sc->sc_dmat, sc->sc_txsoft[i].txs_dmamap);
	bus_dmamap_unload(sc->sc_dmat, sc->sc_cddmamap);
	bus_dmamap_destroy(sc->sc_dmat, sc->sc_cddmamap);
	bus_dmamem_unmap(
	    sc->sc_dmat, sc->sc_control, sizeof(struct eth_control));
	bus_dmamem_free(sc->sc_dmat, &sc->sc_cdseg, sc->sc_cdnseg);
}

int
eth_start(struct eth_softc *sc, struct mbuf *m)
{
	int seg, error, nexttx = 0, lasttx = -1, first = sc->sc_txnext;
	bus_dmamap_t map = sc->sc_txsoft[first].txs_dmamap;

	error = bus_dmamap_load_mbuf(sc->sc_dmat, map, m,
	    BUS_DMA_WRITE | BUS_DMA_STREAMING | BUS_DMA_NOWAIT);
	if (error)
		return error; /* EFBIG: the caller copies it together */
	if (map->dm_nsegs > sc->sc_txfree) {
		bus_dmamap_unload(sc->sc_dmat, map);
		return EBUSY;
	}
	bus_dmamap_sync(
	    sc->sc_dmat, map, 0, map->dm_mapsize, BUS_DMASYNC_PREWRITE);
	for (nexttx = first, seg = 0; seg < map->dm_nsegs; seg++) {
		struct eth_desc *d = &sc->sc_control->ec_tx[nexttx];

		d->ed_addr = map->dm_segs[seg].ds_addr;
		d->ed_len = (uint32_t)map->dm_segs[seg].ds_len;
		/* The first one last: the device looks there. */
		d->ed_ctl = nexttx == first ? 0 : ETH_OWN;
		lasttx = nexttx;
		nexttx = (nexttx + 1) % ETH_NTX;
	}
	sc->sc_control->ec_tx[lasttx].ed_ctl |= ETH_LAST;
	sc->sc_txsoft[first].txs_mbuf = m;
	sc->sc_txsoft[first].txs_last = lasttx;
	eth_cdtxsync(sc, first, map->dm_nsegs,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	sc->sc_control->ec_tx[first].ed_ctl |= ETH_OWN;
	eth_cdtxsync(sc, first, 1, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	sc->sc_txfree -= map->dm_nsegs;
	sc->sc_txnext = nexttx;
	return 0;
}

void
eth_txintr(struct eth_softc *sc)
{
	while (sc->sc_txfree < ETH_NTX) {
		int i = sc->sc_txdirty;
		bus_dmamap_t map = sc->sc_txsoft[i].txs_dmamap;

		eth_cdtxsync(sc, i, map->dm_nsegs,
		    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
		if (sc->sc_control->ec_tx[sc->sc_txsoft[i].txs_last].ed_ctl &
		    ETH_OWN) {
			eth_cdtxsync(sc, i, map->dm_nsegs, BUS_DMASYNC_PREREAD);
			break;
		}
		sc->sc_txfree += map->dm_nsegs;
		sc->sc_txdirty = (i + map->dm_nsegs) % ETH_NTX;
		bus_dmamap_sync(sc->sc_dmat, map, 0, map->dm_mapsize,
		    BUS_DMASYNC_POSTWRITE);
		bus_dmamap_unload(sc->sc_dmat, map);
		sc->sc_txsoft[i].txs_mbuf = NULL;
		sc->sc_opackets++;
	}
}

void
eth_rxintr(struct eth_softc *sc)
{
	for (;;) {
		int i = sc->sc_rxnext;
		bus_dmamap_t map = sc->sc_rxsoft[i].rxs_dmamap;
		struct eth_desc *rxd = &sc->sc_control->ec_rx[i];

		eth_cdrxsync(
		    sc, i, BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
		if (rxd->ed_ctl & ETH_OWN) {
			eth_cdrxsync(sc, i, BUS_DMASYNC_PREREAD);
			break;
		}
		bus_dmamap_sync(
		    sc->sc_dmat, map, 0, rxd->ed_len, BUS_DMASYNC_POSTREAD);
		memcpy(sc->sc_lastrx, sc->sc_rxsoft[i].rxs_buf, rxd->ed_len);
		bus_dmamap_sync(
		    sc->sc_dmat, map, 0, map->dm_mapsize, BUS_DMASYNC_PREREAD);
		eth_init_rxdesc(sc, i);
		sc->sc_rxnext = (i + 1) % ETH_NRX;
		sc->sc_ipackets++;
	}
}

/* SCSI. */

#define HBA_CONTROLSIZE (sizeof(struct hba_ccb) * HBA_NCCB)

int
hba_attach(struct hba_softc *sc, const struct attach_args *aa)
{
	int i, rseg, error;
	void *kva;

	sc->sc_dmat = aa->aa_dmat;
	if ((error = bus_dmamem_alloc(sc->sc_dmat, HBA_CONTROLSIZE, 0, 0,
		 &sc->sc_seg, 1, &rseg, BUS_DMA_NOWAIT | BUS_DMA_COHERENT)) !=
	    0)
		return error;
	if ((error = bus_dmamem_map(sc->sc_dmat, &sc->sc_seg, rseg,
		 HBA_CONTROLSIZE, &kva, BUS_DMA_NOWAIT | BUS_DMA_COHERENT)) !=
	    0)
		return error;
	sc->sc_ccbs = memset(kva, 0, HBA_CONTROLSIZE);
	if ((error = bus_dmamap_create(sc->sc_dmat, HBA_CONTROLSIZE, 1,
		 HBA_CONTROLSIZE, 0, BUS_DMA_NOWAIT | BUS_DMA_COHERENT,
		 &sc->sc_dmamap_control)) != 0)
		return error;
	if ((error = bus_dmamap_load(sc->sc_dmat, sc->sc_dmamap_control,
		 sc->sc_ccbs, HBA_CONTROLSIZE, NULL,
		 BUS_DMA_NOWAIT | BUS_DMA_COHERENT)) != 0)
		return error;
	for (i = 0; i < HBA_NCCB; i++) {
		struct hba_ccb *ccb = &sc->sc_ccbs[i];

		if ((error = bus_dmamap_create(sc->sc_dmat, HBA_MAXXFER,
			 HBA_NSEGS, HBA_MAXXFER, (bus_size_t)0x100000000ULL,
			 BUS_DMA_NOWAIT | BUS_DMA_ALLOCNOW, &ccb->cc_dmamap)) !=
		    0)
			return error;
		ccb->cc_hashkey = sc->sc_dmamap_control->dm_segs[0].ds_addr +
				  (bus_addr_t)i * sizeof(struct hba_ccb);
	}
	return 0;
}

void
hba_detach(struct hba_softc *sc)
{
	int i;

	for (i = 0; i < HBA_NCCB; i++)
		bus_dmamap_destroy(sc->sc_dmat, sc->sc_ccbs[i].cc_dmamap);
	/* Destroyed while loaded: that unloads it. */
	bus_dmamap_destroy(sc->sc_dmat, sc->sc_dmamap_control);
	bus_dmamem_unmap(sc->sc_dmat, sc->sc_ccbs, HBA_CONTROLSIZE);
	bus_dmamem_free(sc->sc_dmat, &sc->sc_seg, 1);
}

static void
hba_sync_ccb(struct hba_softc *sc, struct hba_ccb *ccb, int ops)
{
	bus_dmamap_sync(sc->sc_dmat, sc->sc_dmamap_control,
	    (bus_addr_t)((char *)ccb - (char *)sc->sc_ccbs),
	    offsetof(struct hba_ccb, cc_hashkey), ops);
}

struct hba_ccb *
hba_start(struct hba_softc *sc, void *data, size_t len, int write)
{
	struct hba_ccb *ccb = NULL;
	bus_dma_segment_t *seg;
	int i;

	for (i = 0; i < HBA_NCCB && ccb == NULL; i++)
		if (!sc->sc_ccbs[i].cc_busy)
			ccb = &sc->sc_ccbs[i];
	if (ccb == NULL)
		return NULL;
	if (bus_dmamap_load(sc->sc_dmat, ccb->cc_dmamap, data, len, NULL,
		BUS_DMA_NOWAIT | BUS_DMA_STREAMING |
		    (write ? BUS_DMA_WRITE : BUS_DMA_READ)) != 0)
		return NULL;
	for (i = 0, seg = ccb->cc_dmamap->dm_segs; i < ccb->cc_dmamap->dm_nsegs;
	     i++, seg++) {
		ccb->cc_sg[i].hs_addr = seg->ds_addr;
		ccb->cc_sg[i].hs_len = (uint32_t)seg->ds_len;
	}
	ccb->cc_nsegs = (uint32_t)ccb->cc_dmamap->dm_nsegs;
	ccb->cc_write = (uint32_t)write;
	ccb->cc_done = 0;
	ccb->cc_busy = 1;
	bus_dmamap_sync(sc->sc_dmat, ccb->cc_dmamap, 0,
	    ccb->cc_dmamap->dm_mapsize,
	    write ? BUS_DMASYNC_PREWRITE : BUS_DMASYNC_PREREAD);
	hba_sync_ccb(sc, ccb, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	return ccb;
}

void
hba_done(struct hba_softc *sc, struct hba_ccb *ccb)
{
	hba_sync_ccb(sc, ccb, BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	bus_dmamap_sync(sc->sc_dmat, ccb->cc_dmamap, 0,
	    ccb->cc_dmamap->dm_mapsize,
	    ccb->cc_write ? BUS_DMASYNC_POSTWRITE : BUS_DMASYNC_POSTREAD);
	bus_dmamap_unload(sc->sc_dmat, ccb->cc_dmamap);
	ccb->cc_busy = 0;
}

/* Audio. */

static struct aud_dma *
aud_find(struct aud_softc *sc, void *addr)
{
	struct aud_dma *p;

	for (p = sc->sc_dmas; p != NULL; p = p->ad_next)
		if (p->ad_addr == addr)
			break;
	return p;
}

void *
aud_allocm(struct aud_softc *sc, size_t size)
{
	struct aud_dma *p = NULL;
	int i;

	for (i = 0; i < 4 && p == NULL; i++)
		if (sc->sc_pool[i].ad_size == 0)
			p = &sc->sc_pool[i];
	if (p == NULL)
		return NULL;
	p->ad_size = size;
	if (bus_dmamem_alloc(sc->sc_dmat, p->ad_size, 16, 0, p->ad_segs,
		sizeof(p->ad_segs) / sizeof(p->ad_segs[0]), &p->ad_nsegs,
		BUS_DMA_WAITOK) != 0)
		goto none;
	if (bus_dmamem_map(sc->sc_dmat, p->ad_segs, p->ad_nsegs, p->ad_size,
		&p->ad_addr, BUS_DMA_WAITOK | BUS_DMA_COHERENT) != 0)
		goto free;
	if (bus_dmamap_create(sc->sc_dmat, p->ad_size, 2, p->ad_size, 0,
		BUS_DMA_WAITOK, &p->ad_map) != 0)
		goto unmap;
	if (bus_dmamap_load(sc->sc_dmat, p->ad_map, p->ad_addr, p->ad_size,
		NULL, BUS_DMA_WAITOK | BUS_DMA_READ | BUS_DMA_WRITE) != 0)
		goto destroy;
	p->ad_next = sc->sc_dmas;
	sc->sc_dmas = p;
	return p->ad_addr;

destroy:
	bus_dmamap_destroy(sc->sc_dmat, p->ad_map);
unmap:
	bus_dmamem_unmap(sc->sc_dmat, p->ad_addr, p->ad_size);
free:
	bus_dmamem_free(sc->sc_dmat, p->ad_segs, p->ad_nsegs);
none:
	p->ad_size = 0;
	return NULL;
}

void
aud_freem(struct aud_softc *sc, void *addr)
{
	struct aud_dma **pp, *p;

	for (pp = &sc->sc_dmas; (p = *pp) != NULL; pp = &p->ad_next) {
		if (p->ad_addr != addr)
			continue;
		bus_dmamap_unload(sc->sc_dmat, p->ad_map);
		bus_dmamap_destroy(sc->sc_dmat, p->ad_map);
		bus_dmamem_unmap(sc->sc_dmat, p->ad_addr, p->ad_size);
		bus_dmamem_free(sc->sc_dmat, p->ad_segs, p->ad_nsegs);
		*pp = p->ad_next;
		p->ad_size = 0;
		return;
	}
}

paddr_t
aud_mappage(struct aud_softc *sc, void *addr, int64_t off, int prot)
{
	struct aud_dma *p = aud_find(sc, addr);

	if (p == NULL || off < 0)
		return (paddr_t)-1;
	return bus_dmamem_mmap(
	    sc->sc_dmat, p->ad_segs, p->ad_nsegs, off, prot, BUS_DMA_WAITOK);
}

/* Play it in blocks: one segment each, so that each can interrupt. */
bus_addr_t
aud_trigger(struct aud_softc *sc, void *addr, bus_size_t blksize, int *nblks)
{
	struct aud_dma *p = aud_find(sc, addr);
	bus_dmamap_t map;
	bus_addr_t last;

	if (p == NULL)
		return 0;
	if (bus_dmamap_create(
		sc->sc_dmat, p->ad_size, 64, p->ad_size, 0, 0, &map) != 0)
		return 0;
	map->dm_maxsegsz = blksize;
	/* The segments that were stored when it was allocated. */
	if (bus_dmamap_load_raw(sc->sc_dmat, map, p->ad_segs, p->ad_nsegs,
		p->ad_size, 0) != 0) {
		bus_dmamap_destroy(sc->sc_dmat, map);
		return 0;
	}
	*nblks = map->dm_nsegs;
	last = map->dm_segs[map->dm_nsegs - 1].ds_addr;
	bus_dmamap_sync(sc->sc_dmat, map, 0, p->ad_size, BUS_DMASYNC_PREWRITE);
	bus_dmamap_unload(sc->sc_dmat, map);
	bus_dmamap_destroy(sc->sc_dmat, map);
	return last;
}

/* USB. */

int
usb_block_alloc(
    bus_dma_tag_t tag, size_t size, size_t align, struct usb_block *b)
{
	int error;

	b->ub_tag = tag;
	b->ub_size = size;
	b->ub_align = align;
	error = bus_dmamem_alloc(tag, b->ub_size, align, 0, b->ub_segs,
	    sizeof(b->ub_segs) / sizeof(b->ub_segs[0]), &b->ub_nsegs, 0);
	if (error)
		return error;
	error = bus_dmamem_map(tag, b->ub_segs, b->ub_nsegs, b->ub_size,
	    &b->ub_kaddr, BUS_DMA_COHERENT);
	if (error)
		goto free1;
	error = bus_dmamap_create(tag, b->ub_size,
	    sizeof(b->ub_segs) / sizeof(b->ub_segs[0]), b->ub_size, 0, 0,
	    &b->ub_map);
	if (error)
		goto unmap;
	error =
	    bus_dmamap_load(tag, b->ub_map, b->ub_kaddr, b->ub_size, NULL, 0);
	if (error)
		goto destroy;
	return 0;

destroy:
	bus_dmamap_destroy(tag, b->ub_map);
unmap:
	bus_dmamem_unmap(tag, b->ub_kaddr, b->ub_size);
free1:
	bus_dmamem_free(tag, b->ub_segs, b->ub_nsegs);
	return error;
}

void
usb_block_free(struct usb_block *b)
{
	bus_dmamap_unload(b->ub_tag, b->ub_map);
	bus_dmamap_destroy(b->ub_tag, b->ub_map);
	bus_dmamem_unmap(b->ub_tag, b->ub_kaddr, b->ub_size);
	bus_dmamem_free(b->ub_tag, b->ub_segs, b->ub_nsegs);
}

void
usb_syncmem(struct usb_dma *dma, bus_addr_t offs, bus_size_t len, int ops)
{
	bus_dmamap_sync(dma->ud_block->ub_tag, dma->ud_block->ub_map,
	    dma->ud_offs + offs, len, ops);
}

/* ISA. */

int
isa_attach(struct isa_softc *sc, const struct attach_args *aa)
{
	int error;

	sc->sc_dmat = aa->aa_dmat;
	if ((error = bus_dmatag_subregion(
		 sc->sc_dmat, 0, 0xffffff, &sc->sc_lowtag, 0)) != 0)
		return error;
	if ((error = bus_dmamap_create(sc->sc_lowtag, 0x20000, 8, 0x10000,
		 0x10000, BUS_DMA_ALLOCNOW, &sc->sc_map)) != 0)
		return error;
	/* More than is mapped. */
	if ((error = bus_dmamem_alloc(sc->sc_lowtag, 4 * PAGE_SIZE, 0, 0x10000,
		 &sc->sc_seg, 1, &sc->sc_nseg, 0)) != 0)
		return error;
	return bus_dmamem_map(
	    sc->sc_lowtag, &sc->sc_seg, sc->sc_nseg, PAGE_SIZE, &sc->sc_kva, 0);
}

void
isa_detach(struct isa_softc *sc)
{
	bus_dmamem_unmap(sc->sc_lowtag, sc->sc_kva, PAGE_SIZE);
	bus_dmamem_free(sc->sc_lowtag, &sc->sc_seg, sc->sc_nseg);
	bus_dmamap_destroy(sc->sc_lowtag, sc->sc_map);
	bus_dmatag_destroy(sc->sc_lowtag);
}

/* One transfer; the number of segments, or an error below 0. */
int
isa_xfer(struct isa_softc *sc, void *buf, size_t len, bus_size_t most)
{
	int nsegs, error;

	if (most != 0)
		sc->sc_map->dm_maxsegsz = most;
	error = bus_dmamap_load(sc->sc_lowtag, sc->sc_map, buf, len, NULL, 0);
	if (error)
		return -error;
	bus_dmamap_sync(
	    sc->sc_lowtag, sc->sc_map, 0, len, BUS_DMASYNC_PREWRITE);
	nsegs = sc->sc_map->dm_nsegs;
	bus_dmamap_sync(
	    sc->sc_lowtag, sc->sc_map, 0, len, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(sc->sc_lowtag, sc->sc_map);
	return nsegs;
}
