/* history.h - what became of what was asked for: `history` tells the last ones, `dora` the four numbers.
 *
 * Both read what each target keeps of its own ends (bot/model/target.h) and nothing else; they only look, and ask policy for
 * `history`, place by place.
 */
#ifndef OPSGATE_HANDLERS_HISTORY_HISTORY_H
#define OPSGATE_HANDLERS_HISTORY_HISTORY_H

#include "bot/model/verb.h"

extern const struct verb verb_history, verb_dora;

#endif
