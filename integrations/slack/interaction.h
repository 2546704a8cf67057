/* interaction.h - Slack's interactions: first what the door must know of one, later the request that it is.
 *
 * The door goes: slack_signature_check -> slack_interaction_accept -> what was pressed, as a few fields, into the inbox
 * (the whole payload holds the message around the button, and its response_url once more). The owner decodes that with
 * slack_interaction_decode, slack_view_decode or slack_shortcut_decode, by its kind. None decides anything: policy judges its
 * command as if that person had typed it.
 * Pure; safe on any thread. Spec: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_INTERACTION_H
#define OPSGATE_INTEGRATIONS_SLACK_INTERACTION_H

#include "bot/base/json.h"
#include "bot/model/inbox.h"

#define SLACK_ACTION_KIND "action" /* inbox_item.kind of a pressed button; its source is SLACK_SOURCE */
#define SLACK_INTERACTION_PAYLOAD_MAX_BYTES (256 * 1024) /* a message stands in it twice: as text, and as blocks */
#define SLACK_INTERACTION_BODY_MAX_BYTES (3 * SLACK_INTERACTION_PAYLOAD_MAX_BYTES) /* each byte as %XX at worst */

enum slack_interaction {
    SLACK_PRESSED,   /* one button of ours */
    SLACK_NOT_OURS,  /* nothing of ours: a link was opened, a menu of another part was used */
    SLACK_NOT_BUILT, /* a kind of interaction that nothing here answers, or a modal or shortcut that is not ours */
    SLACK_CHOSEN,    /* something in a modal of ours, on which other fields depend; the connection shows nothing */
    SLACK_SUBMITTED, /* a modal of ours was sent; its connection gets the answer: slack_view_answer (view.h) */
    SLACK_CLOSED,    /* a modal of ours was left: a fact, and nobody waits */
    SLACK_SHORTCUT,  /* one of ours was used; the connection shows nothing */
};

struct slack_interaction_door {
    enum slack_interaction is;
    const char *type; /* of the payload, harmless: for the log */
    /* NOT_BUILT, of a modal that was sent: its person waits for an answer (view.h: slack_view_stranger) */
    bool is_strange_view;
    const char *field; /* block_id of one of its fields, or NULL */
    /* all but NOT_OURS and NOT_BUILT: */
    const char *kind;         /* what to call the item */
    const char *keys[1];      /* dedupe keys: "slack:T0...:action:<trigger_id>", so a second click is another one */
    size_t keys_count;        /* 1 */
    const char *response_url; /* where the answer goes, checked; NULL when Slack sent none: secret */
    const char *team, *user;  /* ids */
    const char *body;         /* what is stored */
    /* Where words go that neither the connection nor response_url took. The item gets it, with response_url and what the
     * connection is called. CLOSED: zero. */
    struct reply_address reply_to;
};

/* `timestamp` is the signed header, `api_url` slack.api_url, as in slack_command_accept. What it gives lives in the
 * arena. Whose team is asked for: that of the person, which in a shared channel is not the channel's.
 * ERR_INVALID: malformed, a field is missing, two commands at once; ERR_TOO_LARGE: more than any of ours comes to;
 * ERR_DENIED: response_url is not Slack's. */
bool slack_interaction_accept(struct str body, const char *timestamp, const char *api_url, struct arena *arena,
                              struct slack_interaction_door *ret_door, struct error *err);

/* The same of a Socket Mode envelope's payload; `envelope_id` tells it from every other when nothing in it does. `payload`
 * must outlive the door's use of it. */
bool slack_interaction_accept_payload(const cJSON *payload, const char *envelope_id, const char *api_url,
                                      struct arena *arena, struct slack_interaction_door *ret_door, struct error *err);

/* The request in an item of SLACK_ACTION_KIND: the button's command, split by request_split and nothing else, for it was
 * written here. Strings live in the arena or are borrowed from the item. ERR_INVALID says what is wrong with the command. */
bool slack_interaction_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                              struct error *err);

/* For interaction.c, view_submission.c and shortcut.c: what tells this delivery from every other. */
struct slack_delivery_of {
    struct str body;
    const char *timestamp;
    const char *response_url; /* checked, or NULL */
};

#endif
