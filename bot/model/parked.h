/* parked.h - a peer that does not take our credential, or lets it do too little; and what waits for that to be mended.
 *
 * Kept in the engine's memory alone (bot/engine/parking.c): a new owner finds out by one try.
 */
#ifndef OPSGATE_MODEL_PARKED_H
#define OPSGATE_MODEL_PARKED_H

#include "bot/base/shape.h"

struct parked {
    const char *seat;   /* whose credential: "slack", "google", "mail"; of a permission with what it lacks, and where:
                         * "slack slack.message slack:C1", "google run.return target:api/production" */
    const char *why;    /* the peer's words */
    int64_t since_ms;   /* steady clock */
    int64_t effects;    /* that wait for it; 0: of what it refuses nothing waits */
    bool is_way_back;   /* traffic cannot be given back: that is tried on and on */
    bool is_courtesy;   /* bot/model/effect.h: nobody is woken for it */
};
extern const struct shape parked_shape;

#endif
