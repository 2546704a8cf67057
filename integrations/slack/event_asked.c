/* A message that asks: at the door, and for the owner. */
#include "integrations/slack/event_envelope.h"

#include "bot/base/time.h"
#include "integrations/slack/command.h"
#include "integrations/slack/line.h"
#include "integrations/slack/payload.h"
#include "integrations/slack/typed_text.h"

#include <string.h>

struct asked {             /* what is stored: a promise to every later version */
    const char *id;        /* the event's */
    const char *team;      /* that was told */
    const char *user_team; /* the person's: in a shared channel another one */
    const char *user, *channel, *ts;
    const char *thread;   /* or NULL */
    const char *bot_user; /* who has to be mentioned; NULL: nobody knows, so who is */
    const char *text;     /* as Slack wrote it; NULL: too long */
    bool is_direct;       /* nobody has to be mentioned */
    int64_t late_ms;      /* when it came, if that was too late: so long after it was written, by the door's clock */
    const char *again_in; /* the door refused it, since they ask too often: "6 min"; or NULL */
};

static const struct shape_field asked_rows[] = {
    ROW_STRING(asked, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(asked, team, .flags = SHAPE_REQUIRED),
    ROW_STRING(asked, user_team, .flags = SHAPE_REQUIRED),
    ROW_STRING(asked, user, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(asked, channel, .flags = SHAPE_REQUIRED),
    ROW_STRING(asked, ts, .flags = SHAPE_REQUIRED),
    ROW_STRING(asked, thread, .flags = SHAPE_NONZERO),
    ROW_STRING(asked, bot_user, .flags = SHAPE_NONZERO),
    ROW_STRING(asked, text, .flags = SHAPE_NONZERO),
    ROW_BOOL(asked, is_direct, .flags = SHAPE_NONZERO),
    ROW_INT(asked, late_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(asked, again_in, .flags = SHAPE_NONZERO),
};
static const struct shape asked_shape = SHAPE("a message", asked, asked_rows);

#define UNKNOWN_TEAM "unknown" /* no workspace is called so: policy takes such a person for a stranger */

/* ---- mentions ---- */

/* The next <@U...> or <@U...|name> in *rest, its id in *ret_id, and *rest behind it. */
static bool take_mention(struct str *rest, struct str *ret_id)
{
    while (rest->len > 0) {
        const char *at = memchr(rest->at, '<', rest->len);
        struct str inside, id;

        if (!at)
            return false;
        *rest = (struct str){ at + 1, (size_t)(rest->at + rest->len - at - 1) };
        inside = *rest;
        if (!str_take_prefix(&inside, "@"))
            continue;
        id = str_take_until(&inside, '>');
        if (inside.at == id.at + id.len) /* it does not end */
            continue;
        *rest = inside;
        *ret_id = str_take_until(&id, '|');
        return true;
    }
    return false;
}

static bool is_user(struct str id, const char *user)
{
    return user ? str_is(id, user) : slack_id_is_valid(id);
}

static size_t count_mentions(struct str text, const char *user)
{
    struct str id;
    size_t count = 0;

    while (take_mention(&text, &id))
        count += is_user(id, user);
    return count;
}

/* ---- at the door ---- */

static bool is_set(const cJSON *event, const char *name)
{
    return json_find(event, name) != NULL;
}

/* Slackbot repeats what people have it say later, mentions too. */
static bool is_by_machine(const struct slack_envelope *envelope)
{
    const char *user = json_find_string(envelope->event, "user");

    return is_set(envelope->event, "bot_id") || is_set(envelope->event, "app_id") ||
           is_set(envelope->event, "bot_profile") || !user || strcmp(user, "USLACKBOT") == 0 ||
           (envelope->bot_user && strcmp(user, envelope->bot_user) == 0);
}

/* A person's own words come without a subtype, or with one of these. */
static bool is_plain_message(const cJSON *event)
{
    const char *subtype = json_find_string(event, "subtype");

    return !is_set(event, "subtype") ||
           (subtype && (strcmp(subtype, "file_share") == 0 || strcmp(subtype, "thread_broadcast") == 0));
}

static bool is_direct(const cJSON *event)
{
    const char *type = json_find_string(event, "channel_type"), *channel = json_find_string(event, "channel");

    return type ? strcmp(type, "im") == 0 : channel && channel[0] == 'D';
}

static bool is_mention(const struct slack_envelope *envelope)
{
    return strcmp(envelope->type, "app_mention") == 0;
}

/* Why it is nobody's request, or NULL. */
static const char *why_ignored(const struct slack_envelope *envelope)
{
    const cJSON *event = envelope->event;
    const char *text = json_find_string(event, "text");

    if (is_by_machine(envelope))
        return "no person's: what machines say is never a command";
    if (!is_plain_message(event) || json_find_bool(event, "hidden", false))
        return "of a subtype that asks for nothing";
    if (is_set(event, "edited"))
        return "an edit: what was written first counted";
    if (!text || str_trim(str_of(text)).len == 0)
        return "without words";
    if (!is_mention(envelope) && !is_direct(event) &&
        (!envelope->bot_user || count_mentions(str_of(text), envelope->bot_user) == 0))
        return "said to others";
    return NULL;
}

/* Slack names the author's workspace in one of three ways, and ours beside it. */
static bool read_person(const struct slack_envelope *envelope, struct asked *asked, struct error *err)
{
    static const char *const paths[] = { "user_team", "source_team", "team" };

    for (size_t i = 0; i < ARRAY_LEN(paths) && !asked->user_team; i++)
        if (!slack_payload_find_id(envelope->event, paths[i], &asked->user_team, err))
            return false;
    if (!asked->user_team)
        asked->user_team = envelope->is_shared ? UNKNOWN_TEAM : envelope->team;
    return slack_payload_get_id(envelope->event, "user", &asked->user, err);
}

static bool read_place(const cJSON *event, struct asked *asked, struct error *err)
{
    if (!slack_payload_get_id(event, "channel", &asked->channel, err) || !json_get_string(event, "ts", &asked->ts, err))
        return false;
    asked->thread = json_find_string(event, "thread_ts");
    return (slack_ts_is_valid(asked->ts) && (!asked->thread || slack_ts_is_valid(asked->thread))) ||
           error_set(err, ERR_INVALID, "ts is no time of Slack's");
}

/* Under what was asked, so that a channel stays readable; direct messages go on as they were. */
static struct reply_address reply_to(const struct slack_envelope *envelope, const struct asked *asked)
{
    return (struct reply_address){
        .door = SLACK_SOURCE,
        .channel = asked->channel,
        .thread = asked->thread      ? asked->thread
                  : asked->is_direct ? NULL
                                     : asked->ts,
        .user = asked->user,
        .is_for_one = envelope->is_shared,
    };
}

bool slack_event_accept_message(const struct slack_envelope *envelope, struct arena *arena,
                                struct slack_event_door *door, struct error *err)
{
    struct asked asked = { .id = envelope->id, .team = envelope->team, .bot_user = envelope->bot_user };
    AUTO_JSON cJSON *json = NULL;

    door->why = why_ignored(envelope);
    if (door->why)
        return true;
    if (!read_person(envelope, &asked, err) || !read_place(envelope->event, &asked, err))
        return false;
    asked.is_direct = !is_mention(envelope) && is_direct(envelope->event);
    asked.text = json_find_string(envelope->event, "text");
    if (strlen(asked.text) > SLACK_ASKED_TEXT_MAX_BYTES)
        asked.text = NULL;
    json = shape_to_json(&asked_shape, &asked, SHAPE_WHOLE);
    door->is = SLACK_EVENT_ASKED;
    door->body = json_print_in(arena, json);
    door->reply_to = reply_to(envelope, &asked);
    door->written_at_ms = slack_ts_unix_ms(asked.ts);
    door->keys[door->keys_count++] = arena_printf(arena, "slack-message:%s:%s:%s", asked.team, asked.channel, asked.ts);
    return true;
}

const char *slack_event_asked_late(const char *body, int64_t late_ms, struct arena *arena)
{
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;

    if (!json_parse(str_of(body), &json, &ignored))
        return body;
    json_set_int(json, "late_ms", late_ms);
    return json_print_in(arena, json);
}

const char *slack_event_asked_too_often(const char *body, const char *again_in, struct arena *arena)
{
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;

    if (!json_parse(str_of(body), &json, &ignored))
        return body;
    json_set_string(json, "again_in", again_in);
    return json_print_in(arena, json);
}

/* ---- for the owner ---- */

#define BEGIN_WITH_ME                                                                                                  \
    "a command begins with the mention, and nothing stands before it: `@opsgate status`, `@opsgate help`"

/* Of a direct message all of it, unless it is known that its first word is our name. */
static bool is_mention_wanted(const struct asked *asked)
{
    return !asked->is_direct || asked->bot_user;
}

/* What follows the mention: "@opsgate: status" and "@opsgate, status" are typed too. */
static bool find_command(const struct asked *asked, struct str *ret_command, struct error *err)
{
    struct str text = str_trim(str_of(asked->text)), rest = text, id;
    bool is_first = is_mention_wanted(asked) && str_starts_with(text, "<@") && take_mention(&rest, &id) &&
                    is_user(id, asked->bot_user);

    if (!is_first && !asked->is_direct)
        return error_set(err, ERR_INVALID, BEGIN_WITH_ME);
    if (is_mention_wanted(asked) && count_mentions(text, asked->bot_user) > 1)
        return error_set(err, ERR_INVALID,
                         asked->bot_user ? "it mentions me twice: one command for each message"
                                         : "it mentions several people: one command for each message, and only me");
    *ret_command = is_first ? rest : text;
    if (is_first && !str_take_prefix(ret_command, ":"))
        (void)str_take_prefix(ret_command, ",");
    return true;
}

/* Lines are joined as a slash command's are: to pass one over might change what is asked. */
static struct str one_line(struct str typed, struct arena *arena)
{
    char *line = arena_copy(arena, typed);

    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    return str_trim(str_of(line));
}

static bool read_command(const struct asked *asked, struct arena *arena, struct request *request, struct error *err)
{
    struct str command, line;

    if (!asked->text)
        return error_set(err, ERR_INVALID, "it is longer than %d bytes", SLACK_ASKED_TEXT_MAX_BYTES);
    if (!find_command(asked, &command, err))
        return false;
    line = one_line(slack_typed_text(command, arena), arena);
    return slack_line_read(line.len > 0 ? line : STR_LIT("help"), arena, request, err);
}

/* Slack may bring it minutes or hours late; whoever wrote it has moved on, or has written it again. The door knows
 * that: the item's own times are the store's, whose clock may be another one. */
static bool is_in_time(const struct asked *asked, struct error *err)
{
    return asked->late_ms <= 0 ||
           error_set(err, ERR_STALE, "Slack brought it %s after it was written, which is too late. Please ask again",
                     duration_about(asked->late_ms).text);
}

static bool is_not_too_often(const struct asked *asked, struct error *err)
{
    return !asked->again_in ||
           error_set(err, ERR_UNAVAILABLE,
                     "you have asked too often within the hour, and may again in %s; what leads back (rollback, pause, "
                     "abort) is read at any time",
                     asked->again_in);
}

bool slack_event_decode_asked(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                              struct error *err)
{
    struct request request = {
        .id = item->request_id,
        .source = SLACK_SOURCE,
        .received_at_ms = item->received_at,
        .not_after_ms = item->not_after,
        .reply_to = item->reply_to,
    };
    const cJSON *json = json_parse_in(arena, str_of(item->body), err);
    struct asked asked;

    if (!json || !shape_from_json(&asked_shape, json, arena, &asked, err))
        return error_wrap(err, "the message");
    if (!slack_ts_is_valid(asked.ts))
        return error_set(err, ERR_INVALID, "the message has no time");
    if (!is_in_time(&asked, err) || !is_not_too_often(&asked, err) || !read_command(&asked, arena, &request, err))
        return false;
    request.principal = (struct principal){ .system = SLACK_SOURCE, .id = asked.user, .team = asked.user_team };
    request.channel = asked.channel;
    *ret_request = request;
    return true;
}
