/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program "fdc": the PC's floppy disk, of 1.44 MB, by the driver of
 * examples/fdc and isa_dma(9).
 *
 *	disk=	rw: it is read, and written; ro: it can't be written; none
 *	seed=S	of what is random
 *	rounds=R
 *
 * It tells the SHA-256 of what it has read; with disk=rw each byte of the disk
 * is its complement then.
 */
#include "fdc_rig.h"

#include <busdma/x86.h>

const struct buffer_zone fdc_zones[NPLACES] = {
	[LOW] = { "16M", 0x100000, 0xffffff },
	[MIDDLE] = { "4G", 0x1000000, 0xffffffff },
	[HIGH] = { "beyond", 0x100000000, ~(paddr_t)0 },
};

void
fdc_machine(struct fdc_rig *fr)
{
	static const struct bus_dma_x86 dx = {
		.dx_isa = { 0x20000, 0x20000 },
		.dx_pci = { 0, 0x10000 },
		.dx_pci64 = { 0, 0x10000 },
	};

	counted_platform(&fr->fr_platform);
	spy_begin(&fr->fr_spy, &fr->fr_platform, FDC_DRQ);
	if (bus_dmatag_x86(&fr->fr_platform, NULL, &dx, &fr->fr_root,
		BUS_DMA_WAITOK) != 0 ||
	    bus_dmatag_x86_isa(fr->fr_root, &fr->fr_isa, BUS_DMA_WAITOK) != 0)
		tap_bail("no tag of an ISA bus");
	if (isa_dmainit(fr->fr_isa, &fr->fr_ic, BUS_DMA_WAITOK) != 0)
		tap_bail("no DMA controller");
}

void
fdc_machine_end(struct fdc_rig *fr)
{
	if (isa_dmadestroy(fr->fr_ic) != 0)
		tap_bail("the DMA controller is in use");
	bus_dmatag_destroy(fr->fr_isa);
	bus_dmatag_destroy(fr->fr_root);
}

void
fdc_begin(struct fdc_rig *fr)
{
	int error;

	fdc_machine(fr);
	error = fdc_attach(&fr->fr_fdc, fr->fr_dev, fr->fr_ic, FDC_DRQ);
	if (error != 0)
		tap_bail("fdc_attach: %d", error);
}

void
fdc_end(struct fdc_rig *fr)
{
	fdc_detach(&fr->fr_fdc);
	fdc_machine_end(fr);
}

int
fdc_run(struct fdc_rig *fr, struct fdc_request *rq, bool write, uint32_t sector,
    struct buffer *bu, int flags)
{
	*rq = (struct fdc_request){
		.rq_write = write,
		.rq_sector = sector,
		.rq_nsectors = (uint32_t)(buffer_length(bu) / FDC_SECTOR),
		.rq_buf = bu->bu_iov[0].iov_base,
		.rq_flags = flags,
		.rq_done = 9999,
	};
	return fdc_transfer(&fr->fr_fdc, rq);
}

bool
fdc_good(struct fdc_rig *fr, bool write, uint32_t sector, struct buffer *bu,
    int flags)
{
	struct fdc_request rq;
	int error = fdc_run(fr, &rq, write, sector, bu, flags);

	if (error == 0 && rq.rq_status == FDC_ST_OK &&
	    rq.rq_done == rq.rq_nsectors && rq.rq_retries == 0)
		return true;
	tap_say("%s sectors %u + %u: error %d, status %d, %u done, %u retries",
	    write ? "writing" : "reading", (unsigned)sector,
	    (unsigned)rq.rq_nsectors, error, (int)rq.rq_status,
	    (unsigned)rq.rq_done, rq.rq_retries);
	return false;
}

uint64_t
fdc_bounced(struct fdc_rig *fr)
{
	struct bus_dma_bounce_stats bs;
	uint64_t bytes = 0;
	int why;

	if (bus_dma_bounce_stats(fr->fr_isa, &bs) != 0)
		tap_bail("no layer that bounces");
	for (why = 0; why < BUS_DMA_NBOUNCED; why++)
		bytes += bs.bs_bytes[why];
	return bytes;
}

static void
fdc_main(void)
{
	static struct fdc_rig rig;
	const char *disk = port_arg("disk");

	rig.fr_dev = port_isa_device(FDC_IOBASE, FDC_IRQ);
	if (disk == NULL)
		tap_bail("disk=rw, ro, none");
	if (disk[0] == 'n')
		fdc_cases_empty(&rig);
	else if (disk[1] == 'o')
		fdc_cases_readonly(&rig);
	else {
		fdc_cases_data(&rig);
		fdc_cases_attach(&rig);
		fdc_cases_bad(&rig);
	}
	tap_ok(counted_live == 0, "nothing leaked");
}

PORT_PROGRAM(fdc, fdc_main);
