/* hold_fixture.h - verbs of locks and the halt as the engine asks them: a lock that is there answers for itself. */
#ifndef OPSGATE_TESTS_UNIT_HOLD_FIXTURE_H
#define OPSGATE_TESTS_UNIT_HOLD_FIXTURE_H

#include "tests/unit/decision_fixture.h"

#include "handlers/hold/halt.h"
#include "handlers/hold/lock.h"

static inline const char *hold_reply(const struct decision_fixture *fixture, const struct outcome *out)
{
    const char *text;

    if (!out->reply)
        return "-";
    text = arena_printf(fixture->arena, "%s%s", out->reply->is_refusal ? "REFUSED " : "", out->reply->text);
    for (size_t i = 0; i < out->reply->lines_count; i++)
        text = arena_printf(fixture->arena, "%s\n%s", text, out->reply->lines[i]);
    return text;
}

static inline void hold_hear(struct decision_fixture *fixture, const struct operation *operation,
                             const struct event *event, struct outcome *out)
{
    const struct machine *machine = strcmp(operation->kind, machine_halt.kind) == 0 ? &machine_halt : &machine_lock;
    void *body = arena_alloc(fixture->arena, machine->body->size);
    struct error err;

    if (!shape_from_json(machine->body, operation->body, fixture->arena, body, &err))
        fail_msg("%s", err.message);
    outcome_init(out, fixture->arena, operation->id, "birth-1");
    machine->on_event(&fixture->view, operation, body, event, out);
}

/* Policy is not asked: that the question is right stands elsewhere. */
static inline const char *hold_answer(struct decision_fixture *fixture, const struct verb *verb, const char *user,
                                      const char *line, struct outcome *out)
{
    struct request request = decision_request(fixture, line);
    const struct operation *operation;
    struct question question;
    const void *arguments;
    struct error err;

    request.principal.id = user;
    outcome_init(out, fixture->arena, "D7", "birth-00000000000000d7");
    if (!verb->asks(&fixture->view, &request, &question, &arguments, &err))
        return arena_printf(fixture->arena, "MISUSED %s", err.message);
    operation = question.operation ? decision_find_operation(fixture, question.operation) : NULL;
    if (operation && !operation_has_ended(operation))
        hold_hear(fixture, operation,
                  &(struct event){
                      .kind = EVENT_REQUEST, .name = request.verb, .request = &request, .arguments = arguments },
                  out);
    else
        verb->begin(&fixture->view, &request, &question, arguments, out);
    return hold_reply(fixture, out);
}

#endif
