/* verb.c - from the words of a `backup` to a look, or to what it asks for. */
#include "handlers/backup/arguments.h"
#include "handlers/backup/backup.h"
#include "handlers/broken.h"
#include "handlers/hold/glass.h"
#include "handlers/hold/hold.h"

#include <string.h>

static const struct verb_option options[] = {
    { .name = "confirm", .takes_value = true },
    { .name = "into", .takes_value = true },
    { .name = "no-safety-backup" },
    { .name = "reason", .takes_value = true },
    { .name = "break-glass", .takes_value = true },
};

/* ---- asks ---- */

static bool backup_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    struct backup_arguments *arguments = ARENA_NEW(view->arena, struct backup_arguments);
    struct typed typed;

    *ret_arguments = arguments;
    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !backup_read_words(view, &typed, arguments, err))
        return false;
    *ret_question = backup_question(view, &arguments->plan, &request->principal, request->source);
    ret_question->is_preflight = arguments->only_looks;
    return true;
}

static bool backup_only_looks(const void *value)
{
    const struct backup_arguments *arguments = value;

    return arguments->only_looks;
}

/* ---- begin ---- */

static bool is_overwriting(const struct operation *operation)
{
    const char *action = json_find_string(operation->body, "plan.action");

    return action && (strcmp(action, BACKUP_RESTORE) == 0 || strcmp(action, BACKUP_IMPORT) == 0);
}

/* Two would undo each other; of backups and exports the second waits its turn. */
static const struct operation *find_other(const struct view *view, const char *database)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (!operation_has_ended(all[i]) && strcmp(all[i]->kind, machine_backup.kind) == 0 && all[i]->target &&
            strcmp(all[i]->target, database) == 0 && is_overwriting(all[i]))
            return all[i];
    return NULL;
}

static bool is_held(const struct view *view, const struct request *request, const struct backup_plan *plan,
                    struct outcome *out)
{
    const struct operation *hold =
        hold_find(view, plan->database, plan->environment, backup_verb(plan), &request->principal);

    if (!hold)
        return false;
    outcome_refuse(out, "%s (%s). Nothing was done.", hold_words(view, hold), hold->id);
    outcome_reply_line(out, "%s", hold_turn(hold, view->arena));
    if (plan->break_glass)
        outcome_reply_line(out, HOLD_PASSES_NO_GLASS);
    return true;
}

/* The name that no other export has: nothing is overwritten. */
static const char *file_of(const struct view *view, const struct backup_plan *plan, const char *operation)
{
    const struct database_settings *database = settings_find_database(view->settings, plan->database);
    struct time_text now = time_format(view_unix_ms(view));
    char compact[sizeof(now.text)];
    size_t len = 0;

    for (const char *at = now.text; *at && *at != '.'; at++)
        if (*at != '-' && *at != ':')
            compact[len++] = *at;
    compact[len] = 0;
    return arena_printf(view->arena, "%s/%s/%s-%sZ-%s.sql.gz", database->backups->bucket, plan->database, plan->name,
                        compact, operation);
}

static void verb_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *value, struct outcome *out)
{
    const struct backup_arguments *given = value;
    struct backup_plan plan = given->plan;
    bool overwrites = backup_overwrites(&plan) || plan.is_trial_alone;
    const struct operation *other;

    (void)question;
    if (given->only_looks) {
        backup_look_begin(view, &plan, out);
        return;
    }
    if (overwrites && is_held(view, request, &plan, out))
        return;
    other = overwrites ? find_other(view, plan.database) : NULL;
    if (other) {
        outcome_refuse(out, "*%s* restores or imports `%s` already: look at its card. Nothing was done.", other->id,
                       plan.database);
        return;
    }
    if (strcmp(plan.action, BACKUP_EXPORT) == 0)
        plan.file = file_of(view, &plan, out->operation_id);
    backup_begin(view, &plan, out);
}

static const char *const details[] = {
    "`create DATABASE \"WHY\"`: a backup now, with these words",
    "`list DATABASE`: the newest, whether they are good, and how old",
    "`restore DATABASE ID`: what that would overwrite, and the line that does it; nothing is done",
    "`restore DATABASE ID --confirm DATABASE`: over what is there, which is backed up first; where the configuration names "
    "`restore_into`, into that instance first, and `promote D7` goes on",
    "`restore DATABASE ID --into INSTANCE`: into that one alone, as a test; `latest` is the newest good backup",
    "`export DATABASE [NAME]`: to a new file in its bucket",
    "`import DATABASE [NAME] gs://FILE --confirm DATABASE`: what the file says, over what is there; without `--confirm` it "
    "is told",
    "`--no-safety-backup`: without a backup of what is overwritten; nothing goes back then",
    "`--reason TEXT`: on the card and in the journal",
    BROKEN_DETAIL,
    NULL,
};

const struct verb verb_backup = {
    .name = "backup",
    .usage = "backup create|list|restore|export|import DATABASE [ID | NAME] [gs://FILE] [--confirm DATABASE] "
             "[--into INSTANCE] [--no-safety-backup] [--reason TEXT] [--break-glass TEXT]",
    .also_ruled_as = "restore",
    .summary = "back up, restore, export and import a database",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .takes_glass = true,
    .is_asked_again = true,
    .only_looks = backup_only_looks,
    .asks = backup_asks,
    .refused = hold_refused,
    .begin = verb_begin,
};
