#include "handlers/program_feed.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/delivery.h"
#include "bot/model/exchange.h"
#include "bot/model/secrets.h"
#include "bot/model/settings.h"

#include <inttypes.h>
#include <string.h>

#define POST_EVERY_MS (5 * SECOND_MS)
#define LATE_POSTS_MAX 5 /* one after the other, of what was not told yet when it ended */
#define TAIL_LINES 20
#define TAIL_LINE_BYTES 200
#define NAME_BYTES 200

const char *program_feed_name(const char *path, struct arena *arena)
{
    const char *slash = strrchr(path, '/');

    return card_quote(str_of(slash && slash[1] ? slash + 1 : path), NAME_BYTES, arena);
}

static void keep_tail(struct program_feed *feed, const char *output, struct arena *arena)
{
    struct str rest = str_of(output);
    const char **lines = NULL;
    size_t count = 0, first;

    for (size_t i = 0; i < feed->tail_count; i++)
        *ARENA_PUSH(arena, lines, count) = feed->tail[i];
    while (rest.len > 0) {
        struct str line = str_take_until(&rest, '\n');

        if (str_trim(line).len > 0)
            *ARENA_PUSH(arena, lines, count) = secrets_quote(line, TAIL_LINE_BYTES, arena);
    }
    first = count > TAIL_LINES ? count - TAIL_LINES : 0;
    feed->tail = lines + first;
    feed->tail_count = count - first;
}

static const char *as_code(struct str line, struct arena *arena)
{
    char *text = arena_printf(arena, "`%.*s`", STR_ARG(line));

    for (size_t i = 1; i <= line.len; i++)
        if (text[i] == '`')
            text[i] = '\'';
    return text;
}

static void post(const struct program_feed_teller *teller, struct reply reply, struct outcome *out)
{
    struct message_delivery args = { .channel = teller->view->settings->slack.channels.deployments,
                                     .is_in_thread = true,
                                     .reply = reply };

    outcome_effect(out, (struct wanted_effect){
                            .kind = EFFECT_MESSAGE,
                            .lane = arena_printf(out->arena, "slack:%s", args.channel), /* behind its card */
                            .tag = PROGRAM_FEED_POSTED,
                            .args = shape_to_json(&message_delivery_shape, &args, SHAPE_WHOLE),
                        });
}

static void post_output(struct program_feed *feed, const struct program_feed_teller *teller, const char *output,
                        struct outcome *out)
{
    struct reply reply = { .text = arena_printf(out->arena, "%s, `%s`%s:", teller->operation, teller->program,
                                                feed->is_tailing ? ", its last lines" : "") };
    struct str rest = str_of(output);

    while (rest.len > 0) {
        struct str line = str_take_until(&rest, '\n');

        if (str_trim(line).len > 0)
            *ARENA_PUSH(out->arena, reply.lines, reply.lines_count) = as_code(line, out->arena);
    }
    if (++feed->posts == PROGRAM_FEED_POSTS_MAX)
        *ARENA_PUSH(out->arena, reply.lines, reply.lines_count) =
            arena_printf(out->arena, "Its output goes on: `opsgate ops show %s`", teller->operation);
    feed->is_posting = true;
    feed->posted_at_ms = teller->view->now_ms;
    post(teller, reply, out);
}

static bool has_channel(const struct program_feed_teller *teller)
{
    return !teller->is_quiet && teller->view->settings->slack.channels.deployments;
}

/* The channel is shared with others, and may not answer. */
static bool may_post(const struct program_feed *feed, int64_t now_ms)
{
    return !feed->is_posting && now_ms - feed->posted_at_ms >= POST_EVERY_MS;
}

void program_feed_tell(struct program_feed *feed, const struct program_feed_teller *teller,
                       const struct program_progress *progress, struct outcome *out)
{
    bool is_posted = has_channel(teller) && feed->posts < PROGRAM_FEED_POSTS_MAX;

    if (progress->output && is_posted && !progress->has_ended && !may_post(feed, teller->view->now_ms))
        return;
    if (progress->output)
        keep_tail(feed, progress->output, out->arena);
    if (progress->output && is_posted)
        post_output(feed, teller, progress->output, out);
    feed->from_byte = progress->to_byte;
    feed->dropped_bytes = progress->dropped_bytes;
    if (feed->posts >= PROGRAM_FEED_POSTS_MAX || !has_channel(teller))
        feed->is_tailing = true;
}

bool program_feed_is_over(struct program_feed *feed, const struct program_progress *progress)
{
    if (progress->is_all || feed->is_last_look)
        return true;
    if (++feed->late_posts >= LATE_POSTS_MAX || feed->posts >= PROGRAM_FEED_POSTS_MAX)
        feed->is_tailing = feed->is_last_look = true;
    return false;
}

const char *program_feed_ended(const struct program_progress *progress, const char *program, int64_t timeout_ms,
                               struct arena *arena)
{
    const char *dropped =
        progress->dropped_bytes
            ? arena_printf(arena, " (%" PRId64 " bytes of its output were too much to keep)", progress->dropped_bytes)
            : "";

    if (progress->is_timed_out)
        return arena_printf(arena, "`%s` took longer than %s and was stopped%s", program,
                            duration_about(timeout_ms).text, dropped);
    if (progress->signal)
        return arena_printf(arena, "`%s` was ended by signal %" PRId64 "%s", program, progress->signal, dropped);
    return arena_printf(arena, "`%s` exited with status %" PRId64 "%s", program, progress->exit_status, dropped);
}

const char *program_feed_last_words(const struct program_feed *feed, struct arena *arena)
{
    return feed->tail_count == 0 ? ""
                                 : arena_printf(arena, "; its last line was `%s`", feed->tail[feed->tail_count - 1]);
}
