/* home.h - a person's own page in Slack, the app's Home tab: what waits for them, what runs, what they may do.
 *
 * It is published whole, and published anew: what stands there last is what it is. A button types a command, as one on
 * a card does. Texts may hold the marks of card.h.
 */
#ifndef OPSGATE_MODEL_HOME_H
#define OPSGATE_MODEL_HOME_H

#include "bot/model/card.h"

struct home_item { /* one thing, and what may be done about it */
    const char *text;
    struct card_action *actions;
    size_t actions_count;
};
struct home_section {
    const char *title; /* "Waits for you" */
    struct home_item *items;
    size_t items_count;
    const char *more; /* said after them where not all are shown: how the others are seen; or NULL */
};
struct home {         /* args of EFFECT_HOME; it has no result */
    const char *user; /* Slack's id of whose page it is */
    const char *intro;
    struct card_action *actions; /* below it */
    size_t actions_count;
    struct home_section *sections;
    size_t sections_count;
    const char *footer;
};
extern const struct shape home_shape;

#endif
