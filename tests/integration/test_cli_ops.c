/* `opsgate ops list | show`, `opsgate dead list`: what the store holds, the whole of it, and what of it cannot be read.
 */
#include "bot/base/buf.h"
#include "tests/integration/live_redis.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define OPSGATE BINARY_DIR "/opsgate"
#define CREATED_MS INT64_C(1732147200000)
#define OLDER 12000 /* entries of other operations, before ours */

static struct world {
    struct live_redis redis;
    char file[128];
    struct buf out; /* both streams */
    int code;
} world;

static void put_operation(const char *place, const char *id, const char *more)
{
    live_do(&world.redis,
            "HSET og:{default}:%s %s {\"id\":\"%s\",\"outside_id\":\"b-1\",\"kind\":\"deploy\",\"schema\":1,"
            "\"state\":\"waiting\",\"source\":\"slack\","
            "\"requester\":{\"system\":\"slack\",\"id\":\"U1\"},\"created_at_ms\":%lld%s}",
            place, id, id, (long long)CREATED_MS, more);
}

static void append(int64_t ms, int n, const char *operation, const char *kind, const char *body)
{
    live_do(&world.redis,
            "XADD og:{default}:journal %lld-%d e {\"core\":{\"n\":%d,\"at\":%lld,"
            "\"kind\":\"%s\",\"operation\":\"%s\",\"body\":%s}}",
            (long long)ms, n, n, (long long)ms, kind, operation, body);
}

static int enter(void **state)
{
    FILE *file;

    (void)state;
    memset(&world, 0, sizeof(world));
    world.out = BUF(1 << 24);
    live_start(&world.redis);
    snprintf(world.file, sizeof(world.file), "%s/opsgate.yaml", world.redis.dir);
    file = fopen(world.file, "w");
    live_must(file);
    fprintf(
        file,
        "data_dir: %s\nstore: { url: \"%s\" }\nslack: { bot_token: xoxb-1, signing_secrets: one-secret, team: T0 }\n"
        "people: [{ name: ann, slack: U2 }]\n",
        world.redis.dir, world.redis.url);
    fclose(file);
    put_operation("operations", "D7", "");
    return 0;
}

static int leave(void **state)
{
    (void)state;
    live_stop(&world.redis);
    buf_finish(&world.out);
    return 0;
}

static void ask(const char *words)
{
    char command[512], part[4096];
    FILE *pipe;
    size_t n;
    int status;

    snprintf(command, sizeof(command), "%s -c %s %s 2>&1", OPSGATE, world.file, words);
    buf_clear(&world.out);
    pipe = popen(command, "r");
    live_must(pipe);
    while ((n = fread(part, 1, sizeof(part), pipe)) > 0)
        buf_add(&world.out, part, n);
    status = pclose(pipe);
    world.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void ops(const char *words)
{
    char line[200];

    snprintf(line, sizeof(line), "ops %s", words);
    ask(line);
}

static bool says(const char *text)
{
    return str_contains(buf_str(&world.out), text);
}

static void expect(int code, const char *text)
{
    if (world.code != code || !says(text))
        fail_msg("expected %d and '%s', got %d: %s", code, text, world.code, buf_text(&world.out));
}

static void show_reads_the_journal_to_its_end(void **state)
{
    (void)state;
    for (int i = 0; i < OLDER; i++)
        append(CREATED_MS - 1000, i, "D6", "operation.moved",
               "{\"to\":\"nothing\"}"); /* as old as it may be and still be read */
    append(CREATED_MS + 1, 0, "D7", "effect.ended",
           "{\"effect\":\"D7.1\",\"end\":\"failed\",\"error\":\"no such image\"}");
    append(CREATED_MS + 2, 0, "D7", "operation.moved", "{\"to\":\"the-very-last\"}");
    ops("show D7");
    expect(0, "the-very-last");
    expect(0, "D7.1: failed: no such image\n");
    assert_false(says("nothing"));
}

static void an_id_is_taken_in_lower_case(void **state)
{
    (void)state;
    ops("show d7");
    expect(0, "D7       ");
    ops("show d99");
    expect(1, "there is no operation D99 ");
    ops("show d7x");
    expect(1, "there is no operation d7x ");
}

static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    live_do(&world.redis, "HSET og:{default}:effects D7.1 rubbish");
    live_do(&world.redis, "XADD og:{default}:journal %lld-0 e rubbish", (long long)CREATED_MS);
    live_do(&world.redis, "HSET og:{default}:operations D8 rubbish");
    ops("show D7");
    expect(1, "effect D7.1 cannot be read");
    expect(1, "journal entry 1732147200000-0 cannot be read");
    ops("list");
    expect(1, "operation D8 cannot be read");
    expect(1, "D7 ");
    live_do(&world.redis, "DEL og:{default}:journal");
    live_do(&world.redis, "SET og:{default}:journal 1");
    ops("show D7");
    expect(2, "journal: ");
}

static void a_journal_that_lost_the_beginning_says_so(void **state)
{
    (void)state;
    append(CREATED_MS + 60000, 0, "D7", "operation.moved", "{\"to\":\"done\"}");
    ops("show D7");
    expect(0, "the journal begins at 2024-11-21T00:01:00");
}

static void show_tells_what_was_asked_and_what_each_effect_was(void **state)
{
    (void)state;
    put_operation("operations", "D8", ",\"body\":{\"version\":\"v1.4.2\",\"reason\":\"hotfix\"}");
    append(CREATED_MS + 1, 0, "D8", "request.accepted", "{\"verb\":\"deploy\",\"rule\":\"opsgate.yaml:38\"}");
    append(CREATED_MS + 2, 0, "D8", "deploy.pinned", "{\"version\":\"v1.4.2\",\"image\":\"api@sha256:12\"}");
    append(CREATED_MS + 3, 0, "D8", "effect.ended", "{\"effect\":\"D8.8\",\"kind\":\"run.traffic\",\"end\":\"done\"}");
    ops("show D8");
    expect(0, "slack:U1");
    expect(0, "  version v1.4.2\n  reason  hotfix\n");
    expect(0, " deploy; allowed by opsgate.yaml:38\n");
    expect(0, " v1.4.2 api@sha256:12\n");
    expect(0, " D8.8 run.traffic: done\n");
    ops("list");
    expect(0, "slack:U1");
    expect(0, "D8       deploy     -                        v1.4.2          waiting ");
}

static void a_slip_gets_the_nearest_and_a_dead_store_the_way_back(void **state)
{
    (void)state;
    ops("lst");
    expect(2, "opsgate: there is no 'ops lst'. Did you mean 'list'?\nUsage: opsgate [-c FILE] ops ");
    ops("frobnicate");
    expect(2, "there is no 'ops frobnicate'.\nUsage");
    ops("show 7");
    expect(1, "there is no operation 7. Did you mean 'D7'?");
    ask("events shw");
    expect(2, "there is no 'events shw'. Did you mean 'show'?\nUsage");
    ask("dead shw");
    expect(2, "there is no 'dead shw'. Did you mean 'show'?\nUsage");
    ask("events list --source githb");
    expect(2, "--source is github, pagerduty, alertmanager, slack or api, not 'githb'. Did you mean 'github'?\n");
    ask("events list --source github");
    expect(0, "ID ");
    ops("show");
    expect(2, "Usage: ");
    assert_false(says("there is no"));
    live_kill(&world.redis);
    ops("list");
    expect(3, "opsgate: the store cannot be read: ");
    expect(3, "opsgate run rollback SERVICE ENVIRONMENT --without-store\n");
    assert_false(says("opsgate serve")); /* this Redis is not its own */
}

/* One of a person's: who it was is kept beside the journal. */
static void append_of(int64_t ms, int n, const char *kind, const char *body)
{
    live_do(&world.redis,
            "XADD og:{default}:journal %lld-%d e {\"core\":{\"n\":%d,\"at\":%lld,"
            "\"kind\":\"%s\",\"operation\":\"D7\",\"body\":%s},\"personal\":\"digest\"}",
            (long long)ms, n, n, (long long)ms, kind, body);
}

static void show_names_people_and_tells_why(void **state)
{
    (void)state;
    live_do(&world.redis, "HSET og:{default}:personal 3 "
                          "{\"salt\":\"s\",\"values\":{\"system\":\"slack\",\"principal\":\"U2\"}}");
    live_do(&world.redis, "HSET og:{default}:personal 4 "
                          "{\"salt\":\"s\",\"values\":{\"system\":\"slack\",\"principal\":\"U3\",\"name\":\"bob\"}}");
    live_do(&world.redis, "HSET og:{default}:personal 6 rubbish");
    append_of(CREATED_MS + 1, 3, "deploy.promoted", "{\"percent\":5}");
    append_of(CREATED_MS + 2, 4, "deploy.paused", "{\"percent\":25}");
    append_of(CREATED_MS + 3, 5, "deploy.resumed", "{\"percent\":25}"); /* erased since */
    append_of(CREATED_MS + 4, 6, "deploy.held", "{\"percent\":25}");
    append_of(CREATED_MS + 5, 7, "deploy.returned", "{\"percent\":25,\"why\":\"5.10_of_`9`\"}");
    ops("show D7");
    expect(0, "deploy.promoted    ann: at 5 %\n");
    expect(0, "deploy.paused      bob: at 25 %\n");
    expect(0, "deploy.resumed     at 25 %\n");
    expect(0, "deploy.held        at 25 %\n");
    expect(0, "deploy.returned    at 25 %: 5.10_of_9\n");
    ops("show D7 --json");
    expect(0, "\"by\":\t\"ann\"");
    expect(0, "5.10_of_`9`");
}

static void show_tells_of_a_card_once(void **state)
{
    (void)state;
    for (int i = 0; i < 14; i++)
        append(CREATED_MS + i, i, "D7", "effect.ended",
               "{\"effect\":\"D7.1\",\"kind\":\"slack.card\",\"end\":\"done\"}");
    append(CREATED_MS + 20, 0, "D7", "effect.ended",
           "{\"effect\":\"D7.9\",\"kind\":\"slack.card\",\"end\":\"failed\",\"error\":\"gone\"}");
    ops("show D7");
    expect(0, "  2024-11-21T00:00:00.013Z  card updated 14 times until then\n");
    expect(0, "D7.9 slack.card: failed: gone\n");
    assert_false(says("slack.card: done"));
    ops("show D7 --json");
    expect(0, "\"end\":\t\"done\"");
}

static void rows_keep_to_their_columns_and_hold_no_marks(void **state)
{
    (void)state;
    put_operation("operations", "D8", ",\"body\":{\"version\":\"feature-with-a-long-name\"}");
    live_do(&world.redis,
            "HSET og:{default}:operations D9 {\"id\":\"D9\",\"outside_id\":\"b-9\",\"kind\":\"keep\",\"schema\":1,"
            "\"state\":\"keeping\",\"requester\":{\"system\":\"local\",\"id\":\"root\"},\"created_at_ms\":%lld,"
            "\"body\":{\"revision\":\"api-00042-blue\",\"until_ms\":1795260944922}}",
            (long long)CREATED_MS);
    ops("list");
    expect(0, " feature-with-a… waiting                  ");
    expect(0, " keeps api-00042-blue in… local:root ");
    assert_false(says("@{"));
    assert_false(says("`"));
    ops("show D9");
    expect(0, "  state   keeps api-00042-blue in reach until 2026-11-21 11:35 UTC\n");
}

static void show_tells_why_members_came_to_nothing(void **state)
{
    (void)state;
    live_do(&world.redis,
            "HSET og:{default}:ended D8 {\"id\":\"D8\",\"outside_id\":\"b-8\",\"kind\":\"group\",\"schema\":2,"
            "\"state\":\"failed\",\"result\":\"failed\",\"summary\":\"1_done\",\"created_at_ms\":%lld,"
            "\"requester\":{\"system\":\"local\",\"id\":\"root\"},\"body\":{\"members\":["
            "{\"name\":\"api\",\"state\":4,\"summary\":\"no_such_way:_`bluegreen`\"},"
            "{\"name\":\"web\",\"state\":5,\"summary\":\"another_one_failed\"},"
            "{\"name\":\"db\",\"state\":3,\"summary\":\"fine\"}]}}",
            (long long)CREATED_MS);
    ops("show D8");
    expect(0, "\n  1_done\n  api: not done: no_such_way:_bluegreen\n  web: not begun: another_one_failed\n\n");
}

static void show_has_no_marks_of_a_chat(void **state)
{
    (void)state;
    put_operation("ended", "D8", ",\"result\":\"done\",\"summary\":\"`v1`_*serves*_for_@{slack:U2}\"");
    ops("show D8");
    expect(0, "\n  v1_serves_for_@ann\n");
}

/* Adopted, from what was called `name`; NULL: from what an older version did. */
static void put_adopted(const char *id, const char *name)
{
    char body[80] = "";

    if (name)
        snprintf(body, sizeof(body), ",\"body\":{\"act\":{\"name\":\"%s\",\"id\":\"b-1\"}}", name);
    live_do(&world.redis,
            "HSET og:{default}:ended %s {\"id\":\"%s\",\"outside_id\":\"b-8\",\"kind\":\"rollback\",\"schema\":1,"
            "\"state\":\"done\",\"source\":\"without-store\",\"result\":\"done\","
            "\"requester\":{\"system\":\"local\",\"id\":\"root\"},\"created_at_ms\":%lld%s}",
            id, id, (long long)CREATED_MS, body);
}

static void write_acts(const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/without-store.jsonl", world.redis.dir);
    file = fopen(path, "w");
    live_must(file);
    fputs(text, file);
    fclose(file);
}

static void secrets_of_a_body_are_shown_nowhere(void **state)
{
    const char *const asked[] = { "list --json", "show D8 --json", "show D9 --json" };

    (void)state;
    put_operation("operations", "D8", ",\"body\":{\"env\":{\"TOKEN\":\"s3cret\"}}"); /* not a deploy's whole body */
    live_do(&world.redis, "HSET og:{default}:operations D9 {\"id\":\"D9\",\"outside_id\":\"b-2\",\"kind\":\"group\","
                          "\"schema\":2,\"state\":\"running\",\"source\":\"slack\",\"created_at_ms\":1,"
                          "\"requester\":{\"system\":\"slack\",\"id\":\"U1\"},"
                          "\"body\":{\"title\":\"two\",\"env\":{\"TOKEN\":\"s3cret\"}}}");
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        ops(asked[i]);
        expect(0, "***");
        assert_false(says("s3cret"));
    }
    expect(0, "\"title\":\t\"two\"");
}

static void what_was_done_without_a_store_is_found(void **state)
{
    (void)state;
    put_adopted("D8", "W1");
    put_adopted("D9", "W2");
    ops("show W1");
    expect(0, "W1 was adopted as D8\n");
    expect(0, "D8       rollback");
    ops("show W2");
    expect(0, "W2 was adopted as D9\n");
    ops("show W3");
    expect(1, "nothing that was done without a store is called W3\n");
    put_adopted("D10", "W2"); /* of another host */
    put_adopted("D11", NULL);
    ops("show W2");
    expect(1, "each of these may be W2");
    expect(1, "D9       rollback");
    expect(1, "D10      rollback");
    expect(1, "D11      rollback");
    assert_false(says("D8 "));
    ops("show W1x");
    expect(1, "there is no operation W1x");
    ops("show W");
    expect(1, "there is no operation W ");
}

static void what_waits_to_be_adopted_is_told(void **state)
{
    (void)state;
    ops("show W1");
    expect(1, "nothing that was done without a store is called W1\n");
    write_acts(
        "{\"act\":{\"id\":\"b-1\",\"name\":\"W1\",\"verb\":\"rollback\",\"target\":\"api/staging\",\"began_at_ms\":5,"
        "\"principal\":{\"system\":\"local\",\"id\":\"root\"}}}\nrubbish\n");
    ops("show W1");
    expect(1, "W1 is not part of the record yet");
    ops("show W2");
    expect(1, "nothing that was done without a store is called W2\n");
}

static void show_has_the_members_of_a_group(void **state)
{
    (void)state;
    put_operation("operations", "D8", ",\"parent\":\"D7\"");
    put_operation("ended", "D9", ",\"parent\":\"D70\",\"result\":\"done\"");
    ops("show D7");
    expect(0, "\nD8       deploy");
    assert_false(says("D9 "));
    ops("show D8");
    expect(0, "D8       deploy");
    assert_false(says("D7 "));
}

static void dead_letters_are_listed(void **state)
{
    (void)state;
    ask("dead list");
    expect(0, "WHY\n");
    live_do(&world.redis, "XADD og:{default}:dead 1732147200000-0 e "
                          "{\"input\":\"1-1\",\"why\":\"scribbles\",\"at\":1732147200000,"
                          "\"item\":\"{\\\"source\\\":\\\"github\\\"}\"}");
    live_do(&world.redis, "XADD og:{default}:dead 1732147200001-0 e rubbish");
    ask("dead list");
    expect(1, "1732147200000-0    2024-11-21T00:00:00.000Z github     scribbles\n");
    expect(1, "dead letter 1732147200001-0 cannot be read");
    live_do(&world.redis, "XDEL og:{default}:dead 1732147200001-0");
    ask("dead list --json");
    expect(0, "\"source\":\t\"github\"");
    ask("dead drop");
    expect(2, "dead [--json] list");
    ask("help");
    expect(0, "dead [--json] list");
}

static void a_stuck_operation_is_shown_as_such(void **state)
{
    (void)state;
    put_operation("operations", "D9", ",\"is_stuck\":true");
    ops("list");
    expect(0, "D9       deploy     -                        -               stuck ");
    ops("show D9");
    expect(0, "stuck in waiting: ");
}

static void a_look_is_listed_only_when_it_is_stuck(void **state)
{
    (void)state;
    put_operation("operations", "L3", "");
    ops("list");
    expect(0, "\nD7 ");
    assert_false(says("L3"));
    ops("list --json");
    expect(0, "\"D7\"");
    assert_false(says("L3"));
    put_operation("operations", "L4", ",\"is_stuck\":true");
    ops("list");
    expect(0, "\nL4 ");
    assert_false(says("L3"));
    ops("show L4");
    expect(0, "stuck in waiting: ");
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(show_reads_the_journal_to_its_end),
        IN_A_WORLD(an_id_is_taken_in_lower_case),
        IN_A_WORLD(what_cannot_be_read_is_told),
        IN_A_WORLD(a_journal_that_lost_the_beginning_says_so),
        IN_A_WORLD(show_tells_what_was_asked_and_what_each_effect_was),
        IN_A_WORLD(a_slip_gets_the_nearest_and_a_dead_store_the_way_back),
        IN_A_WORLD(show_names_people_and_tells_why),
        IN_A_WORLD(show_tells_of_a_card_once),
        IN_A_WORLD(show_has_no_marks_of_a_chat),
        IN_A_WORLD(rows_keep_to_their_columns_and_hold_no_marks),
        IN_A_WORLD(show_tells_why_members_came_to_nothing),
        IN_A_WORLD(secrets_of_a_body_are_shown_nowhere),
        IN_A_WORLD(what_was_done_without_a_store_is_found),
        IN_A_WORLD(what_waits_to_be_adopted_is_told),
        IN_A_WORLD(show_has_the_members_of_a_group),
        IN_A_WORLD(dead_letters_are_listed),
        IN_A_WORLD(a_stuck_operation_is_shown_as_such),
        IN_A_WORLD(a_look_is_listed_only_when_it_is_stuck),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
