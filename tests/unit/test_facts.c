/* What policy is told of incidents: how bad the worst open one is, and when nobody can tell. */
#include "tests/unit/decision_fixture.h"

#include "handlers/facts.h"
#include "handlers/watch/pagerduty.h"

#include <string.h>

#define RULE "    - { deny: deploy, when: { incident_at_least: P2 }, reason: \"not now\" }\n"
#define PAGERDUTY "pagerduty:\n  webhook_secrets: [s]\n  api_token: t\n  from: a@example.com\n  watch: 2m\n"
#define SEVERITIES "incidents:\n  severities: [{ name: P1 }, { name: P2 }, { name: P3 }]\n"
#define MAPPED                                                                                                         \
    SEVERITIES "  open_on:\n"                                                                                          \
               "    - { pagerduty: { service: PSVC001, priority: P1 }, severity: P1 }\n"                               \
               "    - { pagerduty: { urgency: high }, severity: P2 }\n"                                                \
               "    - { pagerduty: { service: PSVC009 }, severity: P3 }\n"
#define ALL DECISION_CONFIGURATION RULE PAGERDUTY MAPPED
#define OPEN(more) "{'id':'PINC1','status':'triggered'" more "}"
#define LOW OPEN(",'urgency':'low','service':'PSVC001','priority':'P2'")
#define HIGH OPEN(",'urgency':'high','service':'PSVC002'")
#define WORST OPEN(",'urgency':'low','service':'PSVC001','priority':'p1'")
#define KNOWN(list, more) "{'has_read':true,'incidents':[" list "]" more "}"
#define LIMIT_MS (9 * MINUTE_MS) /* two watches and five minutes */

static const struct row {
    const char *name, *configuration;
    const char *watch; /* its body; NULL: it is not at work */
    int64_t age_ms;
    enum known known;
    const char *worst;
    const char *ours, *state; /* our own incident's severity, and its state; NULL: there is none */
} rows[] = {
    { "without PagerDuty none is open", DECISION_CONFIGURATION, NULL, 0, KNOWN_NO, NULL, NULL, NULL },
    { "where nothing of PagerDuty's is an incident none is open", DECISION_CONFIGURATION PAGERDUTY SEVERITIES, NULL, 0,
      KNOWN_NO, NULL, NULL, NULL },
    { "before they were read nobody can tell", ALL, NULL, 0, KNOWN_NOT, NULL, NULL, NULL },
    { "a look that has not ended tells nothing", ALL, "{'has_read':false}", 0, KNOWN_NOT, NULL, NULL, NULL },
    { "none is open", ALL, KNOWN("", ""), 0, KNOWN_NO, NULL, NULL, NULL },
    { "one that no row matches is none of ours", ALL, KNOWN(LOW, ""), 0, KNOWN_NO, NULL, NULL, NULL },
    { "one is open", ALL, KNOWN(HIGH, ""), 0, KNOWN_YES, "P2", NULL, NULL },
    { "the worst counts, whatever its place", ALL, KNOWN(HIGH "," WORST "," LOW, ""), 0, KNOWN_YES, "P1", NULL, NULL },
    { "an acknowledged one is open, too", ALL, KNOWN("{'id':'PINC1','status':'acknowledged','urgency':'high'}", ""), 0,
      KNOWN_YES, "P2", NULL, NULL },
    { "as old as it may be", ALL, KNOWN(HIGH, ""), LIMIT_MS, KNOWN_YES, "P2", NULL, NULL },
    { "older than that nobody can tell", ALL, KNOWN(HIGH, ""), LIMIT_MS + 1, KNOWN_NOT, NULL, NULL, NULL },
    { "nor that none is open", ALL, KNOWN("", ""), LIMIT_MS + 1, KNOWN_NOT, NULL, NULL, NULL },
    { "of a list that is cut the worst may be missing", ALL, KNOWN(HIGH, ",'is_cut':true"), 0, KNOWN_NOT, "P2", NULL,
      NULL },
    { "unless it is there already", ALL, KNOWN(WORST, ",'is_cut':true"), 0, KNOWN_YES, "P1", NULL, NULL },

    { "ours is open without PagerDuty, too", DECISION_CONFIGURATION SEVERITIES, NULL, 0, KNOWN_YES, "P2", "P2",
      "open" },
    { "also one that somebody works on", ALL, KNOWN("", ""), 0, KNOWN_YES, "P3", "P3", "acknowledged" },
    { "not one that is resolved", ALL, KNOWN("", ""), 0, KNOWN_NO, NULL, "P1", "resolved" },
    { "the worse of ours and theirs", ALL, KNOWN(HIGH, ""), 0, KNOWN_YES, "P1", "P1", "open" },
    { "or of theirs and ours", ALL, KNOWN(WORST, ""), 0, KNOWN_YES, "P1", "P3", "open" },
    { "where PagerDuty cannot be read, the worst of ours settles it", ALL, NULL, 0, KNOWN_YES, "P1", "P1", "open" },
    { "any other does not, but one that bad is open", ALL, NULL, 0, KNOWN_NOT, "P2", "P2", "open" },
    { "of what was read too long ago, too", ALL, KNOWN("", ""), LIMIT_MS + 1, KNOWN_NOT, "P3", "P3", "open" },
    { "as bad as no configuration says any more", ALL, KNOWN("", ""), 0, KNOWN_NOT, NULL, "SEV-OLD", "open" },
    { "beside one that is as bad as can be that does not matter", ALL, KNOWN(WORST, ""), 0, KNOWN_YES, "P1", "SEV-OLD",
      "open" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(row->configuration);
    struct operation operations[] = {
        { .id = "L1", .kind = "watch.github" },
        { .id = "L2", .kind = "watch.pagerduty", .result = "done", .ended_at_ms = 1 },
        { .id = "D3", .kind = "incident", .state = "open", .ended_at_ms = 1, .result = "done" },
        { .id = "D4", .kind = "lock", .state = "open" },
        { .id = "L3", .kind = "watch.pagerduty" }
    };
    struct facts facts;

    if (row->watch) {
        cJSON *body = json_copy(decision_json(fixture, row->watch));

        json_set_int(body, "incidents_at_ms", DECISION_NOW_MS - row->age_ms);
        arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, body);
        operations[4].body = body;
    } else {
        operations[4] = (struct operation){ .id = "L3", .kind = "watch.github" };
    }
    operations[2].body = operations[3].body = decision_json(fixture, "{'severity':'P1'}");
    if (row->ours)
        operations[0] = (struct operation){
            .id = "D12",
            .kind = "incident",
            .state = row->state,
            .body = decision_json(fixture, arena_printf(fixture->arena, "{'severity':'%s'}", row->ours)),
        };
    fixture->operations = operations;
    fixture->operations_count = ARRAY_LEN(operations);
    facts = facts_of_view(&fixture->view);
    assert_int_equal(facts.unix_ms, DECISION_NOW_MS);
    assert_int_equal(facts.incidents, row->known);
    if (row->worst)
        assert_string_equal(facts.worst_incident, row->worst);
    else
        assert_null(facts.worst_incident);
}

int main(void)
{
    return ROWS(rows, check_row);
}
