/* comment.h - `.deploy ENVIRONMENT [SERVICE]` on a pull request: its head, deployed in the name of who wrote that. Pure.
 *
 * The first line alone is a command, from its first byte on: what is quoted, or stands in a code block, is none. The event is
 * a reason to look: GitHub is asked for the comment and the pull request, and what it says counts. Refused, and said there:
 * what was edited or is too old, a fork's head, one that was pushed after the comment or in the same second, any option. The
 * commit is pinned then; policy judges the deploy like any other, and who may not has begun nothing.
 *
 * Whoever policy lets deploy nowhere at all is not answered: on a public repository anybody may write. Theirs is a line of the
 * journal, as is what comes while twenty of the repository are at it.
 *
 * A comment gets one answer and two reactions at most: eyes once it is begun, a rocket or a thumb down at the end. In a public
 * repository the answer tells nothing that policy says.
 */
#ifndef OPSGATE_HANDLERS_TRIGGER_COMMENT_H
#define OPSGATE_HANDLERS_TRIGGER_COMMENT_H

#include "bot/model/listener.h"
#include "handlers/trigger/triggering.h"

bool trigger_comment_asks(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request);

void comment_ask(struct triggering *t); /* GitHub, for both */
void comment_on_pull(struct triggering *t);

/* What is said aloud of other triggers (told.h) is answered to the comment. */
void comment_told_nothing(struct triggering *t, const char *why);
void comment_told_places(struct triggering *t);
void comment_told_end(struct triggering *t, const char *result);

#endif
