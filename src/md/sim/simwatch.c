/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: a watchdog for drivers that hang.
 *
 * A process has one timer, and so one watchdog, armed for one machine.  Its
 * signal may come while the driver is inside the machine, or the library holds
 * a lock of the platform, and a function that jumps out of there would leave
 * them locked and half done.  So it waits then until the thread has left; but
 * not for another period, for it may be the machine that hangs, in a device's
 * step.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "simvar.h"

_Thread_local volatile sig_atomic_t sim_inside;
volatile sig_atomic_t sim_watch_due;

/* Guards what follows, but for the handler: that runs while the timer does. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	struct busdma_sim *volatile wd_sim; /* NULL: not armed */
	void (*wd_func)(void *);
	void *wd_arg;
	struct sigaction wd_old;
	char wd_line[128]; /* made beforehand: what a handler may not do */
	size_t wd_len;
} watch;

static void
set_timer(unsigned ms)
{
	const struct timeval tv = {
		.tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000) * 1000,
	};
	const struct itimerval it = { .it_interval = tv, .it_value = tv };

	(void)setitimer(ITIMER_VIRTUAL, &it, NULL);
}

/* In the handler, too. */
static void
disarm(void)
{
	set_timer(0);
	(void)sigaction(SIGVTALRM, &watch.wd_old, NULL);
	sim_watch_due = 0;
	watch.wd_sim = NULL;
}

/* This thread may not be left where it is. */
static bool
busy(void)
{
	return sim_inside != 0 || sim_locks_held() != 0 ||
	       sim_fault_delivering();
}

static void
bark(void)
{
	void (*func)(void *) = watch.wd_func;

	if (watch.wd_sim == NULL)
		return;
	disarm();
	if (func != NULL) {
		func(watch.wd_arg);
		return;
	}
	/* That it can't be written is no reason to live on. */
	if (write(STDERR_FILENO, watch.wd_line, watch.wd_len) < 0)
		abort();
	abort();
}

static void
on_signal(int sig)
{
	(void)sig;
	if (watch.wd_func != NULL && sim_watch_due == 0 && busy())
		sim_watch_due = 1;
	else
		bark();
}

void
sim_watch_left(void)
{
	if (!busy())
		bark();
}

/* With the lock held. */
static void
arm(struct busdma_sim *sim, unsigned ms, void (*func)(void *arg), void *arg)
{
	struct sigaction sa = { .sa_handler = on_signal };
	int n;

	if (watch.wd_sim != NULL)
		disarm();
	n = snprintf(watch.wd_line, sizeof(watch.wd_line),
	    "busdma-sim: watchdog: no end after %u ms of CPU time; "
	    "seed 0x%llx\n",
	    ms, (unsigned long long)sim->s_seed);
	watch.wd_len = (size_t)n;
	watch.wd_func = func;
	watch.wd_arg = arg;
	(void)sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGVTALRM, &sa, &watch.wd_old);
	watch.wd_sim = sim;
	set_timer(ms);
}

int
busdma_sim_watchdog(
    struct busdma_sim *sim, unsigned ms, void (*func)(void *arg), void *arg)
{
	int error = 0;

	pthread_mutex_lock(&lock);
	if (ms != 0 && watch.wd_sim != NULL && watch.wd_sim != sim)
		error = EBUSY;
	else if (ms != 0)
		arm(sim, ms, func, arg);
	else if (watch.wd_sim == sim)
		disarm();
	pthread_mutex_unlock(&lock);
	return error;
}
