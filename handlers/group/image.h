/* image.h - the one image that all members of a group get: its tag becomes a digest before the first of them begins, and one
 * that is not there yet is waited for. Only for this folder. */
#ifndef OPSGATE_HANDLERS_GROUP_IMAGE_H
#define OPSGATE_HANDLERS_GROUP_IMAGE_H

#include "bot/model/event.h"
#include "bot/model/outcome.h"
#include "handlers/group/group.h"

void image_ask(const struct group_body *body, int64_t now_ms, struct outcome *out);

/* The answer. False: it is not there yet, and is asked for again; or the group has ended. `body` is ours to change. */
bool image_take(const struct view *view, const struct event *event, struct group_body *body, struct outcome *out);

/* For the card; NULL: it is not waited for. */
const char *image_words(const struct view *view, const struct group_body *body);

#endif
