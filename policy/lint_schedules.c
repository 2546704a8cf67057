/* lint_schedules.c - what is run by itself, and no rule lets. */
#include "policy/lint_internal.h"

static struct question question_of(const struct lint *lint, const struct runbook_settings *runbook, const char *name)
{
    const struct settings *settings = lint->input->settings;
    struct question question = { .principal = { .system = "schedule", .id = name },
                                 .verb = runbook_ruled_as(runbook),
                                 .source = "schedule",
                                 .runbook = runbook->name };
    struct label_list labels = { NULL, 0 };
    const struct environment_settings *environment;
    const struct service_settings *service;
    const struct database_settings *database;

    if (runbook->target && settings_find_target(settings, runbook->target, &service, &environment)) {
        labels = settings_labels(service, environment, lint->arena);
        question.service = service->name;
        question.environment = environment->name;
    } else if (runbook->target && (database = settings_find_database(settings, runbook->target)) != NULL) {
        labels = (struct label_list){ database->labels, database->labels_count };
        question.database = database->name;
        question.environment = database->environment;
    }
    question.labels = labels.labels;
    question.labels_count = labels.labels_count;
    return question;
}

static void look_at_schedule(struct lint *lint, const struct runbook_settings *runbook,
                             const struct runbook_schedule *schedule)
{
    const struct facts facts = { .unix_ms = lint->input->now_ms };
    const char *name = schedule_name(runbook, schedule);
    struct question question = question_of(lint, runbook, name);

    if (!lint_is_allowed(lint->policy, &question, &facts))
        lint_found(
            lint, schedule->line, LINT_WRONG,
            "the schedule %s runs %s by itself, and no rule allows it: each of these runs will be refused. To let "
            "it, write under policy.rules: - { allow: %s, to: \"schedule:%s\", on: { runbook: %s } }",
            name, runbook->name, question.verb, name, runbook->name);
}

void lint_schedules(struct lint *lint)
{
    const struct settings *settings = lint->input->settings;

    for (size_t i = 0; i < settings->runbooks_count; i++)
        for (size_t k = 0; k < settings->runbooks[i].schedule_count; k++)
            look_at_schedule(lint, &settings->runbooks[i], &settings->runbooks[i].schedule[k]);
}
