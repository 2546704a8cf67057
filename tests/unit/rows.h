/* rows.h - rules as rows: every row of a table is a test of its own, named in the report.
 *
 * A row's first member is its name, a sentence about behaviour. A check takes its row as `*state`. A program with
 * several tables returns the sum: ROWS gives how many of a table's tests failed.
 */
#ifndef OPSGATE_TESTS_UNIT_ROWS_H
#define OPSGATE_TESTS_UNIT_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/base/mem.h"

#define ROWS(rows, check)                                                                                              \
    ({                                                                                                                 \
        struct CMUnitTest tests_[ARRAY_LEN(rows)];                                                                     \
        for (size_t i_ = 0; i_ < ARRAY_LEN(rows); i_++)                                                                \
            tests_[i_] = (struct CMUnitTest){ .name = (rows)[i_].name,                                                 \
                                              .test_func = (check),                                                    \
                                              .initial_state = (void *)(uintptr_t) & (rows)[i_] };                     \
        cmocka_run_group_tests_name(#rows, tests_, NULL, NULL);                                                        \
    })

#endif
