/* SPDX-License-Identifier: MIT */
/* proxy_header - see proxy_header.h.  Strict: who sends it is a program. */
#include <config.h>

#include "core/handshake/proxy_header.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define V1_START "PROXY "
#define V1_START_LEN ((size_t)6)
#define V2_START_LEN ((size_t)12)
#define V2_FIXED_LEN ((size_t)16) /* signature, version and command, family, length */
#define TLV_HEAD_LEN ((size_t)3) /* type, length */
#define TLV_CRC32C 0x03
#define UNIX_PATH_LEN ((size_t)108)

static const unsigned char v2_start[V2_START_LEN] = "\r\n\r\n\0\r\nQUIT\n";

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static unsigned int
be16(const unsigned char *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

ssize_t
proxy_header_missing(const void *data, size_t len, const char **wrong)
{
	const unsigned char *p = data;
	bool v1 = memcmp(p, V1_START, smaller(len, V1_START_LEN)) == 0;
	bool v2 = memcmp(p, v2_start, smaller(len, V2_START_LEN)) == 0;
	size_t total;

	*wrong = "the first bytes are no PROXY header";
	if (!v1 && !v2)
		return -1;
	if (len < V1_START_LEN)
		return (ssize_t)(V1_START_LEN - len);
	if (v1) {
		if (p[len - 1] == '\n')
			return 0;
		*wrong = "the line of version 1 is longer than 107 bytes";
		return len < PROXY_V1_MAX ? 1 : -1;
	}
	if (len < V2_FIXED_LEN)
		return (ssize_t)(V2_FIXED_LEN - len);
	total = V2_FIXED_LEN + be16(p + 14);
	*wrong = "the header of version 2 is longer than 8192 bytes";
	return total > PROXY_HEADER_MAX ? -1 : (ssize_t)(total - len);
}

/* ---- version 1 ---- */

/* Decimal, without sign and leading zeros; -1 = it is none. */
static int
read_port(const char *text)
{
	int port = 0;
	size_t len = strlen(text);

	if (len == 0 || len > 5 || (len > 1 && text[0] == '0'))
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		port = port * 10 + (*text - '0');
	}
	return port > 65535 ? -1 : port;
}

static bool
set_v4(struct sockaddr_storage *out, const char *address, int port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;

	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, address, &in->sin_addr) == 1;
}

static bool
set_v6(struct sockaddr_storage *out, const char *address, int port)
{
	struct sockaddr_in6 *in = (struct sockaddr_in6 *)out;

	in->sin6_family = AF_INET6;
	in->sin6_port = htons((uint16_t)port);
	return inet_pton(AF_INET6, address, &in->sin6_addr) == 1;
}

/* "TCP4 from to port port"; the words are cut out of line. */
static const char *
read_words(struct proxy_header *h, char *line)
{
	char *word[5];
	int from, to;
	bool fine;

	for (size_t i = 0; i < 5; i++) {
		word[i] = strsep(&line, " ");
		if (!word[i] || !*word[i])
			return "the line of version 1 has not its five words with one space "
			       "between";
	}
	if (line)
		return "there is something behind the ports of version 1";
	if (strcmp(word[0], "TCP4") != 0 && strcmp(word[0], "TCP6") != 0)
		return "the family of version 1 is none of TCP4, TCP6, UNKNOWN";
	h->family = word[0][3] == '4' ? "TCP4" : "TCP6";
	from = read_port(word[3]);
	to = read_port(word[4]);
	if (from < 0 || to < 0)
		return "a port of version 1 is no number from 0 to 65535";
	if (h->family[3] == '4')
		fine = set_v4(&h->source, word[1], from) && set_v4(&h->destination, word[2], to);
	else
		fine = set_v6(&h->source, word[1], from) && set_v6(&h->destination, word[2], to);
	if (!fine)
		return "an address of version 1 is none of its family";
	h->has_addresses = true;
	return NULL;
}

static const char *
parse_v1(struct proxy_header *h, const char *data, size_t len)
{
	static const char unknown[] = "UNKNOWN";
	char line[PROXY_V1_MAX + 1];
	size_t n = sizeof(unknown) - 1;

	h->version = 1;
	if (len < V1_START_LEN + 2 || len > PROXY_V1_MAX || memcmp(data + len - 2, "\r\n", 2) != 0)
		return "the line of version 1 does not end with CR LF";
	len -= V1_START_LEN + 2;
	memcpy(line, data + V1_START_LEN, len);
	line[len] = '\0';
	if (strlen(line) != len || strpbrk(line, "\r\t"))
		return "the line of version 1 holds a control character";
	/* What stands behind UNKNOWN is for nobody. */
	if (strncmp(line, unknown, n) == 0 && (line[n] == '\0' || line[n] == ' '))
		return NULL;
	return read_words(h, line);
}

/* ---- version 2 ---- */

/* CRC32c (RFC 3720 B.4), bit by bit: headers are short and seldom have one. */
static uint32_t
crc32c(uint32_t crc, const unsigned char *p, size_t len)
{
	while (len--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return crc;
}

/* Over the whole header, with zeros where the sum itself stands. */
static bool
sum_is_right(const unsigned char *data, size_t len, size_t at)
{
	static const unsigned char zeros[4];
	const unsigned char *p = data + at;
	uint32_t said = (uint32_t)be16(p) << 16 | be16(p + 2);
	uint32_t crc = crc32c(UINT32_MAX, data, at);

	crc = crc32c(crc, zeros, sizeof(zeros));
	crc = crc32c(crc, data + at + sizeof(zeros), len - at - sizeof(zeros));
	return ~crc == said;
}

static const char *
skip_tlvs(struct proxy_header *h, const unsigned char *data, size_t len, size_t at)
{
	while (at < len) {
		size_t size;

		if (len - at < TLV_HEAD_LEN)
			return "an additional field of version 2 is cut off";
		size = be16(data + at + 1);
		if (len - at - TLV_HEAD_LEN < size)
			return "an additional field of version 2 goes past the end of the header";
		if (data[at] == TLV_CRC32C) {
			if (size != 4 || h->checked)
				return "there is not one CRC32c of 4 bytes";
			if (!sum_is_right(data, len, at + TLV_HEAD_LEN))
				return "the CRC32c is wrong";
			h->checked = true;
		}
		h->tlvs++;
		at += TLV_HEAD_LEN + size;
	}
	return NULL;
}

static void
take_v4(struct sockaddr_storage *out, const unsigned char *address, const unsigned char *port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;

	in->sin_family = AF_INET;
	memcpy(&in->sin_addr, address, 4);
	memcpy(&in->sin_port, port, 2);
}

static void
take_v6(struct sockaddr_storage *out, const unsigned char *address, const unsigned char *port)
{
	struct sockaddr_in6 *in = (struct sockaddr_in6 *)out;

	in->sin6_family = AF_INET6;
	memcpy(&in->sin6_addr, address, 16);
	memcpy(&in->sin6_port, port, 2);
}

/* Families by the high, transports by the low half of a byte. */
static const struct {
	const char *text[3]; /* unspecified, stream, datagram */
	size_t size; /* of the addresses */
} families[] = {
	{ { "UNKNOWN", "UNKNOWN", "UNKNOWN" }, 0 },
	{ { "UNKNOWN", "TCP4", "UDP4" }, 12 },
	{ { "UNKNOWN", "TCP6", "UDP6" }, 36 },
	{ { "UNKNOWN", "UNIX", "UNIX-DGRAM" }, 2 * UNIX_PATH_LEN },
};

static const char *
parse_v2(struct proxy_header *h, const unsigned char *data, size_t len)
{
	const unsigned char *p = data + V2_FIXED_LEN;
	unsigned int family = data[13] >> 4, transport = data[13] & 15;
	size_t size;

	h->version = 2;
	if (data[12] >> 4 != 2)
		return "the version is neither 1 nor 2";
	if ((data[12] & 15) > 1)
		return "the command of version 2 is neither LOCAL nor PROXY";
	h->local = (data[12] & 15) == 0;
	if (h->local) /* all of the rest is skipped */
		return NULL;
	if (family > 3 || transport > 2)
		return "the family of version 2 is not known";
	h->family = families[family].text[transport];
	if (family == 0 || transport == 0)
		return NULL;
	size = families[family].size;
	if (len - V2_FIXED_LEN < size)
		return "the header of version 2 is shorter than its addresses";
	if (family == 3) {
		memcpy(h->source_path, p, UNIX_PATH_LEN);
		memcpy(h->destination_path, p + UNIX_PATH_LEN, UNIX_PATH_LEN);
	} else if (transport == 1 && family == 1) {
		take_v4(&h->source, p, p + 8);
		take_v4(&h->destination, p + 4, p + 10);
	} else if (transport == 1) {
		take_v6(&h->source, p, p + 32);
		take_v6(&h->destination, p + 16, p + 34);
	}
	h->has_addresses = transport == 1 && family < 3;
	return skip_tlvs(h, data, len, V2_FIXED_LEN + size);
}

int
proxy_header_parse(struct proxy_header *h, const void *data, size_t len, const char **wrong)
{
	memset(h, 0, sizeof(*h));
	h->family = "UNKNOWN";
	if (len >= V2_FIXED_LEN && memcmp(data, v2_start, V2_START_LEN) == 0)
		*wrong = parse_v2(h, data, len);
	else if (len >= V1_START_LEN && memcmp(data, V1_START, V1_START_LEN) == 0)
		*wrong = parse_v1(h, data, len);
	else
		*wrong = "the first bytes are no PROXY header";
	return *wrong ? -1 : 0;
}
