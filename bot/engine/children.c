/* children.c - an operation asks for other requests: each is a message to the engine, decided when it is delivered, and
 * the operation hears what became of it.
 */
#include "bot/engine/internal.h"

#define MESSAGE_REQUEST "request"

struct asked {
    const char *name, *verb, *source, *request_id;
    const char **words;
    size_t words_count;
    struct principal requester;
};
static const struct shape_field asked_rows[] = {
    ROW_STRING(asked, name, .flags = SHAPE_REQUIRED),  ROW_STRING(asked, verb, .flags = SHAPE_REQUIRED),
    ROW_STRING(asked, source, .flags = SHAPE_NONZERO), ROW_STRING(asked, request_id, .flags = SHAPE_NONZERO),
    ROW_STRINGS(asked, words, .flags = SHAPE_NONZERO), ROW_OBJECT(asked, requester, &principal_shape),
};
static const struct shape asked_shape = SHAPE("a request of an operation", asked, asked_rows);

void children_ask(struct batch *b, const struct operation *parent, const struct wanted_request *want)
{
    bool is_anothers = want->requester != NULL;
    struct asked asked = {
        .name = want->name,
        .verb = want->verb,
        .source = is_anothers ? want->source : parent->source,
        .request_id = is_anothers ? want->request_id : parent->request_id,
        .words = want->words,
        .words_count = want->words_count,
        .requester = is_anothers ? *want->requester : parent->requester,
    };
    cJSON *body = shape_to_json(&asked_shape, &asked, SHAPE_WHOLE);

    wishes_message(b, parent->id, "engine", MESSAGE_REQUEST, body);
    cJSON_Delete(body);
}

/* Everything is copied: the message is used up before its request is carried out. */
bool children_read(const struct message *message, struct arena *arena, struct request *ret_request,
                   struct asker *ret_asker, struct error *err)
{
    struct asked asked;

    if (strcmp(message->name, MESSAGE_REQUEST) != 0)
        return error_set(err, ERR_INVALID, "the engine hears no '%s'", message->name);
    if (!shape_from_json(&asked_shape, message->body, arena, &asked, err))
        return false;
    *ret_request = (struct request){
        .id = asked.request_id,
        .source = asked.source,
        .principal = asked.requester,
        .verb = asked.verb,
        .words = asked.words,
        .words_count = asked.words_count,
        .text = asked.verb,
    };
    for (size_t i = 0; i < asked.words_count; i++)
        ret_request->text = arena_printf(arena, "%s %s", ret_request->text, asked.words[i]);
    *ret_asker = (struct asker){ ret_request, arena_strdup(arena, message->from), asked.name };
    return true;
}

/* Unless it has ended: then nobody wants to know. Takes the body. */
static void tell(struct batch *b, const char *parent, const char *name, cJSON *body)
{
    if (records_find_running(b->engine, parent))
        wishes_message(b, "engine", parent, name, body);
    cJSON_Delete(body);
}

static cJSON *about(const char *name, const char *operation)
{
    cJSON *body = json_object();

    json_set_string(body, "name", name);
    json_set_string(body, "operation", operation);
    return body;
}

void children_tell_begun(struct batch *b, const struct operation *child)
{
    if (child->parent)
        tell(b, child->parent, MESSAGE_CHILD_BEGUN, about(child->parent_name, child->id));
}

static void tell_ended(struct batch *b, const char *parent, cJSON *body, const char *result, const char *summary)
{
    json_set_string(body, "result", result);
    json_set_string(body, "summary", summary);
    tell(b, parent, MESSAGE_CHILD_ENDED, body);
}

void children_tell_ended(struct batch *b, const struct operation *child)
{
    if (child->parent)
        tell_ended(b, child->parent, about(child->parent_name, child->id), child->result, child->summary);
}

void children_tell_answer(struct batch *b, const struct asker *asker, const struct reply *reply)
{
    cJSON *body = about(asker->parent_name, NULL);
    const char *text = reply->text;

    for (size_t i = 0; i < reply->lines_count; i++)
        text = arena_printf(b->arena, "%s\n%s", text, reply->lines[i]);
    if (!reply->is_refusal) {
        tell_ended(b, asker->parent, body, "done", text);
        return;
    }
    json_set_string(body, "text", text);
    tell(b, asker->parent, MESSAGE_CHILD_REFUSED, body);
}
