/* Input: timestamp, line end, signature, line end, body. Nothing that comes without the secret may be genuine. */
#include "tests/fuzz/fuzz.h"

#include "integrations/slack/signature.h"

#define UNIX_MS INT64_C(1700000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const secret_list[] = { "8f742231b10e8888abcd99yyyzzz85a5", "" };
    const struct slack_secrets secrets = { secret_list, 2, 0 };
    AUTO(arena) struct arena *arena = arena_create();
    struct str body = fuzz_input(data, size);
    const char *timestamp = arena_copy(arena, str_take_until(&body, '\n'));
    const char *signature = arena_copy(arena, str_take_until(&body, '\n'));
    struct error err = { .code = ERR_NONE };

    if (!slack_signature_check(&secrets, body, timestamp, signature, UNIX_MS, &err))
        MUST(err.code == ERR_DENIED || err.code == ERR_STALE);
    if (err.code != ERR_DENIED) /* genuine, or genuine once */
        MUST(str_is(str_of(signature), slack_signature_make(secret_list[0], timestamp, body).text));
    return 0;
}
