/* halt.h - `halt`, `unhalt`: nothing begins and nothing gets more traffic anywhere, until somebody ends it.
 *
 * One operation for as long as it holds: state halted, then ended.
 */
#ifndef OPSGATE_HANDLERS_HOLD_HALT_H
#define OPSGATE_HANDLERS_HOLD_HALT_H

#include "bot/model/verb.h"

struct halt_body {
    const char *reason; /* as given, or NULL */
};
extern const struct shape halt_body_shape;

extern const struct verb verb_halt, verb_unhalt;
extern const struct machine machine_halt;

#endif
