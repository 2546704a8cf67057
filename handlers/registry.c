#include "handlers/registry.h"

#include "handlers/approval.h"
#include "handlers/control.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/keep.h"
#include "handlers/deploy/told.h"
#include "handlers/explain.h"
#include "handlers/group/group.h"
#include "handlers/help.h"
#include "handlers/hold/halt.h"
#include "handlers/hold/lock.h"
#include "handlers/reload.h"
#include "handlers/replay.h"
#include "handlers/review.h"
#include "handlers/rollback/adopted.h"
#include "handlers/rollback/rollback.h"
#include "handlers/status/status.h"
#include "handlers/watch/github.h"
#include "handlers/watch/members.h"
#include "handlers/watch/observed.h"
#include "handlers/watch/pagerduty.h"
#include "handlers/watch/refused.h"

#include "bot/model/refused.h"
#include "bot/model/slack_event.h"

#include <stddef.h>

const struct verb *const verbs[] = {
    &verb_deploy, &verb_rollback, &verb_pause,  &verb_resume,        &verb_promote, &verb_abort,
    &verb_retry,  &verb_approve,  &verb_review, &verb_review_opened, &verb_lock,    &verb_unlock,
    &verb_locks,  &verb_halt,     &verb_unhalt, &verb_status,        &verb_help,    &verb_explain,
    &verb_dead,   &verb_events,   &verb_reload, &verb_adopted,       &verb_keep,    NULL,
};
const struct machine *const machines[] = {
    &machine_deploy,        &machine_keep,           &machine_rollback,      &machine_review,
    &machine_lock,          &machine_halt,           &machine_status,        &machine_group,
    &machine_replay,        &machine_reload,         &machine_github_watch,  &machine_pagerduty_watch,
    &machine_refused_watch, &machine_observed_watch, &machine_members_watch, NULL,
};
const struct listener listeners[] = {
    { "github", "workflow_run", .concerns = deploy_hears_run },
    { "github", "deployment_status", .concerns = deploy_hears_run },
    { "github", "workflow_run.completed", .concerns = deploy_hears_build },
    { "github", "check_suite.completed", .concerns = deploy_hears_build },
    { "github", "check_suite.completed", .concerns = deploy_hears_checks },
    { "github", "workflow_run.completed", .concerns = deploy_hears_checks },
    { "github", "release.published", .is_told_twice = true, .concerns = deploy_hears_build },
    { "github", "release.released", .is_told_twice = true, .concerns = deploy_hears_build },
    { "github", "release.prereleased", .is_told_twice = true, .concerns = deploy_hears_build },
    { "pagerduty", "incident", .concerns = pagerduty_watch_hears },
    { REFUSED_SOURCE, REFUSED_KIND, .concerns = refused_watch_hears },
    { "slack", SLACK_GROUP_CHANGED, .concerns = members_watch_hears },
    { .source = NULL },
};
