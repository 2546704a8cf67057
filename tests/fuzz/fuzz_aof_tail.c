/* The end of an append-only file: what stays is never more than there is, is the same however it is read, stays as it
 * is the next time, and holds no open transaction. */
#include "tests/fuzz/fuzz.h"

#include "bot/shell/aof_tail.h"

#include <string.h>

#define SET "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"

static struct aof_tail read_in_pieces(struct str file, size_t piece)
{
    struct aof_tail tail = { 0 };

    for (size_t at = 0; at < file.len; at += piece)
        aof_tail_feed(&tail, (struct str){ file.at + at, file.len - at < piece ? file.len - at : piece });
    return tail;
}

static int64_t whole_of(struct str file, size_t piece)
{
    struct aof_tail tail = read_in_pieces(file, piece);

    return aof_tail_whole(&tail, (int64_t)file.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str file = fuzz_input(data, size), stays;
    struct aof_tail tail = read_in_pieces(file, size + 1);
    int64_t whole = aof_tail_whole(&tail, (int64_t)size);

    MUST(whole >= 0 && whole <= (int64_t)size);
    MUST(whole_of(file, 1) == whole && whole_of(file, 7) == whole);
    if (tail.is_strange)
        return 0;
    stays = (struct str){ file.at, (size_t)whole };
    tail = read_in_pieces(stays, size + 1);
    MUST(!tail.is_open && !tail.is_strange && aof_tail_whole(&tail, whole) == whole);
    MUST(aof_tail_feed(&tail, STR_LIT(SET))); /* what is appended behind it is a command of its own */
    MUST(aof_tail_whole(&tail, whole + (int64_t)strlen(SET)) == whole + (int64_t)strlen(SET));
    return 0;
}
