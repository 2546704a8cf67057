#include "handlers/status/told.h"

#include "handlers/group/group.h"
#include "handlers/image.h"
#include "handlers/operation_words.h"
#include "handlers/registry.h"
#include "handlers/runbook/runbook.h"
#include "handlers/status/record.h"

#include <string.h>

#define QUOTED_BYTES 40
#define NAME_BYTES 80

const struct operation *told_find(const struct view *view, const struct request *request, const char *id,
                                  struct error *err)
{
    const struct operation *found = operation_find_seen(view, request, id);

    if (!found)
        error_set(err, ERR_NOT_FOUND, "There is no operation `%s`, or it ended long ago.",
                  card_quote(str_of(id), QUOTED_BYTES, view->arena));
    return found;
}

/* ---- while it goes on ---- */

static const char *steps_of(const struct view *view, const struct card *card, enum step_mark mark)
{
    const char *text = "";

    for (size_t i = 0; i < card->steps_count; i++)
        if (card->steps[i].mark == mark)
            text = arena_printf(view->arena, "%s%s%s", text, *text ? ", " : "", card->steps[i].text);
    return text;
}

static void tell_steps(const struct view *view, const struct card *card, struct outcome *out)
{
    static const struct {
        enum step_mark mark;
        const char *name;
    } groups[] = { { STEP_OK, "done" }, { STEP_BAD, "failed" }, { STEP_NOW, "now" }, { STEP_NEXT, "next" } };

    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        const char *steps = steps_of(view, card, groups[i].mark);

        if (*steps)
            outcome_reply_line(out, "%s: %s", groups[i].name, steps);
    }
}

static void tell_card(const struct view *view, const struct operation *operation, struct outcome *out)
{
    struct card card = { 0 };

    if (!machine_card(view, operation, &card))
        return;
    if (card.status)
        outcome_reply_line(out, "%s", card.status);
    tell_steps(view, &card, out);
    for (size_t i = 0; i < card.fields_count; i++)
        outcome_reply_line(out, "%s: %s", card.fields[i].name, card.fields[i].value);
    for (size_t i = 0; i < card.table_count; i++)
        outcome_reply_line(out, "`%s`", card.table[i]);
}

/* ---- once it has ended ---- */

/* Why members of a group came to nothing: each has its own reason, and one that never began has no story. */
static void tell_failed(const struct view *view, const struct operation *operation, struct outcome *out)
{
    struct card card = { 0 };

    if (!machine_card(view, operation, &card))
        return;
    for (size_t i = 0; i < card.steps_count; i++)
        if (card.steps[i].mark == STEP_BAD)
            outcome_reply_line(out, "%s", card.steps[i].text);
}

/* What each step of a runbook came to, and what the last one said. */
static void tell_run(const struct view *view, const struct operation *operation, struct outcome *out)
{
    struct card card = { 0 };

    if (!machine_card(view, operation, &card))
        return;
    tell_steps(view, &card, out);
    for (size_t i = 0; i < card.table_count; i++)
        outcome_reply_line(out, "`%s`", card.table[i]);
}

/* ---- both ---- */

static const char *what_it_is(const struct view *view, const struct operation *operation)
{
    const char *version = json_find_string(operation->body, "version"),
               *place = operation_place(operation, view->arena);
    const char *of =
        version ? arena_printf(view->arena, " of `%s`",
                               card_quote(str_of(version_short(version, view->arena)), NAME_BYTES, view->arena))
                : "";

    return arena_printf(view->arena, "*%s*: %s%s%s%s by %s, asked %s", operation->id, operation->kind, of,
                        place ? operation->target ? " at " : " of " : "", place ? place : "",
                        operation_asked_by(operation, view->arena), record_ago(view, operation->created_at_ms));
}

void told_operation(const struct view *view, const struct operation *operation, struct outcome *out)
{
    const char *what = what_it_is(view, operation);

    if (operation_has_ended(operation)) {
        outcome_reply(out, "%s, ended %s: %s", what, record_ago(view, operation->ended_at_ms), operation->result);
        if (operation->summary)
            outcome_reply_line(out, "%s", operation->summary);
        if (strcmp(operation->kind, machine_group.kind) == 0)
            tell_failed(view, operation, out);
        if (strcmp(operation->kind, machine_runbook.kind) == 0)
            tell_run(view, operation, out);
    } else {
        outcome_reply(out, "%s: %s", what, operation_standing(operation, view->arena));
        tell_card(view, operation, out);
    }
    outcome_reply_line(out, "its whole story: `opsgate ops show %s`", operation->id);
}
