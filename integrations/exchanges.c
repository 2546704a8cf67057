#include "integrations/exchanges.h"

#include "bot/model/effect.h"
#include "integrations/github/authors.h"
#include "integrations/github/checks.h"
#include "integrations/github/deliveries.h"
#include "integrations/github/deployment.h"
#include "integrations/github/deployment_read.h"
#include "integrations/github/paths.h"
#include "integrations/github/pull.h"
#include "integrations/github/source.h"
#include "integrations/github/teams.h"
#include "integrations/github/workflow.h"
#include "integrations/google/armor.h"
#include "integrations/google/backup.h"
#include "integrations/google/cloud_run.h"
#include "integrations/google/database.h"
#include "integrations/google/logging.h"
#include "integrations/health.h"
#include "integrations/heartbeat.h"
#include "integrations/mail/send.h"
#include "integrations/measure.h"
#include "integrations/pagerduty/change.h"
#include "integrations/pagerduty/change_event.h"
#include "integrations/pagerduty/incidents.h"
#include "integrations/pagerduty/note.h"
#include "integrations/pagerduty/oncall.h"
#include "integrations/pagerduty/people.h"
#include "integrations/pagerduty/status.h"
#include "integrations/pagerduty/subscription.h"
#include "integrations/pagerduty/trigger.h"
#include "integrations/probes.h"
#include "integrations/registry/digest.h"
#include "integrations/self_test.h"
#include "integrations/slack/channel.h"
#include "integrations/slack/channel_change.h"
#include "integrations/slack/exchanges.h"
#include "integrations/slack/groups.h"
#include "integrations/slack/home.h"
#include "integrations/slack/invite.h"
#include "integrations/slack/message_read.h"
#include "integrations/slack/people.h"
#include "integrations/slack/upload.h"
#include "integrations/slack/user.h"
#include "integrations/statuspage/incident.h"

#include <string.h>

const struct exchange_row exchange_rows[] = {
    { EFFECT_REPLY, "Slack", slack_exchange_reply },
    { EFFECT_CARD, "Slack", slack_exchange_card },
    { EFFECT_MESSAGE, "Slack", slack_exchange_message },
    { EFFECT_HOME, "Slack", slack_exchange_home },
    { EFFECT_CHANNEL, "Slack", slack_channel_make },
    { EFFECT_TOPIC, "Slack", slack_channel_topic },
    { EFFECT_PURPOSE, "Slack", slack_channel_purpose },
    { EFFECT_INVITE, "Slack", slack_channel_invite },
    { EFFECT_PIN, "Slack", slack_channel_pin },
    { EFFECT_BOOKMARK, "Slack", slack_channel_bookmark },
    { EFFECT_ARCHIVE, "Slack", slack_channel_archive },
    { EFFECT_UNARCHIVE, "Slack", slack_channel_unarchive },
    { EFFECT_RENAME, "Slack", slack_channel_rename },
    { EFFECT_UPLOAD, "Slack", slack_file_upload },
    { EFFECT_NEW_REVISION, "Cloud Run", cloud_run_new_revision },
    { EFFECT_CHANGED_REVISION, "Cloud Run", cloud_run_new_revision },
    { EFFECT_TRAFFIC, "Cloud Run", cloud_run_traffic },
    { EFFECT_RETURN, "Cloud Run", cloud_run_return },
    { EFFECT_UNTAG, "Cloud Run", cloud_run_untag },
    { EFFECT_FAILOVER, "Google Cloud", database_fail_over },
    { EFFECT_BACKUP, "Google Cloud", backups_change },
    { EFFECT_DISPATCH, "GitHub", github_dispatch },
    { EFFECT_CANCEL_RUN, "GitHub", github_run_cancel },
    { EFFECT_DEPLOYMENT, "GitHub", github_deployment_make },
    { EFFECT_DEPLOYMENT_STATUS, "GitHub", github_deployment_status_make },
    { EFFECT_REACTION, "GitHub", github_reaction_make },
    { EFFECT_COMMENT, "GitHub", github_comment_make },
    { EFFECT_CATCH_UP, "GitHub", github_delivery_read },
    { EFFECT_PAGERDUTY_ENABLE, "PagerDuty", pagerduty_subscription_enable },
    { EFFECT_PAGERDUTY_PING, "PagerDuty", pagerduty_subscription_ping },
    { EFFECT_PAGERDUTY_STATUS, "PagerDuty", pagerduty_status_set },
    { EFFECT_PAGERDUTY_CHANGE, "PagerDuty", pagerduty_change_make },
    { EFFECT_PAGERDUTY_ASSIGN, "PagerDuty", pagerduty_assign_make },
    { EFFECT_PAGERDUTY_SNOOZE, "PagerDuty", pagerduty_snooze_set },
    { EFFECT_PAGERDUTY_NOTE, "PagerDuty", pagerduty_note_make },
    { EFFECT_PAGERDUTY_TELL, "PagerDuty", pagerduty_status_update_make },
    { EFFECT_PAGERDUTY_TRIGGER, "PagerDuty", pagerduty_trigger_make },
    { EFFECT_CHANGE_EVENT, "PagerDuty", pagerduty_change_event_send },
    { EFFECT_STATUSPAGE_OPEN, "Statuspage", statuspage_open },
    { EFFECT_STATUSPAGE_UPDATE, "Statuspage", statuspage_update },
    { EFFECT_MAIL, "the mail server", mail_send },
    { EFFECT_SCALE, "Cloud Run", cloud_run_scale },
    { EFFECT_BLOCK, "Cloud Armor", armor_block_add },
    { EFFECT_UNBLOCK, "Cloud Armor", armor_block_remove },
    { EFFECT_DDOS, "Cloud Armor", armor_ddos_switch },
    { READING_ARMOR, "Cloud Armor", armor_read },
    { READING_LOGS, "Cloud Logging", logging_read },
    { READING_SERVICE, "Cloud Run", cloud_run_read },
    { READING_REVISIONS, "Cloud Run", cloud_run_read_revisions },
    { READING_TEMPLATE, "Cloud Run", cloud_run_read_template },
    { READING_DATABASE, "Google Cloud", database_read },
    { READING_FAILOVER_SOUGHT, "Google Cloud", database_seek },
    { READING_DATABASE_OPERATION, "Google Cloud", database_follow },
    { READING_BACKUPS, "Google Cloud", backups_read },
    { READING_BACKUP_SOUGHT, "Google Cloud", backups_seek },
    { READING_DIGEST, "the registry", registry_digest_read },
    { READING_HEALTH, "the health check", health_read },
    { READING_PROBES, "what is probed", probes_read },
    { READING_SELF_TEST, "what opsgate tests itself with", self_test_run },
    { READING_HEARTBEAT, "who waits for the heartbeat", heartbeat_send },
    { READING_MEASURE, "the metrics source", measure_read },
    { READING_COMMIT, "GitHub", github_commit_read },
    { READING_RELEASE, "GitHub", github_release_read },
    { READING_RUN, "GitHub", github_run_read },
    { READING_CHECKS, "GitHub", github_checks_read },
    { READING_AUTHORS, "GitHub", github_authors_read },
    { READING_PATHS, "GitHub", github_paths_read },
    { READING_PULL, "GitHub", github_pull_read },
    { READING_DEPLOYMENT, "GitHub", github_deployment_read },
    { READING_GITHUB_DELIVERIES, "GitHub", github_deliveries_list },
    { READING_SLACK_GROUP, "Slack", slack_group_read },
    { READING_SLACK_PEOPLE, "Slack", slack_people_read },
    { READING_SLACK_USER, "Slack", slack_user_read },
    { READING_SLACK_CHANNEL, "Slack", slack_channel_read },
    { READING_SLACK_MESSAGE, "Slack", slack_message_read },
    { READING_GITHUB_TEAM, "GitHub", github_team_read },
    { READING_PAGERDUTY_SCHEDULE, "PagerDuty", pagerduty_schedule_read },
    { READING_PAGERDUTY_SUBSCRIPTIONS, "PagerDuty", pagerduty_subscriptions_read },
    { READING_PAGERDUTY_INCIDENTS, "PagerDuty", pagerduty_incidents_read },
    { READING_PAGERDUTY_INCIDENT, "PagerDuty", pagerduty_incident_ask },
    { READING_PAGERDUTY_ONCALL, "PagerDuty", pagerduty_oncall_read },
    { READING_PAGERDUTY_USER, "PagerDuty", pagerduty_user_find },
    { READING_STATUSPAGE, "Statuspage", statuspage_read },
};
const size_t exchange_rows_count = ARRAY_LEN(exchange_rows);

const struct exchange_row *exchanges_find(const char *kind)
{
    for (size_t i = 0; kind && i < exchange_rows_count; i++)
        if (strcmp(exchange_rows[i].kind, kind) == 0)
            return &exchange_rows[i];
    return NULL;
}
