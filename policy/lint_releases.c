/* lint_releases.c - what rolls out by itself, and no rule lets. */
#include "policy/lint_internal.h"

#include "policy/asked.h"

#include <inttypes.h>
#include <string.h>

/* As rules name it: automation.as, else the App; NULL: neither is configured. */
static const char *automation_of(const struct settings *settings, struct arena *arena)
{
    const struct github_app *app = settings->github ? settings->github->app : NULL;

    if (settings->automation.as)
        return settings->automation.as;
    return app ? arena_printf(arena, "github-app:%" PRId64, app->id) : NULL;
}

bool lint_is_allowed(const struct policy *policy, const struct question *question, const struct facts *facts)
{
    struct asked asked = asked_of(policy, question, facts, POLICY_STATIC);
    const struct compiled_rule *rule;

    rules_begin(&asked.walk, RULE_ALLOW);
    while ((rule = rules_next(&asked.walk)))
        if (asked_speaks(&asked, rule) && asked_is_meant(&asked, rule))
            return true;
    return false;
}

static void look_at_release(struct lint *lint, const struct service_settings *service,
                            const struct environment_settings *environment, const char *name)
{
    const struct label_list labels = settings_labels(service, environment, lint->arena);
    const struct facts facts = { .unix_ms = lint->input->now_ms };
    struct question question = { .verb = "deploy",
                                 .source = "github",
                                 .service = service->name,
                                 .environment = environment->name,
                                 .labels = labels.labels,
                                 .labels_count = labels.labels_count };
    const char *roles;

    if (!policy_read_principal(lint->policy, name, lint->arena, &question.principal) ||
        lint_is_allowed(lint->policy, &question, &facts))
        return;
    roles = policy_roles_of(lint->policy, &facts, &question.principal, lint->arena);
    lint_found(
        lint, environment->release->line, LINT_WRONG,
        "%s rolls out to %s by itself, as %s, and no rule allows it to deploy there: each of these releases will be "
        "refused. To let it, write under policy.rules: - { allow: deploy, to: \"%s\", on: { service: %s, environment: %s }, when: { "
        "source: github } }",
        service->name, environment->name, name, roles && !strchr(roles, ',') ? roles : name, service->name,
        environment->name);
}

void lint_releases(struct lint *lint)
{
    const struct settings *settings = lint->input->settings;
    const char *name = automation_of(settings, lint->arena);

    for (size_t i = 0; name && i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++)
            if (settings->services[i].environments[k].release)
                look_at_release(lint, &settings->services[i], &settings->services[i].environments[k], name);
}

struct lint_finding *policy_lint_releases(const struct lint_input *input, struct arena *arena, size_t *ret_count)
{
    struct lint lint = { .input = input,
                         .policy = policy_compile(input->settings, NULL, input->zones, arena),
                         .arena = arena };

    lint_releases(&lint);
    lint_schedules(&lint);
    *ret_count = lint.count;
    return lint.findings;
}
