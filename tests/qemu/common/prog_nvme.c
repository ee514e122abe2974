/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nvme: the driver of NVM Express controllers.
 *
 *	nvme do=sweep	reads of every length, at every offset, of all kinds
 *	nvme do=copy	all of controller 0's disk to controller 1's
 *	nvme do=errors	what goes wrong, and ends well (prog_nvme_wrong.c)
 *	nvme do=fails	attach, with each hook failing once (likewise)
 *
 * far=N puts buffers at or above physical N; jobs=N are in flight at most;
 * request=N bytes are the most in a request; and what nvme_rig.h says.
 */
#include "nvme_rig.h"

#include <busdma/string.h>

#define MAXJOBS 16
#define BLOCK 512u

static struct nvme_softc disks[2];
static struct rig_figures figures[2];
static struct rig_job jobs[MAXJOBS];
static unsigned njobs;
static size_t longest; /* of a request */
static uint64_t random;

static bool
begin(struct rig_tag *rt, unsigned ndisks)
{
	const paddr_t far = port_arg_u64("far", 0);
	unsigned i;

	random = port_arg_u64("seed", 1);
	njobs = (unsigned)port_arg_u64("jobs", 8);
	if (njobs == 0 || njobs > MAXJOBS)
		tap_bail("jobs");
	if (rig_tag_make(rt, port_platform()) != 0)
		tap_bail("no tag");
	for (i = 0; i < ndisks; i++)
		if (!rig_attach(&disks[i], rt, i))
			return false;
	longest = (size_t)port_arg_u64("request", disks[0].sc_maxxfer);
	for (i = 0; i < njobs; i++) {
		jobs[i].rj_rq.rq_status = NVME_ST_OK;
		/* A page of offset, and gaps between pieces. */
		if (!rig_memory_make(&jobs[i].rj_memory, longest + 2 * RIG_PAGE,
			far, ~(paddr_t)0))
			return false;
	}
	for (i = 0; i < ndisks; i++)
		rig_figures(&disks[i], &figures[i], NULL);
	return true;
}

static void
end(struct rig_tag *rt, unsigned ndisks)
{
	unsigned i;

	tap_say("stray: %u", disks[0].sc_stray);
	tap_say("commands: %u", rig_commands);
	tap_say("segments: %u", rig_segments);
	rig_figures(&disks[0], &figures[0], "");
	if (ndisks > 1)
		rig_figures(&disks[1], &figures[1], "written ");
	for (i = 0; i < ndisks; i++)
		tap_ok(nvme_detach(&disks[i]) == 0, "detach %u", i);
	for (i = 0; i < njobs; i++)
		rig_memory_free(&jobs[i].rj_memory);
	rig_tag_free(rt);
}

/* A job that is not in use; its request before is told of. */
static struct rig_job *
job_free(unsigned ndisks)
{
	static unsigned next;
	struct rig_job *rj = &jobs[next++ % njobs];
	unsigned i, n = 1;

	while (!rig_over(rj) && n > 0) {
		for (i = 0, n = 0; i < ndisks; i++)
			n += rig_wait(&disks[i]);
	}
	if (!rig_over(rj))
		tap_bail("a controller is stuck");
	return rj;
}

/* ---- sweep ---- */

static unsigned nreads, nfailed, most;

static void
read_end(struct rig_job *rj)
{
	if (rj->rj_nvme == NULL)
		return;
	if (!rig_end(rj))
		nfailed++;
	rj->rj_nvme = NULL;
}

static void
read_start(enum rig_kind kind, size_t off, size_t len)
{
	struct rig_job *rj = job_free(1);
	uint64_t last = disks[0].sc_blocks - len / BLOCK;
	int error;

	read_end(rj);
	rig_lay(rj, kind, off, len, &random);
	rig_prepare(
	    rj, &disks[0], NVME_READ, rig_below(&random, (uint32_t)last + 1));
	memset(rj->rj_memory.ra_run, 0x5a, off + len);
	nreads++;
	while ((error = rig_start(rj)) == ENOMEM || error == EBUSY) {
		if (rig_wait(&disks[0]) == 0)
			break;
	}
	if (error != 0) {
		tap_say("request %u is refused: %d", rj->rj_number, error);
		rj->rj_nvme = NULL;
		rj->rj_rq.rq_status = NVME_ST_OK;
		nfailed++;
	}
	if (most < disks[0].sc_inflight)
		most = disks[0].sc_inflight;
}

/* Of every kind but uios that PRP entries can't say. */
static void
sweep_lengths(size_t len, uint32_t kinds)
{
	static const size_t places[] = { 0, 2048, 4092 };
	unsigned i, k;

	/* Lengths that are a power of two, and a block less; the longest. */
	for (; len < 2 * longest; len *= 2) {
		if (len > longest)
			len = longest;
		for (i = 0; i < 3; i++) {
			for (k = 0; k < kinds; k++)
				if (k != RIG_UIO)
					read_start(
					    (enum rig_kind)k, places[i], len);
			if (len > BLOCK)
				read_start(RIG_PAGES, places[i], len - BLOCK);
		}
	}
}

static void
sweep_offsets(void)
{
	const bool odd = port_arg_u64("odd", 1) != 0;
	size_t off;

	/* Every offset, lengths of up to two pages and a half. */
	for (off = 0; off < RIG_PAGE; off += 4)
		read_start(
		    off / 4 % 4 < 3 ? (enum rig_kind)(off / 4 % 4) : RIG_USER,
		    off, (1 + off / 4 % 20) * BLOCK);
	for (off = 1; off < RIG_PAGE && odd; off += 85)
		read_start(
		    (enum rig_kind)(off % 3), off, (1 + off % 20) * BLOCK);
}

static void
sweep(void)
{
	const uint32_t kinds = (uint32_t)port_arg_u64("kinds", RIG_NKINDS);
	const size_t least = (size_t)port_arg_u64("least", BLOCK);
	unsigned i;

	if (least == BLOCK)
		sweep_offsets();
	sweep_lengths(least, kinds);
	/* Pieces. */
	for (i = 0; i < 100 && kinds == RIG_NKINDS; i++)
		read_start(i % 2 == 0 ? RIG_UIO : RIG_VECTORS,
		    4 * rig_below(&random, 1024),
		    (1 + rig_below(&random, 64)) * (size_t)BLOCK);
	for (i = 0; i < njobs; i++)
		read_end(job_free(1));
	tap_ok(nfailed == 0, "%u reads, %u failed", nreads, nfailed);
	tap_say("inflight: %u", most);
}

/* ---- copy ---- */

/* Which part of the disk is to come. */
static uint64_t copied;

/* The job's read has ended: write it; its write: it is free. */
static bool
copy_go_on(struct rig_job *rj)
{
	uint64_t lba = rj->rj_rq.rq_lba;
	int error;

	if (rj->rj_nvme == NULL)
		return true;
	if (!rig_end(rj)) {
		tap_ok(false, "request %u: %s", rj->rj_number,
		    nvme_status_text(rj->rj_rq.rq_status));
		return false;
	}
	if (rj->rj_nvme == &disks[1]) {
		rj->rj_nvme = NULL;
		return true;
	}
	rig_prepare(rj, &disks[1], NVME_WRITE, lba);
	while ((error = rig_start(rj)) == ENOMEM || error == EBUSY) {
		if (rig_wait(&disks[1]) == 0)
			break;
	}
	if (error != 0)
		tap_ok(false, "a write is refused: %d", error);
	return error == 0;
}

static bool
copy_next(struct rig_job *rj)
{
	const uint64_t left = disks[0].sc_blocks - copied;
	const uint32_t kinds = (uint32_t)port_arg_u64("kinds", RIG_NKINDS);
	uint64_t blocks = longest / BLOCK;
	int error;

	if (port_arg_u64("whole", 0) == 0)
		blocks = 1 + rig_below(&random, (uint32_t)blocks);
	if (blocks > left)
		blocks = left;
	rig_lay(rj, (enum rig_kind)rig_below(&random, kinds),
	    4 * rig_below(&random, 1024), (size_t)blocks * BLOCK, &random);
	rig_prepare(rj, &disks[0], NVME_READ, copied);
	while ((error = rig_start(rj)) == ENOMEM || error == EBUSY) {
		if (rig_wait(&disks[0]) == 0)
			break;
	}
	if (error != 0)
		tap_ok(false, "a read is refused: %d", error);
	copied += blocks;
	return error == 0;
}

static bool
flush(struct nvme_softc *sc)
{
	jobs[0].rj_rq = (struct nvme_request){ .rq_len = 0 };
	rig_prepare(&jobs[0], sc, NVME_FLUSH, 0);
	if (nvme_submit(sc, &jobs[0].rj_rq) != 0)
		return false;
	while (!rig_over(&jobs[0]) && rig_wait(sc) > 0)
		continue;
	return jobs[0].rj_rq.rq_status == NVME_ST_OK;
}

static void
copy(void)
{
	unsigned busy = njobs, i;
	struct rig_job *rj;
	bool ok = true;

	tap_ok(disks[0].sc_blocks == disks[1].sc_blocks, "disks of one size");
	while (ok && (copied < disks[0].sc_blocks || busy > 0)) {
		rj = job_free(2);
		ok = copy_go_on(rj);
		if (ok && rj->rj_nvme == NULL && copied < disks[0].sc_blocks)
			ok = copy_next(rj);
		for (i = 0, busy = 0; i < njobs; i++)
			busy += jobs[i].rj_nvme != NULL;
	}
	tap_ok(ok, "all of it is copied");
	tap_ok(flush(&disks[1]), "and flushed");
}

static void
nvme_main(void)
{
	const char *what = port_arg("do");
	struct rig_tag rt;

	if (what == NULL)
		tap_bail("do=?");
	if (what[0] == 's' && begin(&rt, 1)) {
		sweep();
		end(&rt, 1);
	} else if (what[0] == 'c' && begin(&rt, 2)) {
		copy();
		end(&rt, 2);
	} else if (what[0] == 'e') {
		nvme_errors();
	} else if (what[0] == 'f') {
		nvme_fails();
	}
}

PORT_PROGRAM(nvme, nvme_main);
