/* ledger_holds.c - what people hold back: while a lock or a halt stands in the store, nothing that it covers gets more
 * traffic; and where somebody has to consent, nothing gets any before another person of the role has.
 */
#include "tests/simulation/ledger_internal.h"

#include "tests/simulation/house.h"

struct hold {
    const char *service, *environment; /* NULL: any */
    const char *owner;                 /* the id of whoever has it now */
    bool is_halt, blocks_all;
};

void holds_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    const cJSON *body = json_find(json, "body");
    const char *owner = json_find_string(body, "owner.id");

    if (!owner)
        owner = operation->requester;
    if (operation->hold && !ledger_is_same(owner, operation->hold->owner)) {
        operation->hold->owner = arena_strdup(ledger->arena, owner);
        ledger_count(ledger, DEED_HANDED_OVER);
    }
    if (operation->hold)
        return;
    operation->hold = ARENA_NEW(ledger->arena, struct hold);
    *operation->hold = (struct hold){
        .service = arena_strdup(ledger->arena, json_find_string(body, "service")),
        .environment = arena_strdup(ledger->arena, json_find_string(body, "environment")),
        .owner = arena_strdup(ledger->arena, owner),
        .is_halt = ledger_is_same(operation->kind, "halt"),
        .blocks_all = ledger_is_same(json_find_string(body, "blocks"), "all"),
    };
    ledger_count(ledger, operation->hold->is_halt ? DEED_HALTED : DEED_LOCKED);
}

bool holds_is(const struct known_operation *operation, bool is_halt)
{
    return operation->hold && operation->hold->is_halt == is_halt && operation->is_live && !operation->result;
}

static bool covers(const struct hold *hold, const cJSON *body)
{
    return (!hold->service || ledger_is_same(hold->service, json_find_string(body, "service"))) &&
           (!hold->environment || ledger_is_same(hold->environment, json_find_string(body, "environment")));
}

/* What holds that deploy back, by what the store says; NULL: nothing does. A lock on deploys is none for its owner. */
static const struct known_operation *find_hold(const struct ledger *ledger, const struct known_operation *operation)
{
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;

    for (size_t i = ledger->operations_count; i > 0; i--) {
        const struct known_operation *other = ledger->operations[i - 1];

        if (holds_is(other, true))
            return other;
        if (!holds_is(other, false) ||
            (!other->hold->blocks_all && ledger_is_same(other->hold->owner, operation->requester)))
            continue;
        if (!json && !json_parse(str_of(operation->record), &json, &ignored))
            return NULL;
        if (covers(other->hold, json_find(json, "body")))
            return other;
    }
    return NULL;
}

void holds_check(struct ledger *ledger, const struct known_operation *operation, const struct known_effect *effect)
{
    const struct known_operation *hold = find_hold(ledger, operation);

    if (hold)
        ledger_complain(ledger, "what is locked or halted gets no more traffic",
                        "%s of %s is tried while %s, a %s, holds", effect->id, operation->id, hold->id, hold->kind);
}

/* ---- consent ---- */

void holds_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    struct known_operation *operation = ledger_find_operation(ledger, json_find_string(core, "operation"));

    if (!operation)
        return;
    if (ledger_is_same(kind, "deploy.approved"))
        operation->is_consented = true;
    if (ledger_is_same(kind, "deploy.held") && find_hold(ledger, operation))
        ledger_count(ledger, DEED_HELD_BACK);
}

/* Who of the role typed or pressed it, by the body that came to the door; or NULL. */
static const char *approver_of(const struct input *input)
{
    struct str rest = str_of(input && input->line ? input->line : ""), who = str_take_word(&rest);

    return str_is(who, HOUSE_APPROVER)         ? HOUSE_APPROVER
           : str_is(who, HOUSE_OTHER_APPROVER) ? HOUSE_OTHER_APPROVER
                                               : NULL;
}

static bool is_by_another(const struct known_operation *operation, const struct input *input)
{
    const char *user = approver_of(input);

    return user && !ledger_is_same(user, operation->requester) && !releases_are_of(operation, user);
}

void holds_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->accepted_count; i++) {
        const struct accepted *accepted = &ledger->accepted[i];

        if (!accepted->operation || !ledger_is_same(accepted->verb, "approve"))
            continue;
        if (!accepted->operation->is_consented) {
            ledger_count(ledger, DEED_APPROVED_IN_VAIN);
            if (releases_are_of(accepted->operation, approver_of(accepted->input)))
                ledger_count(ledger, DEED_OWN_RELEASE);
        } else if (is_by_another(accepted->operation, accepted->input)) {
            accepted->operation->is_approved = true;
            ledger_count(ledger, DEED_APPROVED);
        }
    }
    for (size_t i = 0; i < ledger->touched_count; i++)
        ledger->touched[i]->is_consented = false;
}

void holds_check_consent(struct ledger *ledger, const struct known_operation *operation,
                         const struct known_effect *effect)
{
    if (!ledger_is_same(operation->target, HOUSE_APPROVED) &&
        !ledger_is_same(operation->target, HOUSE_RELEASED_APPROVED))
        return;
    if (!operation->is_approved)
        ledger_complain(ledger, "nothing gets traffic without the consent that it needs",
                        "%s raises %s in %s, and nobody else of the role has consented", effect->id, operation->id,
                        operation->target);
    ledger_count(ledger, DEED_RAISED_BY_APPROVAL);
}
