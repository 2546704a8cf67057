/* dashboard.h - GET /: the page, and who signs in there. What it shows and asks for goes through /api/v1, like
 * anybody's.
 *
 * A person signs in with a provider of OpenID Connect, or by a link that `opsgate dashboard` prints on the host. Any
 * instance serves it; sessions are of one instance, in memory. Loop thread only.
 */
#ifndef OPSGATE_DASHBOARD_H
#define OPSGATE_DASHBOARD_H

#include "bot/api/caller.h"
#include "bot/carrier/exchange_run.h"
#include "bot/dashboard/caller.h"
#include "bot/doors/ingress.h"
#include "bot/model/settings.h"
#include "bot/shell/http_out.h"

#define DASHBOARD_LINK_PATH "/v1/dashboard" /* on the local socket: POST, and {"link", "good_for"} comes back */

struct dashboard;

struct dashboard_options { /* all borrowed */
    struct loop *loop;
    const struct clock *clock;
    const struct settings *settings;
    struct ingress *ingress; /* which knows whose a local request is */
    struct http_out *http_out;
    const struct credential_source *credentials;
};

struct dashboard *dashboard_create(const struct dashboard_options *options);
void dashboard_destroy(struct dashboard *dashboard); /* before http_in and http_out */
AUTO_DEFINE(dashboard)

void dashboard_reconfigure(struct dashboard *dashboard, const struct settings *settings);
struct http_routes dashboard_routes(struct dashboard *dashboard);

#define DASHBOARD_SOURCE "dashboard" /* as policy is told it */

/* Who is signed in, for /api/v1. */
struct api_sessions dashboard_sessions(struct dashboard *dashboard);

#endif
