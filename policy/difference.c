#include "policy/difference.h"

#include "policy/words.h"

#include <string.h>
#include <strings.h>

#define PLACES_SHOWN 5

struct step { /* how far one might, and may: words of the tables (rights.h); both NULL: as before */
    const char *was, *is;
};
struct change { /* the same for several verbs */
    const char *role;
    struct step step;
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

static struct str take_part(struct str *rest)
{
    const char *end = strstr(rest->at, RIGHTS_BETWEEN); /* a word is terminated */
    size_t len = end ? (size_t)(end - rest->at) : rest->len;
    struct str part = { rest->at, len };
    size_t taken = end ? len + strlen(RIGHTS_BETWEEN) : len;

    *rest = (struct str){ rest->at + taken, rest->len - taken };
    return part;
}

static bool has_part(const char *word, struct str part)
{
    struct str rest = str_of(word);

    while (rest.len > 0)
        if (str_equal(take_part(&rest), part))
            return true;
    return false;
}

static bool has_all_parts(const char *word, const char *of)
{
    struct str rest = str_of(of);

    while (rest.len > 0)
        if (!has_part(word, take_part(&rest)))
            return false;
    return true;
}

/* The same conditions in another order are the same: rules that only moved change nothing. */
static struct step step_of(const struct comparison *c, const char *role, const char *verb, const char *place)
{
    const char *was = rights_word(c->before, role, verb, place), *is = rights_word(c->now, role, verb, place);

    if (has_all_parts(was, is) && has_all_parts(is, was))
        return (struct step){ NULL, NULL };
    return (struct step){ was, is };
}

static bool is_none(struct step step)
{
    return !step.was;
}

static bool is_same_step(struct step a, struct step b)
{
    return a.was && b.was ? strcmp(a.was, b.was) == 0 && strcmp(a.is, b.is) == 0 : !a.was == !b.was;
}

/* Is it a change of this role's own? */
static bool is_own(const struct comparison *c, const char *role, const char *verb, const char *place, struct step step)
{
    return !is_none(step) &&
           (strcmp(role, POLICY_EVERYONE) == 0 || !is_same_step(step, step_of(c, POLICY_EVERYONE, verb, place)));
}

static bool is_same_change(const struct comparison *c, const struct change *change, const char *role, struct step step,
                           const bool *places)
{
    return strcmp(change->role, role) == 0 && is_same_step(change->step, step) &&
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
        *change = (struct change){ .role = role, .step = step, .places = places };
    }
    *ARENA_PUSH(c->arena, change->verbs, change->verbs_count) = verb;
}

/* What is asked for without a place is told of verbs that have none: elsewhere it says nothing. */
static bool is_told(const struct comparison *c, const char *role, const char *verb, size_t place)
{
    for (size_t i = 0; i < c->places_count && !c->places[place][0]; i++)
        if (c->places[i][0] && is_own(c, role, verb, c->places[i], step_of(c, role, verb, c->places[i])))
            return false;
    return true;
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

        if (seen[i] || !is_own(c, role, verb, c->places[i], step) || !is_told(c, role, verb, i))
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

/* "production" of "api/production"; "": it is a database, or none. */
static const char *environment_in(const char *place)
{
    const char *slash = strchr(place, '/');

    return slash ? slash + 1 : "";
}

/* Did it change in each of its places, and are those several? */
static bool is_whole(const struct comparison *c, const struct change *change, const char *environment)
{
    size_t count = 0;

    for (size_t i = 0; i < c->places_count && environment[0]; i++) {
        if (strcmp(environment_in(c->places[i]), environment) != 0)
            continue;
        count++;
        if (!change->places[i])
            return false;
    }
    return count > 1;
}

/* Runbooks are run, and nothing else is: they are no place of any other change. */
static bool is_of_runbooks(const struct comparison *c, const struct change *change)
{
    for (size_t i = 0; i < c->places_count; i++)
        if (change->places[i] && str_starts_with(str_of(c->places[i]), RIGHTS_RUNBOOK))
            return true;
    return false;
}

/* " in api/production and web/production", " in production"; "": wherever there is one. */
static const char *where(const struct comparison *c, const struct change *change)
{
    bool is_runbooks = is_of_runbooks(c, change);
    const char **named = NULL;
    size_t count = 0, all = 0, changed = 0;

    for (size_t i = 0; i < c->places_count; i++) {
        const char *environment = environment_in(c->places[i]), *name = c->places[i];

        all += name[0] && str_starts_with(str_of(name), RIGHTS_RUNBOOK) == is_runbooks ? 1 : 0;
        if (!name[0] || !change->places[i])
            continue;
        changed++;
        if (is_whole(c, change, environment))
            name = environment;
        if (!has(named, count, name))
            *ARENA_PUSH(c->arena, named, count) = name;
    }
    if (count == 0 || (changed == all && all > 1))
        return "";
    if (count <= PLACES_SHOWN)
        return arena_printf(c->arena, " in %s", listed(named, count, " and ", c->arena));
    return arena_printf(c->arena, " in %s and %zu more places", listed(named, PLACES_SHOWN, ", ", c->arena),
                        count - PLACES_SHOWN);
}

/* "`deploy` and `abort`", "`lock` and ask for `locks`" */
static const char *doing(const struct comparison *c, const struct change *change)
{
    static const char last[] = " and ";
    const char **verbs = NULL, **nouns = NULL;
    size_t verbs_count = 0, nouns_count = 0;

    for (size_t i = 0; i < change->verbs_count; i++) {
        const char *verb = arena_printf(c->arena, "`%s`", change->verbs[i]);

        if (word_is_noun(change->verbs[i]))
            *ARENA_PUSH(c->arena, nouns, nouns_count) = verb;
        else
            *ARENA_PUSH(c->arena, verbs, verbs_count) = verb;
    }
    return arena_printf(c->arena, "%s%s%s%s", listed(verbs, verbs_count, last, c->arena),
                        verbs_count > 0 && nouns_count > 0 ? last : "", nouns_count > 0 ? "ask for " : "",
                        listed(nouns, nouns_count, last, c->arena));
}

/* "with a reason, not during Sat UTC" */
static const char *how_far(const struct comparison *c, const char *word)
{
    struct str rest = str_of(word);
    const char *text = "";

    if (strcmp(word, RIGHTS_NOT) == 0)
        return "not at all";
    while (rest.len > 0) {
        struct str part = take_part(&rest);

        text = arena_printf(c->arena, "%s%s" STR_FMT, text, text[0] ? ", " : "", STR_ARG(part));
    }
    return text;
}

static const char *sentence(const struct comparison *c, const struct change *change)
{
    return arena_printf(c->arena, "%s may %s%s: %s → %s", change->role, doing(c, change), where(c, change),
                        how_far(c, change->step.was), how_far(c, change->step.is));
}

/* ---- members ---- */

/* GitHub's logins are the same in upper and in lower case, as policy compares them. */
static bool is_same_member(const char *a, const char *b)
{
    return str_starts_with(str_of(a), "github:") ? strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

static bool has_member(const struct rights_role *role, const char *member)
{
    for (size_t i = 0; i < role->members_count; i++)
        if (is_same_member(role->members[i], member))
            return true;
    return false;
}

static void compare_members(struct comparison *c, const char *role)
{
    const struct rights_role none = { .name = role }, *found;
    const struct rights_role *was = (found = find_role(c->before, role)) ? found : &none;
    const struct rights_role *is = (found = find_role(c->now, role)) ? found : &none;
    struct difference *d = c->difference;

    for (size_t i = 0; i < was->members_count; i++)
        if (!has_member(is, was->members[i]))
            *ARENA_PUSH(c->arena, d->people, d->people_count) =
                arena_printf(c->arena, "%s is no longer in the role %s", was->members[i], role);
    for (size_t i = 0; i < is->members_count; i++)
        if (!has_member(was, is->members[i]))
            *ARENA_PUSH(c->arena, d->people, d->people_count) =
                arena_printf(c->arena, "%s is now in the role %s", is->members[i], role);
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
