/* told.h - how one operation stands, in words: from its own card while it goes on, from its end afterwards. Pure. */
#ifndef OPSGATE_HANDLERS_STATUS_TOLD_H
#define OPSGATE_HANDLERS_STATUS_TOLD_H

#include "bot/model/verb.h"

/* The operation of this id, as operation_find_seen; NULL with what people are told. */
const struct operation *told_find(const struct view *view, const struct request *request, const char *id,
                                  struct error *err);

void told_operation(const struct view *view, const struct operation *operation, struct outcome *out);

#endif
