/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "libxfrm/print.h"
#include "setkey/event.h"

static void addr(struct out *o, const struct xaddr *a)
{
	char buf[XADDR_STRLEN];

	out_str(o, xaddr_str(a, buf));
}

static void addr_port(struct out *o, const struct xaddr *a, unsigned int port)
{
	addr(o, a);
	out_printf(o, "[%u]", port);
}

static void one_sa(struct out *o, const struct show *s,
		   const struct xfrm_sa *sa, uint32_t seq)
{
	show_sa(o, s, sa);
	show_sa_end(o, s, seq);
}

static void one_policy(struct out *o, const struct show *s,
		       const struct xfrm_policy *p, uint32_t seq)
{
	show_policy(o, s, p);
	show_policy_end(o, s, seq);
}

static void acquire(struct out *o, const struct show *s,
		    const struct xfrm_event *ev)
{
	const struct xevent_acquire *a = &ev->acq;
	char buf[XNAME_STRLEN];

	out_lit(o, "\twanted: ");
	out_str(o, xname_proto(a->proto, buf));
	out_char(o, ' ');
	addr(o, &a->src);
	out_char(o, ' ');
	addr(o, &a->dst);
	out_printf(o, " seq=%u\n\tpacket: ", a->seq);
	show_selector(o, &a->sel);
	out_char(o, '\n');
	one_policy(o, s, &ev->pol, 0);
}

static void migrate(struct out *o, const struct xfrm_event *ev)
{
	char buf[XNAME_STRLEN];
	unsigned int i;

	show_selector(o, &ev->pol.sel);
	out_printf(o, "\n\t%s\n", xname_dir(ev->pol.dir, buf));
	for (i = 0; i < ev->nmig; i++) {
		const struct xevent_migrate *m = &ev->mig[i];

		out_printf(o, "\t%s/", xname_proto(m->proto, buf));
		out_printf(o, "%s/", xname_mode(m->mode, buf));
		addr(o, &m->old_src);
		out_char(o, '-');
		addr(o, &m->old_dst);
		out_lit(o, " to ");
		addr(o, &m->new_src);
		out_char(o, '-');
		addr(o, &m->new_dst);
		out_printf(o, " reqid=%u\n", m->reqid);
	}
	if (ev->has_km) {
		out_lit(o, "\tike: ");
		addr(o, &ev->km_local);
		out_char(o, '-');
		addr(o, &ev->km_remote);
		out_char(o, '\n');
	}
}

static void mapping(struct out *o, const struct show *s,
		    const struct xfrm_event *ev)
{
	out_lit(o, "\tmoved: ");
	addr_port(o, &ev->map.old_src, ev->map.old_sport);
	out_lit(o, " to ");
	addr_port(o, &ev->map.new_src, ev->map.new_sport);
	out_char(o, '\n');
	one_sa(o, s, &ev->sa, 0);
}

static void counters(struct out *o, const struct xfrm_event *ev)
{
	const struct xfrm_sa *sa = &ev->sa;
	char buf[XSA_STRLEN];

	out_printf(o, "\t%s reqid=%u\n", xfrm_sa_str(sa, buf, sizeof(buf)),
		   sa->reqid);
	out_printf(o, "\tseq=0x%08x%08x oseq=0x%08x%08x\n", sa->replay.seq_hi,
		   sa->replay.seq, sa->replay.oseq_hi, sa->replay.oseq);
	out_printf(o, "\tbytes=%llu packets=%llu\n",
		   (unsigned long long)sa->cur.bytes,
		   (unsigned long long)sa->cur.packets);
}

/* A deletion names its SA; a request for one has no more than the name. */
static void sa_name(struct out *o, const struct show *s,
		    const struct xfrm_sa *sa)
{
	char buf[XSA_STRLEN];

	if (sa->enc.name || sa->auth.name || sa->comp.name ||
	    sa->cur.add_time)
		one_sa(o, s, sa, 0);
	else
		out_printf(o, "\t%s\n", xfrm_sa_str(sa, buf, sizeof(buf)));
}

static void defaults(struct out *o, const struct xfrm_defpol *d)
{
	static const char *const names[] = { "unchanged", "discard", "none",
					     "?" };

	out_printf(o, "\tin %s fwd %s out %s\n", names[d->in < 3 ? d->in : 3],
		   names[d->fwd < 3 ? d->fwd : 3],
		   names[d->out < 3 ? d->out : 3]);
}

static void spdinfo(struct out *o, const struct xfrm_spdinfo *i)
{
	out_printf(o, "\tpolicies in=%u out=%u fwd=%u", i->in, i->out, i->fwd);
	out_printf(o, " sockets in=%u out=%u\n", i->sock_in, i->sock_out);
	out_printf(o, "\tbuckets=%u limit=%u\n", i->hash, i->hash_max);
	if (i->has_thresh)
		out_printf(o, "\tthresholds -4 %u %u -6 %u %u\n", i->v4_local,
			   i->v4_remote, i->v6_local, i->v6_remote);
}

void show_event(struct out *o, const struct show *s,
		const struct xfrm_event *ev)
{
	char buf[XNAME_STRLEN];

	out_str(o, xfrm_event_name(ev->type));
	if (ev->type == XEV_SA_EXPIRE || ev->type == XEV_POL_EXPIRE)
		out_str(o, ev->hard ? " hard" : " soft");
	else if (ev->type == XEV_SA_FLUSH)
		out_printf(o, " %s",
			   ev->proto ? xname_proto(ev->proto, buf) : "any");
	else if (ev->type == XEV_POL_FLUSH)
		out_str(o, ev->pol.ptype == XFRM_POLICY_TYPE_SUB ? " sub" :
								   " main");
	out_printf(o, " seq=%u pid=%u\n", ev->seq, ev->port);
	switch (ev->type) {
	case XEV_ACQUIRE:
		acquire(o, s, ev);
		break;
	case XEV_SA_EXPIRE:
	case XEV_SA_NEW:
	case XEV_SA_UPDATE:
	case XEV_SA_DELETE:
		sa_name(o, s, &ev->sa);
		break;
	case XEV_POL_EXPIRE:
	case XEV_POL_NEW:
	case XEV_POL_UPDATE:
	case XEV_POL_DELETE:
		one_policy(o, s, &ev->pol, 0);
		break;
	case XEV_SA_FLUSH:
	case XEV_POL_FLUSH:
	case XEV_COUNT:
		break;
	case XEV_MIGRATE:
		migrate(o, ev);
		break;
	case XEV_REPORT:
		out_printf(o, "\tno policy for %s ",
			   xname_proto(ev->proto, buf));
		show_selector(o, &ev->pol.sel);
		out_char(o, '\n');
		break;
	case XEV_MAPPING:
		mapping(o, s, ev);
		break;
	case XEV_AEVENT:
		out_printf(o, "\tcause=0x%x\n", ev->ae_flags);
		counters(o, ev);
		break;
	case XEV_SADINFO:
		out_printf(o, "\tsas=%u buckets=%u limit=%u\n",
			   ev->sadinfo.count, ev->sadinfo.hash,
			   ev->sadinfo.hash_max);
		break;
	case XEV_SPDINFO:
		spdinfo(o, &ev->spdinfo);
		break;
	case XEV_DEFAULT:
		defaults(o, &ev->defpol);
		break;
	}
}

void show_message(struct out *o, const struct show *s,
		  const struct xmsg_view *v)
{
	char buf[XNAME_STRLEN];
	struct xmsg_error e;
	struct xfrm_event ev;

	if (v->type == NLMSG_ERROR && !xmsg_parse_error(v, &e)) {
		out_printf(o, "%s seq=%u", e.err ? "refused" : "done", v->seq);
		if (e.err)
			out_printf(o, " %s", strerror(-e.err));
		if (e.text[0])
			out_printf(o, ": %s", e.text);
		out_char(o, '\n');
	} else if (v->type == NLMSG_DONE) {
		out_printf(o, "end seq=%u\n", v->seq);
	} else if (!xfrm_event_parse(v, &ev)) {
		show_event(o, s, &ev);
	} else {
		out_printf(o, "%s seq=%u length=%zu\n",
			   xname_msg(v->type, buf), v->seq, v->body.left);
	}
}

void show_hex(struct out *o, const struct xmsg_view *v)
{
	struct cur c = v->body;
	const uint8_t *p;
	size_t at = 0, n;

	out_printf(o, "type=%u flags=0x%x seq=%u pid=%u\n", v->type, v->flags,
		   v->seq, v->port);
	while (c.left) {
		n = c.left < 16 ? c.left : 16;
		if (cur_bytes(&c, n, &p))
			break;
		out_hex32(o, (uint32_t)at);
		out_lit(o, ": ");
		out_hexstr(o, p, n);
		out_char(o, '\n');
		at += n;
	}
}

void show_trace(struct out *o, const struct show *s, bool sent, bool hex,
		const struct xmsg_view *v)
{
	if (sent)
		out_lit(o, "sent ");
	else
		out_lit(o, "received ");
	if (hex)
		show_hex(o, v);
	show_message(o, s, v);
	out_char(o, '\n');
}
