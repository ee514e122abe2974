/* SPDX-License-Identifier: BSD-2-Clause */
/* The program "fdc": what is read, and written, from and to where. */
#include <busdma/string.h>

#include "fdc_rig.h"
#include "sha256.h"

/* All of the disk as it is. */
static uint8_t *disk;

static bool
legal(struct fdc_rig *fr)
{
	return fr->fr_spy.sp_bad == 0 && fr->fr_spy.sp_transfers > 0;
}

static void
say_sha(const void *data, size_t len)
{
	struct sha256 sh;
	char text[65];

	sha256_begin(&sh);
	sha256_add(&sh, data, len);
	sha256_end(&sh, text);
	tap_say("sha256: %s", text);
}

/* One request, to memory above 4 GiB that is nowhere contiguous. */
static void
whole(struct fdc_rig *fr, bool write)
{
	unsigned before = fr->fr_spy.sp_transfers;
	uint64_t bounced = fdc_bounced(fr), bytes = fr->fr_spy.sp_bytes;
	struct buffer bu = { .bu_npieces = 1 };

	bu.bu_iov[0].iov_base = disk;
	bu.bu_iov[0].iov_len = DISK_SIZE;
	tap_ok(fdc_good(fr, write, 0, &bu, 0), "all of the disk is %s at once",
	    write ? "written" : "read");
	tap_ok(fr->fr_spy.sp_transfers - before == DISK_SECTORS / CYLINDER &&
		   fr->fr_spy.sp_bytes - bytes == DISK_SIZE &&
		   fdc_bounced(fr) - bounced == DISK_SIZE &&
		   fr->fr_spy.sp_last.st_tomem != write && legal(fr),
	    "a transfer for each cylinder, bounced, below 16 MiB, within "
	    "64 KiB");
}

/* Cut as chance has it, from and to every place. */
static void
pieces(struct fdc_rig *fr, bool write, uint64_t *seed, uint32_t rounds)
{
	struct buffer bu[2 * NPLACES];
	uint32_t i, n, sector;
	bool ok = true;

	for (i = 0; i < 2 * NPLACES; i++)
		buffer_alloc(
		    &bu[i], 3 * 65536, &fdc_zones[i % NPLACES], i >= NPLACES);
	while (ok && rounds-- > 0) {
		i = buffer_random(seed, 2 * NPLACES);
		n = 1 + buffer_random(seed, 2 * CYLINDER);
		sector = buffer_random(seed, DISK_SECTORS - n + 1);
		buffer_lay(&bu[i], buffer_random(seed, 2 * 65536),
		    (size_t)n * FDC_SECTOR);
		buffer_fill(&bu[i], 1);
		if (write)
			memcpy(bu[i].bu_iov[0].iov_base,
			    disk + (size_t)sector * FDC_SECTOR,
			    (size_t)n * FDC_SECTOR);
		ok = fdc_good(fr, write, sector, &bu[i],
			 buffer_random(seed, 2) != 0 ? BUS_DMA_NOWAIT : 0) &&
		     buffer_holds(&bu[i], disk + (size_t)sector * FDC_SECTOR);
		if (!ok)
			tap_say("%s%s, %u sectors at %u, offset %lx",
			    fdc_zones[i % NPLACES].bz_name,
			    i >= NPLACES ? ", scattered" : "", (unsigned)n,
			    (unsigned)sector,
			    (unsigned long)((uint8_t *)bu[i]
						.bu_iov[0]
						.iov_base -
					    bu[i].bu_mem));
	}
	tap_ok(ok && legal(fr), "pieces of it are %s, at every place",
	    write ? "written" : "read");
	for (i = 0; i < 2 * NPLACES; i++)
		buffer_free(&bu[i]);
}

/*
 * Memory below 16 MiB that crosses a multiple of 64 KiB, or just doesn't: where
 * the chip is sent to.
 */
static void
crossings(struct fdc_rig *fr)
{
	static const int offs[] = { -18432, -18431, -18430, -9216, -512, -511,
		-1, 0, 1, 3 };
	struct buffer bu;
	uint64_t bounced;
	unsigned i, crossed = 0;
	paddr_t pa, corner;
	bool ok = true, across;

	buffer_alloc(&bu, 3 * 65536, &fdc_zones[LOW], false);
	corner = (port_paddr(bu.bu_mem) + 2 * 65536 - 1) / 65536 * 65536;
	for (i = 0; i < sizeof(offs) / sizeof(offs[0]); i++) {
		pa = corner + (paddr_t)(int64_t)offs[i];
		across = pa / 65536 != (pa + 18431) / 65536;
		crossed += across;
		buffer_lay(&bu, (size_t)(pa - port_paddr(bu.bu_mem)),
		    (size_t)CYLINDER * FDC_SECTOR);
		buffer_fill(&bu, 1);
		bounced = fdc_bounced(fr);
		ok = fdc_good(fr, false, 7 * CYLINDER, &bu, 0) &&
		     buffer_holds(
			 &bu, disk + (size_t)7 * CYLINDER * FDC_SECTOR) &&
		     fdc_bounced(fr) - bounced == (across ? 18432u : 0u) &&
		     (fr->fr_spy.sp_last.st_addr == pa) != across &&
		     fr->fr_spy.sp_last.st_len == 18432 && legal(fr) && ok;
	}
	tap_ok(ok && crossed == 6, "bounced where 64 KiB end, and only there");
	buffer_free(&bu);
}

/* A head that moves to and fro for one sector each; a motor that stops. */
static void
sectors(struct fdc_rig *fr, uint64_t *seed)
{
	struct buffer bu;
	uint32_t sector;
	bool ok = true;
	int i;

	buffer_alloc(&bu, FDC_SECTOR, &fdc_zones[MIDDLE], false);
	for (i = 0; i < 30; i++) {
		if (i == 15)
			fdc_idle(&fr->fr_fdc);
		sector = buffer_random(seed, DISK_SECTORS);
		buffer_lay(&bu, buffer_random(seed, 4096), FDC_SECTOR);
		buffer_fill(&bu, 3);
		ok = fdc_good(fr, false, sector, &bu, 0) &&
		     buffer_holds(&bu, disk + (size_t)sector * FDC_SECTOR) &&
		     ok;
	}
	tap_ok(ok && legal(fr), "single sectors");
	buffer_free(&bu);
}

static void
complement(void)
{
	size_t i;

	for (i = 0; i < DISK_SIZE; i++)
		disk[i] = (uint8_t)~disk[i];
}

void
fdc_cases_data(struct fdc_rig *fr)
{
	uint32_t rounds = (uint32_t)port_arg_u64("rounds", 30);
	uint64_t seed = port_arg_u64("seed", 1);
	size_t size = (DISK_SIZE + 4095) / 4096 * 4096;

	disk = port_mem_alloc(
	    size, fdc_zones[HIGH].bz_low, fdc_zones[HIGH].bz_high, true);
	if (disk == NULL)
		tap_bail("no memory for a disk");
	fdc_begin(fr);
	whole(fr, false);
	say_sha(disk, DISK_SIZE);
	pieces(fr, false, &seed, rounds);
	crossings(fr);
	sectors(fr, &seed);

	complement();
	whole(fr, true);
	pieces(fr, true, &seed, rounds);
	memset(disk, 0, DISK_SIZE);
	whole(fr, false);
	say_sha(disk, DISK_SIZE);
	tap_say("lowest: 0x%x", (unsigned)fr->fr_spy.sp_lowest);
	tap_say("highest: 0x%x", (unsigned)fr->fr_spy.sp_highest);
	tap_say("transfers: %u", fr->fr_spy.sp_transfers);
	fdc_end(fr);
	port_mem_free(disk, size);
}

void
fdc_cases_readonly(struct fdc_rig *fr)
{
	struct fdc_request rq;
	struct buffer bu;
	int error;

	fdc_begin(fr);
	buffer_alloc(&bu, 65536, &fdc_zones[HIGH], false);
	buffer_lay(&bu, 99, 65536);
	buffer_fill(&bu, 1);
	error = fdc_run(fr, &rq, true, 30, &bu, 0);
	tap_ok(error == 0 && rq.rq_status == FDC_ST_READONLY &&
		   rq.rq_done == 0 && rq.rq_retries == 0 && buffer_has(&bu, 1),
	    "a disk that is protected is not written");
	tap_ok(fdc_good(fr, false, 30, &bu, 0), "and can be read");
	say_sha(bu.bu_iov[0].iov_base, 65536);
	buffer_free(&bu);
	fdc_end(fr);
}

void
fdc_cases_empty(struct fdc_rig *fr)
{
	struct fdc_request rq;
	struct buffer bu;
	unsigned write;
	int error;

	fdc_begin(fr);
	buffer_alloc(&bu, 65536, &fdc_zones[HIGH], false);
	buffer_lay(&bu, 99, 65536);
	buffer_fill(&bu, 1);
	for (write = 0; write < 2; write++) {
		error = fdc_run(fr, &rq, write != 0, 30, &bu, 0);
		tap_ok(error == 0 && rq.rq_status == FDC_ST_NOMEDIA &&
			   rq.rq_done == 0 && rq.rq_retries == 0 &&
			   fr->fr_spy.sp_transfers == 0 && buffer_has(&bu, 1),
		    "no disk to %s", write != 0 ? "write" : "read");
	}
	buffer_free(&bu);
	fdc_end(fr);
}
