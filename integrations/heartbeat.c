#include "integrations/heartbeat.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/url.h"

#define CALL_MS (8 * SECOND_MS)

static struct exchange_step judge(const struct exchange *exchange, const struct http_answer *answer)
{
    struct exchange_step step;

    if (answer->status >= 200 && answer->status < 300)
        return exchange_done(exchange, NULL);
    if (answer->status == 0)
        step = exchange_again(exchange, "no answer to the heartbeat");
    else
        step = exchange_again(exchange, "the heartbeat was answered with %d", answer->status);
    step.after_ms = http_answer_retry_after_ms(answer);
    step.is_outage = true;
    return step;
}

struct exchange_step heartbeat_send(const struct exchange *exchange)
{
    const struct heartbeat_settings *heartbeat = exchange->settings ? exchange->settings->heartbeat : NULL;
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;

    if (!heartbeat || url_host(heartbeat->url).len == 0)
        return exchange_never(exchange, "the configuration has no address for a heartbeat");
    answer = dialog_ask(&dialog, (struct http_call){ .method = "POST", .url = heartbeat->url, .timeout_ms = CALL_MS });
    return answer ? judge(exchange, answer) : dialog.step;
}
