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

void
simdisk_complain(
    struct simdisk *sd, bus_addr_t addr, uint64_t len, const char *text)
{
	busdma_sim_complain(sd->sd_dev, addr, len, text);
}

uint64_t
simdisk_below(struct simdisk *sd, uint64_t n)
{
	return busdma_sim_random(busdma_sim_of(sd->sd_dev)) % n;
}

/* Forget everything that was going on. */
static void
reset(struct simdisk *sd)
{
	sd->sd_cmdhead = sd->sd_cmdtail = 0;
	sd->sd_cplidx = sd->sd_cplhead = 0;
	sd->sd_phase = SIMDISK_CPL_PHASE;
	sd->sd_posting = false;
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
	uint32_t n = sd->sd_qsize;

	reset(sd);
	if (n < 2 || n > SIMDISK_MAXQSIZE || (n & (n - 1)) != 0) {
		simdisk_complain(sd, 0, n, "disk: not a legal ring size");
		fail(sd);
	} else if (((sd->sd_cmdq | sd->sd_cplq) & 63) != 0) {
		simdisk_complain(sd,
		    (sd->sd_cmdq & 63) != 0 ? sd->sd_cmdq : sd->sd_cplq, n,
		    "disk: ring not aligned to 64 bytes");
		fail(sd);
	} else {
		sd->sd_status = SIMDISK_STATUS_RUN;
	}
}

static void
write_ctrl(struct simdisk *sd, uint32_t value)
{
	uint32_t was = sd->sd_ctrl;

	if ((value & ~DISK_CTRL_MASK) != 0)
		simdisk_complain(
		    sd, SIMDISK_CTRL, value, "disk: reserved bits set in CTRL");
	sd->sd_ctrl = value & DISK_CTRL_MASK;
	if ((value & SIMDISK_CTRL_EN) == 0)
		reset(sd);
	else if ((was & SIMDISK_CTRL_EN) == 0)
		enable(sd);
}

/* New commands up to `tail'. */
static void
write_tail(struct simdisk *sd, uint32_t tail)
{
	uint32_t mask = sd->sd_qsize - 1;

	if ((sd->sd_status & SIMDISK_STATUS_RUN) == 0)
		simdisk_complain(sd, SIMDISK_CMDTAIL, tail,
		    "disk: doorbell while not running");
	else if (tail >= sd->sd_qsize)
		simdisk_complain(sd, SIMDISK_CMDTAIL, tail,
		    "disk: command tail past the ring");
	else if (((tail - sd->sd_cmdtail) & mask) +
		     ((sd->sd_cmdtail - sd->sd_cmdhead) & mask) >=
		 sd->sd_qsize)
		simdisk_complain(sd, SIMDISK_CMDTAIL, tail,
		    "disk: command tail over commands not fetched");
	else
		sd->sd_cmdtail = tail;
}

static void
write_head(struct simdisk *sd, uint32_t head)
{
	uint32_t mask = sd->sd_qsize - 1;

	if ((sd->sd_status & SIMDISK_STATUS_RUN) == 0)
		simdisk_complain(sd, SIMDISK_CPLHEAD, head,
		    "disk: completion head while not running");
	else if (head >= sd->sd_qsize)
		simdisk_complain(sd, SIMDISK_CPLHEAD, head,
		    "disk: completion head past the ring");
	else if (((head - sd->sd_cplhead) & mask) >
		 ((sd->sd_cplidx - sd->sd_cplhead) & mask))
		simdisk_complain(sd, SIMDISK_CPLHEAD, head,
		    "disk: completion head over what was not posted");
	else
		sd->sd_cplhead = head;
}

static void
set_half(uint64_t *p, bool high, uint32_t value)
{
	if (high)
		*p = (*p & 0xffffffffu) | (uint64_t)value << 32;
	else
		*p = (*p & ~(uint64_t)0xffffffffu) | value;
}

/* A register that is constant while the disk is enabled. */
static void
write_config(struct simdisk *sd, uint32_t reg, uint32_t value)
{
	if ((sd->sd_ctrl & SIMDISK_CTRL_EN) != 0) {
		simdisk_complain(sd, reg, value,
		    "disk: configuration changed while enabled");
		return;
	}
	if (reg == SIMDISK_QSIZE)
		sd->sd_qsize = value;
	else if (reg == SIMDISK_CMDQ_LO || reg == SIMDISK_CMDQ_HI)
		set_half(&sd->sd_cmdq, reg == SIMDISK_CMDQ_HI, value);
	else
		set_half(&sd->sd_cplq, reg == SIMDISK_CPLQ_HI, value);
}

static void
disk_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct simdisk *sd = softc;
	uint32_t v = (uint32_t)value;

	if (width != 4) {
		simdisk_complain(
		    sd, reg, width, "disk: register write not 32 bits wide");
		return;
	}
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
		write_tail(sd, v);
		break;
	case SIMDISK_CPLHEAD:
		write_head(sd, v);
		break;
	case SIMDISK_INTR:
		sd->sd_intr &= ~v;
		break;
	default:
		simdisk_complain(sd, reg, value, "disk: write to no register");
		break;
	}
}

static uint64_t
disk_read(void *softc, uint32_t reg, unsigned width)
{
	struct simdisk *sd = softc;

	if (width != 4) {
		simdisk_complain(
		    sd, reg, width, "disk: register read not 32 bits wide");
		return ~(uint64_t)0;
	}
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
		return sd->sd_qsize;
	case SIMDISK_CMDQ_LO:
		return sd->sd_cmdq & 0xffffffffu;
	case SIMDISK_CMDQ_HI:
		return sd->sd_cmdq >> 32;
	case SIMDISK_CPLQ_LO:
		return sd->sd_cplq & 0xffffffffu;
	case SIMDISK_CPLQ_HI:
		return sd->sd_cplq >> 32;
	case SIMDISK_INTR:
		return sd->sd_intr;
	default:
		simdisk_complain(sd, reg, width, "disk: read of no register");
		return 0xffffffffu;
	}
}

static void
fetch(struct simdisk *sd)
{
	uint8_t raw[SIMDISK_CMD_SIZE];

	if (busdma_sim_dma_read(sd->sd_dev,
		sd->sd_cmdq + (uint64_t)sd->sd_cmdhead * SIMDISK_CMD_SIZE, raw,
		sizeof(raw)) != 0) {
		fail(sd);
		return;
	}
	sd->sd_cmdhead = (sd->sd_cmdhead + 1) & (sd->sd_qsize - 1);
	simdisk_begin(sd, &sd->sd_cmd[sd->sd_ncmds++], raw);
}

static bool
ring_full(const struct simdisk *sd)
{
	return ((sd->sd_cplidx + 1) & (sd->sd_qsize - 1)) == sd->sd_cplhead;
}

/* The phase is written last, and perhaps a step later. */
static void
post_phase(struct simdisk *sd)
{
	uint8_t raw[4];

	sd->sd_posting = false;
	simdisk_put32(raw, sd->sd_phase);
	if (busdma_sim_dma_write(sd->sd_dev,
		sd->sd_cplq + (uint64_t)sd->sd_cplidx * SIMDISK_CPL_SIZE +
		    SIMDISK_CPL_FLAGS,
		raw, sizeof(raw)) != 0) {
		fail(sd);
		return;
	}
	sd->sd_cplidx = (sd->sd_cplidx + 1) & (sd->sd_qsize - 1);
	if (sd->sd_cplidx == 0)
		sd->sd_phase ^= SIMDISK_CPL_PHASE;
	sd->sd_intr = 1;
	if ((sd->sd_ctrl & SIMDISK_CTRL_IE) != 0)
		busdma_sim_intr(sd->sd_dev);
}

/* Post the completion of command `i', which is finished. */
static void
post(struct simdisk *sd, unsigned i)
{
	uint8_t raw[4];

	simdisk_put32(
	    raw, sd->sd_cmd[i].sc_id | (uint32_t)sd->sd_cmd[i].sc_status << 16);
	/* Its slot is given to the last one; its table goes with it. */
	sd->sd_ncmds--;
	if (i != sd->sd_ncmds) {
		struct simdisk_cmd cmd = sd->sd_cmd[i];

		sd->sd_cmd[i] = sd->sd_cmd[sd->sd_ncmds];
		sd->sd_cmd[sd->sd_ncmds] = cmd;
	}
	if (busdma_sim_dma_write(sd->sd_dev,
		sd->sd_cplq + (uint64_t)sd->sd_cplidx * SIMDISK_CPL_SIZE, raw,
		sizeof(raw)) != 0) {
		fail(sd);
		return;
	}
	sd->sd_posting = true;
	if (simdisk_below(sd, 4) != 0)
		post_phase(sd);
}

/* A random command that can go on, or SIMDISK_MAXCMDS. */
static unsigned
pick(struct simdisk *sd)
{
	bool full = sd->sd_posting || ring_full(sd);
	unsigned i, n = 0, at;

	for (i = 0; i < sd->sd_ncmds; i++)
		n += !sd->sd_cmd[i].sc_done || !full;
	if (n == 0)
		return SIMDISK_MAXCMDS;
	at = (unsigned)simdisk_below(sd, n);
	for (i = 0;; i++)
		if ((!sd->sd_cmd[i].sc_done || !full) && at-- == 0)
			return i;
}

static bool
disk_step(void *softc)
{
	struct simdisk *sd = softc;
	bool canfetch;
	unsigned i;

	if ((sd->sd_status & SIMDISK_STATUS_RUN) == 0)
		return false;
	canfetch =
	    sd->sd_cmdhead != sd->sd_cmdtail && sd->sd_ncmds < SIMDISK_MAXCMDS;
	i = pick(sd);
	if (!canfetch && i == SIMDISK_MAXCMDS && !sd->sd_posting)
		return false;
	if (sd->sd_posting &&
	    (i == SIMDISK_MAXCMDS || simdisk_below(sd, 2) == 0))
		post_phase(sd);
	else if (canfetch &&
		 (i == SIMDISK_MAXCMDS || simdisk_below(sd, 3) == 0))
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
	reset(sd);
	*devp = sd->sd_dev;
	return 0;
}
