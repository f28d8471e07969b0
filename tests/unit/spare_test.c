/* SPDX-License-Identifier: BSD-2-Clause */
/* What a burst left free goes back to the system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "ike/daemon/spare.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#if __GLIBC_PREREQ(2, 33)
#define GIVES_BACK 1
#endif
#endif
#ifndef GIVES_BACK
#define GIVES_BACK 0
#endif

#define PIECES 20000
#define PIECE 1000
#define MOST (PIECES * PIECE / 10 * 9)

static char *piece[PIECES];

static long resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long all = 0, pages = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &all, &pages), 2);
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

/* Takes all pieces; what is returned stands behind them. */
static char *take(void)
{
	for (unsigned int i = 0; i < PIECES; i++) {
		piece[i] = malloc(PIECE);
		assert_non_null(piece[i]);
		memset(piece[i], 1, PIECE);
	}
	return malloc(PIECE);
}

static void give(unsigned int first, unsigned int step)
{
	for (unsigned int i = first; i < PIECES; i += step) {
		free(piece[i]);
		piece[i] = NULL;
	}
}

/* The next look is in a while; after it there is none before more happens. */
static void pass(struct spare *s, uint64_t now)
{
	uint64_t at = now + SPARE_LOOK_MS;

	assert_int_equal(spare_until(s, now), at);
	assert_int_equal(spare_until(s, now + 1), at);
	assert_int_equal(spare_until(s, at), UINT64_MAX);
}

static void burst_goes_back(void **state)
{
	struct spare s = { 0 };
	long before;

	if (!GIVES_BACK)
		skip();
	for (unsigned int round = 0; round < 3; round++) {
		long start = resident();
		char *stays = take();

		assert_non_null(stays);
		give(0, 1);
		before = resident();
		assert_true(before - start > MOST);
		pass(&s, 100000 * (round + 1));
		assert_true(before - resident() > MOST);
		free(stays);
	}
}

/* Little of it is free: it will be used again. */
static void rest_stays(void **state)
{
	struct spare s = { 0 };
	char *stays;
	long before;

	if (!GIVES_BACK)
		skip();
	stays = take();
	for (unsigned int i = 0; i < 100; i++)
		give(i, PIECES / 10);	/* pages of them */
	before = resident();
	pass(&s, 1);
	assert_true(resident() >= before);
	give(0, 1);
	pass(&s, 100000);
	assert_true(before - resident() > MOST);
	free(stays);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst_goes_back),
		cmocka_unit_test(rest_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
