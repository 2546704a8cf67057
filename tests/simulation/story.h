/* story.h - what happened in a world, in plain words, the last lines of it. Off unless somebody wants to read it. */
#ifndef OPSGATE_SIMULATION_STORY_H
#define OPSGATE_SIMULATION_STORY_H

#include "bot/base/mem.h"
#include "tests/simulation/scheduler.h"

#include <stdbool.h>

struct story;

struct story *story_create(const struct scheduler *scheduler, bool is_wanted);
void story_destroy(struct story *story);
AUTO_DEFINE(story)
void story_tell(struct story *story, const char *who, const char *fmt, ...) PRINTF_LIKE(3, 4);
void story_print(const struct story *story, size_t lines_max); /* the last ones, to stdout */

#endif
