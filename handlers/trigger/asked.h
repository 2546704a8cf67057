/* asked.h - the words of the internal request `trigger`: what a listener hands to the operation that it begins. Pure.
 *
 * All of it is outside words, so each is the value of an option, `--tag=v1.5.0`, and can be taken for nothing else. What people
 * wrote (a release's name, a comment) does not travel: it is read again from GitHub.
 */
#ifndef OPSGATE_HANDLERS_TRIGGER_ASKED_H
#define OPSGATE_HANDLERS_TRIGGER_ASKED_H

#include "handlers/trigger/trigger.h"

/* In whose name: `requester`, which has to live as long as the request. */
struct wanted_request asked_write(const struct trigger_body *body, const struct principal *requester,
                                  struct arena *arena);
/* ERR_INVALID: it is none of opsgate's own. */
bool asked_read(const struct request *request, struct arena *arena, struct trigger_body *ret_body, struct error *err);

#define ASKED_OPTIONS_COUNT 14
extern const struct verb_option asked_options[ASKED_OPTIONS_COUNT];

#endif
