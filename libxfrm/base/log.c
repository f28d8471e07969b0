/* SPDX-License-Identifier: BSD-2-Clause */
#include "libxfrm/base/log.h"

#include <stdio.h>
#include <string.h>

#include "libxfrm/base/text.h"

const char *log_level_name(enum log_level level)
{
	switch (level) {
	case LOG_LV_ERROR:
		return "ERROR";
	case LOG_LV_WARNING:
		return "WARNING";
	case LOG_LV_NOTIFY:
		return "NOTIFY";
	case LOG_LV_INFO:
		return "INFO";
	case LOG_LV_DEBUG:
		return "DEBUG";
	case LOG_LV_DEBUG2:
		return "DEBUG2";
	}
	return "?";
}

void log_vline(const struct logger *l, enum log_level level, const char *fmt,
	       va_list ap)
{
	static const char more[] = "\xe2\x80\xa6"; /* … */
	char line[LOG_LINE_MAX];
	int n;

	if (!log_on(l, level))
		return;
	n = vsnprintf(line, sizeof(line), fmt, ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(line))
		memcpy(line + sizeof(line) - sizeof(more), more, sizeof(more));
	/* Peers put text into our lines: no escapes, no forged lines. */
	text_clean(line);
	l->sink(l->arg, level, line);
}

void log_line(const struct logger *l, enum log_level level, const char *fmt,
	      ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(l, level, fmt, ap);
	va_end(ap);
}

void log_limit_init(struct log_limit *ll, uint32_t burst, uint64_t interval)
{
	*ll = (struct log_limit){
		.burst = burst,
		.tokens = burst,
		.interval = interval,
	};
}

bool log_limit_pass(struct log_limit *ll, uint64_t now, uint64_t *dropped)
{
	uint64_t due;

	*dropped = 0;
	if (now < ll->last)
		ll->last = now;
	due = ll->interval ? (now - ll->last) / ll->interval : ll->burst;
	if (due) {
		ll->tokens = due >= ll->burst - ll->tokens
				     ? ll->burst
				     : ll->tokens + (uint32_t)due;
		ll->last = ll->interval ? ll->last + due * ll->interval : now;
	}
	if (!ll->tokens) {
		ll->dropped++;
		return false;
	}
	ll->tokens--;
	*dropped = ll->dropped;
	ll->dropped = 0;
	return true;
}
