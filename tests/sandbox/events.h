/* events.h - server-sent events for the pages that watch: "the world is at version N".
 *
 * Each viewer has an HTTP thread that waits for a change; a comment line every 15 s finds out who has left. The number
 * of viewers is limited. Spec: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
#ifndef SANDBOX_EVENTS_H
#define SANDBOX_EVENTS_H

#include "world.h"

#define EVENTS_VIEWERS_MAX 16

void events_serve(struct world *world, struct reply *reply); /* takes the lock itself */

#endif
