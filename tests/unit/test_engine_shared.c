/* Decisions that change nothing but the journal share a commit: all of them happen, or none; and none of them suffers
 * for another one that the store refuses. */
#include "tests/unit/engine_fixture.h"

#define DENIED "U9 do wait"   /* a decision that is journalled and answered, no more */
#define GUILTY "U13 do wait"  /* likewise; the store refuses every commit with its entry */
#define ACCEPTED "U1 do wait" /* begins an operation */

/* ---- a store that looks into the commits ---- */

static size_t decided_by(const struct store_commit *commit)
{
    size_t decided = 0;

    for (size_t i = 0; i < commit->count; i++)
        decided += commit->writes[i].place == STORE_JOURNAL && strstr(commit->writes[i].value.at, "\"request.") != NULL;
    return decided;
}

static size_t most_decided, most_writes; /* of one commit since it was set */
static bool refuses_settings;            /* once, the commit that has others */

static void picky_commit(void *ctx, const struct store_commit *commit, store_committed_fn on_done, void *arg)
{
    const struct node *node = ctx;
    struct fake_store *store = node->world->store;
    struct call *call;
    size_t cursors = 0;

    node_commit(ctx, commit, on_done, arg);
    call = store->calls[store->calls_count - 1];
    for (size_t i = 0; i < call->commit.count; i++) {
        const struct store_write *write = &call->commit.writes[i];

        cursors += write->verb == STORE_CURSOR && write->place == STORE_INBOX;
        if (write->place == STORE_PERSONAL && strstr(write->value.at, "\"U13\""))
            commit = NULL;
        if (refuses_settings && write->place == STORE_META && strcmp(write->field, "settings") == 0) {
            refuses_settings = false;
            commit = NULL;
        }
    }
    assert_true(cursors <= 1);
    if (decided_by(&call->commit) > most_decided)
        most_decided = decided_by(&call->commit);
    if (call->commit.count > most_writes)
        most_writes = call->commit.count;
    if (!commit)
        call->commit.count = STORE_WRITES_MAX + 1; /* which fake_commit finds invalid */
}

static struct world *reconfigured;

static void reconfigure(void *ctx, enum engine_log level, const char *event, const char *text)
{
    struct world *world = TAKE(reconfigured);

    (void)ctx;
    (void)level;
    (void)text;
    if (!world || strcmp(event, "request.denied") != 0) {
        reconfigured = world;
        return;
    }
    engine_reconfigure(world->nodes[0]->engine,
                       &(struct engine_configuration){ &world->settings, "digest-of-others", world->policy, NULL },
                       NULL);
}

static int enter(void **state, int64_t last_journal)
{
    struct world *world = world_create();
    struct node *node = world_node(world);

    fake_put_number(world->store, "last:journal", last_journal);
    node->store.commit = picky_commit;
    node->config.log = reconfigure;
    node_start(node);
    world_run(world);
    world_advance(world, 1000);
    assert_int_equal(engine_status(node->engine).phase, ENGINE_OWNER);
    most_decided = most_writes = 0;
    refuses_settings = false;
    *state = world;
    return 0;
}

static int setup(void **state)
{
    return enter(state, 0);
}

static int setup_full(void **state) /* each entry has an earlier one dropped */
{
    return enter(state, 100000);
}

static int teardown_full(void **state) /* its journal does not begin with the first entry */
{
    struct world *world = *state;

    fake_trim(world->store, STORE_JOURNAL, "18446744073709551615-18446744073709551615");
    fake_put(world->store, STORE_META, "journal", "");
    return world_teardown(state);
}

static void accept(struct world *world, const char *body, size_t times)
{
    struct inbox_item item = world_item(world, body);

    while (times-- > 0)
        world_accept(world, &item, STORE_INBOX);
}

static size_t in_flight(const struct world *world)
{
    return engine_status(world->nodes[0]->engine).commits_in_flight;
}

/* Decides what is there, and says how many commits that made. */
static size_t hold_and_decide(struct world *world)
{
    world->store->holds[CALL_COMMIT] = true;
    world_run(world);
    return in_flight(world);
}

static void let_go(struct world *world)
{
    world->store->holds[CALL_COMMIT] = false;
    world_run(world);
}

/* ---- */

static void check_shared(void **state)
{
    struct world *world = *state;

    accept(world, DENIED, 5);
    assert_int_equal(hold_and_decide(world), 1);
    assert_int_equal(world->replies_count, 0);
    let_go(world);
    assert_int_equal(world->replies_count, 5);
    assert_int_equal(world_journalled(world, "request.denied"), 5);
    assert_int_equal(world->store->places[STORE_EFFECTS].count, 0);
}

static void check_bounded(void **state)
{
    struct world *world = *state;

    accept(world, DENIED, 100);
    assert_int_equal(hold_and_decide(world), 4);
    assert_int_equal(most_decided, 32);
    let_go(world);
    assert_int_equal(world->replies_count, 100);
    assert_int_equal(world_journalled(world, "request.denied"), 100);
}

/* From the safe inbox, and with a full journal, each decision takes several writes. */
static void check_writes_bounded(void **state)
{
    struct world *world = *state;
    struct inbox_item item = world_item(world, DENIED);

    for (int i = 0; i < 64; i++)
        world_accept(world, &item, STORE_INBOX_SAFE);
    hold_and_decide(world);
    assert_in_range(most_writes, STORE_WRITES_MAX / 8, STORE_WRITES_MAX / 8 + 15); /* the last one, and numbers */
    let_go(world);
    assert_int_equal(world->replies_count, 64);
}

/* What changes more closes it, since it was decided as of the same seq. */
static void check_closed(void **state)
{
    struct world *world = *state;

    accept(world, DENIED, 2);
    accept(world, ACCEPTED, 2);
    accept(world, DENIED, 1);
    assert_int_equal(hold_and_decide(world), 3); /* two and one, one, one */
    assert_int_equal(most_decided, 3);
    let_go(world);
    assert_int_equal(world->replies_count, 5);
    assert_non_null(world_operation(world, "D1"));
    assert_non_null(world_operation(world, "D2"));
    assert_int_equal(world_journalled(world, "request.denied"), 3);
}

static void check_invalid_in_the_middle(void **state)
{
    struct world *world = *state;

    accept(world, DENIED, 3);
    accept(world, GUILTY, 1);
    accept(world, DENIED, 3);
    accept(world, ACCEPTED, 1);
    assert_int_equal(hold_and_decide(world), 1);
    let_go(world);
    world_advance(world, 10000);
    assert_int_equal(world->store->places[STORE_DEAD].count, 1);
    assert_non_null(strstr(world->store->places[STORE_DEAD].fields[0].value, GUILTY));
    assert_int_equal(world_journalled(world, "request.denied"), 6);
    assert_int_equal(world_journalled(world, "request.accepted"), 1);
    assert_true(world->replies_count >= 8); /* the guilty one's too; one that was out is repeated */
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
    world_advance(world, 600 * 1000); /* being careful is over */
    most_decided = 0;
    accept(world, DENIED, 20);
    world_run(world);
    assert_int_equal(world_journalled(world, "request.denied"), 26);
    assert_int_equal(most_decided, 20);
}

static void check_many_guilty(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 10; i++) {
        accept(world, DENIED, 7);
        accept(world, GUILTY, 2);
    }
    world_run(world);
    world_advance(world, 100 * 1000);
    assert_int_equal(world->store->places[STORE_DEAD].count, 20);
    assert_int_equal(world_journalled(world, "request.denied"), 70);
    assert_true(world->replies_count >= 90);
}

/* A commit of the engine's own that goes with one decision, and the store refuses it. */
static void check_own(void **state)
{
    struct world *world = *state;

    reconfigured = world;
    refuses_settings = true;
    accept(world, DENIED, 1);
    assert_int_equal(hold_and_decide(world), 1);
    let_go(world);
    world_advance(world, 10000);
    assert_false(refuses_settings);
    assert_int_equal(world->store->places[STORE_DEAD].count, 0);
    assert_int_equal(world_journalled(world, "request.denied"), 1);
    assert_int_equal(world->replies_count, 1);
    assert_string_equal(fake_meta(world->store, "settings"), "digest-of-others");
    assert_int_equal(engine_status(world->nodes[0]->engine).phase, ENGINE_OWNER);
}

static const struct lost_row {
    const char *name;
    enum call_fate fate;
} lost_rows[] = {
    { "a shared commit whose answer is lost after it was done", FATE_LOST_AFTER },
    { "a shared commit that is lost on its way", FATE_LOST_BEFORE },
    { "a shared commit for which there is no memory for now", FATE_NO_MEMORY },
};

static void check_lost(void **state)
{
    const struct lost_row *row = *state;
    struct world *world;
    void *made;

    setup(&made);
    world = made;
    accept(world, DENIED, 40);
    assert_int_equal(hold_and_decide(world), 2);
    world->store->fates[CALL_COMMIT] = row->fate;
    let_go(world);
    world_advance(world, 1500);
    assert_int_equal(world->replies_count, 40);
    assert_int_equal(world_journalled(world, "request.denied"), 40);
    world_teardown(&made);
}

/* The process dies with the shared commit out, which the store may have carried out or not. */
static void check_crash(void **state)
{
    (void)state;
    for (int is_done = 0; is_done <= 1; is_done++) {
        struct world *world;
        void *made;

        setup(&made);
        world = made;
        accept(world, DENIED, 5);
        assert_int_equal(hold_and_decide(world), 1);
        for (size_t i = 0; is_done && i < world->store->calls_count; i++)
            if (world->store->calls[i]->kind == CALL_COMMIT)
                assert_int_equal(fake_commit(world->store, &world->store->calls[i]->commit), STORE_OK);
        world->store->holds[CALL_COMMIT] = false;
        node_crash(world->nodes[0]);
        node_start(world->nodes[0]);
        world_advance(world, 6000);
        assert_int_equal(world_journalled(world, "request.denied"), 5);
        assert_int_equal(world->replies_count, 5);
        world_teardown(&made);
    }
}

static void check_trying(void **state)
{
    struct world *world = *state;

    node_crash(world->nodes[0]);
    world->nodes[0]->config.died_by_own_signal = true;
    node_start(world->nodes[0]);
    world_advance(world, 5000);
    accept(world, DENIED, 5);
    assert_int_equal(hold_and_decide(world), 1);
    let_go(world);
    assert_int_equal(world->replies_count, 5);
    assert_int_equal(most_decided, 1); /* each under its own mark */
}

/* The lease is lost with decisions out: whoever has it then decides them, once. */
static void check_taken(void **state)
{
    struct world *world = *state;

    accept(world, DENIED, 3);
    fake_put(world->store, STORE_META, "nonce", "ffffffffffffffffffffffffffffffff");
    world_run(world);
    assert_int_equal(world->replies_count, 0);
    assert_int_equal(world_journalled(world, "request.denied"), 0);
    fake_put(world->store, STORE_META, "nonce", "");
    world_advance(world, 6000);
    assert_int_equal(world_journalled(world, "request.denied"), 3);
    assert_int_equal(world->replies_count, 3);
}

int main(void)
{
    struct CMUnitTest tests[] = {
        { "what only journals shares a commit with what follows", check_shared, setup, world_teardown, NULL },
        { "no commit is shared by too many", check_bounded, setup, world_teardown, NULL },
        { "nor has it too many writes", check_writes_bounded, setup_full, teardown_full, NULL },
        { "what changes more is the last of its commit", check_closed, setup, world_teardown, NULL },
        { "only the input that did it is a dead letter", check_invalid_in_the_middle, setup, world_teardown, NULL },
        { "so it is when many did it", check_many_guilty, setup, world_teardown, NULL },
        { "a decision that goes with one of our own is not blamed for that", check_own, setup, world_teardown, NULL },
        { "a crash with it out: each is decided once", check_crash, NULL, NULL, NULL },
        { "under trying marks nobody shares", check_trying, setup, world_teardown, NULL },
        { "under a lost lease all of it is decided by the next owner", check_taken, setup, world_teardown, NULL },
    };

    return ROWS(lost_rows, check_lost) + cmocka_run_group_tests(tests, NULL, NULL);
}
