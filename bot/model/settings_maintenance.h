/* settings_maintenance.h - planned maintenance: how early it is told, to whom, and when it may be.
 *
 * Part of struct settings. Everything is borrowed from the configuration's arena and never changes.
 */
#ifndef OPSGATE_MODEL_SETTINGS_MAINTENANCE_H
#define OPSGATE_MODEL_SETTINGS_MAINTENANCE_H

#include "bot/base/shape.h"

enum maintenance_start { MAINTENANCE_ASKS, MAINTENANCE_STARTS_ITSELF };

struct maintenance_place { /* several, by one name */
    const char *name;
    const char **of; /* "api/production" */
    size_t of_count;
};
struct maintenance_public { /* what the public reads; nothing else ever gets there */
    const char *title, *planned, *started, *longer, *checking, *over, *cancelled;
};
struct maintenance_settings {
    const char **announce; /* durations: so long before */
    size_t announce_count;
    int64_t least_ms, watch_ms;
    int start;           /* enum maintenance_start */
    const char *channel; /* "#name" or an id; NULL: slack.channels.deployments */
    const char **mail_to;
    size_t mail_to_count;
    const struct maintenance_public *status_page; /* NULL: the public is not told */
    const char **windows;
    size_t windows_count;
    const char **zones; /* names of the tz database */
    size_t zones_count;
    struct maintenance_place *places;
    size_t places_count;
};
extern const struct shape maintenance_settings_shape;

#endif
