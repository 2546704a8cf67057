#include "bot/model/settings_dashboard.h"

#define HOURS_MS(n) ((n)*3600 * INT64_C(1000))
#define URL_MAX 500
#define SECRET_MAX 20000

static const char *const person_names[] = { "slack", "email", NULL };

static const struct shape_field oidc_rows[] = {
    ROW_STRING(oidc_settings, issuer, .flags = SHAPE_REQUIRED, .min = 9, .max = URL_MAX,
               .about = "its address, as its tokens have it: https://slack.com, https://accounts.google.com"),
    ROW_STRING(oidc_settings, client_id, .flags = SHAPE_REQUIRED, .min = 1, .max = 500, .about = "of opsgate there"),
    ROW_STRING(oidc_settings, client_secret, .flags = SHAPE_REQUIRED | SHAPE_SECRET, .min = 1, .max = SECRET_MAX,
               .about = "of opsgate there"),
    ROW_STRING(oidc_settings, name, .min = 1, .max = 60, .about = "what people read on the button; else its host"),
    ROW_ENUM(oidc_settings, person, person_names, .otherwise = "slack",
             .about = "who it is: by Slack's own claim, or by a verified e-mail address that stands in people"),
    ROW_STRINGS(oidc_settings, scopes, .flags = SHAPE_ONE_OR_MANY, .max = 20,
                .about = "asked for besides openid; without it profile and email"),
};
static const struct shape oidc_shape = SHAPE("a provider of OpenID Connect", oidc_settings, oidc_rows);

static const struct shape_field rows[] = {
    ROW_BOOL(dashboard_settings, enabled, .otherwise = "true", .about = "is the page there at all?"),
    ROW_STRING(dashboard_settings, public_url, .min = 8, .max = URL_MAX,
               .about = "its address as browsers call it, https://opsgate.example.com; else http and `listen`. With "
                        "https its cookies never travel without TLS"),
    ROW_MS(dashboard_settings, idle, .otherwise = "8h", .min = 60000, .max = HOURS_MS(24 * 7),
           .about = "who asks for nothing so long is signed out; an open page asks"),
    ROW_MS(dashboard_settings, session, .otherwise = "24h", .min = 60000, .max = HOURS_MS(24 * 30),
           .about = "so long after signing in one has to do so again"),
    ROW_OPTION(dashboard_settings, oidc, &oidc_shape, .flags = SHAPE_LATER,
               .about = "sign-in with Slack or another provider; without it only by `opsgate dashboard` on the host"),
};
const struct shape dashboard_settings_shape = SHAPE("the dashboard", dashboard_settings, rows);
