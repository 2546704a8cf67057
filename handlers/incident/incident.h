/* incident.h - an incident: from the page, or from somebody's word, to the post-mortem.
 *
 * One operation is one incident, and one incident has one channel. Its states are a person's words: it is "open",
 * "acknowledged" (somebody works on it), "resolved", and ends when it is closed. People change it by `incident ...` and by
 * the buttons of its card, PagerDuty by what it tells; each of them says what should be, in any order and twice, and what
 * is so already changes nothing. So nothing echoes: what we did in PagerDuty comes back as what is so (pagerduty.c).
 *
 * What is done outside stands in steps, each with a tag of its own, of which each is wanted once (opening.c). None is
 * essential: without Slack the incident lives on, its timers run, and `opsgate run incident ...` works.
 *
 * Sources: docs/incidents.md is what people read; PagerDuty's and Slack's own pages are named where their exchanges are.
 */
#ifndef OPSGATE_HANDLERS_INCIDENT_H
#define OPSGATE_HANDLERS_INCIDENT_H

#include "bot/model/listener.h"
#include "bot/model/settings.h"
#include "bot/model/verb.h"

struct pagerduty_incident;
struct request;
struct status_body;

#define INCIDENT_OPEN "open"
#define INCIDENT_ACKNOWLEDGED "acknowledged"
#define INCIDENT_RESOLVED "resolved"
#define INCIDENT_CLOSED "closed"

#define INCIDENT_TITLE_MAX_BYTES 200
#define INCIDENT_TEXT_MAX_BYTES 1500 /* of an update, a note */
#define INCIDENT_TIMELINE_MAX 300    /* what is more is in the journal alone, and `cut` counts it */
#define INCIDENT_TIMELINE_MAX_BYTES (160 * 1024) /* of its words, likewise: twice as many as JSON, and the store takes it */
#define INCIDENT_UNINVITED_MAX 50    /* more of them are not kept */
#define INCIDENT_PAGES_MAX 20
#define INCIDENT_ALERTS_MAX 20
#define INCIDENT_MESSAGES_MAX 200 /* an older one that is marked anew stands in the timeline twice */

struct incident_page { /* an incident of PagerDuty's that belongs to this one */
    const char *id, *url, *title;
    int64_t number;
    const char *service; /* PagerDuty's id of it */
    const char *status;  /* as it was told or read last: "triggered", "acknowledged", "resolved" */
    int64_t status_at_ms;   /* when it became that, by PagerDuty's clock; what is told of an earlier time is old. 0: not known */
    const char *wanted;     /* the intent that is on its way: "acknowledge", "resolve", "reopen"; NULL: none */
    int64_t acts;           /* intents on their way, of which `wanted` is the newest */
    bool is_unsettled;      /* the incident does not follow it yet: the end of what is on its way, or what is seen next, decides */
    bool is_unclear;        /* something was told, and nobody knows whether before or after that: it is read */
    bool is_merged;         /* resolved by being merged into another one: nothing is wanted of it any more */
};

struct incident_alerts { /* a group of Alertmanager's */
    const char *key; /* its groupKey */
    const char *title;
    bool is_firing;
    int64_t told_at_ms; /* when that became so, by Alertmanager's clock: what is told of an earlier time is old */
    const char **services; /* of ours, by its label `service` */
    size_t services_count;
    struct shape_pair *labels; /* that all of its alerts had when they were first told */
    size_t labels_count;
};

struct incident_public_wish { /* something for the public */
    const char *status, *text;
    bool reopens, names_components;
};

struct incident_status_page { /* what the public is told of it */
    const char *id, *url;        /* Statuspage's, of its incident; NULL: it is not known there, or not yet */
    const char *status;          /* as it was there last */
    const char *wanted;          /* as it will be once all that is on its way has come; NULL: nothing is */
    int64_t acts;                /* updates on their way */
    const char *text;            /* the last words */
    const char *opening, *opening_status; /* what it was opened by: another try says the same. NULL: nobody has tried */
    bool is_opening;             /* that is on its way */
    bool is_unclear;             /* nobody knows whether it came; or, where `id` is known, the last update */
    struct incident_public_wish *waiting; /* while it is opening */
    size_t waiting_count;
    const char **components;     /* keys of statuspage.components: what it affects */
    size_t components_count;
};

struct incident_entry {
    int64_t at_ms;    /* unix, by the store's clock */
    const char *kind; /* "opened", "acknowledged", "severity", "update", "note", ...: INCIDENT_SAID_... in internal.h */
    const char *who;  /* a mention, "PagerDuty", "opsgate"; or NULL */
    const char *text; /* or NULL. Quoted already */
    const char *link; /* or NULL: where it was said */
    const char *change; /* or NULL: which one that others told it is, so that it stands there once */
};

struct incident_message { /* one of Slack's that stands in the timeline, or will once it is read */
    const char *id;       /* "C012AB3CD/1700000000.000100" */
    const char *by;       /* who marked it, noted it, or declared the incident from it: a mention */
    bool is_origin;       /* the latter */
    bool is_noted;        /* somebody noted what it says: its link is to stand there, too */
};

struct incident_body {
    const char *title;    /* quoted: safe in cards */
    const char *severity; /* a name of incidents.severities */
    const char *type;     /* a name of incidents.types; or NULL */
    bool is_private;      /* for those who are in it, from its beginning to its end: private.c */
    const char *lead;     /* a mention: "@{slack:U012AB3CD}"; NULL: nobody leads */
    const char *lead_principal; /* "slack:U012AB3CD" */
    int64_t opened_at_ms, acknowledged_at_ms, resolved_at_ms; /* steady clock; 0: it is not. Reopened: resolved is 0 again */
    int64_t reopened_at_ms; /* the last time, or 0; whoever reopens it takes is_ack_overdue back */
    int64_t updated_at_ms; /* the last update of a person's, or 0 */
    const char *update;    /* its words */
    const char *channel, *channel_name; /* an id; NULL: there is none, yet or at all */
    const char *channel_wanted;         /* the name with which it was asked for: another try has to ask for the same */
    const char *channel_problem;        /* why there is none */
    bool wants_channel;    /* it is on its way, or done */
    int64_t channel_tries; /* to make it: how often it was wanted */
    int64_t held_at_ms;    /* it speaks for all that wait for their channels, and looks then how many; 0: it does not. held_back.c */
    int64_t held_told;     /* so many it has told #incidents of; 0: nothing yet */
    bool is_announced;     /* in #incidents */
    int64_t steps;         /* of opening.c: a bit each, those that were wanted already */
    const char **people;   /* who was invited, or wanted: slack ids */
    size_t people_count;
    const char **uninvited; /* "@{slack:U1}: why", who could not be */
    size_t uninvited_count;
    const char **on_call;  /* who is, first, for the page's service, as PagerDuty told: mentions, or names */
    size_t on_call_count;
    struct incident_page *pages;
    size_t pages_count;
    int64_t more_pages; /* so often was told of others, beyond INCIDENT_PAGES_MAX, which are not followed */
    struct incident_alerts *alerts;
    size_t alerts_count;
    struct incident_entry *timeline;
    size_t timeline_count;
    int64_t cut;           /* entries that are left out */
    const char **called;   /* roles of ladders, as often as each was called: the ladder goes on where the severity changes */
    size_t called_count;
    bool is_ack_overdue;   /* it was said that nobody answered */
    bool is_mailed;        /* stakeholders */
    int64_t reminders;     /* for an update, for the post-mortem */
    int64_t reminded_at_ms; /* the last of them */
    int64_t post_mortems;  /* uploaded so far */
    struct incident_status_page *status_page; /* NULL: nothing was to be public yet */
    const struct status_body *looking; /* its places are looked at, to be assessed; NULL: they are not */
    int64_t assessments;   /* told so far */
    struct incident_message *messages;
    size_t messages_count;
};
extern const struct shape incident_body_shape;

extern const struct machine machine_incident;
extern const struct verb verb_incident; /* what people type; policy rules `incident`, and `acknowledge` for `incident ack` */
extern const struct verb verb_incident_told; /* internal: what PagerDuty or Alertmanager told opens one */

/* ---- listeners (joins.c) ---- */

bool incident_hears(const struct view *view, const struct operation *operation, const struct outside_event *event);
bool incident_pagerduty_asks(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request);
/* What PagerDuty did not tell, and was read there: `ret_request` asks for what a webhook would have. False: it is none of ours,
 * or too old to open one. */
bool incident_page_asks(const struct view *view, const struct pagerduty_incident *page, struct wanted_request *ret_request);
bool incident_alerts_ask(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request);
/* A message was marked in its channel. messages.c */
bool incident_hears_mark(const struct view *view, const struct operation *operation, const struct outside_event *event);
/* A change that others told of, for each that is not resolved. */
bool incident_hears_change(const struct view *view, const struct operation *operation, const struct outside_event *event);

/* ---- for others ---- */

/* The post-mortem of an incident for whoever has a token, of one that has ended, too: Markdown, in the view's arena. NULL:
 * there is no such incident, or it is private. */
const char *incident_post_mortem_for_tokens(const struct view *view, const char *id);

/* May whoever asks know of it, and may the answer be read where it goes? True of all but private incidents. */
bool incident_is_seen(const struct view *view, const struct operation *operation, const struct request *request);
/* Did they declare it, do they lead it, or were they invited? */
bool incident_is_in(const struct view *view, const struct operation *operation, const struct principal *who);
/* The ids of those that are not resolved and that whoever asks can see, the worst first. `targets` NULL: all of them, else those
 * that concern one of these ("api/production"). */
void incident_list_open(const struct view *view, const struct request *request, const char *const *targets,
                        size_t targets_count, const char ***ret_ids, size_t *ret_count);
/* Does one that the public sees, and that is not over there, affect this component of the status page? */
bool incident_affects_component(const struct view *view, const char *component);
/* As `incident list` has it: severity, title, state, who leads. NULL: it is over. Whoever asks has found that they can see it. */
const char *incident_line(const struct view *view, const char *id);
/* Its place among incidents.severities, from worst (0); their count when it is not there. */
size_t incident_rank(const struct incidents_settings *incidents, const char *severity);
/* By the first row of incidents.open_on that matches; NULL: it is no incident of ours. */
const char *incident_severity_of_page(const struct incidents_settings *incidents, const char *urgency,
                                      const char *service, const char *priority);

#endif
