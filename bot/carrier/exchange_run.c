#include "bot/carrier/exchange_run.h"

#include "bot/model/settings.h"
#include "bot/model/plant.h"

#include <string.h>

struct exchange_run {
    struct exchange_run_options options;
    struct arena *arena;
    struct http_answer *answers;
    size_t answer_count, calls, answers_bytes;
    struct exchange_step step;
    struct http_call call;         /* the step's, signed */
    bool has_step;                 /* `step` wants its call to be made */
    bool is_out;                   /* `call` is */
    struct exchange_run *fetching; /* brings the credential for `call`; NULL: nothing has to be fetched */
    bool is_not_given;             /* there is no credential for `call`: whoever gives it refused us */
    bool may_have_happened, has_ended;
    struct attempt_end end;
};

struct exchange_run *exchange_run_create(const struct exchange_run_options *options)
{
    struct exchange_run *run = xcalloc(1, sizeof(*run));
    AUTO_FREE char *args = options->args ? json_print(options->args) : NULL;
    struct error ignored;

    run->arena = arena_create();
    run->options = *options;
    run->options.effect_id = arena_strdup(run->arena, options->effect_id);
    run->options.operation_id = arena_strdup(run->arena, options->operation_id);
    run->options.card_channel = arena_strdup(run->arena, options->card_channel);
    run->options.card_ts = arena_strdup(run->arena, options->card_ts);
    run->options.channel_id = arena_strdup(run->arena, options->channel_id);
    run->options.args = args ? json_parse_in(run->arena, str_of(args), &ignored) : NULL;
    return run;
}

void exchange_run_destroy(struct exchange_run *run)
{
    if (!run)
        return;
    exchange_run_destroy(run->fetching);
    arena_destroy(run->arena);
    free(run);
}

/* A repository's or an organisation's has a token of its own; but whether one is given at all is the App's affair. A project
 * may have an account of its own. */
static const char *seat_of(struct exchange_run *run)
{
    static const char *const seats[] = {
        [HTTP_SLACK_BOT] = "slack",        [HTTP_GOOGLE_ACCESS] = "google",
        [HTTP_GOOGLE_REGISTRY] = "google", [HTTP_GOOGLE_IDENTITY] = "google",
        [HTTP_GITHUB] = "github",          [HTTP_GITHUB_APP] = "github",
        [HTTP_PAGERDUTY] = "pagerduty",    [HTTP_SMTP] = "mail",
        [HTTP_STATUSPAGE] = "statuspage",
    };
    const struct http_call *call = &run->call;

    if (call->mail)
        return "mail";
    if (call->credential == HTTP_GITHUB && call->audience && !run->is_not_given)
        return arena_printf(run->arena, "github:%s", call->audience);
    if (call->project && settings_google_of(run->options.settings, call->project))
        return arena_printf(run->arena, "google:%s", call->project);
    return seats[call->credential];
}

static void end_run(struct exchange_run *run, struct attempt_end end)
{
    end.seat = seat_of(run);
    end.may_have_happened = end.result == ATTEMPT_AGAIN && run->may_have_happened;
    run->end = end;
    run->has_ended = true;
}

static void end_with_step(struct exchange_run *run, const struct exchange_step *step)
{
    static const enum attempt_result results[] = {
        [NEXT_DONE] = ATTEMPT_DONE,
        [NEXT_AGAIN] = ATTEMPT_AGAIN,
        [NEXT_NEVER] = ATTEMPT_NEVER,
    };

    if (step->needs_fresh_credential)
        run->options.credentials->forget(run->options.credentials->ctx, &run->call);
    end_run(run, (struct attempt_end){
                     .result = results[step->next],
                     .body = step->result,
                     .error = step->error,
                     .after_ms = step->after_ms,
                     .is_outage = step->is_outage,
                     .limit = step->limit,
                     .refusal = step->refusal,
                     .is_unclear = step->is_unclear,
                 });
}

static void take_step(struct exchange_run *run)
{
    struct exchange exchange = {
        .settings = run->options.settings,
        .effect_id = run->options.effect_id,
        .operation_id = run->options.operation_id,
        .args = run->options.args,
        .card_channel = run->options.card_channel,
        .card_ts = run->options.card_ts,
        .channel_id = run->options.channel_id,
        .answers = run->answers,
        .answer_count = run->answer_count,
        .unix_ms = run->options.unix_ms,
        .ahead_ms = run->options.ahead_ms,
        .is_first_try = run->options.is_first_try,
        .is_untried = run->options.is_untried,
        .is_in_doubt = run->options.is_in_doubt,
        .arena = run->arena,
    };

    run->step = run->options.step(&exchange);
    if (run->step.next != NEXT_CALL) {
        end_with_step(run, &run->step);
        return;
    }
    run->has_step = true;
    if (run->step.call.wants_fresh_credential) /* once: the step is taken once, however often its call is prepared */
        run->options.credentials->forget(run->options.credentials->ctx, &run->step.call);
}

static void sign(struct exchange_run *run, const char *authorization)
{
    struct http_call *call = &run->call;
    struct http_header *headers = arena_alloc(run->arena, (call->header_count + 1) * sizeof(*headers));

    if (call->header_count > 0)
        memcpy(headers, call->headers, call->header_count * sizeof(*headers));
    headers[call->header_count] = (struct http_header){ "Authorization", authorization };
    call->headers = headers;
    call->header_count++;
}

static bool start_fetching(struct exchange_run *run, struct error *err)
{
    const struct credential_source *credentials = run->options.credentials;
    struct exchange_run_options options = {
        .settings = run->options.settings,
        .credentials = credentials,
        .unix_ms = run->options.unix_ms,
        .may_send = run->options.may_send,
        .may_send_arg = run->options.may_send_arg,
    };

    options.step = credentials->fetch(credentials->ctx, &run->step.call, run->arena, &options.args, err);
    if (!options.step)
        return false;
    run->fetching = exchange_run_create(&options);
    return true;
}

/* The fetching run has ended: the credential is here, or this run ends as that one did. */
static void finish_fetching(struct exchange_run *run)
{
    const struct credential_source *credentials = run->options.credentials;
    AUTO(exchange_run) struct exchange_run *fetching = TAKE(run->fetching);
    struct attempt_end end = *exchange_run_end(fetching);
    struct error err;

    if (end.result == ATTEMPT_DONE && credentials->learn(credentials->ctx, &run->step.call, end.body, &err))
        return;
    run->is_not_given = end.refusal == REFUSAL_CREDENTIAL;
    end_run(run, (struct attempt_end){
                     .result = ATTEMPT_AGAIN,
                     .error = arena_printf(run->arena, "no credential: %s",
                                           end.result == ATTEMPT_DONE ? err.message : end.error),
                     .after_ms = end.after_ms,
                     .is_outage = true,
                     .refusal = end.refusal,
                 });
}

void exchange_run_hold_back(struct exchange_run *run)
{
    if (run->has_ended)
        return;
    run->is_out = false;
    end_run(run, (struct attempt_end){
                     .result = ATTEMPT_AGAIN, .error = "this instance may not send any more", .is_outage = true });
}

/* The call of the step, signed and allowed to go. NULL: the run has ended, or a credential has to be fetched first. */
static const struct http_call *prepare(struct exchange_run *run)
{
    const struct credential_source *credentials = run->options.credentials;
    const char *authorization = NULL;
    struct error err;

    run->call = run->step.call;
    if (run->call.credential != HTTP_NO_CREDENTIAL) {
        authorization = credentials->get(credentials->ctx, &run->call, run->arena);
        if (!authorization && !start_fetching(run, &err)) {
            run->is_not_given = true;
            end_run(run, (struct attempt_end){ .result = ATTEMPT_AGAIN,
                                               .error = arena_printf(run->arena, "no credential: %s", err.message),
                                               .refusal = REFUSAL_CREDENTIAL });
        }
        if (!authorization)
            return NULL;
        sign(run, authorization);
    }
    if (!PLANTED(LEASE_NOT_CHECKED) && !run->options.may_send(run->options.may_send_arg)) {
        exchange_run_hold_back(run);
        return NULL;
    }
    run->is_out = true;
    return &run->call;
}

const struct http_call *exchange_run_next(struct exchange_run *run)
{
    const struct http_call *call;

    while (!run->has_ended) {
        if (run->is_out)
            return &run->call;
        if (run->fetching) {
            call = exchange_run_next(run->fetching);
            if (call)
                return call;
            finish_fetching(run);
            continue;
        }
        if (run->answers_bytes > EXCHANGE_ANSWERS_MAX_BYTES)
            end_run(run, (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "its answers are too large" });
        else if (!run->has_step)
            take_step(run);
        if (run->has_ended)
            break;
        if (run->calls++ == EXCHANGE_CALLS_MAX) {
            end_run(run,
                    (struct attempt_end){ .result = ATTEMPT_NEVER, .error = "the exchange goes round in circles" });
            break;
        }
        call = prepare(run);
        if (call)
            return call;
    }
    return NULL;
}

static bool changes_something(const struct http_call *call)
{
    return strcmp(call->method, "GET") != 0 && strcmp(call->method, "HEAD") != 0;
}

/* Nobody can tell from it whether the call was carried out: no answer, or one of something in between. */
static bool is_silence(const struct http_call *call, const struct http_answer *answer)
{
    bool is_unsure = answer->status == 408 || /* some say it when they took too long themselves */
                     (answer->status >= 500 && !call->is_untaken_on_5xx);

    return answer->status == 0 ? answer->was_sent : !answer->is_mail && is_unsure;
}

static void keep(struct exchange_run *run, const struct http_answer *answer)
{
    struct http_answer *kept = ARENA_PUSH(run->arena, run->answers, run->answer_count);
    struct http_header *headers = arena_alloc(run->arena, answer->header_count * sizeof(*headers));

    *kept = *answer;
    for (size_t i = 0; i < answer->header_count; i++)
        headers[i] = (struct http_header){ arena_strdup(run->arena, answer->headers[i].name),
                                           arena_strdup(run->arena, answer->headers[i].value) };
    kept->headers = headers;
    kept->body = (struct str){ arena_copy(run->arena, answer->body), answer->body.len };
    kept->failure = arena_strdup(run->arena, answer->failure);
    run->answers_bytes += answer->body.len;
}

void exchange_run_answer(struct exchange_run *run, const struct http_answer *answer)
{
    if (run->has_ended)
        return;
    if (run->fetching) {
        exchange_run_answer(run->fetching, answer);
        return;
    }
    if (!run->is_out)
        return;
    run->is_out = false;
    if (changes_something(&run->call) && is_silence(&run->call, answer))
        run->may_have_happened = true;
    keep(run, answer);
    run->has_step = false;
}

void exchange_run_expire(struct exchange_run *run)
{
    if (run->has_ended)
        return;
    if (run->is_out && changes_something(&run->call))
        run->may_have_happened = true;
    end_run(run, (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "it took too long", .is_outage = true });
}

const struct attempt_end *exchange_run_end(const struct exchange_run *run)
{
    return run->has_ended ? &run->end : NULL;
}
