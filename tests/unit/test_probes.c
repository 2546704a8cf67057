/* Probes: what is asked, when, and what each answer says of the revision. */
#include "tests/unit/scripted_exchange.h"

#include "bot/model/probes.h"
#include "integrations/probes.h"

#define URL "https://d2---api.a.run.app/health"
#define BEFORE "https://d1---api.a.run.app/health"
#define GET "GET " URL
#define NO { NULL }, NULL
#define ASK(rounds, more) "{'url':'" URL "','rounds':" rounds ",'every_ms':5000,'timeout_ms':2000" more "}"
#define ONE ASK("1", "")
#define PRIVATE ASK("1", ",'audience':'https://api.a.run.app'")
#define PAIR ASK("2", ",'baseline_url':'" BEFORE "'")
#define GOOD(took) "{'is_known':true,'is_good':true,'took_ms':" took "}"
#define BAD(took) "{'is_known':true,'took_ms':" took "}"
#define ROUND(to, canary, baseline) "{'to_ms':" to ",'canary':" canary ",'baseline':" baseline "}"
#define FOUND(rounds) "{'rounds':[" rounds "]}"
#define TROUBLE(rounds, problem) "{'rounds':[" rounds "],'problem':'" problem "'}"
#define ASKED(row_name, args, status_, result_, ...)                                                                   \
    {                                                                                                                  \
        row_name, probes_read, args, .calls = { { GET, NO, status_, .wait_ms = 5000, __VA_ARGS__ } },                  \
                                     .next = NEXT_DONE, .result = result_                                              \
    }
#define REFUSES(status)                                                                                                \
    status ": it refuses opsgate^s probes. If Google does, grant opsgate^s account roles/run.invoker on the service; " \
           "if the service itself does, probe another path (probes.path), or judge by metrics"
#define REFUSED(row_name, args, error_)                                                                                \
    {                                                                                                                  \
        row_name, probes_read, args, .next = NEXT_NEVER, .error = error_                                               \
    }

/* clang-format off */
static const struct scripted_row rows[] = {
    ASKED("the status that is expected is good, whatever comes with it", ONE, 200, FOUND(ROUND("5120", GOOD("120"), "{}")),
          .took_ms = 120, .answer = "<html>", .signature = "none"),
    ASKED("another status is a failed one", ONE, 503, TROUBLE(ROUND("5120", BAD("120"), "{}"), "answered 503, expected 200"),
          .took_ms = 120),
    ASKED("a redirect is not followed", ONE, 302, TROUBLE(ROUND("5010", BAD("10"), "{}"), "answered 302, expected 200"),
          .took_ms = 10, .header = { "location", "https://elsewhere.test/" }),
    ASKED("no answer in time is a failed one", ONE, 0, TROUBLE(ROUND("7000", BAD("2000"), "{}"), "connection refused"),
          .took_ms = 2000),
    ASKED("an answer without end is one", ONE, 0, TROUBLE(ROUND("5900", BAD("900"), "{}"), "connection refused"),
          .took_ms = 900, .is_too_large = true),
    ASKED("what was not sent says nothing", ONE, 0, TROUBLE(ROUND("5000", "{}", "{}"), "connection refused"),
          .is_unsent = true),
    ASKED("nor does an answer that opsgate was too late for", ONE, 200,
          TROUBLE(ROUND("7101", "{'took_ms':2101}", "{}"), "opsgate itself was too late to tell"), .took_ms = 2101),
    ASKED("one that is hardly late was late by itself", ONE, 0, TROUBLE(ROUND("7100", BAD("2100"), "{}"), "connection refused"),
          .took_ms = 2100),
    ASKED("the way to it is no time of its own", ONE, 200, FOUND(ROUND("5900", GOOD("100"), "{}")), .took_ms = 900,
          .served_ms = 100),
    ASKED("nor silence, when it could not listen", ONE, 0,
          TROUBLE(ROUND("65000", "{'took_ms':60000}", "{}"), "opsgate itself was too late to tell"), .took_ms = 60000),
    ASKED("a clock that goes backwards is no time", ONE, 200, FOUND(ROUND("5000", "{'is_known':true,'is_good':true}", "{}")), .took_ms = -7),
    ASKED("a status that is asked for", ASK("1", ",'expect_status':401"), 401, FOUND(ROUND("5000", "{'is_known':true,'is_good':true}", "{}"))),
    ASKED("403 of one that is not private is an answer", ONE, 403,
          TROUBLE(ROUND("5000", "{'is_known':true}", "{}"), "answered 403, expected 200; a private service needs invoker_token")),
    ASKED("a private service gets a token", PRIVATE, 200, FOUND(ROUND("5001", GOOD("1"), "{}")), .took_ms = 1,
          .signature = "identity https://api.a.run.app"),
    ASKED("one that refuses our account says nothing of its revision", PRIVATE, 403,
          TROUBLE(ROUND("5001", "{'took_ms':1}", "{}"), REFUSES("403")), .took_ms = 1),
    { "a stale token is fetched anew", probes_read, PRIVATE,
      .calls = { { GET, NO, 401, .wait_ms = 5000, .took_ms = 10 },
                 { GET, NO, 200, .took_ms = 30, .signature = "fresh identity https://api.a.run.app" } },
      .next = NEXT_DONE, .result = FOUND(ROUND("5040", GOOD("30"), "{}")) },
    { "a fresh one that is refused says nothing of the revision", probes_read, PRIVATE,
      .calls = { { GET, NO, 401, .wait_ms = 5000 }, { GET, NO, 401 } },
      .next = NEXT_DONE, .result = TROUBLE(ROUND("5000", "{}", "{}"), REFUSES("401")) },
    { "it is so once in an asking", probes_read, ASK("2", ",'audience':'https://api.a.run.app'"),
      .calls = { { GET, NO, 401, .wait_ms = 5000 }, { GET, NO, 401 }, { GET, NO, 401, .wait_ms = 5000 } },
      .next = NEXT_DONE,
      .result = TROUBLE(ROUND("5000", "{}", "{}") "," ROUND("10000", "{}", "{}"),
                        REFUSES("401")) },
    { "who comes through the door to the one before is refused by the new one itself", probes_read,
      ASK("1", ",'audience':'https://api.a.run.app','baseline_url':'" BEFORE "'"),
      .calls = { { GET, NO, 403, .wait_ms = 5000, .took_ms = 10 }, { "GET " BEFORE, NO, 200, .took_ms = 20 } },
      .next = NEXT_DONE, .result = TROUBLE(ROUND("5030", BAD("10"), GOOD("20")), "answered 403, expected 200") },
    { "and by that with a fresh token, too", probes_read,
      ASK("1", ",'audience':'https://api.a.run.app','baseline_url':'" BEFORE "'"),
      .calls = { { GET, NO, 401, .wait_ms = 5000 }, { GET, NO, 401, .took_ms = 10 }, { "GET " BEFORE, NO, 200, .took_ms = 20 } },
      .next = NEXT_DONE, .result = TROUBLE(ROUND("5030", BAD("10"), GOOD("20")), "answered 401, expected 200") },
    { "refused by both it says nothing", probes_read,
      ASK("1", ",'audience':'https://api.a.run.app','baseline_url':'" BEFORE "'"),
      .calls = { { GET, NO, 403, .wait_ms = 5000 }, { "GET " BEFORE, NO, 403 } },
      .next = NEXT_DONE,
      .result = TROUBLE(ROUND("5000", "{}", "{}"), REFUSES("403")) },
    { "nor does it where the one before is only away", probes_read,
      ASK("1", ",'audience':'https://api.a.run.app','baseline_url':'" BEFORE "'"),
      .calls = { { GET, NO, 403, .wait_ms = 5000 }, { "GET " BEFORE, NO, 500, .took_ms = 1 } },
      .next = NEXT_DONE,
      .result = TROUBLE(ROUND("5001", "{}", BAD("1")), REFUSES("403")) },
    { "one that answered before refuses by itself", probes_read, ASK("2", ",'audience':'https://api.a.run.app'"),
      .calls = { { GET, NO, 200, .wait_ms = 5000, .took_ms = 10 }, { GET, NO, 403, .wait_ms = 4990, .took_ms = 10 } },
      .next = NEXT_DONE,
      .result = TROUBLE(ROUND("5010", GOOD("10"), "{}") "," ROUND("10010", BAD("10"), "{}"), "answered 403, expected 200") },
    { "what hangs is heard of once the time for all is over", probes_read,
      "{'url':'" URL "','rounds':6,'every_ms':5000,'timeout_ms':30000}",
      .calls = { { GET, NO, 0, .wait_ms = 5000, .took_ms = 30000 } },
      .next = NEXT_DONE, .result = TROUBLE(ROUND("35000", BAD("30000"), "{}"), "connection refused") },
    { "rounds begin as far apart as they should, however long each takes", probes_read, ASK("3", ""),
      .calls = { { GET, NO, 200, .wait_ms = 5000, .took_ms = 100 }, { GET, NO, 200, .wait_ms = 4900, .took_ms = 1900 },
                 { GET, NO, 200, .wait_ms = 3100, .took_ms = 50 } },
      .next = NEXT_DONE,
      .result = FOUND(ROUND("5100", GOOD("100"), "{}") "," ROUND("11900", GOOD("1900"), "{}") "," ROUND("15050", GOOD("50"), "{}")) },
    { "the one before is asked right after", probes_read, PAIR,
      .calls = { { GET, NO, 200, .wait_ms = 5000, .took_ms = 100 }, { "GET " BEFORE, NO, 500, .took_ms = 200 },
                 { GET, NO, 200, .wait_ms = 4700, .took_ms = 10 }, { "GET " BEFORE, NO, 0, .is_unsent = true } },
      .next = NEXT_DONE,
      .result = FOUND(ROUND("5300", GOOD("100"), BAD("200")) "," ROUND("10010", GOOD("10"), "{}")) },
    { "one that takes longer than they are apart is waited for", probes_read,
      "{'url':'" URL "','rounds':2,'every_ms':1000,'timeout_ms':2000}",
      .calls = { { GET, NO, 200, .wait_ms = 1000, .took_ms = 1700 } },
      .next = NEXT_DONE, .result = FOUND(ROUND("2700", GOOD("1700"), "{}")) },

    REFUSED("no address", "{'url':'gopher://x','rounds':1,'every_ms':1,'timeout_ms':1}", "no http address"),
    REFUSED("an address in two lines", "{'url':'http://x/\\nY: z','rounds':1,'every_ms':1,'timeout_ms':1}", "no http address"),
    REFUSED("none of the one before", ASK("1", ",'baseline_url':'x'"), "no http address"),
    REFUSED("a token for nothing", ASK("1", ",'audience':'api'"), "a token could be for"),
    REFUSED("no round", ASK("0", ""), "so many rounds"),
    REFUSED("more rounds than an exchange makes", ASK("25", ""), "so many rounds"),
    REFUSED("at once", "{'url':'" URL "','rounds':1,'every_ms':0,'timeout_ms':1}", "how often"),
    REFUSED("without end", "{'url':'" URL "','rounds':1,'every_ms':1,'timeout_ms':0}", "how long"),
    REFUSED("nothing", "{}", "url"),
};
/* clang-format on */

/* Its body is nobody's, and neither kept nor waited for without end. */
static void check_bounds(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct probes_ask ask = { .url = URL, .rounds = 1, .every_ms = 5000, .expect_status = 200, .timeout_ms = 2000 };
    AUTO_JSON cJSON *args = shape_to_json(&probes_ask_shape, &ask, SHAPE_WHOLE);
    const struct exchange exchange = { .args = args, .arena = arena };
    struct exchange_step step = probes_read(&exchange);

    (void)state;
    assert_int_equal(step.next, NEXT_CALL);
    assert_int_equal(step.call.timeout_ms, 2000);
    assert_int_equal(step.call.answer_max_bytes, PROBE_BODY_MAX_BYTES);
    assert_true(step.call.drops_body);
}

int main(void)
{
    static const struct CMUnitTest others[] = { { "each is bounded in time and in bytes", check_bounds, NULL, NULL, NULL } };

    return RUN_SCRIPTED(rows) + cmocka_run_group_tests_name("others", others, NULL, NULL);
}
