#include "policy/rights.h"

#include "policy/members.h"
#include "policy/rights_words.h"

#include <string.h>

#define SCHEMA 3     /* 1 said "at times" of whatever had a condition; 2 had names in the order of the file */
#define WORDS_MAX 75 /* each is a character behind '0' */
#define QUESTIONS_OF_CELL 2
#define UNTOLD "on conditions that are too many to tell" /* in place of more words than that */
#define SOMEBODY "a "                                    /* behind it the role: no user of a host is called so */

static const struct shape_field role_rows[] = {
    ROW_STRING(rights_role, name, .flags = SHAPE_REQUIRED),
    ROW_STRINGS(rights_role, members),
    ROW_STRINGS(rights_role, cells),
};
static const struct shape role_shape = SHAPE("a role's rights", rights_role, role_rows);
static const struct shape_field rows[] = {
    ROW_INT(rights, schema),
    ROW_STRINGS(rights, verbs),
    ROW_STRINGS(rights, places),
    ROW_STRINGS(rights, words),
    ROW_OBJECTS(rights, roles, &role_shape),
};
const struct shape rights_shape = SHAPE("rights", rights, rows);

/* ---- one policy, without its conditions ---- */

static bool withholds(const struct rule_settings *rule)
{
    return rule_kind(rule) != RULE_ALLOW;
}

/* At best what rests on a condition gives, and withholds nothing. */
static void choose_rules(const struct settings *settings, bool is_best, struct arena *arena,
                         struct policy_settings *policy, struct rights_side *side)
{
    policy->rules = NULL;
    policy->rules_count = 0;
    for (size_t i = 0; i < settings->policy.rules_count; i++) {
        const struct rule_settings *rule = &settings->policy.rules[i];

        if (rule->when && withholds(rule) && is_best)
            continue;
        *ARENA_PUSH(arena, side->rules, side->rules_count) = rule;
        *ARENA_PUSH(arena, policy->rules, policy->rules_count) = *rule;
        policy->rules[policy->rules_count - 1].when = NULL;
    }
}

static const char *somebody(const char *role, struct arena *arena)
{
    return arena_printf(arena, SOMEBODY "%s", role);
}

/* Each role gets a member of our own, who has that role alone. */
static void add_members(const struct settings *settings, struct arena *arena, struct policy_settings *policy)
{
    policy->roles = arena_alloc(arena, (settings->policy.roles_count + 1) * sizeof(policy->roles[0]));
    for (size_t i = 0; i < settings->policy.roles_count; i++) {
        struct role_settings *role = &policy->roles[i];

        *role = settings->policy.roles[i];
        role->members = arena_alloc(arena, (role->members_count + 1) * sizeof(role->members[0]));
        for (size_t k = 0; k < role->members_count; k++)
            role->members[k] = settings->policy.roles[i].members[k];
        role->members[role->members_count++] = arena_printf(arena, "local:%s", somebody(role->name, arena));
    }
}

/* All were just read, and are empty: of one that was never read anybody might be, and be denied for it. */
static const struct members *nobody_in_groups(const struct policy *policy, struct arena *arena)
{
    struct membership *sources = arena_alloc(arena, (policy->sources.count + 1) * sizeof(*sources));

    for (size_t i = 0; i < policy->sources.count; i++)
        sources[i] = (struct membership){ .source = policy->sources.list[i], .read_at_ms = 1 };
    return members_compile(policy, sources, policy->sources.count, arena);
}

static struct rights_side compile(const struct rights_input *input, bool is_best, struct arena *arena)
{
    struct settings *settings = ARENA_NEW(arena, struct settings);
    struct rights_side side = { .policy = NULL };

    *settings = *input->settings;
    choose_rules(input->settings, is_best, arena, &settings->policy, &side);
    add_members(input->settings, arena, &settings->policy);
    side.policy = policy_compile(settings, NULL, input->zones, arena);
    side.members = nobody_in_groups(side.policy, arena);
    return side;
}

/* ---- cells as they are kept ---- */

static size_t find_text(const char *const *list, size_t count, const char *text)
{
    size_t i = 0;

    while (i < count && strcmp(list[i], text) != 0)
        i++;
    return i;
}

static char cell_of(struct rights *rights, const char *words, struct arena *arena)
{
    size_t found;

    if (rights->words_count == WORDS_MAX - 1 &&
        find_text(rights->words, rights->words_count, words) == rights->words_count)
        words = UNTOLD;
    found = find_text(rights->words, rights->words_count, words);
    if (found == rights->words_count)
        *ARENA_PUSH(arena, rights->words, rights->words_count) = arena_strdup(arena, words);
    return (char)('0' + found);
}

/* ---- places ---- */

struct place {
    const char *service, *environment, *database, *runbook;
    const char *ruled_as; /* of a runbook: run, or rotate */
    bool is_scheduled;
    struct label_list labels;
};
struct asking {
    const struct rights_input *input;
    struct arena *arena, *scratch; /* scratch: of what is not kept */
    struct rights_side best, all;
    struct place *places;
    size_t places_count;
    const struct verb **verbs;
    size_t verbs_count;
    struct rights *rights;
};

static void add_place(struct asking *a, const char *name, struct place place)
{
    *ARENA_PUSH(a->arena, a->rights->places, a->rights->places_count) = name;
    *ARENA_PUSH(a->scratch, a->places, a->places_count) = place;
}

/* It is asked about where it changes something. */
static void add_runbook(struct asking *a, const struct runbook_settings *runbook)
{
    struct place place = { .runbook = runbook->name,
                           .ruled_as = runbook_ruled_as(runbook),
                           .is_scheduled = runbook->schedule_count > 0 };
    const struct environment_settings *environment;
    const struct service_settings *service;
    const struct database_settings *database;

    if (runbook->target && settings_find_target(a->input->settings, runbook->target, &service, &environment)) {
        place.service = service->name;
        place.environment = environment->name;
        place.labels = settings_labels(service, environment, a->scratch);
    } else if (runbook->target && (database = settings_find_database(a->input->settings, runbook->target)) != NULL) {
        place.environment = database->environment;
        place.database = database->name;
        place.labels = (struct label_list){ database->labels, database->labels_count };
    }
    add_place(a, arena_printf(a->arena, RIGHTS_RUNBOOK "%s", runbook->name), place);
}

static void list_places(struct asking *a)
{
    const struct settings *settings = a->input->settings;

    add_place(a, "", (struct place){ .labels = { NULL, 0 } });
    for (size_t i = 0; i < settings->services_count; i++) {
        const struct service_settings *service = &settings->services[i];

        for (size_t k = 0; k < service->environments_count; k++) {
            const struct environment_settings *environment = &service->environments[k];

            add_place(a, settings_target_name(service, environment, a->arena),
                      (struct place){ .service = service->name,
                                      .environment = environment->name,
                                      .labels = settings_labels(service, environment, a->scratch) });
        }
    }
    for (size_t i = 0; i < settings->databases_count; i++) {
        const struct database_settings *database = &settings->databases[i];

        add_place(a, database->name,
                  (struct place){ .environment = database->environment,
                                  .database = database->name,
                                  .labels = { database->labels, database->labels_count } });
    }
    for (size_t i = 0; i < settings->runbooks_count; i++)
        add_runbook(a, &settings->runbooks[i]);
}

static void list_verbs(struct asking *a)
{
    for (const struct verb *const *verb = a->input->verbs; *verb; verb++) {
        if ((*verb)->is_internal)
            continue;
        *ARENA_PUSH(a->scratch, a->verbs, a->verbs_count) = *verb;
        *ARENA_PUSH(a->arena, a->rights->verbs, a->rights->verbs_count) = (*verb)->name;
    }
}

/* ---- cells ---- */

/* Runbooks are run, or rotate something, and their schedules are paused; nothing else is. */
static bool is_asked_there(const struct verb *verb, const struct place *place)
{
    static const char *const of_runbooks[] = { "run", "rotate", "schedules" };
    bool is_of_runbooks = false;

    for (size_t i = 0; i < ARRAY_LEN(of_runbooks); i++)
        is_of_runbooks = is_of_runbooks || strcmp(verb->name, of_runbooks[i]) == 0;
    if (!place->runbook || !is_of_runbooks)
        return !place->runbook && !is_of_runbooks;
    return strcmp(verb->name, "schedules") == 0 ? place->is_scheduled : strcmp(verb->name, place->ruled_as) == 0;
}

static char ask(struct asking *a, const char *who, const struct verb *verb, const struct place *place)
{
    const struct question question = {
        .principal = { .system = "local", .id = who },
        .verb = verb->name,
        .service = place->service,
        .environment = place->environment,
        .database = place->database,
        .runbook = place->runbook,
        .source = "local",
        .labels = place->labels.labels,
        .labels_count = place->labels.labels_count,
        .is_safe_direction = verb->is_safe_direction,
        .takes_no_glass = !verb->takes_glass,
    };

    if (!is_asked_there(verb, place))
        return cell_of(a->rights, RIGHTS_NOT, a->arena);
    return cell_of(a->rights, rights_words_of(&a->best, &a->all, &question, a->scratch), a->arena);
}

static void add_role(struct asking *a, const char *name, const char **members, size_t members_count)
{
    struct rights_role *role = ARENA_PUSH(a->arena, a->rights->roles, a->rights->roles_count);
    const char *who = somebody(name, a->scratch);

    *role = (struct rights_role){ .name = name, .members = members, .members_count = members_count };
    for (size_t i = 0; i < a->verbs_count; i++) {
        char *cells = arena_alloc(a->arena, a->places_count + 1);

        for (size_t k = 0; k < a->places_count; k++)
            cells[k] = ask(a, who, a->verbs[i], &a->places[k]);
        *ARENA_PUSH(a->arena, role->cells, role->cells_count) = cells;
    }
}

struct rights *rights_of(const struct rights_input *input, struct arena *arena)
{
    const struct policy_settings *policy = &input->settings->policy;
    AUTO(arena) struct arena *scratch = arena_create();
    struct asking a = { .input = input, .arena = arena, .scratch = scratch, .rights = ARENA_NEW(arena, struct rights) };

    list_places(&a);
    list_verbs(&a);
    if ((policy->roles_count + 1) * a.verbs_count * a.places_count * QUESTIONS_OF_CELL > RIGHTS_QUESTIONS_MAX)
        return NULL;
    a.best = compile(input, true, scratch);
    a.all = compile(input, false, scratch);
    a.rights->schema = SCHEMA;
    cell_of(a.rights, RIGHTS_NOT, arena);
    cell_of(a.rights, RIGHTS_FREELY, arena);
    add_role(&a, POLICY_EVERYONE, NULL, 0);
    for (size_t i = 0; i < policy->roles_count; i++)
        add_role(&a, policy->roles[i].name, policy->roles[i].members, policy->roles[i].members_count);
    return a.rights;
}

/* ---- stored ---- */

static bool is_row_whole(const struct rights *rights, const char *cells)
{
    for (size_t i = 0; i < rights->places_count; i++)
        if (cells[i] < '0' || (size_t)(cells[i] - '0') >= rights->words_count)
            return false;
    return cells[rights->places_count] == '\0';
}

static bool is_whole(const struct rights *rights)
{
    for (size_t i = 0; i < rights->roles_count; i++) {
        const struct rights_role *role = &rights->roles[i];

        if (role->cells_count != rights->verbs_count)
            return false;
        for (size_t k = 0; k < role->cells_count; k++)
            if (!is_row_whole(rights, role->cells[k]))
                return false;
    }
    return rights->schema == SCHEMA && rights->roles_count > 0 && strcmp(rights->roles[0].name, POLICY_EVERYONE) == 0;
}

const struct rights *rights_read(const char *text, struct arena *arena)
{
    struct rights *rights = ARENA_NEW(arena, struct rights);
    struct error ignored;
    const cJSON *json = json_parse_in(arena, str_of(text), &ignored);

    return json && shape_from_json(&rights_shape, json, arena, rights, &ignored) && is_whole(rights) ? rights : NULL;
}

const char *rights_word(const struct rights *rights, const char *role, const char *verb, const char *place)
{
    size_t row = find_text(rights->verbs, rights->verbs_count, verb);
    size_t column = find_text(rights->places, rights->places_count, place);
    const struct rights_role *found = &rights->roles[0];

    if (row == rights->verbs_count)
        return NULL;
    if (column == rights->places_count)
        return RIGHTS_NOT;
    for (size_t i = 1; i < rights->roles_count; i++)
        if (strcmp(rights->roles[i].name, role) == 0)
            found = &rights->roles[i];
    return rights->words[found->cells[row][column] - '0'];
}
