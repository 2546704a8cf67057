#include "tests/simulation/weather.h"

const char *const fault_names[FAULT_COUNT] = {
#define FAULT_NAME(name, about) [FAULT_##name] = (about),
    FAULTS(FAULT_NAME)
#undef FAULT_NAME
};

void weather_calm(struct weather *weather)
{
    *weather = (struct weather){ .counts = weather->counts };
}
