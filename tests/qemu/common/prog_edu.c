/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program "edu": QEMU's edu devices copy memory, from and to every place in
 * it, by the driver of examples/edu.
 *
 *	edus=N		so many devices, in the order of the bus
 *	bitsN=B		lines of address that device N has; 28
 *	seed=S rounds=R	of what is random
 *	only=random	and nothing else
 */
#include "edu_rig.h"

static void
find_units(void)
{
	char key[] = "bits0";
	unsigned i;

	edu_nunits = (unsigned)port_arg_u64("edus", 1);
	if (edu_nunits > MAX_EDUS)
		tap_bail("too many devices");
	for (i = 0; i < edu_nunits; i++) {
		key[4] = (char)('0' + i);
		edu_units[i].un_bits = (unsigned)port_arg_u64(key, 28);
		edu_units[i].un_dev = port_pci_find(EDU_VENDOR, EDU_DEVICE, i);
		if (edu_units[i].un_dev == NULL)
			tap_bail("device %u is not there", i);
	}
}

static void
edu_main(void)
{
	counted_platform(&edu_platform);
	find_units();
	if (port_arg("only") != NULL) {
		edu_cases_random();
		return;
	}
	edu_cases_reach();
	edu_cases_random();
	edu_cases_pool();
	edu_cases_bad();
}

PORT_PROGRAM(edu, edu_main);
