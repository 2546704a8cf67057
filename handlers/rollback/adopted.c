#include "handlers/rollback/adopted.h"

#include "bot/model/cloud_run.h"
#include "bot/model/settings.h"
#include "bot/model/without_store.h"
#include "handlers/rollback/body.h"
#include "handlers/rollback/rollback.h"

#include <string.h>

static bool adopted_asks(const struct view *view, const struct request *request, struct question *ret_question,
                         const void **ret_arguments, struct error *err)
{
    struct without_store_act *act = ARENA_NEW(view->arena, struct without_store_act);
    const struct service_settings *service;
    const struct environment_settings *environment;
    const cJSON *json;

    if (strcmp(request->source, WITHOUT_STORE_SOURCE) != 0 || request->words_count != 1)
        return error_set(err, ERR_INVALID, "Nobody asks for that: opsgate adopts by itself. Nothing was done.");
    json = json_parse_in(view->arena, str_of(request->words[0]), err);
    if (!json || !shape_from_json(&without_store_act_shape, json, view->arena, act, err))
        return false;
    if (!settings_find_target(view->settings, act->target, &service, &environment))
        return error_set(err, ERR_NOT_FOUND, "%s, which was rolled back without a store, is configured no more",
                         act->target);
    *ret_question = (struct question){ .principal = act->principal,
                                       .verb = act->verb,
                                       .service = service->name,
                                       .environment = environment->name,
                                       .source = "local",
                                       .is_safe_direction = true };
    *ret_arguments = act;
    return true;
}

static struct rollback_body *body_of(const struct view *view, const struct question *question,
                                     const struct without_store_act *act)
{
    struct rollback_body *body = ARENA_NEW(view->arena, struct rollback_body);

    *body = (struct rollback_body){
        .service = question->service,
        .environment = question->environment,
        .reason = arena_printf(view->arena, "done while the store was down, as %s", act->id),
        .is_certain = true,
        .preflight = "not known: done without a store",
        .place = { "", "", "" },
    };
    if (act->bad)
        body->from = *act->bad;
    if (act->good) {
        body->to = *act->good;
        body->version = act->good->version;
    }
    return body;
}

static void journal(const struct without_store_act *act, struct outcome *out)
{
    cJSON *body = json_object(), *personal = json_object();

    json_set_string(body, "act", act->id);
    json_set_string(body, "target", act->target);
    json_set_int(body, "began_at", act->began_at_ms);
    json_set_int(body, "ended_at", act->ended_at_ms);
    json_set_string(body, "result", act->result);
    json_set_string(body, "summary", act->summary);
    json_set_string(personal, "principal", act->principal.id);
    json_set_string(personal, "text", act->text);
    outcome_journal(out, "without_store.adopted", body, personal);
}

/* Somebody brought a version there since: what the act left or returned to then is no news of today. */
static bool is_overtaken(const struct view *view, const struct without_store_act *act)
{
    const struct target *target = view->find_target(view->ctx, act->target);
    int64_t at_ms = act->ended_at_ms ? act->ended_at_ms : act->began_at_ms;

    return target && target->good_count > 0 && target->good[target->good_count - 1].at_ms > at_ms;
}

static void adopted_begin(const struct view *view, const struct request *request, const struct question *question,
                          const void *arguments, struct outcome *out)
{
    const struct without_store_act *act = arguments;

    (void)request;
    outcome_begin(out, machine_rollback.kind, act->target, "done", body_of(view, question, act));
    journal(act, out);
    if (is_overtaken(view, act)) {
        out->leaves_doubt = true;
        outcome_end(out, "done", act->result ? act->result : "failed",
                    "%s. A newer version was good there by then, so the record of good versions stays: look where the "
                    "traffic goes",
                    act->summary ? act->summary : "it was begun without a store and never told its end");
        outcome_reply(out, "Adopted.");
        return;
    }
    out->leaves_doubt = !act->result || strcmp(act->result, "done") != 0;
    if (act->good) {
        out->good = ARENA_NEW(view->arena, struct target_version);
        *out->good = *act->good;
        out->is_return = true;
    }
    if (act->bad) {
        out->bad = ARENA_NEW(view->arena, struct target_version);
        *out->bad = *act->bad;
    }
    outcome_end(out, "done", act->result ? act->result : "failed", "%s",
                act->summary ? act->summary
                             : "it was begun without a store and never told its end: look where the traffic goes");
    outcome_reply(out, "Adopted.");
}

const struct verb verb_adopted = {
    .name = WITHOUT_STORE_VERB,
    .usage = WITHOUT_STORE_VERB,
    .summary = "what was done while the store was down becomes part of the record",
    .is_safe_direction = true,
    .is_internal = true,
    .asks = adopted_asks,
    .begin = adopted_begin,
};
