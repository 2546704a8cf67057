#include "integrations/slack/doctor.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/slack/api.h"
#include "integrations/slack/socket.h"
#include "integrations/url.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define SHOWN_BYTES 80
#define LIST_PAGES_MAX 20
#define LIST_PAGE "500"

/* ---- what the app has to be allowed; deploy/slack/manifest.yaml asks for the same ---- */

static const struct {
    const char *name, *purpose;
    bool is_of_incidents; /* nobody else needs it */
} needed_scopes[] = {
    { "chat:write", "cards, messages and whispers", false },
    { "commands", "/deploy, /rollback and /ops", false },
    { "app_mentions:read", "being asked as @opsgate", false },
    { "im:history", "being asked by direct message", false },
    { "channels:read", "finding a channel by its name", false },
    { "channels:history", "finding a card again after a crash", false },
    { "groups:read", "finding a private channel by its name", false },
    { "groups:history", "finding a card in a private channel again", false },
    { "usergroups:read", "knowing who is in a group that a role names", false },
    { "users:read", "knowing people", false },
    { "users:read.email", "knowing who on call is who in Slack", false },
    { "channels:manage", "making an incident's channel, and inviting people", true },
    { "groups:write", "making a private channel for an incident", true },
    { "pins:write", "pinning an incident's card", true },
    { "bookmarks:read", "finding an incident's bookmarks again", true },
    { "bookmarks:write", "an incident's bookmarks", true },
    { "files:write", "uploading a post-mortem", true },
    { "reactions:read", "hearing which messages are marked for a timeline", true },
};

static bool has_scope(const char *granted, const char *name)
{
    struct str rest = str_of(granted);

    while (rest.len > 0)
        if (str_is(str_trim(str_take_until(&rest, ',')), name))
            return true;
    return false;
}

static void check_scopes(const struct exchange *exchange, const struct http_answer *answer, struct findings *found)
{
    const char *granted = http_answer_header(answer, "x-oauth-scopes"), *missing = NULL;
    struct finding finding = { FINDING_GOOD, "Slack scopes", NULL, NULL };
    struct arena *arena = exchange->arena;
    int count = 0;

    for (size_t i = 0; granted && i < ARRAY_LEN(needed_scopes); i++) {
        if (has_scope(granted, needed_scopes[i].name) ||
            (needed_scopes[i].is_of_incidents && !exchange->settings->incidents))
            continue;
        missing = arena_printf(arena, "%s%s%s (%s)", missing ? missing : "", missing ? ", " : "", needed_scopes[i].name,
                               needed_scopes[i].purpose);
        count++;
    }
    finding.text = "all that opsgate uses are granted";
    if (!granted) {
        finding.mark = FINDING_OPEN;
        finding.text = "Slack did not say which are granted (no X-OAuth-Scopes in its answer)";
    } else if (missing) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(arena, "%s missing: %s", count == 1 ? "one is" : "some are", missing);
        finding.mend = "add them under OAuth & Permissions, Bot Token Scopes, or take deploy/slack/manifest.yaml; then "
                       "Install App again";
    }
    findings_add(found, arena, finding);
}

/* ---- the clock ---- */

static bool read_number(struct str *rest, size_t digits, int *ret_value)
{
    struct error ignored;
    int64_t value = 0;

    if (rest->len < digits || !parse_int((struct str){ rest->at, digits }, 0, 9999, &value, &ignored))
        return false;
    *rest = (struct str){ rest->at + digits, rest->len - digits };
    *ret_value = (int)value;
    return true;
}

static bool read_month(struct str *rest, int *ret_month)
{
    static const char *const months[] = { "Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
                                          "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec " };

    for (size_t i = 0; i < ARRAY_LEN(months); i++)
        if (str_take_prefix(rest, months[i])) {
            *ret_month = (int)i;
            return true;
        }
    return false;
}

bool slack_doctor_date(const char *text, int64_t *ret_unix_s)
{
    struct str rest = str_of(text);
    struct tm parts = { 0 };

    str_take_until(&rest, ' '); /* the day of the week adds nothing */
    if (!read_number(&rest, 2, &parts.tm_mday) || !str_take_prefix(&rest, " ") || !read_month(&rest, &parts.tm_mon) ||
        !read_number(&rest, 4, &parts.tm_year) || !str_take_prefix(&rest, " ") ||
        !read_number(&rest, 2, &parts.tm_hour) || !str_take_prefix(&rest, ":") ||
        !read_number(&rest, 2, &parts.tm_min) || !str_take_prefix(&rest, ":") ||
        !read_number(&rest, 2, &parts.tm_sec) || !str_is(rest, " GMT") || parts.tm_year < 1970 || parts.tm_mday < 1 ||
        parts.tm_mday > 31 || parts.tm_hour > 23 || parts.tm_min > 59 || parts.tm_sec > 60)
        return false;
    parts.tm_year -= 1900;
    *ret_unix_s = (int64_t)timegm(&parts);
    return true;
}

static void check_clock(const struct exchange *exchange, const struct http_answer *answer, struct findings *found)
{
    struct finding finding = { FINDING_GOOD, "Clock", NULL, NULL };
    int64_t theirs_s = 0, ahead_s;

    if (!slack_doctor_date(http_answer_header(answer, "date"), &theirs_s)) {
        finding.mark = FINDING_OPEN;
        finding.text = "Slack's answer had no time to compare with";
        findings_add(found, exchange->arena, finding);
        return;
    }
    ahead_s = exchange->unix_ms / SECOND_MS - theirs_s;
    finding.text = arena_printf(exchange->arena, "within %d s of Slack's", SLACK_SKEW_MAX_S);
    if (ahead_s > SLACK_SKEW_MAX_S || ahead_s < -SLACK_SKEW_MAX_S) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(exchange->arena,
                                    "%" PRId64 " s %s Slack's: what it signs is refused once that is five minutes",
                                    ahead_s > 0 ? ahead_s : -ahead_s, ahead_s > 0 ? "ahead of" : "behind");
        finding.mend = "set this machine's clock, and keep it set: timedatectl set-ntp true";
    }
    findings_add(found, exchange->arena, finding);
}

/* ---- whose token it is ---- */

static const char *text_of(const struct exchange *exchange, const cJSON *json, const char *path)
{
    const char *text = json_find_string(json, path);

    return text ? arena_printf(exchange->arena, "%.*s", SHOWN_BYTES, text) : "?";
}

static void check_identity(const struct exchange *exchange, const cJSON *json, struct findings *found)
{
    const char *team = exchange->settings->slack.team, *found_team = text_of(exchange, json, "team_id");
    struct finding finding = { FINDING_GOOD, "Slack token", NULL, NULL };

    finding.text = arena_printf(exchange->arena, "the bot %s of %s (%s)", text_of(exchange, json, "user"),
                                text_of(exchange, json, "team"), found_team);
    if (team && strcmp(team, found_team) != 0) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(exchange->arena, "%s, but slack.team is %s", finding.text, team);
        finding.mend = "take the token of the right workspace, or write its id into slack.team";
    } else if (!json_find_string(json, "bot_id")) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(exchange->arena, "%s is a person's token", finding.text);
        finding.mend = "slack.bot_token is the Bot User OAuth Token of Install App (xoxb-...)";
    }
    findings_add(found, exchange->arena, finding);
}

struct exchange_step slack_doctor_token(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *raw = dialog_ask(&dialog, slack_api_get(exchange, "auth.test", NULL, 0));
    struct findings found = { 0 };
    struct slack_answer answer;

    if (!raw)
        return dialog.step;
    answer = slack_api_read(exchange, "auth.test", raw);
    if (answer.meaning != SLACK_OK)
        return answer.step;
    check_identity(exchange, answer.json, &found);
    check_scopes(exchange, raw, &found);
    check_clock(exchange, raw, &found);
    return findings_done(exchange, &found);
}

/* ---- channels ---- */

static const struct shape_field channels_rows[] = {
    ROW_STRINGS(slack_channels_ask, channels),
    ROW_STRINGS(slack_channels_ask, by_default, .flags = SHAPE_NONZERO),
};
const struct shape slack_channels_ask_shape = SHAPE("channels to look at", slack_channels_ask, channels_rows);

static bool is_id(const char *channel)
{
    return strchr("CGDUW", channel[0]) && channel[1] &&
           strspn(channel, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(channel);
}

static const char *bare(const char *channel)
{
    return channel[0] == '#' ? channel + 1 : channel;
}

static void judge_channel(const struct exchange *exchange, const char *channel, const cJSON *json,
                          struct findings *found)
{
    struct finding finding = { FINDING_GOOD,
                               arena_printf(exchange->arena, "Slack %s%.*s", is_id(channel) ? "" : "#", SHOWN_BYTES,
                                            bare(channel)),
                               "the bot is in it", NULL };

    if (!json) {
        finding.mark = FINDING_BAD;
        finding.text = "the bot sees no such channel";
        finding.mend = "create it, or correct slack.channels; a private one has to invite the bot first: /invite "
                       "@opsgate";
    } else if (json_find_bool(json, "is_archived", false)) {
        finding.mark = FINDING_BAD;
        finding.text = "it is archived: nothing can be posted there";
        finding.mend = "unarchive it, or name another one under slack.channels";
    } else if (!json_find_bool(json, "is_member", false)) {
        finding.mark = FINDING_BAD;
        finding.text = "the bot is not in it";
        finding.mend = "say there: /invite @opsgate";
    }
    findings_add(found, exchange->arena, finding);
}

/* The answer to one call; NULL: dialog->step is what to return, or Slack knows no such channel (*ret_is_unknown). */
static const cJSON *ask(struct dialog *dialog, const char *method, const struct slack_query *query, size_t count,
                        bool *ret_is_unknown)
{
    const struct http_answer *raw = dialog_ask(dialog, slack_api_get(dialog->exchange, method, query, count));
    struct slack_answer answer;
    struct error ignored;
    const cJSON *json;
    const char *error;

    *ret_is_unknown = false;
    if (!raw)
        return NULL;
    answer = slack_api_read(dialog->exchange, method, raw);
    if (answer.meaning == SLACK_OK)
        return answer.json;
    json = json_parse_in(dialog->exchange->arena, raw->body, &ignored);
    error = json_find_string(json, "error");
    *ret_is_unknown = raw->status == 200 && error && strcmp(error, "channel_not_found") == 0;
    dialog->step = answer.step;
    return NULL;
}

static bool look_by_id(struct dialog *dialog, const char *channel, struct findings *found)
{
    const struct slack_query query[] = { { "channel", channel } };
    bool is_unknown;
    const cJSON *json = ask(dialog, "conversations.info", query, ARRAY_LEN(query), &is_unknown);

    if (!json && !is_unknown)
        return false;
    judge_channel(dialog->exchange, channel, json_find(json, "channel"), found);
    return true;
}

static const cJSON *find_named(const cJSON *page, const char *name)
{
    const cJSON *list = json_find(page, "channels");

    JSON_EACH(channel, cJSON_IsArray(list) ? list : NULL) {
        const char *called = json_find_string(channel, "name");

        if (called && strcmp(called, name) == 0)
            return channel;
    }
    return NULL;
}

/* All pages are read once, for all names together. */
static bool look_by_name(struct dialog *dialog, const struct slack_channels_ask *args, const cJSON **seen)
{
    const char *cursor = NULL;

    for (int page = 0; page < LIST_PAGES_MAX; page++) {
        const struct slack_query query[] = { { "types", "public_channel,private_channel" },
                                             { "limit", LIST_PAGE },
                                             { "cursor", cursor } };
        bool ignored, is_complete = true;
        const cJSON *json = ask(dialog, "conversations.list", query, ARRAY_LEN(query), &ignored);

        if (!json)
            return false;
        for (size_t i = 0; i < args->channels_count; i++) {
            if (!is_id(args->channels[i]) && !seen[i])
                seen[i] = find_named(json, bare(args->channels[i]));
            is_complete = is_complete && (is_id(args->channels[i]) || seen[i]);
        }
        cursor = json_find_string(json, "response_metadata.next_cursor");
        if (is_complete || !cursor || !cursor[0])
            break;
    }
    return true;
}

/* What is missing of a channel that nobody has named is a hint, and no more. */
static void ease_defaults(const struct exchange *exchange, const struct slack_channels_ask *args,
                          struct findings *found)
{
    for (size_t i = 0; i < args->channels_count && i < found->findings_count; i++)
        for (size_t k = 0; k < args->by_default_count; k++)
            if (found->findings[i].mark == FINDING_BAD && strcmp(args->channels[i], args->by_default[k]) == 0) {
                found->findings[i].mark = FINDING_OPEN;
                found->findings[i].text = arena_printf(
                    exchange->arena, "%s; it is a default, the file does not name it", found->findings[i].text);
                break;
            }
}

struct exchange_step slack_doctor_channels(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct slack_channels_ask args;
    struct findings found = { 0 };
    bool has_names = false;
    const cJSON **seen;
    struct error err;

    if (!shape_from_json(&slack_channels_ask_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "Slack's channels: %s", err.message);
    seen = arena_alloc(exchange->arena, args.channels_count * sizeof(*seen));
    for (size_t i = 0; i < args.channels_count; i++)
        has_names = has_names || !is_id(args.channels[i]);
    if (has_names && !look_by_name(&dialog, &args, seen))
        return dialog.step;
    for (size_t i = 0; i < args.channels_count; i++) {
        if (!is_id(args.channels[i]))
            judge_channel(exchange, args.channels[i], seen[i], &found);
        else if (!look_by_id(&dialog, args.channels[i], &found))
            return dialog.step;
    }
    ease_defaults(exchange, &args, &found);
    return findings_done(exchange, &found);
}

/* ---- Socket Mode ---- */

static struct http_call socket_call(const struct exchange *exchange, const char *app_token)
{
    struct http_header *headers = arena_alloc(exchange->arena, 2 * sizeof(*headers));
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    url_add_base(&url, exchange->settings->slack.api_url);
    buf_puts(&url, "/apps.connections.open");
    headers[0] = (struct http_header){ "Authorization", arena_printf(exchange->arena, "Bearer %s", app_token) };
    headers[1] = (struct http_header){ "Content-Type", "application/x-www-form-urlencoded" };
    return (struct http_call){ .method = "POST",
                               .url = arena_copy(exchange->arena, buf_str(&url)),
                               .headers = headers,
                               .header_count = 2,
                               .timeout_ms = 8 * SECOND_MS,
                               .credential = HTTP_NO_CREDENTIAL };
}

struct exchange_step slack_doctor_socket(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const char *app_token = json_find_string(exchange->args, "app_token"), *error;
    struct finding finding = { FINDING_GOOD, "Slack Socket Mode", "the app token opens connections", NULL };
    const struct http_answer *answer;
    struct findings found = { 0 };
    struct error err;

    if (!app_token)
        return exchange_never(exchange, "Socket Mode: slack.socket_mode.app_token is missing");
    answer = dialog_ask(&dialog, socket_call(exchange, app_token));
    if (!answer)
        return dialog.step;
    if (answer->status != 200)
        return exchange_refused(exchange, "Slack's Socket Mode", answer);
    if (!slack_socket_url(answer->body, exchange->settings->slack.api_url, exchange->arena, &error, &err)) {
        finding.mark = FINDING_BAD;
        finding.text = arena_strdup(exchange->arena, err.message);
        finding.mend = "slack.socket_mode.app_token is the app's own (xapp-...), of Basic Information, App-Level "
                       "Tokens, with connections:write; and Socket Mode has to be switched on for the app";
    }
    findings_add(&found, exchange->arena, finding);
    return findings_done(exchange, &found);
}
