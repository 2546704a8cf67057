/* program_told.c - what a program writes: slowly into the thread, and its last lines onto the card. */
#include "handlers/deploy/program.h"

#include "handlers/deploy/deploying.h"

#include "bot/model/delivery.h"
#include "bot/model/program.h"
#include "bot/model/settings.h"

#include <string.h>

#define POST_EVERY_MS (5 * SECOND_MS)
#define TAIL_LINES 20
#define TAIL_LINE_BYTES 200

const char *deploy_program_name(const struct deploying *d)
{
    const char *path = d->body->program->argv[0], *slash = strrchr(path, '/');

    return deploy_quote(d, slash && slash[1] ? slash + 1 : path);
}

static void keep_tail(struct deploying *d, struct deploy_program *program, const char *output)
{
    struct str rest = str_of(output);
    const char **lines = NULL;
    size_t count = 0, first;

    for (size_t i = 0; i < program->tail_count; i++)
        *ARENA_PUSH(d->view->arena, lines, count) = program->tail[i];
    while (rest.len > 0) {
        struct str line = str_take_until(&rest, '\n');

        if (str_trim(line).len > 0)
            *ARENA_PUSH(d->view->arena, lines, count) = card_quote(line, TAIL_LINE_BYTES, d->view->arena);
    }
    first = count > TAIL_LINES ? count - TAIL_LINES : 0;
    program->tail = lines + first;
    program->tail_count = count - first;
}

static const char *as_code(const struct deploying *d, struct str line)
{
    char *text = arena_printf(d->view->arena, "`%.*s`", STR_ARG(line));

    for (size_t i = 1; i <= line.len; i++)
        if (text[i] == '`')
            text[i] = '\'';
    return text;
}

static void post(struct deploying *d, struct reply reply)
{
    struct message_delivery args = { .channel = d->view->settings->slack.channels.deployments,
                                     .is_in_thread = true,
                                     .reply = reply };

    outcome_effect(d->out, (struct wanted_effect){
                               .kind = EFFECT_MESSAGE,
                               .lane = arena_printf(d->view->arena, "slack:%s", args.channel), /* behind its card */
                               .tag = "posted",
                               .args = shape_to_json(&message_delivery_shape, &args, SHAPE_WHOLE),
                           });
}

static void post_output(struct deploying *d, struct deploy_program *program, const char *output)
{
    struct reply reply = { .text = arena_printf(d->view->arena, "%s, `%s`%s:", d->operation->id, deploy_program_name(d),
                                                program->is_tailing ? ", its last lines" : "") };
    struct str rest = str_of(output);

    while (rest.len > 0) {
        struct str line = str_take_until(&rest, '\n');

        if (str_trim(line).len > 0)
            *ARENA_PUSH(d->view->arena, reply.lines, reply.lines_count) = as_code(d, line);
    }
    if (++program->posts == DEPLOY_PROGRAM_POSTS_MAX)
        *ARENA_PUSH(d->view->arena, reply.lines, reply.lines_count) =
            arena_printf(d->view->arena, "Its output goes on: `opsgate ops show %s`", d->operation->id);
    program->is_posting = true;
    program->posted_at_ms = d->view->now_ms;
    post(d, reply);
}

static bool is_ever_posted(const struct deploying *d, const struct deploy_program *program)
{
    return d->view->settings->slack.channels.deployments && program->posts < DEPLOY_PROGRAM_POSTS_MAX;
}

/* The channel is shared with others, and may not answer. */
static bool may_post(const struct deploying *d, const struct deploy_program *program)
{
    return !program->is_posting && d->view->now_ms - program->posted_at_ms >= POST_EVERY_MS;
}

/* Passes over nothing that is to be posted: what cannot be yet is looked at again. */
void deploy_program_tell(struct deploying *d, struct deploy_program *program, const struct program_progress *progress)
{
    bool is_posted = is_ever_posted(d, program);

    if (progress->output && is_posted && !progress->has_ended && !may_post(d, program))
        return;
    if (progress->output)
        keep_tail(d, program, progress->output);
    if (progress->output && is_posted)
        post_output(d, program, progress->output);
    program->from_byte = progress->to_byte;
    program->dropped_bytes = progress->dropped_bytes;
    if (program->posts >= DEPLOY_PROGRAM_POSTS_MAX || !d->view->settings->slack.channels.deployments)
        program->is_tailing = true;
}
