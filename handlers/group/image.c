#include "handlers/group/image.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/exchange.h"

#define PIN_DEADLINE_MS (2 * MINUTE_MS)
#define LOOK_FIRST_MS (5 * SECOND_MS) /* then less and less often */
#define LOOK_MORE_MS (2 * SECOND_MS)
#define LOOK_MAX_MS (30 * SECOND_MS)
#define QUOTED_BYTES 300

void image_ask(const struct group_body *body, int64_t now_ms, struct outcome *out)
{
    struct registry_tag tag = body->tag;

    tag.may_be_missing = now_ms < body->image_until_ms;
    outcome_read(out, "digest", READING_DIGEST, shape_to_json(&registry_tag_shape, &tag, SHAPE_WHOLE), PIN_DEADLINE_MS);
}

static void wait_more(const struct view *view, struct group_body *body, struct outcome *out)
{
    int64_t wait_ms = LOOK_FIRST_MS + body->image_looks * LOOK_MORE_MS;

    body->image_looks++;
    outcome_move(out, NULL, body);
    outcome_timer(out, "poll", view->now_ms + (wait_ms < LOOK_MAX_MS ? wait_ms : LOOK_MAX_MS));
}

bool image_take(const struct view *view, const struct event *event, struct group_body *body, struct outcome *out)
{
    const char *image = event->end == END_DONE ? json_find_string(event->body, "image") : NULL;
    bool is_missing = event->end == END_DONE && json_find_bool(event->body, "missing", false);
    bool may_wait = view->now_ms < body->image_until_ms;

    if (image)
        body->image = image;
    else if (may_wait && (is_missing || (body->image_looks > 0 && event->end == END_GAVE_UP)))
        wait_more(view, body, out);
    else if (is_missing)
        outcome_end(out, "failed", "failed",
                    "no image tagged `%s` appeared in %s in time: look at the build. Nothing was begun.", body->tag.tag,
                    body->tag.image);
    else
        outcome_end(out, "failed", "failed", "`%s` could not be pinned: %s. Nothing was begun.", body->version,
                    event->error ? card_quote(str_of(event->error), QUOTED_BYTES, view->arena) : "no answer in time");
    return image != NULL;
}

const char *image_words(const struct view *view, const struct group_body *body)
{
    if (body->image || body->image_looks == 0)
        return NULL;
    return arena_printf(view->arena, "waiting for the image `%s`, until %s at the latest", body->tag.tag,
                        card_time(body->image_until_ms + view->shift_ms, view->arena));
}
