/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XT_BASE_LOG_H
#define XT_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Log levels, and what belongs where:
 *   ERROR    something failed and an administrator has to act
 *   WARNING  it works, but not as the configuration or the peer meant it
 *   NOTIFY   significant, normal, rare
 *   INFO     the story of each negotiation, in few lines
 *   DEBUG    every message and decision
 *   DEBUG2   payload by payload
 * Keys and secrets belong nowhere.
 */
enum log_level {
	LOG_LV_ERROR,
	LOG_LV_WARNING,
	LOG_LV_NOTIFY,
	LOG_LV_INFO,
	LOG_LV_DEBUG,
	LOG_LV_DEBUG2,
};

/* "ERROR" … "DEBUG2", as the log lines of racoon show them. */
const char *log_level_name(enum log_level level);

/*
 * Where lines go is up to the program: a logger calls sink(arg, level, line),
 * line without newline and with control characters made harmless, for levels
 * up to level.  Values, so that each engine or test can have its own.
 */
struct logger {
	enum log_level level;
	void (*sink)(void *arg, enum log_level level, const char *line);
	void *arg;
};

/* True when a line of that level would be shown: guards costly formatting. */
static inline bool log_on(const struct logger *l, enum log_level level)
{
	return l && l->sink && level <= l->level;
}

/* One line, at most LOG_LINE_MAX bytes; longer ones end in "…". */
#define LOG_LINE_MAX 2048
void log_line(const struct logger *l, enum log_level level, const char *fmt,
	      ...) __attribute__((format(printf, 3, 4)));
void log_vline(const struct logger *l, enum log_level level, const char *fmt,
	       va_list ap) __attribute__((format(printf, 3, 0)));

/*
 * Token bucket for lines that strangers can trigger: burst at once, then one
 * per interval milliseconds.  A zeroed struct after log_limit_init() is full.
 */
struct log_limit {
	uint32_t burst, tokens;
	uint64_t interval, last;	/* milliseconds */
	uint64_t dropped;		/* since the last line that passed */
};

void log_limit_init(struct log_limit *ll, uint32_t burst, uint64_t interval);

/*
 * May a line pass at time now (milliseconds, monotonic)?  *dropped tells how
 * many did not since the last that did, to be mentioned in that line.
 */
bool log_limit_pass(struct log_limit *ll, uint64_t now, uint64_t *dropped);

#endif
