#include "policy/rights.h"

#include "policy/decide.h"

#include <inttypes.h>
#include <string.h>

#define WORDS_MAX 64
#define UNTOLD "on other conditions" /* in place of more words than that */
#define SOMEBODY "a "                /* behind it the role: no user of a host is called so */

static const struct shape_field role_rows[] = {
    ROW_STRING(rights_role, name, .flags = SHAPE_REQUIRED),
    ROW_STRINGS(rights_role, members),
    ROW_STRINGS(rights_role, cells),
};
static const struct shape role_shape = SHAPE("a role's rights", rights_role, role_rows);
static const struct shape_field rows[] = {
    ROW_STRINGS(rights, verbs),
    ROW_STRINGS(rights, places),
    ROW_STRINGS(rights, words),
    ROW_OBJECTS(rights, roles, &role_shape),
};
const struct shape rights_shape = SHAPE("rights", rights, rows);

/* ---- one policy, judged both ways ---- */

enum side { AT_BEST, AT_WORST, SIDES };

static bool withholds(const struct rule_settings *rule)
{
    return rule_kind(rule) != RULE_ALLOW;
}

/* At best what rests on a condition gives, and withholds nothing; at worst the other way round. */
static void choose_rules(const struct settings *settings, enum side side, struct arena *arena,
                         struct policy_settings *policy)
{
    policy->rules = NULL;
    policy->rules_count = 0;
    for (size_t i = 0; i < settings->policy.rules_count; i++) {
        const struct rule_settings *rule = &settings->policy.rules[i];

        if (rule->when && withholds(rule) == (side == AT_BEST))
            continue;
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

static const struct policy *compile(const struct rights_input *input, enum side side, struct arena *arena)
{
    struct settings *settings = ARENA_NEW(arena, struct settings);

    *settings = *input->settings;
    choose_rules(input->settings, side, arena, &settings->policy);
    add_members(input->settings, arena, &settings->policy);
    return policy_compile(settings, NULL, input->zones, arena);
}

/* ---- the words of a cell ---- */

static const char *need_word(const struct need *need, struct arena *arena)
{
    const struct require_settings *require = need->require;
    AUTO_BUF struct buf names = BUF(300);

    switch (need->kind) {
    case NEED_APPROVALS:
        for (size_t i = 0; i < require->approvals->from_count; i++)
            buf_addf(&names, "%s%s", i > 0 ? " or " : "", require->approvals->from[i]);
        return arena_printf(arena, "%" PRId64 " approval%s of %s", require->approvals->count,
                            require->approvals->count == 1 ? "" : "s", buf_text(&names));
    case NEED_CHECKS:
        return "green checks";
    case NEED_REASON:
        return "a reason";
    case NEED_WINDOW:
        for (size_t i = 0; i < require->window_count; i++)
            buf_addf(&names, "%s%s", i > 0 ? " or " : "", require->window[i]);
        return arena_printf(arena, "the time being %s", buf_text(&names));
    case NEED_NO_INCIDENT:
        return arena_printf(arena, "no %s open", require->no_incident_at_least);
    case NEED_VERSION:
        return arena_printf(arena, "a version like %s", require->version);
    case NEED_HEALTHY_IN:
        return arena_printf(arena, "the version healthy in %s", require->healthy_in->environment);
    case NEED_SECOND_CHANNEL:
        return "a word through a second door";
    case NEED_KINDS:
        break;
    }
    return "";
}

/* "with 1 approval of boss, a reason"; "": it needs nothing more. */
static const char *needs_words(const struct decision *decision, struct arena *arena)
{
    size_t count = decision->needs_count < POLICY_NEEDS_MAX ? decision->needs_count : POLICY_NEEDS_MAX;
    const char *words = "";

    for (size_t i = 0; i < count; i++) {
        const char *word = need_word(&decision->needs[i], arena);

        if (!strstr(words, word))
            words = arena_printf(arena, "%s%s%s", words, words[0] ? ", " : "with ", word);
    }
    return words;
}

static const char *words_of(const struct decision *best, const struct decision *worst, struct arena *arena)
{
    const char *with = needs_words(best, arena), *at_worst = needs_words(worst, arena);

    if (best->verdict == VERDICT_DENY)
        return best->can_break_glass ? "only by breaking the glass" : RIGHTS_NOT;
    if (worst->verdict == VERDICT_DENY)
        return with[0] ? arena_printf(arena, "at times, %s", with) : "at times";
    if (strcmp(with, at_worst) == 0)
        return with[0] ? with : RIGHTS_FREELY;
    return arena_printf(arena, "%s%sat times %s", with, with[0] ? ", " : "", at_worst[0] ? at_worst : RIGHTS_FREELY);
}

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
    const char *service, *environment, *database;
    struct label_list labels;
};
struct asking {
    const struct rights_input *input;
    struct arena *arena, *scratch; /* scratch: of what is not kept */
    const struct policy *policies[SIDES];
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

static void list_places(struct asking *a)
{
    const struct settings *settings = a->input->settings;

    add_place(a, "", (struct place){ NULL, NULL, NULL, { NULL, 0 } });
    for (size_t i = 0; i < settings->services_count; i++) {
        const struct service_settings *service = &settings->services[i];

        for (size_t k = 0; k < service->environments_count; k++) {
            const struct environment_settings *environment = &service->environments[k];

            add_place(a, settings_target_name(service, environment, a->arena),
                      (struct place){ service->name, environment->name, NULL,
                                      settings_labels(service, environment, a->scratch) });
        }
    }
    for (size_t i = 0; i < settings->databases_count; i++) {
        const struct database_settings *database = &settings->databases[i];

        add_place(a, database->name,
                  (struct place){
                      NULL, database->environment, database->name, { database->labels, database->labels_count } });
    }
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

static char ask(struct asking *a, const char *who, const struct verb *verb, const struct place *place)
{
    const struct facts facts = { .unix_ms = 1 };
    struct question question = {
        .principal = { .system = "local", .id = who },
        .verb = verb->name,
        .service = place->service,
        .environment = place->environment,
        .database = place->database,
        .source = "local",
        .labels = place->labels.labels,
        .labels_count = place->labels.labels_count,
        .is_safe_direction = verb->is_safe_direction,
    };
    struct decision decisions[SIDES];

    for (enum side side = 0; side < SIDES; side++)
        decisions[side] = policy_decide(a->policies[side], &question, &facts, POLICY_STATIC);
    return cell_of(a->rights, words_of(&decisions[AT_BEST], &decisions[AT_WORST], a->scratch), a->arena);
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
    if ((policy->roles_count + 1) * a.verbs_count * a.places_count * SIDES > RIGHTS_QUESTIONS_MAX)
        return NULL;
    for (enum side side = 0; side < SIDES; side++)
        a.policies[side] = compile(input, side, scratch);
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
    return rights->roles_count > 0 && strcmp(rights->roles[0].name, POLICY_EVERYONE) == 0;
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
