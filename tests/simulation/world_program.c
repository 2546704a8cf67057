#include "tests/simulation/world_program.h"

#include "bot/base/time.h"
#include "tests/simulation/world_internal.h"

#include <inttypes.h>
#include <string.h>

#define LINE_BYTES 16 /* of output, one each second */
#define TAIL_LINES 20
#define GRACE_MS (10 * SECOND_MS) /* between TERM and KILL */
#define SIGNAL_TERM 15
#define SIGNAL_KILL 9
#define SIGNAL_SEGV 11

struct program {
    struct world *world;
    const char *machine, *run;
    int64_t started_ms, ends_ms, timeout_ms;
    int64_t status, signal;
    bool has_ended, is_timed_out, is_lost, is_forgotten, is_stubborn, is_stopping;
    bool is_known; /* somebody was told how it gets on, so nobody starts it any more */
};

static struct program *find(const struct world *world, const char *machine, const char *run)
{
    for (size_t i = world->program_count; i > 0; i--) {
        struct program *program = world->programs[i - 1];

        if (!program->is_forgotten && strcmp(program->machine, machine) == 0 && strcmp(program->run, run) == 0)
            return program;
    }
    return NULL;
}

static void tell(const struct program *program)
{
    struct world_program told = { .run = program->run,
                                  .machine = program->machine,
                                  .has_ended = program->has_ended,
                                  .is_good = program->has_ended && program->status == 0 && program->signal == 0 &&
                                             !program->is_timed_out && !program->is_lost };

    if (program->world->watch.on_program)
        program->world->watch.on_program(program->world->watch.ctx, &told);
}

static void on_end(void *arg)
{
    struct program *program = arg;

    if (program->has_ended || program->ends_ms > scheduler_now_ms(program->world->scheduler))
        return; /* its end has moved since */
    program->has_ended = true;
    tell(program);
}

static void end_after(struct program *program, int64_t delay_ms)
{
    program->ends_ms = scheduler_now_ms(program->world->scheduler) + delay_ms;
    scheduler_after(program->world->scheduler, delay_ms, 0, on_end, program, NULL);
}

static void draw_fate(struct program *program)
{
    struct dice *dice = scheduler_dice(program->world->scheduler);
    int64_t takes_ms = dice_hit(dice, 750) ? dice_between(dice, 200, 18000) : dice_between(dice, 10000, 50000);

    program->is_stubborn = dice_hit(dice, 200);
    if (takes_ms >= program->timeout_ms) {
        program->is_timed_out = true;
        program->signal = program->is_stubborn ? SIGNAL_KILL : SIGNAL_TERM;
        takes_ms = program->timeout_ms + (program->is_stubborn ? GRACE_MS : 0);
    } else if (dice_hit(dice, 250)) {
        program->status = dice_between(dice, 1, 3);
    } else if (dice_hit(dice, 50)) {
        program->signal = SIGNAL_SEGV;
    }
    end_after(program, takes_ms);
}

void world_program_start(struct world *world, const char *machine, const char *run, const struct program_start *start)
{
    struct program *program = find(world, machine, run);

    if (program)
        return;
    program = ARENA_NEW(world->arena, struct program);
    *program = (struct program){ .world = world,
                                 .machine = arena_strdup(world->arena, machine),
                                 .run = arena_strdup(world->arena, run),
                                 .started_ms = scheduler_now_ms(world->scheduler),
                                 .timeout_ms = start->timeout_ms };
    *ARENA_PUSH(world->arena, world->programs, world->program_count) = program;
    tell(program);
    draw_fate(program);
}

bool world_program_is_there(const struct world *world, const char *machine, const char *run)
{
    return find(world, machine, run) != NULL;
}

static int64_t lines_of(const struct program *program)
{
    int64_t now_ms = scheduler_now_ms(program->world->scheduler);
    int64_t until_ms = program->has_ended && program->ends_ms < now_ms ? program->ends_ms : now_ms;

    return (until_ms - program->started_ms) / SECOND_MS;
}

static void read_output(const struct program *program, const struct program_look *look, struct arena *arena,
                        struct program_progress *progress)
{
    int64_t all = lines_of(program), first = look->from_byte / LINE_BYTES, last = all;
    const char *text = "";

    if (look->is_tail && all - first > TAIL_LINES)
        first = all - TAIL_LINES;
    else if (last - first > PROGRAM_CHUNK_MAX_BYTES / LINE_BYTES)
        last = first + PROGRAM_CHUNK_MAX_BYTES / LINE_BYTES;
    for (int64_t i = first; i < last; i++)
        text = arena_printf(arena, "%ssecond %07" PRId64 "\n", text, i);
    progress->output = text[0] ? text : NULL;
    progress->to_byte = last > first ? last * LINE_BYTES : look->from_byte;
    progress->is_all = progress->has_ended && last >= all;
}

bool world_program_look(struct world *world, const char *machine, const struct program_look *look, struct arena *arena,
                        struct program_progress *ret_progress)
{
    struct program *program = find(world, machine, look->run);

    if (!program)
        return false;
    program->is_known = true;
    *ret_progress = (struct program_progress){ .has_ended = program->has_ended };
    if (program->has_ended) {
        ret_progress->is_lost = program->is_lost;
        ret_progress->exit_status = program->is_lost ? 0 : program->status;
        ret_progress->signal = program->is_lost ? 0 : program->signal;
        ret_progress->is_timed_out = !program->is_lost && program->is_timed_out;
    }
    read_output(program, look, arena, ret_progress);
    return true;
}

bool world_program_stop(struct world *world, const char *machine, const char *run)
{
    struct program *program = find(world, machine, run);
    int64_t left_ms;

    if (!program || program->has_ended)
        return false;
    left_ms = program->ends_ms - scheduler_now_ms(world->scheduler);
    if (program->is_stopping || left_ms <= GRACE_MS) /* it may end by itself before the signal does */
        return true;
    program->is_stopping = true;
    program->is_timed_out = false;
    program->status = 0;
    program->signal = program->is_stubborn ? SIGNAL_KILL : SIGNAL_TERM;
    end_after(program, program->is_stubborn ? GRACE_MS : 20);
    return true;
}

/* ---- what befalls machines ---- */

static const char *some_machine(const struct world *world)
{
    return world->programs[dice_between(scheduler_dice(world->scheduler), 0, (int64_t)world->program_count - 1)]
        ->machine;
}

void world_lose_programs(struct world *world)
{
    const char *machine = world->program_count > 0 ? some_machine(world) : NULL;

    for (size_t i = 0; i < world->program_count; i++) {
        struct program *program = world->programs[i];

        if (program->has_ended || strcmp(program->machine, machine) != 0)
            continue;
        world_count(world, FAULT_PROGRAM_LOST);
        program->is_lost = program->has_ended = true;
        program->ends_ms = scheduler_now_ms(world->scheduler);
        tell(program);
    }
}

void world_forget_programs(struct world *world)
{
    const char *machine = world->program_count > 0 ? some_machine(world) : NULL;

    for (size_t i = 0; i < world->program_count; i++)
        if (strcmp(world->programs[i]->machine, machine) == 0 && world->programs[i]->is_known &&
            !world->programs[i]->is_forgotten) {
            world_count(world, FAULT_PROGRAM_FORGOTTEN);
            world->programs[i]->is_forgotten = true;
        }
}
