/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nvme: what goes wrong, on a controller that goes on, and where memory is
 * short.  The command line says which of it: only=NAME.
 */
#include "nvme_rig.h"

#include <busdma/string.h>

#include "le.h"

#define FAR_QUEUE 9u                    /* of no pair of the driver's */
#define NOWHERE (UINT64_C(0x700) << 32) /* that has no memory */
#define BAD_OFFSET (NVME_ST_DNR | 0x13u)
#define BAD_LBA (NVME_ST_DNR | 0x80u)
#define BAD_NSID (NVME_ST_DNR | 0x0bu)
#define BAD_FIELD (NVME_ST_DNR | 0x02u)
#define READ_ERROR 0x281u
#define WRITE_ERROR 0x280u
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct nvme_softc disk;
static struct rig_job jobs[4];
static uint64_t random = 1;

/* A request as a job has it; its status, or ~0 where it does not end. */
static uint32_t
request(struct rig_job *rj, enum nvme_op op, uint64_t lba, size_t len,
    uint32_t nsid)
{
	rig_lay(rj, RIG_PAGES, 0, len, &random);
	rig_prepare(rj, &disk, op, lba);
	rj->rj_rq.rq_nsid = nsid;
	if (rig_start(rj) != 0)
		return ~0u;
	while (!rig_over(rj) && rig_wait(&disk) > 0)
		continue;
	return rig_over(rj) ? rj->rj_rq.rq_status : ~0u;
}

/* It still does what it is told: the host compares what is told. */
static void
works(const char *after)
{
	rig_lay(&jobs[0], RIG_PAGES, 1024, 8192, &random);
	rig_prepare(&jobs[0], &disk, NVME_READ, 100);
	tap_ok(rig_run(&jobs[0]), "a read after %s", after);
	tap_ok(disk.sc_inflight == 0 && disk.sc_stray == 0,
	    "nothing is left of %s", after);
}

static void
refused(void)
{
	const struct {
		const char *what;
		uint64_t lba;
		uint32_t nsid, status;
	} bad[] = {
		{ "a block behind the last", disk.sc_blocks, 0, BAD_LBA },
		{ "the last block and one more", disk.sc_blocks - 1, 0,
		    BAD_LBA },
		{ "the last of all numbers", ~UINT64_C(0), 0, BAD_LBA },
		{ "a namespace that is not there", 0, 2, BAD_FIELD },
		{ "a namespace that can't be", 0, 0x1000, BAD_NSID },
	};
	uint32_t status;
	unsigned i;

	for (i = 0; i < COUNT(bad); i++) {
		status =
		    request(&jobs[0], NVME_READ, bad[i].lba, 1024, bad[i].nsid);
		tap_ok(status == bad[i].status && jobs[0].rj_rq.rq_retries == 0,
		    "%s: 0x%x: %s", bad[i].what, status,
		    nvme_status_text(status));
	}
	works("what is refused");
}

/* A read whose second entry has an offset. */
static void
lie(void)
{
	uint8_t cmd[NVME_SQE_SIZE] = { NVME_CMD_READ };
	uint32_t status = 0, dw0 = 0;
	struct dmamem mm;
	int error;

	if (dmamem_alloc(disk.sc_dmat, 3 * RIG_PAGE, 0, "lie", &mm) != 0)
		tap_bail("no memory");
	bus_dmamap_sync(
	    disk.sc_dmat, mm.mm_map, 0, 3 * RIG_PAGE, BUS_DMASYNC_PREREAD);
	le_put32(cmd + NVME_SQE_NSID, disk.sc_nsid);
	le_put64(cmd + NVME_SQE_PRP1, dmamem_address(&mm) + 512);
	le_put64(cmd + NVME_SQE_PRP2, dmamem_address(&mm) + RIG_PAGE + 8);
	le_put32(cmd + NVME_SQE_CDW12, 7);
	error = nvme_command(&disk, false, cmd, &status, &dw0);
	tap_ok(error == 0 && status == BAD_OFFSET, "a PRP lie: 0x%x: %s",
	    status, nvme_status_text(status));
	bus_dmamap_sync(
	    disk.sc_dmat, mm.mm_map, 0, 3 * RIG_PAGE, BUS_DMASYNC_POSTREAD);
	dmamem_free(disk.sc_dmat, &mm);
	works("a lie");
}

/* What nobody answers: an Asynchronous Event Request. */
static void
endless(void)
{
	uint8_t cmd[NVME_SQE_SIZE] = { NVME_ADMIN_ASYNC_EVENT };
	uint32_t status = 0, dw0 = 0;
	int error;

	error = nvme_command(&disk, true, cmd, &status, &dw0);
	tap_ok(error == EBUSY && status == NVME_ST_RESET,
	    "a command without end is given up: %d, 0x%x: %s", error, status,
	    nvme_status_text(status));
	works("a command without end");
}

/* Start a read for each job. */
static void
start_all(void)
{
	unsigned i;
	int error;

	for (i = 0; i < COUNT(jobs); i++) {
		rig_lay(&jobs[i], RIG_PAGES, 0, 16384, &random);
		rig_prepare(&jobs[i], &disk, NVME_READ, 64 * i);
		error = rig_start(&jobs[i]);
		if (error != 0)
			tap_ok(false, "request %u: %d", i, error);
	}
}

/* How many have a status. */
static unsigned
ended(uint32_t status)
{
	unsigned i, n = 0;

	for (i = 0; i < COUNT(jobs); i++)
		n += jobs[i].rj_rq.rq_status == status;
	return n;
}

/*
 * A few that stay in flight: the disk is one that takes its time, and the first
 * of them is over.  (QEMU 7.2 may crash where a controller is reset while the
 * host reads for it.)
 */
static void
start_some(void)
{
	start_all();
	(void)rig_wait(&disk);
	tap_ok(disk.sc_inflight > 0 && ended(NVME_ST_OK) > 0,
	    "%u are in flight", disk.sc_inflight);
}

static void
resets(void)
{
	unsigned n;

	start_some();
	tap_ok(nvme_reset(&disk) == 0 && disk.sc_inflight == 0 &&
		   ended(NVME_ST_RESET) + ended(NVME_ST_OK) == COUNT(jobs),
	    "a reset ends %u of them", ended(NVME_ST_RESET));
	works("a reset");
	for (n = 0; n < 20; n++)
		if (nvme_reset(&disk) != 0)
			break;
	tap_ok(n == 20, "20 resets");
	works("20 resets");
}

/* A submission queue where there is no memory: the controller gives up. */
static void
fatal(void)
{
	uint8_t cmd[NVME_SQE_SIZE] = { NVME_ADMIN_CREATE_CQ };
	struct env_device *dev = disk.sc_dev;
	uint32_t status = 1, dw0 = 0;
	bool failed = false;
	struct dmamem cq;
	unsigned n;

	if (dmamem_alloc(disk.sc_pagetag, RIG_PAGE, 0, "fatal", &cq) != 0)
		tap_bail("no memory");
	memset(cq.mm_kva, 0, RIG_PAGE);
	bus_dmamap_sync(disk.sc_pagetag, cq.mm_map, 0, RIG_PAGE,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	le_put64(cmd + NVME_SQE_PRP1, dmamem_address(&cq));
	le_put32(cmd + NVME_SQE_CDW10, 7u << 16 | FAR_QUEUE);
	le_put32(cmd + NVME_SQE_CDW11, NVME_QUEUE_PC);
	(void)nvme_command(&disk, true, cmd, &status, &dw0);
	tap_ok(status == 0, "a completion queue more: 0x%x", status);
	cmd[NVME_SQE_OPC] = NVME_ADMIN_CREATE_SQ;
	le_put64(cmd + NVME_SQE_PRP1, NOWHERE);
	le_put32(cmd + NVME_SQE_CDW11, FAR_QUEUE << 16 | NVME_QUEUE_PC);
	(void)nvme_command(&disk, true, cmd, &status, &dw0);
	tap_ok(status == 0, "a submission queue without memory: 0x%x", status);
	start_some();
	env_write32(dev, NVME_SQTDBL(FAR_QUEUE, disk.sc_stride), 1);
	for (n = 0; n < 100000 && !failed; n++) {
		env_delay(dev, 100);
		failed = (env_read32(dev, NVME_CSTS) & NVME_CSTS_CFS) != 0;
	}
	tap_ok(failed, "the controller has failed");
	tap_ok(nvme_expire(&disk) == 0 && disk.sc_inflight == 0 &&
		   ended(NVME_ST_RESET) + ended(NVME_ST_OK) == COUNT(jobs),
	    "what it had is ended");
	bus_dmamap_sync(disk.sc_pagetag, cq.mm_map, 0, RIG_PAGE,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	dmamem_free(disk.sc_pagetag, &cq);
	works("a failure");
}

/* Commands that end, but not in time. */
static void
slow(void)
{
	unsigned n;

	disk.sc_params.np_patience = 400;
	start_all();
	while (nvme_wait(&disk) > 0)
		continue;
	n = disk.sc_inflight;
	tap_ok(n > 0, "%u are late", n);
	tap_ok(nvme_expire(&disk) == 0 && disk.sc_inflight == 0 &&
		   ended(NVME_ST_RESET) > 0 &&
		   ended(NVME_ST_RESET) + ended(NVME_ST_OK) == COUNT(jobs),
	    "%u of these are given up", ended(NVME_ST_RESET));
}

/* Errors of the medium: once at block 16, always at 64; writes at 128. */
static void
medium(void)
{
	uint32_t status;

	status = request(&jobs[0], NVME_READ, 16, 512, 0);
	tap_ok(status == NVME_ST_OK && jobs[0].rj_rq.rq_retries == 1,
	    "an error that goes away: 0x%x, %u retries", status,
	    jobs[0].rj_rq.rq_retries);
	status = request(&jobs[0], NVME_READ, 64, 512, 0);
	tap_ok(status == READ_ERROR && jobs[0].rj_rq.rq_retries == 4,
	    "one that stays: 0x%x: %s", status, nvme_status_text(status));
	status = request(&jobs[0], NVME_WRITE, 128, 512, 0);
	tap_ok(status == WRITE_ERROR && jobs[0].rj_rq.rq_retries == 4,
	    "one of a write: 0x%x: %s", status, nvme_status_text(status));
	works("errors of the medium");
}

/* Buffers that can't be used as they are, where nothing bounces. */
static void
unbounced(void)
{
	const bool far = port_arg_u64("far", 0) != 0;
	struct rig_job *rj = &jobs[0];
	unsigned i;
	int error;

	for (i = 0; i < 2; i++) {
		rig_lay(rj, RIG_PAGES, far ? 0 : 1 + i, 8192, &random);
		memset(rj->rj_memory.ra_pages, 0x5a, 3 * RIG_PAGE);
		rig_prepare(rj, &disk, NVME_READ, 0);
		/* With a layer that bounces, but not for this. */
		rj->rj_rq.rq_flags = BUS_DMA_NOBOUNCE;
		error = rig_start(rj);
		tap_ok(error == EFAULT && rj->rj_rq.rq_error == error &&
			   disk.sc_inflight == 0,
		    "%s: %d", far ? "out of reach" : "an odd address", error);
	}
	for (i = 0; i < 3 * RIG_PAGE; i++)
		if (rj->rj_memory.ra_pages[i] != 0x5a)
			break;
	tap_ok(i == 3 * RIG_PAGE, "and not a byte of it is touched");
	if (far)
		return;
	rig_lay(rj, RIG_PAGES, 0, 1024, &random);
	rj->rj_iov[0].iov_len = rj->rj_iov[1].iov_len = 508;
	rj->rj_iov[1].iov_base = rj->rj_memory.ra_pages + RIG_PAGE;
	rj->rj_iov[2].iov_base = rj->rj_memory.ra_pages + 2 * RIG_PAGE;
	rj->rj_iov[2].iov_len = 8;
	rj->rj_uio.uio_iovcnt = 3;
	rj->rj_rq.rq_buffer = NVME_UIO;
	rig_prepare(rj, &disk, NVME_READ, 0);
	rj->rj_rq.rq_flags = BUS_DMA_NOBOUNCE;
	error = rig_start(rj);
	tap_ok(error == EFBIG && disk.sc_inflight == 0,
	    "pieces of no whole block: %d", error);
	works("what is refused");
}

static bool
same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

void
nvme_errors(void)
{
	static const struct {
		const char *name;
		void (*func)(void);
	} cases[] = {
		{ "resets", resets },
		{ "fatal", fatal },
		{ "refused", refused },
		{ "lie", lie },
		{ "endless", endless },
		{ "slow", slow },
		{ "medium", medium },
		{ "unbounced", unbounced },
	};
	const bool held = port_arg_u64("held", 0) != 0;
	const char *only = port_arg("only");
	struct rig_tag rt;
	unsigned i;

	if (rig_tag_make(&rt, port_platform()) != 0)
		tap_bail("no tag");
	if (!rig_attach(&disk, &rt, 0))
		return;
	for (i = 0; i < COUNT(jobs); i++)
		if (!rig_memory_make(&jobs[i].rj_memory, 16 * RIG_PAGE,
			port_arg_u64("far", 0), ~(paddr_t)0))
			return;
	/* Some want a disk that is made for them; one waits long. */
	for (i = 0; i < COUNT(cases); i++) {
		if (only != NULL ? same(only, cases[i].name)
		    : held       ? i < 2
			   : i >= 2 && i < (disk.sc_params.np_polled ? 5u : 4u))
			cases[i].func();
	}
	if (held)
		start_some();
	tap_ok(nvme_detach(&disk) == 0, "detach");
	for (i = 0; i < COUNT(jobs); i++)
		rig_memory_free(&jobs[i].rj_memory);
	rig_tag_free(&rt);
}

/* ---- hooks that fail ---- */

static struct busdma_platform table;
static unsigned failing; /* the so-manieth call from now; 0: none */
static unsigned allocs, mappings;
static bus_size_t pages;

static bool
fails(void)
{
	return failing != 0 && --failing == 0;
}

static void *
fail_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	void *p = NULL;

	(void)pl;
	if (!fails())
		p = port_platform()->pl_alloc(port_platform(), size, flags);
	allocs += p != NULL;
	return p;
}

static void
fail_free(const struct busdma_platform *pl, void *p, size_t size)
{
	(void)pl;
	allocs--;
	port_platform()->pl_free(port_platform(), p, size);
}

static int
fail_pages_alloc(const struct busdma_platform *pl, struct busdma_pages *pg)
{
	int error = ENOMEM;

	(void)pl;
	if (!fails())
		error = port_platform()->pl_pages_alloc(port_platform(), pg);
	if (error == 0)
		pages += pg->pg_size;
	return error;
}

static int
fail_pages_free(const struct busdma_platform *pl, paddr_t addr, bus_size_t size)
{
	int error = port_platform()->pl_pages_free(port_platform(), addr, size);

	(void)pl;
	if (error == 0)
		pages -= size;
	return error;
}

static int
fail_kmap(const struct busdma_platform *pl, const bus_dma_segment_t *segs,
    int nsegs, size_t size, int flags, void **kvap)
{
	int error = ENOMEM;

	(void)pl;
	if (!fails())
		error = port_platform()->pl_kmap(
		    port_platform(), segs, nsegs, size, flags, kvap);
	mappings += error == 0;
	return error;
}

static void
fail_kunmap(const struct busdma_platform *pl, void *kva, size_t size)
{
	(void)pl;
	mappings--;
	port_platform()->pl_kunmap(port_platform(), kva, size);
}

/*
 * Attach through tags of a platform whose n-th hook fails, for every n: it
 * fails and holds nothing, or is attached and gives all back at its end.
 */
void
nvme_fails(void)
{
	struct env_device *dev = port_pci_find(0x1b36, 0x0010, 0);
	struct nvme_params np = rig_params();
	unsigned n, failed = 0, ok = 0, bad = 0, before, mapped;
	bus_size_t pagesbefore;
	struct rig_tag rt;
	bool hit = true;
	int error;

	table = *port_platform();
	table.pl_alloc = fail_alloc;
	table.pl_free = fail_free;
	table.pl_pages_alloc = fail_pages_alloc;
	table.pl_pages_free = fail_pages_free;
	table.pl_kmap = fail_kmap;
	table.pl_kunmap = fail_kunmap;
	if (dev == NULL || rig_tag_make(&rt, &table) != 0)
		tap_bail("no tag");
	before = allocs;
	mapped = mappings;
	pagesbefore = pages;
	for (n = 1; hit && n < 10000; n++) {
		failing = n;
		error = nvme_attach(&disk, dev, rig_tag(&rt), &np);
		hit = failing == 0;
		failing = 0;
		if (error == 0 && nvme_detach(&disk) != 0)
			bad++;
		ok += error == 0;
		failed += error == ENOMEM;
		if ((error != 0 && error != ENOMEM) || allocs != before ||
		    pages != pagesbefore || mappings != mapped) {
			tap_say("hook %u: error %d, %u allocations, %llu bytes,"
				" %u mappings",
			    n, error, allocs - before,
			    (unsigned long long)(pages - pagesbefore),
			    mappings - mapped);
			bad++;
		}
	}
	tap_ok(bad == 0 && !hit, "attach with the n-th of %u hooks failing",
	    n - 2);
	tap_ok(failed > 20 && ok > 0, "%u attaches fail, %u don't", failed, ok);
	rig_tag_free(&rt);
	tap_ok(allocs == 0 && pages == 0 && mappings == 0,
	    "and all of it is given back");
}
