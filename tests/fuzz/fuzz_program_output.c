/* Whatever a program writes, and however it arrives, what is shown is the same, harmless, and holds no secret. */
#include "tests/fuzz/fuzz.h"

#include "bot/carrier/program_output.h"

#include <string.h>

static const char *tell(struct str raw, size_t step, size_t text_max_bytes, const struct secrets *secrets,
                        struct arena *arena)
{
    AUTO_BUF struct buf told = BUF(2 * PROGRAM_WINDOW_BYTES);
    size_t at = 0, seen = 0;

    while (at < raw.len) {
        struct program_output output = { .text_max_bytes = text_max_bytes, .secrets = secrets };
        size_t taken;

        seen = raw.len - seen > step ? seen + step : raw.len;
        output.raw = (struct str){ raw.at + at, seen - at };
        output.is_end = seen == raw.len;
        buf_puts(&told, program_output_take(&output, arena, &taken));
        MUST(taken <= output.raw.len && (taken > 0 || !output.is_end));
        at += taken;
    }
    return arena_copy(arena, buf_str(&told));
}

static void check_told(const char *told)
{
    MUST(utf8_is_valid(str_of(told)));
    MUST(!strstr(told, "hunter2hunter2") && !strstr(told, "xoxb-123-abc"));
    for (const unsigned char *c = (const unsigned char *)told; *c; c++)
        MUST((*c >= 0x20 && *c != 0x7f) || *c == '\n' || *c == '\t');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str raw = fuzz_input(data, size < 2000 ? size : 2000);
    AUTO(arena) struct arena *arena = arena_create();
    struct secrets secrets = { .arena = arena };
    const char *whole;

    secrets_add(&secrets, "hunter2hunter2");
    secrets_add(&secrets, "xoxb-123-abc");
    whole = tell(raw, raw.len, PROGRAM_WINDOW_BYTES, &secrets, arena);
    check_told(whole);
    MUST(strcmp(whole, tell(raw, 7, PROGRAM_WINDOW_BYTES, &secrets, arena)) == 0);
    MUST(strcmp(whole, tell(raw, 31, 16, &secrets, arena)) == 0);
    check_told(program_output_tail(
        &(struct program_output){
            .raw = raw, .begins_anywhere = true, .is_end = true, .text_max_bytes = 50, .secrets = &secrets },
        arena));
    return 0;
}
