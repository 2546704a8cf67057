/* world_internal.h - what the files world*.c share: the world's memory, one call under way, and how peers answer it. */
#ifndef OPSGATE_SIMULATION_WORLD_INTERNAL_H
#define OPSGATE_SIMULATION_WORLD_INTERNAL_H

#include "bot/base/json.h"
#include "tests/simulation/world.h"

struct service; /* world_run.c */
struct program; /* world_program.c */
struct github_run; /* world_github.c */
struct source; /* world_members.c */
struct database; /* world_database.h */
struct database_backup;
struct database_work;

struct bookmark; /* world_channels.c */

struct channel { /* of Slack */
    const char *id, *name; /* name "": somebody's direct messages */
    bool is_private, is_direct;
    bool is_theirs;        /* somebody else's, and the bot is not in it */
    const char *creator;   /* NULL: it was always there */
    int64_t created_ms, listed_ms; /* unix; listed: among the bot's own from then on */
    const char *topic, *purpose;
    const char **members; /* besides the bot; of a public one those who were invited */
    size_t members_count;
    const char **pins; /* ts */
    size_t pins_count;
    struct bookmark *bookmarks;
    size_t bookmarks_count;
};
struct message {
    const char *channel, *ts;
    cJSON *json; /* as sent: text, blocks, metadata */
};
struct response {
    const char *url;
    const char *text;
    int uses;
};
struct missing_tag {
    const char *tag;
};

struct world {
    struct scheduler *scheduler;
    struct weather *weather;
    struct world_watch watch;
    struct arena *arena; /* all that stays */
    struct service **services;
    size_t service_count;
    struct world_page **pages; /* oldest first */
    size_t page_count;
    struct world_pager pager;
    struct channel **channels; /* oldest first */
    size_t channel_count;
    struct message *messages; /* oldest first */
    size_t message_count;
    struct world_button *buttons; /* oldest first */
    size_t button_count;
    struct response *responses;
    size_t response_count;
    struct armor_rule_there *rules; /* world_armor.c */
    size_t rule_count;
    struct armor_operation **armor_operations;
    size_t armor_operation_count;
    struct database *databases; /* NULL until they are asked for */
    size_t database_count;
    struct database_backup **backups; /* oldest first */
    size_t backup_count;
    struct database_work **works; /* oldest first */
    size_t work_count;
    struct program **programs;
    size_t program_count;
    struct world_delivery **deliveries; /* oldest first */
    size_t delivery_count;
    struct github_run **runs; /* oldest first */
    size_t run_count;
    struct github_deployment **deployments; /* oldest first; world_deployments.c */
    size_t deployment_count;
    struct world_release **releases; /* oldest first; world_releases.c */
    size_t release_count;
    int64_t pushed; /* commits */
    struct source *sources; /* NULL until they are asked for, or change */
    struct missing_tag *missing;
    size_t missing_count;
    const struct logged_call **log;
    size_t log_count;
    int64_t last_ts, token, pushes;
    int64_t token_until_ms;
};

struct world_call {
    struct world *world;
    struct arena *arena;
    int users;
    bool is_over; /* told, or nobody listens any more */
    struct http_call call;
    struct logged_call *log;
    world_answer_fn on_answer;
    void *arg;
    int64_t began_ms; /* virtual */
    struct http_answer answer;
    bool is_unheard; /* its answer gets lost */
};

int64_t world_unix_ms(const struct world *world); /* as all peers' clocks have it */
void world_count(struct world *world, enum fault fault);

/* The peers: each looks at call->call and fills call->answer. */
void world_slack_call(struct world_call *call);
void world_response_call(struct world_call *call);
void world_metadata_call(struct world_call *call);
void world_registry_call(struct world_call *call);
void world_run_call(struct world_call *call);
void world_armor_call(struct world_call *call);
void world_sql_call(struct world_call *call);
void world_redis_call(struct world_call *call);
void world_lag_call(struct world_call *call); /* world_redis.c */
void world_github_call(struct world_call *call);
void world_deployments_call(struct world_call *call, struct str rest); /* of the path, behind /deployments */
void world_releases_call(struct world_call *call, struct str path);    /* behind /repos/acme/wiki */
void world_group_call(struct world_call *call);
void world_team_call(struct world_call *call);
void world_schedule_call(struct world_call *call);
void world_pagerduty_call(struct world_call *call);
void world_app_call(struct world_call *call); /* health checks */
void world_metrics_call(struct world_call *call);
void world_run_finish(struct world *world);

/* world_channels.c */
void world_channels_begin(struct world *world);
struct channel *world_find_channel(const struct world *world, const char *text); /* by its id, or "#name"; or NULL */
struct channel *world_get_direct(struct world *world, const char *user);         /* somebody's direct messages */
/* False: no method of its own. */
bool world_channels_answer(struct world_call *call, struct str path, const cJSON *arguments);
void world_slack_error(struct world_call *call, const char *error);
bool world_has_message(struct world *world, const char *channel, const char *ts);

bool world_refuses(struct world_call *call); /* world_refusals.c: true: for the credential's sake, and that is the answer */

/* What a revision's users do to it, from an instant on and up to the next. */
struct run_load {
    int64_t percent;  /* of the traffic that it has */
    int64_t since_ms; /* virtual */
    bool is_broken, is_slow; /* broken: it fails; or it is slow */
};
/* Oldest first, the last one is now's. None: there is no such revision, or it never had any. */
const struct run_load *world_run_loads(const struct world *world, const char *revision, size_t *ret_count);

/* Answers live in the call's arena. */
void world_answer_text(struct world_call *call, int status, const char *text);
void world_answer_json(struct world_call *call, int status, cJSON *json); /* takes it */
void world_add_header(struct world_call *call, const char *name, const char *value);
void world_changed(struct world_call *call, const struct world_change *change, const char *words);

/* Google's access tokens. A call without a good one is counted. */
const char *world_token_text(const struct world *world, struct arena *arena);
bool world_token_is_good(struct world_call *call, const char *prefix, const char *value);

/* Reading what was sent. NULL: there is none. */
const char *world_header(const struct http_call *call, const char *name);
const char *world_form_value(struct str form, const char *name, struct arena *arena); /* of "a=1&b=2", decoded */
struct str world_query(const char *url);
struct str world_path(const char *url, const char *base);

#endif
