/* refusals.h - "NOT accepted", said by the address that came with a request, where the connection shows its sender nothing.
 *
 * Whoever presses a button sees no answer of the connection, and an operation that would tell has not begun. So the door
 * posts the words itself: once, best effort, and never more than REFUSALS_MAX at a time, since many are refused when the
 * load is high. Doors check addresses before they hand them on. Loop thread only.
 */
#ifndef OPSGATE_REFUSALS_H
#define OPSGATE_REFUSALS_H

#include "bot/shell/http_out.h"

#define REFUSALS_MAX 32

struct refusals;

struct refusals *refusals_create(struct http_out *out); /* borrowed */
void refusals_destroy(struct refusals *refusals);       /* what is under way is cut; before http_out's end */
AUTO_DEFINE(refusals)

/* A refuse_fn of ingress.h; `refusals` is a struct refusals. */
void refusals_say(void *refusals, const char *request_id, const char *url, const char *content_type, struct str body);

#endif
