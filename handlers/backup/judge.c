#include "handlers/backup/judge.h"

#include "bot/model/card.h"

#include <string.h>

#define QUOTED_BYTES 200

struct judging {
    const struct view *view;
    const struct backup_plan *plan;
    const char *stage;
    const struct backups_seen *seen;
    struct backup_judged *found;
};

static const char *quote(const struct judging *j, const char *words)
{
    return card_quote(str_of(words ? words : "nothing"), QUOTED_BYTES, j->view->arena);
}

static void refuse(struct judging *j, const char *refusal, const char *next)
{
    if (j->found->refusal)
        return;
    j->found->refusal = refusal;
    j->found->next = next;
}

static bool is_restore(const struct judging *j)
{
    return text_equal(backup_kind(j->plan, j->stage), BACKUP_RESTORE);
}

/* ---- the instance ---- */

static void judge_instance(struct judging *j)
{
    const char *instance = backup_instance(j->plan, j->stage);
    const struct database_operation *running = j->seen->running;
    struct arena *arena = j->view->arena;

    if (running)
        refuse(j,
               arena_printf(arena, "`%s` is at work on `%s`%s%s", quote(j, running->type), instance,
                            running->user ? ", begun by " : "", running->user ? quote(j, running->user) : ""),
               "Ask again when it is over.");
    if (!text_equal(j->seen->state, "RUNNABLE"))
        refuse(j, arena_printf(arena, "`%s` is %s, and not RUNNABLE", instance, quote(j, j->seen->state)), NULL);
    if (j->seen->is_stopped)
        refuse(j, arena_printf(arena, "the owner of `%s` has stopped it (activationPolicy NEVER)", instance),
               "Start it first.");
    if (is_restore(j) && j->seen->replicas_count > 0)
        refuse(j,
               arena_printf(arena,
                            "`%s` has the read replica `%s`, and nothing is restored over an instance that has any",
                            instance, quote(j, j->seen->replicas[0])),
               "Delete its replicas first, and make them anew afterwards.");
}

/* ---- the backup ---- */

static void judge_backup(struct judging *j)
{
    const struct backup_run *run = j->seen->wanted;
    struct arena *arena = j->view->arena;
    const char *list = arena_printf(arena, "`backup list %s` tells those that are there.", j->plan->database);

    if (!run && text_equal(j->plan->id, BACKUP_LATEST))
        refuse(j, "there is no good backup of it", list);
    else if (!run)
        refuse(j,
               arena_printf(arena, "there is no backup `%s` of it that could be read (%s)", j->plan->id,
                            quote(j, j->seen->why)),
               list);
    else if (!text_equal(run->status, BACKUP_GOOD))
        refuse(j, arena_printf(arena, "backup `%s` is %s", run->id, quote(j, run->status)), list);
    else if (run->version && j->seen->version && strcmp(run->version, j->seen->version) != 0)
        refuse(j,
               arena_printf(arena, "backup `%s` is of %s, and `%s` is %s", run->id, quote(j, run->version),
                            backup_instance(j->plan, j->stage), quote(j, j->seen->version)),
               "It can be restored into an instance of its own version alone.");
}

/* ---- what is lost ---- */

static const char *loss_of(const struct judging *j)
{
    const struct backup_run *run = j->seen->wanted;
    struct arena *arena = j->view->arena;

    if (text_equal(j->plan->action, BACKUP_IMPORT))
        return arena_printf(
            arena, "whatever the statements in `%s` overwrite in `%s`; how old the file is, nobody can tell here",
            j->plan->file, j->plan->name);
    if (!text_equal(j->plan->action, BACKUP_RESTORE) || !run)
        return NULL;
    if (j->plan->is_trial_alone)
        return arena_printf(arena, "all that is in `%s`, and nothing of `%s`", j->plan->trial, j->plan->database);
    return arena_printf(arena, "*everything that was written to `%s` since the backup*, which is of %s%s%s",
                        j->plan->database, backup_age(j->view, run), run->ended_at_ms ? ", " : "",
                        run->ended_at_ms ? card_date(run->ended_at_ms, arena) : "");
}

struct backup_judged backup_judge(const struct view *view, const struct backup_plan *plan, const char *stage,
                                  const struct backups_seen *seen)
{
    struct backup_judged found = { 0 };
    struct judging j = { view, plan, stage, seen, &found };

    if (text_equal(plan->action, BACKUP_RESTORE))
        judge_backup(&j);
    judge_instance(&j);
    found.loss = loss_of(&j);
    return found;
}

/* ---- in words ---- */

void backup_tell_steps(const struct backup_plan *plan, struct outcome *out)
{
    if (plan->trial)
        outcome_reply_line(out, "It goes into `%s`%s, all of which is overwritten%s%s%s.", plan->trial,
                           plan->is_trial_alone ? " alone" : " first", plan->verify ? ", is verified by `" : "",
                           plan->verify ? plan->verify : "",
                           plan->is_trial_alone ? (plan->verify ? "`" : "")
                           : plan->verify       ? "`, and waits there for a person to `promote` it"
                                                : ", and waits there for a person to `promote` it");
    else if (plan->verify)
        outcome_reply_line(out, "It is verified by `%s` afterwards.", plan->verify);
    if (!backup_overwrites(plan))
        return;
    if (plan->is_unsaved)
        outcome_reply_line(out, "*No safety backup*: nothing brings back what is there now.");
    else
        outcome_reply_line(out, "What is there now is backed up right before; its end tells the line that goes back.");
    if (strcmp(plan->action, BACKUP_RESTORE) == 0)
        outcome_reply_line(out, "Open connections break, and `%s` answers nothing until it is restored.",
                           plan->database);
}

void backup_tell(const struct view *view, const struct backup_plan *plan, const struct backups_seen *seen,
                 struct outcome *out)
{
    struct backup_judged found = backup_judge(view, plan, BACKUP_REAL, seen);
    const char *needed_by = needs_names(plan->needs, plan->needs_count, view->arena);

    outcome_reply(out, "*%s*: to %s.", plan->database, backup_words(plan, view->arena));
    if (seen->wanted)
        outcome_reply_line(out, "The backup: %s.", backup_run_text(view, seen->wanted));
    if (found.loss)
        outcome_reply_line(out, "Lost by it: %s.", found.loss);
    outcome_reply_line(out, "`%s` is *%s*. Its last good backup: %s.", plan->place.instance,
                       card_quote(str_of(seen->state), QUOTED_BYTES, view->arena), backup_last_text(view, seen));
    backup_tell_steps(plan, out);
    outcome_reply_line(out, "Needed by: %s.", needed_by ? needed_by : "no service says so (`needs`)");
    if (found.refusal)
        outcome_reply_line(out, "*It cannot be done now*: %s. %s", found.refusal,
                           found.next ? found.next : "Ask again later.");
    else
        outcome_reply_line(out, "Nothing was done. To do it: `%s`", backup_line(plan, view->arena));
}
