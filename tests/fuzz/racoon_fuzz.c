/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target of the racoon.conf language and its key files.  What parses
 * without errors must print to a text that parses to an equal tree.
 */
#include <stdlib.h>

#include "libxfrm/base/buf.h"
#include "parser/plainrsa.h"
#include "parser/psk.h"
#include "parser/racoon_ast.h"

#define PRINT_MAX (64u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void conf(const uint8_t *data, size_t size)
{
	struct rc_conf *a = NULL, *b = NULL;
	struct diag *d = diag_new();
	struct wbuf w;
	int r;

	wbuf_init(&w, PRINT_MAX);
	r = rc_parse_mem("fuzz", data, size, false, d, &a);
	if (a)
		rc_print(a, true, &w);
	if (!r && !w.err &&
	    (rc_parse_mem("printed", w.p, w.len, false, NULL, &b) ||
	     !rc_equal(a, b, NULL)))
		abort();
	rc_free(a);
	rc_free(b);
	wbuf_free(&w);
	diag_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plainrsa *rsa = NULL;
	struct psk *psk = NULL;
	struct diag *d;

	conf(data, size);
	d = diag_new();
	plainrsa_read_mem("fuzz", data, size, d, &rsa);
	plainrsa_free(rsa);
	psk_read_mem("fuzz", data, size, d, &psk);
	if (psk && psk_count(psk))
		psk_find(psk, psk_entry(psk, 0)->id,
			 psk_entry(psk, 0)->id_len);
	psk_free(psk);
	diag_free(d);
	return 0;
}
