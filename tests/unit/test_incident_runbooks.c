/* Which runbooks an incident is offered, as what: the line to type, and a button where nothing has to be typed. */
#include "tests/unit/decision_fixture.h"

#include "handlers/incident/internal.h"

#include <stdio.h>

#define RUNBOOKS(match, more)                                                                                          \
    DECISION_CONFIGURATION "runbooks:\n"                                                                               \
                           "  - { name: fix, about: mends it" more ", match: " match ", steps: [{ run: [x] }] }\n"     \
                           "  - { name: other, steps: [{ run: [x] }] }\n"

#define LINE "*May mend it*: the runbook `fix`, mends it: `run fix`"

static const struct row {
    const char *name, *configuration, *title;
    bool has_label;
    const char *line, *command; /* NULL: it is not offered; there is no button */
} rows[] = {
    { "by its title, in any case", RUNBOOKS("{ title: \"*disk*\" }", ""), "The DISK is full", false, LINE, "run fix" },
    { "by another title", RUNBOOKS("{ title: \"disk*\" }", ""), "the disk is full", false, NULL, NULL },
    { "by a label of its alerts", RUNBOOKS("{ labels: { alertname: DiskFull } }", ""), "x", true, LINE, "run fix" },
    { "without such a label", RUNBOOKS("{ labels: { alertname: DiskFull } }", ""), "x", false, NULL, NULL },
    { "by one of two labels", RUNBOOKS("{ labels: { alertname: DiskFull, a: b } }", ""), "x", true, NULL, NULL },
    { "by its service", RUNBOOKS("{ service: api }", ""), "x", true, LINE, "run fix" },
    { "by another service", RUNBOOKS("{ service: web }", ""), "x", true, NULL, NULL },
    { "all of it has to fit", RUNBOOKS("{ service: api, title: y }", ""), "x", true, NULL, NULL },
    { "what takes words has no button", RUNBOOKS("{ title: x }", ", args: [{ name: n, one_of: [a, b] }]"), "x", false,
      "*May mend it*: the runbook `fix`, mends it: `run fix n=a|b`", NULL },
    { "nor has what is destructive", RUNBOOKS("{ title: x }", ", destructive: true, target: api/staging"), "x", false,
      LINE, NULL },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(row->configuration);
    const char *services[] = { "api" };
    struct shape_pair label = { "alertname", "DiskFull" };
    struct incident_alerts alerts = { .key = "k",
                                      .title = "t",
                                      .is_firing = true,
                                      .services = services,
                                      .services_count = 1,
                                      .labels = &label,
                                      .labels_count = 1 };
    struct incident_body body = { .title = row->title,
                                  .alerts = row->has_label ? &alerts : NULL,
                                  .alerts_count = row->has_label };
    const struct deciding d = { .view = &fixture->view, .id = "D12", .body = &body };
    struct reply reply = { .text = "-" };

    incident_offer_runbooks(&d, &reply);
    assert_int_equal(reply.lines_count, row->line != NULL);
    if (row->line)
        assert_string_equal(reply.lines[0], row->line);
    assert_int_equal(reply.actions_count, row->command != NULL);
    if (row->command)
        assert_string_equal(reply.actions[0].command, row->command);
}

int main(void)
{
    return ROWS(rows, check_row);
}
