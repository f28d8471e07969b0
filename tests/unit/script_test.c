/* SPDX-License-Identifier: BSD-2-Clause */
/* Hooks: which may run, with what, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "ike/daemon/loop.h"
#include "ike/daemon/script.h"
#include "libxfrm/base/err.h"

static void no_line(void *arg, enum log_level level, const char *line)
{
	snprintf(arg, 256, "%s", line);
}

/* Same key: one after the other; the environment is what was given. */
static void script_order(void **state)
{
	static const char sh[] =
		"#!/bin/sh\n[ $1 = phase1_up ] && sleep 0.2\n"
		"echo \"$1 $REMOTE_ID $PATH\" >> \"$LOCAL_ADDR\"\n"
		"env | grep -c HOME >> \"$LOCAL_ADDR\"\n";
	char dir[] = "/tmp/racoon-hook-XXXXXX", prog[64], out[64], var[96];
	char text[512] = "", line[256] = "";
	struct logger log = { LOG_LV_WARNING, no_line, line };
	const char *env[] = { var, "REMOTE_ID=a\nb", NULL };
	static const char *const bad[] = { "LD_PRELOAD=x", NULL };
	struct script_runner *sr;
	ssize_t n;
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(prog, sizeof(prog), "%s/hook", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	snprintf(var, sizeof(var), "LOCAL_ADDR=%s", out);
	fd = open(prog, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	assert_int_equal(write(fd, sh, sizeof(sh) - 1), sizeof(sh) - 1);
	close(fd);
	assert_int_equal(script_new(&sr, &log), 0);
	assert_int_equal(script_run(sr, prog, "phase1_up", 5, env),
			 XE_NOTFOUND);
	assert_int_equal(script_permit(sr, prog), 0);
	assert_int_equal(script_permit(sr, prog), 0);
	assert_int_equal(script_run(sr, prog, "phase1_up", 5, env), 0);
	assert_int_equal(script_run(sr, prog, "phase1_down", 5, env), 0);
	assert_int_equal(script_run(sr, "hook", "phase1_up", 5, env), XE_INVAL);
	assert_int_equal(script_run(sr, prog, "--help", 5, env), XE_INVAL);
	assert_int_equal(script_run(sr, prog, "phase1_up", 5, bad), XE_INVAL);
	script_wait(sr, 10000);
	fd = open(out, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(n > 0);
	assert_string_equal(text,
		"phase1_up a?b /usr/local/sbin:/usr/local/bin:/usr/sbin:"
		"/usr/bin:/sbin:/bin\n0\n"
		"phase1_down a?b /usr/local/sbin:/usr/local/bin:/usr/sbin:"
		"/usr/bin:/sbin:/bin\n0\n");
	unlink(prog);
	assert_int_equal(script_run(sr, prog, "phase1_dead", 6, env), 0);
	script_wait(sr, 10000);
	assert_non_null(strstr(line, "cannot be executed"));
	script_forbid(sr);
	assert_int_equal(script_run(sr, prog, "phase1_dead", 6, env),
			 XE_NOTFOUND);
	script_free(sr);
	unlink(out);
	rmdir(dir);
}

/* What ends by a new configuration runs the script of the old one still. */
static void script_renewed(void **state)
{
	const char *const env[] = { "LOCAL_ADDR=192.0.2.1", NULL };
	const struct logger log = { 0 };
	struct script_runner *sr;

	assert_int_equal(script_new(&sr, &log), 0);
	assert_int_equal(script_permit(sr, "/bin/true"), 0);
	assert_int_equal(script_permit(sr, "/bin/false"), 0);
	script_renew(sr);
	assert_int_equal(script_permit(sr, "/bin/false"), 0);
	assert_int_equal(script_run(sr, "/bin/true", "phase1_down", 1, env),
			 0);
	script_renew(sr);
	assert_int_equal(script_run(sr, "/bin/true", "phase1_down", 2, env),
			 XE_NOTFOUND);
	assert_int_equal(script_run(sr, "/bin/false", "phase1_down", 2, env),
			 0);
	script_wait(sr, 10000);
	script_free(sr);
}

/* Waiting ones have a limit, and are forgotten at the end. */
static void script_limit(void **state)
{
	const char *const env[] = { "LOCAL_ADDR=192.0.2.1", NULL };
	const struct logger log = { 0 };
	struct script_runner *sr;

	assert_int_equal(script_new(&sr, &log), 0);
	assert_int_equal(script_permit(sr, "/bin/true"), 0);
	for (unsigned int i = 0; i <= SCRIPT_WAITING_MAX; i++)
		assert_int_equal(script_run(sr, "/bin/true", "phase1_up", 7,
					    env), 0);
	assert_int_equal(script_run(sr, "/bin/true", "phase1_up", 8, env),
			 XE_LIMIT);
	assert_false(script_reaped(sr, 1, 0));
	script_free(sr);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* Many keys at once: no more side by side than may be, and all get done. */
static void script_many(void **state)
{
	const char *const env[] = { "LOCAL_ADDR=192.0.2.1", NULL };
	char line[256] = "";
	const struct logger log = { LOG_LV_WARNING, no_line, line };
	struct script_runner *sr;

	assert_int_equal(script_new(&sr, &log), 0);
	assert_int_equal(script_permit(sr, "/bin/true"), 0);
	for (unsigned int i = 0; i < 4 * SCRIPT_RUNNING_MAX; i++)
		assert_int_equal(script_run(sr, "/bin/true", "phase1_up",
					    i % (2 * SCRIPT_RUNNING_MAX), env),
				 0);
	assert_non_null(strstr(line, "others wait for them"));
	script_wait(sr, 60000);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	script_free(sr);
}

/* One that hangs is named once, with what waits for it, and is not killed. */
static void script_slow(void **state)
{
	static const char sh[] = "#!/bin/sh\nexec sleep 1000\n";
	const char *const env[] = { "LOCAL_ADDR=192.0.2.1", NULL };
	char prog[] = "/tmp/racoon-hook-XXXXXX", line[256] = "";
	const struct logger log = { LOG_LV_WARNING, no_line, line };
	struct script_runner *sr;
	uint64_t late;
	int fd = mkostemp(prog, O_CLOEXEC), pid, status;

	assert_int_equal(write(fd, sh, sizeof(sh) - 1), sizeof(sh) - 1);
	assert_int_equal(fchmod(fd, 0700), 0);
	close(fd);
	assert_int_equal(script_new(&sr, &log), 0);
	assert_int_equal(script_permit(sr, prog), 0);
	assert_int_equal(script_permit(sr, "/bin/true"), 0);
	assert_int_equal(script_run(sr, "/bin/true", "phase1_up", 1, env), 0);
	assert_int_equal(script_run(sr, prog, "phase1_up", 2, env), 0);
	assert_int_equal(script_run(sr, "/bin/true", "phase1_down", 2, env),
			 0);
	pid = wait(&status);
	assert_true(script_reaped(sr, pid, status));
	late = loop_now() + SCRIPT_SLOW_MS;
	assert_true(script_until(sr, loop_now()) <= late);
	assert_string_equal(line, "");
	assert_int_equal(script_until(sr, late), UINT64_MAX);
	assert_non_null(strstr(line, prog));
	assert_non_null(strstr(line, "the next one of this IKE SA waits"));
	assert_int_equal(sscanf(strstr(line, "process "), "process %d", &pid),
			 1);
	line[0] = '\0';
	assert_int_equal(script_until(sr, late), UINT64_MAX);
	assert_string_equal(line, "");
	assert_int_equal(kill(pid, SIGKILL), 0);
	script_wait(sr, 10000);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	script_free(sr);
	unlink(prog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(script_order),
		cmocka_unit_test(script_renewed),
		cmocka_unit_test(script_limit),
		cmocka_unit_test(script_many),
		cmocka_unit_test(script_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
