/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated scatter/gather disk: registers, rings, and the scheduling of
 * its steps.  What a command does stands in simdiskio.c.
 *
 * One step does one small thing, which of them the seed says: fetch a
 * command, move a piece of one command's data, or post a part of a
 * completion.  So commands overlap and complete in any order.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <busdma/simdiskreg.h>

#include "simdiskvar.h"
#include "simvar.h"

#define DISK_CTRL_MASK (SIMDISK_CTRL_EN | SIMDISK_CTRL_IE)

static const struct simdev_rings_kind disk_rings = {
	.rk_entry = "command",
	.rk_maxsize = SIMDISK_MAXQSIZE,
	.rk_entrysize = SIMDISK_CMD_SIZE,
	.rk_cplsize = SIMDISK_CPL_SIZE,
	.rk_cplphase = SIMDISK_CPL_FLAGS,
	.rk_phase = SIMDISK_CPL_PHASE,
	.rk_regsize = SIMDISK_QSIZE,
	.rk_regtail = SIMDISK_CMDTAIL,
	.rk_regcplhead = SIMDISK_CPLHEAD,
};

/* Forget everything that was going on. */
static void
reset(struct simdisk *sd)
{
	simdev_rings_reset(&sd->sd_rings);
	sd->sd_status = 0;
	sd->sd_ncmds = 0;
}

/* The rings can't be used: stop until the driver resets. */
static void
fail(struct simdisk *sd)
{
	reset(sd);
	sd->sd_status = SIMDISK_STATUS_ERR;
}

static void
enable(struct simdisk *sd)
{
	reset(sd);
	if (simdev_rings_check(&sd->sd_rings))
		sd->sd_status = SIMDISK_STATUS_RUN;
	else
		fail(sd);
}

static void
write_ctrl(struct simdisk *sd, uint32_t value)
{
	uint32_t was = sd->sd_ctrl;

	if ((value & ~DISK_CTRL_MASK) != 0)
		simdev_complain_reg(sd->sd_dev, SIMDISK_CTRL, value,
		    "reserved bits set in CTRL");
	sd->sd_ctrl = value & DISK_CTRL_MASK;
	if ((value & SIMDISK_CTRL_EN) == 0)
		reset(sd);
	else if ((was & SIMDISK_CTRL_EN) == 0)
		enable(sd);
}

static bool
running(const struct simdisk *sd)
{
	return (sd->sd_status & SIMDISK_STATUS_RUN) != 0;
}

/* A register that is constant while the disk is enabled. */
static void
write_config(struct simdisk *sd, uint32_t reg, uint32_t value)
{
	struct simdev_rings *dr = &sd->sd_rings;

	if ((sd->sd_ctrl & SIMDISK_CTRL_EN) != 0) {
		simdev_complain_reg(sd->sd_dev, reg, value,
		    "configuration changed while enabled");
		return;
	}
	if (reg == SIMDISK_QSIZE)
		dr->dr_size = value;
	else if (reg == SIMDISK_CMDQ_LO || reg == SIMDISK_CMDQ_HI)
		simdev_set_half(&dr->dr_entries, reg == SIMDISK_CMDQ_HI, value);
	else
		simdev_set_half(&dr->dr_cpls, reg == SIMDISK_CPLQ_HI, value);
}

static void
disk_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct simdisk *sd = softc;
	uint32_t v = (uint32_t)value;

	if (!simdev_width(sd->sd_dev, reg, width, true))
		return;
	switch (reg) {
	case SIMDISK_CTRL:
		write_ctrl(sd, v);
		break;
	case SIMDISK_QSIZE:
	case SIMDISK_CMDQ_LO:
	case SIMDISK_CMDQ_HI:
	case SIMDISK_CPLQ_LO:
	case SIMDISK_CPLQ_HI:
		write_config(sd, reg, v);
		break;
	case SIMDISK_CMDTAIL:
		simdev_rings_tail(&sd->sd_rings, running(sd), v);
		break;
	case SIMDISK_CPLHEAD:
		simdev_rings_cplhead(&sd->sd_rings, running(sd), v);
		break;
	case SIMDISK_INTR:
		sd->sd_intr &= ~v;
		break;
	default:
		simdev_noreg(sd->sd_dev, reg, value);
		break;
	}
}

static uint64_t
disk_read(void *softc, uint32_t reg, unsigned width)
{
	struct simdisk *sd = softc;
	const struct simdev_rings *dr = &sd->sd_rings;

	if (!simdev_width(sd->sd_dev, reg, width, false))
		return ~(uint64_t)0;
	switch (reg) {
	case SIMDISK_ID:
		return SIMDISK_ID_VALUE;
	case SIMDISK_CAP:
		return SIMDISK_MAXQSIZE | (uint32_t)SIMDISK_MAXSEGS << 16;
	case SIMDISK_BLOCKS_LO:
		return sd->sd_blocks & 0xffffffffu;
	case SIMDISK_BLOCKS_HI:
		return sd->sd_blocks >> 32;
	case SIMDISK_CTRL:
		return sd->sd_ctrl;
	case SIMDISK_STATUS:
		return sd->sd_status;
	case SIMDISK_QSIZE:
		return dr->dr_size;
	case SIMDISK_CMDQ_LO:
		return dr->dr_entries & 0xffffffffu;
	case SIMDISK_CMDQ_HI:
		return dr->dr_entries >> 32;
	case SIMDISK_CPLQ_LO:
		return dr->dr_cpls & 0xffffffffu;
	case SIMDISK_CPLQ_HI:
		return dr->dr_cpls >> 32;
	case SIMDISK_INTR:
		return sd->sd_intr;
	default:
		return simdev_noreg_read(sd->sd_dev, reg);
	}
}

static void
fetch(struct simdisk *sd)
{
	uint8_t raw[SIMDISK_CMD_SIZE];

	if (simdev_rings_fetch(&sd->sd_rings, raw))
		simdisk_begin(sd, &sd->sd_cmd[sd->sd_ncmds++], raw);
	else
		fail(sd);
}

/* The phase is written last, and perhaps a step later. */
static void
post_phase(struct simdisk *sd)
{
	if (!simdev_rings_sign(&sd->sd_rings)) {
		fail(sd);
		return;
	}
	sd->sd_intr = 1;
	if ((sd->sd_ctrl & SIMDISK_CTRL_IE) != 0)
		busdma_sim_intr(sd->sd_dev);
}

/* Post the completion of command `i', which is finished. */
static void
post(struct simdisk *sd, unsigned i)
{
	uint8_t raw[SIMDISK_CPL_FLAGS];

	simdev_put(raw + SIMDISK_CPL_ID, sd->sd_cmd[i].sc_id, 2);
	simdev_put(raw + SIMDISK_CPL_STATUS, sd->sd_cmd[i].sc_status, 2);
	/* Its slot is given to the last one; its table goes with it. */
	sd->sd_ncmds--;
	if (i != sd->sd_ncmds) {
		struct simdisk_cmd cmd = sd->sd_cmd[i];

		sd->sd_cmd[i] = sd->sd_cmd[sd->sd_ncmds];
		sd->sd_cmd[sd->sd_ncmds] = cmd;
	}
	if (!simdev_rings_post(&sd->sd_rings, raw, sizeof(raw)))
		fail(sd);
	else if (simdev_below(sd->sd_dev, 4) != 0)
		post_phase(sd);
}

/* A random command that can go on, or SIMDISK_MAXCMDS. */
static unsigned
pick(struct simdisk *sd)
{
	bool full = sd->sd_rings.dr_posting || simdev_rings_full(&sd->sd_rings);
	unsigned i, n = 0, at;

	for (i = 0; i < sd->sd_ncmds; i++)
		n += !sd->sd_cmd[i].sc_done || !full;
	if (n == 0)
		return SIMDISK_MAXCMDS;
	at = (unsigned)simdev_below(sd->sd_dev, n);
	for (i = 0;; i++)
		if ((!sd->sd_cmd[i].sc_done || !full) && at-- == 0)
			return i;
}

static bool
disk_step(void *softc)
{
	struct simdisk *sd = softc;
	bool canfetch, posting;
	unsigned i;

	if (!running(sd))
		return false;
	canfetch = simdev_rings_pending(&sd->sd_rings) &&
		   sd->sd_ncmds < SIMDISK_MAXCMDS;
	posting = sd->sd_rings.dr_posting;
	i = pick(sd);
	if (!canfetch && i == SIMDISK_MAXCMDS && !posting)
		return false;
	if (posting &&
	    (i == SIMDISK_MAXCMDS || simdev_below(sd->sd_dev, 2) == 0))
		post_phase(sd);
	else if (canfetch &&
		 (i == SIMDISK_MAXCMDS || simdev_below(sd->sd_dev, 3) == 0))
		fetch(sd);
	else if (sd->sd_cmd[i].sc_done)
		post(sd, i);
	else
		simdisk_advance(sd, &sd->sd_cmd[i]);
	return true;
}

static void
disk_destroy(void *softc)
{
	struct simdisk *sd = softc;
	unsigned i;

	for (i = 0; i < SIMDISK_MAXCMDS; i++)
		free(sd->sd_cmd[i].sc_segs);
	if (sd->sd_fd >= 0)
		close(sd->sd_fd);
	free(sd);
}

static const struct busdma_sim_dev_ops disk_ops = {
	.do_size = sizeof(struct busdma_sim_dev_ops),
	.do_name = "disk",
	.do_read = disk_read,
	.do_write = disk_write,
	.do_step = disk_step,
	.do_destroy = disk_destroy,
};

/* Open the file; a size of 0 is the file's own, a longer one extends it. */
static int
open_file(struct simdisk *sd, const char *path, uint64_t size)
{
	struct stat st;

	if (path == NULL)
		sd->sd_fd = memfd_create("busdma-simdisk", MFD_CLOEXEC);
	else
		sd->sd_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (sd->sd_fd < 0 || fstat(sd->sd_fd, &st) != 0)
		return path == NULL ? ENOMEM : EINVAL;
	if (size == 0)
		size = (uint64_t)st.st_size / SIMDISK_BLOCKSIZE *
		       SIMDISK_BLOCKSIZE;
	if (size == 0 || size > INT64_MAX || size % SIMDISK_BLOCKSIZE != 0)
		return EINVAL;
	if ((uint64_t)st.st_size < size &&
	    ftruncate(sd->sd_fd, (off_t)size) != 0)
		return ENOMEM;
	sd->sd_blocks = size / SIMDISK_BLOCKSIZE;
	return 0;
}

int
busdma_sim_disk_create(struct busdma_sim_bus *bus, unsigned requester,
    const char *path, uint64_t size, struct busdma_sim_dev **devp)
{
	struct simdisk *sd;
	int error;

	*devp = NULL;
	sd = calloc(1, sizeof(*sd));
	if (sd == NULL)
		return ENOMEM;
	error = open_file(sd, path, size);
	if (error == 0)
		error = busdma_sim_dev_create(
		    bus, requester, &disk_ops, sd, &sd->sd_dev);
	if (error != 0) {
		disk_destroy(sd);
		return error;
	}
	sd->sd_rings.dr_dev = sd->sd_dev;
	sd->sd_rings.dr_kind = &disk_rings;
	reset(sd);
	*devp = sd->sd_dev;
	return 0;
}
