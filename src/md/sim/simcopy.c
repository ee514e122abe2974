/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated copy engine: registers, and which job goes on.  What a job
 * does stands in simcopyjob.c.
 *
 * One step does one small thing of one job, which of them the seed says: it
 * fetches the header or some entries, reads a piece or writes one, or writes
 * a part of the completion.  So jobs overlap, end in any order, and what lies
 * between a read and its write, or between a status and its cookie, can be
 * anything that the driver does.
 */
#include <stdlib.h>

#include <busdma/simcopyreg.h>

#include "simcopyvar.h"
#include "simvar.h"

#define COPY_CTRL_MASK (SIMCOPY_CTRL_EN | SIMCOPY_CTRL_IE)

static void
write_ctrl(struct simcopy *sc, uint32_t value)
{
	if ((value & ~COPY_CTRL_MASK) != 0)
		simdev_complain_reg(sc->sc_dev, SIMCOPY_CTRL, value,
		    "reserved bits set in CTRL");
	if ((value & SIMCOPY_CTRL_EN) == 0) {
		sc->sc_njobs = 0;
		sc->sc_status = 0;
	} else if ((sc->sc_ctrl & SIMCOPY_CTRL_EN) == 0) {
		sc->sc_status = SIMCOPY_STATUS_RUN;
	}
	sc->sc_ctrl = value & COPY_CTRL_MASK;
}

/* Whether a job's descriptor is the engine's already. */
static bool
queued(const struct simcopy *sc, bus_addr_t addr)
{
	unsigned i;

	for (i = 0; i < sc->sc_njobs; i++)
		if (sc->sc_job[i]->jb_addr == addr)
			return true;
	return false;
}

static void
write_job(struct simcopy *sc, uint32_t low)
{
	bus_addr_t addr = (bus_addr_t)sc->sc_jobhi << 32 | low;
	const char *text = NULL;
	struct simcopy_job *jb;

	if ((sc->sc_status & SIMCOPY_STATUS_RUN) == 0)
		text = "job while not running";
	else if ((addr & 63) != 0)
		text = "descriptor not aligned to 64 bytes";
	else if (queued(sc, addr))
		text = "descriptor queued already";
	else if (sc->sc_njobs == SIMCOPY_MAXJOBS)
		text = "job where there is no room";
	if (text != NULL) {
		simdev_complain(sc->sc_dev, addr, 0, text);
		return;
	}
	jb = sc->sc_job[sc->sc_njobs++];
	jb->jb_addr = addr;
	jb->jb_phase = SIMCOPY_FETCH;
}

static void
copy_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct simcopy *sc = softc;
	uint32_t v = (uint32_t)value;

	if (!simdev_width(sc->sc_dev, reg, width, true))
		return;
	switch (reg) {
	case SIMCOPY_CTRL:
		write_ctrl(sc, v);
		break;
	case SIMCOPY_JOB_HI:
		sc->sc_jobhi = v;
		break;
	case SIMCOPY_JOB_LO:
		write_job(sc, v);
		break;
	case SIMCOPY_INTR:
		sc->sc_intr &= ~v;
		break;
	default:
		simdev_noreg(sc->sc_dev, reg, value);
		break;
	}
}

static uint64_t
copy_read(void *softc, uint32_t reg, unsigned width)
{
	struct simcopy *sc = softc;

	if (!simdev_width(sc->sc_dev, reg, width, false))
		return ~(uint64_t)0;
	switch (reg) {
	case SIMCOPY_ID:
		return SIMCOPY_ID_VALUE;
	case SIMCOPY_CAP:
		return SIMCOPY_MAXJOBS | (uint32_t)SIMCOPY_MAXSEGS << 16;
	case SIMCOPY_CTRL:
		return sc->sc_ctrl;
	case SIMCOPY_STATUS:
		return sc->sc_status;
	case SIMCOPY_JOB_HI:
		return sc->sc_jobhi;
	case SIMCOPY_ROOM:
		return SIMCOPY_MAXJOBS - sc->sc_njobs;
	case SIMCOPY_INTR:
		return sc->sc_intr;
	default:
		return simdev_noreg_read(sc->sc_dev, reg);
	}
}

/* A job can't be ended: stop until the driver resets. */
static void
fail(struct simcopy *sc)
{
	sc->sc_njobs = 0;
	sc->sc_status = SIMCOPY_STATUS_ERR;
}

/* Job `i' is over; the place in the queue goes to the last one. */
static void
end(struct simcopy *sc, unsigned i)
{
	struct simcopy_job *jb = sc->sc_job[i];

	sc->sc_job[i] = sc->sc_job[--sc->sc_njobs];
	sc->sc_job[sc->sc_njobs] = jb;
	sc->sc_intr = 1;
	if ((sc->sc_ctrl & SIMCOPY_CTRL_IE) != 0)
		busdma_sim_intr(sc->sc_dev);
}

static bool
copy_step(void *softc)
{
	struct simcopy *sc = softc;
	struct simcopy_job *jb;
	unsigned i;

	if (sc->sc_njobs == 0)
		return false;
	i = (unsigned)simdev_below(sc->sc_dev, sc->sc_njobs);
	jb = sc->sc_job[i];
	if (jb->jb_phase != SIMCOPY_SIGN) {
		if (!simcopy_advance(sc, jb))
			fail(sc);
	} else if (simcopy_sign(sc, jb)) {
		end(sc, i);
	} else {
		fail(sc);
	}
	return sc->sc_njobs != 0;
}

static const struct busdma_sim_dev_ops copy_ops = {
	.do_size = sizeof(struct busdma_sim_dev_ops),
	.do_name = "copy",
	.do_read = copy_read,
	.do_write = copy_write,
	.do_step = copy_step,
	.do_destroy = free,
};

int
busdma_sim_copy_create(struct busdma_sim_bus *bus, unsigned requester,
    struct busdma_sim_dev **devp)
{
	struct simcopy *sc;
	unsigned i;
	int error;

	*devp = NULL;
	sc = calloc(1, sizeof(*sc));
	if (sc == NULL)
		return ENOMEM;
	for (i = 0; i < SIMCOPY_MAXJOBS; i++)
		sc->sc_job[i] = &sc->sc_jobs[i];
	error =
	    busdma_sim_dev_create(bus, requester, &copy_ops, sc, &sc->sc_dev);
	if (error != 0)
		free(sc);
	else
		*devp = sc->sc_dev;
	return error;
}
