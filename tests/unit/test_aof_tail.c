/* The end of an append-only file: a transaction that is not all there goes as a whole, everything before it stays. */
#include "tests/unit/rows.h"

#include "bot/shell/aof_tail.h"

#include <stdio.h>
#include <string.h>

#define SET "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"
#define MULTI "*1\r\n$5\r\nMULTI\r\n"
#define EXEC "*1\r\n$4\r\nEXEC\r\n"
#define NOTE "#TS:1700000000\r\n"
#define LONG "0000000000000000000000000000000000000000000000000000000000000000"

static const struct row {
    const char *name, *stays, *goes;
} rows[] = {
    { "an empty file stays", "", "" },
    { "whole commands stay", SET SET, "" },
    { "a whole transaction stays", SET MULTI SET SET EXEC, "" },
    { "half a command goes", SET, "*3\r\n$3\r\nSET\r\n$1\r\nk" },
    { "half a head goes", SET, "*" },
    { "a transaction that ends between two commands goes", SET, MULTI SET },
    { "a transaction that ends inside a command goes", SET, MULTI SET "*3\r\n$3\r\nSE" },
    { "a transaction that ends inside its EXEC goes", SET MULTI SET EXEC, MULTI SET "*1\r\n$4\r\nEX" },
    { "a transaction that ends with its EXEC but for a byte goes", "", MULTI SET "*1\r\n$4\r\nEXEC\r" },
    { "what a value says is no command", SET, MULTI "*2\r\n$3\r\nSET\r\n$14\r\n*1\r\n$4\r\nEXEC\r\n\r\n" },
    { "a value may say MULTI", "*2\r\n$3\r\nSET\r\n$15\r\n*1\r\n$5\r\nMULTI\r\n\r\n", "" },
    { "a command may begin like EXEC", SET, MULTI "*1\r\n$5\r\nEXECS\r\n" },
    { "a command may begin like EXEC and be long", SET, MULTI "*1\r\n$16\r\nEXECEXECEXECEXEC\r\n" },
    { "names are of any case", SET "*1\r\n$5\r\nmulti\r\n" SET "*1\r\n$4\r\nexec\r\n", "" },
    { "an empty word is a word", SET "*2\r\n$0\r\n\r\n$0\r\n\r\n", "*2\r\n$0\r\n\r\n$0\r\n\r" },
    { "an open one that is closed later stays, for it was loaded so", MULTI SET MULTI SET EXEC SET, "" },
    { "a note stays", SET NOTE SET NOTE, "" },
    { "half a note goes, or the next command would be part of it", SET NOTE SET, "#TS:17" },
    { "a note in a transaction closes nothing", SET, MULTI NOTE SET NOTE },
    { "zeros behind half a number are half a command to redis-server too", SET, MULTI "*3\r\n$3\r\nSET\r\n$1" LONG },
    { "what is no command is left to redis-server", SET "hello\r\n" SET, "" },
    { "rubbish behind an open transaction is left to redis-server", SET MULTI "hello\r\n", "" },
    { "a word without its mark is left to redis-server", SET MULTI "*1\r\nMULTI\r\n", "" },
    { "an RDB is left to redis-server",
      "REDIS0011\xfa\x09redis-ver\x06"
      "7.0.15\n" SET MULTI,
      "" },
    { "a number that is none is left to redis-server", "*x\r\n", "" },
    { "a number that is negative is left to redis-server", "*-1\r\n" SET, "" },
    { "a command of no words is left to redis-server", SET MULTI "*0\r\n", "" },
    { "a number beyond all bounds is left to redis-server", SET MULTI "*1\r\n$99999999999999999999999999\r\nX", "" },
    { "a word larger than Redis takes is left to redis-server", SET MULTI "*1\r\n$536870913\r\nX", "" },
    { "a line without an end is left to redis-server", SET MULTI "*" LONG LONG, "" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    char file[400];

    snprintf(file, sizeof(file), "%s%s", row->stays, row->goes);
    for (size_t piece = 1; piece <= strlen(file) + 1; piece++) { /* however it is read */
        struct aof_tail tail = { 0 };

        for (size_t at = 0; at < strlen(file); at += piece)
            aof_tail_feed(&tail, (struct str){ file + at, strlen(file) - at < piece ? strlen(file) - at : piece });
        assert_int_equal(aof_tail_whole(&tail, (int64_t)strlen(file)), strlen(row->stays));
    }
}

/* Wherever it breaks off, nothing stays of a transaction but all of it. */
static void no_half_of_a_transaction_stays(void **state)
{
    static const char file[] = SET MULTI SET SET EXEC SET;
    const size_t first = strlen(SET), second = strlen(SET MULTI SET SET EXEC);

    (void)state;
    for (size_t len = 0; len < sizeof(file); len++) {
        struct aof_tail tail = { 0 };

        assert_true(aof_tail_feed(&tail, (struct str){ file, len }));
        assert_int_equal(aof_tail_whole(&tail, (int64_t)len), len < first          ? 0
                                                              : len < second       ? first
                                                              : len < strlen(file) ? second
                                                                                   : len);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_half_of_a_transaction_stays),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
