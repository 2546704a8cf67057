/* scenario_internal.h - one seed's world as the files of a scenario share it: instances, people, trouble. */
#ifndef OPSGATE_SIMULATION_SCENARIO_INTERNAL_H
#define OPSGATE_SIMULATION_SCENARIO_INTERNAL_H

#include "bot/engine/engine.h"
#include "tests/simulation/books.h"
#include "tests/simulation/house.h"
#include "tests/simulation/scenario.h"
#include "tests/simulation/sim_carrier.h"

#define INSTANCES_MAX 3
#define COPIES_MAX 8
#define PAGES_MAX 16
#define POISON "poison" /* a word that no decision survives */

struct connection { /* somebody waits for an inline answer */
    char *id;
    unsigned actor; /* the life of the instance that holds it */
    int64_t until_ms;
    bool is_answered;
};

struct delivery; /* senders.c */
struct note; /* notes.c */
struct scenario;
struct instance {
    struct scenario *scenario;
    char name[16];
    unsigned actor; /* of this life; 0: down */
    struct sim_link *link;
    struct sim_carrier *carrier;
    struct engine *engine;
    struct clock clock;
    struct dice dice;                           /* its own randomness */
    struct engine_memory memory, memory_before; /* of data_dir; `before`: had the last write not reached the disk */
    int64_t mono_offset_ms;
    int64_t next_turn_ms;
    bool died_by_own_signal;
    const struct book *book; /* that it decides by */
    enum book_name file;     /* that it would read now; BOOK_COUNT: a bad one */
    int copy;                /* of the file: not all read the same */
    struct note *notes; /* of data_dir too: they outlive it */
    int notes_count;
    bool is_handing_over;
    bool is_dying; /* what this turn decides kills it, before anything has left */
};

struct copy { /* of the store, to come back as */
    struct twin *twin;
    int64_t seq;
};

enum ending { ENDING_QUIET, ENDING_ROLLED_BACK, ENDING_EMPTIED, ENDING_FOREIGN };

struct scenario {
    const struct house *house;
    struct scheduler *scheduler;
    struct story *story;
    struct weather weather;
    struct sim_store *store;
    struct world *world;
    struct ledger *ledger;
    struct dice dice; /* of people and of fate */
    struct instance instances[INSTANCES_MAX];
    size_t instance_count;
    enum book_name usual; /* that is put back */
    unsigned lives;
    int64_t typed, storm_until_ms;
    int64_t hooks, hooked, released; /* webhooks sent, and arrived; releases */
    int64_t told, paged;             /* likewise by PagerDuty and Alertmanager */
    bool is_store_lost;
    int64_t crash_per_mille, trouble_every_ms; /* how bad it gets in this scenario */
    bool has_one_machine;                      /* for all instances; else each has its own */
    bool is_gentle;                            /* nobody dies: one owner decides for long, many commits at a time */
    enum ending ending;
    struct connection *connections;
    size_t connection_count, connection_room;
    struct copy copies[COPIES_MAX];
    size_t copy_count;
    int64_t numbers_seen; /* highest number of an operation in the store that was lost */
    int64_t metrics_missing, metrics_fail; /* of the weather, before something is lonely */
    bool had_refused_way_back, had_slack_refused, had_stopped_metric; /* once is enough */
    bool has_one_way; /* people deploy what is irreversible */
    bool is_lonely;         /* the store is down under something that bakes */
    int64_t alone_after_ms; /* and not again before this */
    int64_t deny_after_ms; /* no rule forbids what bakes before this, of those of stalk.c */
    bool has_incidents; /* responders.c */
    struct dice responders; /* of those who have to do with incidents: all others are as they would be without them */
    int64_t declared, triggered, marks, page_events;
    const struct delivery *opened[PAGES_MAX]; /* senders.c: of each of PagerDuty's incidents what opened it last */
    int64_t telling; /* of PagerDuty and Alertmanager, what nobody has taken yet */
    bool has_operators; /* operators.c */
    struct dice operators; /* of those who run procedures and change settings: as above */
    bool has_keepers; /* keepers.c */
    struct dice keepers; /* of those who keep databases: as above */
    bool has_releases; /* something happens in the repository of releases.c */
    uint64_t moments; /* of stalk.c: those that this scenario waits for */
    bool is_calm;
};

int64_t scenario_now_ms(const struct scenario *s);
void scenario_count(struct scenario *s, enum fault fault);
int64_t scenario_draw(struct scenario *s, int64_t low, int64_t high); /* both inclusive */

/* instance.c: an engine's lives */
void instance_restart(void *instance); /* event_fn; nothing when it is up */
void instance_plan_turn(struct instance *instance, int64_t delay_ms);
void instance_crash(struct instance *instance);
void instance_doom_after(struct instance *instance, int64_t delay_ms); /* this life ends then, if all is not calm */
bool instance_is_owner(const struct instance *instance);

/* door.c: what is sent may be delivered twice */
struct line { /* as somebody types it */
    const char *user, *command, *text;
};
void door_type(struct scenario *s, const struct line *line);
void door_press(struct scenario *s, const struct world_button *button, const char *user);
bool door_decode(const struct inbox_item *item, struct arena *arena, struct decoded *ret_decoded, struct error *err);

const struct instance *door_find(struct scenario *s); /* one that is up, or NULL */

/* senders.c */
void senders_tell(struct scenario *s); /* of an incident, or of alerts */
void senders_tell_page(void *scenario, const struct world_page_event *told); /* world_pager.on_event */

/* hooks.c */
void hooks_tell(struct scenario *s); /* of a release, or of a run */
cJSON *hooks_payload(const char *action, const char *repository, const char *login); /* of whoever did it there */
/* The payload is taken; event and action are static. */
void hooks_send(struct scenario *s, const char *event, const char *action, cJSON *payload, int64_t after_ms);

/* releases.c */
void releases_happen(struct scenario *s); /* in the repository whose releases roll out by themselves */

/* notes.c: what it does without the store */
bool notes_write(void *instance, struct without_store_act *act, struct arena *arena, struct error *err); /* engine_config.note */
void notes_start(struct instance *instance); /* hands them over, as long as this life lasts */
void notes_free(struct instance *instance);

/* reload.c: the configuration is read again */
struct reloaded;
void reload_read(void *instance, const char *operation, struct arena *arena, struct reloaded *ret_reloaded);
void reload_start(struct instance *instance); /* it begins to live: by its file, or, while that is bad, by what it had */
void reload_trouble(struct scenario *s);      /* files change; who has one that is new reads it, now or when it hears of it */
void reload_soon(struct instance *instance, int64_t delay_ms); /* it gets a file, and reads it then, if it lives */
void reload_same(struct scenario *s); /* everybody reads the file that they have once more */
void reload_all(struct scenario *s, enum book_name file); /* everybody reads that one, now or at its start */
void reload_for_a_while(struct scenario *s, enum book_name file); /* likewise, until somebody puts it right; in the calm too, until all ends */

/* market.c: people who sell, and those who keep the rules */
void market_begin(struct scenario *s); /* who sells is early */
void market_act(struct scenario *s);
void market_tidy(struct scenario *s); /* in the calm: whatever is to be looked at is */

/* one_way.c: people who deploy what is irreversible */
void one_way_act(struct scenario *s);

/* responders.c: people who declare incidents, and lead them to their end */
void responders_begin(struct scenario *s);
void responders_tidy(struct scenario *s); /* in the calm: whatever is open is resolved, and what is resolved is closed */

/* operators.c: people who run procedures, and change what is no version */
void operators_begin(struct scenario *s);

/* keepers.c: people who keep databases */
void keepers_begin(struct scenario *s);

/* refusals.c: a credential is not taken for a while */
void refusals_trouble(struct scenario *s);
void refusals_slack(struct scenario *s);
void refusals_way_back(struct scenario *s); /* of what bakes, just then */

/* people.c */
void people_act(struct scenario *s); /* a command, or a button */
void people_unhold(struct scenario *s); /* whatever is locked or halted is to go on */
void people_tidy(struct scenario *s); /* in the calm: whatever still waits for a person gets an answer */
void people_stop(struct scenario *s, const char *place); /* "us-central1/api-staging": whatever changes it */
void people_deploy_others(struct scenario *s); /* two versions each, where programs and workflows do it */
void people_roll_back(struct scenario *s); /* all of some kinds at once */
void people_type(struct scenario *s, const char *command, const char *text); /* `text` as in habits[] */
void people_type_as(struct scenario *s, const char *user, const char *command, const char *text);
void people_press_old(struct scenario *s); /* a button of what bakes that moves it on, on any card that it ever had */

/* trouble.c */
void trouble_make(struct scenario *s); /* one thing goes wrong */
void trouble_draw_weather(struct scenario *s);
void trouble_sleep(struct scenario *s); /* nobody looks for a while, and by the store's clock that was no time */
void trouble_crash(struct scenario *s);
void trouble_pause(struct scenario *s);
void trouble_push(struct scenario *s);
void trouble_jump(struct scenario *s);
void trouble_foreign(struct scenario *s);
void trouble_sicken(void *s);                /* event_fn: what is new and has traffic, while somebody is without the store */
void trouble_store_up(void *s);              /* event_fn */
void trouble_end_full(void *s);              /* event_fn */
void trouble_end_newer(void *s);             /* event_fn */
bool trouble_lose_store(struct scenario *s); /* another store comes back, as s->ending says; false: not possible now */
struct instance *trouble_pick(struct scenario *s, bool prefers_owner); /* one that is up, or NULL */

/* stalk.c: what comes right when something is under way */
void stalk_begin(struct scenario *s); /* from now on; little of it goes on when all is calm */
void stalk_end(struct scenario *s);

#endif
