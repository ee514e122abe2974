/* SPDX-License-Identifier: BSD-2-Clause */
/* The disk driver by seed: blocks are written, and read back elsewhere. */
#include "tests/seeds.h"

#include "disk/test_rig.h"
#include "tests/place.h"

#define NREQUESTS 3u /* at once */
#define MOST 6u      /* blocks in one */
#define BLANK 0xee

const char seed_driver[] = "disk";

/* A part of the disk, with a buffer to write it from and one to read it to. */
struct part {
	struct place pa_place[2];
	struct disk_request pa_rq;
	size_t pa_len;
};

static void
part_create(struct rig *ri, struct seed *sd, struct part *pa)
{
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	unsigned i;

	pa->pa_len = (1 + place_below(&sd->sd_random, MOST)) * (size_t)BLOCK;
	for (i = 0; i < 2; i++)
		place_create(&pa->pa_place[i], sim, busdma_sim_proc(sim),
		    (enum place_kind)place_below(&sd->sd_random, PLACE_NKINDS),
		    pa->pa_len);
	place_own(&pa->pa_place[1]);
	place_clear(&pa->pa_place[1], BLANK);
	for (i = 0; i < 2; i++)
		place_lay(&pa->pa_place[i], pa->pa_len, &sd->sd_random);
}

static void
part_destroy(struct part *pa)
{
	place_destroy(&pa->pa_place[0]);
	place_destroy(&pa->pa_place[1]);
}

static void
part_submit(struct rig *ri, struct part *pa, unsigned op, uint64_t lba)
{
	struct place *pc = &pa->pa_place[op == SIMDISK_OP_READ];
	struct disk_request *rq = &pa->pa_rq;

	rig_request(ri, rq, op, lba, pc->pc_iov[0].iov_base, pa->pa_len);
	rq->rq_proc = pc->pc_proc;
	if (pc->pc_kind == PLACE_KERNEL_UIO || pc->pc_kind == PLACE_USER_UIO) {
		rq->rq_buffer = DISK_UIO;
		rq->rq_uio = &pc->pc_uio;
	} else if (pc->pc_kind == PLACE_PAGES) {
		rq->rq_buffer = DISK_RAW;
		rq->rq_segs = pc->pc_pages;
		rq->rq_nsegs = pc->pc_npages;
	}
	assert_int_equal(disk_submit(&ri->ri_disk, rq), 0);
	place_scramble(pc);
}

static void
part_wait(struct rig *ri, struct part *pa, bool poll)
{
	while (pa->pa_rq.rq_status == ~0u) {
		if (poll)
			(void)disk_intr(&ri->ri_disk);
		else
			assert_true(disk_wait(&ri->ri_disk) > 0);
	}
	assert_int_equal(pa->pa_rq.rq_status, SIMDISK_ST_OK);
}

/* All parts one way. */
static void
one_way(struct rig *ri, struct seed *sd, struct part *parts, unsigned op)
{
	unsigned i;

	for (i = 0; i < NREQUESTS; i++)
		part_submit(ri, &parts[i], op, (uint64_t)i * MOST);
	for (i = 0; i < NREQUESTS; i++)
		part_wait(ri, &parts[i], sd->sd_poll);
}

void
seed_run(struct seed *sd)
{
	struct part parts[NREQUESTS];
	unsigned round, i;
	static struct rig ri; /* for who tells of a failure */

	rig_machine(&ri, &sd->sd_config, sd->sd_seed);
	seed_machine(sd, &ri.ri_machine);
	assert_int_equal(
	    disk_attach(&ri.ri_disk, &test_env, ri.ri_machine.ma_tag), 0);
	for (i = 0; i < NREQUESTS; i++)
		part_create(&ri, sd, &parts[i]);
	/* Over what the first round has left in the cache, and on the disk. */
	for (round = 0; round < 2; round++) {
		for (i = 0; i < NREQUESTS; i++) {
			place_lay(&parts[i].pa_place[0], parts[i].pa_len,
			    &sd->sd_random);
			place_lay(&parts[i].pa_place[1], parts[i].pa_len,
			    &sd->sd_random);
			place_fill(&parts[i].pa_place[0], parts[i].pa_len,
			    sd->sd_seed + 10 * round + i);
		}
		one_way(&ri, sd, parts, SIMDISK_OP_WRITE);
		one_way(&ri, sd, parts, SIMDISK_OP_READ);
		for (i = 0; i < NREQUESTS; i++)
			place_check(&parts[i].pa_place[1], parts[i].pa_len,
			    sd->sd_seed + 10 * round + i);
	}
	for (i = 0; i < NREQUESTS; i++)
		part_destroy(&parts[i]);
	rig_detach(&ri);
}
