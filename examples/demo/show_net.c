/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network: packets of all sizes and shapes are sent through the driver, as
 * mbuf chains, and come back to it through the interface's loopback; each byte
 * must arrive, in order.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo/demo.h"
#include "net/traffic.h"
#include "sim/env_sim.h"

#define PACKETS 400u  /* in all */
#define CLUSTERS 96u  /* of the driver's receive side */
#define SENDABLE 512u /* mbufs that packets are made of */
#define MAXPARTS 12u  /* mbufs in a packet */
#define PATIENCE 20u  /* calls of the watchdog in a row that did nothing */

struct result {
	const struct machine_config *re_config;
	struct net_stats re_stats;
	uint64_t re_bytes;
	unsigned re_got;
	double re_seconds;
	struct bus_dma_bounce_stats re_bounced;
	struct verdict re_verdict;
};

struct exchange {
	struct machine ex_machine;
	struct busdma_sim_dev *ex_dev;
	struct net_softc ex_net;
	struct env_mbufs ex_clusters; /* the driver's */
	struct env_mbufs ex_packets;  /* the sender's */
	struct traffic ex_traffic;
};

/* Send and receive all of it. */
static void
run_traffic(struct exchange *ex, struct result *re)
{
	struct traffic *tf = &ex->ex_traffic;
	struct net_softc *sc = &ex->ex_net;
	unsigned idle = 0;

	while (tf->tf_got < tf->tf_count && tf->tf_why[0] == '\0' &&
	       idle <= PATIENCE) {
		(void)traffic_feed(tf, sc);
		if (net_wait(sc) != 0) {
			idle = 0;
			continue;
		}
		idle++;
		if (net_watchdog(sc) != 0)
			because(&re->re_verdict, "the interface is stuck");
	}
	/* What has arrived was sent, so its completion comes. */
	while (sc->sc_jobhead != sc->sc_jobtail && net_wait(sc) > 0)
		continue;
	if (tf->tf_why[0] != '\0')
		because(&re->re_verdict, tf->tf_why);
	else if (tf->tf_got != tf->tf_count)
		because(&re->re_verdict, "packets are missing");
}

static void
run_driver(const struct demo *de, struct exchange *ex, struct result *re)
{
	struct traffic *tf = &ex->ex_traffic;
	struct net_softc *sc = &ex->ex_net;
	double begin;
	unsigned i;

	if (net_attach(sc, env_sim_device(ex->ex_dev), ex->ex_machine.ma_tag,
		&ex->ex_clusters, SIMNET_CTRL_LOOP | SIMNET_CTRL_PAUSE,
		traffic_input, tf) != 0) {
		because(&re->re_verdict, "the driver does not attach");
		return;
	}
	*tf = (struct traffic){
		.tf_seed = de->de_seed,
		.tf_mbufs = &ex->ex_packets,
		.tf_count = PACKETS,
		.tf_maxlen = sc->sc_maxframe,
		.tf_maxparts = MAXPARTS,
	};
	begin = seconds();
	run_traffic(ex, re);
	re->re_seconds = seconds() - begin;
	re->re_stats = sc->sc_stats;
	re->re_got = tf->tf_got;
	for (i = 0; i < tf->tf_got; i++)
		re->re_bytes += traffic_length(tf, i);
	bounced_add(&re->re_bounced, sc->sc_dmat);
	if (net_detach(sc) != 0)
		because(&re->re_verdict, "the interface does not stop");
	if (tf->tf_next != NULL)
		env_mfree(&ex->ex_packets, tf->tf_next);
}

static void
run_machine(const struct demo *de, struct exchange *ex, struct result *re)
{
	struct machine *ma = &ex->ex_machine;
	unsigned held = 0;

	if (machine_create(ma, re->re_config, de->de_seed, NULL, 0) != 0) {
		because(&re->re_verdict, "the machine can't be made");
		return;
	}
	demo_trace(de, ma, "network");
	if (busdma_sim_net_create(ma->ma_bus, 1, 0, &ex->ex_dev) != 0) {
		because(&re->re_verdict, "no interface");
	} else if (mbufs_create(&ex->ex_clusters, ma->ma_sim, CLUSTERS) == 0) {
		if (mbufs_create(&ex->ex_packets, ma->ma_sim, SENDABLE) == 0) {
			run_driver(de, ex, re);
			held = mbufs_destroy(&ex->ex_packets);
		} else {
			because(&re->re_verdict, "no mbufs");
		}
		held += mbufs_destroy(&ex->ex_clusters);
	} else {
		because(&re->re_verdict, "no mbufs");
	}
	if (held != 0)
		because(&re->re_verdict, "mbufs were not given back");
	verdict_machine(de, &re->re_verdict, ma);
}

static double
rate(const struct result *re)
{
	return re->re_seconds > 0.0 ? (double)re->re_bytes / re->re_seconds
				    : 0.0;
}

static void
print_result(const struct demo *de, const struct result *re)
{
	const struct verdict *ve = &re->re_verdict;
	const struct net_stats *ns = &re->re_stats;

	if (de->de_json) {
		(void)printf("{\"type\": \"network\", \"name\": ");
		print_string(re->re_config->mc_name);
		(void)printf(", \"packets\": %u, \"bytes\": %" PRIu64
			     ", \"compacted\": %" PRIu64
			     ", \"stalls\": %" PRIu64 ", \"seconds\": %.6f"
			     ", \"bytes_per_second\": %.0f",
		    re->re_got, re->re_bytes, ns->ns_compacted, ns->ns_stalls,
		    re->re_seconds, rate(re));
		print_bounced_json(&re->re_bounced);
		print_verdict(ve);
		return;
	}
	(void)printf("%-4s %-14s %8u %11" PRIu64 " %10" PRIu64 " %8" PRIu64
		     " %7.1f\n",
	    ve->ve_why[0] == '\0' ? "ok" : "FAIL", re->re_config->mc_name,
	    re->re_got, re->re_bytes, ns->ns_compacted, ns->ns_stalls,
	    rate(re) / 1e6);
	print_bounced(&re->re_bounced);
	if (ve->ve_why[0] != '\0')
		(void)printf("     because: %s (reports %u, leaks %u)\n",
		    ve->ve_why, ve->ve_reports, ve->ve_leaks);
}

void
show_net(struct demo *de)
{
	struct exchange *ex;
	unsigned i;

	if (!de->de_json) {
		(void)printf("\nnetwork: %u packets, mbuf chains of any shape, "
			     "sent and received\n\n",
		    PACKETS);
		(void)printf("%-4s %-14s %8s %11s %10s %8s %7s\n", "",
		    "machine", "packets", "bytes", "compacted", "stalls",
		    "MB/s");
	}
	for (i = 0; i < machine_nconfigs; i++) {
		struct result re = { .re_config = &machine_configs[i] };

		if (!demo_wants(de, re.re_config))
			continue;
		ex = calloc(1, sizeof(*ex));
		if (ex != NULL)
			run_machine(de, ex, &re);
		else
			because(&re.re_verdict, "out of memory");
		free(ex);
		print_result(de, &re);
		verdict_count(de, &re.re_verdict);
	}
}
