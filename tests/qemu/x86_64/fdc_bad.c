/* SPDX-License-Identifier: BSD-2-Clause */
/* The program "fdc": what goes wrong, and how it goes on. */
#include "fdc_rig.h"

#define NOWHERE 0x360 /* no device is there */
#define DEAF_IRQ 5    /* no device has it */

/* Each allocation of an attach fails once; and devices that are none. */
void
fdc_cases_attach(struct fdc_rig *fr)
{
	struct fdc_softc *sc = &fr->fr_fdc, other;
	unsigned before, n;
	bool ok = true;
	int error;

	fdc_machine(fr);
	before = counted_live;
	for (n = 1; ok; n++) {
		counted_fail = n;
		error = fdc_attach(sc, fr->fr_dev, fr->fr_ic, FDC_DRQ);
		if (counted_fail != 0)
			break;
		if (error == 0) /* It was for a name. */
			fdc_detach(sc);
		ok = (error == 0 || error == ENOMEM) && counted_live == before;
	}
	counted_fail = 0;
	tap_ok(ok && error == 0 && n > 1,
	    "each allocation of an attach failed once");

	tap_ok(fdc_attach(&other, fr->fr_dev, fr->fr_ic, FDC_DRQ) == EBUSY,
	    "a channel that is in use: EBUSY");
	fdc_detach(sc);
	before = counted_live;
	tap_ok(fdc_attach(&other, fr->fr_dev, fr->fr_ic, 8) == EINVAL,
	    "no such channel: EINVAL");
	tap_ok(fdc_attach(&other, port_isa_device(NOWHERE, FDC_IRQ), fr->fr_ic,
		   FDC_DRQ) == EINVAL &&
		   counted_live == before &&
		   isa_drq_isfree(fr->fr_ic, FDC_DRQ) != 0,
	    "no controller: EINVAL");
	tap_ok(fdc_attach(&other, port_isa_device(FDC_IOBASE, DEAF_IRQ),
		   fr->fr_ic, FDC_DRQ) == EINVAL &&
		   counted_live == before &&
		   isa_drq_isfree(fr->fr_ic, FDC_DRQ) != 0,
	    "no interrupt: EINVAL");
	fdc_machine_end(fr);
}

/* The first sectors were done, and then it ended so. */
static bool
ends(struct fdc_rig *fr, uint32_t sector, struct buffer *bu,
    enum fdc_status status, uint32_t done, unsigned retries)
{
	struct fdc_request rq;
	int error = fdc_run(fr, &rq, false, sector, bu, 0);

	if (error == 0 && rq.rq_status == status && rq.rq_done == done &&
	    rq.rq_retries == retries)
		return true;
	tap_say("error %d, status %d, %u done, %u retries", error,
	    (int)rq.rq_status, (unsigned)rq.rq_done, rq.rq_retries);
	return false;
}

static bool
refused(struct fdc_rig *fr, uint32_t sector, struct buffer *bu, int flags,
    int error)
{
	unsigned before = fr->fr_spy.sp_transfers;
	struct fdc_request rq;
	int got;

	buffer_fill(bu, 1);
	got = fdc_run(fr, &rq, false, sector, bu, flags);
	if (got != error)
		tap_say("error %d, not %d", got, error);
	return got == error && rq.rq_done == 0 && buffer_has(bu, 1) &&
	       fr->fr_spy.sp_transfers == before;
}

/* Of a disk that has more than this one, as the driver is told. */
static void
geometries(struct fdc_rig *fr, struct buffer *bu)
{
	struct fdc_geometry ge = fdc_1440;
	struct fdc_softc *sc = &fr->fr_fdc;

	sc->sc_geometry = &ge;
	ge.ge_sectors = 20;
	buffer_lay(bu, 99, 2 * FDC_SECTOR);
	tap_ok(ends(fr, 18, bu, FDC_ST_NOSECTOR, 0, FDC_RETRIES),
	    "a sector that the track does not have");
	ge = fdc_1440;
	ge.ge_cylinders = 200;
	tap_ok(ends(fr, 36 * 150, bu, FDC_ST_SEEK, 0, FDC_RETRIES),
	    "a cylinder that the disk does not have");
	/* The controller ends where the first side does. */
	ge = fdc_1440;
	ge.ge_heads = 4;
	ge.ge_sectors = 9;
	buffer_lay(bu, 99, 36 * FDC_SECTOR);
	tap_ok(ends(fr, 0, bu, FDC_ST_DMA, 0, FDC_RETRIES),
	    "a transfer that comes to less");
	sc->sc_geometry = &fdc_1440;
	tap_ok(fdc_good(fr, false, 0, bu, 0), "and then it works");
}

/* The controller can't have what it asks for, or is not heard. */
static void
silence(struct fdc_rig *fr, struct buffer *bu, struct buffer *before)
{
	struct fdc_softc *sc = &fr->fr_fdc;
	const void *data;

	buffer_lay(bu, 99, CYLINDER * FDC_SECTOR);
	buffer_lay(before, 1, CYLINDER * FDC_SECTOR);
	data = before->bu_iov[0].iov_base;
	tap_ok(fdc_good(fr, false, CYLINDER, before, 0), "as it was");
	isa_dmafreeze(fr->fr_ic);
	tap_ok(ends(fr, CYLINDER, bu, FDC_ST_TIMEOUT, 0, FDC_RETRIES),
	    "no DMA: the controller is given up");
	isa_dmathaw(fr->fr_ic);
	buffer_fill(bu, 1);
	tap_ok(fdc_good(fr, false, CYLINDER, bu, 0) && buffer_holds(bu, data),
	    "reset, it works");
	sc->sc_dev = port_isa_device(FDC_IOBASE, DEAF_IRQ);
	tap_ok(ends(fr, CYLINDER, bu, FDC_ST_TIMEOUT, 0, FDC_RETRIES),
	    "no interrupt: likewise");
	sc->sc_dev = port_isa_device(NOWHERE, FDC_IRQ);
	tap_ok(ends(fr, CYLINDER, bu, FDC_ST_TIMEOUT, 0, FDC_RETRIES),
	    "no controller any more");
	sc->sc_dev = fr->fr_dev;
	buffer_fill(bu, 1);
	tap_ok(fdc_good(fr, false, CYLINDER, bu, 0) && buffer_holds(bu, data),
	    "and then it works");
}

void
fdc_cases_bad(struct fdc_rig *fr)
{
	struct buffer bu, near;
	struct fdc_request rq;
	bool ok;

	fdc_begin(fr);
	buffer_alloc(&bu, 65536, &fdc_zones[MIDDLE], true);
	buffer_alloc(&near, 2 * 65536, &fdc_zones[LOW], false);
	buffer_lay(&bu, 1, 8 * FDC_SECTOR);
	ok = refused(fr, DISK_SECTORS - 7, &bu, 0, EINVAL) &&
	     refused(fr, DISK_SECTORS, &bu, 0, EINVAL) &&
	     refused(fr, 0xffffffff, &bu, 0, EINVAL);
	buffer_lay(&bu, 1, 0);
	ok = refused(fr, 0, &bu, 0, EINVAL) && ok;
	tap_ok(ok, "beyond the disk, and nothing at all: EINVAL");

	buffer_lay(&bu, 1, 8 * FDC_SECTOR);
	tap_ok(refused(fr, 0, &bu, BUS_DMA_NOBOUNCE, EFAULT),
	    "above 16 MiB, not to be bounced: EFAULT");
	/* 64 KiB begin somewhere in it. */
	buffer_lay(
	    &near, (size_t)(-port_paddr(near.bu_mem) % 65536), 8 * FDC_SECTOR);
	tap_ok(fdc_good(fr, false, 5, &near, BUS_DMA_NOBOUNCE),
	    "below, within 64 KiB: it need not be");
	bu.bu_iov[0].iov_base = bu.bu_mem + bu.bu_size;
	tap_ok(fdc_run(fr, &rq, false, 0, &bu, 0) == EFAULT && rq.rq_done == 0,
	    "no memory there: EFAULT");
	geometries(fr, &bu);
	silence(fr, &bu, &near);
	tap_ok(fr->fr_spy.sp_bad == 0, "no transfer was wrong");
	buffer_free(&bu);
	buffer_free(&near);
	fdc_end(fr);
}
