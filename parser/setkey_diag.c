/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "parser/setkey_check.h"

/* The reference's line, which scripts may look for. */
static void put_head(FILE *f, const struct diag_entry *e)
{
	fprintf(f, "setkey: ");
	if (e->span.file && e->span.line)
		fprintf(f, "%s,%u: ", e->span.file, e->span.line);
	if (e->level == DIAG_WARNING)
		fprintf(f, "WARNING: ");
	fprintf(f, "%s", e->text);
	if (e->token)
		fprintf(f, " at `%s'", e->token);
	fputc('\n', f);
}

/* Ours: column, what to do, the line and a caret. */
static void put_detail(FILE *f, const struct diag_entry *e)
{
	const char *line = e->excerpt, *end;

	if (e->span.file && e->span.line && e->hint)
		fprintf(f, "%s:%u:%u: %s\n", e->span.file, e->span.line,
			e->span.col, e->hint);
	else if (e->hint)
		fprintf(f, "setkey: %s\n", e->hint);
	for (; line && *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		fprintf(f, "    %.*s\n", (int)(end - line), line);
	}
}

void setkey_diag_render(FILE *f, const struct diag *d, bool failed)
{
	const struct diag_entry *e;
	bool first = failed;

	for (e = diag_first(d); e; e = e->next) {
		put_head(f, e);
		if (first && e->level == DIAG_ERROR && e->span.line) {
			fprintf(f, "setkey: %s,%u: parse failed\n",
				e->span.file, e->span.line);
			first = false;
		}
		put_detail(f, e);
	}
}
