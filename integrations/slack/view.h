/* view.h - modals as Slack's views: shown, filled in, answered. (views.open, view_submission, view_closed)
 *
 * A field is an input block, called by its number: "1", "2", ... Its action_id says what its value becomes:
 * "word.service", "option.reason", "flag.private". The command and where it was asked stand in private_metadata. Pure; any thread.
 * Spec: https://docs.slack.dev/surfaces/modals, https://docs.slack.dev/reference/views/modal-views
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_VIEW_H
#define OPSGATE_INTEGRATIONS_SLACK_VIEW_H

#include "bot/model/card.h"
#include "bot/model/modal.h"
#include "integrations/dialog.h"

#define SLACK_VIEW_CALLBACK "opsgate.modal" /* callback_id of all of ours */
#define SLACK_VIEW_MAX_BYTES (250 * 1000)

/* The view; the caller's. What people only read is cut to Slack's limits. NULL: ERR_INVALID, as modal_check, or more in all
 * than Slack takes. */
cJSON *slack_view(const struct modal *modal, struct error *err);

struct slack_filled { /* what came back */
    const char *command;
    const char *draft;            /* or NULL: no field of it is decisive */
    const char *channel, *thread; /* or NULL */
    struct modal_value *values;   /* in the order of the fields */
    size_t values_count;
};

/* `view` of a view_submission or view_closed; strings are borrowed from it or live in the arena. ERR_INVALID. */
bool slack_view_read(const cJSON *view, struct arena *arena, struct slack_filled *ret_filled, struct error *err);

/* ---- the answer to a view_submission, on its own connection: 200, application/json; the caller's ---- */

/* A refusal stands at its field (reply.field), and what was typed stays; anything else takes the modal's place. */
cJSON *slack_view_answer(const struct reply *reply);

struct slack_view_error {
    size_t field; /* of the modal: 0 is the first */
    const char *text;
};
cJSON *slack_view_errors(const struct slack_view_error *errors, size_t count); /* at their fields; count 0 gives NULL */
/* To one that is none of ours: at that field of it, or in its place when it has none (NULL). */
cJSON *slack_view_stranger(const char *block_id, const char *text);
cJSON *slack_view_clear(void); /* closes it and all below it. An empty body closes it alone */

enum slack_view_opening {
    SLACK_VIEW_CALLING, /* dialog->step is the call to make */
    SLACK_VIEW_OPENED,
    SLACK_VIEW_NOT, /* and never will be: a trigger serves once, and for three seconds */
};
/* Within a dialog, whose first call it is. An earlier try may have opened it: then Slack says that its trigger was used. One
 * that takes the place of another is SLACK_VIEW_OPENED whatever comes of it: where that one is gone, or was changed meanwhile,
 * nobody waits for it. */
enum slack_view_opening slack_view_open(struct dialog *dialog, const struct modal_delivery *form);

#endif
