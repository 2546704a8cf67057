/* deployment.h - deployments and their statuses: told once, found again. (GitHub REST, "deployments")
 *
 * EFFECT_DEPLOYMENT and EFFECT_DEPLOYMENT_STATUS, as bot/model/deployment.h has them.
 *
 * GitHub has no key that makes a second deployment harmless; but it gives a payload back as it was given. So before one is
 * made again, those of the same commit, environment and task are looked through for the operation's outside id there; lists
 * lag, so not within ten seconds after an answer was lost. A payload may be an object, or a text that holds one; any that makes
 * no sense is somebody else's.
 *
 * No branch is merged (auto_merge), no checks are asked for (required_contexts): policy has judged both. Nor does GitHub make
 * others inactive by itself (auto_inactive): it goes by the environment's name, which several services of a repository share.
 * Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_DEPLOYMENT_H
#define OPSGATE_INTEGRATIONS_GITHUB_DEPLOYMENT_H

#include "bot/model/exchange.h"

struct exchange_step github_deployment_make(const struct exchange *exchange);
struct exchange_step github_deployment_status_make(const struct exchange *exchange);

#endif
