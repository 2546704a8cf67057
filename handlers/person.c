#include "handlers/person.h"

#include "bot/model/card.h"

#include <string.h>

#define QUOTED_BYTES 40

/* Where they ask from most often first. */
static const char *id_of(const struct person_settings *person, struct arena *arena)
{
    return person->slack       ? arena_printf(arena, "slack:%s", person->slack)
           : person->local     ? arena_printf(arena, "local:%s", person->local)
           : person->github    ? arena_printf(arena, "github:%s", person->github)
           : person->pagerduty ? arena_printf(arena, "pagerduty:%s", person->pagerduty)
                               : NULL;
}

const char *person_by_name(const struct settings *settings, const char *text, struct arena *arena, struct error *err)
{
    const char *name = text[0] == '@' ? text + 1 : text, *found = NULL, *all = NULL;
    size_t count = 0;

    if (strchr(text, ':'))
        return text;
    for (size_t i = 0; i < settings->people_count; i++) {
        const struct person_settings *person = &settings->people[i];
        const char *id = person->name && strcmp(person->name, name) == 0 ? id_of(person, arena) : NULL;

        if (!id)
            continue;
        found = id;
        all = all ? arena_printf(arena, "%s, %s", all, id) : id;
        count++;
    }
    name = card_quote(str_of(name), QUOTED_BYTES, arena);
    if (count > 1)
        error_set(err, ERR_CONFLICT, "%zu people are called `%s`: say which of %.200s", count, name, all);
    else if (count == 0)
        error_set(err, ERR_NOT_FOUND, "nobody is called `%s`", name);
    return count == 1 ? found : NULL;
}

const char *person_name(const struct settings *settings, const char *system, const char *id)
{
    for (size_t i = 0; i < settings->people_count; i++) {
        const struct person_settings *person = &settings->people[i];
        const char *known = strcmp(system, "slack") == 0       ? person->slack
                            : strcmp(system, "github") == 0    ? person->github
                            : strcmp(system, "pagerduty") == 0 ? person->pagerduty
                            : strcmp(system, "local") == 0     ? person->local
                                                               : NULL;

        if (known && person->name && strcmp(known, id) == 0)
            return person->name;
    }
    return NULL;
}
