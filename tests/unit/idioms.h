/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small drivers, written as drivers for NetBSD are, and what a test needs to
 * run them: the machine attaches them, and plays their devices.
 */
#ifndef TESTS_UNIT_IDIOMS_H
#define TESTS_UNIT_IDIOMS_H

#include <sys/bus.h>

#include <stdint.h>

/* What a bus hands to a driver that it attaches. */
struct attach_args {
	bus_dma_tag_t aa_dmat;
	bus_dma_tag_t aa_dmat64; /* not valid: the bus has none */
};

/*
 * An ethernet interface: rings of descriptors in one control block.  A
 * descriptor is the device's where OWN is set.
 */
#define ETH_NTX 8
#define ETH_NRX 4
#define ETH_NTXSEGS 3
#define ETH_BUFSIZE 2048

struct eth_desc {
	uint64_t ed_addr;
	uint32_t ed_len;
	uint32_t ed_ctl;
};
#define ETH_OWN 0x80000000u
#define ETH_LAST 0x40000000u

struct eth_control {
	struct eth_desc ec_tx[ETH_NTX];
	struct eth_desc ec_rx[ETH_NRX];
};

struct mbuf;

struct eth_softc {
	bus_dma_tag_t sc_dmat;
	bus_dma_segment_t sc_cdseg;
	int sc_cdnseg;
	bus_dmamap_t sc_cddmamap;
#define sc_cddma sc_cddmamap->dm_segs[0].ds_addr
	struct eth_control *sc_control;
	struct {
		bus_dmamap_t txs_dmamap;
		struct mbuf *txs_mbuf;
		int txs_last;
	} sc_txsoft[ETH_NTX];
	struct {
		bus_dmamap_t rxs_dmamap;
		char *rxs_buf;
	} sc_rxsoft[ETH_NRX];
	int sc_txnext, sc_txdirty, sc_txfree, sc_rxnext;
	int sc_ipackets, sc_opackets;
	char sc_lastrx[ETH_BUFSIZE];
};

int eth_attach(
    struct eth_softc *sc, const struct attach_args *aa, char *const *rxbufs);
void eth_detach(struct eth_softc *sc);
int eth_start(struct eth_softc *sc, struct mbuf *m);
void eth_txintr(struct eth_softc *sc);
void eth_rxintr(struct eth_softc *sc);

/* A SCSI host adapter: control blocks that name tables of segments. */
#define HBA_NCCB 4
#define HBA_NSEGS 17
#define HBA_MAXXFER ((HBA_NSEGS - 1) * 4096)

struct hba_sg {
	uint64_t hs_addr;
	uint32_t hs_len;
	uint32_t hs_pad;
};

struct hba_ccb {
	struct hba_sg cc_sg[HBA_NSEGS];
	uint32_t cc_nsegs;
	uint32_t cc_write; /* to the device */
	uint32_t cc_done;
	/* The driver's own from here. */
	uint64_t cc_hashkey; /* where the device sees it */
	bus_dmamap_t cc_dmamap;
	int cc_busy;
};

struct hba_softc {
	bus_dma_tag_t sc_dmat;
	bus_dmamap_t sc_dmamap_control;
	bus_dma_segment_t sc_seg;
	struct hba_ccb *sc_ccbs;
};

int hba_attach(struct hba_softc *sc, const struct attach_args *aa);
void hba_detach(struct hba_softc *sc);
struct hba_ccb *hba_start(
    struct hba_softc *sc, void *data, size_t len, int write);
void hba_done(struct hba_softc *sc, struct hba_ccb *ccb);

/* An audio device: memory that the program maps, in a list of the driver's. */
struct aud_dma {
	bus_dmamap_t ad_map;
	void *ad_addr;
	bus_dma_segment_t ad_segs[2];
	int ad_nsegs;
	size_t ad_size;
	struct aud_dma *ad_next;
};

struct aud_softc {
	bus_dma_tag_t sc_dmat;
	struct aud_dma *sc_dmas;
	struct aud_dma sc_pool[4];
};

void *aud_allocm(struct aud_softc *sc, size_t size);
void aud_freem(struct aud_softc *sc, void *addr);
paddr_t aud_mappage(struct aud_softc *sc, void *addr, int64_t off, int prot);
bus_addr_t aud_trigger(
    struct aud_softc *sc, void *addr, bus_size_t blksize, int *nblks);

/* A USB host controller: transfers share blocks of memory. */
struct usb_block {
	bus_dma_tag_t ub_tag;
	bus_dmamap_t ub_map;
	void *ub_kaddr;
	bus_dma_segment_t ub_segs[1];
	int ub_nsegs;
	size_t ub_size;
	size_t ub_align;
};

struct usb_dma {
	struct usb_block *ud_block;
	unsigned ud_offs;
};

#define DMAADDR(dma, o) \
	((dma)->ud_block->ub_map->dm_segs[0].ds_addr + (dma)->ud_offs + (o))
#define KERNADDR(dma, o) \
	((void *)((char *)(dma)->ud_block->ub_kaddr + (dma)->ud_offs + (o)))

int usb_block_alloc(
    bus_dma_tag_t tag, size_t size, size_t align, struct usb_block *b);
void usb_block_free(struct usb_block *b);
void usb_syncmem(struct usb_dma *dma, bus_addr_t offs, bus_size_t len, int ops);

/* An old controller: 24 address bits, segments of 64 KiB at most. */
struct isa_softc {
	bus_dma_tag_t sc_dmat, sc_lowtag;
	bus_dmamap_t sc_map, sc_raw;
	bus_dma_segment_t sc_seg;
	int sc_nseg;
	void *sc_kva;
};

int isa_attach(struct isa_softc *sc, const struct attach_args *aa);
void isa_detach(struct isa_softc *sc);
int isa_xfer(struct isa_softc *sc, void *buf, size_t len, bus_size_t most);

#endif /* TESTS_UNIT_IDIOMS_H */
