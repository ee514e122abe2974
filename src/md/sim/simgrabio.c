/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated frame grabber: what becomes of a buffer.
 */
#include <string.h>

#include <busdma/simgrabreg.h>

#include "simgrabvar.h"

/* Most entries of the table that one step fetches. */
#define TABLE_PIECE 64u

static void
finish(struct simgrab_buf *sb, uint16_t status)
{
	sb->sb_status = status;
	sb->sb_state = SIMGRAB_DONE;
}

/* Finish with an error that is the driver's. */
static void
reject(struct simgrab *sg, struct simgrab_buf *sb, uint16_t status,
    const char *text)
{
	simdev_complain(sg->sg_dev, sb->sb_table, sb->sb_id, text);
	finish(sb, status);
}

void
simgrab_begin(struct simgrab *sg, struct simgrab_buf *sb, const uint8_t *raw)
{
	struct simdev_seg *segs = sb->sb_segs;
	unsigned i, reserved = 0;

	memset(sb, 0, sizeof(*sb));
	sb->sb_segs = segs;
	sb->sb_table = simdev_get(raw + SIMGRAB_BUF_TABLE, 8);
	sb->sb_nsegs = (uint32_t)simdev_get(raw + SIMGRAB_BUF_NSEGS, 4);
	sb->sb_id = (uint16_t)simdev_get(raw + SIMGRAB_BUF_ID, 2);
	for (i = SIMGRAB_BUF_RSVD; i < SIMGRAB_BUF_SIZE; i++)
		reserved |= raw[i];

	if (reserved != 0)
		reject(sg, sb, SIMGRAB_ST_ENTRY,
		    "reserved bits set in a buffer's entry");
	else if (sb->sb_nsegs == 0 || sb->sb_nsegs > SIMGRAB_MAXSEGS)
		reject(sg, sb, SIMGRAB_ST_ENTRY,
		    "no segments, or more than it can");
	else if (simdev_get(raw + SIMGRAB_BUF_BYTES, 4) != sg->sg_bytes)
		reject(sg, sb, SIMGRAB_ST_ENTRY,
		    "a buffer that is not a frame long");
}

/* The whole table is there: is it a frame? */
static void
check_table(struct simgrab *sg, struct simgrab_buf *sb)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < sb->sb_nsegs; i++) {
		if (sb->sb_segs[i].sg_len == 0) {
			reject(
			    sg, sb, SIMGRAB_ST_SEGS, "a segment of no bytes");
			return;
		}
		sum += sb->sb_segs[i].sg_len;
	}
	if (sum != sg->sg_bytes)
		reject(sg, sb, SIMGRAB_ST_SEGS, "the segments are not a frame");
	else
		sb->sb_state = SIMGRAB_READY;
}

static void
fetch_table(struct simgrab *sg, struct simgrab_buf *sb)
{
	uint8_t raw[TABLE_PIECE * SIMGRAB_SEG_SIZE];
	uint32_t n, i;

	n = simdev_some(sg->sg_dev, TABLE_PIECE, sb->sb_nsegs - sb->sb_fetched);
	if (busdma_sim_dma_read(sg->sg_dev,
		sb->sb_table + (uint64_t)sb->sb_fetched * SIMGRAB_SEG_SIZE, raw,
		(size_t)n * SIMGRAB_SEG_SIZE) != 0) {
		finish(sb, SIMGRAB_ST_TABLE);
		return;
	}
	for (i = 0; i < n; i++) {
		const uint8_t *p = raw + (size_t)i * SIMGRAB_SEG_SIZE;
		struct simdev_seg *seg = &sb->sb_segs[sb->sb_fetched + i];

		if (simdev_get(p + SIMGRAB_SEG_RSVD, 4) != 0) {
			reject(sg, sb, SIMGRAB_ST_SEGS,
			    "reserved bits set in a segment");
			return;
		}
		seg->sg_addr = simdev_get(p + SIMGRAB_SEG_ADDR, 8);
		seg->sg_len = (uint32_t)simdev_get(p + SIMGRAB_SEG_LEN, 4);
	}
	sb->sb_fetched += n;
	if (sb->sb_fetched == sb->sb_nsegs)
		check_table(sg, sb);
}

/* [from, from + n) of the buffer's frame, into sg_data. */
static void
picture(
    struct simgrab *sg, const struct simgrab_buf *sb, uint32_t from, uint32_t n)
{
	uint8_t header[SIMGRAB_HDR_SIZE];
	uint32_t i;

	simdev_put(header + SIMGRAB_HDR_MAGIC, SIMGRAB_HDR_VALUE, 4);
	simdev_put(header + SIMGRAB_HDR_SEQ, sb->sb_seq, 4);
	simdev_put(header + SIMGRAB_HDR_TIME, sb->sb_time, 8);
	simdev_put(header + SIMGRAB_HDR_WIDTH, sg->sg_width, 4);
	simdev_put(header + SIMGRAB_HDR_HEIGHT, sg->sg_height, 4);
	simdev_put(header + SIMGRAB_HDR_DEPTH, sg->sg_depth, 4);
	simdev_put(header + SIMGRAB_HDR_BYTES, sg->sg_bytes, 4);
	for (i = 0; i < n; i++)
		sg->sg_data[i] = from + i < SIMGRAB_HDR_SIZE
				     ? header[from + i]
				     : simgrab_byte(sb->sb_seq, from + i);
}

static void
move(struct simgrab *sg, struct simgrab_buf *sb)
{
	const struct simdev_seg *seg = &sb->sb_segs[sb->sb_seg];
	uint32_t n;

	n = simdev_some(sg->sg_dev, SIMGRAB_PIECE, seg->sg_len - sb->sb_segoff);
	picture(sg, sb, sb->sb_moved, n);
	if (busdma_sim_dma_write(sg->sg_dev, seg->sg_addr + sb->sb_segoff,
		sg->sg_data, n) != 0) {
		finish(sb, SIMGRAB_ST_DMA);
		return;
	}
	sb->sb_moved += n;
	sb->sb_segoff += n;
	if (sb->sb_segoff == seg->sg_len) {
		sb->sb_segoff = 0;
		if (++sb->sb_seg == sb->sb_nsegs)
			finish(sb, SIMGRAB_ST_OK);
	}
}

void
simgrab_advance(struct simgrab *sg, struct simgrab_buf *sb)
{
	if (sb->sb_state == SIMGRAB_TABLE)
		fetch_table(sg, sb);
	else
		move(sg, sb);
}
