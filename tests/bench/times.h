/* times.h - how long each of many took, in ms, and what to tell of that. */
#ifndef OPSGATE_TESTS_BENCH_TIMES_H
#define OPSGATE_TESTS_BENCH_TIMES_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static inline int times_by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Sorts them, and prints "p50 p99 longest" and the end of the line. */
static inline void times_tell(double *took_ms, size_t count)
{
    static const size_t percents[] = { 50, 99, 100 };

    qsort(took_ms, count, sizeof(*took_ms), times_by_size);
    for (size_t i = 0; i < 3; i++)
        printf("%s%.2f", i ? " " : "", count ? took_ms[(count - 1) * percents[i] / 100] : 0);
    printf("\n");
}

#endif
