/* internal.h - one decision about an incident, and what the files here ask of each other. Only for this folder. */
#ifndef OPSGATE_HANDLERS_INCIDENT_INTERNAL_H
#define OPSGATE_HANDLERS_INCIDENT_INTERNAL_H

#include "handlers/incident/incident.h"

struct alert_group;
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

/* A request begins one: `body` has its severity and title, and the pages or alerts that open it. `who`: a mention, or
 * "PagerDuty", "Alertmanager". `body` outlives the call, as the outcome does. */
void incident_begin(const struct view *view, struct incident_body *body, const char *who, struct outcome *out);

/* ---- which.c: which one is meant ---- */

const struct operation *incident_find(const struct view *view, const char *id); /* any operation, ended ones too; or NULL */
/* Without a number: in its own channel that one is meant, closed too, and elsewhere the only one that is open. NULL: it has to be
 * said, and this says so. */
const struct operation *incident_find_meant(const struct view *view, const char *channel);
void incident_ask_which(const struct view *view, const char *deed, struct outcome *out);

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
void incident_call_off_opening(struct deciding *d); /* it is closed: nobody needs a channel that is not there yet */
void incident_step_ended(struct deciding *d);     /* EVENT_EFFECT, EVENT_READING with a name of a step: "step:..." */
void incident_page_came(struct deciding *d);                 /* its last one joined it while it is open */
void incident_invite(struct deciding *d, const char *user); /* one more: a new lead, an escalation. A slack id */
void incident_describe(struct deciding *d);       /* topic anew: severity, state or lead changed */

/* ---- life.c: a state, whoever wants it. False: it is so already, or may not be; `said` then tells why ---- */

void incident_asked(struct deciding *d); /* EVENT_REQUEST */
bool incident_acknowledge(struct deciding *d, const char *who, const char **ret_said);
bool incident_resolve(struct deciding *d, const char *who, const char *text, const char **ret_said);
bool incident_reopen(struct deciding *d, const char *who, const char *text, const char **ret_said);
void incident_close(struct deciding *d, const char *who);
/* Nobody works on it any more, by what PagerDuty tells: it is open again. False: it is not acknowledged. */
bool incident_unacknowledge(struct deciding *d, const char *who);

/* ---- pagerduty.c: convergence ---- */

/* What was done here is wanted there: "acknowledge", "resolve", "reopen", of each page that is not so already. `by`: the
 * principal who asked, "slack:U1"; NULL: opsgate itself. A resolve takes along what whoever asked said of it. Gives of how many. */
size_t incident_want_pages(struct deciding *d, const char *intent, const char *by);
void incident_note_pages(struct deciding *d, const char *text, const char *by);
void incident_page_acted(struct deciding *d); /* EVENT_EFFECT "page:..." */
void incident_page_read(struct deciding *d);  /* EVENT_READING "page:...": what incident_see_page could not tell the order of */
/* Told or read: what is so there becomes so here, and is never written back. Of a webhook, status_at_ms is the event's instant.
 * `who`: a mention or "PagerDuty"; NULL: whoever it says changed the status last. */
void incident_see_page(struct deciding *d, const struct pagerduty_incident *seen, const char *who);
bool incident_has_page(const struct incident_body *body, const char *id);
/* One more; whoever adds it records and says that. False: too many. True, and nothing changes: it is there already. */
bool incident_add_page(struct deciding *d, const struct pagerduty_incident *page);

/* ---- told.c ---- */

void incident_told(struct deciding *d); /* EVENT_OUTSIDE */
/* A page as it is, however that became known: it joins, or what is so there becomes so here. */
void incident_hear_page(struct deciding *d, const struct pagerduty_incident *page, const char *who);
/* Somebody of another system as people here know them: by `people` a mention of Slack's, else by their name there. */
const char *incident_who(const struct view *view, const struct principal *who);

/* ---- joins.c ---- */

void incident_told_again(struct deciding *d); /* EVENT_REQUEST "incident-told": of a page that it has, or that joins it */
/* The live incident that has that page; NULL: none. */
const struct operation *incident_of_page(const struct view *view, const char *id);

/* ---- open_on.c ---- */

/* By incidents.open_on, as incident_severity_of_page says it; NULL: it is no incident of ours. */
const char *incident_severity_of(const struct incidents_settings *incidents, const struct pagerduty_incident *page);
const char *incident_severity_of_alerts(const struct incidents_settings *incidents, const struct alert_group *group);
/* "triggered": what it is, as an event tells it, or by the event's name; NULL: it has to be read. */
const char *incident_page_status(const struct pagerduty_incident *page, const char *event);

/* ---- timers.c ---- */

void incident_set_timers(struct deciding *d); /* by what it is now; called at the end of each decision that changed anything */
void incident_due(struct deciding *d);        /* EVENT_TIMER */
void incident_call_off_prompts(struct deciding *d); /* it is closed: what it asked people for is not said any more */
/* `ms` after `from_ms`, both steady; of a severity with in_hours only time within incidents.hours counts. */
int64_t incident_after(const struct deciding *d, int64_t from_ms, int64_t ms);

/* ---- escalation.c ---- */

/* "@{slack:U1}, @{slack:U2}": whoever is on call by the policy's schedules, else the first role of the severity's ladder, else
 * whoever was invited; NULL: nobody is known. */
const char *incident_on_call(const struct deciding *d);
int64_t incident_rung_at(const struct deciding *d); /* when the next role of the ladder is called; 0: none is */
void incident_call_rungs(struct deciding *d);       /* each whose time has come, once */

/* ---- incident_mail.c ---- */

void incident_mail(struct deciding *d);       /* to the severity's stakeholders */
void incident_call_off_mail(struct deciding *d); /* it says what is not so any more */
void incident_mail_ended(struct deciding *d); /* EVENT_EFFECT "mail" */

/* ---- post_mortem.c, upload.c ---- */

const char *incident_post_mortem(const struct view *view, const struct operation *operation,
                                 const struct incident_body *body, struct arena *arena); /* Markdown */
/* Into its channel; whoever asked for it is answered, on the host with the text itself. */
void incident_upload_post_mortem(struct deciding *d);
void incident_upload_ended(struct deciding *d); /* EVENT_EFFECT "upload:..." */
/* As a reply's lines: of one that is closed, too. */
void incident_print_post_mortem(const struct view *view, const struct operation *operation,
                                const struct incident_body *body, struct outcome *out);

/* ---- list.c ---- */

void incident_list(const struct view *view, struct outcome *out);
void incident_stats(const struct view *view, int64_t days, struct outcome *out);
/* Until somebody acknowledged it the first time: a reopened one has nobody any more, and had all the same. -1: nobody did. */
int64_t incident_answered_after_ms(const struct view *view, const struct incident_body *body);
size_t incident_reopened_count(const struct incident_body *body);

/* ---- card.c ---- */

void incident_card(const struct view *view, const struct operation *operation, const void *body, struct card *ret_card);

#endif
