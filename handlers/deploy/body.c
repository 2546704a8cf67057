#include "handlers/deploy/body.h"

#include "handlers/judge/record.h"

static const struct shape_field step_rows[] = {
    ROW_INT(deploy_step, percent, .flags = SHAPE_REQUIRED),
    ROW_INT(deploy_step, bake_ms),
};
static const struct shape step_shape = SHAPE("a step", deploy_step, step_rows);

static const struct shape_field query_limit_rows[] = {
    ROW_RATIO(deploy_query_limit, min, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_query_limit, in_a_row, .flags = SHAPE_NONZERO),
};
static const struct shape query_limit_shape = SHAPE("the limit of a query", deploy_query_limit, query_limit_rows);

static const struct shape_field probes_rows[] = {
    ROW_STRING(deploy_probes, path, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_probes, every_ms),
    ROW_INT(deploy_probes, timeout_ms),
    ROW_INT(deploy_probes, expect_status),
};
static const struct shape probes_shape = SHAPE("the probes of a deploy", deploy_probes, probes_rows);

static const struct shape_field limits_rows[] = {
    ROW_BOOL(deploy_limits, is_judged),
    ROW_OPTION(deploy_limits, probes, &probes_shape, .flags = SHAPE_NONZERO),
    ROW_RATIO(deploy_limits, error_rate),
    ROW_RATIO(deploy_limits, errors_vs_baseline, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_limits, latency_p95_ms),
    ROW_RATIO(deploy_limits, latency_vs_baseline),
    ROW_BOOL(deploy_limits, is_traffic_judged, .flags = SHAPE_NONZERO),
    ROW_RATIO(deploy_limits, budget, .flags = SHAPE_NONZERO),
    ROW_RATIO(deploy_limits, detect, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_limits, warm_up_ms, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_limits, block_ms, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_limits, lag_ms, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_limits, min_requests),
    ROW_INT(deploy_limits, max_bake_ms),
    ROW_INT(deploy_limits, unanswered_ms),
    ROW_INT(deploy_limits, on_fail),
    ROW_INT(deploy_limits, on_inconclusive),
    ROW_OBJECT(deploy_limits, names, &measure_names_shape),
    ROW_OBJECTS(deploy_limits, queries, &measure_query_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(deploy_limits, maxima, &measure_value_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(deploy_limits, query_limits, &query_limit_shape, .flags = SHAPE_NONZERO),
};
static const struct shape limits_shape = SHAPE("the limits of a deploy", deploy_limits, limits_rows);

static const struct shape_field query_seen_rows[] = {
    ROW_OBJECT(deploy_query_seen, value, &measure_value_shape),
    ROW_INT(deploy_query_seen, beyond, .flags = SHAPE_NONZERO),
};
static const struct shape query_seen_shape = SHAPE("what a query told", deploy_query_seen, query_seen_rows);

static const struct shape_field telling_rows[] = {
    ROW_INT(deploy_telling, from_ms, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_telling, canary_ms, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_telling, baseline_ms, .flags = SHAPE_NONZERO),
};
static const struct shape telling_shape = SHAPE("how much is told", deploy_telling, telling_rows);

static const struct shape_field judging_rows[] = {
    ROW_OBJECT(deploy_judging, state, &judge_state_shape),
    ROW_RATIO(deploy_judging, slow_vs_s, .flags = SHAPE_NONZERO),
    ROW_RATIO(deploy_judging, bound_s, .flags = SHAPE_NONZERO),
    ROW_RATIO(deploy_judging, bound_vs_s, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_judging, block_ms, .flags = SHAPE_NONZERO),
    ROW_OBJECT(deploy_judging, telling, &telling_shape),
    ROW_BOOL(deploy_judging, is_told, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(deploy_judging, queries, &query_seen_shape, .flags = SHAPE_NONZERO),
};
static const struct shape judging_shape = SHAPE("what the judge knows", deploy_judging, judging_rows);

static const struct shape_field probe_counts_rows[] = {
    ROW_INT(deploy_probe_counts, made, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_probe_counts, failed, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_probe_counts, unknown, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_probe_counts, slowest_ms, .flags = SHAPE_NONZERO),
};
static const struct shape probe_counts_shape = SHAPE("a revision's probes", deploy_probe_counts, probe_counts_rows);

static const struct shape_field probed_rows[] = {
    ROW_OBJECT(deploy_probed, canary, &probe_counts_shape),
    ROW_OBJECT(deploy_probed, baseline, &probe_counts_shape),
    ROW_BOOL(deploy_probed, is_blind, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_probed, problem, .flags = SHAPE_NONZERO),
};
static const struct shape probed_shape = SHAPE("what the probes found", deploy_probed, probed_rows);

static const struct shape_field probing_rows[] = {
    ROW_OBJECT(deploy_probing, state, &judge_state_shape),
    ROW_OBJECT(deploy_probing, probed, &probed_shape),
};
static const struct shape probing_shape = SHAPE("what the judge knows by probes", deploy_probing, probing_rows);

static const struct shape_field forecast_rows[] = { ROW_RATIO(deploy_forecast, requests_a_minute) };
static const struct shape forecast_shape = SHAPE("a forecast", deploy_forecast, forecast_rows);

static const struct shape_field act_rows[] = {
    ROW_INT(deploy_act, at_ms),   ROW_STRING(deploy_act, who),
    ROW_STRING(deploy_act, what), ROW_STRING(deploy_act, verb, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_act, look),
};
static const struct shape act_shape = SHAPE("what somebody did", deploy_act, act_rows);

static const struct shape_field workflow_rows[] = {
    ROW_STRING(deploy_workflow, repository, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_workflow, workflow, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_workflow, ref, .flags = SHAPE_REQUIRED),
    ROW_MAP(deploy_workflow, inputs, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_workflow, timeout_ms),
    ROW_STRING(deploy_workflow, effect, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_workflow, dispatched_at_ms),
    ROW_INT(deploy_workflow, run),
    ROW_STRING(deploy_workflow, url, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_workflow, status, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_workflow, step, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_workflow, cancelled, .flags = SHAPE_NONZERO),
};
static const struct shape workflow_shape = SHAPE("the workflow of a deploy", deploy_workflow, workflow_rows);

static const struct shape_field program_rows[] = {
    ROW_STRINGS(deploy_program, argv, .flags = SHAPE_REQUIRED),
    ROW_INT(deploy_program, timeout_ms),
    ROW_BOOL(deploy_program, repeats, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_program, is_repeated, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_program, run, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_program, started_at_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_program, is_elsewhere, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_program, stopping, .flags = SHAPE_NONZERO),
    PROGRAM_FEED_ROWS(deploy_program),
};
static const struct shape program_shape = SHAPE("a deploy's program", deploy_program, program_rows);

static const struct shape_field shown_rows[] = {
    ROW_INT(deploy_shown, at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_shown, look, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_shown, verdict, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_shown, observed_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_shown, verdict_why, .flags = SHAPE_NONZERO),
    ROW_OBJECT(deploy_shown, measured, &measured_shape),
    ROW_OBJECT(deploy_shown, probed, &probed_shape),
};
static const struct shape shown_shape = SHAPE("numbers on a card", deploy_shown, shown_rows);

static const struct shape_field checks_rows[] = {
    ROW_INT(deploy_checks, state),    ROW_INT(deploy_checks, read_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_checks, since_ms), ROW_INT(deploy_checks, until_ms),
    ROW_INT(deploy_checks, looks),    ROW_STRING(deploy_checks, undone, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_checks, has_begun, .flags = SHAPE_NONZERO),
};
static const struct shape checks_shape = SHAPE("the checks of a deploy's commit", deploy_checks, checks_rows);

static const struct shape_field authors_rows[] = {
    ROW_STRING(deploy_authors, base, .flags = SHAPE_REQUIRED),
    ROW_BOOL(deploy_authors, is_known),
    ROW_STRINGS(deploy_authors, logins, .flags = SHAPE_NONZERO),
};
static const struct shape authors_shape = SHAPE("the authors of a deploy's commits", deploy_authors, authors_rows);

static const struct shape_field drift_rows[] = {
    ROW_STRING(deploy_drift, differences, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_drift, scaling, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_drift, by, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_drift, at_ms, .flags = SHAPE_NONZERO),
};
static const struct shape drift_shape = SHAPE("a template's drift", deploy_drift, drift_rows);

static const struct shape_field change_rows[] = {
    ROW_BOOL(deploy_change, is_told, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_change, base, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(deploy_change, commits, &source_commit_shape, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_change, commits_total, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_change, unknown, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_change, way_back, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_change, serves, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_change, against, .flags = SHAPE_NONZERO),
};
static const struct shape change_shape = SHAPE("what a deploy changes", deploy_change, change_rows);

static const struct shape_field trigger_rows[] = {
    ROW_STRING(deploy_trigger, what, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_trigger, subject, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_trigger, url, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_trigger, title, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(deploy_trigger, sha, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_trigger, release, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_trigger, is_prerelease, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_trigger, deployment, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_trigger, is_shared, .flags = SHAPE_NONZERO),
    ROW_OBJECT(deploy_trigger, initiator, &principal_shape),
    ROW_STRING(deploy_trigger, author, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRINGS(deploy_trigger, authors, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
};
static const struct shape trigger_shape = SHAPE("what began a deploy", deploy_trigger, trigger_rows);

static const struct shape_field tune_rows[] = {
    ROW_STRING(deploy_tune, verb, .flags = SHAPE_REQUIRED),
    ROW_BOOL(deploy_tune, is_dry_run, .flags = SHAPE_NONZERO),
    ROW_OBJECT(deploy_tune, resources, &run_resources_shape),
    ROW_STRINGS(deploy_tune, removed, .flags = SHAPE_NONZERO),
    ROW_STRINGS(deploy_tune, changes, .flags = SHAPE_NONZERO),
};
static const struct shape tune_shape = SHAPE("what changes of what serves", deploy_tune, tune_rows);

static const struct shape_field compared_rows[] = {
    ROW_STRING(deploy_compared, base, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_compared, head, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_compared, relation, .flags = SHAPE_NONZERO),
};
static const struct shape compared_shape = SHAPE("a comparison of commits", deploy_compared, compared_rows);

static const struct shape_field served_rows[] = {
    ROW_STRINGS(deploy_served, revisions, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_served, is_told, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_served, at_ms),
};
static const struct shape served_shape = SHAPE("what serves", deploy_served, served_rows);

static const struct shape_field rows[] = {
    ROW_STRING(deploy_body, service, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_body, environment, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_body, version, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_body, wanted, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, repository, .flags = SHAPE_REQUIRED),
    ROW_STRING(deploy_body, image, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, source, .flags = SHAPE_NONZERO),
    ROW_OPTION(deploy_body, commit, &source_commit_shape),
    ROW_STRING(deploy_body, built_of, .flags = SHAPE_NONZERO),
    ROW_OPTION(deploy_body, trigger, &trigger_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, tag_prefix, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, reason, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(deploy_body, break_glass, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_OPTION(deploy_body, program, &program_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECT(deploy_body, place, &run_place_shape),
    ROW_MAP(deploy_body, env, .flags = SHAPE_NONZERO | SHAPE_SECRET),
    ROW_OPTION(deploy_body, tune, &tune_shape, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, keeps_image, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, health_path, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, health_field, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, health_value, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, health_is_private, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, health_status),
    ROW_INT(deploy_body, health_timeout_ms),
    ROW_INT(deploy_body, health_deadline_ms),
    ROW_INT(deploy_body, health_successes),
    ROW_STRING(deploy_body, image_tag, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, branch_tag, .flags = SHAPE_NONZERO),
    ROW_OPTION(deploy_body, github_checks, &checks_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(deploy_body, authors, &authors_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECT(deploy_body, approvals, &approvals_shape),
    ROW_OPTION(deploy_body, change, &change_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(deploy_body, drift, &drift_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(deploy_body, glasses, &broken_deny_shape, .flags = SHAPE_NONZERO),
    ROW_STRINGS(deploy_body, broken, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, lacking, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, told_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, artifact_since_ms, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, artifact_looks, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, artifact_deadline_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, strategy),
    ROW_OBJECTS(deploy_body, steps, &step_shape, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, watch_ms),
    ROW_INT(deploy_body, keep_ms),
    ROW_INT(deploy_body, min_instances, .flags = SHAPE_NONZERO),
    ROW_OBJECT(deploy_body, limits, &limits_shape),
    ROW_OPTION(deploy_body, workflow, &workflow_shape),
    ROW_BOOL(deploy_body, is_way_back, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, irreversible_left, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, revision, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, tag, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, previous, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(deploy_body, before, &run_share_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(deploy_body, split, &run_share_shape, .flags = SHAPE_NONZERO),
    ROW_STRINGS(deploy_body, remove_tags, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, kept_tag, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, is_tag_given, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, is_minimum_known, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, kept_instances, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, keeper, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, uri, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, service_uri, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, previous_uri, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, state_deadline_at_ms),
    ROW_INT(deploy_body, checks),
    ROW_INT(deploy_body, healthy_in_a_row),
    ROW_INT(deploy_body, step),
    ROW_INT(deploy_body, observed_ms),
    ROW_INT(deploy_body, observed_at_ms),
    ROW_INT(deploy_body, clock_jumps, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, looks),
    ROW_BOOL(deploy_body, is_paused, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, held, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, held_until_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, is_denied, .flags = SHAPE_NONZERO),
    ROW_OBJECT(deploy_body, measured, &measured_shape),
    ROW_OPTION(deploy_body, judging, &judging_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(deploy_body, probing, &probing_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(deploy_body, forecast, &forecast_shape, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, verdict),
    ROW_OBJECT(deploy_body, shown, &shown_shape),
    ROW_STRING(deploy_body, verdict_why, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, returning, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, is_giving_back, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, moved, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, is_aborted, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, given_back, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, returned_as, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, problem, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, failed_in, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, is_marked, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, is_irreversible, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, irreversible_marker, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, irreversible_release, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, is_release_told, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, is_release_asked_again, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, irreversible_untold, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, is_reversible, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, begun_over, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, is_now, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, overtaken_by, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, superseded_by, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(deploy_body, compared, &compared_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, comparing, .flags = SHAPE_NONZERO),
    ROW_OPTION(deploy_body, served, &served_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, same, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, switched_at_ms),
    ROW_STRING(deploy_body, switched_by, .flags = SHAPE_NONZERO),
    ROW_INT(deploy_body, serves_at_ms, .flags = SHAPE_NONZERO),
    ROW_OPTION(deploy_body, github, &deployment_told_shape, .flags = SHAPE_NONZERO),
    ROW_BOOL(deploy_body, is_change_told, .flags = SHAPE_NONZERO),
    ROW_STRING(deploy_body, changed_from, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(deploy_body, acts, &act_shape, .flags = SHAPE_NONZERO),
};
const struct shape deploy_body_shape = SHAPE("a deploy", deploy_body, rows);
