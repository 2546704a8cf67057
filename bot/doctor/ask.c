/* ask.c - the checks of `opsgate doctor`, asked: a few at a time, each with a limit of its own. */
#include "bot/doctor/doctor.h"

#include "bot/carrier/credentials.h"
#include "bot/shell/clock.h"
#include "bot/shell/http_out.h"

#include <string.h>

#define AT_A_TIME 8

struct asking {
    struct doctor *doctor;
    const struct settings *settings;
    struct clock clock;
    struct loop *loop;
    struct http_out *http_out;
    struct resolve *resolve;
    struct credential_source source;
    struct doctor_store *store;
    size_t next, running;
    loop_fn on_over;
    void *arg;
};

struct job { /* a check that is being asked */
    struct asking *asking;
    struct doctor_check *check;
    struct exchange_run *run;
    struct http_out_call *call;
    struct loop_timer *timer;
};

/* ---- what is shown ---- */

/* Whoever was asked may have written anything, and sent back what it was asked with. */
static const char *shown(const struct doctor *doctor, const char *text)
{
    return secrets_mask(&doctor->secrets, text, doctor->arena);
}

static void add_secret(void *arg, const char *secret)
{
    secrets_add(arg, secret);
}

static void make_fit_to_be_shown(struct asking *asking)
{
    struct doctor *doctor = asking->doctor;

    asking->source.tell(asking->source.ctx, add_secret, &doctor->secrets);
    for (size_t i = 0; i < doctor->checks_count; i++)
        for (size_t k = 0; k < doctor->checks[i].found.findings_count; k++) {
            struct finding *finding = &doctor->checks[i].found.findings[k];

            finding->subject = shown(doctor, finding->subject);
            finding->text = shown(doctor, finding->text);
            finding->mend = shown(doctor, finding->mend);
        }
}

/* ---- one check ---- */

static void take_findings(struct job *job)
{
    const struct attempt_end *end = exchange_run_end(job->run);
    struct arena *arena = job->asking->doctor->arena;
    struct doctor_check *check = job->check;
    struct finding finding = { FINDING_BAD, check->subject, NULL, check->mend };
    struct error err;

    if (end->result == ATTEMPT_DONE) {
        if (shape_from_json(&findings_shape, end->body, arena, &check->found, &err))
            return;
        finding.text = arena_strdup(arena, err.message);
    } else {
        finding.text = arena_strdup(arena, end->error ? end->error : "no answer");
        if (end->result == ATTEMPT_AGAIN && end->is_outage) {
            finding.mark = FINDING_AWAY;
            finding.mend = "is it up, is its address right, and does this machine reach it? Then ask again";
        }
    }
    check->found = (struct findings){ 0 };
    findings_add(&check->found, arena, finding);
}

static void start_more(struct asking *asking);

static void end_job(struct job *job)
{
    struct asking *asking = job->asking;

    take_findings(job);
    http_out_cancel(job->call);
    loop_timer_cancel(job->timer);
    exchange_run_destroy(job->run);
    free(job);
    asking->running--;
    start_more(asking);
}

static void go_on(struct job *job);

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct job *job = arg;

    job->call = NULL;
    exchange_run_answer(job->run, answer);
    go_on(job);
}

/* Makes the next call, or ends. A call that cannot be made is answered as one that never left. */
static void go_on(struct job *job)
{
    const struct http_call *call;

    while ((call = exchange_run_next(job->run)) != NULL) {
        struct http_answer answer = { .was_sent = false };
        struct error err;

        job->call = http_out_start(job->asking->http_out, call, on_answer, job, &err);
        if (job->call)
            return;
        answer.failure = err.message;
        exchange_run_answer(job->run, &answer);
    }
    end_job(job);
}

static void on_late(void *arg)
{
    struct job *job = arg;

    job->timer = NULL;
    exchange_run_expire(job->run);
    end_job(job);
}

static void on_begin(void *arg)
{
    struct job *job = arg;

    job->timer = loop_timer_start(job->asking->loop, DOCTOR_CHECK_MS, on_late, job);
    go_on(job);
}

static bool always(void *arg)
{
    (void)arg;
    return true;
}

static void start(struct asking *asking, struct doctor_check *check)
{
    struct job *job = xcalloc(1, sizeof(*job));

    asking->running++;
    *job = (struct job){ .asking = asking, .check = check };
    job->run = exchange_run_create(&(struct exchange_run_options){ .step = check->step,
                                                                   .settings = asking->settings,
                                                                   .credentials = &asking->source,
                                                                   .args = check->args,
                                                                   .unix_ms = asking->clock.unix_ms(asking->clock.ctx),
                                                                   .may_send = always });
    job->timer = loop_timer_start(asking->loop, 0, on_begin, job);
}

static void on_store(void *arg)
{
    struct asking *asking = arg;

    asking->running--;
    start_more(asking);
}

static void start_more(struct asking *asking)
{
    struct doctor *doctor = asking->doctor;

    while (asking->running < AT_A_TIME && asking->next < doctor->checks_count) {
        struct doctor_check *check = &doctor->checks[asking->next++];

        if (check->step) {
            start(asking, check);
        } else if (check->is_store) {
            asking->running++;
            asking->store = doctor_store_start(doctor, check, asking->loop, asking->resolve, on_store, asking);
        }
    }
    if (asking->running > 0)
        return;
    make_fit_to_be_shown(asking);
    asking->on_over(asking->arg);
    loop_stop(asking->loop);
}

static void on_start(void *arg)
{
    start_more(arg);
}

bool doctor_ask(struct doctor *doctor, loop_fn on_over, void *arg, struct error *err)
{
    const struct settings *settings = &doctor->configuration->settings;
    struct asking asking = {
        .doctor = doctor, .settings = settings, .clock = clock_system(), .on_over = on_over, .arg = arg
    };
    AUTO(loop) struct loop *loop = loop_create(err);
    AUTO(resolve) struct resolve *resolve = loop ? resolve_create(&(struct resolve_options){ .loop = loop }) : NULL;
    struct http_out_options http = { .loop = loop, .resolve = resolve };
    AUTO(http_out) struct http_out *out = loop ? http_out_create(&http, err) : NULL;
    AUTO(credentials) struct credentials *credentials = out ? credentials_create(settings, &asking.clock) : NULL;
    struct error told; /* by the check of the keys */

    if (!credentials)
        return false;
    credentials_reconfigure(credentials, settings, &told);
    asking.loop = loop;
    asking.resolve = resolve;
    asking.http_out = out;
    asking.source = credentials_source(credentials);
    loop_timer_start(loop, 0, on_start, &asking);
    loop_run(loop);
    doctor_store_destroy(asking.store);
    return true;
}
