/* What happened outside: journalled once, heard by the operations that it concerns, acted on once by what it means. */
#include "tests/unit/engine_fixture.h"

#include "bot/model/outside_event.h"

#define TOLD_KIND "told"

/* An item of that kind is an outside event, by its shape; "?" cannot be read. */
static bool decode(const struct inbox_item *item, struct arena *arena, struct decoded *ret_decoded, struct error *err)
{
    const cJSON *json;

    if (strcmp(item->kind, TOLD_KIND) != 0)
        return node_decode(item, arena, ret_decoded, err);
    if (strcmp(item->body, "nothing") == 0) {
        ret_decoded->kind = DECODED_NOTHING;
        return true;
    }
    json = json_parse_in(arena, str_of(item->body), err);
    ret_decoded->kind = DECODED_EVENT;
    return json && shape_from_json(&outside_event_shape, json, arena, &ret_decoded->event, err);
}

static bool hears_all(const struct view *view, const struct operation *operation, const struct outside_event *event)
{
    (void)view;
    return strcmp(operation->kind, "errand") == 0 && json_find_bool(event->body, "concerns", false);
}

/* "do:wait" asks for that, in the name of who did it there. */
static bool asks(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request)
{
    const char *typed = json_find_string(event->body, "asks");
    struct str rest = str_of(typed);

    if (!typed)
        return false;
    ret_request->verb = arena_copy(view->arena, str_take_until(&rest, ':'));
    while (rest.len > 0)
        *ARENA_PUSH(view->arena, ret_request->words, ret_request->words_count) =
            arena_copy(view->arena, str_take_until(&rest, ':'));
    return true;
}

/* The same; of what came too late only with "late". */
static bool asks_late(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request)
{
    return asks(view, event, ret_request) && (!event->is_late || json_find_bool(event->body, "late", false));
}

static const struct listener test_listeners[] = {
    { "github", "push", .concerns = hears_all },
    { "github", "release", .is_told_twice = true, .concerns = hears_all, .asks = asks },
    { "github", "deployment", .hears_late = true, .concerns = hears_all, .asks = asks_late },
    { "github", "status", .keeps_late = true, .concerns = hears_all },
    { "github", "push", .concerns = hears_all }, /* a second row gives no second message */
    { .source = NULL },
};

static struct node *start(struct world *world)
{
    struct node *node = world_node(world);

    node->config.decode = decode;
    node->config.listeners = test_listeners;
    node_start(node);
    world_run(world);
    world_advance(world, 1000);
    return node;
}

static int setup(void **state)
{
    struct world *world = world_create();

    assert_int_equal(engine_status(start(world)->engine).phase, ENGINE_OWNER);
    *state = world;
    return 0;
}

static struct outside_event push(const struct world *world, const char *id)
{
    return (struct outside_event){ .id = id,
                                   .source = "github",
                                   .name = "push",
                                   .subject = "acme/platform/refs/heads/main",
                                   .principal = { .system = "slack", .id = "U1", .team = "T1", .name = "Ann" },
                                   .occurred_at_ms = world->store->unix_ms,
                                   .received_at_ms = world->store->unix_ms };
}

static void accept_told(struct world *world, const struct outside_event *event, const char *body,
                        const char *replayed_by)
{
    struct inbox_item item = world_item(world, "");
    struct outside_event told = *event;
    AUTO_JSON cJSON *json = NULL;
    struct error err;

    told.body = body ? json_parse_in(world->arena, str_of(body), &err) : NULL;
    json = shape_to_json(&outside_event_shape, &told, SHAPE_WHOLE);
    item.kind = TOLD_KIND;
    item.source = event->source;
    item.reply_to = (struct reply_address){ 0 };
    item.replayed_by = replayed_by;
    item.body = json_print_in(world->arena, json);
    world_accept(world, &item, STORE_INBOX);
}

static void tell_again(struct world *world, const struct outside_event *event, const char *body,
                       const char *replayed_by)
{
    accept_told(world, event, body, replayed_by);
    world_run(world);
}

static void tell_body(struct world *world, const struct outside_event *event, const char *body)
{
    tell_again(world, event, body, NULL);
}

/* All at once: nobody renewed the lease meanwhile. */
static void pass(struct world *world, int64_t ms)
{
    world->store->mono_ms += ms;
    world->store->unix_ms += ms;
    world_advance(world, 10000);
}

static const cJSON *last_journalled(struct world *world, const char *kind)
{
    const struct fake_place *journal = &world->store->places[STORE_JOURNAL];
    const cJSON *found = NULL;

    for (size_t i = 0; i < journal->count; i++) {
        const cJSON *entry = world_record(world, STORE_JOURNAL, journal->fields[i].field);

        if (strcmp(json_find_string(entry, "core.kind"), kind) == 0)
            found = entry;
    }
    if (!found)
        fail_msg("no %s", kind);
    return found;
}

/* ---- rows ---- */

static void an_event_that_nobody_hears_is_journalled_and_over(void **state)
{
    struct world *world = *state;
    struct outside_event event = push(world, "g1");
    const cJSON *entry, *beside;

    event.name = "check_suite.completed";
    event.is_caught_up = true;
    tell_body(world, &event, "{\"title\":\"Ann's own words\",\"concerns\":true}");
    entry = last_journalled(world, "event.received");
    assert_string_equal(json_find_string(entry, "core.body.source"), "github");
    assert_string_equal(json_find_string(entry, "core.body.name"), "check_suite.completed");
    assert_string_equal(json_find_string(entry, "core.body.subject"), "acme/platform/refs/heads/main");
    assert_string_equal(json_find_string(entry, "core.body.id"), "g1");
    assert_true(json_find_int(entry, "core.body.occurred_at", 0) == event.occurred_at_ms);
    assert_true(json_find_bool(entry, "core.body.caught_up", false));
    assert_string_equal(json_find_string(entry, "core.body.item"), world->store->places[STORE_INBOX].fields[0].field);
    assert_null(strstr(json_print_in(world->arena, json_find(entry, "core")), "Ann"));
    beside = world_record(world, STORE_PERSONAL,
                          arena_printf(world->arena, "%lld", (long long)json_find_int(entry, "core.n", 0)));
    assert_string_equal(json_find_string(beside, "values.principal"), "U1");
    assert_string_equal(json_find_string(beside, "values.text"), "Ann's own words");
    assert_string_equal(fake_meta(world->store, "cursor:inbox"), world->store->places[STORE_INBOX].fields[0].field);
    assert_int_equal(world->store->places[STORE_HEARD].count, 0);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

static void what_a_sender_calls_things_cannot_fill_the_journal(void **state)
{
    struct world *world = *state;
    struct outside_event event = push(world, "g1");
    char subject[5000];

    memset(subject, 'x', 299);
    memcpy(subject + 299, "\xc3\xa4", 2); /* would be cut in the middle */
    memset(subject + 301, 'y', sizeof(subject) - 302);
    subject[sizeof(subject) - 1] = '\0';
    event.subject = subject;
    tell_body(world, &event, NULL);
    assert_int_equal(strlen(json_find_string(last_journalled(world, "event.received"), "core.body.subject")), 302);
}

static void the_operations_that_it_concerns_hear_of_it_once(void **state)
{
    struct world *world = *state;
    struct outside_event event = push(world, "g1");

    world_say(world, "U1 do wait");
    world_say(world, "U1 do wait wait");
    world_say(world, "U1 do end");
    tell_body(world, &event, "{\"concerns\":true}");
    assert_string_equal(world_heard(world, "D1"), "outside:push:g1|");
    assert_string_equal(world_heard(world, "D2"), "outside:push:g1|");
    assert_string_equal(world_heard(world, "D3"), ""); /* it had ended */
    assert_int_equal(world->store->places[STORE_MESSAGES].count, 0);
    assert_string_equal(json_find_string(last_journalled(world, "event.received"), "core.body.operations.1"), "D2");
}

static void the_same_told_once_more_is_not_acted_on(void **state)
{
    struct world *world = *state;
    struct outside_event event = push(world, "g1"), again = push(world, "g2"), other = push(world, "g3");

    event.meaning = again.meaning = "push:a..b";
    other.meaning = "push:b..c";
    world_say(world, "U1 do wait");
    tell_body(world, &event, "{\"concerns\":true}");
    tell_body(world, &again, "{\"concerns\":true}");
    assert_string_equal(world_heard(world, "D1"), "outside:push:g1|");
    assert_int_equal(world_journalled(world, "event.received"), 1);
    assert_int_equal(world_journalled(world, "event.repeated"), 1);
    assert_true(json_find_int(last_journalled(world, "event.repeated"), "core.body.as", 0) ==
                json_find_int(last_journalled(world, "event.received"), "core.n", -1));
    tell_body(world, &other, "{\"concerns\":true}");
    assert_string_equal(world_heard(world, "D1"), "outside:push:g1|outside:push:g3|");
}

static void what_had_no_effect_may_have_one_when_it_is_told_again(void **state)
{
    struct world *world = *state;
    struct outside_event event = push(world, "g1"), again = push(world, "g2");

    event.meaning = again.meaning = "push:a..b";
    tell_body(world, &event, "{\"concerns\":true}");
    world_say(world, "U1 do wait");
    tell_body(world, &again, "{\"concerns\":true}");
    assert_string_equal(world_heard(world, "D1"), "outside:push:g2|");
    assert_int_equal(world_journalled(world, "event.repeated"), 0);
}

static void another_owner_knows_what_was_acted_on(void **state)
{
    struct world *world = *state;
    struct outside_event event = push(world, "g1"), again = push(world, "g2");

    event.meaning = again.meaning = "push:a..b";
    world_say(world, "U1 do wait");
    tell_body(world, &event, "{\"concerns\":true}");
    node_crash(world->nodes[0]);
    start(world);
    world_advance(world, 10000);
    tell_body(world, &again, "{\"concerns\":true}");
    assert_string_equal(world_heard(world, "D1"), "outside:push:g1|");
    assert_int_equal(world_journalled(world, "event.repeated"), 1);
}

static void names_that_tell_the_same_at_the_same_instant_are_one_fact(void **state)
{
    struct world *world = *state;
    struct outside_event published = push(world, "g1"), released = push(world, "g2"), anew = push(world, "g3");

    published.name = "release.published";
    published.meaning = "release:991:published";
    released.name = "release.released";
    released.meaning = "release:991:released";
    anew.name = "release.published";
    anew.meaning = "release:991:published:later";
    anew.occurred_at_ms += 1000;
    tell_body(world, &published, "{\"asks\":\"do:wait\"}");
    tell_body(world, &released, "{\"asks\":\"do:wait\"}");
    assert_non_null(world_operation(world, "D1"));
    assert_null(world_operation(world, "D2"));
    tell_body(world, &anew, "{\"asks\":\"do:wait\"}");
    assert_non_null(world_operation(world, "D2"));
}

/* GitHub keeps the date of a pre-release when it is made a full one: another fact, whatever they are called. */
static void what_is_told_twice_is_known_by_its_fact(void **state)
{
    struct world *world = *state;
    struct outside_event pre = push(world, "g1"), again = push(world, "g2"), full = push(world, "g3"),
                         published = push(world, "g4");

    pre.name = "release.published";
    pre.fact = "release:991:pre:22:00";
    again.name = "release.prereleased";
    again.fact = pre.fact;
    full.name = "release.released";
    full.fact = "release:991:full:22:00";
    published.name = "release.published";
    published.fact = full.fact;
    published.occurred_at_ms += 1000; /* it counts no more than its name */
    tell_body(world, &pre, "{\"asks\":\"do:wait\"}");
    tell_body(world, &again, "{\"asks\":\"do:wait\"}");
    assert_null(world_operation(world, "D2"));
    tell_body(world, &full, "{\"asks\":\"do:wait\"}");
    assert_non_null(world_operation(world, "D2"));
    tell_body(world, &published, "{\"asks\":\"do:wait\"}");
    assert_null(world_operation(world, "D3"));
    full.subject = "acme/other/releases/991";
    full.id = "g5";
    tell_body(world, &full, "{\"asks\":\"do:wait\"}");
    assert_non_null(world_operation(world, "D3"));
}

/* ---- a release, in whatever order it is told ---- */

enum trouble { CALM, AT_ONCE, DIES_BEFORE, DIES_AFTER, ANSWER_LOST, COMMIT_LOST, TROUBLES };
#define TOLD_COUNT 4

/* Published and released, once more from GitHub's log, and as the pre-release that it was: two facts. */
static struct outside_event told_of_release(const struct world *world, size_t which)
{
    static const struct {
        const char *id, *name, *fact;
        bool is_caught_up;
    } told[TOLD_COUNT] = {
        { "g1", "release.published", "release:991:full:22:00", false },
        { "g2", "release.released", "release:991:full:22:00", false },
        { "g3", "release.published", "release:991:full:22:00", true },
        { "g4", "release.prereleased", "release:991:pre:22:00", false },
    };
    struct outside_event event = push(world, told[which].id);

    event.name = told[which].name;
    event.meaning = arena_printf(world->arena, "%s:%s", told[which].name, told[which].id);
    event.fact = told[which].fact;
    event.is_caught_up = told[which].is_caught_up;
    return event;
}

static void die(struct world *world)
{
    node_crash(world->nodes[world->nodes_count - 1]);
    start(world);
    world_advance(world, 10000);
}

static void play_release(const size_t *order, enum trouble trouble, size_t at)
{
    struct world *world = world_create();
    void *state = world;

    start(world);
    for (size_t i = 0; i < TOLD_COUNT; i++) {
        struct outside_event event = told_of_release(world, order[i]);

        if (i == at && (trouble == ANSWER_LOST || trouble == COMMIT_LOST))
            world->store->fates[CALL_COMMIT] = trouble == ANSWER_LOST ? FATE_LOST_AFTER : FATE_LOST_BEFORE;
        accept_told(world, &event, "{\"asks\":\"do:wait\"}", NULL);
        if (i == at && trouble == DIES_BEFORE)
            die(world);
        if (trouble != AT_ONCE)
            world_run(world);
        if (i == at && trouble == DIES_AFTER)
            die(world);
    }
    world_advance(world, 20000);
    assert_non_null(world_operation(world, "D1"));
    assert_non_null(world_operation(world, "D2"));
    assert_null(world_operation(world, "D3"));
    assert_int_equal(world_journalled(world, "request.accepted"), 2);
    world_teardown(&state);
}

static void a_release_is_one_in_whatever_order_it_is_told(void **state)
{
    size_t order[TOLD_COUNT];

    (void)state;
    for (size_t number = 0; number < 24; number++) {
        size_t left[TOLD_COUNT] = { 0, 1, 2, 3 }, rest = number;

        for (size_t i = 0; i < TOLD_COUNT; i++) {
            size_t pick = rest % (TOLD_COUNT - i);

            rest /= TOLD_COUNT - i;
            order[i] = left[pick];
            memmove(&left[pick], &left[pick + 1], (TOLD_COUNT - i - pick - 1) * sizeof(left[0]));
        }
        for (int trouble = CALM; trouble < TROUBLES; trouble++)
            for (size_t at = 0; at < (trouble <= AT_ONCE ? 1 : TOLD_COUNT); at++)
                play_release(order, (enum trouble)trouble, at);
    }
}

static void its_age_counts_from_when_it_became_so(void **state)
{
    struct world *world = *state;
    struct outside_event event = push(world, "g1");

    event.name = "release.released";
    event.occurred_at_ms -= 3 * HOUR_MS;
    event.fact = "release:991:full:19:00";
    event.changed_at_ms = world->store->unix_ms - SECOND_MS;
    tell_body(world, &event, "{\"asks\":\"do:wait\"}");
    assert_non_null(world_operation(world, "D1"));
}

static void who_hears_late_is_told_once(void **state)
{
    struct world *world = *state;
    struct outside_event event = push(world, "g1"), again = push(world, "g2");

    world_say(world, "U1 do wait");
    event.name = again.name = "deployment.created";
    event.meaning = again.meaning = "deployment:5";
    event.occurred_at_ms = again.occurred_at_ms -= 3 * HOUR_MS;
    tell_body(world, &event, "{\"asks\":\"do:wait\",\"concerns\":true}");
    assert_null(world_operation(world, "D2")); /* it wants to hear of none that is late */
    tell_body(world, &event, "{\"asks\":\"do:wait\",\"concerns\":true,\"late\":true}");
    assert_non_null(world_operation(world, "D2"));
    tell_body(world, &again, "{\"asks\":\"do:wait\",\"concerns\":true,\"late\":true}");
    assert_null(world_operation(world, "D3"));
    assert_int_equal(world_journalled(world, "event.repeated"), 1);
    assert_string_equal(world_heard(world, "D1"), ""); /* it concerns nobody */
    tell_again(world, &again, "{\"asks\":\"do:wait\",\"late\":true}",
               "dead retry"); /* by hand it is as if it came in time */
    assert_non_null(world_operation(world, "D3"));
}

static void who_only_keeps_it_hears_of_it_however_late(void **state)
{
    struct world *world = *state;
    struct outside_event event = push(world, "g1"), again = push(world, "g2");

    world_say(world, "U1 do wait");
    event.name = again.name = "status";
    event.meaning = again.meaning = "status:5";
    event.occurred_at_ms = again.occurred_at_ms -= 3 * HOUR_MS;
    tell_body(world, &event, "{\"concerns\":true}");
    assert_non_null(strstr(world_heard(world, "D1"), "status"));
    assert_null(json_find(last_journalled(world, "event.received"), "core.body.why_not"));
    tell_body(world, &again, "{\"concerns\":true}");
    assert_int_equal(world_journalled(world, "event.repeated"), 1);
}

static void it_asks_in_the_name_of_who_did_it_there(void **state)
{
    struct world *world = *state;
    struct outside_event event = push(world, "g1");

    event.name = "release.published";
    tell_body(world, &event, "{\"asks\":\"do:reply\"}");
    assert_string_equal(json_find_string(world_operation(world, "D1"), "requester.id"), "U1");
    assert_string_equal(json_find_string(world_operation(world, "D1"), "source"), "github");
    assert_int_equal(world_journalled(world, "request.accepted"), 1);
    assert_int_equal(world->replies_count, 0); /* nobody waits */
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

static void policy_judges_what_it_asks(void **state)
{
    struct world *world = *state;
    struct outside_event event = push(world, "g1");

    event.name = "release.published";
    event.principal.id = "U9";
    tell_body(world, &event, "{\"asks\":\"do:wait\"}");
    assert_null(world_operation(world, "D1"));
    assert_int_equal(world_journalled(world, "request.denied"), 1);
    assert_int_equal(world_journalled(world, "event.received"), 1);
    assert_int_equal(world->replies_count, 0);
}

static void an_old_event_is_not_acted_on(void **state)
{
    struct world *world = *state;
    struct outside_event old = push(world, "g1"), young = push(world, "g2"), undated = push(world, "g3");

    world_say(world, "U1 do wait");
    old.occurred_at_ms -= world->settings.automation.max_event_age_ms + 1000;
    tell_body(world, &old, "{\"concerns\":true}");
    assert_string_equal(world_heard(world, "D1"), "");
    assert_string_equal(json_find_string(last_journalled(world, "event.received"), "core.body.why_not"),
                        "it is older than automation.max_event_age");
    young.occurred_at_ms -= world->settings.automation.max_event_age_ms - 1000;
    tell_body(world, &young, "{\"concerns\":true}");
    assert_string_equal(world_heard(world, "D1"), "outside:push:g2|");
    undated.occurred_at_ms = 0;
    undated.received_at_ms = old.occurred_at_ms; /* it lay in the inbox all the time */
    tell_body(world, &undated, "{\"concerns\":true}");
    assert_string_equal(world_heard(world, "D1"), "outside:push:g2|");
}

static void what_a_person_puts_back_is_acted_on_whatever_its_age(void **state)
{
    struct world *world = *state;
    struct outside_event event = push(world, "g1");

    world_say(world, "U1 do wait");
    event.occurred_at_ms -= 100 * HOUR_MS;
    tell_again(world, &event, "{\"concerns\":true}", "D9");
    tell_again(world, &event, "{\"concerns\":true}", "D10"); /* and however often */
    assert_string_equal(world_heard(world, "D1"), "outside:push:g1|outside:push:g1|");
    assert_string_equal(json_find_string(last_journalled(world, "event.received"), "core.body.replay"), "D10");
}

static void what_cannot_be_read_is_kept_and_nobody_is_told(void **state)
{
    struct world *world = *state;
    struct inbox_item item = world_item(world, "?");

    item.kind = TOLD_KIND;
    item.reply_to = (struct reply_address){ 0 };
    world_accept(world, &item, STORE_INBOX);
    world_run(world);
    assert_int_equal(world->store->places[STORE_DEAD].count, 1);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
    assert_int_equal(world_journalled(world, "event.received"), 0);
}

static void what_nobody_wants_is_used_up(void **state)
{
    struct world *world = *state;
    struct inbox_item item = world_item(world, "nothing");
    size_t before = world->store->places[STORE_JOURNAL].count;

    item.kind = TOLD_KIND;
    world_accept(world, &item, STORE_INBOX);
    world_run(world);
    assert_int_equal(world->store->places[STORE_JOURNAL].count, before);
    assert_int_equal(world->store->places[STORE_DEAD].count, 0);
    assert_string_equal(fake_meta(world->store, "cursor:inbox"), world->store->places[STORE_INBOX].fields[0].field);
}

/* Only the last are known, and none for ever. */
static void the_memory_of_what_was_acted_on_is_bounded(void **state)
{
    struct world *world = *state;
    struct outside_event event;
    size_t count = 4096 + 20;

    world_say(world, "U1 do wait");
    for (size_t i = 0; i < count; i++) {
        event = push(world, arena_printf(world->arena, "g%zu", i));
        tell_body(world, &event, "{\"concerns\":true}");
    }
    assert_int_equal(world->store->places[STORE_HEARD].count, 4096);
    pass(world, STORE_DEDUPE_MS);
    for (size_t i = 0; i < 3; i++) {
        event = push(world, arena_printf(world->arena, "h%zu", i));
        tell_body(world, &event, "{\"concerns\":true}");
    }
    assert_true(world->store->places[STORE_HEARD].count < 4096);
    event = push(world, arena_printf(world->arena, "g%zu", count - 1));
    tell_body(world, &event, "{\"concerns\":true}");
    assert_int_equal(world_journalled(world, "event.repeated"), 0);
}

static void what_was_decided_stays_for_a_time_and_not_for_ever(void **state)
{
    struct world *world = *state;
    const struct fake_place *inbox = &world->store->places[STORE_INBOX];
    struct outside_event event;

    for (size_t i = 0; i < 260; i++) {
        event = push(world, arena_printf(world->arena, "g%zu", i));
        tell_body(world, &event, NULL);
    }
    assert_int_equal(inbox->count, 260);
    node_crash(world->nodes[0]); /* whoever comes next goes on counting */
    start(world);
    world_advance(world, 10000);
    for (size_t i = 260; i < 1200; i++) {
        event = push(world, arena_printf(world->arena, "g%zu", i));
        tell_body(world, &event, NULL);
        assert_true(inbox->count <= 500);
    }
    assert_true(inbox->count >= 250);
    for (size_t i = 0; i < 2; i++) {
        pass(world, 25 * HOUR_MS);
        event = push(world, arena_printf(world->arena, "h%zu", i));
        tell_body(world, &event, NULL);
    }
    assert_int_equal(inbox->count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_that_nobody_hears_is_journalled_and_over),
        TEST(what_a_sender_calls_things_cannot_fill_the_journal),
        TEST(the_operations_that_it_concerns_hear_of_it_once),
        TEST(the_same_told_once_more_is_not_acted_on),
        TEST(what_had_no_effect_may_have_one_when_it_is_told_again),
        TEST(another_owner_knows_what_was_acted_on),
        TEST(names_that_tell_the_same_at_the_same_instant_are_one_fact),
        TEST(what_is_told_twice_is_known_by_its_fact),
        TEST(a_release_is_one_in_whatever_order_it_is_told),
        TEST(its_age_counts_from_when_it_became_so),
        TEST(who_hears_late_is_told_once),
        TEST(who_only_keeps_it_hears_of_it_however_late),
        TEST(it_asks_in_the_name_of_who_did_it_there),
        TEST(policy_judges_what_it_asks),
        TEST(an_old_event_is_not_acted_on),
        TEST(what_a_person_puts_back_is_acted_on_whatever_its_age),
        TEST(what_cannot_be_read_is_kept_and_nobody_is_told),
        TEST(what_nobody_wants_is_used_up),
        TEST(the_memory_of_what_was_acted_on_is_bounded),
        TEST(what_was_decided_stays_for_a_time_and_not_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
