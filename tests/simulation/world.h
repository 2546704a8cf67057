/* world.h - the outside as opsgate meets it over HTTP: Slack, Cloud Run, a registry, a metadata server, health checks,
 * and a bell that can only be rung (nothing tells afterwards whether it was).
 *
 * Written from the services' own documentation, not from integrations/. What it is asked it checks and does; what
 * changes something is told to a watch at the very moment, and everything is in the call log. The weather decides what
 * is lost.
 */
#ifndef OPSGATE_SIMULATION_WORLD_H
#define OPSGATE_SIMULATION_WORLD_H

#include "bot/base/arena.h"
#include "bot/base/json.h"
#include "bot/model/cloud_run.h"
#include "bot/model/http.h"
#include "tests/simulation/scheduler.h"
#include "tests/simulation/weather.h"

#define WORLD_EPOCH_MS INT64_C(1780000000000)
#define WORLD_EPOCH_DATE "20260528" /* of it, by UTC */
#define WORLD_SLACK_URL "http://slack.sim/api"
#define WORLD_RESPONSE_URL "http://slack.sim/commands/"
#define WORLD_ACTION_URL "http://slack.sim/actions/" /* response_url of a pressed button */
#define WORLD_SLACK_TOKEN "xoxb-sim"
#define WORLD_RUN_URL "http://run.sim"
#define WORLD_COMPUTE_URL "http://compute.sim"
#define WORLD_SQLADMIN_URL "http://sqladmin.sim"
#define WORLD_REDIS_URL "http://redis.sim"
#define WORLD_MONITORING_URL "http://monitoring.sim"
#define WORLD_REGISTRY_URL "http://registry.sim"
#define WORLD_METADATA_URL "http://metadata.sim"
#define WORLD_METRICS_URL "http://prometheus.sim"
#define WORLD_GITHUB_URL "http://github.sim"
#define WORLD_GITHUB_TOKEN "ghp_sim"
#define WORLD_PAGERDUTY_URL "http://pagerduty.sim"
#define WORLD_PAGERDUTY_TOKEN "u+sim"
#define WORLD_GROUP "S0TILL" /* a user group of Slack, a team of GitHub, a schedule of PagerDuty */
#define WORLD_TEAM "acme/till"
#define WORLD_SCHEDULE "PTILL"
#define WORLD_LEVER_URL "http://lever.sim/"
#define WORLD_BELL_URL "http://bell.sim/ring"

struct world;
struct world_call; /* one that is out */

struct world_sender { /* on whose behalf: for the log and for the watch; copied */
    unsigned actor;   /* of the instance */
    const char *instance;
    const char *effect; /* outside id; NULL: a reading, or a credential */
    const char *kind;   /* of the effect or reading */
    const char *operation; /* outside id of whose it is; or NULL */
    int64_t attempt;
};

enum world_change_kind {
    CHANGE_POST,     /* a message in a channel */
    CHANGE_UPDATE,   /* of a message */
    CHANGE_REPLY,    /* to a response_url */
    CHANGE_REVISION, /* a service has one more */
    CHANGE_RULE,     /* a rule of Cloud Armor's came or went; place: its range, operation: whose mark it has */
    CHANGE_SCALING,  /* how many instances a service may have is another */
    CHANGE_TRAFFIC,  /* a service's split is another */
    CHANGE_RING,     /* the bell rang */
    CHANGE_CHANNEL,  /* there is one more; text: its name */
    CHANGE_MEMBER,   /* somebody is in it now; text: who */
    CHANGE_ABOUT,    /* its topic or purpose is another; text: what */
    CHANGE_BOOKMARK, /* it has one more; text: its title */
    CHANGE_PAGE,     /* of PagerDuty's: its status; text: what it is now */
    CHANGE_PAGE_NOTE, /* likewise, a note; text: its words */
};
struct world_range { /* of instances; 0: not set */
    int64_t min, max;
};
struct world_change { /* borrowed */
    enum world_change_kind kind;
    const char *place;     /* channel, response_url, or "REGION/SERVICE" */
    const char *effect;    /* outside id found in what was sent: metadata, annotation, body; NULL: none */
    const char *operation; /* likewise */
    const char **also;     /* POST: effects whose words stand there, too */
    size_t also_count;
    const char *text;      /* POST, UPDATE, REPLY: what people read; REVISION: its name */
    const char *ts;        /* POST, UPDATE */
    bool is_private;       /* the channel is one that only its members see */
    const char *was;       /* PAGE: its status before */
    int64_t at_ms;         /* PAGE: since when it was that; virtual */
    const struct run_share *before, *after; /* TRAFFIC: the splits as asked for, LATEST resolved */
    size_t before_count, after_count;
    bool is_there; /* RULE */
    struct world_range range_before, range_after; /* SCALING */
};
/* What the metrics source said. */
enum world_about { ABOUT_REQUESTS, ABOUT_RECENT, ABOUT_ERRORS, ABOUT_P50, ABOUT_P95, ABOUT_BLOCK };
/* In a block of time, or not known. */
struct world_counted {
    int64_t from_ms, to_ms; /* virtual */
    struct world_number {
        bool is_known;
        double value;
    } requests, errors, in_all, fast;
};
struct world_measured {
    enum world_about about;
    const char *revision;
    bool is_known;
    double value;
    struct world_counted block; /* ABOUT_BLOCK: that alone */
};
/* A button as somebody had it before them: its message may look otherwise by now. */
struct world_button {
    const char *channel, *ts, *text; /* of its message */
    const char *action_id, *block_id, *value, *label;
    bool is_ephemeral; /* in an answer that only one person sees */
};
/* Who is in a group, team or schedule, as its peer told. */
struct world_members {
    const char *source; /* "slack-group:S0TILL" */
    const char **members; /* ids of that peer */
    size_t members_count;
};
struct logged_call {
    struct world_sender sender;
    const char *method, *url;
    struct str body; /* while it leaves; borrowed */
    int64_t left_ms, arrived_ms, ended_ms; /* virtual; -1: it did not */
    int status;                            /* as the peer answered, heard or not; 0: it never arrived */
    bool is_refused, is_token_refused;     /* for want of a good credential; of the token itself, else of a permission */
    const char *change;                    /* what it changed, in words; NULL: nothing */
    const struct world_measured *measured; /* the metrics source's good answers; else none */
    size_t measured_count;
    const struct world_members *members;   /* likewise: what a group, team or schedule told */
    const char *page, *page_status;        /* PagerDuty's answer of one: its id, and what it was then */
    const char *author;                    /* likewise: who made the release that GitHub told of */
    int64_t number;
};
struct world_program { /* one that was started, or has ended; a workflow's run likewise; borrowed */
    const char *run, *machine; /* run: the effect's outside id */
    bool has_ended, is_good; /* good: it exited with 0, and by itself */
};
struct world_page_note {
    const char *text;
    int64_t at_ms; /* virtual */
};
struct world_page { /* an incident of PagerDuty's; borrowed */
    const char *id, *title, *service, *status;
    int64_t number, created_at_ms, changed_at_ms; /* virtual; changed: its status */
    const char *changed_by; /* a user's id; NULL: nobody's */
    struct world_page_note *notes;
    size_t notes_count;
};
struct world_page_event { /* that a webhook tells of; borrowed */
    const char *event; /* "incident.triggered" */
    const struct world_page *page;
    const char *user, *note; /* or NULL */
};
struct world_pager { /* who sends these, and who meets somebody there */
    void *ctx;
    void (*on_event)(void *ctx, const struct world_page_event *event);
    void (*on_look)(void *ctx, const struct world_page *page); /* somebody has just been told what it is */
};
enum world_work_phase {
    WORK_TAKEN, /* it was asked for, and runs */
    WORK_ENDED, /* well, or not */
    WORK_SHOWN, /* what it changed is so from now on, and everybody sees it: soon before or after its end; only if that is well */
};
struct world_work { /* what Cloud SQL and Memorystore call an operation; borrowed */
    enum world_work_phase phase;
    const struct logged_call *log; /* of whoever asked for it; NULL: somebody else did */
    const char *name, *type;       /* "FAILOVER", "PROMOTE_REPLICA", "BACKUP_VOLUME", "RESTORE_VOLUME" */
    const char *instance;
    const char *backup; /* that is made, or restored; or NULL */
    bool is_good;       /* when it has ended: well */
};
struct world_watch { /* any may be NULL; log is borrowed */
    void *ctx;
    void (*on_left)(void *ctx, const struct logged_call *log);
    void (*on_change)(void *ctx, const struct logged_call *log, const struct world_change *change);
    void (*on_told)(void *ctx, const struct logged_call *log); /* its answer is heard now */
    /* Somebody else moved a service's traffic: CHANGE_TRAFFIC without an effect. */
    void (*on_foreign)(void *ctx, const struct world_change *change);
    void (*on_rule)(void *ctx, const struct logged_call *log, const struct world_change *change); /* log NULL: by hand */
    void (*on_program)(void *ctx, const struct world_program *program);
    void (*on_work)(void *ctx, const struct world_work *work);
    void (*on_page)(void *ctx, const struct world_page *page, const char *was); /* its status is another; was NULL: it is new */
};

struct world *world_create(struct scheduler *scheduler, struct weather *weather, struct world_watch watch);
void world_destroy(struct world *world);
AUTO_DEFINE(world)

void world_add_service(struct world *world, const char *project, const char *region, const char *service,
                       const char *image, bool floats); /* floats: all traffic on LATEST */

/* on_answer runs once, later, as the sender's actor; never after world_cancel. The answer is borrowed. */
typedef void (*world_answer_fn)(void *arg, const struct http_answer *answer);
struct world_call *world_send(struct world *world, const struct world_sender *sender, const struct http_call *call,
                              world_answer_fn on_answer, void *arg);
void world_cancel(struct world_call *call); /* NULL is fine; it may arrive nevertheless */

/* What others do. */
void world_expire_tokens(struct world *world);
const char *world_foreign_traffic(struct world *world); /* somebody moves some service's traffic by hand; which, or NULL */
void world_foreign_edit(struct world *world);    /* somebody sets a label: the etag changes, nothing else */
/* Somebody lets some service have that many instances; which: as a number from 0 on. */
void world_scale_by_hand(struct world *world, size_t which, struct world_range range);
void world_touch_database(struct world *world, size_t what); /* somebody does something to some database; what: a number from 0 on */
const char *world_draw_backup(struct world *world, const char *instance, struct dice *dice); /* a good one; NULL: there is none */
void world_unblock_by_hand(struct world *world); /* somebody takes a rule of ours away, if there is any */
void world_break_newest(struct world *world);    /* whatever was made last and shares traffic is ill from now on */
void world_push_images(struct world *world);     /* every tag is another image's from now on */
void world_dispatch_by_hand(struct world *world); /* a run whose title names nobody */

const char *world_change_members(struct world *world); /* somebody comes or goes, or a source fails from now on, or works again; in words */

struct world_workflow_run { /* borrowed */
    int64_t id;
    const char *title;
    bool has_ended;
};

/* GitHub's log of what its hook has sent: an entry for each time. Not listed while status is -1: nobody has answered yet. */
struct world_delivery {
    int64_t id;
    const char *guid, *event, *action, *body;
    int64_t at_ms; /* virtual */
    int status;    /* 0: no answer came */
};
void *world_keep(struct world *world, size_t bytes); /* zeroed, for as long as the world lasts */
struct world_delivery *world_add_delivery(struct world *world, const struct world_delivery *like); /* copied; the world's */
size_t world_deliveries(const struct world *world, struct world_delivery *const **ret_list);     /* oldest first */

struct world_status {
    const char *state, *words;
};
struct world_deployment { /* on GitHub; borrowed */
    int64_t id;
    const char *operation; /* outside id, by its payload; "": somebody else's */
    struct world_status *statuses; /* oldest first */
    size_t statuses_count;
};
const struct world_deployment *world_find_deployment(const struct world *world, size_t i); /* NULL behind the last */
bool world_newest_run(const struct world *world, struct world_workflow_run *ret_run); /* false: there is none yet */
void world_set_tag(struct world *world, const char *tag, bool exists);
/* Of "REGION/SERVICE", as it was last asked for: a revision without traffic stands there under this tag. */
bool world_is_only_tagged(const struct world *world, const char *place, const char *revision, const char *tag);

/* All that were shown, oldest first. */
size_t world_buttons(const struct world *world, const struct world_button **ret_buttons);
void world_show_inline(struct world *world, const cJSON *message); /* the answer of a connection */

/* PagerDuty. Whoever does it there is a user by their id; NULL: a machine of theirs. */
cJSON *world_page_reference(const char *id, const char *type); /* as it names whatever there is; the caller's */
size_t world_pages(const struct world *world, struct world_page *const **ret_list); /* oldest first */
const struct world_page *world_page_trigger(struct world *world, const char *service, const char *title);
bool world_page_move(struct world *world, const char *id, const char *status, const char *user); /* false: it is that already */
void world_page_note(struct world *world, const char *id, const char *user, const char *text);
void world_hear_pager(struct world *world, struct world_pager pager);

/* Channels of Slack. */
bool world_may_read(const struct world *world, const char *channel, const char *user);
void world_take_name(struct world *world, const char *name); /* somebody makes one of that name, without the bot */

size_t world_calls(const struct world *world, const struct logged_call *const **ret_calls); /* oldest first */

#endif
