/* needless_glass.h - somebody came with --break-glass, and nothing was in the way: that is said, for they wonder. Pure. */
#ifndef OPSGATE_HANDLERS_DEPLOY_NEEDLESS_GLASS_H
#define OPSGATE_HANDLERS_DEPLOY_NEEDLESS_GLASS_H

#include "bot/model/outcome.h"
#include "bot/model/question.h"
#include "bot/model/view.h"

struct group_body;

/* A line of the reply, unless a rule that denies it is passed by it now; of several services, any of them. NULL: it is one
 * place. Nothing where none was brought. */
void needless_glass_tell(const struct view *view, const struct question *question, const struct group_body *services,
                         struct outcome *out);

#endif
