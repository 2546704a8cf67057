/* command.h - Slack's slash commands: first what the door must know of one, later the request that it is.
 *
 * The door goes: slack_command_is_ssl_check (answer 200, empty, and forget the rest) -> slack_signature_check ->
 * slack_command_accept -> the raw body into the inbox. Socket Mode brings an object of the same fields, and the same item
 * comes of it. The owner decodes that body with slack_command_decode.
 * Pure; safe on any thread. Spec: https://docs.slack.dev/interactivity/implementing-slash-commands
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_COMMAND_H
#define OPSGATE_INTEGRATIONS_SLACK_COMMAND_H

#include "bot/base/json.h"
#include "bot/model/inbox.h"

#define SLACK_SOURCE "slack"         /* inbox_item.source, request.source and principal.system */
#define SLACK_COMMAND_KIND "command" /* inbox_item.kind */

struct slack_command_door {
    const char *keys[1];      /* dedupe keys: "slack:T0...:command:<trigger_id>" */
    size_t keys_count;        /* 1 */
    const char *response_url; /* where a late answer goes, checked; NULL when Slack sent none: secret */
    const char *team, *user;  /* ids */
    const char *command;      /* "/deploy": for the log */
    const char *body;         /* what is stored: the form; terminated */
};

/* Slack tests the address's certificate so, unsigned. Whatever else such a body holds must not be looked at. */
bool slack_command_is_ssl_check(struct str body);

/* `timestamp` is the signed header: with the body it makes the key of a command that has neither trigger_id nor
 * response_url. `api_url` is slack.api_url (response_url.h). What it gives lives in the arena.
 * ERR_INVALID: malformed, a field is missing, an ssl_check; ERR_DENIED: response_url is not Slack's. */
bool slack_command_accept(struct str body, const char *timestamp, const char *api_url, struct arena *arena,
                          struct slack_command_door *ret_door, struct error *err);

/* The same of a Socket Mode envelope's payload; `envelope_id` tells it from every other when nothing in it does. `payload`
 * must outlive the door's use of it. */
bool slack_command_accept_payload(const cJSON *payload, const char *envelope_id, const char *api_url,
                                  struct arena *arena, struct slack_command_door *ret_door, struct error *err);

/* The request in an accepted item: `/deploy api staging` -> verb "deploy", words "api" "staging"; `/ops deploy api` ->
 * the same; `/ops` alone -> "help". The verb is in lower case and may be one that nobody knows. Words are split by
 * request_split; before it, what phones and Slack make of typed text is undone:
 *   smart quotes “ ” ‘ ’ are quotes (a ’ between letters is an apostrophe and stays), a long dash that begins a word
 *   and goes on is `--`, a no-break space is a space; &amp; &lt; &gt; are & < >;
 *   <@U012AB3CD|ann> -> slack:U012AB3CD      as principals are written everywhere
 *   <!subteam^S012|@eng> -> slack-group:S012  as roles are
 *   <#C012AB3CD|ops> -> C012AB3CD            a channel's id
 *   <https://x.example/a|label> -> https://x.example/a, but <http://x.example|x.example> -> x.example: what was typed
 *   <mailto:a@x.example|…> -> a@x.example, <!here> -> @here; anything else in <> stays as it is.
 * Quotes and blanks inside a link are percent-encoded, so it stays one word.
 * Strings live in the arena or are borrowed from the item. ERR_INVALID says what is missing or wrong. */
bool slack_command_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                          struct error *err);

#endif
