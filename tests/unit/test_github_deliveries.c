/* Catching up with GitHub's log of deliveries: what was missed, and what is asked. */
#include "tests/unit/scripted_exchange.h"

#include "integrations/github/deliveries.h"
#include "integrations/github/webhook.h"

#define NOW INT64_C(1700100000000) /* of scripted_exchange.h: 2023-11-16T02:00:00Z */
#define MARK (NOW - HOUR_MS)

static const struct github_app app = { .id = 12345, .private_key = "unused here" };
static const struct github_settings github = { .api_url = "https://api.github.com", .app = &app };
static const struct settings settings = { .github = &github };

/* ---- the decision ---- */

#define ENTRIES_MAX 6

static const struct decision_row {
    const char *name;
    struct github_delivery entries[ENTRIES_MAX]; /* newest first, as the log has them; at_ms is before NOW here */
    int64_t mark_ms, since_ms;                   /* before NOW; mark 0: never looked */
    const char *fetched;                         /* guid, an hour ago */
    bool is_open;                                /* there is more of the log */
    const char *missed;                          /* ids, oldest first */
    int64_t mark_after_ms;                       /* before NOW */
    bool is_gap;
} decisions[] = {
    { "answered 2xx, none was missed",
      { { "2", "b", "push", NULL, 40 * MINUTE_MS, 202 }, { "1", "a", "push", NULL, 50 * MINUTE_MS, 200 } },
      HOUR_MS,
      0,
      NULL,
      false,
      "",
      15 * MINUTE_MS,
      false },
    { "503, 401, 400, 500, a redirect and no answer are missed, oldest first",
      { { "6", "f", "push", NULL, 20 * MINUTE_MS, 503 },
        { "5", "e", "push", NULL, 21 * MINUTE_MS, 401 },
        { "4", "d", "push", NULL, 22 * MINUTE_MS, 400 },
        { "3", "c", "push", NULL, 23 * MINUTE_MS, 500 },
        { "2", "b", "push", NULL, 24 * MINUTE_MS, 302 },
        { "1", "a", "push", NULL, 25 * MINUTE_MS, 0 } },
      HOUR_MS,
      0,
      NULL,
      false,
      "123456",
      15 * MINUTE_MS,
      false },
    { "sent again and got through: not missed",
      { { "9", "a", "push", NULL, 20 * MINUTE_MS, 202 }, { "1", "a", "push", NULL, 50 * MINUTE_MS, 503 } },
      HOUR_MS,
      0,
      NULL,
      false,
      "",
      15 * MINUTE_MS,
      false },
    { "sent again in vain: missed once",
      { { "9", "a", "push", NULL, 20 * MINUTE_MS, 503 }, { "1", "a", "push", NULL, 50 * MINUTE_MS, 503 } },
      HOUR_MS,
      0,
      NULL,
      false,
      "9",
      15 * MINUTE_MS,
      false },
    { "sent again in vain, the first time was long ago",
      { { "9", "a", "push", NULL, 20 * MINUTE_MS, 503 }, { "1", "a", "push", NULL, 10 * HOUR_MS, 503 } },
      HOUR_MS,
      0,
      NULL,
      false,
      "9",
      15 * MINUTE_MS,
      false },
    { "got through first, sent again in vain",
      { { "9", "a", "push", NULL, 20 * MINUTE_MS, 503 }, { "1", "a", "push", NULL, 50 * MINUTE_MS, 202 } },
      HOUR_MS,
      0,
      NULL,
      false,
      "",
      15 * MINUTE_MS,
      false },
    { "nobody wants it",
      { { "1", "a", "discussion", "created", 50 * MINUTE_MS, 503 },
        { "2", "b", "release", "created", 50 * MINUTE_MS, 503 } },
      HOUR_MS,
      0,
      NULL,
      false,
      "",
      15 * MINUTE_MS,
      false },
    { "fetched before",
      { { "1", "a", "push", NULL, 50 * MINUTE_MS, 503 } },
      HOUR_MS,
      0,
      "a",
      false,
      "",
      15 * MINUTE_MS,
      false },
    { "late in the log, a little behind the watermark",
      { { "1", "a", "push", NULL, HOUR_MS + 14 * MINUTE_MS, 503 } },
      HOUR_MS,
      0,
      NULL,
      false,
      "1",
      15 * MINUTE_MS,
      false },
    { "far behind the watermark it was looked at",
      { { "1", "a", "push", NULL, HOUR_MS + 16 * MINUTE_MS, 503 } },
      HOUR_MS,
      0,
      NULL,
      false,
      "",
      15 * MINUTE_MS,
      false },
    { "before the first look: not replayed",
      { { "1", "a", "push", NULL, HOUR_MS + 5 * MINUTE_MS, 503 } },
      HOUR_MS,
      HOUR_MS,
      NULL,
      false,
      "",
      15 * MINUTE_MS,
      false },
    { "the first look ever misses nothing",
      { { "1", "a", "push", NULL, 5 * MINUTE_MS, 503 } },
      0,
      0,
      NULL,
      false,
      "",
      0,
      false },
    { "so young that it may be under way",
      { { "1", "a", "push", NULL, 5 * SECOND_MS, 0 } },
      HOUR_MS,
      0,
      NULL,
      false,
      "",
      5 * SECOND_MS,
      false },
    { "an empty log is looked at, too", { { 0 } }, HOUR_MS, 0, NULL, false, "", 15 * MINUTE_MS, false },
    { "the log goes further back: the mark stays",
      { { "1", "a", "push", NULL, 10 * MINUTE_MS, 503 } },
      HOUR_MS,
      0,
      NULL,
      true,
      "1",
      HOUR_MS,
      false },
    { "after four days there is a gap",
      { { "1", "a", "push", NULL, 2 * DAY_MS, 503 } },
      4 * DAY_MS,
      0,
      NULL,
      false,
      "1",
      15 * MINUTE_MS,
      true },
    { "what is older than three days cannot be had",
      { { "1", "a", "push", NULL, 3 * DAY_MS + HOUR_MS, 503 } },
      4 * DAY_MS,
      0,
      NULL,
      false,
      "",
      15 * MINUTE_MS,
      true },
    { "a clock in another century sets no watermark",
      { { "1", "a", "push", NULL, -DAY_MS * 36500, 202 } },
      HOUR_MS,
      0,
      NULL,
      false,
      "",
      0,
      false },
};

static struct github_deliveries_known known_of(const struct decision_row *row, struct arena *arena)
{
    struct github_deliveries_known known = { .since_ms = row->since_ms ? NOW - row->since_ms : 0,
                                             .watermark_ms = row->mark_ms ? NOW - row->mark_ms : 0 };

    if (row->fetched)
        *ARENA_PUSH(arena, known.fetched, known.fetched_count) =
            (struct github_delivery_fetched){ row->fetched, NOW - HOUR_MS };
    return known;
}

static void check_decision(void **state)
{
    const struct decision_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct github_delivery entries[ENTRIES_MAX];
    struct github_deliveries_known known = known_of(row, arena);
    struct github_deliveries_found found, again;
    char missed[64] = "";
    size_t count = 0;

    for (; count < ENTRIES_MAX && row->entries[count].id; count++) {
        entries[count] = row->entries[count];
        entries[count].at_ms = NOW - row->entries[count].at_ms;
    }
    github_deliveries_decide(entries, count, !row->is_open, &known, NOW, arena, &found);
    for (size_t i = 0; i < found.missed_count; i++)
        strcat(missed, found.missed[i].id);
    assert_string_equal(missed, row->missed);
    assert_int_equal(found.known.watermark_ms, NOW - row->mark_after_ms);
    assert_int_equal(found.is_gap, row->is_gap);
    github_deliveries_decide(entries, count, !row->is_open, &found.known, NOW, arena, &again);
    assert_int_equal(again.missed_count, 0); /* looked at twice, fetched once */
}

static void a_look_in_parts_ends_where_it_began(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct github_deliveries_known known = { .since_ms = 1, .watermark_ms = MARK };
    struct github_delivery first = { "9", "i", "push", NULL, NOW - MINUTE_MS, 503 };
    struct github_delivery second = { "8", "h", "push", NULL, NOW - 50 * MINUTE_MS, 503 };
    struct github_deliveries_found found;

    (void)state;
    github_deliveries_decide(&first, 1, false, &known, NOW, arena, &found);
    assert_int_equal(found.known.watermark_ms, MARK);
    github_deliveries_decide(&second, 1, true, &found.known, NOW + 30 * MINUTE_MS, arena, &found);
    assert_string_equal(found.missed[0].id, "8");
    assert_int_equal(found.known.watermark_ms, NOW - MINUTE_MS); /* not where it ended, half an hour later */
    assert_int_equal(found.known.reach_ms, 0);
    assert_int_equal(found.known.fetched_count, 1);
    assert_string_equal(found.known.fetched[0].guid, "i"); /* the other lies behind the overlap */
}

/* ---- the exchanges ---- */

#define HOOK "'log':{'repository':'acme/platform','hook_id':'5'}"
#define KNOWN "'known':{'since_ms':1,'watermark_ms':1700096400000}"
#define LIST "GET https://api.github.com/repos/acme/platform/hooks/5/deliveries?per_page=100"
#define ENTRY(id, guid, at, code)                                                                                      \
    "{'id':" id ",'guid':'" guid "','delivered_at':'" at "','redelivery':false,'duration':0.27,'status':'x',"          \
    "'status_code':" code ",'event':'release','action':'published','installation_id':null,'repository_id':42,"         \
    "'throttled_at':null}"
#define GUID "72d3162e-cc78-11e3-81ab-4c9367dc0958"
#define BIG "171832346114490377"
#define NEXT                                                                                                           \
    {                                                                                                                  \
        "link", "<https://evil.example/hooks?per_page=100&cursor=v1_1768>; rel=\"next\", <https://x>; rel=\"first\""   \
    }
#define MISSED                                                                                                         \
    "{'id':'" BIG "','guid':'" GUID "','event':'release','action':'published','at_ms':1700099000000,'status':503}"
#define RELEASE                                                                                                        \
    "{'action':'published','release':{'id':991,'tag_name':'v1','draft':false,'prerelease':false},"                     \
    "'repository':{'id':42,'full_name':'acme/platform'}}"
#define READ "GET https://api.github.com/repos/acme/platform/hooks/5/deliveries/" BIG
#define DELIVERY(payload)                                                                                              \
    "{'id':" BIG ",'guid':'" GUID "','delivered_at':'2023-11-16T01:43:20Z','event':'release','action':'published',"    \
    "'status_code':503,'request':{'headers':{'X-GitHub-Event':'release','x-github-hook-id':'5','Accept':'*/*'},"       \
    "'payload':" payload "},'response':{'headers':{},'payload':'busy'}}"

static const struct scripted_row rows[] = {
    { .name = "a page that goes back far enough",
      .step = github_deliveries_list,
      .args = "{" HOOK "," KNOWN "}",
      .calls = { { .call = LIST,
                   .status = 200,
                   .header = NEXT,
                   .answer = "[" ENTRY(BIG, GUID, "2023-11-16T01:43:20Z",
                                       "503") "," ENTRY("1", "b", "2023-11-15T10:00:00Z", "202") "]" } },
      .next = NEXT_DONE,
      .result = "{'missed':[" MISSED "],'known':{'since_ms':1,'watermark_ms':1700099100000,"
                "'fetched':[{'guid':'" GUID "','at_ms':1700099000000}]},'is_gap':false}" },
    { .name = "the next page by its cursor, at our own address",
      .step = github_deliveries_list,
      .args = "{" HOOK "," KNOWN "}",
      .calls = { { .call = LIST,
                   .status = 200,
                   .header = NEXT,
                   .answer = "[" ENTRY("2", "b", "2023-11-16T01:55:00Z", "202") "]" },
                 { .call = LIST "&cursor=v1_1768",
                   .status = 200,
                   .answer = "[" ENTRY(BIG, GUID, "2023-11-16T01:43:20Z", "null") "]" } },
      .next = NEXT_DONE,
      .result =
          "{'missed':[{'id':'" BIG "','guid':'" GUID "','event':'release','action':'published','at_ms':1700099000000,"
          "'status':0}],'known':{'since_ms':1,'watermark_ms':1700099700000,"
          "'fetched':[{'guid':'" GUID "','at_ms':1700099000000}]},'is_gap':false}" },
    { .name = "the first look, by GitHub's clock, with ours two hours ahead",
      .step = github_deliveries_list,
      .args = "{" HOOK ",'known':{'since_ms':0,'watermark_ms':0}}",
      .calls = { { .call = LIST,
                   .status = 200,
                   .answer = "[]",
                   .header = { "date", "Thu, 16 Nov 2023 00:00:00 GMT" } } },
      .next = NEXT_DONE,
      .result = "{'missed':[],'known':{'since_ms':1700092800000,'watermark_ms':1700092800000},'is_gap':false}" },
    { .name = "an organisation's hook",
      .step = github_deliveries_list,
      .args = "{'log':{'repository':'acme/platform','organization':'acme','hook_id':'5'}," KNOWN "}",
      .calls = { { .call = "GET https://api.github.com/orgs/acme/hooks/5/deliveries?per_page=100",
                   .status = 200,
                   .answer = "[]" } },
      .next = NEXT_DONE },
    { .name = "the App's log, with its own signature",
      .step = github_deliveries_list,
      .args = "{'log':{}," KNOWN "}",
      .calls = { { .call = "GET https://api.github.com/app/hook/deliveries?per_page=100",
                   .status = 200,
                   .answer = "[]",
                   .signature = "the App" } },
      .next = NEXT_DONE },
    { .name = "a log of nobody's",
      .step = github_deliveries_list,
      .args = "{'log':{'repository':'acme/platform'}," KNOWN "}",
      .next = NEXT_NEVER,
      .error = "or the App's" },
    { .name = "a hook of no repository",
      .step = github_deliveries_list,
      .args = "{'log':{'repository':'../x','hook_id':'5'}," KNOWN "}",
      .next = NEXT_NEVER,
      .error = "acme/platform" },
    { .name = "a hook that is a path",
      .step = github_deliveries_list,
      .args = "{'log':{'repository':'a/b','hook_id':'5/x'}," KNOWN "}",
      .next = NEXT_NEVER,
      .error = "by its number" },
    { .name = "a cursor that is more",
      .step = github_deliveries_list,
      .args = "{" HOOK "," KNOWN ",'cursor':'x&y'}",
      .next = NEXT_NEVER,
      .error = "cursor" },
    { .name = "no such hook, or no permission",
      .step = github_deliveries_list,
      .args = "{" HOOK "," KNOWN "}",
      .calls = { { .call = LIST, .status = 404, .answer = "{'message':'Not Found'}" } },
      .next = NEXT_NEVER,
      .error = "Webhooks: read" },
    { .name = "the App's key is refused",
      .step = github_deliveries_list,
      .args = "{'log':{}," KNOWN "}",
      .calls = { { .call = "GET https://api.github.com/app/hook/deliveries?per_page=100",
                   .status = 401,
                   .answer = "{}" } },
      .next = NEXT_AGAIN,
      .error = "App's key" },
    { .name = "too much was asked",
      .step = github_deliveries_list,
      .args = "{" HOOK "," KNOWN "}",
      .calls = { { .call = LIST, .status = 429, .header = { "retry-after", "7" }, .answer = "{}" } },
      .next = NEXT_AGAIN,
      .error = "limits",
      .after_ms = 7000,
      .is_outage = true },
    { .name = "no answer",
      .step = github_deliveries_list,
      .args = "{" HOOK "," KNOWN "}",
      .calls = { { .call = LIST, .status = 0 } },
      .next = NEXT_AGAIN,
      .is_outage = true },
    { .name = "an object where a list is expected",
      .step = github_deliveries_list,
      .args = "{" HOOK "," KNOWN "}",
      .calls = { { .call = LIST, .status = 200, .answer = "{}" } },
      .next = NEXT_AGAIN,
      .error = "made no sense" },
    { .name = "half a list",
      .step = github_deliveries_list,
      .args = "{" HOOK "," KNOWN "}",
      .calls = { { .call = LIST, .status = 200, .answer = "[" } },
      .next = NEXT_AGAIN,
      .error = "made no sense" },
    { .name = "odd entries hide none of the others",
      .step = github_deliveries_list,
      .args = "{" HOOK "," KNOWN "}",
      .calls = { { .call = LIST,
                   .status = 200,
                   .answer = "[7,{'id':1,'guid':'a','event':'push'}," ENTRY(BIG, GUID, "2023-11-16T01:43:20Z",
                                                                            "503") ",null]" } },
      .next = NEXT_DONE,
      .result = "{'missed':[" MISSED "],'known':{'since_ms':1,'watermark_ms':1700099100000,"
                "'fetched':[{'guid':'" GUID "','at_ms':1700099000000}]},'unread':3,'is_gap':false}" },
    { .name = "nothing but entries without a time",
      .step = github_deliveries_list,
      .args = "{" HOOK "," KNOWN "}",
      .calls = { { .call = LIST, .status = 200, .answer = "[{'id':1,'guid':'a','event':'push'}]" } },
      .next = NEXT_AGAIN,
      .error = "delivered_at" },
    { .name = "one delivery, whole",
      .step = github_delivery_read,
      .args = "{" HOOK ",'id':'" BIG "'}",
      .calls = { { .call = READ, .status = 200, .answer = DELIVERY(RELEASE) } },
      .next = NEXT_DONE },
    { .name = "nothing that is stored",
      .step = github_delivery_read,
      .args = "{" HOOK ",'id':'" BIG "'}",
      .calls = { { .call = READ, .status = 200, .answer = DELIVERY("{'action':'created'}") } },
      .next = NEXT_DONE,
      .result = "{'is_wanted':false,'delivery':'" GUID "','event':'release','action':'created'}" },
    { .name = "a payload that makes no sense is refused for good",
      .step = github_delivery_read,
      .args = "{" HOOK ",'id':'" BIG "'}",
      .calls = { { .call = READ, .status = 200, .answer = DELIVERY("null") } },
      .next = NEXT_NEVER,
      .error = "object" },
    { .name = "a delivery that is larger than we take will be no smaller",
      .step = github_delivery_read,
      .args = "{" HOOK ",'id':'" BIG "'}",
      .calls = { { .call = READ, .status = 0, .is_too_large = true } },
      .next = NEXT_NEVER,
      .error = "larger than opsgate takes" },
    { .name = "a delivery that did not come may come",
      .step = github_delivery_read,
      .args = "{" HOOK ",'id':'" BIG "'}",
      .calls = { { .call = READ, .status = 0 } },
      .next = NEXT_AGAIN,
      .is_outage = true },
    { .name = "the payload is gone",
      .step = github_delivery_read,
      .args = "{" HOOK ",'id':'" BIG "'}",
      .calls = { { .call = READ, .status = 404, .answer = "{}" } },
      .next = NEXT_NEVER,
      .error = BIG },
    { .name = "an id that is a path",
      .step = github_delivery_read,
      .args = "{" HOOK ",'id':'1/attempts'}",
      .next = NEXT_NEVER,
      .error = "number" },
};

static void check_exchange(void **state)
{
    run_scripted_with(*state, &settings);
}

/* ---- both ways ---- */

static const char *const payloads[] = {
    RELEASE, /* as GitHub shows it */
    "{'payload':'{\\\"action\\\":\\\"published\\\",\\\"release\\\":{\\\"id\\\":991,\\\"tag_name\\\":\\\"v1\\\","
    "\\\"draft\\\":false,\\\"prerelease\\\":false},\\\"repository\\\":{\\\"id\\\":42,\\\"full_name\\\":\\\"acme/platform\\\"}}'}",
};

/* What came by webhook and what is read from the log: one key, one meaning. */
static void a_delivery_that_came_both_ways_is_one(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct github_webhook webhook = { .event = "release", .delivery = GUID, .content_type = "application/json" };
    struct github_webhook_door door;
    struct outside_event sent, read;
    struct error err;

    (void)state;
    webhook.body = str_of(quoted(RELEASE, arena));
    assert_true(github_webhook_accept(&webhook, arena, &door, &err));
    assert_true(
        github_webhook_decode(&(struct inbox_item){ .kind = door.kind, .body = door.body }, arena, &sent, &err));
    for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
        const char *body = quoted(arena_printf(arena, DELIVERY("%s"), payloads[i]), arena);
        struct http_answer answer = { .status = 200, .body = str_of(body) };
        struct exchange exchange = {
            .settings = &settings, .answers = &answer, .answer_count = 1, .unix_ms = NOW, .arena = arena
        };
        struct github_delivery_item item;
        struct exchange_step step;

        exchange.args = json_parse_in(arena, str_of(quoted("{" HOOK ",'id':'" BIG "'}", arena)), &err);
        step = github_delivery_read(&exchange);
        assert_int_equal(step.next, NEXT_DONE);
        assert_true(shape_from_json(&github_delivery_item_shape, step.result, arena, &item, &err));
        assert_true(item.is_wanted);
        assert_string_equal(item.key, door.keys[0]);
        assert_true(
            github_webhook_decode(&(struct inbox_item){ .kind = item.kind, .body = item.body }, arena, &read, &err));
        assert_string_equal(read.meaning, sent.meaning);
        assert_string_equal(read.id, sent.id);
        assert_true(read.is_caught_up && !sent.is_caught_up);
    }
}

int main(void)
{
    static const struct CMUnitTest alone[] = {
        cmocka_unit_test(a_look_in_parts_ends_where_it_began),
        cmocka_unit_test(a_delivery_that_came_both_ways_is_one),
    };
    struct CMUnitTest tests[ARRAY_LEN(alone) + ARRAY_LEN(decisions) + ARRAY_LEN(rows)];
    size_t count = 0;

    (void)run_scripted; /* these rows have settings of their own */
    for (size_t i = 0; i < ARRAY_LEN(alone); i++)
        tests[count++] = alone[i];
    for (size_t i = 0; i < ARRAY_LEN(decisions); i++)
        tests[count++] = (struct CMUnitTest){ .name = decisions[i].name,
                                              .test_func = check_decision,
                                              .initial_state = (void *)(uintptr_t)&decisions[i] };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = rows[i].name,
                                              .test_func = check_exchange,
                                              .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
