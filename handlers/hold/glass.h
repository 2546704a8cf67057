/* glass.h - what a broken glass does not pass: it passes rules that deny, and neither a lock nor the halt. Pure. */
#ifndef OPSGATE_HANDLERS_HOLD_GLASS_H
#define OPSGATE_HANDLERS_HOLD_GLASS_H

#include "bot/model/outcome.h"
#include "bot/model/question.h"
#include "bot/model/view.h"

/* What holds what the question asks for, as hold_find: a deploy, or more traffic for one that is there, which is asked for in
 * the name of whoever began that. NULL: nothing does. */
const struct operation *hold_find_asked(const struct view *view, const struct question *question);

/* verb.refused of what a glass can be broken for: who is told that they could is told what is in the way besides. */
void hold_refused(const struct view *view, const struct question *question, const void *arguments, bool is_by_glass,
                  struct outcome *out);
/* Behind such a hold, to somebody who came with a glass. */
#define HOLD_PASSES_NO_GLASS "No glass passes a lock or a halt, so none was broken."

#endif
