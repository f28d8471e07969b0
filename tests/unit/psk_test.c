/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxfrm/base/err.h"
#include "parser/psk.h"

/* Reads text; the result and its messages. */
struct run {
	struct psk *psk;
	struct diag *d;
	int r;
};

static struct run read_n(const char *text, size_t len)
{
	struct run run = { .d = diag_new() };

	assert_non_null(run.d);
	run.r = psk_read_mem("psk.txt", text, len, run.d, &run.psk);
	return run;
}

static struct run read_s(const char *text)
{
	return read_n(text, strlen(text));
}

static void done(struct run *run)
{
	psk_free(run->psk);
	diag_free(run->d);
}

static void assert_key(const struct psk *p, const char *id, const void *key,
		       size_t len)
{
	const struct secret *s = psk_find(p, id, strlen(id));

	assert_non_null(s);
	assert_int_equal(s->len, len);
	assert_memory_equal(s->p, key, len);
}

#define ASSERT_KEY(p, id, key) assert_key(p, id, key, sizeof(key) - 1)

static bool says(const struct run *run, unsigned int line, const char *part)
{
	const struct diag_entry *e;

	for (e = diag_first(run->d); e; e = e->next) {
		if (e->span.line == line && strstr(e->text, part))
			return true;
	}
	return false;
}

/* No message may hold the word. */
static void assert_silent_about(const struct run *run, const char *word)
{
	const struct diag_entry *e;

	for (e = diag_first(run->d); e; e = e->next) {
		assert_null(strstr(e->text, word));
		assert_null(e->hint ? strstr(e->hint, word) : NULL);
		assert_null(e->excerpt ? strstr(e->excerpt, word) : NULL);
		assert_null(e->token ? strstr(e->token, word) : NULL);
	}
}

static void test_lines(void **state)
{
	struct run run = read_s("# comment\n"
				"\n"
				"192.0.2.1 simple\n"
				"192.0.2.2\t \twith inner  blanks\n"
				"2001:db8::1 v6\n"
				"a.example.net \"quoted\"\n"
				"u@example.net #not a comment\n"
				"user 0x00ff10Ab\n"
				"spaced 0x00 11 22\n"
				"last no newline");

	assert_int_equal(run.r, 0);
	assert_int_equal(psk_count(run.psk), 8);
	ASSERT_KEY(run.psk, "192.0.2.1", "simple");
	ASSERT_KEY(run.psk, "192.0.2.2", "with inner  blanks");
	ASSERT_KEY(run.psk, "2001:db8::1", "v6");
	ASSERT_KEY(run.psk, "a.example.net", "\"quoted\"");
	ASSERT_KEY(run.psk, "u@example.net", "#not a comment");
	ASSERT_KEY(run.psk, "user", "\x00\xff\x10\xab");
	ASSERT_KEY(run.psk, "spaced", "\x00\x11\x22");
	ASSERT_KEY(run.psk, "last", "no newline");
	assert_null(psk_find(run.psk, "192.0.2.3", 9));
	assert_null(psk_find(run.psk, "USER", 4));
	assert_null(psk_find(run.psk, "use", 3));
	assert_true(says(&run, 6, "quotes are part"));
	assert_int_equal(diag_count(run.d, DIAG_WARNING), 1);
	assert_string_equal(psk_entry(run.psk, 0)->id, "192.0.2.1");
	assert_int_equal(psk_entry(run.psk, 7)->span.line, 10);
	assert_string_equal(psk_entry(run.psk, 7)->span.file, "psk.txt");
	done(&run);
}

static void test_wildcard(void **state)
{
	struct run run = read_s("a first\n* any\nb hidden\n* more\na again\n");

	assert_int_equal(run.r, 0);
	ASSERT_KEY(run.psk, "a", "first");
	ASSERT_KEY(run.psk, "b", "any");
	ASSERT_KEY(run.psk, "unheard of", "any");
	assert_true(says(&run, 3, "line 2"));
	assert_true(says(&run, 4, "line 2"));
	assert_true(says(&run, 5, "line 1"));
	assert_int_equal(diag_count(run.d, DIAG_WARNING), 3);
	done(&run);
}

static void test_odd(void **state)
{
	struct run run = read_s("cr key\r\n"
				"trail key \t\n"
				"  indented key\n"
				"  # indented comment\n"
				"alone\n"
				"alone2   \n"
				"  \n"
				"note key # the key of note\n"
				"big 0X1234\n"
				"crhex 0x1234\r\n");

	assert_int_equal(run.r, 0);
	ASSERT_KEY(run.psk, "cr", "key\r");
	ASSERT_KEY(run.psk, "trail", "key \t");
	ASSERT_KEY(run.psk, "indented", "key");
	ASSERT_KEY(run.psk, "note", "key # the key of note");
	ASSERT_KEY(run.psk, "big", "0X1234");
	ASSERT_KEY(run.psk, "crhex", "\x12\x34");
	assert_int_equal(psk_count(run.psk), 6);
	assert_true(says(&run, 1, "carriage return"));
	assert_true(says(&run, 2, "blanks at the end"));
	assert_true(says(&run, 3, "blanks before"));
	assert_true(says(&run, 5, "no key"));
	assert_true(says(&run, 6, "no key"));
	assert_true(says(&run, 8, "comment"));
	assert_true(says(&run, 9, "as text"));
	assert_int_equal(diag_count(run.d, DIAG_WARNING), 7);
	done(&run);
}

static void test_errors(void **state)
{
	struct run run = read_s("a 0xnothexsecret\nb 0x123\nc 0x\nd fine\n"
				"e 0x12 # secret\n");

	assert_int_equal(run.r, XE_PARSE);
	assert_non_null(run.psk);
	assert_int_equal(diag_count(run.d, DIAG_ERROR), 4);
	assert_true(says(&run, 1, "hexadecimal"));
	assert_true(says(&run, 2, "even number"));
	assert_true(says(&run, 3, "even number"));
	assert_true(says(&run, 5, "hexadecimal"));
	ASSERT_KEY(run.psk, "d", "fine");
	assert_null(psk_find(run.psk, "a", 1));
	assert_silent_about(&run, "secret");
	done(&run);
	run = read_n("a b\0c\n", 6);
	assert_int_equal(run.r, XE_PARSE);
	assert_null(run.psk);
	done(&run);
}

/* Whatever is wrong with a line, its key stays unsaid. */
static void test_silence(void **state)
{
	static const char *const lines[] = {
		"a \"sesame\"\n", "a sesame \n", "a sesame\r\n",
		"a 0xsesame\n", "a 0Xsesame\n", " a sesame\n",
		"a x # sesame # \n", "a b\na sesame\n", "* b\na sesame\n",
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct run run = read_s(lines[i]);

		assert_non_null(diag_first(run.d));
		assert_silent_about(&run, "sesame");
		done(&run);
	}
}

static void test_long(void **state)
{
	size_t n = PSK_MAX_LINE + 10;
	char *text = malloc(n + 1);
	struct run run;

	assert_non_null(text);
	memset(text, 'k', n);
	text[n] = '\0';
	memcpy(text, "id ", 3);
	text[2000] = '\n';
	memcpy(text + 2001, "id2 ", 4);
	run = read_s(text);
	assert_int_equal(run.r, 0);
	assert_int_equal(psk_find(run.psk, "id", 2)->len, 1997);
	assert_true(says(&run, 1, "1023"));
	done(&run);
	text[2000] = 'k';
	run = read_s(text);
	assert_int_equal(run.r, XE_PARSE);
	assert_true(says(&run, 1, "too long"));
	assert_silent_about(&run, "kkk");
	done(&run);
	free(text);
}

static void test_many(void **state)
{
	enum { N = 20000 };
	char *text = malloc(N * 32), id[16], key[16];
	struct run run;
	size_t len = 0;
	int i;

	assert_non_null(text);
	for (i = 0; i < N; i++)
		len += (size_t)snprintf(text + len, 32, "id%d key%d\n", i, i);
	run = read_n(text, len);
	assert_int_equal(run.r, 0);
	assert_int_equal(psk_count(run.psk), N);
	for (i = 0; i < N; i += 7) {
		snprintf(id, sizeof(id), "id%d", i);
		snprintf(key, sizeof(key), "key%d", i);
		assert_key(run.psk, id, key, strlen(key));
	}
	done(&run);
	free(text);
}

static void test_file(void **state)
{
	struct diag *d = diag_new();
	struct psk *p = (struct psk *)d;

	assert_true(psk_read_file("/nonexistent/psk.txt", d, &p) < 0);
	assert_null(p);
	assert_int_equal(diag_count(d, DIAG_ERROR), 1);
	diag_free(d);
	assert_int_equal(psk_read_mem("x", "", 0, NULL, &p), 0);
	assert_int_equal(psk_count(p), 0);
	assert_null(psk_find(p, "x", 1));
	psk_free(p);
	psk_free(NULL);
}

static void test_fd(void **state)
{
	static const char text[] = "a key\n";
	struct psk *p;
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], text, sizeof(text) - 1),
			 sizeof(text) - 1);
	close(fd[1]);
	assert_int_equal(psk_read_fd(fd[0], "pipe", NULL, &p), 0);
	ASSERT_KEY(p, "a", "key");
	assert_string_equal(psk_entry(p, 0)->span.file, "pipe");
	psk_free(p);
	assert_int_equal(close(fd[0]), 0);
	assert_true(psk_read_fd(fd[0], "closed", NULL, &p) < 0);
	assert_null(p);
}

static void test_corpus(void **state)
{
	static const struct {
		const char *file, *id, *key;
	} want[] = {
		{ "racoon/045-psk-upstream-sample.txt", "foo.kame.net",
		  "hoge" },
		{ "racoon/045-psk-upstream-sample.txt", "172.16.1.133",
		  "\x12\x34\x56\x78" },
		{ "racoon/046-psk-quoted-and-wildcard.txt",
		  "my-user-name@my-domain.example",
		  "\"my-secret-pre-shared-key\"" },
		{ "racoon/046-psk-quoted-and-wildcard.txt", "nobody",
		  "mypassword" },
		{ "racoon/047-psk-hostnames-sha256.txt", "db1",
		  "a52fdf2a3a22c554e7d2c0cbbb877d0207deeceeb7aabe24e202fedbbd3e5390" },
		{ "seeds/linux26-psk.txt", "192.168.2.100",
		  "bad simple psk" },
		{ "seeds/linux26-psk.txt", "www.example.net",
		  "This is a psk for an FQDN peer" },
	};
	const char *shared = getenv("XT_SHARED");
	char path[512];
	size_t i;

	if (!shared)
		shared = "../shared";
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct psk *p;

		snprintf(path, sizeof(path), "%s/corpus/%s", shared,
			 want[i].file);
		if (access(path, R_OK))
			skip();
		assert_int_equal(psk_read_file(path, NULL, &p), 0);
		assert_key(p, want[i].id, want[i].key, strlen(want[i].key));
		psk_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_wildcard),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_fd),
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
