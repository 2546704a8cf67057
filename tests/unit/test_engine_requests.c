/* One request, one decision: a reply, a journal entry, and never a second time. */
#include "tests/unit/engine_fixture.h"

static const struct answer_row {
    const char *name, *body, *reply, *journal;
} answer_rows[] = {
    { "an allowed request begins its operation", "U1 do wait", "D1 began", "request.accepted" },
    { "somebody without a role is denied", "U9 do wait",
      "REFUSED *Denied*: only a dev may do api in staging (test.yaml:4).\n"
      "You are `slack:U9` here, without a role.\n"
      "Ask a dev to do it, or have a rule name you.",
      "request.denied" },
    { "somebody of another workspace is told so", "T2/U1 do wait",
      "REFUSED *Denied*: only a dev may do api in staging, and the one who asked is of another workspace, T2 (test.yaml:4).\n"
      "You are `slack:T2/U1` here, without a role.\n"
      "Ask a dev to do it, or have a rule name you.",
      "request.denied" },
    { "an unknown verb gets the nearest, and its usage", "U1 du wait",
      "MISUSED I do not know `du`. Did you mean `do`? Nothing was done.\nUsage: `do WISHES...`", "request.unknown" },
    { "a verb like none gets help", "U1 frobnicate",
      "MISUSED I do not know `frobnicate`. Nothing was done; `help` lists what you can ask for.", "request.unknown" },
    { "words that make no sense get told so", "U1 do", "MISUSED Do what?\nUsage: `do WISHES...`", "request.misused" },
    { "what a person typed and nobody can read is refused, and not kept", "? x",
      "REFUSED I could not read that: scribbles. Nothing was done.", "request.unreadable" },
    { "what is not taken at this time is not called unreadable", "! x",
      "REFUSED Nothing was done: you have asked too often.", "request.unreadable" },
    { "a denied person's words do not reach the reply as markup", "U1 *`x`",
      "MISUSED I do not know ` 'x'`. Nothing was done; `help` lists what you can ask for.", "request.unknown" },
};

static void check_answer(void **state)
{
    const struct answer_row *row = *state;
    void *made;
    struct world *world;

    world_setup(&made);
    world = made;
    world_say(world, row->body);
    assert_int_equal(world->replies_count, 1);
    assert_string_equal(world->replies[0], row->reply);
    assert_int_equal(world_journalled(world, row->journal), 1);
    assert_string_equal(fake_meta(world->store, "cursor:inbox"), world->store->places[STORE_INBOX].fields[0].field);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
    assert_int_equal(world->store->places[STORE_DEAD].count, strcmp(row->journal, "request.dead") == 0);
    world_advance(world, 5000);
    assert_int_equal(world->replies_count, 1);
    world_teardown(&made);
}

static const cJSON *journalled(struct world *world, const char *kind)
{
    const struct fake_place *journal = &world->store->places[STORE_JOURNAL];

    for (size_t i = 0; i < journal->count; i++) {
        const cJSON *entry = world_record(world, STORE_JOURNAL, journal->fields[i].field);

        if (strcmp(json_find_string(entry, "core.kind"), kind) == 0)
            return entry;
    }
    fail_msg("no %s", kind);
    return NULL;
}

/* It is a person's own word, which may be anything. */
static void check_unknown_verb(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 alice@example.com");
    assert_null(json_find(journalled(world, "request.unknown"), "core.body.verb"));
    world_say(world, "U1 do wait");
    assert_string_equal(json_find_string(journalled(world, "request.accepted"), "core.body.verb"), "do");
}

/* What opsgate hands in has happened, whatever may be asked for today. */
static void check_internal_verb(void **state)
{
    struct world *world = *state;
    struct verb fact = errand_verb;

    fact.name = "fact";
    world->verbs[1] = &fact;
    world_say(world, "U9 fact wait");
    assert_int_equal(world_journalled(world, "request.denied"), 1);
    fact.is_internal = true;
    world_say(world, "U9 fact wait");
    assert_int_equal(world_journalled(world, "request.accepted"), 1);
    world->verbs[1] = &poke_verb;
}

static void ask_by_form(const struct view *view, const struct request *request, const struct question *question,
                        const void *arguments, struct outcome *out)
{
    static const struct modal form = { .title = "Errand", .submit = "Do", .command = "do" };

    (void)view, (void)request, (void)question, (void)arguments;
    outcome_misused(out, "Do what?");
    out->form = &form;
}

/* Whoever brought a trigger is asked by a form, too; whoever did not, by words alone. */
static void check_form(void **state)
{
    static const char *const asked[] = { "+U1 do wait", "U1 do wait" };
    struct world *world = *state;
    const struct node *node = world->nodes[0];
    struct verb verb = errand_verb;
    const struct flight *reply;

    verb.name = "form";
    verb.begin = ask_by_form;
    world->verbs[1] = &verb;
    world_say(world, "+U1 form x");
    reply = &node->flights[node->flights_count - 1];
    assert_string_equal(reply->form, "Errand");
    assert_string_equal(reply->text, "MISUSED Do what?");
    world_say(world, "U1 form x");
    reply = &node->flights[node->flights_count - 1];
    assert_null(reply->form);
    assert_string_equal(reply->text, "MISUSED Do what?");
    world_say(world, "+U9 form x"); /* who may not ask is not asked back */
    reply = &node->flights[node->flights_count - 1];
    assert_null(reply->form);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        world_say(world, asked[i]);
        assert_null(node->flights[node->flights_count - 1].form);
    }
    world->verbs[1] = &poke_verb;
}

/* Nobody waits at a door for it: its words are all there is. */
static void check_machine_words(void **state)
{
    struct world *world = *state;
    struct inbox_item item = world_item(world, "? x");

    item.reply_to.door = NULL;
    world_accept(world, &item, STORE_INBOX);
    world_run(world);
    assert_int_equal(world->store->places[STORE_DEAD].count, 1);
    assert_int_equal(world_journalled(world, "request.dead"), 1);
}

/* Its rule and its reason are two things, and who was refused stands in neither. */
static void check_denied_entry(void **state)
{
    struct world *world = *state;
    const struct fake_place *journal = &world->store->places[STORE_JOURNAL];
    const cJSON *entry;

    world_say(world, "U9 do wait");
    entry = world_record(world, STORE_JOURNAL, journal->fields[journal->count - 1].field);
    for (size_t i = journal->count; strcmp(json_find_string(entry, "core.kind"), "request.denied") != 0 && i > 0; i--)
        entry = world_record(world, STORE_JOURNAL, journal->fields[i - 1].field);
    assert_string_equal(json_find_string(entry, "core.body.rule"), "test.yaml:4");
    assert_string_equal(json_find_string(entry, "core.body.why"),
                        "only a dev may do api in staging");
}

static void check_void(void **state)
{
    struct world *world = *state;
    struct inbox_item item = world_item(world, "U1 do wait");

    item.not_after = world->store->unix_ms - 1;
    item.received_at = item.not_after - 60000;
    world_accept(world, &item, STORE_INBOX);
    world_run(world);
    assert_int_equal(world->replies_count, 1);
    assert_string_equal(world->replies[0],
                        "REFUSED That came too late to be done: it was void after 60 s. Please ask again.");
    assert_int_equal(world_journalled(world, "request.void"), 1);
    assert_null(world_operation(world, "D1"));
}

static void check_just_in_time(void **state)
{
    struct world *world = *state;
    struct inbox_item item = world_item(world, "U1 do wait");

    item.not_after = world->store->unix_ms;
    world_accept(world, &item, STORE_INBOX);
    world_run(world);
    assert_non_null(world_operation(world, "D1"));
}

static void check_garbage(void **state)
{
    static const char *const items[] = { "not json", "{}", "[]", "{\"v\":\"x\"}" };
    struct world *world = *state;

    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        fake_append(world->store, STORE_INBOX, items[i]);
    world_say(world, "U1 do wait");
    assert_int_equal(world->store->places[STORE_DEAD].count, ARRAY_LEN(items));
    assert_string_equal(
        json_find_string(world_record(world, STORE_DEAD, world->store->places[STORE_DEAD].fields[0].field), "item"),
        "not json");
    assert_int_equal(world->replies_count, 1); /* nobody knows where to answer the others */
    assert_int_equal(world_journalled(world, "request.dead"), ARRAY_LEN(items));
}

#define LETTER_BYTES 100000
#define LETTERS 400

/* One sender may send any number of them: the room that they take has an end, and who reads the journal is told. */
static void check_many_dead(void **state)
{
    struct world *world = *state;
    const struct fake_place *dead = &world->store->places[STORE_DEAD];
    char *letter = xcalloc(LETTER_BYTES + 1, 1);
    size_t bytes = 0, trimmed;

    for (size_t i = 0; i < LETTERS; i++) {
        snprintf(letter, LETTER_BYTES, "%zu", i);
        memset(letter + strlen(letter), 'x', LETTER_BYTES - strlen(letter));
        fake_append(world->store, STORE_INBOX, letter);
        if (i == LETTERS / 2) {
            world_run(world);
            node_crash(world->nodes[0]); /* who comes next has counted none of them */
            node_start(world->nodes[0]);
            world_advance(world, 6000);
        }
    }
    world_advance(world, 1000);
    trimmed = world_journalled(world, "dead.trimmed");
    for (size_t i = 0; i < dead->count; i++)
        bytes += strlen(dead->fields[i].value);
    assert_int_equal(world_journalled(world, "request.dead"), LETTERS);
    assert_in_range(bytes, (8 << 20) - 2 * LETTER_BYTES, 16 << 20);
    assert_in_range(trimmed, LETTERS * LETTER_BYTES / (8 << 20) - 1, LETTERS * LETTER_BYTES / (8 << 20) + 1);
    assert_memory_equal(json_find_string(world_record(world, STORE_DEAD, dead->fields[dead->count - 1].field), "item"),
                        "399x", 4); /* the newest stay */
    free(letter);
}

static void check_newer(void **state)
{
    struct world *world = *state;
    struct node *node = world->nodes[0], *newer;
    struct inbox_item item = world_item(world, "U1 do wait");
    const char *id;

    item.v = INBOX_VERSION + 1;
    id = world_accept(world, &item, STORE_INBOX);
    world_run(world);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_STANDBY);
    assert_non_null(fake_get(world->store, STORE_INBOX, id)); /* it is still there for whoever can */
    newer = world_node(world);
    node_start(newer);
    world_advance(world, 5000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_STANDBY);
    assert_int_equal(world->replies_count, 0);
}

static void check_safe_first(void **state)
{
    struct world *world = *state;
    struct inbox_item usual = world_item(world, "U1 do wait"), safe = world_item(world, "U2 do wait");

    world_accept(world, &usual, STORE_INBOX);
    world_accept(world, &usual, STORE_INBOX);
    world_accept(world, &safe, STORE_INBOX_SAFE);
    world_run(world);
    assert_string_equal(json_find_string(world_operation(world, "D1"), "requester.id"), "U2");
    assert_non_null(world_operation(world, "D3"));
    assert_int_equal(world->replies_count, 3);
}

static void check_order(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 40; i++) {
        struct inbox_item item = world_item(world, i % 2 ? "U1 do wait" : "U2 do wait");

        world_accept(world, &item, STORE_INBOX);
    }
    world_run(world);
    assert_int_equal(world->replies_count, 40);
    for (int i = 0; i < 40; i++) {
        const char *id = arena_printf(world->arena, "D%d", i + 1);

        assert_string_equal(json_find_string(world_operation(world, id), "requester.id"), i % 2 ? "U1" : "U2");
    }
}

/* More than one read takes: the rest is fetched as soon as there is room, not when the read's long wait is over. */
static void check_burst(void **state)
{
    struct world *world = *state;
    struct inbox_item item = world_item(world, "U9 do wait");

    for (int i = 0; i < 300; i++)
        world_accept(world, &item, STORE_INBOX);
    world_run(world);
    world_advance(world, 600);
    assert_int_equal(world->replies_count, 300);
}

static void check_record(void **state)
{
    struct world *world = *state;
    const cJSON *operation;

    world_say(world, "U1 do wait");
    operation = world_operation(world, "D1");
    assert_string_equal(json_find_string(operation, "kind"), "errand");
    assert_string_equal(json_find_string(operation, "state"), "running");
    assert_string_equal(json_find_string(operation, "target"), ERRAND_TARGET);
    assert_string_equal(json_find_string(operation, "request_id"), "r1");
    assert_memory_equal(json_find_string(operation, "outside_id"), FAKE_BIRTH "-", 33);
    assert_int_equal(strlen(json_find_string(operation, "outside_id")), 32 + 1 + 16);
    assert_true(json_find_int(operation, "schema", 0) == 1);
    assert_string_equal(fake_meta(world->store, "last:operation"), "1");
}

/* Words from outside may be any bytes once they are cut: what is written must be readable again. */
static void check_hostile_error(void **state)
{
    struct world *world = *state;

    world_say(world, "U1 do effect:note end");
    flight_end(node_flight(world->nodes[0], "note"),
               (struct attempt_end){ .result = ATTEMPT_NEVER, .error = "Cloud Run answered 400: \xe2\x82" });
    world_run(world);
    assert_string_equal(json_find_string(world_operation(world, "D1"), "result"), "done");
    world_check_journal(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST("an unknown verb is in the personal part of the journal alone", check_unknown_verb),
        ENGINE_TEST("policy is not asked about what opsgate itself hands in", check_internal_verb),
        ENGINE_TEST("whoever brought a trigger is asked by a form, too", check_form),
        ENGINE_TEST("what a machine sent and nobody can read is kept as a dead letter", check_machine_words),
        ENGINE_TEST("a denied request is journalled with its rule and why", check_denied_entry),
        ENGINE_TEST("a request that comes too late is void, and told so", check_void),
        ENGINE_TEST("one that comes at the last moment is not", check_just_in_time),
        ENGINE_TEST("dead letters take no more room than they are given", check_many_dead),
        ENGINE_TEST("items that are none become dead letters with their bodies", check_garbage),
        ENGINE_TEST("an item of a newer version is left to a newer opsgate", check_newer),
        ENGINE_TEST("the safe direction is read first", check_safe_first),
        ENGINE_TEST("requests are decided in the order they came", check_order),
        ENGINE_TEST("a burst is decided without a pause", check_burst),
        ENGINE_TEST("the record says what it is, whose, and how it is known outside", check_record),
        ENGINE_TEST("an error with broken bytes breaks nothing", check_hostile_error),
    };

    return ROWS(answer_rows, check_answer) + cmocka_run_group_tests(tests, NULL, NULL);
}
