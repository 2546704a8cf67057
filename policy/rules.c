/* rules.c - the rules of the file made ready: whom they mean as bits, their windows, and where each is looked up. */
#include "policy/compiled.h"
#include "policy/identity.h"
#include "policy/words.h"

#include <string.h>

#define WORDS_BYTES 300
#define WORDS_NAMES_SHOWN 8

/* ---- one rule ---- */

static struct compiled_names compile_names(const struct compiler *compiler, const char **names, size_t count)
{
    struct compiled_names compiled = { .names = names, .count = count };

    if (count == 0)
        return compiled;
    compiled.bits = arena_alloc(compiler->arena, (compiler->policy->role_words + 1) * sizeof(*compiled.bits));
    for (size_t i = 0; i < count; i++) {
        size_t role = names_find(&compiler->policy->roles, names[i]);

        if (role != NAMES_NONE)
            compiled.bits[role / 64] |= UINT64_C(1) << (role % 64);
        if (strcmp(names[i], POLICY_EVERYONE) == 0)
            compiled.has_everyone = true;
    }
    return compiled;
}

struct compiled_windows windows_compile(const struct compiler *compiler, const char **texts, size_t count)
{
    struct compiled_windows windows = { NULL, 0, false };
    struct error ignored; /* the file was refused for it */
    struct window window;

    for (size_t i = 0; i < count; i++) {
        if (window_parse(str_of(texts[i]), compiler->zones, compiler->arena, &window, &ignored))
            *ARENA_PUSH(compiler->arena, windows.list, windows.count) = window;
        else
            windows.is_broken = true;
    }
    return windows;
}

size_t severity_find(const struct settings *settings, const char *name)
{
    const struct incidents_settings *incidents = settings->incidents;

    if (!name)
        return NAMES_NONE;
    for (size_t i = 0; incidents && i < incidents->severities_count; i++)
        if (incidents->severities[i].name && strcmp(incidents->severities[i].name, name) == 0)
            return i;
    return NO_SEVERITY;
}

/* ---- its words ---- */

struct name_list {
    const char **names;
    size_t count;
};

static struct name_list verbs_of(const struct rule_settings *rule)
{
    switch (rule_kind(rule)) {
    case RULE_ALLOW:
        return (struct name_list){ rule->allow, rule->allow_count };
    case RULE_DENY:
        return (struct name_list){ rule->deny, rule->deny_count };
    default:
        return (struct name_list){ rule->verbs, rule->verbs_count };
    }
}

static void say_list(struct sentence *words, const char *before, const char **names, size_t count)
{
    if (count == 0)
        return;
    say(words, "%s", before);
    for (size_t i = 0; i < count && i < WORDS_NAMES_SHOWN; i++)
        say(words, "%s%s", i ? ", " : "", names[i]);
    if (count > WORDS_NAMES_SHOWN)
        say(words, " and %zu more", count - WORDS_NAMES_SHOWN);
}

/* In the file's own, so that whoever looks for it there finds it. */
static const char *words_of(const struct rule_settings *rule, struct arena *arena)
{
    const struct name_list verbs = verbs_of(rule);
    const struct rule_place *on = rule->on;
    char text[WORDS_BYTES] = "";
    struct sentence words = SENTENCE(text);

    if (rule_kind(rule) == RULE_ALLOW) {
        say_list(&words, "allow ", verbs.names, verbs.count);
        say_list(&words, " to ", rule->to, rule->to_count);
    } else {
        say(&words, "require approvals");
        say_list(&words, " from ", rule->require->approvals->from, rule->require->approvals->from_count);
        say_list(&words, " for ", verbs.names, verbs.count);
    }
    if (on) {
        say_list(&words, ", on service ", on->service, on->service_count);
        say_list(&words, ", on environment ", on->environment, on->environment_count);
        say_list(&words, ", on database ", on->database, on->database_count);
        say_list(&words, ", on runbook ", on->runbook, on->runbook_count);
        for (size_t i = 0; i < on->labels_count; i++)
            say(&words, ", on label %s=%s", on->labels[i].key, on->labels[i].value);
    }
    if (rule->when)
        say_list(&words, ", from ", rule->when->source, rule->when->source_count);
    return arena_strdup(arena, text);
}

static bool lets(const struct rule_settings *rule)
{
    return rule_kind(rule) == RULE_ALLOW || (rule->require && rule->require->approvals);
}

static struct compiled_rule compile_rule(const struct compiler *compiler, const struct rule_settings *rule)
{
    const char *file = compiler->settings->file ? compiler->settings->file : "configuration";
    struct compiled_rule compiled = {
        .settings = rule,
        .kind = rule_kind(rule),
        .text = arena_printf(compiler->arena, "%s:%d", file, rule->line),
        .words = lets(rule) ? words_of(rule, compiler->arena) : NULL,
        .to = compile_names(compiler, rule->to, rule->to_count),
        .break_glass = compile_names(compiler, rule->break_glass, rule->break_glass_count),
        .incident = NAMES_NONE,
        .no_incident = NAMES_NONE,
    };

    if (compiled.kind == RULE_DENY)
        compiled.identity = deny_identity(rule, compiler->arena);
    if (rule->when) {
        compiled.during = windows_compile(compiler, rule->when->during, rule->when->during_count);
        compiled.incident = severity_find(compiler->settings, rule->when->incident_at_least);
    }
    if (rule->require) {
        compiled.window = windows_compile(compiler, rule->require->window, rule->require->window_count);
        compiled.no_incident = severity_find(compiler->settings, rule->require->no_incident_at_least);
        if (rule->require->approvals)
            compiled.approvers =
                compile_names(compiler, rule->require->approvals->from, rule->require->approvals->from_count);
    }
    return compiled;
}

/* ---- where it is looked up ---- */

bool rule_names_verb(const struct compiled_rule *rule, const char *verb)
{
    struct name_list verbs = verbs_of(rule->settings);

    for (size_t i = 0; i < verbs.count; i++)
        if (strcmp(verbs.names[i], POLICY_EVERY_VERB) == 0 || (verb && strcmp(verbs.names[i], verb) == 0))
            return true;
    return false;
}

static bool is_for_every_verb(const struct name_list *verbs)
{
    for (size_t i = 0; i < verbs->count; i++)
        if (strcmp(verbs->names[i], POLICY_EVERY_VERB) == 0)
            return true;
    return false;
}

#define GROUPS_OF_A_RULE_MAX 64 /* one that names more verbs times places stands with its verbs alone */

struct places { /* that a rule is looked up by */
    enum place_kind kind;
    struct name_list list; /* of PLACE_ANY: one that is not read */
};

static struct places places_of(const struct rule_settings *rule, size_t verbs)
{
    const struct rule_place *on = rule->on;
    struct places places = { PLACE_ANY, { NULL, 1 } };

    if (on && on->service_count > 0)
        places = (struct places){ PLACE_SERVICE, { on->service, on->service_count } };
    else if (on && on->environment_count > 0)
        places = (struct places){ PLACE_ENVIRONMENT, { on->environment, on->environment_count } };
    else if (on && on->database_count > 0)
        places = (struct places){ PLACE_DATABASE, { on->database, on->database_count } };
    if (places.list.count * verbs > GROUPS_OF_A_RULE_MAX)
        places = (struct places){ PLACE_ANY, { NULL, 1 } };
    return places;
}

static struct rule_group *group_slot(const struct rule_index *index, size_t verb, enum place_kind kind, size_t place)
{
    const uint64_t key[] = { verb, (uint64_t)kind, place };
    size_t at = hash_bytes(key, sizeof(key), HASH_BEGIN) & (index->room - 1);

    for (;; at = (at + 1) & (index->room - 1)) {
        struct rule_group *group = &index->groups[at];

        if (!group->is_taken || (group->verb == verb && group->kind == kind && group->place == place))
            return group;
    }
}

/* A name that stands twice in a rule's list is one. */
static void push_rule(const struct compiler *compiler, struct rule_group *group, const struct compiled_rule *rule)
{
    size_t count = group->counts[rule->kind];

    if (count == 0 || group->rules[rule->kind][count - 1] != rule)
        *ARENA_PUSH(compiler->arena, group->rules[rule->kind], group->counts[rule->kind]) = rule;
}

static void put_under_verb(const struct compiler *compiler, const struct compiled_rule *rule, size_t verb,
                           const struct places *places)
{
    const struct rule_index *index = &compiler->policy->index;

    for (size_t i = 0; i < places->list.count; i++) {
        size_t place = places->kind == PLACE_ANY ? 0 : names_find(&index->places[places->kind], places->list.names[i]);
        struct rule_group *group = group_slot(index, verb, places->kind, place);

        if (!group->is_taken)
            *group = (struct rule_group){ .is_taken = true, .kind = places->kind, .verb = verb, .place = place };
        push_rule(compiler, group, rule);
    }
}

static void put(const struct compiler *compiler, const struct compiled_rule *rule)
{
    struct name_list verbs = verbs_of(rule->settings);
    bool is_for_all = is_for_every_verb(&verbs);
    struct places places = places_of(rule->settings, is_for_all ? 1 : verbs.count);

    if (is_for_all)
        put_under_verb(compiler, rule, NAMES_NONE, &places);
    for (size_t i = 0; i < verbs.count && !is_for_all; i++)
        put_under_verb(compiler, rule, names_find(&compiler->policy->index.verbs, verbs.names[i]), &places);
}

static void name_all(struct names *names, const char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        names_add(names, list[i]);
}

static void name_verbs_and_places(const struct compiler *compiler)
{
    const struct policy_settings *rows = &compiler->settings->policy;
    struct rule_index *index = &compiler->policy->index;
    size_t verbs = 0, services = 0, environments = 0, databases = 0;

    for (size_t i = 0; i < rows->rules_count; i++) {
        const struct rule_place *on = rows->rules[i].on;

        verbs += verbs_of(&rows->rules[i]).count;
        services += on ? on->service_count : 0;
        environments += on ? on->environment_count : 0;
        databases += on ? on->database_count : 0;
    }
    names_init(&index->verbs, verbs, compiler->arena);
    names_init(&index->places[PLACE_SERVICE], services, compiler->arena);
    names_init(&index->places[PLACE_ENVIRONMENT], environments, compiler->arena);
    names_init(&index->places[PLACE_DATABASE], databases, compiler->arena);
    for (size_t i = 0; i < rows->rules_count; i++) {
        const struct rule_place *on = rows->rules[i].on;
        struct name_list list = verbs_of(&rows->rules[i]);

        name_all(&index->verbs, list.names, list.count);
        if (!on)
            continue;
        name_all(&index->places[PLACE_SERVICE], on->service, on->service_count);
        name_all(&index->places[PLACE_ENVIRONMENT], on->environment, on->environment_count);
        name_all(&index->places[PLACE_DATABASE], on->database, on->database_count);
    }
}

/* As many as rules ask for, and no more than there can be: a file may name much, but the same again and again. */
static void make_room(const struct compiler *compiler)
{
    struct rule_index *index = &compiler->policy->index;
    size_t places = 1, wanted, there_are;

    for (int kind = PLACE_SERVICE; kind < PLACE_KINDS; kind++)
        places += index->places[kind].count;
    there_are = (index->verbs.count + 1) * places;
    wanted = compiler->settings->policy.rules_count * GROUPS_OF_A_RULE_MAX + index->verbs.count + 1;
    index->room = hash_room(wanted < there_are ? wanted : there_are);
    index->groups = arena_alloc(compiler->arena, index->room * sizeof(*index->groups));
}

void rules_compile(const struct compiler *compiler)
{
    const struct policy_settings *rows = &compiler->settings->policy;
    struct policy *policy = compiler->policy;

    policy->rules_count = rows->rules_count;
    policy->rules = arena_alloc(compiler->arena, (rows->rules_count + 1) * sizeof(*policy->rules));
    name_verbs_and_places(compiler);
    make_room(compiler);
    for (size_t i = 0; i < rows->rules_count; i++) {
        policy->rules[i] = compile_rule(compiler, &rows->rules[i]);
        put(compiler, &policy->rules[i]);
    }
}

/* ---- looking it up ---- */

static void add_groups(const struct rule_index *index, size_t verb, const size_t *places, struct rule_walk *walk)
{
    for (int kind = 0; kind < PLACE_KINDS; kind++) {
        const struct rule_group *group =
            places[kind] == NAMES_NONE ? NULL : group_slot(index, verb, (enum place_kind)kind, places[kind]);

        if (group && group->is_taken)
            walk->groups[walk->groups_count++] = group;
    }
}

void rules_look_up(const struct policy *policy, const struct question *question, struct rule_walk *walk)
{
    const struct rule_index *index = &policy->index;
    const size_t verb = names_find(&index->verbs, question->verb);
    const size_t places[PLACE_KINDS] = {
        [PLACE_ANY] = 0,
        [PLACE_SERVICE] = names_find(&index->places[PLACE_SERVICE], question->service),
        [PLACE_ENVIRONMENT] = names_find(&index->places[PLACE_ENVIRONMENT], question->environment),
        [PLACE_DATABASE] = names_find(&index->places[PLACE_DATABASE], question->database),
    };

    walk->groups_count = 0;
    add_groups(index, NAMES_NONE, places, walk);
    if (verb != NAMES_NONE)
        add_groups(index, verb, places, walk);
}

void rules_begin(struct rule_walk *walk, enum rule_kind kind)
{
    walk->kind = kind;
    memset(walk->at, 0, sizeof(walk->at));
}

/* No rule stands in two of the groups: each is looked up by one kind of place, and "*" goes before verbs. */
const struct compiled_rule *rules_next(struct rule_walk *walk)
{
    const struct compiled_rule *first = NULL;
    size_t of = 0;

    for (size_t i = 0; i < walk->groups_count; i++) {
        const struct rule_group *group = walk->groups[i];

        if (walk->at[i] < group->counts[walk->kind] && (!first || group->rules[walk->kind][walk->at[i]] < first)) {
            first = group->rules[walk->kind][walk->at[i]];
            of = i;
        }
    }
    if (first)
        walk->at[of]++;
    return first;
}
