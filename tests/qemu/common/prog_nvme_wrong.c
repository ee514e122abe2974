/* SPDX-License-Identifier: BSD-2-Clause */
/* nvme: what goes wrong. */
#include "nvme_rig.h"
void
nvme_errors(void)
{
}
void
nvme_fails(void)
{
}
