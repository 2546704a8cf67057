#include "bot/alone.h"

#include "bot/base/time.h"
#include "bot/carrier.h"
#include "bot/model/event.h"
#include "bot/shell/resolve.h"
#include "policy/decide.h"

#include <inttypes.h>
#include <string.h>

#define AGAIN_FIRST_MS 500
#define AGAIN_MAX_MS 5000
#define WAITS_MAX 64

enum wait_kind { WAIT_NOTHING, WAIT_EFFECT, WAIT_READING, WAIT_TIMER, WAIT_GRANT };

struct alone;
struct wait { /* something the operation waits for; a slot is free again once its event was told */
    enum wait_kind kind;
    struct alone *alone;
    const char *id, *name; /* of the attempt or reading; as the handler calls it */
    int64_t number, tries, deadline_mono;
    bool is_out; /* an attempt or reading is with the carrier */
    const struct effect_kind *effect_kind;
    struct effect effect;
    struct awaited awaited;
    const char *error; /* of the last try */
    struct loop_timer *timer;
};

struct alone {
    const struct alone_options *options;
    struct arena *arena; /* of the whole run: it is short */
    struct loop *loop;
    struct carrier carrier;
    struct policy *policy;
    struct operation operation;
    const struct machine *machine;
    const void *body;
    struct without_store_act act;
    struct wait waits[WAITS_MAX];
    int64_t made; /* ids of waits */
    bool has_failed;
    struct error failure; /* the file could not be written: nothing may go out */
};

static int64_t unix_now(const struct alone *alone)
{
    return alone->options->clock->unix_ms(alone->options->clock->ctx);
}

static const char *outside_id(const struct alone *alone)
{
    unsigned char dice[8];
    char hex[17];

    alone->options->clock->random(alone->options->clock->ctx, dice, sizeof(dice));
    for (size_t i = 0; i < sizeof(dice); i++)
        snprintf(hex + 2 * i, 3, "%02x", dice[i]);
    return arena_printf(alone->arena, "%s-%s", alone->options->birth, hex);
}

static bool always(void *arg)
{
    const struct alone *alone = arg;

    return !alone->has_failed;
}

/* ---- what the handlers see ---- */

static const struct operation *find_operation(const void *ctx, const char *id)
{
    const struct alone *alone = ctx;

    return id && alone->operation.id && strcmp(alone->operation.id, id) == 0 ? &alone->operation : NULL;
}

static const struct operation *find_ended(const void *ctx, const char *id)
{
    (void)ctx, (void)id;
    return NULL;
}

static size_t list_none(const void *ctx, const struct operation **list, size_t max)
{
    (void)ctx, (void)list, (void)max;
    return 0;
}

static const struct target *find_target(const void *ctx, const char *name)
{
    const struct alone *alone = ctx;
    const struct target_list *list = &alone->options->targets;

    for (size_t i = 0; i < list->targets_count; i++)
        if (strcmp(list->targets[i].name, name) == 0)
            return &list->targets[i];
    return NULL;
}

static struct view view_of(const struct alone *alone)
{
    return (struct view){ .settings = &alone->options->configuration->settings,
                          .policy = alone->policy,
                          .verbs = alone->options->verbs,
                          .now_ms = unix_now(alone),
                          .arena = alone->arena,
                          .ctx = alone,
                          .find_operation = find_operation,
                          .find_ended = find_ended,
                          .find_target = find_target,
                          .list_operations = list_none,
                          .list_ended = list_none };
}

/* ---- telling ---- */

static void tell(const struct alone *alone, const char *text)
{
    fprintf(alone->options->out, "%s  %s\n", time_format(unix_now(alone)).text, text);
    fflush(alone->options->out);
}

/* What cannot be written down is not done. */
static bool keep(struct alone *alone, bool is_written)
{
    if (is_written)
        return true;
    alone->has_failed = true;
    loop_stop(alone->loop);
    return false;
}

static bool note(struct alone *alone, const char *what, const cJSON *more)
{
    const char *data_dir = alone->options->configuration->settings.data_dir;

    return keep(alone, without_store_note(data_dir, alone->act.id, what, more, &alone->failure));
}

static bool write_act(struct alone *alone)
{
    const char *data_dir = alone->options->configuration->settings.data_dir;

    return keep(alone, without_store_write(data_dir, &alone->act, &alone->failure));
}

/* ---- waiting ---- */

static void decide(struct alone *alone, const struct event *event);
static void try(struct wait *wait);

static struct wait *new_wait(struct alone *alone, enum wait_kind kind, const char *name)
{
    for (size_t i = 0; i < WAITS_MAX; i++) {
        struct wait *wait = &alone->waits[i];

        if (wait->kind != WAIT_NOTHING)
            continue;
        *wait = (struct wait){ .kind = kind, .alone = alone, .name = name };
        wait->id = arena_printf(alone->arena, "%s.%" PRId64, alone->operation.id, ++alone->made);
        return wait;
    }
    alone->has_failed = true;
    error_set(&alone->failure, ERR_INTERNAL, "it waits for more than %d things at once", WAITS_MAX);
    loop_stop(alone->loop);
    return NULL;
}

static void drop_wait(struct wait *wait)
{
    loop_timer_cancel(wait->timer);
    wait->timer = NULL;
    wait->kind = WAIT_NOTHING;
}

static void drop_named(struct alone *alone, enum wait_kind kind, const char *name)
{
    for (size_t i = 0; i < WAITS_MAX; i++)
        if (alone->waits[i].kind == kind && strcmp(alone->waits[i].name, name) == 0 &&
            !(kind == WAIT_EFFECT && alone->waits[i].is_out))
            drop_wait(&alone->waits[i]);
}

/* First in, first out: only the oldest effect is tried. */
static bool is_first(const struct wait *wait)
{
    for (size_t i = 0; i < WAITS_MAX; i++)
        if (wait->alone->waits[i].kind == WAIT_EFFECT && wait->alone->waits[i].effect.order < wait->effect.order)
            return false;
    return true;
}

static void start_next_effect(struct alone *alone)
{
    for (size_t i = 0; i < WAITS_MAX; i++) {
        struct wait *wait = &alone->waits[i];

        if (wait->kind == WAIT_EFFECT && !wait->is_out && !wait->timer && is_first(wait))
            try(wait);
    }
}

static void end_wait(struct wait *wait, enum event_end end, const cJSON *body, const char *error)
{
    struct alone *alone = wait->alone;
    cJSON *copy = json_copy(body);
    struct event event = { .kind = wait->kind == WAIT_EFFECT    ? EVENT_EFFECT
                                   : wait->kind == WAIT_READING ? EVENT_READING
                                                                : EVENT_TIMER,
                           .name = wait->name,
                           .effect = wait->kind == WAIT_EFFECT ? wait->id : NULL,
                           .end = end,
                           .error = error ? arena_strdup(alone->arena, error) : NULL };

    if (copy)
        arena_defer(alone->arena, (void (*)(void *))cJSON_Delete, copy);
    event.body = copy;
    drop_wait(wait);
    decide(alone, &event);
    start_next_effect(alone);
}

static int64_t mono_now(const struct alone *alone)
{
    return loop_now_ms(alone->loop);
}

static void on_again(void *arg)
{
    struct wait *wait = arg;

    wait->timer = NULL;
    if (mono_now(wait->alone) >= wait->deadline_mono)
        end_wait(wait, END_GAVE_UP, NULL, wait->error);
    else
        try(wait);
}

static int64_t again_ms(const struct wait *wait, int64_t after_ms)
{
    int64_t ms = AGAIN_FIRST_MS, left_ms = wait->deadline_mono - mono_now(wait->alone);

    for (int64_t i = 1; i < wait->tries && ms < AGAIN_MAX_MS; i++)
        ms *= 2;
    ms = ms > after_ms ? ms : after_ms;
    return ms < left_ms ? ms : left_ms > 0 ? left_ms : 0;
}

static void on_ended(void *arg, const char *id, int64_t number, const struct attempt_end *end)
{
    struct alone *alone = arg;
    struct wait *wait = NULL;

    for (size_t i = 0; i < WAITS_MAX; i++)
        if (alone->waits[i].kind != WAIT_NOTHING && alone->waits[i].is_out && strcmp(alone->waits[i].id, id) == 0)
            wait = &alone->waits[i];
    if (!wait || (wait->kind == WAIT_EFFECT && wait->number != number))
        return;
    wait->is_out = false;
    loop_timer_cancel(wait->timer);
    wait->timer = NULL;
    if (end->result == ATTEMPT_DONE) {
        end_wait(wait, END_DONE, end->body, NULL);
    } else if (end->result == ATTEMPT_NEVER) {
        end_wait(wait, END_FAILED, NULL, end->error);
    } else {
        wait->error = arena_strdup(alone->arena, end->error ? end->error : "no answer");
        tell(alone, arena_printf(alone->arena, "%s; trying again", wait->error));
        wait->timer = loop_timer_start(alone->loop, again_ms(wait, end->after_ms), on_again, wait);
    }
}

/* A reading's deadline may come while it is asked. */
static void on_deadline(void *arg)
{
    struct wait *wait = arg;

    wait->timer = NULL;
    wait->is_out = false;
    end_wait(wait, END_GAVE_UP, NULL, wait->error ? wait->error : "no answer in time");
}

static void try(struct wait *wait)
{
    struct alone *alone = wait->alone;

    wait->is_out = true;
    wait->tries++;
    if (wait->kind == WAIT_EFFECT) {
        struct attempt attempt = { .effect = &wait->effect,
                                   .kind = wait->effect_kind,
                                   .number = ++wait->number,
                                   .operation_outside_id = alone->operation.outside_id,
                                   .is_first_try = wait->tries == 1,
                                   .now_ms = unix_now(alone),
                                   .may_send = always,
                                   .on_done = on_ended,
                                   .arg = alone };

        alone->carrier.attempt(alone->carrier.ctx, &attempt);
    } else {
        struct ask ask = { .operation = alone->operation.id,
                           .operation_outside_id = alone->operation.outside_id,
                           .awaited = &wait->awaited,
                           .id = wait->id,
                           .now_ms = unix_now(alone),
                           .may_send = always,
                           .on_done = on_ended,
                           .arg = alone };
        int64_t left_ms = wait->deadline_mono - mono_now(alone);

        wait->timer = loop_timer_start(alone->loop, left_ms > 0 ? left_ms : 0, on_deadline, wait);
        alone->carrier.ask(alone->carrier.ctx, &ask);
    }
}

static void on_timer(void *arg)
{
    struct wait *wait = arg;

    wait->timer = NULL;
    end_wait(wait, END_DONE, NULL, NULL);
}

static void on_grant(void *arg)
{
    struct wait *wait = arg;
    struct event event = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED, .from = "engine" };
    struct alone *alone = wait->alone;

    wait->timer = NULL;
    drop_wait(wait);
    decide(alone, &event);
    start_next_effect(alone);
}

/* ---- an outcome, carried out ---- */

/* What people are shown is printed instead; everything else that is essential is done. */
static void want_effect(struct alone *alone, const struct wanted_effect *want)
{
    const struct effect_kind *kind = effect_kind_find(effect_kinds, effect_kinds_count, want->kind);
    struct wait *wait = kind && kind->is_essential ? new_wait(alone, WAIT_EFFECT, want->tag ? want->tag : "") : NULL;

    if (!wait)
        return;
    wait->effect_kind = kind;
    wait->deadline_mono = mono_now(alone) + kind->give_up_ms;
    wait->effect = (struct effect){ .id = wait->id,
                                    .outside_id = outside_id(alone),
                                    .order = alone->made,
                                    .kind = want->kind,
                                    .operation = alone->operation.id,
                                    .tag = want->tag,
                                    .lane = want->lane,
                                    .created_at_ms = unix_now(alone),
                                    .args = want->args };
    note(alone, want->kind, want->args);
}

static void want_reading(struct alone *alone, const struct wanted_reading *want)
{
    struct wait *wait;

    drop_named(alone, WAIT_READING, want->name);
    wait = new_wait(alone, WAIT_READING, want->name);
    if (!wait)
        return;
    wait->deadline_mono = mono_now(alone) + want->deadline_ms;
    wait->awaited = (struct awaited){ .name = want->name, .kind = want->kind, .args = want->args };
    try(wait);
}

static void want_timer(struct alone *alone, const struct wanted_timer *want)
{
    int64_t after_ms = want->at_ms - unix_now(alone);
    struct wait *wait;

    drop_named(alone, WAIT_TIMER, want->name);
    wait = want->at_ms ? new_wait(alone, WAIT_TIMER, want->name) : NULL;
    if (wait)
        wait->timer = loop_timer_start(alone->loop, after_ms > 0 ? after_ms : 0, on_timer, wait);
}

static void want_target(struct alone *alone)
{
    struct wait *wait = new_wait(alone, WAIT_GRANT, "");

    if (wait)
        wait->timer = loop_timer_start(alone->loop, 0, on_grant, wait);
}

static void end(struct alone *alone, const struct outcome *out)
{
    alone->operation.ended_at_ms = alone->act.ended_at_ms = unix_now(alone);
    alone->operation.result = alone->act.result = out->result;
    alone->operation.summary = alone->act.summary = out->summary;
    for (size_t i = 0; i < WAITS_MAX; i++)
        if (alone->waits[i].kind != WAIT_NOTHING)
            drop_wait(&alone->waits[i]);
    write_act(alone);
    loop_stop(alone->loop);
}

static void apply(struct alone *alone, const struct outcome *out)
{
    if (out->state && (!alone->operation.state || strcmp(out->state, alone->operation.state) != 0)) {
        alone->operation.state = out->state;
        tell(alone, out->state);
    }
    if (out->body)
        alone->body = out->body;
    if (out->good)
        alone->act.good = out->good;
    if (out->bad)
        alone->act.bad = out->bad;
    for (size_t i = 0; i < out->journal_count; i++)
        note(alone, out->journal[i].kind, out->journal[i].body);
    if (out->result) {
        end(alone, out);
        return;
    }
    for (size_t i = 0; i < out->cancels_count; i++)
        drop_named(alone, WAIT_EFFECT, out->cancels[i]);
    for (size_t i = 0; i < out->effects_count; i++)
        want_effect(alone, &out->effects[i]);
    for (size_t i = 0; i < out->readings_count; i++)
        want_reading(alone, &out->readings[i]);
    for (size_t i = 0; i < out->timers_count; i++)
        want_timer(alone, &out->timers[i]);
    if (out->claims)
        want_target(alone);
}

static void decide(struct alone *alone, const struct event *event)
{
    struct view view = view_of(alone);
    struct outcome out;

    if (alone->has_failed || alone->operation.result)
        return;
    outcome_init(&out, alone->arena, alone->operation.id, alone->operation.outside_id);
    alone->machine->on_event(&view, &alone->operation, alone->body, event, &out);
    apply(alone, &out);
}

/* ---- the request ---- */

static bool ask_policy(const struct alone *alone, const struct question *question, struct error *err)
{
    struct decision decision = policy_decide(alone->policy, question, POLICY_STATIC, unix_now(alone));

    if (decision.verdict == VERDICT_ALLOW)
        return true;
    return error_set(err, ERR_DENIED, "denied: %s%s%s%s. You are %s here", decision.reason, decision.rule ? " (" : "",
                     decision.rule ? decision.rule : "", decision.rule ? ")" : "",
                     policy_name_of(alone->policy, &question->principal, alone->arena));
}

static void print_reply(const struct alone *alone, const struct reply *reply)
{
    if (!reply)
        return;
    tell(alone, reply->text);
    for (size_t i = 0; i < reply->lines_count; i++)
        tell(alone, reply->lines[i]);
}

static const struct machine *machine_of(const struct alone *alone, const char *kind)
{
    for (const struct machine *const *m = alone->options->machines; *m; m++)
        if (strcmp((*m)->kind, kind) == 0)
            return *m;
    return NULL;
}

static bool begin(struct alone *alone, const struct verb *verb, const struct request *request, struct error *err)
{
    struct view view = view_of(alone);
    struct question question = { 0 };
    const void *arguments = NULL;
    struct outcome out;

    if (!verb->asks(&view, request, &question, &arguments, err))
        return false;
    if (!question.is_safe_direction)
        return error_set(err, ERR_INVALID,
                         "without a store only the way back to the last good version is done: no options "
                         "that ask for another one");
    if (!ask_policy(alone, &question, err))
        return false;
    outcome_init(&out, alone->arena, "W1", outside_id(alone));
    verb->begin(&view, request, &question, arguments, &out);
    if (!out.begins)
        return error_set(err, ERR_INVALID, "%s", out.reply ? out.reply->text : "nothing to do");
    alone->machine = machine_of(alone, out.kind);
    alone->operation = (struct operation){ .id = out.operation_id,
                                           .outside_id = out.outside_id,
                                           .kind = out.kind,
                                           .target = out.target,
                                           .request_id = request->id,
                                           .source = request->source,
                                           .requester = request->principal,
                                           .created_at_ms = unix_now(alone) };
    alone->act = (struct without_store_act){ .id = out.outside_id,
                                             .verb = request->verb,
                                             .text = request->text,
                                             .principal = request->principal,
                                             .target = out.target,
                                             .began_at_ms = unix_now(alone) };
    print_reply(alone, out.reply);
    if (write_act(alone))
        apply(alone, &out);
    return !alone->has_failed || error_set(err, alone->failure.code, "%s", alone->failure.message);
}

static bool run(struct alone *alone, const struct verb *verb, const struct request *request, struct error *err)
{
    const struct settings *settings = &alone->options->configuration->settings;
    AUTO(loop) struct loop *loop = loop_create(err);
    struct resolve_options resolving = { .loop = loop };
    AUTO(resolve) struct resolve *resolve = loop ? resolve_create(&resolving) : NULL;
    struct http_out_options http = { .loop = loop, .resolve = resolve };
    AUTO(http_out) struct http_out *out = loop ? http_out_create(&http, err) : NULL;
    AUTO(credentials)
    struct credentials *credentials = out ? credentials_create(settings, alone->options->clock, err) : NULL;
    struct credential_source source;
    struct carrier_options carrying = { .loop = loop, .http_out = out, .settings = settings, .instance = "alone" };
    AUTO(carrier) struct carrier_shell *carrier = NULL;

    if (!credentials)
        return false;
    source = credentials_source(credentials);
    carrying.credentials = &source;
    carrier = carrier_create(&carrying);
    alone->loop = loop;
    alone->carrier = carrier_interface(carrier);
    if (!begin(alone, verb, request, err))
        return false;
    start_next_effect(alone);
    if (!alone->operation.result)
        loop_run(loop);
    for (size_t i = 0; i < WAITS_MAX; i++)
        drop_wait(&alone->waits[i]);
    return !alone->has_failed || error_set(err, alone->failure.code, "%s", alone->failure.message);
}

bool alone_run(const struct alone_options *options, struct request *request, struct arena *arena,
               struct without_store_act *ret_act, struct error *err)
{
    struct alone alone = { .options = options, .arena = arena };
    const struct verb *verb = verb_find(options->verbs, request->verb);

    if (!verb || strcmp(verb->name, "rollback") != 0)
        return error_set(err, ERR_INVALID, "only `rollback` is done without a store, not `%s`", request->verb);
    alone.policy = policy_compile(&options->configuration->settings, NULL, arena);
    if (!run(&alone, verb, request, err))
        return false;
    *ret_act = alone.act;
    return true;
}
