#include "integrations/slack/socket_policy.h"

#include <assert.h>
#include <string.h>

#define EACH_SLOT(slot, sockets) for (int slot = 0; slot < (int)ARRAY_LEN((sockets)->slots); slot++)

struct step { /* one call */
    struct slack_sockets *sockets;
    int64_t now_ms;
    struct slack_socket_order *orders;
    size_t count;
};

static void order(struct step *step, enum slack_socket_act act, int slot, const char *why)
{
    assert(step->count < SLACK_SOCKET_ORDERS_MAX);
    step->orders[step->count++] = (struct slack_socket_order){ act, slot, why };
}

static void set_state(struct step *step, int slot, enum slack_socket_state state, int64_t until_ms)
{
    step->sockets->slots[slot].state = state;
    step->sockets->slots[slot].until_ms = until_ms;
    step->sockets->slots[slot].since_ms = step->now_ms;
    step->sockets->slots[slot].waits_for_room = false;
}

/* ---- counting ---- */

static size_t count_states(const struct slack_sockets *sockets, enum slack_socket_state from,
                           enum slack_socket_state to)
{
    size_t count = 0;

    EACH_SLOT(slot, sockets)
    count += sockets->slots[slot].state >= from && sockets->slots[slot].state <= to;
    return count;
}

size_t slack_sockets_good(const struct slack_sockets *sockets)
{
    return count_states(sockets, SOCKET_GOOD, SOCKET_DRAINING);
}

size_t slack_sockets_connections(const struct slack_sockets *sockets)
{
    return count_states(sockets, SOCKET_ASKING, SOCKET_CLOSING);
}

static size_t limit(const struct step *step)
{
    const struct slack_sockets *sockets = step->sockets;
    int most = step->now_ms < sockets->crowded_until_ms ? sockets->wanted : sockets->wanted + 1;

    return (size_t)(most > SLACK_SOCKETS_MAX ? SLACK_SOCKETS_MAX : most);
}

/* The longest in that state; -1: none. */
static int oldest(const struct slack_sockets *sockets, enum slack_socket_state state)
{
    int found = -1;

    EACH_SLOT(slot, sockets)
    if (sockets->slots[slot].state == state &&
        (found < 0 || sockets->slots[slot].since_ms < sockets->slots[found].since_ms))
        found = slot;
    return found;
}

/* ---- chance and waits ---- */

/* splitmix64: spreads reconnections, guards nothing. */
static uint64_t draw(struct slack_sockets *sockets)
{
    uint64_t z = sockets->chance += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int64_t backoff_ms(struct slack_sockets *sockets)
{
    int64_t ceiling = SLACK_SOCKET_BACKOFF_MS;

    for (int i = 0; i < sockets->failures && ceiling < SLACK_SOCKET_BACKOFF_MAX_MS; i++)
        ceiling *= 2;
    if (ceiling > SLACK_SOCKET_BACKOFF_MAX_MS)
        ceiling = SLACK_SOCKET_BACKOFF_MAX_MS;
    return (int64_t)(draw(sockets) % (uint64_t)(ceiling + 1));
}

static void hold(struct step *step, int64_t for_ms)
{
    int64_t until_ms = step->now_ms + for_ms;

    if (until_ms > step->sockets->hold_until_ms)
        step->sockets->hold_until_ms = until_ms;
}

static void fail(struct step *step)
{
    if (step->sockets->failures < 30)
        step->sockets->failures++;
}

static void alarm_once(struct step *step, const char *why)
{
    if (!step->sockets->is_alarmed)
        order(step, SOCKET_ALARM, -1, why);
    step->sockets->is_alarmed = true;
}

/* ---- what happened ---- */

/* The slot is empty; a new try takes it, or another one if enough are on the way. */
static void vacate(struct step *step, int slot)
{
    struct slack_sockets *sockets = step->sockets;
    size_t coming = count_states(sockets, SOCKET_WAITING, SOCKET_GOOD);
    bool counts = sockets->slots[slot].state >= SOCKET_WAITING && sockets->slots[slot].state <= SOCKET_GOOD;

    sockets->slots[slot].owed = 0;
    if (coming - counts < (size_t)sockets->wanted)
        set_state(step, slot, SOCKET_WAITING, step->now_ms + backoff_ms(sockets));
    else
        set_state(step, slot, SOCKET_FREE, 0);
}

static void close_slot(struct step *step, int slot, const char *why)
{
    set_state(step, slot, SOCKET_CLOSING, 0);
    order(step, SOCKET_CLOSE, slot, why);
}

static void drain(struct step *step, int slot)
{
    if (step->sockets->slots[slot].owed == 0)
        close_slot(step, slot, "not needed any more");
    else
        set_state(step, slot, SOCKET_DRAINING, step->now_ms + SLACK_SOCKET_DRAIN_MS);
}

/* Errors of apps.connections.open that no second try mends. */
static bool needs_a_person(const char *error)
{
    static const char *const errors[] = {
        "invalid_auth",     "not_authed",         "account_inactive", "user_removed_from_team", "team_disabled",
        "token_revoked",    "token_expired",      "missing_scope",    "not_allowed_token_type", "forbidden_team",
        "no_permission",    "access_denied",      "invalid_app",      "app_not_found",          "link_disabled",
        "insecure_request", "org_login_required",
    };

    for (size_t i = 0; i < ARRAY_LEN(errors); i++)
        if (strcmp(errors[i], error) == 0)
            return true;
    return false;
}

static void on_refused(struct step *step, const struct slack_socket_happening *happening)
{
    const char *error = happening->error ? happening->error : "";
    bool is_limited = strcmp(error, "ratelimited") == 0 || strcmp(error, "rate_limited") == 0;

    fail(step);
    if (needs_a_person(error)) {
        hold(step, SLACK_SOCKET_SLOW_MS);
        alarm_once(step, error);
    } else if (is_limited || happening->retry_after_ms > 0) {
        hold(step, happening->retry_after_ms > 0 ? happening->retry_after_ms : SLACK_SOCKET_RETRY_AFTER_MS);
    }
    vacate(step, happening->slot);
}

static void on_hello(struct step *step, int slot)
{
    int leaving;

    set_state(step, slot, SOCKET_GOOD, 0);
    step->sockets->failures = 0;
    if (step->sockets->is_alarmed)
        order(step, SOCKET_ALARM_OVER, -1, "connected");
    step->sockets->is_alarmed = false;
    leaving = oldest(step->sockets, SOCKET_LEAVING);
    if (leaving >= 0)
        drain(step, leaving);
}

static void on_disconnect(struct step *step, int slot, enum slack_disconnect reason)
{
    struct slack_socket *socket = &step->sockets->slots[slot];

    if (reason == SLACK_LINK_DISABLED) {
        hold(step, SLACK_SOCKET_SLOW_MS);
        alarm_once(step, "Socket Mode is switched off for the app");
        close_slot(step, slot, "link_disabled");
    } else if (reason == SLACK_TOO_MANY) {
        fail(step);
        step->sockets->crowded_until_ms = step->now_ms + SLACK_SOCKET_CROWDED_MS;
        close_slot(step, slot, "too_many_websockets");
    } else if (socket->state == SOCKET_GREETING) {
        fail(step);
        close_slot(step, slot, "ended before its hello");
    } else if (socket->state == SOCKET_GOOD) {
        set_state(step, slot, SOCKET_LEAVING, 0);
    }
}

static void on_closed(struct step *step, int slot)
{
    enum slack_socket_state state = step->sockets->slots[slot].state;

    if (state == SOCKET_OPENING || state == SOCKET_GREETING)
        fail(step);
    vacate(step, slot);
}

static void on_owed(struct step *step, int slot, size_t owed)
{
    struct slack_socket *socket = &step->sockets->slots[slot];

    socket->owed = owed;
    if (socket->state == SOCKET_DRAINING && owed == 0)
        close_slot(step, slot, "not needed any more");
}

static void leave(struct step *step)
{
    step->sockets->wanted = 0;
    EACH_SLOT(slot, step->sockets)
    {
        enum slack_socket_state state = step->sockets->slots[slot].state;

        if (state == SOCKET_WAITING || state == SOCKET_ASKING)
            set_state(step, slot, SOCKET_FREE, 0);
        else if (state == SOCKET_OPENING || state == SOCKET_GREETING)
            close_slot(step, slot, "not wanted any more");
        else if (state == SOCKET_GOOD || state == SOCKET_LEAVING)
            drain(step, slot);
    }
}

/* Each goes on until its successor has said hello. */
static void renew(struct step *step)
{
    step->sockets->failures = 0;
    step->sockets->hold_until_ms = step->now_ms;
    EACH_SLOT(slot, step->sockets)
    {
        enum slack_socket_state state = step->sockets->slots[slot].state;

        if (state == SOCKET_GOOD)
            set_state(step, slot, SOCKET_LEAVING, 0);
        else if (state == SOCKET_WAITING)
            set_state(step, slot, SOCKET_WAITING, step->now_ms);
    }
}

static void take(struct step *step, const struct slack_socket_happening *happening)
{
    int slot = happening->slot;
    enum slack_socket_state state;

    if (happening->what == SOCKET_LEAVE || happening->what == SOCKET_RENEW) {
        (happening->what == SOCKET_LEAVE ? leave : renew)(step);
        return;
    }
    if (happening->what == SOCKET_TICK || slot < 0 || slot >= (int)ARRAY_LEN(step->sockets->slots))
        return;
    state = step->sockets->slots[slot].state;
    if (happening->what == SOCKET_ANSWERED && state == SOCKET_ASKING) {
        set_state(step, slot, SOCKET_OPENING, 0);
        order(step, SOCKET_CONNECT, slot, NULL);
    } else if (happening->what == SOCKET_REFUSED && state == SOCKET_ASKING) {
        on_refused(step, happening);
    } else if (happening->what == SOCKET_OPENED && state == SOCKET_OPENING) {
        set_state(step, slot, SOCKET_GREETING, step->now_ms + SLACK_SOCKET_HELLO_MS);
    } else if (happening->what == SOCKET_HELLO && state == SOCKET_GREETING) {
        on_hello(step, slot);
    } else if (happening->what == SOCKET_DISCONNECT && state >= SOCKET_GREETING && state <= SOCKET_LEAVING) {
        on_disconnect(step, slot, happening->reason);
    } else if (happening->what == SOCKET_OWED && state >= SOCKET_GREETING) {
        on_owed(step, slot, happening->owed);
    } else if (happening->what == SOCKET_CLOSED && state >= SOCKET_OPENING) {
        on_closed(step, slot);
    }
}

/* ---- what follows from it ---- */

static void pass_time(struct step *step)
{
    EACH_SLOT(slot, step->sockets)
    {
        const struct slack_socket *socket = &step->sockets->slots[slot];

        if (socket->until_ms > step->now_ms)
            continue;
        if (socket->state == SOCKET_GREETING) {
            fail(step);
            close_slot(step, slot, "no hello");
        } else if (socket->state == SOCKET_DRAINING) {
            close_slot(step, slot, "acknowledgements are not waited for any longer");
        }
    }
}

static void add_missing(struct step *step)
{
    size_t coming = count_states(step->sockets, SOCKET_WAITING, SOCKET_GOOD);

    for (int slot; coming < (size_t)step->sockets->wanted; coming++) {
        slot = oldest(step->sockets, SOCKET_FREE);
        if (slot < 0)
            return; /* the last ones are closing */
        set_state(step, slot, SOCKET_WAITING,
                  step->now_ms + (step->sockets->failures > 0 ? backoff_ms(step->sockets) : 0));
    }
}

static bool is_due(const struct step *step, int slot)
{
    return step->sockets->slots[slot].state == SOCKET_WAITING && step->sockets->slots[slot].until_ms <= step->now_ms;
}

static void begin_due(struct step *step)
{
    bool waits_for_room = false;
    int leaving;

    if (step->now_ms < step->sockets->hold_until_ms)
        return;
    EACH_SLOT(slot, step->sockets)
    {
        if (!is_due(step, slot))
            continue;
        if (slack_sockets_connections(step->sockets) >= limit(step)) {
            waits_for_room = step->sockets->slots[slot].waits_for_room = true;
            continue;
        }
        set_state(step, slot, SOCKET_ASKING, 0);
        order(step, SOCKET_ASK, slot, NULL);
    }
    leaving = oldest(step->sockets, SOCKET_LEAVING);
    if (waits_for_room && leaving >= 0 && count_states(step->sockets, SOCKET_ASKING, SOCKET_GREETING) == 0 &&
        count_states(step->sockets, SOCKET_DRAINING, SOCKET_CLOSING) == 0)
        drain(step, leaving); /* no room for a successor beside it */
}

void slack_sockets_init(struct slack_sockets *sockets, int wanted, uint64_t seed)
{
    assert(wanted >= 1 && wanted <= SLACK_SOCKETS_MAX);
    *sockets = (struct slack_sockets){ .wanted = wanted, .chance = seed };
}

size_t slack_sockets_step(struct slack_sockets *sockets, const struct slack_socket_happening *happening, int64_t now_ms,
                          struct slack_socket_order orders[SLACK_SOCKET_ORDERS_MAX])
{
    struct step step = { sockets, now_ms, orders, 0 };

    take(&step, happening);
    pass_time(&step);
    add_missing(&step);
    begin_due(&step);
    return step.count;
}

int64_t slack_sockets_wake_at_ms(const struct slack_sockets *sockets)
{
    int64_t at_ms = INT64_MAX;

    EACH_SLOT(slot, sockets)
    {
        const struct slack_socket *socket = &sockets->slots[slot];
        int64_t until_ms = socket->until_ms;

        if (socket->state == SOCKET_WAITING && until_ms < sockets->hold_until_ms)
            until_ms = sockets->hold_until_ms;
        if (socket->waits_for_room)
            continue; /* an end makes room, not time */
        if ((socket->state == SOCKET_WAITING || socket->state == SOCKET_GREETING || socket->state == SOCKET_DRAINING) &&
            until_ms < at_ms)
            at_ms = until_ms;
    }
    return at_ms;
}
