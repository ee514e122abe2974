/* SPDX-License-Identifier: BSD-2-Clause */
/* What the network driver's tests share: a machine, the driver attached. */
#ifndef EXAMPLES_NET_TEST_RIG_H
#define EXAMPLES_NET_TEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/mbufs.h"
#include "net/net.h"
#include "net/traffic.h"
#include "tests/env.h"
#include "tests/machine.h"

#define BUFFERS 96u  /* clusters of the driver */
#define PACKETS 512u /* mbufs of what it is given to send */

/* Looping, and nothing is lost. */
#define LOOPED (SIMNET_CTRL_LOOP | SIMNET_CTRL_PAUSE)

struct rig {
	struct machine ri_machine;
	struct busdma_sim_dev *ri_dev;
	struct net_softc ri_net;
	struct env_mbufs ri_buffers;
	struct env_mbufs ri_packets;
	struct traffic ri_traffic;
	unsigned ri_reports; /* that the test expects */
	unsigned ri_resumes; /* times that the watchdog had to help */
};

/* A machine with an interface; `flags' are BUSDMA_SIM_NET_*. */
void rig_machine(struct rig *ri, const struct machine_config *mc, uint64_t seed,
    int flags, unsigned buffers);
/* Nothing was reported but what the test expects, and nothing leaked. */
void rig_end(struct rig *ri);

/* net_attach in the machine, through `t', for the rig's traffic. */
int rig_try(struct rig *ri, bus_dma_tag_t t, uint32_t mode);
/* rig_machine and rig_try; net_detach and rig_end. */
void rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed,
    int flags, uint32_t mode);
void rig_detach(struct rig *ri);

/* New traffic of `count' packets of any size and shape. */
void rig_traffic(struct rig *ri, uint64_t seed, unsigned count);
/* Send and receive all of it; each packet arrived, in order. */
void rig_run(struct rig *ri);
/* Both, with few packets: the driver is well. */
void rig_well(struct rig *ri);

/* A machine where the kind is no matter. */
const struct machine_config *rig_usual(void);

/* A packet of `len' bytes in one piece. */
struct mbuf *rig_packet(struct rig *ri, int len);

#endif /* EXAMPLES_NET_TEST_RIG_H */
