/* alarm.h - what anybody can make happen is no line in the log each time: one a minute, with their number. Pure. */
#ifndef OPSGATE_ALARM_H
#define OPSGATE_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#define ALARM_EVERY_MS INT64_C(60000)

struct alarm { /* all zero: nothing happened yet */
    uint64_t all;  /* ever */
    uint64_t since; /* the last one that was told */
    int64_t told_mono; /* 0: never */
};

/* Counts one. Is it to be told? Then *ret_times is how many happened since the last that was, this one included. */
bool alarm_sound(struct alarm *alarm, int64_t mono_ms, uint64_t *ret_times);

#endif
