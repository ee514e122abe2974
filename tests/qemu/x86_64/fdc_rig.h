/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the program "fdc" share. */
#ifndef QEMU_FDC_RIG_H
#define QEMU_FDC_RIG_H

#include <busdma/bounce.h>

#include "buffer.h"
#include "counted.h"
#include "fdc/fdc.h"
#include "spy8237.h"

#define DISK_SECTORS 2880u
#define DISK_SIZE ((size_t)DISK_SECTORS * FDC_SECTOR)
#define CYLINDER 36u /* its sectors */

#define FDC_IOBASE 0x3f0
#define FDC_IRQ 6
#define FDC_DRQ 2

enum fdc_place { LOW, MIDDLE, HIGH, NPLACES };
/* Below 16 MiB, up to 4 GiB, above. */
extern const struct buffer_zone fdc_zones[NPLACES];

/* The DMA controller of a PC, watched; and the driver of the floppy's. */
struct fdc_rig {
	struct busdma_platform fr_platform;
	struct spy fr_spy;
	bus_dma_tag_t fr_root;
	bus_dma_tag_t fr_isa;
	isa_chipset_tag_t fr_ic;
	struct env_device *fr_dev;
	struct fdc_softc fr_fdc;
};

/* All but the driver; and all. */
void fdc_machine(struct fdc_rig *fr);
void fdc_machine_end(struct fdc_rig *fr);
void fdc_begin(struct fdc_rig *fr);
void fdc_end(struct fdc_rig *fr);

/* Transfer the sectors that the buffer is for. */
int fdc_run(struct fdc_rig *fr, struct fdc_request *rq, bool write,
    uint32_t sector, struct buffer *bu, int flags);
/* That it was done, and well: it is told if not. */
bool fdc_good(struct fdc_rig *fr, bool write, uint32_t sector,
    struct buffer *bu, int flags);

/* Bytes that went through slots. */
uint64_t fdc_bounced(struct fdc_rig *fr);

/* The cases. */
void fdc_cases_data(struct fdc_rig *fr);
void fdc_cases_attach(struct fdc_rig *fr);
void fdc_cases_bad(struct fdc_rig *fr);
void fdc_cases_readonly(struct fdc_rig *fr);
void fdc_cases_empty(struct fdc_rig *fr);

#endif /* QEMU_FDC_RIG_H */
