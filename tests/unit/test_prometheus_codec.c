/* Numbers out of Prometheus: what is asked, how answers are read, and what ends it. */
#include "tests/unit/scripted_exchange.h"

#include "integrations/prometheus/answer.h"
#include "integrations/prometheus/measure.h"
#include "integrations/prometheus/queries.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUERY "POST http://prometheus:9090/api/v1/query"
#define NO { NULL }, NULL
#define ASK(more) "{'canary':'api-2','window_ms':300000" more "}"
#define USER(query) ",'queries':[{'name':'cache hits','query':'" query "'}]"
#define VECTOR(elements) "{'status':'success','data':{'resultType':'vector','result':[" elements "]}}"
#define ELEMENT(number) "{'metric':{},'value':[1795168800.123,'" number "']}"
#define NUMBER(number) VECTOR(ELEMENT(number))
#define NOTHING VECTOR("")
#define KNOWN(name, number) "'" name "':{'is_known':true,'value':" number "}"
#define UNKNOWN "{'requests':{},'errors':{},'p50_s':{},'p95_s':{},'recent':{}}"
#define PINNED "&time=1795168800.123"
#define FIRST(status, answer) .calls = { { QUERY, NO, status, answer } }

/* what a query of the user's own gets for an answer, after a canary that has no data */
#define ANSWERED(row_name, answer, next_, error_)                                                                      \
    {                                                                                                                  \
        row_name, prometheus_measure, ASK(USER("up")),                                                                 \
            .calls = { { QUERY, NO, 200, NOTHING },                                                                    \
                       { QUERY, NO, 200, NOTHING },                                                                    \
                       { QUERY, NO, 200, NOTHING },                                                                    \
                       { QUERY, NO, 200, answer } },                                                                   \
            .next = next_, .error = error_                                                                             \
    }
#define GIVES(row_name, answer, queries)                                                                               \
    {                                                                                                                  \
        row_name, prometheus_measure, ASK(USER("up")),                                                                 \
            .calls = { { QUERY, NO, 200, NOTHING },                                                                    \
                       { QUERY, NO, 200, NOTHING },                                                                    \
                       { QUERY, NO, 200, NOTHING },                                                                    \
                       { QUERY, NO, 200, answer } },                                                                   \
            .next = NEXT_DONE,                                                                                         \
            .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'queries':[" queries "],'at_ms':1795168800123}"    \
    }

static char huge[ANSWER_MAX_BYTES + 2];

/* clang-format off */
static const struct scripted_row rows[] = {
    { "a canary, its baseline, and a query of the user's", prometheus_measure, ASK(",'baseline':'api-1'" USER("hits{r=\\'{revision}\\'}")),
      .calls = { { QUERY, { "query=sum%28increase%28http_requests_total%7Brevision%3D%22api-2%22%7D%5B300s%5D%29%29" }, "time=", 200, NUMBER("1840"), .signature = "none" },
                 { QUERY, { "query=sum%28rate%28http_requests_total%7Brevision%3D%22api-2%22%7D%5B120s%5D%29%29" PINNED }, NULL, 200, NUMBER("6.5") },
                 { QUERY, { "code%3D~%225..%22%7D%5B300s%5D%29%29%20or%200%20%2A%20sum%28", PINNED }, NULL, 200, NUMBER("7") },
                 { QUERY, { "histogram_quantile%280.5%2C%20sum%20by%20%28le%29%20%28rate%28http_request_duration_seconds_bucket%7Brevision%3D%22api-2%22", PINNED }, NULL, 200, NUMBER("0.025") },
                 { QUERY, { "histogram_quantile%280.95%2C", PINNED }, NULL, 200, NUMBER("1.2e-01") },
                 { QUERY, { "revision%3D%22api-1%22", PINNED }, NULL, 200, NUMBER("9000.5") },
                 { QUERY, { "query=sum%28rate%28", "revision%3D%22api-1%22" }, NULL, 200, NUMBER("0") },
                 { QUERY, { "code%3D~" }, NULL, 200, NUMBER("0") },
                 { QUERY, { "0.5" }, NULL, 200, NUMBER("NaN") },
                 { QUERY, { "0.95" }, NULL, 200, NUMBER("+Inf") },
                 { QUERY, { "query=hits%7Br%3D%22api-2%22%7D" PINNED }, NULL, 200, NUMBER("-3") } },
      .next = NEXT_DONE,
      .result = "{'canary':{" KNOWN("requests", "1840") "," KNOWN("errors", "7") "," KNOWN("p50_s", "0.025") "," KNOWN("p95_s", "0.12") "," KNOWN("recent", "6.5") "},"
                "'baseline':{" KNOWN("requests", "9000.5") ",'errors':{'is_known':true},'p50_s':{},'p95_s':{},'recent':{'is_known':true}},"
                "'queries':[{'is_known':true,'value':-3}],'at_ms':1795168800123}" },
    { "no data is never zero: errors of no requests are not asked for", prometheus_measure, ASK(""),
      .calls = { { QUERY, NO, 200, NOTHING }, { QUERY, { "0.5" }, NULL, 200, NOTHING }, { QUERY, { "0.95" }, NULL, 200, NOTHING } },
      .next = NEXT_DONE, .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'at_ms':1700100000000}" },
    { "requests that carry no status leave errors unknown", prometheus_measure, ASK(""),
      .calls = { { QUERY, NO, 200, NUMBER("10") }, { QUERY, NO, 200, NUMBER("0.5") }, { QUERY, NO, 200, NOTHING }, { QUERY, NO, 200, NOTHING }, { QUERY, NO, 200, NOTHING } },
      .next = NEXT_DONE,
      .result = "{'canary':{" KNOWN("requests", "10") ",'errors':{},'p50_s':{},'p95_s':{}," KNOWN("recent", "0.5") "},'baseline':" UNKNOWN ",'at_ms':1795168800123}" },
    { "numbers whose last sample is old: nothing recent is known", prometheus_measure, ASK(""),
      .calls = { { QUERY, { "increase", "5B300s" }, NULL, 200, NUMBER("10") }, { QUERY, { "query=sum%28rate%28", "5B120s" }, NULL, 200, NOTHING },
                 { QUERY, NO, 200, NUMBER("0") }, { QUERY, NO, 200, NUMBER("0.1") }, { QUERY, NO, 200, NUMBER("0.2") } },
      .next = NEXT_DONE,
      .result = "{'canary':{" KNOWN("requests", "10") ",'errors':{'is_known':true}," KNOWN("p50_s", "0.1") "," KNOWN("p95_s", "0.2") ",'recent':{}},"
                "'baseline':" UNKNOWN ",'at_ms':1795168800123}" },
    { "requests below nothing are none that are known", prometheus_measure, ASK(""),
      .calls = { { QUERY, NO, 200, NUMBER("-1") }, { QUERY, { "0.5" }, NULL, 200, NOTHING }, { QUERY, NO, 200, NOTHING } },
      .next = NEXT_DONE, .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'at_ms':1795168800123}" },
    { "names and labels of one's own", prometheus_measure,
      ASK(",'names':{'requests':'app:req_total','latency':'lat','revision_label':'rev','code_label':'status','errors':'(5..|429)','match':{'job':'a\\\\\\'b'}}"),
      .calls = { { QUERY, { "query=sum%28increase%28app%3Areq_total%7Brev%3D%22api-2%22%2Cjob%3D%22a%5C%5C%5C%22b%22%7D%5B300s%5D%29%29" }, NULL, 200, NUMBER("1") },
                 { QUERY, { "app%3Areq_total", "5B120s" }, NULL, 200, NUMBER("1") },
                 { QUERY, { "status%3D~%22%285..%7C429%29%22", "status%21%3D%22%22" }, NULL, 200, NUMBER("1") },
                 { QUERY, { "lat_bucket" }, NULL, 200, NOTHING }, { QUERY, { "lat_bucket" }, NULL, 200, NOTHING } },
      .next = NEXT_DONE },
    { "a revision's name ends no string", prometheus_measure, "{'canary':'x\\'}) or vector(0)#','window_ms':1}",
      .calls = { { QUERY, { "revision%3D%22x%5C%22%7D%29%20or%20vector%280%29%23%22%7D%5B1s%5D" }, NULL, 503, "" } },
      .next = NEXT_AGAIN, .is_outage = true },

    GIVES("a scalar", "{'status':'success','data':{'resultType':'scalar','result':[1795168800.123,'0.5']}}", "{'is_known':true,'value':0.5}"),
    GIVES("warnings are passed over", "{'status':'success','warnings':['w'],'infos':['i'],'data':{'resultType':'vector','result':[" ELEMENT("1") "]}}",
          "{'is_known':true,'value':1}"),
    GIVES("a number that is too large for a double", NUMBER("1e999"), "{}"),
    GIVES("minus infinity", NUMBER("-Inf"), "{}"),
    ANSWERED("more than one series", VECTOR(ELEMENT("1") "," ELEMENT("2") "," ELEMENT("3")), NEXT_NEVER,
             "Prometheus, query 'cache hits': it matches 3 series: aggregate it"),
    ANSWERED("a range", "{'status':'success','data':{'resultType':'matrix','result':[]}}", NEXT_NEVER, "it gives a matrix"),
    ANSWERED("a text", "{'status':'success','data':{'resultType':'string','result':[1,'x']}}", NEXT_NEVER, "it gives a string"),
    ANSWERED("a histogram", VECTOR("{'metric':{},'histogram':[1,{}]}"), NEXT_NEVER, "gives a histogram"),
    ANSWERED("more than a mebibyte", huge, NEXT_NEVER, "more than 1 MiB: aggregate it"),
    ANSWERED("an error that came as a success", "{'status':'error','errorType':'x','error':'y'}", NEXT_AGAIN, "no success"),
    ANSWERED("no envelope", "[1]", NEXT_AGAIN, "no success"),
    ANSWERED("no result", "{'status':'success','data':{'resultType':'vector'}}", NEXT_AGAIN, "no success"),
    ANSWERED("a vector that is a mapping", "{'status':'success','data':{'resultType':'vector','result':{}}}", NEXT_AGAIN, "no list"),
    ANSWERED("an element that is no element", VECTOR("7"), NEXT_AGAIN, "no sample"),
    ANSWERED("a sample without its time", VECTOR("{'value':['1']}"), NEXT_AGAIN, "no sample"),
    ANSWERED("a time that is a text", VECTOR("{'value':['1795168800','1']}"), NEXT_AGAIN, "no sample"),
    ANSWERED("a time before time", VECTOR("{'value':[-1,'1']}"), NEXT_AGAIN, "no sample"),
    ANSWERED("a time after all", VECTOR("{'value':[1e300,'1']}"), NEXT_AGAIN, "no sample"),
    ANSWERED("a value that is a number", VECTOR("{'value':[1,1]}"), NEXT_AGAIN, "no sample"),
    ANSWERED("a value that is no number", NUMBER("many"), NEXT_AGAIN, "no sample"),
    ANSWERED("a value in hex", NUMBER("0x10"), NEXT_AGAIN, "no sample"),
    ANSWERED("an empty value", NUMBER(""), NEXT_AGAIN, "no sample"),
    ANSWERED("no JSON", "<html>", NEXT_AGAIN, "the answer is none: JSON"),
    { "a NUL", prometheus_measure, ASK(""), .calls = { { QUERY, NO, 200, "{\"a\":\"\0\"}", .answer_len = 9 } }, .next = NEXT_AGAIN, .error = "UTF-8" },

    { "a query that Prometheus cannot read", prometheus_measure, ASK(""),
      FIRST(400, "{'status':'error','errorType':'bad_data','error':'invalid parameter query: 1:5: parse error'}"), .next = NEXT_NEVER,
      .error = "Prometheus, requests of api-2: 400 bad_data: invalid parameter query: 1:5: parse error" },
    { "a query that it cannot carry out", prometheus_measure, ASK(""),
      FIRST(422, "{'status':'error','errorType':'execution','error':'too many samples'}"), .next = NEXT_NEVER, .error = "422 execution: too many samples" },
    { "a login", prometheus_measure, ASK(""), FIRST(401, "<html>"), .next = NEXT_NEVER, .error = "401: it asks for a login" },
    { "another address", prometheus_measure, ASK(""), FIRST(404, "404 page not found"), .next = NEXT_NEVER, .error = "is metrics.prometheus its address?" },
    { "a redirect", prometheus_measure, ASK(""), FIRST(302, ""), .next = NEXT_NEVER, .error = "requests of api-2: 302" },
    { "a query that took too long", prometheus_measure, ASK(""), FIRST(503, "{'status':'error','errorType':'timeout','error':'query timed out'}"),
      .next = NEXT_AGAIN, .error = "503 timeout: query timed out", .is_outage = true },
    { "too many questions", prometheus_measure, ASK(""), .calls = { { QUERY, NO, 429, "", { "retry-after", "9" } } }, .next = NEXT_AGAIN,
      .after_ms = 9000, .is_outage = true },
    { "no answer", prometheus_measure, ASK(""), FIRST(0, NULL), .next = NEXT_AGAIN, .error = "requests of api-2: connection refused", .is_outage = true },
    { "an error without a body", prometheus_measure, ASK(""), FIRST(500, ""), .next = NEXT_AGAIN, .is_outage = true },

    { "a metric that is a query", prometheus_measure, ASK(",'names':{'requests':'up} or vector(1) #'}"), .next = NEXT_NEVER,
      .error = "analysis.metrics.requests: 'up} or vector(1) #' is not the name of a metric" },
    { "a histogram by its buckets", prometheus_measure, ASK(",'names':{'latency':'x_bucket'}"), .next = NEXT_NEVER, .error = "without _bucket" },
    { "a label with a colon", prometheus_measure, ASK(",'names':{'code_label':'a:b'}"), .next = NEXT_NEVER, .error = "name of a label" },
    { "a label that is matched and is none", prometheus_measure, ASK(",'names':{'match':{'a-b':'c'}}"), .next = NEXT_NEVER, .error = "match: 'a-b'" },
    { "no window", prometheus_measure, "{'canary':'a','window_ms':0}", .next = NEXT_NEVER, .error = "a window is" },
    { "a window of a year", prometheus_measure, "{'canary':'a','window_ms':31536000000}", .next = NEXT_NEVER, .error = "a window is" },
    { "no canary", prometheus_measure, "{'window_ms':1000}", .next = NEXT_NEVER, .error = "canary" },
};
/* clang-format on */

static void without_an_address_nothing_is_measured(void **state)
{
    static const struct settings none = { 0 };
    static const struct scripted_row row = { "", prometheus_measure, ASK(""), .next = NEXT_NEVER,
                                             .error = "metrics.prometheus is not configured" };

    (void)state;
    run_scripted_with(&row, &none);
}

/* Long enough for two samples, short enough for what nobody saw to be noticed. */
static void what_is_recent_follows_the_window(void **state)
{
    static const struct {
        int64_t window_s, recent_s;
    } windows[] = { { 1, 1 },       { 60, 60 },     { 120, 120 },   { 121, 120 },
                    { 1200, 120 },  { 1800, 180 },  { 3600, 360 },  { 6000, 600 },
                    { 6001, 600 },  { 604800, 600 } };
    AUTO(arena) struct arena *arena = arena_create();
    const struct measure_names names = { .requests = "r", .latency = "l", .revision_label = "v", .code_label = "c" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(windows); i++)
        assert_string_equal(query_of_revision(QUERY_RECENT, &names, "a", windows[i].window_s * 1000, arena),
                            arena_printf(arena, "sum(rate(r{v=\"a\"}[%ds]))", (int)windows[i].recent_s));
}

static void a_query_has_a_length(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct measure_names names = {
        .requests = "r", .latency = "l", .revision_label = "v", .code_label = "c", .errors = huge
    };

    (void)state;
    assert_null(query_of_revision(QUERY_ERRORS, &names, "a", 1000, arena));
    assert_null(query_of_revision(QUERY_REQUESTS, &names, huge, 1000, arena));
    assert_null(query_of_user(huge, "a", arena));
    assert_null(query_of_user("{revision}{revision}", huge, arena));
    assert_string_equal(query_of_user("{revision}+{revision", "a\n\"\\", arena), "a\\n\\\"\\\\+{revision");
    assert_string_equal(query_of_revision(QUERY_REQUESTS, &names, "a", 1001, arena), "sum(increase(r{v=\"a\"}[2s]))");
}

/* ---- numbers ---- */

static void check_number(const char *text, bool is_one, double value)
{
    double found = 0;

    if (answer_parse_number(text, &found) != is_one || (is_one && found != value))
        fail_msg("'%s' is %g", text, found);
}

static void numbers_are_read_strictly(void **state)
{
    static const char *const none[] = { "",    " 1",  "1 ",  "1,5", "0x1p3", "1.",       ".5",  "1e",
                                        "1e+", "--1", "+-1", "nan", "inf",   "Infinity", "1_0", "\xd9\xa1" };
    double found;

    (void)state;
    check_number("0", true, 0);
    check_number("-0.25", true, -0.25);
    check_number("+7", true, 7);
    check_number("1.2E-01", true, 0.12);
    check_number("12345678901234567890", true, 12345678901234567890.0);
    check_number("+Inf", true, INFINITY);
    check_number("-Inf", true, -INFINITY);
    assert_true(answer_parse_number("NaN", &found) && isnan(found));
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        check_number(none[i], false, 0);
}

/* A locale whose decimal point is a comma, made for this test: machines seldom have one. */
static bool make_locale(const char *folder)
{
    AUTO_BUF struct buf command = BUF(4096);

    buf_addf(&command, "localedef -c -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", folder);
    return system(buf_text(&command)) != -1 && setenv("LOCPATH", folder, 1) == 0 &&
           setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
}

static void a_comma_for_a_point_changes_nothing(void **state)
{
    char folder[] = "/tmp/opsgate-locale-XXXXXX";
    AUTO_BUF struct buf command = BUF(4096);

    (void)state;
    assert_non_null(mkdtemp(folder));
    if (make_locale(folder)) {
        assert_true(strtod("1,5", NULL) == 1.5); /* it is in effect */
        check_number("1.5", true, 1.5);
        check_number("1,5", false, 0);
    } else {
        print_message("this machine cannot make a locale: only the plain one was tried\n");
        check_number("1.5", true, 1.5);
    }
    setlocale(LC_ALL, "C");
    buf_addf(&command, "rm -rf %s", folder);
    assert_int_equal(system(buf_text(&command)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_address_nothing_is_measured),
        cmocka_unit_test(what_is_recent_follows_the_window),
        cmocka_unit_test(a_query_has_a_length),
        cmocka_unit_test(numbers_are_read_strictly),
        cmocka_unit_test(a_comma_for_a_point_changes_nothing),
    };
    int failed;

    memset(huge, ' ', sizeof(huge) - 1);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + RUN_SCRIPTED(rows);
}
