/* ledger_internal.h - what the files ledger*.c share: all that was seen of inputs, operations, effects and targets. */
#ifndef OPSGATE_SIMULATION_LEDGER_INTERNAL_H
#define OPSGATE_SIMULATION_LEDGER_INTERNAL_H

#include "bot/base/json.h"
#include "tests/simulation/ledger.h"

#define LEDGER_COMMIT_MAX 256 /* of each kind in one commit */
#define LEDGER_WITNESSES_MAX 8

struct told_release; /* ledger_releases.c: what a webhook tells; how a release was; what came of it */
struct released;
struct triggered;

struct input { /* an accepted item */
    int64_t accepted_ms;
    const char *id, *request_id, *connection, *url;
    const char *line; /* as typed, with its verb: "promote D7 --look 3"; or NULL */
    int ends; /* journal entries of the kind request.* */
    bool was_told;
    bool kills_on;    /* even as a dead letter it was tried again and again: then it may go without an answer */
    const char *text; /* that was told */
    const char *guid;            /* GitHub's, of a delivery; the key of what others tell; or NULL */
    bool is_event, is_long_past; /* GitHub's; what it tells of */
    const char *fact;            /* the same in all deliveries that tell it; NULL: nobody acts on it */
    const struct told_release *told; /* ledger_releases.c: what may roll out by itself; or NULL */
};

enum prompt { PROMPT_NONE, PROMPT_ACKNOWLEDGE, PROMPT_UPDATE, PROMPT_POST_MORTEM, PROMPT_COUNT };

struct known_effect {
    const char *id, *outside_id, *kind, *lane, *operation;
    int64_t order, dropped_ms; /* -1: it stands in the store */
    const struct effect_kind *row;
    struct run_share *expected, *wanted;
    size_t expected_count, wanted_count;
    int posts;
    int64_t recorded_ms;
    bool is_cut_off; /* something took its place, or it is called off */
    bool goes_first; /* it calls somebody */
    enum prompt prompt;      /* what it asks people for, of an incident */
    const char *channel;     /* an incident's message: where */
    const char *words;       /* a message's; or NULL */
    bool can_join, is_one_line, is_together; /* by its record; it is words and no more; it was said behind others */
    const struct scaling *scaling; /* a scale's; or NULL */
    bool is_elsewhere;       /* it restores into the instance that is given away for it: the database is nobody's then */
    const char *intent;      /* what is wanted of a page; or NULL */
    const char *seen_status; /* and what it was told that this is, by its last look, at that time, in that attempt */
    int64_t seen_ms, seen_attempt;
    unsigned seen_actor;
    int64_t first_attempt; /* that a call left for; 0: none yet */
    const struct logged_call *unheard; /* its last call, while no answer to it was heard */
    int64_t attempt; /* the last one that a call left for, and whose */
    unsigned actor;
    bool has_changed, is_journalled; /* the service; its end */
    bool is_done;                    /* likewise, and that was well */
    int64_t heard_ms;                /* its last answer */
    unsigned refused_to;             /* that was a refusal of the credential: the life that heard it; or 0 */
    bool was_refused, is_freed;      /* ever; and then it got through */
    const struct logged_call **calls;
    size_t calls_count;
};

struct rollout { /* what a deploy's record and the journal say of it; and what was seen of it outside */
    const char *revision, *place, *state;
    bool is_judged, is_held, is_paused, is_aborted; /* paused, aborted: by the journal */
    double error_rate, p95_s;           /* limits; 0: none */
    int64_t looks, bake_ms, step;
    struct run_share *before; /* that it found */
    size_t before_count;
    int64_t first_effect_ms;         /* 0: none yet */
    bool has_raised;                 /* an increase was recorded for it */
    bool met_others;                 /* somebody else changed the traffic since */
    int64_t moved_ms;                /* when it last changed the traffic */
    int64_t verified_ms;             /* when the step that is looked at was last seen before that began */
    bool is_called_bad;              /* by the verdict in its record */
    int64_t promoted_ms, passed_ms;  /* a person took the step; all that is asked of a step was there */
    int64_t stayed_ms, urged_ms;     /* a rollback left it be, for it is irreversible; a person wants it to go on */
    unsigned looker;                 /* the life of an instance that looked last */
    int64_t hidden_ms;               /* it did not see the clock jump before: nobody can tell how long it was not watched */
    int64_t observed_at_ms;          /* as the record says: changes with each look */
    int64_t told_ms, look_ms, run_ms; /* the service was last seen; likewise, while baking; since then without a gap */
};

struct group; /* ledger_groups.c */
struct kept;  /* ledger_keep.c: an old revision that stays in reach for a time */
struct hold;  /* ledger_holds.c: a lock, or the halt */
struct deal;  /* ledger_policy.c: a deploy, as rules see it */
struct law;   /* ledger_law.h: who decides by what, and since when */
struct sellers; /* ledger_members.c: who is in which group */
struct now;     /* ledger_queue.c: what was aborted by `--now` */
struct glass;   /* ledger_glass.c: what was broken, and what became of it */
struct seat;         /* ledger_refused.c: a credential that a peer refused */
struct incident;     /* ledger_incidents.h */
struct made_channel; /* likewise */
struct page_known;   /* ledger_pages.c */
struct secret;       /* ledger_private.c */
struct irreversible; /* ledger_irreversible.c: a revision that is to stay */
struct procedure;    /* ledger_runbooks.c: the run of a runbook */
struct scaling;      /* ledger_scaling.c */
struct block;        /* ledger_blocks.c */
struct due_seen;     /* ledger_schedules.c */
struct failing_over; /* ledger_failovers.c */
struct backing;      /* ledger_backups.c */
struct moved;
struct worker { /* ledger_programs.c: a deploy that somebody else's program carries out */
    bool is_workflow, may_repeat, is_way_back, is_stop_sent;
    int runs;
    const char *run; /* the last one that was started: the outside id of its effect */
};
struct program_seen {
    const char *run;
    struct known_operation *operation;
    int64_t begun_ms;
    bool has_ended, is_good;
};
struct group_message { /* between a group and the engine */
    const char *id, *group, *member;
    bool is_asked; /* else it tells how a member ended */
    bool is_done;  /* and that was well */
};

struct known_operation {
    const char *id, *outside_id, *kind, *target, *result, *summary, *request_id, *parent, *parent_name;
    int64_t ended_ms;    /* 0: not yet */
    struct group *group; /* a group's */
    struct worker *worker;
    struct procedure *procedure;
    struct scaling *scaling;
    struct block *block;
    struct failing_over *failing_over;
    struct backing *backing;
    bool is_scheduled; /* the run of a schedule */
    struct kept *kept;
    struct hold *hold;
    struct deal *deal;
    struct incident *incident;
    struct triggered *triggered;     /* something on GitHub began it */
    const char *requester;           /* the id */
    bool is_consented, is_approved;  /* by the commit that is being written; by another person of the role */
    char *record, *record_before; /* as last written; before the commit that is being written */
    bool is_touched;              /* by it */
    int64_t begun_ms;
    struct rollout *rollout; /* a deploy's */
    const char *expected;    /* a rollback's: the version that has to be left */
    bool has_told_end;       /* a rollback's end was looked at */
    bool has_skipped;        /* a rollback's: some versions cannot serve */
    bool only_stops;         /* a rollback's: nothing of what was on its way when it was asked for had traffic */
    const char *service, *goal; /* a rollback's: where, and the revision that it goes to */
    int begun, ended, card_posts, traffic_changes;
    bool is_live, is_stuck, has_card; /* has: it is known where its card stands */
    const char *card_effect, *card_shown; /* outside ids: of the last card recorded, and of the one that people see */
    int64_t card_order;
};

struct holder {
    const char *target, *operation; /* NULL: nobody */
    const char *left;               /* who held it until the commit that is being written */
    char *record;
};

struct evidence { /* what the metrics source told of a revision */
    const char *revision;
    struct world_counted *blocks; /* each once, as it was told last */
    size_t blocks_count;
    int64_t answer_ms, answer_from_ms; /* when the last answer came that told of any; from when on */
};

struct place { /* a service's split, as it was last asked for */
    const char *service;
    bool is_foreign; /* it is somebody else's */
    int64_t at_ms;
    struct run_share *shares;
    size_t shares_count;
};

struct version_of { /* which version runs in a revision, by the effect that made it */
    const char *revision, *version, *operation;
};

struct accepted { /* a request that this commit carries out */
    struct known_operation *operation; /* NULL: it concerned none */
    const struct input *input;
    const char *verb;
};

struct alone { /* an act while no store answered, as it was noted */
    const char *id, *effect, *operation, *instance, *result;
    const char *told; /* the effect by which people heard of it; NULL: none yet */
    bool has_moved;   /* it went back by it */
    int adopted;
};
struct owner_before { /* another took the lease from it */
    const char *instance;
    int64_t taken_ms;
};

struct known_timer {
    const char *key;
    bool is_there;
    int64_t recorded_ms, due_ms; /* due by the steady clock */
    int64_t set_at_ms;           /* by the commit that is being written; 0: it does not */
    bool is_dropped;             /* by the same */
};

struct life { /* the present one of an instance */
    const char *instance;
    unsigned actor;
    int64_t since_ms;               /* it watches the store's clock, or has begun anew to */
    bool has_heard;                 /* what that clock says; until then it watches nothing */
    int64_t told_ms;                /* the newest time of which it was told that */
    int64_t counted_ms;             /* when another one counted a jump: told of it, this one begins anew */
    int64_t held_ms, held_since_ms; /* the lease, by whichever life of it: last; without a gap until then */
    int64_t lived_on_ms;            /* it had long known of the newest jump, and had counted nothing */
    bool is_unsure;                 /* of what was counted: ledger_timers.c */
};

struct drawn { /* what may become a commit's id */
    const char *id;
    int64_t at_ms;
    int64_t told_ms; /* of the life that drew it, as it was then */
};

struct ledger {
    struct ledger_options options;
    struct arena *arena;
    char complaint[512];
    bool is_store_lost;
    int64_t store_lost_ms;

    struct input *inputs;
    size_t inputs_count;
    struct known_effect **effects;
    size_t effects_count;
    struct known_operation **operations;
    size_t operations_count;
    struct holder *holders;
    size_t holders_count;
    const struct logged_call **open; /* effects' calls that left and have not ended */
    size_t open_count, open_room;

    struct law *law;
    struct sellers *sellers;
    struct now *nows;
    size_t nows_count;
    struct glass *glasses;
    size_t glasses_count;
    struct seat *seats;
    size_t seats_count;
    struct refusal *refusals;
    size_t refusals_count;
    struct irreversible *irreversible;
    size_t irreversible_count;
    struct secret *secrets;
    size_t secrets_count;
    struct page_known *pages;
    size_t pages_count;
    struct made_channel *made;
    size_t made_count;
    struct released *releases;
    size_t releases_count;
    const char **acknowledged; /* keys; each once */
    size_t acknowledged_count;
    struct alone *alone;
    size_t alone_count;
    const char *cut_off; /* an instance, until then */
    int64_t cut_off_until_ms, down_until_ms;
    struct owner_before *owners_before;
    size_t owners_before_count;
    struct evidence *evidence;
    size_t evidence_count;
    struct place *places;
    size_t places_count;
    struct version_of *versions;
    size_t versions_count;
    const char **acted; /* lines of clicks that were carried out, with who clicked */
    size_t acted_count;
    struct due_seen *dues; /* in the order in which they were used */
    size_t dues_count;
    bool is_unplanned; /* the next one follows none */
    struct moved *moved;
    size_t moved_count;
    struct program_seen *programs;
    size_t programs_count;
    struct group_message *messages;
    size_t messages_count, messages_seen;
    int64_t calm_ms, jumped_ms; /* since when all is calm; when the store's clock jumped last; -1: not yet */
    unsigned witnesses[LEDGER_WITNESSES_MAX]; /* lives that saw it jump */
    size_t witnesses_count;
    struct life *lives;
    size_t lives_count;
    struct drawn *drawn;
    size_t drawn_count;
    struct known_timer *timers;
    size_t timers_count;
    int64_t open_ms;    /* since when */
    int64_t noticed_ms; /* when the clock jumped last, by so much that it is noticed */
    bool is_jump_open;  /* it was not counted yet, and may be by who saw it */
    bool has_counted;   /* by the commit that is being written */
    int64_t unsure_ms;  /* when the steady clock came to be off, by somebody who could not know of a jump; -1: never yet */
    unsigned ignorant;  /* the life that owns the store and does not know of it, since then */
    int64_t ignorant_ms;
    int64_t off_ms, off_since_ms; /* how far the steady clock is off from virtual time; since when */
    int64_t *offs_ms;             /* that it ever was */
    size_t offs_count;
    int64_t unnoticed_ms; /* the sum of jumps that are too small to be noticed for sure */
    unsigned decided_by;       /* the life that decided the commit before */
    int64_t decided_before_ms; /* likewise, by its clock */
    int64_t decided_at_ms; /* what time it was for whoever decided the commit that is being written */

    /* of the commit that is being written */
    struct known_effect *recorded[LEDGER_COMMIT_MAX];
    size_t recorded_count;
    struct accepted accepted[LEDGER_COMMIT_MAX];
    size_t accepted_count;
    struct known_operation *touched[LEDGER_COMMIT_MAX];
    size_t touched_count;

    char lease_nonce[33];
    char lease_instance[80];
    int64_t seq, journal_n;
    char journal_head[65];
    struct ledger_counts counts;
};

void ledger_complain(struct ledger *ledger, const char *invariant, const char *fmt, ...) PRINTF_LIKE(3, 4);
void ledger_count(struct ledger *ledger, enum deed deed);
int64_t ledger_now_ms(const struct ledger *ledger);
bool ledger_is_same(const char *a, const char *b); /* NULL is like nothing */
unsigned ledger_life(const struct ledger *ledger, const char *instance);
bool ledger_is_witness(const struct ledger *ledger, unsigned life);
struct known_effect *ledger_find_effect(const struct ledger *ledger, const char *outside_id);
struct known_effect *ledger_find_effect_by_id(const struct ledger *ledger, const char *id);
struct known_operation *ledger_find_operation(const struct ledger *ledger, const char *id);
struct known_operation *ledger_find_operation_outside(const struct ledger *ledger, const char *outside_id);
struct known_operation *ledger_get_operation(struct ledger *ledger, const char *id);
const struct input *ledger_find_input(const struct ledger *ledger, const char *request_id); /* or NULL */
struct holder *ledger_get_holder(struct ledger *ledger, const char *target);
int64_t ledger_percent(const struct run_share *shares, size_t count, const char *revision);

/* ledger_store.c: watches of the twin */
void ledger_saw_accept(void *ledger, bool is_safe, struct twin_id id, struct str bytes);
void ledger_saw_write(void *ledger, const struct store_commit *commit, const struct store_write *write);
void ledger_saw_commit(void *ledger, const struct store_commit *commit);
void ledger_saw_mark(void *ledger, const char *input_id, struct str value);
void ledger_saw_lease(void *ledger, enum lease_action action, const char *nonce, const char *instance);

/* ledger_calls.c: watches of the world */
void ledger_saw_call(void *ledger, const struct logged_call *call);
void ledger_saw_change(void *ledger, const struct logged_call *call, const struct world_change *change);
void ledger_saw_work(void *ledger, const struct world_work *work);

/* ledger_rollout.c: of rollouts. Each is told what has just been seen. */
void rollouts_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json, struct str text);
void rollouts_effect(struct ledger *ledger, struct known_effect *effect, const cJSON *json);
void rollouts_entry(struct ledger *ledger, const char *kind, const cJSON *core);
void rollouts_commit(struct ledger *ledger); /* all of its writes were told */
void rollouts_left(struct ledger *ledger, const struct logged_call *call, struct known_effect *effect);
bool rollouts_is_looking(const char *state);
void rollouts_see(struct ledger *ledger, struct rollout *rollout); /* it is looked at */

/* ledger_holds.c: what people hold back, and what needs their consent */
void holds_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json);
bool holds_is(const struct known_operation *operation, bool is_halt); /* and holds still */
void holds_entry(struct ledger *ledger, const char *kind, const cJSON *core);
void holds_commit(struct ledger *ledger); /* before rollouts_commit */
void holds_check(struct ledger *ledger, const struct known_operation *operation, const struct known_effect *effect); /* an increase is tried */
void holds_check_consent(struct ledger *ledger, const struct known_operation *operation, const struct known_effect *effect);

/* ledger_queue.c: who gives way to whom at one place */
void queue_entry(struct ledger *ledger, const char *kind, const cJSON *core);
void queue_commit(struct ledger *ledger); /* before rollouts_commit */

/* ledger_configured.c: virtual */
int64_t policy_decided_ms(struct ledger *ledger, const struct store_commit *commit);

/* ledger_policy.c: by which rules something is decided */
void policy_entry(struct ledger *ledger, const struct store_commit *commit, const cJSON *entry);
void policy_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json);
void policy_commit(struct ledger *ledger, const struct store_commit *commit); /* before rollouts_commit */
void policy_check(struct ledger *ledger, const struct known_operation *operation, const struct logged_call *call); /* an increase is tried */

/* ledger_members.c: who is in the groups that roles name. `user`: Slack's id */
void members_told(struct ledger *ledger, const struct logged_call *call);
void members_operation(struct ledger *ledger, const struct store_commit *commit, const cJSON *json);
void members_commit(struct ledger *ledger); /* behind whatever asks the two below */
bool members_sells(const struct ledger *ledger, const char *user, int64_t unix_ms); /* by a reading that is young enough then */
bool members_sold_last(const struct ledger *ledger, const char *user); /* by the last one, however old */

/* ledger_glass.c: broken glass is announced and reviewed */
void glass_entry(struct ledger *ledger, const char *kind, const cJSON *core);
void glass_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json);
void glass_commit(struct ledger *ledger);
void glass_told(struct ledger *ledger, const char *text); /* in a channel */
bool glass_is_broken(const struct ledger *ledger, const struct known_operation *operation); /* and that is journalled */
void glass_check_end(struct ledger *ledger);

/* ledger_refused.c: what a peer refuses for want of a credential */
void refused_told(struct ledger *ledger, const struct logged_call *call);            /* its answer is heard */
void refused_left(struct ledger *ledger, const struct known_effect *effect);         /* a new try of it */
/* `other` is before it in its lane, but waits for a credential that this one does not need. */
bool refused_passes(const struct ledger *ledger, const struct logged_call *call, const struct known_effect *effect,
                    const struct known_effect *other);
void refused_entry(struct ledger *ledger, const char *kind, const cJSON *core);
void refused_posted(struct ledger *ledger, const char *text);                        /* in a channel */
void refused_check_end(struct ledger *ledger);

/* ledger_irreversible.c: what is left by broken glass alone */
void irreversible_moved(struct ledger *ledger, const struct known_operation *operation, const struct world_change *change);
void irreversible_foreign(struct ledger *ledger, const struct world_change *change);
void irreversible_entry(struct ledger *ledger, const char *kind, const cJSON *core);
void irreversible_told(struct ledger *ledger, const struct input *input, const char *text); /* who asked that, this */
/* By its record a rollback waits for people: what it would take traffic from is irreversible. */
bool irreversible_keeps_waiting(struct ledger *ledger, const struct known_operation *rollback);

/* ledger_evidence.c: what was told of a revision */
void rollouts_told(void *ledger, const struct logged_call *call); /* world_watch.on_told */
bool rollouts_told_bad(struct ledger *ledger, const char *instance, const struct rollout *rollout); /* that instance was */
struct evidence *evidence_of(struct ledger *ledger, const char *revision);
bool evidence_is_bad(const struct evidence *evidence, const struct rollout *rollout, int64_t since_ms);
bool evidence_has_just_broken(const struct evidence *evidence, const struct evidence *before, const struct rollout *rollout,
                              int64_t since_ms);
void evidence_check_verdict(struct ledger *ledger, const struct known_operation *operation); /* it is called bad */
/* Time since then in which all that the limits ask for was told; nothing that began before counts. */
int64_t evidence_known_ms(const struct evidence *evidence, const struct rollout *rollout, int64_t since_ms);

/* ledger_increase.c: traffic only ever grows for a reason */
void increases_check(struct ledger *ledger, const struct known_effect *effect);
void increases_check_good(struct ledger *ledger, struct known_operation *operation); /* it may have been called good */

/* ledger_ends.c: what is kept of them */
void ends_check(struct ledger *ledger, const struct twin *twin);

/* ledger_rollback.c: the way back */
void rollbacks_begun(struct ledger *ledger, struct known_operation *operation);
void rollbacks_check_return(struct ledger *ledger, const struct known_effect *effect);
void rollbacks_check_end(struct ledger *ledger, struct known_operation *operation);

/* ledger_traffic.c: what moves */
struct place *traffic_find_place(const struct ledger *ledger, const char *service); /* or NULL */
void rollouts_foreign(void *ledger, const struct world_change *change);             /* world_watch.on_foreign */
void rollouts_moved(struct ledger *ledger, const struct known_effect *effect, const struct world_change *change);
void rollouts_moved_alone(struct ledger *ledger, struct known_operation *operation, const struct world_change *change);

/* ledger_groups.c: several requests as one operation */
void groups_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json);
void groups_message(struct ledger *ledger, const cJSON *json);
void groups_message_used(struct ledger *ledger, const char *id);
void groups_entry(struct ledger *ledger, const char *kind, const cJSON *core);
void groups_commit(struct ledger *ledger); /* before rollouts_commit */
/* The place of the last member that it has not asked for, "auth/lab"; NULL: there is none, or it is no group. */
const char *groups_find_waiting(const struct known_operation *operation);

/* ledger_alone.c: without the store */
void alone_lease(struct ledger *ledger, enum lease_action action, const char *instance);
/* Its sender hears nothing of the store, or has not yet: whatever the lease is by now, it may ask, and give back. */
bool alone_is_cut_off(struct ledger *ledger, const struct logged_call *call);
bool alone_may_call(struct ledger *ledger, const struct logged_call *call); /* it was noted */
/* False: no act made that change. */
bool alone_moved(struct ledger *ledger, const struct logged_call *call, const struct world_change *change);
void alone_check_raise(struct ledger *ledger, const struct known_operation *operation, const struct world_change *change);
void alone_entry(struct ledger *ledger, const char *kind, const cJSON *core);
void alone_ended(struct ledger *ledger, const struct known_operation *operation);
void alone_check_end(struct ledger *ledger);

/* ledger_programs.c: what runs on machines */
/* What it has started is not over. */
bool programs_run(const struct ledger *ledger, const struct known_operation *operation);
void programs_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *body);

const struct program_seen *programs_find(const struct ledger *ledger, const char *run); /* run may be NULL; NULL: it never ran */

/* ledger_runbooks.c: procedures, step by step */
void runbooks_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json);
void runbooks_started(struct ledger *ledger, struct known_operation *operation, const char *run); /* a program of it */
void runbooks_entry(struct ledger *ledger, const char *kind, const cJSON *core);
bool runbooks_moved(const struct ledger *ledger, const char *timer);
void runbooks_commit(struct ledger *ledger); /* before rollouts_commit */

/* ledger_scaling.c: how many instances a service may have */
void scaling_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json);
void scaling_effect(struct ledger *ledger, struct known_effect *effect, const cJSON *json);
void scaling_changed(struct ledger *ledger, const struct known_effect *effect, const struct world_change *change);
void scaling_commit(struct ledger *ledger); /* before rollouts_commit */

/* ledger_blocks.c: addresses that are kept away for a while */
void blocks_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json);
void blocks_rule(void *ledger, const struct logged_call *call, const struct world_change *change); /* world_watch.on_rule */
void blocks_commit(struct ledger *ledger); /* before rollouts_commit */
void blocks_check_time(struct ledger *ledger);

/* ledger_failovers.c: databases whose primary moves */
void failovers_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json);
void failovers_effect(struct ledger *ledger, const struct known_effect *effect);
void failovers_entry(struct ledger *ledger, const char *kind, const cJSON *core);
void failovers_work(struct ledger *ledger, const struct world_work *work);
void failovers_commit(struct ledger *ledger); /* before rollouts_commit */

/* ledger_backups.c: what is backed up and restored */
void backups_operation(struct ledger *ledger, struct known_operation *operation);
void backups_effect(struct ledger *ledger, struct known_effect *effect, const cJSON *json);
void backups_entry(struct ledger *ledger, const char *kind, const cJSON *core);
void backups_work(struct ledger *ledger, const struct world_work *work);
void backups_commit(struct ledger *ledger); /* before rollouts_commit */

/* ledger_schedules.c: what is run by itself */
void schedules_entry(struct ledger *ledger, const char *kind, const cJSON *core);
void schedules_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json);
void schedules_check_end(struct ledger *ledger);

/* ledger_keep.c */
void keeps_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json);
void programs_seen(void *ledger, const struct world_program *program); /* world_watch.on_program */
void programs_effect(struct ledger *ledger, const struct known_effect *effect);
void programs_commit(struct ledger *ledger);

/* ledger_timers.c: what is timed lasts as long as it was to last */
void timers_begin(struct ledger *ledger);
void timers_write(struct ledger *ledger, const struct store_write *write);
void timers_commit(struct ledger *ledger, const struct store_commit *commit);
void timers_jumped(struct ledger *ledger, int64_t by_ms, bool is_noticed);
void timers_leased(struct ledger *ledger, enum lease_action action, const char *instance);
int64_t timers_held_until(const struct ledger *ledger, const char *instance); /* the lease, at most */
const struct life *timers_find_life(const struct ledger *ledger, unsigned actor); /* or NULL */
void timers_check(struct ledger *ledger);

/* ledger_events.c: what is told from outside */
void events_accepted(struct ledger *ledger, struct input *input, const cJSON *item);
void events_entry(struct ledger *ledger, const char *kind, const cJSON *core);
bool events_asked(const struct ledger *ledger, const char *request_id); /* an event's: its own entry ends it */
void events_check_end(struct ledger *ledger);
void events_begun(struct ledger *ledger, const struct known_operation *operation);

/* ledger_releases.c: what rolls out by itself */
void releases_accepted(struct ledger *ledger, struct input *input, const cJSON *payload);
void releases_operation(struct ledger *ledger, struct known_operation *operation);
void releases_entry(struct ledger *ledger, const char *kind, const cJSON *core);
void releases_raised(struct ledger *ledger, const struct known_operation *operation, const struct known_effect *effect); /* from nothing */
void releases_told(struct ledger *ledger, const struct logged_call *call); /* its answer is heard */
void releases_posted(struct ledger *ledger, const char *operation_id, const char *text);
void releases_check_end(struct ledger *ledger);
/* Whoever published what began it. `user`: Slack's id */
bool releases_are_of(const struct known_operation *operation, const char *user);

/* ledger_incidents.c: one channel each; what happened stays as it was told */
void incidents_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json);
void incidents_changed(struct ledger *ledger, const struct world_change *change);
void incidents_commit(struct ledger *ledger); /* before rollouts_commit */
void incidents_check_end(struct ledger *ledger);

/* ledger_private.c: nothing of a private one is for others */
void private_left(struct ledger *ledger, const struct logged_call *call);
void private_told(struct ledger *ledger, const struct input *input, const char *text); /* who asked that, this */

/* ledger_prompts.c: what they ask people for */
void prompts_effect(struct ledger *ledger, struct known_effect *effect, const cJSON *json);

/* ledger_together.c: what is said, by itself or with others */
void together_effect(struct ledger *ledger, struct known_effect *effect, const cJSON *json);
void together_left(struct ledger *ledger, const struct logged_call *call);
void together_posted(struct ledger *ledger, const struct world_change *change);
void together_check_end(struct ledger *ledger);

/* ledger_pages.c: what PagerDuty has of them */
void pages_seen(void *ledger, const struct world_page *page, const char *was); /* world_watch.on_page */
void pages_effect(struct ledger *ledger, struct known_effect *effect, const cJSON *json);
void pages_told(struct ledger *ledger, const struct logged_call *call); /* its answer is heard */
void pages_changed(struct ledger *ledger, const struct logged_call *call, const struct world_change *change);

/* ledger_clicks.c: what people press is carried out once, and only while it is true. */
const char *clicks_line(struct ledger *ledger, const char *kind, const char *body); /* "U0BOB deploy api staging" */
void clicks_commit(struct ledger *ledger);

#endif
