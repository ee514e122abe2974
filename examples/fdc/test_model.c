/* SPDX-License-Identifier: BSD-2-Clause */
/* A floppy disk controller for tests: see test_model.h. */
#include "fdc/test_model.h"

#include <stdio.h>
#include <string.h>

#define CHANNEL 2
#define SPIN_US 500000u

/* Registers, and their bits. */
enum { DOR = 2, MSR = 4, FIFO = 5, DIR = 7, CCR = 7 };
#define DOR_RUN 0x04
#define DOR_DMA 0x08
#define DOR_MOTOR 0x10
#define MSR_READY 0x80
#define MSR_OUT 0x40
#define MSR_BUSY 0x10

#define ST0_ABNORMAL 0x40
#define ST0_INVALID 0x80
#define ST0_POLL 0xc0
#define ST0_SEEK 0x20

static void
wrong(struct fdc_model *fm, const char *what)
{
	(void)fprintf(stderr, "fdc: %s\n", what);
	fm->fm_wrong++;
}

static struct fdc_model *
model(struct env_device *dev)
{
	return (struct fdc_model *)(void *)dev;
}

struct env_device *
fdc_model_init(struct fdc_model *fm, struct i8237 *dma)
{
	size_t i;

	memset(fm, 0, sizeof(*fm));
	fm->fm_dma = dma;
	fm->fm_version = 0x90;
	fm->fm_changed = true;
	fm->fm_cylinder = 33;
	for (i = 0; i < sizeof(fm->fm_disk); i++)
		fm->fm_disk[i] =
		    (unsigned char)(i * 7 + i / 512 * 3 + i / 9973);
	return (struct env_device *)(void *)fm;
}

static void
interrupt(struct fdc_model *fm)
{
	if (fm->fm_lost > 0)
		fm->fm_lost--;
	else if ((fm->fm_dor & DOR_DMA) != 0)
		fm->fm_interrupts++;
}

static void
results(struct fdc_model *fm, const uint8_t *bytes, unsigned n)
{
	memcpy(fm->fm_out, bytes, n);
	fm->fm_nout = n;
	fm->fm_read = 0;
}

static void
reset(struct fdc_model *fm)
{
	fm->fm_nin = fm->fm_nout = 0;
	fm->fm_at = 0;
	fm->fm_pcn = 0;
	fm->fm_sense = 4;
	fm->fm_st0 = 0;
	fm->fm_dead = fm->fm_configured = fm->fm_specified = false;
	i8237_channel(fm->fm_dma, CHANNEL)->ca_device = NULL;
	interrupt(fm);
}

static void
put_dor(struct fdc_model *fm, uint8_t value)
{
	bool began = (fm->fm_dor & DOR_RUN) == 0 && (value & DOR_RUN) != 0;

	if ((value & DOR_MOTOR) == 0)
		fm->fm_spun = 0;
	fm->fm_dor = value;
	if (began)
		reset(fm);
}

/* A head that moves finds out that there is a disk. */
static void
step(struct fdc_model *fm, int steps)
{
	if (steps != 0 && !fm->fm_empty)
		fm->fm_changed = false;
	fm->fm_cylinder += steps;
	if (fm->fm_cylinder < 0)
		fm->fm_cylinder = 0;
	fm->fm_sense = 1;
	fm->fm_st0 = ST0_SEEK;
	interrupt(fm);
}

static void
recalibrate(struct fdc_model *fm)
{
	int far = fm->fm_cylinder > 79;

	if (fm->fm_recalfails > 0) {
		fm->fm_recalfails--;
		far = 1;
	}
	fm->fm_pcn = 0;
	step(fm, -79);
	if (far)
		fm->fm_st0 |= ST0_ABNORMAL;
}

static void
seek(struct fdc_model *fm)
{
	int to = fm->fm_in[2];

	if (fm->fm_seekfails > 0) {
		fm->fm_seekfails--;
		to++;
	}
	step(fm, to - fm->fm_pcn);
	fm->fm_pcn = to;
}

static void
sense(struct fdc_model *fm)
{
	uint8_t st[2] = { ST0_INVALID, 0 };

	if (fm->fm_sense == 0) {
		results(fm, st, 1);
		return;
	}
	st[0] = fm->fm_st0;
	if (fm->fm_sense-- > 1 || fm->fm_st0 == 0)
		st[0] = (uint8_t)(ST0_POLL | (3 - fm->fm_sense % 4));
	st[1] = (uint8_t)fm->fm_pcn;
	results(fm, st, 2);
}

/* How a transfer ends: ST0 to 2, where it is, the size of a sector. */
static void
end(struct fdc_model *fm, uint8_t st1, uint8_t st2, bool well)
{
	const uint8_t st[7] = { well ? 0 : ST0_ABNORMAL, st1, st2, fm->fm_in[2],
		fm->fm_in[3], fm->fm_in[4], 2 };

	i8237_channel(fm->fm_dma, CHANNEL)->ca_device = NULL;
	results(fm, st, 7);
	interrupt(fm);
}

/* What a program has to see to before it transfers. */
static void
prepared(struct fdc_model *fm)
{
	if (!fm->fm_specified || (fm->fm_version == 0x90 && !fm->fm_configured))
		wrong(fm, "not told how the drive is");
	if ((fm->fm_dor & DOR_MOTOR) == 0 || fm->fm_spun < SPIN_US)
		wrong(fm, "the disk doesn't turn");
	if (fm->fm_in[5] != 2 || (fm->fm_in[0] & 0xc0) != 0xc0)
		wrong(fm, "not the format of the disk");
}

static void
transfer(struct fdc_model *fm, bool write)
{
	unsigned cylinder = fm->fm_in[2], head = fm->fm_in[3];
	unsigned sector = fm->fm_in[4], last = fm->fm_in[6];
	unsigned first = (cylinder * 2 + head) * 18 + sector - 1;
	unsigned n = (last - sector + 1) + (head == 0 ? last : 0);
	struct i8237_device *dv = &fm->fm_device;

	prepared(fm);
	if (fm->fm_errors > 0) {
		fm->fm_errors--;
		end(fm, fm->fm_st1, fm->fm_st2, false);
	} else if (fm->fm_empty || head > 1 || sector < 1 || sector > 18 ||
		   last > 18 || head != (fm->fm_in[1] >> 2 & 1u)) {
		end(fm, 0x04, 0, false);
	} else if ((int)cylinder != fm->fm_cylinder) {
		end(fm, 0x04, 0x10, false);
	} else if (write && fm->fm_readonly) {
		end(fm, 0x02, 0, false);
	} else {
		*dv = (struct i8237_device){ .dv_data = fm->fm_disk +
							(size_t)first * 512,
			.dv_len = (size_t)n * 512,
			.dv_tomem = !write };
		i8237_channel(fm->fm_dma, CHANNEL)->ca_device = dv;
		(void)i8237_run(fm->fm_dma, CHANNEL, n * 512);
		if (dv->dv_tc != 0)
			end(fm, 0, 0, true);
		else if (dv->dv_done == dv->dv_len)
			end(fm, 0x80, 0, fm->fm_lenient);
		else
			fm->fm_dead = true; /* It waits for DMA. */
	}
}

/* What takes time has taken it. */
static void
finish(struct fdc_model *fm)
{
	uint8_t at = fm->fm_at;

	fm->fm_at = 0;
	fm->fm_busy = 0;
	if (at == 0x07)
		recalibrate(fm);
	else if (at == 0x0f)
		seek(fm);
	else if (at != 0)
		transfer(fm, at == 0xc5);
}

static void
execute(struct fdc_model *fm)
{
	static const uint8_t invalid = ST0_INVALID;

	fm->fm_cmds[fm->fm_in[0] & 31]++;
	fm->fm_nin = 0;
	if (fm->fm_sense != 0 && fm->fm_in[0] != 0x08)
		wrong(fm, "an interrupt was not asked about");
	switch (fm->fm_in[0]) {
	case 0x03:
		fm->fm_specified = (fm->fm_in[2] & 1) == 0;
		break;
	case 0x08:
		sense(fm);
		break;
	case 0x10:
		results(fm, &fm->fm_version, 1);
		break;
	case 0x13:
		fm->fm_configured = true;
		break;
	case 0x07:
	case 0x0f:
	case 0xc5:
	case 0xe6:
		fm->fm_at = fm->fm_in[0];
		break;
	default:
		wrong(fm, "no such command");
		results(fm, &invalid, 1);
	}
	if (fm->fm_hung > 0) {
		fm->fm_hung--;
		fm->fm_dead = true;
	}
}

static unsigned
length(const struct fdc_model *fm)
{
	switch (fm->fm_in[0]) {
	case 0x07:
		return 2;
	case 0x03:
	case 0x0f:
		return 3;
	case 0x13:
		return fm->fm_version == 0x90 ? 4 : 1;
	case 0xc5:
	case 0xe6:
		return 9;
	default:
		return 1;
	}
}

static uint8_t
status(struct fdc_model *fm)
{
	if ((fm->fm_dor & DOR_RUN) == 0 || fm->fm_dead)
		return 0;
	if (fm->fm_busy > 0) {
		fm->fm_busy--;
		return MSR_BUSY;
	}
	if (fm->fm_at == 0xc5 || fm->fm_at == 0xe6)
		return MSR_BUSY;
	if (fm->fm_nout > 0)
		return MSR_READY | MSR_OUT | MSR_BUSY;
	return fm->fm_nin > 0 ? MSR_READY | MSR_BUSY : MSR_READY;
}

static void
put_fifo(struct fdc_model *fm, uint8_t value)
{
	if (fm->fm_busy > 0 ||
	    (status(fm) & (MSR_READY | MSR_OUT)) != MSR_READY) {
		wrong(fm, "written when it is not ready for that");
		return;
	}
	fm->fm_in[fm->fm_nin++] = value;
	fm->fm_busy = 2;
	if (fm->fm_nin == length(fm))
		execute(fm);
}

static uint8_t
get_fifo(struct fdc_model *fm)
{
	uint8_t value;

	if (fm->fm_busy > 0 || fm->fm_nout == 0 || fm->fm_dead) {
		wrong(fm, "read when it has nothing to say");
		return 0;
	}
	value = fm->fm_out[fm->fm_read++];
	fm->fm_busy = 2;
	if (fm->fm_read == fm->fm_nout)
		fm->fm_nout = 0;
	return value;
}

uint8_t
env_read8(struct env_device *dev, uint32_t offset)
{
	struct fdc_model *fm = model(dev);

	if (offset == MSR)
		return status(fm);
	if (offset == FIFO)
		return get_fifo(fm);
	if (offset == DIR)
		return fm->fm_changed ? 0x80 : 0;
	if (offset == DOR)
		return fm->fm_dor;
	wrong(fm, "no such register to read");
	return 0xff;
}

void
env_write8(struct env_device *dev, uint32_t offset, uint8_t value)
{
	struct fdc_model *fm = model(dev);

	if (offset == DOR)
		put_dor(fm, value);
	else if (offset == FIFO)
		put_fifo(fm, value);
	else if (offset == CCR)
		fm->fm_ccr = value;
	else
		wrong(fm, "no such register to write");
}

void
env_delay(struct env_device *dev, unsigned us)
{
	struct fdc_model *fm = model(dev);

	fm->fm_us += us;
	if ((fm->fm_dor & DOR_MOTOR) != 0)
		fm->fm_spun += us;
}

bool
env_wait(struct env_device *dev)
{
	struct fdc_model *fm = model(dev);

	if (fm->fm_strays > 0) {
		fm->fm_strays--;
		return true;
	}
	if (!fm->fm_dead)
		finish(fm);
	if (fm->fm_interrupts == 0)
		return false;
	fm->fm_interrupts--;
	return true;
}
