/* ledger_incidents.c - incidents: one channel each, whatever fails; what happened stays as it was told, in its order;
 * and what somebody wrote stands there once.
 */
#include "tests/simulation/ledger_incidents.h"

#include <inttypes.h>
#include <string.h>

/* ---- the record ---- */

static bool is_incident(const struct known_operation *operation)
{
    return ledger_is_same(operation->kind, "incident");
}

static bool is_live(const struct known_operation *operation)
{
    return operation->incident && operation->is_live && !operation->result && !operation->is_stuck;
}

bool incidents_take_mark(const char *text, struct str *ret_mark)
{
    const char *at = text ? strstr(text, "zq") : NULL;

    if (!at)
        return false;
    *ret_mark = (struct str){ at, 2 + strspn(at + 2, "0123456789") + 1 };
    return true;
}

static bool has_mark(const char *entry, struct str mark)
{
    return memmem(entry, strlen(entry), mark.at, mark.len) != NULL;
}

static void check_once(struct ledger *ledger, const struct known_operation *operation, const char *entry)
{
    const struct incident *incident = operation->incident;
    struct str mark;

    for (size_t i = 0; incidents_take_mark(entry, &mark) && i < incident->timeline_count; i++)
        if (has_mark(incident->timeline[i], mark) && !strstr(incident->timeline[i], "\"opened\""))
            ledger_complain(ledger, "what somebody wrote stands in the timeline once", "%s has \"%.*s\" twice: %s",
                            operation->id, (int)mark.len, mark.at, entry);
}

/* Times are the store's: where its date was put back, so may they be. */
static bool may_be_earlier(const struct ledger *ledger)
{
    return ledger->jumped_ms >= 0;
}

static void add_entry(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    struct incident *incident = operation->incident;
    int64_t at_ms = json_find_int(json, "at_ms", 0);
    const char *entry = json_print_in(ledger->arena, json);

    if (at_ms < incident->newest_ms && !may_be_earlier(ledger))
        ledger_complain(ledger, "a timeline is in the order of time", "%s has %s behind one of %" PRId64, operation->id,
                        entry, incident->newest_ms);
    check_once(ledger, operation, entry);
    private_said(ledger, operation, entry);
    incident->newest_ms = at_ms;
    *ARENA_PUSH(ledger->arena, incident->timeline, incident->timeline_count) = entry;
}

static void see_timeline(struct ledger *ledger, struct known_operation *operation, const cJSON *list, int64_t cut)
{
    struct incident *incident = operation->incident;
    AUTO(arena) struct arena *arena = arena_create();
    size_t known = incident->timeline_count, at = 0;

    JSON_EACH(entry, list) {
        if (at >= known)
            add_entry(ledger, operation, entry);
        else if (strcmp(json_print_in(arena, entry), incident->timeline[at]) != 0)
            ledger_complain(ledger, "a timeline only grows", "of %s %s was %s", operation->id,
                            json_print_in(arena, entry), incident->timeline[at]);
        at++;
    }
    if (at < known || cut < incident->cut)
        ledger_complain(ledger, "a timeline only grows", "%s had %zu entries and has %zu", operation->id, known, at);
    incident->cut = cut;
}

static void see_channel(struct ledger *ledger, struct known_operation *operation, const char *channel)
{
    struct incident *incident = operation->incident;

    if (incident->channel && !ledger_is_same(incident->channel, channel))
        ledger_complain(ledger, "an incident has one channel", "%s had %s and has %s", operation->id, incident->channel,
                        channel ? channel : "none");
    if (incident->channel || !channel)
        return;
    incident->channel = arena_strdup(ledger->arena, channel);
    ledger_count(ledger, DEED_INCIDENT_CHANNEL);
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *other = ledger->operations[i];

        if (other != operation && other->incident && ledger_is_same(other->incident->channel, channel))
            ledger_complain(ledger, "a channel is one incident's", "%s is that of %s and of %s", channel, other->id,
                            operation->id);
    }
}

static void count_move(struct ledger *ledger, const char *before, const char *state)
{
    if (ledger_is_same(before, state))
        return;
    if (!before)
        ledger_count(ledger, DEED_INCIDENT);
    else if (ledger_is_same(state, "acknowledged"))
        ledger_count(ledger, DEED_INCIDENT_ACKNOWLEDGED);
    else if (ledger_is_same(state, "resolved"))
        ledger_count(ledger, DEED_INCIDENT_RESOLVED);
    else if (ledger_is_same(before, "resolved") && ledger_is_same(state, "open"))
        ledger_count(ledger, DEED_INCIDENT_REOPENED);
    else if (ledger_is_same(state, "closed"))
        ledger_count(ledger, DEED_INCIDENT_CLOSED);
}

void incidents_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    struct incident *incident = operation->incident;
    const cJSON *body = json_find(json, "body");

    if (!is_incident(operation) || !cJSON_IsObject(body))
        return;
    if (!incident)
        incident = operation->incident = ARENA_NEW(ledger->arena, struct incident);
    if (ledger_is_same(incident->state, "resolved") && !ledger_is_same(json_find_string(json, "state"), "resolved") &&
        !ledger_is_same(json_find_string(json, "state"), "closed"))
        incident->is_reopened = true;
    if (ledger_is_same(json_find_string(json, "state"), "resolved") && !ledger_is_same(incident->state, "resolved"))
        incident->resolved_ms = ledger_now_ms(ledger);
    count_move(ledger, incident->state, json_find_string(json, "state"));
    incident->state = arena_strdup(ledger->arena, json_find_string(json, "state"));
    incident->is_private = json_find_bool(body, "is_private", false);
    incident->seen = (struct incident_seen){ .id = operation->id,
                                             .declarer = operation->requester && operation->requester[0] == 'U'
                                                             ? operation->requester
                                                             : NULL,
                                             .is_private = incident->is_private,
                                             .is_resolved = ledger_is_same(incident->state, "resolved") };
    see_timeline(ledger, operation, json_find(body, "timeline"), json_find_int(body, "cut", 0));
    see_channel(ledger, operation, json_find_string(body, "channel"));
    pages_operation(ledger, operation, body);
    prompts_operation(ledger, operation, body);
}

void incidents_commit(struct ledger *ledger)
{
    private_commit(ledger);
    prompts_commit(ledger);
    for (size_t i = 0; i < ledger->touched_count; i++) {
        struct known_operation *operation = ledger->touched[i];

        if (operation->incident && operation->incident->is_reopened)
            pages_reopened(ledger, operation);
        if (operation->incident)
            operation->incident->is_reopened = false;
    }
}

/* ---- what people know ---- */

size_t ledger_incidents(const struct ledger *ledger)
{
    size_t count = 0;

    for (size_t i = 0; i < ledger->operations_count; i++)
        count += is_live(ledger->operations[i]);
    return count;
}

const struct incident_seen *ledger_draw_incident(const struct ledger *ledger, struct dice *dice)
{
    const struct incident_seen *ended = NULL;
    size_t live = ledger_incidents(ledger);
    int64_t chosen = live > 0 ? dice_between(dice, 1, (int64_t)live) : 0;

    for (size_t i = 0; i < ledger->operations_count; i++) {
        if (is_live(ledger->operations[i]) && --chosen == 0)
            return &ledger->operations[i]->incident->seen;
        if (ledger->operations[i]->incident)
            ended = &ledger->operations[i]->incident->seen;
    }
    return ended;
}

const struct incident_seen *ledger_next_incident(const struct ledger *ledger, size_t *at)
{
    while (*at < ledger->operations_count) {
        const struct known_operation *operation = ledger->operations[(*at)++];

        if (is_live(operation) && operation->incident)
            return &operation->incident->seen;
    }
    return NULL;
}

/* ---- channels ---- */

static struct made_channel *find_made(const struct ledger *ledger, const char *id)
{
    for (size_t i = 0; i < ledger->made_count; i++)
        if (strcmp(ledger->made[i].id, id) == 0)
            return &ledger->made[i];
    return NULL;
}

static void made(struct ledger *ledger, const struct world_change *change)
{
    const struct known_operation *maker = ledger_find_operation_outside(ledger, change->operation);
    struct made_channel *channel = ARENA_PUSH(ledger->arena, ledger->made, ledger->made_count);

    *channel = (struct made_channel){
        .id = change->place, .name = change->text, .maker = maker, .is_private = change->is_private
    };
    if (!maker || !is_incident(maker))
        ledger_complain(ledger, "a channel is made for an incident", "%s is made for %s", change->text,
                        maker ? maker->id : "nobody");
    else if (maker->incident && maker->incident->is_private != change->is_private)
        ledger_complain(ledger, "a private incident has a private channel", "%s of %s is %s", change->text, maker->id,
                        change->is_private ? "private" : "public");
}

void incidents_changed(struct ledger *ledger, const struct world_change *change)
{
    struct made_channel *channel;

    private_changed(ledger, change);
    if (change->kind == CHANGE_CHANNEL)
        made(ledger, change);
    if (change->kind == CHANGE_POST && (channel = find_made(ledger, change->place)) != NULL && !channel->owner)
        channel->owner = arena_strdup(ledger->arena, change->operation);
}

/* ---- the end ---- */

/* Of those that were made each is some incident's, unless that was over, or had given up, before anybody knew of it. */
static void check_wasted(struct ledger *ledger, const struct made_channel *channel)
{
    for (size_t i = 0; i < ledger->operations_count; i++)
        if (ledger->operations[i]->incident && ledger_is_same(ledger->operations[i]->incident->channel, channel->id))
            return;
    if (channel->maker && channel->maker->incident && channel->maker->incident->channel && !channel->maker->is_stuck)
        ledger_complain(ledger, "one incident, one channel", "%s was made for %s, which has %s", channel->id,
                        channel->maker->id, channel->maker->incident->channel);
}

void incidents_check_end(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->made_count; i++)
        check_wasted(ledger, &ledger->made[i]);
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];
        const struct made_channel *channel = operation->incident && operation->incident->channel
                                                 ? find_made(ledger, operation->incident->channel)
                                                 : NULL;

        if (channel && channel->owner && !ledger_is_same(channel->owner, operation->outside_id))
            ledger_complain(ledger, "a channel is one incident's", "%s of %s was greeted for another", channel->id,
                            operation->id);
    }
}
