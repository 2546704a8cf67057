#include "bot/doors/alarm.h"

bool alarm_sound(struct alarm *alarm, int64_t mono_ms, uint64_t *ret_times)
{
    alarm->all++;
    alarm->since++;
    if (alarm->told_mono && mono_ms - alarm->told_mono < ALARM_EVERY_MS)
        return false;
    *ret_times = alarm->since;
    alarm->since = 0;
    alarm->told_mono = mono_ms;
    return true;
}
