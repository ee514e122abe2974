/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the program nvme share: a controller behind a tag as the
 * command line says, buffers, and facts for the host to judge by.
 *
 * The facts are comments on the serial port:
 *
 *	q N OP LBA LEN KIND		a request, and where its buffer is:
 *	b N ADDR+LEN ...		its physical runs, in order
 *	c N QUEUE CID LBA LEN		one of its commands, and the segments
 *	s N ADDR+LEN ...		that the driver was given for it
 *	e N STATUS ERROR COMMANDS SEGMENTS RETRIES CRC
 *					its end; the CRC-32 of what was read
 *	NAME: NUMBER			a figure
 *
 * Numbers but the first two of e are hexadecimal, without 0x.
 */
#ifndef QEMU_NVME_RIG_H
#define QEMU_NVME_RIG_H

#include <busdma/bounce.h>
#include <busdma/uio.h>

#include "nvme/nvme.h"
#include "port.h"

#define RIG_PAGE ((size_t)4096)
#define RIG_PIECES 40
#define RIG_RUNS 1100

/* A tag for the controllers, and what it stands on. */
struct rig_tag {
	bus_dma_tag_t rt_tags[3];
	unsigned rt_count;
};

/*
 * By the command line: bounce=N, bytes of slots (0: no such layer); forced=1;
 * bits=N, of address.  0, or an errno; nothing is held then.
 */
int rig_tag_make(struct rig_tag *rt, const struct busdma_platform *pl);
void rig_tag_free(struct rig_tag *rt);
bus_dma_tag_t rig_tag(const struct rig_tag *rt);

/* By the command line: depth, pairs, maxxfer, polled. */
struct nvme_params rig_params(void);
/* The n-th controller; a failure is red.  Commands are told (facts=1). */
bool rig_attach(struct nvme_softc *sc, const struct rig_tag *rt, unsigned nth);

enum rig_kind {
	RIG_RUN,     /* linear, one physical run */
	RIG_PAGES,   /* linear, no two pages next to each other */
	RIG_LIST,    /* such pages, by load_raw */
	RIG_UIO,     /* a uio of such memory, cut anywhere */
	RIG_VECTORS, /* cut at pages: PRP entries can say it */
	RIG_USER,    /* linear, of the process; pages in any place */
	RIG_NKINDS
};

/* Memory for requests of one job. */
struct rig_memory {
	uint8_t *ra_run;
	uint8_t *ra_pages;
	uint8_t *ra_user;
	uint8_t
	    *ra_low; /* pages within every reach, for the odd piece of a uio */
	size_t ra_size; /* of each */
};

/* All but ra_low in physical [low, high]. */
bool rig_memory_make(
    struct rig_memory *ra, size_t size, paddr_t low, paddr_t high);
void rig_memory_free(struct rig_memory *ra);

struct rig_job {
	struct nvme_softc *rj_nvme;
	struct nvme_request rj_rq;
	struct rig_memory rj_memory;
	unsigned rj_number; /* of the request */
	struct iovec rj_iov[RIG_PIECES];
	unsigned rj_niov;
	struct uio rj_uio;
	bus_dma_segment_t rj_runs[RIG_RUNS];
	unsigned rj_nruns;
};

/* A number below n. */
uint32_t rig_below(uint64_t *random, uint32_t n);

/*
 * Lay a request out in the job's memory, `off' bytes from the beginning of a
 * page.
 */
void rig_lay(struct rig_job *rj, enum rig_kind kind, size_t off, size_t len,
    uint64_t *random);
/* The same buffer, for this operation of that controller. */
void rig_prepare(
    struct rig_job *rj, struct nvme_softc *sc, enum nvme_op op, uint64_t lba);
/* Tell of it, and start it; what nvme_submit returned. */
int rig_start(struct rig_job *rj);
bool rig_over(const struct rig_job *rj);
/*
 * As nvme_wait, but for longer: what the host takes to read its file is no time
 * of the machine's.
 */
unsigned rig_wait(struct nvme_softc *sc);
/* What all requests came to that have ended. */
extern unsigned rig_commands, rig_segments;
/* Tell of its end.  False: it failed. */
bool rig_end(struct rig_job *rj);
/* Prepared; until its end.  False: it failed, or was refused, which is red. */
bool rig_run(struct rig_job *rj);

/* What has been bounced through the tag of a controller's data. */
struct rig_figures {
	struct bus_dma_bounce_stats rf_bounced;
};
/*
 * Tell what was since `before', which becomes now; `what' goes before the names
 * of the figures.  NULL: tell nothing.
 */
void rig_figures(
    struct nvme_softc *sc, struct rig_figures *before, const char *what);

/* prog_nvme_wrong.c */
void nvme_errors(void);
void nvme_fails(void);

#endif /* QEMU_NVME_RIG_H */
