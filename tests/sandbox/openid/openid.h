/* openid.h - Sign in with Slack, played: the discovery document, a page where one says who one is, tokens, keys.
 *
 * One client is known: OPENID_CLIENT with OPENID_SECRET, by client_secret_post or client_secret_basic. Errors of the
 * token method are Slack's, 200 with ok false. Its keys outlive a reset. Not thread-safe: the world's lock covers it.
 * Spec: https://docs.slack.dev/authentication/sign-in-with-slack, OpenID Connect Core 1.0, RFC 7636
 */
#ifndef SANDBOX_OPENID_H
#define SANDBOX_OPENID_H

#include "exchange.h"
#include "slack/workspace.h"

#define OPENID_CLIENT "1234567890.0987654321"
#define OPENID_SECRET "sandbox-openid-secret"

struct openid;

struct openid *openid_create(const char *own_url); /* its issuer is OWN_URL/openid */
void openid_destroy(struct openid *openid);

void openid_serve(struct openid *openid, const struct slack *slack, const struct request *request, struct reply *reply);
/* {forge: KIND}: the next token is wrong in that way: rows of forgeries[] in openid.c. */
bool openid_change(struct openid *openid, const cJSON *value, struct error *err);

#endif
