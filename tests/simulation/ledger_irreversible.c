/* ledger_irreversible.c - what is irreversible is left by nothing but broken glass; and nothing else is kept for it.
 *
 * Which deploys are irreversible is read from what people typed, where their traffic is from what moved. A revision
 * counts from the first traffic that its own deploy gave it, until it is left: with a glass, or by hand.
 */
#include "tests/simulation/ledger_internal.h"

#include <string.h>

struct irreversible { /* a revision that is to stay */
    const char *place, *revision;
    const struct known_operation *operation; /* that brought it */
    bool is_left;
};

/* ---- which are ---- */

static const struct known_operation *root_of(const struct ledger *ledger, const struct known_operation *operation)
{
    const struct known_operation *parent;

    while ((parent = ledger_find_operation(ledger, operation->parent)) != NULL)
        operation = parent;
    return operation;
}

/* As somebody typed it: "U0BOB deploy shop staging v7 --irreversible". NULL: nobody has. */
static const char *line_of(const struct ledger *ledger, const struct known_operation *operation)
{
    const char *request_id = root_of(ledger, operation)->request_id;

    for (size_t i = ledger->inputs_count; i > 0; i--)
        if (ledger_is_same(ledger->inputs[i - 1].request_id, request_id))
            return ledger->inputs[i - 1].line;
    return NULL;
}

static bool says(const char *line, const char *option)
{
    return line && strstr(line, option);
}

/* By its own words, or, where nobody typed any, perhaps by a release's. */
static bool may_be(const struct ledger *ledger, const struct known_operation *operation)
{
    const char *line = line_of(ledger, operation);

    return ledger_is_same(operation->kind, "deploy") && (!line || says(line, " --irreversible"));
}

/* "shop/staging/us-central1" is at "shop/staging", too. */
static bool is_at(const char *target, const char *place)
{
    struct str rest = str_of(target);

    return target && str_take_prefix(&rest, place) && (rest.len == 0 || rest.at[0] == '/');
}

/* An image that was said to be irreversible there is so the next time, too: so each deploy there speaks for all. */
static bool may_be_at(const struct ledger *ledger, const char *place)
{
    for (size_t i = 0; i < ledger->operations_count; i++)
        if (is_at(ledger->operations[i]->target, place) && may_be(ledger, ledger->operations[i]))
            return true;
    return false;
}

/* Of the revisions that ours made, as they were recorded; whatever stood there before is older than all. */
static size_t age_of(const struct ledger *ledger, const char *revision)
{
    size_t i = ledger->versions_count;

    while (i > 0 && strcmp(ledger->versions[i - 1].revision, revision) != 0)
        i--;
    return i;
}

/* ---- what moves ---- */

static int64_t percent_before(const struct world_change *change, const char *revision)
{
    return ledger_percent(change->before, change->before_count, revision);
}

static int64_t percent_after(const struct world_change *change, const char *revision)
{
    return ledger_percent(change->after, change->after_count, revision);
}

/* One that is older gets more traffic. NULL: none does. */
static const char *find_older(const struct ledger *ledger, const struct irreversible *kept,
                              const struct world_change *change)
{
    for (size_t i = 0; i < change->after_count; i++) {
        const char *revision = change->after[i].revision;

        if (age_of(ledger, revision) < age_of(ledger, kept->revision) &&
            change->after[i].percent > percent_before(change, revision))
            return revision;
    }
    return NULL;
}

/* It loses traffic; or it has served all of it, and was left for something newer, which had run on what it changed. */
static bool is_passed(const struct irreversible *kept, const struct world_change *change)
{
    int64_t before = percent_before(change, kept->revision);

    return percent_after(change, kept->revision) < before ||
           (before == 0 && ledger_is_same(kept->operation->result, "done"));
}

/* Somebody broke a glass for it, and may: ledger_glass.c has seen that. */
static bool may_leave(const struct ledger *ledger, const struct known_operation *operation)
{
    return ledger_is_same(operation->kind, "rollback") && glass_is_broken(ledger, operation);
}

static void check_left(struct ledger *ledger, struct irreversible *kept, const struct known_operation *operation,
                       const struct world_change *change)
{
    const char *older = kept->is_left || strcmp(kept->place, change->place) != 0 || !is_passed(kept, change)
                            ? NULL
                            : find_older(ledger, kept, change);

    if (!older)
        return;
    kept->is_left = true;
    if (!may_leave(ledger, operation))
        ledger_complain(ledger, "what is irreversible is left by broken glass alone",
                        "%s takes %s from %s of %s, which is irreversible, back to %s", operation->id, change->place,
                        kept->revision, kept->operation->id, older);
}

static bool is_known(const struct ledger *ledger, const char *revision)
{
    for (size_t i = 0; i < ledger->irreversible_count; i++)
        if (strcmp(ledger->irreversible[i].revision, revision) == 0)
            return true;
    return false;
}

void irreversible_moved(struct ledger *ledger, const struct known_operation *operation,
                        const struct world_change *change)
{
    const char *revision = operation && operation->rollout ? operation->rollout->revision : NULL;

    for (size_t i = 0; operation && i < ledger->irreversible_count; i++)
        check_left(ledger, &ledger->irreversible[i], operation, change);
    if (!revision || is_known(ledger, revision) ||
        percent_after(change, revision) <= percent_before(change, revision) ||
        !says(line_of(ledger, operation), " --irreversible"))
        return;
    *ARENA_PUSH(ledger->arena, ledger->irreversible, ledger->irreversible_count) = (struct irreversible){
        .place = arena_strdup(ledger->arena, change->place), .revision = revision, .operation = operation
    };
}

/* Whoever goes back by hand knows what they do; what ours find then is as good as any. */
void irreversible_foreign(struct ledger *ledger, const struct world_change *change)
{
    for (size_t i = 0; i < ledger->irreversible_count; i++) {
        struct irreversible *kept = &ledger->irreversible[i];

        if (strcmp(kept->place, change->place) == 0 &&
            (percent_after(change, kept->revision) < percent_before(change, kept->revision) ||
             find_older(ledger, kept, change)))
            kept->is_left = true;
    }
}

/* ---- and nothing else is ---- */

static void check_is(struct ledger *ledger, const char *place, const char *id, const char *what)
{
    if (place && !may_be_at(ledger, place))
        ledger_complain(ledger, "only what is irreversible is kept as that",
                        "%s %s, and nothing irreversible was ever "
                        "deployed to %s",
                        id, what, place);
}

void irreversible_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    const char *why = json_find_string(core, "body.why");
    const struct known_operation *operation = ledger_find_operation(ledger, json_find_string(core, "operation"));

    if (!operation)
        return;
    if (strcmp(kind, "deploy.stayed") == 0)
        check_is(ledger, operation->target, operation->id, "stays under a rollback");
    if (strcmp(kind, "rollback.glass_broken") == 0)
        check_is(ledger, operation->target, operation->id, "breaks a glass");
    if (strcmp(kind, "deploy.held") != 0 || !why || !strstr(why, "It is irreversible"))
        return;
    check_is(ledger, operation->target, operation->id, "is held");
    ledger_count(ledger, DEED_IRREVERSIBLE_HELD);
}

/* "U0BOB rollback shop staging", "U0BOB abort D7 --look 3". NULL: somewhere else. */
static const char *place_of(struct ledger *ledger, const char *line)
{
    struct str rest = str_of(line), first, second;
    const struct known_operation *operation;

    str_take_word(&rest);
    str_take_word(&rest);
    first = str_take_word(&rest);
    second = str_take_word(&rest);
    operation = ledger_find_operation(ledger, arena_copy(ledger->arena, first));
    if (operation)
        return operation->target;
    return second.len > 0 && second.at[0] != '-'
               ? arena_printf(ledger->arena, STR_FMT "/" STR_FMT, STR_ARG(first), STR_ARG(second))
               : NULL;
}

void irreversible_told(struct ledger *ledger, const struct input *input, const char *text)
{
    if (!input->line || !text || !strstr(text, " is irreversible") || !strstr(text, "Nothing was done"))
        return;
    check_is(ledger, place_of(ledger, input->line), input->request_id, "is refused");
    ledger_count(ledger, DEED_IRREVERSIBLE_KEPT);
}

bool irreversible_keeps_waiting(struct ledger *ledger, const struct known_operation *rollback)
{
    AUTO_JSON cJSON *record = NULL;
    struct error ignored;

    if (!rollback->record || !json_parse(str_of(rollback->record), &record, &ignored) ||
        !json_find_string(record, "body.kept_waiting"))
        return false;
    check_is(ledger, rollback->target, rollback->id, "waits for a glass");
    return true;
}

/* ---- for people ---- */

const char *ledger_find_irreversible(const struct ledger *ledger)
{
    for (size_t i = ledger->irreversible_count; i > 0; i--)
        if (!ledger->irreversible[i - 1].is_left)
            return ledger->irreversible[i - 1].operation->target;
    return NULL;
}
