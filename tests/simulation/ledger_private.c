/* ledger_private.c - private incidents: whatever was said of one reaches those who are in it, and nobody else: not by a
 * channel, nor by an answer, nor by the name of anything, nor in another system.
 *
 * Who is in it is told by what people typed: whoever declared it, and whom somebody of them has named.
 */
#include "tests/simulation/ledger_incidents.h"

#include <string.h>

struct secret { /* words of somebody's */
    struct str mark;
    const struct known_operation *operation;
};

/* ---- who is in it ---- */

static bool is_insider(const struct incident *incident, struct str user)
{
    for (size_t i = 0; i < incident->insiders_count; i++)
        if (str_is(user, incident->insiders[i]))
            return true;
    return false;
}

static void add_insider(struct ledger *ledger, struct incident *incident, struct str user)
{
    if (user.len > 0 && !is_insider(incident, user))
        *ARENA_PUSH(ledger->arena, incident->insiders, incident->insiders_count) = arena_copy(ledger->arena, user);
}

/* "U0BOB incident invite D12 <@U0CAROL>" */
static void take_named(struct ledger *ledger, struct incident *incident, const char *line)
{
    for (const char *at = strstr(line, "<@"); at; at = strstr(at + 2, "<@"))
        add_insider(ledger, incident, (struct str){ at + 2, strcspn(at + 2, "|>") });
}

static struct str user_of(const char *line)
{
    return (struct str){ line, line ? strcspn(line, " ") : 0 };
}

void private_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->accepted_count; i++) {
        const struct accepted *accepted = &ledger->accepted[i];
        const char *line = accepted->input ? accepted->input->line : NULL;
        struct incident *incident = accepted->operation ? accepted->operation->incident : NULL;

        if (!incident || !incident->is_private || !line)
            continue;
        if (!strstr(line, " incident declare ") && !is_insider(incident, user_of(line)))
            ledger_complain(ledger, "a private incident is there for those who are in it", "\"%s\" was done to %s",
                            line, accepted->operation->id);
        add_insider(ledger, incident, user_of(line));
        if (strstr(line, " incident invite ") || strstr(line, " incident lead "))
            take_named(ledger, incident, line);
    }
}

/* ---- what is said of it ---- */

static struct secret *find_secret(const struct ledger *ledger, struct str mark)
{
    for (size_t i = 0; i < ledger->secrets_count; i++)
        if (str_equal(ledger->secrets[i].mark, mark))
            return &ledger->secrets[i];
    return NULL;
}

void private_said(struct ledger *ledger, const struct known_operation *operation, const char *entry)
{
    struct str mark;

    if (operation->incident->is_private && operation->requester)
        add_insider(ledger, operation->incident, str_of(operation->requester));
    if (operation->incident->is_private && incidents_take_mark(entry, &mark) && !find_secret(ledger, mark))
        *ARENA_PUSH(ledger->arena, ledger->secrets, ledger->secrets_count) = (struct secret){ mark, operation };
}

/* The next one at or behind *text, which is moved behind it; or NULL. */
static const struct secret *next_secret(const struct ledger *ledger, struct str *text)
{
    struct str mark;
    const char *at;

    while (text->len > 0 && (at = memmem(text->at, text->len, "zq", 2)) != NULL) { /* no body at all is no text */
        size_t left = (size_t)(text->at + text->len - at), len = 2;

        while (len < left && at[len] >= '0' && at[len] <= '9')
            len++;
        mark = (struct str){ at, len < left ? len + 1 : len };
        *text = (struct str){ at + 2, left - 2 };
        if (find_secret(ledger, mark))
            return find_secret(ledger, mark);
    }
    return NULL;
}

static void leaked(struct ledger *ledger, const struct secret *secret, const char *what, struct str whom)
{
    ledger_complain(ledger, "nothing of a private incident is for others", "%.*s of %s goes to %s %.*s",
                    (int)secret->mark.len, secret->mark.at, secret->operation->id, what, (int)whom.len, whom.at);
}

/* ---- answers ---- */

void private_told(struct ledger *ledger, const struct input *input, const char *text)
{
    struct str rest = str_of(text);
    const struct secret *secret;

    while ((secret = next_secret(ledger, &rest)) != NULL) {
        ledger_count(ledger, DEED_SECRET_TOLD);
        if (!input->line || !is_insider(secret->operation->incident, user_of(input->line)))
            leaked(ledger, secret, "the answer for", user_of(input->line));
    }
}

/* ---- calls ---- */

static const struct input *find_asker(const struct ledger *ledger, const char *url)
{
    for (size_t i = ledger->inputs_count; i > 0; i--)
        if (ledger_is_same(ledger->inputs[i - 1].url, url))
            return &ledger->inputs[i - 1];
    return NULL;
}

static bool is_its_own(const struct ledger *ledger, const struct secret *secret, const char *channel)
{
    for (size_t i = 0; i < ledger->made_count; i++)
        if (strcmp(ledger->made[i].id, channel) == 0)
            return ledger->made[i].is_private && ledger->made[i].maker == secret->operation;
    return false;
}

static void check_channel(struct ledger *ledger, const struct secret *secret, const char *channel)
{
    struct str direct = str_of(channel);

    if (!channel) {
        leaked(ledger, secret, "no channel", STR_LIT(""));
        return;
    }
    ledger_count(ledger, DEED_SECRET_TOLD);
    if (channel[0] == 'D') /* as Slack calls somebody's direct messages here: "D0BOB" */
        direct = str_of(arena_printf(ledger->arena, "U%s", channel + 1));
    if (!is_its_own(ledger, secret, channel) && !is_insider(secret->operation->incident, direct))
        leaked(ledger, secret, "channel", str_of(channel));
}

void private_left(struct ledger *ledger, const struct logged_call *call)
{
    struct str rest = call->body;
    const struct secret *secret;
    const struct input *asker;
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;

    while ((secret = next_secret(ledger, &rest)) != NULL) {
        asker = find_asker(ledger, call->url);
        if (asker) {
            private_told(ledger, asker, arena_copy(ledger->arena, secret->mark));
        } else if (!str_starts_with(str_of(call->url), WORLD_SLACK_URL)) {
            leaked(ledger, secret, "", str_of(call->url));
        } else {
            if (!json)
                json_parse(call->body, &json, &ignored);
            check_channel(ledger, secret, json_find_string(json, "channel"));
        }
    }
}

/* ---- what stands in Slack ---- */

static void check_place(struct ledger *ledger, const struct world_change *change, const char *outside_id)
{
    const struct known_effect *effect = ledger_find_effect(ledger, outside_id);
    const struct known_operation *operation = effect ? ledger_find_operation(ledger, effect->operation)
                                                     : ledger_find_operation_outside(ledger, change->operation);

    if (!operation || !operation->incident || !operation->incident->is_private)
        return;
    if (!change->is_private && change->kind != CHANGE_REPLY)
        ledger_complain(ledger, "nothing of a private incident is for others", "%s stands in %s, of %s",
                        change->text ? change->text : "something", change->place, operation->id);
    if (change->kind == CHANGE_MEMBER && !is_insider(operation->incident, str_of(change->text)))
        ledger_complain(ledger, "nobody comes into a private incident but who is in it", "%s is invited to %s",
                        change->text, operation->id);
}

void private_changed(struct ledger *ledger, const struct world_change *change)
{
    check_place(ledger, change, change->effect);
    for (size_t i = 0; i < change->also_count; i++)
        check_place(ledger, change, change->also[i]);
}
