#include "bot/carrier/internal.h"

#include "bot/log.h"
#include "bot/shell/clock.h"
#include "integrations/exchanges.h"

#include <stdio.h>
#include <string.h>

#include <utlist.h>

#define READING_MS 20000 /* deadline of one asking, but a probe's; the engine asks again until the reading's own */

struct carrier_shell *carrier_create(const struct carrier_options *options)
{
    struct carrier_shell *carrier = xcalloc(1, sizeof(*carrier));

    carrier->options = *options;
    carrier->breaker = breaker_create();
    carrier->channels = channels_create();
    carrier->looks = looks_create();
    carrier->programs = programs_create(&(struct programs_options){
        .loop = options->loop, .settings = options->settings, .credentials = options->credentials });
    return carrier;
}

static void free_job(struct carrier_job *job)
{
    DL_DELETE(job->carrier->jobs, job);
    if (job->is_effect)
        job->carrier->counts.in_flight--;
    http_out_cancel(job->call);
    program_task_cancel(job->program);
    loop_timer_cancel(job->timer);
    loop_timer_cancel(job->later);
    exchange_run_destroy(job->run);
    arena_destroy(job->arena);
    free(job->host);
    free(job->id);
    free(job);
}

static void cancel_all(void *ctx)
{
    struct carrier_shell *carrier = ctx;
    struct carrier_job *job, *next;

    DL_FOREACH_SAFE(carrier->jobs, job, next)
        free_job(job);
}

void carrier_destroy(struct carrier_shell *carrier)
{
    if (!carrier)
        return;
    cancel_all(carrier);
    carrier_waits_drop(carrier);
    programs_destroy(carrier->programs);
    breaker_destroy(carrier->breaker);
    looks_destroy(carrier->looks);
    channels_destroy(carrier->channels);
    histograms_clear(&carrier->times);
    free(carrier);
}

/* Where it was posted is where the next one goes that names the same; what was refused may be there no more. What was
 * only remembered is no news. */
static void learn_channel(const struct carrier_job *job, const struct attempt_end *end)
{
    struct channels *channels = job->carrier->channels;
    const char *id = end->result == ATTEMPT_DONE ? json_find_string(end->body, "channel") : NULL;

    if (!job->channel)
        return;
    if (id && !(job->channel_id && strcmp(job->channel_id, id) == 0))
        channels_learn(channels, job->channel, id, loop_now_ms(job->carrier->options.loop));
    else if (end->result == ATTEMPT_NEVER)
        channels_forget(channels, job->channel);
}

/* Let go first, then tell: but the end is borrowed from the run, so the run goes last. */
void carrier_job_end(struct carrier_job *job, const struct attempt_end *borrowed_end)
{
    struct attempt_end told = *borrowed_end, *end = &told;
    struct exchange_run *run = TAKE(job->run);
    struct arena *arena = TAKE(job->arena);
    AUTO_FREE char *id = TAKE(job->id);
    attempt_ended_fn on_done = job->on_done;
    int64_t number = job->number;
    void *arg = job->arg;

    if (end->after_ms < job->held_ms)
        end->after_ms = job->held_ms;
    histograms_add(&job->carrier->times, job->kind, clock_mono_ns() - job->started_ns);
    learn_channel(job, end);
    if (job->is_masked || end->error || end->refusal != REFUSAL_NONE) /* why is logged, kept, and told */
        carrier_mask(job, arena, end);
    if (end->result != ATTEMPT_DONE) {
        job->carrier->counts.failures++;
        log_warn("carrier.failed", LOG_STR("id", id), LOG_STR("error", end->error),
                 LOG_BOOL("again", end->result == ATTEMPT_AGAIN));
    }
    free_job(job);
    on_done(arg, id, number, end);
    exchange_run_destroy(run);
    arena_destroy(arena);
}

/* ---- an exchange, call by call ---- */

static void take_answer(struct carrier_job *job, const struct http_answer *answer)
{
    job->has_waited = false; /* the next call may want to wait, too */
    carrier_line_answered(job, answer);
    exchange_run_answer(job->run, answer);
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct carrier_job *job = arg;
    bool was_held_back = answer->failure && strcmp(answer->failure, HTTP_OUT_HELD_BACK) == 0;

    job->call = NULL;
    if (was_held_back) { /* which says nothing of the host, nor of what was asked */
        exchange_run_hold_back(job->run);
        carrier_job_end(job, exchange_run_end(job->run));
        return;
    }
    if (!job->is_probe)
        breaker_note(job->carrier->breaker, job->host, !http_answer_is_failure(answer),
                     loop_now_ms(job->carrier->options.loop));
    take_answer(job, answer);
    carrier_job_go_on(job);
}

static void answer_myself(struct carrier_job *job, const char *failure)
{
    take_answer(job, &(struct http_answer){ .failure = failure, .was_sent = false });
}

static bool may_leave(struct carrier_job *job)
{
    int64_t now_ms = loop_now_ms(job->carrier->options.loop);

    if (job->is_probe || breaker_allows(job->carrier->breaker, job->host, now_ms))
        return true;
    job->held_ms = breaker_opens_in_ms(job->carrier->breaker, job->host, now_ms);
    return false;
}

static void on_waited(void *arg)
{
    struct carrier_job *job = arg;

    job->later = NULL;
    carrier_job_go_on(job);
}

/* Its exchange wants it to be made later: once, however long its turn takes then. Whether it may leave at all is asked
 * then, right before it does. */
static bool has_to_wait(struct carrier_job *job, const struct http_call *call)
{
    if (call->wait_ms == 0 || job->has_waited)
        return false;
    job->has_waited = true;
    job->later = loop_timer_start(job->carrier->options.loop, call->wait_ms, on_waited, job);
    return true;
}

/* Makes the next call, or ends. A call that cannot be made is answered as one that never left. */
void carrier_job_go_on(struct carrier_job *job)
{
    const struct attempt_end *end;
    const struct http_call *call;

    while ((call = exchange_run_next(job->run)) != NULL) {
        enum line line;
        struct error err;

        if (has_to_wait(job, call))
            return;
        free(job->host);
        job->host = breaker_host(call->url);
        line = carrier_line_take(job, call);
        if (line == LINE_WAITS)
            return;
        if (line == LINE_TOO_LONG) {
            answer_myself(job, "so much is asked there that a limit would be hit: it waits for its turn");
            continue;
        }
        if (!may_leave(job)) {
            answer_myself(job, "left alone for some seconds after failures in a row");
            continue;
        }
        job->carrier->counts.calls++;
        log_debug("carrier.call", LOG_STR("id", job->id), LOG_STR("method", call->method), LOG_STR("host", job->host));
        job->call = http_out_start(job->carrier->options.http_out, call, on_answer, job, &err);
        if (job->call) { /* until it is connected, what was true of the lease just now may have changed */
            http_out_ask_first(job->call, job->may_send, job->arg);
            return;
        }
        answer_myself(job, err.message);
    }
    end = exchange_run_end(job->run);
    if (job->hands_in && end->result == ATTEMPT_DONE)
        carrier_hand_in(job, end);
    else
        carrier_job_end(job, end);
}

static void on_begin(void *arg)
{
    struct carrier_job *job = arg;

    job->later = NULL;
    carrier_job_go_on(job);
}

/* ---- programs: no call, and no host ---- */

static void on_program_end(void *arg, const struct attempt_end *end)
{
    struct carrier_job *job = arg;

    job->program = NULL;
    carrier_job_end(job, end);
}

static void on_begin_program(void *arg)
{
    struct carrier_job *job = arg;

    job->later = NULL;
    if (!job->may_send(job->arg)) {
        struct attempt_end end = { .result = ATTEMPT_AGAIN, .error = "this instance may not send any more" };

        carrier_job_end(job, &end);
        return;
    }
    job->program = programs_start(job->carrier->programs, &job->program_job, on_program_end, job);
}

static void end_slow_program(struct carrier_job *job)
{
    struct attempt_end end = { .result = ATTEMPT_AGAIN,
                               .error = "data_dir is too slow: its files did not answer in time",
                               .may_have_happened = true };

    carrier_job_end(job, &end);
}

/* False: an exchange does it. The texts live in the job's arena. */
static bool hand_to_programs(struct carrier_job *job, const char *kind, const char *effect_id, const cJSON *args,
                             bool is_first_try)
{
    if (!programs_carry(kind))
        return false;
    job->program_job = (struct program_job){ .kind = arena_strdup(job->arena, kind),
                                             .effect_id = effect_id,
                                             .args = args,
                                             .is_first_try = is_first_try,
                                             .may_send = job->may_send,
                                             .may_send_arg = job->arg };
    job->later = loop_timer_start(job->carrier->options.loop, 0, on_begin_program, job);
    return true;
}

static void on_deadline(void *arg)
{
    struct carrier_job *job = arg;

    job->timer = NULL;
    if (job->program_job.kind) {
        end_slow_program(job);
        return;
    }
    if (job->kept.id || (job->hands_in && exchange_run_end(job->run))) {
        struct attempt_end end = { .result = ATTEMPT_AGAIN,
                                   .error = "the store did not answer in time",
                                   .may_have_happened = true };

        carrier_job_end(job, &end);
        return;
    }
    if (!job->run) { /* a connection that was not answered: the address that lasts is tried by the next attempt */
        struct attempt_end end = { .result = ATTEMPT_AGAIN,
                                   .error = "no word from the instance that holds the connection",
                                   .may_have_happened = true };

        carrier_job_end(job, &end);
        return;
    }
    http_out_cancel(TAKE(job->call));
    exchange_run_expire(job->run);
    carrier_job_end(job, exchange_run_end(job->run));
}

static struct carrier_job *start_job(struct carrier_shell *carrier, const char *id, const char *kind,
                                     int64_t deadline_ms)
{
    struct carrier_job *job = xcalloc(1, sizeof(*job));

    job->carrier = carrier;
    job->id = xstrdup(id);
    job->arena = arena_create();
    job->kind = arena_strdup(job->arena, kind);
    job->started_ns = clock_mono_ns();
    job->timer = loop_timer_start(carrier->options.loop, deadline_ms, on_deadline, job);
    DL_APPEND(carrier->jobs, job);
    return job;
}

struct carrier_job *carrier_job_find(struct carrier_shell *carrier, const char *id, int64_t number)
{
    struct carrier_job *job;

    DL_FOREACH(carrier->jobs, job)
        if (job->number == number && strcmp(job->id, id) == 0)
            return job;
    return NULL;
}

static struct exchange_step nothing_carries_it(const struct exchange *exchange)
{
    return exchange_never(exchange, "nothing here carries this kind");
}

static exchange_fn step_of(const char *kind)
{
    const struct exchange_row *row = exchanges_find(kind);

    return row ? row->step : nothing_carries_it;
}

/* ---- the interface ---- */

static const char *copy(struct carrier_job *job, const char *text)
{
    return arena_strdup(job->arena, text);
}

static const cJSON *copy_json(struct carrier_job *job, const cJSON *json)
{
    cJSON *kept = json_copy(json);

    if (kept)
        arena_defer(job->arena, (void (*)(void *))cJSON_Delete, kept);
    return kept;
}

/* Where something new goes in Slack, by its name; NULL: to where its card stands, or it is an id, which needs no memory
 * (names are in lower case), or it is no such thing. */
static const char *new_in_channel(const struct attempt *a)
{
    bool is_card = strcmp(a->kind->name, EFFECT_CARD) == 0, is_message = strcmp(a->kind->name, EFFECT_MESSAGE) == 0;
    const char *channel = json_find_string(a->effect->args, "channel");

    if ((!is_card && !is_message) || (is_card && a->card_ts) ||
        (is_message && json_find_bool(a->effect->args, "is_in_thread", false)))
        return NULL;
    return channel && !(channel[0] >= 'A' && channel[0] <= 'Z') ? channel : NULL;
}

/* Who tries again looks where the try before may have gone. */
static const char *known_channel(struct carrier_job *job, bool is_first_try)
{
    const struct channels *channels = job->carrier->channels;

    return copy(job, is_first_try ? channels_find(channels, job->channel, loop_now_ms(job->carrier->options.loop))
                                  : channels_find_last(channels, job->channel));
}

static void attempt(void *ctx, const struct attempt *a)
{
    struct carrier_shell *carrier = ctx;
    struct carrier_job *job = start_job(carrier, a->effect->id, a->kind->name, a->kind->attempt_ms);
    struct exchange_run_options *options = ARENA_NEW(job->arena, struct exchange_run_options);
    bool is_reply = strcmp(a->kind->name, EFFECT_REPLY) == 0;

    job->channel = copy(job, new_in_channel(a));
    job->channel_id = known_channel(job, a->is_first_try);
    *options = (struct exchange_run_options){
        .step = step_of(a->kind->name),
        .settings = carrier->options.settings,
        .credentials = carrier->options.credentials,
        .effect_id = copy(job, a->effect->outside_id),
        .operation_id = copy(job, a->operation_outside_id),
        .args = copy_json(job, a->effect->args),
        .card_channel = copy(job, a->card_channel),
        .card_ts = copy(job, a->card_ts),
        .channel_id = job->channel_id,
        .unix_ms = a->now_ms,
        .ahead_ms = a->ahead_ms,
        .is_first_try = a->is_first_try,
        .is_untried = a->is_untried,
        .is_in_doubt = a->is_in_doubt,
        .may_send = a->may_send,
        .may_send_arg = a->arg,
    };
    job->is_effect = true;
    job->hands_in = carrier_hands_in(a->kind->name);
    job->now_ms = a->now_ms;
    carrier->counts.in_flight++;
    job->number = a->number;
    job->may_send = a->may_send;
    job->on_done = a->on_done;
    job->arg = a->arg;
    job->retry = options;
    if (hand_to_programs(job, a->kind->name, options->effect_id, options->args, a->is_first_try) ||
        carrier_kept_take(job, a->kind->name, options->effect_id, options->args, a->now_ms))
        return;
    if (!is_reply)
        job->run = exchange_run_create(options);
    job->later = loop_timer_start(carrier->options.loop, 0, is_reply ? carrier_reply_begin : on_begin, job);
}

static bool is_probe(const struct ask *a)
{
    return strcmp(a->awaited->kind, READING_HEALTH) == 0 || strcmp(a->awaited->kind, READING_PROBES) == 0;
}

/* A probe is one try, that may be long: its time limit is configured, and the reading's own deadline knows it. */
int64_t carrier_asking_ms(const struct ask *a)
{
    return is_probe(a) && a->left_ms > READING_MS ? a->left_ms : READING_MS;
}

static void ask(void *ctx, const struct ask *a)
{
    struct carrier_shell *carrier = ctx;
    struct carrier_job *job = start_job(carrier, a->id, a->awaited->kind, carrier_asking_ms(a));
    struct exchange_run_options options = {
        .step = step_of(a->awaited->kind),
        .settings = carrier->options.settings,
        .credentials = carrier->options.credentials,
        .operation_id = copy(job, a->operation_outside_id),
        .args = copy_json(job, a->awaited->args),
        .unix_ms = a->now_ms,
        .may_send = a->may_send,
        .may_send_arg = a->arg,
    };

    job->is_probe = is_probe(a);
    job->is_masked =
        strcmp(a->awaited->kind, READING_SELF_TEST) == 0 || strcmp(a->awaited->kind, READING_LOGS) == 0;
    job->may_send = a->may_send;
    job->on_done = a->on_done;
    job->arg = a->arg;
    if (hand_to_programs(job, a->awaited->kind, NULL, options.args, false) ||
        carrier_kept_take(job, a->awaited->kind, NULL, options.args, a->now_ms) ||
        carrier_personal_take(job, a->awaited->kind, options.args) ||
        carrier_reload_take(job, a->awaited->kind, a->operation))
        return;
    job->run = exchange_run_create(&options);
    job->later = loop_timer_start(carrier->options.loop, 0, on_begin, job);
}

static size_t in_flight(void *ctx)
{
    const struct carrier_shell *carrier = ctx;

    return carrier->counts.in_flight;
}

static void cancel(void *ctx, const char *effect_id, int64_t number)
{
    struct carrier_job *job = carrier_job_find(ctx, effect_id, number);

    if (job && job->is_effect)
        free_job(job);
}

struct carrier carrier_interface(struct carrier_shell *carrier)
{
    return (struct carrier){ .ctx = carrier,
                             .attempt = attempt,
                             .ask = ask,
                             .cancel = cancel,
                             .cancel_all = cancel_all,
                             .in_flight = in_flight };
}

void carrier_reconfigure(struct carrier_shell *carrier, const struct settings *settings)
{
    carrier->options.settings = settings;
    channels_forget_all(carrier->channels);
    programs_reconfigure(carrier->programs, settings);
}

bool carrier_keeps_settings(const struct carrier_shell *carrier)
{
    const struct carrier_job *job;

    DL_FOREACH(carrier->jobs, job)
        if (job->run || job->retry || job->program)
            return true;
    return false;
}

const struct histograms *carrier_times(const struct carrier_shell *carrier)
{
    return &carrier->times;
}

const struct breaker *carrier_breaker(const struct carrier_shell *carrier)
{
    return carrier->breaker;
}

struct carrier_counts carrier_counts(const struct carrier_shell *carrier)
{
    return carrier->counts;
}
