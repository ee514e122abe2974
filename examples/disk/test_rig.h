/* SPDX-License-Identifier: BSD-2-Clause */
/* What the disk driver's tests share: a machine, the driver attached. */
#ifndef EXAMPLES_DISK_TEST_RIG_H
#define EXAMPLES_DISK_TEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "disk/disk.h"
#include "tests/env.h"
#include "tests/machine.h"

#define BLOCK SIMDISK_BLOCKSIZE
#define DISK_BLOCKS 4096u
#define DISK_BYTES (DISK_BLOCKS * SIMDISK_BLOCKSIZE)

struct rig {
	struct machine ri_machine;
	struct disk_softc ri_disk;
	int ri_fd;           /* the file behind the disk */
	unsigned ri_reports; /* that the test expects */
	unsigned ri_done;    /* requests that ended */
	unsigned ri_aborted; /* of them, so */
};

/* An open file of `size' bytes without a name. */
int rig_file(uint64_t size);

/* A machine with a disk; attach and detach are the caller's. */
void rig_machine(
    struct rig *ri, const struct machine_config *mc, uint64_t seed);
/* Nothing was reported but what the test expects, and nothing leaked. */
void rig_end(struct rig *ri);

/* rig_machine and disk_attach; disk_detach and rig_end. */
void rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed);
void rig_detach(struct rig *ri);

/* A linear request in kernel memory. */
void rig_request(struct rig *ri, struct disk_request *rq, unsigned op,
    uint64_t lba, void *buf, bus_size_t len);

/* Submit and wait for this one; returns what disk_submit did. */
int rig_run(struct rig *ri, struct disk_request *rq);

/* The byte at an offset of a pattern. */
uint8_t rig_byte(uint64_t seed, uint64_t offset);
/* Memory holds the pattern from offset 0. */
void rig_fill(uint8_t *p, size_t len, uint64_t seed);
void rig_check(const uint8_t *p, size_t len, uint64_t seed);
/* The disk holds it at a block, and zeroes beside it. */
void rig_check_disk(struct rig *ri, uint64_t lba, size_t len, uint64_t seed);

/* Kernel memory; there is some. */
void *rig_kmalloc(struct rig *ri, size_t size);
void rig_kfree(struct rig *ri, void *p);

/* Linear requests, to the disk and back. */
void rig_both_ways(struct rig *ri);

#endif /* EXAMPLES_DISK_TEST_RIG_H */
