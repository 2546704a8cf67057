#include "bot/configuration/check.h"

#include "integrations/url.h"

#include <string.h>

/* Nobody else hears what is said there. */
static bool is_this_machine(const char *url)
{
    struct str host = url_host(url);

    return str_starts_with(host, "127.") || str_is(host, "localhost") || str_is(host, "::1");
}

static bool is_plain(const char *url)
{
    return url && str_starts_with(str_of(url), "http://") && !is_this_machine(url);
}

/* Cookies and the way back from a provider are of the host, not of a part of it. */
static bool has_path(const char *url)
{
    struct str rest = str_of(url);

    rest.at += url_origin(url).len;
    rest.len -= url_origin(url).len;
    return rest.len > 0 && !str_is(rest, "/");
}

static bool knows_an_address(const struct settings *settings)
{
    for (size_t i = 0; i < settings->people_count; i++)
        if (settings->people[i].email)
            return true;
    return false;
}

static void check_person(struct walk *walk, const struct settings *settings, const struct oidc_settings *oidc)
{
    if (oidc->person == OIDC_BY_SLACK && !walk_has(walk, &settings->slack, "team"))
        walk_wrong(walk, oidc, "", -1,
                   "needs slack.team, or person: email: anybody may sign in at Slack, of whatever workspace");
    if (oidc->person == OIDC_BY_EMAIL && !knows_an_address(settings) && !walk_is_unread(walk, settings, "people"))
        walk_warn(walk, oidc, "person", -1, "nobody in people has an email: nobody could sign in so");
}

static void check_oidc(struct walk *walk, const struct settings *settings, const struct oidc_settings *oidc)
{
    check_url(walk, oidc, "issuer", oidc->issuer);
    if (is_plain(oidc->issuer))
        walk_wrong(walk, oidc, "issuer", -1, "expected https: whoever stands between could say who anybody is");
    if (!walk_has(walk, &settings->dashboard, "public_url"))
        walk_wrong(walk, oidc, "", -1, "needs dashboard.public_url: the provider sends people back to that");
    check_person(walk, settings, oidc);
}

void check_dashboard(struct walk *walk, const struct settings *settings)
{
    const struct dashboard_settings *dashboard = &settings->dashboard;

    check_url(walk, dashboard, "public_url", dashboard->public_url);
    if (dashboard->public_url && url_origin(dashboard->public_url).len > 0 && has_path(dashboard->public_url))
        walk_wrong(walk, dashboard, "public_url", -1, "expected a host without a path: it has one to itself");
    if (is_plain(dashboard->public_url))
        walk_warn(walk, dashboard, "public_url", -1,
                  "without https anybody on the way reads the cookies of who has signed in");
    if (dashboard->idle_ms > dashboard->session_ms && !walk_is_unread(walk, dashboard, "session"))
        walk_wrong(walk, dashboard, "session", -1, "expected no less than idle");
    if (dashboard->oidc)
        check_oidc(walk, settings, dashboard->oidc);
}
