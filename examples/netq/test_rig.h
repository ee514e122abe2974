/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the driver that is called back share: a machine with
 * several interfaces, whose drivers have one pool of slots.
 */
#ifndef EXAMPLES_NETQ_TEST_RIG_H
#define EXAMPLES_NETQ_TEST_RIG_H

#include "net/mbufs.h"
#include "net/traffic.h"
#include "netq/netq.h"
#include "tests/env.h"
#include "tests/machine.h"

#define NPORTS 3u
#define PACKETS 160u  /* mbufs of what is sent */
#define LONGEST 3000u /* bytes in a packet: two pages, wherever it begins */

/* An interface, its driver, and what is sent there. */
struct port {
	struct env_device po_env;
	struct netq_softc po_netq;
	struct traffic po_traffic; /* tf_got: taken from the wire */
	bool po_kicked;            /* netq_softintr is due */
	unsigned po_kicks;
};

struct rig {
	struct machine ri_machine;
	struct env_mbufs ri_packets;
	unsigned ri_nports;
	struct port ri_ports[NPORTS];
	uint64_t ri_random;
	unsigned ri_reports; /* that the test expects */
};

/* A bus that reaches 24 bits, and memory that has more; nothing bounces. */
extern const struct machine_config rig_reach;
/* A machine with so many pages of slots, as *db; `flags' are its db_flags. */
struct machine_config rig_slots(const struct machine_config *mc,
    struct bus_dma_bounce *db, unsigned pages, unsigned flags);

/* A machine with ports; their drivers are the caller's. */
void rig_machine(struct rig *ri, const struct machine_config *mc, uint64_t seed,
    unsigned nports, int flags);
/* Nothing was reported but what the test expects, and nothing leaked. */
void rig_end(struct rig *ri);

/* netq_attach, through `t'. */
int rig_try(struct rig *ri, unsigned port, bus_dma_tag_t t);
/* rig_machine and rig_try of each; netq_detach of each, and rig_end. */
void rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed,
    unsigned nports, int flags);
void rig_detach(struct rig *ri);

/* New traffic on each port, of `count' packets of at most `parts' mbufs. */
void rig_traffic(struct rig *ri, unsigned count, unsigned parts);
/*
 * Send all of it, in an order that the seed says; each packet came out at its
 * port, in order.
 */
void rig_run(struct rig *ri);

/* A packet of `len' bytes in one piece. */
struct mbuf *rig_packet(struct rig *ri, int len);

/* What a soft interrupt does, if it is due. */
void rig_softintr(struct port *po);
/* Take the next packet from the wire, and compare; false: there is none. */
bool rig_take(struct port *po);
/* Until nothing comes out any more. */
void rig_drain(struct port *po);

/* Stalls, or going on after one, of all ports. */
uint64_t rig_stalls(const struct rig *ri);
uint64_t rig_resumes(const struct rig *ri);

#endif /* EXAMPLES_NETQ_TEST_RIG_H */
