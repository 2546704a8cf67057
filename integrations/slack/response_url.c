#include "integrations/slack/response_url.h"

#include "integrations/url.h"

#include <string.h>

/* Printable ASCII without blanks, quotes or backslashes: whatever reads the address reads the same one. */
static bool is_plain(const char *url)
{
    size_t len = strlen(url);

    for (size_t i = 0; i < len; i++)
        if (url[i] <= ' ' || url[i] > '~' || strchr("\\\"'<>`{}|^", url[i]))
            return false;
    return len <= SLACK_RESPONSE_URL_MAX_BYTES;
}

static bool is_slack_host(struct str host)
{
    static const char *const domains[] = { "slack.com", "slack-gov.com" };

    for (size_t i = 0; i < ARRAY_LEN(domains); i++) {
        struct str below = host;

        if (str_is(host, domains[i]))
            return true;
        if (!str_ends_with(host, domains[i]))
            continue;
        below.len -= strlen(domains[i]);
        if (str_ends_with(below, ".") && below.len > 1)
            return true;
    }
    return false;
}

bool slack_response_url_is_allowed(const char *url, const char *api_url)
{
    struct str origin = url_origin(url), host = url_host(url), api_origin = url_origin(api_url);

    if (!url || !is_plain(url) || host.len == 0 || url[origin.len] != '/')
        return false;
    if (api_origin.len > 0 && url_host(api_url).len > 0 && str_equal(origin, api_origin))
        return true;
    return origin.len == strlen("https://") + host.len && str_starts_with(origin, "https://") && is_slack_host(host);
}
