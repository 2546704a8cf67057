/* look.c - `backup list`, and `restore` and `import` as they would be: read once, told, forgotten. */
#include "handlers/backup/arguments.h"
#include "handlers/backup/backup.h"
#include "handlers/backup/judge.h"

#include "handlers/approval.h"
#include "handlers/deploy/ending.h"

#include "bot/model/card.h"
#include "bot/model/event.h"
#include "bot/model/exchange.h"

#include <string.h>

#define READ_DEADLINE_MS (25 * SECOND_MS)
#define OLD_MS DAY_MS

static const struct shape_field rows[] = {
    ROW_OBJECT(backup_arguments, plan, &backup_plan_shape),
};
static const struct shape look_body_shape = SHAPE("a look at backups", backup_arguments, rows);

/* ---- it is told ---- */

static const struct backup_run *newest_good(const struct backups_seen *seen)
{
    for (size_t i = 0; i < seen->runs_count; i++)
        if (strcmp(seen->runs[i].status, BACKUP_GOOD) == 0)
            return &seen->runs[i];
    return NULL;
}

static void tell_list(const struct view *view, const struct backup_plan *plan, const struct backups_seen *seen,
                      struct outcome *out)
{
    const struct backup_run *good = newest_good(seen);

    outcome_reply(out, "Backups of *%s*, newest first%s:", plan->database,
                  seen->runs_count == BACKUPS_READ ? "; older ones are not listed" : "");
    for (size_t i = 0; i < seen->runs_count; i++)
        outcome_reply_line(out, "%s%s%s", backup_run_text(view, &seen->runs[i]), seen->runs[i].ended_at_ms ? ", " : "",
                           seen->runs[i].ended_at_ms ? card_date(seen->runs[i].ended_at_ms, view->arena) : "");
    if (!good)
        outcome_reply_line(out, "*None of these is good.* `backup create %s` makes one.", plan->database);
    else if (view_unix_ms(view) - good->ended_at_ms > OLD_MS)
        outcome_reply_line(out, "*The last good one is older than a day* (%s). `backup create %s` makes one.",
                           backup_age(view, good), plan->database);
}

static void answer(const struct view *view, const struct operation *operation, const struct backup_plan *plan,
                   const struct event *event, struct outcome *out)
{
    struct backups_seen seen;
    struct question question;
    struct error err;

    if (event->end != END_DONE) {
        outcome_refuse(out, "`%s` cannot be read: %s. Nothing was done.", plan->database,
                       deploy_why(event, view->arena));
    } else if (!shape_from_json(&backups_seen_shape, event->body, view->arena, &seen, &err)) {
        outcome_refuse(out, "`%s` cannot be read: %s. Nothing was done.", plan->database, err.message);
    } else if (strcmp(plan->action, BACKUP_LIST) == 0) {
        tell_list(view, plan, &seen, out);
    } else {
        backup_tell(view, plan, &seen, out);
        question = backup_question(view, plan, &operation->requester, operation->source);
        approvals_tell_policy(view, &question, out);
    }
}

/* ---- it is read ---- */

void backup_look_begin(const struct view *view, const struct backup_plan *plan, struct outcome *out)
{
    struct backup_arguments *body = ARENA_NEW(view->arena, struct backup_arguments);
    struct backup_look look = {
        .place = plan->place, .instance = plan->place.instance, .kind = plan->action, .id = plan->id
    };

    body->plan = *plan;
    outcome_read(out, "seen", READING_BACKUPS, shape_to_json(&backup_look_shape, &look, SHAPE_WHOLE), READ_DEADLINE_MS);
    outcome_begin(out, machine_backup_look.kind, NULL, "looking", body);
}

static void look_on_event(const struct view *view, const struct operation *operation, const void *value,
                          const struct event *event, struct outcome *out)
{
    struct backup_arguments *body = ARENA_NEW(view->arena, struct backup_arguments);

    *body = *(const struct backup_arguments *)value;
    if (event->kind == EVENT_REQUEST)
        outcome_refuse(out, "A look changes nothing, and answers within seconds. Nothing was done.");
    if (event->kind != EVENT_READING)
        return;
    if (body->plan.id && strcmp(body->plan.id, BACKUP_LATEST) == 0 && event->end == END_DONE &&
        json_find_string(event->body, "wanted.id"))
        body->plan.id = json_find_string(event->body, "wanted.id"); /* what is typed next names it */
    answer(view, operation, &body->plan, event, out);
    outcome_move(out, NULL, body);
    outcome_end(out, "done", "done", "looked at the backups of %s", body->plan.database);
    out->is_forgotten = true;
}

const struct machine machine_backup_look = {
    .kind = "backup-look",
    .schema = 1,
    .body = &look_body_shape,
    .on_event = look_on_event,
};
