/* slack_interaction.c - POST /slack/interactions, or an envelope of Socket Mode: a pressed button, a modal that
 * was sent or a shortcut is a request like any other.
 *
 * Of buttons and shortcuts Slack shows nothing of what the connection says, so it gets an empty 200 as soon as the
 * store has the request, and every word goes by the address that came with it. A modal is answered where it stands.
 */
#include "bot/doors/doors.h"

#include "bot/log.h"
#include "integrations/slack/command.h"
#include "integrations/slack/interaction.h"
#include "integrations/slack/view.h"

/* Whoever opened a link, or used what is not built, has seen already what there is to see. */
static void pass_over(struct door *door, const struct sender *sender, const struct slack_interaction_door *interaction)
{
    door->counts->passed_over++;
    if (interaction->is == SLACK_NOT_BUILT)
        log_warn("slack.not_built", LOG_STR("request", sender->id), LOG_STR("type", interaction->type));
    sender_status(sender, 200);
}

/* A modal from another program, or from a version that is gone: whoever sent it must not take it for done. */
static void refuse_strange_view(struct door *door, const struct sender *sender,
                                const struct slack_interaction_door *interaction)
{
    AUTO_JSON cJSON *answer = slack_view_stranger(
        interaction->field, "opsgate does not know this form. Nothing was done: close it, and ask by a command.");
    AUTO_FREE char *text = json_print(answer);
    struct http_reply reply = { .status = 200, .content_type = SLACK_JSON, .body = str_of(text) };

    door->counts->passed_over++;
    log_warn("slack.strange_view", LOG_STR("request", sender->id));
    sender_answer(sender, &reply);
}

static void take(struct door *door, const struct sender *sender, const struct slack_interaction_door *interaction)
{
    const struct reply_address *to = &interaction->reply_to;
    const struct arrival arrival = { .source = SLACK_SOURCE,
                                     .kind = interaction->kind,
                                     .keys = interaction->keys,
                                     .keys_count = interaction->keys_count,
                                     .is_fact = interaction->is == SLACK_CLOSED,
                                     .url = interaction->response_url,
                                     .channel = to->channel,
                                     .thread = to->thread,
                                     .user = to->user,
                                     .is_for_one = to->is_for_one,
                                     .body = interaction->body,
                                     .wait_ms = INLINE_REPLY_MS };

    switch (interaction->is) {
    case SLACK_NOT_OURS:
        pass_over(door, sender, interaction);
        break;
    case SLACK_NOT_BUILT:
        if (interaction->is_strange_view)
            refuse_strange_view(door, sender, interaction);
        else
            pass_over(door, sender, interaction);
        break;
    case SLACK_PRESSED:
    case SLACK_CHOSEN:
    case SLACK_SHORTCUT:
        door_accept_from(door, sender, &door_slack_silent, &arrival);
        break;
    case SLACK_SUBMITTED:
        door_accept_from(door, sender, &door_slack_view, &arrival);
        break;
    case SLACK_CLOSED:
        door_slack_tell(door, sender, NULL, interaction->team, &arrival);
        break;
    }
}

void door_slack_interaction(void *arg, struct http_request *request)
{
    struct door *door = arg;
    AUTO(arena) struct arena *arena = arena_create();
    struct sender sender = sender_http(request);
    struct slack_interaction_door interaction;
    struct error err;

    if (!door_slack_knows(door, request))
        return;
    if (slack_interaction_accept(request->body, http_request_header(request, "X-Slack-Request-Timestamp"),
                                 door->settings->slack.api_url, arena, &interaction, &err)) {
        take(door, &sender, &interaction);
        return;
    }
    door_slack_malformed(door, request->id, &err);
    http_in_problem(request, err.code == ERR_TOO_LARGE ? 413 : 400, NULL, err.message);
}

void door_slack_interaction_envelope(struct door *door, const struct sender *sender, const cJSON *payload)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_interaction_door interaction;
    struct error err;

    if (slack_interaction_accept_payload(payload, sender->id, door->settings->slack.api_url, arena, &interaction,
                                         &err)) {
        take(door, sender, &interaction);
        return;
    }
    door_slack_malformed(door, sender->id, &err);
    sender_status(sender, 400);
}
