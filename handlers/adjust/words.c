/* words.c - what `scale` and `traffic` read in the same way, and how both begin. */
#include "handlers/adjust/adjusting.h"

#include "handlers/adjust/adjust.h"

#include "bot/model/card.h"
#include "bot/model/exchange.h"

#include <string.h>

#define REASON_MAX_BYTES 300
#define LOOK_DEADLINE_MS (30 * SECOND_MS)

bool adjust_read_place(const struct view *view, const struct typed *typed, struct place *ret_place,
                       struct adjust_body *body, struct typed *ret_rest, struct error *err)
{
    const char *reason = typed_option(typed, "reason");
    const struct cloud_run_driver *driver;
    const char *region;
    size_t taken;

    if (!place_read_first(view->settings, typed, view->arena, ret_place, &taken, err) ||
        !place_take_cloud_run(ret_place, typed, view->arena, &region, err) ||
        !broken_read(typed, view->arena, &body->glass.reason, err))
        return false;
    driver = ret_place->environment->driver.cloud_run;
    body->place = (struct run_place){ driver->project, region ? region : driver->region, driver->service };
    body->verb = typed->verb;
    body->service = ret_place->service->name;
    body->environment = ret_place->environment->name;
    body->reason = reason ? card_quote(str_of(reason), REASON_MAX_BYTES, view->arena) : NULL;
    body->is_dry_run = typed_option(typed, "dry-run") != NULL;
    *ret_rest = *typed;
    ret_rest->words_count = typed->words_count - taken;
    for (size_t i = 0; i < ret_rest->words_count; i++)
        ret_rest->words[i] = typed->words[taken + i];
    return true;
}

void adjust_ask(const struct view *view, const struct request *request, const struct place *place,
                const struct adjust_body *body, struct question *ret_question)
{
    place_ask(request, place, view->arena, ret_question);
    ret_question->reason = body->reason;
    ret_question->break_glass = body->glass.reason;
    if (body->only_tells) { /* nothing of that would be announced */
        ret_question->verb = "status";
        ret_question->break_glass = NULL;
        ret_question->takes_no_glass = true;
    }
}

void adjust_begin(const struct view *view, const struct place *place, const struct adjust_body *body,
                  struct outcome *out)
{
    struct adjust_body *begun = ARENA_NEW(view->arena, struct adjust_body);

    *begun = *body;
    begun->state_deadline_at_ms = view->now_ms + LOOK_DEADLINE_MS;
    outcome_begin(out, machine_adjust.kind, place->target, "looking", begun);
    outcome_read(out, "service", READING_SERVICE, shape_to_json(&run_place_shape, &begun->place, SHAPE_WHOLE),
                 LOOK_DEADLINE_MS);
}
