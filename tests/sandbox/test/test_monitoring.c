/* Cloud Monitoring over users who came before: a row is one question, and what it gives or how it is refused. Nobody
 * comes while it is asked, so each number is exact. */
#include "form.h"
#include "process.h"

#include "bot/base/arena.h"
#include "bot/base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIRST "api-service-00001-kzt"
#define COUNT "metric.type=\"run.googleapis.com/request_count\""
#define TIMES "metric.type=\"run.googleapis.com/request_latencies\""
#define RESOURCE " AND resource.type=\"cloud_run_revision\""
#define STAGING " AND resource.labels.service_name=\"api-service\""
#define API COUNT RESOURCE STAGING
#define SUMS "perSeriesAligner=ALIGN_DELTA&crossSeriesReducer=REDUCE_SUM"
#define MINUTES "alignmentPeriod=60s&" SUMS
#define BY_CLASS "&groupByFields=metric.labels.response_code_class"
#define BY_REVISION "&groupByFields=resource.labels.revision_name"
#define INVALID "\"status\":\"INVALID_ARGUMENT\""
#define NO_METRIC "must specify a restriction on \\\"metric.type\\\""
#define UNKNOWN 501 /* Google knows it, the sandbox does not */

/* Six minutes in which 600 requests came to staging and 60 to production; in the last two of them 300 more failed in
 * staging, with all that came to production. */
#define BEFORE                                                                                                         \
    "{\"traffic\":[{\"service\":\"api-service\",\"rps\":10},{\"service\":\"api-prod-service\",\"rps\":1}],"            \
    "\"monitoring\":{\"lag_ms\":0,\"past_minutes\":6},\"always\":{\"traffic\":{\"service\":\"*\",\"rps\":0}}}"
#define AND_FAILED                                                                                                       \
    "{\"behaviour\":{\"service\":\"api-service\",\"error_rate\":1},\"traffic\":{\"service\":\"api-service\",\"rps\":5}," \
    "\"monitoring\":{\"past_minutes\":2},\"always\":{\"traffic\":{\"service\":\"*\",\"rps\":0}}}"

struct ask_of { /* an instant: minutes before the last one that is over, or a text */
    const char *filter, *start, *end, *aggregation, *more;
};

/* clang-format off */
static const struct row {
    const char *name;
    struct ask_of ask;
    const char *gives; /* of each series its labels, then its counts, the newest first */
} rows[] = {
    { "minute by minute, by class: where nothing failed there is no point",
      { API, "-4", "0", MINUTES BY_CLASS, "" }, "2xx 600 600 600 600; 5xx 300 300" },
    { "all together", { API, "-4", "0", MINUTES, "" }, " 900 900 600 600" },
    { "windows of two minutes, the last ends with the interval",
      { API, "-5", "-1", "alignmentPeriod=120s&" SUMS, "" }, " 1500 1200" },
    { "by revision", { API, "-2", "0", MINUTES BY_REVISION, "" }, FIRST " 900 900" },
    { "by two labels", { API, "-1", "0", MINUTES BY_REVISION BY_CLASS, "" }, "2xx " FIRST " 600; 5xx " FIRST " 300" },
    { "latencies are counted likewise", { TIMES RESOURCE STAGING, "-2", "0", MINUTES, "" }, " 900 900" },
    { "what began before the interval is not in it", { API, "-6", "-4", MINUTES BY_CLASS, "" }, "2xx 600 600" },
    { "before anybody came there is no series", { API, "-40", "-30", MINUTES, "" }, "" },
    { "an interval without a length has no point", { API, NULL, "0", MINUTES, "" }, "" },
    { "of every service in the project", { COUNT, "-1", "0", MINUTES "&groupByFields=resource.labels.service_name", "" },
      "api-service 900; api-prod-service 60" },
    { "another project's label", { COUNT " AND resource.labels.project_id=\"other\"", "-1", "0", MINUTES, "" }, "" },
    { "a revision, or another one", { API " AND (resource.labels.revision_name=\"" FIRST "\" OR resource.labels.revision_name=\"x\")", "-1", "0", MINUTES, "" },
      " 900" },
    { "OR binds closer than AND", { API " AND resource.labels.revision_name=\"x\" OR resource.labels.revision_name=\"" FIRST "\"", "-1", "0", MINUTES, "" }, " 900" },
    { "NOT, and !=", { API " AND NOT metric.labels.response_code_class=2xx AND metric.labels.response_code!=\"404\"", "-2", "0", MINUTES, "" }, " 300 300" },
    { "AND may be left out", { API " metric.labels.response_code=200", "-1", "0", MINUTES, "" }, " 600" },
    { "a quote in a text", { API " AND resource.labels.revision_name=\"a\\\"b\\\\\"", "-1", "0", MINUTES, "" }, "" },
};

static const struct refusal {
    const char *name;
    struct ask_of ask;
    int status;
    const char *says, *says_too;
} refusals[] = {
    { "no filter", { NULL, "-4", "0", MINUTES, "" }, 400, INVALID, NO_METRIC },
    { "a filter without a metric", { "resource.type=\"cloud_run_revision\"", "-4", "0", MINUTES, "" }, 400, INVALID, NO_METRIC },
    { "two metrics", { COUNT " AND " TIMES, "-4", "0", MINUTES, "" }, 400, INVALID, NO_METRIC },
    { "one or another metric", { COUNT " OR " TIMES, "-4", "0", MINUTES, "" }, 400, INVALID, NO_METRIC },
    { "any metric but one", { "metric.type!=\"x\"", "-4", "0", MINUTES, "" }, 400, INVALID, NO_METRIC },
    { "no such metric", { "metric.type=\"run.googleapis.com/requests\"", "-4", "0", MINUTES, "" }, 404, "NOT_FOUND", "Cannot find metric(s) that match type" },
    { "no such label", { API " AND resource.labels.zone=\"a\"", "-4", "0", MINUTES, "" }, 400, INVALID, "resource.labels.zone" },
    { "a filter that breaks off", { API " AND ", "-4", "0", MINUTES, "" }, 400, INVALID, "selector" },
    { "a parenthesis that stays open", { API " AND (resource.type=\"x\"", "-4", "0", MINUTES, "" }, 400, INVALID, "not closed" },
    { "one that closes nothing", { API ")", "-4", "0", MINUTES, "" }, 400, INVALID, "closes nothing" },
    { "a text without an end", { "metric.type=\"run", "-4", "0", MINUTES, "" }, 400, INVALID, "without an end" },
    { "no end of the interval", { API, "-4", NULL, MINUTES, "" }, 400, INVALID, "interval.end_time" },
    { "an end that is no time", { API, "-4", "yesterday", MINUTES, "" }, 400, INVALID, "interval.end_time" },
    { "a start that is no time", { API, "12", "0", MINUTES, "" }, 400, INVALID, "interval.start_time" },
    { "a start behind the end", { API, "0", "-4", MINUTES, "" }, 400, INVALID, "interval.start_time" },
    { "a period below a minute", { API, "-4", "0", "alignmentPeriod=59s&" SUMS, "" }, 400, INVALID, "at least 60 seconds" },
    { "a period that is no duration", { API, "-4", "0", "alignmentPeriod=1m&" SUMS, "" }, 400, INVALID, "alignment_period" },
    { "no period", { API, "-4", "0", SUMS, "" }, 400, INVALID, "alignment_period" },
    { "no such aligner", { API, "-4", "0", "alignmentPeriod=60s&perSeriesAligner=DELTA&crossSeriesReducer=REDUCE_SUM", "" }, 400, INVALID, "Aligner" },
    { "no such reducer", { API, "-4", "0", "alignmentPeriod=60s&perSeriesAligner=ALIGN_DELTA&crossSeriesReducer=SUM", "" }, 400, INVALID, "Reducer" },
    { "a reducer alone", { API, "-4", "0", "alignmentPeriod=60s&crossSeriesReducer=REDUCE_SUM", "" }, 400, INVALID, "with a reducer" },
    { "an aligner that is not simulated", { API, "-4", "0", "alignmentPeriod=60s&perSeriesAligner=ALIGN_RATE&crossSeriesReducer=REDUCE_SUM", "" }, UNKNOWN, "UNIMPLEMENTED", "ALIGN_DELTA" },
    { "grouped by what is no label", { API, "-4", "0", MINUTES "&groupByFields=metric.type", "" }, 400, INVALID, "group_by_fields" },
    { "a parameter that is none", { API, "-4", "0", MINUTES, "&limit=3" }, 400, INVALID, "Unknown name \\\"limit\\\"" },
    { "a page's size below nothing", { API, "-4", "0", MINUTES, "&pageSize=-1" }, 400, INVALID, "page_size" },
    { "a token that was not given out", { API, "-4", "0", MINUTES, "&pageToken=a%26b" }, 400, INVALID, "page_token" },
    { "no such view", { API, "-4", "0", MINUTES, "&view=ALL" }, 400, INVALID, "view" },
};
/* clang-format on */

static const char *program;

static struct stage {
    struct sandbox sandbox;
    char *token;
    int64_t last_ms; /* the end of the last minute that was over when they came */
} stage;

static void change(const char *changes)
{
    cJSON_Delete(sandbox_post(&stage.sandbox, "world", changes));
}

static int64_t sandbox_minute(void)
{
    AUTO_JSON cJSON *state = sandbox_get(&stage.sandbox, "state?messages=0");

    return tree_int(state, "now_ms", 0) / MINUTE_MS;
}

/* Within one minute: it begins anew when that ends meanwhile. */
static void begin_world(void)
{
    do {
        cJSON_Delete(sandbox_post(&stage.sandbox, "reset", "{}"));
        stage.last_ms = sandbox_minute() * MINUTE_MS;
        change(BEFORE);
        change(AND_FAILED);
    } while (sandbox_minute() * MINUTE_MS != stage.last_ms);
}

static int start(void **state)
{
    (void)state;
    sandbox_start(&stage.sandbox, program, "http://127.0.0.1:9");
    stage.token = sandbox_token(&stage.sandbox);
    begin_world();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    free(stage.token);
    return sandbox_stop(&stage.sandbox);
}

/* ---- asking ---- */

static void set_instant(cJSON *fields, const char *name, const char *instant)
{
    struct error ignored;
    int64_t minutes = 0;

    if (instant && parse_int(str_of(instant), -60, 0, &minutes, &ignored))
        json_set_string(fields, name, time_format(stage.last_ms + minutes * MINUTE_MS).text);
    else
        json_set_string(fields, name, instant);
}

static char *path_of(const struct ask_of *ask)
{
    AUTO_JSON cJSON *fields = json_object();
    AUTO(arena) struct arena *arena = arena_create();
    const char *aggregation = "";
    struct str rest = str_of(ask->aggregation);

    json_set_string(fields, "filter", ask->filter);
    set_instant(fields, "interval.startTime", ask->start);
    set_instant(fields, "interval.endTime", ask->end);
    while (!str_is_empty(rest)) {
        struct str part = str_take_until(&rest, '&');

        aggregation = arena_printf(arena, "%s&aggregation." STR_FMT, aggregation, STR_ARG(part));
    }
    AUTO_FREE char *form = form_encode(fields);

    return text_format("/monitoring/v3/projects/acme/timeSeries?%s%s%s", form, aggregation, ask->more);
}

static void ask_path(const char *method, const char *path, const char *authorization, struct answer *answer)
{
    sandbox_ask(&stage.sandbox, &(struct ask){ .method = method, .path = path, .authorization = authorization },
                answer);
}

static void ask_it(const struct ask_of *ask, struct answer *answer)
{
    AUTO_FREE char *path = path_of(ask);

    ask_path("GET", path, stage.token, answer);
}

/* ---- what it gives ---- */

static void add_values(struct buf *text, const cJSON *labels)
{
    JSON_EACH(label, labels) {
        if (!text_is(label->string, "project_id"))
            buf_addf(text, "%s%s", text->len > 0 && text->at[text->len - 1] != ' ' ? " " : "", label->valuestring);
    }
}

static const char *count_of(const cJSON *value)
{
    return tree_get(value, "distributionValue") ? tree_text(tree_get(value, "distributionValue"), "count")
                                                : tree_text(value, "int64Value");
}

static char *told(const cJSON *json)
{
    AUTO_BUF struct buf text = BUF(10000);

    JSON_EACH(series, tree_get(json, "timeSeries")) {
        buf_puts(&text, text.len > 0 ? "; " : "");
        add_values(&text, tree_get(tree_get(series, "metric"), "labels"));
        add_values(&text, tree_get(tree_get(series, "resource"), "labels"));
        JSON_EACH(point, tree_get(series, "points"))
            buf_addf(&text, " %s", count_of(tree_get(point, "value")));
    }
    return str_copy(buf_str(&text));
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_ANSWER struct answer answer;

    ask_it(&row->ask, &answer);
    if (answer.status != 200)
        fail_msg("%d %s", answer.status, answer.body);
    AUTO_FREE char *text = told(answer.json);

    assert_string_equal(text, row->gives);
}

static void check_refusal(void **state)
{
    const struct refusal *row = *state;
    AUTO_ANSWER struct answer answer;

    ask_it(&row->ask, &answer);
    if (answer.status != row->status || !strstr(answer.body, row->says) || !strstr(answer.body, row->says_too))
        fail_msg("answered %d: %s", answer.status, answer.body);
}

/* ---- as it is written ---- */

static const struct ask_of one_minute = { API, "-1", "0", MINUTES BY_CLASS BY_REVISION, "" };

static void a_series_is_written_as_googles(void **state)
{
    AUTO_ANSWER struct answer answer;
    AUTO_FREE char *end = text_format("\"endTime\":\"%.19sZ\"", time_format(stage.last_ms).text);

    (void)state;
    ask_it(&one_minute, &answer);
    assert_non_null(strstr(answer.body, "\"metric\":{\"labels\":{\"response_code_class\":\"2xx\"},"
                                        "\"type\":\"run.googleapis.com/request_count\"}"));
    assert_non_null(strstr(answer.body, "\"labels\":{\"project_id\":\"acme\",\"revision_name\":\"" FIRST "\"}"));
    assert_non_null(strstr(answer.body, "\"metricKind\":\"DELTA\",\"valueType\":\"INT64\""));
    assert_non_null(strstr(answer.body, "\"value\":{\"int64Value\":\"600\"}"));
    assert_non_null(strstr(answer.body, end));
    assert_true(tree_has_text(answer.json, "unit", "1"));
}

static void latencies_are_a_distribution_in_milliseconds(void **state)
{
    static const struct ask_of ask = { TIMES RESOURCE STAGING, "-1", "0", MINUTES, "" };
    AUTO_ANSWER struct answer answer;
    const cJSON *series = NULL, *value = NULL;
    int64_t sum = 0, below_20_ms = 0, i = 0;

    (void)state;
    ask_it(&ask, &answer);
    series = tree_get(answer.json, "timeSeries")->child;
    value = tree_get(tree_get(tree_get(series, "points")->child, "value"), "distributionValue");
    assert_true(tree_has_text(series, "valueType", "DISTRIBUTION"));
    assert_true(tree_has_text(answer.json, "unit", "ms"));
    assert_true(tree_get(value, "mean")->valuedouble > 40 && tree_get(value, "mean")->valuedouble < 60);
    JSON_EACH(count, tree_get(value, "bucketCounts")) {
        assert_true(cJSON_IsString(count));
        sum += strtoll(count->valuestring, NULL, 10);
        below_20_ms += i++ < 9 ? strtoll(count->valuestring, NULL, 10) : 0; /* 1.4^8 ms and less */
    }
    assert_int_equal(sum, 900);
    assert_in_range(below_20_ms, 1, 200); /* of a median of 40 */
}

static void pages_count_points_and_cut_a_series(void **state)
{
    static const struct ask_of first = { API, "-4", "0", MINUTES BY_CLASS, "&pageSize=3" },
                               second = { API, "-4", "0", MINUTES BY_CLASS, "&pageSize=3&pageToken=3" };
    AUTO_ANSWER struct answer one;
    AUTO_ANSWER struct answer two;

    (void)state;
    ask_it(&first, &one);
    ask_it(&second, &two);
    AUTO_FREE char *at_first = told(one.json), *then = told(two.json);

    assert_string_equal(at_first, "2xx 600 600 600");
    assert_true(tree_has_text(one.json, "nextPageToken", "3"));
    assert_string_equal(then, "2xx 600; 5xx 300 300");
    assert_null(tree_get(two.json, "nextPageToken"));
}

/* ---- whoever may not, and what is late or lost ---- */

static void check_asked(const char *method, const char *path, const char *authorization, int status, const char *says)
{
    AUTO_ANSWER struct answer answer;

    ask_path(method, path, authorization, &answer);
    if (answer.status != status || !strstr(answer.body, says))
        fail_msg("%s answered %d: %s", path, answer.status, answer.body);
}

static void it_is_told_to_those_alone_who_may(void **state)
{
    AUTO_FREE char *path = path_of(&one_minute);

    (void)state;
    check_asked("GET", path, NULL, 401, "UNAUTHENTICATED");
    check_asked("GET", path, "Bearer ya29.stolen", 401, "UNAUTHENTICATED");
    check_asked("GET", "/monitoring/v3/projects/other/timeSeries?filter=x", stage.token, 403,
                "monitoring.timeSeries.list denied");
    check_asked("GET", "/monitoring/v3/projects/acme/metrics", stage.token, 404, "Method not found");
    check_asked("POST", path, stage.token, 404, "Method not found");
    change("{\"monitoring\":{\"no_role\":true}}");
    check_asked("GET", path, stage.token, 403, "\"status\":\"PERMISSION_DENIED\"");
    change("{\"monitoring\":{\"no_role\":false,\"no_scope\":true}}");
    check_asked("GET", path, stage.token, 403, "insufficient authentication scopes");
    change("{\"monitoring\":{\"no_scope\":false}}");
    check_asked("GET", path, stage.token, 200, "\"600\"");
}

static char *told_now(const struct ask_of *ask) /* the caller's */
{
    AUTO_ANSWER struct answer answer;

    ask_it(ask, &answer);
    return told(answer.json);
}

/* All within one minute, as begin_world. */
static void a_minute_is_seen_once_the_lag_is_over(void **state)
{
    static const struct ask_of ask = { API, "-6", "0", MINUTES, "" };
    static const struct {
        const char *change, *gives;
    } steps[] = {
        { "{\"monitoring\":{\"lag_ms\":180000}}", " 600 600 600" },
        { "{\"monitoring\":{\"lag_ms\":3600000}}", "" },
        { "{\"monitoring\":{\"lag_ms\":0}}", " 900 900 600 600 600 600" },
    };
    char *seen[ARRAY_LEN(steps)] = { NULL };

    (void)state;
    do {
        begin_world();
        for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
            change(steps[i].change);
            free(seen[i]);
            seen[i] = told_now(&ask);
        }
    } while (sandbox_minute() * MINUTE_MS != stage.last_ms);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        assert_string_equal(seen[i], steps[i].gives);
        free(seen[i]);
    }
}

/* The minutes that are counted now cannot be waited for; the state tells which are lost. */
static void minutes_are_lost_of_one_service_or_of_all(void **state)
{
    (void)state;
    change("{\"monitoring\":{\"drop_minutes\":3,\"service\":\"api-service\"}}");
    change("{\"monitoring\":{\"drop_minutes\":0,\"service\":\"api-prod-service\"}}");
    AUTO_JSON cJSON *lost = sandbox_get(&stage.sandbox, "state?messages=0");
    const cJSON *drop = tree_get(tree_get(lost, "monitoring"), "dropped")->child;

    assert_true(tree_has_text(drop, "service", "api-service"));
    assert_int_equal(tree_int(drop, "until_ms", 0) - tree_int(drop, "from_ms", 0), 3 * MINUTE_MS);
    assert_null(drop->next);
    change("{\"monitoring\":{\"drop_minutes\":0}}");
    AUTO_JSON cJSON *over = sandbox_get(&stage.sandbox, "state?messages=0");

    drop = tree_get(tree_get(over, "monitoring"), "dropped")->child;
    assert_true(tree_int(drop, "until_ms", 0) <= tree_int(over, "now_ms", 0));
}

static void what_is_not_all_is_said_to_be_so(void **state)
{
    AUTO_ANSWER struct answer answer;

    (void)state;
    change("{\"monitoring\":{\"incomplete\":true}}");
    ask_it(&one_minute, &answer);
    change("{\"monitoring\":{\"incomplete\":false}}");
    assert_int_equal(answer.status, 200);
    assert_int_equal(cJSON_GetArraySize(tree_get(answer.json, "executionErrors")), 1);
    assert_int_equal(cJSON_GetArraySize(tree_get(answer.json, "unreachable")), 1);
}

static void a_restart_loses_no_request(void **state)
{
    static const struct ask_of ask = { API, "-6", "0", MINUTES, "" };

    (void)state;
    change("{\"restart\":{\"service\":\"api-service\"}}");
    AUTO_FREE char *text = told_now(&ask);

    assert_string_equal(text, " 900 900 600 600 600 600");
}

static void a_fault_speaks_as_google_does(void **state)
{
    AUTO_FREE char *path = path_of(&one_minute);

    (void)state;
    cJSON_Delete(
        sandbox_post(&stage.sandbox, "faults", "{\"service\":\"monitoring\",\"fault\":\"status\",\"value\":503}"));
    check_asked("GET", path, stage.token, 503, "\"status\":\"UNAVAILABLE\"");
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(refusals) + 9];
    static const struct CMUnitTest others[9] = {
        cmocka_unit_test(a_series_is_written_as_googles),
        cmocka_unit_test(latencies_are_a_distribution_in_milliseconds),
        cmocka_unit_test(pages_count_points_and_cut_a_series),
        cmocka_unit_test(it_is_told_to_those_alone_who_may),
        cmocka_unit_test(a_minute_is_seen_once_the_lag_is_over),
        cmocka_unit_test(minutes_are_lost_of_one_service_or_of_all),
        cmocka_unit_test(what_is_not_all_is_said_to_be_so),
        cmocka_unit_test(a_restart_loses_no_request),
        cmocka_unit_test(a_fault_speaks_as_google_does),
    };
    size_t count = 0;

    program = argc > 1 ? argv[1] : "opsgate-sandbox";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = rows[i].name,
                                              .test_func = check_row,
                                              .initial_state = (void *)(intptr_t)&rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        tests[count++] = (struct CMUnitTest){ .name = refusals[i].name,
                                              .test_func = check_refusal,
                                              .initial_state = (void *)(intptr_t)&refusals[i] };
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests(tests, start, stop);
}
