/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program "edu": what can't be done is an error, and changes nothing.
 */
#include "edu_rig.h"

/* Any other device. */
#define OTHER_VENDOR 0x1b36u /* QEMU's pci-testdev */
#define OTHER_DEVICE 0x0005u

/* The n-th allocation fails, until there is no n-th. */
static bool
starved(const struct edu_unit *un, const struct edu_bus *eb)
{
	unsigned before = counted_live, n;
	struct edu_softc sc;
	int error;

	for (n = 1; n < 100; n++) {
		counted_fail = n;
		error =
		    edu_attach(&sc, un->un_dev, eb->eb_tag, un->un_bits, true);
		if (counted_fail != 0) {
			counted_fail = 0;
			edu_end(&sc);
			return n > 4 && counted_live == before;
		}
		if (error == 0) /* It was for a name. */
			edu_end(&sc);
		if ((error != 0 && error != ENOMEM) || counted_live != before) {
			tap_say("the %u-th: error %d, %u allocations left", n,
			    error, counted_live - before);
			return false;
		}
	}
	return false;
}

static void
attach(const struct edu_unit *un)
{
	static const struct bus_dma_bounce db = { .db_most = 1024 * 1024 };
	struct env_device *other;
	struct edu_softc sc;
	struct edu_bus eb;

	edu_bus_make(&eb, &db);
	tap_ok(edu_attach(&sc, un->un_dev, eb.eb_tag, 0, true) == EINVAL &&
		   edu_attach(&sc, un->un_dev, eb.eb_tag, 65, true) == EINVAL,
	    "no address has 0 bits, nor 65");
	other = port_pci_find(OTHER_VENDOR, OTHER_DEVICE, 0);
	if (other == NULL)
		tap_bail("no other device");
	tap_ok(edu_attach(&sc, other, eb.eb_tag, 28, true) == EINVAL,
	    "another device is refused");

	tap_ok(starved(un, &eb), "each allocation of an attach failed once");
	edu_bus_end(&eb);
}

/* An error, and not a byte was moved. */
static bool
untouched(struct edu_softc *sc, struct edu_job *jb, struct buffer *src,
    struct buffer *dst, int error)
{
	unsigned dmas = sc->sc_dmas;
	int got;

	buffer_fill(src, 1);
	buffer_fill(dst, 2);
	jb->jb_moved = 1;
	got = edu_copy(sc, jb);
	if (got != error)
		tap_say("edu_copy: %d, not %d", got, error);
	return got == error && jb->jb_moved == 0 && sc->sc_dmas == dmas &&
	       buffer_has(src, 1) && buffer_has(dst, 2);
}

/* Of two buffers, one is out of reach, or both are. */
static void
unreachable(struct edu_softc *sc, const struct edu_unit *un, int flags,
    const char *what)
{
	struct buffer near, far, far2;
	struct edu_job jb;
	int kind;

	buffer_alloc(&near, 10000, &edu_zones[LOW], false);
	buffer_alloc(
	    &far, 10000, &edu_zones[un->un_bits < 32 ? MIDDLE : HIGH], false);
	buffer_alloc(&far2, 10000, &edu_zones[HIGH], true);
	buffer_lay(&near, 77, 9000);
	buffer_lay(&far, 7, 9000);
	buffer_lay(&far2, 777, 9000);
	for (kind = EDU_LINEAR; kind <= EDU_RAW; kind++) {
		bool ok;

		edu_job(&jb, (enum edu_kind)kind, &near, &far, flags);
		ok = untouched(sc, &jb, &near, &far, EFAULT);
		edu_job(&jb, (enum edu_kind)kind, &far, &near, flags);
		ok = untouched(sc, &jb, &far, &near, EFAULT) && ok;
		edu_job(&jb, (enum edu_kind)kind, &far, &far2, flags);
		ok = untouched(sc, &jb, &far, &far2, EFAULT) && ok;
		tap_ok(ok, "%u bits, %s: out of reach, kind %d: EFAULT",
		    un->un_bits, what, kind);
	}
	buffer_free(&near);
	buffer_free(&far);
	buffer_free(&far2);
}

/*
 * A destination that is out of reach from its middle on: what was loaded before
 * that part is there.
 */
static void
half(struct edu_softc *sc, const struct edu_unit *un, int flags,
    const char *what)
{
	struct buffer src, near, far;
	bus_dma_segment_t segs[2];
	struct edu_job jb;
	int error;

	buffer_alloc(&src, EDU_PARTLEN + 8192, &edu_zones[LOW], true);
	buffer_alloc(&near, EDU_PARTLEN, &edu_zones[LOW], false);
	buffer_alloc(&far, 8192, &edu_zones[HIGH], false);
	buffer_lay(&src, 5, EDU_PARTLEN + 8192);
	buffer_lay(&near, 0, EDU_PARTLEN);
	buffer_lay(&far, 0, 8192);
	buffer_fill(&src, 1);
	buffer_fill(&near, 2);
	buffer_fill(&far, 3);
	edu_job(&jb, EDU_RAW, &src, &near, flags);
	jb.jb_dst.eb_segs = segs;
	jb.jb_dst.eb_nsegs = 2;
	segs[0] = (bus_dma_segment_t){ port_paddr(near.bu_mem), EDU_PARTLEN };
	segs[1] = (bus_dma_segment_t){ port_paddr(far.bu_mem), 8192 };
	error = edu_copy(sc, &jb);
	tap_ok(error == EFAULT && jb.jb_moved == EDU_PARTLEN &&
		   buffer_has(&src, 1) && buffer_has(&near, 1) &&
		   buffer_has(&far, 3),
	    "%u bits, %s: the last of it out of reach: EFAULT, behind the rest",
	    un->un_bits, what);
	buffer_lay(&src, 5, EDU_PARTLEN);
	buffer_fill(&src, 9);
	tap_ok(edu_run(sc, EDU_UIO, &src, &near, flags) == 0 &&
		   buffer_has(&near, 9),
	    "%u bits, %s: what is in reach goes", un->un_bits, what);
	buffer_free(&src);
	buffer_free(&near);
	buffer_free(&far);
}

/* Without the layer that bounces, and where it is not to. */
static void
no_bounce(const struct edu_unit *un)
{
	static const struct bus_dma_bounce db = { .db_most = 1024 * 1024 };
	struct edu_softc sc;
	struct edu_bus eb;
	int flags;

	for (flags = 0; flags <= BUS_DMA_NOBOUNCE; flags += BUS_DMA_NOBOUNCE) {
		const char *what = flags == 0 ? "direct" : "no bounce";

		edu_bus_make(&eb, flags == 0 ? NULL : &db);
		edu_begin(&sc, un, &eb, false);
		unreachable(&sc, un, flags, what);
		half(&sc, un, flags, what);
		edu_end(&sc);
		edu_bus_end(&eb);
	}
}

static void
illegal(const struct edu_unit *un)
{
	static const struct bus_dma_bounce db = { .db_most = 1024 * 1024 };
	struct buffer src, dst;
	struct edu_softc sc;
	struct edu_bus eb;
	struct edu_job jb;
	bool ok;

	edu_bus_make(&eb, &db);
	edu_begin(&sc, un, &eb, true);
	buffer_alloc(&src, 8192, &edu_zones[LOW], true);
	buffer_alloc(&dst, 8192, &edu_zones[LOW], true);
	buffer_lay(&src, 1, 8000);
	buffer_lay(&dst, 2, 8000);

	edu_job(&jb, EDU_LINEAR, &src, &dst, 0);
	jb.jb_len = 0;
	ok = untouched(&sc, &jb, &src, &dst, EINVAL);
	edu_job(&jb, EDU_UIO, &src, &dst, 0);
	jb.jb_len = 8001;
	ok = untouched(&sc, &jb, &src, &dst, EINVAL) && ok;
	edu_job(&jb, EDU_RAW, &src, &dst, 0);
	jb.jb_dst.eb_nsegs--;
	ok = untouched(&sc, &jb, &src, &dst, EINVAL) && ok;
	edu_job(&jb, EDU_LINEAR, &src, &dst, 0);
	jb.jb_dst.eb_kind = (enum edu_kind)9;
	ok = untouched(&sc, &jb, &src, &dst, EINVAL) && ok;
	tap_ok(ok, "no length, lists that are too short, no kind: EINVAL");

	edu_job(&jb, EDU_LINEAR, &src, &dst, 0);
	jb.jb_src.eb_buf = src.bu_mem + src.bu_size;
	tap_ok(
	    untouched(&sc, &jb, &src, &dst, EFAULT), "no memory there: EFAULT");

	/* None of these may reach the device. */
	ok = edu_dma(&sc, true, 0, 0, 0) == EINVAL &&
	     edu_dma(&sc, true, 0, 0, 4096) == EINVAL &&
	     edu_dma(&sc, true, 0, 1, 4095) == EINVAL &&
	     edu_dma(&sc, true, 0, 4096, 1) == EINVAL &&
	     edu_dma(&sc, true, 0, 0xffffffff, 2) == EINVAL && sc.sc_dmas == 0;
	tap_ok(ok, "beyond the device's buffer: EINVAL");
	buffer_free(&src);
	buffer_free(&dst);
	edu_end(&sc);
	edu_bus_end(&eb);
}

/* A transfer takes 100 ms of the device's time; the driver waits for less. */
static void
impatience(const struct edu_unit *un)
{
	static const struct bus_dma_bounce db = { .db_most = 1024 * 1024 };
	struct edu_softc sc, other;
	struct buffer src, dst;
	struct edu_bus eb;
	struct edu_job jb;

	edu_bus_make(&eb, &db);
	edu_begin(&sc, un, &eb, true);
	buffer_alloc(&src, 8192, &edu_zones[HIGH], true);
	buffer_alloc(&dst, 8192, &edu_zones[HIGH], true);
	buffer_lay(&src, 1, 8000);
	buffer_lay(&dst, 2, 8000);
	buffer_fill(&src, 1);
	buffer_fill(&dst, 2);
	sc.sc_patience = 3;
	edu_job(&jb, EDU_LINEAR, &src, &dst, 0);
	tap_ok(
	    edu_copy(&sc, &jb) == EBUSY && jb.jb_moved == 0 && jb.jb_dmas == 1,
	    "a transfer that does not end in time: EBUSY");
	tap_ok(edu_copy(&sc, &jb) == EBUSY && jb.jb_dmas == 0 &&
		   edu_dma(&sc, true, 0, 0, 1) == EBUSY &&
		   edu_reset(&sc) == EBUSY && edu_detach(&sc) == EBUSY,
	    "nor is anything else done until it has");
	tap_ok(
	    edu_attach(&other, un->un_dev, eb.eb_tag, un->un_bits, false) == 0,
	    "who attaches then waits for it");
	edu_end(&other);
	tap_ok(
	    edu_reset(&sc) == 0 && buffer_has(&src, 1) && buffer_has(&dst, 2),
	    "a reset gives the buffers back");
	sc.sc_patience = EDU_PATIENCE;
	tap_ok(edu_run(&sc, EDU_LINEAR, &src, &dst, 0) == 0 &&
		   buffer_has(&src, 1) && buffer_has(&dst, 1),
	    "and then it works");
	buffer_free(&src);
	buffer_free(&dst);
	edu_end(&sc);
	edu_bus_end(&eb);
}

void
edu_cases_bad(void)
{
	unsigned i;

	attach(&edu_units[0]);
	illegal(&edu_units[0]);
	impatience(&edu_units[0]);
	for (i = 0; i < edu_nunits; i++) {
		if (edu_units[i].un_bits <= 32)
			no_bounce(&edu_units[i]);
	}
	tap_ok(counted_live == 0, "nothing leaked");
}
