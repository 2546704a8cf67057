#include "integrations/slack/invite.h"

#include "bot/model/slack_channel.h"
#include "integrations/slack/api.h"
#include "integrations/slack/typed_text.h"

#include <string.h>

#define METHOD "conversations.invite"
#define BATCH_MAX 100
#define CALLS_MAX 40 /* an exchange may make 64, and Slack takes fifty a minute of these */
#define NOT_TRIED "not_tried"

/* What Slack says of people; anything else is of the channel or of us. */
static const char *const of_people[] = {
    "already_in_channel", "cant_invite_self",         "cant_invite",      "user_not_found",
    "user_is_restricted", "ura_max_channels",         "user_disabled",    "org_user_not_in_team",
    "no_permission",      "invitee_cant_see_channel", "user_not_visible", "no_external_invite_permission",
};

struct guest {
    const char *user;
    const char *error; /* Slack's; NULL: invited, or not asked yet */
    bool is_asked;
};

struct inviting {
    struct dialog dialog;
    struct slack_invite args;
    struct guest *guests;
    size_t guests_count;
    int calls;
};

static bool is_of_people(const char *error)
{
    for (size_t i = 0; error && i < ARRAY_LEN(of_people); i++)
        if (strcmp(of_people[i], error) == 0)
            return true;
    return false;
}

static bool is_present(const char *error)
{
    return strcmp(error, "already_in_channel") == 0 || strcmp(error, "cant_invite_self") == 0;
}

static struct guest *find_guest(struct guest *guests, size_t count, const char *user)
{
    for (size_t i = 0; user && i < count; i++)
        if (strcmp(guests[i].user, user) == 0)
            return &guests[i];
    return NULL;
}

/* ---- one call ---- */

static struct http_call invite_call(const struct inviting *inviting, const struct guest *guests, size_t count)
{
    const struct exchange *exchange = inviting->dialog.exchange;
    AUTO_BUF struct buf users = BUF(BATCH_MAX * 64);
    cJSON *body = json_object();

    for (size_t i = 0; i < count; i++)
        buf_addf(&users, "%s%s", i > 0 ? "," : "", guests[i].user);
    json_set_string(body, "channel", inviting->args.channel);
    json_set_string(body, "users", buf_text(&users));
    json_set_bool(body, "force", true);
    return slack_api_post(exchange, METHOD, body);
}

/* Who is named in `errors`, with the reason; how many that were. */
static size_t note_named(const struct exchange *exchange, struct guest *guests, size_t count, const cJSON *json)
{
    size_t named = 0;

    JSON_EACH(item, json_find(json, "errors")) {
        struct guest *guest = find_guest(guests, count, json_find_string(item, "user"));
        const char *error = json_find_string(item, "error");

        if (!guest || guest->is_asked || !error || json_find_bool(item, "ok", false))
            continue;
        guest->error = arena_strdup(exchange->arena, error);
        guest->is_asked = true;
        named++;
    }
    return named;
}

static void note_all(struct guest *guests, size_t count, const char *error)
{
    for (size_t i = 0; i < count; i++) {
        if (guests[i].is_asked)
            continue;
        guests[i].error = error;
        guests[i].is_asked = true;
    }
}

/* Those who are not asked yet, moved to the front. */
static size_t gather(struct guest *guests, size_t count)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++) {
        struct guest guest = guests[i];

        if (guest.is_asked)
            continue;
        guests[i] = guests[left];
        guests[left++] = guest;
    }
    return left;
}

/* False: dialog.step is what to return. Each round of it, at least one is known of, or there are two halves. */
static bool invite(struct inviting *inviting, struct guest *guests, size_t count)
{
    while (count > 0) {
        struct slack_answer answer;
        size_t named;

        if (inviting->calls++ == CALLS_MAX) {
            inviting->calls--;
            note_all(guests, count, NOT_TRIED);
            return true;
        }
        if (!slack_api_ask(&inviting->dialog, METHOD, invite_call(inviting, guests, count), &answer))
            return false;
        named = note_named(inviting->dialog.exchange, guests, count, answer.json);
        if (answer.meaning == SLACK_OK) {
            note_all(guests, count, NULL);
            return true;
        }
        inviting->dialog.step = answer.step;
        if (!is_of_people(answer.error))
            return false;
        if (named == 0 && count > 1)
            return invite(inviting, guests, count / 2) && invite(inviting, guests + count / 2, count - count / 2);
        if (named == 0)
            note_all(guests, count, answer.error);
        count = gather(guests, count);
    }
    return true;
}

/* ---- all of them ---- */

static const char *why_not(const char *error)
{
    const char *sentence = slack_api_sentence(error);

    if (strcmp(error, NOT_TRIED) == 0)
        return "Slack refused too many to try each alone: /invite them in the channel";
    return sentence ? sentence : "Slack does not say more: try /invite in the channel";
}

static struct exchange_step done(const struct inviting *inviting)
{
    struct arena *arena = inviting->dialog.exchange->arena;
    struct slack_invited told = { 0 };

    for (size_t i = 0; i < inviting->args.users_count; i++) {
        const struct guest *guest = find_guest(inviting->guests, inviting->guests_count, inviting->args.users[i]);

        if (!guest)
            *ARENA_PUSH(arena, told.refused, told.refused_count) =
                (struct slack_not_invited){ inviting->args.users[i], "invalid_user",
                                            "that is no id of a user such as U012AB3CD" };
        else if (!guest->error)
            *ARENA_PUSH(arena, told.invited, told.invited_count) = guest->user;
        else if (is_present(guest->error))
            *ARENA_PUSH(arena, told.present, told.present_count) = guest->user;
        else
            *ARENA_PUSH(arena, told.refused, told.refused_count) =
                (struct slack_not_invited){ guest->user, guest->error, why_not(guest->error) };
    }
    return exchange_done(inviting->dialog.exchange, shape_to_json(&slack_invited_shape, &told, SHAPE_WHOLE));
}

static bool has_before(const struct slack_invite *args, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(args->users[i], args->users[at]) == 0)
            return true;
    return false;
}

/* Each once, in the order given. */
static void take_guests(struct inviting *inviting)
{
    struct slack_invite *args = &inviting->args;
    struct arena *arena = inviting->dialog.exchange->arena;
    size_t kept = 0;

    for (size_t i = 0; i < args->users_count; i++) {
        const char *user = args->users[i];

        if (has_before(args, i))
            continue;
        args->users[kept++] = user;
    }
    args->users_count = kept;
    for (size_t i = 0; i < kept; i++)
        if (slack_id_is_valid(str_of(args->users[i])) && strlen(args->users[i]) < 60)
            *ARENA_PUSH(arena, inviting->guests, inviting->guests_count) = (struct guest){ .user = args->users[i] };
}

struct exchange_step slack_channel_invite(const struct exchange *exchange)
{
    struct inviting inviting = { .dialog = DIALOG(exchange) };
    struct error err;

    if (!exchange->settings ||
        !shape_from_json(&slack_invite_shape, exchange->args, exchange->arena, &inviting.args, &err) ||
        !inviting.args.channel || !slack_id_is_valid(str_of(inviting.args.channel)))
        return exchange_never(exchange, "Slack's channel: an id such as C012AB3CD is needed, and who is invited");
    if (inviting.args.users_count > SLACK_INVITE_MAX)
        return exchange_never(exchange, "invitations: at most %d people with one effect", SLACK_INVITE_MAX);
    take_guests(&inviting);
    for (size_t at = 0; at < inviting.guests_count; at += BATCH_MAX) {
        size_t left = inviting.guests_count - at;

        if (!invite(&inviting, inviting.guests + at, left < BATCH_MAX ? left : BATCH_MAX))
            return inviting.dialog.step;
    }
    return done(&inviting);
}
