/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "parser/setkey_check.h"

/*
 * The setkey language: parse and check what comes, print it back, and demand
 * that what was printed parses to as many operations.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct setkey_prog *load(struct src_table *t, const struct src *s,
				int *r)
{
	static const struct setkey_check_opts o = { .numeric = true };
	struct diag *d = diag_new();
	struct setkey_prog *p = NULL;

	*r = d ? setkey_load(t, s, &o, d, &p) : -1;
	diag_free(d);
	return p;
}

static void print_back(struct src_table *t, const struct src *s,
		       const struct setkey_prog *p)
{
	struct arena *a = arena_new(0);
	struct setkey_prog *again;
	struct setkey_stmt *st = NULL;
	struct src *back;
	struct wbuf w;
	int r;

	wbuf_init(&w, 1u << 20);
	if (!a || setkey_parse_all(t, s, a, NULL, &st))
		abort();
	for (; st; st = st->next)
		setkey_print(t, st, &w);
	if (!w.err && !src_add(t, "back", w.p, w.len, NULL, &back)) {
		again = load(t, back, &r);
		if (r || !again || again->nop != p->nop)
			abort();
		setkey_prog_free(again);
	}
	wbuf_free(&w);
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct src_table *t = src_table_new();
	struct setkey_prog *p = NULL;
	struct src *s;
	int r;

	if (!t)
		return 0;
	setkey_stmt_length((const char *)data, size);
	if (!src_add(t, "fuzz", data, size, NULL, &s)) {
		p = load(t, s, &r);
		if (s->len && memcmp(s->text, data + (size - s->len), s->len))
			abort();	/* the scanner harmed the text */
		if (!r)
			print_back(t, s, p);
	}
	setkey_prog_free(p);
	src_table_free(t);
	return 0;
}
