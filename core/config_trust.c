/* SPDX-License-Identifier: MIT */
/*
 * config_trust - clientCertificates: who is believed, and where revocation is
 * looked up; what a site says of it.
 */
#include <config.h>

#include "core/config_build.h"

#include <string.h>

#define HOSTS_MAX 256

static bool
has_sources(const struct config_trust *t)
{
	return t->crl_count > 0 || t->crl_directory || t->fetch_crl || t->ocsp;
}

static void
refuse_host(struct build *b, const xmlNode *node, const char *item)
{
	struct buf quoted = BUF_INIT;

	value_quote(item, &quoted);
	tree_error(b->tree, node, ATTR_CLIENT_CERTIFICATES_fetchHosts, "%s; allowed: host names, "
		   "addresses, *.example.org, with ; between", buf_text(&quoted));
	buf_done(&quoted);
}

static void
build_fetch_hosts(struct build *b, const xmlNode *node, struct config_list *out)
{
	char *text = build_text(b, tree_text(node, ATTR_CLIENT_CERTIFICATES_fetchHosts));
	char *save = NULL;

	if (!*text)
		return;
	out->items = build_array(b, HOSTS_MAX, sizeof(*out->items), &out->count);
	out->count = 0;
	for (char *item = strtok_r(text, "; \t", &save); item && out->items;
	     item = strtok_r(NULL, "; \t", &save)) {
		struct buf reason = BUF_INIT;

		if (!value_check(VALUE_HOST, "1..253", item, "", &reason) ||
		    out->count == HOSTS_MAX)
			refuse_host(b, node, item);
		else
			out->items[out->count++] = item;
		buf_done(&reason);
	}
}

void
build_trust(struct build *b)
{
	const xmlNode *node = tree_child(tree_root(b->tree), ELEMENT_CLIENT_CERTIFICATES);
	struct config_trust *trust = &b->config->trust;
	/* as the words in config.def: auto, off, soft, hard */
	unsigned int word = tree_word(node, ATTR_CLIENT_CERTIFICATES_revocation);
	bool lists;

	trust->ca_files = build_files(b, node, ATTR_CLIENT_CERTIFICATES_caFile, &trust->ca_count);
	trust->intermediate_files = build_files(b, node, ATTR_CLIENT_CERTIFICATES_intermediatesFile,
						&trust->intermediate_count);
	trust->crl_files = build_files(b, node, ATTR_CLIENT_CERTIFICATES_crlFile,
				       &trust->crl_count);
	if (*tree_text(node, ATTR_CLIENT_CERTIFICATES_crlDirectory))
		trust->crl_directory =
			build_path(b, node, ATTR_CLIENT_CERTIFICATES_crlDirectory);
	trust->crl_reload = tree_seconds(node, ATTR_CLIENT_CERTIFICATES_crlReload);
	trust->crl_stale_refuses = tree_bool(node, ATTR_CLIENT_CERTIFICATES_staleCrlRefuses);
	trust->fetch_crl = tree_bool(node, ATTR_CLIENT_CERTIFICATES_fetchCrl);
	trust->ocsp = tree_bool(node, ATTR_CLIENT_CERTIFICATES_ocsp);
	trust->ocsp_nonce = tree_bool(node, ATTR_CLIENT_CERTIFICATES_ocspNonce);
	trust->fetch_timeout = tree_seconds(node, ATTR_CLIENT_CERTIFICATES_fetchTimeout);
	build_fetch_hosts(b, node, &trust->fetch_hosts);
	lists = has_sources(trust);
	if (word)
		trust->revocation = (enum revocation_mode)(word - 1);
	else
		trust->revocation = lists ? REVOCATION_SOFT : REVOCATION_OFF;
	if (trust->revocation == REVOCATION_HARD && !lists)
		tree_error(b->tree, node, ATTR_CLIENT_CERTIFICATES_revocation,
			   "hard without revocation lists refuses every certificate; "
			   "allowed: hard with crlFile, crlDirectory, fetchCrl or ocsp; soft; "
			   "off");
	if (trust->revocation == REVOCATION_OFF && lists)
		tree_warning(b->tree, node, ATTR_CLIENT_CERTIFICATES_revocation,
			     "off: the revocation lists are not looked at");
}

static const xmlNode *
runtime_of(const xmlNode *node)
{
	return tree_child(tree_child(node, ELEMENT_WEB_SERVER), ELEMENT_SERVER_RUNTIME);
}

static void
build_late(struct build *b, const xmlNode *node, const xmlNode *whole, struct config_site *site)
{
	const enum config_attribute size = ATTR_SERVER_RUNTIME_uploadReadAheadSize;
	const xmlNode *own = build_pick(runtime_of(node), runtime_of(whole), size);

	own = build_pick(own, runtime_of(tree_root(b->tree)), size);
	site->access.read_ahead = (size_t)tree_number(own, size);
	site->late_certificate = tree_word(node, ATTR_SITE_lateCertificate) == 1;
	b->config->late_certificate |= site->late_certificate;
}

void
build_location_late(struct build *b, const xmlNode *node, const struct config_site *site,
		    struct config_access *access)
{
	const enum config_attribute size = ATTR_SERVER_RUNTIME_uploadReadAheadSize;
	const xmlNode *own = build_pick(runtime_of(node), NULL, size);

	if (own && !access)
		tree_warning(b->tree, own, size, "not looked at: the location has no access; "
			     "write it where the certificate is required");
	if (access)
		access->read_ahead = own ? (size_t)tree_number(own, size)
					 : site->access.read_ahead;
}

void
build_site_trust(struct build *b, const xmlNode *node, const xmlNode *whole,
		 struct config_site *site)
{
	/* as the words in config.def: inherit, off, soft, hard */
	unsigned int word = tree_word(node, ATTR_SITE_revocation);

	site->trust = b->config->trust;
	build_late(b, node, whole, site);
	if (word)
		site->trust.revocation = (enum revocation_mode)(word - 1);
	if (site->trust.revocation == REVOCATION_HARD && word && !has_sources(&site->trust))
		tree_error(b->tree, node, ATTR_SITE_revocation,
			   "hard without revocation lists refuses every certificate; allowed: "
			   "hard with crlFile, crlDirectory, fetchCrl or ocsp; soft; off");
}
