/* authors.h - who wrote the commits between what serves and what shall? (GitHub REST, "commits/compare")
 *
 * READING_AUTHORS, as bot/model/checks.h has it: whose commits the head has and the base has not. More of them than GitHub
 * tells in one comparison, a commit whose author GitHub knows no account of, a base that it does not know: the answer is
 * that they are not known, and why. How the head stands to the base, and its newest commits, are told besides. Without a
 * base it is whose the last commit is, and those that it merged. Needs Contents: read. Pure.
 * Spec: https://docs.github.com/en/rest/commits/commits#compare-two-commits
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_AUTHORS_H
#define OPSGATE_INTEGRATIONS_GITHUB_AUTHORS_H

#include "bot/model/exchange.h"

struct exchange_step github_authors_read(const struct exchange *exchange);

#endif
