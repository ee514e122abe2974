/* SPDX-License-Identifier: BSD-2-Clause */
/* The drivers of idioms.c, run: with devices that look where they say. */
#include <busdma/mbuf.h>

#include "idioms.h"
#include "unit.h"

/* All memory 256 MiB higher on the bus than for the CPU. */
#define SHIFT 0x10000000u

static bus_dma_tag_t
bus_tag(struct tp *tp)
{
	static const struct bus_dma_window w = { 0, SHIFT, 0x1000000,
		BUS_DMA_WINDOW_COHERENT };
	bus_dma_tag_t t = NULL;

	assert_int_equal(tp_direct(tp, &w, 1, &t), 0);
	return t;
}

/* Memory as the device sees it. */
static void *
bus_mem(struct tp *tp, bus_addr_t addr)
{
	void *p = tp_phys(tp, addr - SHIFT);

	assert_non_null(p);
	return p;
}

/* A device's copy: a byte at a time, as bus addresses go. */
static void
dev_read(struct tp *tp, bus_addr_t addr, size_t len, char *to)
{
	while (len-- != 0)
		*to++ = *(char *)bus_mem(tp, addr++);
}

static void
dev_write(struct tp *tp, bus_addr_t addr, size_t len, const char *from)
{
	while (len-- != 0)
		*(char *)bus_mem(tp, addr++) = *from++;
}

struct eth_world {
	struct tp *tp;
	bus_dma_tag_t t;
	struct eth_softc sc;
	char *rx[ETH_NRX];
	char *tx;
	int devtx, devrx; /* where the device is in its rings */
};

static int
eth_world(struct eth_world *w, struct tp *tp)
{
	struct attach_args aa = { 0 };

	memset(w, 0, sizeof(*w));
	w->tp = tp;
	w->t = bus_tag(tp);
	w->tx = tp_run(tp, 0x700000, 4);
	for (int i = 0; i < ETH_NRX; i++)
		w->rx[i] = tp_run(tp, 0x600000 + (paddr_t)i * 0x10000, 1);
	aa.aa_dmat = w->t;
	return eth_attach(&w->sc, &aa, w->rx);
}

static void
eth_world_end(struct eth_world *w)
{
	eth_detach(&w->sc);
	bus_dmatag_destroy(w->t);
	assert_silent(w->tp);
}

/* The device sends one packet; its bytes, or 0 where there is none. */
static size_t
eth_dev_send(struct eth_world *w, char *to)
{
	struct eth_control *c = bus_mem(w->tp, w->sc.sc_cddma);
	size_t len = 0;

	while ((c->ec_tx[w->devtx].ed_ctl & ETH_OWN) != 0) {
		struct eth_desc *d = &c->ec_tx[w->devtx];

		dev_read(w->tp, d->ed_addr, d->ed_len, to + len);
		len += d->ed_len;
		d->ed_ctl &= ~ETH_OWN;
		w->devtx = (w->devtx + 1) % ETH_NTX;
		if ((d->ed_ctl & ETH_LAST) != 0)
			break;
	}
	return len;
}

static void
eth_dev_receive(struct eth_world *w, const char *from, uint32_t len)
{
	struct eth_control *c = bus_mem(w->tp, w->sc.sc_cddma);
	struct eth_desc *d = &c->ec_rx[w->devrx];

	assert_true((d->ed_ctl & ETH_OWN) != 0);
	assert_true(len <= d->ed_len);
	dev_write(w->tp, d->ed_addr, len, from);
	d->ed_len = len;
	d->ed_ctl = 0;
	w->devrx = (w->devrx + 1) % ETH_NRX;
}

/* Packets of one to three mbufs, around the ring several times. */
static void
an_ethernet_interface_sends(void **state)
{
	static char packet[ETH_BUFSIZE];
	struct eth_world w;
	struct mbuf m[3];

	assert_int_equal(eth_world(&w, *state), 0);
	for (int i = 0; i < 40; i++) {
		int n = 1 + i % 3, sum = 0;

		memset(m, 0, sizeof(m));
		for (int j = 0; j < n; j++) {
			m[j].m_data = w.tx + j * 4096 + i;
			m[j].m_len = 20 + i + 50 * j;
			memset(m[j].m_data, i + j, (size_t)m[j].m_len);
			m[j].m_next = j + 1 < n ? &m[j + 1] : NULL;
			sum += m[j].m_len;
		}
		m[0].m_flags = M_PKTHDR;
		m[0].m_pkthdr.len = sum;
		assert_int_equal(eth_start(&w.sc, m), 0);
		eth_txintr(&w.sc); /* too early */
		assert_int_equal(w.sc.sc_opackets, i);
		assert_int_equal(eth_dev_send(&w, packet), sum);
		for (int j = 0, o = 0; j < n; o += m[j++].m_len)
			assert_memory_equal(
			    packet + o, m[j].m_data, (size_t)m[j].m_len);
		eth_txintr(&w.sc);
		assert_int_equal(w.sc.sc_opackets, i + 1);
		assert_int_equal(w.sc.sc_txfree, ETH_NTX);
	}
	eth_world_end(&w);
}

static void
an_ethernet_interface_is_told_to_defragment(void **state)
{
	struct eth_world w;
	struct mbuf m[ETH_NTXSEGS + 1];

	assert_int_equal(eth_world(&w, *state), 0);
	memset(m, 0, sizeof(m));
	for (int i = 0; i <= ETH_NTXSEGS; i++) {
		m[i].m_data = w.tx + i * 100;
		m[i].m_len = 50;
		m[i].m_next = i < ETH_NTXSEGS ? &m[i + 1] : NULL;
	}
	m[0].m_flags = M_PKTHDR;
	m[0].m_pkthdr.len = 50 * (ETH_NTXSEGS + 1);
	assert_int_equal(eth_start(&w.sc, m), EFBIG);
	m[0].m_len = 50 * (ETH_NTXSEGS + 1);
	m[0].m_next = NULL;
	assert_int_equal(eth_start(&w.sc, m), 0);
	/* Left in the ring: what detach destroys, it unloads. */
	eth_world_end(&w);
}

static void
an_ethernet_interface_receives(void **state)
{
	char packet[100];
	struct eth_world w;

	assert_int_equal(eth_world(&w, *state), 0);
	for (int i = 0; i < 3 * ETH_NRX; i++) {
		memset(packet, i + 1, sizeof(packet));
		eth_rxintr(&w.sc);
		assert_int_equal(w.sc.sc_ipackets, i);
		eth_dev_receive(&w, packet, sizeof(packet));
		eth_rxintr(&w.sc);
		assert_int_equal(w.sc.sc_ipackets, i + 1);
		assert_memory_equal(w.sc.sc_lastrx, packet, sizeof(packet));
	}
	eth_world_end(&w);
}

/* Attach fails at every place, and leaves nothing. */
static void
an_ethernet_interface_may_fail_to_attach(void **state)
{
	struct tp *tp = *state;
	struct eth_world w;
	unsigned n, wrong = 0;

	for (n = 1;; n++) {
		struct attach_args aa = { 0 };
		unsigned held;
		int error;

		memset(&w, 0, sizeof(w));
		w.tp = tp;
		aa.aa_dmat = w.t = bus_tag(tp);
		for (int i = 0; i < ETH_NRX; i++)
			w.rx[i] =
			    tp_run(tp, 0x600000 + (paddr_t)i * 0x10000, 1);
		held = tp->tp_allocs;
		tp_fail_at(tp, n);
		tp->tp_failon = true;
		error = eth_attach(&w.sc, &aa, w.rx);
		wrong += (error != 0) != tp->tp_failed;
		tp_fail_at(tp, 0);
		if (error == 0)
			break;
		assert_int_equal(tp->tp_allocs, held);
		assert_int_equal(tp->tp_pages, 0);
		assert_int_equal(tp->tp_kmaps, 0);
		bus_dmatag_destroy(w.t);
		assert_silent(tp);
	}
	assert_int_equal(wrong, 0);
	/* Memory, mapping, maps and loads: all of them were seen to fail. */
	assert_true(n > 4 + ETH_NTX + 2 * ETH_NRX);
	eth_world_end(&w);
}

static void
a_host_adapter_moves_data(void **state)
{
	struct tp *tp = *state;
	struct attach_args aa = { .aa_dmat = bus_tag(tp) };
	paddr_t pages[16];
	struct hba_softc sc;
	struct hba_ccb *ccb, *dev, *many[HBA_NCCB];
	char *buf, *disk = calloc(1, HBA_MAXXFER);

	assert_non_null(disk);
	for (unsigned i = 0; i < 16; i++)
		pages[i] = 0x800000 + (paddr_t)(15 - i) * 0x1000;
	buf = tp_buf(tp, pages, 16);
	memset(&sc, 0, sizeof(sc));
	assert_int_equal(hba_attach(&sc, &aa), 0);
	for (int write = 1; write >= 0; write--) {
		size_t done = 0, len = HBA_MAXXFER - 600;

		for (size_t i = 0; i < HBA_MAXXFER; i++)
			buf[i] = write ? (char)(i * 7 + i / 4096) : 0;
		ccb = hba_start(&sc, buf + 300, len, write);
		assert_non_null(ccb);
		/* The device is given the block's bus address. */
		dev = bus_mem(tp, ccb->cc_hashkey);
		assert_int_equal(dev->cc_nsegs, 16);
		for (unsigned i = 0; i < dev->cc_nsegs; i++) {
			struct hba_sg *sg = &dev->cc_sg[i];

			if (write)
				dev_read(
				    tp, sg->hs_addr, sg->hs_len, disk + done);
			else
				dev_write(
				    tp, sg->hs_addr, sg->hs_len, disk + done);
			done += sg->hs_len;
		}
		assert_int_equal(done, len);
		dev->cc_done = 1;
		hba_done(&sc, ccb);
		assert_memory_equal(buf + 300, disk, len);
	}
	/* As many as there are blocks, and no more. */
	for (unsigned i = 0; i < HBA_NCCB; i++)
		assert_non_null(many[i] = hba_start(&sc, buf, 512, 1));
	assert_null(hba_start(&sc, buf, 512, 1));
	for (unsigned i = HBA_NCCB; i-- > 0;)
		hba_done(&sc, many[i]);
	assert_null(hba_start(&sc, buf, HBA_MAXXFER + 1, 1));
	hba_detach(&sc);
	bus_dmatag_destroy(aa.aa_dmat);
	assert_silent(tp);
	free(disk);
}

static void
an_audio_device_shares_its_memory(void **state)
{
	struct tp *tp = *state;
	struct aud_softc sc;
	void *a, *b;
	int nblks = 0;

	memset(&sc, 0, sizeof(sc));
	sc.sc_dmat = bus_tag(tp);
	a = aud_allocm(&sc, 3 * PAGE);
	/* No run as long any more: this one is in two parts. */
	for (unsigned i = 0; i < RAMPAGES; i++)
		tp->tp_used[i] |= i % 4 == 3 ? 2 : 0;
	b = aud_allocm(&sc, 5 * PAGE);
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(sc.sc_dmas->ad_nsegs, 2);
	memset(b, 1, 5 * PAGE);
	assert_true(aud_mappage(&sc, b, 4 * PAGE, 0) !=
		    aud_mappage(&sc, b, 3 * PAGE, 0));
	assert_true(aud_mappage(&sc, b, 5 * PAGE, 0) == (paddr_t)-1);
	assert_true(aud_mappage(&sc, b, -1, 0) == (paddr_t)-1);
	/* Eight blocks of half a page each, in a page and a half. */
	assert_true(aud_trigger(&sc, a, PAGE / 2, &nblks) ==
		    SHIFT + RAMBASE + 3 * PAGE - PAGE / 2);
	assert_int_equal(nblks, 6);
	aud_freem(&sc, a);
	a = aud_allocm(&sc, PAGE);
	aud_freem(&sc, b);
	aud_freem(&sc, a);
	assert_null(sc.sc_dmas);
	bus_dmatag_destroy(sc.sc_dmat);
	assert_silent(tp);
}

/* Transfers that share a block, each syncing its own part. */
static void
usb_transfers_share_a_block(void **state)
{
	struct tp *tp = *state;
	struct usb_block b;
	struct usb_dma d[4];
	bus_dma_tag_t t = bus_tag(tp);

	assert_int_equal(usb_block_alloc(t, PAGE, 256, &b), 0);
	for (unsigned i = 0; i < 4; i++) {
		d[i] = (struct usb_dma){ &b, i * 1024 };
		memset(KERNADDR(&d[i], 0), (int)i, 1024);
		usb_syncmem(&d[i], 0, 1024, BUS_DMASYNC_PREWRITE);
	}
	for (unsigned i = 4; i-- > 0;) {
		char byte[2];

		dev_read(tp, DMAADDR(&d[i], 1022), 2, byte);
		assert_int_equal(byte[1], i);
		dev_write(tp, DMAADDR(&d[i], 8), 2, "hi");
		usb_syncmem(&d[i], 8, 2, BUS_DMASYNC_POSTREAD);
		assert_memory_equal(KERNADDR(&d[i], 8), "hi", 2);
	}
	assert_silent(tp);
	/* One that goes over its block's end is told. */
	usb_syncmem(&d[3], 1000, 25, BUS_DMASYNC_PREREAD);
	assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
	usb_block_free(&b);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
an_old_controller_has_its_own_tag(void **state)
{
	struct tp *tp = *state;
	struct attach_args aa = { .aa_dmat = identity(tp) };
	struct isa_softc sc;
	char *low = tp_run(tp, 0x20000 - 8 * PAGE, 16);
	char *high = tp_run(tp, 0x1000000 - 2 * PAGE, 4);

	memset(&sc, 0, sizeof(sc));
	assert_int_equal(isa_attach(&sc, &aa), 0);
	assert_in_range(sc.sc_seg.ds_addr, RAMBASE, 0xffffff);
	memset(sc.sc_kva, 1, PAGE);
	assert_int_equal(isa_xfer(&sc, low, 16 * PAGE, 0), 2);
	assert_int_equal(isa_xfer(&sc, low, 16 * PAGE, 0x4000), 4);
	/* dm_maxsegsz is what it was. */
	assert_int_equal(isa_xfer(&sc, low, 16 * PAGE, 0), 2);
	assert_int_equal(isa_xfer(&sc, high, 2 * PAGE, 0), 1);
	assert_int_equal(isa_xfer(&sc, high, 2 * PAGE + 1, 0), -EFAULT);
	isa_detach(&sc);
	bus_dmatag_destroy(aa.aa_dmat);
	assert_silent(tp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(an_ethernet_interface_sends),
		UNIT(an_ethernet_interface_is_told_to_defragment),
		UNIT(an_ethernet_interface_receives),
		UNIT(an_ethernet_interface_may_fail_to_attach),
		UNIT(a_host_adapter_moves_data),
		UNIT(an_audio_device_shares_its_memory),
		UNIT(usb_transfers_share_a_block),
		UNIT(an_old_controller_has_its_own_tag),
	};

	return cmocka_run_group_tests_name("idioms", tests, NULL, NULL);
}
