/* incident_texts.h - incidents made by hand, for the tests of what is said of them. */
#ifndef OPSGATE_TESTS_UNIT_INCIDENT_TEXTS_H
#define OPSGATE_TESTS_UNIT_INCIDENT_TEXTS_H

#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "handlers/incident/internal.h"

#define AGO(ms) (DECISION_NOW_MS - (ms))
#define INCIDENT_CONFIGURATION                                                                                         \
    DECISION_CONFIGURATION                                                                                             \
    "people:\n"                                                                                                        \
    "  - { name: ann, slack: U1, pagerduty: PANN }\n"                                                                  \
    "incidents:\n"                                                                                                     \
    "  severities:\n"                                                                                                  \
    "    - { name: P1 }\n"                                                                                             \
    "    - { name: P2 }\n"

/* Its operation, live in the state given; INCIDENT_CLOSED: it has ended, just now. */
static inline struct operation an_incident(const struct decision_fixture *fixture, const char *id, const char *state,
                                           const struct incident_body *body)
{
    AUTO_JSON cJSON *json = shape_to_json(&incident_body_shape, body, SHAPE_WHOLE);
    bool is_closed = strcmp(state, INCIDENT_CLOSED) == 0;

    return (struct operation){ .id = id,
                               .kind = machine_incident.kind,
                               .schema = machine_incident.schema,
                               .state = state,
                               .created_at_ms = body->opened_at_ms,
                               .ended_at_ms = is_closed ? DECISION_NOW_MS : 0,
                               .result = is_closed ? "done" : NULL,
                               .body = json_parse_in(fixture->arena, str_of(json_print_in(fixture->arena, json)),
                                                     &(struct error){ .code = 0 }) };
}

static inline const char *reply_text(const struct decision_fixture *fixture, const struct outcome *out)
{
    const char *text;

    assert_non_null(out->reply);
    text = arena_printf(fixture->arena, "%s%s", out->reply->is_refusal ? "REFUSED " : "", out->reply->text);
    for (size_t i = 0; i < out->reply->lines_count; i++)
        text = arena_printf(fixture->arena, "%s\n%s", text, out->reply->lines[i]);
    return text;
}

static inline void assert_in(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in\n%s", part, text);
}

static inline void assert_not_in(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" in\n%s", part, text);
}

#endif
