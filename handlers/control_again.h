/* control_again.h - the line that asks for the same as an operation that has ended. Pure.
 *
 * Version, region and another strategy than the environment's own are in it; how long to wait for an image, and the reason,
 * are not. A way back is asked for as one, unless it is done: again would be further. The values of settings are nobody's business: whoever wants them again types
 * them.
 */
#ifndef OPSGATE_HANDLERS_CONTROL_AGAIN_H
#define OPSGATE_HANDLERS_CONTROL_AGAIN_H

#include "bot/model/view.h"

/* In the view's arena; NULL: no line does. Whole: it may be a button of a deploy, as it is. */
const char *control_line_again(const struct view *view, const struct operation *operation, bool *ret_is_whole);

#endif
