/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simdisk.c, simdiskio.c: the disk, driven by hand.
 */
#include <stdio.h>
#include <unistd.h>

#include <busdma/simdiskreg.h>

#include "simdevrig.h"

#define BLOCKS 256u
#define BLOCK SIMDISK_BLOCKSIZE
#define QSIZE 8u
#define DATA (64u * BLOCK)
#define TABLES 4096u /* bytes for each command's table */

/* Offsets in the buffer. */
#define CMDQ 0u
#define CPLQ 1024u
#define TABLE(i) (4096u + (i)*TABLES)
#define DATAOFF (4096u + QSIZE * TABLES)
#define MEMSIZE (DATAOFF + DATA)

static void
start(struct rig *rg)
{
	memset(rg->rg_mem, 0, DATAOFF);
	rg->rg_tail = rg->rg_head = 0;
	rg->rg_phase = SIMDISK_CPL_PHASE;
	reg(rg, SIMDISK_CTRL, 0);
	reg(rg, SIMDISK_QSIZE, QSIZE);
	reg_address(rg, SIMDISK_CMDQ_LO, SIMDISK_CMDQ_HI, CMDQ);
	reg_address(rg, SIMDISK_CPLQ_LO, SIMDISK_CPLQ_HI, CPLQ);
	reg(rg, SIMDISK_CTRL, SIMDISK_CTRL_EN | SIMDISK_CTRL_IE);
}

static struct rig
rig_up(const char *path, uint64_t seed)
{
	struct rig rg = rig_machine(seed, 2);

	assert_int_equal(busdma_sim_disk_create(rg.rg_bus, 2, path,
			     (uint64_t)BLOCKS * BLOCK, &rg.rg_dev),
	    0);
	rig_kmalloc(&rg, MEMSIZE);
	start(&rg);
	assert_int_equal(get(&rg, SIMDISK_STATUS), SIMDISK_STATUS_RUN);
	return rg;
}

static void
rig_down(struct rig *rg)
{
	reg(rg, SIMDISK_CTRL, 0);
	rig_end(rg);
}

/* One segment of a command's table; `off' is an offset in the buffer. */
static void
segment(struct rig *rg, uint32_t slot, uint32_t i, uint64_t off, uint32_t len)
{
	uint8_t *p = rg->rg_mem + TABLE(slot) + (size_t)i * SIMDISK_SEG_SIZE;

	put(p + SIMDISK_SEG_ADDR, rg->rg_addr + off, 8);
	put(p + SIMDISK_SEG_LEN, len, 4);
}

/* Put a command in the next slot; the doorbell is the caller's to ring. */
static void
command(struct rig *rg, uint8_t op, uint16_t id, uint64_t lba, uint32_t blocks,
    uint32_t nsegs)
{
	uint8_t *p = rg->rg_mem + CMDQ + (size_t)rg->rg_tail * SIMDISK_CMD_SIZE;

	p[SIMDISK_CMD_OP] = op;
	put(p + SIMDISK_CMD_ID, id, 2);
	put(p + SIMDISK_CMD_NSEGS, nsegs, 4);
	put(p + SIMDISK_CMD_LBA, lba, 8);
	put(p + SIMDISK_CMD_TABLE, rg->rg_addr + TABLE(rg->rg_tail), 8);
	put(p + SIMDISK_CMD_BLOCKS, blocks, 4);
	rg->rg_tail = (rg->rg_tail + 1) % QSIZE;
}

/* Wait for the next completion; its status, and its id in *idp. */
static unsigned
completion(struct rig *rg, unsigned *idp)
{
	const uint8_t *p =
	    rg->rg_mem + CPLQ + (size_t)rg->rg_head * SIMDISK_CPL_SIZE;

	while ((p[SIMDISK_CPL_FLAGS] & SIMDISK_CPL_PHASE) != rg->rg_phase)
		if (!busdma_sim_wait(rg->rg_dev))
			break;
	assert_int_equal(p[SIMDISK_CPL_FLAGS], rg->rg_phase);
	assert_int_equal(get(rg, SIMDISK_INTR), 1);
	*idp = (unsigned)load(p + SIMDISK_CPL_ID, 2);
	rg->rg_head = (rg->rg_head + 1) % QSIZE;
	if (rg->rg_head == 0)
		rg->rg_phase ^= SIMDISK_CPL_PHASE;
	reg(rg, SIMDISK_CPLHEAD, rg->rg_head);
	return (unsigned)load(p + SIMDISK_CPL_STATUS, 2);
}

/* A whole command with one segment of `blocks' of the data. */
static unsigned
run(struct rig *rg, uint8_t op, uint64_t lba, uint32_t blocks)
{
	unsigned id;
	unsigned status;

	segment(rg, rg->rg_tail, 0, DATAOFF, blocks * BLOCK);
	command(rg, op, 0xabcd, lba, blocks, 1);
	reg(rg, SIMDISK_CMDTAIL, rg->rg_tail);
	status = completion(rg, &id);
	assert_int_equal(id, 0xabcd);
	return status;
}

static void
what_is_written_is_read(void **state)
{
	struct rig rg = rig_up(NULL, 1);
	uint8_t *data = rg.rg_mem + DATAOFF, want[DATA];

	(void)state;
	assert_int_equal(get(&rg, SIMDISK_ID), SIMDISK_ID_VALUE);
	assert_int_equal(get(&rg, SIMDISK_BLOCKS_LO), BLOCKS);
	assert_int_equal(get(&rg, SIMDISK_BLOCKS_HI), 0);
	assert_true((get(&rg, SIMDISK_CAP) & SIMDISK_CAP_QSIZE) >= QSIZE);
	su_fill(want, DATA, 1);
	memcpy(data, want, DATA);
	assert_int_equal(run(&rg, SIMDISK_OP_WRITE, 5, 64), SIMDISK_ST_OK);
	memset(data, 0, DATA);
	assert_int_equal(run(&rg, SIMDISK_OP_READ, 6, 63), SIMDISK_ST_OK);
	assert_memory_equal(data, want + BLOCK, DATA - BLOCK);
	/* The first and the last block of the disk. */
	memcpy(data, want, BLOCK);
	assert_int_equal(
	    run(&rg, SIMDISK_OP_WRITE, BLOCKS - 1, 1), SIMDISK_ST_OK);
	assert_int_equal(run(&rg, SIMDISK_OP_READ, 0, 1), SIMDISK_ST_OK);
	assert_int_equal(data[0] | data[BLOCK - 1], 0);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* Segments of any length, in any order. */
static void
segments_are_gathered_and_scattered(void **state)
{
	static const uint32_t len[] = { 1, 511, 3, 1021, 512 };
	struct rig rg = rig_up(NULL, 2);
	uint8_t *data = rg.rg_mem + DATAOFF, want[4 * BLOCK];
	uint32_t i, off = 8000, sum = 0;
	unsigned id;

	(void)state;
	su_fill(data, DATA, 2);
	for (i = 0; i < NELEM(len); i++) {
		segment(&rg, 0, i, DATAOFF + off, len[i]);
		memcpy(want + sum, data + off, len[i]);
		sum += len[i];
		off -= 1500;
	}
	command(&rg, SIMDISK_OP_WRITE, 1, 0, 4, NELEM(len));
	reg(&rg, SIMDISK_CMDTAIL, rg.rg_tail);
	assert_int_equal(completion(&rg, &id), SIMDISK_ST_OK);
	assert_int_equal(run(&rg, SIMDISK_OP_READ, 0, 4), SIMDISK_ST_OK);
	assert_memory_equal(data, want, sizeof(want));
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* Without interrupts the completion comes all the same. */
static void
interrupts_can_be_disabled(void **state)
{
	struct rig rg = rig_up(NULL, 13);
	unsigned id;

	(void)state;
	reg(&rg, SIMDISK_CTRL, SIMDISK_CTRL_EN);
	command(&rg, SIMDISK_OP_FLUSH, 3, 0, 0, 0);
	reg(&rg, SIMDISK_CMDTAIL, rg.rg_tail);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(completion(&rg, &id), SIMDISK_ST_OK);
	assert_int_equal(id, 3);
	reg(&rg, SIMDISK_CTRL, SIMDISK_CTRL_EN | SIMDISK_CTRL_IE);
	command(&rg, SIMDISK_OP_FLUSH, 4, 0, 0, 0);
	reg(&rg, SIMDISK_CMDTAIL, rg.rg_tail);
	assert_true(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(completion(&rg, &id), SIMDISK_ST_OK);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* Seven in flight, several rounds of the rings; returns the order. */
static unsigned
flood(uint64_t seed, unsigned *order)
{
	struct rig rg = rig_up(NULL, seed);
	unsigned round, i, id, seen, n = 0;
	uint8_t *data = rg.rg_mem + DATAOFF;

	for (round = 0; round < 5; round++) {
		su_fill(data, DATA, (uint8_t)round);
		for (i = 0; i < QSIZE - 1; i++) {
			segment(&rg, rg.rg_tail, 0,
			    DATAOFF + (uint64_t)i * 8 * BLOCK, 8 * BLOCK);
			command(&rg, SIMDISK_OP_WRITE, (uint16_t)i,
			    (uint64_t)i * 8, 8, 1);
		}
		reg(&rg, SIMDISK_CMDTAIL, rg.rg_tail);
		for (seen = 0, i = 0; i < QSIZE - 1; i++) {
			assert_int_equal(completion(&rg, &id), SIMDISK_ST_OK);
			assert_true(id < QSIZE - 1);
			assert_int_equal(seen & 1u << id, 0);
			seen |= 1u << id;
			order[n++] = id;
		}
		memset(data, 0, DATA);
		assert_int_equal(
		    run(&rg, SIMDISK_OP_READ, 0, 56), SIMDISK_ST_OK);
		for (i = 0; i < 56 * BLOCK; i += 8 * BLOCK) {
			uint8_t want[DATA];

			su_fill(want, DATA, (uint8_t)round);
			assert_memory_equal(data + i, want + i, 8 * BLOCK);
		}
	}
	assert_silent(rg.rg_su);
	rig_down(&rg);
	return n;
}

static void
commands_complete_in_any_order(void **state)
{
	unsigned a[64], b[64], n, i, back = 0;

	(void)state;
	n = flood(3, a);
	assert_int_equal(flood(3, b), n);
	assert_memory_equal(a, b, n * sizeof(a[0]));
	flood(4, b);
	assert_memory_not_equal(a, b, n * sizeof(a[0]));
	for (i = 1; i < n; i++)
		back += a[i] < a[i - 1];
	/* In order it would be 4. */
	assert_true(back > 8);
}

static void
a_full_completion_ring_waits(void **state)
{
	struct rig rg = rig_up(NULL, 5);
	unsigned i, id;

	(void)state;
	for (i = 0; i < QSIZE - 1; i++)
		command(&rg, SIMDISK_OP_FLUSH, (uint16_t)i, 0, 0, 0);
	reg(&rg, SIMDISK_CMDTAIL, rg.rg_tail);
	while (busdma_sim_wait(rg.rg_dev))
		continue;
	/* All are posted; what comes now has to wait for the driver. */
	command(&rg, SIMDISK_OP_FLUSH, 99, 0, 0, 0);
	reg(&rg, SIMDISK_CMDTAIL, rg.rg_tail);
	assert_false(busdma_sim_wait(rg.rg_dev));
	for (i = 0; i < QSIZE - 1; i++)
		assert_int_equal(completion(&rg, &id), SIMDISK_ST_OK);
	assert_int_equal(completion(&rg, &id), SIMDISK_ST_OK);
	assert_int_equal(id, 99);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* A command that is wrong: its status, and exactly one complaint. */
static void
wrong(struct rig *rg, unsigned status, enum busdma_sim_reason reason)
{
	unsigned id;

	reg(rg, SIMDISK_CMDTAIL, rg->rg_tail);
	assert_int_equal(completion(rg, &id), status);
	assert_report(rg->rg_su, reason);
}

static void
wrong_commands_are_refused(void **state)
{
	struct rig rg = rig_up(NULL, 6);

	(void)state;
	segment(&rg, rg.rg_tail, 0, DATAOFF, BLOCK);
	command(&rg, 7, 1, 0, 1, 1);
	wrong(&rg, SIMDISK_ST_OP, BUSDMA_SIM_DEVICE);
	segment(&rg, rg.rg_tail, 0, DATAOFF, 2 * BLOCK);
	command(&rg, SIMDISK_OP_READ, 1, BLOCKS - 1, 2, 1);
	wrong(&rg, SIMDISK_ST_RANGE, BUSDMA_SIM_DEVICE);
	command(&rg, SIMDISK_OP_READ, 1, ~(uint64_t)0, 1, 1);
	wrong(&rg, SIMDISK_ST_RANGE, BUSDMA_SIM_DEVICE);
	command(&rg, SIMDISK_OP_READ, 1, 0, 1, 0);
	wrong(&rg, SIMDISK_ST_SEGS, BUSDMA_SIM_DEVICE);
	command(
	    &rg, SIMDISK_OP_READ, 1, 0, 1, (get(&rg, SIMDISK_CAP) >> 16) + 1);
	wrong(&rg, SIMDISK_ST_SEGS, BUSDMA_SIM_DEVICE);
	assert_non_null(strstr(rg.rg_su->su_text, "more than it can"));
	segment(&rg, rg.rg_tail, 0, DATAOFF, BLOCK + 1);
	command(&rg, SIMDISK_OP_READ, 1, 0, 1, 1);
	wrong(&rg, SIMDISK_ST_SEGS, BUSDMA_SIM_DEVICE);
	segment(&rg, rg.rg_tail, 0, DATAOFF, BLOCK);
	segment(&rg, rg.rg_tail, 1, DATAOFF, 0);
	command(&rg, SIMDISK_OP_READ, 1, 0, 1, 2);
	wrong(&rg, SIMDISK_ST_SEGS, BUSDMA_SIM_DEVICE);
	command(&rg, SIMDISK_OP_FLUSH, 1, 0, 1, 1);
	wrong(&rg, SIMDISK_ST_SEGS, BUSDMA_SIM_DEVICE);
	/* A segment that ends behind the mapping. */
	segment(&rg, rg.rg_tail, 0, MEMSIZE - BLOCK + 1, BLOCK);
	command(&rg, SIMDISK_OP_READ, 1, 0, 1, 1);
	wrong(&rg, SIMDISK_ST_DMA, BUSDMA_SIM_UNMAPPED);
	/* A table of which the last entry is. */
	segment(&rg, rg.rg_tail, 0, DATAOFF, BLOCK);
	command(&rg, SIMDISK_OP_READ, 1, 0, 1, 2);
	put(rg.rg_mem + CMDQ +
		(size_t)((rg.rg_tail + QSIZE - 1) % QSIZE) * SIMDISK_CMD_SIZE +
		SIMDISK_CMD_TABLE,
	    rg.rg_addr + MEMSIZE - SIMDISK_SEG_SIZE, 8);
	wrong(&rg, SIMDISK_ST_DMA, BUSDMA_SIM_UNMAPPED);
	/* And the disk works on. */
	assert_int_equal(run(&rg, SIMDISK_OP_READ, 0, 1), SIMDISK_ST_OK);
	rig_down(&rg);
}

static void
wrong_registers_are_complained_of(void **state)
{
	struct rig rg = rig_up(NULL, 7);
	struct su *su = rg.rg_su;

	(void)state;
	WRONG(su, reg(&rg, SIMDISK_CMDTAIL, QSIZE));
	WRONG(su, reg(&rg, SIMDISK_CPLHEAD, QSIZE));
	WRONG(su, reg(&rg, SIMDISK_CPLHEAD, 1));
	WRONG(su, reg(&rg, SIMDISK_QSIZE, 16));
	WRONG(su, reg(&rg, SIMDISK_CMDQ_LO, 0));
	WRONG(su, reg(&rg, SIMDISK_ID, 0));
	WRONG(su, reg(&rg, 0x100, 0));
	WRONG(su, (void)get(&rg, 0x100));
	WRONG(su, busdma_sim_reg_write(rg.rg_dev, SIMDISK_INTR, 2, 1));
	WRONG(su, (void)busdma_sim_reg_read(rg.rg_dev, SIMDISK_INTR, 8));
	/* None of them did anything. */
	assert_int_equal(get(&rg, SIMDISK_QSIZE), QSIZE);
	assert_int_equal(run(&rg, SIMDISK_OP_READ, 0, 1), SIMDISK_ST_OK);
	reg(&rg, SIMDISK_INTR, 1);
	assert_int_equal(get(&rg, SIMDISK_INTR), 0);

	reg(&rg, SIMDISK_CTRL, 0);
	assert_int_equal(get(&rg, SIMDISK_STATUS), 0);
	WRONG(su, reg(&rg, SIMDISK_CMDTAIL, 1));
	WRONG(su, reg(&rg, SIMDISK_CPLHEAD, 1));
	WRONG(su, reg(&rg, SIMDISK_CTRL, 4));
	assert_int_equal(get(&rg, SIMDISK_CTRL), 0);
	reg(&rg, SIMDISK_CMDQ_HI, 0x12);
	reg(&rg, SIMDISK_CPLQ_HI, 0x34);
	reg(&rg, SIMDISK_CMDQ_LO, 0x56);
	assert_int_equal(get(&rg, SIMDISK_CMDQ_HI), 0x12);
	assert_int_equal(get(&rg, SIMDISK_CMDQ_LO), 0x56);
	assert_int_equal(get(&rg, SIMDISK_CPLQ_HI), 0x34);
	reg(&rg, SIMDISK_CMDQ_LO, 0);
	reg(&rg, SIMDISK_QSIZE, 6);
	WRONG(su, reg(&rg, SIMDISK_CTRL, SIMDISK_CTRL_EN));
	assert_int_equal(get(&rg, SIMDISK_STATUS), SIMDISK_STATUS_ERR);
	reg(&rg, SIMDISK_CTRL, 0);
	reg(&rg, SIMDISK_QSIZE, QSIZE);
	reg(&rg, SIMDISK_CPLQ_LO, (uint32_t)rg.rg_addr + 32);
	WRONG_MEM(su, reg(&rg, SIMDISK_CTRL, SIMDISK_CTRL_EN));
	rig_down(&rg);
}

/* Too many commands at once: the tail would run over the head. */
static void
an_overrun_is_complained_of(void **state)
{
	struct rig rg = rig_up(NULL, 8);
	struct su *su = rg.rg_su;
	busdma_lock_t lk;

	(void)state;
	memset(&lk, 0, sizeof(lk));
	/* With a lock held the disk fetches nothing. */
	su->su_pl->pl_lock(su->su_pl, &lk);
	reg(&rg, SIMDISK_CMDTAIL, 5);
	assert_silent(su);
	WRONG(su, reg(&rg, SIMDISK_CMDTAIL, 4));
	su->su_pl->pl_unlock(su->su_pl, &lk);
	reg(&rg, SIMDISK_CTRL, 0);
	su->su_nreports = 0;
	rig_down(&rg);
}

static void
a_ring_out_of_reach_stops_the_disk(void **state)
{
	struct rig rg = rig_up(NULL, 9);
	struct su *su = rg.rg_su;

	(void)state;
	reg(&rg, SIMDISK_CTRL, 0);
	reg(&rg, SIMDISK_CMDQ_LO, (uint32_t)(rg.rg_addr + MEMSIZE + 64) & ~63u);
	reg(&rg, SIMDISK_CTRL, SIMDISK_CTRL_EN);
	reg(&rg, SIMDISK_CMDTAIL, 3);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(get(&rg, SIMDISK_STATUS), SIMDISK_STATUS_ERR);

	start(&rg);
	reg(&rg, SIMDISK_CTRL, 0);
	reg(&rg, SIMDISK_CPLQ_LO, (uint32_t)(rg.rg_addr + MEMSIZE + 64) & ~63u);
	reg(&rg, SIMDISK_CTRL, SIMDISK_CTRL_EN);
	command(&rg, SIMDISK_OP_FLUSH, 1, 0, 0, 0);
	reg(&rg, SIMDISK_CMDTAIL, 1);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(get(&rg, SIMDISK_STATUS), SIMDISK_STATUS_ERR);

	/* Started anew it works, and its rings begin at 0. */
	start(&rg);
	assert_int_equal(run(&rg, SIMDISK_OP_READ, 0, 1), SIMDISK_ST_OK);
	rig_down(&rg);
}

/* Switched off in the middle it touches memory no more. */
static void
a_stopped_disk_is_silent(void **state)
{
	struct rig rg = rig_up(NULL, 10);
	uint8_t *data = rg.rg_mem + DATAOFF;
	unsigned i;

	(void)state;
	memset(data, 0x77, DATA);
	segment(&rg, 0, 0, DATAOFF, DATA);
	command(&rg, SIMDISK_OP_READ, 1, 0, 64, 1);
	reg(&rg, SIMDISK_CMDTAIL, 1);
	tell(&rg, SIMDISK_CTRL, 0);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	for (i = 0; i < 100; i++)
		(void)get(&rg, SIMDISK_STATUS);
	(void)busdma_sim_wait(rg.rg_dev);
	assert_silent(rg.rg_su);
	assert_int_equal(data[DATA - 1], 0x77);
	rig_load(&rg);
	rig_down(&rg);
}

static void
the_file_is_the_disk(void **state)
{
	char path[] = "simdisk-test-XXXXXX";
	uint8_t want[BLOCK], is[BLOCK];
	struct busdma_sim_dev *dev;
	struct rig rg;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	rg = rig_up(path, 12);
	su_fill(want, BLOCK, 55);
	memcpy(rg.rg_mem + DATAOFF, want, BLOCK);
	assert_int_equal(run(&rg, SIMDISK_OP_WRITE, 3, 1), SIMDISK_ST_OK);
	assert_int_equal(pread(fd, is, BLOCK, 3 * BLOCK), BLOCK);
	assert_memory_equal(is, want, BLOCK);
	assert_int_equal(lseek(fd, 0, SEEK_END), BLOCKS * BLOCK);

	/* What was cut off can't be read. */
	assert_int_equal(ftruncate(fd, 3 * BLOCK), 0);
	assert_int_equal(run(&rg, SIMDISK_OP_READ, 3, 1), SIMDISK_ST_MEDIA);

	/* Its size is the disk's where none is given. */
	assert_int_equal(busdma_sim_disk_create(
			     su_bus(rg.rg_su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON),
			     1, path, 0, &dev),
	    0);
	assert_int_equal(busdma_sim_reg_read(dev, SIMDISK_BLOCKS_LO, 4), 3);
	rig_down(&rg);
	close(fd);
	unlink(path);
}

static void
disks_that_make_no_sense_are_refused(void **state)
{
	struct su *su = *state;
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	struct busdma_sim_dev *dev;

	assert_int_equal(busdma_sim_disk_create(bus, 1, NULL, 0, &dev), EINVAL);
	assert_int_equal(
	    busdma_sim_disk_create(bus, 1, NULL, 513, &dev), EINVAL);
	assert_int_equal(
	    busdma_sim_disk_create(bus, 0, NULL, 512, &dev), EINVAL);
	assert_int_equal(
	    busdma_sim_disk_create(bus, 1, "/nonexistent/file", 512, &dev),
	    EINVAL);
	assert_null(dev);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(segments_are_gathered_and_scattered),
		cmocka_unit_test(interrupts_can_be_disabled),
		cmocka_unit_test(commands_complete_in_any_order),
		cmocka_unit_test(a_full_completion_ring_waits),
		cmocka_unit_test(wrong_commands_are_refused),
		cmocka_unit_test(wrong_registers_are_complained_of),
		cmocka_unit_test(an_overrun_is_complained_of),
		cmocka_unit_test(a_ring_out_of_reach_stops_the_disk),
		cmocka_unit_test(a_stopped_disk_is_silent),
		cmocka_unit_test(the_file_is_the_disk),
		SIMUNIT(disks_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests_name("simdisk", tests, NULL, NULL);
}
