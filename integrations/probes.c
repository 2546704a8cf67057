#include "integrations/probes.h"

#include "bot/base/time.h"
#include "bot/model/probes.h"
#include "integrations/dialog.h"
#include "integrations/url.h"

#define LATE_MS 100 /* what took so much longer than it may is opsgate's own delay, and says nothing of the peer */
#define PROBLEM_BYTES 160

struct probing {
    const struct exchange *exchange;
    const struct probes_ask *ask;
    struct dialog dialog;
    int64_t at_ms;  /* since the asking began */
    bool has_fresh; /* a token that was refused was fetched anew: once in an asking */
    bool was_good;  /* the new revision, by then: we may invoke it */
    struct probes_made made;
};

/* ---- one probe ---- */

struct heard {
    struct probe probe;
    int refused;         /* the status, if it may be Google's door that refused us; 0: it was not */
    const char *problem; /* NULL: none */
};

static const struct http_answer *get(struct probing *p, const char *url, int64_t wait_ms, bool wants_fresh)
{
    const struct http_answer *answer =
        dialog_ask(&p->dialog, (struct http_call){
                                   .method = "GET",
                                   .url = url,
                                   .timeout_ms = p->ask->timeout_ms,
                                   .wait_ms = wait_ms,
                                   .answer_max_bytes = PROBE_BODY_MAX_BYTES,
                                   .drops_body = true,
                                   .credential = p->ask->audience ? HTTP_GOOGLE_IDENTITY : HTTP_NO_CREDENTIAL,
                                   .audience = p->ask->audience,
                                   .project = p->ask->project,
                                   .wants_fresh_credential = wants_fresh,
                               });

    if (answer)
        p->at_ms += wait_ms + (answer->took_ms > 0 ? answer->took_ms : 0);
    return answer;
}

/* By Google's door, before any revision: that is about our account, not about the service. Or by the service itself. */
static bool is_refused(const struct probing *p, const struct http_answer *answer)
{
    return p->ask->audience && answer->status != p->ask->expect_status &&
           (answer->status == 401 || answer->status == 403);
}

static bool is_late(const struct probing *p, const struct http_answer *answer)
{
    return answer->took_ms > p->ask->timeout_ms + LATE_MS;
}

static const char *unexpected_text(const struct probing *p, int status)
{
    bool lacks_token = !p->ask->audience && (status == 401 || status == 403);

    return arena_printf(p->exchange->arena, "answered %d, expected %lld%s", status, (long long)p->ask->expect_status,
                        lacks_token ? "; a private service needs invoker_token" : "");
}

/* Of Google's door and the service's own one answers as the other does: what mends either. */
static const char *refused_text(const struct probing *p, int status)
{
    return arena_printf(
        p->exchange->arena,
        "%d: it refuses opsgate's probes. If Google does, grant opsgate's account roles/run.invoker on "
        "the service; if the service itself does, probe another path (probes.path), or judge by metrics",
        status);
}

/* What is wrong with it; NULL: nothing. */
static const char *problem_of(const struct probing *p, const struct http_answer *answer)
{
    struct arena *arena = p->exchange->arena;

    if (is_late(p, answer))
        return "opsgate itself was too late to tell";
    if (is_refused(p, answer))
        return refused_text(p, answer->status);
    if (answer->status == 0)
        return arena_printf(arena, "%.*s", PROBLEM_BYTES, answer->failure ? answer->failure : "no answer");
    return answer->status == p->ask->expect_status ? NULL : unexpected_text(p, answer->status);
}

/* False: there is a call to be made first. */
static bool probe_one(struct probing *p, const char *url, int64_t wait_ms, struct heard *ret_heard)
{
    const struct http_answer *answer = get(p, url, wait_ms, false);

    if (answer && answer->status == 401 && is_refused(p, answer) && !p->has_fresh) {
        p->has_fresh = true;
        answer = get(p, url, 0, true);
    }
    if (!answer)
        return false;
    ret_heard->problem = problem_of(p, answer);
    ret_heard->refused = !is_late(p, answer) && is_refused(p, answer) ? answer->status : 0;
    ret_heard->probe.is_known =
        !is_late(p, answer) && !is_refused(p, answer) && (answer->status != 0 || answer->was_sent);
    ret_heard->probe.is_good = !ret_heard->problem;
    ret_heard->probe.took_ms = answer->served_ms > 0 ? answer->served_ms : 0;
    return true;
}

/* Google's door is one for all revisions of a service: who came through it to another one, or to this one before, was
 * refused by the revision itself. */
static void settle_refusal(struct probing *p, struct heard *canary, const struct heard *baseline)
{
    if (canary->refused && (baseline->probe.is_good || p->was_good)) {
        canary->probe.is_known = true;
        canary->problem = unexpected_text(p, canary->refused);
    }
    p->was_good = p->was_good || canary->probe.is_good;
}

/* ---- all of them ---- */

static bool make_round(struct probing *p, int64_t begins_ms)
{
    int64_t wait_ms = begins_ms > p->at_ms ? begins_ms - p->at_ms : 0;
    struct heard canary, baseline = { .refused = 0 };

    if (!probe_one(p, p->ask->url, wait_ms, &canary) ||
        (p->ask->baseline_url && !probe_one(p, p->ask->baseline_url, 0, &baseline)))
        return false;
    settle_refusal(p, &canary, &baseline);
    p->made.problem = canary.problem ? canary.problem : p->made.problem;
    *ARENA_PUSH(p->exchange->arena, p->made.rounds, p->made.rounds_count) =
        (struct probe_round){ p->at_ms, canary.probe, baseline.probe };
    return true;
}

static const char *wrong_with(const struct probes_ask *ask)
{
    if (!url_is_address(ask->url) || (ask->baseline_url && !url_is_address(ask->baseline_url)))
        return "its address is no http address";
    if (ask->audience && !url_is_address(ask->audience))
        return "its audience is no address that a token could be for";
    if (ask->rounds < 1 || ask->rounds > PROBES_ROUNDS_MAX)
        return "so many rounds are not made";
    if (ask->every_ms < 1 || ask->every_ms > HOUR_MS)
        return "it does not say how often";
    return ask->timeout_ms < 1 || ask->timeout_ms > PROBES_TIMEOUT_MAX_MS ? "it does not say how long" : NULL;
}

/* A round begins every_ms after the one before did, or once that is over. None does once the time for all of them is
 * over: what hangs is heard of in time. */
struct exchange_step probes_read(const struct exchange *exchange)
{
    struct probes_ask ask;
    struct probing p = { .exchange = exchange, .ask = &ask, .dialog = DIALOG(exchange) };
    const char *wrong;
    struct error err;

    if (!shape_from_json(&probes_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "probes: %s", err.message);
    wrong = wrong_with(&ask);
    if (wrong)
        return exchange_never(exchange, "probes: %s", wrong);
    for (int64_t i = 0, begins_ms = ask.every_ms; i < ask.rounds; i++) {
        if (p.at_ms > ask.rounds * ask.every_ms)
            break;
        if (begins_ms < p.at_ms)
            begins_ms = p.at_ms;
        if (!make_round(&p, begins_ms))
            return p.dialog.step;
        begins_ms += ask.every_ms;
    }
    return exchange_done(exchange, shape_to_json(&probes_made_shape, &p.made, SHAPE_WHOLE));
}
