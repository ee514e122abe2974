/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated scatter/gather disk: what a command does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <busdma/simdiskreg.h>

#include "simdiskvar.h"

/* Most entries of the table that one step fetches. */
#define TABLE_PIECE 64u

static void
finish(struct simdisk_cmd *sc, uint16_t status)
{
	sc->sc_status = status;
	sc->sc_done = true;
}

/* Finish with an error that is the driver's. */
static void
reject(struct simdisk *sd, struct simdisk_cmd *sc, uint16_t status,
    const char *text)
{
	simdev_complain(sd->sd_dev, sc->sc_table, sc->sc_id, text);
	finish(sc, status);
}

void
simdisk_begin(struct simdisk *sd, struct simdisk_cmd *sc, const uint8_t *raw)
{
	struct simdev_seg *segs = sc->sc_segs;

	memset(sc, 0, sizeof(*sc));
	sc->sc_segs = segs;
	sc->sc_op = raw[SIMDISK_CMD_OP];
	sc->sc_id = (uint16_t)simdev_get(raw + SIMDISK_CMD_ID, 2);
	sc->sc_nsegs = (uint32_t)simdev_get(raw + SIMDISK_CMD_NSEGS, 4);
	sc->sc_lba = simdev_get(raw + SIMDISK_CMD_LBA, 8);
	sc->sc_table = simdev_get(raw + SIMDISK_CMD_TABLE, 8);
	sc->sc_blocks = (uint32_t)simdev_get(raw + SIMDISK_CMD_BLOCKS, 4);

	if (sc->sc_op == SIMDISK_OP_FLUSH) {
		if (sc->sc_nsegs != 0 || sc->sc_blocks != 0)
			reject(sd, sc, SIMDISK_ST_SEGS, "a flush with data");
		else
			finish(sc, SIMDISK_ST_OK);
		return;
	}
	if (sc->sc_op != SIMDISK_OP_READ && sc->sc_op != SIMDISK_OP_WRITE) {
		reject(sd, sc, SIMDISK_ST_OP, "not an operation");
		return;
	}
	if (sc->sc_lba > sd->sd_blocks ||
	    sc->sc_blocks > sd->sd_blocks - sc->sc_lba) {
		reject(sd, sc, SIMDISK_ST_RANGE, "past the last block");
		return;
	}
	if (sc->sc_nsegs == 0 || sc->sc_nsegs > SIMDISK_MAXSEGS) {
		reject(sd, sc, SIMDISK_ST_SEGS,
		    "no segments, or more than it can");
		return;
	}
	if (segs == NULL)
		sc->sc_segs = calloc(SIMDISK_MAXSEGS, sizeof(*segs));
	if (sc->sc_segs == NULL)
		finish(sc, SIMDISK_ST_MEDIA);
}

static void
check_sum(struct simdisk *sd, struct simdisk_cmd *sc)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < sc->sc_nsegs; i++) {
		if (sc->sc_segs[i].sg_len == 0) {
			reject(
			    sd, sc, SIMDISK_ST_SEGS, "a segment of no bytes");
			return;
		}
		sum += sc->sc_segs[i].sg_len;
	}
	if (sum != (uint64_t)sc->sc_blocks * SIMDISK_BLOCKSIZE)
		reject(
		    sd, sc, SIMDISK_ST_SEGS, "the segments are not the blocks");
}

static void
fetch_table(struct simdisk *sd, struct simdisk_cmd *sc)
{
	uint8_t raw[TABLE_PIECE * SIMDISK_SEG_SIZE];
	uint32_t n, i;

	n = simdev_some(sd->sd_dev, TABLE_PIECE, sc->sc_nsegs - sc->sc_fetched);
	if (busdma_sim_dma_read(sd->sd_dev,
		sc->sc_table + (uint64_t)sc->sc_fetched * SIMDISK_SEG_SIZE, raw,
		(size_t)n * SIMDISK_SEG_SIZE) != 0) {
		finish(sc, SIMDISK_ST_DMA);
		return;
	}
	for (i = 0; i < n; i++) {
		const uint8_t *p = raw + (size_t)i * SIMDISK_SEG_SIZE;

		sc->sc_segs[sc->sc_fetched + i].sg_addr =
		    simdev_get(p + SIMDISK_SEG_ADDR, 8);
		sc->sc_segs[sc->sc_fetched + i].sg_len =
		    (uint32_t)simdev_get(p + SIMDISK_SEG_LEN, 4);
	}
	sc->sc_fetched += n;
	if (sc->sc_fetched == sc->sc_nsegs)
		check_sum(sd, sc);
}

/* All of [off, off + len) of the file, in or out; false: it failed. */
static bool
file_io(struct simdisk *sd, bool write, uint64_t off, size_t len)
{
	uint8_t *p = sd->sd_buf;
	ssize_t n;

	while (len != 0) {
		n = write ? pwrite(sd->sd_fd, p, len, (off_t)off)
			  : pread(sd->sd_fd, p, len, (off_t)off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

static void
move(struct simdisk *sd, struct simdisk_cmd *sc)
{
	const struct simdev_seg *sg = &sc->sc_segs[sc->sc_seg];
	bus_addr_t addr = sg->sg_addr + sc->sc_segoff;
	uint64_t off = sc->sc_lba * SIMDISK_BLOCKSIZE + sc->sc_moved;
	bool write = sc->sc_op == SIMDISK_OP_WRITE;
	uint32_t n;

	n = simdev_some(sd->sd_dev, SIMDISK_PIECE, sg->sg_len - sc->sc_segoff);
	if (!write && !file_io(sd, false, off, n)) {
		finish(sc, SIMDISK_ST_MEDIA);
		return;
	}
	if ((write ? busdma_sim_dma_read(sd->sd_dev, addr, sd->sd_buf, n)
		   : busdma_sim_dma_write(sd->sd_dev, addr, sd->sd_buf, n)) !=
	    0) {
		finish(sc, SIMDISK_ST_DMA);
		return;
	}
	if (write && !file_io(sd, true, off, n)) {
		finish(sc, SIMDISK_ST_MEDIA);
		return;
	}
	sc->sc_moved += n;
	sc->sc_segoff += n;
	if (sc->sc_segoff == sg->sg_len) {
		sc->sc_segoff = 0;
		if (++sc->sc_seg == sc->sc_nsegs)
			finish(sc, SIMDISK_ST_OK);
	}
}

void
simdisk_advance(struct simdisk *sd, struct simdisk_cmd *sc)
{
	if (sc->sc_fetched < sc->sc_nsegs)
		fetch_table(sd, sc);
	else
		move(sd, sc);
}
