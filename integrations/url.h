/* url.h - addresses put together and taken apart. (RFC 3986) Pure; safe on any thread. */
#ifndef OPSGATE_INTEGRATIONS_URL_H
#define OPSGATE_INTEGRATIONS_URL_H

#include "bot/base/buf.h"

#define URL_MAX_BYTES 8192

void url_add_base(struct buf *buf, const char *base);   /* without its trailing slashes */
void url_add_encoded(struct buf *buf, struct str text); /* everything but A-Z a-z 0-9 - . _ ~ as %XX */
struct str url_origin(const char *url);                 /* "https://host:port" of an absolute one; empty otherwise */
struct str url_host(const char *url);                   /* "host"; empty when there is a user, or no host */
bool url_is_address(const char *url);                   /* has a host, and is of one line without spaces */

#endif
