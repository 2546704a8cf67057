/* caller.h - whose request is it, by the dashboard's cookie; and does it really come from its page?
 *
 * A browser sends the cookie along whoever has it do so. So whatever is no GET needs the session's own word in
 * X-CSRF-Token, and no request may say that it comes from elsewhere (Origin, RFC 6454; Sec-Fetch-Site, Fetch Metadata).
 * Loop thread only.
 */
#ifndef OPSGATE_DASHBOARD_CALLER_H
#define OPSGATE_DASHBOARD_CALLER_H

#include "bot/dashboard/session.h"
#include "bot/model/settings_dashboard.h"
#include "bot/shell/http_in.h"

#define CALLER_CSRF_HEADER "X-CSRF-Token"

/* "__Host-opsgate" where it is served behind TLS (RFC 6265bis, 4.1.3.2), else "opsgate". */
const char *caller_cookie(const struct dashboard_settings *settings);
bool caller_is_behind_tls(const struct dashboard_settings *settings);

/* The value of a cookie, borrowed from `header`, the raw Cookie; empty: it has none. */
struct str caller_find_cookie(struct str header, const char *name);

bool caller_has_cookie(const struct dashboard_settings *settings, const struct http_request *request);

/* Does it say that it comes from another page? `needs_origin`: it has to say that it comes from ours. */
bool caller_is_foreign(const struct dashboard_settings *settings, const struct http_request *request,
                       bool needs_origin);

struct caller {
    const struct session *session; /* NULL: nobody's, and `refusal` says what it is answered */
    struct session_id id;
    struct http_refusal refusal;
};
/* Counts as a use of the session. */
struct caller caller_of(struct sessions *sessions, const struct dashboard_settings *settings,
                        const struct http_request *request, int64_t now_mono);

#endif
