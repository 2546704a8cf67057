/* decode.h - an inbox item by the codec of its source: the one place that names them all.
 *
 * Which codec it is stands in the item (source and kind); both are promises to every later version, since an item may
 * have been stored by an earlier one.
 */
#ifndef OPSGATE_DECODE_H
#define OPSGATE_DECODE_H

#include "bot/model/decoded.h"
#include "bot/model/inbox.h"

/* decode_fn of the engine. Pure. */
bool decode_item(const struct inbox_item *item, struct arena *arena, struct decoded *ret_decoded, struct error *err);

#endif
