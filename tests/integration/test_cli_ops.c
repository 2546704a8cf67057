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

static void append(int64_t ms, int n, const char *operation, const char *body)
{
    live_do(&world.redis,
            "XADD og:{default}:journal %lld-%d e {\"core\":{\"n\":%d,\"at\":%lld,"
            "\"kind\":\"effect.ended\",\"operation\":\"%s\",\"body\":%s}}",
            (long long)ms, n, n, (long long)ms, operation, body);
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
        "data_dir: %s\nstore: { url: \"%s\" }\nslack: { bot_token: xoxb-1, signing_secrets: one-secret, team: T0 }\n",
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
        append(CREATED_MS - 1000, i, "D6", "{\"to\":\"nothing\"}"); /* as old as it may be and still be read */
    append(CREATED_MS + 1, 0, "D7", "{\"effect\":\"D7.1\",\"end\":\"failed\",\"error\":\"no such image\"}");
    append(CREATED_MS + 2, 0, "D7", "{\"to\":\"the-very-last\"}");
    ops("show D7");
    expect(0, "the-very-last");
    expect(0, "D7.1: failed: no such image\n");
    assert_false(says("nothing"));
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
    append(CREATED_MS + 60000, 0, "D7", "{\"to\":\"done\"}");
    ops("show D7");
    expect(0, "the journal begins at 2024-11-21T00:01:00");
}

static void show_tells_what_was_asked_and_what_each_effect_was(void **state)
{
    (void)state;
    put_operation("operations", "D8", ",\"body\":{\"version\":\"v1.4.2\",\"reason\":\"hotfix\"}");
    append(CREATED_MS + 1, 0, "D8", "{\"verb\":\"deploy\",\"rule\":\"opsgate.yaml:38\"}");
    append(CREATED_MS + 2, 0, "D8", "{\"version\":\"v1.4.2\",\"image\":\"api@sha256:12\"}");
    append(CREATED_MS + 3, 0, "D8", "{\"effect\":\"D8.8\",\"kind\":\"run.traffic\",\"end\":\"done\"}");
    ops("show D8");
    expect(0, "slack:U1");
    expect(0, "  version v1.4.2\n  reason  hotfix\n");
    expect(0, " deploy, by opsgate.yaml:38\n");
    expect(0, " v1.4.2 api@sha256:12\n");
    expect(0, " D8.8 run.traffic: done\n");
    ops("list");
    expect(0, "slack:U1");
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
    expect(0, "D9       deploy     -                        stuck ");
    ops("show D9");
    expect(0, "stuck in waiting: ");
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(show_reads_the_journal_to_its_end),
        IN_A_WORLD(what_cannot_be_read_is_told),
        IN_A_WORLD(a_journal_that_lost_the_beginning_says_so),
        IN_A_WORLD(show_tells_what_was_asked_and_what_each_effect_was),
        IN_A_WORLD(dead_letters_are_listed),
        IN_A_WORLD(a_stuck_operation_is_shown_as_such),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
