#include "bot/model/effect.h"

#include "bot/base/time.h"

#include <string.h>

/* Slack takes about one message a second and channel, and some at once; and fifty updates a minute, in all channels
 * together. */
static const struct effect_limit posts = { "chat.postMessage", .per_minute = 60, .burst = 3, .is_of_lane = true };
static const struct effect_limit updates = { "chat.update", .per_minute = 40, .burst = 10 };

const struct effect_kind effect_kinds[] = {
    { EFFECT_REPLY, DOUBT_REPEAT, 5 * SECOND_MS, 25 * MINUTE_MS, .is_essential = false,
      .why = "a repeated reply is accepted by people, silence is not" },
    { EFFECT_CARD, DOUBT_LOOK_UP, 10 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS,
      .is_essential = false, .is_latest_wins = true, .limit = &posts, .limit_of_update = &updates,
      .why = "an update repeats itself; a first post is looked for by the operation's id in its metadata" },
    { EFFECT_MESSAGE, DOUBT_LOOK_UP, 10 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .is_essential = false,
      .limit = &posts,
      .why = "it is looked for by the effect's id in its metadata" },
    { EFFECT_MODAL, DOUBT_REPEAT, 2 * SECOND_MS, 4 * SECOND_MS, .is_essential = false,
      .why = "its trigger serves once: Slack refuses a second try, and takes none after three seconds" },
    { EFFECT_NEW_REVISION, DOUBT_REPEAT, 30 * SECOND_MS, 5 * MINUTE_MS, .is_essential = true, .waits_for_confirm = true,
      .why = "the revision's name is derived from the effect: a second one is refused by Cloud Run, and found by us" },
    { EFFECT_TRAFFIC, DOUBT_REPEAT, 30 * SECOND_MS, 2 * MINUTE_MS, .is_essential = true, .is_increase = true,
      .waits_for_confirm = true,
      .why = "it expects a split and an etag, knows its own annotation, and stops on any other" },
    { EFFECT_RETURN, DOUBT_REPEAT, 30 * SECOND_MS, 10 * MINUTE_MS, .refused = REFUSED_TRIES_ON,
      .is_essential = true, .is_decrease = true,
      .why = "it expects a split and an etag, knows its own annotation, and stops on any other" },
    { EFFECT_UNTAG, DOUBT_REPEAT, 30 * SECOND_MS, 10 * MINUTE_MS, .refused = REFUSED_TRIES_ON,
      .is_essential = false, .waits_for_confirm = true,
      .why = "a tag that is gone stays gone, and an etag guards the rest" },
    { EFFECT_PROGRAM, DOUBT_LOOK_UP, 10 * SECOND_MS, 5 * MINUTE_MS, .is_essential = true, .is_asked_first = true,
      .waits_for_confirm = true,
      .why = "its directory is named after the effect: found there, it is not started again" },
    { EFFECT_PROGRAM_STOP, DOUBT_REPEAT, 10 * SECOND_MS, 10 * MINUTE_MS, .is_essential = true,
      .why = "a group that is gone cannot be stopped twice" },
    { EFFECT_DISPATCH, DOUBT_LOOK_UP, 20 * SECOND_MS, 10 * MINUTE_MS, .is_essential = true, .is_asked_first = true,
      .waits_for_confirm = true,
      .why = "its run is looked for by the effect's id among its inputs before it is dispatched again" },
    { EFFECT_CANCEL_RUN, DOUBT_REPEAT, 10 * SECOND_MS, 10 * MINUTE_MS, .refused = REFUSED_TRIES_ON,
      .is_essential = true,
      .why = "a run that has ended is left alone" },
    { EFFECT_DEPLOYMENT, DOUBT_LOOK_UP, 20 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .is_courtesy = true,
      .is_essential = false, .waits_for_confirm = true,
      .why = "it is looked for by the operation's id in its payload before it is made again" },
    { EFFECT_DEPLOYMENT_STATUS, DOUBT_LOOK_UP, 20 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .is_courtesy = true,
      .is_essential = false,
      .is_latest_wins = true, .waits_for_confirm = true,
      .why = "one with its state and words is looked for before it is told again" },
    { EFFECT_REACTION, DOUBT_REPEAT, 10 * SECOND_MS, HOUR_MS, .refused = REFUSED_PARKS, .is_courtesy = true,
      .is_essential = false,
      .why = "GitHub answers a reaction that is there already with that one" },
    { EFFECT_COMMENT, DOUBT_LOOK_UP, 20 * SECOND_MS, HOUR_MS, .refused = REFUSED_PARKS, .is_courtesy = true,
      .is_essential = false, .waits_for_confirm = true,
      .why = "it is looked for by the effect's id, which stands in it unseen, before it is made again" },
    { EFFECT_CATCH_UP, DOUBT_REPEAT, 20 * SECOND_MS, 5 * MINUTE_MS, .refused = REFUSED_TRIES_ON, .is_essential = false,
      .why = "it is handed in under the key of its webhook: the store takes a second one for a duplicate" },
    { EFFECT_PAGERDUTY_ENABLE, DOUBT_REPEAT, 20 * SECOND_MS, 5 * MINUTE_MS, .is_essential = false,
      .waits_for_confirm = true, .why = "a subscription is looked at first, and one that delivers is left alone" },
    { EFFECT_PAGERDUTY_PING, DOUBT_REPEAT, 10 * SECOND_MS, HOUR_MS, .is_essential = false, .waits_for_confirm = true,
      .why = "a second test event tells the same, and changes nothing" },
    { EFFECT_MAIL, DOUBT_REPEAT, MINUTE_MS, 4 * HOUR_MS, .refused = REFUSED_PARKS, .is_essential = false,
      .why = "a mail that comes twice is accepted: its Message-ID, made of the effect's id, and its Date are the same" },
    { EFFECT_REPLAY, DOUBT_REPEAT, 5 * SECOND_MS, 5 * MINUTE_MS, .is_essential = true, .waits_for_confirm = true,
      .why = "its dedupe key is made of the effect's id: the store takes a second one for a duplicate" },
};
const size_t effect_kinds_count = ARRAY_LEN(effect_kinds);

const struct effect_kind *effect_kind_find(const struct effect_kind *kinds, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static const struct shape_field rows[] = {
    ROW_STRING(effect, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(effect, outside_id, .flags = SHAPE_REQUIRED),
    ROW_INT(effect, schema),
    ROW_INT(effect, order),
    ROW_STRING(effect, kind, .flags = SHAPE_REQUIRED),
    ROW_STRING(effect, operation, .flags = SHAPE_NONZERO),
    ROW_STRING(effect, tag, .flags = SHAPE_NONZERO),
    ROW_STRING(effect, lane, .flags = SHAPE_REQUIRED),
    ROW_STRING(effect, key, .flags = SHAPE_NONZERO),
    ROW_STRING(effect, request_id, .flags = SHAPE_NONZERO),
    ROW_INT(effect, created_at_ms),
    ROW_INT(effect, give_up_at_ms),
    ROW_BOOL(effect, is_started, .flags = SHAPE_NONZERO),
    ROW_BOOL(effect, can_wait, .flags = SHAPE_NONZERO),
    ROW_BOOL(effect, goes_first, .flags = SHAPE_NONZERO),
    ROW_STRING(effect, cancelled, .flags = SHAPE_NONZERO),
    ROW_JSON(effect, args, .flags = SHAPE_NONZERO),
};
const struct shape effect_shape = SHAPE("an effect", effect, rows);
