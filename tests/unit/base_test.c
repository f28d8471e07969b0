/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "libxfrm/base/arena.h"
#include "libxfrm/base/buf.h"
#include "libxfrm/base/diag.h"
#include "libxfrm/base/err.h"
#include "libxfrm/base/htab.h"
#include "libxfrm/base/log.h"
#include "libxfrm/base/secret.h"
#include "libxfrm/base/text.h"

static void err_texts(void **state)
{
	assert_string_equal(xe_str(0), "success");
	assert_string_equal(xe_str(-EEXIST), "File exists");
	assert_string_equal(xe_str(XE_FAMILY), "address families differ");
	assert_string_equal(xe_str(XE_REFUSED), "refused by the kernel");
	assert_string_equal(xe_str(XE_BASE - XE_COUNT), "unknown error");
	assert_string_equal(xe_str(-4999), "unknown error");
}

static void cur_bounds(void **state)
{
	static const uint8_t msg[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	struct cur c = cur_init(msg, sizeof(msg)), sub;
	const uint8_t *p;
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;
	uint8_t v8;

	assert_int_equal(cur_u16(&c, &v16), 0);
	assert_int_equal(v16, 0x0102);
	assert_int_equal(cur_u64(&c, &v64), XE_TRUNC);
	assert_int_equal(v64, 0);
	assert_int_equal(c.left, 7);
	assert_int_equal(cur_sub(&c, 4, &sub), 0);
	assert_int_equal(cur_u32(&sub, &v32), 0);
	assert_int_equal(v32, 0x03040506);
	assert_int_equal(cur_u8(&sub, &v8), XE_TRUNC);
	assert_int_equal(cur_end(&sub), 0);
	assert_int_equal(cur_end(&c), XE_TRAILING);
	assert_int_equal(cur_bytes(&c, 4, &p), XE_TRUNC);
	assert_null(p);
	assert_int_equal(cur_bytes(&c, 3, &p), 0);
	assert_ptr_equal(p, msg + 6);
	assert_int_equal(cur_skip(&c, 1), XE_TRUNC);
	assert_int_equal(cur_sub(&c, SIZE_MAX, &sub), XE_TRUNC);
	assert_int_equal(sub.left, 0);
	c = cur_init(NULL, 5);
	assert_int_equal(cur_u8(&c, &v8), XE_TRUNC);
	assert_int_equal(cur_bytes(&c, 0, &p), 0);
}

static void wbuf_grows_to_max(void **state)
{
	struct wbuf w;

	wbuf_init(&w, 1000);
	for (int i = 0; i < 250; i++)
		wbuf_u32(&w, (uint32_t)i);
	assert_int_equal(w.err, 0);
	assert_int_equal(w.len, 1000);
	wbuf_u8(&w, 1);
	assert_int_equal(w.err, XE_NOSPACE);
	assert_int_equal(w.len, 1000);
	assert_null(wbuf_reserve(&w, 0));
	wbuf_reset(&w);
	wbuf_u16(&w, 0);
	wbuf_u8(&w, 7);
	wbuf_set_u16(&w, 0, 0xabcd);
	assert_memory_equal(w.p, "\xab\xcd\x07", 3);
	assert_ptr_equal(wbuf_at(&w, 1, 2), w.p + 1);
	assert_ptr_equal(wbuf_at(&w, 3, 0), w.p + 3);
	assert_null(wbuf_at(&w, 1, 3));
	assert_null(wbuf_at(&w, 4, 0));
	assert_null(wbuf_at(&w, 1, SIZE_MAX));
	wbuf_set_u16(&w, 2, 1);
	assert_int_equal(w.err, XE_RANGE);
	assert_null(wbuf_at(&w, 0, 1));
	wbuf_free(&w);
	wbuf_free(NULL);
	/* and takes no memory beyond that */
	wbuf_init(&w, 10);
	wbuf_u8(&w, 1);
	assert_int_equal(w.cap, 10);
	wbuf_free(&w);
}

static void wbuf_fixed_and_text(void **state)
{
	char mem[8];
	struct wbuf w;

	wbuf_fixed(&w, mem, sizeof(mem));
	wbuf_printf(&w, "%s", "1234567");
	assert_int_equal(w.err, 0);
	assert_string_equal(wbuf_str(&w), "1234567");
	wbuf_printf(&w, "%s", "8");
	assert_int_equal(w.err, XE_NOSPACE);
	assert_null(wbuf_str(&w));
	wbuf_init(&w, 1 << 20);
	for (int i = 0; i < 1000; i++)
		wbuf_printf(&w, "%03d,", i);
	assert_int_equal(strlen(wbuf_str(&w)), 4000);
	assert_memory_equal(w.p + 3996, "999,", 4);
	wbuf_free(&w);
}

static void count_up(void *arg)
{
	++*(int *)arg;
}

static void arena_owns(void **state)
{
	struct arena *a = arena_new(ARENA_WIPE);
	int cleaned = 0;
	char *s;

	assert_non_null(a);
	assert_int_equal(arena_cleanup(a, count_up, &cleaned), 0);
	s = arena_printf(a, "%d-%s", 42, "x");
	assert_string_equal(s, "42-x");
	for (size_t i = 1; i < 3000; i += 7) {
		unsigned char *p = arena_alloc(a, i);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t j = 0; j < i; j++)
			assert_int_equal(p[j], 0);
		memset(p, 0xff, i);
	}
	assert_non_null(arena_alloc(a, 1 << 20));
	assert_null(arena_calloc(a, SIZE_MAX / 2, 3));
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_string_equal(s, "42-x");
	arena_set_limit(a, arena_size(a) + 100);
	assert_null(arena_alloc(a, 1 << 20));
	arena_free(a);
	assert_int_equal(cleaned, 1);
	arena_free(NULL);
}

static void secret_life(void **state)
{
	struct secret a = { 0 }, b = { 0 };

	assert_int_equal(secret_set(&a, "hunter2", 7), 0);
	assert_int_equal(secret_set(&b, "hunter3", 7), 0);
	assert_false(secret_equal(&a, &b));
	secret_truncate(&a, 6);
	secret_truncate(&b, 6);
	assert_true(secret_equal(&a, &b));
	assert_int_equal(secret_set(&a, a.p + 1, 3), 0);
	assert_memory_equal(a.p, "unt", 3);
	secret_move(&b, &a);
	assert_null(a.p);
	assert_int_equal(b.len, 3);
	secret_free(&b);
	secret_free(&b);
	assert_int_equal(b.len, 0);
}

static void diag_collects(void **state)
{
	struct span sp = { .file = "f", .line = 3, .col = 7 };
	struct diag *d = diag_new();
	struct diag_entry *e;

	assert_non_null(d);
	e = diag_add(d, DIAG_ERROR, &sp, "no %s", "luck");
	diag_hint(d, e, "try %d", 2);
	diag_add(d, DIAG_WARNING, NULL, "hm");
	assert_int_equal(diag_count(d, DIAG_ERROR), 1);
	assert_int_equal(diag_count(d, DIAG_WARNING), 1);
	assert_string_equal(diag_first(d)->text, "no luck");
	assert_string_equal(diag_first(d)->hint, "try 2");
	assert_int_equal(diag_first(d)->span.line, 3);
	assert_string_equal(diag_first(d)->next->text, "hm");
	for (int i = 0; i < 2 * DIAG_MAX; i++)
		diag_add(d, DIAG_ERROR, &sp, "e");
	assert_int_equal(diag_count(d, DIAG_ERROR), 2 * DIAG_MAX + 1);
	assert_null(diag_add(d, DIAG_ERROR, NULL, "lost"));
	assert_null(diag_add(NULL, DIAG_ERROR, NULL, "nobody"));
	diag_free(d);
}

static char last_line[LOG_LINE_MAX];

static void keep_line(void *arg, enum log_level level, const char *line)
{
	snprintf(last_line, sizeof(last_line), "%s", line);
	++*(int *)arg;
}

static void diag_say(struct diag *d, enum diag_level level, const char *file,
		     unsigned int line, unsigned int col, const char *text)
{
	struct span sp = { .file = file, .line = line, .col = col };

	diag_add(d, level, &sp, "%s", text);
}

static void diag_sorts(void **state)
{
	static const char *const want[] = {
		"b1", "b2", "b2note", "b2again", "b3", "a1", "a7", "a9note",
		"nowhere", "end", "endnote",
	};
	struct diag *d = diag_new();
	const struct diag_entry *e;
	size_t i = 0;

	diag_sort(d);
	diag_sort(NULL);
	diag_say(d, DIAG_ERROR, "b", 2, 5, "b2");
	diag_say(d, DIAG_NOTE, NULL, 0, 0, "b2note");
	diag_say(d, DIAG_NOTE, "a", 9, 9, "a9note");
	diag_add(d, DIAG_ERROR, NULL, "nowhere");
	diag_say(d, DIAG_WARNING, "a", 7, 1, "a7");
	diag_say(d, DIAG_WARNING, "b", 3, 1, "b3");
	diag_say(d, DIAG_WARNING, "b", 2, 5, "b2again");
	diag_say(d, DIAG_WARNING, "b", 2, 1, "b1");
	diag_say(d, DIAG_ERROR, "a", 1, 80, "a1");
	diag_sort(d);
	diag_add(d, DIAG_WARNING, NULL, "end");
	diag_add(d, DIAG_NOTE, NULL, "endnote");
	for (e = diag_first(d); e; e = e->next, i++)
		assert_string_equal(e->text, want[i]);
	assert_int_equal(i, sizeof(want) / sizeof(want[0]));
	diag_free(d);
}

static void log_filters(void **state)
{
	int lines = 0;
	struct logger l = { LOG_LV_INFO, keep_line, &lines };
	static char big[2 * LOG_LINE_MAX];

	log_line(&l, LOG_LV_DEBUG, "quiet");
	log_line(NULL, LOG_LV_ERROR, "nobody");
	assert_int_equal(lines, 0);
	log_line(&l, LOG_LV_ERROR, "a%s", "\x1b[2J\nERROR: forged");
	assert_string_equal(last_line, "a?[2J?ERROR: forged");
	memset(big, 'x', sizeof(big) - 1);
	log_line(&l, LOG_LV_INFO, "%s", big);
	assert_int_equal(strlen(last_line), LOG_LINE_MAX - 1);
}

static void log_rate(void **state)
{
	struct log_limit ll;
	uint64_t dropped;

	log_limit_init(&ll, 2, 1000);
	assert_true(log_limit_pass(&ll, 0, &dropped));
	assert_true(log_limit_pass(&ll, 10, &dropped));
	assert_false(log_limit_pass(&ll, 20, &dropped));
	assert_false(log_limit_pass(&ll, 999, &dropped));
	assert_true(log_limit_pass(&ll, 1000, &dropped));
	assert_int_equal(dropped, 2);
	assert_false(log_limit_pass(&ll, 1999, &dropped));
	assert_true(log_limit_pass(&ll, 2000, &dropped));
}

struct item {
	struct hnode node;
	uint32_t key;
};

static void htab_works(void **state)
{
	enum { N = 5000 };
	struct item *items = calloc(N, sizeof(*items));
	struct hnode *node, *cursor;
	struct htab t;
	size_t seen = 0, pos = 0;

	assert_non_null(items);
	htab_init(&t, N);
	assert_null(htab_first(&t, 1));
	for (uint32_t i = 0; i < N; i++) {
		items[i].key = i;
		assert_int_equal(htab_add(&t, &items[i].node,
					  hash_mem(9, &i, sizeof(i))), 0);
	}
	assert_int_equal(htab_add(&t, &items[0].node, 1), XE_LIMIT);
	for (uint32_t i = 0; i < N; i += 2)
		htab_del(&t, &items[i].node);
	for (uint32_t i = 0; i < N; i++) {
		node = htab_first(&t, hash_mem(9, &i, sizeof(i)));
		while (node && hnode_entry(node, struct item, node)->key != i)
			node = htab_next(node);
		assert_int_equal(node != NULL, i % 2);
	}
	while ((node = htab_walk(&t, &pos, &cursor))) {
		htab_del(&t, node);
		seen++;
	}
	assert_int_equal(seen, N / 2);
	assert_int_equal(t.count, 0);
	htab_free(&t);
	free(items);
}

static void text_of_others(void **state)
{
	/* text, and what is shown; NULL: as it is */
	static const struct {
		const char *text, *shown;
	} want[] = {
		{ "", NULL },
		{ "plain ~", NULL },
		{ "Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x94\x91", NULL },
		{ "\xc2\xa0\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", NULL },
		{ "a\nb\tc\x1b[2J\x7f", "a?b?c?[2J?" },
		{ "\x9b" "2J\xc2\x9b" "2J", "?2J??2J" },	/* C1: CSI */
		{ "\xc0\xaf \xe0\x80\xaf", "?? ???" },	/* too long */
		{ "\xed\xa0\x80 \xf4\x90\x80\x80", "??? ????" },
		{ "cut \xe2\x80", "cut ??" },
		{ "\xff\xfe\x80", "???" },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		char copy[64];

		snprintf(copy, sizeof(copy), "%s", want[i].text);
		assert_int_equal(text_is_clean(cur_init(copy, strlen(copy))),
				 !want[i].shown);
		text_clean(copy);
		assert_string_equal(copy, want[i].shown ? want[i].shown
							: want[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_others),
		cmocka_unit_test(err_texts),
		cmocka_unit_test(cur_bounds),
		cmocka_unit_test(wbuf_grows_to_max),
		cmocka_unit_test(wbuf_fixed_and_text),
		cmocka_unit_test(arena_owns),
		cmocka_unit_test(secret_life),
		cmocka_unit_test(diag_collects),
		cmocka_unit_test(diag_sorts),
		cmocka_unit_test(log_filters),
		cmocka_unit_test(log_rate),
		cmocka_unit_test(htab_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
