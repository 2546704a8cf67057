#include "tests/simulation/sim_carrier.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"
#include "bot/carrier/exchange_run.h"
#include "bot/model/delivery.h"
#include "bot/model/reload.h"
#include "integrations/github/deliveries.h"
#include "integrations/google/token.h"
#include "integrations/slack/message.h"
#include "tests/simulation/sim_program.h"

#include <string.h>

#define READING_MS (30 * SECOND_MS)

struct job {                     /* an attempt, or a reading */
    struct sim_carrier *carrier; /* NULL: nobody waits for it any more */
    int users;
    char *id;
    int64_t number;
    bool is_reading;
    attempt_ended_fn on_done;
    void *arg;
    may_send_fn may_send;
    struct exchange_run *run; /* NULL: no exchange, but a program */
    struct world_call *call;
    struct sim_program program;
    struct logged_call *work; /* on it */
    struct attempt_end program_end;
    struct world_sender sender;
    char *effect, *kind;
    const char *operation;               /* a reading's, in the arena */
    int64_t deadline_ms;                 /* virtual */
    int64_t now_ms;                      /* the store's clock, when it began */
    bool is_handed_in;                   /* the store has not answered yet */
    bool has_waited;                     /* as long as its next call wants */
    struct reply_delivery *inline_reply; /* to be tried first, or NULL */
    cJSON *inline_message;               /* what its person would read */
    struct arena *arena;
    struct job *prev, *next;
};

struct sim_carrier {
    struct sim_carrier_options options;
    struct carrier interface;
    struct credential_source credentials;
    char *token;
    int64_t token_until_ms;
    struct job *jobs;
    struct arena *arena;
};

static void drop_job(void *arg)
{
    struct job *job = arg;

    if (--job->users > 0)
        return;
    exchange_run_destroy(job->run);
    cJSON_Delete(job->inline_message);
    arena_destroy(job->arena);
    free(job->id);
    free(job->effect);
    free(job->kind);
    free(job);
}

/* Nobody hears of it any more. */
static void let_go(struct job *job)
{
    struct sim_carrier *carrier = job->carrier;

    world_cancel(TAKE(job->call));
    if (job->work)
        world_end_work(carrier->options.world, TAKE(job->work));
    if (job->prev)
        job->prev->next = job->next;
    else
        carrier->jobs = job->next;
    if (job->next)
        job->next->prev = job->prev;
    job->carrier = NULL;
    drop_job(job);
}

static void end_job(struct job *job, const struct attempt_end *end)
{
    static const char *const results[] = { "done", "again", "never" };
    struct sim_carrier *carrier = job->carrier;

    story_tell(carrier->options.story, carrier->options.instance, "%s %s: %s%s%s%s",
               job->is_reading ? "reading" : "effect", job->id, results[end->result], end->error ? ": " : "",
               end->error ? end->error : "", end->may_have_happened ? " (it may have happened)" : "");
    job->users++;
    let_go(job);
    job->on_done(job->arg, job->id, job->number, end);
    drop_job(job);
}

static void go_on(struct job *job);

/* ---- what was found goes into the inbox ---- */

struct hand_in { /* in the carrier's arena: its end may never come */
    struct sim_carrier *carrier;
    const char *id;
    int64_t number;
};

static void on_handed_in(void *arg, enum store_status status, const enum accept_result *results, size_t count)
{
    struct hand_in *hand_in = arg;
    struct attempt_end end = { .result = ATTEMPT_AGAIN,
                               .error = "the store did not take it",
                               .may_have_happened = true };
    AUTO_JSON cJSON *body = json_object();
    struct job *job = hand_in->carrier->jobs;

    while (job && (job->is_reading || job->number != hand_in->number || strcmp(job->id, hand_in->id) != 0))
        job = job->next;
    if (!job)
        return;
    json_set_bool(body, "is_wanted", true);
    json_set_bool(body, "is_new", status == STORE_OK && count == 1 && results[0] == ACCEPT_NEW);
    if (status == STORE_OK && count == 1 && results[0] != ACCEPT_FULL)
        end = (struct attempt_end){ .result = ATTEMPT_DONE, .body = body };
    end_job(job, &end);
}

static void hand_in(struct job *job, const struct attempt_end *found)
{
    struct sim_carrier *carrier = job->carrier;
    struct hand_in *hand_in = ARENA_NEW(carrier->arena, struct hand_in);
    struct store_item stored;
    struct inbox_item item;
    struct error err;
    AUTO_JSON cJSON *json = NULL;

    if (!github_delivery_to_inbox(found->body, job->arena, &item, &err) || item.keys_count == 0) {
        end_job(job, &(struct attempt_end){ .result = ATTEMPT_NEVER, .error = "nothing that is handed in" });
        return;
    }
    job->is_handed_in = true;
    item.received_at = job->now_ms;
    json = shape_to_json(&inbox_item_shape, &item, SHAPE_WHOLE);
    stored = (struct store_item){ .keys = item.keys,
                                  .key_count = item.keys_count,
                                  .bytes = str_of(json_print_in(job->arena, json)) };
    *hand_in = (struct hand_in){ carrier, arena_strdup(carrier->arena, job->id), job->number };
    carrier->options.store->accept(carrier->options.store->ctx, &stored, 1, on_handed_in, hand_in);
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct job *job = arg;

    job->call = NULL;
    exchange_run_answer(job->run, answer);
    go_on(job);
}

/* What was true of the lease when it began to wait may have changed. */
static void on_waited(void *arg)
{
    struct job *job = arg;

    if (job->carrier && !job->may_send(job->arg))
        exchange_run_hold_back(job->run);
    if (job->carrier)
        go_on(job);
    drop_job(job);
}

static bool has_to_wait(struct job *job, const struct http_call *call)
{
    bool waits = call->wait_ms > 0 && !job->has_waited;

    job->has_waited = waits;
    if (!waits)
        return false;
    job->users++;
    scheduler_after(job->carrier->options.scheduler, call->wait_ms, job->carrier->options.actor, on_waited, job,
                    drop_job);
    return true;
}

static void go_on(struct job *job)
{
    struct sim_carrier *carrier = job->carrier;
    const struct http_call *call = exchange_run_next(job->run);
    int64_t left_ms = job->deadline_ms - scheduler_now_ms(carrier->options.scheduler);
    struct http_call capped;

    if (!call && strcmp(job->kind, EFFECT_CATCH_UP) == 0 && exchange_run_end(job->run)->result == ATTEMPT_DONE) {
        hand_in(job, exchange_run_end(job->run));
        return;
    }
    if (!call) {
        end_job(job, exchange_run_end(job->run));
        return;
    }
    if (has_to_wait(job, call))
        return;
    capped = *call;
    if (capped.timeout_ms <= 0 || capped.timeout_ms > left_ms)
        capped.timeout_ms = left_ms > 1 ? left_ms : 1;
    story_tell(carrier->options.story, carrier->options.instance, "%s: %s %s", job->id, call->method, call->url);
    job->call = world_send(carrier->options.world, &job->sender, &capped, on_answer, job);
}

/* ---- programs: files of a machine, no call ---- */

static void later(struct job *job, event_fn step)
{
    const struct sim_carrier *carrier = job->carrier;
    struct dice *dice = scheduler_dice(carrier->options.scheduler);

    job->users++;
    scheduler_after(carrier->options.scheduler,
                    dice_hit(dice, 20) ? dice_between(dice, 0, 15000) : dice_between(dice, 1, 30),
                    carrier->options.actor, step, job, drop_job);
}

static void on_carried(void *arg)
{
    struct job *job = arg;

    if (job->carrier)
        end_job(job, &job->program_end);
    drop_job(job);
}

static void on_disk_ready(void *arg)
{
    struct job *job = arg;
    struct attempt_end may_not = { .result = ATTEMPT_AGAIN, .error = "this instance may not do it any more" };

    if (job->carrier && !job->may_send(job->arg)) {
        end_job(job, &may_not);
    } else if (job->carrier) {
        struct world *world = job->carrier->options.world;

        job->work = world_begin_work(world, &job->sender, job->is_reading ? "GET" : "RUN", job->kind);
        job->program_end = sim_program_carry(world, &job->program, job->arena);
        later(job, on_carried);
    }
    drop_job(job);
}

static void begin_program(struct job *job, const struct exchange_run_options *options)
{
    const struct sim_carrier_options *ours = &job->carrier->options;

    job->program = (struct sim_program){ .kind = job->kind,
                                         .effect = job->effect,
                                         .args = json_copy(options->args),
                                         .machine = ours->machine,
                                         .is_first_try = options->is_first_try,
                                         .is_alone = ours->is_alone };
    arena_defer(job->arena, (void (*)(void *))cJSON_Delete, (void *)(uintptr_t)job->program.args);
}

/* ---- the configuration: a file of this machine ---- */

static void on_read_again(void *arg)
{
    struct job *job = arg;
    struct attempt_end may_not = { .result = ATTEMPT_AGAIN, .error = "this instance may not act any more" };

    if (job->carrier && !job->may_send(job->arg)) {
        end_job(job, &may_not);
    } else if (job->carrier) {
        const struct sim_carrier_options *options = &job->carrier->options;
        struct reloaded reloaded = { .errors = NULL };
        AUTO_JSON cJSON *body = NULL;

        options->reload(options->reload_arg, job->operation, job->arena, &reloaded);
        body = shape_to_json(&reloaded_shape, &reloaded, SHAPE_WHOLE);
        end_job(job, &(struct attempt_end){ .result = ATTEMPT_DONE, .body = body });
    }
    drop_job(job);
}

static void end_reply(struct job *job, const char *how)
{
    AUTO_JSON cJSON *body = json_object();

    json_set_string(body, "how", how);
    end_job(job, &(struct attempt_end){ .result = ATTEMPT_DONE, .body = body });
}

static void on_start(void *arg)
{
    struct job *job = arg;
    struct sim_carrier *carrier = job->carrier;
    const struct reply_delivery *reply = job->inline_reply;
    const char *text = json_find_string(job->inline_message, "text");

    if (carrier && reply && job->may_send(job->arg) &&
        carrier->options.tell_inline(carrier->options.ctx, reply->address.instance, reply->address.connection, text)) {
        story_tell(carrier->options.story, carrier->options.instance, "answers inline: %s", text);
        world_show_inline(carrier->options.world, job->inline_message);
        end_reply(job, "inline");
    } else if (carrier && strcmp(job->kind, READING_CONFIGURATION) == 0) {
        later(job, on_read_again);
    } else if (carrier && job->program.kind) {
        later(job, on_disk_ready);
    } else if (carrier) {
        go_on(job);
    }
    drop_job(job);
}

static void on_deadline(void *arg)
{
    static const struct attempt_end slow = { .result = ATTEMPT_AGAIN,
                                             .error = "the disk is too slow",
                                             .may_have_happened = true };
    static const struct attempt_end unanswered = { .result = ATTEMPT_AGAIN,
                                                   .error = "the store did not answer in time",
                                                   .may_have_happened = true };
    struct job *job = arg;

    if (job->carrier && job->is_handed_in) {
        end_job(job, &unanswered);
    } else if (job->carrier && job->program.kind) {
        end_job(job, &slow);
    } else if (job->carrier) {
        exchange_run_expire(job->run);
        end_job(job, exchange_run_end(job->run));
    }
    drop_job(job);
}

static exchange_fn find_step(const struct sim_carrier *carrier, const char *kind)
{
    const struct exchange_row *row = exchanges_find(kind);

    for (size_t i = 0; !row && i < carrier->options.more_count; i++)
        if (strcmp(carrier->options.more_rows[i].kind, kind) == 0)
            row = &carrier->options.more_rows[i];
    return row ? row->step : NULL;
}

static struct exchange_step no_exchange(const struct exchange *exchange)
{
    return exchange_never(exchange, "nothing carries this kind");
}

static struct job *start_job(struct sim_carrier *carrier, const char *id, const char *kind, int64_t timeout_ms,
                             struct exchange_run_options *options)
{
    struct job *job = xcalloc(1, sizeof(*job));

    job->carrier = carrier;
    job->arena = arena_create();
    job->id = xstrdup(id);
    job->kind = xstrdup(kind);
    job->effect = xstrdup(options->effect_id);
    job->may_send = options->may_send;
    job->sender = (struct world_sender){
        .actor = carrier->options.actor, .instance = carrier->options.instance, .effect = job->effect, .kind = job->kind
    };
    job->sender.operation = arena_strdup(job->arena, options->operation_id);
    options->step = find_step(carrier, kind);
    if (!options->step)
        options->step = no_exchange;
    options->settings = carrier->options.settings;
    options->credentials = &carrier->credentials;
    if (sim_program_carries(kind))
        begin_program(job, options);
    else
        job->run = exchange_run_create(options);
    job->deadline_ms = scheduler_now_ms(carrier->options.scheduler) + timeout_ms;
    job->next = carrier->jobs;
    if (job->next)
        job->next->prev = job;
    carrier->jobs = job;
    job->users = 3; /* the list's, the start's, the deadline's */
    scheduler_after(carrier->options.scheduler, 0, carrier->options.actor, on_start, job, drop_job);
    scheduler_after(carrier->options.scheduler, timeout_ms, carrier->options.actor, on_deadline, job, drop_job);
    return job;
}

static bool is_inline(const struct attempt *attempt, struct arena *arena, struct reply_delivery *reply)
{
    struct error ignored;

    return strcmp(attempt->effect->kind, EFFECT_REPLY) == 0 &&
           shape_from_json(&reply_delivery_shape, attempt->effect->args, arena, reply, &ignored) &&
           reply->address.instance && reply->address.connection && attempt->now_ms < reply->address.inline_until_ms;
}

static void attempt_effect(void *ctx, const struct attempt *attempt)
{
    struct exchange_run_options options = {
        .effect_id = attempt->effect->outside_id,
        .operation_id = attempt->operation_outside_id,
        .args = attempt->effect->args,
        .card_channel = attempt->card_channel,
        .card_ts = attempt->card_ts,
        .unix_ms = attempt->now_ms,
        .ahead_ms = attempt->ahead_ms,
        .is_first_try = attempt->is_first_try,
        .is_untried = attempt->is_untried,
        .may_send = attempt->may_send,
        .may_send_arg = attempt->arg,
    };
    struct job *job = start_job(ctx, attempt->effect->id, attempt->kind->name, attempt->kind->attempt_ms, &options);
    struct reply_delivery reply;

    job->number = attempt->number;
    job->sender.attempt = attempt->number;
    job->on_done = attempt->on_done;
    job->arg = attempt->arg;
    job->now_ms = attempt->now_ms;
    if (is_inline(attempt, job->arena, &reply)) {
        job->inline_reply = ARENA_NEW(job->arena, struct reply_delivery);
        *job->inline_reply = reply;
        job->inline_reply->address.instance = arena_strdup(job->arena, reply.address.instance);
        job->inline_reply->address.connection = arena_strdup(job->arena, reply.address.connection);
        job->inline_message = slack_message_reply(&reply.reply); /* as the door writes it */
    }
}

static void ask_reading(void *ctx, const struct ask *ask)
{
    int64_t timeout_ms = ask->left_ms;
    struct exchange_run_options options = {
        .operation_id = ask->operation_outside_id,
        .args = ask->awaited->args,
        .unix_ms = ask->now_ms,
        .is_first_try = true,
        .may_send = ask->may_send,
        .may_send_arg = ask->arg,
    };
    struct job *job;

    job = start_job(ctx, ask->id, ask->awaited->kind,
                    timeout_ms < 1                                                               ? 1
                    : timeout_ms > READING_MS && strcmp(ask->awaited->kind, READING_PROBES) != 0 ? READING_MS
                                                                                                 : timeout_ms,
                    &options);
    job->is_reading = true;
    job->operation = arena_strdup(job->arena, ask->operation);
    job->on_done = ask->on_done;
    job->arg = ask->arg;
}

static void cancel(void *ctx, const char *effect_id, int64_t number)
{
    struct sim_carrier *carrier = ctx;
    struct job *job, *next;

    for (job = carrier->jobs; job; job = next) {
        next = job->next;
        if (job->is_reading || job->number != number || strcmp(job->id, effect_id) != 0)
            continue;
        story_tell(carrier->options.story, carrier->options.instance, "effect %s: cut off", job->id);
        let_go(job);
    }
}

static void cancel_all(void *ctx)
{
    struct sim_carrier *carrier = ctx;

    while (carrier->jobs)
        let_go(carrier->jobs);
}

static size_t in_flight(void *ctx)
{
    return sim_carrier_attempts(ctx);
}

size_t sim_carrier_attempts(const struct sim_carrier *carrier)
{
    size_t count = 0;

    for (const struct job *job = carrier->jobs; job; job = job->next)
        count += job->is_reading ? 0 : 1;
    return count;
}

/* ---- credentials ---- */

static const char *get_credential(void *ctx, const struct http_call *call, struct arena *arena)
{
    struct sim_carrier *carrier = ctx;
    AUTO_BUF struct buf basic = BUF(4096);

    if (call->credential == HTTP_SLACK_BOT)
        return "Bearer " WORLD_SLACK_TOKEN;
    if (call->credential == HTTP_GITHUB)
        return "Bearer " WORLD_GITHUB_TOKEN;
    if (call->credential == HTTP_PAGERDUTY)
        return "Token token=" WORLD_PAGERDUTY_TOKEN;
    if (!carrier->token ||
        scheduler_now_ms(carrier->options.scheduler) + GOOGLE_TOKEN_MARGIN_MS >= carrier->token_until_ms)
        return NULL;
    if (call->credential == HTTP_GOOGLE_ACCESS)
        return arena_printf(arena, "Bearer %s", carrier->token);
    buf_puts(&basic, "Basic ");
    base64_add(&basic, str_of(arena_printf(arena, "oauth2accesstoken:%s", carrier->token)));
    return arena_strdup(arena, buf_text(&basic));
}

static exchange_fn fetch_credential(void *ctx, const struct http_call *call, struct arena *arena,
                                    const cJSON **ret_args, struct error *err)
{
    (void)ctx;
    (void)arena;
    if (call->credential != HTTP_GOOGLE_ACCESS && call->credential != HTTP_GOOGLE_REGISTRY) {
        error_set(err, ERR_INVALID, "nothing brings this credential");
        return NULL;
    }
    *ret_args = NULL;
    return google_token_metadata;
}

static bool learn_credential(void *ctx, const struct http_call *call, const cJSON *result, struct error *err)
{
    struct sim_carrier *carrier = ctx;
    const char *token;
    int64_t expires_in;

    (void)call;
    if (!json_get_string(result, "access_token", &token, err) || !json_get_int(result, "expires_in", &expires_in, err))
        return false;
    free(carrier->token);
    carrier->token = xstrdup(token);
    carrier->token_until_ms = scheduler_now_ms(carrier->options.scheduler) + expires_in * 1000;
    return true;
}

static void forget_credential(void *ctx, const struct http_call *call)
{
    struct sim_carrier *carrier = ctx;

    if (call->credential != HTTP_SLACK_BOT)
        carrier->token_until_ms = 0;
}

/* ---- create ---- */

struct sim_carrier *sim_carrier_create(const struct sim_carrier_options *options)
{
    struct sim_carrier *carrier = xcalloc(1, sizeof(*carrier));

    carrier->options = *options;
    carrier->arena = arena_create();
    carrier->interface = (struct carrier){ .ctx = carrier,
                                           .attempt = attempt_effect,
                                           .ask = ask_reading,
                                           .cancel = cancel,
                                           .cancel_all = cancel_all,
                                           .in_flight = in_flight };
    carrier->credentials = (struct credential_source){ .ctx = carrier,
                                                       .get = get_credential,
                                                       .fetch = fetch_credential,
                                                       .learn = learn_credential,
                                                       .forget = forget_credential };
    return carrier;
}

void sim_carrier_destroy(struct sim_carrier *carrier)
{
    if (!carrier)
        return;
    cancel_all(carrier);
    arena_destroy(carrier->arena);
    free(carrier->token);
    free(carrier);
}

void sim_carrier_reconfigure(struct sim_carrier *carrier, const struct settings *settings)
{
    carrier->options.settings = settings;
    carrier->token_until_ms = 0; /* every token is fetched anew */
}

struct carrier *sim_carrier_interface(struct sim_carrier *carrier)
{
    return &carrier->interface;
}
