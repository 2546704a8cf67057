/* twin_lease.c - lease.lua as a function. */
#include "tests/simulation/twin_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void raise_counter(struct twin *twin)
{
    struct error ignored;
    int64_t counter = 0;
    char text[32];

    parse_int(str_of(twin_meta(twin, "counter", "0")), 0, INT64_MAX, &counter, &ignored);
    snprintf(text, sizeof(text), "%" PRId64, counter + 1);
    twin_set_meta(twin, "counter", text);
}

static int64_t number_of(const char *text) /* -1: it is none */
{
    struct error ignored;
    int64_t number = -1;

    return strspn(text, "0123456789") == strlen(text) && parse_int(str_of(text), 0, INT64_MAX, &number, &ignored)
               ? number
               : -1;
}

static enum lease_result lease_take(struct twin *twin, const struct lease_call *call)
{
    bool was_free = *twin_meta(twin, "nonce", "") == '\0';
    char schema[32];

    if (!was_free && number_of(twin_meta(twin, "counter", "0")) != call->counter) {
        twin_came_by(twin, TWIN_LEASE_TAKE_HELD);
        return LEASE_HELD;
    }
    twin_came_by(twin, was_free ? TWIN_LEASE_TAKEN_FREE : TWIN_LEASE_TAKEN_OVER);
    twin_set_meta(twin, "nonce", call->nonce);
    twin_set_meta(twin, "instance", call->instance);
    twin_set_meta(twin, "released", "0");
    if (number_of(twin_meta(twin, "schema", "0")) < call->schema) {
        snprintf(schema, sizeof(schema), "%" PRId64, call->schema);
        twin_set_meta(twin, "schema", schema);
    }
    raise_counter(twin);
    return LEASE_DONE;
}

static enum lease_result lease_renew(struct twin *twin, const struct lease_call *call)
{
    const char *nonce = twin_meta(twin, "nonce", "");

    if (*nonce == '\0' || strcmp(nonce, call->nonce) != 0) {
        twin_came_by(twin, TWIN_LEASE_RENEW_HELD);
        return LEASE_HELD;
    }
    twin_came_by(twin, TWIN_LEASE_RENEWED);
    raise_counter(twin);
    return LEASE_DONE;
}

static enum lease_result lease_release(struct twin *twin, const struct lease_call *call)
{
    const char *nonce = twin_meta(twin, "nonce", "");

    if (*nonce == '\0') {
        twin_came_by(twin, TWIN_LEASE_RELEASE_FREE);
        return LEASE_DONE;
    }
    if (strcmp(nonce, call->nonce) != 0) {
        twin_came_by(twin, TWIN_LEASE_RELEASE_HELD);
        return LEASE_HELD;
    }
    twin_came_by(twin, TWIN_LEASE_RELEASED);
    twin_set_meta(twin, "nonce", "");
    twin_set_meta(twin, "released", "1");
    return LEASE_DONE;
}

static enum lease_result lease_act(struct twin *twin, const struct lease_call *call)
{
    enum lease_result result;

    if (*twin_meta(twin, "birth", "") == '\0') {
        twin_came_by(twin, TWIN_LEASE_NO_BIRTH);
        return LEASE_NO_BIRTH;
    }
    if (number_of(twin_meta(twin, "schema", "0")) > call->schema) {
        twin_came_by(twin, TWIN_LEASE_TOO_NEW);
        return LEASE_TOO_NEW;
    }
    switch (call->action) {
    case LEASE_TAKE:
        result = lease_take(twin, call);
        break;
    case LEASE_RENEW:
        result = lease_renew(twin, call);
        break;
    case LEASE_RELEASE:
        result = lease_release(twin, call);
        break;
    case LEASE_LOOK:
    default:
        twin_came_by(twin, TWIN_LEASE_LOOKED);
        return LEASE_DONE;
    }
    if (result == LEASE_DONE && twin->watch.on_lease)
        twin->watch.on_lease(twin->watch.ctx, call->action, call->nonce, call->instance);
    return result;
}

bool twin_lease(struct twin *twin, const struct lease_call *call, struct lease_answer *answer, const char **ret_reason)
{
    bool was_free = *twin_meta(twin, "nonce", "") == '\0';
    struct error ignored;

    if (twin->is_other[STORE_META]) {
        twin_came_by(twin, TWIN_LEASE_META_TYPE);
        *ret_reason = "meta is a string";
        return false;
    }
    if (number_of(twin_meta(twin, "counter", "0")) < 0 || number_of(twin_meta(twin, "schema", "0")) < 0) {
        twin_came_by(twin, TWIN_LEASE_NO_NUMBER);
        *ret_reason = "counter or schema is no number";
        return false;
    }
    if (call->action == LEASE_TAKE && !twin_is_hex32(call->nonce)) {
        twin_came_by(twin, TWIN_LEASE_NONCE);
        *ret_reason = "a nonce that is not 32 hex digits";
        return false;
    }
    answer->status = STORE_OK;
    answer->result = lease_act(twin, call);
    answer->birth = twin_meta(twin, "birth", "");
    answer->nonce = twin_meta(twin, "nonce", "");
    answer->instance = twin_meta(twin, "instance", "");
    answer->counter = number_of(twin_meta(twin, "counter", "0"));
    answer->seq = twin_seq(twin);
    answer->last_operation = number_of(twin_meta(twin, "last:operation", "0"));
    answer->unix_ms = twin->now_ms;
    answer->shift_ms = 0;
    parse_int(str_of(twin_meta(twin, "clock:shift", "0")), INT64_MIN, INT64_MAX, &answer->shift_ms, &ignored);
    answer->adopted = twin_meta(twin, "adopted", "");
    answer->confirmed = twin_meta(twin, "confirmed", "");
    answer->was_clean = was_free || *answer->nonce == '\0';
    return true;
}
