/* The public status page: opened once, updated once, never told anything after it was resolved; and every way to say no. */
#include "tests/unit/rows.h"
#include "tests/unit/scripted_exchange.h"

#include "integrations/statuspage/doctor.h"
#include "integrations/statuspage/incident.h"

#define API "https://api.statuspage.io/v1/pages/pg1"
#define POST "POST " API "/incidents"
#define UNRESOLVED "GET " API "/incidents/unresolved"
#define SCHEDULED "GET " API "/incidents/scheduled"
#define ACTIVE "GET " API "/incidents/active_maintenance"
#define PLAN                                                                                                           \
    "{'name':'Maintenance','body':'Parts may be away.','status':'scheduled','components':{'c1':''},"                   \
    "'scheduled_for_ms':1700172000000,'scheduled_until_ms':1700175600000}"
#define OURS ",'metadata':{'opsgate':{'operation':'birth-00000000000000a1'}}"
#define READ "GET " API "/incidents/i1"
#define LIST "GET " API "/components?page="
#define LISTED "&per_page=100"
#define TEN "7,7,7,7,7,7,7,7,7,7"
#define HUNDRED TEN "," TEN "," TEN "," TEN "," TEN "," TEN "," TEN "," TEN "," TEN "," TEN
#define PATCH "PATCH " API "/incidents/i1"
#define OPEN "{'name':'Checkout slow','body':'We look into it.'}"
#define ASKED "'asked_at_ms':1700099970000"
#define INCIDENT(status, more) "{'id':'i1','name':'n','status':'" status "','impact':'minor','shortlink':'https://stspg.io/x'" more "}"
#define TOLD(status, more) "{'id':'i1','name':'n','status':'" status "','impact':'minor','url':'https://stspg.io/x'" more "}"
#define UPDATES(at)                                                                                                    \
    ",'incident_updates':[7,{'status':'identified','body':'Found it.','created_at':'2023-11-16T01:59:40Z'},"           \
    "{'status':'monitoring','body':'It is better.','created_at':'" at "'}]"
#define TURNS                                                                                                          \
    ",'incident_updates':[{'status':'investigating','body':'It is back.','created_at':'2023-11-16T01:59:20Z'},"        \
    "{'status':'resolved','body':'It works.','created_at':'2023-11-16T01:58:50Z'}]"
#define RESOLVED "{'incident':'i1','status':'resolved','body':'It works.'," ASKED "}"
#define REOPENED "{'incident':'i1','status':'investigating','body':'It is back.','reopens':true," ASKED "}"
#define MONITORING "{'incident':'i1','status':'monitoring','body':'It is better.'," ASKED "}"

/* clang-format off */
static const struct scripted_row rows[] = {
    { "opened, with our mark", statuspage_open,
      "{'name':'Checkout slow','body':'We look into it.','impact':'minor','components':{'c1':'degraded_performance'},'is_quiet':true}",
      .is_first_try = true,
      .calls = { { POST, { "'name':'Checkout slow'", "'metadata':{'opsgate':{'operation':'birth-00000000000000a1'}}",
                           "'components':{'c1':'degraded_performance'},'component_ids':['c1']", "'deliver_notifications':false" },
                   .status = 201, .answer = INCIDENT("investigating", "") } },
      .next = NEXT_DONE, .result = TOLD("investigating", "") },
    { "whoever subscribed is told, and its impact is the page's own affair", statuspage_open, OPEN, .is_first_try = true,
      .calls = { { POST, { "'status':'investigating'", "'deliver_notifications':true" }, .not_body = "impact", .status = 201,
                   .answer = INCIDENT("investigating", "") } },
      .next = NEXT_DONE },
    { "another try finds it", statuspage_open, OPEN,
      .calls = { { UNRESOLVED, .status = 200,
                   .answer = "[{'id':'i0','metadata':{'opsgate':{'operation':'birth-1'}}},{'id':'i2','metadata':[]},"
                             INCIDENT("identified", ",'metadata':{'opsgate':{'operation':'birth-00000000000000a1'}}") "]" } },
      .next = NEXT_DONE, .result = TOLD("identified", ",'existed':true") },
    { "another try finds none, and waits a second", statuspage_open, OPEN,
      .calls = { { UNRESOLVED, .status = 200, .answer = "[]" },
                 { POST, .wait_ms = 1000, .status = 201, .answer = INCIDENT("investigating", "") } },
      .next = NEXT_DONE },
    { "where an effect before may have opened it, the first try looks", statuspage_open,
      "{'name':'n','body':'b','is_again':true}", .is_first_try = true,
      .calls = { { UNRESOLVED, .status = 200,
                   .answer = "[" INCIDENT("investigating", ",'metadata':{'opsgate':{'operation':'birth-00000000000000a1'}}") "]" } },
      .next = NEXT_DONE, .result = TOLD("investigating", ",'existed':true") },
    { "its answer is lost", statuspage_open, OPEN, .is_first_try = true, .calls = { { POST, .status = 0 } }, .next = NEXT_AGAIN,
      .error = "Statuspage: connection refused", .after_ms = 3000, .is_outage = true },
    { "its answer does not say which it is: it is looked for, later", statuspage_open, OPEN, .is_first_try = true,
      .calls = { { POST, .status = 201, .answer = "{}" } }, .next = NEXT_AGAIN, .error = "no id", .after_ms = 3000 },
    { "a new one that is resolved", statuspage_open, "{'name':'n','body':'b','status':'resolved'}", .next = NEXT_NEVER,
      .error = "a new one is not resolved" },
    { "refused before it could look: nobody knows whether the try before opened it", statuspage_open, OPEN,
      .calls = { { UNRESOLVED, .status = 403 } }, .next = NEXT_NEVER, .error = "let the key's user", .is_unclear = true },
    { "it has looked, and is refused then: it was not opened", statuspage_open, OPEN,
      .calls = { { UNRESOLVED, .status = 200, .answer = "[]" }, { POST, .wait_ms = 1000, .status = 422 } },
      .next = NEXT_NEVER, .error = "refuses the new incident" },
    { "the first try is refused", statuspage_open, OPEN, .is_first_try = true, .calls = { { POST, .status = 403 } },
      .next = NEXT_NEVER, .error = "let the key's user" },
    { "no list is not taken for none", statuspage_open, OPEN, .calls = { { UNRESOLVED, .status = 200, .answer = "{}" } },
      .next = NEXT_AGAIN, .error = "no list" },
    { "a status that there is not", statuspage_open, "{'name':'n','body':'b','status':'broken'}", .next = NEXT_NEVER,
      .error = "investigating, identified" },
    { "a component that leads elsewhere", statuspage_open, "{'name':'n','body':'b','components':{'a/b':'operational'}}",
      .next = NEXT_NEVER, .error = "a component is an id" },
    { "a name of nothing", statuspage_open, "{'name':'','body':'b'}", .next = NEXT_NEVER, .error = "1 to 255" },

    { "maintenance, with its beginning and its end, of components that stay as they are", statuspage_open, PLAN, .is_first_try = true,
      .calls = { { POST, { "'status':'scheduled'", "'component_ids':['c1']", "'scheduled_for':'2023-11-16T22:00:00.000Z'",
                           "'scheduled_until':'2023-11-16T23:00:00.000Z','scheduled_auto_in_progress':false" },
                   .not_body = "components'", .status = 201, .answer = INCIDENT("scheduled", "") } },
      .next = NEXT_DONE, .result = TOLD("scheduled", "") },
    { "another try finds it among what is scheduled", statuspage_open, PLAN,
      .calls = { { SCHEDULED, .status = 200, .answer = "[" INCIDENT("scheduled", OURS) "]" } },
      .next = NEXT_DONE, .result = TOLD("scheduled", ",'existed':true") },
    { "or, if somebody started it there, among what is in progress", statuspage_open, PLAN,
      .calls = { { SCHEDULED, .status = 200, .answer = "[]" },
                 { ACTIVE, .wait_ms = 1000, .status = 200, .answer = "[" INCIDENT("in_progress", OURS) "]" } },
      .next = NEXT_DONE, .result = TOLD("in_progress", ",'existed':true") },
    { "another try finds none, and opens it", statuspage_open, PLAN,
      .calls = { { SCHEDULED, .status = 200, .answer = "[]" }, { ACTIVE, .wait_ms = 1000, .status = 200, .answer = "[]" },
                 { POST, .wait_ms = 1000, .status = 201, .answer = INCIDENT("scheduled", "") } },
      .next = NEXT_DONE },
    { "one that is scheduled for nothing", statuspage_open, "{'name':'n','body':'b','status':'scheduled'}", .next = NEXT_NEVER,
      .error = "a beginning and a later end" },
    { "one that ends before it begins", statuspage_open,
      "{'name':'n','body':'b','status':'scheduled','scheduled_for_ms':1700172000000,'scheduled_until_ms':1700172000000}",
      .next = NEXT_NEVER, .error = "a beginning and a later end" },
    { "an incident with a beginning", statuspage_open, "{'name':'n','body':'b','scheduled_for_ms':1,'scheduled_until_ms':2}",
      .next = NEXT_NEVER, .error = "a beginning and a later end" },
    { "it takes longer", statuspage_update,
      "{'incident':'i1','status':'in_progress','body':'It takes longer.','scheduled_until_ms':1700175600000," ASKED "}",
      .is_first_try = true,
      .calls = { { READ, .status = 200, .answer = INCIDENT("in_progress", "") },
                 { PATCH, { "'status':'in_progress'", "'scheduled_until':'2023-11-16T23:00:00.000Z'" }, .wait_ms = 1000,
                   .status = 200, .answer = INCIDENT("in_progress", "") } },
      .next = NEXT_DONE },
    { "somebody has completed it: nothing is told", statuspage_update,
      "{'incident':'i1','status':'in_progress','body':'It takes longer.'," ASKED "}", .is_first_try = true,
      .calls = { { READ, .status = 200, .answer = INCIDENT("completed", "") } }, .next = NEXT_DONE,
      .result = TOLD("completed", ",'is_closed':true") },

    { "updated: read first, a second before", statuspage_update, MONITORING, .is_first_try = true,
      .calls = { { READ, .status = 200, .answer = INCIDENT("identified", "") },
                 { PATCH, { "'status':'monitoring'", "'body':'It is better.'" }, .not_body = "components", .wait_ms = 1000,
                   .status = 200, .answer = INCIDENT("monitoring", "") } },
      .next = NEXT_DONE, .result = TOLD("monitoring", "") },
    { "another try finds what it told", statuspage_update, MONITORING,
      .calls = { { READ, .status = 200, .answer = INCIDENT("monitoring", UPDATES("2023-11-16T01:59:45Z")) } }, .next = NEXT_DONE,
      .result = TOLD("monitoring", ",'existed':true") },
    { "another try finds the status that it told without words", statuspage_update,
      "{'incident':'i1','status':'monitoring'," ASKED "}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("monitoring", UPDATES("2023-11-16T01:59:45Z")) } }, .next = NEXT_DONE,
      .result = TOLD("monitoring", ",'existed':true") },
    { "another try finds its words, whatever the status is since", statuspage_update,
      "{'incident':'i1','body':'Found it.'," ASKED "}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("monitoring", UPDATES("2023-11-16T01:59:45Z")) } }, .next = NEXT_DONE,
      .result = TOLD("monitoring", ",'existed':true") },
    { "components alone are set again", statuspage_update, "{'incident':'i1','components':{'c1':'operational'}," ASKED "}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("monitoring", UPDATES("2023-11-16T01:59:45Z")) },
                 { PATCH, { "'components':{'c1':'operational'}" }, .wait_ms = 1000, .status = 200,
                   .answer = INCIDENT("monitoring", "") } },
      .next = NEXT_DONE },
    { "the same words of last week are other words", statuspage_update, MONITORING,
      .calls = { { READ, .status = 200, .answer = INCIDENT("monitoring", UPDATES("2023-11-09T01:59:45Z")) },
                 { PATCH, .wait_ms = 1000, .status = 200, .answer = INCIDENT("monitoring", "") } },
      .next = NEXT_DONE },
    { "refused before it could look: nobody knows whether the try before told it", statuspage_update, MONITORING,
      .calls = { { READ, .status = 404 } }, .next = NEXT_NEVER, .error = "knows no incident i1", .is_unclear = true },
    { "what sets components alone does no harm twice", statuspage_update,
      "{'incident':'i1','components':{'c1':'operational'}," ASKED "}", .calls = { { READ, .status = 404 } },
      .next = NEXT_NEVER, .error = "knows no incident i1" },
    { "resolved a minute ago, opened again and resolved: those words were of the time before", statuspage_update, RESOLVED,
      .calls = { { READ, .status = 200, .answer = INCIDENT("investigating", TURNS) },
                 { PATCH, { "'status':'resolved'" }, .wait_ms = 1000, .status = 200, .answer = INCIDENT("resolved", "") } },
      .next = NEXT_DONE, .result = TOLD("resolved", "") },
    { "another try finds that it is resolved", statuspage_update, RESOLVED,
      .calls = { { READ, .status = 200, .answer = INCIDENT("resolved", TURNS) } }, .next = NEXT_DONE,
      .result = TOLD("resolved", ",'existed':true") },
    { "opened again a minute ago, and resolved, and opened again", statuspage_update, REOPENED,
      .calls = { { READ, .status = 200, .answer = INCIDENT("resolved", TURNS) },
                 { PATCH, { "'status':'investigating'" }, .wait_ms = 1000, .status = 200,
                   .answer = INCIDENT("investigating", "") } },
      .next = NEXT_DONE, .result = TOLD("investigating", "") },
    { "another try finds that it is open again", statuspage_update, REOPENED,
      .calls = { { READ, .status = 200, .answer = INCIDENT("investigating", TURNS) } }, .next = NEXT_DONE,
      .result = TOLD("investigating", ",'existed':true") },
    { "resolved, with its components set back", statuspage_update,
      "{'incident':'i1','status':'resolved','body':'It works.','components':{'c1':'operational'}," ASKED "}", .is_first_try = true,
      .calls = { { READ, .status = 200, .answer = INCIDENT("monitoring", ",'components':[{'id':'c1'},{'id':'c2'},{'id':null}]") },
                 { PATCH, { "'status':'resolved'", "'components':{'c1':'operational'}", "'component_ids':['c1','c2']" }, .wait_ms = 1000, .status = 200,
                   .answer = INCIDENT("resolved", "") } },
      .next = NEXT_DONE, .result = TOLD("resolved", "") },
    { "somebody has resolved it: nothing is told", statuspage_update, MONITORING, .is_first_try = true,
      .calls = { { READ, .status = 200, .answer = INCIDENT("resolved", "") } }, .next = NEXT_DONE,
      .result = TOLD("resolved", ",'is_closed':true") },
    { "but it may be opened again", statuspage_update,
      "{'incident':'i1','status':'investigating','body':'It is back.','reopens':true," ASKED "}", .is_first_try = true,
      .calls = { { READ, .status = 200, .answer = INCIDENT("resolved", "") },
                 { PATCH, { "'status':'investigating'", "'body':'It is back.'" }, .wait_ms = 1000, .status = 200,
                   .answer = INCIDENT("investigating", "") } },
      .next = NEXT_DONE, .result = TOLD("investigating", "") },
    { "opened again, as resolved", statuspage_update, "{'incident':'i1','status':'resolved','reopens':true," ASKED "}",
      .next = NEXT_NEVER, .error = "what is reopened has a status" },
    { "but its components may be set back", statuspage_update, "{'incident':'i1','components':{'c1':'operational'}," ASKED "}",
      .is_first_try = true,
      .calls = { { READ, .status = 200, .answer = INCIDENT("resolved", "") },
                 { PATCH, .not_body = "status", .wait_ms = 1000, .status = 200, .answer = INCIDENT("resolved", "") } },
      .next = NEXT_DONE },
    { "nothing to tell", statuspage_update, "{'incident':'i1'," ASKED "}", .next = NEXT_NEVER, .error = "nothing to tell" },
    { "asked for when?", statuspage_update, "{'incident':'i1','body':'x','asked_at_ms':0}", .next = NEXT_NEVER, .error = "when was it" },

    { "read", statuspage_read, "{'incident':'i1'}", .calls = { { READ, .status = 200, .answer = INCIDENT("monitoring", "") } },
      .next = NEXT_DONE, .result = TOLD("monitoring", "") },
    { "one that is not there", statuspage_read, "{'incident':'i1'}", .calls = { { READ, .status = 404 } }, .next = NEXT_NEVER,
      .error = "knows no incident i1, or no page" },
    { "without a word", statuspage_read, "{'incident':'i1'}", .calls = { { READ, .status = 200, .answer = "{}" } },
      .next = NEXT_AGAIN, .error = "no id" },
    { "no JSON", statuspage_read, "{'incident':'i1'}", .calls = { { READ, .status = 200, .answer = "<" } }, .next = NEXT_AGAIN,
      .error = "made no sense" },
    { "too fast", statuspage_read, "{'incident':'i1'}", .calls = { { READ, .status = 420 } }, .next = NEXT_AGAIN,
      .error = "limits how much", .after_ms = 10000, .is_outage = true, .limit = "statuspage" },
    { "too fast, and when again", statuspage_read, "{'incident':'i1'}",
      .calls = { { READ, .status = 429, .header = { "retry-after", "60" } } }, .next = NEXT_AGAIN, .error = "again in 60 s",
      .after_ms = 60000, .is_outage = true },
    { "a key that is none", statuspage_read, "{'incident':'i1'}",
      .calls = { { READ, .status = 401, .answer = "{'error':'Could not authenticate'}" } }, .next = NEXT_AGAIN,
      .error = "Could not authenticate; is statuspage.api_token", .needs_fresh_credential = true },
    { "a key that may not", statuspage_read, "{'incident':'i1'}", .calls = { { READ, .status = 403 } }, .next = NEXT_NEVER,
      .error = "let the key's user manage incidents" },
    { "what makes no sense to it", statuspage_update, MONITORING, .is_first_try = true,
      .calls = { { READ, .status = 200, .answer = INCIDENT("identified", "") },
                 { PATCH, .wait_ms = 1000, .status = 422, .answer = "{'error':['Body is too long','x']}" } },
      .next = NEXT_NEVER, .error = "Body is too long" },
    { "it is down", statuspage_read, "{'incident':'i1'}", .calls = { { READ, .status = 503 } }, .next = NEXT_AGAIN,
      .error = "Statuspage answered 503", .is_outage = true },
    { "for doctor: the components that the configuration names", statuspage_doctor, "{}",
      .calls = { { LIST "1" LISTED, .status = 200, .answer = "[{'id':'c1'},{'id':'c9'},7]" } },
      .next = NEXT_DONE,
      .result = "{'findings':[{'mark':'good','subject':'Statuspage key','text':'it can read the page'},"
                "{'mark':'bad','subject':'Statuspage components','text':'the page has no component c2, of web',"
                "'mend':'correct statuspage.components: nothing that names it can be told there'}]}" },
    { "for doctor: a page with more components than it tells at once", statuspage_doctor, "{}",
      .calls = { { LIST "1" LISTED, .status = 200, .answer = "[" HUNDRED "]" },
                 { LIST "2" LISTED, .wait_ms = 1000, .status = 200, .answer = "[{'id':'c2'},{'id':'c1'}]" } },
      .next = NEXT_DONE, .result = "{'findings':[{'mark':'good','subject':'Statuspage key','text':'it can read the page'}]}" },
    { "a list that is none", statuspage_doctor, "{}",
      .calls = { { LIST "1" LISTED, .status = 200, .answer = "{}" } },
      .next = NEXT_NEVER, .error = "no list" },
    { "and a key that is none", statuspage_doctor, "{}",
      .calls = { { LIST "1" LISTED, .status = 401, .answer = "{'error':'Could not authenticate'}" } },
      .next = NEXT_AGAIN, .error = "refuses the key", .needs_fresh_credential = true },
    { "an id that leads elsewhere", statuspage_read, "{'incident':'../x'}", .next = NEXT_NEVER, .error = "an id is needed" },
};

static const struct scripted_row unconfigured[] = {
    { "opened without a section", statuspage_open, OPEN, .is_first_try = true, .next = NEXT_NEVER,
      .error = "no section `statuspage`" },
    { "updated without a section", statuspage_update, MONITORING, .is_first_try = true, .next = NEXT_NEVER,
      .error = "no section `statuspage`" },
    { "it was opened, perhaps, and the section is gone since", statuspage_open, OPEN, .next = NEXT_NEVER,
      .error = "no section `statuspage`", .is_unclear = true },
    { "it was updated, perhaps, and the section is gone since", statuspage_update, MONITORING, .next = NEXT_NEVER,
      .error = "no section `statuspage`", .is_unclear = true },
};
/* clang-format on */

static void run(void **state)
{
    static struct shape_pair components[] = { { "api", "c1" }, { "web", "c2" } };
    static const struct statuspage_settings page = {
        .page = "pg1", .api_token = "k", .components = components, .components_count = ARRAY_LEN(components)
    };
    struct settings settings = script_settings;

    settings.statuspage = &page;
    run_scripted_with(*state, &settings);
}

int main(void)
{
    return ROWS(rows, run) + RUN_SCRIPTED(unconfigured);
}
