#include "handlers/held.h"

#include "bot/model/card.h"

#include <string.h>

#define QUOTED_BYTES 60
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static void add_id(struct held_person *person, struct arena *arena, const char *system, const char *id)
{
    if (id)
        *ARENA_PUSH(arena, person->ids, person->count) = arena_printf(arena, "%s:%s", system, id);
}

static struct held_person person_of(const struct person_settings *row, struct arena *arena)
{
    struct held_person person = { NULL, 0 };

    add_id(&person, arena, "slack", row->slack);
    add_id(&person, arena, "github", row->github);
    add_id(&person, arena, "pagerduty", row->pagerduty);
    add_id(&person, arena, "local", row->local);
    return person;
}

static bool has_id(const struct held_person *person, const char *id)
{
    for (size_t i = 0; i < person->count; i++)
        if (strncmp(id, "github:", 7) == 0 ? str_equal_nocase(str_of(person->ids[i]), str_of(id))
                                           : strcmp(person->ids[i], id) == 0)
            return true;
    return false;
}

/* Nobody has another one: what is meant of it would be of nobody, without a word. */
static bool check_letters(struct str system, const char *id, const char *text, struct arena *arena, struct error *err)
{
    const char *of = str_is(system, "slack") ? CAPITALS "/" : str_is(system, "pagerduty") ? CAPITALS : NULL;

    return !of || strspn(id, of) == strlen(id) ||
           error_set(err, ERR_INVALID, "`%s` is nobody: ids of " STR_FMT " are in capitals and digits.",
                     card_quote(str_of(text), QUOTED_BYTES, arena), STR_ARG(system));
}

/* An id that nobody joins with others is a person by itself. */
static bool find_by_id(const struct settings *settings, const char *text, struct arena *arena,
                       struct held_person *ret_person, struct error *err)
{
    static const char *const systems[] = { "slack", "github", "pagerduty", "local", "token", "github-app" };
    struct str id = str_of(text), system = str_take_until(&id, ':');
    bool is_known = false;

    for (size_t i = 0; i < ARRAY_LEN(systems); i++)
        is_known = is_known || str_is(system, systems[i]);
    if (!is_known || id.len == 0)
        return error_set(err, ERR_INVALID,
                         "`%s` is no person: `slack:U012AB3CD`, `github:octocat`, `pagerduty:PXPGF42`, "
                         "`local:ann`, or a name of `people`.",
                         card_quote(str_of(text), QUOTED_BYTES, arena));
    if (!check_letters(system, id.at, text, arena, err))
        return false;
    for (size_t i = 0; i < settings->people_count; i++) {
        struct held_person person = person_of(&settings->people[i], arena);

        if (has_id(&person, text)) {
            *ret_person = person;
            return true;
        }
    }
    *ret_person = (struct held_person){ NULL, 0 };
    *ARENA_PUSH(arena, ret_person->ids, ret_person->count) = arena_strdup(arena, text);
    return true;
}

static bool find_by_name(const struct settings *settings, const char *text, struct arena *arena,
                         struct held_person *ret_person, struct error *err)
{
    const char **names = arena_alloc(arena, (settings->people_count + 1) * sizeof(names[0]));
    const char *nearest;
    size_t count = 0, found = 0;

    for (size_t i = 0; i < settings->people_count; i++) {
        const char *name = settings->people[i].name;

        if (name)
            names[count++] = name;
        if (!name || strcmp(name, text) != 0)
            continue;
        found++;
        *ret_person = person_of(&settings->people[i], arena);
    }
    if (found == 1 && ret_person->count > 0)
        return true;
    if (found > 1)
        return error_set(err, ERR_INVALID, "%zu people are called `%s`: name one by an id, as `slack:U012AB3CD`.",
                         found, card_quote(str_of(text), QUOTED_BYTES, arena));
    nearest = str_nearest(str_of(text), names, count);
    return error_set(err, ERR_INVALID, "nobody of `people` is called `%s`.%s%s%s",
                     card_quote(str_of(text), QUOTED_BYTES, arena), nearest ? " Did you mean `" : "",
                     nearest ? nearest : "", nearest ? "`?" : "");
}

bool held_find_person(const struct settings *settings, const char *text, struct arena *arena,
                      struct held_person *ret_person, struct error *err)
{
    return strchr(text, ':') ? find_by_id(settings, text, arena, ret_person, err)
                             : find_by_name(settings, text, arena, ret_person, err);
}

/* ---- holds ---- */

static bool is_about(const struct settings *settings, const struct hold_settings *hold,
                     const struct held_person *person, struct arena *arena)
{
    struct held_person held;
    struct error ignored;

    if (!hold->person)
        return true;
    if (!held_find_person(settings, hold->person, arena, &held, &ignored))
        return true; /* a name that means nobody any more: better too much than too little */
    for (size_t i = 0; i < held.count; i++)
        if (has_id(person, held.ids[i]))
            return true;
    return false;
}

const struct hold_settings *held_person_by(const struct settings *settings, const struct held_person *person,
                                           struct arena *arena)
{
    for (size_t i = 0; i < settings->audit.hold_count; i++) {
        const struct hold_settings *hold = &settings->audit.hold[i];

        if (hold->person && !hold->operation && !hold->since && !hold->until && is_about(settings, hold, person, arena))
            return hold;
    }
    return NULL;
}

const char **held_ids(const struct settings *settings, struct arena *arena, size_t *ret_count)
{
    const char **ids = NULL;
    struct error ignored;

    *ret_count = 0;
    for (size_t i = 0; i < settings->audit.hold_count; i++) {
        const char *name = settings->audit.hold[i].person;
        struct held_person held;

        if (!name || !held_find_person(settings, name, arena, &held, &ignored))
            continue;
        for (size_t k = 0; k < held.count; k++)
            *ARENA_PUSH(arena, ids, *ret_count) = held.ids[k];
    }
    return ids;
}

/* A time that cannot be read was refused with the file: held all the same. */
static bool is_within(const struct hold_settings *hold, int64_t at_ms)
{
    int64_t since_ms = 0, until_ms = 0;
    struct error ignored;

    if (hold->since && hold_time_parse(hold->since, &since_ms, &ignored) && at_ms < since_ms)
        return false;
    return !hold->until || !hold_time_parse(hold->until, &until_ms, &ignored) || at_ms < until_ms;
}

const struct hold_settings *held_entry_by(const struct settings *settings, const struct held_person *person,
                                          const struct personal_entry *entry, struct arena *arena)
{
    const struct held_person about = { entry->about, entry->about_count };

    for (size_t i = 0; i < settings->audit.hold_count; i++) {
        const struct hold_settings *hold = &settings->audit.hold[i];
        bool is_its = !hold->operation || (entry->operation && strcmp(hold->operation, entry->operation) == 0);

        if (is_its && is_within(hold, entry->at_ms) &&
            (is_about(settings, hold, person, arena) || is_about(settings, hold, &about, arena)))
            return hold;
    }
    return NULL;
}
