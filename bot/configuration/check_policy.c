#include "bot/configuration/check.h"

#include "bot/model/membership.h"
#include "policy/window.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- principals and groups, as roles and `people:` write them ---- */

struct known_names { /* everything rules may name */
    struct walk *walk;
    const struct settings *settings;
    struct name_list roles, services, environments, databases, runbooks, schedules, severities, tokens, verbs, sources;
    struct name_list *groups; /* as many groups, teams and schedules as were named so far */
};

static bool is_upper_id(struct str id, const char *first)
{
    if (id.len < 2 || !memchr(first, id.at[0], strlen(first)))
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (!isupper((unsigned char)id.at[i]) && !isdigit((unsigned char)id.at[i]))
            return false;
    return true;
}

static bool is_slack_user(struct str id) /* U0..., or T0.../U0... of another workspace */
{
    struct str rest = id, team = str_take_until(&rest, '/');

    return rest.len > 0 ? is_upper_id(team, "TE") && is_upper_id(rest, "UWB") : is_upper_id(id, "UWB");
}

static bool is_slack_group(struct str id)
{
    return is_upper_id(id, "S");
}

static bool is_pagerduty_id(struct str id)
{
    return is_upper_id(id, "PQR");
}

static bool is_login(struct str id)
{
    if (id.len > 0 && id.at[0] == '-')
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (!isalnum((unsigned char)id.at[i]) && !memchr("-_.[]", id.at[i], 5))
            return false;
    return id.len > 0;
}

static bool is_team(struct str id)
{
    struct str rest = id, organisation = str_take_until(&rest, '/');

    return is_login(organisation) && is_login(rest);
}

static bool is_number(struct str id)
{
    struct error ignored;
    int64_t value;

    return parse_int(id, 1, INT64_MAX, &value, &ignored);
}

enum member_needs { NEEDS_NOTHING, NEEDS_GITHUB, NEEDS_PAGERDUTY };
static const struct member_kind {
    const char *system;
    bool (*is_id)(struct str id);
    const char *expects;
    enum member_needs needs;
} member_kinds[] = {
    { "slack", is_slack_user, "a user id, U...", NEEDS_NOTHING },
    { "github", is_login, "a login", NEEDS_NOTHING },
    { "github-app", is_number, "the App's number", NEEDS_NOTHING },
    { "pagerduty", is_pagerduty_id, "a user id, P...", NEEDS_NOTHING },
    { "token", is_login, "the name of a token", NEEDS_NOTHING },
    { "local", is_login, "a user's name", NEEDS_NOTHING },
    { "schedule", is_login, "the name of a schedule", NEEDS_NOTHING },
    { "slack-group", is_slack_group, "the id of a user group, S...", NEEDS_NOTHING },
    { "github-team", is_team, "ORGANISATION/TEAM", NEEDS_GITHUB },
    { "pagerduty-schedule", is_pagerduty_id, "the id of a schedule, P...", NEEDS_PAGERDUTY },
};

static const struct member_kind *find_member_kind(struct str system)
{
    for (size_t i = 0; i < ARRAY_LEN(member_kinds); i++)
        if (str_is(system, member_kinds[i].system))
            return &member_kinds[i];
    return NULL;
}

bool check_is_principal(const char *text)
{
    struct str id = str_of(text), system = str_take_until(&id, ':');
    const struct member_kind *kind = find_member_kind(system);

    return kind && kind->is_id(id) && !membership_reading(text);
}

static void wrong_system(struct walk *walk, const void *owner, const char *key, long element, struct str system)
{
    const char *names[ARRAY_LEN(member_kinds)], *nearest;

    for (size_t i = 0; i < ARRAY_LEN(member_kinds); i++)
        names[i] = member_kinds[i].system;
    nearest = str_nearest(system, names, ARRAY_LEN(names));
    if (nearest)
        walk_wrong(walk, owner, key, element, "no such system '%.*s'; did you mean '%s:'?",
                   (int)(system.len < 60 ? system.len : 60), system.at, nearest);
    else
        walk_wrong(walk, owner, key, element,
                   "expected SYSTEM:ID such as slack:U012AB3CD, local:deploy, slack-group:S0ENG");
}

static void check_connected(const struct known_names *known, const void *owner, const char *key, long element,
                            const struct member_kind *kind)
{
    if (kind->needs == NEEDS_GITHUB)
        check_section(known->walk, known->settings, owner, key, element, "github");
    if (kind->needs == NEEDS_PAGERDUTY)
        check_section(known->walk, known->settings, owner, key, element, "pagerduty");
}

/* Whoever is in one that is never read has no rights by it: better no file than one that says something else. */
static void check_number(const struct known_names *known, const void *owner, const char *key, long element,
                         const char *member)
{
    if (!membership_reading(member) || name_list_has(known->groups, member))
        return;
    name_list_add(known->groups, member, known->walk->arena);
    if (known->groups->count == MEMBERSHIP_SOURCES_MAX + 1)
        walk_wrong(known->walk, owner, key, element,
                   "opsgate reads %d groups, teams and schedules, and this is one more: nobody would be in it",
                   MEMBERSHIP_SOURCES_MAX);
}

/* "slack:U012AB3CD" in a role, or in place of one. */
static void check_member(const struct known_names *known, const void *owner, const char *key, long element,
                         const char *member)
{
    struct str id = str_of(member), system = str_take_until(&id, ':');
    const struct member_kind *kind = find_member_kind(system);

    if (!kind) {
        wrong_system(known->walk, owner, key, element, system);
        return;
    }
    if (!kind->is_id(id))
        walk_wrong(known->walk, owner, key, element, "expected %s after '%s:'", kind->expects, kind->system);
    else if (strcmp(kind->system, "token") == 0)
        check_reference(known->walk, owner, key, element, "token", member + 6, &known->tokens);
    else if (strcmp(kind->system, "schedule") == 0)
        check_reference(known->walk, owner, key, element, "schedule", member + 9, &known->schedules);
    check_connected(known, owner, key, element, kind);
    check_number(known, owner, key, element, member);
}

/* ---- people ---- */

static void check_person_id(struct known_names *known, struct name_list *seen, const struct person_settings *person,
                            const char *system, const char *id)
{
    const struct member_kind *kind = find_member_kind(str_of(system));
    char *text;

    if (!id)
        return;
    if (!kind->is_id(str_of(id)))
        walk_wrong(known->walk, person, system, -1, "expected %s", kind->expects);
    text = arena_printf(known->walk->arena, "%s:%s", system, id);
    if (strcmp(system, "github") == 0) /* policy compares them so */
        str_lower(text);
    if (name_list_has(seen, text))
        walk_wrong(known->walk, person, system, -1, "%s is somebody else already: one entry for a person", text);
    name_list_add(seen, text, known->walk->arena);
}

static void check_people(struct known_names *known)
{
    struct name_list seen = { 0 };

    for (size_t i = 0; i < known->settings->people_count; i++) {
        const struct person_settings *person = &known->settings->people[i];

        check_person_id(known, &seen, person, "slack", person->slack);
        check_person_id(known, &seen, person, "github", person->github);
        check_person_id(known, &seen, person, "pagerduty", person->pagerduty);
        check_person_id(known, &seen, person, "local", person->local);
        if (person->email && !strchr(person->email, '@'))
            walk_wrong(known->walk, person, "email", -1, "expected an e-mail address");
    }
}

/* ---- roles ---- */

static void check_roles(struct known_names *known)
{
    struct name_list seen = { 0 };

    for (size_t i = 0; i < known->settings->policy.roles_count; i++) {
        const struct role_settings *role = &known->settings->policy.roles[i];

        check_name(known->walk, role, "role", role->name, &seen);
        if (role->name && strcmp(role->name, POLICY_EVERYONE) == 0)
            walk_wrong(known->walk, role, "name", -1, "'everyone' is every member of the workspace already");
        for (size_t k = 0; k < role->members_count; k++)
            check_member(known, role, "members", (long)k, role->members[k]);
    }
}

static bool may_mean_everyone(const char *name, const struct name_list *roles)
{
    static const char *const words[] = { "everybody", "anybody", "anyone", "all", "any", "*" };
    const char *everyone = POLICY_EVERYONE;

    if (name_list_has(roles, name))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcasecmp(words[i], name) == 0)
            return true;
    return str_nearest(str_of(name), &everyone, 1) && !str_nearest(str_of(name), roles->names, roles->count);
}

/* A role, `everyone`, or a principal. */
static void check_to(const struct known_names *known, const void *owner, const char *key, const char **names,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strchr(names[i], ':'))
            check_member(known, owner, key, (long)i, names[i]);
        else if (strcmp(names[i], POLICY_EVERYONE) != 0 && may_mean_everyone(names[i], &known->roles))
            walk_wrong(known->walk, owner, key, (long)i, "no such role '%.80s'; did you mean '%s'?", names[i],
                       POLICY_EVERYONE);
        else if (strcmp(names[i], POLICY_EVERYONE) != 0)
            check_reference(known->walk, owner, key, (long)i, "role", names[i], &known->roles);
    }
}

/* ---- rules ---- */

static void check_references(const struct known_names *known, const void *owner, const char *key, const char *what,
                             const char **names, size_t count, const struct name_list *list)
{
    for (size_t i = 0; i < count; i++)
        check_reference(known->walk, owner, key, (long)i, what, names[i], list);
}

static void check_verbs(const struct known_names *known, const struct rule_settings *rule, const char *key,
                        const char **verbs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(verbs[i], POLICY_EVERY_VERB) != 0)
            check_reference(known->walk, rule, key, (long)i, "verb", verbs[i], &known->verbs);
}

static bool has_label(const struct shape_pair *labels, size_t count, const struct shape_pair *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(labels[i].key, wanted->key) == 0 && strcmp(labels[i].value, wanted->value) == 0)
            return true;
    return false;
}

static bool service_has_label(const struct service_settings *service, const struct shape_pair *wanted)
{
    if (has_label(service->labels, service->labels_count, wanted))
        return true;
    for (size_t i = 0; i < service->environments_count; i++)
        if (has_label(service->environments[i].labels, service->environments[i].labels_count, wanted))
            return true;
    return false;
}

/* Of those here some could not be read: it may be one of them. */
static bool are_labels_unread(struct walk *walk, const struct settings *settings)
{
    for (size_t i = 0; i < settings->services_count; i++) {
        const struct service_settings *service = &settings->services[i];

        if (walk_is_unread(walk, service, "labels"))
            return true;
        for (size_t k = 0; k < service->environments_count; k++)
            if (walk_is_unread(walk, &service->environments[k], "labels"))
                return true;
    }
    for (size_t i = 0; i < settings->databases_count; i++)
        if (walk_is_unread(walk, &settings->databases[i], "labels"))
            return true;
    return false;
}

static bool is_label_somewhere(const struct settings *settings, const struct shape_pair *wanted)
{
    for (size_t i = 0; i < settings->services_count; i++)
        if (service_has_label(&settings->services[i], wanted))
            return true;
    for (size_t i = 0; i < settings->databases_count; i++)
        if (has_label(settings->databases[i].labels, settings->databases[i].labels_count, wanted))
            return true;
    return false;
}

static void check_place(const struct known_names *known, const struct rule_place *on)
{
    check_references(known, on, "service", "service", on->service, on->service_count, &known->services);
    check_references(known, on, "environment", "environment", on->environment, on->environment_count,
                     &known->environments);
    check_references(known, on, "database", "database", on->database, on->database_count, &known->databases);
    check_references(known, on, "runbook", "runbook", on->runbook, on->runbook_count, &known->runbooks);
    for (size_t i = 0; i < on->labels_count; i++)
        if (!known->services.is_partial && !known->environments.is_partial && !known->databases.is_partial &&
            !is_label_somewhere(known->settings, &on->labels[i]) && !are_labels_unread(known->walk, known->settings))
            walk_wrong(known->walk, on, "labels", (long)i, "nothing has the label %.60s: %.60s", on->labels[i].key,
                       on->labels[i].value);
}

void check_windows(struct walk *walk, const void *owner, const char *key, const char **windows, size_t count)
{
    struct window ignored;
    struct error err;

    for (size_t i = 0; i < count; i++)
        if (!window_parse(str_of(windows[i]), walk->zones, walk->arena, &ignored, &err))
            walk_wrong(walk, owner, key, (long)i, "%s", err.message);
}

static void check_when(const struct known_names *known, const struct rule_when *when)
{
    check_references(known, when, "source", "source", when->source, when->source_count, &known->sources);
    check_windows(known->walk, when, "during", when->during, when->during_count);
    check_reference(known->walk, when, "incident_at_least", -1, "severity", when->incident_at_least,
                    &known->severities);
}

static bool requires_nothing(const struct require_settings *require)
{
    return !require->approvals && require->checks == CHECKS_ANY && !require->reason && require->window_count == 0 &&
           !require->no_incident_at_least && !require->version && !require->healthy_in && !require->second_channel;
}

static bool names_verb(const char **verbs, size_t count, const char *verb)
{
    for (size_t i = 0; i < count; i++)
        if (verbs[i] && strcmp(verbs[i], verb) == 0)
            return true;
    return false;
}

/* What brings no version, and has no commits, could never meet what is required of one. */
static void check_require_of(const struct known_names *known, const struct rule_settings *rule, const char *verb)
{
    static const char *const keys[] = { "checks", "version", "healthy_in" };
    const struct require_settings *require = rule->require;
    const char *why =
        arena_printf(known->walk->arena,
                     "is for versions: %s brings none, and could never meet it; leave %s out of `for`", verb, verb);

    if (!names_verb(rule->verbs, rule->verbs_count, verb))
        return;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (walk_has(known->walk, require, keys[i]))
            walk_wrong(known->walk, require, keys[i], -1, "%s", why);
    if (require->approvals && require->approvals->exclude_authors)
        walk_wrong(known->walk, require->approvals, "exclude_authors", -1, "%s", why);
}

/* Of a runbook nothing else is asked: the rule would never apply. */
static void check_verbs_of_runbook(const struct known_names *known, const struct rule_settings *rule, const char *key,
                                   const char **verbs, size_t count)
{
    static const char *const asked[] = { "run",    "rotate",  "schedules", "approve", "pause",
                                         "resume", "promote", "abort",     "retry",   POLICY_EVERY_VERB };

    for (size_t i = 0; rule->on && rule->on->runbook_count > 0 && i < count; i++) {
        bool is_asked = false;

        for (size_t k = 0; k < ARRAY_LEN(asked); k++)
            is_asked = is_asked || strcmp(verbs[i], asked[k]) == 0;
        if (!is_asked)
            walk_wrong(known->walk, rule, key, (long)i,
                       "is never asked of a runbook: expected run, rotate, schedules, approve, pause, resume, "
                       "promote, abort or retry");
    }
}

static void check_require(const struct known_names *known, const struct rule_settings *rule)
{
    const struct require_settings *require = rule->require;

    if (requires_nothing(require) && walk_is_good(known->walk, rule, "require"))
        walk_wrong(known->walk, rule, "require", -1, "requires nothing");
    if (require->approvals)
        check_to(known, require->approvals, "from", require->approvals->from, require->approvals->from_count);
    if (require->checks == CHECKS_GREEN)
        check_section(known->walk, known->settings, require, "checks", -1, "github");
    if (require->approvals && require->approvals->exclude_authors)
        check_section(known->walk, known->settings, require->approvals, "exclude_authors", -1, "github");
    check_windows(known->walk, require, "window", require->window, require->window_count);
    check_reference(known->walk, require, "no_incident_at_least", -1, "severity", require->no_incident_at_least,
                    &known->severities);
    if (require->healthy_in)
        check_reference(known->walk, require->healthy_in, "environment", -1, "environment",
                        require->healthy_in->environment, &known->environments);
}

static void check_kind(const struct known_names *known, const struct rule_settings *rule)
{
    struct walk *walk = known->walk;
    bool allows = walk_has(walk, rule, "allow"), denies = walk_has(walk, rule, "deny"),
         requires = walk_has(walk, rule, "require");

    if ((int)allows + (int)denies + (int) requires != 1)
        walk_wrong(walk, rule, "", -1, "expected exactly one of allow, deny, require");
    if (allows && !walk_has(walk, rule, "to"))
        walk_wrong(walk, rule, "", -1, "missing key 'to': an allow says whom");
    if (requires && !walk_has(walk, rule, "for"))
        walk_wrong(walk, rule, "", -1, "missing key 'for': a require says for which verbs");
    if (!requires && walk_has(walk, rule, "for"))
        walk_wrong(walk, rule, "for", -1, "belongs to a require; allow and deny name their verbs themselves");
    if (!denies && walk_has(walk, rule, "break_glass"))
        walk_wrong(walk, rule, "break_glass", -1, "belongs to a deny");
    if (allows && walk_has(walk, rule, "reason"))
        walk_wrong(walk, rule, "reason", -1, "belongs to a deny or require: nobody is refused by an allow");
}

static void check_rule(const struct known_names *known, const struct rule_settings *rule)
{
    check_kind(known, rule);
    check_verbs(known, rule, "allow", rule->allow, rule->allow_count);
    check_verbs(known, rule, "deny", rule->deny, rule->deny_count);
    check_verbs(known, rule, "for", rule->verbs, rule->verbs_count);
    check_to(known, rule, "to", rule->to, rule->to_count);
    check_to(known, rule, "break_glass", rule->break_glass, rule->break_glass_count);
    if (rule->on)
        check_place(known, rule->on);
    if (rule->when)
        check_when(known, rule->when);
    if (rule->require) {
        check_require(known, rule);
        check_require_of(known, rule, "failover");
        check_require_of(known, rule, "run");
        check_require_of(known, rule, "backup");
        check_require_of(known, rule, "restore");
        check_require_of(known, rule, "maintenance");
        check_require_of(known, rule, "rotate");
        check_require_of(known, rule, "block");
        check_require_of(known, rule, "unblock");
        check_require_of(known, rule, "ddos");
    }
    check_verbs_of_runbook(known, rule, "allow", rule->allow, rule->allow_count);
    check_verbs_of_runbook(known, rule, "deny", rule->deny, rule->deny_count);
    check_verbs_of_runbook(known, rule, "for", rule->verbs, rule->verbs_count);
}

static struct name_list names_of_table(const char *const *names, struct arena *arena)
{
    struct name_list list = { 0 };

    for (size_t i = 0; names[i]; i++)
        name_list_add(&list, names[i], arena);
    return list;
}

static const char *local_user(const char *member)
{
    struct str rest = str_of(member ? member : "");

    return str_take_prefix(&rest, "local:") && !str_is(rest, "root") ? rest.at : NULL;
}

/* The socket is for our own user and root, unless a group may use it. */
static void warn_of_local_users(struct walk *walk, const struct settings *settings)
{
    if (settings->local_socket_group && !settings->local_socket)
        walk_warn(walk, settings, "local_socket_group", -1,
                  "needs a local_socket in a directory that its members may enter; data_dir is for opsgate alone");
    for (size_t i = 0; i < settings->policy.roles_count && !settings->local_socket_group; i++) {
        const struct role_settings *role = &settings->policy.roles[i];

        for (size_t k = 0; k < role->members_count; k++)
            if (local_user(role->members[k]))
                walk_warn(walk, role, "members", (long)k,
                          "%s can use `opsgate run` only if opsgate runs as that user: set local_socket_group",
                          local_user(role->members[k]));
    }
}

static void warn_of_policy(struct walk *walk, const struct settings *settings)
{
    warn_of_local_users(walk, settings);
    if (settings->policy.rules_count == 0)
        walk_warn(walk, settings, "policy", -1, "no rule allows anything: every request will be denied");
    if (!settings->slack.team)
        walk_warn(walk, settings, "slack", -1, "without slack.team nobody in Slack counts as `everyone`");
}

void check_policy(struct walk *walk, const struct settings *settings)
{
    struct arena *arena = walk->arena;
    struct name_list groups = { 0 };
    struct known_names known = {
        .walk = walk,
        .groups = &groups,
        .settings = settings,
        .roles = names_of_roles(walk, settings),
        .services = names_of_services(walk, settings),
        .environments = names_of_environments(walk, settings),
        .databases = names_of_databases(walk, settings),
        .runbooks = names_of_runbooks(walk, settings),
        .schedules = names_of_schedules(walk, settings),
        .severities = names_of_severities(walk, settings),
        .tokens = names_of_tokens(walk, settings),
        .verbs = names_of_table(policy_verb_names, arena),
        .sources = names_of_table(policy_source_names, arena),
    };

    check_people(&known);
    check_roles(&known);
    for (size_t i = 0; i < settings->policy.rules_count; i++)
        check_rule(&known, &settings->policy.rules[i]);
    check_to(&known, &settings->policy, "irreversible_glass", settings->policy.irreversible_glass,
             settings->policy.irreversible_glass_count);
    warn_of_policy(walk, settings);
}
