/* figures.h - numbers as people read them: "1,204", "2.31 %", "412 ms". Pure.
 *
 * Measured numbers come from outside: absurdly large ones are shown as the largest that still fits a line.
 */
#ifndef OPSGATE_HANDLERS_FIGURES_H
#define OPSGATE_HANDLERS_FIGURES_H

#include "bot/base/arena.h"

const char *figure_count(double count, struct arena *arena);    /* rounded: "1,204"; below zero: "0" */
const char *figure_about(double count, struct arena *arena);    /* of a count that was extrapolated: "about 1,204" */
const char *figure_percent(double share, struct arena *arena);  /* 0.0231: "2.31 %"; within 0 and 100 % */
const char *figure_share(double part, double of, struct arena *arena); /* likewise; of fewer than a hundred: "38 %" */
const char *figure_limit(double share, struct arena *arena);    /* as it was written down: 0.005: "0.5 %" */
const char *figure_latency(double seconds, struct arena *arena); /* "0.4 ms", "412 ms", "12.5 s" */

#endif
