/* needs.h - the services that need a database, where they run, and whether they answer as they should. Pure.
 *
 * On Cloud Run each is asked for its health check once its address is known; one that runs elsewhere is not checked,
 * and says so. Whoever has them in a body asks by needs_look(), and hears readings called NEEDS_SERVICE and
 * NEEDS_HEALTH. */
#ifndef OPSGATE_HANDLERS_NEEDS_H
#define OPSGATE_HANDLERS_NEEDS_H

#include "bot/model/event.h"
#include "bot/model/outcome.h"
#include "bot/model/view.h"

#define NEEDS_SERVICE "service:" /* the first letters of the readings' names */
#define NEEDS_HEALTH "health:"

struct service_need {                       /* a service that needs the database, where it runs */
    const char *target;                     /* "api/production", "api/production/us-east1" */
    const char *project, *region, *service; /* on Cloud Run; NULL: elsewhere, and not checked */
    const char *path, *field, *value;       /* of its health check */
    int64_t expect_status, timeout_ms;
    bool is_private;
    const char *uri;     /* as Cloud Run tells it; NULL: not yet */
    bool is_healthy;     /* seen since the change */
    const char *problem; /* why not, or why it is not checked; NULL: not seen yet */
};
extern const struct shape service_need_shape;

/* Who needs that database: one of an environment there, one of none (NULL) wherever the service runs. */
struct service_need *needs_of_database(const struct view *view, const char *database, const char *environment,
                                       size_t *ret_count);

/* A copy that may be changed: the old ones belong to the record. */
struct service_need *needs_copy(const struct service_need *needs, size_t count, struct arena *arena);

bool needs_are_healthy(const struct service_need *needs, size_t count); /* all that are checked */
/* Asks all that are checked and not healthy yet. */
void needs_look(const struct view *view, const struct service_need *needs, size_t count, struct outcome *out);

enum needs_heard {
    NEEDS_NOTHING, /* the event is of none of them */
    NEEDS_ASKED,   /* its address is known, and its health check was asked */
    NEEDS_HEARD,   /* it is healthy or not; or where it is cannot be told */
};
/* Changes `needs` by one of those readings. */
enum needs_heard needs_hear(const struct view *view, const struct event *event, struct service_need *needs,
                            size_t count, struct outcome *out);

/* ---- in words ---- */

/* " api/production is healthy. web/production was not checked."; "" without any. */
const char *needs_text(const struct service_need *needs, size_t count, struct arena *arena);
/* "api/production, web/production"; NULL without any. */
const char *needs_names(const struct service_need *needs, size_t count, struct arena *arena);

#endif
