/* engine_fixture.h - engines on a fake store, a fake carrier and a clock that a test moves; and people who ask for
 * errands.
 *
 * A world has one store and some nodes. Nothing happens by itself: world_run lets everything happen that can happen
 * now, world_advance moves the clock and does so every tenth of a second. Replies are delivered at once and kept; every
 * other effect and every reading stays in flight until the test ends it. When a world goes, its journal's chain is
 * checked.
 */
#ifndef OPSGATE_TESTS_UNIT_ENGINE_FIXTURE_H
#define OPSGATE_TESTS_UNIT_ENGINE_FIXTURE_H

#include "tests/unit/errand.h"
#include "tests/unit/fake_store.h"

#include "bot/base/digest.h"
#include "bot/engine/engine.h"
#include "policy/policy.h"
#include "tests/unit/configuration_fixture.h"

#define STEP_MS 100

struct flight {            /* an attempt or a reading, in flight */
    const char *id, *kind; /* "D1.2", "note"; "D1/digest/1", "digest" */
    int64_t number;
    bool is_reading, is_first_try, is_in_doubt, may_send;
    const char *card_channel, *card_ts, *text;
    const char *names; /* a reply: the operation that it names, or NULL */
    const char *form;  /* a reply: the title of the form by which it asks; or NULL */
    attempt_ended_fn on_done;
    void *arg;
    bool is_over, is_cut;
};

struct node {
    struct world *world;
    struct engine *engine;
    struct store store;
    struct carrier carrier;
    struct clock clock;
    struct engine_config config;
    struct flight *flights; /* all there ever were; is_over marks the ended ones */
    size_t flights_count;
    bool wants_turn;
    int64_t slept_ms;    /* its own clock stood still so long */
    int64_t per_look_ms; /* and goes on by so much whenever it is looked at */
};

struct world {
    struct arena *arena;
    struct fake_store *store;
    struct configuration *configuration;
    struct settings settings;
    const struct policy *policy;
    const struct verb *verbs[3];
    const struct machine *machines[2];
    struct node *nodes[4];
    size_t nodes_count;
    const char **replies; /* as delivered, "REFUSED " in front of those that say no, "MISUSED " if the words made no sense */
    size_t replies_count;
    const char **tries; /* "D1.2 note" for each attempt, and "D1/digest/1 digest" for each reading, in order */
    size_t tries_count;
    uint64_t dice;
};

/* ---- the shells of a node ---- */

static inline int64_t node_mono(void *ctx)
{
    struct node *node = ctx;

    node->slept_ms -= node->per_look_ms;
    return node->world->store->mono_ms - node->slept_ms;
}

static inline int64_t node_unix(void *ctx)
{
    return ((const struct node *)ctx)->world->store->unix_ms;
}

static inline void node_random(void *ctx, void *bytes, size_t len)
{
    struct world *world = ((struct node *)ctx)->world;

    for (size_t i = 0; i < len; i++) {
        world->dice = world->dice * UINT64_C(6364136223846793005) + 1;
        ((unsigned char *)bytes)[i] = (unsigned char)(world->dice >> 56);
    }
}

static inline void node_lease(void *ctx, const struct lease_call *lease, store_leased_fn on_done, void *arg)
{
    struct node *node = ctx;
    struct call *call = fake_call(node->world->store, CALL_LEASE, node, arg);

    call->lease = *lease;
    call->lease.nonce = arena_strdup(node->world->arena, lease->nonce);
    call->on_leased = on_done;
}

static inline void node_commit(void *ctx, const struct store_commit *commit, store_committed_fn on_done, void *arg)
{
    struct node *node = ctx;
    struct arena *arena = node->world->arena;
    struct call *call = fake_call(node->world->store, CALL_COMMIT, node, arg);
    struct store_write *writes = NULL;
    size_t count = 0;

    for (size_t i = 0; i < commit->count; i++) {
        struct store_write write = commit->writes[i];

        write.field = arena_strdup(arena, write.field);
        write.value = (struct str){ arena_copy(arena, write.value), write.value.len };
        *ARENA_PUSH(arena, writes, count) = write;
    }
    call->commit = (struct store_commit){ arena_strdup(arena, commit->nonce),
                                          commit->seq,
                                          arena_strdup(arena, commit->id),
                                          writes,
                                          count,
                                          arena_strdup(arena, commit->journal_before),
                                          arena_strdup(arena, commit->journal_after) };
    call->on_committed = on_done;
}

static inline void node_load(void *ctx, store_loaded_fn on_done, void *arg)
{
    struct node *node = ctx;

    fake_call(node->world->store, CALL_LOAD, node, arg)->on_loaded = on_done;
}

static inline void node_read(void *ctx, const char *after_safe, const char *after_inbox, size_t count, int64_t wait_ms,
                             store_read_fn on_done, void *arg)
{
    struct node *node = ctx;
    struct call *call = fake_call(node->world->store, CALL_READ, node, arg);

    call->read_count = count;
    call->after_safe = arena_strdup(node->world->arena, after_safe);
    call->after_inbox = arena_strdup(node->world->arena, after_inbox);
    call->until_mono = node->world->store->mono_ms + wait_ms;
    call->on_read = on_done;
}

static inline void node_mark(void *ctx, const char *nonce, const char *input_id, struct str value,
                             store_done_fn on_done, void *arg)
{
    struct node *node = ctx;
    struct call *call = fake_call(node->world->store, CALL_MARK, node, arg);

    call->mark_nonce = arena_strdup(node->world->arena, nonce);
    call->mark_input = arena_strdup(node->world->arena, input_id);
    call->mark_value = arena_copy(node->world->arena, value);
    call->on_marked = on_done;
}

/* ---- the carrier ---- */

static inline void note_flight(struct node *node, struct flight flight)
{
    struct world *world = node->world;

    *ARENA_PUSH(world->arena, node->flights, node->flights_count) = flight;
    *ARENA_PUSH(world->arena, world->tries, world->tries_count) =
        arena_printf(world->arena, "%s %s", flight.id, flight.kind);
}

/* The reply as people read it, its lines joined by '\n'. */
static inline const char *reply_text(const cJSON *args, struct arena *arena)
{
    const char *text = json_find_string(args, "reply.text");

    JSON_EACH(line, json_find(args, "reply.lines"))
        text = arena_printf(arena, "%s\n%s", text, line->valuestring);
    return text;
}

/* Of words that are said together: "1200 first | 1260 second + 3 more", each with the seconds of its hour. */
static inline const char *parts_text(const cJSON *args, struct arena *arena)
{
    int64_t more = json_find_int(args, "more", 0);
    const char *text = NULL;

    JSON_EACH(part, json_find(args, "parts"))
        text = arena_printf(arena, "%s%s%lld %s", text ? text : "", text ? " | " : "",
                            (long long)(json_find_int(part, "at_ms", 0) / SECOND_MS % 3600),
                            json_find_string(part, "text"));
    return text && more > 0 ? arena_printf(arena, "%s + %lld more", text, (long long)more) : text;
}

static inline const char *reply_mark(const cJSON *args)
{
    return json_find_bool(args, "reply.is_misuse", false)    ? "MISUSED "
           : json_find_bool(args, "reply.is_refusal", false) ? "REFUSED "
                                                             : "";
}

static inline void node_attempt(void *ctx, const struct attempt *attempt)
{
    struct node *node = ctx;
    struct arena *arena = node->world->arena;
    const char *text = json_find_string(attempt->effect->args, "card.status");

    if (strcmp(attempt->effect->kind, EFFECT_REPLY) == 0)
        text = reply_text(attempt->effect->args, arena);
    if (strcmp(attempt->effect->kind, "word") == 0)
        text = json_find(attempt->effect->args, "parts") ? parts_text(attempt->effect->args, arena)
                                                         : json_find_string(attempt->effect->args, "reply.text");
    note_flight(node, (struct flight){
                          .id = arena_strdup(arena, attempt->effect->id),
                          .kind = arena_strdup(arena, attempt->effect->kind),
                          .number = attempt->number,
                          .is_first_try = attempt->is_first_try,
                          .is_in_doubt = attempt->is_in_doubt,
                          .may_send = attempt->may_send(attempt->arg),
                          .card_channel = arena_strdup(arena, attempt->card_channel),
                          .card_ts = arena_strdup(arena, attempt->card_ts),
                          .text = arena_printf(arena, "%s%s", reply_mark(attempt->effect->args), text ? text : ""),
                          .names = arena_strdup(arena, json_find_string(attempt->effect->args, "reply.operation")),
                          .form = arena_strdup(arena, json_find_string(attempt->effect->args, "form.modal.title")),
                          .on_done = attempt->on_done,
                          .arg = attempt->arg,
                      });
}

static inline void node_ask(void *ctx, const struct ask *ask)
{
    struct node *node = ctx;
    struct arena *arena = node->world->arena;

    note_flight(node, (struct flight){ .id = arena_strdup(arena, ask->id),
                                       .kind = arena_strdup(arena, ask->awaited->name),
                                       .is_reading = true,
                                       .may_send = ask->may_send(ask->arg),
                                       .on_done = ask->on_done,
                                       .arg = ask->arg });
}

static inline void node_cancel(void *ctx, const char *effect_id, int64_t number)
{
    struct node *node = ctx;

    for (size_t i = 0; i < node->flights_count; i++)
        if (node->flights[i].number == number && strcmp(node->flights[i].id, effect_id) == 0)
            node->flights[i].is_over = node->flights[i].is_cut = true;
}

static inline void node_cancel_all(void *ctx)
{
    struct node *node = ctx;

    for (size_t i = 0; i < node->flights_count; i++)
        node->flights[i].is_over = true;
}

static inline size_t node_in_flight(void *ctx)
{
    const struct node *node = ctx;
    size_t count = 0;

    for (size_t i = 0; i < node->flights_count; i++)
        count += !node->flights[i].is_over && !node->flights[i].is_reading;
    return count;
}

/* ---- what the engine tells its process ---- */

static inline void node_wake(void *ctx)
{
    ((struct node *)ctx)->wants_turn = true;
}

static inline void node_remember(void *ctx, const struct engine_memory *memory)
{
    ((struct node *)ctx)->config.memory = *memory; /* the next process of this data_dir knows it */
}

static inline void node_log(void *ctx, enum engine_log level, const char *event, const char *text)
{
    (void)ctx;
    (void)level;
    (void)event;
    (void)text;
}

/* "U1 do wait end": a person and what they typed; "T2/U1": of another workspace, "+U1": with a trigger. "?" cannot be read,
 * "!" not now. */
static inline bool node_decode(const struct inbox_item *item, struct arena *arena, struct decoded *ret_decoded,
                               struct error *err)
{
    struct str rest = str_of(item->body), person = str_take_word(&rest), verb = str_take_word(&rest);
    bool is_foreign = str_take_prefix(&person, "T2/"), has_trigger = str_take_prefix(&person, "+");

    if (str_is(person, "?"))
        return error_set(err, ERR_INVALID, "scribbles");
    if (str_is(person, "!"))
        return error_set(err, ERR_UNAVAILABLE, "you have asked too often");
    ret_decoded->kind = DECODED_REQUEST;
    ret_decoded->request = (struct request){
        .id = item->request_id,
        .source = item->source,
        .principal = { .system = "slack", .id = arena_copy(arena, person), .team = is_foreign ? "T2" : "T1" },
        .verb = arena_copy(arena, verb),
        .text = arena_strdup(arena, item->body),
        .received_at_ms = item->received_at,
        .not_after_ms = item->not_after,
        .reply_to = item->reply_to,
        .trigger = has_trigger ? "1.2.abc" : NULL,
    };
    return request_split(rest, arena, &ret_decoded->request, err);
}

/* ---- the world ---- */

#define WORLD_CONFIGURATION                                                                                            \
    FIXTURE_SLACK_T1                                                                                                   \
    "policy:\n"                                                                                                        \
    "  roles: [{ name: dev, members: [\"slack:U1\", \"slack:U2\"] }]\n"                                                \
    "  rules: [{ allow: \"*\", to: dev }]\n"
#define FIXTURE_SLACK_T1 "slack: { bot_token: x, signing_secrets: [y], team: T1 }\n"

static inline struct world *world_create(void)
{
    struct world *world = xcalloc(1, sizeof(*world));

    world->arena = arena_create();
    world->store = fake_store_create();
    world->configuration = fixture_good(WORLD_CONFIGURATION);
    world->settings = world->configuration->settings;
    world->settings.slack.channels.deployments = NULL; /* no cards, unless a test wants them */
    world->policy = policy_compile(&world->configuration->settings, NULL, world->configuration->zones, world->arena);
    world->verbs[0] = &errand_verb;
    world->verbs[1] = &poke_verb;
    world->machines[0] = &errand_machine;
    world->dice = 42;
    return world;
}

static inline struct node *world_node(struct world *world)
{
    struct node *node = ARENA_NEW(world->arena, struct node);

    node->world = world;
    node->store = (struct store){ .ctx = node,
                                  .lease = node_lease,
                                  .commit = node_commit,
                                  .load = node_load,
                                  .read = node_read,
                                  .mark_trying = node_mark };
    node->carrier = (struct carrier){ node, node_attempt, node_ask, node_cancel, node_cancel_all, node_in_flight };
    node->clock = (struct clock){ node, node_mono, node_unix, node_random };
    node->config = (struct engine_config){
        .instance = arena_printf(world->arena, "node-%zu", world->nodes_count + 1),
        .store = &node->store,
        .carrier = &node->carrier,
        .clock = &node->clock,
        .settings = &world->settings,
        .settings_digest = "digest-of-settings",
        .policy = world->policy,
        .verbs = world->verbs,
        .machines = world->machines,
        .effect_kinds = errand_kinds,
        .effect_kinds_count = ARRAY_LEN(errand_kinds),
        .decode = node_decode,
        .ctx = node,
        .wake = node_wake,
        .remember = node_remember,
        .log = node_log,
    };
    world->nodes[world->nodes_count++] = node;
    return node;
}

static inline void node_start(struct node *node)
{
    node->engine = engine_create(&node->config);
    node->wants_turn = true;
}

static inline void node_crash(struct node *node)
{
    fake_silence(node->world->store, node);
    engine_destroy(node->engine);
    node->engine = NULL;
}

static inline struct flight *node_flight(struct node *node, const char *kind) /* the oldest in flight, or NULL */
{
    for (size_t i = 0; i < node->flights_count; i++)
        if (!node->flights[i].is_over && strcmp(node->flights[i].kind, kind) == 0)
            return &node->flights[i];
    return NULL;
}

static inline void flight_end(struct flight *flight, struct attempt_end end)
{
    flight->is_over = true;
    flight->on_done(flight->arg, flight->id, flight->number, &end);
}

static inline bool deliver_replies(struct world *world, struct node *node)
{
    struct flight *flight = node_flight(node, EFFECT_REPLY);

    if (!flight)
        return false;
    *ARENA_PUSH(world->arena, world->replies, world->replies_count) = flight->text;
    flight_end(flight, (struct attempt_end){ .result = ATTEMPT_DONE });
    return true;
}

/* Everything that can happen without the clock moving. */
static inline void world_run(struct world *world)
{
    bool is_any = true;

    for (int turns = 0; is_any; turns++) {
        assert_true(turns < 10000); /* an engine that never rests */
        is_any = false;
        for (size_t i = 0; i < world->nodes_count; i++) {
            struct node *node = world->nodes[i];

            if (!node->engine)
                continue;
            node->wants_turn = false;
            engine_turn(node->engine);
            is_any = deliver_replies(world, node) || node->wants_turn || is_any;
        }
        is_any = fake_deliver(world->store) || is_any;
    }
}

static inline void world_advance(struct world *world, int64_t ms)
{
    for (; ms > 0; ms -= STEP_MS) {
        world->store->mono_ms += STEP_MS;
        world->store->unix_ms += STEP_MS;
        world_run(world);
    }
}

static inline struct inbox_item world_item(const struct world *world, const char *body)
{
    return (struct inbox_item){ .v = INBOX_VERSION,
                                .source = "slack",
                                .kind = "command",
                                .received_at = world->store->unix_ms,
                                .request_id = "r1",
                                .reply_to = { .door = "slack" },
                                .body = body };
}

static inline const char *world_accept(struct world *world, const struct inbox_item *item, enum store_place place)
{
    cJSON *json = shape_to_json(&inbox_item_shape, item, SHAPE_WHOLE);
    const char *id = fake_append(world->store, place, json_print_in(world->arena, json));

    cJSON_Delete(json);
    return id;
}

/* Somebody asks, and all that follows at once happens. */
static inline void world_say(struct world *world, const char *body)
{
    struct inbox_item item = world_item(world, body);

    world_accept(world, &item, STORE_INBOX);
    world_run(world);
}

/* A new world with one node that owns the store. */
static inline int world_setup(void **state)
{
    struct world *world = world_create();

    node_start(world_node(world));
    world_run(world);
    world_advance(world, 1000);
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
    *state = world;
    return 0;
}

/* ---- what stands in the store ---- */

static inline cJSON *world_record(struct world *world, enum store_place place, const char *field) /* NULL: none */
{
    const char *text = fake_get(world->store, place, field);
    struct error err;
    cJSON *json;

    if (!text)
        return NULL;
    json = json_parse_in(world->arena, str_of(text), &err);
    if (!json)
        fail_msg("%s: %s", field, err.message);
    return json;
}

/* Of a live operation, or of one that ended. */
static inline cJSON *world_operation(struct world *world, const char *id)
{
    cJSON *json = world_record(world, STORE_OPERATIONS, id);

    return json ? json : world_record(world, STORE_ENDED, id);
}

static inline const char *world_heard(struct world *world, const char *id)
{
    return json_find_string(world_operation(world, id), "body.heard");
}

static inline size_t world_journalled(struct world *world, const char *kind) /* how often */
{
    const struct fake_place *journal = &world->store->places[STORE_JOURNAL];
    size_t count = 0;

    for (size_t i = 0; i < journal->count; i++) {
        const cJSON *entry = world_record(world, STORE_JOURNAL, journal->fields[i].field);

        count += strcmp(json_find_string(entry, "core.kind"), kind) == 0;
    }
    return count;
}

static inline size_t world_tried(const struct world *world, const char *what) /* "D1.1 note": how often */
{
    size_t count = 0;

    for (size_t i = 0; i < world->tries_count; i++)
        count += strcmp(world->tries[i], what) == 0;
    return count;
}

/* ---- the journal's chain ---- */

static inline struct digest_hex journal_beside(struct world *world, int64_t n)
{
    const cJSON *beside = world_record(world, STORE_PERSONAL, arena_printf(world->arena, "%lld", (long long)n));
    const char *values;

    if (!beside)
        return (struct digest_hex){ "" };
    values = json_print_in(world->arena, json_find(beside, "values"));
    return digest_hex(
        digest_sha256(str_of(arena_printf(world->arena, "%s\n%s", json_find_string(beside, "salt"), values))));
}

static inline const char *journal_check_entry(struct world *world, const cJSON *entry, int64_t n, const char *head)
{
    const char *core = json_print_in(world->arena, json_find(entry, "core"));
    const char *personal = json_find_string(entry, "personal") ? json_find_string(entry, "personal") : "";
    const char *chained =
        arena_printf(world->arena, "%s\n%lld\n%s\n%s\n%s", head, (long long)json_find_int(entry, "seq", -1),
                     json_find_string(entry, "configuration"), core, personal);
    struct digest_hex hash = digest_hex(digest_sha256(str_of(chained)));

    assert_string_equal(json_find_string(entry, "previous"), head);
    assert_true(json_find_int(entry, "core.n", -1) == n);
    assert_string_equal(journal_beside(world, n).text, personal);
    assert_string_equal(json_find_string(entry, "hash"), hash.text);
    return json_find_string(entry, "hash");
}

/* What one commit journalled is of one moment. */
static inline void journal_check_moment(const cJSON *entry, const cJSON *before)
{
    if (before && json_find_int(entry, "seq", -1) == json_find_int(before, "seq", -1))
        assert_true(json_find_int(entry, "core.at", -1) == json_find_int(before, "core.at", -1));
}

static inline void world_check_journal(struct world *world)
{
    const struct fake_place *journal = &world->store->places[STORE_JOURNAL];
    const cJSON *before = NULL;
    int64_t first = fake_number(world->store, "kept:journal"); /* what was before it is not kept any more */
    const char *head = "";

    for (size_t i = 0; i < journal->count; i++) {
        const cJSON *entry = world_record(world, STORE_JOURNAL, journal->fields[i].field);

        if (i == 0 && first > 1)
            head = json_find_string(entry, "previous");
        head = journal_check_entry(world, entry, (int64_t)i + (first > 1 ? first : 1), head);
        journal_check_moment(entry, before);
        before = entry;
    }
    assert_string_equal(fake_meta(world->store, "journal"), head);
}

static inline int world_teardown(void **state)
{
    struct world *world = *state;

    world_check_journal(world);
    for (size_t i = 0; i < world->nodes_count; i++)
        node_crash(world->nodes[i]);
    fake_store_destroy(world->store);
    configuration_destroy(world->configuration);
    arena_destroy(world->arena);
    free(world);
    return 0;
}

#define ENGINE_TEST(sentence, test)                                                                                    \
    {                                                                                                                  \
        sentence, test, world_setup, world_teardown, NULL                                                              \
    }

#endif
