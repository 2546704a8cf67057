#include "bot/dashboard/caller.h"

#include "bot/base/mem.h"
#include "integrations/url.h"

#include <string.h>

#define HEADER_MAX_BYTES 16384

bool caller_is_behind_tls(const struct dashboard_settings *settings)
{
    return settings->public_url && str_starts_with(str_of(settings->public_url), "https://");
}

const char *caller_cookie(const struct dashboard_settings *settings)
{
    return caller_is_behind_tls(settings) ? "__Host-opsgate" : "opsgate";
}

struct str caller_find_cookie(struct str header, const char *name)
{
    while (header.len > 0) {
        struct str pair = str_trim(str_take_until(&header, ';')), value = pair;
        struct str found = str_take_until(&value, '=');

        if (found.len < pair.len && str_is(found, name))
            return value;
    }
    return (struct str){ .len = 0 };
}

/* In `buf`, which the value borrows. */
static struct str cookie_of(const struct dashboard_settings *settings, const struct http_request *request,
                            struct buf *buf)
{
    http_request_header_all(request, "Cookie", buf);
    return caller_find_cookie(buf_str(buf), caller_cookie(settings));
}

bool caller_has_cookie(const struct dashboard_settings *settings, const struct http_request *request)
{
    AUTO_BUF struct buf cookies = BUF(HEADER_MAX_BYTES);

    return cookie_of(settings, request, &cookies).len > 0;
}

/* Where the page itself is: by the configuration, else by the name that the browser called. */
static bool is_own_origin(const struct dashboard_settings *settings, const struct http_request *request,
                          const char *origin)
{
    struct str rest = str_of(origin);

    if (settings->public_url)
        return str_equal_nocase(rest, url_origin(settings->public_url));
    return str_take_prefix(&rest, "http://") && str_equal_nocase(rest, str_of(http_request_header(request, "Host")));
}

bool caller_is_foreign(const struct dashboard_settings *settings, const struct http_request *request, bool needs_origin)
{
    const char *site = http_request_header(request, "Sec-Fetch-Site");
    const char *origin = http_request_header(request, "Origin");
    bool is_read = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;

    if (site && strcmp(site, "same-origin") != 0 && !(is_read && strcmp(site, "none") == 0))
        return true;
    if (!origin)
        return needs_origin;
    return !is_own_origin(settings, request, origin);
}

static bool has_csrf(const struct http_request *request, struct str id)
{
    const char *given = http_request_header(request, CALLER_CSRF_HEADER);
    struct digest_hex wanted = session_csrf(id);

    return given && digest_equal(digest_sha256(str_of(given)), digest_sha256(str_of(wanted.text)));
}

static struct caller refused(int status, const char *detail)
{
    return (struct caller){ .refusal = { status, detail } };
}

struct caller caller_of(struct sessions *sessions, const struct dashboard_settings *settings,
                        const struct http_request *request, int64_t now_mono)
{
    const struct session_limits limits = { settings->idle_ms, settings->session_ms };
    AUTO_BUF struct buf cookies = BUF(HEADER_MAX_BYTES);
    struct caller caller = { .session = NULL };
    struct str id = cookie_of(settings, request, &cookies);

    if (id.len != SESSION_ID_LEN)
        return refused(401, "Sign in first.");
    if (caller_is_foreign(settings, request, false))
        return refused(403, "This came from another page than the dashboard's own: is dashboard.public_url its address?");
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0 && !has_csrf(request, id))
        return refused(403, "The dashboard's own word is missing (" CALLER_CSRF_HEADER "): load the page anew.");
    caller.session = sessions_use(sessions, id, &limits, now_mono);
    if (!caller.session)
        return refused(401, "Your sign-in has ended. Sign in again.");
    memcpy(caller.id.text, id.at, SESSION_ID_LEN);
    return caller;
}
