/* internal.h - what the files of the dashboard share. Nobody else includes it. */
#ifndef OPSGATE_DASHBOARD_INTERNAL_H
#define OPSGATE_DASHBOARD_INTERNAL_H

#include "bot/dashboard/assets.h"
#include "bot/dashboard/dashboard.h"
#include "bot/dashboard/errand.h"
#include "bot/dashboard/ticket.h"
#include "bot/doors/session.h"

struct dashboard {
    struct dashboard_options options;
    const struct dashboard_settings *settings; /* of options.settings */
    struct sessions *sessions;
    struct tickets tickets;
    struct errands *errands;
    struct buf endpoint; /* where the provider has people sign in; empty: not known */
    int64_t endpoint_until_mono;
};

/* The answers of its doors: JSON that nobody keeps, with the headers of the page; `cookie` (a whole Set-Cookie) may be
 * NULL. Takes json; NULL: there is no body. */
void dashboard_answer(struct http_request *request, int status, cJSON *json, const char *cookie);
/* Set-Cookie for a session that begins; of an empty id, for one that ends. */
const char *dashboard_cookie(const struct dashboard *dashboard, const char *id, struct arena *arena);
/* A session for them, of whom `issuer` said who they are (NULL: a link); its Set-Cookie, in the arena. */
const char *dashboard_let_in(struct dashboard *dashboard, const struct principal *who, const char *issuer,
                             struct arena *arena);
/* Into the log and the journal: SESSION_SIGNED_IN or SESSION_SIGNED_OUT. */
void dashboard_tell(struct dashboard *dashboard, const char *name, const struct principal *who, const char *issuer);
int64_t dashboard_now(const struct dashboard *dashboard); /* mono_ms */
const char *dashboard_address(const struct settings *settings,
                              struct arena *arena); /* "https://host", no slash behind */

/* sign_in.c */
void sign_in_on_link(void *arg, struct http_request *request); /* http_handler_fn's; arg is a struct dashboard */
void sign_in_on_state(void *arg, struct http_request *request);
void sign_in_on_ticket(void *arg, struct http_request *request);
void sign_in_on_out(void *arg, struct http_request *request);

/* provider.c */
void provider_on_start(void *arg, struct http_request *request);
void provider_on_back(void *arg, struct http_request *request);

#endif
