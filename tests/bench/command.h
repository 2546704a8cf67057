/* command.h - the slash command that is measured: `/ops help`, as Slack would send and sign it, each with a trigger id
 * of its own.
 *
 * Every one of them has the same length: numbers are padded.
 */
#ifndef OPSGATE_TESTS_BENCH_COMMAND_H
#define OPSGATE_TESTS_BENCH_COMMAND_H

#include "bot/shell/clock.h"
#include "integrations/slack/signature.h"

#include <stdio.h>

#define BENCH_SECRET "bench-signing-secret"
#define BENCH_PATH "/slack/commands"
#define BENCH_TYPE "application/x-www-form-urlencoded"
#define BENCH_INLINE_MIN_BYTES 20 /* an answer shorter than this says nothing: it did not come in time to be inline */

struct bench_command {
    char timestamp[24], body[512];
    struct slack_signature signature;
};

static inline struct bench_command bench_command_make(int64_t number)
{
    struct clock clock = clock_system();
    struct bench_command command;
    long long now_ms = clock.unix_ms(clock.ctx);

    snprintf(command.timestamp, sizeof(command.timestamp), "%lld", now_ms / 1000);
    snprintf(command.body, sizeof(command.body),
             "token=none&team_id=T0BENCH&team_domain=bench&channel_id=C0BENCH&channel_name=bench&user_id=U0BENCH&"
             "user_name=bench&command=%%2Fops&text=help&api_app_id=A0BENCH&is_enterprise_install=false&"
             "response_url=http%%3A%%2F%%2F127.0.0.1%%3A9%%2Fbench&trigger_id=%013lld.%010lld.bench",
             now_ms, (long long)number);
    command.signature = slack_signature_make(BENCH_SECRET, command.timestamp, str_of(command.body));
    return command;
}

#endif
