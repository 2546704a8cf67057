#include "bot/model/probes.h"

static const struct shape_field ask_rows[] = {
    ROW_STRING(probes_ask, url, .flags = SHAPE_REQUIRED),
    ROW_STRING(probes_ask, baseline_url, .flags = SHAPE_NONZERO),
    ROW_INT(probes_ask, rounds, .flags = SHAPE_REQUIRED),
    ROW_INT(probes_ask, every_ms, .flags = SHAPE_REQUIRED),
    ROW_INT(probes_ask, expect_status, .otherwise = "200"),
    ROW_INT(probes_ask, timeout_ms, .flags = SHAPE_REQUIRED),
    ROW_STRING(probes_ask, audience, .flags = SHAPE_NONZERO),
    ROW_STRING(probes_ask, project, .flags = SHAPE_NONZERO),
};
const struct shape probes_ask_shape = SHAPE("what to probe", probes_ask, ask_rows);

static const struct shape_field probe_rows[] = {
    ROW_BOOL(probe, is_known, .flags = SHAPE_NONZERO),
    ROW_BOOL(probe, is_good, .flags = SHAPE_NONZERO),
    ROW_INT(probe, took_ms, .flags = SHAPE_NONZERO),
};
static const struct shape probe_shape = SHAPE("a probe", probe, probe_rows);

static const struct shape_field round_rows[] = {
    ROW_INT(probe_round, to_ms, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(probe_round, canary, &probe_shape),
    ROW_OBJECT(probe_round, baseline, &probe_shape),
};
static const struct shape round_shape = SHAPE("a round of probes", probe_round, round_rows);

static const struct shape_field made_rows[] = {
    ROW_OBJECTS(probes_made, rounds, &round_shape, .flags = SHAPE_REQUIRED),
    ROW_STRING(probes_made, problem, .flags = SHAPE_NONZERO),
};
const struct shape probes_made_shape = SHAPE("what probes found", probes_made, made_rows);
