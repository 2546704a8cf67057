/* Blocks out of Prometheus: which are asked for, and what of the answers is known. What PromQL makes of series is the
 * business of tests/integration/test_block_queries.c. */
#include "tests/unit/scripted_exchange.h"

#include "integrations/prometheus/blocks.h"
#include "integrations/prometheus/measure.h"

#define QUERY "POST http://prometheus:9090/api/v1/query"
#define RANGE "POST http://prometheus:9090/api/v1/query_range"
#define NO { NULL }, NULL
/* Now is 40,123 ms after an edge of 15 s: the blocks up to 00, 15 and 30 are over. */
#define AT "1795168840.123"
#define EDGE "17951688"
#define ASK(more) "{'canary':'api-2','baseline':'api-1','window_ms':60000,'block_ms':15000" more "}"
#define FROM ",'from_ms':1795168800000"
#define VECTOR(elements) "{'status':'success','data':{'resultType':'vector','result':[" elements "]}}"
#define MATRIX(elements) "{'status':'success','data':{'resultType':'matrix','result':[" elements "]}}"
#define NOW "{'metric':{'opsgate_part':'now'},'value':[" AT ",'1']}"
#define BOUND(revision, le)                                                                                            \
    ",{'metric':{'opsgate_part':'bound','revision':'" revision "','le':'" le "'},'value':[" AT ",'3']}"
#define WINDOW(parts) VECTOR(NOW parts)
#define LINE(part, revision, values)                                                                                   \
    "{'metric':{'opsgate_part':'" part "','revision':'" revision "'},'values':[" values "]}"
#define POINT(second, number) "[" EDGE second ",'" number "']"
#define TWO(part, revision, first, second_) LINE(part, revision, POINT("15", first) "," POINT("30", second_))
#define KNOWN(name, number) "'" name "':{'is_known':true,'value':" number "}"
#define ZERO(name) "'" name "':{'is_known':true}"
#define COUNTS(requests, errors, slow, slow_vs) "{" requests "," errors "," slow "," slow_vs "}"
#define NOT(name) "'" name "':{}"
#define NOTHING "{'requests':{},'errors':{},'slow':{},'slow_vs':{}}"
#define BLOCK(from, to, canary, baseline)                                                                              \
    "{'from_ms':" EDGE from "000,'to_ms':" EDGE to "000,'canary':" canary ",'baseline':" baseline "}"
#define UNKNOWN "{'requests':{},'errors':{},'p50_s':{},'p95_s':{},'recent':{}}"
#define RESULT(more) "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'at_ms':1795168840123" more ",'source':'prometheus'}"
#define BLOCKS(blocks) ",'blocks':[" blocks "]"
#define LES                                                                                                            \
    BOUND("api-2", "0.1")                                                                                              \
    BOUND("api-2", "0.25") BOUND("api-2", "+Inf") BOUND("api-1", "0.1") BOUND("api-1", "0.25") BOUND("api-1", "+Inf")
#define ONLY(requests) COUNTS(requests, NOT("errors"), NOT("slow"), NOT("slow_vs"))

/* what a range gets for an answer */
#define RANGE_IS(row_name, answer, next_, error_)                                                                      \
    {                                                                                                                  \
        row_name, prometheus_measure, ASK(FROM),                                                                       \
            .calls = { { QUERY, NO, 200, WINDOW("") }, { RANGE, NO, 200, answer } }, .next = next_, .error = error_    \
    }
#define RANGE_GIVES(row_name, answer, blocks)                                                                          \
    {                                                                                                                  \
        row_name, prometheus_measure, ASK(FROM ",'slow_s':0.2"),                                                       \
            .calls = { { QUERY, NO, 200, WINDOW(LES) }, { RANGE, NO, 200, answer } }, .next = NEXT_DONE,               \
            .result = RESULT(blocks ",'bound_s':0.25")                                                                 \
    }
#define REFUSED(row_name, args_, error_)                                                                               \
    {                                                                                                                  \
        row_name, prometheus_measure, args_, .next = NEXT_NEVER, .error = error_                                       \
    }

static char huge[ANSWER_MAX_BYTES + 2];

/* clang-format off */
static const struct scripted_row rows[] = {
    { "both revisions, errors and what was slow", prometheus_measure, ASK(FROM ",'slow_s':0.2,'slow_vs_s':0.1"),
      .calls = { { QUERY, { "count%20by%20%28revision%2C%20le%29%20%28http_request_duration_seconds_bucket%7Brevision%3D~%22api-2%7Capi-1%22%7D%29" },
                   "time=", 200, WINDOW(LES) },
                 { RANGE, { "&start=1795168815.000&end=1795168830.000&step=15.000", "le%3D%22%2BInf%22", "le%3D%220.25%22", "le%3D%220.1%22" }, "increase", 200,
                   MATRIX(TWO("requests", "api-2", "20", "0") "," TWO("requests", "api-1", "400", "410") ","
                          TWO("errors", "api-2", "2", "0") "," TWO("errors", "api-1", "0", "1") ","
                          TWO("all", "api-2", "20", "0") "," TWO("all", "api-1", "400", "410") ","
                          TWO("fast", "api-2", "17", "0") "," TWO("fast", "api-1", "399", "410") ","
                          TWO("fast_vs", "api-2", "10", "0") "," TWO("fast_vs", "api-1", "300", "310")),
                   .signature = "none" } },
      .next = NEXT_DONE,
      .result = RESULT(BLOCKS(
          BLOCK("00", "15", COUNTS(KNOWN("requests", "20"), KNOWN("errors", "2"), KNOWN("slow", "3"), KNOWN("slow_vs", "10")),
                            COUNTS(KNOWN("requests", "400"), ZERO("errors"), KNOWN("slow", "1"), KNOWN("slow_vs", "100"))) ","
          BLOCK("15", "30", COUNTS(ZERO("requests"), ZERO("errors"), ZERO("slow"), ZERO("slow_vs")),
                            COUNTS(KNOWN("requests", "410"), KNOWN("errors", "1"), ZERO("slow"), KNOWN("slow_vs", "100"))))
          ",'bound_s':0.25,'bound_vs_s':0.1") },
    { "blocks, then the user's own queries, at the window's instant", prometheus_measure, ASK(FROM ",'queries':[{'name':'hits','query':'up'}]"),
      .calls = { { QUERY, NO, 200, WINDOW("") }, { RANGE, { "query=" }, "bucket", 200, MATRIX("") },
                 { QUERY, { "query=up&time=" AT }, NULL, 200, VECTOR("{'metric':{},'value':[" AT ",'1']}") } },
      .next = NEXT_DONE, .result = "{'canary':" UNKNOWN ",'baseline':" UNKNOWN ",'queries':[{'is_known':true,'value':1}],'at_ms':1795168840123,'source':'prometheus'}" },
    { "a revision alone", prometheus_measure, "{'canary':'api-2','window_ms':60000,'block_ms':15000" FROM "}",
      .calls = { { QUERY, NO, 200, WINDOW("") }, { RANGE, { "http_requests_total%7Brevision%3D%22api-2%22%7D%5B14999ms%5D", "%5B14999ms%5D%20offset%2015000ms",
                     "%5B14999ms%5D%20offset%2030000ms", "%5B900000ms%5D%20offset%2015000ms" }, "~%22api-2", 200, MATRIX(TWO("requests", "api-2", "20", "30")) } },
      .next = NEXT_DONE,
      .result = RESULT(BLOCKS(BLOCK("00", "15", ONLY(KNOWN("requests", "20")), NOTHING) "," BLOCK("15", "30", ONLY(KNOWN("requests", "30")), NOTHING))) },

    /* ---- which blocks ---- */
    { "a begin between edges is rounded up", prometheus_measure, ASK(",'from_ms':1795168800001"),
      .calls = { { QUERY, NO, 200, WINDOW("") }, { RANGE, { "&start=1795168830.000&end=1795168830.000&step=15.000" }, NULL, 200, MATRIX("") } }, .next = NEXT_DONE,
      .result = RESULT("") },
    { "a source that is late: what is not over is not asked for", prometheus_measure, ASK(FROM ",'lag_ms':10124"),
      .calls = { { QUERY, NO, 200, WINDOW("") }, { RANGE, { "&start=1795168815.000&end=1795168815.000" }, NULL, 200, MATRIX("") } }, .next = NEXT_DONE },
    { "late by no more than the edge", prometheus_measure, ASK(FROM ",'lag_ms':10123"),
      .calls = { { QUERY, NO, 200, WINDOW("") }, { RANGE, { "&end=1795168830.000" }, NULL, 200, MATRIX("") } }, .next = NEXT_DONE },
    { "no block is over: none is asked for, and the bounds are told all the same", prometheus_measure, ASK(",'from_ms':1795168830000,'slow_s':0.2"),
      .calls = { { QUERY, NO, 200, WINDOW(LES) } }, .next = NEXT_DONE, .result = RESULT(",'bound_s':0.25") },
    { "blocks of a time to come", prometheus_measure, ASK(",'from_ms':9007199254740991"), .calls = { { QUERY, NO, 200, WINDOW("") } }, .next = NEXT_DONE },
    { "the newest of too many", prometheus_measure, ASK(",'from_ms':1"),
      .calls = { { QUERY, NO, 200, WINDOW("") }, { RANGE, { "&start=1795167045.000&end=1795168830.000&step=15.000" }, NULL, 200, MATRIX("") } }, .next = NEXT_DONE },
    { "blocks of a length with a rest", prometheus_measure, "{'canary':'a','window_ms':1000,'block_ms':1500,'from_ms':1795168800000}",
      .calls = { { QUERY, NO, 200, WINDOW("") }, { RANGE, { "&start=1795168801.500&end=1795168839.000&step=1.500", "5B1499ms%5D%20offset%203000ms" }, NULL, 200, MATRIX("") } },
      .next = NEXT_DONE },

    /* ---- what is known ---- */
    RANGE_GIVES("nothing is known, nothing is told", MATRIX(""), ""),
    RANGE_GIVES("a gap is left out", MATRIX(LINE("requests", "api-1", POINT("30", "7"))), BLOCKS(BLOCK("15", "30", NOTHING, ONLY(KNOWN("requests", "7"))))),
    RANGE_GIVES("requests without a status leave errors not known", MATRIX(LINE("requests", "api-2", POINT("15", "7"))),
                BLOCKS(BLOCK("00", "15", ONLY(KNOWN("requests", "7")), NOTHING))),
    RANGE_GIVES("errors of no requests are not known", MATRIX(LINE("errors", "api-2", POINT("15", "0"))), ""),
    RANGE_GIVES("more errors than requests are not known", MATRIX(LINE("requests", "api-2", POINT("15", "7")) "," LINE("errors", "api-2", POINT("15", "8"))),
                BLOCKS(BLOCK("00", "15", ONLY(KNOWN("requests", "7")), NOTHING))),
    RANGE_GIVES("a NaN, an infinity and less than nothing are not known",
                MATRIX(LINE("requests", "api-2", POINT("15", "NaN") "," POINT("30", "+Inf")) "," LINE("requests", "api-1", POINT("15", "-1"))), ""),
    RANGE_GIVES("more than can be counted is not known", MATRIX(LINE("requests", "api-2", POINT("15", "1e16"))), ""),
    RANGE_GIVES("what is a little off a whole number is it", MATRIX(LINE("requests", "api-2", POINT("15", "6.9999999"))),
                BLOCKS(BLOCK("00", "15", ONLY(KNOWN("requests", "7")), NOTHING))),
    RANGE_GIVES("a histogram that was not asked yet: not known", MATRIX(LINE("requests", "api-2", POINT("15", "7")) "," LINE("all", "api-2", POINT("15", "7"))),
                BLOCKS(BLOCK("00", "15", ONLY(KNOWN("requests", "7")), NOTHING))),
    RANGE_GIVES("more fast ones than all: not known",
                MATRIX(LINE("requests", "api-2", POINT("15", "7")) "," LINE("all", "api-2", POINT("15", "7")) "," LINE("fast", "api-2", POINT("15", "8"))),
                BLOCKS(BLOCK("00", "15", ONLY(KNOWN("requests", "7")), NOTHING))),
    RANGE_GIVES("a histogram that timed twice what was counted gives its share",
                MATRIX(LINE("requests", "api-2", POINT("15", "7")) "," LINE("all", "api-2", POINT("15", "14")) "," LINE("fast", "api-2", POINT("15", "9"))),
                BLOCKS(BLOCK("00", "15", COUNTS(KNOWN("requests", "7"), NOT("errors"), KNOWN("slow", "2"), NOT("slow_vs")), NOTHING))),
    RANGE_GIVES("a histogram that timed less than half says nothing",
                MATRIX(LINE("requests", "api-2", POINT("15", "7")) "," LINE("all", "api-2", POINT("15", "3")) "," LINE("fast", "api-2", POINT("15", "0"))),
                BLOCKS(BLOCK("00", "15", ONLY(KNOWN("requests", "7")), NOTHING))),
    RANGE_GIVES("what is of nobody is passed over", MATRIX(LINE("requests", "api-3", POINT("15", "7"))), ""),

    /* ---- bounds ---- */
    { "a limit over the last bound has none", prometheus_measure, ASK(FROM ",'slow_s':0.3"),
      .calls = { { QUERY, NO, 200, WINDOW(LES) }, { RANGE, NO, 200, MATRIX("") } }, .next = NEXT_DONE, .result = RESULT("") },
    { "a bound that only one of them has is none", prometheus_measure, ASK(FROM ",'slow_s':0.15"),
      .calls = { { QUERY, NO, 200, WINDOW(LES BOUND("api-2", "0.2")) }, { RANGE, { "le%3D%220.25%22" }, "0.2%22", 200, MATRIX("") } }, .next = NEXT_DONE,
      .result = RESULT(",'bound_s':0.25") },
    { "a revision without a histogram does not matter to the bound", prometheus_measure, ASK(FROM ",'slow_s':0.15"),
      .calls = { { QUERY, NO, 200, WINDOW(BOUND("api-1", "0.2") BOUND("api-1", "+Inf")) }, { RANGE, { "le%3D%220.2%22" }, NULL, 200, MATRIX("") } }, .next = NEXT_DONE,
      .result = RESULT(",'bound_s':0.2") },
    { "a bound that is written in two ways", prometheus_measure, ASK(FROM ",'slow_s':1"),
      .calls = { { QUERY, NO, 200, WINDOW(BOUND("api-2", "1.0") BOUND("api-2", "+Inf") BOUND("api-1", "1") BOUND("api-1", "+Inf")) },
                 { RANGE, { "le%3D~%221%5C%5C.0%7C1%22" }, NULL, 200, MATRIX("") } },
      .next = NEXT_DONE, .result = RESULT(",'bound_s':1") },
    { "a limit that is a bound", prometheus_measure, ASK(FROM ",'slow_s':0.25"),
      .calls = { { QUERY, NO, 200, WINDOW(LES) }, { RANGE, NO, 200, MATRIX("") } }, .next = NEXT_DONE, .result = RESULT(",'bound_s':0.25") },
    { "a histogram that does not say how many there were", prometheus_measure, ASK(FROM ",'slow_s':0.25"),
      .calls = { { QUERY, NO, 200, WINDOW(BOUND("api-2", "0.25")) }, { RANGE, { NULL }, "bucket", 200, MATRIX("") } }, .next = NEXT_DONE },
    { "bounds that are none", prometheus_measure, ASK(FROM ",'slow_s':0.25"),
      .calls = { { QUERY, NO, 200, WINDOW(BOUND("api-2", "fast") BOUND("api-2", "NaN") BOUND("api-3", "1") ",{'metric':{'opsgate_part':'bound','revision':'api-2'},'value':[" AT ",'1']}") },
                 { RANGE, { NULL }, "bucket", 200, MATRIX("") } }, .next = NEXT_DONE, .result = RESULT("") },

    /* ---- answers that are none ---- */
    RANGE_IS("a vector for a matrix", VECTOR(""), NEXT_AGAIN, "Prometheus, blocks of api-2: the answer is none: it gives a vector, expected a matrix"),
    RANGE_IS("a matrix that is a mapping", "{'status':'success','data':{'resultType':'matrix','result':{}}}", NEXT_AGAIN, "a matrix that is no list"),
    RANGE_IS("a line without labels", MATRIX("{'values':[]}"), NEXT_AGAIN, "without its labels"),
    RANGE_IS("a line without values", MATRIX("{'metric':{}}"), NEXT_AGAIN, "no list of samples"),
    RANGE_IS("a line of histograms", MATRIX("{'metric':{},'histograms':[]}"), NEXT_NEVER, "gives a histogram"),
    RANGE_IS("a sample that is none", MATRIX("{'metric':{},'values':[7]}"), NEXT_AGAIN, "no sample"),
    RANGE_IS("a part that was not asked for", MATRIX(LINE("price", "api-2", POINT("15", "7"))), NEXT_AGAIN, "it answers what was not asked"),
    RANGE_IS("no part", MATRIX("{'metric':{'revision':'api-2'},'values':[" POINT("15", "1") "]}"), NEXT_AGAIN, "it answers what was not asked"),
    RANGE_IS("a time between blocks", MATRIX(LINE("requests", "api-2", POINT("16", "7"))), NEXT_AGAIN, "it answers what was not asked"),
    RANGE_IS("a time before the first block's end", MATRIX(LINE("requests", "api-2", POINT("00", "7"))), NEXT_AGAIN, "it answers what was not asked"),
    RANGE_IS("a time after the last", MATRIX(LINE("requests", "api-2", POINT("45", "7"))), NEXT_AGAIN, "it answers what was not asked"),
    RANGE_IS("a block twice", MATRIX(LINE("requests", "api-2", POINT("15", "7") "," POINT("15", "7"))), NEXT_AGAIN, "requests of a block twice"),
    RANGE_IS("more than a mebibyte", huge, NEXT_NEVER, "more than 1 MiB"),
    RANGE_IS("no JSON", "<html>", NEXT_AGAIN, "the answer is none: JSON"),
    { "a range that it cannot read", prometheus_measure, ASK(FROM),
      .calls = { { QUERY, NO, 200, WINDOW("") }, { RANGE, NO, 400, "{'status':'error','errorType':'bad_data','error':'unknown function with name last_over_time'}" } },
      .next = NEXT_NEVER, .error = "Prometheus, blocks of api-2: 400 bad_data: unknown function" },
    { "a range that took too long", prometheus_measure, ASK(FROM), .calls = { { QUERY, NO, 200, WINDOW("") }, { RANGE, NO, 503, "" } },
      .next = NEXT_AGAIN, .error = "blocks of api-2: 503", .is_outage = true },

    REFUSED("blocks without a length", "{'canary':'a','window_ms':1000,'from_ms':1}", "a block is from 1 s to 1 h long"),
    REFUSED("blocks shorter than a second", "{'canary':'a','window_ms':1000,'from_ms':1,'block_ms':999}", "a block is from"),
    REFUSED("blocks longer than an hour", "{'canary':'a','window_ms':1000,'from_ms':1,'block_ms':3600001}", "a block is from"),
    REFUSED("a source that is early", ASK(",'lag_ms':-1"), "it is late by 1 h at most"),
    REFUSED("a source that is a day late", ASK(",'lag_ms':86400000"), "it is late by 1 h at most"),
};
/* clang-format on */

int main(void)
{
    memset(huge, ' ', sizeof(huge) - 1);
    return RUN_SCRIPTED(rows);
}
