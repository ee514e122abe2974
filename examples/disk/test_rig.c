/* SPDX-License-Identifier: BSD-2-Clause */
/* What the disk driver's tests share. */
#include "disk/test_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int
rig_file(uint64_t size)
{
	int fd = memfd_create("disk", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

void
rig_machine(struct rig *ri, const struct machine_config *mc, uint64_t seed)
{
	char path[64];

	memset(ri, 0, sizeof(*ri));
	ri->ri_fd = rig_file(DISK_BYTES);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ri->ri_fd);
	assert_int_equal(
	    machine_create(&ri->ri_machine, mc, seed, path, DISK_BYTES), 0);
	(void)env_sim_device(ri->ri_machine.ma_dev);
}

void
rig_end(struct rig *ri)
{
	test_machine_end(&ri->ri_machine, ri->ri_reports);
	(void)close(ri->ri_fd);
}

void
rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed)
{
	rig_machine(ri, mc, seed);
	assert_int_equal(
	    disk_attach(&ri->ri_disk, &test_env, ri->ri_machine.ma_tag), 0);
	assert_int_equal(ri->ri_disk.sc_blocks, DISK_BLOCKS);
}

void
rig_detach(struct rig *ri)
{
	assert_int_equal(disk_detach(&ri->ri_disk), 0);
	rig_end(ri);
}

static void
done(struct disk_request *rq)
{
	struct rig *ri = rq->rq_arg;

	ri->ri_done++;
	if (rq->rq_status == DISK_ST_ABORTED)
		ri->ri_aborted++;
}

void
rig_request(struct rig *ri, struct disk_request *rq, unsigned op, uint64_t lba,
    void *buf, bus_size_t len)
{
	*rq = (struct disk_request){
		.rq_op = op,
		.rq_lba = lba,
		.rq_buffer = DISK_LINEAR,
		.rq_buf = buf,
		.rq_len = len,
		.rq_done = done,
		.rq_arg = ri,
		.rq_status = ~0u,
	};
}

int
rig_run(struct rig *ri, struct disk_request *rq)
{
	int error;

	error = disk_submit(&ri->ri_disk, rq);
	while (error == 0 && rq->rq_status == ~0u)
		assert_true(disk_wait(&ri->ri_disk) > 0);
	return error;
}

uint8_t
rig_byte(uint64_t seed, uint64_t offset)
{
	uint64_t x = (offset + 1) * UINT64_C(0x9e3779b97f4a7c15) + seed;

	return (uint8_t)((x ^ (x >> 29)) * UINT64_C(0xbf58476d1ce4e5b9) >> 56);
}

void
rig_fill(uint8_t *p, size_t len, uint64_t seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = rig_byte(seed, i);
}

void
rig_check(const uint8_t *p, size_t len, uint64_t seed)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] != rig_byte(seed, i))
			fail_msg("byte %zu of %zu is %#x, not %#x", i, len,
			    p[i], rig_byte(seed, i));
	}
}

/* The disk holds the pattern at a block, and zeroes beside it. */
void
rig_check_disk(struct rig *ri, uint64_t lba, size_t len, uint64_t seed)
{
	uint8_t *p = malloc(len + 2 * BLOCK);
	size_t i;

	assert_non_null(p);
	assert_int_equal(
	    pread(ri->ri_fd, p, len + 2 * BLOCK, (off_t)((lba - 1) * BLOCK)),
	    len + 2 * BLOCK);
	for (i = 0; i < BLOCK; i++) {
		assert_int_equal(p[i], 0);
		assert_int_equal(p[BLOCK + len + i], 0);
	}
	rig_check(p + BLOCK, len, seed);
	free(p);
}

void *
rig_kmalloc(struct rig *ri, size_t size)
{
	void *p = busdma_sim_kmalloc(ri->ri_machine.ma_sim, size);

	assert_non_null(p);
	return p;
}

void
rig_kfree(struct rig *ri, void *p)
{
	busdma_sim_kfree(ri->ri_machine.ma_sim, p);
}

/* Seen from the file behind the disk. */
void
rig_both_ways(struct rig *ri)
{
	size_t skew = test_lines(ri->ri_machine.ma_config, 77);
	uint8_t *p = rig_kmalloc(ri, 8 * BLOCK);
	struct disk_request rq;

	rig_fill(p + 13, 3 * BLOCK, 1);
	rig_request(ri, &rq, SIMDISK_OP_WRITE, 10, p + 13, 3 * BLOCK);
	assert_int_equal(rig_run(ri, &rq), 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	rig_check_disk(ri, 10, 3 * BLOCK, 1);

	memset(p, 0x11, 8 * BLOCK);
	rig_request(ri, &rq, SIMDISK_OP_READ, 10, p + skew, 3 * BLOCK);
	assert_int_equal(rig_run(ri, &rq), 0);
	assert_int_equal(rq.rq_status, SIMDISK_ST_OK);
	rig_check(p + skew, 3 * BLOCK, 1);
	assert_int_equal(p[skew - 1], 0x11);
	assert_int_equal(p[skew + 3 * BLOCK], 0x11);
	rig_kfree(ri, p);
}
