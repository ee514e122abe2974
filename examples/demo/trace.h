/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run of the simulated machine as a trace that a viewer opens
 * (ui.perfetto.dev, chrome://tracing): the JSON of Chrome's trace events.
 *
 * A machine is a process.  Each of its maps is a row: while it is loaded, a
 * span, and inside that one, who has the bytes.  Syncs and the device's
 * accesses are marks on the row.  Each device has a row for register writes
 * and interrupts.  Time is the machine's own.
 */
#ifndef EXAMPLES_DEMO_TRACE_H
#define EXAMPLES_DEMO_TRACE_H

#include <busdma/sim.h>

struct trace;

/* Begin a file; NULL, and errno: it can't be written. */
struct trace *trace_open(const char *path);

/* Write down what happens on `sim', until trace_leave; `name' is copied. */
void trace_machine(struct trace *tr, struct busdma_sim *sim, const char *name);
void trace_leave(struct trace *tr);

/* End the file; false, and errno: not all of it was written. */
bool trace_close(struct trace *tr);

#endif /* EXAMPLES_DEMO_TRACE_H */
