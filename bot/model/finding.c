#include "bot/model/finding.h"

static const char *const marks[] = { "good", "bad", "unreachable", "open", NULL };

static const struct shape_field finding_rows[] = {
    ROW_ENUM(finding, mark, marks, .flags = SHAPE_REQUIRED),
    ROW_STRING(finding, subject, .flags = SHAPE_REQUIRED),
    ROW_STRING(finding, text, .flags = SHAPE_REQUIRED),
    ROW_STRING(finding, mend, .flags = SHAPE_NONZERO),
};
const struct shape finding_shape = SHAPE("a finding", finding, finding_rows);

static const struct shape_field findings_rows[] = {
    ROW_OBJECTS(findings, findings, &finding_shape),
};
const struct shape findings_shape = SHAPE("findings", findings, findings_rows);

void findings_add(struct findings *findings, struct arena *arena, struct finding finding)
{
    *ARENA_PUSH(arena, findings->findings, findings->findings_count) = finding;
}

struct exchange_step findings_done(const struct exchange *exchange, const struct findings *findings)
{
    return exchange_done(exchange, shape_to_json(&findings_shape, findings, SHAPE_WHOLE));
}
