/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of bus_dmapool(9)'s EXAMPLES at work, with a device for it:
 * pool-example.h is taken from the page by mdoc.py.
 */
#include "pool-example.h"

#include "example.h"

#define LEN (5 * PAGE)

/* What the device has taken in, and whether it may begin. */
static unsigned char taken[LEN];
static size_t ntaken;
static unsigned ntds, nwrong;
static bus_addr_t head;

/* The memory behind a bus address, as far as the window shows it. */
static unsigned char *
device_sees(bus_addr_t addr, bus_size_t len)
{
	if (addr < BUS || addr - BUS > RAM || len > RAM - (addr - BUS)) {
		nwrong++;
		return NULL;
	}
	return ram + (size_t)(addr - BUS);
}

static uint64_t
get(const unsigned char *p, unsigned n)
{
	uint64_t value = 0;

	while (n-- > 0)
		value = value << 8 | p[n];
	return value;
}

/* One descriptor; returns the bus address of the next. */
static bus_addr_t
device_step(bus_addr_t addr)
{
	unsigned char *td = device_sees(addr, sizeof(struct foo_td)), *data;
	size_t len;

	if (td == NULL || addr % 32 != 0 || addr % PAGE > PAGE - 24) {
		nwrong++;
		return 0;
	}
	len = (size_t)get(td + 16, 4);
	data = device_sees(get(td + 8, 8), len);
	if (data == NULL || len > sizeof(taken) - ntaken) {
		nwrong++;
		return 0;
	}
	memcpy(taken + ntaken, data, len);
	ntaken += len;
	ntds++;
	td[20] = 1;
	return get(td, 8);
}

static void
device_run(void)
{
	for (ntds = 0, ntaken = 0; head != 0;)
		head = device_step(head);
}

/* The driver's. */
void
foo_write_8(struct foo_softc *sc, unsigned reg, uint64_t value)
{
	if (reg == FOO_HEAD)
		head = value;
}

static void
test_transfer(struct foo_softc *sc, struct foo_xfer *x)
{
	unsigned char *buf = ram + POOL + 100;
	size_t i;

	for (i = 0; i < LEN; i++)
		buf[i] = (unsigned char)(i * 7 + i / 251);
	check(!foo_intr(sc, x), "no interrupt before the first request");
	check(foo_start(sc, x, buf, LEN - 100) == 0 && x->x_ntds == 5,
	    "a request: a descriptor for each segment");
	check(!foo_intr(sc, x), "it is not done yet");
	device_run();
	check(ntds == 5 && ntaken == LEN - 100 && nwrong == 0,
	    "the device finds its way through the chain");
	check(memcmp(taken, buf, LEN - 100) == 0, "and the data");
	check(foo_intr(sc, x) && x->x_ntds == 0 && x->x_map->dm_nsegs == 0,
	    "the interrupt ends it");
	check(foo_start(sc, x, buf, 0) == EINVAL, "nothing to do: EINVAL");
}

/* Blocks until the pool has no more, without waiting. */
static unsigned
take_all(bus_dmapool_t pool, struct bus_dmapool_block **pb, unsigned max)
{
	unsigned n;

	for (n = 0; n < max; n++) {
		pb[n] = bus_dmapool_alloc(pool, BUS_DMA_NOWAIT);
		if (pb[n] == NULL)
			break;
	}
	return n;
}

static void
test_empty(struct foo_softc *sc, struct foo_xfer *x)
{
	struct bus_dmapool_block *pb[256], *more;
	unsigned n = take_all(sc->sc_tds, pb, 256);

	check(n == PAGE / 32, "FOO_NTDS blocks, rounded up to a page of them");
	check(foo_start(sc, x, ram + POOL, LEN) == ENOMEM &&
		  x->x_map->dm_nsegs == 0 && x->x_ntds == 0,
	    "none left: ENOMEM, and nothing is held");
	bus_dmapool_free(sc->sc_tds, pb[--n]);
	bus_dmapool_free(sc->sc_tds, pb[--n]);
	check(foo_start(sc, x, ram + POOL, LEN) == ENOMEM, "nor with too few");
	check(take_all(sc->sc_tds, pb + n, 3) == 2, "which are free again");
	n += 2;
	more = bus_dmapool_alloc(sc->sc_tds, BUS_DMA_WAITOK);
	check(more != NULL, "a thread makes the pool grow");
	bus_dmapool_free(sc->sc_tds, more);
	while (n > 0)
		bus_dmapool_free(sc->sc_tds, pb[--n]);
}

static void
test_wrong(struct foo_softc *sc)
{
	struct bus_dmapool_block *pb = bus_dmapool_alloc(sc->sc_tds, 0);

	nreports = 0;
	foo_detach(sc);
	check(was_reported(BUSDMA_REPORT_POOLBUSY) && reported.rp_len == 1,
	    "a pool with a block in use stays, and says how many");
	/* What a device or a driver may do to a free block. */
	bus_dmapool_free(sc->sc_tds, pb);
	memset(pb->pb_kva, 0xff, sizeof(struct foo_td));
	check(bus_dmapool_alloc(sc->sc_tds, BUS_DMA_NOWAIT) != NULL,
	    "what is in a free block is not believed");
	bus_dmapool_free(sc->sc_tds, pb);
	bus_dmapool_free(sc->sc_tds, pb);
	check(was_reported(BUSDMA_REPORT_POOLFREE) &&
		  reported.rp_addr == pb->pb_addr,
	    "a second free is reported");
}

int
main(void)
{
	bus_dma_tag_t tag = machine();
	struct foo_xfer x = { .x_ntds = 0 };
	struct foo_softc sc;

	if (tag == NULL)
		return 1;
	check(
	    bus_dmamap_create(tag, LEN, FOO_NSEGS, PAGE, 0, 0, &x.x_map) == 0 &&
		foo_attach(&sc, tag) == 0,
	    "it attaches");
	test_transfer(&sc, &x);
	test_empty(&sc, &x);
	check(nreports == 0, "nothing is reported");
	test_wrong(&sc);
	foo_detach(&sc);
	bus_dmamap_destroy(tag, x.x_map);
	return done(tag);
}
