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
#define AT "1795168800.123"
#define VECTOR(elements) "{'status':'success','data':{'resultType':'vector','result':[" elements "]}}"
#define ELEMENT(number) "{'metric':{},'value':[" AT ",'" number "']}"
#define NUMBER(number) VECTOR(ELEMENT(number))
#define NOTHING VECTOR("")
#define PART(part, revision, number)                                                                                   \
    ",{'metric':{'opsgate_part':'" part "','revision':'" revision "'},'value':[" AT ",'" number "']}"
#define NOW "{'metric':{'opsgate_part':'now'},'value':[" AT ",'1']}"
#define WINDOW(parts) VECTOR(NOW parts)
#define KNOWN(name, number) "'" name "':{'is_known':true,'value':" number "}"
#define UNKNOWN "{'requests':{},'errors':{},'p50_s':{},'p95_s':{},'recent':{}}"
#define SOURCE ",'source':'prometheus'"
#define PINNED "&time=" AT
#define FIRST(status, answer) .calls = { { QUERY, NO, status, answer } }

/* what a query of the user's own gets for an answer, after a canary that has no data */
#define ANSWERED(row_name, answer, next_, error_)                                                                      \
    {                                                                                                                  \
        row_name, prometheus_measure, ASK(USER("up")),                                                                 \
            .calls = { { QUERY, NO, 200, WINDOW("") }, { QUERY, NO, 200, answer } }, .next = next_, .error = error_    \
    }
#define GIVES(row_name, answer, queries)                                                                               \
    {                                                                                                                  \
        row_name, prometheus_measure, ASK(USER("up")),                                                                 \
            .calls = { { QUERY, NO, 200, WINDOW("") }, { QUERY, NO, 200, answer } }, .next = NEXT_DONE,                \
            .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'queries':[" queries                               \
                      "],'at_ms':1795168800123" SOURCE "}"                                                             \
    }
/* what the window gets for an answer */
#define WINDOW_IS(row_name, answer, next_, error_)                                                                     \
    {                                                                                                                  \
        row_name, prometheus_measure, ASK(""), FIRST(200, answer), .next = next_, .error = error_                      \
    }

static char huge[ANSWER_MAX_BYTES + 2];

/* clang-format off */
static const struct scripted_row rows[] = {
    { "a canary, its baseline, and a query of the user's", prometheus_measure, ASK(",'baseline':'api-1'" USER("hits{r=\\'{revision}\\'}")),
      .calls = { { QUERY, { "query=label_replace%28vector%281%29%2C%20%22opsgate_part%22%2C%20%22now%22%2C%20%22%22%2C%20%22%22%29%20or%0Alabel",
                            "sum%20by%20%28revision%29%20%28increase%28http_requests_total%7Brevision%3D~%22api-2%7Capi-1%22%7D%5B300s%5D%29%29",
                            "rate%28http_requests_total%7Brevision%3D~%22api-2%7Capi-1%22%7D%5B120s%5D",
                            "code%3D~%225..%22%7D%5B300s%5D%29%29%20or%200%20%2A%20sum%20by%20%28revision%29" },
                   "time=", 200,
                   WINDOW(PART("requests", "api-2", "1840") PART("recent", "api-2", "6.5") PART("errors", "api-2", "7")
                          PART("p50", "api-2", "0.025") PART("p95", "api-2", "1.2e-01") PART("requests", "api-1", "9000.5")
                          PART("recent", "api-1", "0") PART("errors", "api-1", "0") PART("p50", "api-1", "NaN") PART("p95", "api-1", "+Inf")),
                   .signature = "none" },
                 { QUERY, { "query=hits%7Br%3D%22api-2%22%7D" PINNED }, NULL, 200, NUMBER("-3") } },
      .next = NEXT_DONE,
      .result = "{'canary':{" KNOWN("requests", "1840") "," KNOWN("errors", "7") "," KNOWN("p50_s", "0.025") "," KNOWN("p95_s", "0.12") "," KNOWN("recent", "6.5") "},"
                "'baseline':{" KNOWN("requests", "9000.5") ",'errors':{'is_known':true},'p50_s':{},'p95_s':{},'recent':{'is_known':true}},"
                "'queries':[{'is_known':true,'value':-3}],'at_ms':1795168800123" SOURCE "}" },
    { "a canary alone is asked for by its name; without blocks there are no bounds", prometheus_measure, ASK(""),
      .calls = { { QUERY, { "http_requests_total%7Brevision%3D%22api-2%22%7D%5B300s%5D", "histogram_quantile%280.5%2C", "histogram_quantile%280.95%2C" },
                   "bound", 200, WINDOW("") } },
      .next = NEXT_DONE, .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'at_ms':1795168800123" SOURCE "}" },
    { "no data is never zero: of no requests there are no errors", prometheus_measure, ASK(""),
      FIRST(200, WINDOW(PART("errors", "api-2", "0") PART("recent", "api-2", "0"))),
      .next = NEXT_DONE, .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'at_ms':1795168800123" SOURCE "}" },
    { "requests that carry no status leave errors unknown", prometheus_measure, ASK(""),
      FIRST(200, WINDOW(PART("requests", "api-2", "10") PART("recent", "api-2", "0.5"))), .next = NEXT_DONE,
      .result = "{'canary':{" KNOWN("requests", "10") ",'errors':{},'p50_s':{},'p95_s':{}," KNOWN("recent", "0.5") "},'baseline':" UNKNOWN
                ",'at_ms':1795168800123" SOURCE "}" },
    { "numbers whose last sample is old: nothing recent is known", prometheus_measure, ASK(""),
      FIRST(200, WINDOW(PART("requests", "api-2", "10") PART("errors", "api-2", "0") PART("p50", "api-2", "0.1") PART("p95", "api-2", "0.2"))),
      .next = NEXT_DONE,
      .result = "{'canary':{" KNOWN("requests", "10") ",'errors':{'is_known':true}," KNOWN("p50_s", "0.1") "," KNOWN("p95_s", "0.2") ",'recent':{}},"
                "'baseline':" UNKNOWN ",'at_ms':1795168800123" SOURCE "}" },
    { "of a late source all is asked for as of then, and the last of four blocks", prometheus_measure,
      ASK(",'baseline':'api-1','lag_ms':240000,'block_ms':60000"),
      .calls = { { QUERY, { "increase%28http_requests_total%7Brevision%3D~%22api-2%7Capi-1%22%7D%5B300s%5D%20offset%20240000ms%29%29",
                            "rate%28http_requests_total%7Brevision%3D~%22api-2%7Capi-1%22%7D%5B240s%5D%20offset%20240000ms%29%29",
                            "rate%28http_request_duration_seconds_bucket%7Brevision%3D~%22api-2%7Capi-1%22%7D%5B300s%5D%20offset%20240000ms%29%29",
                            "count%20by%20%28revision%29%20%28last_over_time%28http_requests_total%7Brevision%3D~%22api-2%7Capi-1%22%7D%5B300s%5D%20offset%20240000ms%29%29" },
                   NULL, 200, WINDOW("") } },
      .next = NEXT_DONE, .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'at_ms':1795168800123" SOURCE "}" },
    { "a single sample is no number, but it was there", prometheus_measure, ASK(""), FIRST(200, WINDOW(PART("there", "api-2", "1"))),
      .next = NEXT_DONE,
      .result = "{'canary':{'requests':{},'errors':{},'p50_s':{},'p95_s':{},'recent':{},'is_there':true},'baseline':" UNKNOWN
                ",'at_ms':1795168800123" SOURCE "}" },
    { "what it warns of is not whole", prometheus_measure, ASK(""),
      FIRST(200, "{'status':'success','warnings':['error querying a sidecar'],'data':{'resultType':'vector','result':[" NOW "]}}"),
      .next = NEXT_DONE, .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'at_ms':1795168800123,'is_partial':true" SOURCE "}" },
    { "an empty list warns of nothing", prometheus_measure, ASK(""),
      FIRST(200, "{'status':'success','warnings':[],'data':{'resultType':'vector','result':[" NOW "]}}"),
      .next = NEXT_DONE, .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'at_ms':1795168800123" SOURCE "}" },
    { "requests below nothing are none that are known", prometheus_measure, ASK(""), FIRST(200, WINDOW(PART("requests", "api-2", "-1"))),
      .next = NEXT_DONE, .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'at_ms':1795168800123" SOURCE "}" },
    { "what is of nobody, and of no part, is passed over", prometheus_measure, ASK(""),
      FIRST(200, WINDOW(PART("requests", "api-3", "5") PART("price", "api-2", "5") ",{'metric':{},'value':[" AT ",'5']}")),
      .next = NEXT_DONE, .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'at_ms':1795168800123" SOURCE "}" },
    { "names and labels of one's own", prometheus_measure,
      ASK(",'names':{'requests':'app:req_total','latency':'lat','revision_label':'rev','code_label':'status','errors':'(5..|429)','match':{'job':'a\\\\\\'b'}}"),
      .calls = { { QUERY, { "sum%20by%20%28rev%29%20%28increase%28app%3Areq_total%7Brev%3D%22api-2%22%2Cjob%3D%22a%5C%5C%5C%22b%22%7D%5B300s%5D%29%29",
                            "status%3D~%22%285..%7C429%29%22", "status%21%3D%22%22", "rate%28lat_bucket" }, NULL, 200,
                   VECTOR(NOW ",{'metric':{'opsgate_part':'requests','rev':'api-2'},'value':[" AT ",'1']}") } },
      .next = NEXT_DONE,
      .result = "{'canary':{" KNOWN("requests", "1") ",'errors':{},'p50_s':{},'p95_s':{},'recent':{}},'baseline':" UNKNOWN ",'at_ms':1795168800123" SOURCE "}" },
    { "a revision's name ends no string", prometheus_measure, "{'canary':'x\\'}) or vector(0)#','window_ms':1}",
      .calls = { { QUERY, { "revision%3D%22x%5C%22%7D%29%20or%20vector%280%29%23%22%7D%5B1s%5D" }, NULL, 503, "" } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "nor is it an expression", prometheus_measure, "{'canary':'a.b|c*','baseline':'x(','window_ms':1}",
      .calls = { { QUERY, { "revision%3D~%22a%5C%5C.b%5C%5C%7Cc%5C%5C%2A%7Cx%5C%5C%28%22" }, NULL, 503, "" } },
      .next = NEXT_AGAIN, .is_outage = true },

    WINDOW_IS("a window that does not tell the time", NOTHING, NEXT_AGAIN, "numbers of api-2: the answer is none: it does not tell the time"),
    WINDOW_IS("a number for a window", "{'status':'success','data':{'resultType':'scalar','result':[" AT ",'0.5']}}", NEXT_AGAIN,
              "it gives a scalar, expected a vector"),
    WINDOW_IS("a window that is a mapping", "{'status':'success','data':{'resultType':'vector','result':{}}}", NEXT_AGAIN, "a vector that is no list"),
    WINDOW_IS("a window's element without labels", VECTOR("{'value':[1,'1']}"), NEXT_AGAIN, "a series without its labels"),
    WINDOW_IS("a window's element that is none", VECTOR("7"), NEXT_AGAIN, "a series without its labels"),
    WINDOW_IS("a window's sample that is none", VECTOR("{'metric':{},'value':[1,1]}"), NEXT_AGAIN, "no sample"),
    WINDOW_IS("a window's element without a sample", VECTOR("{'metric':{}}"), NEXT_AGAIN, "no sample"),
    WINDOW_IS("a window of histograms", VECTOR("{'metric':{},'histogram':[1,{}]}"), NEXT_NEVER, "gives a histogram"),
    WINDOW_IS("a window of more than a mebibyte", huge, NEXT_NEVER, "more than 1 MiB"),

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
      .error = "Prometheus, numbers of api-2: 400 bad_data: invalid parameter query: 1:5: parse error" },
    { "a query that it cannot carry out", prometheus_measure, ASK(""),
      FIRST(422, "{'status':'error','errorType':'execution','error':'too many samples'}"), .next = NEXT_NEVER, .error = "422 execution: too many samples" },
    { "a login", prometheus_measure, ASK(""), FIRST(401, "<html>"), .next = NEXT_NEVER, .error = "401: it asks for a login" },
    { "another address", prometheus_measure, ASK(""), FIRST(404, "404 page not found"), .next = NEXT_NEVER, .error = "is metrics.prometheus its address?" },
    { "a redirect", prometheus_measure, ASK(""), FIRST(302, ""), .next = NEXT_NEVER, .error = "numbers of api-2: 302" },
    { "a query that took too long", prometheus_measure, ASK(""), FIRST(503, "{'status':'error','errorType':'timeout','error':'query timed out'}"),
      .next = NEXT_AGAIN, .error = "503 timeout: query timed out", .is_outage = true },
    { "too many questions", prometheus_measure, ASK(""), .calls = { { QUERY, NO, 429, "", { "retry-after", "9" } } }, .next = NEXT_AGAIN,
      .after_ms = 9000, .is_outage = true },
    { "no answer", prometheus_measure, ASK(""), FIRST(0, NULL), .next = NEXT_AGAIN, .error = "numbers of api-2: connection refused", .is_outage = true },
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

static const struct measure_names short_names = {
    .requests = "r", .latency = "l", .revision_label = "v", .code_label = "c", .errors = "5.."
};

/* Long enough for two samples, short enough for what nobody saw to be noticed. */
static void what_is_recent_follows_the_window(void **state)
{
    static const struct {
        int64_t window_s, recent_s;
    } windows[] = { { 1, 1 },      { 60, 60 },    { 120, 120 },  { 121, 120 },  { 1200, 120 },
                    { 1800, 180 }, { 3600, 360 }, { 6000, 600 }, { 6001, 600 }, { 604800, 600 } };
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
        struct measure_ask ask = { .canary = "a", .window_ms = windows[i].window_s * 1000, .names = short_names };

        assert_non_null(strstr(query_of_window(&ask, false, arena),
                               arena_printf(arena, "sum by (v) (rate(r{v=\"a\"}[%ds]))", (int)windows[i].recent_s)));
    }
}

static void a_query_has_a_length(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct query_bound none = { .texts_count = 0 };
    struct measure_ask ask = { .canary = "a", .window_ms = 1001, .block_ms = 1000, .names = short_names };

    (void)state;
    assert_non_null(strstr(query_of_window(&ask, false, arena), "(increase(r{v=\"a\"}[2s]))"));
    assert_non_null(query_of_blocks(&ask, &none, &none, &none, arena));
    ask.names.errors = huge;
    assert_null(query_of_window(&ask, false, arena));
    assert_null(query_of_blocks(&ask, &none, &none, &none, arena));
    ask.names.errors = "5..";
    ask.baseline = huge;
    assert_null(query_of_window(&ask, false, arena));
    assert_null(query_of_user(huge, "a", arena));
    assert_null(query_of_user("{revision}{revision}", huge, arena));
    assert_string_equal(query_of_user("{revision}+{revision", "a\n\"\\", arena), "a\\n\\\"\\\\+{revision");
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
