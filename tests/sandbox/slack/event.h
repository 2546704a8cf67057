/* event.h - what the Events API tells the app: what people say, and what happens in the workspace.
 * Spec: https://docs.slack.dev/apis/events-api/ */
#ifndef SANDBOX_SLACK_EVENT_H
#define SANDBOX_SLACK_EVENT_H

#include "slack/delivery.h"

#define SLACK_SAID_EVENTS_MAX 2

/* {user, channel | direct: true, text, thread_ts?, bot?, edited?, only?: "app_mention" | "message", first?: "message",
 * fields?, outer?}: says it, and gives the events of it: one of the channel or of direct messages, and before it
 * (after it: `first`) one of the mention. "@name" becomes a mention. `bot` says it as another bot. */
bool slack_say_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *deliveries,
                       size_t *ret_count, struct error *err);

/* {type, user?, channel?, fields?, outer?, event_id?}: url_verification, app_rate_limited, or an event of that type. An
 * archived or renamed channel is archived and renamed here too, and a group has the members that came and went. `fields` replaces or adds members of the event, `outer`
 * of what stands around it. */
bool slack_event_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                         struct error *err);

#endif
