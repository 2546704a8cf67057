/* Names to addresses, with name servers that answer, fail, or never say a word. */
#include "bot/shell/resolve.h"
#include "tests/integration/raw.h"

#include <netdb.h>

/* What the pool's threads are told to do; each lookup of "dead" waits for a byte on the pipe. */
static struct {
    int release[2];
    int code; /* of getaddrinfo */
    int calls;
} server;

static int fake_lookup(const char *host, struct resolve_addresses *ret_addresses)
{
    char byte;

    __atomic_add_fetch(&server.calls, 1, __ATOMIC_SEQ_CST);
    if (strncmp(host, "dead", 4) == 0 && read(server.release[0], &byte, 1) != 1)
        return EAI_AGAIN;
    if (server.code != 0)
        return server.code;
    snprintf(ret_addresses->text[0], sizeof(ret_addresses->text[0]), "10.0.0.%d", server.calls);
    ret_addresses->count = 1;
    return 0;
}

struct answer {
    bool is_done, is_found, is_stale;
    char text[INET6_ADDRSTRLEN];
    enum err_code code;
    int count;
};

static void on_done(void *arg, const struct resolve_addresses *addresses, const struct error *err)
{
    struct answer *answer = arg;

    answer->is_done = true;
    answer->count++;
    answer->is_found = addresses != NULL;
    answer->code = addresses ? ERR_NONE : err->code;
    if (!addresses)
        return;
    answer->is_stale = addresses->is_stale;
    snprintf(answer->text, sizeof(answer->text), "%s", addresses->text[0]);
}

struct fixture {
    struct loop *loop;
    struct resolve *resolve;
};

static struct fixture begin(struct resolve_options options)
{
    struct error err;
    struct fixture fixture = { .loop = loop_create(&err) };

    server.code = server.calls = 0;
    assert_int_equal(pipe(server.release), 0);
    options.loop = fixture.loop;
    options.lookup = fake_lookup;
    options.timeout_ms = options.timeout_ms ? options.timeout_ms : RAW_WAIT_MS;
    fixture.resolve = resolve_create(&options);
    return fixture;
}

static void finish(struct fixture *fixture)
{
    resolve_destroy(fixture->resolve);
    close(server.release[1]); /* whoever hangs on it goes on */
    loop_destroy(fixture->loop);
    close(server.release[0]);
}

static struct answer ask(struct fixture *fixture, const char *host)
{
    struct answer answer = { .is_done = false };

    resolve_start(fixture->resolve, host, on_done, &answer);
    assert_false(answer.is_done); /* later, never inside */
    raw_wait(fixture->loop, &answer.is_done);
    return answer;
}

static const struct literal {
    const char *name, *host, *address; /* NULL: no literal */
} literals[] = {
    { "an IPv4 address is its own", "10.1.2.3", "10.1.2.3" },
    { "an IPv6 address is its own", "2001:db8::1", "2001:db8::1" },
    { "brackets are taken off", "[::1]", "::1" },
    { "localhost is this machine", "LocalHost", "127.0.0.1" },
    { "a name is none", "example.com", NULL },
    { "an address that is none is a name", "10.1.2.300", NULL },
    { "nothing is none", "", NULL },
};

static void check_literal(void **state)
{
    const struct literal *row = *state;
    struct resolve_addresses addresses = { .count = 0 };

    assert_int_equal(resolve_literal(row->host, &addresses), row->address != NULL);
    if (row->address)
        assert_string_equal(addresses.text[0], row->address);
}

static void literal_asks_nobody(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .fresh_ms = 0 });
    struct answer answer = ask(&fixture, "[2001:db8::1]");

    (void)state;
    assert_string_equal(answer.text, "2001:db8::1");
    assert_int_equal(server.calls, 0);
    finish(&fixture);
}

static void fresh_answer_is_kept(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .fresh_ms = 60000 });

    (void)state;
    assert_string_equal(ask(&fixture, "a.example").text, "10.0.0.1");
    assert_string_equal(ask(&fixture, "A.Example").text, "10.0.0.1");
    assert_int_equal(server.calls, 1);
    finish(&fixture);
}

static void old_answer_is_asked_again(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .fresh_ms = 1 });

    (void)state;
    assert_string_equal(ask(&fixture, "a.example").text, "10.0.0.1");
    usleep(2000); /* older than fresh_ms */
    assert_string_equal(ask(&fixture, "a.example").text, "10.0.0.2");
    finish(&fixture);
}

static void stale_answer_serves_while_lookups_fail(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .fresh_ms = 1 });
    struct answer answer;

    (void)state;
    ask(&fixture, "a.example");
    server.code = EAI_AGAIN;
    usleep(2000);
    answer = ask(&fixture, "a.example");
    assert_true(answer.is_found && answer.is_stale);
    assert_string_equal(answer.text, "10.0.0.1");
    finish(&fixture);
}

static void stale_answer_serves_when_the_server_is_silent(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .fresh_ms = 1, .patience_ms = 20 });
    struct answer answer;

    (void)state;
    assert_int_equal(write(server.release[1], "x", 1), 1);
    ask(&fixture, "dead.example");
    usleep(2000);
    answer = ask(&fixture, "dead.example");
    assert_true(answer.is_found && answer.is_stale);
    finish(&fixture);
}

static void stale_answer_ends(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .fresh_ms = 1, .stale_ms = 1 });
    struct answer answer;

    (void)state;
    server.code = EAI_AGAIN;
    answer = ask(&fixture, "a.example");
    assert_false(answer.is_found);
    assert_int_equal(answer.code, ERR_UNAVAILABLE);
    finish(&fixture);
}

static void failure_is_remembered_for_a_while(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .failure_ms = 60000 });

    (void)state;
    server.code = EAI_NONAME;
    assert_int_equal(ask(&fixture, "no.example").code, ERR_NOT_FOUND);
    assert_int_equal(ask(&fixture, "no.example").code, ERR_NOT_FOUND);
    assert_int_equal(server.calls, 1);
    finish(&fixture);
}

static void silent_server_is_given_up(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .timeout_ms = 30 });
    struct answer answer = ask(&fixture, "dead.example");

    (void)state;
    assert_false(answer.is_found);
    assert_int_equal(answer.code, ERR_UNAVAILABLE);
    finish(&fixture); /* with the lookup still hanging */
}

/* Each revision that is asked itself has one of its own: those of a busy day take no place of the others. */
static void hundreds_of_names_are_remembered(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .loop = NULL });
    char host[32];

    (void)state;
    assert_true(ask(&fixture, "api.example").is_found);
    for (int i = 0; i < 600; i++) {
        snprintf(host, sizeof(host), "d%d---api.example", i);
        assert_true(ask(&fixture, host).is_found);
    }
    server.code = EAI_AGAIN; /* what is remembered stands for what cannot be looked up */
    assert_true(ask(&fixture, "api.example").is_found);
    finish(&fixture);
}

static void many_askers_share_one_lookup(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .timeout_ms = RAW_WAIT_MS });
    struct answer answers[50] = { { .is_done = false } };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        resolve_start(fixture.resolve, "dead.example", on_done, &answers[i]);
    assert_int_equal(write(server.release[1], "x", 1), 1);
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        raw_wait(fixture.loop, &answers[i].is_done);
        assert_int_equal(answers[i].count, 1);
    }
    assert_int_equal(server.calls, 1);
    finish(&fixture);
}

static void work_done(void *arg)
{
    *(bool *)arg = true;
}

static void work(void *arg)
{
    (void)arg;
}

static void dead_names_leave_threads_for_other_work(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .timeout_ms = 60000 });
    struct answer answers[20] = { { .is_done = false } };
    bool is_done = false;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        char host[32];

        snprintf(host, sizeof(host), "dead%zu.example", i);
        resolve_start(fixture.resolve, host, on_done, &answers[i]);
    }
    loop_work_start(fixture.loop, work, work_done, NULL, &is_done);
    raw_wait(fixture.loop, &is_done);
    assert_true(__atomic_load_n(&server.calls, __ATOMIC_SEQ_CST) <= 2);
    finish(&fixture);
}

static void cancelled_query_is_silent(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .timeout_ms = RAW_WAIT_MS });
    struct answer first = { .is_done = false }, second = { .is_done = false };

    (void)state;
    resolve_cancel(resolve_start(fixture.resolve, "a.example", on_done, &first));
    resolve_cancel(resolve_start(fixture.resolve, "127.0.0.1", on_done, &first));
    resolve_cancel(NULL);
    resolve_start(fixture.resolve, "a.example", on_done, &second);
    raw_wait(fixture.loop, &second.is_done);
    assert_false(first.is_done);
    finish(&fixture);
}

static void nonsense_is_refused_without_asking(void **state)
{
    struct fixture fixture = begin((struct resolve_options){ .fresh_ms = 0 });

    (void)state;
    assert_int_equal(ask(&fixture, "").code, ERR_NOT_FOUND);
    assert_int_equal(ask(&fixture, "a b").code, ERR_NOT_FOUND);
    assert_int_equal(server.calls, 0);
    finish(&fixture);
}

static void real_lookup_knows_this_machine(void **state)
{
    struct error err;
    AUTO(loop) struct loop *loop = loop_create(&err);
    AUTO(resolve) struct resolve *resolve = resolve_create(&(struct resolve_options){ .loop = loop });
    struct answer answer = { .is_done = false };

    (void)state;
    resolve_start(resolve, "ip6-localhost.invalid", on_done, &answer);
    raw_wait(loop, &answer.is_done);
    assert_false(answer.is_found);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(literal_asks_nobody),
        cmocka_unit_test(fresh_answer_is_kept),
        cmocka_unit_test(old_answer_is_asked_again),
        cmocka_unit_test(stale_answer_serves_while_lookups_fail),
        cmocka_unit_test(stale_answer_serves_when_the_server_is_silent),
        cmocka_unit_test(stale_answer_ends),
        cmocka_unit_test(failure_is_remembered_for_a_while),
        cmocka_unit_test(silent_server_is_given_up),
        cmocka_unit_test(hundreds_of_names_are_remembered),
        cmocka_unit_test(many_askers_share_one_lookup),
        cmocka_unit_test(dead_names_leave_threads_for_other_work),
        cmocka_unit_test(cancelled_query_is_silent),
        cmocka_unit_test(nonsense_is_refused_without_asking),
        cmocka_unit_test(real_lookup_knows_this_machine),
    };
    struct CMUnitTest tests[ARRAY_LEN(literals)];
    int failures = cmocka_run_group_tests(others, NULL, NULL);

    for (size_t i = 0; i < ARRAY_LEN(literals); i++)
        tests[i] = (struct CMUnitTest){ .name = literals[i].name,
                                        .test_func = check_literal,
                                        .initial_state = (void *)(uintptr_t)&literals[i] };
    return failures + cmocka_run_group_tests(tests, NULL, NULL);
}
