/* client.h - who is at the other end of a request: through the proxies that we trust, the address that it came from.
 *
 * A proxy appends to X-Forwarded-For whom it talks to, and anybody may write into it what they like before. So it is read
 * from its end, as long as it was a trusted proxy that wrote. Pure but for reading the request; loop thread.
 */
#ifndef OPSGATE_CLIENT_H
#define OPSGATE_CLIENT_H

#include "bot/base/network.h"
#include "bot/shell/http_in.h"

/* `peer` is who connected ("192.0.2.7:4711"), `forwarded` all of X-Forwarded-For; `proxies` are ranges. False: it has no
 * address (a Unix socket), or a proxy that we trust says nothing that makes sense. */
bool client_address(struct str peer, struct str forwarded, const char *const *proxies, size_t proxies_count,
                    struct address *ret_address);

/* May it come from there? Anybody may, when `networks` is empty. */
bool client_is_allowed(const struct http_request *request, const char *const *proxies, size_t proxies_count,
                       const char *const *networks, size_t networks_count);

#endif
