/* ledger_refused.c - what a peer refuses because it does not take the credential: what is to be shown waits, and is
 * shown once it is mended, the newest of it; the way back is tried on and on; and somebody hears of it, once.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define TRIED_EVERY_MS (10 * SECOND_MS)
#define SLACK_MS (6 * SECOND_MS)  /* a turn, and a commit that is out */
#define ROUND_MS (30 * MINUTE_MS) /* what is refused again within that is no news */

struct seat { /* a credential, or a permission, by the name that the journal has for it */
    const char *name;
    bool is_courtesy, is_way_back;
    bool has_listener;  /* somebody heard of it when it was journalled */
    int64_t refused_ms; /* first journalled */
    int64_t told_ms;    /* last; -1: never yet */
    int told;           /* since then, within ROUND_MS */
};

struct refusal {             /* all that parks in a lane waits; or what is of one kind there */
    const char *lane, *kind; /* NULL: it was the token */
    unsigned actor;          /* the life that heard it: it alone knows; 0: something got through there since */
};

/* ---- what is heard ---- */

static bool may_wait(const struct known_effect *effect)
{
    return effect->row && effect->row->refused == REFUSED_PARKS;
}

static bool has_got_through(const struct logged_call *call)
{
    return call->status >= 200 && call->status < 300 && !call->is_refused && strcmp(call->method, "GET") != 0;
}

static bool is_about(const struct refusal *refusal, const struct known_effect *effect)
{
    return strcmp(refusal->lane, effect->lane) == 0 && (!refusal->kind || strcmp(refusal->kind, effect->kind) == 0);
}

/* It outlives the effect that met it: another card may take that one's place, and then waits as that did. */
static void note_refusal(struct ledger *ledger, const struct known_effect *effect, const struct logged_call *call)
{
    const char *kind = call->is_token_refused ? NULL : effect->kind;
    struct refusal *refusal = NULL;

    for (size_t i = 0; i < ledger->refusals_count; i++)
        if (is_about(&ledger->refusals[i], effect) && !ledger->refusals[i].kind == !kind)
            refusal = &ledger->refusals[i];
    if (!refusal)
        refusal = ARENA_PUSH(ledger->arena, ledger->refusals, ledger->refusals_count);
    *refusal = (struct refusal){ effect->lane, kind, call->sender.actor };
}

static void forget_refusals(struct ledger *ledger, const struct known_effect *effect)
{
    for (size_t i = 0; i < ledger->refusals_count; i++)
        if (is_about(&ledger->refusals[i], effect))
            ledger->refusals[i].actor = 0;
}

void refused_told(struct ledger *ledger, const struct logged_call *call)
{
    struct known_effect *effect = ledger_find_effect(ledger, call->sender.effect);

    if (!effect)
        return;
    effect->heard_ms = ledger_now_ms(ledger);
    if (call->is_refused && may_wait(effect) && !effect->was_refused)
        ledger_count(ledger, DEED_PARKED);
    if (call->is_refused && effect->row && effect->row->is_decrease)
        ledger_count(ledger, DEED_REFUSED_WAY_BACK);
    effect->was_refused = effect->was_refused || call->is_refused;
    effect->refused_to = call->is_refused ? call->sender.actor : 0;
    if (call->is_refused && may_wait(effect))
        note_refusal(ledger, effect, call);
    if (may_wait(effect) && has_got_through(call))
        forget_refusals(ledger, effect);
    if (effect->was_refused && may_wait(effect) && has_got_through(call) && !effect->is_freed) {
        effect->is_freed = true;
        ledger_count(ledger, DEED_FREED);
    }
}

/* ---- it is mended now, and nobody has read that yet ---- */

/* This life has owned the store since it was refused, and has heard of it all the time. */
static bool was_at_it(const struct ledger *ledger, const struct known_effect *effect)
{
    const struct life *life = timers_find_life(ledger, effect->refused_to);

    return life && ledger_is_same(life->instance, ledger->lease_instance) && life->since_ms <= effect->heard_ms &&
           life->held_since_ms <= effect->heard_ms && ledger->down_until_ms <= effect->heard_ms &&
           ledger->cut_off_until_ms <= effect->heard_ms;
}

void ledger_mended(struct ledger *ledger)
{
    int64_t now_ms = ledger_now_ms(ledger);

    for (size_t i = 0; i < ledger->effects_count; i++) {
        const struct known_effect *effect = ledger->effects[i];

        if (effect->dropped_ms < 0 && effect->row && effect->row->is_decrease && effect->refused_to &&
            !effect->unheard && now_ms - effect->heard_ms > TRIED_EVERY_MS + SLACK_MS && was_at_it(ledger, effect))
            ledger_complain(ledger, "a way back that is refused is tried on and on",
                            "%s of %s was refused %" PRId64 " ms ago, and was not tried since", effect->id,
                            effect->operation, now_ms - effect->heard_ms);
    }
}

/* ---- what waits holds up nothing else ---- */

/* For a token all of the lane waits that may; for a permission what is of the same kind there. */
bool refused_passes(const struct ledger *ledger, const struct logged_call *call, const struct known_effect *effect,
                    const struct known_effect *other)
{
    for (size_t i = 0; may_wait(other) && i < ledger->refusals_count; i++) {
        const struct refusal *refusal = &ledger->refusals[i];

        if (refusal->actor == call->sender.actor && is_about(refusal, other) &&
            (refusal->kind ? strcmp(effect->kind, other->kind) != 0 : !may_wait(effect)))
            return true;
    }
    return false;
}

/* ---- the newest alone ---- */

/* A message of that operation goes into its card's thread: without the first card there is none, and one that stands
 * there is none either before the store tells where. */
static bool has_thread_to_come(const struct ledger *ledger, const struct known_operation *operation,
                               const struct known_effect *card)
{
    for (size_t i = 0; !operation->has_card && i < ledger->effects_count; i++)
        if (ledger->effects[i]->dropped_ms < 0 && ledger->effects[i]->order > card->order &&
            ledger_is_same(ledger->effects[i]->operation, operation->id) &&
            strcmp(ledger->effects[i]->kind, EFFECT_MESSAGE) == 0)
            return true;
    return false;
}

void refused_left(struct ledger *ledger, const struct known_effect *effect)
{
    const struct known_operation *operation = ledger_find_operation(ledger, effect->operation);

    if (effect->was_refused && operation && strcmp(effect->kind, EFFECT_CARD) == 0 &&
        operation->card_order > effect->order && !has_thread_to_come(ledger, operation, effect))
        ledger_complain(ledger, "of cards that wait the newest is shown", "%s of %s is tried again, and %s is newer",
                        effect->id, operation->id, ledger_find_effect(ledger, operation->card_effect)->id);
}

/* ---- somebody hears of it ---- */

static struct seat *find_seat(const struct ledger *ledger, const char *name)
{
    for (size_t i = 0; name && i < ledger->seats_count; i++)
        if (strcmp(ledger->seats[i].name, name) == 0)
            return &ledger->seats[i];
    return NULL;
}

static bool has_listener(const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->operations_count; i++)
        if (ledger_is_same(ledger->operations[i]->kind, "watch.credentials") && ledger->operations[i]->is_live)
            return true;
    return false;
}

void refused_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    const char *name = json_find_string(core, "body.seat");
    struct seat *seat = find_seat(ledger, name);

    if (strcmp(kind, "credential.refused") != 0 || !name)
        return;
    if (!seat) {
        seat = ARENA_PUSH(ledger->arena, ledger->seats, ledger->seats_count);
        *seat = (struct seat){ .name = arena_strdup(ledger->arena, name),
                               .is_courtesy = json_find_bool(core, "body.is_courtesy", false),
                               .refused_ms = ledger_now_ms(ledger),
                               .told_ms = -1 };
    }
    seat->has_listener = seat->has_listener || has_listener(ledger);
    seat->is_way_back = seat->is_way_back || json_find_bool(core, "body.is_way_back", false);
}

/* The same permission in another place: but where traffic cannot be given back is told of each. */
static bool is_alike(const struct seat *a, const struct seat *b)
{
    const char *place = strrchr(a->name, ' ');

    return a == b || (!a->is_way_back && place && strncmp(a->name, b->name, (size_t)(place - a->name) + 1) == 0);
}

static void tell(struct ledger *ledger, struct seat *seat)
{
    int64_t now_ms = ledger_now_ms(ledger);

    seat->told = seat->told_ms >= 0 && now_ms - seat->told_ms < ROUND_MS ? seat->told + 1 : 1;
    seat->told_ms = now_ms;
    if (seat->told > (seat->is_way_back ? 2 : 1)) /* that it is the way back, too, is news */
        ledger_complain(ledger, "what is refused is told once", "%s is told %d times", seat->name, seat->told);
}

void refused_posted(struct ledger *ledger, const char *text)
{
    if (!text || !strstr(text, "refuses opsgate") || strstr(text, "Still so"))
        return;
    for (size_t i = 0; i < ledger->seats_count; i++)
        if (strstr(text, arena_printf(ledger->arena, "`%s` refuses opsgate", ledger->seats[i].name)))
            tell(ledger, &ledger->seats[i]);
}

static bool is_told(const struct ledger *ledger, const struct seat *seat)
{
    for (size_t i = 0; i < ledger->seats_count; i++)
        if (ledger->seats[i].told_ms >= 0 && is_alike(seat, &ledger->seats[i]))
            return true;
    return false;
}

/* ---- the end ---- */

void refused_check_end(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->effects_count; i++) {
        const struct known_effect *effect = ledger->effects[i];

        if (effect->was_refused && strcmp(effect->kind, EFFECT_MESSAGE) == 0 && effect->posts == 0 &&
            !(effect->prompt && effect->is_cut_off)) /* nobody has to be asked any more */
            ledger_complain(ledger, "what waits for a credential is shown once it is mended",
                            "%s of %s was refused, and never posted", effect->id,
                            effect->operation ? effect->operation : "nobody");
    }
    for (size_t i = 0; i < ledger->seats_count; i++) {
        const struct seat *seat = &ledger->seats[i];

        if (seat->has_listener && !is_told(ledger, seat))
            ledger_complain(ledger, "what is refused is told to somebody", "%s is not", seat->name);
    }
}
