#include "bot/model/personal.h"

#include <string.h>

#define TELLING_ID_BYTES 7 /* "U012AB3": a shorter one may be a part of something else */

static const struct shape_field query_rows[] = {
    ROW_STRINGS(personal_query, persons),
    ROW_STRING(personal_query, after, .flags = SHAPE_NONZERO),
    ROW_STRINGS(personal_query, held, .flags = SHAPE_NONZERO),
};
const struct shape personal_query_shape = SHAPE("a look for a person", personal_query, query_rows);

static const struct shape_field entry_rows[] = {
    ROW_INT(personal_entry, n),
    ROW_MS(personal_entry, at),
    ROW_STRING(personal_entry, operation, .flags = SHAPE_NONZERO),
    ROW_STRINGS(personal_entry, about, .flags = SHAPE_NONZERO),
};
static const struct shape entry_shape = SHAPE("an entry", personal_entry, entry_rows);

static const struct shape_field found_rows[] = {
    ROW_OBJECTS(personal_found, entries, &entry_shape),
    ROW_STRING(personal_found, after, .flags = SHAPE_NONZERO),
    ROW_STRINGS(personal_found, held, .flags = SHAPE_NONZERO),
};
const struct shape personal_found_shape = SHAPE("what was found of a person", personal_found, found_rows);

/* "slack:T0OTHER01/U012AB3CD": the journal keeps the user's id alone. */
static struct str id_of(const char *person, struct str *ret_system)
{
    struct str id = str_of(person), rest;

    *ret_system = str_take_until(&id, ':');
    rest = id;
    if (str_is(*ret_system, "slack") && str_take_until(&rest, '/').len < id.len)
        return rest;
    return id;
}

static bool is_their_own(const cJSON *values, const char *person)
{
    const char *system = json_find_string(values, "system"), *id = json_find_string(values, "principal");
    struct str of, rest = id_of(person, &of);

    return system && id && str_is(of, system) &&
           (strcmp(system, "github") == 0 ? str_equal_nocase(rest, str_of(id)) : str_is(rest, id));
}

static bool names(const cJSON *value, const char *id)
{
    if (cJSON_IsString(value) && strstr(value->valuestring, id))
        return true;
    if (!cJSON_IsObject(value) && !cJSON_IsArray(value))
        return false;
    JSON_EACH(child, value)
        if (names(child, id))
            return true;
    return false;
}

static bool is_named(const cJSON *values, const char *person)
{
    struct str of, rest = id_of(person, &of);

    return (str_is(of, "slack") || str_is(of, "pagerduty")) && rest.len >= TELLING_ID_BYTES && names(values, rest.at);
}

bool personal_is_by(const cJSON *values, const char *const *persons, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_their_own(values, persons[i]))
            return true;
    return false;
}

bool personal_is_of(const cJSON *values, const char *const *persons, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_named(values, persons[i]))
            return true;
    return personal_is_by(values, persons, count);
}
