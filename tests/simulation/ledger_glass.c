/* ledger_glass.c - whoever breaks the glass is seen: it is journalled, said where people look, and open for review
 * until somebody else has closed that.
 */
#include "tests/simulation/books.h"
#include "tests/simulation/ledger_internal.h"

#include <string.h>

struct glass {
    const struct known_operation *operation; /* for which it was broken */
    const struct known_operation *review;    /* NULL: nobody has asked for one yet */
    bool is_judged, is_announced, is_closed;
};

static struct glass *find(const struct ledger *ledger, const struct known_operation *operation)
{
    for (size_t i = 0; operation && i < ledger->glasses_count; i++)
        if (ledger->glasses[i].operation == operation || ledger->glasses[i].review == operation)
            return &ledger->glasses[i];
    return NULL;
}

bool glass_is_broken(const struct ledger *ledger, const struct known_operation *operation)
{
    return find(ledger, operation) != NULL;
}

/* Who typed or pressed what is carried out there now. */
static const char *user_of(struct ledger *ledger, const struct known_operation *operation)
{
    for (size_t i = ledger->accepted_count; i > 0; i--) {
        const struct accepted *accepted = &ledger->accepted[i - 1];
        struct str rest = str_of(accepted->input && accepted->input->line ? accepted->input->line : "");

        if (accepted->operation == operation)
            return arena_copy(ledger->arena, str_take_word(&rest));
    }
    return NULL;
}

static void close_review(struct ledger *ledger, struct glass *glass, const char *user)
{
    if (!user || ledger_is_same(user, glass->operation->requester))
        ledger_complain(ledger, "who broke the glass is looked at by somebody else", "%s closes the review %s of %s",
                        user ? user : "nobody", glass->review->id, glass->operation->id);
    glass->is_closed = true;
    ledger_count(ledger, DEED_GLASS_REVIEWED);
}

void glass_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    struct known_operation *operation = ledger_find_operation(ledger, json_find_string(core, "operation"));
    struct glass *glass = find(ledger, operation);

    if (operation && str_ends_with(str_of(kind), ".glass_broken")) {
        *ARENA_PUSH(ledger->arena, ledger->glasses, ledger->glasses_count) = (struct glass){ .operation = operation };
        ledger_count(ledger, DEED_GLASS_BROKEN);
    } else if (glass && strcmp(kind, "review.closed") == 0) {
        close_review(ledger, glass, user_of(ledger, operation));
    }
}

/* Not before the commit is whole: it may be told of in the journal before the record of who asked for it. */
static void check_breaker(struct ledger *ledger, struct glass *glass)
{
    const struct known_operation *operation = glass->operation;

    if (!glass->is_judged && !books_is_captain(operation->requester))
        ledger_complain(ledger, "a glass is broken by who may", "%s by %s", operation->id,
                        operation->requester ? operation->requester : "nobody");
    glass->is_judged = true;
}

void glass_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->glasses_count; i++) {
        struct glass *glass = &ledger->glasses[i];

        check_breaker(ledger, glass);
        if (glass->review && glass->review->result && !glass->is_closed)
            ledger_complain(ledger, "a review is open until somebody else has closed it",
                            "%s has ended, and nobody has", glass->review->id);
    }
}

void glass_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    struct glass *glass = find(ledger, operation);

    if (!ledger_is_same(operation->kind, "review"))
        return;
    for (size_t i = 0; !glass && i < ledger->glasses_count; i++)
        if (!ledger->glasses[i].review &&
            ledger_is_same(ledger->glasses[i].operation->id, json_find_string(json, "body.broken_by"))) {
            glass = &ledger->glasses[i];
            glass->review = operation;
        }
    if (!glass)
        ledger_complain(ledger, "a review is of a glass that was broken", "%s is of none", operation->id);
}

void glass_told(struct ledger *ledger, const char *text)
{
    if (!text || !strstr(text, "broke the glass"))
        return;
    for (size_t i = 0; i < ledger->glasses_count; i++)
        if (strstr(text, ledger->glasses[i].operation->id))
            ledger->glasses[i].is_announced = true;
}

void glass_check_end(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->glasses_count; i++) {
        const struct glass *glass = &ledger->glasses[i];

        if (!glass->review)
            ledger_complain(ledger, "a broken glass leaves a review", "that of %s has none", glass->operation->id);
        else if (!glass->review->is_stuck && !glass->is_closed)
            ledger_complain(ledger, "a broken glass is reviewed", "nobody has closed %s", glass->review->id);
        else if (!glass->is_announced)
            ledger_complain(ledger, "a broken glass is announced", "that of %s is not", glass->operation->id);
    }
}
