/* SPDX-License-Identifier: BSD-2-Clause */
/* What the disk driver's tests share. */
#include "disk/test_rig.h"

#include <fcntl.h>
#include <stdio.h>
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
