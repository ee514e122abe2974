/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cases that stand outside test_grab.c.  The state of one that runs on
 * every machine is the machine's configuration.
 */
#ifndef EXAMPLES_GRAB_TEST_CASES_H
#define EXAMPLES_GRAB_TEST_CASES_H

#include "grab/test_rig.h"

/* test_stream.c */
void test_stream(void **state);
void test_one_segment(void **state);
void test_stream_fails(void **state);
void test_too_large(void **state);
void test_slow_disk(void **state);
void test_stream_errors(void **state);
void test_stream_stuck(void **state);

/* That all of so many frames get into the file, in order and whole. */
void stream_whole(struct rig *ri, unsigned frames);

/* test_users.c */
void test_shadow(void **state);
void test_process(void **state);
void test_mmap_fails(void **state);

#endif /* EXAMPLES_GRAB_TEST_CASES_H */
