/* looks.h - how soon a question may be put to a peer that counts them. Pure.
 *
 * Before something is posted whose answer was lost, Slack is asked for it: of each such method it takes so many calls a
 * minute, whoever they are for. They go through seats, as effects do (bot/engine/pace.h): one after the other, and none
 * while a limit that was hit is closed. What is not among the rows is not counted here.
 */
#ifndef OPSGATE_CARRIER_LOOKS_H
#define OPSGATE_CARRIER_LOOKS_H

#include "bot/model/http.h"

#define LOOKS_WAIT_MAX_MS 5000 /* one that would wait longer ends, and is tried again then: an attempt has a deadline */

struct looks;

struct looks *looks_create(void);
void looks_destroy(struct looks *looks);

/* `limit`: the call's, or NULL. How long it has to wait; 0: it may go now, and goes. A further page of a look that was begun
 * goes at once, for it would begin anew another time; it counts all the same. */
int64_t looks_take(struct looks *looks, const char *limit, bool is_further, int64_t mono_ms);
void looks_answered(struct looks *looks, const char *limit, const struct http_answer *answer, int64_t mono_ms);

#endif
