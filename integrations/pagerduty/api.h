/* api.h - calls of PagerDuty's REST API, and what its refusals mean. (Version 2) Pure.
 *
 * - 429: too much was asked; again after ratelimit-reset, which are seconds to wait, or after a minute where it is missing
 * - 401: the key is no good, or its header is malformed; 403: the key may not do that; 402: the account's plan cannot
 * - 400 and 404: what was asked makes no sense to it, in its own words; 408: it took too long
 * `From` is for writes on incidents, which none of these are.
 * Spec: https://developer.pagerduty.com/docs/rest-api-overview
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_API_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_API_H

#include "bot/model/exchange.h"

#define PAGERDUTY_TIMEOUT_MS 8000

/* The value of Authorization for pagerduty.api_token: "Token token=..." for a key, "Bearer ..." for an App's token
 * ("pdus+..."). Secret; in the arena. */
const char *pagerduty_authorization(const char *api_token, struct arena *arena);

/* False, with *ret_step: the configuration has no section `pagerduty`. */
bool pagerduty_is_configured(const struct exchange *exchange, struct exchange_step *ret_step);

/* `path` begins with a slash and is encoded. `body` empty: none. */
struct http_call pagerduty_call(const struct exchange *exchange, const char *method, const char *path, struct str body);

/* Any answer that is none of the codec's own cases. `what` is what was asked for: "the webhook subscription PSUB001". */
struct exchange_step pagerduty_refused(const struct exchange *exchange, const char *what,
                                       const struct http_answer *answer);

/* An answer's JSON, in the exchange's arena; NULL: *ret_step says that it made no sense. */
const cJSON *pagerduty_json(const struct exchange *exchange, const char *what, const struct http_answer *answer,
                            struct exchange_step *ret_step);

#endif
