/* Numbers out of Cloud Monitoring: what is asked, how points become minutes and blocks, and what ends it. */
#include "tests/unit/scripted_exchange.h"

#include "integrations/google/distribution.h"
#include "integrations/google/monitoring.h"
#include "integrations/measure.h"

#include <math.h>

/* Now is 02:00:00 of an evening; four minutes late, it is 01:56. */
#define PLACE "'place':{'project':'acme','region':'us-central1','service':'api'}"
#define ASK(more) "{'canary':'api-2','baseline':'api-1','window_ms':120000," PLACE more "}"
#define BLOCKS_FROM(seconds) ",'from_ms':" seconds "000,'block_ms':60000"
#define SINCE_53 "1700099580"
#define NAMED(name) "resource.labels.revision_name%3D%22" name "%22"
#define URL_TO(metric, from, to, group)                                                                                     \
    "GET https://monitoring.test/v3/projects/acme/timeSeries?filter=metric.type%3D%22run.googleapis.com%2F" metric          \
    "%22%20AND%20resource.type%3D%22cloud_run_revision%22%20AND%20resource.labels.location%3D%22us-central1%22"             \
    "%20AND%20resource.labels.service_name%3D%22api%22%20AND%20%28" NAMED("api-2") "%20OR%20" NAMED(                        \
        "api-1") "%29"                                                                                                      \
                 "&interval.startTime=2023-11-16T01%3A" from "%3A00.000Z&interval.endTime=2023-11-16T01%3A" to              \
                 "%3A00.000Z"                                                                                               \
                 "&aggregation.alignmentPeriod=60s&aggregation.perSeriesAligner=ALIGN_DELTA"                                \
                 "&aggregation.crossSeriesReducer=REDUCE_SUM&aggregation.groupByFields=resource.labels.revision_name" group \
                 "&pageSize=10000"
#define URL(metric, from, group) URL_TO(metric, from, "56", group)
#define DOCTOR "{'project':'acme','region':'us-central1','service':'api'}"
#define DOCTOR_URL                                                                                                       \
    "GET https://monitoring.test/v3/projects/acme/timeSeries?filter=metric.type%3D%22run.googleapis.com%2Frequest_count" \
    "%22%20AND%20resource.type%3D%22cloud_run_revision%22%20AND%20resource.labels.location%3D%22us-central1%22"          \
    "%20AND%20resource.labels.service_name%3D%22api%22"                                                                  \
    "&interval.startTime=2023-11-16T01%3A00%3A00.000Z&interval.endTime=2023-11-16T02%3A00%3A00.000Z"                     \
    "&aggregation.alignmentPeriod=60s&aggregation.perSeriesAligner=ALIGN_DELTA"                                          \
    "&aggregation.crossSeriesReducer=REDUCE_SUM&aggregation.groupByFields=resource.labels.revision_name&pageSize=10000"
#define CLASS "&aggregation.groupByFields=metric.labels.response_code_class"
#define COUNTS(from) URL("request_count", from, CLASS)
#define TIMES(from) URL("request_latencies", from, "")
#define NO { NULL }, NULL

#define PAGE(series) "{'timeSeries':[" series "],'unit':'1'}"
#define SERIES(revision, class, points)                                                                                \
    "{'metric':{'labels':{'response_code_class':'" class "'}},'resource':{'labels':{'revision_name':'" revision        \
                                                         "'}},'points':[" points "]}"
#define AT(minute, value) "{'interval':{'startTime':'x','endTime':'2023-11-16T01:" minute ":00Z'},'value':{" value "}}"
#define COUNT(minute, count) AT(minute, "'int64Value':'" count "'")
/* bounds 100, 200, 400 ms */
#define EXPONENTIAL "'bucketOptions':{'exponentialBuckets':{'numFiniteBuckets':2,'growthFactor':2,'scale':100}}"
#define TIME(minute, count, counts)                                                                                    \
    AT(minute, "'distributionValue':{'count':'" count "'," EXPONENTIAL ",'bucketCounts':[" counts "]}")
#define KNOWN(name, number) "'" name "':{'is_known':true,'value':" number "}"
#define ZERO(name) "'" name "':{'is_known':true}"
#define NOT(name) "'" name "':{}"
#define UNKNOWN "{'requests':{},'errors':{},'p50_s':{},'p95_s':{},'recent':{}}"
#define NOTHING "{'requests':{},'errors':{},'slow':{},'slow_vs':{}}"
#define BLOCK(from, to, canary, baseline)                                                                              \
    "{'from_ms':" from "000,'to_ms':" to "000,'canary':" canary ",'baseline':" baseline "}"
#define RESULT(canary, baseline, more)                                                                                 \
    "{'canary':" canary ",'baseline':" baseline ",'at_ms':1700100000000" more ",'source':'google'}"
#define EMPTY                                                                                                          \
    {                                                                                                                  \
        TIMES("54"), NO, 200, "{}"                                                                                     \
    }

/* what the first page gets for an answer */
#define ANSWERED(row_name, status, answer, next_, error_)                                                              \
    {                                                                                                                  \
        row_name, measure_read, ASK(""), .calls = { { COUNTS("54"), NO, status, answer } }, .next = next_,             \
                                         .error = error_                                                               \
    }
#define TIMED(row_name, value, error_)                                                                                 \
    {                                                                                                                  \
        row_name, measure_read, ASK(""),                                                                               \
            .calls = { { COUNTS("54"), NO, 200, "{}" },                                                                \
                       { TIMES("54"), NO, 200, PAGE(SERIES("api-2", "", AT("55", "'distributionValue':" value))) } },  \
            .next = NEXT_AGAIN, .error = error_                                                                        \
    }
#define REFUSED(row_name, args_, error_)                                                                               \
    {                                                                                                                  \
        row_name, measure_read, args_, .next = NEXT_NEVER, .error = error_                                             \
    }

/* clang-format off */
static const struct scripted_row rows[] = {
    { "no series is not zero", measure_read, ASK(""), .calls = { { COUNTS("54"), NO, 200, "{}", .signature = "other " }, EMPTY }, .next = NEXT_DONE,
      .result = RESULT(UNKNOWN, UNKNOWN, "") },
    { "a window: two minutes of it, errors, and where the latencies lie", measure_read, ASK(""),
      .calls = { { COUNTS("54"), NO, 200, PAGE(SERIES("api-2", "2xx", COUNT("56", "30") "," COUNT("55", "60")) "," SERIES("api-2", "5xx", COUNT("56", "6"))) },
                 { TIMES("54"), NO, 200, PAGE(SERIES("api-2", "", TIME("56", "20", "'10','10'") "," TIME("55", "20", "'10','8','0','2'"))) } },
      .next = NEXT_DONE,
      .result = RESULT("{" KNOWN("requests", "96") "," KNOWN("errors", "6") "," KNOWN("p50_s", "0.1") "," KNOWN("p95_s", "0.2") "," KNOWN("recent", "0.8") "}", UNKNOWN, "") },
    { "blocks: a class that is absent beside others is 0, a minute without any is not known", measure_read, ASK(BLOCKS_FROM(SINCE_53) ",'slow_s':0.15,'slow_vs_s':0.4"),
      .calls = { { COUNTS("53"), NO, 200, PAGE(SERIES("api-2", "2xx", COUNT("56", "18") "," COUNT("54", "20")) "," SERIES("api-2", "5xx", COUNT("56", "2"))
                                               "," SERIES("api-1", "2xx", COUNT("56", "400"))) },
                 { TIMES("53"), NO, 200, PAGE(SERIES("api-2", "", TIME("56", "20", "'10','4','5','1'") "," TIME("54", "20", "'20'")) ","
                                              SERIES("api-1", "", TIME("56", "400", "'400'"))) } },
      .next = NEXT_DONE,
      .result = RESULT("{" KNOWN("requests", "20") "," KNOWN("errors", "2") "," KNOWN("p50_s", "0.1") "," KNOWN("p95_s", "0.4") "," KNOWN("recent", "0.16666666666666666") "}",
                       "{" KNOWN("requests", "400") "," ZERO("errors") "," KNOWN("p50_s", "0.05") "," KNOWN("p95_s", "0.095") "," KNOWN("recent", "3.3333333333333335") "}",
                       ",'blocks':["
                       BLOCK("1700099580", "1700099640", "{" KNOWN("requests", "20") "," ZERO("errors") "," ZERO("slow") "," ZERO("slow_vs") "}", NOTHING) ","
                       BLOCK("1700099700", "1700099760", "{" KNOWN("requests", "20") "," KNOWN("errors", "2") "," KNOWN("slow", "6") "," KNOWN("slow_vs", "1") "}",
                             "{" KNOWN("requests", "400") "," ZERO("errors") "," ZERO("slow") "," ZERO("slow_vs") "}")
                       "],'bound_s':0.2,'bound_vs_s':0.4") },
    { "blocks shorter than a point are as long as one, from its edge on", measure_read, ASK(",'from_ms':1700099635000,'block_ms':15000"),
      .calls = { { COUNTS("53"), NO, 200, PAGE(SERIES("api-1", "2xx", COUNT("56", "7") "," COUNT("55", "7") "," COUNT("54", "7"))) }, { TIMES("53"), NO, 200, "{}" } },
      .next = NEXT_DONE,
      .result = RESULT(UNKNOWN, "{" KNOWN("requests", "14") "," ZERO("errors") "," NOT("p50_s") "," NOT("p95_s") "," KNOWN("recent", "0.11666666666666667") "}",
                       ",'blocks':[" BLOCK("1700099640", "1700099700", NOTHING, "{" KNOWN("requests", "7") "," ZERO("errors") "," NOT("slow") "," NOT("slow_vs") "}") ","
                       BLOCK("1700099700", "1700099760", NOTHING, "{" KNOWN("requests", "7") "," ZERO("errors") "," NOT("slow") "," NOT("slow_vs") "}") "]") },
    { "a block of two minutes, one of which is not known", measure_read, ASK(",'from_ms':1700099520000,'block_ms':120000"),
      .calls = { { COUNTS("52"), NO, 200, PAGE(SERIES("api-1", "2xx", COUNT("56", "7") "," COUNT("54", "3") "," COUNT("53", "4"))) }, { TIMES("52"), NO, 200, "{}" } },
      .next = NEXT_DONE,
      .result = RESULT(UNKNOWN, "{" KNOWN("requests", "7") "," ZERO("errors") "," NOT("p50_s") "," NOT("p95_s") "," KNOWN("recent", "0.058333333333333334") "}",
                       ",'blocks':[" BLOCK("1700099520", "1700099640", NOTHING, "{" KNOWN("requests", "7") "," ZERO("errors") "," NOT("slow") "," NOT("slow_vs") "}") "]") },
    { "a source later than it is configured", measure_read, ASK(BLOCKS_FROM("1700099760")),
      .calls = { { COUNTS("54"), NO, 200, "{}" }, EMPTY }, .next = NEXT_DONE, .result = RESULT(UNKNOWN, UNKNOWN, "") },
    { "a limit over the last bound has none", measure_read, ASK(BLOCKS_FROM(SINCE_53) ",'slow_s':0.5"),
      .calls = { { COUNTS("53"), NO, 200, PAGE(SERIES("api-2", "2xx", COUNT("54", "7"))) }, { TIMES("53"), NO, 200, PAGE(SERIES("api-2", "", TIME("54", "7", "'7'"))) } },
      .next = NEXT_DONE,
      .result = RESULT(UNKNOWN, UNKNOWN, ",'blocks':[" BLOCK("1700099580", "1700099640", "{" KNOWN("requests", "7") "," ZERO("errors") "," NOT("slow") "," NOT("slow_vs") "}", NOTHING) "]") },
    { "several pages", measure_read, ASK(""),
      .calls = { { COUNTS("54"), NO, 200, "{'timeSeries':[" SERIES("api-2", "2xx", COUNT("56", "3")) "],'nextPageToken':'a&b'}" },
                 { COUNTS("54") "&pageToken=a%26b", NO, 200, PAGE(SERIES("api-2", "2xx", COUNT("55", "4"))) }, EMPTY },
      .next = NEXT_DONE, .result = RESULT("{" KNOWN("requests", "7") "," ZERO("errors") ",'p50_s':{},'p95_s':{}," KNOWN("recent", "0.058333333333333334") "}", UNKNOWN, "") },
    { "pages without an end", measure_read, ASK(""),
      .calls = { { COUNTS("54"), NO, 200, "{'nextPageToken':'a'}" }, { COUNTS("54") "&pageToken=a", NO, 200, "{'nextPageToken':'a'}" },
                 { COUNTS("54") "&pageToken=a", NO, 200, "{'nextPageToken':'a'}" }, { COUNTS("54") "&pageToken=a", NO, 200, "{'nextPageToken':'a'}" },
                 { COUNTS("54") "&pageToken=a", NO, 200, "{'nextPageToken':'a'}" } },
      .next = NEXT_NEVER, .error = "Cloud Monitoring, api in acme: it has more than 5 pages" },
    { "queries of one's own are not its business", measure_read, ASK(",'queries':[{'name':'hits','query':'up'}]"),
      .calls = { { COUNTS("54"), NO, 200, "{}" }, EMPTY }, .next = NEXT_DONE,
      .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'queries':[{}],'at_ms':1700100000000,'source':'google'}" },
    { "a series of somebody else is passed over", measure_read, ASK(""), .calls = { { COUNTS("54"), NO, 200, PAGE(SERIES("api-3", "2xx", COUNT("56", "3"))) }, EMPTY },
      .next = NEXT_DONE, .result = RESULT(UNKNOWN, UNKNOWN, "") },
    { "a class of no name counts, and is no error", measure_read, ASK(""), .calls = { { COUNTS("54"), NO, 200, PAGE(SERIES("api-1", "", COUNT("56", "3"))) }, EMPTY },
      .next = NEXT_DONE, .result = RESULT(UNKNOWN, "{" KNOWN("requests", "3") "," ZERO("errors") ",'p50_s':{},'p95_s':{}," KNOWN("recent", "0.025") "}", "") },

    ANSWERED("part of it was not reached", 200, "{'unreachable':['x']}", NEXT_AGAIN, "it is not all that there is"),
    ANSWERED("part of it failed", 200, "{'executionErrors':[{'code':4}]}", NEXT_AGAIN, "it is not all that there is"),
    ANSWERED("no mapping", 200, "[1]", NEXT_AGAIN, "it is no list of series"),
    ANSWERED("no JSON", 200, "<html>", NEXT_AGAIN, "the answer is none: JSON"),
    ANSWERED("a series of no revision", 200, PAGE("{'points':[]}"), NEXT_AGAIN, "names no revision"),
    ANSWERED("a point before the first", 200, PAGE(SERIES("api-2", "2xx", COUNT("54", "3"))), NEXT_AGAIN, "a time that was not asked for"),
    ANSWERED("a point after the last", 200, PAGE(SERIES("api-2", "2xx", COUNT("57", "3"))), NEXT_AGAIN, "a time that was not asked for"),
    ANSWERED("a point between minutes", 200, PAGE(SERIES("api-2", "2xx", "{'interval':{'endTime':'2023-11-16T01:55:30Z'},'value':{'int64Value':'1'}}")), NEXT_AGAIN,
             "a time that was not asked for"),
    ANSWERED("a point of no time", 200, PAGE(SERIES("api-2", "2xx", "{'interval':{'endTime':'now'},'value':{'int64Value':'1'}}")), NEXT_AGAIN, "without its time"),
    ANSWERED("a point that is none", 200, PAGE(SERIES("api-2", "2xx", "7")), NEXT_AGAIN, "without its time"),
    ANSWERED("a count below nothing", 200, PAGE(SERIES("api-2", "2xx", COUNT("56", "-1"))), NEXT_AGAIN, "counts nothing"),
    ANSWERED("a count that is too large", 200, PAGE(SERIES("api-2", "2xx", COUNT("56", "9223372036854775807"))), NEXT_AGAIN, "counts nothing"),
    ANSWERED("a count over all", 200, PAGE(SERIES("api-2", "2xx", COUNT("56", "92233720368547758070"))), NEXT_AGAIN, "counts nothing"),
    ANSWERED("a value of another type", 200, PAGE(SERIES("api-2", "2xx", AT("56", "'doubleValue':1.5"))), NEXT_AGAIN, "counts nothing"),
    ANSWERED("a point twice", 200, PAGE(SERIES("api-2", "2xx", COUNT("56", "3") "," COUNT("56", "3"))), NEXT_AGAIN, "comes twice"),
    ANSWERED("no permission", 403, "{'error':{'code':403,'message':'Permission monitoring.timeSeries.list denied','status':'PERMISSION_DENIED'}}", NEXT_NEVER,
             "403 PERMISSION_DENIED: Permission monitoring.timeSeries.list denied. Has opsgate's account roles/monitoring.viewer in acme?"),
    ANSWERED("no such project", 404, "{'error':{'code':404,'message':'gone','status':'NOT_FOUND'}}", NEXT_NEVER, "404 NOT_FOUND: gone"),

    TIMED("a distribution that is none", "7", "a distribution that is none"),
    TIMED("a distribution without buckets", "{'count':'0'}", "without buckets"),
    TIMED("a distribution of no growth", "{'bucketOptions':{'exponentialBuckets':{'numFiniteBuckets':2,'growthFactor':1,'scale':1}}}", "without buckets"),
    TIMED("a distribution of too many buckets", "{'bucketOptions':{'exponentialBuckets':{'numFiniteBuckets':1000000,'growthFactor':2,'scale':1}}}", "without buckets"),
    TIMED("a distribution that grows over all", "{'bucketOptions':{'exponentialBuckets':{'numFiniteBuckets':900,'growthFactor':1e9,'scale':1}}}", "without buckets"),
    TIMED("bounds that fall", "{'bucketOptions':{'explicitBuckets':{'bounds':[2,1]}}}", "without buckets"),
    TIMED("bounds that are none", "{'bucketOptions':{'explicitBuckets':{'bounds':['1']}}}", "without buckets"),
    TIMED("no bounds", "{'bucketOptions':{'explicitBuckets':{'bounds':[]}}}", "without buckets"),
    TIMED("more counts than buckets", "{'count':'4','bucketOptions':{'explicitBuckets':{'bounds':[1]}},'bucketCounts':['1','1','2']}", "counts nothing"),
    TIMED("a count that is no number", "{'count':'4','bucketOptions':{'explicitBuckets':{'bounds':[1]}},'bucketCounts':['x']}", "counts nothing"),
    TIMED("counts below nothing", "{'count':'4','bucketOptions':{'explicitBuckets':{'bounds':[1]}},'bucketCounts':[-1]}", "counts nothing"),
    TIMED("buckets that are not all of it", "{'count':'4','bucketOptions':{'explicitBuckets':{'bounds':[1]}},'bucketCounts':['1','2']}", "not all of it"),

    REFUSED("no place", "{'canary':'api-2','window_ms':1000}", "it is asked of no Cloud Run service"),
    REFUSED("a name that is none", "{'canary':'api-2\\'','window_ms':1000," PLACE "}", "no revision can be called so"),
    REFUSED("a place that is a query", "{'canary':'a','window_ms':1000,'place':{'project':'a','region':'b\\' OR','service':'c'}}", "no Cloud Run service"),
    REFUSED("no window", "{'canary':'a','window_ms':0," PLACE "}", "a window has a length"),
    REFUSED("a block of a day", ASK(",'from_ms':1,'block_ms':86400000"), "a block is 1 h long at most"),
    REFUSED("a day late", ASK(",'lag_ms':86400000"), "late by 1 h at most"),

    { "doctor: it may be read", monitoring_doctor, DOCTOR, .calls = { { DOCTOR_URL, NO, 200, PAGE(SERIES("api-2", "2xx", COUNT("56", "3"))) } }, .next = NEXT_DONE,
      .result = "{'findings':[{'mark':'good','subject':'Cloud Monitoring api','text':'its requests can be read'}]}" },
    { "doctor: nobody calls it", monitoring_doctor, DOCTOR, .calls = { { DOCTOR_URL, NO, 200, "{}" } }, .next = NEXT_DONE,
      .result = "{'findings':[{'mark':'open','subject':'Cloud Monitoring api','text':'it may be read, and knows of no requests in the last hour',"
                "'mend':'a service that nobody calls has no series: a rollout of it is judged by nothing'}]}" },
    { "doctor: a part of it does not answer", monitoring_doctor, DOCTOR, .calls = { { DOCTOR_URL, NO, 200, "{'unreachable':['projects/1']}" } }, .next = NEXT_AGAIN,
      .error = "Cloud Monitoring, api in acme: the answer is none: it is not all that there is" },
    { "doctor: a part of it fails", monitoring_doctor, DOCTOR, .calls = { { DOCTOR_URL, NO, 200, "{'executionErrors':[{'code':14}]}" } }, .next = NEXT_AGAIN,
      .error = "it is not all that there is" },
    { "doctor: there is more than an empty page", monitoring_doctor, DOCTOR, .calls = { { DOCTOR_URL, NO, 200, "{'nextPageToken':'p2'}" } }, .next = NEXT_AGAIN,
      .error = "it is not all that there is" },
    { "doctor: it may not", monitoring_doctor, DOCTOR, .calls = { { DOCTOR_URL, NO, 403, "{'error':{'message':'denied','status':'PERMISSION_DENIED'}}" } }, .next = NEXT_NEVER,
      .error = "Cloud Monitoring, api in acme: 403 PERMISSION_DENIED: denied. Has opsgate's account roles/monitoring.viewer in acme?" },
    { "doctor: no answer", monitoring_doctor, DOCTOR, .calls = { { DOCTOR_URL, NO, 0, NULL } }, .next = NEXT_AGAIN, .error = "Cloud Monitoring, api in acme", .is_outage = true },
};
/* clang-format on */

static void without_it_nothing_is_measured(void **state)
{
    static const struct settings none = { 0 },
                                 late = { .google = { .monitoring_url = "https://monitoring.test" },
                                          .metrics = { .google_cloud_monitoring = true, .lag_ms = 6 * 60 * 1000 } };
    static const struct scripted_row off = { "", monitoring_measure, ASK(""), .next = NEXT_NEVER,
                                             .error = "metrics.google_cloud_monitoring is not configured" };
    static const struct scripted_row to_prometheus = { "", measure_read, ASK(""), .next = NEXT_NEVER,
                                                       .error = "metrics.prometheus is not configured" };
    static const struct scripted_row later = { "",
                                               measure_read,
                                               ASK(""),
                                               .calls = { { URL_TO("request_count", "52", "54", CLASS), NO, 503, "" } },
                                               .next = NEXT_AGAIN,
                                               .is_outage = true };

    (void)state;
    run_scripted_with(&off, &none);
    run_scripted_with(&to_prometheus, &none);
    run_scripted_with(&later, &late);
}

/* ---- buckets ---- */

static struct distribution decode(struct arena *arena, const char *text)
{
    struct distribution distribution = { .buckets = 0 };
    struct error err = { 0 };
    const cJSON *json = json_parse_in(arena, str_of(quoted(text, arena)), &err);

    if (!json || !distribution_decode(json, arena, &distribution, &err))
        fail_msg("%s: %s", text, err.message);
    return distribution;
}

static void buckets_of_every_kind(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct distribution linear = decode(
        arena,
        "{'count':6,'bucketOptions':{'linearBuckets':{'numFiniteBuckets':2,'width':10,'offset':5}},'bucketCounts':[1,2,3]}");
    struct distribution listed = decode(
        arena,
        "{'count':'6','bucketOptions':{'explicitBuckets':{'bounds':[0,10,50]}},'bucketCounts':['0','2','0','4']}");
    double value;

    (void)state;
    assert_true(distribution_bound(&linear, 6) == 15 && distribution_bound(&linear, 15) == 15 &&
                distribution_bound(&linear, 26) == 0);
    assert_true(distribution_above(&linear, 15) == 3 && distribution_above(&linear, 5) == 5 &&
                distribution_above(&linear, 25) == 0);
    assert_true(distribution_bound(&listed, -1) == 10); /* a bound of nothing bounds nothing */
    assert_true(distribution_above(&listed, 50) == 4);
    assert_true(distribution_quantile(&listed, 0.95, &value) && value == 50); /* the last bound, for all above it */
    assert_true(distribution_quantile(&listed, 0.25, &value) && value == 7.5);
    assert_false(distribution_add(&linear, &listed, arena));
    assert_true(distribution_add(&listed, &listed, arena) && distribution_total(&listed) == 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_it_nothing_is_measured),
        cmocka_unit_test(buckets_of_every_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) + RUN_SCRIPTED(rows);
}
