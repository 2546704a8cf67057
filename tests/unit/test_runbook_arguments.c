/* What people give a runbook: each value is what its row says, or it is refused; and no program empties opsgate's own
 * store. */
#include "tests/unit/rows.h"

#include "bot/base/arena.h"
#include "bot/model/settings.h"
#include "handlers/runbook/arguments.h"
#include "handlers/runbook/flush.h"

#include <string.h>

static const char *zones[] = { "a", "b", "c" };

static const struct value_row {
    const char *name;
    struct runbook_arg arg;
    const char *value;
    const char *why; /* NULL: it is taken */
} value_rows[] = {
    { "a choice", { .name = "zone", .one_of = zones, .one_of_count = 3 }, "b", NULL },
    { "no choice",
      { .name = "zone", .one_of = zones, .one_of_count = 3 },
      "d",
      "`zone` cannot be `d`: expected one of `a`, `b`, `c`" },
    { "a choice in upper case", { .name = "zone", .one_of = zones, .one_of_count = 3 }, "A", "expected one of" },
    { "an integer", { .name = "n", .type = "integer", .min = 1, .max = 50 }, "50", NULL },
    { "too large", { .name = "n", .type = "integer", .min = 1, .max = 50 }, "51", "a whole number from 1 to 50" },
    { "too small", { .name = "n", .type = "integer", .min = 1, .max = 50 }, "0", "a whole number from 1 to 50" },
    { "below zero", { .name = "n", .type = "integer", .min = 0, .max = 50 }, "-1", "from 0 to 50" },
    { "perhaps octal", { .name = "n", .type = "integer", .min = 0, .max = 50 }, "04", "from 0 to 50" },
    { "hexadecimal", { .name = "n", .type = "integer", .min = 0, .max = 50 }, "0x10", "from 0 to 50" },
    { "beyond 64 bits", { .name = "n", .type = "integer", .min = 0, .max = 50 }, "99999999999999999999", "from 0" },
    { "a pattern", { .name = "day", .pattern = "20??????" }, "20261120", NULL },
    { "not the pattern", { .name = "day", .pattern = "20??????" }, "2026",
      "with no `-` in front, that fits `20??????`" },
    { "a pattern is of the whole value", { .name = "day", .pattern = "20*1" }, "20-1x",
      "that fits `20*1` (`*` is anything)" },
    { "a shell's words", { .name = "x", .pattern = "*" }, "$(reboot)", "of letters, digits" },
    { "two words", { .name = "x", .pattern = "*" }, "a b", "of letters, digits" },
    { "an option", { .name = "x", .pattern = "*" },
      "-rf",
      "expected one word of letters, digits and `._-/:@+`, with no `-` in front" },
    { "a newline", { .name = "x", .pattern = "*" }, "a\nb", "of letters, digits" },
    { "letters of other scripts", { .name = "x", .pattern = "*" }, "v\u0661", "of letters, digits" },
    { "nothing", { .name = "x", .pattern = "*" }, "", "cannot be ``" },
    { "what the file has as the default may hold anything",
      { .name = "x", .pattern = "/*", .otherwise = "/*" },
      "/*",
      NULL },
    { "a version", { .name = "v", .type = "version" }, "v1.4.2", NULL },
    { "a branch", { .name = "v", .type = "version" }, "branch:main", NULL },
    { "no version", { .name = "v", .type = "version" }, "../../etc", "a version such as" },
    { "a duration", { .name = "d", .type = "duration" }, "1h30m", NULL },
    { "no duration", { .name = "d", .type = "duration" }, "soon", "a duration such as" },
    { "no time at all", { .name = "d", .type = "duration" }, "0s", "a duration such as" },
    { "a range", { .name = "net", .type = "cidr" }, "10.1.0.0/16", NULL },
    { "one address", { .name = "net", .type = "cidr" }, "10.1.2.3/32", NULL },
    { "an IPv6 range", { .name = "net", .type = "cidr" }, "2001:db8::/32", NULL },
    { "a range by another address than its first",
      { .name = "net", .type = "cidr" },
      "10.1.2.3/16",
      "by its first one" },
    { "without a length", { .name = "net", .type = "cidr" }, "10.1.0.0", "a range of addresses" },
    { "too long", { .name = "net", .type = "cidr" }, "10.1.0.0/33", "a range of addresses" },
    { "no address", { .name = "net", .type = "cidr" }, "10.1.0/16", "a range of addresses" },
    { "a number too few", { .name = "net", .type = "cidr" }, "10.1.0./16", "a range of addresses" },
    { "a number too large", { .name = "net", .type = "cidr" }, "10.1.256.0/24", "a range of addresses" },
    { "an octal number", { .name = "net", .type = "cidr" }, "010.0.0.0/8", "a range of addresses" },
    { "one IPv6 address", { .name = "net", .type = "cidr" }, "2001:DB8:0:0:1:2:3:4/128", NULL },
    { "all of IPv6", { .name = "net", .type = "cidr" }, "::/0", NULL },
    { "itself", { .name = "net", .type = "cidr" }, "::1/128", NULL },
    { "an IPv6 range by another address", { .name = "net", .type = "cidr" }, "2001:db8::1/32", "by its first one" },
    { "two gaps", { .name = "net", .type = "cidr" }, "1::2::/32", "a range of addresses" },
    { "nine groups", { .name = "net", .type = "cidr" }, "1:2:3:4:5:6:7:8:9/128", "a range of addresses" },
    { "a colon too many", { .name = "net", .type = "cidr" }, "1:2:3:4:5:6:7:/112", "a range of addresses" },
    { "no hexadecimal", { .name = "net", .type = "cidr" }, "2001:dbg::/32", "a range of addresses" },
    { "a gap that stands for nothing",
      { .name = "net", .type = "cidr" },
      "1:2:3:4::5:6:7:8/128",
      "a range of addresses" },
    { "everything", { .name = "net", .type = "cidr" }, "0.0.0.0/0", NULL },
};

static void check_value(void **state)
{
    const struct value_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct error err = { .message = "" };
    bool is_taken = runbook_value_check(&row->arg, row->value, arena, &err);

    if (row->why && !strstr(err.message, row->why))
        fail_msg("%s", err.message);
    assert_int_equal(is_taken, !row->why);
}

/* ---- several ---- */

static struct runbook_arg args[] = {
    { .name = "zone", .one_of = zones, .one_of_count = 3 },
    { .name = "size", .type = "integer", .min = 1, .max = 9, .about = "of each" },
    { .name = "path", .pattern = "/*", .otherwise = "/" },
};
static const struct runbook_settings runbook = { .name = "reset", .args = args, .args_count = 3 };

static const struct words_row {
    const char *name, *words[5], *got; /* got: the values, or what is wrong */
} words_rows[] = {
    { "in their order", { "a", "3" }, "a 3 /" },
    { "by their names", { "size=3", "zone=a" }, "a 3 /" },
    { "mixed: what is left is known by its order", { "size=3", "a", "/x" }, "a 3 /x" },
    { "one is missing", { "a" }, "What is `size`? Expected a whole number from 1 to 9: of each." },
    { "a name with a slip", { "zoen=a", "size=3" }, "There is no argument `zoen`. Did you mean `zone`?" },
    { "blanks around its sign", { "zone", "=", "a" },
      "There is no name before the `=`: a name and its value are one word, `NAME=VALUE`." },
    { "given twice", { "zone=a", "zone=b", "size=3" }, "It was given twice: `zone`" },
    { "too many", { "a", "3", "/x", "more" }, "I do not know what this means: `more`" },
    { "an empty value", { "zone=", "size=3" }, "`zone` cannot be ``" },
    { "a value with a sign in it", { "a", "3", "path=/a=b" }, "of letters, digits" },
};

static void check_words(void **state)
{
    const struct words_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct shape_pair *values;
    struct error err;
    size_t count = 0;
    const char *got;

    while (count < ARRAY_LEN(row->words) && row->words[count])
        count++;
    if (runbook_arguments_read(&runbook, row->words, count, arena, &values, &err))
        got = arena_printf(arena, "%s %s %s", values[0].value, values[1].value, values[2].value);
    else
        got = arena_strdup(arena, err.message);
    if (!strstr(got, row->got))
        fail_msg("%s", got);
}

static void usage_says_what_may_be_left_out(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    assert_string_equal(runbook_usage(&runbook, arena), "run reset zone=a|b|c size=1..9 [path=/*]");
}

/* ---- opsgate's own store ---- */

static const struct flush_row {
    const char *name, *url, *argv[6];
    bool is_ours;
} flush_rows[] = {
    { "another host", "redis://10.0.0.5:6379", { "redis-cli", "-h", "cache", "FLUSHDB" }, false },
    { "ours", "redis://10.0.0.5:6379", { "redis-cli", "-h", "10.0.0.5", "FLUSHDB" }, true },
    { "in small letters", "redis://10.0.0.5:6379", { "redis-cli", "-h10.0.0.5", "flushall" }, true },
    { "another port of ours",
      "redis://10.0.0.5:6379",
      { "redis-cli", "-h", "10.0.0.5", "-p", "6380", "FLUSHALL" },
      false },
    { "that is no flush", "redis://10.0.0.5:6379", { "redis-cli", "-h", "10.0.0.5", "PING" }, false },
    { "by a url", "redis://10.0.0.5:6379", { "redis-cli", "-u", "redis://u:p@10.0.0.5", "FLUSHALL" }, true },
    { "by a url in an option", "redis://store", { "tool", "--to=redis://store:6379/3", "--do=flushdb" }, true },
    { "without an address, on this host", "redis://localhost", { "redis-cli", "FLUSHALL" }, true },
    { "without an address, elsewhere", "redis://store", { "redis-cli", "FLUSHALL" }, false },
    { "through a shell", "redis://store:7000", { "sh", "-c", "redis-cli -h store -p 7000 'FlushAll'" }, true },
    { "beside another one, which is named last",
      "redis://store:7000",
      { "sh", "-c", "redis-cli -h store -p 7000 flushall; redis-cli -h cache -p 1 ping" },
      true },
    { "on this host, beside another one",
      "redis://localhost",
      { "sh", "-c", "redis-cli -h cache ping && redis-cli flushall" },
      true },
    { "another one alone, through a shell on this host",
      "redis://localhost",
      { "sh", "-c", "redis-cli -h cache flushall" },
      false },
    { "through a pipe", "redis://store", { "sh", "-c", "echo FLUSHALL | redis-cli -h store" }, true },
    { "by a variable of its own", "redis://store", { "sh", "-c", "redis-cli -h ${CACHE} flushall" }, true },
    { "by another one", "redis://store", { "sh", "-c", "redis-cli -h $OTHER flushall" }, false },
    { "our private one, by its socket",
      "embedded",
      { "redis-cli", "-s", "/var/lib/opsgate/redis/redis.sock", "flushdb" },
      true },
    { "a socket of ours", "unix:///run/r.sock", { "redis-cli", "-s", "/run/r.sock", "flushdb" }, true },
    { "another socket", "unix:///run/r.sock", { "redis-cli", "-s", "/run/other.sock", "flushdb" }, false },
    { "a sentinel's host", "sentinel://h1:26379,h2/main", { "redis-cli", "-h", "h2", "flushdb" }, true },
};

static void check_flush(void **state)
{
    const struct flush_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct settings settings = { .store = { .url = row->url }, .data_dir = "/var/lib/opsgate" };
    struct shape_pair environment[] = { { "CACHE", "store" }, { "OTHER", "elsewhere" } };
    const struct runbook_settings runs = { .environment = environment, .environment_count = 2 };
    size_t count = 0;

    while (count < ARRAY_LEN(row->argv) && row->argv[count])
        count++;
    assert_int_equal(runbook_flushes_store(&settings, &runs, row->argv, count, arena), row->is_ours);
}

int main(void)
{
    const struct CMUnitTest others[] = { cmocka_unit_test(usage_says_what_may_be_left_out) };

    return ROWS(value_rows, check_value) + ROWS(words_rows, check_words) + ROWS(flush_rows, check_flush) +
           cmocka_run_group_tests_name("others", others, NULL, NULL);
}
