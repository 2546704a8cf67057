#include "policy/difference.h"

#include <string.h>

#define PLACES_SHOWN 5

struct change { /* the same for several verbs */
    const char *role, *was, *is;
    const char **verbs;
    size_t verbs_count;
    const bool *places; /* of the union, in which it changed */
};
struct comparison {
    const struct rights *before, *now;
    struct arena *arena;
    const char **places; /* of both */
    size_t places_count;
    struct change *changes;
    size_t changes_count;
    struct difference *difference;
};

static bool has(const char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

static const struct rights_role *find_role(const struct rights *rights, const char *name)
{
    for (size_t i = 0; i < rights->roles_count; i++)
        if (strcmp(rights->roles[i].name, name) == 0)
            return &rights->roles[i];
    return NULL;
}

/* ---- what changed ---- */

struct step { /* from this word to that one */
    const char *was, *is;
};

static struct step step_of(const struct comparison *c, const char *role, const char *verb, const char *place)
{
    return (struct step){ rights_word(c->before, role, verb, place), rights_word(c->now, role, verb, place) };
}

static bool is_same_step(struct step a, struct step b)
{
    return strcmp(a.was, b.was) == 0 && strcmp(a.is, b.is) == 0;
}

/* Is it a change of this role's own? */
static bool is_own(const struct comparison *c, const char *role, const char *verb, const char *place, struct step step)
{
    return strcmp(step.was, step.is) != 0 &&
           (strcmp(role, POLICY_EVERYONE) == 0 || !is_same_step(step, step_of(c, POLICY_EVERYONE, verb, place)));
}

static bool is_same_change(const struct comparison *c, const struct change *change, const char *role, struct step step,
                           const bool *places)
{
    return strcmp(change->role, role) == 0 && is_same_step((struct step){ change->was, change->is }, step) &&
           memcmp(change->places, places, c->places_count * sizeof(places[0])) == 0;
}

static void keep_change(struct comparison *c, const char *role, const char *verb, struct step step, const bool *places)
{
    struct change *change = NULL;

    for (size_t i = 0; i < c->changes_count && !change; i++)
        if (is_same_change(c, &c->changes[i], role, step, places))
            change = &c->changes[i];
    if (!change) {
        change = ARENA_PUSH(c->arena, c->changes, c->changes_count);
        *change = (struct change){ .role = role, .was = step.was, .is = step.is, .places = places };
    }
    *ARENA_PUSH(c->arena, change->verbs, change->verbs_count) = verb;
}

/* Of one verb, step by step: each with all places in which it is the same. */
static void compare_verb(struct comparison *c, const char *role, const char *verb)
{
    bool *seen = arena_alloc(c->arena, c->places_count * sizeof(seen[0]));

    if (!rights_word(c->before, role, verb, ""))
        return;
    for (size_t i = 0; i < c->places_count; i++) {
        struct step step = step_of(c, role, verb, c->places[i]);
        bool *places;

        if (seen[i] || !is_own(c, role, verb, c->places[i], step))
            continue;
        places = arena_alloc(c->arena, c->places_count * sizeof(places[0]));
        for (size_t k = i; k < c->places_count; k++) {
            places[k] =
                is_same_step(step, step_of(c, role, verb, c->places[k])) && is_own(c, role, verb, c->places[k], step);
            seen[k] = seen[k] || places[k];
        }
        keep_change(c, role, verb, step, places);
    }
}

/* ---- said ---- */

static const char *listed(const char *const *list, size_t count, const char *last, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : i + 1 == count ? last : ", ", list[i]);
    return text;
}

/* " in api/production and web/production"; "": wherever there is one. */
static const char *where(const struct comparison *c, const struct change *change)
{
    const char **named = NULL;
    size_t count = 0, all = 0;

    for (size_t i = 0; i < c->places_count; i++) {
        if (!c->places[i][0])
            continue;
        all++;
        if (change->places[i])
            *ARENA_PUSH(c->arena, named, count) = c->places[i];
    }
    if (count == 0 || (count == all && count > 1))
        return "";
    if (count <= PLACES_SHOWN)
        return arena_printf(c->arena, " in %s", listed(named, count, " and ", c->arena));
    return arena_printf(c->arena, " in %s and %zu more places", listed(named, PLACES_SHOWN, ", ", c->arena),
                        count - PLACES_SHOWN);
}

static const char *sentence(const struct comparison *c, const struct change *change)
{
    const char *does = listed(change->verbs, change->verbs_count, " and ", c->arena), *place = where(c, change);

    if (strcmp(change->is, RIGHTS_NOT) == 0)
        return arena_printf(c->arena, "%s can no longer %s%s", change->role, does, place);
    if (strcmp(change->was, RIGHTS_NOT) == 0)
        return strcmp(change->is, RIGHTS_FREELY) == 0
                   ? arena_printf(c->arena, "%s can now %s%s", change->role, does, place)
                   : arena_printf(c->arena, "%s can now %s%s, %s", change->role, does, place, change->is);
    return arena_printf(c->arena, "%s can %s%s %s now, and no more %s", change->role, does, place, change->is,
                        change->was);
}

static void compare_members(struct comparison *c, const char *role)
{
    const struct rights_role none = { .name = role }, *found;
    const struct rights_role *was = (found = find_role(c->before, role)) ? found : &none;
    const struct rights_role *is = (found = find_role(c->now, role)) ? found : &none;
    struct difference *d = c->difference;

    for (size_t i = 0; i < was->members_count; i++)
        if (!has(is->members, is->members_count, was->members[i]))
            *ARENA_PUSH(c->arena, d->people, d->people_count) =
                arena_printf(c->arena, "%s is in %s no more", was->members[i], role);
    for (size_t i = 0; i < is->members_count; i++)
        if (!has(was->members, was->members_count, is->members[i]))
            *ARENA_PUSH(c->arena, d->people, d->people_count) =
                arena_printf(c->arena, "%s is in %s now", is->members[i], role);
}

static void compare_role(struct comparison *c, const char *role)
{
    for (size_t i = 0; i < c->now->verbs_count; i++)
        compare_verb(c, role, c->now->verbs[i]);
    compare_members(c, role);
}

struct difference rights_difference(const struct rights *before, const struct rights *now, struct arena *arena)
{
    struct difference difference = { .rights = NULL };
    struct comparison c = { .before = before, .now = now, .arena = arena, .difference = &difference };

    for (size_t i = 0; i < now->places_count; i++)
        *ARENA_PUSH(arena, c.places, c.places_count) = now->places[i];
    for (size_t i = 0; i < before->places_count; i++)
        if (!has(now->places, now->places_count, before->places[i]))
            *ARENA_PUSH(arena, c.places, c.places_count) = before->places[i];
    for (size_t i = 0; i < now->roles_count; i++)
        compare_role(&c, now->roles[i].name);
    for (size_t i = 0; i < before->roles_count; i++)
        if (!find_role(now, before->roles[i].name))
            compare_role(&c, before->roles[i].name);
    for (size_t i = 0; i < c.changes_count; i++)
        *ARENA_PUSH(arena, difference.rights, difference.rights_count) = sentence(&c, &c.changes[i]);
    return difference;
}

const char **difference_shown(const char **lines, size_t count, struct arena *arena, size_t *ret_count)
{
    const char **shown = NULL;
    size_t fits = count <= DIFFERENCE_LINES_MAX ? count : DIFFERENCE_LINES_MAX;

    *ret_count = 0;
    for (size_t i = 0; i < fits; i++)
        *ARENA_PUSH(arena, shown, *ret_count) = lines[i];
    if (fits < count)
        *ARENA_PUSH(arena, shown, *ret_count) = arena_printf(arena, "and %zu more", count - fits);
    return shown;
}
