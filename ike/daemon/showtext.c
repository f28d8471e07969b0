/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/daemon/showtext.h"

#include <string.h>

const char *showtext_str(const json_t *o, const char *key, const char *none)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : none;
}

json_int_t showtext_num(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static const char *yesno(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key)) ? "yes" : "no";
}

void showtext_bytes(json_int_t n, struct wbuf *w)
{
	static const char *const unit[] = {"kB", "MB", "GB", "TB", "PB"};
	json_int_t tenth;
	size_t i = 0;

	if (n < 1000) {
		wbuf_printf(w, "%" JSON_INTEGER_FORMAT " B", n);
		return;
	}
	for (tenth = n / 100; tenth >= 10000 && i < 4; tenth /= 1000)
		i++;
	wbuf_printf(w, "%" JSON_INTEGER_FORMAT ".%" JSON_INTEGER_FORMAT " %s",
		    tenth / 10, tenth % 10, unit[i]);
}

/* The two largest units. */
void showtext_age(json_int_t s, struct wbuf *w)
{
	static const struct {
		json_int_t sec;
		char name;
	} unit[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	size_t i = 0;

	while (i < 3 && s < unit[i].sec)
		i++;
	wbuf_printf(w, "%" JSON_INTEGER_FORMAT "%c", s / unit[i].sec,
		    unit[i].name);
	s %= unit[i].sec;
	if (i < 3 && s / unit[i + 1].sec)
		wbuf_printf(w, " %" JSON_INTEGER_FORMAT "%c",
			    s / unit[i + 1].sec, unit[i + 1].name);
}

static void print_proto(const char *proto, struct wbuf *w)
{
	static const char *const known[][2] = {
		{"1", "icmp"}, {"6", "tcp"},	{"17", "udp"},
		{"47", "gre"}, {"58", "icmp6"}, {"132", "sctp"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(proto, known[i][0]))
			proto = known[i][1];
	wbuf_printf(w, " %s", proto);
}

static void sel_end(const json_t *sel, const char *addr, const char *port,
		    struct wbuf *w)
{
	const json_t *v = json_object_get(sel, port);

	wbuf_printf(w, "%s", showtext_str(sel, addr, "-"));
	if (json_is_integer(v))
		wbuf_printf(w, "[%" JSON_INTEGER_FORMAT "]",
			    json_integer_value(v));
}

void showtext_sel(const json_t *sel, struct wbuf *w)
{
	const char *proto = showtext_str(sel, "protocol", "any");

	sel_end(sel, "src", "src_port", w);
	wbuf_printf(w, " -> ");
	sel_end(sel, "dst", "dst_port", w);
	if (strcmp(proto, "any"))
		print_proto(proto, w);
}

static void print_left(const json_t *o, struct wbuf *w)
{
	if (!json_is_integer(json_object_get(o, "lifetime_left")))
		return;
	wbuf_printf(w, "  ends in ");
	showtext_age(showtext_num(o, "lifetime_left"), w);
}

static void print_sa(const json_t *o, struct wbuf *w)
{
	const json_t *p = json_object_get(o, "proposal");
	const json_t *c = json_object_get(o, "remote_config");
	const json_t *n = json_object_get(o, "natt");
	const json_t *d = json_object_get(o, "dpd");

	wbuf_printf(w, "Phase 1: %s\n", showtext_str(o, "index", ""));
	wbuf_printf(w, "  state:          %s\n", showtext_str(o, "state", ""));
	wbuf_printf(w, "  remote:         %s\n",
		    showtext_str(o, "remote_id", "(none)"));
	wbuf_printf(w, "  local:          %s\n",
		    showtext_str(o, "local_id", "(none)"));
	wbuf_printf(w, "  version:        %s  exchange_mode: %s\n",
		    showtext_str(o, "version", ""),
		    showtext_str(o, "exchange_mode", ""));
	if (p) {
		wbuf_printf(w,
			    "  encryption:     %s  hash: %s  auth: %s  "
			    "dh: %s\n",
			    showtext_str(p, "encryption_algorithm", ""),
			    showtext_str(p, "hash_algorithm", ""),
			    showtext_str(p, "authentication_method", ""),
			    showtext_str(p, "dh_group", ""));
		wbuf_printf(w, "  lifetime:       %" JSON_INTEGER_FORMAT "s\n",
			    showtext_num(p, "lifetime_time"));
	}
	wbuf_printf(w,
		    "  dpd:            supported=%s fails=%" JSON_INTEGER_FORMAT
		    "\n",
		    yesno(d, "supported"), showtext_num(d, "fails"));
	wbuf_printf(w, "  natt:           enabled=%s\n", yesno(n, "enabled"));
	wbuf_printf(w,
		    "  remote_config:  anonymous=%s passive=%s "
		    "generate_policy=%s\n",
		    yesno(c, "anonymous"), yesno(c, "passive"),
		    showtext_str(c, "generate_policy", "none"));
	wbuf_printf(w,
		    "  address:        %s[%" JSON_INTEGER_FORMAT
		    "] -> %s[%" JSON_INTEGER_FORMAT "]\n",
		    showtext_str(o, "local_address", "-"),
		    showtext_num(o, "local_port"),
		    showtext_str(o, "remote_address", "-"),
		    showtext_num(o, "remote_port"));
	wbuf_printf(w, "  established:    %s  phase2: %" JSON_INTEGER_FORMAT,
		    showtext_str(o, "established", "(pending)"),
		    showtext_num(o, "phase2_count"));
	print_left(o, w);
	wbuf_printf(w, "\n\n");
}

static void print_port(const json_t *sel, const char *key, struct wbuf *w)
{
	const json_t *v = json_object_get(sel, key);

	if (json_is_integer(v))
		wbuf_printf(w, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else
		wbuf_printf(w, "any");
}

static void print_sel(const json_t *sel, struct wbuf *w)
{
	wbuf_printf(w, "  selector:       %s -> %s  proto=%s sport=",
		    showtext_str(sel, "src", "-"),
		    showtext_str(sel, "dst", "-"),
		    showtext_str(sel, "protocol", "any"));
	print_port(sel, "src_port", w);
	wbuf_printf(w, " dport=");
	print_port(sel, "dst_port", w);
	wbuf_printf(w, "\n");
}

static void print_child(const json_t *o, struct wbuf *w)
{
	const json_t *p = json_object_get(o, "proposal");
	const json_t *t = json_object_get(o, "traffic");
	const json_t *in = json_object_get(t, "in");
	const json_t *out = json_object_get(t, "out");

	wbuf_printf(w, "Phase 2: %s\n", showtext_str(o, "index", ""));
	wbuf_printf(w, "  phase1:         %s\n",
		    showtext_str(o, "phase1_index", "(unbound)"));
	wbuf_printf(w, "  state:          %s  protocol: %s  mode: %s\n",
		    showtext_str(o, "state", ""),
		    showtext_str(o, "protocol", ""),
		    showtext_str(o, "encmode", ""));
	wbuf_printf(w, "  spi:            in=%s out=%s\n",
		    showtext_str(o, "spi_in", "(pending)"),
		    showtext_str(o, "spi_out", "(pending)"));
	print_sel(json_object_get(o, "selectors"), w);
	wbuf_printf(w, "  encryption:     %s  auth: %s\n",
		    showtext_str(p, "encryption_algorithm", "(none)"),
		    showtext_str(p, "authentication_algorithm", "(none)"));
	wbuf_printf(w, "  pfs_group:      %s\n",
		    showtext_str(p, "pfs_group", "(none)"));
	wbuf_printf(w, "  effective_group: %s\n",
		    showtext_str(p, "effective_group", "(none)"));
	wbuf_printf(w,
		    "  lifetime:       %" JSON_INTEGER_FORMAT
		    "s / %" JSON_INTEGER_FORMAT " bytes\n",
		    showtext_num(p, "lifetime_time"),
		    showtext_num(p, "lifetime_bytes"));
	wbuf_printf(w,
		    "  reqid:          in=%" JSON_INTEGER_FORMAT
		    " out=%" JSON_INTEGER_FORMAT "  ok=%s\n",
		    showtext_num(o, "reqid_in"), showtext_num(o, "reqid_out"),
		    yesno(o, "ok"));
	wbuf_printf(w,
		    "  traffic:        in=%" JSON_INTEGER_FORMAT
		    " bytes/%" JSON_INTEGER_FORMAT
		    " packets out=%" JSON_INTEGER_FORMAT
		    " bytes/%" JSON_INTEGER_FORMAT " packets\n",
		    showtext_num(in, "bytes"), showtext_num(in, "packets"),
		    showtext_num(out, "bytes"), showtext_num(out, "packets"));
	wbuf_printf(w, "  established:    %s",
		    showtext_str(o, "established", "(pending)"));
	print_left(o, w);
	wbuf_printf(w, "\n\n");
}

void showtext_top(const char *when, struct wbuf *w)
{
	wbuf_printf(w, "racoon status at %s\n\n", when ? when : "?");
}

void showtext_sas(const json_t *phase1, const json_t *phase2, struct wbuf *w)
{
	const json_t *o;
	size_t i;

	json_array_foreach(phase1, i, o) print_sa(o, w);
	if (!json_array_size(phase1))
		wbuf_printf(w, "(no phase 1 SAs)\n");
	if (!phase2)
		return;
	json_array_foreach(phase2, i, o) print_child(o, w);
	if (!json_array_size(phase2))
		wbuf_printf(w, "(no phase 2 SAs)\n");
}
