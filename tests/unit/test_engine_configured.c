/* Another configuration in an engine: it decides by it from then on, and says first how rights differ; after a reload,
 * and when a new owner comes with a file of its own. */
#include "policy/rights.h"
#include "tests/unit/engine_fixture.h"
#include "tests/unit/rows.h"

#define SETTLED_MS 20000 /* the lease has run out, and messages go again */

static const char strict[] = FIXTURE_SLACK_T1 "policy:\n"
                                              "  roles: [{ name: dev, members: [\"slack:U1\"] }]\n"
                                              "  rules: [{ allow: help, to: dev }]\n";

static struct engine_configuration configuration_of(struct world *world, const struct configuration *read,
                                                    const char *digest)
{
    return (struct engine_configuration){
        .settings = &read->settings,
        .settings_digest = digest,
        .policy = policy_compile(&read->settings, NULL, read->zones, world->arena),
        .rights = rights_of(&(struct rights_input){ &read->settings, read->zones, world->verbs }, world->arena),
    };
}

static struct configuration *strict_configuration(struct world *world)
{
    struct configuration *configuration = fixture_good(strict);

    arena_defer(world->arena, (void (*)(void *))configuration_destroy, configuration);
    return configuration;
}

static void configure(struct node *node, const struct engine_configuration *configuration)
{
    node->config.settings = configuration->settings;
    node->config.settings_digest = configuration->settings_digest;
    node->config.policy = configuration->policy;
    node->config.rights = configuration->rights;
}

static int setup(void **state)
{
    struct world *world = world_create();
    struct node *node = world_node(world);
    struct engine_configuration first = configuration_of(world, world->configuration, "first");

    first.settings = &world->settings;
    configure(node, &first);
    node_start(node);
    world_advance(world, 1000);
    *state = world;
    return 0;
}

/* What the newest message says that is on its way; NULL: there is none. */
static const char *said(struct world *world)
{
    struct flight *flight = node_flight(world->nodes[0], EFFECT_MESSAGE);
    const cJSON *record = flight ? world_record(world, STORE_EFFECTS, flight->id) : NULL;

    return record ? reply_text(json_find(record, "args"), world->arena) : NULL;
}

static void end_message(struct world *world)
{
    flight_end(node_flight(world->nodes[0], EFFECT_MESSAGE), (struct attempt_end){ .result = ATTEMPT_DONE });
    world_run(world);
}

static const char difference[] = "*Who may do what has changed*, by another configuration\n"
                                 "dev may `do` and `poke`: freely → not at all\n"
                                 "slack:U2 is no longer in the role dev";

static void check_first_start(void **state)
{
    struct world *world = *state;

    assert_null(said(world));
    assert_non_null(fake_meta(world->store, "rights"));
    assert_int_equal(world_journalled(world, "configuration.changed"), 1);
}

static void check_reload(void **state)
{
    struct world *world = *state;
    struct engine_configuration next = configuration_of(world, strict_configuration(world), "second");

    world_say(world, "U1 do reply");
    assert_non_null(world_operation(world, "D1"));
    engine_reconfigure(world->nodes[0]->engine, &next, "D1");
    world_run(world);
    assert_int_equal(world_journalled(world, "configuration.changed"), 2);
    assert_string_equal(fake_meta(world->store, "settings"), "second");
    assert_string_equal(said(world), difference);
    world_say(world, "U1 do reply");
    assert_null(world_operation(world, "D2"));
    assert_int_equal(world_journalled(world, "request.denied"), 1);
    engine_reconfigure(world->nodes[0]->engine, &next, NULL);
    world_run(world);
    assert_int_equal(world_journalled(world, "configuration.changed"), 2);
}

static void check_not_owner(void **state)
{
    struct world *world = *state;
    struct engine_configuration next = configuration_of(world, strict_configuration(world), "second");

    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    engine_reconfigure(world->nodes[0]->engine, &next, NULL); /* before it is the owner */
    world_advance(world, SETTLED_MS);
    assert_int_equal(world_journalled(world, "configuration.changed"), 2);
    assert_string_equal(said(world), difference);
}

static void check_next_owner(void **state)
{
    struct world *world = *state;
    struct engine_configuration next = configuration_of(world, strict_configuration(world), "second");

    node_crash(world->nodes[0]);
    configure(world->nodes[0], &next);
    node_start(world->nodes[0]);
    world_advance(world, SETTLED_MS);
    assert_string_equal(said(world), difference);
    end_message(world);
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, SETTLED_MS);
    assert_null(said(world));
    assert_int_equal(world_journalled(world, "configuration.changed"), 2);
}

static void check_lost_commit(void **state)
{
    struct world *world = *state;
    struct engine_configuration next = configuration_of(world, strict_configuration(world), "second");

    engine_reconfigure(world->nodes[0]->engine, &next, NULL);
    configure(world->nodes[0], &next);
    node_crash(world->nodes[0]); /* killed before anything of it was written */
    node_start(world->nodes[0]);
    world_advance(world, SETTLED_MS);
    assert_int_equal(world_journalled(world, "configuration.changed"), 2);
    assert_string_equal(said(world), difference);
}

static void check_unknown_rights(void **state)
{
    struct world *world = *state;
    struct engine_configuration next = configuration_of(world, strict_configuration(world), "second-of-them");

    fake_put(world->store, STORE_META, "rights", "-");
    node_crash(world->nodes[0]);
    configure(world->nodes[0], &next);
    node_start(world->nodes[0]);
    world_advance(world, SETTLED_MS);
    assert_string_equal(said(world),
                        "*The configuration differs from the last one* (digest first → second-o): who may do "
                        "what may have changed");
}

static void check_older_store(void **state)
{
    struct world *world = *state;

    fake_drop(world->store, STORE_META, "rights");
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, SETTLED_MS);
    assert_null(said(world));
    assert_non_null(fake_meta(world->store, "rights"));
    assert_int_equal(world_journalled(world, "configuration.changed"), 1);
}

/* The same configuration as before, by a table that an older version wrote. */
static void check_older_table(void **state)
{
    struct world *world = *state;
    struct engine_configuration next = configuration_of(world, strict_configuration(world), "second");
    AUTO_FREE char *older = xstrdup(fake_meta(world->store, "rights"));
    char *schema = strstr(older, "\"schema\":3");

    assert_non_null(schema);
    schema[strlen("\"schema\":")] = '1';
    fake_put(world->store, STORE_META, "rights", older);
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, SETTLED_MS);
    assert_null(said(world));
    assert_non_null(rights_read(fake_meta(world->store, "rights"), world->arena));
    assert_int_equal(world_journalled(world, "configuration.changed"), 1);
    engine_reconfigure(world->nodes[0]->engine, &next, NULL);
    world_run(world);
    assert_string_equal(said(world), difference);
}

/* What was too much to be kept is not tried again with each turn. */
static void check_untold_table(void **state)
{
    struct world *world = *state;

    fake_put(world->store, STORE_META, "rights", "-");
    node_crash(world->nodes[0]);
    node_start(world->nodes[0]);
    world_advance(world, SETTLED_MS);
    assert_string_equal(fake_meta(world->store, "rights"), "-");
}

/* ---- who is in which group is known for one policy ---- */

static struct membership group = { .source = "slack-group:S1" };
static struct machine knowing_machine;

static void stand(const struct view *view, struct outcome *out)
{
    struct errand_body *body = ARENA_NEW(view->arena, struct errand_body);

    body->heard = "";
    outcome_begin(out, "errand", NULL, "running", body);
    outcome_timer(out, "t", view->now_ms + HOUR_MS);
}

static const struct membership *memberships(const void *body, size_t *ret_count)
{
    (void)body;
    *ret_count = 1;
    return &group;
}

static void check_members(void **state)
{
    static const char *members[] = { "slack:U1" };
    static const char text[] =
        FIXTURE_SLACK_T1 "policy:\n"
                         "  roles: [{ name: crew, members: [\"slack-group:S1\", \"slack:U2\"] }]\n"
                         "  rules: [{ allow: \"*\", to: crew }]\n";
    struct world *world = *state;
    struct configuration *first = fixture_good(text), *second = fixture_good(text);
    struct engine_configuration before = configuration_of(world, first, "crew"),
                                next = configuration_of(world, second, "crew-again");

    arena_defer(world->arena, (void (*)(void *))configuration_destroy, first);
    arena_defer(world->arena, (void (*)(void *))configuration_destroy, second);
    knowing_machine = errand_machine;
    knowing_machine.stand = stand;
    knowing_machine.memberships = memberships;
    world->machines[0] = &knowing_machine;
    group.members = members;
    group.members_count = 1;
    group.read_at_ms = world->store->unix_ms;
    node_crash(world->nodes[0]);
    configure(world->nodes[0], &before);
    node_start(world->nodes[0]);
    world_advance(world, SETTLED_MS);
    world_say(world, "U1 do reply");
    assert_non_null(world_operation(world, "D1"));
    for (int i = 0; i < 3; i++) {
        engine_reconfigure(world->nodes[0]->engine, i % 2 == 0 ? &next : &before, NULL);
        world_run(world);
    }
    world_say(world, "U1 do reply");
    assert_non_null(world_operation(world, "D2"));
}

#define TEST(sentence, test)                                                                                           \
    {                                                                                                                  \
        sentence, test, setup, world_teardown, NULL                                                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("the first start says nothing, and keeps the table", check_first_start),
        TEST("a reload decides at once, and says how rights differ, once", check_reload),
        TEST("one that comes before the lease is told by the owner", check_not_owner),
        TEST("a next owner with another file says so, once", check_next_owner),
        TEST("a death right after a reload loses none of it", check_lost_commit),
        TEST("without a table the digests are told", check_unknown_rights),
        TEST("who is in a group is so by the next policy, too", check_members),
        TEST("a store of before gets its table without a word", check_older_store),
        TEST("so does one whose table an older version wrote, and the next change is told in words", check_older_table),
        TEST("a table that was too much is left alone", check_untold_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
