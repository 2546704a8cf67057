#include "bot/model/exchange.h"

#include <stdarg.h>
#include <stdio.h>

#define QUOTED_BYTES 160

struct exchange_step exchange_call(struct http_call call)
{
    return (struct exchange_step){ .next = NEXT_CALL, .call = call };
}

static void release(void *json)
{
    cJSON_Delete(json);
}

struct exchange_step exchange_done(const struct exchange *exchange, cJSON *result)
{
    if (result)
        arena_defer(exchange->arena, release, result);
    return (struct exchange_step){ .next = NEXT_DONE, .result = result };
}

#define SENTENCE_OF(exchange, fmt)                                                                                     \
    ({                                                                                                                 \
        char text_[512];                                                                                               \
        va_list args_;                                                                                                 \
        va_start(args_, fmt);                                                                                          \
        vsnprintf(text_, sizeof(text_), fmt, args_);                                                                   \
        va_end(args_);                                                                                                 \
        arena_strdup((exchange)->arena, text_);                                                                        \
    })

struct exchange_step exchange_never(const struct exchange *exchange, const char *fmt, ...)
{
    return (struct exchange_step){ .next = NEXT_NEVER, .error = SENTENCE_OF(exchange, fmt) };
}

struct exchange_step exchange_again(const struct exchange *exchange, const char *fmt, ...)
{
    return (struct exchange_step){ .next = NEXT_AGAIN, .error = SENTENCE_OF(exchange, fmt) };
}

struct exchange_step exchange_refused(const struct exchange *exchange, const char *peer,
                                      const struct http_answer *answer)
{
    struct exchange_step step;

    if (answer->status == 0)
        step = exchange_again(exchange, "%s: %s", peer, answer->failure ? answer->failure : "no answer");
    else if (answer->status == 401 || answer->status == 429 || answer->status >= 500)
        step = exchange_again(exchange, "%s answered %d", peer, answer->status);
    else {
        step = exchange_never(exchange, "%s answered %d: %.*s", peer, answer->status,
                              (int)(answer->body.len < QUOTED_BYTES ? answer->body.len : QUOTED_BYTES),
                              answer->body.at ? answer->body.at : "");
        step.refusal = answer->status == 403 ? REFUSAL_PERMISSION : REFUSAL_NONE;
        return step;
    }
    step.after_ms = http_answer_retry_after_ms(answer);
    step.needs_fresh_credential = answer->status == 401;
    step.is_outage = answer->status != 401;
    step.refusal = answer->status == 401 ? REFUSAL_CREDENTIAL : REFUSAL_NONE;
    return step;
}
