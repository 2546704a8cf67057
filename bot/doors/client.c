#include "bot/doors/client.h"

#include "bot/base/buf.h"

#define FORWARDED_MAX_BYTES 8192

/* Ranges were checked when the configuration was read: what is none has nobody. */
static bool is_in(const char *const *networks, size_t count, const struct address *address)
{
    struct network network;
    struct error ignored;

    for (size_t i = 0; i < count; i++)
        if (network_parse(str_of(networks[i]), &network, &ignored) && network_has(&network, address))
            return true;
    return false;
}

/* Takes the last piece off the end of a list with commas. */
static struct str take_last(struct str *list)
{
    size_t at = list->len;
    struct str last;

    while (at > 0 && list->at[at - 1] != ',')
        at--;
    last = (struct str){ list->at + at, list->len - at };
    list->len = at > 0 ? at - 1 : 0;
    return str_trim(last);
}

bool client_address(struct str peer, struct str forwarded, const char *const *proxies, size_t proxies_count,
                    struct address *ret_address)
{
    struct address address;

    if (!address_parse(peer, &address))
        return false;
    while (forwarded.len > 0 && is_in(proxies, proxies_count, &address))
        if (!address_parse(take_last(&forwarded), &address))
            return false;
    *ret_address = address;
    return true;
}

bool client_is_allowed(const struct http_request *request, const char *const *proxies, size_t proxies_count,
                       const char *const *networks, size_t networks_count)
{
    AUTO_BUF struct buf forwarded = BUF(FORWARDED_MAX_BYTES);
    struct address address;
    struct error ignored;

    if (networks_count == 0)
        return true;
    http_request_header_all(request, "X-Forwarded-For", &forwarded);
    return buf_check(&forwarded, &ignored) &&
           client_address(str_of(request->peer), buf_str(&forwarded), proxies, proxies_count, &address) &&
           is_in(networks, networks_count, &address);
}
