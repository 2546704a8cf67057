#include "tests/simulation/scenario.h"

#include "bot/base/time.h"
#include "bot/engine/engine.h"
#include "bot/model/inbox.h"
#include "integrations/slack/command.h"
#include "tests/simulation/bell.h"
#include "tests/simulation/house.h"
#include "tests/simulation/sim_carrier.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define INSTANCES_MAX 3
#define COPIES_MAX 8
#define QUIET_LOOK_MS (20 * SECOND_MS)
#define QUIET_MAX_MS (4 * HOUR_MS)
#define STORY_LINES 60
#define STUCK_EVENTS 3000000 /* more in one scenario: something spins */

struct connection { /* somebody waits for an inline answer */
    char *id;
    unsigned actor; /* the life of the instance that holds it */
    int64_t until_ms;
    bool is_answered;
};

struct scenario;
struct instance {
    struct scenario *scenario;
    char name[16];
    unsigned actor; /* of this life; 0: down */
    struct sim_link *link;
    struct sim_carrier *carrier;
    struct engine *engine;
    struct clock clock;
    struct dice dice; /* its own randomness */
    struct engine_memory memory, memory_before; /* of data_dir; `before`: had the last write not reached the disk */
    int64_t mono_offset_ms;
    int64_t next_turn_ms;
    bool died_by_own_signal;
    const char *settings_digest;
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
    unsigned lives;
    int64_t typed, storm_until_ms;
    int64_t crash_per_mille; /* how likely each kind of trouble is in this scenario */
    enum ending ending;
    struct connection *connections;
    size_t connection_count, connection_room;
    struct copy copies[COPIES_MAX];
    size_t copy_count;
    bool is_calm;
};

static int64_t now_ms(const struct scenario *s)
{
    return scheduler_now_ms(s->scheduler);
}

static void count(struct scenario *s, enum fault fault)
{
    s->weather.counts[fault]++;
}

static int64_t draw(struct scenario *s, int64_t low, int64_t high)
{
    return dice_between(&s->dice, low, high);
}

/* ---- an instance's clock ---- */

static int64_t clock_mono(void *ctx)
{
    struct instance *instance = ctx;

    return now_ms(instance->scenario) + instance->mono_offset_ms;
}

static int64_t clock_unix(void *ctx)
{
    struct instance *instance = ctx;

    return WORLD_EPOCH_MS + now_ms(instance->scenario);
}

static void clock_random(void *ctx, void *bytes, size_t len)
{
    struct instance *instance = ctx;
    unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++)
        at[i] = (unsigned char)dice_next(&instance->dice);
}

/* ---- its turns ---- */

struct turn {
    struct instance *instance;
    unsigned actor;
    int64_t planned_ms;
};

static void stop_if_stopped(struct instance *instance);

static void plan_turn(struct instance *instance, int64_t delay_ms);

static void on_turn(void *arg)
{
    struct turn *turn = arg;
    struct instance *instance = turn->instance;
    bool is_wanted = instance->actor == turn->actor && instance->next_turn_ms == turn->planned_ms;

    free(turn);
    if (!is_wanted)
        return;
    instance->next_turn_ms = INT64_MAX;
    plan_turn(instance, engine_turn(instance->engine));
    stop_if_stopped(instance);
}

static void plan_turn(struct instance *instance, int64_t delay_ms)
{
    int64_t at_ms = now_ms(instance->scenario) + delay_ms;
    struct turn *turn;

    if (at_ms >= instance->next_turn_ms)
        return;
    instance->next_turn_ms = at_ms;
    turn = xcalloc(1, sizeof(*turn));
    *turn = (struct turn){ instance, instance->actor, at_ms };
    scheduler_after(instance->scenario->scheduler, delay_ms, instance->actor, on_turn, turn, free);
}

static void on_wake(void *ctx)
{
    plan_turn(ctx, 0);
}

static void on_remember(void *ctx, const struct engine_memory *memory)
{
    struct instance *instance = ctx;

    instance->memory_before = instance->memory;
    instance->memory = *memory;
}

static void crash(struct instance *instance);

struct doom { /* a crash that is on its way */
    struct instance *instance;
    unsigned actor; /* this life's */
};

static void on_doom(void *arg)
{
    struct doom *doom = arg;
    struct instance *instance = doom->instance;
    bool is_still = instance->actor == doom->actor && !instance->scenario->is_calm;

    free(doom);
    if (is_still)
        crash(instance);
}

static void doom_after(struct instance *instance, int64_t delay_ms)
{
    struct doom *doom = xcalloc(1, sizeof(*doom));

    *doom = (struct doom){ instance, instance->actor };
    scheduler_after(instance->scenario->scheduler, delay_ms, instance->actor, on_doom, doom, free);
}

static void on_log(void *ctx, enum engine_log level, const char *event, const char *text)
{
    struct instance *instance = ctx;

    (void)level;
    story_tell(instance->scenario->story, instance->name, "%s: %s", event, text);
    if (strcmp(event, "owner.taken") == 0 && draw(instance->scenario, 0, 19) == 0)
        doom_after(instance, draw(instance->scenario, 0, 4)); /* loading takes no longer: seldom hit by chance */
}

static bool tell_inline(void *ctx, const char *name, const char *connection, const char *text)
{
    struct scenario *s = ctx;

    for (size_t i = 0; i < s->connection_count; i++) {
        struct connection *c = &s->connections[i];

        if (strcmp(c->id, connection) != 0)
            continue;
        for (size_t k = 0; k < s->instance_count; k++) {
            bool holds = strcmp(s->instances[k].name, name) == 0 && s->instances[k].actor == c->actor;

            if (!holds || c->is_answered || c->until_ms < now_ms(s) || scheduler_is_paused(s->scheduler, c->actor))
                continue;
            c->is_answered = true;
            ledger_told(s->ledger, connection, text);
            return true;
        }
    }
    return false;
}

/* ---- its life ---- */

static void start_instance(struct instance *instance)
{
    struct scenario *s = instance->scenario;
    struct sim_carrier_options carrier = {
        .scheduler = s->scheduler,
        .world = s->world,
        .story = s->story,
        .settings = s->house->settings,
        .actor = ++s->lives,
        .instance = instance->name,
        .more_rows = &ring_row,
        .more_count = 1,
        .tell_inline = tell_inline,
        .ctx = s,
    };
    struct engine_config config = {
        .instance = instance->name,
        .clock = &instance->clock,
        .settings = s->house->settings,
        .settings_digest = instance->settings_digest,
        .policy = s->house->policy,
        .verbs = s->house->verbs,
        .machines = s->house->machines,
        .effect_kinds = s->house->kinds,
        .effect_kinds_count = s->house->kinds_count,
        .decode = slack_command_decode,
        .memory = instance->memory,
        .died_by_own_signal = instance->died_by_own_signal,
        .ctx = instance,
        .wake = on_wake,
        .remember = on_remember,
        .log = on_log,
    };

    instance->actor = s->lives;
    instance->clock = (struct clock){ instance, clock_mono, clock_unix, clock_random };
    instance->dice.state = dice_next(&s->dice);
    instance->mono_offset_ms = draw(s, 1000, 100000000);
    instance->next_turn_ms = INT64_MAX;
    instance->link = sim_link_create(s->store, instance->actor);
    instance->carrier = sim_carrier_create(&carrier);
    config.store = sim_link_store(instance->link);
    config.carrier = sim_carrier_interface(instance->carrier);
    story_tell(s->story, instance->name, "starts; it remembers seq %" PRId64, instance->memory.seq);
    instance->engine = engine_create(&config);
    plan_turn(instance, 0);
}

static void on_restart(void *arg)
{
    struct instance *instance = arg;

    if (!instance->engine)
        start_instance(instance);
}

static void end_instance(struct instance *instance, int64_t restart_ms)
{
    struct scenario *s = instance->scenario;

    scheduler_forget(s->scheduler, instance->actor);
    sim_link_cut(instance->link);
    engine_destroy(instance->engine);
    sim_carrier_destroy(instance->carrier);
    instance->engine = NULL;
    instance->carrier = NULL;
    instance->actor = 0;
    scheduler_after(s->scheduler, restart_ms, 0, on_restart, instance, NULL);
}

static void stop_if_stopped(struct instance *instance)
{
    if (engine_status(instance->engine).phase != ENGINE_STOPPED)
        return;
    story_tell(instance->scenario->story, instance->name, "has stopped");
    instance->died_by_own_signal = false;
    end_instance(instance, draw(instance->scenario, 100, 8000));
}

static bool is_owner(const struct instance *instance)
{
    enum engine_phase phase = engine_status(instance->engine).phase;

    return phase == ENGINE_OWNER || phase == ENGINE_STOPPING || phase == ENGINE_LOADING;
}

static void crash(struct instance *instance)
{
    struct scenario *s = instance->scenario;
    enum engine_phase phase = engine_status(instance->engine).phase;
    size_t attempts = sim_carrier_attempts(instance->carrier), commits = sim_link_commits_out(instance->link);

    count(s, FAULT_CRASHED);
    if (phase == ENGINE_OWNER)
        count(s, FAULT_CRASHED_OWNER);
    if (phase == ENGINE_LOADING)
        count(s, FAULT_CRASHED_LOADING);
    if (phase == ENGINE_STOPPING)
        count(s, FAULT_CRASHED_STOPPING);
    if (commits > 0)
        count(s, FAULT_CRASHED_COMMITTING);
    if (attempts > 0)
        count(s, FAULT_CRASHED_CALLING);
    story_tell(s->story, instance->name, "CRASHES as %s, %zu commits and %zu attempts out", engine_phase_names[phase],
               commits, attempts);
    if (draw(s, 0, 1) == 0)
        instance->memory = instance->memory_before;
    instance->died_by_own_signal = draw(s, 0, 9) == 0;
    end_instance(instance, draw(s, 50, 15000));
}

/* ---- people ---- */

static void add_form(struct buf *form, const char *name, const char *value)
{
    if (form->len > 0)
        buf_putc(form, '&');
    buf_addf(form, "%s=", name);
    for (; *value; value++) {
        bool is_plain = (*value >= 'a' && *value <= 'z') || (*value >= 'A' && *value <= 'Z') ||
                        (*value >= '0' && *value <= '9') || *value == '-' || *value == '.' || *value == '_';

        if (is_plain)
            buf_putc(form, *value);
        else
            buf_addf(form, "%%%02X", (unsigned char)*value);
    }
}

static const char *make_text(struct scenario *s, struct arena *arena, const char **ret_command)
{
    static const struct {
        int64_t weight;
        const char *command, *text;
    } rows[] = {
        { 30, "/deploy", "api staging" },      { 20, "/deploy", "web staging %d" },
        { 16, "/deploy", "api staging v%d" },  { 6, "/deploy", "api production v%d" },
        { 6, "/deploy", "api stagin" },        { 4, "/deploy", "" },
        { 8, "/status", "" },                  { 6, "/status", "api staging" },
        { 4, "/ops", "help" },                 { 3, "/ops", "" },
        { 4, "/ops", "deplyo api staging" },   { 3, "/ops", "\"unterminated" },
        { 3, "/ops", "deploy api staging branch:main" }, { 40, "/ops", "ring" },
        { 8, "/ops", "ring twice 'or more'" }, { 2, "/deploy", "nothing staging" },
    };
    int64_t sum = 0, at;
    size_t i;

    for (i = 0; i < ARRAY_LEN(rows); i++)
        sum += rows[i].weight;
    at = draw(s, 0, sum - 1);
    for (i = 0; at >= rows[i].weight; i++)
        at -= rows[i].weight;
    *ret_command = rows[i].command;
    if (!strchr(rows[i].text, '%'))
        return rows[i].text;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return arena_printf(arena, rows[i].text, (int)draw(s, 1, 30));
#pragma GCC diagnostic pop
}

struct delivery { /* one command as Slack sends it; maybe more than once */
    struct scenario *scenario;
    char *body, *key, *url;
    bool is_safe;
    int users;
};

static void drop_delivery(void *arg)
{
    struct delivery *delivery = arg;

    if (--delivery->users > 0)
        return;
    free(delivery->body);
    free(delivery->key);
    free(delivery->url);
    free(delivery);
}

static void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t results_count)
{
    static const char *const words[] = { "accepted", "a duplicate", "refused: full" };
    struct scenario *s = arg;

    story_tell(s->story, "door", "a command is %s",
               status == STORE_OK && results_count == 1 ? words[results[0]] : "not known to be accepted");
}

static struct instance *find_door(struct scenario *s)
{
    size_t first = (size_t)draw(s, 0, (int64_t)s->instance_count - 1);

    for (size_t i = 0; i < s->instance_count; i++) {
        struct instance *instance = &s->instances[(first + i) % s->instance_count];

        if (instance->engine && !scheduler_is_paused(s->scheduler, instance->actor))
            return instance;
    }
    return NULL;
}

static const char *add_connection(struct scenario *s, const struct instance *instance, struct arena *arena)
{
    struct connection *c;

    if (s->connection_count == s->connection_room) {
        s->connection_room = s->connection_room ? s->connection_room * 2 : 64;
        s->connections = xrealloc(s->connections, s->connection_room * sizeof(*s->connections));
    }
    c = &s->connections[s->connection_count];
    *c = (struct connection){ .id = xstrdup(arena_printf(arena, "c%zu", s->connection_count)),
                              .actor = instance->actor,
                              .until_ms = now_ms(s) + INLINE_REPLY_MS };
    s->connection_count++;
    return c->id;
}

static void on_delivered(void *arg)
{
    struct delivery *delivery = arg;
    struct scenario *s = delivery->scenario;
    struct instance *instance = find_door(s);
    AUTO(arena) struct arena *arena = arena_create();
    int64_t store_ms = instance ? engine_status(instance->engine).store_unix_ms : 0;
    const char *keys[] = { delivery->key };
    struct inbox_item item = {
        .v = INBOX_VERSION, .source = SLACK_SOURCE, .kind = SLACK_COMMAND_KIND, .keys = keys, .keys_count = 1,
        .received_at = store_ms, .not_after = store_ms + PERSON_REQUEST_VOID_MS, .body = delivery->body,
    };
    struct store_item stored = { .keys = keys, .key_count = 1, .is_safe = delivery->is_safe };
    struct store *store;
    AUTO_JSON cJSON *json = NULL;
    AUTO_FREE char *text = NULL;

    if (instance && store_ms) { /* else the sender is told "not now" */
        item.reply_to = (struct reply_address){ .door = "slack", .instance = instance->name, .url = delivery->url,
                                                .inline_until_ms = store_ms + INLINE_REPLY_MS };
        item.reply_to.connection = add_connection(s, instance, arena);
        item.request_id = arena_printf(arena, "r-%s", item.reply_to.connection);
        json = shape_to_json(&inbox_item_shape, &item, SHAPE_WHOLE);
        text = json_print(json);
        stored.bytes = str_of(text);
        store = sim_link_store(instance->link);
        story_tell(s->story, "door", "%s is at %s: %s", item.request_id, instance->name, delivery->body);
        store->accept(store->ctx, &stored, 1, on_accepted, s);
    }
    drop_delivery(delivery);
}

static void type_command(struct scenario *s)
{
    static const char *const people[] = { "U0ALICE", "U0ALICE", "U0BOB", "U0BOB", "U0CAROL" };
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf form = BUF(4096);
    struct delivery *delivery = xcalloc(1, sizeof(*delivery));
    int64_t number = ++s->typed;
    const char *command, *text = make_text(s, arena, &command);

    delivery->scenario = s;
    delivery->key = xstrdup(arena_printf(arena, "slack:T0SIM:command:%" PRId64, number));
    delivery->url = xstrdup(arena_printf(arena, WORLD_RESPONSE_URL "T0SIM/%" PRId64 "/x", number));
    delivery->is_safe = draw(s, 0, 9) == 0;
    add_form(&form, "team_id", "T0SIM");
    add_form(&form, "channel_id", "C0GENERAL");
    add_form(&form, "user_id", people[draw(s, 0, (int64_t)ARRAY_LEN(people) - 1)]);
    add_form(&form, "command", command);
    add_form(&form, "text", text);
    add_form(&form, "trigger_id", delivery->key);
    add_form(&form, "response_url", delivery->url);
    delivery->body = buf_take(&form);
    delivery->users = 1;
    if (draw(s, 0, 9) == 0) {
        count(s, FAULT_DUPLICATE_DELIVERY);
        delivery->users = 2;
        scheduler_after(s->scheduler, draw(s, 0, 5000), 0, on_delivered, delivery, drop_delivery);
    }
    scheduler_after(s->scheduler, draw(s, 0, 50), 0, on_delivered, delivery, drop_delivery);
}

/* ---- trouble ---- */

static struct instance *pick_up(struct scenario *s, bool prefers_owner)
{
    size_t first = (size_t)draw(s, 0, (int64_t)s->instance_count - 1);

    for (int wants_owner = prefers_owner ? 1 : 0; wants_owner >= 0; wants_owner--)
        for (size_t i = 0; i < s->instance_count; i++) {
            struct instance *instance = &s->instances[(first + i) % s->instance_count];

            if (instance->engine && (!wants_owner || is_owner(instance)))
                return instance;
        }
    return NULL;
}

static void draw_weather(struct scenario *s)
{
    struct weather *w = &s->weather;
    int64_t store = draw(s, 0, 2) * draw(s, 0, 40), http = draw(s, 0, 2) * draw(s, 0, 60);

    w->store_lost_request = store;
    w->store_lost_reply = draw(s, 0, 2) * store;
    w->store_late_request = draw(s, 0, 1) * store * 2;
    w->store_slow = draw(s, 0, 100);
    w->store_no_memory = draw(s, 0, 3) == 0 ? draw(s, 0, 100) : 0;
    w->http_never_sent = http / 2;
    w->http_lost_request = http;
    w->http_lost_answer = draw(s, 0, 2) * http;
    w->http_late_request = http / 2;
    w->http_slow = draw(s, 0, 200);
    w->http_limited = draw(s, 0, 60);
    w->http_error = draw(s, 0, 60);
    w->revision_fails = draw(s, 0, 200);
    w->revision_slow = draw(s, 0, 200);
    w->unhealthy = draw(s, 0, 100);
}

static void do_crash(struct scenario *s)
{
    struct instance *instance = pick_up(s, draw(s, 0, 2) > 0);

    if (instance)
        crash(instance);
}

static void do_stop(struct scenario *s)
{
    struct instance *instance = pick_up(s, draw(s, 0, 2) > 0);

    if (!instance)
        return;
    count(s, FAULT_STOPPED);
    story_tell(s->story, instance->name, "is asked to stop");
    engine_stop(instance->engine, draw(s, 0, 8000));
    plan_turn(instance, 0);
    if (draw(s, 0, 3) == 0)
        doom_after(instance, draw(s, 0, 1500));
}

static void do_pause(struct scenario *s)
{
    struct instance *instance = pick_up(s, draw(s, 0, 3) > 0);
    int64_t for_ms = draw(s, 0, 1) ? draw(s, 50, 2500) : draw(s, 2500, 15000);

    if (!instance)
        return;
    count(s, FAULT_PAUSED);
    if (is_owner(instance) && for_ms > STORE_LEASE_MS)
        count(s, FAULT_PAUSED_OWNER);
    story_tell(s->story, instance->name, "is paused for %" PRId64 " ms", for_ms);
    scheduler_pause(s->scheduler, instance->actor, for_ms);
}

static void do_jump(struct scenario *s)
{
    int64_t by_ms = draw(s, 1000, 90000) * (draw(s, 0, 1) ? 1 : -1);

    count(s, FAULT_CLOCK_JUMPED);
    story_tell(s->story, "store", "its clock jumps by %" PRId64 " ms", by_ms);
    sim_store_jump(s->store, by_ms);
}

static void on_store_up(void *arg)
{
    struct scenario *s = arg;

    s->weather.store_is_down = false;
}

static void do_store_down(struct scenario *s)
{
    story_tell(s->story, "store", "is down for a while");
    s->weather.store_is_down = true;
    scheduler_after(s->scheduler, draw(s, 200, 9000), 0, on_store_up, s, NULL);
}

static void on_store_room(void *arg)
{
    struct scenario *s = arg;

    s->weather.store_is_full = false;
    sim_store_twin(s->store)->limits.high_water[0] = 10000;
}

static void do_store_full(struct scenario *s)
{
    if (draw(s, 0, 1))
        s->weather.store_is_full = true;
    else
        sim_store_twin(s->store)->limits.high_water[0] = draw(s, 0, 2);
    scheduler_after(s->scheduler, draw(s, 500, 8000), 0, on_store_room, s, NULL);
}

static void on_older_again(void *arg)
{
    struct scenario *s = arg;

    twin_put(sim_store_twin(s->store), STORE_META, "schema", "1");
}

static void do_newer(struct scenario *s)
{
    count(s, FAULT_STORE_NEWER);
    story_tell(s->story, "store", "has a newer schema for a while");
    twin_put(sim_store_twin(s->store), STORE_META, "schema", "2");
    scheduler_after(s->scheduler, draw(s, 500, 9000), 0, on_older_again, s, NULL);
}

static void do_peer_down(struct scenario *s)
{
    int64_t until_ms = now_ms(s) + draw(s, 500, 45000);

    if (draw(s, 0, 1))
        s->weather.slack_down_until_ms = until_ms;
    else
        s->weather.google_down_until_ms = until_ms;
}

static void do_expire(struct scenario *s)
{
    world_expire_tokens(s->world);
}

static void do_foreign(struct scenario *s)
{
    if (draw(s, 0, 2) == 0) {
        story_tell(s->story, "world", "somebody else moves traffic");
        world_foreign_traffic(s->world);
    } else {
        story_tell(s->story, "world", "somebody else edits a service");
        world_foreign_edit(s->world);
    }
}

static void do_tag(struct scenario *s)
{
    char tag[8];

    for (int i = 0; i < 12; i++) {
        snprintf(tag, sizeof(tag), "v%d", (int)draw(s, 1, 30));
        world_set_tag(s->world, tag, draw(s, 0, 2) == 0);
    }
}

static const struct {
    int64_t weight;
    void (*happen)(struct scenario *s);
} troubles[] = {
    { 30, do_crash },     { 10, do_stop },      { 30, do_pause }, { 6, do_jump },   { 20, draw_weather }, { 8, do_store_down },
    { 8, do_store_full }, { 2, do_newer },      { 6, do_peer_down }, { 6, do_expire }, { 14, do_foreign }, { 8, do_tag },
};

static void make_trouble(struct scenario *s)
{
    int64_t sum = 0, at;
    size_t i;

    for (i = 0; i < ARRAY_LEN(troubles); i++)
        sum += troubles[i].weight;
    at = draw(s, 0, sum - 1);
    for (i = 0; at >= troubles[i].weight; i++)
        at -= troubles[i].weight;
    troubles[i].happen(s);
}

static void on_trouble(void *arg)
{
    struct scenario *s = arg;

    if (s->is_calm)
        return;
    make_trouble(s);
    scheduler_after(s->scheduler, draw(s, 100, 12000), 0, on_trouble, s, NULL);
}

static void on_typing(void *arg)
{
    struct scenario *s = arg;

    if (s->is_calm)
        return;
    type_command(s);
    if (draw(s, 0, 5) == 0) /* people come in groups */
        type_command(s);
    scheduler_after(s->scheduler, draw(s, 50, 6000), 0, on_typing, s, NULL);
}

static void on_copy(void *arg)
{
    struct scenario *s = arg;
    size_t at = s->copy_count % COPIES_MAX;

    if (s->is_calm)
        return;
    twin_destroy(s->copies[at].twin);
    s->copies[at] = (struct copy){ twin_copy(sim_store_twin(s->store)), twin_seq(sim_store_twin(s->store)) };
    s->copy_count++;
    scheduler_after(s->scheduler, draw(s, 2000, 20000), 0, on_copy, s, NULL);
}

/* ---- the store is lost ---- */

static int64_t lowest_memory(const struct scenario *s)
{
    int64_t seq = INT64_MAX;

    for (size_t i = 0; i < s->instance_count; i++) {
        int64_t known = s->instances[i].memory.birth[0] ? s->instances[i].memory.seq : 0;

        if (s->instances[i].memory_before.birth[0] == '\0')
            known = 0;
        else if (s->instances[i].memory_before.seq < known)
            known = s->instances[i].memory_before.seq;
        seq = known < seq ? known : seq;
    }
    return seq;
}

static struct twin *older_copy(struct scenario *s)
{
    for (size_t i = 0; i < COPIES_MAX; i++)
        if (s->copies[i].twin && s->copies[i].seq < lowest_memory(s))
            return TAKE(s->copies[i].twin);
    return NULL;
}

static struct twin *empty_copy(struct scenario *s, const char *birth)
{
    struct twin *twin = twin_create(sim_store_twin(s->store)->branches);

    if (birth) {
        twin_put(twin, STORE_META, "birth", birth);
        twin_put(twin, STORE_META, "schema", "1");
        twin_put(twin, STORE_META, "seq", "100000");
    }
    return twin;
}

static bool lose_store(struct scenario *s)
{
    struct twin *twin = NULL;

    if (lowest_memory(s) == 0)
        return false;
    if (s->ending == ENDING_ROLLED_BACK)
        twin = older_copy(s);
    else if (s->ending == ENDING_EMPTIED)
        twin = empty_copy(s, NULL);
    else if (s->ending == ENDING_FOREIGN)
        twin = empty_copy(s, "ffffffffffffffffffffffffffffffff");
    if (!twin)
        return false;
    count(s, s->ending == ENDING_ROLLED_BACK ? FAULT_STORE_ROLLED_BACK
             : s->ending == ENDING_EMPTIED   ? FAULT_STORE_EMPTIED
                                             : FAULT_STORE_FOREIGN);
    story_tell(s->story, "store", "IS LOST: another one comes back in its place");
    ledger_store_is_lost(s->ledger);
    sim_store_replace(s->store, twin);
    return true;
}

/* ---- one seed ---- */

static void begin(struct scenario *s, uint64_t seed)
{
    static const char *const names[] = { "north", "south", "east" };
    static const char *const services[] = { "api-staging", "api-prod", "web-staging" };
    struct twin *twin = sim_store_twin(s->store);

    twin_put(twin, STORE_META, "birth", "b1b2b3b4b5b6b7b8b9b0b1b2b3b4b5b6");
    twin_put(twin, STORE_META, "schema", "1");
    twin->watch = ledger_twin_watch(s->ledger);
    for (size_t i = 0; i < ARRAY_LEN(services); i++)
        world_add_service(s->world, "acme", "us-central1", services[i], "us-docker.pkg.dev/acme/images/api@sha256:0",
                          draw(s, 0, 1) == 0);
    s->ending = draw(s, 0, 9) ? ENDING_QUIET : (enum ending)draw(s, ENDING_ROLLED_BACK, ENDING_FOREIGN);
    s->instance_count = (size_t)draw(s, 2, INSTANCES_MAX);
    s->storm_until_ms = draw(s, 20, 180) * SECOND_MS;
    s->crash_per_mille = draw(s, 0, 2);
    for (size_t i = 0; i < s->instance_count; i++) {
        s->instances[i].scenario = s;
        s->instances[i].settings_digest = draw(s, 0, 3) ? "0123456789abcdef" : "fedcba9876543210"; /* not all read the same */
        snprintf(s->instances[i].name, sizeof(s->instances[i].name), "%s", names[i]);
        scheduler_after(s->scheduler, draw(s, 0, 3000), 0, on_restart, &s->instances[i], NULL);
    }
    if (seed % 4 != 0) /* every fourth has good weather between its troubles */
        draw_weather(s);
    on_typing(s);
    on_copy(s);
    scheduler_after(s->scheduler, draw(s, 1000, 15000), 0, on_trouble, s, NULL);
}

/* Between any two events: an instance with something on its way dies. */
static void maybe_crash(struct scenario *s)
{
    struct instance *instance;

    if (s->crash_per_mille == 0 || !dice_hit(&s->dice, s->crash_per_mille))
        return;
    instance = &s->instances[draw(s, 0, (int64_t)s->instance_count - 1)];
    if (instance->engine && (sim_link_commits_out(instance->link) > 0 || sim_carrier_attempts(instance->carrier) > 0 ||
                             engine_status(instance->engine).phase == ENGINE_STOPPING ||
                             engine_status(instance->engine).phase == ENGINE_LOADING))
        crash(instance);
}

static bool run_until(struct scenario *s, int64_t until_ms, bool is_storm, uint64_t *events)
{
    while (scheduler_next_ms(s->scheduler) <= until_ms && ledger_is_good(s->ledger)) {
        scheduler_step(s->scheduler);
        if (is_storm)
            maybe_crash(s);
        if (++*events > STUCK_EVENTS)
            return false;
    }
    return true;
}

static bool is_quiet(struct scenario *s)
{
    const struct twin *twin = sim_store_twin(s->store);
    struct store_entries entries = { .safe_count = 0 };
    AUTO(arena) struct arena *arena = arena_create();
    const char *safe = twin_get(twin, STORE_META, "cursor:inbox:safe"), *inbox = twin_get(twin, STORE_META, "cursor:inbox");

    twin_read(twin, safe ? safe : "0-0", inbox ? inbox : "0-0", 1, arena, &entries);
    return entries.safe_count + entries.inbox_count + twin->hashes[STORE_OPERATIONS].count +
               twin->hashes[STORE_EFFECTS].count + twin->hashes[STORE_TIMERS].count + twin->hashes[STORE_MESSAGES].count ==
           0;
}

static void wait_for_quiet(struct scenario *s, uint64_t *events)
{
    int64_t until_ms = now_ms(s) + QUIET_MAX_MS;
    int quiet = 0;

    while (now_ms(s) < until_ms && quiet < 3 && ledger_is_good(s->ledger)) {
        if (!run_until(s, now_ms(s) + QUIET_LOOK_MS, false, events))
            return;
        quiet = is_quiet(s) ? quiet + 1 : 0;
    }
}

/* A clean handover at the end: what only an owner without doubts clears away goes too. */
static void hand_over(struct scenario *s, uint64_t *events)
{
    struct instance *owner = pick_up(s, true);

    if (owner && is_owner(owner)) {
        story_tell(s->story, owner->name, "is asked to stop");
        engine_stop(owner->engine, 5 * SECOND_MS);
        plan_turn(owner, 0);
    }
    run_until(s, now_ms(s) + 30 * SECOND_MS, false, events);
}

static const char *check_refused(struct scenario *s)
{
    for (size_t i = 0; i < s->instance_count; i++)
        if (s->instances[i].engine && engine_status(s->instances[i].engine).phase != ENGINE_REFUSED)
            return s->instances[i].name;
    return NULL;
}

static void finish(struct scenario *s)
{
    for (size_t i = 0; i < s->instance_count; i++) {
        engine_destroy(s->instances[i].engine);
        sim_carrier_destroy(s->instances[i].carrier);
    }
    scheduler_destroy(s->scheduler);
    sim_store_destroy(s->store);
    world_destroy(s->world);
    ledger_destroy(s->ledger);
    story_destroy(s->story);
    for (size_t i = 0; i < s->connection_count; i++)
        free(s->connections[i].id);
    free(s->connections);
    for (size_t i = 0; i < COPIES_MAX; i++)
        twin_destroy(s->copies[i].twin);
}

static void add_totals(struct scenario *s, struct scenario_totals *totals)
{
    struct ledger_counts counts = ledger_counts(s->ledger);
    const struct logged_call *const *calls;

    totals->scenarios++;
    totals->virtual_ms += (uint64_t)now_ms(s);
    totals->counts.accepted += counts.accepted;
    totals->counts.operations += counts.operations;
    totals->counts.effects += counts.effects;
    totals->counts.commits += counts.commits;
    totals->counts.entries += counts.entries;
    totals->calls += world_calls(s->world, &calls);
}

bool scenario_run(const struct scenario_options *options, struct scenario_totals *totals, char *ret_complaint)
{
    struct scenario s = { .house = house_get(), .dice = { options->seed ^ UINT64_C(0x5DEECE66D) } };
    struct ledger_options ledger = { .effect_kinds = s.house->kinds, .effect_kinds_count = s.house->kinds_count };
    uint64_t events = 0;
    const char *name;
    bool is_good;

    s.scheduler = scheduler_create(options->seed);
    s.story = story_create(s.scheduler, options->wants_story);
    s.weather.counts = totals->faults;
    ledger.scheduler = s.scheduler;
    ledger.story = s.story;
    s.ledger = ledger_create(&ledger);
    s.store = sim_store_create(s.scheduler, &s.weather, totals->branches);
    s.world = world_create(s.scheduler, &s.weather, ledger_world_watch(s.ledger));
    begin(&s, options->seed);
    ret_complaint[0] = '\0';

    if (run_until(&s, s.storm_until_ms, true, &events)) {
        story_tell(s.story, "world", "from here on all is calm");
        s.is_calm = true;
        weather_calm(&s.weather);
        on_store_room(&s);
        on_older_again(&s);
        if (s.ending != ENDING_QUIET && lose_store(&s)) {
            run_until(&s, now_ms(&s) + 90 * SECOND_MS, false, &events);
            name = check_refused(&s);
            if (name && ledger_is_good(s.ledger))
                snprintf(ret_complaint, 512, "a store that is not the known one is refused: %s goes on", name);
        } else {
            wait_for_quiet(&s, &events);
            hand_over(&s, &events);
            if (ledger_is_good(s.ledger))
                ledger_check_end(s.ledger, sim_store_twin(s.store));
        }
    }
    if (events > STUCK_EVENTS)
        snprintf(ret_complaint, 512, "everything comes to its end: %" PRIu64 " events, and no end", events);
    if (!ledger_is_good(s.ledger))
        snprintf(ret_complaint, 512, "%s", ledger_complaint(s.ledger));
    is_good = ret_complaint[0] == '\0';
    if (options->wants_story && (!is_good || options->whole_story))
        story_print(s.story, options->whole_story ? SIZE_MAX : STORY_LINES);
    add_totals(&s, totals);
    finish(&s);
    return is_good;
}
