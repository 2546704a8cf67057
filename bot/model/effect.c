#include "bot/model/effect.h"

#include "bot/base/time.h"

#include <string.h>

/* Slack takes about one message a second and channel, and some at once; and fifty updates a minute, in all channels
 * together. */
static const struct effect_limit posts = { "chat.postMessage", .per_minute = 60, .burst = 3, .is_of_lane = true };
static const struct effect_limit updates = { "chat.update", .per_minute = 40, .burst = 10 };

/* Of its other methods it takes more than 20, 50 or 100 a minute of each in the workspace: its tiers 2, 3 and 4. Of the
 * first it is little, and what people wait for comes in bursts: so all of it is taken, as it comes. */
#define TIER_2 .per_minute = 20, .a_minute = 20, .burst = 10
#define TIER_3 .per_minute = 40, .burst = 10
#define TIER_4 .per_minute = 80, .burst = 20
static const struct effect_limit creations = { "conversations.create", TIER_2 };
static const struct effect_limit topics = { "conversations.setTopic", TIER_2 };
static const struct effect_limit purposes = { "conversations.setPurpose", TIER_2 };
static const struct effect_limit invitations = { "conversations.invite", TIER_3 };
static const struct effect_limit pins = { "pins.add", TIER_2 };
static const struct effect_limit bookmarks = { "bookmarks.add", TIER_2 };
static const struct effect_limit archivings = { "conversations.archive", TIER_2 };
static const struct effect_limit unarchivings = { "conversations.unarchive", TIER_2 };
static const struct effect_limit renamings = { "conversations.rename", TIER_2 };
static const struct effect_limit homes = { "views.publish", TIER_4 };
static const struct effect_limit uploads = { "files.completeUploadExternal", TIER_4 };

/* PagerDuty takes about 120 events a minute of one integration key: so all keys together are kept below that. */
static const struct effect_limit change_events = { "change/enqueue", .per_minute = 100, .burst = 20 };

/* GitHub's, for deployments and what is told of them: nothing is told of one that could not be made yet. */
#define DEPLOYMENTS "deployments"

/* Statuspage takes one call a second, and each of these makes up to two. */
static const struct effect_limit public_words = { "statuspage", .per_minute = 20, .burst = 5 };

const struct effect_kind effect_kinds[] = {
    { EFFECT_REPLY, DOUBT_REPEAT, 5 * SECOND_MS, 25 * MINUTE_MS, .is_essential = false,
      .why = "a repeated reply is accepted by people, silence is not" },
    { EFFECT_CARD, DOUBT_LOOK_UP, 10 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS,
      .is_essential = false, .is_latest_wins = true, .limit = &posts, .limit_of_update = &updates,
      .why = "an update repeats itself; a first post is looked for by the operation's id in its metadata" },
    { EFFECT_MESSAGE, DOUBT_LOOK_UP, 10 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .is_essential = false,
      .limit = &posts, .joins_after_ms = 2 * MINUTE_MS,
      .why = "it is looked for by the effect's id in its metadata, or in that of what it was said with; a direct one, whose history is not ours to read, is "
             "said again rather than never" },
    { EFFECT_HOME, DOUBT_REPEAT, 10 * SECOND_MS, 5 * MINUTE_MS, .is_essential = false, .is_latest_wins = true,
      .limit = &homes, .why = "it says the whole page, and says it again; one person's go one after the other" },
    { EFFECT_CHANNEL, DOUBT_LOOK_UP, 30 * SECOND_MS, HOUR_MS, .is_essential = false, .limit = &creations,
      .waits_for_confirm = true,
      .why = "the bot's own channels are looked through for the operation's id in the metadata of their first message" },
    { EFFECT_TOPIC, DOUBT_REPEAT, 10 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .is_courtesy = true,
      .is_essential = false, .is_latest_wins = true, .limit = &topics, .waits_for_confirm = true,
      .why = "it says the whole topic, and says it again" },
    { EFFECT_PURPOSE, DOUBT_REPEAT, 10 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .is_courtesy = true,
      .is_essential = false, .is_latest_wins = true, .limit = &purposes, .waits_for_confirm = true,
      .why = "it says the whole purpose, and says it again" },
    { EFFECT_INVITE, DOUBT_REPEAT, 30 * SECOND_MS, HOUR_MS, .is_essential = false, .limit = &invitations,
      .waits_for_confirm = true, .why = "whoever is in the channel already stays there" },
    { EFFECT_PIN, DOUBT_REPEAT, 10 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .is_courtesy = true,
      .is_essential = false, .limit = &pins, .waits_for_confirm = true,
      .why = "Slack says of a message that is pinned that it is" },
    { EFFECT_BOOKMARK, DOUBT_LOOK_UP, 20 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .is_courtesy = true,
      .is_essential = false, .limit = &bookmarks, .waits_for_confirm = true,
      .why = "one of its title is looked for in the channel before it is added again" },
    { EFFECT_ARCHIVE, DOUBT_REPEAT, 10 * SECOND_MS, 24 * HOUR_MS, .is_essential = false, .limit = &archivings,
      .waits_for_confirm = true, .why = "Slack says of a channel that is archived that it is" },
    { EFFECT_UNARCHIVE, DOUBT_REPEAT, 10 * SECOND_MS, HOUR_MS, .is_essential = false, .limit = &unarchivings,
      .waits_for_confirm = true, .why = "Slack says of a channel that is not archived that it is not" },
    { EFFECT_RENAME, DOUBT_REPEAT, 20 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .is_courtesy = true,
      .is_essential = false, .limit = &renamings, .waits_for_confirm = true,
      .why = "a channel that is told its name is taken is asked whether it has taken it itself" },
    { EFFECT_UPLOAD, DOUBT_LOOK_UP, 30 * SECOND_MS, 24 * HOUR_MS, .is_essential = false, .limit = &uploads,
      .waits_for_confirm = true,
      .why = "a file of its name is looked for in the channel or thread before it is uploaded again" },
    { EFFECT_NEW_REVISION, DOUBT_REPEAT, 30 * SECOND_MS, 5 * MINUTE_MS, .is_essential = true, .waits_for_confirm = true,
      .why = "the revision's name is derived from the effect: a second one is refused by Cloud Run, and found by us" },
    { EFFECT_CHANGED_REVISION, DOUBT_REPEAT, 30 * SECOND_MS, 5 * MINUTE_MS, .is_essential = true,
      .waits_for_confirm = true,
      .why = "as of a new revision: its name is derived from the effect" },
    { EFFECT_TRAFFIC, DOUBT_REPEAT, 30 * SECOND_MS, 2 * MINUTE_MS, .is_essential = true, .is_increase = true,
      .waits_for_confirm = true,
      .why = "it expects a split and an etag, knows its own annotation, and stops on any other" },
    { EFFECT_RETURN, DOUBT_REPEAT, 30 * SECOND_MS, 10 * MINUTE_MS, .refused = REFUSED_TRIES_ON,
      .is_essential = true, .is_decrease = true,
      .why = "it expects a split and an etag, knows its own annotation, and stops on any other" },
    { EFFECT_UNTAG, DOUBT_REPEAT, 30 * SECOND_MS, 10 * MINUTE_MS, .refused = REFUSED_TRIES_ON,
      .is_essential = false, .waits_for_confirm = true,
      .why = "a tag that is gone stays gone, and an etag guards the rest" },
    { EFFECT_FAILOVER, DOUBT_ASK, 30 * SECOND_MS, 5 * MINUTE_MS, .is_essential = true, .is_asked_first = true,
      .waits_for_confirm = true,
      .why = "it is sent once: what became of it is looked for, and a person decides where that cannot be told" },
    { EFFECT_BACKUP, DOUBT_ASK, 30 * SECOND_MS, 5 * MINUTE_MS, .is_essential = true, .is_asked_first = true,
      .waits_for_confirm = true,
      .why = "it is sent once: what became of it is looked for, and a person decides where that cannot be told" },
    { EFFECT_SCALE, DOUBT_REPEAT, 30 * SECOND_MS, 5 * MINUTE_MS, .is_essential = true, .is_asked_first = true,
      .waits_for_confirm = true,
      .why = "it expects a range and an etag, knows its own annotation, and stops on any other" },
    { EFFECT_BLOCK, DOUBT_LOOK_UP, 30 * SECOND_MS, 5 * MINUTE_MS, .is_essential = true, .is_asked_first = true,
      .waits_for_confirm = true,
      .why = "its rule is looked for by the operation's mark, and its priority takes one rule alone" },
    { EFFECT_UNBLOCK, DOUBT_LOOK_UP, 30 * SECOND_MS, 5 * MINUTE_MS, .refused = REFUSED_TRIES_ON, .is_essential = true,
      .waits_for_confirm = true,
      .why = "a rule that is gone stays gone, one that was changed since is left alone, and a late call finds no other rule "
             "at its priority yet" },
    { EFFECT_DDOS, DOUBT_REPEAT, 30 * SECOND_MS, 5 * MINUTE_MS, .is_essential = true, .is_asked_first = true,
      .waits_for_confirm = true,
      .why = "it is on or off, and the policy's fingerprint guards the rest" },
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
    { EFFECT_DEPLOYMENT, DOUBT_LOOK_UP, 20 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .permission = DEPLOYMENTS,
      .is_courtesy = true, .is_essential = false, .waits_for_confirm = true,
      .why = "it is looked for by the operation's id in its payload before it is made again" },
    { EFFECT_DEPLOYMENT_STATUS, DOUBT_LOOK_UP, 20 * SECOND_MS, 24 * HOUR_MS, .refused = REFUSED_PARKS, .permission = DEPLOYMENTS,
      .is_courtesy = true, .is_essential = false,
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
    { EFFECT_PAGERDUTY_STATUS, DOUBT_REPEAT, 30 * SECOND_MS, 5 * MINUTE_MS, .is_essential = false,
      .waits_for_confirm = true,
      .why = "the incident is read first, and written only from a state that it has had since it was asked for" },
    { EFFECT_PAGERDUTY_CHANGE, DOUBT_REPEAT, 30 * SECOND_MS, 10 * MINUTE_MS, .is_essential = false,
      .waits_for_confirm = true, .why = "the incident is read first, and what is so already is not written" },
    { EFFECT_PAGERDUTY_ASSIGN, DOUBT_REPEAT, 30 * SECOND_MS, 10 * MINUTE_MS, .refused = REFUSED_TRIES_ON,
      .is_essential = false, .waits_for_confirm = true,
      .why = "one that was assigned since it was asked for is left alone; at worst the same people are called twice" },
    { EFFECT_PAGERDUTY_SNOOZE, DOUBT_REPEAT, 30 * SECOND_MS, 5 * MINUTE_MS, .is_essential = false,
      .waits_for_confirm = true, .why = "a second one puts the same end off by the seconds between them" },
    { EFFECT_PAGERDUTY_NOTE, DOUBT_LOOK_UP, 30 * SECOND_MS, 4 * HOUR_MS, .refused = REFUSED_PARKS, .is_essential = false,
      .waits_for_confirm = true,
      .why = "a note of its words, no older than itself, is looked for before it is made again" },
    { EFFECT_PAGERDUTY_TELL, DOUBT_ASK, 20 * SECOND_MS, 30 * MINUTE_MS, .is_essential = false, .waits_for_confirm = true,
      .why = "nothing can tell whether it was mailed to subscribers, so it is never repeated alone" },
    { EFFECT_PAGERDUTY_TRIGGER, DOUBT_LOOK_UP, 30 * SECOND_MS, 10 * MINUTE_MS, .refused = REFUSED_TRIES_ON,
      .is_essential = false, .waits_for_confirm = true,
      .why = "it is looked for by its incident_key, made of the effect's id, before it is made again" },
    { EFFECT_CHANGE_EVENT, DOUBT_ASK, 20 * SECOND_MS, 4 * HOUR_MS, .is_essential = false, .limit = &change_events,
      .waits_for_confirm = true,
      .why = "nothing lists change events, and each one sent is one more entry: so it is never repeated where it may "
             "have arrived, and nobody is asked about it. A 429 or a 5xx is PagerDuty's word that it did not" },
    { EFFECT_STATUSPAGE_OPEN, DOUBT_LOOK_UP, 30 * SECOND_MS, HOUR_MS, .is_essential = false, .limit = &public_words,
      .waits_for_confirm = true,
      .why = "it is looked for by the operation's id in its metadata before it is made again" },
    { EFFECT_STATUSPAGE_UPDATE, DOUBT_LOOK_UP, 30 * SECOND_MS, HOUR_MS, .is_essential = false, .limit = &public_words,
      .waits_for_confirm = true,
      .why = "an update of its words and status, no older than itself, is looked for before it is made again" },
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
    ROW_BOOL(effect, can_join, .flags = SHAPE_NONZERO),
    ROW_STRING(effect, cancelled, .flags = SHAPE_NONZERO),
    ROW_JSON(effect, args, .flags = SHAPE_NONZERO),
};
const struct shape effect_shape = SHAPE("an effect", effect, rows);
