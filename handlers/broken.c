#include "handlers/broken.h"

#include "bot/model/card.h"
#include "handlers/hold/glass.h"
#include "policy/policy.h"

#include <string.h>

#define REASON_MAX_BYTES 300

static const struct shape_field deny_rows[] = {
    ROW_STRING(broken_deny, deny, .flags = SHAPE_REQUIRED),
    ROW_STRING(broken_deny, rule, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(broken_deny, by, &principal_shape),
};
const struct shape broken_deny_shape = SHAPE("a broken glass", broken_deny, deny_rows);

static const struct shape_field rows[] = {
    ROW_STRING(broken, reason, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_OBJECTS(broken, denies, &broken_deny_shape, .flags = SHAPE_NONZERO),
};
const struct shape broken_shape = SHAPE("what passes denies", broken, rows);

bool broken_read(const struct typed *typed, struct arena *arena, const char **ret_reason, struct error *err)
{
    const char *reason = typed_option(typed, "break-glass");

    if (reason && str_is_empty(str_trim(str_of(reason))))
        return error_set(err, ERR_INVALID, "`--break-glass` takes a reason. Nothing was done.");
    *ret_reason = reason ? card_quote(str_of(reason), REASON_MAX_BYTES, arena) : NULL;
    return true;
}

void broken_tell(const struct broken *broken, enum policy_stage stage, struct arena *arena, struct facts *facts)
{
    struct broken_glass *told = arena_alloc(arena, (broken->denies_count + 1) * sizeof(*told));

    for (size_t i = 0; i < broken->denies_count; i++)
        told[i] = (struct broken_glass){ broken->denies[i].deny, broken->denies[i].by };
    facts->broken = told;
    facts->broken_count = broken->denies_count;
    /* A glass was broken for what stood in the way when it began, and for nothing that comes later. */
    facts->break_glass = stage == POLICY_INCREASE ? NULL : broken->reason;
}

/* ---- what denies it ---- */

/* Of those on one line of the file each counts, and of those that say the same one. */
void denies_add(const struct view *view, const struct question *question, const struct facts *facts,
                enum policy_stage stage, struct denies *denies)
{
    struct explanation all = policy_explain(view->policy, question, facts, stage, view->arena);

    for (size_t i = 0; i < all.rules_count; i++) {
        bool is_there = all.rules[i].outcome != EXPLAIN_DENIES;

        for (size_t k = 0; k < denies->count && !is_there; k++)
            is_there = strcmp(denies->list[k].identity, all.rules[i].identity) == 0;
        if (!is_there)
            *ARENA_PUSH(view->arena, denies->list, denies->count) = all.rules[i];
    }
}

struct denies broken_denies(const struct view *view, const struct question *question, const struct facts *facts,
                            const struct broken *broken, enum policy_stage stage)
{
    struct facts unbroken = *facts;
    struct denies denies = { NULL, 0 };

    broken_tell(broken, POLICY_INCREASE, view->arena, &unbroken); /* what was passed before, and no more */
    denies_add(view, question, &unbroken, stage, &denies);
    return denies;
}

/* ---- it is broken ---- */

static bool is_kept(const struct broken *broken, const struct explained_rule *deny, const struct principal *by)
{
    for (size_t i = 0; i < broken->denies_count; i++)
        if (strcmp(broken->denies[i].deny, deny->identity) == 0 && principal_equal(&broken->denies[i].by, by))
            return true;
    return false;
}

struct breaking broken_by_requester(const struct view *view, const struct operation *operation,
                                    const struct broken *broken, const char *kind, struct outcome *out)
{
    return (struct breaking){ .view = view,
                              .who = &operation->requester,
                              .reason = broken->reason,
                              .request_id = operation->request_id,
                              .kind = kind,
                              .review = { .broken_by = operation->id },
                              .out = out };
}

void broken_keep(const struct denies *denies, const struct principal *by, struct arena *arena, struct broken *broken)
{
    const struct broken before = *broken;

    broken->denies = NULL;
    broken->denies_count = 0;
    for (size_t i = 0; i < before.denies_count; i++) /* the old list belongs to the record */
        *ARENA_PUSH(arena, broken->denies, broken->denies_count) = before.denies[i];
    for (size_t i = 0; i < denies->count; i++)
        if (!is_kept(&before, &denies->list[i], by)) /* what passes the request alone is announced each time */
            *ARENA_PUSH(arena, broken->denies, broken->denies_count) =
                (struct broken_deny){ denies->list[i].identity, denies->list[i].rule, *by };
}

static const char *rules_text(const struct denies *denies, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < denies->count; i++)
        if (i == 0 || strcmp(denies->list[i].rule, denies->list[i - 1].rule) != 0) /* several on one line */
            text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", denies->list[i].rule);
    return text;
}

/* What the person typed is theirs, and can be erased; the rules are not. */
const char *broken_announce(const struct breaking *breaking, const struct denies *denies)
{
    struct arena *arena = breaking->view->arena;
    const char *rules = rules_text(denies, arena);
    cJSON *body = json_object(), *personal = principal_personal(breaking->who);
    struct review_body review = breaking->review;

    review.rule = rules;
    review.reason = breaking->reason;
    json_set_string(body, "rule", rules);
    json_set_string(personal, "reason", breaking->reason);
    outcome_journal(breaking->out, arena_printf(arena, "%s.glass_broken", breaking->kind), body, personal);
    review_ask(breaking->who, breaking->request_id, &review, breaking->out);
    return arena_printf(arena, "broke the glass, past the rule %s: %s", rules, breaking->reason);
}

const char *broken_pass(const struct breaking *breaking, const struct question *question, const struct facts *facts,
                        struct broken *broken)
{
    const struct denies denies = broken_denies(breaking->view, question, facts, broken, POLICY_WHOLE);

    if (denies.count == 0)
        return NULL;
    broken_keep(&denies, breaking->who, breaking->view->arena, broken);
    return broken_announce(breaking, &denies);
}

/* ---- who asked is told ---- */

const char *broken_shown(const struct broken *broken)
{
    return broken->denies_count > 0 ? broken->reason : NULL;
}

const char *broken_allows(const struct decision *decision, struct arena *arena)
{
    return decision->broken
               ? arena_printf(arena, "policy allows it, past the rule %s by a broken glass", decision->broken)
               : "policy allows it";
}

void broken_tell_asker(const struct broken *broken, const struct decision *decision, struct outcome *out)
{
    if (!broken->reason)
        return;
    if (decision->broken)
        outcome_reply_line(out,
                           "It goes past the rule %s by a broken glass: that is announced, and a review stays open "
                           "until somebody else closes it.",
                           decision->broken);
    else
        outcome_reply_line(out, "%s", BROKEN_NEEDLESS);
}

void broken_tell_refused(const struct broken *broken, const struct decision *decision, struct outcome *out)
{
    if (broken->reason && decision->is_held)
        outcome_reply_line(out, HOLD_PASSES_NO_GLASS);
}
