/* What is done to incidents: every state and every intent, as whom, changed meanwhile, too late, lost and refused. */
#include "tests/unit/rows.h"
#include "tests/unit/scripted_exchange.h"

#include "bot/model/pagerduty_act.h"
#include "integrations/pagerduty/change.h"
#include "integrations/pagerduty/note.h"
#include "integrations/pagerduty/status.h"
#include "integrations/pagerduty/trigger.h"

#define API "https://api.pagerduty.com"
#define READ "GET " API "/incidents/PINC1"
#define PUT "PUT " API "/incidents/PINC1"
#define SNOOZE "POST " API "/incidents/PINC1/snooze"
#define NOTES "/incidents/PINC1/notes"
#define UPDATES "POST " API "/incidents/PINC1/status_updates"
#define FOUND "GET " API "/incidents?incident_key=opsgate-birth-00000000000000e1&service_ids%5B%5D=PSVC1"
#define MAKE "POST " API "/incidents"
#define ANN "GET " API "/users/PUSER01"
#define AS(email) .sends = { "From", email }
#define DATE .header = { "date", "Thu, 16 Nov 2023 02:00:00 GMT" } /* as the attempt's clock has it */
#define EARLY "2023-11-16T01:30:00Z"
#define LATE "2023-11-16T01:59:50Z" /* ten seconds ago; what the rows want was asked for thirty seconds ago */
#define ASKED "'asked_at_ms':1700099970000"
#define OF "'of':{'incident':'PINC1'," ASKED "}"
#define OF_ANN "'of':{'incident':'PINC1','by':'slack:U1'," ASKED "}"
#define OF_LATE "'of':{'incident':'PINC1'," ASKED ",'not_after_ms':1700099999999}"
#define ACKNOWLEDGE "{" OF ",'intent':'acknowledge'}"
#define RESOLVE "{" OF ",'intent':'resolve'}"
#define REOPEN "{" OF ",'intent':'reopen'}"
#define INCIDENT_AT(status, at, more)                                                                                  \
    "{'incident':{'id':'PINC1','incident_number':7,'title':'x','urgency':'high','status':'" status                     \
    "','last_status_change_at':'" at "','priority':{'id':'PP1','name':'P2'}" more "}}"
#define INCIDENT(status) INCIDENT_AT(status, EARLY, "")
#define ASSIGNED_AT(at)                                                                                                \
    INCIDENT_AT("triggered", EARLY,                                                                                    \
                ",'escalation_policy':{'id':'PPOL1'},'assignments':[{'at':'" at "','assignee':{'id':'PUSER01'}}]")
#define TOLD_AT(status, at_ms)                                                                                         \
    "'incident':{'id':'PINC1','number':7,'title':'x','status':'" status                                                \
    "','urgency':'high','status_at_ms':" at_ms ",'priority':{'id':'PP1','summary':'P2'}}"
#define TOLD(status) TOLD_AT(status, "1700098200000")
#define ENDED(end, seen, said, is) "{'end':'" end "','seen':'" seen "','said':'incident #7 " said "'," TOLD(is) "}"
#define WRITTEN(seen, said, is)                                                                                        \
    "{'end':'written','seen':'" seen "','said':'incident #7 " said "','as':'ops@example.com'," TOLD(is) "}"
#define ERROR(code, message) "{'error':{'message':'" message "','code':" code "}}"

/* clang-format off */
static const struct scripted_row status_rows[] = {
    /* every state, every intent */
    { "acknowledge what is triggered", pagerduty_status_set, ACKNOWLEDGE, .is_first_try = true,
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, { "'type':'incident_reference'", "'status':'acknowledged'" }, AS("ops@example.com"), .status = 200,
                   .answer = INCIDENT("acknowledged") } },
      .next = NEXT_DONE, .result = WRITTEN("triggered", "is acknowledged", "acknowledged") },
    { "acknowledge what is acknowledged", pagerduty_status_set, ACKNOWLEDGE,
      .calls = { { READ, .status = 200, .answer = INCIDENT("acknowledged") } }, .next = NEXT_DONE,
      .result = ENDED("already", "acknowledged", "was acknowledged already", "acknowledged") },
    { "acknowledging a resolved one would reopen it", pagerduty_status_set, ACKNOWLEDGE,
      .calls = { { READ, .status = 200, .answer = INCIDENT("resolved") } }, .next = NEXT_DONE,
      .result = ENDED("unfit", "resolved", "is resolved: acknowledging it now would reopen it", "resolved") },
    { "resolve what is triggered", pagerduty_status_set, "{" OF ",'intent':'resolve','resolution':'rolled back'}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, { "'status':'resolved'", "'resolution':'rolled back'" }, .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE, .result = WRITTEN("triggered", "is resolved", "resolved") },
    { "resolve what is acknowledged", pagerduty_status_set, RESOLVE,
      .calls = { { READ, .status = 200, .answer = INCIDENT("acknowledged") },
                 { PUT, { "'status':'resolved'" }, .not_body = "resolution", .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE, .result = WRITTEN("acknowledged", "is resolved", "resolved") },
    { "resolve what is resolved", pagerduty_status_set, RESOLVE,
      .calls = { { READ, .status = 200, .answer = INCIDENT("resolved") } }, .next = NEXT_DONE,
      .result = ENDED("already", "resolved", "was resolved already", "resolved") },
    { "reopen what is triggered", pagerduty_status_set, REOPEN,
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") } }, .next = NEXT_DONE,
      .result = ENDED("already", "triggered", "is open already", "triggered") },
    { "reopen what is acknowledged", pagerduty_status_set, REOPEN,
      .calls = { { READ, .status = 200, .answer = INCIDENT("acknowledged") } }, .next = NEXT_DONE,
      .result = ENDED("already", "acknowledged", "is open already", "acknowledged") },
    { "reopen what is resolved", pagerduty_status_set, REOPEN,
      .calls = { { READ, .status = 200, .answer = INCIDENT("resolved") },
                 { PUT, { "'status':'triggered'" }, .status = 200, .answer = INCIDENT("triggered") } },
      .next = NEXT_DONE, .result = WRITTEN("resolved", "is open again, and pages", "triggered") },
    { "what was merged is not reopened", pagerduty_status_set, REOPEN,
      .calls = { { READ, .status = 200, .answer = INCIDENT_AT("resolved", EARLY, ",'resolve_reason':{'type':'merge_resolve_reason'}") } },
      .next = NEXT_DONE,
      .result = "{'end':'unfit','seen':'resolved','said':'incident #7 was merged into another one, which is the one to reopen',"
                "'incident':{'id':'PINC1','number':7,'title':'x','status':'resolved','urgency':'high','status_at_ms':1700098200000,"
                "'priority':{'id':'PP1','summary':'P2'},'is_merged':true}}" },
    { "a state that nobody knows is left alone", pagerduty_status_set, RESOLVE,
      .calls = { { READ, .status = 200, .answer = INCIDENT("suppressed") } }, .next = NEXT_DONE,
      .result = ENDED("unfit", "suppressed", "is in a state that opsgate does not know: it stays as it is", "suppressed") },

    /* changed since */
    { "resolved, reopened by somebody: it is not resolved once more", pagerduty_status_set, RESOLVE, .is_in_doubt = true,
      .calls = { { READ, .status = 200, DATE, .answer = INCIDENT_AT("triggered", LATE, "") } }, .next = NEXT_DONE,
      .result = "{'end':'changed','seen':'triggered','said':'incident #7 was changed in PagerDuty after this was asked for, and is "
                "triggered now: it stays so'," TOLD_AT("triggered", "1700099990000") "}" },
    { "by PagerDuty's clock: it is an hour behind ours, and the change is young all the same", pagerduty_status_set, RESOLVE,
      .calls = { { READ, .status = 200, .header = { "date", "Thu, 16 Nov 2023 01:00:00 GMT" },
                   .answer = INCIDENT_AT("triggered", "2023-11-16T00:59:50Z", "") } },
      .next = NEXT_DONE },
    { "it is an hour ahead of ours, and the change is old all the same", pagerduty_status_set, RESOLVE,
      .calls = { { READ, .status = 200, .header = { "date", "Thu, 16 Nov 2023 03:00:00 GMT" },
                   .answer = INCIDENT_AT("triggered", "2023-11-16T02:59:20Z", "") },
                 { PUT, .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE, .result = WRITTEN("triggered", "is resolved", "resolved") },
    { "what was triggered in the very seconds of the click is taken", pagerduty_status_set, ACKNOWLEDGE,
      .calls = { { READ, .status = 200, DATE, .answer = INCIDENT_AT("triggered", "2023-11-16T01:59:32Z", "") },
                 { PUT, .status = 200, .answer = INCIDENT("acknowledged") } },
      .next = NEXT_DONE, .result = WRITTEN("triggered", "is acknowledged", "acknowledged") },
    { "a first try may have waited behind another act of ours", pagerduty_status_set, REOPEN, .is_first_try = true,
      .calls = { { READ, .status = 200, DATE, .answer = INCIDENT_AT("resolved", LATE, "") },
                 { PUT, .status = 200, .answer = INCIDENT("triggered") } },
      .next = NEXT_DONE, .result = WRITTEN("resolved", "is open again, and pages", "triggered") },
    { "a wish without its time is not compared", pagerduty_status_set, "{'of':{'incident':'PINC1'},'intent':'resolve'}",
      .calls = { { READ, .status = 200, DATE, .answer = INCIDENT_AT("triggered", LATE, "") },
                 { PUT, .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE, .result = WRITTEN("triggered", "is resolved", "resolved") },

    { "an answer that tells of another incident", pagerduty_status_set, RESOLVE, .is_first_try = true,
      .calls = { { READ, .status = 200, .answer = "{'incident':{'id':'PINC2','status':'triggered'}}" } }, .next = NEXT_AGAIN,
      .error = "tells of another one" },

    /* too late */
    { "too late, and said so", pagerduty_status_set, "{" OF_LATE ",'intent':'acknowledge'}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") } }, .next = NEXT_DONE,
      .result = ENDED("too_late", "triggered",
                      "was not changed: PagerDuty could not be reached in time; it is triggered. Ask again, if it is still wanted",
                      "triggered") },
    { "too late, but a try before was in time", pagerduty_status_set, "{" OF_LATE ",'intent':'acknowledge'}", .is_in_doubt = true,
      .calls = { { READ, .status = 200, .answer = INCIDENT("acknowledged") } }, .next = NEXT_DONE,
      .result = ENDED("already", "acknowledged", "was acknowledged already", "acknowledged") },
    { "too late, and it cannot be read", pagerduty_status_set, "{" OF_LATE ",'intent':'acknowledge'}",
      .calls = { { READ, .status = 503 } }, .next = NEXT_NEVER, .error = "so incident PINC1 was not changed (PagerDuty answered 503)" },
    { "too late, unread, and in doubt", pagerduty_status_set, "{" OF_LATE ",'intent':'acknowledge'}", .is_in_doubt = true,
      .calls = { { READ, .status = 0 } }, .next = NEXT_NEVER, .error = "may have been changed or not: look there" },

    /* lost, refused */
    { "it cannot be read now", pagerduty_status_set, RESOLVE, .calls = { { READ, .status = 503 } }, .next = NEXT_AGAIN,
      .error = "answered 503", .is_outage = true },
    { "the answer of the write is lost", pagerduty_status_set, RESOLVE,
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") }, { PUT, .status = 0 } }, .next = NEXT_AGAIN,
      .error = "connection refused", .is_outage = true },
    { "the answer of the write makes no sense: it is read again", pagerduty_status_set, RESOLVE,
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") }, { PUT, .status = 200, .answer = "<html>" } },
      .next = NEXT_AGAIN, .error = "made no sense" },
    { "the write tells no incident", pagerduty_status_set, RESOLVE,
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") }, { PUT, .status = 200, .answer = "{}" } },
      .next = NEXT_AGAIN, .error = "made no sense" },
    { "somebody was faster, between reading and writing", pagerduty_status_set, RESOLVE,
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, .status = 400, .answer = ERROR("1001", "Incident Already Resolved") } },
      .next = NEXT_AGAIN, .error = "changed while it was being changed", .after_ms = 1000 },
    { "no such incident", pagerduty_status_set, RESOLVE, .calls = { { READ, .status = 404 } }, .next = NEXT_NEVER,
      .error = "PagerDuty knows no incident PINC1" },
    { "a key that may only read", pagerduty_status_set, RESOLVE,
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, .status = 403, .answer = ERROR("2010", "Access Denied") } },
      .next = NEXT_NEVER, .error = "does not let opsgate see or change incident PINC1: Access Denied; give the key more access" },
    { "a key that is none", pagerduty_status_set, RESOLVE, .calls = { { READ, .status = 401 } }, .next = NEXT_AGAIN,
      .error = "pagerduty.api_token", .needs_fresh_credential = true },
    { "too much was asked", pagerduty_status_set, RESOLVE,
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, .status = 429, .header = { "ratelimit-reset", "4" } } },
      .next = NEXT_AGAIN, .error = "limits how much", .after_ms = 5000, .is_outage = true },
    { "an id that leads elsewhere", pagerduty_status_set, "{'of':{'incident':'../users'},'intent':'resolve'}", .next = NEXT_NEVER,
      .error = "an id such as PINC001" },
    { "no intent", pagerduty_status_set, "{" OF "}", .next = NEXT_NEVER, .error = "intent" },
    { "no such intent", pagerduty_status_set, "{" OF ",'intent':'close'}", .next = NEXT_NEVER, .error = "intent" },

    /* as whom */
    { "as the person, by the id that `people` says", pagerduty_status_set, "{" OF_ANN ",'intent':'resolve'}",
      .calls = { { ANN, .status = 200, .answer = "{'user':{'id':'PUSER01','email':'Ann@Example.com'}}" },
                 { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, AS("ann@example.com"), .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE,
      .result = "{'end':'written','seen':'triggered','said':'incident #7 is resolved','as':'ann@example.com'," TOLD("resolved") "}" },
    { "as a user of PagerDuty", pagerduty_status_set, "{'of':{'incident':'PINC1','by':'pagerduty:PUSER01'},'intent':'resolve'}",
      .calls = { { ANN, .status = 200, .answer = "{'user':{'id':'PUSER01','email':'ann@example.com'}}" },
                 { READ, .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE, .result = ENDED("already", "resolved", "was resolved already", "resolved") },
    { "as somebody whose address the handler knows", pagerduty_status_set,
      "{'of':{'incident':'PINC1','by':'slack:U9','email':'eve@example.com'},'intent':'resolve'}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, AS("eve@example.com"), .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE },
    { "as somebody whose address `people` says", pagerduty_status_set, "{'of':{'incident':'PINC1','by':'github:bob'},'intent':'resolve'}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, AS("bob@example.com"), .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE },
    { "somebody whom nobody knows is stood in for", pagerduty_status_set, "{'of':{'incident':'PINC1','by':'slack:U9'},'intent':'resolve'}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, AS("ops@example.com"), .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE,
      .result = "{'end':'written','seen':'triggered','said':'incident #7 is resolved','as':'ops@example.com','is_stand_in':true,"
                TOLD("resolved") "}" },
    { "a user who is not there any more", pagerduty_status_set, "{" OF_ANN ",'intent':'resolve'}",
      .calls = { { ANN, .status = 404 }, { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, AS("ops@example.com"), .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE },
    { "a key that may not see users", pagerduty_status_set, "{" OF_ANN ",'intent':'resolve'}",
      .calls = { { ANN, .status = 403 }, { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, AS("ops@example.com"), .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE },
    { "whether it is a user cannot be told now", pagerduty_status_set, "{" OF_ANN ",'intent':'resolve'}",
      .calls = { { ANN, .status = 500 } }, .next = NEXT_AGAIN, .error = "answered 500", .is_outage = true },
    { "an address that PagerDuty does not know: once more, as pagerduty.from", pagerduty_status_set,
      "{'of':{'incident':'PINC1','by':'slack:U9','email':'eve@example.com'},'intent':'resolve'}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, AS("eve@example.com"), .status = 400, .answer = ERROR("1008", "Requester User Not Found") },
                 { PUT, AS("ops@example.com"), .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE,
      .result = "{'end':'written','seen':'triggered','said':'incident #7 is resolved','as':'ops@example.com','is_stand_in':true,"
                TOLD("resolved") "}" },
    { "pagerduty.from is no user either", pagerduty_status_set, RESOLVE,
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, .status = 400, .answer = ERROR("1008", "Requester User Not Found") } },
      .next = NEXT_NEVER, .error = "knows no user of the address pagerduty.from" },
    { "who is there, but may not, is refused", pagerduty_status_set,
      "{'of':{'incident':'PINC1','email':'eve@example.com'},'intent':'resolve'}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, .status = 403, .answer = ERROR("1018", "Requester Not Authorized") } },
      .next = NEXT_NEVER, .error = "Requester Not Authorized" },
    { "an address with another header in it is none", pagerduty_status_set,
      "{'of':{'incident':'PINC1','email':'eve@example.com\\r\\nX: y'},'intent':'resolve'}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, AS("ops@example.com"), .status = 200, .answer = INCIDENT("resolved") } },
      .next = NEXT_DONE },

    /* sleep */
    { "an acknowledged one is snoozed", pagerduty_snooze_set, "{" OF ",'seconds':3600}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("acknowledged") },
                 { SNOOZE, { "{'duration':3600}" }, AS("ops@example.com"), .status = 201, .answer = INCIDENT("acknowledged") } },
      .next = NEXT_DONE, .result = WRITTEN("acknowledged", "is quiet for 60 min", "acknowledged") },
    { "a triggered one is not", pagerduty_snooze_set, "{" OF ",'seconds':3600}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") } }, .next = NEXT_DONE,
      .result = ENDED("unfit", "triggered", "is not acknowledged: only what somebody has acknowledged can be snoozed", "triggered") },
    { "nor for a year", pagerduty_snooze_set, "{" OF ",'seconds':31536000}", .next = NEXT_NEVER, .error = "seven days" },
};

static const struct scripted_row other_rows[] = {
    /* title, urgency, priority */
    { "only what differs is written", pagerduty_change_make, "{" OF ",'title':'x','urgency':'low','priority':'P1'}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, { "'urgency':'low'", "'priority':'P1'" }, .not_body = "title", .status = 200, .answer = INCIDENT("triggered") } },
      .next = NEXT_DONE, .result = WRITTEN("triggered", "was changed as wanted", "triggered") },
    { "nothing differs", pagerduty_change_make, "{" OF ",'title':'x','urgency':'high','priority':'P2'}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("resolved") } }, .next = NEXT_DONE,
      .result = ENDED("already", "resolved", "was as wanted already", "resolved") },
    { "no such priority", pagerduty_change_make, "{" OF ",'priority':'SEV9'}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("triggered") },
                 { PUT, .status = 400, .answer = ERROR("1020", "Invalid Priority") } },
      .next = NEXT_NEVER, .error = "Invalid Priority" },
    { "nothing to change", pagerduty_change_make, "{" OF "}", .next = NEXT_NEVER, .error = "nothing to change" },
    { "an urgency that there is not", pagerduty_change_make, "{" OF ",'urgency':'P1'}", .next = NEXT_NEVER, .error = "high or low" },

    /* who is called */
    { "to a level", pagerduty_assign_make, "{" OF ",'level':2}",
      .calls = { { READ, .status = 200, DATE, .answer = ASSIGNED_AT(EARLY) },
                 { PUT, { "'escalation_level':2" }, .status = 200, .answer = INCIDENT("triggered") } },
      .next = NEXT_DONE, .result = WRITTEN("triggered", "calls level 2", "triggered") },
    { "another try: it was called since", pagerduty_assign_make, "{" OF ",'level':2}",
      .calls = { { READ, .status = 200, DATE, .answer = ASSIGNED_AT("2023-11-16T01:59:31Z") } }, .next = NEXT_DONE },
    { "to a person", pagerduty_assign_make, "{" OF ",'users':['PUSER02']}",
      .calls = { { READ, .status = 200, .answer = ASSIGNED_AT(EARLY) },
                 { PUT, { "'assignments':[{'assignee':{'id':'PUSER02','type':'user_reference'}}]" }, .status = 200,
                   .answer = INCIDENT("triggered") } },
      .next = NEXT_DONE, .result = WRITTEN("triggered", "was assigned", "triggered") },
    { "to whom it is assigned", pagerduty_assign_make, "{" OF ",'users':['PUSER01']}",
      .calls = { { READ, .status = 200, .answer = ASSIGNED_AT(EARLY) } }, .next = NEXT_DONE },
    { "to another policy", pagerduty_assign_make, "{" OF ",'policy':'PPOL2'}",
      .calls = { { READ, .status = 200, .answer = ASSIGNED_AT(EARLY) },
                 { PUT, { "'escalation_policy':{'id':'PPOL2','type':'escalation_policy_reference'}" }, .status = 200,
                   .answer = INCIDENT("triggered") } },
      .next = NEXT_DONE, .result = WRITTEN("triggered", "goes by another escalation policy now", "triggered") },
    { "to the policy that it has", pagerduty_assign_make, "{" OF ",'policy':'PPOL1'}",
      .calls = { { READ, .status = 200, .answer = ASSIGNED_AT(EARLY) } }, .next = NEXT_DONE },
    { "a resolved one calls nobody", pagerduty_assign_make, "{" OF ",'level':2}",
      .calls = { { READ, .status = 200, .answer = INCIDENT("resolved") } }, .next = NEXT_DONE,
      .result = ENDED("unfit", "resolved", "is not open: nobody can be called for it", "resolved") },
    { "to both", pagerduty_assign_make, "{" OF ",'level':2,'policy':'PPOL2'}", .next = NEXT_NEVER, .error = "to users, to a level" },
    { "nobody is on call there", pagerduty_assign_make, "{" OF ",'level':2}",
      .calls = { { READ, .status = 200, .answer = ASSIGNED_AT(EARLY) },
                 { PUT, .status = 400, .answer = ERROR("1015", "No On-Call Users") } },
      .next = NEXT_NEVER, .error = "No On-Call Users" },

    /* notes */
    { "a note", pagerduty_note_make, "{" OF ",'text':'rolled back'}", .is_first_try = true,
      .calls = { { "POST " API NOTES, { "{'note':{'content':'rolled back'}}" }, AS("ops@example.com"), .status = 200,
                   .answer = "{'note':{'id':'PN1'}}" } },
      .next = NEXT_DONE, .result = "{'id':'PN1','existed':false,'as':'ops@example.com'}" },
    { "another try finds it", pagerduty_note_make, "{" OF ",'text':'rolled back '}",
      .calls = { { "GET " API NOTES, .status = 200,
                   .answer = "{'notes':[{'id':'PN0','content':'rolled back','created_at':'2023-11-15T01:00:00Z'},"
                             "{'id':'PN1','content':'rolled back','created_at':'2023-11-16T01:59:31Z'}]}" } },
      .next = NEXT_DONE, .result = "{'id':'PN1','existed':true}" },
    { "another try finds only an older one", pagerduty_note_make, "{" OF ",'text':'rolled back'}",
      .calls = { { "GET " API NOTES, .status = 200,
                   .answer = "{'notes':[{'id':'PN0','content':'rolled back','created_at':'2023-11-15T01:00:00Z'}]}" },
                 { "POST " API NOTES, .status = 201, .answer = "{'note':{'id':'PN2'}}" } },
      .next = NEXT_DONE, .result = "{'id':'PN2','existed':false,'as':'ops@example.com'}" },
    { "notes that cannot be read are not made again", pagerduty_note_make, "{" OF ",'text':'x'}",
      .calls = { { "GET " API NOTES, .status = 500 } }, .next = NEXT_AGAIN, .error = "answered 500", .is_outage = true },
    { "no list is not taken for none", pagerduty_note_make, "{" OF ",'text':'x'}",
      .calls = { { "GET " API NOTES, .status = 200, .answer = "{}" } }, .next = NEXT_AGAIN, .error = "no list" },
    { "two thousand notes are enough", pagerduty_note_make, "{" OF ",'text':'x'}", .is_first_try = true,
      .calls = { { "POST " API NOTES, .status = 400, .answer = ERROR("2001", "Too Many Notes") } }, .next = NEXT_NEVER,
      .error = "Too Many Notes" },
    { "a note that makes no sense was made all the same", pagerduty_note_make, "{" OF ",'text':'x'}", .is_first_try = true,
      .calls = { { "POST " API NOTES, .status = 200, .answer = "<html>" } }, .next = NEXT_DONE,
      .result = "{'existed':false,'as':'ops@example.com'}" },
    { "a note without a time", pagerduty_note_make, "{'of':{'incident':'PINC1'},'text':'x'}", .next = NEXT_NEVER, .error = "when was it" },
    { "a note of no words", pagerduty_note_make, "{" OF ",'text':''}", .next = NEXT_NEVER, .error = "1 to 20000" },
    { "a note that is too late", pagerduty_note_make, "{" OF_LATE ",'text':'x'}", .is_first_try = true, .next = NEXT_NEVER, .error = "too late" },

    { "too late, but a try before was in time to make the note", pagerduty_note_make, "{" OF_LATE ",'text':'x'}",
      .calls = { { "GET " API NOTES, .status = 200,
                   .answer = "{'notes':[{'id':'PN1','content':'x','created_at':'2023-11-16T01:59:31Z'}]}" } },
      .next = NEXT_DONE, .result = "{'id':'PN1','existed':true}" },
    { "too late for a note, and the notes cannot be read", pagerduty_note_make, "{" OF_LATE ",'text':'x'}", .is_in_doubt = true,
      .calls = { { "GET " API NOTES, .status = 503 } }, .next = NEXT_NEVER, .error = "the note may have been made or not: look there" },
    { "an update that is too late", pagerduty_status_update_make, "{" OF_LATE ",'text':'x'}", .next = NEXT_NEVER, .error = "too late" },

    /* status updates */
    { "a status update", pagerduty_status_update_make, "{" OF ",'text':'We are on it.'}",
      .calls = { { UPDATES, { "{'message':'We are on it.'}" }, AS("ops@example.com"), .status = 200,
                   .answer = "{'status_update':{'id':'PU1'}}" } },
      .next = NEXT_DONE, .result = "{'id':'PU1','existed':false,'as':'ops@example.com'}" },
    { "one whose answer is lost", pagerduty_status_update_make, "{" OF ",'text':'x'}", .calls = { { UPDATES, .status = 0 } },
      .next = NEXT_AGAIN, .error = "connection refused", .is_outage = true },
    { "one that makes no sense was made all the same", pagerduty_status_update_make, "{" OF ",'text':'x'}",
      .calls = { { UPDATES, .status = 200, .answer = "x" } }, .next = NEXT_DONE, .result = "{'existed':false,'as':'ops@example.com'}" },
    { "a plan without status updates", pagerduty_status_update_make, "{" OF ",'text':'x'}", .calls = { { UPDATES, .status = 402 } },
      .next = NEXT_NEVER, .error = "plan does not include the status updates of incident PINC1" },

    /* a new one */
    { "a new incident", pagerduty_trigger_make,
      "{'of':{},'service':'PSVC1','title':'api is down','details':'p95 9 s','urgency':'high'}", .is_first_try = true,
      .calls = { { MAKE, { "'type':'incident'", "'incident_key':'opsgate-birth-00000000000000e1'", "'details':'p95 9 s'",
                           "'service':{'id':'PSVC1','type':'service_reference'}" },
                   AS("ops@example.com"), .status = 201, .answer = INCIDENT("triggered") } },
      .next = NEXT_DONE, .result = "{'end':'written','said':'PINC1 pages now','as':'ops@example.com'," TOLD("triggered") "}" },
    { "another try finds it, resolved meanwhile", pagerduty_trigger_make, "{'of':{},'service':'PSVC1','title':'x'}",
      .calls = { { FOUND, .status = 200,
                   .answer = "{'incidents':[{'id':'PINC0'},{'id':'PINC1','status':'resolved','incident_key':"
                             "'opsgate-birth-00000000000000e1'}]}" } },
      .next = NEXT_DONE,
      .result = "{'end':'already','seen':'resolved','said':'PINC1 was made already','incident':{'id':'PINC1','status':'resolved',"
                "'key':'opsgate-birth-00000000000000e1'}}" },
    { "another try finds none", pagerduty_trigger_make, "{'of':{},'service':'PSVC1','title':'x','user':'PUSER01'}",
      .calls = { { FOUND, .status = 200, .answer = "{'incidents':[]}" },
                 { MAKE, { "'assignments':[{'assignee':{'id':'PUSER01','type':'user_reference'}}]" }, .status = 201,
                   .answer = INCIDENT("triggered") } },
      .next = NEXT_DONE },
    { "it is told that there is one of its key", pagerduty_trigger_make, "{'of':{},'service':'PSVC1','title':'x'}", .is_first_try = true,
      .calls = { { MAKE, .status = 400, .answer = ERROR("2001", "matching dedup key already exists") },
                 { FOUND, .status = 200, .answer = "{'incidents':[{'id':'PINC1','incident_key':'opsgate-birth-00000000000000e1'}]}" } },
      .next = NEXT_DONE },
    { "it is refused for another reason", pagerduty_trigger_make, "{'of':{},'service':'PSVC1','title':'x'}", .is_first_try = true,
      .calls = { { MAKE, .status = 400, .answer = ERROR("2001", "Service Not Found") },
                 { FOUND, .status = 200, .answer = "{'incidents':[]}" } },
      .next = NEXT_NEVER, .error = "Service Not Found" },
    { "its answer is lost", pagerduty_trigger_make, "{'of':{},'service':'PSVC1','title':'x'}", .is_first_try = true,
      .calls = { { MAKE, .status = 502 } }, .next = NEXT_AGAIN, .error = "answered 502", .after_ms = 3000, .is_outage = true },
    { "it was made, and its answer makes no sense: it is looked for, later", pagerduty_trigger_make,
      "{'of':{},'service':'PSVC1','title':'x'}", .is_first_try = true, .calls = { { MAKE, .status = 201, .answer = "<html>" } },
      .next = NEXT_AGAIN, .error = "made no sense", .after_ms = 3000 },
    { "it was made before, and is listed only after a while", pagerduty_trigger_make, "{'of':{},'service':'PSVC1','title':'x'}",
      .calls = { { FOUND, .status = 200, .answer = "{'incidents':[]}" },
                 { MAKE, .status = 400, .answer = ERROR("2001", "matching dedup key already exists") },
                 { FOUND, .wait_ms = 3000, .status = 200,
                   .answer = "{'incidents':[{'id':'PINC1','incident_key':'opsgate-birth-00000000000000e1'}]}" } },
      .next = NEXT_DONE },
    { "too late, and it cannot be looked for", pagerduty_trigger_make,
      "{'of':{'not_after_ms':1700099999999},'service':'PSVC1','title':'x'}", .is_in_doubt = true,
      .calls = { { FOUND, .status = 503 } }, .next = NEXT_NEVER, .error = "the new incident may have been made or not: look there" },
    { "nobody is paged when it is too late", pagerduty_trigger_make,
      "{'of':{'not_after_ms':1700099999999},'service':'PSVC1','title':'x'}", .is_first_try = true, .next = NEXT_NEVER,
      .error = "nobody was paged" },
    { "a service that leads elsewhere", pagerduty_trigger_make, "{'of':{},'service':'a&b','title':'x'}", .next = NEXT_NEVER,
      .error = "id of a service" },
    { "to a policy and a user", pagerduty_trigger_make, "{'of':{},'service':'PSVC1','title':'x','policy':'P1','user':'P2'}",
      .next = NEXT_NEVER, .error = "not to both" },
};
/* clang-format on */

static void run(void **state)
{
    static struct person_settings people[] = {
        { .name = "ann", .slack = "U1", .pagerduty = "PUSER01" },
        { .name = "bob", .github = "bob", .email = "bob@example.com" },
    };
    static const struct pagerduty_settings pagerduty = { .api_token = "k", .from = "ops@example.com" };
    struct settings settings = script_settings;

    settings.pagerduty = &pagerduty;
    settings.people = people;
    settings.people_count = ARRAY_LEN(people);
    run_scripted_with(*state, &settings);
}

static const struct scripted_row unconfigured[] = {
    { "a status without a section", pagerduty_status_set, RESOLVE, .next = NEXT_NEVER, .error = "no section `pagerduty`" },
    { "a note without a section", pagerduty_note_make, "{" OF ",'text':'x'}", .next = NEXT_NEVER, .error = "no section `pagerduty`" },
    { "a new incident without a section", pagerduty_trigger_make, "{'of':{},'service':'P1','title':'x'}", .next = NEXT_NEVER,
      .error = "no section `pagerduty`" },
};

int main(void)
{
    return ROWS(status_rows, run) + ROWS(other_rows, run) + RUN_SCRIPTED(unconfigured);
}
