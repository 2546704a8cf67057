/* lint_schedules.c - what is run by itself, and no rule lets; nor what its steps ask for. */
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

/* ", on: { database: main }", as a rule says it; "" where it has no place. */
static const char *place_of(const struct question *question, struct arena *arena)
{
    const struct {
        const char *key, *value;
    } rows[] = { { "runbook", question->runbook },
                 { "database", question->database },
                 { "service", question->runbook ? NULL : question->service },
                 { "environment", question->runbook || question->database ? NULL : question->environment } };
    const char *text = "";

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].value)
            text = arena_printf(arena, "%s%s%s: %s", text, text[0] ? ", " : ", on: { ", rows[i].key, rows[i].value);
    return text[0] ? arena_printf(arena, "%s }", text) : text;
}

/* Its steps ask in its name. */
static void look_at_step(struct lint *lint, const struct runbook_settings *runbook,
                         const struct runbook_schedule *schedule, size_t at)
{
    const struct lint_input *input = lint->input;
    const struct facts facts = { .unix_ms = input->now_ms };
    const struct view view = view_of_file(input->settings, lint->policy, input->now_ms, lint->arena);
    const struct runbook_step *step = &runbook->steps[at];
    const char *name = schedule_name(runbook, schedule);
    struct question question;
    struct error ignored;

    if (!step->verb || !input->step_asks(&view, runbook, step, schedule, &question, &ignored) ||
        lint_is_allowed(lint->policy, &question, &facts))
        return;
    lint_found(lint, schedule->line, LINT_WRONG,
               "the schedule %s runs %s by itself, whose step %zu asks for `%s`, and no rule allows it that: each of these "
               "runs will fail there. To let it, write under policy.rules: - { allow: %s, to: \"schedule:%s\"%s }",
               name, runbook->name, at + 1, step->verb, question.verb, name, place_of(&question, lint->arena));
}

void lint_schedules(struct lint *lint)
{
    const struct settings *settings = lint->input->settings;

    for (size_t i = 0; i < settings->runbooks_count; i++) {
        const struct runbook_settings *runbook = &settings->runbooks[i];

        for (size_t k = 0; k < runbook->schedule_count; k++) {
            look_at_schedule(lint, runbook, &runbook->schedule[k]);
            for (size_t n = 0; n < runbook->steps_count; n++)
                look_at_step(lint, runbook, &runbook->schedule[k], n);
        }
    }
}
