#include "integrations/health.h"

#include "bot/base/time.h"
#include "bot/model/cloud_run.h"
#include "integrations/dialog.h"
#include "integrations/url.h"

#include <string.h>

#define TIMEOUT_MAX_MS MINUTE_MS

static bool is_address(const char *url)
{
    return url_host(url).len > 0 && strpbrk(url, " \t\r\n") == NULL;
}

static struct exchange_step found(const struct exchange *exchange, const struct http_answer *answer, int64_t expected)
{
    const char *problem = NULL;
    cJSON *result = json_object();

    if (answer->status == 0)
        problem = answer->failure ? answer->failure : "no answer";
    else if (answer->status != expected)
        problem = arena_printf(exchange->arena, "answered %d, expected %lld", answer->status, (long long)expected);
    json_set_int(result, "status", answer->status);
    json_set_bool(result, "is_healthy", problem == NULL);
    json_set_string(result, "problem", problem);
    return exchange_done(exchange, result);
}

struct exchange_step health_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    struct health_probe args;
    struct error err;

    if (!shape_from_json(&health_probe_shape, exchange->args, exchange->arena, &args, &err))
        return exchange_never(exchange, "health check: %s", err.message);
    if (!is_address(args.url))
        return exchange_never(exchange, "health check: '%.100s' is no http address", args.url);
    if (args.timeout_ms <= 0 || args.timeout_ms > TIMEOUT_MAX_MS)
        args.timeout_ms = TIMEOUT_MAX_MS;
    answer = dialog_ask(&dialog, (struct http_call){ .method = "GET", .url = args.url, .timeout_ms = args.timeout_ms });
    return answer ? found(exchange, answer, args.expect_status) : dialog.step;
}
