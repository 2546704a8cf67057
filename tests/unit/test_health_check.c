/* Is a revision healthy? Its status, a field of its JSON, and whether it lets us in. */
#include "tests/unit/scripted_exchange.h"

#include "bot/model/cloud_run.h"
#include "integrations/health.h"

#define URL "https://d1---api.a.run.app/health"
#define GET "GET " URL
#define NO { NULL }, NULL
#define PROBE(more) "{'url':'" URL "'" more "}"
#define FIELD(path, value) PROBE(",'json_field':'" path "','json_value':'" value "'")
#define PRIVATE PROBE(",'audience':'https://api.a.run.app'")
#define HEALTHY "{'status':200,'is_healthy':true}"
#define SICK(status, problem) "{'status':" status ",'is_healthy':false,'problem':'" problem "'}"
#define ASKED(row_name, args, status_, answer_, result_)                                                               \
    {                                                                                                                  \
        row_name, health_read, args, .calls = { { GET, NO, status_, answer_, .signature = "none" } },                  \
                                     .next = NEXT_DONE, .result = result_                                              \
    }

static char huge[HEALTH_BODY_MAX_BYTES + 2];

/* clang-format off */
static const struct scripted_row rows[] = {
    ASKED("its status is enough", PROBE(""), 200, "<html>", HEALTHY),
    ASKED("another status", PROBE(""), 503, "", SICK("503", "answered 503, expected 200")),
    ASKED("no answer", PROBE(""), 0, NULL, SICK("0", "connection refused")),
    ASKED("a status that is asked for", PROBE(",'expect_status':401"), 401, "", "{'status':401,'is_healthy':true}"),
    ASKED("a redirect is another status", PROBE(""), 302, "", SICK("302", "answered 302, expected 200")),
    ASKED("a private service without a token", PROBE(""), 403, "",
          SICK("403", "answered 403, expected 200; a private service needs invoker_token")),

    ASKED("a text", FIELD("status", "healthy"), 200, "{'status':'healthy'}", HEALTHY),
    ASKED("a text inside, and in a list", FIELD("checks.1.database", "up"), 200, "{'checks':[0,{'database':'up'}]}", HEALTHY),
    ASKED("a number", FIELD("ready", "3"), 200, "{'ready':3}", HEALTHY),
    ASKED("a number with a fraction", FIELD("load", "0.25"), 200, "{'load':0.25}", HEALTHY),
    ASKED("a truth", FIELD("ok", "true"), 200, "{'ok':true}", HEALTHY),
    ASKED("a truth that is a lie", FIELD("ok", "true"), 200, "{'ok':false}", SICK("200", "ok is false, expected true")),
    ASKED("another text", FIELD("status", "healthy"), 200, "{'status':'degraded'}",
          SICK("200", "status is degraded, expected healthy")),
    ASKED("the same word, otherwise written", FIELD("status", "healthy"), 200, "{'status':'Healthy'}",
          SICK("200", "status is Healthy, expected healthy")),
    ASKED("no such field", FIELD("checks.database", "up"), 200, "{'checks':{}}",
          SICK("200", "its answer has no checks.database")),
    ASKED("a field of nothing", FIELD("status", "healthy"), 200, "{'status':null}", SICK("200", "its answer has no status")),
    ASKED("a field that is a mapping", FIELD("status", "healthy"), 200, "{'status':{'healthy':1}}",
          SICK("200", "status is a list or a mapping, expected healthy")),
    ASKED("a body that is no mapping", FIELD("status", "healthy"), 200, "'healthy'", SICK("200", "its answer has no status")),
    ASKED("no JSON", FIELD("status", "healthy"), 200, "healthy", SICK("200", "its answer is no JSON (JSON: malformed at byte 0)")),
    ASKED("an empty body", FIELD("status", "healthy"), 200, "", SICK("200", "its answer is no JSON (JSON: malformed at byte 0)")),
    ASKED("a healthy field under another status", FIELD("status", "healthy"), 500, "{'status':'healthy'}",
          SICK("500", "answered 500, expected 200")),
    ASKED("a body without end", FIELD("status", "healthy"), 200, huge, SICK("200", "its answer is larger than 1 MiB: too much to look into")),
    { "a NUL behind the JSON", health_read, FIELD("status", "healthy"),
      .calls = { { GET, NO, 200, "{\"status\":\"healthy\"}\0x", .answer_len = 22 } },
      .next = NEXT_DONE, .result = SICK("200", "its answer is no JSON (JSON: not valid UTF-8)") },
    { "a long text is cut", health_read, FIELD("s", "x"),
      .calls = { { GET, NO, 200, "{'s':'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiii'}" } },
      .next = NEXT_DONE,
      .result = SICK("200", "s is aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh, expected x") },

    { "a private service lets us in", health_read, PRIVATE,
      .calls = { { GET, NO, 200, "", .signature = "identity https://api.a.run.app" } }, .next = NEXT_DONE, .result = HEALTHY },
    { "a private service without our right", health_read, PRIVATE, .calls = { { GET, NO, 403, "" } }, .next = NEXT_DONE,
      .result = SICK("403", "403: opsgate^s account may not invoke it: roles/run.invoker") },
    { "a stale token is fetched anew", health_read, PRIVATE,
      .calls = { { GET, NO, 401, "" }, { GET, NO, 200, "", .signature = "fresh identity https://api.a.run.app" } },
      .next = NEXT_DONE, .result = HEALTHY },
    { "a fresh token that is refused is an answer", health_read, PRIVATE,
      .calls = { { GET, NO, 401, "" }, { GET, NO, 401, "" } }, .next = NEXT_DONE,
      .result = SICK("401", "401: it does not take the identity token of opsgate^s account, a fresh one neither") },
    { "a 401 that is asked for is not asked twice", health_read, PROBE(",'expect_status':401,'audience':'https://api.a.run.app'"),
      .calls = { { GET, NO, 401, "" } }, .next = NEXT_DONE, .result = "{'status':401,'is_healthy':true}" },

    { "no address", health_read, "{'url':'gopher://x'}", .next = NEXT_NEVER, .error = "no http address" },
    { "an address in two lines", health_read, "{'url':'http://x/\\nY: z'}", .next = NEXT_NEVER, .error = "no http address" },
    { "a token for nothing", health_read, PROBE(",'audience':'api'"), .next = NEXT_NEVER, .error = "a token could be for" },
    { "a field without its value", health_read, PROBE(",'json_field':'status'"), .next = NEXT_NEVER, .error = "is not said" },
};
/* clang-format on */

/* As the configuration allows it; what it does not allow, or does not say, is as long as may be. */
static void check_timeout(void **state)
{
    static const struct {
        int64_t asked_ms, ms;
    } timeouts[] = {
        { 100, 100 },
        { 300000, 300000 },
        { 300001, 300000 },
        { 0, 300000 },
        { -1, 300000 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(timeouts); i++) {
        AUTO(arena) struct arena *arena = arena_create();
        const struct health_probe probe = { .url = URL, .timeout_ms = timeouts[i].asked_ms };
        AUTO_JSON cJSON *args = shape_to_json(&health_probe_shape, &probe, SHAPE_WHOLE);
        const struct exchange exchange = { .args = args, .arena = arena };
        struct exchange_step step = health_read(&exchange);

        assert_int_equal(step.next, NEXT_CALL);
        assert_int_equal(step.call.timeout_ms, timeouts[i].ms);
    }
}

int main(void)
{
    static const struct CMUnitTest others[] = { { "a try takes as long as is configured", check_timeout, NULL, NULL,
                                                  NULL } };

    memset(huge, ' ', sizeof(huge) - 1);
    return RUN_SCRIPTED(rows) + cmocka_run_group_tests_name("others", others, NULL, NULL);
}
