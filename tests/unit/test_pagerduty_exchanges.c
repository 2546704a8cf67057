/* PagerDuty's exchanges, through answers written down: subscriptions, open incidents, and every way to say no. */
#include "tests/unit/rows.h"
#include "tests/unit/scripted_exchange.h"

#include "integrations/pagerduty/api.h"
#include "integrations/pagerduty/incidents.h"
#include "integrations/pagerduty/people.h"
#include "integrations/pagerduty/subscription.h"

#define API "https://api.eu.pagerduty.com"
#define LIST "GET " API "/webhook_subscriptions?limit=100&offset=0"
#define ONE "GET " API "/webhook_subscriptions/PSUB001"
#define ENABLE "POST " API "/webhook_subscriptions/PSUB001/enable"
#define PING "POST " API "/webhook_subscriptions/PSUB001/ping"
#define ARGS "{'subscription':'PSUB001'}"
#define SUBSCRIPTION(id, active, silent)                                                                               \
    "{'id':'" id "','type':'webhook_subscription','active':" active                                                    \
    ",'description':'ops gateway','delivery_method':{'id':'PDM1','type':'http_delivery_method','secret':null,"         \
    "'url':'https://ann:s3cret@ops.example.com/pagerduty/webhook?a=b@c','temporarily_disabled':" silent                \
    ",'custom_headers':[]},'events':['incident.triggered','incident.resolved'],"                                       \
    "'filter':{'type':'service_reference','id':'PSVC001'}}"
#define WRAPPED(active, silent) "{'webhook_subscription':" SUBSCRIPTION("PSUB001", active, silent) "}"
#define TOLD(id, active, silent)                                                                                       \
    "{'id':'" id                                                                                                       \
    "','description':'ops gateway','url':'https://ops.example.com/pagerduty/webhook?a=b@c','is_active':" active        \
    ",'is_silent':" silent ",'events':['incident.triggered','incident.resolved'],"                                     \
    "'filter_type':'service_reference','filter_id':'PSVC001'}"
#define OPEN(services, offset)                                                                                         \
    "GET " API "/incidents?statuses%5B%5D=triggered&statuses%5B%5D=acknowledged&date_range=all" services               \
    "&sort_by=created_at%3Aasc&limit=100&offset=" offset
#define INCIDENT(id, number, status)                                                                                   \
    "{'id':'" id "','type':'incident','incident_number':" number ",'title':'x','status':'" status                      \
    "','urgency':'high','created_at':'2023-11-15T10:00:00Z','assignments':[{'at':'2023-11-15T10:00:00Z','assignee':"   \
    "{'id':'PUSER01','type':'user_reference','summary':'Ann','html_url':null}}],'acknowledgements':null,"              \
    "'priority':{'id':'PPRI001','type':'priority','name':'P1'},'service':{'id':'PSVC001','type':"                      \
    "'service_reference','summary':'api'},'resolve_reason':null,'conference_bridge':null}"
#define INCIDENT_TOLD(id, number, status)                                                                              \
    "{'id':'" id "','number':" number ",'title':'x','status':'" status                                                 \
    "','urgency':'high','created_at_ms':1700042400000,'assigned_at_ms':1700042400000,'service':{'id':'PSVC001','type':'service_reference','summary':" \
    "'api'},'priority':{'id':'PPRI001','type':'priority','summary':'P1'},'assignees':[{'id':'PUSER01','type':"         \
    "'user_reference','summary':'Ann'}]}"
#define ONCALL(offset)                                                                                                 \
    "GET " API "/oncalls?escalation_policy_ids%5B%5D=PPOL1&include%5B%5D=users&limit=100&offset=" offset
#define ON(level, id, email)                                                                                           \
    "{'escalation_policy':{'id':'PPOL1','type':'escalation_policy_reference','summary':'Platform'},'escalation_level':" \
    level ",'schedule':null,'user':{'id':'" id "','type':'user','name':'Somebody','email':'" email "'},'end':null}"
#define CALLED(id, email) "{'id':'" id "','name':'Somebody','email':'" email "'}"
#define PLATFORM "{'id':'PPOL1','type':'escalation_policy_reference','summary':'Platform'}"
#define SEARCH(offset) "GET " API "/users?query=Ann%40Example.com&limit=100&offset=" offset
#define ERROR(message) "{'error':{'message':'" message "','code':2001,'errors':['it is wrong','very']}}"

static const struct scripted_row rows[] = {
    /* subscriptions */
    { "all subscriptions, and no password of theirs", pagerduty_subscriptions_read, "{}",
      .calls = { { LIST, .status = 200,
                   .answer = "{'webhook_subscriptions':[" SUBSCRIPTION(
                       "PSUB001", "true",
                       "false") ",{'id':null},7," SUBSCRIPTION("PSUB002", "false",
                                                               "true") "],'more':false,'limit':100,'offset':0}" } },
      .next = NEXT_DONE,
      .result = "{'subscriptions':[" TOLD("PSUB001", "true", "false") "," TOLD("PSUB002", "false", "true") "]}" },
    { "subscriptions on two pages", pagerduty_subscriptions_read, "{}",
      .calls = { { LIST, .status = 200,
                   .answer = "{'webhook_subscriptions':[" SUBSCRIPTION("PSUB001", "true", "false") "],'more':true}" },
                 { "GET " API "/webhook_subscriptions?limit=100&offset=100", .status = 200,
                   .answer = "{'webhook_subscriptions':[" SUBSCRIPTION("PSUB002", "true", "true") "]}" } },
      .next = NEXT_DONE,
      .result = "{'subscriptions':[" TOLD("PSUB001", "true", "false") "," TOLD("PSUB002", "true", "true") "]}" },
    { "none at all", pagerduty_subscriptions_read, "{}",
      .calls = { { LIST, .status = 200, .answer = "{'webhook_subscriptions':null}" } }, .next = NEXT_DONE,
      .result = "{'subscriptions':[]}" },
    { "one subscription", pagerduty_subscriptions_read, ARGS,
      .calls = { { ONE, .status = 200, .answer = WRAPPED("true", "true") } }, .next = NEXT_DONE,
      .result = "{'subscriptions':[" TOLD("PSUB001", "true", "true") "]}" },
    { "one that is not there", pagerduty_subscriptions_read, ARGS,
      .calls = { { ONE, .status = 404, .answer = ERROR("Not Found") } }, .next = NEXT_NEVER,
      .error = "PagerDuty knows no webhook subscription PSUB001" },
    { "one without a word", pagerduty_subscriptions_read, ARGS, .calls = { { ONE, .status = 200, .answer = "{}" } },
      .next = NEXT_AGAIN, .error = "no id" },
    { "an id that leads elsewhere is not asked for", pagerduty_subscriptions_read, "{'subscription':'../users'}",
      .next = NEXT_NEVER, .error = "no id of PagerDuty's" },

    /* enabled again */
    { "a silenced one is enabled", pagerduty_subscription_enable, ARGS,
      .calls = { { ONE, .status = 200, .answer = WRAPPED("true", "true") }, { ENABLE, .status = 204 } },
      .next = NEXT_DONE, .result = "{'enabled':true,'was_disabled':true}" },
    { "one that delivers is left alone", pagerduty_subscription_enable, ARGS,
      .calls = { { ONE, .status = 200, .answer = WRAPPED("true", "false") } }, .next = NEXT_DONE,
      .result = "{'enabled':true,'was_disabled':false}" },
    { "what a person switched off stays off", pagerduty_subscription_enable, ARGS,
      .calls = { { ONE, .status = 200, .answer = WRAPPED("false", "true") } }, .next = NEXT_NEVER,
      .error = "somebody switched the webhook subscription PSUB001 off" },
    { "a key that may only read", pagerduty_subscription_enable, ARGS,
      .calls = { { ONE, .status = 200, .answer = WRAPPED("true", "true") },
                 { ENABLE, .status = 403, .answer = ERROR("Access Denied") } },
      .next = NEXT_NEVER, .error = "Access Denied (it is wrong); give the key more access" },
    { "enabling that got no answer", pagerduty_subscription_enable, ARGS,
      .calls = { { ONE, .status = 200, .answer = WRAPPED("true", "true") }, { ENABLE, .status = 0 } },
      .next = NEXT_AGAIN, .error = "connection refused", .is_outage = true },
    { "which one?", pagerduty_subscription_enable, "{}", .next = NEXT_NEVER, .error = "which one" },
    { "a ping", pagerduty_subscription_ping, ARGS, .calls = { { PING, .status = 202 } }, .next = NEXT_DONE,
      .result = "{'pinged':true}" },
    { "a ping of nothing", pagerduty_subscription_ping, ARGS, .calls = { { PING, .status = 404, .answer = "<html>" } },
      .next = NEXT_NEVER, .error = "knows no" },

    /* refusals */
    { "the limit, and when it ends", pagerduty_subscription_ping, ARGS,
      .calls = { { PING, .status = 429, .answer = ERROR("Rate Limit Exceeded"),
                   .header = { "ratelimit-reset", "7" } } },
      .next = NEXT_AGAIN, .error = "limits how much", .after_ms = 8000, .is_outage = true },
    { "the limit, without a word", pagerduty_subscription_ping, ARGS, .calls = { { PING, .status = 429 } },
      .next = NEXT_AGAIN, .error = "limits how much", .after_ms = 60000, .is_outage = true },
    { "a limit that ends next year", pagerduty_subscription_ping, ARGS,
      .calls = { { PING, .status = 429, .header = { "ratelimit-reset", "31536000" } } }, .next = NEXT_AGAIN,
      .error = "limits how much", .after_ms = 3601000, .is_outage = true },
    { "a limit that makes no sense", pagerduty_subscription_ping, ARGS,
      .calls = { { PING, .status = 429, .header = { "ratelimit-reset", "-1" } } }, .next = NEXT_AGAIN,
      .error = "limits how much", .after_ms = 60000, .is_outage = true },
    { "a key that is no good", pagerduty_subscription_ping, ARGS,
      .calls = { { PING, .status = 401, .answer = ERROR("Unauthorized") } }, .next = NEXT_AGAIN,
      .error = "pagerduty.api_token", .needs_fresh_credential = true },
    { "what makes no sense to it", pagerduty_subscription_ping, ARGS,
      .calls = { { PING, .status = 400, .answer = ERROR("Invalid Input Provided") } }, .next = NEXT_NEVER,
      .error = "Invalid Input Provided (it is wrong)" },
    { "a plan that lacks it", pagerduty_subscription_ping, ARGS,
      .calls = { { PING, .status = 402, .answer = "{'error':{'message':'Payment required'}}" } }, .next = NEXT_NEVER,
      .error = "plan does not include" },
    { "it took too long", pagerduty_subscription_ping, ARGS, .calls = { { PING, .status = 408 } }, .next = NEXT_AGAIN,
      .error = "too long", .is_outage = true },
    { "it is down", pagerduty_subscription_ping, ARGS, .calls = { { PING, .status = 503 } }, .next = NEXT_AGAIN,
      .error = "PagerDuty answered 503", .is_outage = true },
    { "something else", pagerduty_subscription_ping, ARGS, .calls = { { PING, .status = 418, .answer = "tea" } },
      .next = NEXT_NEVER, .error = "tea" },

    /* incidents */
    { "no incident is open", pagerduty_incidents_read, "{}",
      .calls = { { OPEN("", "0"), .status = 200, .answer = "{'incidents':[],'more':false}" } }, .next = NEXT_DONE,
      .result = "{'incidents':[],'is_cut':false}" },
    { "those of two services", pagerduty_incidents_read, "{'services':['PSVC001','PSVC002']}",
      .calls = { { OPEN("&service_ids%5B%5D=PSVC001&service_ids%5B%5D=PSVC002", "0"), .status = 200,
                   .answer = "{'incidents':[" INCIDENT("PINC1", "41", "triggered") "]}" } },
      .next = NEXT_DONE, .result = "{'incidents':[" INCIDENT_TOLD("PINC1", "41", "triggered") "],'is_cut':false}" },
    { "pages overlap, and each incident is told once", pagerduty_incidents_read, "{}",
      .calls = { { OPEN("", "0"), .status = 200,
                   .answer = "{'incidents':[" INCIDENT("PINC1", "41", "triggered") "," INCIDENT(
                       "PINC2", "42", "acknowledged") "],'more':true}" },
                 { OPEN("", "90"), .status = 200,
                   .answer = "{'incidents':[" INCIDENT("PINC2", "42", "acknowledged") ",{'id':null}," INCIDENT(
                       "PINC3", "43", "triggered") "],'more':false}" } },
      .next = NEXT_DONE,
      .result = "{'incidents':[" INCIDENT_TOLD("PINC1", "41", "triggered") "," INCIDENT_TOLD(
          "PINC2", "42", "acknowledged") "," INCIDENT_TOLD("PINC3", "43", "triggered") "],'is_cut':false}" },
    { "what is no list is not taken for none", pagerduty_incidents_read, "{}",
      .calls = { { OPEN("", "0"), .status = 200, .answer = "{'incidents':null}" } }, .next = NEXT_AGAIN,
      .error = "no list" },
    { "no JSON", pagerduty_incidents_read, "{}", .calls = { { OPEN("", "0"), .status = 200, .answer = "<html>" } },
      .next = NEXT_AGAIN, .error = "made no sense" },
    { "the second page fails", pagerduty_incidents_read, "{}",
      .calls = { { OPEN("", "0"), .status = 200, .answer = "{'incidents':[],'more':true}" },
                 { OPEN("", "90"), .status = 500 } },
      .next = NEXT_AGAIN, .error = "answered 500", .is_outage = true },
    { "a service that leads elsewhere", pagerduty_incidents_read, "{'services':['P1&statuses=x']}", .next = NEXT_NEVER,
      .error = "no id of PagerDuty's" },
    { "one incident", pagerduty_incident_ask, "{'incident':'PINC9'}",
      .calls = { { "GET " API "/incidents/PINC9", .status = 200,
                   .answer = "{'incident':" INCIDENT("PINC9", "49", "resolved") "}" } },
      .next = NEXT_DONE, .result = INCIDENT_TOLD("PINC9", "49", "resolved") },
    { "one incident, with who acknowledged it and when its status changed", pagerduty_incident_ask, "{'incident':'PINC9'}",
      .calls = { { "GET " API "/incidents/PINC9", .status = 200,
                   .answer = "{'incident':{'id':'PINC9','status':'acknowledged','last_status_change_at':"
                             "'2023-11-15T10:00:01Z','last_status_change_by':{'id':'PUSER02','type':'user_reference'},"
                             "'assignments':[{'at':'2023-11-15T10:00:02Z'},{'at':'2023-11-15T10:00:00Z'}],"
                             "'acknowledgements':[{'at':'2023-11-15T10:00:01Z','acknowledger':{'id':'PUSER02',"
                             "'type':'user_reference','summary':'Bob'}},{'at':null},7]}}" } },
      .next = NEXT_DONE,
      .result = "{'id':'PINC9','status':'acknowledged','status_at_ms':1700042401000,'assigned_at_ms':1700042402000,"
                "'acknowledgers':[{'id':'PUSER02','type':'user_reference','summary':'Bob'}],"
                "'status_by':{'id':'PUSER02','type':'user_reference'}}" },
    { "those made since a time, after a gap", pagerduty_incidents_read, "{'since_ms':1700042400000}",
      .calls = { { "GET " API "/incidents?statuses%5B%5D=triggered&statuses%5B%5D=acknowledged"
                   "&since=2023-11-15T10%3A00%3A00.000Z&until=2023-11-17T02%3A00%3A00.000Z"
                   "&sort_by=created_at%3Aasc&limit=100&offset=0", .status = 200, .answer = "{'incidents':[]}" } },
      .next = NEXT_DONE, .result = "{'incidents':[],'is_cut':false}" },
    { "a gap of a year: all of them", pagerduty_incidents_read, "{'since_ms':1668500000000}",
      .calls = { { OPEN("", "0"), .status = 200, .answer = "{'incidents':[]}" } }, .next = NEXT_DONE },
    { "one that is not there any more", pagerduty_incident_ask, "{'incident':'PINC9'}",
      .calls = { { "GET " API "/incidents/PINC9", .status = 404, .answer = ERROR("Incident Not Found") } },
      .next = NEXT_NEVER, .error = "PagerDuty knows no incident PINC9" },
    { "one without a word", pagerduty_incident_ask, "{'incident':'PINC9'}",
      .calls = { { "GET " API "/incidents/PINC9", .status = 200, .answer = "{'incident':[]}" } }, .next = NEXT_AGAIN,
      .error = "made no sense" },
    { "one that leads elsewhere", pagerduty_incident_ask, "{'incident':'PINC9/notes'}", .next = NEXT_NEVER,
      .error = "an id such as" },

    /* who is on call */
    { "on call for a service: its policy, level by level, each once", pagerduty_oncall_read, "{'service':'PSVC001'}",
      .calls = { { "GET " API "/services/PSVC001", .status = 200,
                   .answer = "{'service':{'id':'PSVC001','escalation_policy':" PLATFORM "}}" },
                 { ONCALL("0"), .status = 200,
                   .answer = "{'oncalls':[" ON("2", "PUSER02", "Bob@Example.com") "," ON("1", "PUSER01", "ann@example.com") ",7,"
                             "{'escalation_level':0,'user':{'id':'PUSER03'}}],'more':true}" },
                 { ONCALL("100"), .status = 200,
                   .answer = "{'oncalls':[" ON("1", "PUSER01", "ann@example.com") "," ON("1", "PUSER03", "none") "]}" } },
      .next = NEXT_DONE,
      .result = "{'policy':" PLATFORM ",'levels':[{'level':1,'people':[" CALLED("PUSER01", "ann@example.com") ",{'id':'PUSER03','name':"
                "'Somebody'}]},{'level':2,'people':[" CALLED("PUSER02", "bob@example.com") "]}]}" },
    { "on call by a policy", pagerduty_oncall_read, "{'policy':'PPOL1'}",
      .calls = { { ONCALL("0"), .status = 200, .answer = "{'oncalls':[" ON("1", "PUSER01", "ann@example.com") "]}" } },
      .next = NEXT_DONE,
      .result = "{'policy':" PLATFORM ",'levels':[{'level':1,'people':[" CALLED("PUSER01", "ann@example.com") "]}]}" },
    { "nobody is on call", pagerduty_oncall_read, "{'policy':'PPOL1'}",
      .calls = { { ONCALL("0"), .status = 200, .answer = "{'oncalls':[]}" } }, .next = NEXT_DONE, .result = "{'levels':[]}" },
    { "on-calls that are no list are not taken for nobody", pagerduty_oncall_read, "{'policy':'PPOL1'}",
      .calls = { { ONCALL("0"), .status = 200, .answer = "{'oncalls':null}" } }, .next = NEXT_AGAIN, .error = "no list" },
    { "no such service", pagerduty_oncall_read, "{'service':'PSVC009'}",
      .calls = { { "GET " API "/services/PSVC009", .status = 404 } }, .next = NEXT_NEVER, .error = "knows no service PSVC009" },
    { "a key that may not see on-calls", pagerduty_oncall_read, "{'policy':'PPOL1'}",
      .calls = { { ONCALL("0"), .status = 403 } }, .next = NEXT_NEVER, .error = "give the key more access" },
    { "on call for what?", pagerduty_oncall_read, "{}", .next = NEXT_NEVER, .error = "a service or an escalation policy" },

    /* users */
    { "a user by an address, whatever else is found by it", pagerduty_user_find, "{'email':'Ann@Example.com'}",
      .calls = { { SEARCH("0"), .status = 200,
                   .answer = "{'users':[{'id':'PUSER09','email':'joann@example.com'},{'id':null}],'more':true}" },
                 { SEARCH("100"), .status = 200,
                   .answer = "{'users':[{'id':'PUSER01','name':'Ann','email':'ann@example.COM'}]}" } },
      .next = NEXT_DONE, .result = "{'user':{'id':'PUSER01','name':'Ann','email':'ann@example.com'}}" },
    { "nobody of that address", pagerduty_user_find, "{'email':'Ann@Example.com'}",
      .calls = { { SEARCH("0"), .status = 200, .answer = "{'users':[]}" } }, .next = NEXT_DONE, .result = "{}" },
    { "a user by the id", pagerduty_user_find, "{'id':'PUSER01'}",
      .calls = { { "GET " API "/users/PUSER01", .status = 200, .answer = "{'user':{'id':'PUSER01','email':'a@b'}}" } },
      .next = NEXT_DONE, .result = "{'user':{'id':'PUSER01','email':'a@b'}}" },
    { "nobody of that id", pagerduty_user_find, "{'id':'PUSER01'}", .calls = { { "GET " API "/users/PUSER01", .status = 404 } },
      .next = NEXT_DONE, .result = "{}" },
    { "users that are no list", pagerduty_user_find, "{'email':'Ann@Example.com'}",
      .calls = { { SEARCH("0"), .status = 200, .answer = "{}" } }, .next = NEXT_AGAIN, .error = "no list" },
    { "a user by what is neither", pagerduty_user_find, "{'email':'ann'}", .next = NEXT_NEVER, .error = "an e-mail address" },
};

static void run_in_europe(void **state)
{
    static const struct pagerduty_settings pagerduty = { .api_url = API "/",
                                                         .api_token = "k",
                                                         .from = "o@example.com" };
    struct settings settings = script_settings;

    settings.pagerduty = &pagerduty;
    run_scripted_with(*state, &settings);
}

static const struct scripted_row unconfigured[] = {
    { "subscriptions without a section", pagerduty_subscriptions_read, "{}", .next = NEXT_NEVER,
      .error = "no section `pagerduty`" },
    { "enabling without a section", pagerduty_subscription_enable, ARGS, .next = NEXT_NEVER,
      .error = "no section `pagerduty`" },
    { "open incidents without a section", pagerduty_incidents_read, "{}", .next = NEXT_NEVER,
      .error = "no section `pagerduty`" },
    { "an incident without a section", pagerduty_incident_ask, "{'incident':'P1'}", .next = NEXT_NEVER,
      .error = "no section `pagerduty`" },
};

static void a_key_and_an_apps_token_go_in_headers_of_their_own(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    assert_string_equal(pagerduty_authorization("y_NbAkKc66ryYTWUXYEu", arena), "Token token=y_NbAkKc66ryYTWUXYEu");
    assert_string_equal(pagerduty_authorization("u+Ab", arena), "Token token=u+Ab");
    assert_string_equal(pagerduty_authorization("pdus+_0XB", arena), "Bearer pdus+_0XB");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_key_and_an_apps_token_go_in_headers_of_their_own) };

    return ROWS(rows, run_in_europe) + RUN_SCRIPTED(unconfigured) + cmocka_run_group_tests(tests, NULL, NULL);
}
