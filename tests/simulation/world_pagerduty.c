/* world_pagerduty.c - PagerDuty: incidents, whoever changes them, and what is noted there. What it tells of that by
 * webhooks is on its way elsewhere (senders.c). REST tells times in whole seconds, webhooks in milliseconds.
 * From https://developer.pagerduty.com/api-reference, "Incidents", and
 * https://developer.pagerduty.com/docs/webhooks-overview */
#include "tests/simulation/world_internal.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define DATE_BYTES 40

static const struct person {
    const char *id, *email;
} persons[] = { { "PCAROL", "carol@acme.example" }, { "PERIN", "erin@acme.example" }, { "POPS", "ops@acme.example" } };

/* ---- incidents ---- */

size_t world_pages(const struct world *world, struct world_page *const **ret_list)
{
    *ret_list = world->pages;
    return world->page_count;
}

static struct world_page *find_page(const struct world *world, struct str id)
{
    for (size_t i = 0; i < world->page_count; i++)
        if (str_is(id, world->pages[i]->id))
            return world->pages[i];
    return NULL;
}

static void tell(struct world *world, const struct world_page *page, const char *event, const char *user,
                 const char *note)
{
    const struct world_page_event told = { event, page, user, note };

    if (world->pager.on_event)
        world->pager.on_event(world->pager.ctx, &told);
}

const struct world_page *world_page_trigger(struct world *world, const char *service, const char *title)
{
    struct world_page *page = ARENA_NEW(world->arena, struct world_page);

    *page = (struct world_page){ .id = arena_printf(world->arena, "QPAGE%03zu", world->page_count + 1),
                                 .number = 100 + (int64_t)world->page_count,
                                 .title = arena_strdup(world->arena, title),
                                 .service = service,
                                 .status = "triggered",
                                 .created_at_ms = scheduler_now_ms(world->scheduler),
                                 .changed_at_ms = scheduler_now_ms(world->scheduler) };
    *ARENA_PUSH(world->arena, world->pages, world->page_count) = page;
    if (world->watch.on_page)
        world->watch.on_page(world->watch.ctx, page, NULL);
    tell(world, page, "incident.triggered", NULL, NULL);
    return page;
}

/* Every change of a state, and what it is called; `error` instead: it is none. */
static const struct move {
    const char *from, *to, *event;
    int error;
    const char *words;
} moves[] = {
    { "triggered", "acknowledged", "incident.acknowledged", 0, NULL },
    { "acknowledged", "acknowledged", NULL, 1002, "Incident Already Acknowledged" },
    { "resolved", "acknowledged", "incident.reopened", 0, NULL },
    { "triggered", "resolved", "incident.resolved", 0, NULL },
    { "acknowledged", "resolved", "incident.resolved", 0, NULL },
    { "resolved", "resolved", NULL, 1001, "Incident Already Resolved" },
    { "resolved", "triggered", "incident.reopened", 0, NULL },
    { "acknowledged", "triggered", "incident.unacknowledged", 0, NULL },
    { "triggered", "triggered", NULL, 1003, "Invalid Status Provided" },
};

static const struct move *find_move(const struct world_page *page, const char *status)
{
    for (size_t i = 0; status && i < ARRAY_LEN(moves); i++)
        if (strcmp(moves[i].from, page->status) == 0 && strcmp(moves[i].to, status) == 0)
            return &moves[i];
    return NULL;
}

static void move_page(struct world *world, struct world_page *page, const struct move *move, const char *user)
{
    const char *was = page->status;

    page->status = move->to;
    page->changed_at_ms = scheduler_now_ms(world->scheduler);
    page->changed_by = user;
    if (world->watch.on_page)
        world->watch.on_page(world->watch.ctx, page, was);
    tell(world, page, move->event, user, NULL);
}

bool world_page_move(struct world *world, const char *id, const char *status, const char *user)
{
    struct world_page *page = find_page(world, str_of(id));
    const struct move *move = page ? find_move(page, status) : NULL;

    if (!move || move->error)
        return false;
    move_page(world, page, move, user);
    return true;
}

static void add_note(struct world *world, struct world_page *page, const char *user, const char *text)
{
    *ARENA_PUSH(world->arena, page->notes, page->notes_count) =
        (struct world_page_note){ arena_strdup(world->arena, text), scheduler_now_ms(world->scheduler) };
    tell(world, page, "incident.annotated", user, page->notes[page->notes_count - 1].text);
}

void world_page_note(struct world *world, const char *id, const char *user, const char *text)
{
    struct world_page *page = find_page(world, str_of(id));

    if (page)
        add_note(world, page, user, text);
}

void world_hear_pager(struct world *world, struct world_pager pager)
{
    world->pager = pager;
}

/* ---- REST ---- */

static const char *rest_time(int64_t at_ms, struct arena *arena)
{
    return arena_strdup(arena, time_format((WORLD_EPOCH_MS + at_ms) / SECOND_MS * SECOND_MS).text);
}

static void add_date(struct world_call *call)
{
    time_t now = (time_t)(world_unix_ms(call->world) / SECOND_MS);
    char text[DATE_BYTES];
    struct tm parts;

    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &parts));
    world_add_header(call, "date", text);
}

static void answer_error(struct world_call *call, int status, int code, const char *words)
{
    cJSON *json = json_object(), *error = json_set(json, "error", json_object());

    json_set_string(error, "message", words);
    json_set_int(error, "code", code);
    world_answer_json(call, status, json);
    add_date(call);
}

cJSON *world_page_reference(const char *id, const char *type)
{
    cJSON *json = json_object();

    json_set_string(json, "id", id);
    json_set_string(json, "type", type);
    json_set_string(json, "summary", id);
    return json;
}

static void answer_page(struct world_call *call, const struct world_page *page)
{
    cJSON *json = json_object(), *incident = json_set(json, "incident", world_page_reference(page->id, "incident"));

    json_set_int(incident, "incident_number", page->number);
    json_set_string(incident, "title", page->title);
    json_set_string(incident, "status", page->status);
    json_set_string(incident, "urgency", "high");
    json_set_string(incident, "html_url",
                    arena_printf(call->arena, "https://acme.pagerduty.com/incidents/%s", page->id));
    json_set_string(incident, "created_at", rest_time(page->created_at_ms, call->arena));
    json_set_string(incident, "last_status_change_at", rest_time(page->changed_at_ms, call->arena));
    json_set(incident, "service", world_page_reference(page->service, "service_reference"));
    json_set(incident, "last_status_change_by",
             page->changed_by ? world_page_reference(page->changed_by, "user_reference")
                              : world_page_reference(page->service, "service_reference"));
    world_answer_json(call, 200, json);
    add_date(call);
}

/* Whoever it is written as; NULL: nobody there, and that is answered. */
static const struct person *find_writer(struct world_call *call)
{
    const char *from = world_header(&call->call, "From");

    for (size_t i = 0; from && i < ARRAY_LEN(persons); i++)
        if (strcmp(persons[i].email, from) == 0)
            return &persons[i];
    answer_error(call, 400, from ? 1008 : 2001, from ? "Requester User Not Found" : "From is needed");
    return NULL;
}

static void put_page(struct world_call *call, struct world_page *page)
{
    const struct person *writer = find_writer(call);
    AUTO_JSON cJSON *json = NULL;
    const struct move *move;
    struct world_change change;
    struct error err;

    if (!writer)
        return;
    move = json_parse(call->call.body, &json, &err) ? find_move(page, json_find_string(json, "incident.status")) : NULL;
    if (!move || move->error) {
        answer_error(call, 400, move ? move->error : 1003, move ? move->words : "Invalid Status Provided");
        return;
    }
    change = (struct world_change){ .kind = CHANGE_PAGE,
                                    .place = page->id,
                                    .effect = call->log->sender.effect,
                                    .operation = call->log->sender.operation,
                                    .text = move->to,
                                    .was = move->from,
                                    .at_ms = page->changed_at_ms };
    world_changed(call, &change, arena_printf(call->arena, "%s: %s, was", page->id, move->to));
    move_page(call->world, page, move, writer->id);
    answer_page(call, page);
}

static void answer_notes(struct world_call *call, const struct world_page *page)
{
    cJSON *json = json_object(), *list = json_set(json, "notes", json_array());

    for (size_t i = 0; i < page->notes_count; i++) {
        cJSON *note = json_add(list, world_page_reference(arena_printf(call->arena, "N%zu", i), "note"));

        json_set_string(note, "content", page->notes[i].text);
        json_set_string(note, "created_at", rest_time(page->notes[i].at_ms, call->arena));
    }
    world_answer_json(call, 200, json);
    add_date(call);
}

static void post_note(struct world_call *call, struct world_page *page)
{
    const struct person *writer = find_writer(call);
    AUTO_JSON cJSON *json = NULL;
    const char *text;
    struct world_change change;
    struct error err;
    cJSON *answer;

    if (!writer)
        return;
    text = json_parse(call->call.body, &json, &err) ? json_find_string(json, "note.content") : NULL;
    if (!text) {
        answer_error(call, 400, 2001, "Invalid Input Provided");
        return;
    }
    answer = json_object();
    json_set(answer, "note", world_page_reference(arena_printf(call->arena, "N%zu", page->notes_count), "note"));
    world_answer_json(call, 201, answer);
    add_date(call);
    change = (struct world_change){ .kind = CHANGE_PAGE_NOTE,
                                    .place = page->id,
                                    .effect = call->log->sender.effect,
                                    .operation = call->log->sender.operation,
                                    .text = text };
    world_changed(call, &change, "noted in PagerDuty");
    add_note(call->world, page, writer->id, text);
}

static void answer_user(struct world_call *call, struct str id)
{
    for (size_t i = 0; i < ARRAY_LEN(persons); i++)
        if (str_is(id, persons[i].id)) {
            cJSON *json = json_object(), *user = json_set(json, "user", world_page_reference(persons[i].id, "user"));

            json_set_string(user, "name", persons[i].id);
            json_set_string(user, "email", persons[i].email);
            world_answer_json(call, 200, json);
            return;
        }
    answer_error(call, 404, 2100, "Not Found");
}

static void answer_service(struct world_call *call, struct str id)
{
    cJSON *json = json_object(),
          *service = json_set(json, "service", world_page_reference(arena_copy(call->arena, id), "service"));

    json_set(service, "escalation_policy", world_page_reference("PPOLICY", "escalation_policy_reference"));
    world_answer_json(call, 200, json);
}

static void answer_on_call(struct world_call *call)
{
    cJSON *json = json_object(), *item = json_add(json_set(json, "oncalls", json_array()), json_object());

    json_set_int(item, "escalation_level", 1);
    json_set(item, "user", world_page_reference("PERIN", "user_reference"));
    json_set(item, "escalation_policy", world_page_reference("PPOLICY", "escalation_policy_reference"));
    json_set_bool(json, "more", false);
    world_answer_json(call, 200, json);
}

static void incident_call(struct world_call *call, struct str rest)
{
    struct world_page *page = find_page(call->world, str_take_until(&rest, '/'));
    bool is_get = strcmp(call->call.method, "GET") == 0;

    if (!page) {
        answer_error(call, 404, 2100, "Not Found");
    } else if (str_is(rest, "notes")) {
        if (is_get)
            answer_notes(call, page);
        else
            post_note(call, page);
    } else if (is_get) {
        call->log->page = page->id;
        call->log->page_status = page->status;
        answer_page(call, page);
        if (call->world->pager.on_look)
            call->world->pager.on_look(call->world->pager.ctx, page);
    } else {
        put_page(call, page);
    }
}

void world_pagerduty_call(struct world_call *call)
{
    struct str path = world_path(call->call.url, WORLD_PAGERDUTY_URL);
    const char *authorization = world_header(&call->call, "Authorization");

    if (!authorization || strcmp(authorization, "Token token=" WORLD_PAGERDUTY_TOKEN) != 0)
        answer_error(call, 401, 2006, "Authentication failed");
    else if (str_take_prefix(&path, "/incidents/"))
        incident_call(call, path);
    else if (str_take_prefix(&path, "/users/"))
        answer_user(call, path);
    else if (str_take_prefix(&path, "/services/"))
        answer_service(call, path);
    else
        answer_on_call(call);
}
