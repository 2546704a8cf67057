/* replay.h - what the store has kept, to be decided once more: a dead letter, or a delivery that was decided.
 *
 * READING_KEPT (args kept_item; result {is_there, source, kind, is_told}) looks whether it still is, and whether it is
 * what another system told: of deliveries only that is ever decided once more. EFFECT_REPLAY (args kept_item)
 * puts it into the inbox again, as if it had just come, under a dedupe key made of the effect's own outside id; it fails
 * when the store does not keep it any more.
 */
#ifndef OPSGATE_MODEL_REPLAY_H
#define OPSGATE_MODEL_REPLAY_H

#include "bot/base/shape.h"

struct kept_item {
    bool is_dead;          /* a dead letter; else a delivery */
    const char *id;        /* of its entry in the store: "1795212000000-5" */
    const char *operation; /* EFFECT_REPLAY: the one that puts it back */
};
extern const struct shape kept_item_shape;

#endif
