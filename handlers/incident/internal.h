/* internal.h - one decision about an incident, and what the files here ask of each other. Only for this folder. */
#ifndef OPSGATE_HANDLERS_INCIDENT_INTERNAL_H
#define OPSGATE_HANDLERS_INCIDENT_INTERNAL_H

#include "handlers/incident/incident.h"

struct pagerduty_incident;

struct deciding {
    const struct view *view;
    const struct operation *operation; /* NULL: it is begun by this decision */
    const char *id;                    /* "D12" */
    const char *state;                 /* as it will be after this decision */
    struct incident_body *body;        /* ours to change: its lists are copies */
    const struct event *event;         /* NULL likewise */
    struct outcome *out;
};

struct incident_body *incident_own_body(const struct incident_body *body, struct arena *arena); /* body.c */
const struct severity_settings *incident_severity(const struct deciding *d); /* NULL: the file has it no more. body.c */
bool incident_is(const struct deciding *d, const char *state);
int64_t incident_now_ms(const struct deciding *d); /* steady */

/* ---- verb.c: what people typed ---- */

enum incident_deed {
    DEED_DECLARE,
    DEED_ACKNOWLEDGE,
    DEED_LEAD,
    DEED_SEVERITY,
    DEED_UPDATE,
    DEED_NOTE,
    DEED_RESOLVE,
    DEED_REOPEN,
    DEED_CLOSE,
    DEED_POST_MORTEM,
    DEED_LIST,
    DEED_STATS,
    DEED_SHOW
};
struct incident_arguments {
    enum incident_deed deed;
    const char *severity;
    const char *text;             /* quoted: a title, an update, a note, a resolution; or NULL */
    const struct principal *lead; /* NULL: whoever asks */
    int64_t days;                 /* of stats */
};

/* ---- timeline.c ---- */

/* What happened, into its timeline and, as "incident.KIND", into the journal: `text` and `who` are personal there. */
void incident_record(struct deciding *d, const char *kind, const char *who, const char *text);

/* ---- say.c ---- */

/* In its channel; while there is none, in #incidents. */
void incident_say(struct deciding *d, const char *text);
void incident_announce(struct deciding *d, const char *text); /* in #incidents, where one is configured */
void incident_say_to(struct deciding *d, const char *channel, struct reply reply);

/* ---- opening.c: the steps; each is wanted once, and none waits for a person ---- */

void incident_open(struct deciding *d);           /* begun: what can be wanted at once */
void incident_step_ended(struct deciding *d);     /* EVENT_EFFECT, EVENT_READING with a name of a step: "step:..." */
void incident_invite(struct deciding *d, const char *user); /* one more: a new lead, an escalation. A slack id */
void incident_describe(struct deciding *d);       /* topic anew: severity, state or lead changed */

/* ---- life.c: a state, whoever wants it. False: it is so already, or may not be; `said` then tells why ---- */

void incident_asked(struct deciding *d); /* EVENT_REQUEST */
bool incident_acknowledge(struct deciding *d, const char *who, const char **ret_said);
bool incident_resolve(struct deciding *d, const char *who, const char *text, const char **ret_said);
bool incident_reopen(struct deciding *d, const char *who, const char *text, const char **ret_said);
void incident_close(struct deciding *d, const char *who);

/* ---- pagerduty.c: convergence ---- */

/* What was done here is wanted there: "acknowledge", "resolve", "reopen", of each page that is not so already. `by`: the
 * principal who asked, "slack:U1"; NULL: opsgate itself. */
void incident_want_pages(struct deciding *d, const char *intent, const char *by);
void incident_note_pages(struct deciding *d, const char *text, const char *by);
void incident_page_acted(struct deciding *d);                        /* EVENT_EFFECT "page:..." */
void incident_see_page(struct deciding *d, const struct pagerduty_incident *seen, const char *who); /* told or read: what is so there
                                                                      * becomes so here */
bool incident_has_page(const struct incident_body *body, const char *id);
bool incident_add_page(struct deciding *d, const struct pagerduty_incident *page); /* false: too many */

/* ---- told.c ---- */

void incident_told(struct deciding *d); /* EVENT_OUTSIDE */

/* ---- timers.c ---- */

void incident_set_timers(struct deciding *d); /* by what it is now; called at the end of each decision that changed anything */
void incident_due(struct deciding *d);        /* EVENT_TIMER */

/* ---- post_mortem.c, list.c ---- */

const char *incident_post_mortem(const struct view *view, const struct operation *operation,
                                 const struct incident_body *body, struct arena *arena); /* Markdown */
void incident_upload_post_mortem(struct deciding *d);
void incident_upload_ended(struct deciding *d); /* EVENT_EFFECT "upload" */
void incident_list(const struct view *view, struct outcome *out);
void incident_stats(const struct view *view, int64_t days, struct outcome *out);

/* ---- card.c ---- */

void incident_card(const struct view *view, const struct operation *operation, const void *body, struct card *ret_card);

#endif
