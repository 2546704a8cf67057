/* ledger_groups.c - what must hold of several requests as one operation: each member is asked for once, in the order of
 * what it needs, never too many at a time; and whoever asked for all of them is told the truth about each.
 *
 * How many, and what one failure does to the rest, is taken from what was typed; when a group asked for another, from
 * its record. What became of a member is taken from the member's own record.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/model/event.h"

#include <inttypes.h>
#include <string.h>

#define PARALLEL_OTHERWISE 4

enum member_state { STATE_DONE = 3, STATE_FAILED, STATE_SKIPPED }; /* as a group's record tells it */

struct group_member_seen {
    const char *name, *place; /* "auth/lab", by its first two words */
    const char **needs;
    size_t needs_count;
    const struct known_operation *child; /* that began for it */
    int asked;
    bool is_heard, is_heard_done;          /* the group has been told how it ended */
    bool is_abort_asked, is_abort_refused; /* asked: and not refused since */
};

struct group {
    struct group_member_seen *members;
    size_t members_count;
    int64_t max_parallel;
    bool stops, is_regional, is_aborted;
    size_t asked_now; /* by the commit that is being written */
    bool has_aborted_now;
    int64_t aborted_ms;
    const char *image; /* of the first region */
};

static struct group_member_seen *find_member(const struct group *group, const char *name)
{
    for (size_t i = 0; i < group->members_count; i++)
        if (ledger_is_same(group->members[i].name, name))
            return &group->members[i];
    return NULL;
}

/* ---- what is asked for ---- */

static const char *line_of(const struct ledger *ledger, const struct known_operation *operation)
{
    for (size_t i = ledger->inputs_count; !operation->parent && i > 0; i--)
        if (ledger_is_same(ledger->inputs[i - 1].request_id, operation->request_id))
            return ledger->inputs[i - 1].line;
    return NULL;
}

static int64_t parallel_of(const char *line)
{
    const char *at = strstr(line, "--max-parallel ");
    struct str rest = str_of(at ? at + strlen("--max-parallel ") : "");
    int64_t count = PARALLEL_OTHERWISE;
    struct error ignored;

    parse_int(str_take_word(&rest), 1, INT64_MAX, &count, &ignored);
    return count;
}

static bool is_regional(const cJSON *body)
{
    JSON_EACH(word, json_find(body, "members.0.words"))
        if (cJSON_IsString(word) && str_starts_with(str_of(word->valuestring), "--region="))
            return true;
    return false;
}

static void read_rules(const struct ledger *ledger, const struct known_operation *operation, const cJSON *body)
{
    struct group *group = operation->group;
    const char *line = line_of(ledger, operation), *verb = json_find_string(body, "members.0.verb");

    group->max_parallel = json_find_int(body, "max_parallel", 0);
    group->stops = json_find_int(body, "on_failure", 0) == 0;
    group->is_regional = is_regional(body);
    if (group->is_regional) { /* forth one after the other, back all at once */
        group->max_parallel = ledger_is_same(verb, "rollback") ? (int64_t)group->members_count : 1;
        group->stops = !ledger_is_same(verb, "rollback");
    } else if (line && ledger_is_same(verb, "deploy")) {
        group->max_parallel = parallel_of(line);
        group->stops = !strstr(line, "--on-failure continue");
    }
}

static void read_group(struct ledger *ledger, struct known_operation *operation, const cJSON *body)
{
    struct group *group = operation->group = ARENA_NEW(ledger->arena, struct group);

    JSON_EACH(item, json_find(body, "members")) {
        struct group_member_seen *member = ARENA_PUSH(ledger->arena, group->members, group->members_count);

        *member = (struct group_member_seen){
            .name = arena_strdup(ledger->arena, json_find_string(item, "name")),
            .place = arena_printf(ledger->arena, "%s/%s", json_find_string(item, "words.0"),
                                  json_find_string(item, "words.1") ? json_find_string(item, "words.1") : ""),
        };
        JSON_EACH(need, json_find(item, "needs"))
            *ARENA_PUSH(ledger->arena, member->needs, member->needs_count) =
                arena_strdup(ledger->arena, need->valuestring);
    }
    read_rules(ledger, operation, body);
    ledger_count(ledger, group->is_regional ? DEED_REGIONS : DEED_GROUP);
}

/* ---- messages ---- */

/* Settings say more than the group has members: what is not among them is not waited for. */
static void ask(struct ledger *ledger, const struct known_operation *operation, const char *name)
{
    struct group *group = operation->group;
    struct group_member_seen *member = find_member(group, name);
    struct str rest = str_of(name);

    if (!member && str_take_prefix(&rest, "abort ")) {
        member = find_member(group, rest.at);
        if (member && member->is_abort_asked)
            ledger_complain(ledger, "a member is asked for once", "%s aborts %s twice", operation->id, name);
        if (member)
            member->is_abort_asked = true; /* again only after a refusal: by somebody else, perhaps */
        return;
    }
    if (!member) {
        ledger_complain(ledger, "a group asks for its members alone", "%s asks for %s", operation->id, name);
        return;
    }
    group->asked_now++;
    if (++member->asked > 1)
        ledger_complain(ledger, "a member is asked for once", "%s asks for %s again", operation->id, name);
    for (size_t i = 0; i < member->needs_count; i++) {
        const struct group_member_seen *needed = find_member(group, member->needs[i]);

        if (!needed)
            continue;
        ledger_count(ledger, DEED_GROUP_WAITED);
        if (!needed->is_heard_done || (needed->child && !ledger_is_same(needed->child->result, "done")))
            ledger_complain(ledger, "a member begins when what it needs is done", "%s asks for %s before %s is done",
                            operation->id, name, needed->name);
    }
}

/* Kept until all writes of its commit were told: it may stand before the record of who sent it. */
void groups_message(struct ledger *ledger, const cJSON *json)
{
    const char *name = json_find_string(json, "name");
    bool is_ended = ledger_is_same(name, MESSAGE_CHILD_ENDED), is_refused = ledger_is_same(name, MESSAGE_CHILD_REFUSED);
    bool is_asked = ledger_is_same(json_find_string(json, "to"), "engine");

    if (is_ended || is_refused || is_asked)
        *ARENA_PUSH(ledger->arena, ledger->messages, ledger->messages_count) = (struct group_message){
            .id = arena_strdup(ledger->arena, json_find_string(json, "id")),
            .group = arena_strdup(ledger->arena, json_find_string(json, is_asked ? "from" : "to")),
            .member = arena_strdup(ledger->arena, json_find_string(json, "body.name")),
            .is_asked = is_asked,
            .is_done = is_ended && ledger_is_same(json_find_string(json, "body.result"), "done"),
        };
}

static void take_messages(struct ledger *ledger)
{
    for (; ledger->messages_seen < ledger->messages_count; ledger->messages_seen++) {
        const struct group_message *message = &ledger->messages[ledger->messages_seen];
        const struct known_operation *operation = ledger_find_operation(ledger, message->group);

        if (message->is_asked && operation && operation->group)
            ask(ledger, operation, message->member);
    }
}

static void refuse_abort(const struct group *group, const struct group_message *message)
{
    struct str rest = str_of(message->member);
    struct group_member_seen *member = str_take_prefix(&rest, "abort ") ? find_member(group, rest.at) : NULL;

    if (!member || message->is_done)
        return;
    member->is_abort_asked = false;
    member->is_abort_refused = true;
}

void groups_message_used(struct ledger *ledger, const char *id)
{
    for (size_t i = ledger->messages_count; i > 0; i--) {
        const struct group_message *message = &ledger->messages[i - 1];
        const struct known_operation *operation;
        struct group_member_seen *member;

        if (message->is_asked || strcmp(message->id, id) != 0)
            continue;
        operation = ledger_find_operation(ledger, message->group);
        member = operation && operation->group ? find_member(operation->group, message->member) : NULL;
        if (!member && operation && operation->group)
            refuse_abort(operation->group, message);
        if (!member || member->is_heard)
            return;
        member->is_heard = true;
        member->is_heard_done = message->is_done;
        if (!member->child && !message->is_done)
            ledger_count(ledger, DEED_GROUP_REFUSED);
        return;
    }
}

/* ---- records ---- */

static void check_image(struct ledger *ledger, const struct known_operation *parent,
                        const struct known_operation *operation, const cJSON *body)
{
    const char *image = json_find_string(body, "image");

    if (!parent->group->is_regional || !image || !strchr(image, '@'))
        return;
    if (!parent->group->image)
        parent->group->image = arena_strdup(ledger->arena, image);
    else if (!ledger_is_same(parent->group->image, image) && !json_find_string(body, "revision"))
        ledger_complain(ledger, "all regions get one image", "%s of %s gets %s, another one %s", operation->id,
                        parent->id, image, parent->group->image);
}

static void begin_member(struct ledger *ledger, const struct known_operation *parent,
                         const struct known_operation *operation)
{
    struct group_member_seen *member = find_member(parent->group, operation->parent_name);

    if (!member || member->asked == 0)
        ledger_complain(ledger, "what begins was asked for", "%s begins as %s of %s, which did not ask for it",
                        operation->id, operation->parent_name ? operation->parent_name : "nothing", parent->id);
    else if (member->child && member->child != operation)
        ledger_complain(ledger, "a member begins once", "%s and %s are %s of %s", member->child->id, operation->id,
                        member->name, parent->id);
    else
        member->child = operation;
}

void groups_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    const cJSON *body = json_find(json, "body");
    struct known_operation *parent = ledger_find_operation(ledger, operation->parent);

    if (ledger_is_same(operation->kind, "group") && !operation->group)
        read_group(ledger, operation, body);
    if (!parent || !parent->group)
        return;
    if (!operation->parent_name) {
        operation->parent_name = arena_strdup(ledger->arena, json_find_string(json, "parent_name"));
        begin_member(ledger, parent, operation);
    }
    if (ledger_is_same(operation->kind, "deploy"))
        check_image(ledger, parent, operation, body);
}

void groups_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    const struct known_operation *operation = ledger_find_operation(ledger, json_find_string(core, "operation"));

    if (operation && operation->group && strcmp(kind, "group.aborted") == 0) {
        operation->group->has_aborted_now = true;
        ledger_count(ledger, DEED_GROUP_ABORTED);
    }
}

const char *groups_find_waiting(const struct known_operation *operation)
{
    const struct group *group = operation->group;

    for (size_t i = group ? group->members_count : 0; i > 0; i--)
        if (group->members[i - 1].asked == 0)
            return group->members[i - 1].place;
    return NULL;
}

/* ---- the commit ---- */

static bool has_failed(const struct group *group)
{
    for (size_t i = 0; i < group->members_count; i++)
        if (group->members[i].is_heard && !group->members[i].is_heard_done)
            return true;
    return false;
}

static void check_going_on(struct ledger *ledger, const struct known_operation *operation)
{
    struct group *group = operation->group;
    int64_t running = 0, waiting = 0;

    for (size_t i = 0; i < group->members_count; i++) {
        running += group->members[i].asked > 0 && !group->members[i].is_heard;
        waiting += group->members[i].asked == 0;
    }
    if (running > group->max_parallel)
        ledger_complain(ledger, "never more of a group at once than was asked for",
                        "%s has %" PRId64 " under way, and %" PRId64 " may be", operation->id, running,
                        group->max_parallel);
    if (running == group->max_parallel && waiting > 0 && group->asked_now > 0)
        ledger_count(ledger, DEED_GROUP_FULL);
    group->is_aborted = group->is_aborted || group->has_aborted_now;
    if (group->asked_now > 0 && (group->is_aborted || (group->stops && has_failed(group))))
        ledger_complain(ledger, "a group that stops begins nothing more", "%s asks for another member after %s",
                        operation->id, group->is_aborted ? "it was aborted" : "one failed");
    group->asked_now = 0;
    group->has_aborted_now = false;
}

static const char *truth_about(const struct group_member_seen *member, int64_t state)
{
    bool is_done = member->child ? ledger_is_same(member->child->result, "done") : member->is_heard_done;

    if (member->child && !member->child->result && !member->child->is_stuck)
        return "it runs";
    if (member->asked == 0)
        return state == STATE_SKIPPED ? NULL : "it never began";
    return is_done == (state == STATE_DONE) && (is_done || state == STATE_FAILED) ? NULL
           : is_done                                                              ? "it was done"
                                                                                  : "it was not done";
}

/* "2 done, 1 failed, 0 not begun", "all 3 are done". */
static void check_sentence(struct ledger *ledger, const struct known_operation *operation, const size_t counts[3])
{
    AUTO(arena) struct arena *arena = arena_create();
    size_t all = operation->group->members_count;
    const char *sums = arena_printf(arena, "%zu done, %zu failed, %zu not begun", counts[0], counts[1], counts[2]);
    const char *whole = arena_printf(arena, "all %zu are done", all);
    const char *summary = operation->summary ? operation->summary : "";

    if (strstr(summary, "could not be pinned") && counts[2] == all)
        return;
    if (!str_starts_with(str_of(summary), sums) && !(counts[0] == all && strcmp(summary, whole) == 0))
        ledger_complain(ledger, "a group tells the truth about its members", "%s says \"%s\", and it was: %s",
                        operation->id, summary, sums);
    if (!operation->group->is_aborted && ledger_is_same(operation->result, "done") != (counts[0] == all))
        ledger_complain(ledger, "a group tells the truth about its members", "%s ended as %s, and it was: %s",
                        operation->id, operation->result, sums);
}

static void check_aborted(struct ledger *ledger, const struct known_operation *operation,
                          const struct group_member_seen *member)
{
    if (operation->group->is_aborted && member->child && !member->is_abort_asked && !member->is_abort_refused &&
        member->child->ended_ms > operation->group->aborted_ms)
        ledger_complain(ledger, "an aborted group aborts what runs", "%s was aborted, and %s went on as %s",
                        operation->id, member->name, member->child->id);
}

static void check_group_end(struct ledger *ledger, const struct known_operation *operation)
{
    AUTO_JSON cJSON *json = NULL;
    size_t counts[3] = { 0, 0, 0 };
    struct error ignored;

    if (operation->is_stuck || !json_parse(str_of(operation->record), &json, &ignored))
        return;
    JSON_EACH(item, json_find(json, "body.members")) {
        const struct group_member_seen *member = find_member(operation->group, json_find_string(item, "name"));
        const char *lie = member ? truth_about(member, json_find_int(item, "state", 0)) : NULL;

        if (!member)
            continue;
        if (lie && !(operation->summary && strstr(operation->summary, "could not be pinned")))
            ledger_complain(ledger, "a group tells the truth about its members", "%s tells of %s otherwise, but %s",
                            operation->id, member->name, lie);
        counts[member->asked == 0 ? 2 : truth_about(member, STATE_DONE) ? 1 : 0]++;
        check_aborted(ledger, operation, member);
    }
    check_sentence(ledger, operation, counts);
    ledger_count(ledger, ledger_is_same(operation->result, "done")     ? DEED_GROUP_DONE
                         : ledger_is_same(operation->result, "failed") ? DEED_GROUP_FAILED
                                                                       : DEED_GROUP_STOPPED);
}

void groups_commit(struct ledger *ledger)
{
    take_messages(ledger);
    for (size_t i = 0; i < ledger->touched_count; i++) {
        struct known_operation *operation = ledger->touched[i];

        if (operation->group && operation->group->has_aborted_now)
            operation->group->aborted_ms = ledger_now_ms(ledger);
        if (operation->group)
            check_going_on(ledger, operation);
        if (operation->result && !operation->ended_ms) {
            operation->ended_ms = ledger_now_ms(ledger);
            if (operation->group)
                check_group_end(ledger, operation);
        }
    }
}
