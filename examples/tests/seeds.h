/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver on many machines: a short run for each seed, which also says what
 * machine that is.  A program for each driver defines the two below, and is
 * linked with main.
 */
#ifndef EXAMPLES_TESTS_SEEDS_H
#define EXAMPLES_TESTS_SEEDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/machines.h"

struct seed {
	uint64_t sd_seed;
	uint64_t sd_random; /* for place_below: what the run is like */
	struct machine_config sd_config;
	struct bus_dma_window sd_windows[2];
	struct bus_dma_limits sd_limits;
	bool sd_far;      /* of its bus addresses none has 32 bits */
	bool sd_uncached; /* its platform can map memory uncached */
	bool sd_poll;     /* for the run: to poll, or to wait for interrupts */
};

extern const char seed_driver[];

/*
 * A machine of sd_config, the driver attached to a device there, some work,
 * all data compared, all of it undone.  What is wrong is a failed assertion
 * of cmocka's, or one report of the machine's.
 */
void seed_run(struct seed *sd);

/*
 * The machine is there: to be called before the driver is attached.  `ma' is
 * looked at after a failure, too.
 */
void seed_machine(struct seed *sd, struct machine *ma);

#endif /* EXAMPLES_TESTS_SEEDS_H */
