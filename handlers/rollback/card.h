/* card.h - how a rollback looks to people now. Pure. */
#ifndef OPSGATE_HANDLERS_ROLLBACK_CARD_H
#define OPSGATE_HANDLERS_ROLLBACK_CARD_H

#include "bot/model/verb.h"

/* `value` is a rollback_body. Also for one that is stuck: no handler runs for it any more, but it is still shown. */
void rollback_card(const struct view *view, const struct operation *operation, const void *value, struct card *card);

#endif
