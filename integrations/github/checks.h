/* checks.h - is everything that was checked on a commit good? (GitHub REST, "checks/runs", "commits/statuses")
 *
 * READING_CHECKS, as bot/model/checks.h has it. Check runs (all of GitHub Actions) and commit statuses are two lists that
 * know nothing of each other: both are read to their last page, and all that is in them counts but what opsgate reported
 * itself (a check run of its own App; a status whose context is "opsgate" or begins with "opsgate/"). A check run is good
 * when it completed as success, neutral or skipped; a status when it is success. A list that is shorter than GitHub says it
 * is proves nothing. Needs the permissions Checks: read and Commit statuses: read (a classic token: repo). Pure.
 * Spec: https://docs.github.com/en/rest/checks/runs, https://docs.github.com/en/rest/commits/statuses
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_CHECKS_H
#define OPSGATE_INTEGRATIONS_GITHUB_CHECKS_H

#include "bot/model/exchange.h"

struct exchange_step github_checks_read(const struct exchange *exchange);

#endif
