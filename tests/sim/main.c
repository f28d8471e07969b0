/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim: plays random stories of two gateways, or of one gateway and many, and
 * checks that what can work does.
 *
 *	sim [--seeds N] [--seed S] [--first S] [--many N] [--storm N] [-v]
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/story.h"

static void usage(void)
{
	fprintf(stderr, "usage: sim [--seeds N] [--first S] [--seed S] "
		"[--many N] [--storm N] [-v]\n");
}

static int play(uint64_t seed, bool verbose, const char *argv0)
{
	struct world *w = world_new(seed);
	int r = 0;

	if (!w)
		return 1;
	w->verbose = verbose;
	story_pair(w);
	if (w->failure[0]) {
		size_t n = w->nlog < WORLD_LOG_LINES ? w->nlog
						     : WORLD_LOG_LINES;

		if (!verbose)
			for (size_t i = w->nlog - n; i < w->nlog; i++)
				printf("%s\n", w->log[i % WORLD_LOG_LINES]);
		printf("seed %llu: %s\nreplay: %s --seed %llu -v\n",
		       (unsigned long long)seed, w->failure, argv0,
		       (unsigned long long)seed);
		r = 1;
	}
	world_free(w);
	return r;
}

static int many(uint64_t seed, unsigned int n, bool verbose,
		void (*story)(struct world *w, unsigned int n))
{
	struct world *w = world_new(seed);
	int r;

	if (!w)
		return 1;
	w->verbose = verbose;
	story(w, n);
	r = w->failure[0] != '\0';
	if (r)
		printf("seed %llu, %u initiators: %s\n",
		       (unsigned long long)seed, n, w->failure);
	else
		printf("ok: %u initiators, one responder\n", n);
	world_free(w);
	return r;
}

int main(int argc, char **argv)
{
	static const struct option opts[] = {
		{ "seeds", required_argument, NULL, 'n' },
		{ "first", required_argument, NULL, 'f' },
		{ "seed", required_argument, NULL, 's' },
		{ "many", required_argument, NULL, 'm' },
		{ "storm", required_argument, NULL, 'S' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t first = 1, n = 300;
	unsigned int initiators = 0, storm = 0;
	bool verbose = false;
	int c;

	while ((c = getopt_long(argc, argv, "v", opts, NULL)) != -1) {
		switch (c) {
		case 'n':
			n = strtoull(optarg, NULL, 0);
			break;
		case 'f':
			first = strtoull(optarg, NULL, 0);
			break;
		case 's':
			first = strtoull(optarg, NULL, 0);
			n = 1;
			break;
		case 'm':
			initiators = (unsigned int)strtoul(optarg, NULL, 0);
			break;
		case 'S':
			storm = (unsigned int)strtoul(optarg, NULL, 0);
			break;
		case 'v':
			verbose = true;
			break;
		default:
			usage();
			return 2;
		}
	}
	if (initiators)
		return many(first, initiators, verbose, story_many);
	if (storm)
		return many(first, storm, verbose, story_storm);
	for (uint64_t s = first; s < first + n; s++)
		if (play(s, verbose, argv[0]))
			return 1;
	printf("ok: %llu seeds from %llu\n", (unsigned long long)n,
	       (unsigned long long)first);
	return 0;
}
