/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * busdma-demo: what its shows share.  A show runs one of the example drivers
 * on every machine and prints a line, or a JSON object, for each.
 */
#ifndef EXAMPLES_DEMO_DEMO_H
#define EXAMPLES_DEMO_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <busdma/bounce.h>

#include "demo/trace.h"
#include "sim/machines.h"

#define SUM_SIZE 65 /* 64 digits and the end */

struct demo {
	const char *de_path; /* the file that goes to the disk */
	const char *de_only; /* name of one machine; NULL: all */
	const char *de_show; /* of one show; NULL: all */
	uint64_t de_seed;
	bool de_json;
	bool de_progress;
	struct trace *de_trace; /* NULL: none */

	/* What is known of the file. */
	int de_fd;
	uint64_t de_size;
	char de_sum[SUM_SIZE];

	unsigned de_passed, de_failed;
};

/* How a run ended. */
struct verdict {
	unsigned ve_reports;
	unsigned ve_leaks;
	char ve_why[400]; /* empty: passed */
};

/* The first reason stays. */
void because(struct verdict *ve, const char *why);
/* What the end of a machine tells; the trace of it ends, too. */
void verdict_machine(
    const struct demo *de, struct verdict *ve, struct machine *ma);
/* Count it. */
void verdict_count(struct demo *de, const struct verdict *ve);

void show_disk(struct demo *de);
void show_net(struct demo *de);
void show_grab(struct demo *de);

/* Begin the trace of a machine, where one is wanted. */
void demo_trace(
    const struct demo *de, const struct machine *ma, const char *show);
/* Whether the run of this machine is wanted. */
bool demo_wants(const struct demo *de, const struct machine_config *mc);

/* bounced.c */
/* What the layer that bounces of a stack has done so far, on top of others. */
void bounced_add(struct bus_dma_bounce_stats *sum, bus_dma_tag_t t);
/* In lines of their own; nothing, where nothing was bounced. */
void print_bounced(const struct bus_dma_bounce_stats *bs);
/* Members of an object. */
void print_bounced_json(const struct bus_dma_bounce_stats *bs);

/* util.c */
void complain(const char *what, const char *why);
/*
 * The SHA-256 of a file from its beginning, by sha256sum(1): a program that
 * knows nothing of this one.
 */
bool sha256sum(int fd, char sum[SUM_SIZE]);
/*
 * An open file in the directory for temporary files.  Its name is returned
 * for the caller to unlink.
 */
int temporary(char *path, size_t size);
/* Whether the first `size' bytes of two files are the same. */
bool same_bytes(int a, int b, uint64_t size);
/* A string in JSON; one that is not UTF-8 is taken for Latin-1. */
void print_string(const char *s);
/* The members that end each object: reports, leaks, ok, why; and the object. */
void print_verdict(const struct verdict *ve);
/* Seconds of the host's clock. */
double seconds(void);

#endif /* EXAMPLES_DEMO_DEMO_H */
