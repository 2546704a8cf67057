/* Cloud Logging, call by call: what people typed is text in the query and nothing else; what comes back is lines. */
#include "tests/unit/scripted_exchange.h"

#include "integrations/google/logging.h"
#include "tests/unit/rows.h"

#define LIST "POST https://logging.test/v2/entries:list"
#define LOOK(more) "{'project':'acme','region':'us-central1','service':'api','since_ms':1700099100000,'max':2" more "}"
#define ENTRY(at, more)                                                                                                \
    "{'timestamp':'2023-11-16T01:59:" at "Z','resource':{'labels':{'revision_name':'api-00012-abc'}}," more "}"
#define LINE(ms, severity, text)                                                                                       \
    "{'at_ms':17000999" ms ",'severity':'" severity "','revision':'00012-abc','text':'" text "'}"
#define LINK                                                                                                           \
    "'link':'https://console.cloud.google.com/logs/query;query=resource.type%3D%22cloud_run_revision%22%20AND%20"      \
    "resource.labels.service_name%3D%22api%22%20AND%20resource.labels.location%3D%22us-central1%22%20AND%20"           \
    "timestamp%3E%3D%222023-11-16T01%3A45%3A00.000Z%22?project=acme'"
#define THREE ENTRY("30", "'severity':'ERROR','textPayload':'three'")
#define TWO ENTRY("20", "'severity':'INFO','jsonPayload':{'message':'two','request_id':'r-1'}")
#define ONE ENTRY("10", "'textPayload':'one'")

static const struct scripted_row rows[] = {
    { "lines, oldest first, and how many more there are", logging_read, LOOK(""),
      .calls = { { LIST,
                   .body = { "'resourceNames':['projects/acme']", "'orderBy':'timestamp desc'", "'pageSize':200" },
                   .status = 200, .answer = "{'entries':[" THREE "," TWO "," ONE "],'nextPageToken':'x'}" } },
      .next = NEXT_DONE,
      .result = "{'lines':[" LINE("60000", "INFO", "two (request r-1)") "," LINE(
          "70000", "ERROR", "three") "],'left_out':1,'has_more':true," LINK "}" },
    { "a request in words, a protoPayload, and nothing", logging_read, LOOK(""),
      .calls = { { LIST, .status = 200,
                   .answer = "{'entries':[" ENTRY(
                       "30", "'severity':'ERROR','httpRequest':{'requestMethod':'GET','requestUrl':"
                             "'/x','status':503,'latency':'0.5s'}") "," ENTRY("20", "'severity':'INFO'") "]}" } },
      .next = NEXT_DONE,
      .result = "{'lines':[" LINE("60000", "INFO", "(an entry without text)") "," LINE(
          "70000", "ERROR", "GET /x → 503 in 0.5s") "]," LINK "}" },
    { "an empty page is not the end", logging_read, LOOK(""),
      .calls = { { LIST, .status = 200, .answer = "{'nextPageToken':'p2'}" },
                 { LIST, .body = { "'pageToken':'p2'" }, .status = 200,
                   .answer = "{'entries':[" ENTRY("30", "'severity':'INFO','textPayload':'one'") "]}" } },
      .next = NEXT_DONE, .result = "{'lines':[" LINE("70000", "INFO", "one") "]," LINK "}" },
    { "nor is one that is not full", logging_read, LOOK(""),
      .calls = { { LIST, .status = 200, .answer = "{'entries':[" THREE "],'nextPageToken':'p2'}" },
                 { LIST, .body = { "'pageToken':'p2'" }, .status = 200, .answer = "{'entries':[" TWO "," ONE "]}" } },
      .next = NEXT_DONE,
      .result = "{'lines':[" LINE("60000", "INFO", "two (request r-1)") "," LINE("70000", "ERROR",
                                                                                 "three") "],'left_out':1," LINK "}" },
    { "but what is there is not kept waiting for the rest", logging_read, LOOK(""),
      .calls = { { LIST, .status = 200, .answer = "{'entries':[" THREE "],'nextPageToken':'p2'}" },
                 { LIST, .status = 200, .answer = "{'nextPageToken':'p3'}" } },
      .next = NEXT_DONE, .result = "{'lines':[" LINE("70000", "ERROR", "three") "],'has_more':true," LINK "}" },
    { "nothing goes on for ever", logging_read, LOOK(""),
      .calls = { { LIST, .status = 200, .answer = "{'nextPageToken':'p2'}" },
                 { LIST, .status = 200, .answer = "{'nextPageToken':'p3'}" },
                 { LIST, .status = 200, .answer = "{'nextPageToken':'p4'}" },
                 { LIST, .status = 200, .answer = "{'nextPageToken':'p5'}" },
                 { LIST, .body = { "'pageToken':'p5'" }, .status = 200, .answer = "{'nextPageToken':'p6'}" } },
      .next = NEXT_DONE, .result = "{'has_more':true," LINK "}" },
    { "nothing", logging_read, LOOK(""), .calls = { { LIST, .status = 200, .answer = "{}" } }, .next = NEXT_DONE,
      .result = "{" LINK "}" },
    { "the permission", logging_read, LOOK(""),
      .calls = { { LIST, .status = 403, .answer = "{'error':{'message':'no'}}" } }, .next = NEXT_NEVER,
      .error = "logging.logEntries.list" },
    { "too many at once", logging_read, LOOK(""), .calls = { { LIST, .status = 429, .answer = "{}" } },
      .next = NEXT_AGAIN, .is_outage = true, .error = "Cloud Logging" },
    { "half an answer", logging_read, LOOK(""), .calls = { { LIST, .status = 200, .answer = "{'entr" } },
      .next = NEXT_AGAIN, .error = "no JSON" },
    { "a service that is none", logging_read,
      "{'project':'acme','region':'r','service':'a\\' OR 1','since_ms':1,'max':1}", .next = NEXT_NEVER,
      .error = "names as Google writes them" },
    { "doctor: they may be read", logging_doctor, LOOK(""),
      .calls = { { LIST, .body = { "'pageSize':1" }, .status = 200, .answer = "{}" } }, .next = NEXT_DONE,
      .result = "{'findings':[{'mark':'good','subject':'logs of acme','text':'its entries can be read'}]}" },
};

static const struct filter_row {
    const char *name;
    struct logs_look look;
    const char *has;
} filter_rows[] = {
    { "errors", { .is_errors = true }, " AND severity>=ERROR" },
    { "one request, by each name of its id",
      { .request = "r-1" },
      " AND (jsonPayload.request_id=\"r-1\" OR labels.request_id=\"r-1\" OR trace=\"projects/acme/traces/r-1\" OR "
      "textPayload:\"r-1\")" },
    { "a text", { .grep = "no disk" }, " AND \"no disk\"" },
    { "a quote ends nothing", { .grep = "x\" OR severity>=DEBUG OR \"" }, " AND \"x\\\" OR severity>=DEBUG OR \\\"\"" },
    { "nor does a backslash before it", { .grep = "x\\\" OR y" }, " AND \"x\\\\\\\" OR y\"" },
    { "nor one at the end", { .grep = "x\\" }, " AND \"x\\\\\"" },
    { "a line's end is a blank", { .grep = "a\nOR b" }, " AND \"a OR b\"" },
};

static void check_filter(void **state)
{
    const struct filter_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct logs_look look = row->look;
    const char *filter;

    look.project = "acme";
    look.region = "r";
    look.service = "api";
    filter = logging_filter(&look, arena);
    if (!str_ends_with(str_of(filter), row->has))
        fail_msg("%s", filter);
}

int main(void)
{
    return RUN_SCRIPTED(rows) + ROWS(filter_rows, check_filter);
}
