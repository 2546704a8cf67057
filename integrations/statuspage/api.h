/* api.h - calls of Statuspage's API, and what its refusals mean. (Version 1) Pure.
 *
 * - 420 and 429: more than once a second was asked; again after Retry-After, or after ten seconds
 * - 401: the key is no good; 403: its user may not manage incidents of this page
 * - 400, 404 and 422: what was asked makes no sense to it, in its own words
 * Spec: https://developer.statuspage.io
 */
#ifndef OPSGATE_INTEGRATIONS_STATUSPAGE_API_H
#define OPSGATE_INTEGRATIONS_STATUSPAGE_API_H

#include "bot/model/exchange.h"

struct dialog;

bool statuspage_id_is_valid(const char *id); /* letters, digits, - and _: fit for a path. NULL is none */

/* False, with *ret_step: the configuration has no section `statuspage`, or its page is no id. */
bool statuspage_is_configured(const struct exchange *exchange, struct exchange_step *ret_step);

/* `path` is below the page's own: "/incidents". `body` NULL: none. */
struct http_call statuspage_call(const struct exchange *exchange, const char *method, const char *path,
                                 const cJSON *body);

/* What it answers with 2xx, as JSON; a second after the call before. NULL: dialog->step is what to return. `what` is what was asked for. */
const cJSON *statuspage_ask(struct dialog *dialog, struct http_call call, const char *what);

#endif
