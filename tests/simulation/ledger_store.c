/* ledger_store.c - what the store accepted and what commits write: inputs, operations, effects, targets, the journal.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEATHS_MAX 11    /* under a trying mark, before even the answer may be left out */
#define DEATHS_MAX_OWN 3 /* by its own signal */

/* ---- what the store accepted ---- */

void ledger_saw_accept(void *ctx, bool is_safe, struct twin_id id, struct str bytes)
{
    struct ledger *ledger = ctx;
    AUTO_JSON cJSON *json = NULL;
    struct input *input = ARENA_PUSH(ledger->arena, ledger->inputs, ledger->inputs_count);
    struct error err;

    ledger->counts.accepted++;
    input->accepted_ms = ledger_now_ms(ledger);
    input->id = arena_printf(ledger->arena, "inbox%s:%" PRIu64 "-%" PRIu64, is_safe ? ":safe" : "", id.ms, id.n);
    if (!json_parse(bytes, &json, &err))
        return;
    input->request_id = arena_strdup(ledger->arena, json_find_string(json, "request_id"));
    input->line = clicks_line(ledger, json_find_string(json, "kind"), json_find_string(json, "body"));
    input->connection = arena_strdup(ledger->arena, json_find_string(json, "reply_to.connection"));
    input->url = arena_strdup(ledger->arena, json_find_string(json, "reply_to.url"));
    events_accepted(ledger, input, json);
    for (size_t i = 0; !ledger->is_store_lost && i + 1 < ledger->inputs_count; i++)
        if (ledger_is_same(ledger->inputs[i].url, input->url))
            ledger_complain(ledger, "a delivery is accepted once", "\"%s\" is %s and %s",
                            input->line ? input->line : "-", ledger->inputs[i].id, input->id);
}

static void end_input(struct ledger *ledger, const char *id, const char *request_id, const char *kind)
{
    for (size_t i = ledger->inputs_count; i > 0; i--) {
        struct input *input = &ledger->inputs[i - 1];

        if (!ledger_is_same(input->id, id) && !ledger_is_same(input->request_id, request_id))
            continue;
        if (++input->ends > 1)
            ledger_complain(ledger, "an accepted input is applied once", "%s (%s) has ended a second time, by %s",
                            input->id, input->request_id ? input->request_id : "-", kind);
        return;
    }
    ledger_complain(ledger, "what is decided was accepted", "nothing accepted belongs to the entry %s of %s", kind,
                    request_id ? request_id
                    : id       ? id
                               : "-");
}

/* ---- what commits write ---- */

static void read_shares(struct ledger *ledger, const cJSON *list, struct run_share **ret_shares, size_t *ret_count)
{
    JSON_EACH(item, list) {
        struct run_share *share = ARENA_PUSH(ledger->arena, *ret_shares, *ret_count);

        share->revision = arena_strdup(ledger->arena, json_find_string(item, "revision"));
        share->percent = json_find_int(item, "percent", 0);
    }
}

static void put_effect(struct ledger *ledger, const cJSON *json)
{
    const char *outside_id = json_find_string(json, "outside_id");
    struct known_effect *effect = ledger_find_effect(ledger, outside_id);
    struct known_operation *operation;

    if (effect && effect->dropped_ms < 0) { /* the started mark, or it is called off */
        rollouts_effect(ledger, effect, json);
        return;
    }
    if (effect) {
        ledger_complain(ledger, "an effect is recorded once", "%s comes back after its end", effect->id);
        return;
    }
    effect = ARENA_NEW(ledger->arena, struct known_effect);
    *ARENA_PUSH(ledger->arena, ledger->effects, ledger->effects_count) = effect;
    ledger->counts.effects++;
    *effect = (struct known_effect){ .id = arena_strdup(ledger->arena, json_find_string(json, "id")),
                                     .outside_id = arena_strdup(ledger->arena, outside_id),
                                     .kind = arena_strdup(ledger->arena, json_find_string(json, "kind")),
                                     .lane = arena_strdup(ledger->arena, json_find_string(json, "lane")),
                                     .operation = arena_strdup(ledger->arena, json_find_string(json, "operation")),
                                     .order = json_find_int(json, "order", 0),
                                     .goes_first = json_find_bool(json, "goes_first", false),
                                     .can_join = json_find_bool(json, "can_join", false),
                                     .recorded_ms = ledger_now_ms(ledger),
                                     .dropped_ms = -1 };
    effect->row = effect_kind_find(ledger->options.effect_kinds, ledger->options.effect_kinds_count, effect->kind);
    read_shares(ledger, json_find(json, "args.expected"), &effect->expected, &effect->expected_count);
    read_shares(ledger, json_find(json, "args.wanted"), &effect->wanted, &effect->wanted_count);
    rollouts_effect(ledger, effect, json);
    programs_effect(ledger, effect);
    scaling_effect(ledger, effect, json);
    failovers_effect(ledger, effect);
    backups_effect(ledger, effect, json);
    pages_effect(ledger, effect, json);
    prompts_effect(ledger, effect, json);
    together_effect(ledger, effect, json);
    if (!json_find_string(json, "args.card.operation"))
        return;
    operation = ledger_get_operation(ledger, json_find_string(json, "args.card.operation"));
    if (effect->order > operation->card_order) {
        operation->card_effect = effect->outside_id;
        operation->card_order = effect->order;
    }
}

static void drop_effect(struct ledger *ledger, const char *id)
{
    struct known_effect *effect = ledger_find_effect_by_id(ledger, id);

    if (effect && effect->dropped_ms < 0)
        effect->dropped_ms = scheduler_now_ms(ledger->options.scheduler);
}

/* Nobody's request begins two. */
static void check_begun_once(struct ledger *ledger, const struct known_operation *operation)
{
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *other = ledger->operations[i];

        if (other != operation && !operation->parent && !other->parent &&
            ledger_is_same(other->request_id, operation->request_id))
            ledger_complain(ledger, "nobody's request acts twice", "%s began %s and %s", operation->request_id,
                            other->id, operation->id);
    }
}

static void put_operation(struct ledger *ledger, const cJSON *json, struct str text, bool is_live)
{
    const char *id = json_find_string(json, "id"), *outside_id = json_find_string(json, "outside_id");
    struct known_operation *operation = ledger_get_operation(ledger, id);

    if (!operation->outside_id) {
        operation->outside_id = arena_strdup(ledger->arena, outside_id);
        operation->kind = arena_strdup(ledger->arena, json_find_string(json, "kind"));
        operation->target = arena_strdup(ledger->arena, json_find_string(json, "target"));
        operation->request_id = arena_strdup(ledger->arena, json_find_string(json, "request_id"));
        operation->parent = arena_strdup(ledger->arena, json_find_string(json, "parent"));
        operation->requester = arena_strdup(ledger->arena, json_find_string(json, "requester.id"));
        operation->begun_ms = ledger_now_ms(ledger);
        check_begun_once(ledger, operation);
        events_begun(ledger, operation);
    }
    if (!ledger_is_same(operation->outside_id, outside_id))
        ledger_complain(ledger, "an operation's id is given once", "%s was %s and is %s now", id, operation->outside_id,
                        outside_id ? outside_id : "-");
    if (!operation->is_live && is_live)
        ledger_complain(ledger, "every operation ends once", "%s is written again after its end", id);
    operation->is_live = is_live;
    operation->is_stuck = json_find_bool(json, "is_stuck", false);
    operation->has_card = json_find_string(json, "card_ts") != NULL;
    if (!operation->result)
        operation->result = arena_strdup(ledger->arena, json_find_string(json, "result"));
    if (!operation->summary)
        operation->summary = arena_strdup(ledger->arena, json_find_string(json, "summary"));
    if (!is_live)
        alone_ended(ledger, operation);
    releases_operation(ledger, operation);
    rollouts_operation(ledger, operation, json, text);
    groups_operation(ledger, operation, json);
    policy_operation(ledger, operation, json);
    glass_operation(ledger, operation, json);
    incidents_operation(ledger, operation, json);
    runbooks_operation(ledger, operation, json);
    scaling_operation(ledger, operation, json);
    blocks_operation(ledger, operation, json);
    failovers_operation(ledger, operation, json);
    backups_operation(ledger, operation);
    schedules_operation(ledger, operation, json);
}

/* It goes to the ended ones by the same commit; or nobody needs it any more. */
static void drop_operation(struct ledger *ledger, const char *id)
{
    struct known_operation *operation = ledger_find_operation(ledger, id);

    if (operation)
        operation->is_live = false;
}

static void put_target(struct ledger *ledger, const cJSON *json, struct str text)
{
    struct holder *holder = ledger_get_holder(ledger, json_find_string(json, "name"));
    const char *operation = json_find_string(json, "holder");

    if (holder->operation && !ledger_is_same(holder->operation, operation))
        holder->left = holder->operation;
    holder->operation = arena_strdup(ledger->arena, operation);
    free(holder->record);
    holder->record = str_copy(text);
}

/* Whoever held a target before this commit has ended by it, or is stuck. */
static void check_left(struct ledger *ledger, struct holder *holder)
{
    const struct known_operation *before = ledger_find_operation(ledger, holder->left);

    if (before && before->is_live && !before->result && !before->is_stuck)
        ledger_complain(ledger, "one operation at a time holds a target",
                        "%s goes to %s while %s holds it and has not ended", holder->target,
                        holder->operation ? holder->operation : "nobody", holder->left);
    holder->left = NULL;
}

static struct digest_hex entry_hash(const cJSON *entry)
{
    AUTO_FREE char *core = json_print(json_find(entry, "core"));
    AUTO(arena) struct arena *arena = arena_create();
    const char *personal = json_find_string(entry, "personal");

    return digest_hex(digest_sha256(str_of(arena_printf(
        arena, "%s\n%" PRId64 "\n%s\n%s\n%s", json_find_string(entry, "previous"), json_find_int(entry, "seq", 0),
        json_find_string(entry, "configuration"), core, personal ? personal : ""))));
}

static void count_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    const char *id = json_find_string(core, "operation");
    struct known_operation *operation;

    rollouts_entry(ledger, kind, core);
    runbooks_entry(ledger, kind, core);
    schedules_entry(ledger, kind, core);
    failovers_entry(ledger, kind, core);
    backups_entry(ledger, kind, core);
    alone_entry(ledger, kind, core);
    groups_entry(ledger, kind, core);
    events_entry(ledger, kind, core);
    releases_entry(ledger, kind, core);
    holds_entry(ledger, kind, core);
    queue_entry(ledger, kind, core);
    glass_entry(ledger, kind, core);
    irreversible_entry(ledger, kind, core);
    refused_entry(ledger, kind, core);
    if (json_find_string(core, "body.parent") ||
        (strcmp(kind, "request.dead") == 0 &&
         str_starts_with(str_of(json_find_string(core, "body.input")), "message:")))
        return; /* an operation asked for it, nobody at a door */
    if (str_starts_with(str_of(kind), "request.") && events_asked(ledger, json_find_string(core, "request_id")))
        return;
    if (str_starts_with(str_of(kind), "request.")) {
        end_input(ledger, json_find_string(core, "body.input"), json_find_string(core, "request_id"), kind);
        return;
    }
    if (strcmp(kind, "effect.ended") == 0 && json_find_string(core, "body.effect")) {
        struct known_effect *effect = ledger_find_effect_by_id(ledger, json_find_string(core, "body.effect"));

        if (effect)
            effect->is_journalled = true;
        if (effect && ledger_is_same(json_find_string(core, "body.end"), "done"))
            effect->is_done = true;
    }
    if (!str_starts_with(str_of(kind), "operation.") || !id)
        return;
    operation = ledger_get_operation(ledger, id);
    if (strcmp(kind, "operation.begun") == 0 && ++operation->begun > 1)
        ledger_complain(ledger, "every operation begins once", "%s begins again", id);
    if (strcmp(kind, "operation.ended") != 0)
        return;
    if (++operation->ended > 1)
        ledger_complain(ledger, "every operation ends once", "%s ends a second time", id);
    if (!operation->result)
        operation->result = arena_strdup(ledger->arena, json_find_string(core, "body.result"));
}

static void append_entry(struct ledger *ledger, const struct store_commit *commit, const cJSON *entry)
{
    const char *previous = json_find_string(entry, "previous"), *hash = json_find_string(entry, "hash");
    const cJSON *core = json_find(entry, "core");
    int64_t n = json_find_int(core, "n", 0);

    ledger->counts.entries++;
    if (!ledger_is_same(previous, ledger->journal_head))
        ledger_complain(ledger, "the journal's chain is unbroken", "entry %" PRId64 " follows %s, the head is %s", n,
                        previous ? previous : "-", ledger->journal_head);
    if (n != ledger->journal_n + 1 || json_find_int(entry, "seq", 0) != commit->seq)
        ledger_complain(ledger, "the journal counts on", "entry %" PRId64 " after %" PRId64 ", in commit %" PRId64, n,
                        ledger->journal_n, commit->seq);
    if (!ledger_is_same(entry_hash(entry).text, hash))
        ledger_complain(ledger, "the journal's chain is unbroken", "entry %" PRId64 " has another hash than it says",
                        n);
    snprintf(ledger->journal_head, sizeof(ledger->journal_head), "%s", hash ? hash : "");
    ledger->journal_n = n;
    policy_entry(ledger, commit, entry);
    count_entry(ledger, json_find_string(core, "kind"), core);
}

void ledger_saw_write(void *ctx, const struct store_commit *commit, const struct store_write *write)
{
    struct ledger *ledger = ctx;
    AUTO_JSON cJSON *json = NULL;
    struct error err;
    bool is_put = write->verb == STORE_PUT, is_drop = write->verb == STORE_DROP;

    timers_write(ledger, write);
    if (is_drop && write->place == STORE_EFFECTS)
        drop_effect(ledger, write->field);
    if (is_drop && write->place == STORE_OPERATIONS)
        drop_operation(ledger, write->field);
    if (is_drop && write->place == STORE_MESSAGES)
        groups_message_used(ledger, write->field);
    if (!is_put && write->verb != STORE_APPEND)
        return;
    if (write->place != STORE_EFFECTS && write->place != STORE_OPERATIONS && write->place != STORE_ENDED &&
        write->place != STORE_TARGETS && write->place != STORE_MESSAGES && write->place != STORE_JOURNAL)
        return;
    if (!json_parse(write->value, &json, &err)) {
        ledger_complain(ledger, "records are JSON", "%s %s: %s", store_place_names[write->place], write->field,
                        err.message);
        return;
    }
    if (write->place == STORE_OPERATIONS)
        members_operation(ledger, commit, json);
    if (write->place == STORE_EFFECTS)
        put_effect(ledger, json);
    else if (write->place == STORE_OPERATIONS || write->place == STORE_ENDED)
        put_operation(ledger, json, write->value, write->place == STORE_OPERATIONS);
    else if (write->place == STORE_TARGETS)
        put_target(ledger, json, write->value);
    else if (write->place == STORE_MESSAGES)
        groups_message(ledger, json);
    else
        append_entry(ledger, commit, json);
}

static bool has(struct str text, struct str part)
{
    return memmem(text.at, text.len, part.at, part.len) != NULL;
}

/* A decision on one input writes one entry of these at most. */
static bool is_shared(const struct store_commit *commit)
{
    size_t decided = 0;

    for (size_t i = 0; i < commit->count; i++) {
        const struct store_write *write = &commit->writes[i];

        if (write->place == STORE_JOURNAL && write->verb == STORE_APPEND)
            decided += has(write->value, STR_LIT("\"kind\":\"request.")) ||
                       has(write->value, STR_LIT("\"kind\":\"effect.ended\""));
    }
    return decided > 1;
}

void ledger_saw_commit(void *ctx, const struct store_commit *commit)
{
    struct ledger *ledger = ctx;

    ledger->counts.commits++;
    story_tell(ledger->options.story, "store", "commit %" PRId64 " (%zu writes)", commit->seq, commit->count);
    if (ledger->is_store_lost)
        ledger_complain(ledger, "a store that is not the known one is never used",
                        "commit %" PRId64 " is written to it", commit->seq);
    if (commit->seq != ledger->seq + 1)
        ledger_complain(ledger, "commits count on", "%" PRId64 " follows %" PRId64, commit->seq, ledger->seq);
    ledger->seq = commit->seq;
    if (is_shared(commit))
        ledger_count(ledger, DEED_SHARED);
    for (size_t i = 0; i < ledger->holders_count; i++)
        check_left(ledger, &ledger->holders[i]);
    clicks_commit(ledger);
    programs_commit(ledger);
    runbooks_commit(ledger);
    scaling_commit(ledger);
    blocks_commit(ledger);
    failovers_commit(ledger);
    backups_commit(ledger);
    groups_commit(ledger);
    holds_commit(ledger);
    queue_commit(ledger);
    policy_commit(ledger, commit);
    glass_commit(ledger);
    incidents_commit(ledger);
    rollouts_commit(ledger);
    timers_commit(ledger, commit);
}

void ledger_saw_mark(void *ctx, const char *input_id, struct str value)
{
    struct ledger *ledger = ctx;
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;

    if (!json_parse(value, &json, &ignored) ||
        (json_find_int(json, "n", 0) <= DEATHS_MAX && json_find_int(json, "own", 0) <= DEATHS_MAX_OWN))
        return;
    for (size_t i = 0; i < ledger->inputs_count; i++)
        if (ledger_is_same(ledger->inputs[i].id, input_id))
            ledger->inputs[i].kills_on = true;
}

void ledger_saw_lease(void *ctx, enum lease_action action, const char *nonce, const char *instance)
{
    struct ledger *ledger = ctx;

    timers_leased(ledger, action, instance);
    if (action == LEASE_RENEW)
        return;
    story_tell(ledger->options.story, "store", "%s %s", instance,
               action == LEASE_TAKE ? "takes the lease" : "releases it");
    alone_lease(ledger, action, instance);
    snprintf(ledger->lease_nonce, sizeof(ledger->lease_nonce), "%s", action == LEASE_TAKE ? nonce : "");
    snprintf(ledger->lease_instance, sizeof(ledger->lease_instance), "%s", action == LEASE_TAKE ? instance : "");
}
