/* door_slack_interaction.c - POST /slack/interactions: a pressed button is a request like any other.
 *
 * Slack shows nothing of what the connection says, so it gets an empty 200 as soon as the store has the request, and
 * every word goes by the response_url that came with it.
 */
#include "bot/doors.h"

#include "bot/log.h"
#include "integrations/slack/command.h"
#include "integrations/slack/interaction.h"

static bool read_interaction(struct door *door, struct http_request *request, struct arena *arena,
                             struct slack_interaction_door *ret_interaction)
{
    struct error err;

    if (slack_interaction_accept(request->body, http_request_header(request, "X-Slack-Request-Timestamp"),
                                 door->settings->slack.api_url, arena, ret_interaction, &err))
        return true;
    door->counts->malformed++;
    log_warn("slack.malformed", LOG_STR("request", request->id), LOG_STR("why", err.message));
    http_in_problem(request, 400, NULL, err.message);
    return false;
}

/* Whoever opened a link, or used what is not built, has seen already what there is to see. */
static void pass_over(struct door *door, struct http_request *request, const struct slack_interaction_door *interaction)
{
    struct http_reply empty = { .status = 200 };

    door->counts->passed_over++;
    if (interaction->is == SLACK_NOT_BUILT)
        log_warn("slack.not_built", LOG_STR("request", request->id), LOG_STR("type", interaction->type));
    http_in_answer(request, &empty);
}

void door_slack_interaction(void *arg, struct http_request *request)
{
    struct door *door = arg;
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_interaction_door interaction;

    if (!door_slack_knows(door, request) || !read_interaction(door, request, arena, &interaction))
        return;
    if (interaction.is != SLACK_PRESSED) {
        pass_over(door, request, &interaction);
        return;
    }
    door_accept(door, request, &door_slack_button,
                &(struct arrival){ .source = SLACK_SOURCE,
                                   .kind = SLACK_ACTION_KIND,
                                   .keys = interaction.keys,
                                   .keys_count = interaction.keys_count,
                                   .url = interaction.response_url,
                                   .body = interaction.body,
                                   .wait_ms = INLINE_REPLY_MS });
}
