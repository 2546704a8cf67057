/* api.h - Slack's Web API and its response URLs, as a bot meets them.
 *
 * Both answer as the real ones do: HTTP 200 with {"ok":false,"error":"..."} for a refusal, 429 with Retry-After when
 * posts come too fast and the workspace limits them. The world's lock is held.
 * Spec: https://docs.slack.dev/apis/web-api/ and https://docs.slack.dev/interactivity/handling-user-interaction
 */
#ifndef SANDBOX_SLACK_API_H
#define SANDBOX_SLACK_API_H

#include "exchange.h"
#include "slack/workspace.h"

void slack_serve_api(struct slack *slack, const struct request *request, struct reply *reply);      /* /METHOD */
void slack_serve_response(struct slack *slack, const struct request *request, struct reply *reply); /* /TOKEN */
void slack_serve_upload(struct slack *slack, const struct request *request, struct reply *reply);   /* /TOKEN */

#endif
