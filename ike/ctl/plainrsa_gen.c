/* SPDX-License-Identifier: BSD-2-Clause */
/* plainrsa-gen: makes RSA keys for racoon that need no certificate. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ike/crypto/rsakey.h"
#include "ike/crypto/sig.h"
#include "libxfrm/base/err.h"

#define DEFAULT_BITS 2048
#define DEFAULT_EXPONENT 65537
#define INPUT_MAX 65536
#define OUTPUT_MAX 65536

struct options {
	unsigned long bits;
	unsigned long long exponent;
	const char *output, *input;
};

__attribute__((format(printf, 1, 2))) static int fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: plainrsa-gen [-b bits] [-e exponent] [-f output]\n"
		"       plainrsa-gen -i input [-f output]\n"
		"  -b bits      length of the new key, %d to %d (default %d)\n"
		"  -e exponent  public exponent, odd (default %d)\n"
		"  -f output    file to create, instead of standard output\n"
		"  -i input     convert this RSA key in PEM\n",
		IKE_RSA_MIN_BITS, IKE_RSA_MAX_BITS, DEFAULT_BITS,
		DEFAULT_EXPONENT);
	return 1;
}

/* A whole number, decimal or 0x…, no more than max */
static bool get_number(const char *text, unsigned long long max,
		       unsigned long long *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 0);
	return *text >= '0' && *text <= '9' && !*end && !errno && *out <= max;
}

/* 0 to go on, else the exit status plus one */
static int get_options(int argc, char **argv, struct options *o)
{
	unsigned long long n;
	int c;

	while ((c = getopt(argc, argv, "b:e:f:hi:")) != -1) {
		switch (c) {
		case 'b':
			if (!get_number(optarg, IKE_RSA_MAX_BITS, &n) ||
			    n < IKE_RSA_MIN_BITS)
				return 1 + fail("-b %s: a key has %d to %d bits",
						optarg, IKE_RSA_MIN_BITS,
						IKE_RSA_MAX_BITS);
			o->bits = (unsigned long)n;
			break;
		case 'e':
			if (!get_number(optarg, UINT64_MAX, &o->exponent) ||
			    o->exponent < 3 || !(o->exponent & 1))
				return 1 + fail("-e %s: an exponent is odd, "
						"and 3 at least", optarg);
			break;
		case 'f':
			o->output = optarg;
			break;
		case 'i':
			o->input = optarg;
			break;
		default: /* -h, and what getopt() has complained about */
			return 1 + usage();
		}
	}
	return optind < argc ? 1 + usage() : 0;
}

static void put_base64(struct wbuf *w, struct cur c)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789+/";

	while (c.left) {
		size_t n = c.left < 3 ? c.left : 3;
		uint32_t bits = 0;
		uint8_t b;

		for (int i = 0; i < 3; i++) {
			b = 0;
			(void)cur_u8(&c, &b);
			bits = bits << 8 | b;
		}
		for (size_t i = 0; i < 4; i++)
			wbuf_u8(w, i > n ? '=' :
				   (uint8_t)set[bits >> (18 - 6 * i) & 63]);
	}
}

/* The public key in one word: RFC 2537's layout in base64 */
static int put_public(struct wbuf *w, const struct ike_rsa_numbers *k)
{
	const struct secret *n = &k->part[IKE_RSA_MODULUS];
	const struct secret *e = &k->part[IKE_RSA_PUBLIC_EXPONENT];
	struct wbuf blob;
	int rc;

	if (e->len > 255)
		return XE_RANGE;
	wbuf_init(&blob, OUTPUT_MAX);
	wbuf_u8(&blob, (uint8_t)e->len);
	wbuf_put(&blob, e->p, e->len);
	wbuf_put(&blob, n->p, n->len);
	wbuf_put(w, "0s", 2);
	put_base64(w, wbuf_cur(&blob));
	rc = blob.err ? blob.err : w->err;
	wbuf_free(&blob);
	return rc;
}

static void put_hex(struct wbuf *w, const struct secret *s)
{
	struct cur c = cur_init(s->p, s->len);
	uint8_t b;

	wbuf_put(w, "0x", 2);
	while (!cur_u8(&c, &b))
		wbuf_printf(w, "%02x", b);
}

static int put_key(struct wbuf *w, const struct ike_rsa_numbers *k)
{
	static const char *const names[IKE_RSA_PARTS] = {
		"Modulus", "PublicExponent", "PrivateExponent", "Prime1",
		"Prime2", "Exponent1", "Exponent2", "Coefficient",
	};
	int rc;

	wbuf_printf(w, k->private ? "# : PUB " : ": PUB ");
	rc = put_public(w, k);
	wbuf_u8(w, '\n');
	if (rc || !k->private)
		return rc ? rc : w->err;
	wbuf_printf(w, ": RSA\t{\n\t# RSA %u bits\n\t# pubkey=", k->bits);
	rc = put_public(w, k);
	wbuf_u8(w, '\n');
	for (int i = 0; i < IKE_RSA_PARTS; i++) {
		wbuf_printf(w, "\t%s: ", names[i]);
		put_hex(w, &k->part[i]);
		wbuf_u8(w, '\n');
	}
	wbuf_printf(w, "  }\n");
	return rc ? rc : w->err;
}

/* All of a file that is no symbolic link */
static int read_file(const char *path, struct wbuf *w)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	uint8_t buf[4096];
	ssize_t n;

	if (fd < 0)
		return fail("%s: %s", path, errno == ELOOP ?
			    "this is a symbolic link" : strerror(errno));
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		wbuf_put(w, buf, (size_t)n);
	if (n < 0)
		fail("%s: %s", path, strerror(errno));
	else if (w->err)
		fail("%s: %s", path, xe_str(w->err));
	secret_wipe(buf, sizeof(buf));
	close(fd);
	return n < 0 || w->err;
}

static int convert(struct ike_crypto *cr, const char *path,
		   struct ike_rsa_numbers *k)
{
	struct wbuf w;
	int rc;

	wbuf_init(&w, INPUT_MAX);
	rc = read_file(path, &w);
	if (rc) {
		wbuf_free(&w);
		return rc;
	}
	rc = ike_rsa_read(cr, wbuf_cur(&w), k);
	wbuf_free(&w);
	if (rc == XE_AUTH)
		return fail("%s: the key is encrypted; decrypt it first",
			    path);
	if (rc == XE_UNSUPPORTED)
		return fail("%s: this is no RSA key of %d to %d bits", path,
			    IKE_RSA_MIN_BITS, IKE_RSA_MAX_BITS);
	if (rc)
		return fail("%s: convert_rsa_key: Only conversion from PEM at "
			    "this time", path);
	return 0;
}

static int write_all(int fd, const char *name, struct cur c)
{
	while (c.left) {
		ssize_t n = write(fd, c.p, c.left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail("%s: %s", name, strerror(errno));
		(void)cur_skip(&c, (size_t)n);
	}
	return 0;
}

/* Nobody else may read the file, not even while it is being written. */
static int write_file(const char *path, struct cur c)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
			    O_CLOEXEC, S_IRUSR | S_IWUSR);
	int rc;

	if (fd < 0 && errno == EEXIST)
		return fail("%s: file exists! Please use a different name.",
			    path);
	if (fd < 0)
		return fail("%s: %s", path, strerror(errno));
	rc = write_all(fd, path, c);
	if (!rc && fsync(fd) && errno != EINVAL)
		rc = fail("%s: %s", path, strerror(errno));
	if (close(fd) && !rc)
		rc = fail("%s: %s", path, strerror(errno));
	if (rc)
		unlink(path);
	return rc;
}

static void warn_weak(const struct ike_rsa_numbers *k)
{
	if (k->bits < IKE_RSA_WEAK_BITS)
		fprintf(stderr, "warning: a key of %u bits is too short to be "
			"safe; take %d or more\n", k->bits, IKE_RSA_WEAK_BITS);
	if (k->part[IKE_RSA_PUBLIC_EXPONENT].len < 3)
		fprintf(stderr, "warning: a small exponent invites forged "
			"signatures; take %d\n", DEFAULT_EXPONENT);
}

static int make(struct ike_crypto *cr, const struct options *o,
		struct ike_rsa_numbers *k)
{
	int rc;

	if (o->input)
		return convert(cr, o->input, k);
	rc = ike_rsa_generate(cr, (unsigned int)o->bits, o->exponent, k);
	return rc ? fail("no key could be generated: %s", xe_str(rc)) : 0;
}

int main(int argc, char **argv)
{
	struct options o = { .bits = DEFAULT_BITS,
			     .exponent = DEFAULT_EXPONENT };
	struct ike_rsa_numbers key = { 0 };
	struct ike_crypto *cr;
	struct wbuf w;
	int rc = get_options(argc, argv, &o);

	if (rc)
		return rc - 1;
	if (ike_crypto_new(&cr, NULL))
		return fail("OpenSSL does not work");
	wbuf_init(&w, OUTPUT_MAX);
	rc = make(cr, &o, &key);
	if (!rc) {
		warn_weak(&key);
		rc = put_key(&w, &key);
		if (rc)
			rc = fail("the key cannot be written: %s", xe_str(rc));
	}
	if (!rc)
		rc = o.output ? write_file(o.output, wbuf_cur(&w)) :
		     write_all(STDOUT_FILENO, "standard output", wbuf_cur(&w));
	wbuf_free(&w);
	ike_rsa_numbers_free(&key);
	ike_crypto_free(cr);
	return rc;
}
