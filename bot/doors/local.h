/* local.h - POST /v1/run on the local socket: the door when Slack is down, through the same policy.
 *
 * Body {"words": ["deploy", "staging"]}; who asks is told by the kernel (SO_PEERCRED), never by the caller. The answer is
 * bot/model/card.h's reply as JSON. 504: accepted, but no answer came in time.
 * 413: as an item it would be larger than the store takes. 503: not accepted, and why.
 */
#ifndef OPSGATE_DOOR_LOCAL_H
#define OPSGATE_DOOR_LOCAL_H

#include "bot/model/inbox.h"

#define LOCAL_SOURCE "local"
#define LOCAL_RUN_KIND "run"
#define LOCAL_RUN_PATH "/v1/run"

/* The request in an accepted item {"words", "user"}. */
bool local_run_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request, struct error *err);

#endif
