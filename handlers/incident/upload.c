/* upload.c - its post-mortem, handed over: as a file in its channel, and on the host as what `opsgate run` prints. */
#include "handlers/incident/internal.h"

#include "bot/model/card.h"
#include "bot/model/slack_channel.h"

#include <inttypes.h>
#include <string.h>

#define ERROR_MAX_BYTES 300
#define UPLOAD_TAG "upload:" /* and which one it is */

void incident_print_post_mortem(const struct view *view, const struct operation *operation,
                                const struct incident_body *body, struct outcome *out)
{
    struct str rest = str_of(incident_post_mortem(view, operation, body, view->arena));
    struct str title = str_take_until(&rest, '\n');

    outcome_reply(out, STR_FMT, STR_ARG(title));
    while (rest.len > 0) /* its lines are as long as they are: no word of it is left out */
        *ARENA_PUSH(out->arena, out->reply->lines, out->reply->lines_count) =
            arena_copy(out->arena, str_take_until(&rest, '\n'));
}

static void upload(struct deciding *d)
{
    struct arena *arena = d->view->arena;
    int64_t number = ++d->body->post_mortems;
    struct slack_upload args = {
        .channel = d->body->channel,
        .filename = arena_printf(arena, "post-mortem-%s-%" PRId64 ".md", d->id, number),
        .title = arena_printf(arena, "Post-mortem of %s", d->id),
        .comment = arena_printf(arena,
                                "The post-mortem of *%s*, as far as opsgate knows it. What is left to be written says "
                                "so in its place.",
                                d->id),
        .content = incident_post_mortem(d->view, d->operation, d->body, arena),
    };

    outcome_effect(d->out, (struct wanted_effect){ .kind = EFFECT_UPLOAD,
                                                   .lane = arena_printf(arena, "slack:%s", args.channel),
                                                   .tag = arena_printf(arena, UPLOAD_TAG "%" PRId64, number),
                                                   .args = shape_to_json(&slack_upload_shape, &args, SHAPE_WHOLE) });
}

void incident_upload_post_mortem(struct deciding *d)
{
    const struct incident_body *body = d->body;
    const struct request *request = d->event && d->event->kind == EVENT_REQUEST ? d->event->request : NULL;

    if (body->channel)
        upload(d);
    if (!request)
        return;
    if (strcmp(request->source, "local") == 0)
        incident_print_post_mortem(d->view, d->operation, body, d->out);
    else if (body->channel)
        outcome_reply(d->out, "The post-mortem of *%s* comes as a file in #%s.", d->id,
                      body->channel_name ? body->channel_name : body->channel);
    else
        outcome_refuse(d->out,
                       "*%s* has no channel to put a file in%s%s. On opsgate's host, `opsgate run incident postmortem "
                       "%s` prints the post-mortem.",
                       d->id, body->channel_problem ? ": " : "", body->channel_problem ? body->channel_problem : "",
                       d->id);
}

/* Why it failed, with its full stop. */
static const char *sentence(const struct deciding *d)
{
    const char *error =
        card_quote(str_of(d->event->error ? d->event->error : "nobody knows why"), ERROR_MAX_BYTES, d->view->arena);

    return str_ends_with(str_of(error), ".") ? error : arena_printf(d->view->arena, "%s.", error);
}

void incident_upload_ended(struct deciding *d)
{
    struct arena *arena = d->view->arena;

    if (d->event->end == END_DONE) {
        incident_record(d, "post_mortem", "opsgate",
                        arena_printf(arena, "post-mortem-%s-%s.md", d->id, d->event->name + strlen(UPLOAD_TAG)));
        return;
    }
    incident_say(d, arena_printf(arena,
                                 "The post-mortem could not be uploaded: %s On opsgate's host, `opsgate run incident "
                                 "postmortem %s` prints it.",
                                 sentence(d), d->id));
}
