/* json_call.h - one call to an API of Google's after the other: JSON there, JSON back, refusals that name the
 * permission that is lacking. Only for this folder.
 *
 * A dialog. json_call_ask gives false when call->dialog.step is what the exchange returns. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_JSON_CALL_H
#define OPSGATE_INTEGRATIONS_GOOGLE_JSON_CALL_H

#include "integrations/dialog.h"

struct json_call {
    struct dialog dialog;
    const struct exchange *exchange;
    const char *what;    /* "Cloud Armor, waf in acme": begins every sentence */
    const char *project; /* which it is about: whose account signs, and where a permission is lacking */
};
struct json_question {
    const char *method, *url;
    const cJSON *body;      /* NULL: none */
    const char *permission; /* what a 403 lacks */
    bool is_change;         /* of an earlier try nobody knows whether it came: then a refusal leaves that open */
};

bool json_call_stop(struct json_call *call, struct exchange_step step); /* always false */
/* An answer that is an object. What somebody else changed at the same moment (409, 412) is asked again. */
bool json_call_ask(struct json_call *call, const struct json_question *question, const cJSON **ret_json);

#endif
