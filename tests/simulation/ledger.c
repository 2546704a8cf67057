#include "tests/simulation/ledger_internal.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"
#include "bot/model/inbox.h"
#include "bot/model/operation.h"
#include "bot/model/target.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEATHS_MAX 11                              /* under a trying mark, before even the answer may be left out */
#define DEATHS_MAX_OWN 3                           /* by its own signal */
#define LOST_STORE_MS (STORE_LEASE_MS + SECOND_MS) /* a lease that was good when the store went may be used up */

/* ---- complaints ---- */

void ledger_complain(struct ledger *ledger, const char *invariant, const char *fmt, ...)
{
    char text[400];
    va_list args;

    if (ledger->complaint[0])
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    snprintf(ledger->complaint, sizeof(ledger->complaint), "%s: %s", invariant, text);
    story_tell(ledger->options.story, "BROKEN", "%s", ledger->complaint);
}

bool ledger_is_good(const struct ledger *ledger)
{
    return ledger->complaint[0] == '\0';
}

const char *ledger_complaint(const struct ledger *ledger)
{
    return ledger->complaint;
}

void ledger_count(struct ledger *ledger, enum deed deed)
{
    ledger->counts.deeds[deed]++;
}

int64_t ledger_now_ms(const struct ledger *ledger)
{
    return scheduler_now_ms(ledger->options.scheduler);
}

/* ---- finding ---- */

bool ledger_is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

struct known_effect *ledger_find_effect(const struct ledger *ledger, const char *outside_id)
{
    for (size_t i = ledger->effects_count; outside_id && i > 0; i--)
        if (strcmp(ledger->effects[i - 1]->outside_id, outside_id) == 0)
            return ledger->effects[i - 1];
    return NULL;
}

struct known_effect *ledger_find_effect_by_id(const struct ledger *ledger, const char *id)
{
    for (size_t i = ledger->effects_count; i > 0; i--)
        if (strcmp(ledger->effects[i - 1]->id, id) == 0)
            return ledger->effects[i - 1];
    return NULL;
}

struct known_operation *ledger_find_operation(const struct ledger *ledger, const char *id)
{
    for (size_t i = ledger->operations_count; id && i > 0; i--)
        if (strcmp(ledger->operations[i - 1]->id, id) == 0)
            return ledger->operations[i - 1];
    return NULL;
}

struct known_operation *ledger_find_operation_outside(const struct ledger *ledger, const char *outside_id)
{
    for (size_t i = ledger->operations_count; outside_id && i > 0; i--)
        if (ledger_is_same(ledger->operations[i - 1]->outside_id, outside_id))
            return ledger->operations[i - 1];
    return NULL;
}

struct known_operation *ledger_get_operation(struct ledger *ledger, const char *id)
{
    struct known_operation *operation = ledger_find_operation(ledger, id);

    if (operation)
        return operation;
    operation = ARENA_NEW(ledger->arena, struct known_operation);
    operation->id = arena_strdup(ledger->arena, id);
    operation->is_live = true;
    *ARENA_PUSH(ledger->arena, ledger->operations, ledger->operations_count) = operation;
    ledger->counts.operations++;
    return operation;
}

struct holder *ledger_get_holder(struct ledger *ledger, const char *target)
{
    struct holder *holder;

    for (size_t i = 0; i < ledger->holders_count; i++)
        if (strcmp(ledger->holders[i].target, target) == 0)
            return &ledger->holders[i];
    holder = ARENA_PUSH(ledger->arena, ledger->holders, ledger->holders_count);
    holder->target = arena_strdup(ledger->arena, target);
    return holder;
}

/* ---- what the store accepted ---- */

static void on_accepted(void *ctx, bool is_safe, struct twin_id id, struct str bytes)
{
    struct ledger *ledger = ctx;
    AUTO_JSON cJSON *json = NULL;
    struct input *input = ARENA_PUSH(ledger->arena, ledger->inputs, ledger->inputs_count);
    struct error err;

    ledger->counts.accepted++;
    input->id = arena_printf(ledger->arena, "inbox%s:%" PRIu64 "-%" PRIu64, is_safe ? ":safe" : "", id.ms, id.n);
    if (!json_parse(bytes, &json, &err))
        return;
    input->request_id = arena_strdup(ledger->arena, json_find_string(json, "request_id"));
    input->line = clicks_line(ledger, json_find_string(json, "body"));
    input->connection = arena_strdup(ledger->arena, json_find_string(json, "reply_to.connection"));
    input->url = arena_strdup(ledger->arena, json_find_string(json, "reply_to.url"));
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
                                     .recorded_ms = ledger_now_ms(ledger),
                                     .dropped_ms = -1 };
    effect->row = effect_kind_find(ledger->options.effect_kinds, ledger->options.effect_kinds_count, effect->kind);
    read_shares(ledger, json_find(json, "args.expected"), &effect->expected, &effect->expected_count);
    read_shares(ledger, json_find(json, "args.wanted"), &effect->wanted, &effect->wanted_count);
    rollouts_effect(ledger, effect, json);
    if (!json_find_string(json, "args.card.operation"))
        return;
    JSON_EACH(action, json_find(json, "args.card.actions"))
        *ARENA_PUSH(ledger->arena, effect->buttons, effect->buttons_count) =
            arena_strdup(ledger->arena, json_find_string(action, "command"));
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
        operation->begun_ms = ledger_now_ms(ledger);
        check_begun_once(ledger, operation);
    }
    if (!ledger_is_same(operation->outside_id, outside_id))
        ledger_complain(ledger, "an operation's id is given once", "%s was %s and is %s now", id, operation->outside_id,
                        outside_id ? outside_id : "-");
    if (!operation->is_live && is_live)
        ledger_complain(ledger, "every operation ends once", "%s is written again after its end", id);
    operation->is_live = is_live;
    operation->is_stuck = json_find_bool(json, "is_stuck", false);
    if (!operation->result)
        operation->result = arena_strdup(ledger->arena, json_find_string(json, "result"));
    if (!operation->summary)
        operation->summary = arena_strdup(ledger->arena, json_find_string(json, "summary"));
    rollouts_operation(ledger, operation, json, text);
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
    if (json_find_string(core, "body.parent") ||
        (strcmp(kind, "request.dead") == 0 &&
         str_starts_with(str_of(json_find_string(core, "body.input")), "message:")))
        return; /* an operation asked for it, nobody at a door */
    if (str_starts_with(str_of(kind), "request.")) {
        end_input(ledger, json_find_string(core, "body.input"), json_find_string(core, "request_id"), kind);
        return;
    }
    if (strcmp(kind, "effect.ended") == 0 && json_find_string(core, "body.effect")) {
        struct known_effect *effect = ledger_find_effect_by_id(ledger, json_find_string(core, "body.effect"));

        if (effect)
            effect->is_journalled = true;
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
    count_entry(ledger, json_find_string(core, "kind"), core);
}

static void on_write(void *ctx, const struct store_commit *commit, const struct store_write *write)
{
    struct ledger *ledger = ctx;
    AUTO_JSON cJSON *json = NULL;
    struct error err;
    bool is_put = write->verb == STORE_PUT, is_drop = write->verb == STORE_DROP;

    if (is_drop && write->place == STORE_EFFECTS)
        drop_effect(ledger, write->field);
    if (is_drop && write->place == STORE_OPERATIONS)
        drop_operation(ledger, write->field);
    if (!is_put && write->verb != STORE_APPEND)
        return;
    if (write->place != STORE_EFFECTS && write->place != STORE_OPERATIONS && write->place != STORE_ENDED &&
        write->place != STORE_TARGETS && write->place != STORE_JOURNAL)
        return;
    if (!json_parse(write->value, &json, &err)) {
        ledger_complain(ledger, "records are JSON", "%s %s: %s", store_place_names[write->place], write->field,
                        err.message);
        return;
    }
    if (write->place == STORE_EFFECTS)
        put_effect(ledger, json);
    else if (write->place == STORE_OPERATIONS || write->place == STORE_ENDED)
        put_operation(ledger, json, write->value, write->place == STORE_OPERATIONS);
    else if (write->place == STORE_TARGETS)
        put_target(ledger, json, write->value);
    else
        append_entry(ledger, commit, json);
}

static void on_commit(void *ctx, const struct store_commit *commit)
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
    for (size_t i = 0; i < ledger->holders_count; i++)
        check_left(ledger, &ledger->holders[i]);
    clicks_commit(ledger);
    rollouts_commit(ledger);
}

static void on_mark(void *ctx, const char *input_id, struct str value)
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

static void on_lease(void *ctx, enum lease_action action, const char *nonce, const char *instance)
{
    struct ledger *ledger = ctx;

    if (action == LEASE_RENEW)
        return;
    story_tell(ledger->options.story, "store", "%s %s", instance,
               action == LEASE_TAKE ? "takes the lease" : "releases it");
    snprintf(ledger->lease_nonce, sizeof(ledger->lease_nonce), "%s", action == LEASE_TAKE ? nonce : "");
    snprintf(ledger->lease_instance, sizeof(ledger->lease_instance), "%s", action == LEASE_TAKE ? instance : "");
}

/* ---- what leaves ---- */

static void check_lease(struct ledger *ledger, const struct logged_call *call)
{
    int64_t now_ms = scheduler_now_ms(ledger->options.scheduler);

    if (ledger->is_store_lost) {
        if (call->sender.effect && now_ms > ledger->store_lost_ms + LOST_STORE_MS)
            ledger_complain(ledger, "a store that is not the known one is never used", "%s sends %s %s on its behalf",
                            call->sender.instance, call->method, call->url);
        return;
    }
    if (strcmp(ledger->lease_instance, call->sender.instance) != 0)
        ledger_complain(ledger, "no call leaves an instance after another took the lease",
                        "%s sends %s %s while %s owns the store", call->sender.instance, call->method, call->url,
                        ledger->lease_instance[0] ? ledger->lease_instance : "nobody");
}

static bool changes_something(const struct logged_call *call)
{
    return strcmp(call->method, "GET") != 0 && strcmp(call->method, "HEAD") != 0;
}

/* A decrease waits for nothing that its own sender does not have out. */
static bool passes(const struct ledger *ledger, const struct logged_call *call, const struct known_effect *effect,
                   const struct known_effect *other)
{
    if (!effect->row || !effect->row->is_decrease)
        return false;
    for (size_t i = 0; i < ledger->open_count; i++)
        if (ledger->open[i]->ended_ms < 0 && ledger->open[i]->sender.actor == call->sender.actor &&
            ledger_is_same(ledger->open[i]->sender.effect, other->outside_id))
            return false;
    return true;
}

/* First in first out: whatever stands before it in its lane has ended, and that is committed. */
static void check_lane(struct ledger *ledger, const struct logged_call *call, const struct known_effect *effect)
{
    for (size_t i = 0; i < ledger->effects_count; i++) {
        const struct known_effect *other = ledger->effects[i];

        if (other->dropped_ms < 0 && other->order < effect->order && strcmp(other->lane, effect->lane) == 0 &&
            !passes(ledger, call, effect, other))
            ledger_complain(ledger, "calls of one lane follow the order of their records",
                            "%s %s leaves for %s while %s is before it in lane %s", call->method, call->url, effect->id,
                            other->id, effect->lane);
    }
    for (size_t i = 0; i < ledger->open_count; i++) {
        const struct logged_call *open = ledger->open[i];
        const struct known_effect *other = ledger_find_effect(ledger, open->sender.effect);

        if (open->ended_ms < 0 && open->sender.actor == call->sender.actor && other &&
            strcmp(other->lane, effect->lane) == 0)
            ledger_complain(ledger, "calls of one lane never overlap", "%s %s leaves for %s while %s %s of %s is out",
                            call->method, call->url, effect->id, open->method, open->url, other->id);
    }
}

static void check_ask(struct ledger *ledger, const struct logged_call *call, const struct known_effect *effect)
{
    for (size_t i = 0; i < effect->calls_count; i++) {
        const struct logged_call *before = effect->calls[i];
        bool was_refused = before->ended_ms >= 0 && before->status >= 400 && before->status < 500;

        if (!was_refused)
            ledger_complain(ledger, "an effect that nothing can look up is not tried twice",
                            "%s %s leaves again for %s, and nobody knows how the first ended", call->method, call->url,
                            effect->id);
    }
}

static void check_holder(struct ledger *ledger, const struct logged_call *call, const struct known_effect *effect)
{
    const struct known_operation *operation = ledger_find_operation(ledger, effect->operation);
    const struct holder *holder = operation && operation->target ? ledger_get_holder(ledger, operation->target) : NULL;

    if (!str_starts_with(str_of(effect->lane), "target:"))
        return;
    if (!holder || !ledger_is_same(holder->operation, operation->id))
        ledger_complain(ledger, "one operation at a time changes a target", "%s %s leaves for %s, but %s is held by %s",
                        call->method, call->url, effect->id,
                        operation && operation->target ? operation->target : "its target",
                        holder && holder->operation ? holder->operation : "nobody");
}

static void keep_open(struct ledger *ledger, const struct logged_call *call)
{
    size_t kept = 0;

    for (size_t i = 0; i < ledger->open_count; i++)
        if (ledger->open[i]->ended_ms < 0)
            ledger->open[kept++] = ledger->open[i];
    ledger->open_count = kept;
    if (kept == ledger->open_room) {
        ledger->open_room = ledger->open_room ? ledger->open_room * 2 : 16;
        ledger->open = xrealloc(ledger->open, ledger->open_room * sizeof(const struct logged_call *));
    }
    ledger->open[ledger->open_count++] = call;
}

static void on_left(void *ctx, const struct logged_call *call)
{
    struct ledger *ledger = ctx;
    struct known_effect *effect = ledger_find_effect(ledger, call->sender.effect);

    check_lease(ledger, call);
    if (!call->sender.effect || ledger->is_store_lost)
        return; /* a reading changes nothing */
    if (!effect || effect->dropped_ms >= 0) {
        ledger_complain(ledger, "nothing is tried without a record of it in the store", "%s sends %s %s for %s, %s",
                        call->sender.instance, call->method, call->url, effect ? effect->id : call->sender.effect,
                        effect ? "which has ended" : "which no commit has recorded");
        return;
    }
    check_lane(ledger, call, effect);
    rollouts_left(ledger, call, effect);
    if (changes_something(call)) {
        check_holder(ledger, call, effect);
        if (effect->row && effect->row->in_doubt == DOUBT_ASK)
            check_ask(ledger, call, effect);
        *ARENA_PUSH(ledger->arena, effect->calls, effect->calls_count) = call;
    }
    keep_open(ledger, call);
}

/* ---- what changes ---- */

static void check_traffic(struct ledger *ledger, const struct logged_call *call, const struct world_change *change)
{
    const struct known_effect *effect = ledger_find_effect(ledger, call->sender.effect);
    struct known_operation *operation = effect ? ledger_find_operation(ledger, effect->operation) : NULL;

    if (!effect || (strcmp(effect->kind, EFFECT_TRAFFIC) != 0 && strcmp(effect->kind, EFFECT_RETURN) != 0)) {
        ledger_complain(ledger, "only a traffic effect moves traffic", "%s moved traffic of %s",
                        effect ? effect->id : "nobody", change->place);
        return;
    }
    if (!run_split_equal(change->before, change->before_count, effect->expected, effect->expected_count))
        ledger_complain(ledger, "traffic moves only from the split that was expected",
                        "%s of %s found %s at %" PRId64 " %%", effect->id, change->place,
                        change->before_count ? change->before[0].revision : "nothing",
                        change->before_count ? change->before[0].percent : 0);
    if (!run_split_equal(change->after, change->after_count, effect->wanted, effect->wanted_count))
        ledger_complain(ledger, "traffic moves only to the split that was wanted", "%s of %s", effect->id,
                        change->place);
    if (!ledger_is_same(change->effect, effect->outside_id))
        ledger_complain(ledger, "the truth is also outside", "%s moved traffic of %s without its annotation",
                        effect->id, change->place);
    if (operation)
        operation->traffic_changes++;
    rollouts_moved(ledger, effect, change);
}

static void check_post(struct ledger *ledger, const struct world_change *change)
{
    struct known_effect *effect = ledger_find_effect(ledger, change->effect);
    struct known_operation *operation = ledger_find_operation_outside(ledger, change->operation);
    bool is_card = effect && strcmp(effect->kind, EFFECT_CARD) == 0;

    if (change->kind == CHANGE_POST && effect && ++effect->posts > 1)
        ledger_complain(ledger, "a message is posted once", "%s is in %s twice", effect->id, change->place);
    if (!is_card || !operation)
        return;
    if (change->kind == CHANGE_POST && ++operation->card_posts > 1)
        ledger_complain(ledger, "an operation has one card", "%s has another in %s", operation->id, change->place);
    operation->card_shown = effect->outside_id;
    for (size_t i = 0; i < effect->buttons_count; i++)
        *ARENA_PUSH(ledger->arena, ledger->shown, ledger->shown_count) = effect->buttons[i];
}

/* The connection and the response_url show what follows the first line in their own ways. */
static bool begins_alike(const char *a, const char *b)
{
    size_t len = strcspn(a, "\n");

    return b && len == strcspn(b, "\n") && strncmp(a, b, len) == 0;
}

static void told(struct ledger *ledger, const char *connection, const char *url, const char *text)
{
    for (size_t i = 0; i < ledger->inputs_count; i++) {
        struct input *input = &ledger->inputs[i];

        if (!ledger_is_same(input->connection, connection) && !ledger_is_same(input->url, url))
            continue;
        if (input->was_told && !begins_alike(input->text, text))
            ledger_complain(ledger, "one request has one answer", "%s was told \"%s\" and then \"%s\"",
                            input->request_id, input->text, text);
        input->was_told = true;
        input->text = arena_strdup(ledger->arena, text ? text : "");
        return;
    }
    ledger_complain(ledger, "only who asked is answered", "\"%s\" was told to nobody who asked", text);
}

void ledger_told(struct ledger *ledger, const char *connection, const char *text)
{
    told(ledger, connection, NULL, text);
}

static void on_change(void *ctx, const struct logged_call *call, const struct world_change *change)
{
    struct ledger *ledger = ctx;

    struct known_effect *effect = ledger_find_effect(ledger, call->sender.effect);

    story_tell(ledger->options.story, "world", "%s for %s%s%s%s", call->change ? call->change : "changes",
               call->sender.instance, call->ended_ms >= 0 ? ", which gave up on it" : "", change->text ? ": " : "",
               change->text ? change->text : "");
    if (ledger->is_store_lost)
        return;
    if (effect && (change->kind == CHANGE_TRAFFIC || change->kind == CHANGE_REVISION || change->kind == CHANGE_RING))
        effect->has_changed = true;
    switch (change->kind) {
    case CHANGE_TRAFFIC:
        check_traffic(ledger, call, change);
        break;
    case CHANGE_POST:
    case CHANGE_UPDATE:
        check_post(ledger, change);
        break;
    case CHANGE_REPLY:
        told(ledger, NULL, change->place, change->text);
        break;
    case CHANGE_REVISION:
    case CHANGE_RING:
        break;
    }
}

/* ---- the end ---- */

static void check_inputs(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->inputs_count; i++) {
        const struct input *input = &ledger->inputs[i];

        if (input->ends == 0)
            ledger_complain(ledger, "no accepted input is lost", "%s (%s) was accepted and never decided", input->id,
                            input->request_id ? input->request_id : "-");
        else if (!input->was_told && input->url && !input->kills_on)
            ledger_complain(ledger, "everyone who asked is answered",
                            "%s (%s) was decided, and its person heard nothing", input->id,
                            input->request_id ? input->request_id : "-");
    }
}

static void check_operations(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];

        if (operation->is_stuck)
            continue; /* its own event killed the owner again and again: it is left to people */
        if (!operation->result || operation->ended != 1 || operation->is_live)
            ledger_complain(ledger, "every operation ends once", "%s (%s) has not come to its end", operation->id,
                            operation->kind ? operation->kind : "-");
        else if (operation->card_effect && !ledger_is_same(operation->card_effect, operation->card_shown))
            ledger_complain(ledger, "a card shows how it ended",
                            "%s: what people see is not the last card that was recorded", operation->id);
        else if (ledger_is_same(operation->result, "done") && operation->rollout && !operation->rollout->met_others &&
                 operation->traffic_changes == 0)
            ledger_complain(ledger, "what is said is true", "%s is done, and no traffic moved", operation->id);
        else if (!ledger_is_same(operation->result, "done") && operation->traffic_changes > 0 && operation->summary &&
                 !(operation->rollout && operation->rollout->met_others) &&
                 (strstr(operation->summary, "not touched") || strstr(operation->summary, "not switched")))
            ledger_complain(ledger, "what is said is true", "%s says \"%s\", and its traffic moved", operation->id,
                            operation->summary);
    }
}

size_t ledger_stuck(const struct ledger *ledger)
{
    size_t count = 0;

    for (size_t i = 0; i < ledger->operations_count; i++)
        count += ledger->operations[i]->is_stuck && ledger->operations[i]->is_live ? 1 : 0;
    return count;
}

static void check_effects(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->effects_count; i++)
        if (ledger->effects[i]->has_changed && !ledger->effects[i]->is_journalled)
            ledger_complain(ledger, "every change is journalled",
                            "%s changed something, and no entry says how it ended", ledger->effects[i]->id);
}

static void check_place(struct ledger *ledger, const struct twin *twin, enum store_place place)
{
    if (twin->hashes[place].count > 0)
        ledger_complain(ledger, "everything comes to its end", "%s still holds %s", store_place_names[place],
                        twin->hashes[place].pairs[0].field);
}

void ledger_check_end(struct ledger *ledger, const struct twin *twin)
{
    if (ledger->is_store_lost)
        return;
    check_inputs(ledger);
    check_operations(ledger);
    check_effects(ledger);
    if (twin->hashes[STORE_OPERATIONS].count > ledger_stuck(ledger))
        ledger_complain(ledger, "everything comes to its end", "%zu operations still live",
                        twin->hashes[STORE_OPERATIONS].count);
    check_place(ledger, twin, STORE_EFFECTS);
    check_place(ledger, twin, STORE_TIMERS);
    check_place(ledger, twin, STORE_MESSAGES);
    check_place(ledger, twin, STORE_TRYING);
    for (size_t i = 0; i < ledger->holders_count; i++)
        if (ledger->holders[i].operation)
            ledger_complain(ledger, "everything comes to its end", "%s is still held by %s", ledger->holders[i].target,
                            ledger->holders[i].operation);
    if (ledger->counts.entries > 0 && !ledger_is_same(twin_get(twin, STORE_META, "journal"), ledger->journal_head))
        ledger_complain(ledger, "the journal's chain is unbroken", "the store's head is not that of its last entry");
}

/* ---- create ---- */

struct ledger *ledger_create(const struct ledger_options *options)
{
    struct ledger *ledger = xcalloc(1, sizeof(*ledger));

    ledger->options = *options;
    ledger->calm_ms = ledger->jumped_ms = -1;
    ledger->arena = arena_create();
    return ledger;
}

void ledger_destroy(struct ledger *ledger)
{
    if (!ledger)
        return;
    free(ledger->open);
    for (size_t i = 0; i < ledger->operations_count; i++) {
        free(ledger->operations[i]->record);
        free(ledger->operations[i]->record_before);
    }
    for (size_t i = 0; i < ledger->holders_count; i++)
        free(ledger->holders[i].record);
    arena_destroy(ledger->arena);
    free(ledger);
}

struct twin_watch ledger_twin_watch(struct ledger *ledger)
{
    return (struct twin_watch){ .ctx = ledger,
                                .on_accepted = on_accepted,
                                .on_write = on_write,
                                .on_commit = on_commit,
                                .on_lease = on_lease,
                                .on_mark = on_mark };
}

struct world_watch ledger_world_watch(struct ledger *ledger)
{
    return (struct world_watch){ .ctx = ledger,
                                 .on_left = on_left,
                                 .on_change = on_change,
                                 .on_told = rollouts_told,
                                 .on_foreign = rollouts_foreign };
}

void ledger_store_is_lost(struct ledger *ledger)
{
    ledger->is_store_lost = true;
    ledger->store_lost_ms = scheduler_now_ms(ledger->options.scheduler);
}

struct ledger_counts ledger_counts(const struct ledger *ledger)
{
    return ledger->counts;
}
