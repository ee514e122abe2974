/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: its making and its end, random numbers.
 */
#include <stdlib.h>
#include <unistd.h>

#include "simvar.h"

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* A Weyl sequence and a mixing function: splitmix64. */
uint64_t
sim_rng_next(struct sim_rng *rg)
{
	rg->rg_state += 0x9e3779b97f4a7c15u;
	return mix(rg->rg_state);
}

uint64_t
sim_rng_below(struct sim_rng *rg, uint64_t n)
{
	return sim_rng_next(rg) % n;
}

static int
init_mutex(struct busdma_sim *sim)
{
	pthread_mutexattr_t attr;
	int error;

	if (pthread_mutexattr_init(&attr) != 0)
		return ENOMEM;
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	error = pthread_mutex_init(&sim->s_mutex, &attr);
	pthread_mutexattr_destroy(&attr);
	return error != 0 ? ENOMEM : 0;
}

static unsigned
shift_of(uint32_t pagesize)
{
	unsigned shift = 0;

	while (((uint32_t)1 << shift) < pagesize)
		shift++;
	return shift;
}

/* 0: none.  The machine's pages are mapped one by one: by the host's MMU. */
static uint32_t
page_size(const struct busdma_sim_config *sc)
{
	const long host = sysconf(_SC_PAGESIZE);
	uint32_t page = sc->sc_pagesize, least = 4096;

	if (host > 65536)
		return 0;
	if (host > (long)least)
		least = (uint32_t)host;
	if (page == 0)
		page = least;
	if (page < least || page > 65536 || (page & (page - 1)) != 0)
		return 0;
	return page;
}

static bool
cache_ok(const struct busdma_sim_config *sc)
{
	uint32_t line = sc->sc_line;

	return (unsigned)sc->sc_cache <= BUSDMA_SIM_CACHE_ATONCE &&
	       (line == 0 ||
		   (line >= 16 && line <= 128 && (line & (line - 1)) == 0));
}

int
busdma_sim_create(const struct busdma_sim_config *sc, struct busdma_sim **simp)
{
	struct busdma_sim *sim;
	uint32_t pagesize;
	int error;

	*simp = NULL;
	pagesize = page_size(sc);
	if (pagesize == 0 || (unsigned)sc->sc_frag > BUSDMA_SIM_FRAG_PAGES ||
	    !cache_ok(sc))
		return EINVAL;
	sim = calloc(1, sizeof(*sim));
	if (sim == NULL)
		return ENOMEM;
	error = init_mutex(sim);
	if (error != 0) {
		free(sim);
		return error;
	}
	sim->s_seed = sc->sc_seed;
	sim->s_rngmem.rg_state = mix(sc->sc_seed + 1);
	sim->s_rngstep.rg_state = mix(sc->sc_seed + 2);
	sim->s_rngdev.rg_state = mix(sc->sc_seed + 3);
	sim->s_rngbus.rg_state = mix(sc->sc_seed + 4);
	sim->s_rngline.rg_state = mix(sc->sc_seed + 5);
	sim->s_frag = sc->sc_frag;
	sim->s_pagesize = pagesize;
	sim->s_pageshift = shift_of(pagesize);
	sim->s_line = sc->sc_line;
	sim->s_lineshift = shift_of(sc->sc_line);
	sim->s_cache = sc->sc_cache;
	sim->s_inorder = sc->sc_inorder;
	sim->s_wait = sc->sc_wait;
	sim->s_report = sc->sc_report;
	sim->s_reportarg = sc->sc_arg;
	sim_proc_init(sim);
	sim_platform_init(sim);
	error = sim_ram_create(sim, sc);
	if (error != 0) {
		busdma_sim_destroy(sim);
		return error;
	}
	*simp = sim;
	return 0;
}

/* What is still held: see busdma_sim_destroy. */
static unsigned
count_held(const struct busdma_sim *sim)
{
	const struct sim_object *ob;
	unsigned held;

	held = (unsigned)sim->s_pages + sim->s_windows + sim->s_tags;
	held += sim_space_count(&sim->s_kernel, SIM_KMAP);
	held += sim_proc_maps(sim);
	for (ob = sim->s_objects; ob != NULL; ob = ob->ob_next)
		held++;
	return held;
}

unsigned
busdma_sim_destroy(struct busdma_sim *sim)
{
	struct busdma_sim_bus *bus;
	struct busdma_sim_dev *dev;
	struct sim_object *ob;
	unsigned held;

	if (sim == NULL)
		return 0;
	(void)busdma_sim_watchdog(sim, 0, NULL, NULL);
	held = count_held(sim);
	while ((dev = sim->s_devs) != NULL) {
		sim->s_devs = dev->dv_next;
		sim_dev_destroy(dev);
	}
	while ((bus = sim->s_buses) != NULL) {
		sim->s_buses = bus->bu_next;
		sim_bus_destroy(bus);
	}
	while ((ob = sim->s_objects) != NULL) {
		sim->s_objects = ob->ob_next;
		free(ob);
	}
	sim_fault_fini(sim);
	sim_proc_fini(sim);
	sim_space_destroy(&sim->s_kernel);
	sim_ram_destroy(sim);
	pthread_mutex_destroy(&sim->s_mutex);
	free(sim);
	return held;
}

const struct busdma_platform *
busdma_sim_platform(struct busdma_sim *sim)
{
	return &sim->s_pl;
}

unsigned
busdma_sim_reports(struct busdma_sim *sim)
{
	unsigned n;

	sim_enter(sim);
	n = sim->s_reports;
	sim_leave(sim);
	return n;
}

uint64_t
busdma_sim_random(struct busdma_sim *sim)
{
	uint64_t x;

	sim_enter(sim);
	x = sim_rng_next(&sim->s_rngdev);
	sim_leave(sim);
	return x;
}
