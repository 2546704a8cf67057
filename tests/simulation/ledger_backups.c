/* ledger_backups.c - backups that are made and restored: each call once, for nobody sends one again who does not know
 * what became of it; nothing is overwritten that was not named, nor before what is there is backed up, nor before a
 * person who has seen it elsewhere says so; and what is told of it is true.
 */
#include "tests/simulation/ledger_internal.h"

#include "tests/simulation/house.h"

#include <inttypes.h>
#include <string.h>

struct errand { /* a call that is to be made, and what came of it */
    const char *instance, *kind;
    int sends, taken;
    bool is_good; /* at Google */
};
struct backing { /* an operation's */
    struct errand *errands;
    size_t errands_count;
    int agains, promotions; /* what people said to it */
    bool has_ended;
};

static bool is_restore(const struct errand *errand)
{
    return ledger_is_same(errand->kind, "restore");
}

static struct errand *find_errand(struct ledger *ledger, struct backing *backing, const char *instance, bool is_restore)
{
    const char *kind = is_restore ? "restore" : "create";
    struct errand *errand;

    for (size_t i = 0; i < backing->errands_count; i++)
        if (ledger_is_same(backing->errands[i].instance, instance) && ledger_is_same(backing->errands[i].kind, kind))
            return &backing->errands[i];
    errand = ARENA_PUSH(ledger->arena, backing->errands, backing->errands_count);
    *errand = (struct errand){ .instance = arena_strdup(ledger->arena, instance), .kind = kind };
    return errand;
}

void backups_operation(struct ledger *ledger, struct known_operation *operation)
{
    if (ledger_is_same(operation->kind, "backup") && !operation->backing)
        operation->backing = ARENA_NEW(ledger->arena, struct backing);
}

void backups_effect(struct ledger *ledger, struct known_effect *effect, const cJSON *json)
{
    struct known_operation *operation = ledger_find_operation(ledger, effect->operation);
    struct errand *errand;

    if (strcmp(effect->kind, EFFECT_BACKUP) != 0 || !operation || !operation->backing)
        return;
    errand = find_errand(ledger, operation->backing, json_find_string(json, "args.into"),
                         ledger_is_same(json_find_string(json, "args.kind"), "restore"));
    errand->sends++;
    effect->is_elsewhere = is_restore(errand) && ledger_is_same(errand->instance, HOUSE_TRIAL);
}

void backups_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    struct known_operation *operation = ledger_find_operation(ledger, json_find_string(core, "operation"));

    if (!operation || !operation->backing)
        return;
    if (ledger_is_same(kind, "backup.in_doubt"))
        ledger_count(ledger, DEED_BACKUP_DOUBTED);
    operation->backing->agains += ledger_is_same(kind, "backup.again") ? 1 : 0;
    operation->backing->promotions += ledger_is_same(kind, "backup.promoted") ? 1 : 0;
}

/* ---- outside ---- */

/* "U0ALICE backup restore ledger 17 --confirm ledger" */
static bool is_typed(const struct ledger *ledger, const struct known_operation *operation, const char *before,
                     const char *wanted)
{
    const struct input *input = ledger_find_input(ledger, operation->request_id);
    struct str rest = str_of(input && input->line ? input->line : ""), word, last = { 0 };

    while (!str_is_empty(word = str_take_word(&rest))) {
        if ((!wanted || str_is(word, wanted)) && (!before || str_is(last, before)))
            return true;
        last = word;
    }
    return false;
}

static const char *instance_of(struct ledger *ledger, const struct known_operation *operation)
{
    return arena_printf(ledger->arena, "%s-db", operation->target ? operation->target : "nothing");
}

static void check_real(struct ledger *ledger, const struct known_operation *operation, const char *instance)
{
    struct backing *backing = operation->backing;
    bool is_tried = ledger_is_same(operation->target, HOUSE_TRIED);

    if (!is_typed(ledger, operation, "--confirm", operation->target))
        ledger_complain(ledger, "nothing is overwritten that was not named twice", "%s restores over %s", operation->id,
                        instance);
    if (!is_typed(ledger, operation, NULL, "--no-safety-backup") &&
        !find_errand(ledger, backing, instance, false)->is_good)
        ledger_complain(ledger, "what is there is backed up before it is overwritten", "%s restores over %s",
                        operation->id, instance);
    if (is_tried && (backing->promotions == 0 || !find_errand(ledger, backing, HOUSE_TRIAL, true)->is_good))
        ledger_complain(ledger, "what is restored elsewhere first waits there for a person", "%s restores over %s",
                        operation->id, instance);
}

static void check_restore(struct ledger *ledger, const struct known_operation *operation, const struct world_work *work)
{
    bool is_trial = ledger_is_same(work->instance, HOUSE_TRIAL) && ledger_is_same(operation->target, HOUSE_TRIED);

    if (ledger_is_same(work->instance, instance_of(ledger, operation)))
        check_real(ledger, operation, work->instance);
    else if (!is_trial)
        ledger_complain(ledger, "a restore goes into no instance that is not given away for it",
                        "%s, of %s, restores into %s", operation->id, operation->target, work->instance);
    if (!is_typed(ledger, operation, NULL, "latest") && !is_typed(ledger, operation, NULL, work->backup))
        ledger_complain(ledger, "the backup is restored that was named", "%s restores %s", operation->id, work->backup);
    ledger_count(ledger, is_trial ? DEED_RESTORED_ELSEWHERE : DEED_RESTORED);
}

static void taken(struct ledger *ledger, const struct known_operation *operation, struct errand *errand,
                  const struct world_work *work)
{
    if (errand->taken > 0)
        ledger_complain(ledger, "a backup is made or restored once", "%s begins another %s of %s", operation->id,
                        work->type, work->instance);
    if (operation->result && operation->summary &&
        (strstr(operation->summary, "Nothing was changed.") || strstr(operation->summary, "itself was not changed.")))
        ledger_complain(ledger, "what is said is true", "%s says \"%s\", and begins %s of %s", operation->id,
                        operation->summary, work->type, work->instance);
    errand->taken++;
    if (is_restore(errand))
        check_restore(ledger, operation, work);
    else if (!ledger_is_same(work->instance, instance_of(ledger, operation)))
        ledger_complain(ledger, "what is backed up is what was named", "%s, of %s, backs %s up", operation->id,
                        operation->target, work->instance);
    else
        ledger_count(ledger, DEED_BACKED_UP);
}

void backups_work(struct ledger *ledger, const struct world_work *work)
{
    struct known_effect *effect = work->log ? ledger_find_effect(ledger, work->log->sender.effect) : NULL;
    struct known_operation *operation = effect ? ledger_find_operation(ledger, effect->operation) : NULL;
    bool is_restored = strcmp(work->type, "RESTORE_VOLUME") == 0;
    struct errand *errand;

    if (!work->log || (!is_restored && strcmp(work->type, "BACKUP_VOLUME") != 0))
        return;
    if (!operation || !operation->backing) {
        ledger_complain(ledger, "only who was asked to makes and restores backups", "%s begins %s of %s",
                        effect ? effect->id : "nobody", work->type, work->instance);
        return;
    }
    effect->has_changed = true;
    errand = find_errand(ledger, operation->backing, work->instance, is_restored);
    if (work->phase == WORK_TAKEN)
        taken(ledger, operation, errand, work);
    else if (work->phase == (is_restored ? WORK_ENDED : WORK_SHOWN) && work->is_good)
        errand->is_good = true;
}

/* ---- its end ---- */

static const struct errand *last_errand(struct ledger *ledger, const struct known_operation *operation)
{
    bool is_restored = is_typed(ledger, operation, NULL, "restore"),
         is_into = is_typed(ledger, operation, NULL, "--into");

    return find_errand(ledger, operation->backing, is_into ? HOUSE_TRIAL : instance_of(ledger, operation), is_restored);
}

static void check_end(struct ledger *ledger, const struct known_operation *operation)
{
    const struct backing *backing = operation->backing;
    const char *summary = operation->summary ? operation->summary : "";
    bool is_done = ledger_is_same(operation->result, "done");

    if (is_done && !last_errand(ledger, operation)->is_good)
        ledger_complain(ledger, "what is said is true",
                        "%s is done, and what it was asked for has not come to a good end", operation->id);
    if (is_done)
        ledger_count(ledger, DEED_BACKUP_DONE);
    for (size_t i = 0; i < backing->errands_count; i++) {
        const struct errand *errand = &backing->errands[i];
        bool is_real = is_restore(errand) && ledger_is_same(errand->instance, instance_of(ledger, operation));

        if (errand->taken > 0 &&
            (strstr(summary, "Nothing was changed.") || (is_real && strstr(summary, "itself was not changed."))))
            ledger_complain(ledger, "what is said is true", "%s says \"%s\", and began a %s of %s", operation->id,
                            summary, errand->kind, errand->instance);
    }
}

void backups_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->touched_count; i++) {
        const struct known_operation *operation = ledger->touched[i];
        struct backing *backing = operation->backing;
        int more = 0;

        if (!backing)
            continue;
        for (size_t k = 0; k < backing->errands_count; k++)
            more += backing->errands[k].sends > 1 ? backing->errands[k].sends - 1 : 0;
        if (more > backing->agains)
            ledger_complain(ledger, "what is in doubt is sent again by a person alone",
                            "%s sent %d calls once more, and %d times somebody said so", operation->id, more,
                            backing->agains);
        if (!operation->result || backing->has_ended || operation->is_stuck)
            continue;
        backing->has_ended = true;
        check_end(ledger, operation);
    }
}
