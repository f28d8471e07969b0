/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/ctl/ipsec.h"

#include <netinet/in.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "ike/ctl/proto.h"
#include "libxfrm/base/err.h"
#include "libxfrm/explain.h"
#include "setkey/dump.h"

static int failed(int err, const struct xmsg_error *e)
{
	struct xfrm_why why;

	if (e)
		xfrm_explain(e, XFRM_MSG_GETSA, NULL, NULL, &why);
	else
		xfrm_explain_open(err, &why);
	fprintf(stderr, "racoonctl: %s%s%s\n",
		why.text[0] ? why.text : xe_str(err),
		why.hint[0] ? ": " : "", why.hint);
	return 1;
}

int ipsec_show(uint16_t proto)
{
	struct setkey_filter filter = { 0 };
	struct dump d = { .format = DUMP_TEXT };
	struct xmsg_error e = { 0 };
	struct xfrm_sock *sock;
	struct out out;
	int r, w;

	filter.proto = proto == CTL_PROTO_ESP  ? IPPROTO_ESP
		       : proto == CTL_PROTO_AH ? IPPROTO_AH
					       : 0;
	r = xfrm_sock_open(0, &sock);
	if (r < 0)
		return failed(r, NULL);
	out_init(&out, STDOUT_FILENO);
	d.o = &out;
	d.filter = &filter;
	d.show.now = time(NULL);
	d.show.pid = (unsigned int)getpid();
	r = dump_sad(&d, sock, &e);
	if (r == XE_INTR)
		r = 0;	/* something changed meanwhile: it is a snapshot */
	if (!r && !d.shown)
		out_str(&out, "No SAD entries.\n");
	xfrm_sock_close(sock);
	w = out_close(&out);
	if (r < 0)
		return failed(r, &e);
	if (w < 0)
		fprintf(stderr, "racoonctl: cannot write: %s\n", xe_str(w));
	return w < 0 ? 1 : 0;
}
