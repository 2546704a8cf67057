/* digest.h - which image does a tag name right now? (OCI Distribution 1.1, "Pulling manifests")
 *
 * READING_DIGEST, args registry_tag -> {digest: "sha256:…", image: "host/path@sha256:…"}, by HEAD of the manifest. An
 * image or a tag that is a digest already is answered without a call. registry.url, when set, replaces scheme and host;
 * Google's credential goes to Google's registries and to that address only. A tag that is not there ends it:
 * NEVER; or, when args say that it may be missing, is the answer {missing: true}.
 * Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_REGISTRY_DIGEST_H
#define OPSGATE_INTEGRATIONS_REGISTRY_DIGEST_H

#include "bot/model/exchange.h"

struct registry_image {
    struct str host, path, tag, digest; /* borrowed; tag and digest may be empty; digest without '@' */
};

/* "us-docker.pkg.dev/acme/images/api[:tag][@sha256:…]". The host must be written: it has a dot or a port.
 * ERR_INVALID quotes the reference. */
bool registry_image_parse(struct str text, struct registry_image *ret_image, struct error *err);
bool registry_digest_is_valid(struct str digest); /* "sha256:" and 64 lower-case hex digits */

struct exchange_step registry_digest_read(const struct exchange *exchange);

#endif
