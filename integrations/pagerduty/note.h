/* note.h - words on an incident: notes, which are looked for before they are made again, and status updates, which
 * nothing can find. Args, results: bot/model/pagerduty_act.h. Pure. Spec:
 * https://developer.pagerduty.com/api-reference, "Create a note on an incident", "Create a status update on an
 * incident"
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_NOTE_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_NOTE_H

#include "bot/model/exchange.h"

struct exchange_step pagerduty_note_make(const struct exchange *exchange);
struct exchange_step pagerduty_status_update_make(const struct exchange *exchange);

#endif
