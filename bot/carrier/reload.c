/* reload.c - the configuration's file is read again, by whoever serves: no call leaves for it. */
#include "bot/carrier/internal.h"

#include "bot/model/exchange.h"
#include "bot/model/reload.h"

#include <string.h>

bool carrier_reload_carries(const char *kind)
{
    return strcmp(kind, READING_CONFIGURATION) == 0;
}

static void on_begin(void *arg)
{
    struct carrier_job *job = arg;
    const struct carrier_options *options = &job->carrier->options;
    struct reloaded reloaded = { .errors = NULL };
    AUTO_JSON cJSON *body = NULL;
    struct attempt_end end = { .result = ATTEMPT_DONE };

    job->later = NULL;
    if (!job->may_send(job->arg)) {
        end = (struct attempt_end){ .result = ATTEMPT_AGAIN, .error = "this instance may not act any more" };
    } else {
        options->reload(options->reload_arg, job->operation, job->arena, &reloaded);
        end.body = body = shape_to_json(&reloaded_shape, &reloaded, SHAPE_WHOLE);
    }
    carrier_job_end(job, &end);
}

bool carrier_reload_take(struct carrier_job *job, const char *kind, const char *operation)
{
    const struct carrier_options *options = &job->carrier->options;

    if (!options->reload || !carrier_reload_carries(kind))
        return false;
    job->operation = arena_strdup(job->arena, operation);
    job->later = loop_timer_start(options->loop, 0, on_begin, job);
    return true;
}
