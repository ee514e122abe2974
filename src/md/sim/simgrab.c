/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated frame grabber: registers, rings, its pace, and the scheduling
 * of its steps.  What becomes of a buffer stands in simgrabio.c.
 *
 * One step does one small thing, which of them the seed says: fetch a
 * buffer's entry or a part of its table, move a piece of the frame, or post a
 * part of a completion.  When a frame begins the machine's clock says, not
 * the driver and not the seed.
 */
#include <stdlib.h>

#include <busdma/simgrabreg.h>

#include "simgrabvar.h"
#include "simvar.h"

#define GRAB_CTRL_MASK (SIMGRAB_CTRL_EN | SIMGRAB_CTRL_IE)

static const struct simdev_rings_kind grab_rings = {
	.rk_entry = "buffer",
	.rk_maxsize = SIMGRAB_MAXQSIZE,
	.rk_entrysize = SIMGRAB_BUF_SIZE,
	.rk_cplsize = SIMGRAB_CPL_SIZE,
	.rk_cplphase = SIMGRAB_CPL_FLAGS,
	.rk_phase = SIMGRAB_CPL_PHASE,
	.rk_regsize = SIMGRAB_QSIZE,
	.rk_regtail = SIMGRAB_BUFTAIL,
	.rk_regcplhead = SIMGRAB_CPLHEAD,
};

static uint64_t
now(struct simgrab *sg)
{
	return busdma_sim_now(busdma_sim_of(sg->sg_dev));
}

/* Forget everything that was going on; the counts stay. */
static void
reset(struct simgrab *sg)
{
	simdev_rings_reset(&sg->sg_rings);
	sg->sg_status = 0;
	sg->sg_first = sg->sg_nbufs = 0;
}

/* It can't go on: stop until the driver resets. */
static void
fail(struct simgrab *sg)
{
	reset(sg);
	sg->sg_status = SIMGRAB_STATUS_ERR;
}

/* Whether a frame can be of this shape and pace; false: complained of. */
static bool
check_frame(const struct simgrab *sg)
{
	uint64_t line = (uint64_t)sg->sg_width * sg->sg_depth;
	uint32_t reg, value;
	const char *text;

	if (sg->sg_depth > 4) {
		reg = SIMGRAB_DEPTH;
		value = sg->sg_depth;
		text = "not a legal depth";
	} else if (line < SIMGRAB_HDR_SIZE) {
		reg = SIMGRAB_WIDTH;
		value = sg->sg_width;
		text = "not a legal length of a line";
	} else if (sg->sg_height == 0 ||
		   sg->sg_height > SIMGRAB_MAXBYTES / line) {
		reg = SIMGRAB_HEIGHT;
		value = sg->sg_height;
		text = "no lines, or a frame longer than it can";
	} else if (sg->sg_period == 0) {
		reg = SIMGRAB_PERIOD;
		value = 0;
		text = "no frame period";
	} else {
		return true;
	}
	simdev_complain_reg(sg->sg_dev, reg, value, text);
	return false;
}

static void
enable(struct simgrab *sg)
{
	reset(sg);
	sg->sg_seq = sg->sg_overrun = 0;
	if (!simdev_rings_check(&sg->sg_rings) || !check_frame(sg)) {
		fail(sg);
		return;
	}
	sg->sg_bytes = sg->sg_width * sg->sg_depth * sg->sg_height;
	sg->sg_start = now(sg);
	sg->sg_next = (uint64_t)sg->sg_period * 1000;
	sg->sg_status = SIMGRAB_STATUS_RUN;
}

static void
write_ctrl(struct simgrab *sg, uint32_t value)
{
	uint32_t was = sg->sg_ctrl;

	if ((value & ~GRAB_CTRL_MASK) != 0)
		simdev_complain_reg(sg->sg_dev, SIMGRAB_CTRL, value,
		    "reserved bits set in CTRL");
	sg->sg_ctrl = value & GRAB_CTRL_MASK;
	if ((value & SIMGRAB_CTRL_EN) == 0)
		reset(sg);
	else if ((was & SIMGRAB_CTRL_EN) == 0)
		enable(sg);
}

static bool
running(const struct simgrab *sg)
{
	return (sg->sg_status & SIMGRAB_STATUS_RUN) != 0;
}

/* Where a register of 32 bits that is constant while enabled is kept. */
static uint32_t *
config(struct simgrab *sg, uint32_t reg)
{
	switch (reg) {
	case SIMGRAB_QSIZE:
		return &sg->sg_rings.dr_size;
	case SIMGRAB_WIDTH:
		return &sg->sg_width;
	case SIMGRAB_HEIGHT:
		return &sg->sg_height;
	case SIMGRAB_DEPTH:
		return &sg->sg_depth;
	case SIMGRAB_PERIOD:
		return &sg->sg_period;
	default:
		return NULL;
	}
}

/* The ring that an address register is of, or NULL. */
static bus_addr_t *
config_ring(struct simgrab *sg, uint32_t reg)
{
	if (reg == SIMGRAB_BUFQ_LO || reg == SIMGRAB_BUFQ_HI)
		return &sg->sg_rings.dr_entries;
	if (reg == SIMGRAB_CPLQ_LO || reg == SIMGRAB_CPLQ_HI)
		return &sg->sg_rings.dr_cpls;
	return NULL;
}

static bool
is_high(uint32_t reg)
{
	return reg == SIMGRAB_BUFQ_HI || reg == SIMGRAB_CPLQ_HI;
}

/* A register that is constant while enabled; false: it is none. */
static bool
write_config(struct simgrab *sg, uint32_t reg, uint32_t value)
{
	bus_addr_t *ring = config_ring(sg, reg);
	uint32_t *p = config(sg, reg);

	if (ring == NULL && p == NULL)
		return false;
	if ((sg->sg_ctrl & SIMGRAB_CTRL_EN) != 0)
		simdev_complain_reg(sg->sg_dev, reg, value,
		    "configuration changed while enabled");
	else if (p != NULL)
		*p = value;
	else
		simdev_set_half(ring, is_high(reg), value);
	return true;
}

static void
grab_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct simgrab *sg = softc;
	uint32_t v = (uint32_t)value;

	if (!simdev_width(sg->sg_dev, reg, width, true))
		return;
	switch (reg) {
	case SIMGRAB_CTRL:
		write_ctrl(sg, v);
		break;
	case SIMGRAB_BUFTAIL:
		simdev_rings_tail(&sg->sg_rings, running(sg), v);
		break;
	case SIMGRAB_CPLHEAD:
		simdev_rings_cplhead(&sg->sg_rings, running(sg), v);
		break;
	case SIMGRAB_INTR:
		sg->sg_intr &= ~v;
		break;
	default:
		if (!write_config(sg, reg, v))
			simdev_noreg(sg->sg_dev, reg, value);
		break;
	}
}

static uint32_t
read_config(struct simgrab *sg, uint32_t reg)
{
	const bus_addr_t *ring = config_ring(sg, reg);
	const uint32_t *p = config(sg, reg);

	if (p != NULL)
		return *p;
	if (ring != NULL)
		return (uint32_t)(is_high(reg) ? *ring >> 32 : *ring);
	return simdev_noreg_read(sg->sg_dev, reg);
}

static uint64_t
grab_read(void *softc, uint32_t reg, unsigned width)
{
	struct simgrab *sg = softc;

	if (!simdev_width(sg->sg_dev, reg, width, false))
		return ~(uint64_t)0;
	switch (reg) {
	case SIMGRAB_ID:
		return SIMGRAB_ID_VALUE;
	case SIMGRAB_CAP:
		return SIMGRAB_MAXQSIZE | (uint32_t)SIMGRAB_MAXSEGS << 16;
	case SIMGRAB_MAXFRAME:
		return SIMGRAB_MAXBYTES;
	case SIMGRAB_CTRL:
		return sg->sg_ctrl;
	case SIMGRAB_STATUS:
		return sg->sg_status;
	case SIMGRAB_INTR:
		return sg->sg_intr;
	case SIMGRAB_SEQUENCE:
		return sg->sg_seq;
	case SIMGRAB_OVERRUN:
		return sg->sg_overrun;
	default:
		return read_config(sg, reg);
	}
}

static struct simgrab_buf *
nth_buf(struct simgrab *sg, unsigned i)
{
	return &sg->sg_buf[(sg->sg_first + i) % SIMGRAB_MAXAHEAD];
}

/* The first that is not done, or NULL. */
static struct simgrab_buf *
current_buf(struct simgrab *sg)
{
	unsigned i;

	for (i = 0; i < sg->sg_nbufs; i++)
		if (nth_buf(sg, i)->sb_state != SIMGRAB_DONE)
			return nth_buf(sg, i);
	return NULL;
}

/* Begin or drop all frames whose time has come. */
static void
keep_pace(struct simgrab *sg)
{
	uint64_t elapsed = now(sg) - sg->sg_start;
	struct simgrab_buf *sb;

	for (; elapsed >= sg->sg_next; sg->sg_seq++) {
		sb = current_buf(sg);
		if (sb != NULL && sb->sb_state == SIMGRAB_READY) {
			sb->sb_state = SIMGRAB_FILLING;
			sb->sb_seq = sg->sg_seq;
			sb->sb_time = sg->sg_next / 1000;
		} else {
			sg->sg_overrun++;
		}
		sg->sg_next += (uint64_t)sg->sg_period * 1000;
	}
}

static void
fetch(struct simgrab *sg)
{
	uint8_t raw[SIMGRAB_BUF_SIZE];

	if (simdev_rings_fetch(&sg->sg_rings, raw))
		simgrab_begin(sg, nth_buf(sg, sg->sg_nbufs++), raw);
	else
		fail(sg);
}

/* The phase is written last, and perhaps a step later. */
static void
post_phase(struct simgrab *sg)
{
	if (!simdev_rings_sign(&sg->sg_rings)) {
		fail(sg);
		return;
	}
	sg->sg_intr = 1;
	if ((sg->sg_ctrl & SIMGRAB_CTRL_IE) != 0)
		busdma_sim_intr(sg->sg_dev);
}

/* Post the completion of the first buffer, which is done. */
static void
post(struct simgrab *sg)
{
	const struct simgrab_buf *sb = nth_buf(sg, 0);
	uint8_t raw[SIMGRAB_CPL_FLAGS] = { 0 };

	simdev_put(raw + SIMGRAB_CPL_ID, sb->sb_id, 2);
	simdev_put(raw + SIMGRAB_CPL_STATUS, sb->sb_status, 2);
	simdev_put(raw + SIMGRAB_CPL_SEQ, sb->sb_seq, 4);
	simdev_put(raw + SIMGRAB_CPL_TIME, sb->sb_time, 8);
	simdev_put(raw + SIMGRAB_CPL_BYTES, sb->sb_moved, 4);
	sg->sg_first = (sg->sg_first + 1) % SIMGRAB_MAXAHEAD;
	sg->sg_nbufs--;
	if (!simdev_rings_post(&sg->sg_rings, raw, sizeof(raw)))
		fail(sg);
	else if (simdev_below(sg->sg_dev, 4) != 0)
		post_phase(sg);
}

static bool
can_post(struct simgrab *sg)
{
	return !sg->sg_rings.dr_posting && sg->sg_nbufs != 0 &&
	       nth_buf(sg, 0)->sb_state == SIMGRAB_DONE &&
	       !simdev_rings_full(&sg->sg_rings);
}

/* A random buffer that can be advanced, or NULL. */
static struct simgrab_buf *
pick(struct simgrab *sg)
{
	struct simgrab_buf *sb, *found = NULL;
	unsigned i, n = 0;

	for (i = 0; i < sg->sg_nbufs; i++) {
		sb = nth_buf(sg, i);
		if (sb->sb_state != SIMGRAB_TABLE &&
		    sb->sb_state != SIMGRAB_FILLING)
			continue;
		if (simdev_below(sg->sg_dev, ++n) == 0)
			found = sb;
	}
	return found;
}

/*
 * While it runs there is always more to do: the next frame will come.
 */
static bool
grab_step(void *softc)
{
	struct simgrab *sg = softc;
	struct simgrab_buf *sb;
	bool canfetch;

	if (!running(sg))
		return false;
	keep_pace(sg);
	canfetch = simdev_rings_pending(&sg->sg_rings) &&
		   sg->sg_nbufs < SIMGRAB_MAXAHEAD;
	sb = pick(sg);
	if (canfetch && (sb == NULL || simdev_below(sg->sg_dev, 3) == 0))
		fetch(sg);
	else if (sg->sg_rings.dr_posting &&
		 (sb == NULL || simdev_below(sg->sg_dev, 2) == 0))
		post_phase(sg);
	else if (can_post(sg) &&
		 (sb == NULL || simdev_below(sg->sg_dev, 3) == 0))
		post(sg);
	else if (sb != NULL)
		simgrab_advance(sg, sb);
	return running(sg);
}

static void
grab_destroy(void *softc)
{
	struct simgrab *sg = softc;
	unsigned i;

	for (i = 0; i < SIMGRAB_MAXAHEAD; i++)
		free(sg->sg_buf[i].sb_segs);
	free(sg);
}

static const struct busdma_sim_dev_ops grab_ops = {
	.do_size = sizeof(struct busdma_sim_dev_ops),
	.do_name = "grabber",
	.do_read = grab_read,
	.do_write = grab_write,
	.do_step = grab_step,
	.do_destroy = grab_destroy,
};

int
busdma_sim_grab_create(struct busdma_sim_bus *bus, unsigned requester,
    struct busdma_sim_dev **devp)
{
	struct simgrab *sg;
	unsigned i;
	int error = 0;

	*devp = NULL;
	sg = calloc(1, sizeof(*sg));
	if (sg == NULL)
		return ENOMEM;
	for (i = 0; i < SIMGRAB_MAXAHEAD; i++) {
		sg->sg_buf[i].sb_segs =
		    calloc(SIMGRAB_MAXSEGS, sizeof(struct simdev_seg));
		if (sg->sg_buf[i].sb_segs == NULL)
			error = ENOMEM;
	}
	if (error == 0)
		error = busdma_sim_dev_create(
		    bus, requester, &grab_ops, sg, &sg->sg_dev);
	if (error != 0) {
		grab_destroy(sg);
		return error;
	}
	sg->sg_rings.dr_dev = sg->sg_dev;
	sg->sg_rings.dr_kind = &grab_rings;
	reset(sg);
	*devp = sg->sg_dev;
	return 0;
}
