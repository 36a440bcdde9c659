/* SPDX-License-Identifier: MIT */
/* files - see files.h.  gnutls_load_file has no limit and names no reason. */
#include <config.h>

#include "core/chain/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
read_all(int fd, size_t max, gnutls_datum_t *out)
{
	struct stat st;
	size_t len = 0;

	if (fstat(fd, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	if ((uintmax_t)st.st_size > max)
		return "too large";
	out->data = gnutls_malloc((size_t)st.st_size + 1);
	if (!out->data)
		return "no memory";
	while (len < (size_t)st.st_size) {
		ssize_t n = read(fd, out->data + len, (size_t)st.st_size - len);

		if (n < 0)
			return strerror(errno);
		if (n == 0)
			break;
		len += (size_t)n;
	}
	out->data[len] = '\0';
	out->size = (unsigned int)len;
	return len > 0 ? NULL : "empty file";
}

bool
file_load(const char *path, size_t max, gnutls_datum_t *out, struct buf *messages)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *why;

	*out = (gnutls_datum_t){ NULL, 0 };
	why = fd < 0 ? strerror(errno) : read_all(fd, max, out);
	if (fd >= 0)
		close(fd);
	if (!why)
		return true;
	gnutls_free(out->data);
	*out = (gnutls_datum_t){ NULL, 0 };
	buf_putf(messages, "error: %s: %s (allowed: a readable file of at most %zu bytes)\n",
		 path, why, max);
	return false;
}

gnutls_x509_crt_fmt_t
file_format(const gnutls_datum_t *data)
{
	return memmem(data->data, data->size, "-----BEGIN", 10) ? GNUTLS_X509_FMT_PEM
								 : GNUTLS_X509_FMT_DER;
}
