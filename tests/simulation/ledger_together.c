/* ledger_together.c - words that are said together: each once, and all of it; of one channel, in their order, each with
 * a record that stands; and nobody is asked for anything by them.
 */
#include "tests/simulation/ledger_internal.h"

#include <ctype.h>
#include <string.h>

void together_effect(struct ledger *ledger, struct known_effect *effect, const cJSON *json)
{
    const cJSON *reply = json_find(json, "args.reply");

    if (strcmp(effect->kind, EFFECT_MESSAGE) != 0 || effect->words)
        return;
    effect->words = arena_strdup(ledger->arena, json_find_string(reply, "text"));
    effect->is_one_line =
        cJSON_GetArraySize(json_find(reply, "actions")) == 0 && cJSON_GetArraySize(json_find(reply, "lines")) == 0;
}

/* ---- what leaves ---- */

/* "@{slack:U0BOB}", "@{slack-channel:C0INC7}": written as Slack names them; "@{time:1780000000000}", "@{date:...}": as a time
 * of day, or with its date. */
static const char *behind_sort(const char *at)
{
    if (strncmp(at, "@{time:", 7) == 0 || strncmp(at, "@{date:", 7) == 0)
        return at + strcspn(at, "}");
    return strncmp(at, "@{", 2) == 0 ? at + strcspn(at, ":}") : at;
}

/* However it is written there, a word of letters and digits stands in it as it was. */
static bool says(struct str body, const char *words)
{
    for (const char *at = behind_sort(words); *at; at = behind_sort(at)) {
        struct str word = { at, 0 };

        while (isalnum((unsigned char)word.at[word.len]))
            word.len++;
        if (!memmem(body.at, body.len, word.at, word.len))
            return false;
        at += word.len > 0 ? word.len : 1;
    }
    return true;
}

static const struct known_effect *find_part(struct ledger *ledger, const struct logged_call *call,
                                            const char *outside_id)
{
    const struct known_effect *part = ledger_find_effect(ledger, outside_id);

    if (!part || part->dropped_ms >= 0)
        ledger_complain(ledger, "nothing is tried without a record of it in the store", "%s says %s, %s", call->url,
                        part ? part->id : outside_id, part ? "which has ended" : "which no commit has recorded");
    else if (part->words && !says(call->body, part->words))
        ledger_complain(ledger, "what is said is what was recorded", "%s is to say \"%s\", and that is not in %.*s",
                        part->id, part->words, (int)(call->body.len < 200 ? call->body.len : 200), call->body.at);
    return part;
}

static bool asks_or_calls(const struct known_effect *effect)
{
    return !effect->is_one_line || effect->goes_first;
}

static void check_beside(struct ledger *ledger, const struct known_effect *part, const struct known_effect *before)
{
    if (asks_or_calls(part) || asks_or_calls(before))
        ledger_complain(ledger, "what asks or calls somebody is said by itself", "%s is said with %s", part->id,
                        before->id);
    if (!ledger_is_same(part->lane, before->lane))
        ledger_complain(ledger, "words are said in their own channel", "%s of %s is said with %s of %s", part->id,
                        part->lane, before->id, before->lane);
    if (part->order <= before->order)
        ledger_complain(ledger, "words are said in their order", "%s is said behind %s", part->id, before->id);
}

void together_left(struct ledger *ledger, const struct logged_call *call)
{
    AUTO_JSON cJSON *json = NULL;
    const struct known_effect *part, *before;
    const cJSON *payload;
    struct error ignored;

    if (strcmp(call->url, WORLD_SLACK_URL "/chat.postMessage") != 0 || !json_parse(call->body, &json, &ignored))
        return;
    payload = json_find(json, "metadata.event_payload");
    part = payload ? find_part(ledger, call, json_find_string(payload, "effect")) : NULL;
    JSON_EACH(also, json_find(payload, "also")) {
        before = part;
        part = find_part(ledger, call, also->valuestring);
        if (before && part)
            check_beside(ledger, part, before);
    }
}

/* ---- what is there ---- */

/* Whatever may be said with others does not come behind what was, and stood behind it. */
static void check_order(struct ledger *ledger, const struct known_effect *effect)
{
    for (size_t i = 0; i < ledger->effects_count; i++) {
        const struct known_effect *other = ledger->effects[i];

        if (other->is_together && other->order > effect->order && ledger_is_same(other->lane, effect->lane))
            ledger_complain(ledger, "words are said in their order", "%s is said, and %s was before it", effect->id,
                            other->id);
    }
}

static void posted(struct ledger *ledger, struct known_effect *effect, const struct world_change *change)
{
    if (change->place[0] == 'D')
        return; /* what is said to somebody directly cannot be looked up: there it may come twice */
    if (effect->posts > 1)
        ledger_complain(ledger, "a message is posted once", "%s is in %s twice", effect->id, change->place);
    if (effect->can_join)
        check_order(ledger, effect);
}

void together_posted(struct ledger *ledger, const struct world_change *change)
{
    struct known_effect *effect = ledger_find_effect(ledger, change->effect);

    if (effect && ++effect->posts)
        posted(ledger, effect, change);
    for (size_t i = 0; i < change->also_count; i++) {
        effect = ledger_find_effect(ledger, change->also[i]);
        if (!effect)
            continue;
        ledger_count(ledger, DEED_SAID_TOGETHER);
        effect->posts++;
        posted(ledger, effect, change);
        effect->is_together = true;
    }
}

void together_check_end(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->effects_count; i++) {
        const struct known_effect *effect = ledger->effects[i];

        if (effect->words && effect->is_done && effect->posts == 0)
            ledger_complain(ledger, "what is to be said gets there", "%s of %s is done, and was never posted",
                            effect->id, effect->operation ? effect->operation : "nobody");
    }
}
