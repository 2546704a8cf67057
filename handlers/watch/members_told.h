/* members_told.h - what people hear of groups, teams and schedules: who came and who went, and what cannot be read. */
#ifndef OPSGATE_HANDLERS_WATCH_MEMBERS_TOLD_H
#define OPSGATE_HANDLERS_WATCH_MEMBERS_TOLD_H

#include "bot/model/membership.h"
#include "bot/model/outcome.h"
#include "bot/model/view.h"

struct members_told {
    const struct view *view;
    struct outcome *out;
};

/* Aloud once, however often it fails; keeps why. `problem` NULL: no answer came. */
void members_tell_problem(const struct members_told *w, struct membership *source, const char *problem);
void members_tell_seen(const struct members_told *w, struct membership *source); /* if there was a problem */
/* The same, of looking people up by their addresses. */
void members_tell_unjoined(const struct members_told *w, const char **unjoined, const char *problem);
/* Into the journal: how many, and apart, where they can be erased, who. Nothing, if nobody came or went. */
void members_tell_change(const struct members_told *w, const struct membership *before,
                         const struct membership_read *now);

#endif
