/* away_internal.h - what the two files about a store that does not answer share: store_away.c looks and decides, store_away_acts.c
 * gives back. */
#ifndef OPSGATE_ENGINE_AWAY_INTERNAL_H
#define OPSGATE_ENGINE_AWAY_INTERNAL_H

#include "bot/engine/internal.h"

struct away_watch { /* an operation that the last owner goes on with */
    struct arena *arena;
    const char *operation;
    const char *stored_state; /* its state as the store knows it; "": nobody knows whether it does */
    bool has_tag; /* an effect of it had not ended: its machine hears of that first */
    const char *tag;
    enum event_end end;
    const char *kind, *lane, *effect_id; /* of the decrease that it wants, */
    const cJSON *args;                   /* NULL: none yet */
    bool may_have_tried;                 /* it */
    int64_t not_before_mono;             /* it could not be noted: not again before */
    bool is_over;                        /* nothing more is decided */
    struct without_store_act act;        /* id NULL: nothing was noted */
    struct away_watch *next;
};

/* ---- store_away.c ---- */

bool away_may_go_on(const struct engine *e, const struct live_operation *live, const char *stored_state,
                    const cJSON *giving_back, struct arena *arena, const char **ret_why); /* asks its machine */
cJSON *away_copy_json(struct arena *arena, const cJSON *json);
const char *away_print(struct arena *arena, const struct shape *shape, const void *value);
struct away_watch *away_find(const struct engine *e, const char *operation); /* or NULL */

/* ---- store_away_acts.c ---- */

void away_stop_looking(struct engine *e, struct away_watch *watch);
void away_want_back(struct engine *e, struct away_watch *watch, const struct wanted_effect *want);
void away_try_to_give_back(struct engine *e, struct away_watch *watch); /* it is decided, and not noted yet */
void away_end_act(struct engine *e, struct away_watch *watch, const char *result, const char *summary); /* notes it */
void away_end_effect(struct engine *e, struct live_effect *effect); /* takes it out of its lane */

#endif
