/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/ctl/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libxfrm/addr.h"

#define ADDR_SHORT 22	/* columns of an address without -ll */
#define ADDR_LONG 45

/* "ADDR<open>PORT<close>" into buf, which takes any address. */
static const char *endpoint(const struct sockaddr_storage *ss,
			    const char *open, const char *close, char *buf,
			    size_t size)
{
	char text[XADDR_STRLEN];
	struct xaddr a;
	uint16_t port;

	if (xaddr_from_sockaddr((const struct sockaddr *)ss, sizeof(*ss), &a,
				&port) < 0)
		snprintf(buf, size, "(unknown)");
	else
		snprintf(buf, size, "%s%s%u%s", xaddr_str(&a, text), open,
			 port, close);
	return buf;
}

/* "ADDR.PORT" in width columns; the address gives way, not the port. */
static void print_endpoint(const struct sockaddr_storage *ss, int width)
{
	char buf[XADDR_STRLEN + 16];
	const char *dot;
	int len, tail;

	endpoint(ss, ".", "", buf, sizeof(buf));
	len = (int)strlen(buf);
	dot = strrchr(buf, '.');
	tail = dot ? (int)strlen(dot) : 0;
	if (len > width && tail < width)
		printf("%.*s%s ", width - tail, buf, dot);
	else
		printf("%-*s ", width, buf);
}

static void print_time(time_t t)
{
	char buf[32] = "";
	struct tm tm;

	if (t && localtime_r(&t, &tm))
		strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M:%S", &tm);
	printf("%-19s ", buf);
}

static void print_isakmp(const struct ctl_isakmp *r, unsigned int detail)
{
	static const char exchange[] = { '?', 'B', 'M', 'U', 'A', 'I' };
	int width = detail > 1 ? ADDR_LONG : ADDR_SHORT;

	if (detail > 1)
		print_endpoint(&r->local, width);
	print_endpoint(&r->remote, width);
	for (int i = 0; i < 8; i++)
		printf("%02x", r->icookie[i]);
	printf(":");
	for (int i = 0; i < 8; i++)
		printf("%02x", r->rcookie[i]);
	printf(" ");
	if (detail)
		printf("%2d %c %2x %c ", r->state, r->side ? 'R' : 'I',
		       r->version,
		       exchange[r->exchange < sizeof(exchange) ? r->exchange
							       : 0]);
	print_time(r->created);
	if (detail)
		printf("%6d ", r->children);
	printf("\n");
}

int show_isakmp(struct cur rows, unsigned int detail)
{
	struct ctl_isakmp row;

	if (detail > 1)
		printf("%-*s ", ADDR_LONG, "Source");
	printf("%-*s ", detail > 1 ? ADDR_LONG : ADDR_SHORT, "Destination");
	printf("%-33s ", "Cookies");
	if (detail)
		printf("ST S  V E ");
	printf(detail ? "%-19s Phase2\n" : "%s\n", "Created");
	while (rows.left) {
		int r = cur_copy(&rows, &row, sizeof(row));

		if (r)
			return r;
		print_isakmp(&row, detail);
	}
	return 0;
}

int show_schedule(struct cur rows)
{
	struct ctl_sched row;

	printf("index    tick     xtime    created\n");
	while (rows.left) {
		int r = cur_copy(&rows, &row, sizeof(row));

		if (r)
			return r;
		printf("%-8" PRIu64 " %-8" PRId64 " %-8" PRId64 " ", row.id,
		       row.tick, (int64_t)row.due);
		print_time(row.created);
		printf("\n");
	}
	return 0;
}

const char *show_event_text(unsigned int type)
{
	switch (type) {
#define CTL_EVENT_CASE(number, name, text) case number: return text;
	CTL_EVENT_LIST(CTL_EVENT_CASE)
#undef CTL_EVENT_CASE
	}
	return NULL;
}

int show_event(struct cur body, unsigned int *type)
{
	char src[XADDR_STRLEN + 16], dst[XADDR_STRLEN + 16];
	struct ctl_event e;
	const char *text;
	int r = cur_copy(&body, &e, sizeof(e));

	*type = e.type;
	if (r)
		return r;
	endpoint(&e.src, "[", "]", src, sizeof(src));
	endpoint(&e.dst, "[", "]", dst, sizeof(dst));
	text = show_event_text(e.type);
	if (text)
		printf("%s : ", text);
	else
		printf("Event %u: ", e.type);
	printf("%s -> %s\n", src, dst);
	return 0;
}
