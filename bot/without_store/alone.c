#include "bot/without_store/alone_internal.h"

#include "bot/base/time.h"
#include "bot/cli/text.h"
#include "bot/model/exchange.h"
#include "bot/shell/resolve.h"
#include "handlers/image.h"
#include "handlers/rollback/body.h"
#include "handlers/rollback/rollback.h"
#include "policy/decide.h"
#include "policy/members.h"

#include <inttypes.h>
#include <string.h>

int64_t alone_unix_now(const struct alone *alone)
{
    return alone->options->clock->unix_ms(alone->options->clock->ctx);
}

const char *alone_outside_id(const struct alone *alone)
{
    unsigned char dice[8];
    char hex[17];

    alone->options->clock->random(alone->options->clock->ctx, dice, sizeof(dice));
    for (size_t i = 0; i < sizeof(dice); i++)
        snprintf(hex + 2 * i, 3, "%02x", dice[i]);
    return arena_printf(alone->arena, "%s-%s", alone->options->birth, hex);
}

/* ---- what the handlers see ---- */

static const struct operation *find_operation(const void *ctx, const char *id)
{
    const struct alone *alone = ctx;

    return text_equal(id, alone->operation.id) ? &alone->operation : NULL;
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

/* Before it was seen what serves, nothing is taken for known: the copy may be old. */
static const struct target *find_target(const void *ctx, const char *name)
{
    const struct alone *alone = ctx;

    return alone->is_judged && strcmp(alone->operation.target, name) == 0 ? alone->source.target : NULL;
}

static struct view view_of(const struct alone *alone)
{
    return (struct view){ .settings = &alone->options->configuration->settings,
                          .policy = alone->policy,
                          .verbs = alone->options->verbs,
                          .now_ms = alone_unix_now(alone),
                          .members = alone->members,
                          .arena = alone->arena,
                          .ctx = alone,
                          .find_operation = find_operation,
                          .find_ended = find_ended,
                          .find_target = find_target,
                          .list_operations = list_none,
                          .list_ended = list_none };
}

/* ---- telling ---- */

void alone_tell(const struct alone *alone, const char *text)
{
    const struct settings *settings = &alone->options->configuration->settings;

    fprintf(alone->options->out, "%s  %s\n", time_format(alone_unix_now(alone)).text,
            cli_plain(settings, text, alone->arena));
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

bool alone_note(struct alone *alone, const char *what, const cJSON *more)
{
    const char *data_dir = alone->options->configuration->settings.data_dir;

    return keep(alone, without_store_note(data_dir, alone->act.id, what, more, &alone->failure));
}

static bool write_act(struct alone *alone)
{
    const char *data_dir = alone->options->configuration->settings.data_dir;

    return keep(alone, without_store_write(data_dir, &alone->act, &alone->failure));
}

/* Asked for twice it leads further back, and nobody is there to show a card to. */
static void tell_way(const struct alone *alone)
{
    const struct rollback_body *body = alone->body;

    if (body->from.version && body->to.version)
        alone_tell(alone, arena_printf(alone->arena, "from %s to %s", version_short(body->from.version, alone->arena),
                                       version_short(body->to.version, alone->arena)));
    if (body->further)
        alone_tell(alone, arena_printf(alone->arena, "It %s.", body->further));
}

/* On file before it goes out: whoever finds the act without an end knows what to look for. */
void alone_before_effect(struct alone *alone, const struct wanted_effect *want)
{
    const struct rollback_body *body = alone->body;

    alone->act.is_sent = true;
    alone->act.from = &body->from;
    alone->act.to = &body->to;
    alone->act.irreversible = body->irreversible;
    alone->act.break_glass = body->break_glass;
    tell_way(alone);
    if (write_act(alone))
        alone_note(alone, want->kind, want->args);
}

/* ---- by what it chooses ---- */

static const struct target *find_copy(const struct alone *alone)
{
    const struct target_list *list = &alone->options->targets;

    for (size_t i = 0; i < list->targets_count; i++)
        if (strcmp(list->targets[i].name, alone->operation.target) == 0)
            return &list->targets[i];
    return NULL;
}

static void judge_source(struct alone *alone, const struct event *event)
{
    struct run_service service;
    struct error ignored; /* the machine hears the same answer, and says what is wrong with it */
    cJSON *more;

    if (alone->is_judged || event->kind != EVENT_READING || strcmp(event->name, "service") != 0 ||
        event->end != END_DONE || !shape_from_json(&run_service_shape, event->body, alone->arena, &service, &ignored))
        return;
    alone->source = rollback_source_of(find_copy(alone), alone->options->targets.at_ms, &service, alone_unix_now(alone),
                                       alone->arena);
    alone->is_judged = true;
    alone_tell(alone, alone->source.sentence);
    more = json_object();
    json_set_string(more, "why", alone->source.sentence);
    alone_note(alone, "source", more);
    cJSON_Delete(more);
}

/* ---- an outcome, carried out ---- */

static void end(struct alone *alone, const struct outcome *out)
{
    alone->operation.ended_at_ms = alone->act.ended_at_ms = alone_unix_now(alone);
    alone->operation.result = alone->act.result = out->result;
    alone->operation.summary = alone->act.summary = out->summary;
    alone_drop_waits(alone);
    write_act(alone);
    loop_stop(alone->loop);
}

static void apply(struct alone *alone, const struct outcome *out)
{
    if (out->state && (!alone->operation.state || strcmp(out->state, alone->operation.state) != 0)) {
        alone->operation.state = out->state;
        alone_tell(alone, out->state);
    }
    if (out->body)
        alone->body = out->body;
    if (out->good)
        alone->act.good = out->good;
    if (out->bad)
        alone->act.bad = out->bad;
    for (size_t i = 0; i < out->journal_count; i++)
        alone_note(alone, out->journal[i].kind, out->journal[i].body);
    if (out->result) {
        end(alone, out);
        return;
    }
    for (size_t i = 0; i < out->cancels_count; i++)
        alone_cancel_effects(alone, out->cancels[i]);
    for (size_t i = 0; i < out->effects_count; i++)
        alone_want_effect(alone, &out->effects[i]);
    for (size_t i = 0; i < out->readings_count; i++)
        alone_want_reading(alone, &out->readings[i]);
    for (size_t i = 0; i < out->timers_count; i++)
        alone_want_timer(alone, &out->timers[i]);
    if (out->claims)
        alone_want_target(alone);
}

void alone_decide(struct alone *alone, const struct event *event)
{
    struct view view = view_of(alone);
    struct outcome out;

    if (alone->has_failed || alone->operation.result)
        return;
    judge_source(alone, event);
    outcome_init(&out, alone->arena, alone->operation.id, alone->operation.outside_id);
    alone->machine->on_event(&view, &alone->operation, alone->body, event, &out);
    apply(alone, &out);
}

/* ---- the request ---- */

/* Who is in a group is taken as it was last known: that may be long ago, and is said. */
static void tell_stale(const struct alone *alone, const struct decision *decision, int64_t now_ms)
{
    if (decision->stale_source)
        alone_tell(alone, arena_printf(alone->arena, "You are in `%s` as it was read %s ago.", decision->stale_source,
                                       duration_about(now_ms - decision->stale_read_at_ms).text));
}

static bool ask_policy(const struct alone *alone, const struct question *question, struct error *err)
{
    const struct facts facts = { .unix_ms = alone_unix_now(alone), .members = alone->members };
    struct decision decision = policy_decide(alone->policy, question, &facts, POLICY_WHOLE);

    if (decision.verdict == VERDICT_ALLOW) {
        tell_stale(alone, &decision, facts.unix_ms);
        return true;
    }
    return error_set(err, ERR_DENIED, "denied: %s%s%s%s. You are %s here", decision.reason, decision.rule ? " (" : "",
                     decision.rule ? decision.rule : "", decision.rule ? ")" : "",
                     policy_name_of(alone->policy, &question->principal, alone->arena));
}

/* Any version but the last good one is a deploy, which needs more than this process has. */
static bool refuse_other(const struct alone *alone, const struct question *question, struct error *err)
{
    const struct settings *settings = &alone->options->configuration->settings;
    const char *target = arena_printf(alone->arena, "%s/%s", question->service, question->environment);
    const struct environment_settings *environment = NULL;
    const struct service_settings *service = NULL;
    const struct cloud_run_driver *driver = NULL;

    if (settings_find_target(settings, target, &service, &environment))
        driver = environment->driver.cloud_run;
    if (!driver)
        return error_set(err, ERR_INVALID, "without a store only the way back to the last good version is done");
    return error_set(
        err, ERR_INVALID,
        "without a store only the way back to the last good version is done. To another revision, by hand: "
        "gcloud run services update-traffic %s --project %s --region %s --to-revisions REVISION=100",
        driver->service, driver->project, driver->regions_count > 0 ? "REGION" : driver->region);
}

static bool refuse_begun(const struct alone *alone, const struct outcome *out, struct error *err)
{
    if (!out->begins)
        return error_set(err, ERR_INVALID, "%s",
                         out->reply
                             ? cli_plain(&alone->options->configuration->settings, out->reply->text, alone->arena)
                             : "nothing to do");
    if (out->requests_count > 0)
        return error_set(err, ERR_INVALID,
                         "it runs in several regions: without a store they go back one at a time, with --region R. "
                         "Nothing was done");
    return error_set(err, ERR_INVALID, "without a store only services on Cloud Run go back. Nothing was done");
}

static void take_up(struct alone *alone, const struct request *request, const struct outcome *out)
{
    alone->machine = &machine_rollback;
    alone->operation = (struct operation){ .id = out->operation_id,
                                           .outside_id = out->outside_id,
                                           .kind = out->kind,
                                           .target = out->target,
                                           .request_id = request->id,
                                           .source = request->source,
                                           .requester = request->principal,
                                           .created_at_ms = alone_unix_now(alone) };
    alone->act = (struct without_store_act){ .id = out->outside_id,
                                             .name = out->operation_id,
                                             .host = without_store_host(alone->arena),
                                             .is_locked = alone->hold.is_locked,
                                             .verb = request->verb,
                                             .text = request->text,
                                             .principal = request->principal,
                                             .target = out->target,
                                             .began_at_ms = alone_unix_now(alone) };
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
        return refuse_other(alone, &question, err);
    if (!ask_policy(alone, &question, err) || !without_store_take(view.settings->data_dir, &alone->hold, err))
        return false;
    outcome_init(&out, alone->arena, alone->hold.name, alone_outside_id(alone));
    verb->begin(&view, request, &question, arguments, &out);
    if (!out.begins || strcmp(out.kind, machine_rollback.kind) != 0)
        return refuse_begun(alone, &out, err);
    take_up(alone, request, &out);
    alone_tell(alone, out.reply->text); /* its other lines are about what only a store knows */
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
    struct credentials *credentials = out ? credentials_create(settings, alone->options->clock) : NULL;
    struct error ignored; /* whatever needs that key says so */
    struct credential_source source;
    struct carrier_options carrying = { .loop = loop, .http_out = out, .settings = settings, .instance = "alone" };
    AUTO(carrier) struct carrier_shell *carrier = NULL;

    if (!credentials)
        return false;
    credentials_reconfigure(credentials, settings, &ignored);
    source = credentials_source(credentials);
    carrying.credentials = &source;
    carrier = carrier_create(&carrying);
    alone->loop = loop;
    alone->carrier = carrier_interface(carrier);
    if (!begin(alone, verb, request, err))
        return false;
    alone_start_next_effect(alone);
    if (!alone->operation.result)
        loop_run(loop);
    alone_drop_waits(alone);
    return !alone->has_failed || error_set(err, alone->failure.code, "%s", alone->failure.message);
}

bool alone_run(const struct alone_options *options, struct request *request, struct arena *arena,
               struct without_store_act *ret_act, struct error *err)
{
    struct alone alone = { .options = options, .arena = arena, .hold = { .fd = -1 } };
    const struct verb *verb = verb_find(options->verbs, request->verb);
    bool is_done;

    if (!verb || strcmp(verb->name, "rollback") != 0)
        return error_set(err, ERR_INVALID, "only `rollback` is done without a store, not `%s`", request->verb);
    alone.policy = policy_compile(&options->configuration->settings, NULL, options->configuration->zones, arena);
    alone.members = members_compile(alone.policy, options->targets.memberships, options->targets.memberships_count, arena);
    is_done = run(&alone, verb, request, err);
    without_store_let_go(&alone.hold);
    if (is_done)
        *ret_act = alone.act;
    return is_done;
}
