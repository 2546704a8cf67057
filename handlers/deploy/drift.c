#include "handlers/deploy/drift.h"

#include "handlers/deploy/deploying.h"
#include "handlers/rollback/preflight.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/exchange.h"

#include <inttypes.h>
#include <string.h>

#define DEADLINE_MS (5 * SECOND_MS)
#define NAME_BYTES 80

void drift_ask(struct deploying *d)
{
    if (d->body->program || d->body->workflow || d->body->is_way_back || !d->body->place.service[0])
        return;
    outcome_read(d->out, "template", READING_TEMPLATE, shape_to_json(&run_place_shape, &d->body->place, SHAPE_WHOLE),
                 DEADLINE_MS);
}

/* ---- what differs ---- */

static bool has(const struct shape_pair *pairs, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].key, key) == 0)
            return true;
    return false;
}

/* Limits that one side does not name are Cloud Run's own there, and no difference. */
static void leave_out_defaults(struct run_revision *revision, const struct run_revision *other, struct arena *arena)
{
    const struct shape_pair *all = revision->limits;
    struct shape_pair *kept = NULL;
    size_t count = 0;

    for (size_t i = 0; i < revision->limits_count; i++)
        if (has(other->limits, other->limits_count, all[i].key))
            *ARENA_PUSH(arena, kept, count) = all[i];
    revision->limits = kept;
    revision->limits_count = count;
}

/* "min 0→2, max 10→20"; NULL: none. A maximum that one side does not name is Cloud Run's own. */
static const char *scaling_of(const struct run_revision *serving, const struct run_revision *wanted,
                              struct arena *arena)
{
    bool is_max =
        serving->max_instances > 0 && wanted->max_instances > 0 && serving->max_instances != wanted->max_instances;
    const char *min =
        serving->min_instances == wanted->min_instances
            ? NULL
            : arena_printf(arena, "min %" PRId64 "→%" PRId64, serving->min_instances, wanted->min_instances);
    const char *max =
        is_max ? arena_printf(arena, "max %" PRId64 "→%" PRId64, serving->max_instances, wanted->max_instances) : NULL;

    return min && max ? arena_printf(arena, "%s, %s", min, max) : min ? min : max;
}

/* "settings +A; secrets ~B"; NULL: nothing but scaling and the image. */
static const char *differences_of(const struct run_template *template, struct arena *arena)
{
    struct run_revision serving = template->serving, wanted = template->wanted;
    struct str text;

    serving.min_instances = wanted.min_instances; /* told apart */
    serving.max_instances = wanted.max_instances;
    leave_out_defaults(&serving, &wanted, arena);
    leave_out_defaults(&wanted, &template->serving, arena);
    text = str_of(preflight_differences(&serving, &wanted, arena));
    if (text.len > 2) /* "; " behind each */
        text.len -= 2;
    return text.len > 0 ? arena_copy(arena, text) : NULL;
}

const struct deploy_drift *drift_of(const struct view *view, const struct run_template *template)
{
    struct deploy_drift *drift = ARENA_NEW(view->arena, struct deploy_drift);

    if (!template->is_others)
        return NULL;
    *drift = (struct deploy_drift){
        .differences = differences_of(template, view->arena),
        .scaling = scaling_of(&template->serving, &template->wanted, view->arena),
        .by = template->modified_by ? card_quote(str_of(template->modified_by), NAME_BYTES, view->arena) : NULL,
        .at_ms = template->modified_at_ms > view->shift_ms ? template->modified_at_ms - view->shift_ms : 0,
    };
    return drift->differences || drift->scaling ? drift : NULL;
}

/* ---- told ---- */

static void journal(struct deploying *d)
{
    cJSON *body = json_object();

    json_set_string(body, "differences", d->body->drift->differences);
    json_set_string(body, "scaling", d->body->drift->scaling);
    outcome_journal(d->out, "deploy.drift", body, NULL);
}

/* Once its own revision is being made the template is ours: what was told before that stays. */
void drift_on_told(struct deploying *d)
{
    const struct deploy_drift *before = d->body->drift;
    struct run_template template;
    struct error ignored;

    if (d->event->end != END_DONE ||
        !shape_from_json(&run_template_shape, d->event->body, d->view->arena, &template, &ignored) ||
        !(template.is_others || deploy_is_in(d, "awaiting-approval") || deploy_is_in(d, "looking")))
        return;
    d->body->drift = drift_of(d->view, &template);
    if (d->body->drift && !(before && text_equal_or_none(before->differences, d->body->drift->differences) &&
                            text_equal_or_none(before->scaling, d->body->drift->scaling)))
        journal(d);
    deploy_keep(d);
}

/* ---- words ---- */

static const char *modified(const struct view *view, const struct deploy_drift *drift)
{
    const char *by = drift->by ? drift->by : "nobody knows who";

    if (!drift->at_ms)
        return arena_printf(view->arena, "%s", by);
    return arena_printf(view->arena, "%s, %s", by, card_date(drift->at_ms + view->shift_ms, view->arena));
}

static const char *scaling_words(const struct view *view, const struct deploy_drift *drift,
                                 const struct run_place *place)
{
    return arena_printf(
        view->arena,
        "its scaling %s does not serve: scaling belongs to the service as a whole, `gcloud run services "
        "update %s --project %s --region %s --min N --max N`",
        drift->scaling, place->service, place->project, place->region);
}

const char *drift_words(const struct view *view, const struct deploy_drift *drift, const struct run_place *place)
{
    const char *scaling = drift->scaling ? scaling_words(view, drift, place) : NULL;

    if (!drift->differences)
        return arena_printf(view->arena, "%s (template last changed by %s)", scaling, modified(view, drift));
    return arena_printf(view->arena, "its template has %s that do not serve (last changed by %s)%s%s",
                        drift->differences, modified(view, drift), scaling ? "; " : "", scaling ? scaling : "");
}

/* From the moment on that its own revision is made the template has it no more. */
const char *drift_text(const struct view *view, const struct operation *operation, const struct deploy_body *body)
{
    const char *words;

    if (!body->drift)
        return NULL;
    words = drift_words(view, body->drift, &body->place);
    return operation_has_ended(operation) ? arena_printf(view->arena, "when it began %s", words)
                                          : arena_printf(view->arena, "%s: this rollout leaves that out", words);
}
