/* heartbeat.h - somebody outside is called as long as opsgate decides, and pages a person when that stops.
 *
 * One operation, "watch.heartbeat", is at work where `heartbeat` is configured. Each beat goes out from whoever owns the
 * store, after a commit, through the same doors as every other call: what arrives proves store, engine and way out at once.
 * So nothing beats while no store answers, and that is meant. One that does not arrive is journalled, and said aloud when
 * three in a row did not. It is withheld where opsgate could tell nobody: Slack refuses its token, and no mail goes either.
 */
#ifndef OPSGATE_HANDLERS_WATCH_HEARTBEAT_H
#define OPSGATE_HANDLERS_WATCH_HEARTBEAT_H

#include "bot/model/verb.h"

struct heartbeat_watch {
    bool is_out;           /* one is on its way */
    int64_t taken_at_ms;   /* the last that was answered well; the store's clock; 0: none yet */
    int64_t failures;      /* in a row */
    int64_t failures_ever;
    const char *problem;   /* of the last one, while they fail; or NULL */
    bool is_withheld;      /* opsgate can tell nobody */
};
extern const struct shape heartbeat_watch_shape;

extern const struct machine machine_heartbeat_watch;

#endif
