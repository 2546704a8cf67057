/* policy_lint.c - `opsgate policy lint`: what the policy of a file says that nobody can have meant. */
#include "bot/cli/policy.h"

#include "handlers/registry.h"
#include "handlers/runbook/asked.h"

#include <stdio.h>

static const char *const severity_names[] = { [LINT_WRONG] = "wrong", [LINT_NOTE] = "note" };

const char *policy_finding_line(const struct lint_finding *finding, struct arena *arena)
{
    return arena_printf(arena, "%s: %s: %s", finding->rule, severity_names[finding->severity], finding->sentence);
}

cJSON *policy_findings_json(const struct lint_finding *findings, size_t count)
{
    cJSON *list = json_array();

    for (size_t i = 0; i < count; i++) {
        cJSON *finding = json_add(list, json_object());

        json_set_string(finding, "rule", findings[i].rule);
        json_set_string(finding, "severity", severity_names[findings[i].severity]);
        json_set_string(finding, "sentence", findings[i].sentence);
    }
    return list;
}

static void print_findings(const struct policy_looking *looking, const struct lint_finding *findings, size_t count)
{
    const char *groups = policy_readings_tell(&looking->readings, looking->now_ms, looking->arena);

    for (size_t i = 0; i < count; i++)
        printf("%s\n", policy_finding_line(&findings[i], looking->arena));
    if (count == 0)
        printf("Nothing to say against this policy.\n");
    if (groups)
        printf("%s\n", groups);
}

static void print_findings_json(const struct policy_looking *looking, const struct lint_finding *findings, size_t count)
{
    AUTO_JSON cJSON *json = json_object();

    json_set(json, "findings", policy_findings_json(findings, count));
    policy_readings_add(&looking->readings, looking->now_ms, json);
    policy_print_json(json);
}

int cli_policy_lint(const struct policy_looking *looking)
{
    const struct lint_input input = { .settings = &looking->configuration->settings,
                                      .step_asks = runbook_step_asks,
                                      .verbs = verbs,
                                      .zones = looking->configuration->zones,
                                      .sources = looking->readings.list, /* NULL when nobody looked */
                                      .sources_count = looking->readings.list_count,
                                      .now_ms = looking->now_ms };
    size_t count;
    const struct lint_finding *findings = policy_lint(&input, looking->arena, &count);
    int code = CLI_OK;

    for (size_t i = 0; i < count; i++)
        if (findings[i].severity == LINT_WRONG)
            code = CLI_NO;
    if (looking->cli->is_json)
        print_findings_json(looking, findings, count);
    else
        print_findings(looking, findings, count);
    return code;
}
