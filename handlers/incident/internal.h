/* internal.h - one decision about an incident, and what the files here ask of each other. Only for this folder. */
#ifndef OPSGATE_HANDLERS_INCIDENT_INTERNAL_H
#define OPSGATE_HANDLERS_INCIDENT_INTERNAL_H

#include "handlers/incident/incident.h"

#include "bot/base/time.h"

struct alert_group;
struct change_kept;
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
    DEED_PUBLIC,
    DEED_RESOLVE,
    DEED_REOPEN,
    DEED_CLOSE,
    DEED_INVITE,
    DEED_PRIVATE, /* tells that none becomes so later */
    DEED_POST_MORTEM,
    DEED_ASSESS,
    DEED_LIST,
    DEED_STATS,
    DEED_SHOW
};
struct incident_arguments {
    enum incident_deed deed;
    const char *severity;
    const char *type; /* declare: a name of incidents.types; or NULL */
    bool is_private;  /* likewise */
    const char *known;   /* likewise: what is known by now, for the timeline, quoted; or NULL */
    const char *message; /* declare, note: from which it comes, "C012AB3CD/1700000000.000100"; or NULL */
    const char *text;             /* quoted: a title, an update, a note, a resolution; or NULL */
    const struct principal *lead; /* NULL: whoever asks */
    const struct principal *invited;
    size_t invited_count;
    int64_t days;                 /* of stats */
    const char *status;           /* of public: Statuspage's; or NULL */
    const char **components;      /* likewise: keys of statuspage.components */
    size_t components_count;
};

/* A request begins one: `body` has its severity and title, and the pages or alerts that open it. `who`: a mention, or
 * "PagerDuty", "Alertmanager". `body` outlives the call, as the outcome does. */
void incident_begin(const struct view *view, struct incident_body *body, const char *who, struct outcome *out);

/* ---- which.c: which one is meant ---- */

/* Without a number: in its own channel that one is meant, closed too, and elsewhere the only one that is open, of those that whoever
 * asks can see. NULL: it has to be said, and this says so. */
const struct operation *incident_find_meant(const struct view *view, const struct request *request);
/* Those that are open and that whoever asks can see, oldest first; how many there are. */
size_t incident_list_seen(const struct view *view, const struct request *request, const struct operation ***ret_list);
void incident_ask_which(const struct view *view, const struct request *request, const char *deed, struct outcome *out);

/* ---- typed.c ---- */

/* Words of others as one line: quoted, so many bytes of them at most, with one space between two. NULL: nothing is left. */
const char *incident_words(struct str text, size_t max_bytes, struct arena *arena);

/* ---- timeline.c ---- */

/* What happened, into its timeline and, as "incident.KIND", into the journal: `text` and `who` are personal there. */
void incident_record(struct deciding *d, const char *kind, const char *who, const char *text);
void incident_record_link(struct deciding *d, const char *kind, const char *who, const char *text, const char *link);
/* Likewise; when it was is now. */
void incident_record_entry(struct deciding *d, struct incident_entry entry);

/* ---- messages.c: messages of Slack's in it ---- */

bool incident_is_message(struct str text); /* "C012AB3CD/1700000000.000100" */
/* As that: the one that a request is about, else what was typed for it; or NULL. */
const char *incident_message_of(const struct request *request, const char *typed, struct arena *arena);
/* It was declared from that one, by `who`, a mention: in the decision that begins it. */
void incident_comes_from(struct incident_body *body, const char *message, const char *who, struct outcome *out);
void incident_noted_from(struct deciding *d, const char *message, const char *who); /* likewise of a note */
void incident_marked(struct deciding *d);       /* EVENT_OUTSIDE SLACK_REACTION_ADDED */
void incident_message_read(struct deciding *d); /* EVENT_READING "message:..." */

/* ---- mentions.c ---- */

/* Words of somebody, such as "ask slack:U1", as they are shown: whom they mention becomes a mark. NULL: NULL. */
const char *incident_mentions(const char *text, struct arena *arena);
/* Likewise for what nobody is called by, such as a title: "ask @ann", by `people`; others as they stand. */
const char *incident_names(const struct settings *settings, const char *text, struct arena *arena);

/* ---- say.c ---- */

/* In its channel; while there is none, in #incidents, or of a private one to each who is in it. */
void incident_say(struct deciding *d, const char *text);
void incident_say_reply(struct deciding *d, struct reply reply); /* there, as it is: it names the incident */
void incident_announce(struct deciding *d, const char *text); /* in #incidents, where one is configured; nothing of a private one */
void incident_announce_first(struct deciding *d, const char *text); /* before whatever else waits to be said there */
void incident_say_everywhere(struct deciding *d, const char *text); /* in both */
void incident_say_to(struct deciding *d, const char *channel, struct reply reply);

/* ---- opening.c: the steps; each is wanted once, and none waits for a person ---- */

void incident_open(struct deciding *d);           /* begun: what can be wanted at once */
void incident_call_off_opening(struct deciding *d); /* it is closed: nobody needs a channel that is not there yet */
void incident_step_ended(struct deciding *d);     /* EVENT_EFFECT, EVENT_READING with a name of a step: "step:..." */
void incident_page_came(struct deciding *d);                 /* its last one joined it while it is open */
void incident_invite(struct deciding *d, const char *user); /* one more: a new lead, an escalation. A slack id */
void incident_invite_again(struct deciding *d, const char *user); /* whoever may have left since */
/* Of "pagerduty:PANN", as `people` joins them; NULL: they are nobody in Slack, as far as we know. */
const char *incident_slack_id(const struct deciding *d, const char *principal);
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
void incident_call_to(struct deciding *d, const char *text); /* in its channel; not said any more once it is resolved */
void incident_call_off_prompts(struct deciding *d); /* it is closed: what it asked people for is not said any more */
/* `ms` after `from_ms`, both steady; of a severity with in_hours only time within incidents.hours counts. */
int64_t incident_after(const struct deciding *d, int64_t from_ms, int64_t ms);

/* ---- held_back.c: very many wait for their channels ---- */

#define INCIDENT_HELD_BACK "held-back"
void incident_join_held_back(struct deciding *d);    /* it begins, and wants one */
void incident_tell_held_back(struct deciding *d);    /* what held_at_ms is for */
void incident_hand_on_held_back(struct deciding *d); /* it is closed: another one speaks for them */
void incident_take_held_back(struct deciding *d);    /* EVENT_MESSAGE: this one */

/* ---- escalation.c ---- */

/* "@{slack:U1}, @{slack:U2}": whoever is on call by the policy's schedules; NULL: nobody is known, or it is private. */
const char *incident_on_call(const struct deciding *d);
/* They, else the first role of the severity's ladder, else whoever was invited; NULL: nobody is known. */
const char *incident_whom_to_ask(const struct deciding *d);
int64_t incident_rung_at(const struct deciding *d); /* when the next role of the ladder is called; 0: none is */
void incident_call_rungs(struct deciding *d);       /* each whose time has come, once */

/* ---- incident_mail.c ---- */

void incident_mail(struct deciding *d);       /* to the severity's stakeholders */
void incident_call_off_mail(struct deciding *d); /* it says what is not so any more */
void incident_mail_ended(struct deciding *d); /* EVENT_EFFECT "mail" */

/* ---- changes.c ---- */

#define INCIDENT_CHANGES_BEFORE_MS (2 * HOUR_MS)
#define INCIDENT_ENDED_KEPT 1000 /* view.h: list_ended */

struct incident_span {
    int64_t from_ms, until_ms; /* steady */
    bool has_holds;            /* locks and halts, too */
};
struct incident_changes {
    const struct operation **list; /* opsgate's own, oldest first */
    size_t count;
    bool is_cut; /* of the time before nothing is kept any more */
    const struct change_kept *told; /* by others, oldest first: handlers/watch/changes.h */
    size_t told_count;
};
/* What opsgate deployed and rolled back then, and what others told of. */
struct incident_changes incident_changes(const struct view *view, const struct incident_span *span);
/* "deploy of v1.4.2, api/production": without marks. */
const char *incident_change_text(const struct operation *operation, struct arena *arena);
/* The last way back that ended well while it was open, of its services where they are known; NULL: none on record. */
const struct operation *incident_mitigation(const struct view *view, const struct incident_body *body);
void incident_change_told(struct deciding *d); /* EVENT_OUTSIDE of a change: into the timeline */

/* ---- concern.c: which of our services it is about ---- */

/* By `pagerduty_service` of a page's service, and by the label `service` of its alerts. `target`: "api/production"; NULL: false. */
bool incident_concerns(const struct view *view, const struct incident_body *body, const char *target);
bool incident_concerns_service(const struct view *view, const struct incident_body *body, const char *name);
/* "`api`, `web`"; NULL: nobody knows. */
const char *incident_concern_text(const struct view *view, const struct incident_body *body);
/* The names of ours that a group of alerts has in its label `service`. */
void incident_services_of(const struct settings *settings, const struct alert_group *group, struct arena *arena,
                          const char ***ret_services, size_t *ret_count);

/* ---- assessment.c, assessment_words.c, mending.c ---- */

void incident_assess(struct deciding *d); /* looks, and says in its channel what was found; not while one looks already */
void incident_assess_asked(struct deciding *d);
void incident_look_heard(struct deciding *d); /* EVENT_READING "assess:...", EVENT_TIMER "assess" */
/* `look` NULL: places were not looked at. */
struct reply incident_assessment(const struct deciding *d, const struct status_body *look,
                                 const struct incident_changes *changes);
/* Runbooks whose `match` fits: the line to type, and a button where it takes no words. runbooks.c */
void incident_offer_runbooks(const struct deciding *d, struct reply *reply);
/* Lines and buttons of what may mend it: the way back of what changed, those of its services first, the newest first. */
void incident_offer_mends(const struct deciding *d, const struct incident_changes *changes, struct reply *reply);

/* ---- status_page.c: what the public is told ---- */

void incident_public_open(struct deciding *d);   /* by statuspage.opening, if its severity is shown and it is not yet */
void incident_public_hint(struct deciding *d);   /* it should be shown, and only a person can say what */
void incident_public_follow(struct deciding *d); /* it was resolved, or is open again */
/* A person's words, of `arguments`; replied. `who`: a mention. */
void incident_public_say(struct deciding *d, const struct incident_arguments *arguments, const char *who);
void incident_public_ended(struct deciding *d); /* EVENT_EFFECT "public:..." */
const char *incident_public_text(const struct deciding *d); /* for its card; NULL: nothing to tell */
/* What the public may read after the end, though it is over: a sentence that says where to look; NULL: nothing. */
const char *incident_public_left(const struct deciding *d);
bool incident_public_is_opening(const struct deciding *d); /* what it reads can be told only afterwards */

/* ---- public_words.c ---- */

/* What stands before the words for the public, "identified, api/production: ": a status and components, as `arguments` has them
 * then. Gives how many words that are; 0: none. */
size_t incident_public_marks(const struct settings *settings, const char *const *words, size_t count, struct arena *arena,
                             struct incident_arguments *arguments);
bool incident_public_is_status(const char *word);
/* Of what is left of the words. False: it is longer than what is told at once, somebody or a channel of ours is named, which means
 * nothing to the public, or before a colon what is meant for a status or a component, and is none. */
bool incident_public_check(const struct settings *settings, const char *const *words, size_t count, struct arena *arena,
                           struct error *err);

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

/* Of those that whoever asks can see. */
void incident_list(const struct view *view, const struct request *request, struct outcome *out);
void incident_stats(const struct view *view, const struct request *request, int64_t days, struct outcome *out);
/* Until somebody acknowledged it the first time: a reopened one has nobody any more, and had all the same. -1: nobody did. */
int64_t incident_answered_after_ms(const struct view *view, const struct incident_body *body);
size_t incident_reopened_count(const struct incident_body *body);

/* ---- card.c ---- */

void incident_card(const struct view *view, const struct operation *operation, const void *body, struct card *ret_card);

/* ---- private.c ---- */

bool incident_is_private(const struct operation *operation);
/* What they are told: the same of one that is not there. */
const char *incident_unseen(const struct view *view, const struct request *request, const char *id);
const char *incident_declarer(const struct deciding *d); /* as Slack knows them; NULL: it does not */
#define INCIDENT_INSIDERS_TOLD_MAX 20
struct incident_insiders { /* slack ids of who is told, each once */
    const char **users;
    size_t count;
};
struct incident_insiders incident_insiders(const struct deciding *d);

/* ---- type.c ---- */

const struct incident_type *incident_find_type(const struct incidents_settings *incidents, const char *name); /* or NULL */
const char *incident_type_text(const struct view *view, const struct incident_body *body); /* "data-breach, ABOUT"; or NULL */
/* What opens another one like it. */
const char *incident_line_to_declare(const struct view *view, const struct incident_body *body);

#endif
