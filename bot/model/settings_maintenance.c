#include "bot/model/settings_maintenance.h"

#define HOURS_MS(n) ((n)*3600 * INT64_C(1000))

static const char *const start_names[] = { "ask", "itself", NULL };

static const struct shape_field place_rows[] = {
    ROW_STRING(maintenance_place, name, .flags = SHAPE_REQUIRED, .min = 1, .max = 63, .about = "people type it"),
    ROW_STRINGS(maintenance_place, of, .flags = SHAPE_REQUIRED | SHAPE_ONE_OR_MANY, .min = 1, .max = 20,
                .about = "service/environment"),
};
static const struct shape place_shape = SHAPE("places", maintenance_place, place_rows);

#define WORDS .min = 1, .max = 1000
static const struct shape_field public_rows[] = {
    ROW_STRING(maintenance_public, title, .otherwise = "Scheduled maintenance", .min = 1, .max = 200,
               .about = "what the public reads; why it is done is never told there"),
    ROW_STRING(maintenance_public, planned, WORDS,
               .otherwise = "We will carry out maintenance. Parts of the service may be unavailable for a while.",
               .about = "when it is planned"),
    ROW_STRING(maintenance_public, started, WORDS, .otherwise = "The maintenance has begun.", .about = "its start"),
    ROW_STRING(maintenance_public, longer, WORDS, .otherwise = "The maintenance takes longer than we expected.",
               .about = "somebody extended it"),
    ROW_STRING(maintenance_public, checking, WORDS,
               .otherwise = "The work is done, and we are checking that all is well.", .about = "somebody ends it"),
    ROW_STRING(maintenance_public, over, WORDS, .otherwise = "The maintenance is completed.", .about = "its end"),
    ROW_STRING(maintenance_public, cancelled, WORDS, .otherwise = "The maintenance was cancelled.",
               .about = "it does not take place"),
};
static const struct shape public_shape = SHAPE("words for the public", maintenance_public, public_rows);

static const struct shape_field rows[] = {
    ROW_STRINGS(maintenance_settings, announce, .flags = SHAPE_ONE_OR_MANY, .max = 10,
                .about = "so long before it is told again; without it 48h, 24h and 1h. It is always told at once"),
    ROW_MS(maintenance_settings, least, .otherwise = "24h", .max = HOURS_MS(24 * 30),
           .about = "so early it has to be planned, but with --short-notice WHY"),
    ROW_MS(maintenance_settings, watch, .otherwise = "1h", .min = 1000, .max = HOURS_MS(24),
           .about = "so long its places are watched after it"),
    ROW_ENUM(maintenance_settings, start, start_names, .otherwise = "ask",
             .about = "at its time whoever planned it is asked, or it starts by itself"),
    ROW_STRING(maintenance_settings, channel, .min = 2, .max = 80,
               .about = "where it is told; else slack.channels.deployments"),
    ROW_STRINGS(maintenance_settings, mail_to, .flags = SHAPE_ONE_OR_MANY, .max = 50,
                .about = "addresses that are told by mail, too"),
    ROW_OPTION(maintenance_settings, status_page, &public_shape,
               .about = "the public is told, of the components that statuspage.components has for its places"),
    ROW_STRINGS(maintenance_settings, windows, .flags = SHAPE_ONE_OR_MANY, .max = 50,
                .about = "when it may be: \"Wed 22:00-24:00 UTC\"; without it always"),
    ROW_STRINGS(maintenance_settings, zones, .flags = SHAPE_ONE_OR_MANY, .max = 20,
                .about = "zones that people may type besides UTC and those of the windows; the first is meant where "
                         "none is typed, else UTC"),
    ROW_OBJECTS(maintenance_settings, places, &place_shape, .max = 100, .about = "several places by one name"),
};
const struct shape maintenance_settings_shape = SHAPE("maintenance", maintenance_settings, rows);
