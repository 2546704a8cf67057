/* card.h - how a group looks to people now: a line for each member. Pure. */
#ifndef OPSGATE_HANDLERS_GROUP_CARD_H
#define OPSGATE_HANDLERS_GROUP_CARD_H

#include "bot/model/card.h"
#include "bot/model/view.h"

void group_card(const struct view *view, const struct operation *operation, const void *body, struct card *card);

#endif
