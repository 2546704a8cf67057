/* payload.h - what Slack's JSON payloads share: ids, names and times, checked. Pure; safe on any thread. */
#ifndef OPSGATE_INTEGRATIONS_SLACK_PAYLOAD_H
#define OPSGATE_INTEGRATIONS_SLACK_PAYLOAD_H

#include "bot/base/json.h"

#define SLACK_PAYLOAD_NAME_MAX_BYTES 200

/* ERR_INVALID: missing, no text, or no id of Slack's. */
bool slack_payload_get_id(const cJSON *payload, const char *path, const char **ret_id, struct error *err);
/* *ret_id is NULL when there is none, or null; ERR_INVALID when what is there is no id. */
bool slack_payload_find_id(const cJSON *payload, const char *path, const char **ret_id, struct error *err);
/* The person's workspace, of an interaction's payload. In a channel shared with another organisation, `team` is ours whoever
 * acted; installed for a whole organisation, it is null. */
bool slack_payload_get_team(const cJSON *payload, const char **ret_team, struct error *err);
/* A person's name for display, of an interaction's payload; NULL without one. */
const char *slack_payload_name(const cJSON *payload);
/* What lets a modal be opened, or NULL: secret. */
const char *slack_payload_trigger(const cJSON *payload);

bool slack_ts_is_valid(const char *ts);    /* "1700000000.000100": digits, a dot at most; NULL is not */
int64_t slack_ts_unix_ms(const char *ts);  /* of a valid one, also of those without their dot; 0: it says nothing */

#endif
