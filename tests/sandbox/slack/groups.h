/* groups.h - user groups of the workspace, and its people, as a test changes them.
 *
 * A group is kept in the shape of Slack's API, its `users` always there. S0ENG has Ann and Bob at first.
 * Spec: https://docs.slack.dev/reference/methods/usergroups.list
 */
#ifndef SANDBOX_SLACK_GROUPS_H
#define SANDBOX_SLACK_GROUPS_H

#include "slack/workspace.h"

cJSON *slack_find_group(const struct slack *slack, const char *id);
cJSON *slack_add_group(struct slack *slack, const char *id, const char *handle, const char *name); /* empty; borrowed */
void slack_group_change_users(cJSON *group, const cJSON *come, const cJSON *go); /* arrays of ids, or NULL */

/* {id, handle?, name?, users?, add?, remove?, disabled?}: a new group, or another state of an old one. Nobody is told. */
bool slack_group_change(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct error *err);
/* {id, name?, email?, is_email_confirmed?, is_restricted?, is_ultra_restricted?, is_bot?, deleted?, team_id?}: likewise */
bool slack_user_change(struct slack *slack, const cJSON *wanted, struct error *err);

#endif
