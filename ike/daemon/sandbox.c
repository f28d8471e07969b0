/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "ike/daemon/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef HAVE_CAPNG
#include <cap-ng.h>
#endif
#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

#include "libxfrm/base/err.h"

int sandbox_account(struct sandbox *sb)
{
	static const char *const names[] = { "racoon", "nobody" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct passwd *pw = getpwnam(names[i]);

		if (pw && pw->pw_uid) {
			sb->uid = pw->pw_uid;
			sb->gid = pw->pw_gid;
			return 0;
		}
	}
	return XE_NOTFOUND;
}

/* Leaves uid 0 and every capability behind. */
static int sandbox_identity(const struct sandbox *sb)
{
#ifdef HAVE_CAPNG
	/* Clears the bounding set too, which needs the capabilities. */
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_BOUNDS) < 0)
		return -EPERM;
#endif
	if (setgroups(0, NULL) < 0 || setresgid(sb->gid, sb->gid, sb->gid) < 0 ||
	    setresuid(sb->uid, sb->uid, sb->uid) < 0)
		return -errno;
	/* Root must be out of reach now. */
	if (setuid(0) == 0 || seteuid(0) == 0)
		return -EPERM;
	return 0;
}

int sandbox_enter(const struct sandbox *sb, const char **step)
{
	static const struct rlimit none = { 0, 0 };
	int r;

	*step = "account";
	if (!sb->uid)
		return XE_INVAL;
	*step = "core dumps";
	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	*step = "chroot";
	if (sb->chroot && (chroot(sb->chroot) < 0 || chdir("/") < 0))
		return -errno;
	*step = "identity";
	r = sandbox_identity(sb);
	if (r < 0)
		return r;
	*step = "no new privileges";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	*step = NULL;
	return 0;
}

#ifdef HAVE_SECCOMP
/*
 * The loop, sockets it was handed, memory, threads, time.  Nothing that opens
 * a file, makes a socket or starts a program; those get EPERM, so that a
 * library that tries one copes.  What another architecture calls by another
 * name stands here too, and is left out where there is none of that name.
 */
static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev),
	SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg), SCMP_SYS(recvmmsg_time64),
	SCMP_SYS(recvfrom), SCMP_SYS(recv), SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg), SCMP_SYS(sendto), SCMP_SYS(send),
	SCMP_SYS(accept4), SCMP_SYS(shutdown), SCMP_SYS(getsockopt),
	SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(close),
	SCMP_SYS(fcntl), SCMP_SYS(fcntl64), SCMP_SYS(dup), SCMP_SYS(fstat),
	SCMP_SYS(fstat64), SCMP_SYS(newfstatat), SCMP_SYS(fstatat64),
	SCMP_SYS(statx), SCMP_SYS(lseek), SCMP_SYS(_llseek),
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(ppoll_time64), SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_settime64), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(nanosleep), SCMP_SYS(time), SCMP_SYS(getrandom),
	SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(membarrier), SCMP_SYS(rseq),
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn), SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(getuid), SCMP_SYS(getuid32), SCMP_SYS(geteuid),
	SCMP_SYS(geteuid32), SCMP_SYS(getgid), SCMP_SYS(getgid32),
	SCMP_SYS(getegid), SCMP_SYS(getegid32), SCMP_SYS(getrusage),
	SCMP_SYS(uname), SCMP_SYS(exit), SCMP_SYS(exit_group),
#ifdef __s390x__
	SCMP_SYS(mmap),		/* by a struct, which a filter cannot see */
#endif
};

/* Memory that is no code; i386 has its arguments in a struct with mmap. */
static const int mapping[] = {
#if !defined(__s390x__) && !defined(__i386__)
	SCMP_SYS(mmap),
#endif
	SCMP_SYS(mmap2), SCMP_SYS(mprotect),
};

static int filter_rules(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp
		no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
		self = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid());
	int r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);

	for (size_t i = 0; !r && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; !r && i < sizeof(mapping) / sizeof(mapping[0]); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, mapping[i], 1,
				     no_exec);
	/* Signals (abort) to nobody else. */
	if (!r)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				     self);
	return r;
}
#endif

int sandbox_filter(bool *active)
{
	*active = false;
#ifdef HAVE_SECCOMP
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = ctx ? filter_rules(ctx) : XE_NOMEM;

	if (!r)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	*active = !r;
	return r;
#else
	return 0;
#endif
}
