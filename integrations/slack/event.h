/* event.h - Slack's Events API: first what the door must know of an event, later the request or the fact that it is.
 *
 * The door goes: slack_signature_check (over HTTP) -> slack_event_accept -> a few fields of it into the inbox. Over Socket
 * Mode the envelope's payload is the same body, and gives the same keys and the same item. People ask by a mention that
 * begins a message, and by direct messages. In a channel both app_mention and message tell of a mention; whichever comes
 * first is the request. Pure; safe on any thread.
 * Spec: https://docs.slack.dev/apis/events-api, https://docs.slack.dev/reference/events
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_EVENT_H
#define OPSGATE_INTEGRATIONS_SLACK_EVENT_H

#include "bot/model/inbox.h"
#include "bot/model/outside_event.h"

#define SLACK_ASKED_KIND "message" /* inbox_item.kind of a message that asks; its source is SLACK_SOURCE */
#define SLACK_TOLD_KIND "event"    /* of a fact */
#define SLACK_EVENT_BODY_MAX_BYTES (1024 * 1024) /* a message of 40,000 characters, once more in its blocks */
#define SLACK_ASKED_TEXT_MAX_BYTES (8 * 1024)    /* longer ones are refused, in words */

enum slack_event {
    SLACK_EVENT_ASKED,     /* to be stored: somebody asks. What arrives twice is answered as if once */
    SLACK_EVENT_TOLD,      /* to be stored: a fact; nobody waits */
    SLACK_EVENT_CHALLENGE, /* Slack tests the address: 200, text/plain, `challenge` */
    SLACK_EVENT_LIMITED,   /* Slack holds events of `team` back: 200, and a warning in the log */
    SLACK_EVENT_IGNORED,   /* 200, counted, `why` in the debug log */
};

struct slack_event_door {
    enum slack_event is;
    const char *type; /* "app_mention", "message", "url_verification": harmless, for the log */
    const char *team; /* the workspace it was told in; NULL: CHALLENGE */
    const char *why;  /* IGNORED: "a bot's" */
    const char *challenge;
    int64_t limited_at_ms; /* LIMITED: the minute, unix; 0: not told */
    /* ASKED and TOLD: */
    const char *kind;    /* what to call the item */
    const char *keys[2]; /* dedupe keys: "slack-event:T0...:Ev0...", before it of a message "slack-message:T0...:C0...:TS" */
    size_t keys_count;
    const char *body;              /* what is stored */
    struct reply_address reply_to; /* ASKED: what the item gets; no connection waits. TOLD: zero */
    int64_t written_at_ms;         /* ASKED: unix, Slack's clock: void PERSON_REQUEST_VOID_MS later. 0: not told */
};

/* `bot_user` is our own user's id where the caller knows it; NULL: the event itself must say it, as Slack's do. What is
 * given lives in the arena. ERR_INVALID: malformed; over HTTP 400 with X-Slack-No-Retry, it will never be better. */
bool slack_event_accept(struct str body, const char *bot_user, struct arena *arena, struct slack_event_door *ret_door,
                        struct error *err);
/* The same of a tree: a Socket Mode envelope's payload. `payload` must outlive the door's use of it. */
bool slack_event_accept_payload(const cJSON *payload, const char *bot_user, struct arena *arena,
                                struct slack_event_door *ret_door, struct error *err);

/* What is stored of a message that the door found to be brought `late_ms` after it was written, which is too late. */
const char *slack_event_asked_late(const char *body, int64_t late_ms, struct arena *arena);
/* And of one whose person asks too often, and may again in so long ("6 min"). */
const char *slack_event_asked_too_often(const char *body, const char *again_in, struct arena *arena);

/* The request in an item of SLACK_ASKED_KIND: `@opsgate status api` -> verb "status", word "api"; the mention alone ->
 * "help". Lines are joined; what phones and Slack make of typed text is undone as command.h says. What is wrong is for
 * the person. ERR_INVALID: the mention stands elsewhere, two commands in a message, too long, a quote that does not end.
 * ERR_STALE: the door found it too late, since Slack tries again for minutes, and for a day where wanted. ERR_UNAVAILABLE:
 * they asked too often. */
bool slack_event_decode_asked(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                              struct error *err);

/* The fact in an item of SLACK_TOLD_KIND; its body by slack_event_shape (bot/model/slack_event.h). */
bool slack_event_decode_told(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                             struct error *err);

#endif
