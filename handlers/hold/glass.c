#include "handlers/hold/glass.h"

#include "handlers/hold/hold.h"
#include "handlers/runbook/runbook.h"

#include <string.h>

static bool is_of_database(const struct question *question)
{
    return runbook_is_asked(question) || strcmp(question->verb, "failover") == 0 ||
           strcmp(question->verb, "restore") == 0;
}

const struct operation *hold_find_asked(const struct view *view, const struct question *question)
{
    static const char *const begins[] = { "deploy", "set", "restart", "traffic", "run", "rotate" };
    static const char *const increases[] = { "promote", "resume", "retry", "approve" };
    const struct operation *operation =
        question->operation ? view->find_operation(view->ctx, question->operation) : NULL;

    if (question->is_safe_direction)
        return NULL;
    if (question->database && is_of_database(question)) /* what holds a database is a lock by its name */
        return hold_find(view, question->database, question->environment, question->verb, &question->principal);
    for (size_t i = 0; i < ARRAY_LEN(begins); i++)
        if (strcmp(question->verb, begins[i]) == 0)
            return hold_find(view, question->service, question->environment, question->verb, &question->principal);
    for (size_t i = 0; operation && i < ARRAY_LEN(increases); i++)
        if (strcmp(question->verb, increases[i]) == 0)
            return hold_find(view, question->service, question->environment, "deploy", &operation->requester);
    return NULL;
}

void hold_refused(const struct view *view, const struct question *question, const void *arguments, bool is_by_glass,
                  struct outcome *out)
{
    const struct operation *hold = is_by_glass ? hold_find_asked(view, question) : NULL;

    (void)arguments;
    if (hold)
        outcome_reply_line(out, "But no glass passes a lock or a halt, and %s. %s", hold_reason(hold, view->arena),
                           hold_turn(hold, view->arena));
}
