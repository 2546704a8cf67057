/* settings_dashboard.h - the page at /: where people find it, and how they sign in.
 *
 * Part of struct settings. Everything is borrowed from the configuration's arena and never changes.
 */
#ifndef OPSGATE_MODEL_SETTINGS_DASHBOARD_H
#define OPSGATE_MODEL_SETTINGS_DASHBOARD_H

#include "bot/base/shape.h"

enum oidc_person { OIDC_BY_SLACK, OIDC_BY_EMAIL }; /* which of its claims says who it is */

struct oidc_settings {  /* a provider of OpenID Connect */
    const char *issuer; /* "https://slack.com": its discovery document lies below */
    const char *client_id;
    const char *client_secret; /* secret */
    const char *name;          /* for people: "Sign in with NAME"; NULL: the issuer's host */
    int person;                /* enum oidc_person */
    const char **scopes;       /* besides "openid"; none: "profile" and "email" */
    size_t scopes_count;
};
struct dashboard_settings {
    bool enabled;
    const char *public_url; /* "https://opsgate.example.com", as people's browsers call it; NULL: `listen` */
    int64_t idle_ms, session_ms;
    const struct oidc_settings *oidc; /* NULL: only by a link from the host */
};
extern const struct shape dashboard_settings_shape;

#endif
