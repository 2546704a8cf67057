/* response_url.h - may we post to this address? It came with a request, so it could name any host.
 *
 * Slack's own hosts pass: https, slack.com or slack-gov.com and what stands below them, no port, no user. So does the
 * origin (scheme, host and port) of slack.api_url, for those who point opsgate elsewhere. Pure; safe on any thread.
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_RESPONSE_URL_H
#define OPSGATE_INTEGRATIONS_SLACK_RESPONSE_URL_H

#include <stdbool.h>

#define SLACK_RESPONSE_URL_MAX_BYTES 2048

bool slack_response_url_is_allowed(const char *url, const char *api_url);

#endif
