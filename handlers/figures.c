#include "handlers/figures.h"

#include <inttypes.h>
#include <math.h>

#define COUNT_MAX 999999999999.0
#define SECONDS_MAX 999999.0
#define FEW 99.5 /* of fewer, a hundredth of a percent is no figure */

static double within(double value, double max)
{
    return !(value > 0) ? 0 : value > max ? max : value; /* NaN is 0 as well */
}

const char *figure_count(double count, struct arena *arena)
{
    int64_t rest = (int64_t)(within(count, COUNT_MAX) + 0.5);
    const char *text = "";

    for (; rest >= 1000; rest /= 1000)
        text = arena_printf(arena, ",%03" PRId64 "%s", rest % 1000, text);
    return arena_printf(arena, "%" PRId64 "%s", rest, text);
}

const char *figure_about(double count, struct arena *arena)
{
    return arena_printf(arena, "about %s", figure_count(count, arena));
}

const char *figure_percent(double share, struct arena *arena)
{
    return arena_printf(arena, "%.2f %%", within(share, 1) * 100);
}

const char *figure_share(double part, double of, struct arena *arena)
{
    double share = part / of;

    if (of >= FEW)
        return figure_percent(share, arena);
    return arena_printf(arena, "%.0f %%", within(share, 1) * 100);
}

const char *figure_limit(double share, struct arena *arena)
{
    return arena_printf(arena, "%g %%", within(share, 1) * 100);
}

const char *figure_latency(double seconds, struct arena *arena)
{
    double s = within(seconds, SECONDS_MAX);

    if (s >= 9.9995)
        return arena_printf(arena, "%.1f s", s);
    return arena_printf(arena, s > 0 && s < 0.00995 ? "%.1f ms" : "%.0f ms", s * 1000);
}
