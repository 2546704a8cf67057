/* deployment_read.h - a deployment that anybody made, as GitHub has it now. (GitHub REST, "deployments")
 *
 * READING_DEPLOYMENT, as bot/model/deployment.h has it: what it is of, whose it is, and how the newest of its statuses calls it: by
 * their ids, for in which order GitHub lists them it does not say; and the repository's default branch. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_DEPLOYMENT_READ_H
#define OPSGATE_INTEGRATIONS_GITHUB_DEPLOYMENT_READ_H

#include "bot/model/exchange.h"

struct exchange_step github_deployment_read(const struct exchange *exchange);

#endif
