/* source.h - what GitHub says of a version: the commit behind a name, and releases. (GitHub REST, "commits", "releases")
 *
 * READING_COMMIT and READING_RELEASE, as bot/model/source.h has them. A name is given as GitHub resolves it without doubt:
 * "heads/main", "tags/v1.4.2", or a sha. A release that is only a draft is not there. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_SOURCE_H
#define OPSGATE_INTEGRATIONS_GITHUB_SOURCE_H

#include "bot/model/exchange.h"

struct exchange_step github_commit_read(const struct exchange *exchange);
struct exchange_step github_release_read(const struct exchange *exchange);

#endif
