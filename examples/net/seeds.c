/* SPDX-License-Identifier: BSD-2-Clause */
/* The network driver by seed: packets that come back from the loop. */
#include "tests/seeds.h"

#include <string.h>

#include "net/net.h"
#include "net/traffic.h"
#include "tests/env.h"
#include "tests/machine.h"
#include "tests/place.h"

#define CLUSTERS 24u /* of the driver */
#define SENDABLE 32u /* of what it is given to send */
#define NPACKETS 24u
#define LONGEST 3000u /* bytes: more than a cluster */
#define PATIENCE 20u  /* calls of the watchdog in a row */

const char seed_driver[] = "net";

struct run {
	struct machine ru_machine;
	struct net_softc ru_net;
	struct env_mbufs ru_clusters;
	struct env_mbufs ru_packets;
	struct traffic ru_traffic;
};

static void
attach(struct run *ru, struct seed *sd)
{
	struct machine *ma = &ru->ru_machine;
	struct busdma_sim_dev *dev;
	int flags;

	memset(ru, 0, sizeof(*ru));
	flags = place_below(&sd->sd_random, 2) != 0 ? BUSDMA_SIM_NET_EAGER : 0;
	if (!sd->sd_far && place_below(&sd->sd_random, 4) == 0)
		flags |= BUSDMA_SIM_NET_SMALL;
	assert_int_equal(
	    machine_create(ma, &sd->sd_config, sd->sd_seed, NULL, 0), 0);
	seed_machine(sd, ma);
	assert_int_equal(busdma_sim_net_create(ma->ma_bus, 1, flags, &dev), 0);
	assert_int_equal(
	    mbufs_create(&ru->ru_clusters, ma->ma_sim, CLUSTERS), 0);
	assert_int_equal(
	    mbufs_create(&ru->ru_packets, ma->ma_sim, SENDABLE), 0);
	assert_int_equal(
	    net_attach(&ru->ru_net, env_sim_device(dev), ma->ma_tag,
		&ru->ru_clusters, SIMNET_CTRL_LOOP | SIMNET_CTRL_PAUSE,
		traffic_input, &ru->ru_traffic),
	    0);
	ru->ru_traffic = (struct traffic){
		.tf_seed = sd->sd_seed,
		.tf_mbufs = &ru->ru_packets,
		.tf_count = NPACKETS,
		.tf_maxlen = ru->ru_net.sc_maxframe < LONGEST
				 ? ru->ru_net.sc_maxframe
				 : LONGEST,
		.tf_maxparts = 1 + place_below(&sd->sd_random, 8),
	};
}

static void
exchange(struct run *ru, struct seed *sd)
{
	struct traffic *tf = &ru->ru_traffic;
	struct net_softc *sc = &ru->ru_net;
	unsigned idle = 0;

	while (tf->tf_got < tf->tf_count && tf->tf_why[0] == '\0') {
		(void)traffic_feed(tf, sc);
		if (sd->sd_poll) {
			(void)net_intr(sc);
		} else if (net_wait(sc) != 0) {
			idle = 0;
		} else {
			assert_true(++idle <= PATIENCE);
			assert_int_equal(net_watchdog(sc), 0);
		}
	}
	if (tf->tf_why[0] != '\0')
		fail_msg("%s", tf->tf_why);
	/* What has arrived was sent, so its completion comes. */
	while (sc->sc_jobhead != sc->sc_jobtail)
		assert_true(net_wait(sc) > 0);
	assert_int_equal(sc->sc_stats.ns_stray, 0);
	assert_int_equal(sc->sc_stats.ns_failures, 0);
	assert_int_equal(sc->sc_stats.ns_resets, 0);
}

void
seed_run(struct seed *sd)
{
	static struct run ru; /* for who tells of a failure */
	unsigned held;

	attach(&ru, sd);
	exchange(&ru, sd);
	assert_int_equal(net_detach(&ru.ru_net), 0);
	held = mbufs_destroy(&ru.ru_clusters);
	held += mbufs_destroy(&ru.ru_packets);
	test_machine_end(&ru.ru_machine, 0);
	assert_int_equal(held, 0);
}
