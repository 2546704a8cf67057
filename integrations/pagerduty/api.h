/* api.h - calls of PagerDuty's REST API, and what its refusals mean. (Version 2) Pure.
 *
 * - 429: too much was asked; again after ratelimit-reset, which are seconds to wait, or after a minute where it is missing
 * - 401: the key is no good, or its header is malformed; 403: the key may not do that; 402: the account's plan cannot
 * - 400 and 404: what was asked makes no sense to it, in its own words; 408: it took too long
 * Writes on incidents name whoever acts in `From`: pagerduty_write, and from.h says whose address that is.
 * Spec: https://developer.pagerduty.com/docs/rest-api-overview
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_API_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_API_H

#include "bot/model/exchange.h"

struct dialog;

#define PAGERDUTY_TIMEOUT_MS 8000

/* The value of Authorization for pagerduty.api_token: "Token token=..." for a key, "Bearer ..." for an App's token
 * ("pdus+..."). Secret; in the arena. */
const char *pagerduty_authorization(const char *api_token, struct arena *arena);

/* False, with *ret_step: the configuration has no section `pagerduty`. */
bool pagerduty_is_configured(const struct exchange *exchange, struct exchange_step *ret_step);

/* `path` begins with a slash and is encoded. `body` empty: none. */
struct http_call pagerduty_call(const struct exchange *exchange, const char *method, const char *path, struct str body);

/* The same with a body, and as `from`: an address that pagerduty_email_is_good. */
struct http_call pagerduty_write(const struct exchange *exchange, const char *method, const char *path, const char *from,
                                 const cJSON *body);

bool pagerduty_is_taken(const struct http_answer *answer); /* any 2xx: which one, differs between its documents */
/* error.code of a refusal; 0: none was told. https://developer.pagerduty.com/docs/errors */
int64_t pagerduty_error_code(const struct exchange *exchange, const struct http_answer *answer);

/* Any answer that is none of the codec's own cases. `what` is what was asked for: "the webhook subscription PSUB001". */
struct exchange_step pagerduty_refused(const struct exchange *exchange, const char *what,
                                       const struct http_answer *answer);

/* An answer's JSON, in the exchange's arena; NULL: *ret_step says that it made no sense. */
const cJSON *pagerduty_json(const struct exchange *exchange, const char *what, const struct http_answer *answer,
                            struct exchange_step *ret_step);

/* What it answers with 2xx, as JSON. NULL: dialog->step is what to return, for any other answer, and before there is one.
 * `ret_answer` for its headers; or NULL. */
const cJSON *pagerduty_ask(struct dialog *dialog, struct http_call call, const char *what,
                           const struct http_answer **ret_answer);

#endif
