/* card.h - how a deploy looks to people now: its steps, what it is about, how it ended. Pure. */
#ifndef OPSGATE_HANDLERS_DEPLOY_CARD_H
#define OPSGATE_HANDLERS_DEPLOY_CARD_H

#include "bot/model/verb.h"

/* `value` is a deploy_body. Also for one that is stuck: no handler runs for it any more, but it is still shown. */
void deploy_card(const struct view *view, const struct operation *operation, const void *value, struct card *card);

#endif
