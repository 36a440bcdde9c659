/* SPDX-License-Identifier: MIT */
/* scene - see scene.h. */
#include <config.h>

#include "tests/unit/scene.h"

#include <stdlib.h>

void
scene_make(struct scene *s, const struct wish *inter, const struct wish *leaf, bool trusted)
{
	char *folder = folder_make(), *file = folder_file(folder, "root.pem");
	struct wish i = *inter, l = *leaf;
	struct config_trust c = { .ca_files = &file, .ca_count = trusted };
	struct verify_cache *cache = verify_cache_new(8);
	struct buf messages = BUF_INIT;
	struct trust *t;

	party_make(&s->root, &(struct wish){ .dn = "CN=Root", .ca = true });
	i.dn = "CN=Issuing";
	i.ca = true;
	i.issuer = &s->root;
	party_make(&s->inter, &i);
	l.dn = l.dn ? l.dn : "CN=Anna";
	l.issuer = &s->inter;
	party_make(&s->leaf, &l);
	party_save(&s->root, file);
	t = trust_load(&c, &messages);
	s->fault = verify_chain(cache, t, &c, (gnutls_datum_t[]){ s->leaf.der, s->inter.der }, 2,
				PKI_NOW, NULL, &s->badge);
	trust_unref(t);
	verify_cache_free(cache);
	buf_done(&messages);
	free(file);
	folder_done(folder);
}

void
scene_done(struct scene *s)
{
	badge_unref(s->badge);
	party_done(&s->root);
	party_done(&s->inter);
	party_done(&s->leaf);
}
