/* pagerduty_act.h - what opsgate does to an incident in PagerDuty, for a person or by itself. (REST API, version 2)
 *
 * | kind                     | args                   | result          | in doubt                                   | gives up |
 * | ------------------------ | ---------------------- | --------------- | ------------------------------------------ | -------- |
 * | EFFECT_PAGERDUTY_STATUS  | pagerduty_status_wish  | pagerduty_acted | repeated: it reads first                   | 5 min    |
 * | EFFECT_PAGERDUTY_CHANGE  | pagerduty_change_wish  | pagerduty_acted | repeated: what is so already stays         | 10 min   |
 * | EFFECT_PAGERDUTY_ASSIGN  | pagerduty_assign_wish  | pagerduty_acted | repeated, unless it was assigned since     | 10 min   |
 * | EFFECT_PAGERDUTY_SNOOZE  | pagerduty_snooze_wish  | pagerduty_acted | repeated: it ends some seconds later       | 5 min    |
 * | EFFECT_PAGERDUTY_NOTE    | pagerduty_note_wish    | pagerduty_noted | looked for by its words among the notes    | 4 h      |
 * | EFFECT_PAGERDUTY_TELL    | pagerduty_tell_wish    | pagerduty_noted | never repeated: nothing lists the updates  | 30 min   |
 * | EFFECT_PAGERDUTY_TRIGGER | pagerduty_trigger_wish | pagerduty_acted | looked for by its key, of the effect's id  | 10 min   |
 *
 * None is essential: an incident goes on whatever fails there. A key that is refused fails status, change, snooze and tell at once;
 * assign and trigger are tried on; a note parks until it is mended (bot/model/effect.c).
 *
 * **Lane**: "pagerduty:PINC001", by the incident's id, for all that is done to it: what people did comes in their order. A trigger
 * has a lane of its own.
 *
 * **Read before it is written.** The first four read the incident in the same breath, and write only from a state that the
 * row of their kind allows (integrations/pagerduty/status.c has those of the status as a table). A wish that is not written
 * has not failed: it ends as done, with the state that was seen and a sentence for people. So the handler converges on state:
 * event -> what is it now? -> is it what was wanted? A change that comes back by webhook is in the state already, and its wish
 * ends as "already": no echo. PagerDuty has no conditional write: between reading and writing lies one round trip in which a
 * person may act as well; the webhook of the second act then tells.
 *
 * **Changed since.** Another try counts for the state that people saw when they asked. `asked_at_ms` is compared with when PagerDuty
 * says that the status changed (or that it was assigned), by its own clock (its answers' Date), to three seconds (an assignment: to
 * one); what is younger than the wish ends it as "changed", unless it is what was wanted. So a resolve whose answer was lost does
 * not resolve once more what somebody has reopened meanwhile. A first try is not compared: it may have waited in its lane behind
 * another act of ours, which changed the status, too.
 *
 * **Who.** `From` is the e-mail of the person who asked: by `by` in `people:` their id in PagerDuty, whose address is asked
 * for there; else `email`, or that of `people:`. Who is nobody in PagerDuty is stood in for by pagerduty.from, and the result
 * says so (is_stand_in); so does opsgate by itself. A person who is there, but may not do it, is refused.
 *
 * **Ends as refused** (END_FAILED), with a sentence that names PagerDuty, the reason and the next step: args that make no
 * sense; the incident is not there (404); the key may not do it (403: refusal of a permission); pagerduty.from is no user;
 * PagerDuty refuses it in its own words (400: no such priority, nobody on call at that level...); the plan lacks it (402).
 * Past not_after_ms, too, when PagerDuty cannot even be read: the sentence says whether an earlier try may have got through.
 * Tried again: no answer, 5xx, 408, 429 (as long as it says), 401 (it is a refusal of the credential), and a state that
 * changed between reading and writing.
 *
 * Spec: https://developer.pagerduty.com/api-reference, "Incidents"; errors: https://developer.pagerduty.com/docs/errors
 */
#ifndef OPSGATE_MODEL_PAGERDUTY_ACT_H
#define OPSGATE_MODEL_PAGERDUTY_ACT_H

#include "bot/model/pagerduty_event.h"

#define PAGERDUTY_INTENT_MS (60 * 1000) /* a person's wish is void so long after it: not_after_ms = asked_at_ms + this */
#define PAGERDUTY_TITLE_MAX_BYTES 1024
#define PAGERDUTY_TEXT_MAX_BYTES 20000 /* of a note or an update; longer ones are refused by the exchange */
#define PAGERDUTY_USERS_MAX 20
#define PAGERDUTY_SNOOZE_MAX_S 604800

/* ---- what all of them begin with ---- */

struct pagerduty_act {
    const char *incident; /* its id */
    const char *by;       /* the principal who asked: "slack:U012AB3CD", "pagerduty:PXPGF42"; NULL: opsgate itself */
    const char *email;    /* that person's, where the handler knows it; NULL: it does not. Personal */
    int64_t asked_at_ms;  /* unix, by the store's clock (view_unix_ms); 0: not compared with what changed since */
    int64_t not_after_ms; /* likewise; later nothing is written any more; 0: it is never too late */
};

enum pagerduty_end {
    PAGERDUTY_WRITTEN, /* "written": PagerDuty took it */
    PAGERDUTY_ALREADY, /* "already": it was so, by an earlier try or by somebody else; nothing was written */
    PAGERDUTY_UNFIT,   /* "unfit": from the state that was seen this is never written: acknowledging would reopen it */
    PAGERDUTY_CHANGED, /* "changed": somebody else changed it after this was asked for */
    PAGERDUTY_TOO_LATE /* "too_late": past not_after_ms; whatever it is now, it is not what was wanted */
};

struct pagerduty_acted {
    int end;              /* enum pagerduty_end */
    const char *seen;     /* the status before anything was written: "triggered"...; NULL: a trigger that was made */
    const char *said;     /* one sentence for people, always: "PINC001 was resolved already: acknowledging it would..." */
    const char *as;       /* the address it was written as; NULL: nothing was written. Personal */
    bool is_stand_in;     /* that is pagerduty.from, in place of `by`, who is nobody in PagerDuty */
    const struct pagerduty_incident *incident; /* after it was written; as it was seen, when nothing was */
};
extern const struct shape pagerduty_acted_shape;

/* ---- status ---- */

enum pagerduty_intent {
    PAGERDUTY_ACKNOWLEDGE, /* from triggered alone. A resolved one would be reopened by it: unfit */
    PAGERDUTY_RESOLVE,     /* from triggered and acknowledged */
    PAGERDUTY_REOPEN,      /* from resolved, to triggered: it pages again. Merged into another: unfit */
};
struct pagerduty_status_wish {
    struct pagerduty_act of;
    int intent;             /* enum pagerduty_intent: "acknowledge", "resolve", "reopen" */
    const char *resolution; /* of a resolve: text for its log; or NULL */
};
extern const struct shape pagerduty_status_wish_shape;

/* ---- what it is called, how bad it is ---- */

struct pagerduty_change_wish { /* NULL: stays as it is. Resolved ones take it as well */
    struct pagerduty_act of;
    const char *title;    /* PAGERDUTY_TITLE_MAX_BYTES at most */
    const char *urgency;  /* "high", "low". No webhook tells of an urgency or a title that changed */
    const char *priority; /* its name there: "P1"; refused (400) where there is none of that name */
};
extern const struct shape pagerduty_change_wish_shape;

/* ---- who is called ---- */

struct pagerduty_assign_wish { /* one of the three; only open ones can be assigned: a resolved one is unfit */
    struct pagerduty_act of;
    const char **users; /* PagerDuty's ids, PAGERDUTY_USERS_MAX at most: to these; it escalates by itself no more */
    size_t users_count;
    int64_t level;      /* from 1: to whoever is on call there by the policy that it has. Calls them, again if they were */
    const char *policy; /* to another escalation policy, at its first level */
};
extern const struct shape pagerduty_assign_wish_shape;

/* ---- sleep ---- */

struct pagerduty_snooze_wish { /* only an acknowledged one sleeps: anything else is unfit */
    struct pagerduty_act of;
    int64_t seconds; /* 1 to PAGERDUTY_SNOOZE_MAX_S; then it is triggered again, if it is still open */
};
extern const struct shape pagerduty_snooze_wish_shape;

/* ---- words ---- */

/* A note is the same note when one with its words was made after asked_at_ms: another try finds it, and two of the same words
 * that were asked for within two minutes may become one. asked_at_ms is needed. Past not_after_ms a note that no try before has
 * made ends as refused, and so does a status update. */
struct pagerduty_note_wish {
    struct pagerduty_act of;
    const char *text; /* plain; PAGERDUTY_TEXT_MAX_BYTES at most */
};
extern const struct shape pagerduty_note_wish_shape;

/* A status update: mailed to whoever subscribed to the incident, so it is never sent twice. Its answer lost, it ends as unknown
 * (END_UNKNOWN), and a person has to look. */
struct pagerduty_tell_wish {
    struct pagerduty_act of;
    const char *text; /* plain; PAGERDUTY_TEXT_MAX_BYTES at most */
};
extern const struct shape pagerduty_tell_wish_shape;

struct pagerduty_noted {
    const char *id;   /* of the note or the update; NULL: PagerDuty did not tell it */
    bool existed;     /* an earlier try had made it */
    const char *as;   /* as in pagerduty_acted; NULL when it existed */
    bool is_stand_in;
};
extern const struct shape pagerduty_noted_shape;

/* ---- a new one ---- */

/* By REST, not by the Events API: nothing has to be configured for it but the service's id, and the incident comes back at once.
 * Its incident_key is the effect's id, which no other incident ever has: PagerDuty refuses a second open one, and a resolved one
 * is found by it as well ("already"). */
struct pagerduty_trigger_wish {
    struct pagerduty_act of; /* without an incident */
    const char *service;     /* PagerDuty's id */
    const char *title;       /* PAGERDUTY_TITLE_MAX_BYTES at most */
    const char *details;     /* plain text; or NULL */
    const char *urgency;     /* "high", "low"; NULL: as the service says */
    const char *policy;      /* an escalation policy in place of the service's; or NULL */
    const char *user;        /* or one user, called directly: no escalation; not with `policy`. Or NULL */
};
extern const struct shape pagerduty_trigger_wish_shape;

#endif
