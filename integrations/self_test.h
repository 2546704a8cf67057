/* self_test.h - READING_SELF_TEST: one system is asked as `opsgate doctor` asks it. Pure. */
#ifndef OPSGATE_INTEGRATIONS_SELF_TEST_H
#define OPSGATE_INTEGRATIONS_SELF_TEST_H

#include "bot/model/exchange.h"

struct exchange_step self_test_run(const struct exchange *exchange);

#endif
