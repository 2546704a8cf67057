/* answers.c - who asked is answered once: by the decision itself; or, when that only began an operation, by the first
 * thing that the operation says, and at the latest by how it ended.
 */
#include "bot/engine/internal.h"

#include "bot/model/delivery.h"

#include <string.h>

static void answer(struct batch *b, const struct reply_delivery *delivery, const char *request_id)
{
    struct wanted_effect want = { .kind = EFFECT_REPLY };

    want.args = shape_to_json(&reply_delivery_shape, delivery, SHAPE_WHOLE);
    wishes_effect(b, NULL, &want, request_id, false);
    cJSON_Delete(want.args);
}

/* What is not kept cannot be looked up, and what only looks is nobody's concern: nobody is told its id. */
static const char *told_id(const char *id, bool is_forgotten)
{
    return is_forgotten || operation_is_look(id) ? NULL : id;
}

void answers_now(struct batch *b, const struct asker *asker, const struct outcome *out)
{
    struct reply_delivery delivery;
    struct modal_delivery form;

    if (asker->parent || !out->reply || !asker->request->reply_to.door) /* nobody waits */
        return;
    delivery = (struct reply_delivery){ .address = asker->request->reply_to, .reply = *out->reply };
    delivery.reply.operation = out->begins ? told_id(out->operation_id, out->is_forgotten) : NULL;
    if (out->form && modal_deliver(asker->request, out->form, &form))
        delivery.form = &form;
    answer(b, &delivery, asker->request->id);
}

static void answer_waiting(struct batch *b, struct operation *next, const struct reply *reply)
{
    struct reply_delivery delivery = { .address = next->reply_to, .reply = *reply };

    delivery.reply.operation = told_id(next->id, next->is_forgotten);
    if (next->reply_to.door)
        answer(b, &delivery, next->request_id);
    next->reply_to = (struct reply_address){ 0 };
}

void answers_end(struct batch *b, struct operation *next)
{
    struct reply reply = { .text = next->summary, .is_refusal = strcmp(next->result, "done") != 0 };

    answer_waiting(b, next, &reply);
}

void answers_later(struct batch *b, struct operation *next, const struct outcome *out, const struct asker *asker)
{
    if (out->begins && !out->reply && !asker->parent)
        next->reply_to = asker->request->reply_to;
    else if (!asker && out->reply)
        answer_waiting(b, next, out->reply);
    if (out->result)
        answers_end(b, next);
}
