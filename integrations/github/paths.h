/* paths.h - which groups of paths does the way from one commit to another touch? (GitHub REST, "commits/compare")
 *
 * READING_PATHS, as bot/model/paths.h has it. GitHub lists at most 300 files, on the first page, and those since the two
 * commits parted: where it lists that many, where the head does not simply follow the base, where the base is unknown or a
 * file has no name, every group is touched, and the answer says why. A file that was renamed counts by both names. Needs
 * Contents: read. Pure.
 * Spec: https://docs.github.com/en/rest/commits/commits#compare-two-commits
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_PATHS_H
#define OPSGATE_INTEGRATIONS_GITHUB_PATHS_H

#include "bot/model/exchange.h"

struct exchange_step github_paths_read(const struct exchange *exchange);

#endif
