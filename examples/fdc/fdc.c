/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the PC's floppy disk controller, written to be read: a device
 * that has no DMA of its own, and asks the machine's DMA controller for each
 * byte (isa_dma(9)).  That one takes a run below 16 MiB which crosses no
 * multiple of 64 KiB; the driver never learns whether a buffer was one, nor
 * does it sync: isa_dmastart and isa_dmadone do.
 *
 * A request goes by cylinders, as that is what one command can do: both sides
 * of it.  DMA is started before the command, for the controller asks for bytes
 * as soon as it has it; the count of DMA ends the command.
 *
 * A command is written byte by byte, when the controller is ready for one.  It
 * interrupts at the end of all that takes time; its results are then read in
 * the same way, or asked for with SENSE INTERRUPT.  One that doesn't answer is
 * reset.
 */
#include "fdc/fdc.h"

#include "fdc/fdcreg.h"

#define DRIVE 0u

#define READY_US 10u
#define READY_TRIES 50000u /* half a second */
#define STRAYS 8           /* interrupts that were meant for nothing */
#define SPIN_US 500000u    /* until the disk turns as fast as it should */
#define SETTLE_US 15000u   /* until the head stands still */
#define RESET_US 10u
/* Step every 3 ms; head up after 240 ms, down for 16; DMA. */
#define SPECIFY_STEP_UP 0xdfu
#define SPECIFY_DOWN 0x10u
#define FIFO_THRESHOLD 7u

#define NRESULTS 7
#define SIZE_CODE 2u /* 128 << 2 bytes in a sector */

const struct fdc_geometry fdc_1440 = {
	.ge_cylinders = 80,
	.ge_heads = 2,
	.ge_sectors = 18,
	.ge_gap = 0x1b,
	.ge_rate = FDC_CCR_500K,
};

/* Most bytes of one command. */
#define MAXXFER (2u * 18u * FDC_SECTOR)

/* Wait until FDC_FIFO can be read (FDC_MSR_OUT) or written (0). */
static bool
ready(struct fdc_softc *sc, uint8_t direction)
{
	unsigned tries;
	uint8_t msr;

	for (tries = 0; tries < READY_TRIES; tries++) {
		msr = env_read8(sc->sc_dev, FDC_MSR);
		if ((msr & FDC_MSR_READY) != 0)
			return (msr & FDC_MSR_OUT) == direction;
		env_delay(sc->sc_dev, READY_US);
	}
	return false;
}

static bool
command(struct fdc_softc *sc, const uint8_t *bytes, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		if (!ready(sc, 0))
			return false;
		env_write8(sc->sc_dev, FDC_FIFO, bytes[i]);
	}
	return true;
}

static bool
results(struct fdc_softc *sc, uint8_t *bytes, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		if (!ready(sc, FDC_MSR_OUT))
			return false;
		bytes[i] = env_read8(sc->sc_dev, FDC_FIFO);
	}
	return true;
}

/*
 * Why it has interrupted: ST0 and the cylinder that the head is at.  A
 * controller that has not answers with one byte.
 */
static bool
sense(struct fdc_softc *sc, uint8_t *st0, uint8_t *cylinder)
{
	const uint8_t cmd[] = { FDC_SENSE_INTERRUPT };

	if (!command(sc, cmd, 1) || !results(sc, st0, 1))
		return false;
	*cylinder = 0;
	return *st0 == FDC_ST0_IC_INVALID || results(sc, cylinder, 1);
}

static void
put_dor(struct fdc_softc *sc)
{
	unsigned dor = DRIVE | FDC_DOR_RUN | FDC_DOR_DMAEN;

	if (sc->sc_motor)
		dor |= FDC_DOR_MOTOR(DRIVE);
	env_write8(sc->sc_dev, FDC_DOR, (uint8_t)dor);
}

/* What it has to be told once. */
static bool
configure(struct fdc_softc *sc)
{
	const uint8_t cfg[] = { FDC_CONFIGURE, 0,
		FDC_CONFIGURE_NOPOLL | FIFO_THRESHOLD, 0 };
	const uint8_t spec[] = { FDC_SPECIFY, SPECIFY_STEP_UP, SPECIFY_DOWN };
	const uint8_t version[] = { FDC_VERSION };

	if (!command(sc, version, 1) || !results(sc, &sc->sc_version, 1))
		return false;
	if (sc->sc_version == FDC_VERSION_82077) {
		if (!command(sc, cfg, 4))
			return false;
	} else if (sc->sc_version != FDC_VERSION_8272)
		return false;
	return command(sc, spec, 3);
}

/*
 * Begin anew, whatever it was at.  It interrupts once, and has something to say
 * for each of four drives.
 */
static bool
reset(struct fdc_softc *sc)
{
	uint8_t st0, cylinder;
	int i;

	sc->sc_ready = false;
	sc->sc_motor = false;
	sc->sc_cylinder = -1;
	env_write8(sc->sc_dev, FDC_DOR, 0);
	env_delay(sc->sc_dev, RESET_US);
	put_dor(sc);
	if (!env_wait(sc->sc_dev))
		return false;
	for (i = 0; i < 4; i++) {
		if (!sense(sc, &st0, &cylinder))
			return false;
	}
	env_write8(sc->sc_dev, FDC_CCR, sc->sc_geometry->ge_rate);
	sc->sc_ready = configure(sc);
	return sc->sc_ready;
}

int
fdc_attach(
    struct fdc_softc *sc, struct env_device *dev, isa_chipset_tag_t ic, int drq)
{
	int error;

	sc->sc_dev = dev;
	sc->sc_ic = ic;
	sc->sc_drq = drq;
	sc->sc_geometry = &fdc_1440;
	error = isa_drq_alloc(ic, drq);
	if (error != 0)
		return error;
	/* One command at a time: what its load may need can be reserved. */
	error = isa_dmamap_create(ic, drq, MAXXFER, BUS_DMA_ALLOCNOW);
	if (error != 0)
		goto free;
	if (reset(sc))
		return 0;

	error = EINVAL;
	isa_dmamap_destroy(ic, drq);
free:
	(void)isa_drq_free(ic, drq);
	return error;
}

void
fdc_detach(struct fdc_softc *sc)
{
	env_write8(sc->sc_dev, FDC_DOR, 0);
	isa_dmamap_destroy(sc->sc_ic, sc->sc_drq);
	(void)isa_drq_free(sc->sc_ic, sc->sc_drq);
}

void
fdc_idle(struct fdc_softc *sc)
{
	sc->sc_motor = false;
	put_dor(sc);
}

/* The end of a seek: where the head is, or -1. */
static enum fdc_status
arrive(struct fdc_softc *sc, const uint8_t *cmd, unsigned n, int *cylinder)
{
	uint8_t st0, at;
	int strays;

	*cylinder = -1;
	if (!command(sc, cmd, n))
		return FDC_ST_TIMEOUT;
	for (strays = 0; strays < STRAYS; strays++) {
		if (!env_wait(sc->sc_dev) || !sense(sc, &st0, &at))
			return FDC_ST_TIMEOUT;
		if ((st0 & FDC_ST0_SEEK) == 0)
			continue;
		if ((st0 & FDC_ST0_IC) != FDC_ST0_IC_OK)
			return FDC_ST_SEEK;
		*cylinder = at;
		return FDC_ST_OK;
	}
	return FDC_ST_TIMEOUT;
}

/* A head that is lost needs up to two: 79 steps, of 80 cylinders or more. */
static enum fdc_status
recalibrate(struct fdc_softc *sc)
{
	const uint8_t cmd[] = { FDC_RECALIBRATE, DRIVE };
	enum fdc_status st;
	int i;

	for (i = 0; i < 2; i++) {
		st = arrive(sc, cmd, 2, &sc->sc_cylinder);
		if (st == FDC_ST_OK && sc->sc_cylinder == 0)
			return FDC_ST_OK;
		if (st == FDC_ST_TIMEOUT)
			return st;
	}
	sc->sc_cylinder = -1;
	return FDC_ST_SEEK;
}

static enum fdc_status
seek(struct fdc_softc *sc, unsigned cylinder)
{
	const uint8_t cmd[] = { FDC_SEEK, DRIVE, (uint8_t)cylinder };
	enum fdc_status st = FDC_ST_OK;

	if (sc->sc_cylinder == (int)cylinder)
		return FDC_ST_OK;
	if (sc->sc_cylinder < 0)
		st = recalibrate(sc);
	if (st == FDC_ST_OK && sc->sc_cylinder != (int)cylinder)
		st = arrive(sc, cmd, 3, &sc->sc_cylinder);
	if (st != FDC_ST_OK)
		return st;
	env_delay(sc->sc_dev, SETTLE_US);
	if (sc->sc_cylinder == (int)cylinder)
		return FDC_ST_OK;
	sc->sc_cylinder = -1;
	return FDC_ST_SEEK;
}

/*
 * Turn the disk.  Where the drive was open, a step says whether there is one;
 * that this seek arrives is not asked for.
 */
static enum fdc_status
spin(struct fdc_softc *sc)
{
	const uint8_t step[] = { FDC_SEEK, DRIVE, 1 };
	enum fdc_status st;

	if (!sc->sc_motor) {
		sc->sc_motor = true;
		put_dor(sc);
		env_delay(sc->sc_dev, SPIN_US);
	}
	if ((env_read8(sc->sc_dev, FDC_DIR) & FDC_DIR_CHANGE) == 0)
		return FDC_ST_OK;
	st = arrive(sc, step, 3, &sc->sc_cylinder);
	if (st != FDC_ST_TIMEOUT)
		st = recalibrate(sc);
	if (st == FDC_ST_TIMEOUT)
		return st;
	if ((env_read8(sc->sc_dev, FDC_DIR) & FDC_DIR_CHANGE) != 0)
		return FDC_ST_NOMEDIA;
	return st;
}

/* A piece of a request: sectors of one cylinder. */
struct piece {
	unsigned pi_cylinder;
	unsigned pi_head;
	unsigned pi_sector; /* from 1 */
	uint32_t pi_nsectors;
	char *pi_buf;
};

/* What comes after the first rq_done sectors. */
static void
cut(const struct fdc_softc *sc, const struct fdc_request *rq, struct piece *pi)
{
	const struct fdc_geometry *ge = sc->sc_geometry;
	unsigned cylinder = ge->ge_heads * ge->ge_sectors; /* its sectors */
	uint32_t sector = rq->rq_sector + rq->rq_done;
	unsigned within = sector % cylinder;

	pi->pi_cylinder = sector / cylinder;
	pi->pi_head = within / ge->ge_sectors;
	pi->pi_sector = within % ge->ge_sectors + 1;
	pi->pi_nsectors = rq->rq_nsectors - rq->rq_done;
	if (pi->pi_nsectors > cylinder - within)
		pi->pi_nsectors = cylinder - within;
	if (pi->pi_nsectors > MAXXFER / FDC_SECTOR)
		pi->pi_nsectors = MAXXFER / FDC_SECTOR;
	pi->pi_buf = (char *)rq->rq_buf + (size_t)rq->rq_done * FDC_SECTOR;
}

static enum fdc_status
judge(const uint8_t *st)
{
	if ((st[0] & FDC_ST0_IC) == FDC_ST0_IC_OK)
		return FDC_ST_OK;
	if ((st[1] & FDC_ST1_NOWRITE) != 0)
		return FDC_ST_READONLY;
	if ((st[1] & FDC_ST1_OVERRUN) != 0)
		return FDC_ST_OVERRUN;
	if ((st[1] & FDC_ST1_CRC) != 0)
		return FDC_ST_DATA;
	if ((st[2] & FDC_ST2_WRONG) != 0)
		return FDC_ST_SEEK;
	if ((st[1] & (FDC_ST1_END | FDC_ST1_NODATA | FDC_ST1_NOMARK)) != 0)
		return FDC_ST_NOSECTOR;
	return FDC_ST_FAILED;
}

/* Give the command, and wait for its end. */
static enum fdc_status
execute(struct fdc_softc *sc, bool write, const struct piece *pi)
{
	const struct fdc_geometry *ge = sc->sc_geometry;
	const uint8_t cmd[] = { write ? FDC_WRITE : FDC_READ,
		(uint8_t)(pi->pi_head << 2 | DRIVE), (uint8_t)pi->pi_cylinder,
		(uint8_t)pi->pi_head, (uint8_t)pi->pi_sector, SIZE_CODE,
		(uint8_t)ge->ge_sectors, ge->ge_gap, 0xff };
	const uint8_t over = FDC_MSR_READY | FDC_MSR_OUT | FDC_MSR_BUSY;
	uint8_t st[NRESULTS];
	int strays;

	if (!command(sc, cmd, sizeof(cmd)))
		return FDC_ST_TIMEOUT;
	for (strays = 0; strays < STRAYS; strays++) {
		if (!env_wait(sc->sc_dev))
			return FDC_ST_TIMEOUT;
		if ((env_read8(sc->sc_dev, FDC_MSR) & over) != over)
			continue;
		if (!results(sc, st, NRESULTS))
			return FDC_ST_TIMEOUT;
		return judge(st);
	}
	return FDC_ST_TIMEOUT;
}

/*
 * One attempt.  DMA is stopped after one that failed; a controller that may
 * still ask for bytes gets none, as the channel is masked then.
 */
static int
attempt(struct fdc_softc *sc, struct fdc_request *rq, const struct piece *pi)
{
	int mode = rq->rq_write ? DMAMODE_WRITE : DMAMODE_READ;
	int error;

	rq->rq_status = FDC_ST_TIMEOUT;
	if (!sc->sc_ready && !reset(sc))
		return 0;
	rq->rq_status = spin(sc);
	if (rq->rq_status == FDC_ST_OK)
		rq->rq_status = seek(sc, pi->pi_cylinder);
	if (rq->rq_status != FDC_ST_OK)
		return 0;

	error = isa_dmastart(sc->sc_ic, sc->sc_drq, pi->pi_buf,
	    (bus_size_t)pi->pi_nsectors * FDC_SECTOR, rq->rq_proc, mode,
	    rq->rq_flags);
	if (error != 0)
		return error;
	rq->rq_status = execute(sc, rq->rq_write, pi);
	if (rq->rq_status == FDC_ST_OK &&
	    isa_dmafinished(sc->sc_ic, sc->sc_drq) == 0)
		rq->rq_status = FDC_ST_DMA;
	if (rq->rq_status == FDC_ST_OK)
		isa_dmadone(sc->sc_ic, sc->sc_drq);
	else
		isa_dmaabort(sc->sc_ic, sc->sc_drq);
	return 0;
}

/*
 * Whether to try once more: after a time-out the controller is reset, else the
 * head is sent to the edge, from where it finds its way again.
 */
static bool
again(struct fdc_softc *sc, const struct fdc_request *rq, int retry)
{
	if (rq->rq_status == FDC_ST_TIMEOUT)
		sc->sc_ready = false;
	else
		sc->sc_cylinder = -1;
	return retry < FDC_RETRIES && rq->rq_status != FDC_ST_READONLY &&
	       rq->rq_status != FDC_ST_NOMEDIA;
}

static int
piece(struct fdc_softc *sc, struct fdc_request *rq)
{
	struct piece pi;
	int error, retry;

	cut(sc, rq, &pi);
	for (retry = 0;; retry++) {
		error = attempt(sc, rq, &pi);
		if (error != 0)
			return error;
		if (rq->rq_status == FDC_ST_OK) {
			rq->rq_done += pi.pi_nsectors;
			return 0;
		}
		if (!again(sc, rq, retry))
			return 0;
		rq->rq_retries++;
	}
}

int
fdc_transfer(struct fdc_softc *sc, struct fdc_request *rq)
{
	const struct fdc_geometry *ge = sc->sc_geometry;
	uint32_t sectors = ge->ge_cylinders * ge->ge_heads * ge->ge_sectors;
	int error = 0;

	rq->rq_status = FDC_ST_OK;
	rq->rq_done = 0;
	rq->rq_retries = 0;
	if (rq->rq_nsectors == 0 || rq->rq_sector >= sectors ||
	    rq->rq_nsectors > sectors - rq->rq_sector)
		return EINVAL;
	while (error == 0 && rq->rq_status == FDC_ST_OK &&
	       rq->rq_done < rq->rq_nsectors)
		error = piece(sc, rq);
	return error;
}
