/* pull.h - a pull request is looked at; a comment on it gets a reaction, or an answer. (GitHub REST, "pulls", "repos",
 * "issues", "reactions")
 *
 * READING_PULL, as bot/model/pull.h has it, with a comment on it if one is asked for. Since when its head is what it is: GitHub's log of what became of the branch
 * tells, which nobody who pushes can write to; and the commit's own date, which they can. The later of the two counts.
 * Where the log does not tell, only the date does.
 *
 * EFFECT_REACTION: the same again is no second one. EFFECT_COMMENT: the effect's id stands in it, where people do not see
 * it, and after an answer that was lost it is looked for before the comment is made again.
 *
 * Needs Pull requests: read, Contents: read, Issues: write (read without comments and reactions). Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_PULL_H
#define OPSGATE_INTEGRATIONS_GITHUB_PULL_H

#include "bot/model/exchange.h"

struct exchange_step github_pull_read(const struct exchange *exchange);
struct exchange_step github_reaction_make(const struct exchange *exchange);
struct exchange_step github_comment_make(const struct exchange *exchange);

#endif
