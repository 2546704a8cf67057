#include "handlers/registry.h"

#include "handlers/adjust/adjust.h"
#include "handlers/approval.h"
#include "handlers/backup/backup.h"
#include "handlers/control.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/keep.h"
#include "handlers/deploy/told.h"
#include "handlers/deploy/tune.h"
#include "handlers/erase.h"
#include "handlers/explain.h"
#include "handlers/failover/failover.h"
#include "handlers/group/group.h"
#include "handlers/help.h"
#include "handlers/history/history.h"
#include "handlers/hold/halt.h"
#include "handlers/hold/lock.h"
#include "handlers/home/home.h"
#include "handlers/incident/incident.h"
#include "handlers/logs/logs.h"
#include "handlers/maintenance/maintenance.h"
#include "handlers/protection/protection.h"
#include "handlers/reload.h"
#include "handlers/replay.h"
#include "handlers/review.h"
#include "handlers/rollback/adopted.h"
#include "handlers/rollback/rollback.h"
#include "handlers/runbook/runbook.h"
#include "handlers/schedule/schedule.h"
#include "handlers/status/status.h"
#include "handlers/trigger/comment.h"
#include "handlers/trigger/listen.h"
#include "handlers/trigger/trigger.h"
#include "handlers/watch/changes.h"
#include "handlers/watch/credentials.h"
#include "handlers/watch/github.h"
#include "handlers/watch/heartbeat.h"
#include "handlers/watch/members.h"
#include "handlers/watch/observed.h"
#include "handlers/watch/pagerduty.h"
#include "handlers/watch/refused.h"

#include "bot/model/change.h"
#include "bot/model/refused.h"
#include "bot/model/slack_event.h"

#include <stddef.h>
#include <string.h>

const struct verb *const verbs[] = {
    &verb_deploy,      &verb_rollback, &verb_pause,         &verb_resume,   &verb_promote,
    &verb_abort,       &verb_retry,    &verb_approve,       &verb_review,   &verb_review_opened,
    &verb_lock,        &verb_unlock,   &verb_locks,         &verb_halt,     &verb_unhalt,
    &verb_status,      &verb_help,     &verb_explain,       &verb_history,  &verb_dora,
    &verb_dead,        &verb_events,   &verb_reload,        &verb_adopted,  &verb_keep,
    &verb_trigger,     &verb_incident, &verb_incident_told, &verb_failover, &verb_scale,
    &verb_traffic,     &verb_set,      &verb_restart,       &verb_run,      &verb_backup,
    &verb_maintenance, &verb_rotate,   &verb_schedules,     &verb_logs,     &verb_block,
    &verb_unblock,     &verb_blocks,   &verb_ddos,          &verb_erase,    &verb_home_opened,
    NULL,
};
const struct machine *const machines[] = {
    &machine_deploy,
    &machine_keep,
    &machine_rollback,
    &machine_failover,
    &machine_failover_look,
    &machine_backup,
    &machine_backup_look,
    &machine_adjust,
    &machine_review,
    &machine_lock,
    &machine_halt,
    &machine_status,
    &machine_logs,
    &machine_protection,
    &machine_blocks,
    &machine_trigger,
    &machine_group,
    &machine_runbook,
    &machine_incident,
    &machine_maintenance,
    &machine_replay,
    &machine_erase,
    &machine_reload,
    &machine_github_watch,
    &machine_pagerduty_watch,
    &machine_refused_watch,
    &machine_observed_watch,
    &machine_members_watch,
    &machine_heartbeat_watch,
    &machine_credentials_watch,
    &machine_changes_watch,
    &machine_schedules,
    &machine_home_watch,
    NULL,
};
#define TOLD_OF_RELEASE                                                                                                \
    .is_told_twice = true, .hears_late = true, .concerns = deploy_hears_build, .asks = trigger_release_asks

const struct listener listeners[] = {
    { "github", "workflow_run", .concerns = deploy_hears_run },
    { "github", "deployment_status", .concerns = deploy_hears_run },
    { "github", "workflow_run.completed", .concerns = deploy_hears_build },
    { "github", "check_suite.completed", .concerns = deploy_hears_build },
    { "github", "check_suite.completed", .concerns = deploy_hears_checks },
    { "github", "workflow_run.completed", .concerns = deploy_hears_checks },
    { "github", "release.published", TOLD_OF_RELEASE },
    { "github", "release.released", TOLD_OF_RELEASE },
    { "github", "release.prereleased", TOLD_OF_RELEASE },
    { "github", "push", .hears_late = true, .asks = trigger_push_asks },
    { "github", "issue_comment.created", .hears_late = true, .asks = trigger_comment_asks },
    { "github", "workflow_run.completed", .hears_late = true, .asks = trigger_run_asks },
    { "github", "deployment.created", .hears_late = true, .asks = trigger_deployment_asks },
    { "pagerduty", "incident", .concerns = pagerduty_watch_hears },
    { "pagerduty", "incident", .hears_late = true, .concerns = incident_hears, .asks = incident_pagerduty_asks },
    { "alertmanager", "alerts", .concerns = incident_hears, .asks = incident_alerts_ask },
    /* what keeps them first: of very many incidents some do not hear */
    { CHANGE_SOURCE, CHANGE_TOLD, .keeps_late = true, .concerns = changes_watch_hears },
    { CHANGE_SOURCE, CHANGE_TOLD, .keeps_late = true, .concerns = incident_hears_change },
    { REFUSED_SOURCE, REFUSED_KIND, .concerns = refused_watch_hears },
    { "slack", SLACK_GROUP_CHANGED, .concerns = members_watch_hears },
    { "slack", SLACK_HOME_OPENED, .concerns = home_hears, .asks = home_asks },
    { "slack", SLACK_REACTION_ADDED, .keeps_late = true, .concerns = incident_hears_mark },
    { .source = NULL },
};

const struct machine *machine_find(const struct operation *operation)
{
    for (size_t i = 0; machines[i]; i++)
        if (strcmp(machines[i]->kind, operation->kind) == 0)
            return machines[i]->schema == operation->schema ? machines[i] : NULL;
    return NULL;
}

bool machine_card(const struct view *view, const struct operation *operation, struct card *ret_card)
{
    const struct machine *machine = machine_find(operation);
    struct error ignored;
    void *body;

    *ret_card = (struct card){ .title = NULL };
    if (!machine || !machine->card)
        return false;
    body = arena_alloc(view->arena, machine->body->size);
    if (!shape_from_json(machine->body, operation->body, view->arena, body, &ignored))
        return false;
    machine->card(view, operation, body, ret_card);
    return true;
}
