/* ledger_releases.c - what rolls out by itself: nothing that nobody published, or that was taken back or came too late;
 * never an older version than the one that serves; not by the consent of whoever published it; and what does not roll
 * out is said, once.
 *
 * What happened on GitHub is told by whoever plays it, what opsgate heard of it by the bodies that came to its doors.
 */
#include "tests/simulation/ledger_internal.h"

#include "tests/simulation/house.h"
#include "tests/simulation/world_releases.h"

#include <inttypes.h>
#include <string.h>

struct told_release { /* by a webhook: a full release, or a push */
    const char *tag;  /* NULL: a push */
    int64_t commit;
    const char *sender;
};
struct released {                  /* how a release was on GitHub, for a time */
    int64_t id, from_ms, until_ms; /* until -1: it still is */
    const char *tag;
    bool is_prerelease;
};
struct triggered { /* a look at what was told, and the deploy that came of it */
    const struct told_release *told;
    const char *fact;   /* the same in all that tell it; or NULL */
    const char *author; /* of the release, as GitHub told the look; or NULL */
    bool is_long_past;
    const struct known_operation *trigger, *deploy; /* deploy or NULL: none was begun */
    const char *said;                               /* that it does not roll out; or NULL */
    const char *why;                                /* the look ended: in the journal alone, for it is forgotten */
    bool is_left_out;                               /* it is there already, or on its way */
};

/* ---- GitHub ---- */

void ledger_saw_release(struct ledger *ledger, const struct world_release *release)
{
    int64_t now_ms = ledger_now_ms(ledger);

    for (size_t i = 0; i < ledger->releases_count; i++)
        if (ledger->releases[i].id == release->id && ledger->releases[i].until_ms < 0)
            ledger->releases[i].until_ms = now_ms;
    if (release->is_there)
        *ARENA_PUSH(ledger->arena, ledger->releases, ledger->releases_count) =
            (struct released){ .id = release->id,
                               .from_ms = now_ms,
                               .until_ms = -1,
                               .tag = release->tag,
                               .is_prerelease = release->is_prerelease };
}

/* It was a full release at some instant since then. */
static const struct released *find_released(const struct ledger *ledger, const char *tag, int64_t since_ms)
{
    for (size_t i = ledger->releases_count; i > 0; i--) {
        const struct released *released = &ledger->releases[i - 1];

        if (ledger_is_same(released->tag, tag) && !released->is_prerelease &&
            (released->until_ms < 0 || released->until_ms >= since_ms))
            return released;
    }
    return NULL;
}

/* ---- what is told ---- */

void releases_accepted(struct ledger *ledger, struct input *input, const cJSON *payload)
{
    const char *tag = json_find_string(payload, "release.tag_name"), *after = json_find_string(payload, "after");
    const char *action = json_find_string(payload, "action");
    bool is_published = ledger_is_same(action, "published") || ledger_is_same(action, "released");
    struct told_release *told;

    if (!ledger_is_same(json_find_string(payload, "repository.full_name"), WORLD_RELEASES) || (!tag && !after) ||
        (tag && (!is_published || json_find_bool(payload, "release.prerelease", false))))
        return;
    input->told = told = ARENA_NEW(ledger->arena, struct told_release);
    *told = (struct told_release){ .tag = arena_strdup(ledger->arena, tag),
                                   .commit = world_commit_of(str_of(tag ? tag : after)),
                                   .sender = arena_strdup(ledger->arena, json_find_string(payload, "sender.login")) };
}

static const struct input *find_input(const struct ledger *ledger, const char *request_id)
{
    for (size_t i = ledger->inputs_count; i > 0; i--)
        if (ledger->inputs[i - 1].told && ledger_is_same(ledger->inputs[i - 1].request_id, request_id))
            return &ledger->inputs[i - 1];
    return NULL;
}

/* ---- what begins ---- */

static void see_trigger(struct ledger *ledger, struct known_operation *operation)
{
    const struct input *input = find_input(ledger, operation->request_id);

    if (!input) {
        ledger_complain(ledger, "nobody looks at what nobody told", "%s, by %s", operation->id, operation->request_id);
        return;
    }
    operation->triggered = ARENA_NEW(ledger->arena, struct triggered);
    *operation->triggered = (struct triggered){
        .told = input->told, .fact = input->fact, .is_long_past = input->is_long_past, .trigger = operation
    };
}

static void check_there(struct ledger *ledger, const struct known_operation *operation, int64_t since_ms,
                        const char *what)
{
    const char *tag = operation->triggered->told->tag;

    if (tag && !find_released(ledger, tag, since_ms))
        ledger_complain(ledger, "nothing rolls out that is not published", "%s %s %s, which was no release by then",
                        operation->id, what, tag);
}

static void see_deploy(struct ledger *ledger, struct known_operation *operation, struct triggered *triggered)
{
    operation->triggered = triggered;
    ledger_count(ledger, DEED_TRIGGERED);
    if (triggered->deploy)
        ledger_complain(ledger, "what was told is acted on once", "%s began %s and %s", triggered->trigger->id,
                        triggered->deploy->id, operation->id);
    triggered->deploy = operation;
    if (triggered->is_long_past)
        ledger_complain(ledger, "nobody acts on what is long past", "%s began %s, of %s", triggered->trigger->id,
                        operation->id, triggered->fact ? triggered->fact : "a push");
    check_there(ledger, operation, triggered->trigger->begun_ms, "begins");
}

void releases_operation(struct ledger *ledger, struct known_operation *operation)
{
    struct known_operation *parent;

    if (operation->triggered)
        return;
    if (ledger_is_same(operation->kind, "trigger")) {
        see_trigger(ledger, operation);
        return;
    }
    parent = ledger_is_same(operation->kind, "deploy") ? ledger_find_operation(ledger, operation->parent) : NULL;
    if (parent && parent->triggered)
        see_deploy(ledger, operation, parent->triggered);
}

/* ---- what becomes of it ---- */

static void see_pinned(struct ledger *ledger, const struct known_operation *operation, const cJSON *core)
{
    const struct told_release *told = operation->triggered->told;
    const char *version = json_find_string(core, "body.version"), *commit = json_find_string(core, "body.commit");

    if (world_commit_of(str_of(version)) != told->commit ||
        (world_commit_of(str_of(commit)) != told->commit && (commit || told->tag))) /* a push's is its version's name */
        ledger_complain(ledger, "what rolls out is what was told", "%s brings %s of commit %s, and not %" PRId64,
                        operation->id, version ? version : "-", commit ? commit : "-", told->commit);
    check_there(ledger, operation, operation->begun_ms, "brings");
}

static void see_places(struct triggered *triggered, const cJSON *core)
{
    triggered->is_left_out = false;
    JSON_EACH(place, json_find(core, "body.places"))
        if (ledger_is_same(json_find_string(place, "state"), "left out"))
            triggered->is_left_out = true;
}

void releases_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    const struct known_operation *operation = ledger_find_operation(ledger, json_find_string(core, "operation"));

    if (!operation || !operation->triggered)
        return;
    if (strcmp(kind, "deploy.pinned") == 0)
        see_pinned(ledger, operation, core);
    if (strcmp(kind, "trigger.places") == 0)
        see_places(operation->triggered, core);
    if (strcmp(kind, "operation.ended") == 0 && operation->triggered->trigger == operation)
        operation->triggered->why = arena_strdup(ledger->arena, json_find_string(core, "body.summary"));
}

/* ---- traffic ---- */

static const char *version_of(const struct ledger *ledger, const char *revision)
{
    for (size_t i = ledger->versions_count; i > 0; i--)
        if (ledger_is_same(ledger->versions[i - 1].revision, revision))
            return ledger->versions[i - 1].version;
    return NULL;
}

/* What was left there by whatever ended well last; or NULL. */
static const char *good_at(const struct ledger *ledger, const char *target)
{
    const struct known_operation *last = NULL;

    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];

        if (ledger_is_same(operation->target, target) && ledger_is_same(operation->result, "done") &&
            (operation->rollout || operation->goal) && (!last || operation->ended_ms >= last->ended_ms))
            last = operation;
    }
    return !last ? NULL : last->rollout ? last->rollout->revision : last->goal;
}

/* Of what it finds: whatever has the most. */
static const char *serving_of(const struct known_effect *effect)
{
    const struct run_share *most = NULL;

    for (size_t i = 0; i < effect->expected_count; i++)
        if (!most || effect->expected[i].percent > most->percent)
            most = &effect->expected[i];
    return most ? most->revision : NULL;
}

/* A version with a name and a commit without one are told apart by GitHub alone, which need not know of a tag. */
static bool is_older(const char *version, const char *than)
{
    int64_t ours = world_commit_of(str_of(version)), theirs = world_commit_of(str_of(than));
    bool is_commit = str_starts_with(str_of(version), "sha:");

    return ours > 0 && theirs > 0 && is_commit == str_starts_with(str_of(than), "sha:") && ours < theirs;
}

void releases_raised(struct ledger *ledger, const struct known_operation *operation, const struct known_effect *effect)
{
    const char *ours = version_of(ledger, operation->rollout->revision), *serving = serving_of(effect),
               *theirs = version_of(ledger, serving);

    if (!operation->triggered)
        return;
    ledger_count(ledger, DEED_RAISED_BY_ITSELF);
    if (is_older(ours, theirs) && ledger_is_same(serving, good_at(ledger, operation->target))) /* else by hand */
        ledger_complain(ledger, "what rolls out by itself never goes backwards", "%s of %s brings %s, and %s serves",
                        effect->id, operation->id, ours, theirs);
}

/* ---- consent ---- */

static const char *login_of(const char *user)
{
    return ledger_is_same(user, HOUSE_APPROVER)         ? HOUSE_APPROVER_LOGIN
           : ledger_is_same(user, HOUSE_OTHER_APPROVER) ? HOUSE_OTHER_APPROVER_LOGIN
                                                        : NULL;
}

/* To the owner. The last answer before anything comes of it is what that comes of: whoever makes the release once more
 * later has not begun this rollout, and may consent to what somebody else did. */
void releases_told(struct ledger *ledger, const struct logged_call *call)
{
    for (size_t i = 0; call->author && i < ledger->operations_count; i++) {
        struct triggered *triggered = ledger->operations[i]->triggered;

        if (triggered && !triggered->deploy && triggered->trigger == ledger->operations[i] &&
            ledger_is_same(triggered->trigger->outside_id, call->sender.operation))
            triggered->author = call->author;
    }
}

/* They sent it, or made the release. */
bool releases_are_of(const struct known_operation *operation, const char *user)
{
    const struct triggered *triggered = operation->triggered;
    const char *login = login_of(user);

    return triggered && login &&
           (ledger_is_same(triggered->told->sender, login) || ledger_is_same(triggered->author, login));
}

/* ---- what is said ---- */

void releases_posted(struct ledger *ledger, const char *operation_id, const char *text)
{
    const struct known_operation *operation = ledger_find_operation(ledger, operation_id);
    struct triggered *triggered = operation ? operation->triggered : NULL;

    if (!triggered || triggered->trigger != operation || !text || !strstr(text, "does not roll out"))
        return;
    if (ledger_is_same(triggered->said, text))
        ledger_complain(ledger, "what does not roll out is said once", "%s says \"%s\" again", operation->id, text);
    triggered->said = arena_strdup(ledger->arena, text);
}

static bool is_result(const struct known_operation *operation, const char *result)
{
    return operation && ledger_is_same(operation->result, result);
}

static void count_end(struct ledger *ledger, const struct triggered *triggered)
{
    const char *summary = triggered->deploy ? triggered->deploy->summary : NULL;

    if (!triggered->said)
        return;
    ledger_count(ledger, DEED_TRIGGER_REFUSED);
    if (triggered->is_long_past)
        ledger_count(ledger, DEED_TRIGGER_LATE);
    if (summary && strstr(summary, "is older than"))
        ledger_count(ledger, DEED_TRIGGER_BACKWARDS);
}

static void check_said(struct ledger *ledger, const struct triggered *triggered)
{
    const struct known_operation *trigger = triggered->trigger;
    bool is_nothing = !triggered->deploy && !is_result(trigger, "done"); /* came of it */

    if (triggered->said || triggered->is_left_out || (!is_nothing && !is_result(triggered->deploy, "refused")))
        return;
    if (is_nothing && triggered->why && strstr(triggered->why, "nothing was to be done"))
        return; /* too late, and there already */
    ledger_complain(ledger, "what does not roll out is said", "%s ended as %s, %s as %s, and nobody said so",
                    trigger->id, trigger->result ? trigger->result : "-",
                    triggered->deploy ? triggered->deploy->id : "nothing",
                    triggered->deploy && triggered->deploy->result ? triggered->deploy->result : "-");
}

/* Whatever was told first of several that tell the same. */
static bool is_looked_at(const struct ledger *ledger, const struct input *input)
{
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct triggered *triggered = ledger->operations[i]->triggered;

        if (triggered &&
            (triggered->told == input->told || (input->fact && ledger_is_same(triggered->fact, input->fact))))
            return true;
    }
    return false;
}

void releases_check_end(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->inputs_count; i++)
        if (ledger->inputs[i].told && !ledger->inputs[i].kills_on && !is_looked_at(ledger, &ledger->inputs[i]))
            ledger_complain(ledger, "what is told is looked at", "%s told of %s, and nobody did",
                            ledger->inputs[i].request_id,
                            ledger->inputs[i].told->tag ? ledger->inputs[i].told->tag : "a push");
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];

        if (!operation->triggered || operation->triggered->trigger != operation || operation->is_stuck)
            continue;
        check_said(ledger, operation->triggered);
        count_end(ledger, operation->triggered);
    }
}
