/* SPDX-License-Identifier: MIT */
/*
 * selfsigned - makes and keeps a self-signed server certificate.
 *
 * A lock file serialises processes that start at the same time; each file is
 * written under another name and renamed.  A crash between the two leaves a
 * pair that does not match, which is made anew.  Must not know the
 * configuration or a connection.
 */
#include <config.h>

#include "core/handshake/selfsigned.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "trace/buf.h"

#define DAY (24 * 60 * 60)
#define VALID_DAYS 397
#define RENEW_DAYS 7		/* before the end */
#define CLOCK_SKEW (60 * 60)	/* clients whose clock is behind */
#define FILE_MAX 65536
#define COMMON_NAME_MAX 64	/* RFC 5280, upper bound of commonName */

struct pair {			/* what is being made or looked at */
	const char *name;		/* host name or address */
	char cert_path[512], key_path[512];
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
	struct buf *error;		/* borrowed */
};

static int
fail(struct pair *p, const char *path, const char *what)
{
	buf_putf(p->error, "%s: %s", path, what);
	return -1;
}

/* ---- names ---- */

/* The machine's name as DNS or /etc/hosts has it in full, else its own. */
static void
machine_name(char *out, size_t size)
{
	struct addrinfo hints = { .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	const char *found = NULL;

	if (gethostname(out, size) < 0 || !*out)
		snprintf(out, size, "localhost");
	out[size - 1] = '\0';
	if (getaddrinfo(out, NULL, &hints, &list) == 0)
		found = list->ai_canonname;
	if (found && strchr(found, '.') && strlen(found) < size)
		snprintf(out, size, "%s", found);
	if (list)
		freeaddrinfo(list);
}

/* Bytes of a numeric address; 0 = it is a host name. */
static unsigned int
address_bytes(const char *name, unsigned char out[static 16])
{
	if (inet_pton(AF_INET, name, out) == 1)
		return 4;
	return inet_pton(AF_INET6, name, out) == 1 ? 16 : 0;
}

static int
set_paths(struct pair *p, const char *folder)
{
	char plain[256];
	size_t i;
	int n, m;

	for (i = 0; p->name[i] && i < sizeof(plain) - 1; i++)
		plain[i] = strchr("/\\:*?", p->name[i]) ? '_' : p->name[i];
	plain[i] = '\0';
	n = snprintf(p->cert_path, sizeof(p->cert_path), "%s/self-signed-%s.pem", folder, plain);
	m = snprintf(p->key_path, sizeof(p->key_path), "%s/self-signed-%s.key", folder, plain);
	if (n < 0 || m < 0 || (size_t)n >= sizeof(p->cert_path) || (size_t)m >= sizeof(p->key_path))
		return fail(p, folder, "the path is too long");
	return 0;
}

/* ---- files ---- */

/* mkdir -p; what is made belongs to the owner alone. */
static int
make_folder(struct pair *p, const char *folder)
{
	char path[512];
	size_t len = strlen(folder);

	if (!len || len >= sizeof(path))
		return fail(p, folder, len ? "the path is too long" : "there is no state folder");
	memcpy(path, folder, len + 1);
	for (char *at = path + 1;; at++) {
		char c = *at;

		if (c && c != '/')
			continue;
		*at = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return fail(p, path, strerror(errno));
		*at = c;
		if (!c)
			return 0;
	}
}

static int
lock_folder(struct pair *p, const char *folder)
{
	char path[600];
	int fd;

	snprintf(path, sizeof(path), "%s/.self-signed.lock", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(p, path, strerror(errno));
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR) {
			fail(p, path, strerror(errno));
			close(fd);
			return -1;
		}
	return fd;
}

static int
write_file(struct pair *p, const char *path, const gnutls_datum_t *pem, mode_t mode)
{
	char temporary[600];
	int fd, error;

	snprintf(temporary, sizeof(temporary), "%s.%ld.tmp", path, (long)getpid());
	unlink(temporary);	/* left by a crash */
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return fail(p, temporary, strerror(errno));
	error = -buf_write(fd, pem->data, pem->size);
	if (!error && fsync(fd) < 0)
		error = errno;
	if (close(fd) < 0 && !error)
		error = errno;
	if (!error && rename(temporary, path) < 0)
		error = errno;
	if (!error)
		return 0;
	unlink(temporary);
	return fail(p, path, strerror(error));
}

/* 1 = read, 0 = there is none, -1 = an error.  out->data is freed by the caller. */
static int
read_file(struct pair *p, const char *path, gnutls_datum_t *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return fail(p, path, strerror(errno));
	out->data = malloc(FILE_MAX);
	do {
		n = out->data ? read(fd, out->data + len, FILE_MAX - len) : -1;
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len < FILE_MAX);
	close(fd);
	out->size = (unsigned int)len;
	if (n == 0)
		return 1;
	return fail(p, path, n < 0 ? strerror(errno) : "it is too large for a certificate or key");
}

/* ---- keeping ---- */

static int
import_pair(struct pair *p, const gnutls_datum_t *cert, const gnutls_datum_t *key)
{
	static const char advice[] = "; remove the file to have a new pair made";
	char text[160];
	int r = gnutls_x509_crt_import(p->crt, cert, GNUTLS_X509_FMT_PEM);

	if (r < 0) {
		snprintf(text, sizeof(text), "no certificate: %.60s%s", gnutls_strerror(r), advice);
		return fail(p, p->cert_path, text);
	}
	r = gnutls_x509_privkey_import(p->key, key, GNUTLS_X509_FMT_PEM);
	if (r < 0) {
		snprintf(text, sizeof(text), "no private key: %.60s%s", gnutls_strerror(r), advice);
		return fail(p, p->key_path, text);
	}
	return 1;
}

static bool
is_pair(const struct pair *p)
{
	unsigned char a[32], b[32];
	size_t a_len = sizeof(a), b_len = sizeof(b);

	return gnutls_x509_crt_get_key_id(p->crt, GNUTLS_KEYID_USE_SHA256, a, &a_len) == 0 &&
	       gnutls_x509_privkey_get_key_id(p->key, GNUTLS_KEYID_USE_SHA256, b, &b_len) == 0 &&
	       a_len == b_len && !memcmp(a, b, a_len);
}

static bool
has_name(const struct pair *p)
{
	unsigned char ip[16];
	unsigned int n = address_bytes(p->name, ip);

	if (n)
		return gnutls_x509_crt_check_ip(p->crt, ip, n, 0);
	return gnutls_x509_crt_check_hostname2(p->crt, p->name,
					       GNUTLS_VERIFY_DO_NOT_ALLOW_IP_MATCHES);
}

/* 1 = the kept pair is good, 0 = a new one is wanted, -1 = an error. */
static int
load_pair(struct pair *p)
{
	gnutls_datum_t cert = { NULL, 0 }, key = { NULL, 0 };
	time_t now = time(NULL);
	int r = read_file(p, p->cert_path, &cert);

	if (r == 1)
		r = read_file(p, p->key_path, &key);
	if (r == 1)
		r = import_pair(p, &cert, &key);
	if (r == 1)
		r = is_pair(p) && has_name(p) &&
		    gnutls_x509_crt_get_activation_time(p->crt) <= now &&
		    gnutls_x509_crt_get_expiration_time(p->crt) >= now + RENEW_DAYS * DAY;
	if (key.data)
		gnutls_memset(key.data, 0, key.size);
	free(key.data);
	free(cert.data);
	return r;
}

/* ---- making ---- */

static int
set_names(struct pair *p)
{
	static const char other[] = "frebproxy";
	unsigned char ip[16];
	unsigned int n = address_bytes(p->name, ip);
	const char *cn = strlen(p->name) <= COMMON_NAME_MAX ? p->name : other;
	int r = gnutls_x509_crt_set_dn_by_oid(p->crt, GNUTLS_OID_X520_COMMON_NAME, 0, cn,
					      (unsigned int)strlen(cn));

	if (r < 0)
		return r;
	if (n)
		return gnutls_x509_crt_set_subject_alt_name(p->crt, GNUTLS_SAN_IPADDRESS, ip, n,
							    GNUTLS_FSAN_SET);
	return gnutls_x509_crt_set_subject_alt_name(p->crt, GNUTLS_SAN_DNSNAME, p->name,
						    (unsigned int)strlen(p->name),
						    GNUTLS_FSAN_SET);
}

static int
set_facts(struct pair *p)
{
	unsigned char serial[16], id[32];
	size_t id_len = sizeof(id);
	time_t from = time(NULL) - CLOCK_SKEW;
	int r = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

	serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);	/* positive, full length */
	if (r < 0 || (r = gnutls_x509_crt_set_version(p->crt, 3)) < 0 ||
	    (r = gnutls_x509_crt_set_serial(p->crt, serial, sizeof(serial))) < 0 ||
	    (r = gnutls_x509_crt_set_key(p->crt, p->key)) < 0 ||
	    (r = gnutls_x509_crt_set_activation_time(p->crt, from)) < 0 ||
	    (r = gnutls_x509_crt_set_expiration_time(p->crt, from + VALID_DAYS * DAY)) < 0 ||
	    (r = gnutls_x509_crt_set_basic_constraints(p->crt, 0, -1)) < 0 ||
	    (r = gnutls_x509_crt_set_key_usage(p->crt, GNUTLS_KEY_DIGITAL_SIGNATURE)) < 0 ||
	    (r = gnutls_x509_crt_set_key_purpose_oid(p->crt, GNUTLS_KP_TLS_WWW_SERVER, 0)) < 0 ||
	    (r = gnutls_x509_crt_get_key_id(p->crt, GNUTLS_KEYID_USE_SHA1, id, &id_len)) < 0)
		return r;
	return gnutls_x509_crt_set_subject_key_id(p->crt, id, id_len);
}

static int
make_pair(struct pair *p)
{
	const unsigned int bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
	gnutls_datum_t cert = { NULL, 0 }, key = { NULL, 0 };
	int r, written = -1;

	/* load_pair may have filled them */
	gnutls_x509_crt_deinit(p->crt);
	gnutls_x509_privkey_deinit(p->key);
	p->crt = NULL;
	p->key = NULL;
	if ((r = gnutls_x509_crt_init(&p->crt)) < 0 ||
	    (r = gnutls_x509_privkey_init(&p->key)) < 0 ||
	    (r = gnutls_x509_privkey_generate(p->key, GNUTLS_PK_ECDSA, bits, 0)) < 0 ||
	    (r = set_facts(p)) < 0 || (r = set_names(p)) < 0 ||
	    (r = gnutls_x509_crt_sign2(p->crt, p->crt, p->key, GNUTLS_DIG_SHA256, 0)) < 0 ||
	    (r = gnutls_x509_privkey_export2_pkcs8(p->key, GNUTLS_X509_FMT_PEM, NULL,
						   GNUTLS_PKCS_PLAIN, &key)) < 0 ||
	    (r = gnutls_x509_crt_export2(p->crt, GNUTLS_X509_FMT_PEM, &cert)) < 0)
		fail(p, p->cert_path, gnutls_strerror(r));
	else if (write_file(p, p->key_path, &key, 0600) == 0 &&
		 write_file(p, p->cert_path, &cert, 0644) == 0)
		written = 0;
	if (key.data)
		gnutls_memset(key.data, 0, key.size);
	gnutls_free(key.data);
	gnutls_free(cert.data);
	return written;
}

static int
hand_over(struct pair *p, char **cert_path, char **key_path, char fingerprint[static 65])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sha[32];
	size_t len = sizeof(sha);
	int r = gnutls_x509_crt_get_fingerprint(p->crt, GNUTLS_DIG_SHA256, sha, &len);

	if (r < 0)
		return fail(p, p->cert_path, gnutls_strerror(r));
	for (size_t i = 0; i < sizeof(sha); i++) {
		fingerprint[2 * i] = digits[sha[i] >> 4];
		fingerprint[2 * i + 1] = digits[sha[i] & 15];
	}
	fingerprint[64] = '\0';
	*cert_path = strdup(p->cert_path);
	*key_path = strdup(p->key_path);
	if (*cert_path && *key_path)
		return 0;
	free(*cert_path);
	free(*key_path);
	*cert_path = *key_path = NULL;
	return fail(p, p->cert_path, strerror(ENOMEM));
}

int
selfsigned_ensure(const char *state_dir, const char *name, char **cert_path, char **key_path,
		  char fingerprint_sha256[static 65], struct buf *error)
{
	struct pair p = { .name = name, .error = error };
	char machine[256];
	int lock = -1, r = -1;

	*cert_path = *key_path = NULL;
	fingerprint_sha256[0] = '\0';
	if (!name || !*name) {
		machine_name(machine, sizeof(machine));
		p.name = machine;
	}
	if (make_folder(&p, state_dir) < 0 || set_paths(&p, state_dir) < 0)
		return -1;
	lock = lock_folder(&p, state_dir);
	if (lock < 0)
		return -1;
	if (gnutls_x509_crt_init(&p.crt) < 0 || gnutls_x509_privkey_init(&p.key) < 0) {
		fail(&p, p.cert_path, strerror(ENOMEM));
		goto out;
	}
	r = load_pair(&p);
	if (r == 0)
		r = make_pair(&p);
	if (r >= 0)
		r = hand_over(&p, cert_path, key_path, fingerprint_sha256);
out:
	if (p.crt)
		gnutls_x509_crt_deinit(p.crt);
	if (p.key)
		gnutls_x509_privkey_deinit(p.key);
	close(lock);
	return r;
}
