/* delivery.h - args of the effects that show something to people. */
#ifndef OPSGATE_MODEL_DELIVERY_H
#define OPSGATE_MODEL_DELIVERY_H

#include "bot/model/card.h"
#include "bot/model/modal.h"

struct card_delivery { /* EFFECT_CARD; result {channel, ts} */
    const char *channel; /* "#deployments" or an id */
    struct card card;
};
extern const struct shape card_delivery_shape;

struct message_part { /* one of several that are said together, or one that is said late */
    const char *effect; /* its outside id */
    int64_t at_ms;      /* unix: when it was to be said */
    const char *text;
};
extern const struct shape message_part_shape;

struct message_delivery { /* EFFECT_MESSAGE; result {channel, ts} */
    const char *channel;
    bool is_in_thread; /* under the operation's card, where that is known by then */
    struct reply reply;
    struct message_part *parts; /* in place of `reply`, in their order; never in a record: bot/engine/together.c. Or NULL */
    size_t parts_count;
    int64_t more; /* that are said after these */
};
extern const struct shape message_delivery_shape;

struct reply_delivery { /* EFFECT_REPLY; result {how: "inline", or another way: integrations/slack/exchanges.h} */
    struct reply_address address;
    const struct modal_delivery *form; /* tried first; the reply is for where it could not be opened. NULL: none */
    struct reply reply;
};
extern const struct shape reply_delivery_shape;

#endif
