/* SPDX-License-Identifier: MIT */
/* secret - see secret.h. */
#include <config.h>

#include "core/handshake/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_MIN 16u
#define KEY_MAX 4096u
#define OWN_BYTES 32u

void
secret_done(struct buf *key)
{
	if (key->data)
		gnutls_memset(key->data, 0, key->len);
	buf_done(key);
}

int
secret_read(const char *path, struct buf *out, struct buf *messages)
{
	char bytes[KEY_MAX + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
	int error = n < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
		n--;
	if (!error && ((size_t)n < KEY_MIN || (size_t)n > KEY_MAX))
		error = EINVAL;
	if (error)
		buf_putf(messages, "error: %s: the key cannot be used: %s; allowed: a file of %u "
				   "to %u bytes\n",
			 path, error == EINVAL ? "wrong size" : strerror(error), KEY_MIN, KEY_MAX);
	else
		buf_put(out, bytes, (size_t)n);
	gnutls_memset(bytes, 0, sizeof(bytes));
	return -error;
}

/* A new key under a name of its own, then a link: two processes that begin at once agree. */
static int
make_key(const char *path)
{
	unsigned char random[OWN_BYTES];
	char hex[2 * OWN_BYTES + 2], temporary[4096];
	int fd, error = 0;

	if (gnutls_rnd(GNUTLS_RND_KEY, random, sizeof(random)) < 0)
		return -EIO;
	for (size_t i = 0; i < OWN_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", random[i]);
	hex[sizeof(hex) - 2] = '\n';
	if (snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid()) >=
	    (int)sizeof(temporary))
		return -ENAMETOOLONG;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, hex, sizeof(hex) - 1) != (ssize_t)sizeof(hex) - 1)
		error = EIO;
	if (close(fd) < 0)
		error = errno;
	if (!error && link(temporary, path) < 0 && errno != EEXIST)
		error = errno;
	unlink(temporary);
	gnutls_memset(hex, 0, sizeof(hex));
	gnutls_memset(random, 0, sizeof(random));
	return -error;
}

int
secret_own(const char *folder, const char *name, struct buf *out, struct buf *messages)
{
	struct buf path = BUF_INIT;
	int r = 0;

	buf_putf(&path, "%s/%s", folder, name);
	if (path.error || !*folder)
		r = path.error ? -ENOMEM : -ENOENT;
	if (r == 0 && access(path.data, F_OK) < 0) {
		mkdir(folder, 0700); /* its parents are the operator's */
		r = make_key(path.data);
	}
	if (r < 0)
		buf_putf(messages, "error: %s: no key can be made: %s; allowed: "
				   "process/@stateDirectory that can be written, or a keyFile\n",
			 buf_text(&path), strerror(-r));
	else
		r = secret_read(path.data, out, messages);
	buf_done(&path);
	return r;
}

int
secret_hash(const struct buf *key, const void *data, size_t len, char out[static SECRET_HASH_TEXT])
{
	unsigned char hash[32];

	out[0] = '\0';
	if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, key->data, key->len, data, len, hash) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
	return 0;
}
