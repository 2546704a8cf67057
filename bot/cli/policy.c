#include "bot/cli/policy.h"

#include "bot/cli/text.h"
#include "bot/model/view.h"
#include "bot/shell/clock.h"
#include "handlers/explain.h"
#include "handlers/person.h"
#include "handlers/registry.h"
#include "policy/explain.h"
#include "policy/members.h"

#include <stdio.h>
#include <string.h>

void policy_print_json(const cJSON *json)
{
    AUTO_FREE char *text = json_print(json);

    puts(text);
}

/* ---- what is asked ---- */

static struct view view_of(const struct policy_looking *looking)
{
    struct view view = view_of_file(&looking->configuration->settings, looking->policy, looking->now_ms, looking->arena);

    view.verbs = verbs;
    return view;
}

const char *policy_source_of(struct str system)
{
    static const struct {
        const char *system, *source;
    } rows[] = { { "slack", "slack" },         { "github", "github" }, { "github-app", "github" },
                 { "pagerduty", "pagerduty" }, { "token", "api" },     { "local", "local" },
                 { "schedule", "schedule" } };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(system, rows[i].system))
            return rows[i].source;
    return NULL;
}

static bool is_nobody(const char *text, struct error *err)
{
    return error_set(
        err, ERR_INVALID,
        "'%.80s' is nobody: expected a name of `people`, or SYSTEM:ID, such as slack:U012AB3CD, local:ann or "
        "schedule:NAME",
        text);
}

/* As the file's own rules may name no other. */
static bool check_schedule(const struct policy_looking *looking, const char *name, struct error *err)
{
    const struct settings *settings = &looking->configuration->settings;
    const char **names = NULL, *nearest;
    size_t count = 0;

    for (size_t i = 0; i < settings->runbooks_count; i++)
        for (size_t k = 0; k < settings->runbooks[i].schedule_count; k++)
            *ARENA_PUSH(looking->arena, names, count) =
                schedule_name(&settings->runbooks[i], &settings->runbooks[i].schedule[k]);
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    nearest = str_nearest(str_of(name), names, count);
    return error_set(err, ERR_INVALID, "there is no schedule %.80s%s%s%s", name, nearest ? "; did you mean " : "",
                     nearest ? nearest : "", nearest ? "?" : "");
}

/* "slack:U1", "slack:T0OTHER/U1", "github:octocat", "ann" */
bool policy_read_who(const struct policy_looking *looking, const char *text, struct request *request, struct error *err)
{
    const struct settings *settings = &looking->configuration->settings;
    const char *named = person_by_name(settings, text, looking->arena, err), *source;
    struct str id, system, team = { NULL, 0 };

    if (!named)
        return err->code == ERR_CONFLICT ? false : is_nobody(text, err);
    id = str_of(named);
    system = str_take_until(&id, ':');
    source = policy_source_of(system);
    if (!source || id.len == 0)
        return is_nobody(text, err);
    if (str_is(system, "slack") && str_contains(id, "/"))
        team = str_take_until(&id, '/');
    request->source = source;
    request->principal = (struct principal){ .system = arena_copy(looking->arena, system),
                                             .id = arena_copy(looking->arena, id),
                                             .team = team.len > 0 ? arena_copy(looking->arena, team) : NULL };
    if (str_is(system, "slack") && team.len == 0)
        request->principal.team = settings->slack.team;
    return !str_is(system, "schedule") || check_schedule(looking, request->principal.id, err);
}

/* The verb's own reading of its words, as when it is asked. */
bool policy_read_request(const struct policy_looking *looking, const struct request *request, struct policy_asked *ret,
                         struct error *err)
{
    const struct view view = view_of(looking);
    const struct verb *verb = verb_find(verbs, request->verb), *nearest = verb_nearest(verbs, request->verb);
    const void *arguments;

    if (!verb || verb->is_internal)
        return error_set(err, ERR_INVALID, "there is no verb '%.40s'%s%s", request->verb,
                         nearest ? "; did you mean " : "", nearest ? nearest->name : "");
    if (!explain_ask(&view, verb, request, &ret->question, &arguments, err))
        return false;
    ret->stage = verb->is_asked_again ? POLICY_STATIC : POLICY_WHOLE;
    ret->is_for_any_version = explain_is_for_any_version(verb, arguments);
    return true;
}

static const struct members *members_of(const struct policy_looking *looking)
{
    const struct policy_readings *readings = &looking->readings;
    struct members *members;

    if (readings->why_not)
        return NULL;
    members = members_compile(looking->policy, readings->list, readings->list_count, looking->arena);
    members_join(members, readings->joins, readings->joins_count);
    return members;
}

static bool read_words(const struct policy_looking *looking, struct request *request, int from,
                       struct policy_asked *ret, struct error *err)
{
    const struct cli *cli = looking->cli;

    request->verb = cli->words[from];
    request->words = (const char **)(uintptr_t)&cli->words[from + 1];
    request->words_count = (size_t)(cli->words_count - from - 1);
    request->text = request->verb;
    if (!policy_read_request(looking, request, ret, err))
        return false;
    ret->facts = (struct facts){ .unix_ms = looking->now_ms,
                                 .members = members_of(looking),
                                 .reason = ret->question.reason,
                                 .break_glass = ret->question.break_glass };
    return true;
}

static void print_readings(const struct policy_looking *looking)
{
    const char *told = policy_readings_tell(&looking->readings, looking->now_ms, looking->arena);

    if (told)
        printf("%s\n", told);
}

static int refuse(const struct error *err)
{
    cli_complain("%s", err->message);
    return CLI_USAGE;
}

/* ---- explain ---- */

static void print_any_version(const struct policy_looking *looking, const struct policy_asked *asked,
                              const char *by_version)
{
    if (asked->is_for_any_version)
        printf("%s\n", explain_any_version_words(by_version, looking->arena));
}

static void add_any_version(const struct policy_asked *asked, const char *by_version, cJSON *json)
{
    json_set_bool(json, "for_any_version", asked->is_for_any_version);
    json_set_string(json, "depends_on_version", asked->is_for_any_version ? by_version : NULL);
}

static void print_explanation(const struct policy_looking *looking, const struct policy_asked *asked,
                              const struct explanation *explanation)
{
    const struct decision *decision = &explanation->decision;

    printf("%s: %s%s%s%s\n", policy_verdict_names[decision->verdict], decision->reason, decision->rule ? " (" : "",
           decision->rule ? decision->rule : "", decision->rule ? ")" : "");
    if (decision->turn[0])
        printf("%s\n", decision->turn);
    for (size_t i = 0; i < explanation->rules_count; i++) {
        const struct explained_rule *rule = &explanation->rules[i];

        printf("  %-20s %-8s %-10s %s\n", rule->rule, policy_kind_names[rule->kind], explain_outcome_names[rule->outcome],
               rule->sentence);
    }
    print_any_version(looking, asked, explanation->by_version);
    print_readings(looking);
    printf("Open incidents and what comes with an artifact are not known here; `explain` asked of the running opsgate "
           "knows.\n");
}

static void print_explanation_json(const struct policy_looking *looking, const struct policy_asked *asked,
                                   const struct explanation *explanation)
{
    AUTO_JSON cJSON *json = policy_explanation_json(explanation);

    add_any_version(asked, explanation->by_version, json);
    policy_readings_add(&looking->readings, looking->now_ms, json);
    policy_print_json(json);
}

static int run_explain(const struct policy_looking *looking)
{
    struct request request = { .received_at_ms = looking->now_ms };
    struct explanation explanation;
    struct policy_asked asked;
    struct error err;

    if (looking->cli->words_count < 3)
        return cli_usage(looking->cli);
    if (!policy_read_who(looking, looking->cli->words[1], &request, &err) ||
        !read_words(looking, &request, 2, &asked, &err))
        return refuse(&err);
    explanation = policy_explain(looking->policy, &asked.question, &asked.facts, asked.stage, looking->arena);
    if (looking->cli->is_json)
        print_explanation_json(looking, &asked, &explanation);
    else
        print_explanation(looking, &asked, &explanation);
    return explanation.decision.verdict == VERDICT_ALLOW ? CLI_OK : CLI_NO;
}

/* ---- who can ---- */

#define EVERYONE_ROW "everyone", "any member of the workspace"
#define WHO_ROW "%-28s %s\n"

static const char *names_of(const struct policy_looking *looking, const struct able_person *person)
{
    const char *text = person->text;

    for (size_t i = 0; i < person->others_count; i++)
        text = arena_printf(looking->arena, "%s%s%s", text, i == 0 ? " (" : ", ", person->others[i]);
    return person->others_count > 0 ? arena_printf(looking->arena, "%s)", text) : text;
}

/* Members of groups are called as others wrote it. */
static void print_persons(const struct policy_looking *looking, const struct able_person *persons, size_t count)
{
    const struct settings *settings = &looking->configuration->settings;

    for (size_t i = 0; i < count; i++)
        printf("%-28s %s: %s\n", cli_plain(settings, names_of(looking, &persons[i]), looking->arena),
               policy_verdict_names[persons[i].decision.verdict],
               cli_plain(settings, persons[i].decision.reason, looking->arena));
}

static void print_who(const struct policy_looking *looking, const struct policy_asked *asked, const struct who_can *who)
{
    if (who->is_everyone)
        printf(WHO_ROW, EVERYONE_ROW);
    print_persons(looking, who->persons, who->persons_count);
    if (!who->is_everyone && who->persons_count == 0)
        printf("Nobody whom the file%s names.\n", looking->readings.why_not ? "" : " or a group");
    if (who->is_everyone_by_glass || who->by_glass_count > 0)
        printf("With --break-glass:\n");
    if (who->is_everyone_by_glass)
        printf(WHO_ROW, EVERYONE_ROW);
    print_persons(looking, who->by_glass, who->by_glass_count);
    print_any_version(looking, asked, policy_who_by_version(who, looking->arena));
    print_readings(looking);
}

static void print_who_json(const struct policy_looking *looking, const struct policy_asked *asked,
                           const struct who_can *who)
{
    AUTO_JSON cJSON *json = policy_who_json(who);

    add_any_version(asked, policy_who_by_version(who, looking->arena), json);
    policy_readings_add(&looking->readings, looking->now_ms, json);
    policy_print_json(json);
}

static int run_who_can(const struct policy_looking *looking)
{
    struct request request = { .received_at_ms = looking->now_ms };
    struct policy_asked asked;
    struct who_can who;
    struct error err;

    if (looking->cli->words_count < 2)
        return cli_usage(looking->cli);
    if (!policy_read_who(looking, "slack:U0", &request, &err) || !read_words(looking, &request, 1, &asked, &err))
        return refuse(&err);
    who = policy_who_can(looking->policy, &asked.question, &asked.facts, looking->arena);
    if (looking->cli->is_json)
        print_who_json(looking, &asked, &who);
    else
        print_who(looking, &asked, &who);
    return who.is_everyone || who.persons_count > 0 ? CLI_OK : CLI_NO;
}

/* ---- the command ---- */

int cli_policy(const struct cli *cli)
{
    static const struct {
        const char *name;
        int (*run)(const struct policy_looking *looking);
        bool brings_groups; /* of its own */
    } rows[] = { { "lint", cli_policy_lint, false },
                 { "explain", run_explain, false },
                 { "who-can", run_who_can, false },
                 { "test", cli_policy_test, true } };
    static const char *const names[] = { "lint", "explain", "who-can", "test", NULL };
    AUTO(configuration) struct configuration *configuration = NULL;
    struct clock clock = clock_system();

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct policy_looking looking = { .cli = cli, .now_ms = clock.unix_ms(clock.ctx) };

        if (strcmp(cli->words[0], rows[i].name) != 0)
            continue;
        configuration = cli_configuration(cli);
        if (!configuration)
            return CLI_USAGE;
        looking.configuration = configuration;
        looking.arena = configuration->arena;
        looking.policy = policy_compile(&configuration->settings, NULL, configuration->zones, configuration->arena);
        if (!rows[i].brings_groups)
            looking.readings = policy_readings_load(configuration, cli->is_offline);
        return rows[i].run(&looking);
    }
    return cli_usage_of(cli, names);
}
