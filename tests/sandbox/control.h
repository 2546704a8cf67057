/* control.h - how tests and the page look at the world and change it: everything below /_sandbox.
 *
 * Not a part of the simulated world: no token, no latency, no faults, not in the call log. Takes the world's lock
 * itself.
 */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "world.h"

void control_serve(struct world *world, const struct request *request, struct reply *reply);

#endif
