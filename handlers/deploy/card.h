/* card.h - how a deploy looks to people now: its steps, what it is about, how it ended. Pure. */
#ifndef OPSGATE_HANDLERS_DEPLOY_CARD_H
#define OPSGATE_HANDLERS_DEPLOY_CARD_H

#include "bot/model/verb.h"

struct deploy_body;

/* `value` is a deploy_body. Also for one that is stuck: no handler runs for it any more, but it is still shown. */
void deploy_card(const struct view *view, const struct operation *operation, const void *value, struct card *card);

/* "paused at 25 %", "held at 25 %"; NULL: it goes on by itself, or has no traffic yet. */
const char *deploy_halt(const char *state, const struct deploy_body *body, struct arena *arena);

#endif
