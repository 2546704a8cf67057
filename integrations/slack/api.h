/* api.h - one call of Slack's Web API: made, and its answer understood. (HTTP 200 is no success: `ok` is.)
 *
 * Errors are rows: what each means for the exchange, and what a person does about it. Pure.
 * Spec: https://docs.slack.dev/apis/web-api/
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_API_H
#define OPSGATE_INTEGRATIONS_SLACK_API_H

#include "integrations/dialog.h"

struct slack_query {
    const char *name, *value; /* value NULL: left out */
};

/* Read methods take their arguments by query only; writing ones take JSON. Both under settings->slack.api_url. */
struct http_call slack_api_get(const struct exchange *exchange, const char *method, const struct slack_query *query,
                               size_t count);
struct http_call slack_api_post(const struct exchange *exchange, const char *method, cJSON *body); /* takes body */

enum slack_meaning {
    SLACK_OK,    /* `json` is the answer */
    SLACK_GONE,  /* the message to change is not there, or not to be changed any more; a trigger was used */
    SLACK_AGAIN, /* `step` says so */
    SLACK_NEVER, /* `step` says so */
};
struct slack_answer {
    enum slack_meaning meaning;
    const cJSON *json;         /* in the arena; of a refusal, too: NULL when it gave none that can be read */
    const char *error;         /* Slack's code, such as "name_taken"; NULL: it is none */
    struct exchange_step step; /* AGAIN, NEVER: what to return */
};

/* `method` is what a limit of Slack's is called, too: it outlives the exchange. */
struct slack_answer slack_api_read(const struct exchange *exchange, const char *method,
                                   const struct http_answer *raw);

/* In a dialog: false until it is answered, and dialog->step is the call then. */
bool slack_api_ask(struct dialog *dialog, const char *method, struct http_call call, struct slack_answer *ret_answer);

bool slack_answer_is(const struct slack_answer *answer, const char *error);
const char *slack_api_sentence(const char *error); /* what it is, and what to do; NULL: nobody knows */
const char *slack_next_cursor(const cJSON *page);  /* NULL: that was the last page */

#endif
