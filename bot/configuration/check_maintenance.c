/* check_maintenance.c - planned maintenance: times and zones that can be read, whom it is told, and which places. */
#include "bot/configuration/check.h"

#include "bot/base/time.h"
#include "bot/model/mail.h"

#include <string.h>

#define ANNOUNCE_MAX_MS (30 * DAY_MS)

static void check_announce(struct walk *walk, const struct maintenance_settings *maintenance)
{
    for (size_t i = 0; i < maintenance->announce_count; i++) {
        struct error ignored;
        int64_t before_ms;

        if (maintenance->announce[i] && (!duration_parse(str_of(maintenance->announce[i]), &before_ms, &ignored) ||
                                         before_ms < MINUTE_MS || before_ms > ANNOUNCE_MAX_MS))
            walk_wrong(walk, maintenance, "announce", (long)i, "expected a duration from 1m to 30d, such as 24h");
    }
}

static void check_zones(struct walk *walk, const struct maintenance_settings *maintenance)
{
    for (size_t i = 0; i < maintenance->zones_count; i++) {
        struct error err;

        if (maintenance->zones[i] && !zones_find(walk->zones, str_of(maintenance->zones[i]), &err))
            walk_wrong(walk, maintenance, "zones", (long)i, "%s", err.message);
    }
}

static void check_told(struct walk *walk, const struct settings *settings,
                       const struct maintenance_settings *maintenance)
{
    check_channel(walk, maintenance, "channel", maintenance->channel);
    if (maintenance->mail_to_count > 0)
        check_section(walk, settings, maintenance, "mail_to", -1, "smtp");
    for (size_t i = 0; i < maintenance->mail_to_count; i++)
        if (maintenance->mail_to[i] && !mail_address_is_good(maintenance->mail_to[i]))
            walk_wrong(walk, maintenance, "mail_to", (long)i, "expected an e-mail address such as team@example.com");
    if (maintenance->status_page)
        check_section(walk, settings, maintenance, "status_page", -1, "statuspage");
}

static struct name_list names_of_places(struct walk *walk, const struct settings *settings)
{
    struct name_list targets = names_of_targets(walk, settings), places = { .is_partial = targets.is_partial };

    for (size_t i = 0; i < targets.count; i++)
        if (!settings_find_database(settings, targets.names[i]))
            name_list_add(&places, targets.names[i], walk->arena);
    return places;
}

static void check_places(struct walk *walk, const struct settings *settings,
                         const struct maintenance_settings *maintenance)
{
    const struct name_list targets = names_of_places(walk, settings);
    struct name_list seen = { 0 };

    for (size_t i = 0; i < maintenance->places_count; i++) {
        const struct maintenance_place *place = &maintenance->places[i];
        struct name_list twice = { 0 };

        check_name(walk, place, "place", place->name, &seen);
        if (place->name && settings_find_service(settings, place->name))
            walk_wrong(walk, place, "name", -1, "a service is called '%.80s' already", place->name);
        for (size_t k = 0; k < place->of_count; k++) {
            check_reference(walk, place, "of", (long)k, "service/environment", place->of[k], &targets);
            if (place->of[k] && name_list_has(&twice, place->of[k]))
                walk_wrong(walk, place, "of", (long)k, "'%.80s' stands there twice", place->of[k]);
            name_list_add(&twice, place->of[k], walk->arena);
        }
    }
}

void check_maintenance(struct walk *walk, const struct settings *settings)
{
    const struct maintenance_settings *maintenance = &settings->maintenance;

    check_announce(walk, maintenance);
    check_windows(walk, maintenance, "windows", maintenance->windows, maintenance->windows_count);
    check_zones(walk, maintenance);
    check_told(walk, settings, maintenance);
    check_places(walk, settings, maintenance);
}
