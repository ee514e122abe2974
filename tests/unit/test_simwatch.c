/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simwatch.c: what ends a driver that doesn't.  Times are of the
 * CPU, and decide nothing but when a loop without an end is left.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "simunit.h"

#define SOON 10u
#define NEVER 100000000u

static sigjmp_buf out;
static volatile unsigned calls;
static volatile unsigned spins;

static void
leave(void *arg)
{
	calls += *(unsigned *)arg;
	siglongjmp(out, 1);
}

static void
count(void *arg)
{
	calls += *(unsigned *)arg;
}

static void
leave_process(void *arg)
{
	_exit(*(int *)arg);
}

/* Use CPU time: more than SOON of them. */
static void
burn(void)
{
	struct rusage was, ru;

	getrusage(RUSAGE_SELF, &was);
	do {
		for (spins = 0; spins < 100000; spins++)
			continue;
		getrusage(RUSAGE_SELF, &ru);
	} while ((ru.ru_utime.tv_sec - was.ru_utime.tv_sec) * 1000 +
		     (ru.ru_utime.tv_usec - was.ru_utime.tv_usec) / 1000 <
		 10 * (long)SOON);
}

/* A loop that the driver would not leave. */
static void
hang(struct su *su, struct busdma_sim_dev *dev, unsigned how)
{
	const struct busdma_platform *pl = su->su_pl;
	busdma_lock_t lk = { { 0 } };

	for (;;)
		switch (how) {
		case 0:
			spins++;
			break;
		case 1:
			(void)busdma_sim_reg_read(dev, 0, 4);
			break;
		default:
			pl->pl_lock(pl, &lk);
			(void)busdma_sim_reg_read(dev, 0, 4);
			pl->pl_unlock(pl, &lk);
			break;
		}
}

static void *
look(void *arg)
{
	busdma_sim_now(arg);
	return arg;
}

/* Nobody holds the machine: another thread gets in, and devices step. */
static void
assert_whole(struct su *su, struct busdma_sim_dev *dev)
{
	uint64_t was = busdma_sim_now(su->su_sim);
	pthread_t th;

	assert_int_equal(pthread_create(&th, NULL, look, su->su_sim), 0);
	assert_int_equal(pthread_join(th, NULL), 0);
	busdma_sim_reg_write(dev, 0, 4, 1);
	(void)busdma_sim_wait(dev);
	/* A register write, and the step that it asked for. */
	assert_true(busdma_sim_now(su->su_sim) >= was + 1000);
	assert_silent(su);
}

static void
leave_one(unsigned how, uint64_t seed)
{
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_NONE, seed);
	struct busdma_sim_dev *dev =
	    su_idle(su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON), 1);
	unsigned one = 1;

	calls = 0;
	if (sigsetjmp(out, 1) == 0) {
		assert_int_equal(
		    busdma_sim_watchdog(su->su_sim, SOON, leave, &one), 0);
		hang(su, dev, how);
	}
	assert_int_equal(calls, 1);
	assert_whole(su, dev);
	assert_int_equal(su_destroy(su), 0);
}

static void
a_driver_that_hangs_is_left(void **state)
{
	unsigned how, i;

	(void)state;
	for (how = 0; how < 3; how++)
		for (i = 0; i < 5; i++)
			leave_one(how, i);
}

static void
it_barks_once(void **state)
{
	struct su *su = *state;
	unsigned one = 1;

	calls = 0;
	assert_int_equal(busdma_sim_watchdog(su->su_sim, SOON, count, &one), 0);
	while (calls == 0)
		(void)busdma_sim_now(su->su_sim);
	burn();
	assert_int_equal(calls, 1);
}

static void
it_can_be_called_off(void **state)
{
	struct su *su = *state;
	unsigned one = 1;

	calls = 0;
	assert_int_equal(busdma_sim_watchdog(su->su_sim, SOON, count, &one), 0);
	assert_int_equal(
	    busdma_sim_watchdog(su->su_sim, NEVER, count, &one), 0);
	burn();
	assert_int_equal(busdma_sim_watchdog(su->su_sim, SOON, count, &one), 0);
	assert_int_equal(busdma_sim_watchdog(su->su_sim, 0, NULL, NULL), 0);
	burn();
	assert_int_equal(calls, 0);
}

static volatile sig_atomic_t signals;

static void
on_signal(int sig)
{
	(void)sig;
	signals++;
}

/* One for the process, and the signal is given back. */
static void
there_is_one(void **state)
{
	struct su *su = *state, *other;
	struct sigaction sa = { .sa_handler = on_signal }, was;

	assert_int_equal(sigaction(SIGVTALRM, &sa, &was), 0);
	other = su_create(0, BUSDMA_SIM_FRAG_NONE, 2);
	assert_int_equal(busdma_sim_watchdog(su->su_sim, NEVER, NULL, NULL), 0);
	assert_int_equal(
	    busdma_sim_watchdog(other->su_sim, NEVER, NULL, NULL), EBUSY);
	/* It is not the other's to end, either. */
	assert_int_equal(busdma_sim_watchdog(other->su_sim, 0, NULL, NULL), 0);
	assert_int_equal(
	    busdma_sim_watchdog(other->su_sim, NEVER, NULL, NULL), EBUSY);
	assert_int_equal(busdma_sim_watchdog(su->su_sim, 0, NULL, NULL), 0);
	assert_int_equal(
	    busdma_sim_watchdog(other->su_sim, NEVER, NULL, NULL), 0);
	/* A machine takes its own along. */
	assert_int_equal(su_destroy(other), 0);
	assert_int_equal(busdma_sim_watchdog(su->su_sim, NEVER, NULL, NULL), 0);
	assert_int_equal(busdma_sim_watchdog(su->su_sim, 0, NULL, NULL), 0);
	signals = 0;
	assert_int_equal(raise(SIGVTALRM), 0);
	assert_int_equal(signals, 1);
	assert_int_equal(sigaction(SIGVTALRM, &was, NULL), 0);
}

static bool
step_for_ever(void *softc)
{
	for (;;)
		++*(volatile unsigned *)softc;
	return true;
}

static const struct busdma_sim_dev_ops stuck_ops = {
	.do_size = sizeof(stuck_ops),
	.do_name = "stuck",
	.do_read = su_idle_read,
	.do_write = su_idle_write,
	.do_step = step_for_ever,
};

/* In a process of its own: hang, outside the machine or in it. */
static void
hang_child(struct su *su, int fd, void (*func)(void *), bool inside)
{
	struct busdma_sim_dev *dev = NULL;
	static unsigned softc;
	static int status = 42;

	(void)dup2(fd, STDERR_FILENO);
	if (busdma_sim_dev_create(su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON),
		1, &stuck_ops, &softc, &dev) != 0)
		_exit(1);
	if (busdma_sim_watchdog(su->su_sim, SOON, func, &status) != 0)
		_exit(2);
	if (inside) {
		busdma_sim_reg_write(dev, 0, 4, 1);
		(void)busdma_sim_wait(dev);
		_exit(3);
	}
	hang(su, dev, 0);
}

/* Returns its status; what it printed is in `text'. */
static int
hang_in_child(
    struct su *su, void (*func)(void *), bool inside, char *text, size_t size)
{
	int pipefd[2], status = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(pipefd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		hang_child(su, pipefd[1], func, inside);
	close(pipefd[1]);
	n = read(pipefd[0], text, size - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	close(pipefd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
a_machine_that_hangs_is_left(void **state)
{
	char text[200];
	int status =
	    hang_in_child(*state, leave_process, true, text, sizeof(text));

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	assert_string_equal(text, "");
}

static void
without_a_function_it_aborts(void **state)
{
	const char *line =
	    "busdma-sim: watchdog: no end after 10 ms of CPU time; "
	    "seed 0x5eed\n";
	char text[200];
	int inside, status;

	for (inside = 0; inside < 2; inside++) {
		status = hang_in_child(
		    *state, NULL, inside != 0, text, sizeof(text));
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
		/* An emulator may have its say behind it. */
		text[strlen(line) < sizeof(text) ? strlen(line) : 0] = '\0';
		assert_string_equal(text, line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_driver_that_hangs_is_left),
		SIMUNIT(it_barks_once),
		SIMUNIT(it_can_be_called_off),
		SIMUNIT(there_is_one),
		SIMUNIT(a_machine_that_hangs_is_left),
		SIMUNIT(without_a_function_it_aborts),
	};

	return cmocka_run_group_tests_name("simwatch", tests, NULL, NULL);
}
