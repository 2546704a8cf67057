#include "integrations/measure.h"

#include "bot/model/measure.h"
#include "bot/model/settings.h"
#include "integrations/google/monitoring.h"
#include "integrations/prometheus/measure.h"

struct exchange_step measure_read(const struct exchange *exchange)
{
    struct measure_ask ask;
    struct error err;

    if (!shape_from_json(&measure_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "What to measure: %s", err.message);
    return exchange->settings->metrics.google_cloud_monitoring ? monitoring_measure(exchange)
                                                               : prometheus_measure(exchange);
}
