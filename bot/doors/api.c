/* api.c - POST /api/v1/changes: whoever has a token tells of a change that others made. Programs send it, which know
 * what a status means: what is wrong is told at once, with its field, and what may be sent again is a 503 or a 429. */
#include "bot/doors/doors.h"
#include "bot/doors/token.h"

#include "bot/base/digest.h"
#include "bot/log.h"
#include "bot/model/principal.h"
#include "integrations/api/change.h"

#include <inttypes.h>

struct telling { /* waits for the store */
    const struct door *door;
    struct http_request *request;
    struct principal teller; /* borrows its token's name, which may go with a reload: for what is told at once */
    char *id;
};

static void answer(struct http_request *request, int status, const char *id, const char *text)
{
    cJSON *json = json_object();
    AUTO_FREE char *body = NULL;

    json_set_string(json, "id", id);
    json_set_string(json, "status", text);
    body = json_print(json);
    cJSON_Delete(json);
    http_in_answer(request,
                   &(struct http_reply){ .status = status, .content_type = "application/json", .body = str_of(body) });
}

static void refuse_too_often(const struct telling *telling)
{
    AUTO(arena) struct arena *arena = arena_create();
    int64_t wait_ms = door_wait_ms(telling->door, &telling->teller);

    http_in_too_often(telling->request, token_asks_too_often(wait_ms, arena), wait_ms);
}

static void on_told(void *arg, enum arrival_is is, const char *why)
{
    struct telling *telling = arg;

    (void)why; /* of the store: none of a sender's business */
    if (is == ARRIVAL_NEW)
        answer(telling->request, 202, telling->id, "accepted");
    else if (is == ARRIVAL_DUPLICATE)
        answer(telling->request, 200, telling->id, "accepted before");
    else if (is == ARRIVAL_TOO_OFTEN)
        refuse_too_often(telling);
    else
        http_in_problem(telling->request, 503, NULL, door_not_now(is));
    free(telling->id);
    free(telling);
}

static const struct api_token *token_of(const struct door *door, const struct http_request *request)
{
    return token_find(&door->settings->api, http_request_header(request, "Authorization"));
}

/* Nobody else has it: the instance's name is its own, and it counts. */
static const char *fresh_id(struct door *door, struct arena *arena)
{
    const char *text =
        arena_printf(arena, "%s %" PRId64 " %" PRIu64, door->instance, door->unix_ms(door->ctx), ++door->changes_named);

    return arena_printf(arena, "%.16s", digest_hex(digest_sha256(str_of(text))).text);
}

void door_api_change(void *arg, struct http_request *request)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct door *door = arg;
    const struct api_token *token = token_of(door, request);
    struct api_change_sent sent = { .body = request->body, .now_ms = door->unix_ms(door->ctx) };
    struct api_change_door change;
    struct telling *telling;
    struct error err;

    if (!token) { /* a reload took it away while the body came */
        http_in_problem(request, 401, NULL, TOKEN_MISSING);
        return;
    }
    sent.token = token->name;
    sent.given_id = fresh_id(door, arena);
    if (!api_change_accept(door->settings, &sent, arena, &change, &err)) {
        door->counts->malformed++;
        http_in_problem(request, 400, NULL, err.message);
        return;
    }
    telling = xcalloc(1, sizeof(*telling));
    *telling = (struct telling){ door, request, token_principal(token), xstrdup(change.id) };
    door_offer(door, NULL,
               &(struct arrival){ .source = API_SOURCE,
                                  .kind = API_CHANGE_KIND,
                                  .request_id = request->id,
                                  .keys = &change.key,
                                  .keys_count = 1,
                                  .is_fact = true,
                                  .teller = &telling->teller,
                                  .body = change.body },
               on_told, telling);
}

static struct http_refusal refuses_head(void *arg, const struct http_request *request)
{
    struct door *door = arg;

    if (token_of(door, request))
        return (struct http_refusal){ .status = 0 };
    door->counts->forged++;
    return (struct http_refusal){ 401, TOKEN_MISSING };
}

const struct http_gate door_api_gate = { .refuses_head = refuses_head };
