#include "bot/cli_policy.h"

#include "bot/model/view.h"
#include "bot/shell/clock.h"
#include "handlers/registry.h"
#include "policy/explain.h"
#include "policy/lint.h"

#include <stdio.h>
#include <string.h>

#define OUTPUT_MAX_BYTES (4 * 1024 * 1024)

static void print_json(const cJSON *json)
{
    AUTO_BUF struct buf out = BUF(OUTPUT_MAX_BYTES);

    json_print_to(&out, json);
    puts(buf_text(&out));
}

const char *const policy_verdict_names[] = {
    [VERDICT_DENY] = "deny", [VERDICT_ALLOW] = "allow", [VERDICT_NEEDS] = "needs", [VERDICT_NEEDS + 1] = NULL
};

/* ---- lint ---- */

static const char *const severity_names[] = { [LINT_WRONG] = "wrong", [LINT_NOTE] = "note" };

static void print_findings(const struct lint_finding *findings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%s: %s: %s\n", findings[i].rule, severity_names[findings[i].severity], findings[i].sentence);
    if (count == 0)
        printf("Nothing to say against this policy.\n");
}

static void print_findings_json(const struct lint_finding *findings, size_t count)
{
    AUTO_JSON cJSON *json = json_object();
    cJSON *list = json_set(json, "findings", json_array());

    for (size_t i = 0; i < count; i++) {
        cJSON *finding = json_add(list, json_object());

        json_set_string(finding, "rule", findings[i].rule);
        json_set_string(finding, "severity", severity_names[findings[i].severity]);
        json_set_string(finding, "sentence", findings[i].sentence);
    }
    print_json(json);
}

static int run_lint(const struct policy_looking *looking)
{
    const struct lint_input input = { .settings = &looking->configuration->settings,
                                      .zones = looking->configuration->zones,
                                      .now_ms = looking->now_ms };
    size_t count;
    const struct lint_finding *findings = policy_lint(&input, looking->arena, &count);
    int code = CLI_OK;

    for (size_t i = 0; i < count; i++)
        if (findings[i].severity == LINT_WRONG)
            code = CLI_NO;
    if (looking->cli->is_json)
        print_findings_json(findings, count);
    else
        print_findings(findings, count);
    return code;
}

/* ---- what is asked ---- */

/* Nothing is at work, and nothing has ever been touched. */
static const struct operation *find_no_operation(const void *ctx, const char *id)
{
    (void)ctx, (void)id;
    return NULL;
}

static const struct target *find_no_target(const void *ctx, const char *name)
{
    (void)ctx, (void)name;
    return NULL;
}

static size_t list_none(const void *ctx, const struct operation **list, size_t max)
{
    (void)ctx, (void)list, (void)max;
    return 0;
}

static struct view view_of(const struct policy_looking *looking)
{
    return (struct view){ .settings = &looking->configuration->settings,
                          .policy = looking->policy,
                          .verbs = verbs,
                          .now_ms = looking->now_ms,
                          .arena = looking->arena,
                          .find_operation = find_no_operation,
                          .find_ended = find_no_operation,
                          .find_target = find_no_target,
                          .list_operations = list_none,
                          .list_ended = list_none };
}

/* Where whoever is called so asks from. */
static const char *source_of(struct str system)
{
    static const struct {
        const char *system, *source;
    } rows[] = { { "slack", "slack" },         { "github", "github" }, { "github-app", "github" },
                 { "pagerduty", "pagerduty" }, { "token", "api" },     { "local", "local" } };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(system, rows[i].system))
            return rows[i].source;
    return NULL;
}

/* "slack:U1", "slack:T0OTHER/U1", "github:octocat" */
bool policy_read_who(const struct policy_looking *looking, const char *text, struct request *request, struct error *err)
{
    struct str id = str_of(text), system = str_take_until(&id, ':'), team = { NULL, 0 };
    const char *source = source_of(system);

    if (!source || id.len == 0)
        return error_set(err, ERR_INVALID,
                         "'%.80s' is nobody: expected SYSTEM:ID, such as slack:U012AB3CD or local:ann", text);
    if (str_is(system, "slack") && str_contains(id, "/"))
        team = str_take_until(&id, '/');
    request->source = source;
    request->principal = (struct principal){ .system = arena_copy(looking->arena, system),
                                             .id = arena_copy(looking->arena, id),
                                             .team = team.len > 0 ? arena_copy(looking->arena, team) : NULL };
    if (str_is(system, "slack") && team.len == 0)
        request->principal.team = looking->configuration->settings.slack.team;
    return true;
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
    if (!verb->asks(&view, request, &ret->question, &arguments, err))
        return false;
    ret->stage = verb->is_asked_again ? POLICY_STATIC : POLICY_WHOLE;
    return true;
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
                                 .reason = ret->question.reason,
                                 .break_glass = ret->question.break_glass };
    return true;
}

static int refuse(const struct error *err)
{
    fprintf(stderr, "opsgate: %s\n", err->message);
    return CLI_USAGE;
}

/* ---- explain ---- */

static const char *const kind_names[] = { [RULE_ALLOW] = "allow", [RULE_DENY] = "deny", [RULE_REQUIRE] = "require" };

static void print_explanation(const struct explanation *explanation)
{
    const struct decision *decision = &explanation->decision;

    printf("%s: %s%s%s%s\n", policy_verdict_names[decision->verdict], decision->reason, decision->rule ? " (" : "",
           decision->rule ? decision->rule : "", decision->rule ? ")" : "");
    if (decision->turn[0])
        printf("%s\n", decision->turn);
    for (size_t i = 0; i < explanation->rules_count; i++) {
        const struct explained_rule *rule = &explanation->rules[i];

        printf("  %-20s %-8s %-10s %s\n", rule->rule, kind_names[rule->kind], explain_outcome_names[rule->outcome],
               rule->sentence);
    }
    printf("Groups, open incidents and what comes with an artifact are not known here; `explain` asked of the running "
           "opsgate knows.\n");
}

static cJSON *decision_json(const struct decision *decision)
{
    cJSON *json = json_object();

    json_set_string(json, "verdict", policy_verdict_names[decision->verdict]);
    json_set_string(json, "rule", decision->rule);
    json_set_string(json, "reason", decision->reason);
    json_set_string(json, "turn", decision->turn[0] ? decision->turn : NULL);
    json_set_bool(json, "can_break_glass", decision->can_break_glass);
    return json;
}

static void print_explanation_json(const struct explanation *explanation)
{
    AUTO_JSON cJSON *json = decision_json(&explanation->decision);
    cJSON *list = json_set(json, "rules", json_array());

    for (size_t i = 0; i < explanation->rules_count; i++) {
        const struct explained_rule *rule = &explanation->rules[i];
        cJSON *entry = json_add(list, json_object());

        json_set_string(entry, "rule", rule->rule);
        json_set_string(entry, "kind", kind_names[rule->kind]);
        json_set_string(entry, "outcome", explain_outcome_names[rule->outcome]);
        json_set_string(entry, "sentence", rule->sentence);
    }
    print_json(json);
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
        print_explanation_json(&explanation);
    else
        print_explanation(&explanation);
    return explanation.decision.verdict == VERDICT_ALLOW ? CLI_OK : CLI_NO;
}

/* ---- who can ---- */

static void print_who(const struct who_can *who)
{
    if (who->is_everyone)
        printf("%-28s any member of the workspace\n", "everyone");
    for (size_t i = 0; i < who->persons_count; i++)
        printf("%-28s %s: %s\n", who->persons[i].text, policy_verdict_names[who->persons[i].decision.verdict],
               who->persons[i].decision.reason);
    if (!who->is_everyone && who->persons_count == 0)
        printf("Nobody whom the file names. Groups, teams and schedules are not known here.\n");
}

static void print_who_json(const struct who_can *who)
{
    AUTO_JSON cJSON *json = json_object();
    cJSON *list = json_set(json, "persons", json_array());

    json_set_bool(json, "everyone", who->is_everyone);
    for (size_t i = 0; i < who->persons_count; i++)
        json_set_string(json_add(list, decision_json(&who->persons[i].decision)), "who", who->persons[i].text);
    print_json(json);
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
        print_who_json(&who);
    else
        print_who(&who);
    return who.is_everyone || who.persons_count > 0 ? CLI_OK : CLI_NO;
}

/* ---- the command ---- */

int cli_policy(const struct cli *cli)
{
    static const struct {
        const char *name;
        int (*run)(const struct policy_looking *looking);
    } rows[] = {
        { "lint", run_lint }, { "explain", run_explain }, { "who-can", run_who_can }, { "test", cli_policy_test }
    };
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
        return rows[i].run(&looking);
    }
    return cli_usage_of(cli, names);
}
