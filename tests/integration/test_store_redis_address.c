/* Where the store is: URLs, passwords, databases, names. */
#include "tests/integration/store_redis_fixture.h"

#include "bot/shell/redis_address.h"

static void passwords_databases_and_tcp_work(void **state)
{
    static char port[16];
    struct store_redis_options options;
    char url[96];

    (void)state;
    leave(NULL);
    memset(&world, 0, sizeof(world));
    snprintf(port, sizeof(port), "%d", free_port());
    world.redis.args[0] = "--port", world.redis.args[1] = port;
    live_start(&world.redis);
    world.loop = loop_create(&(struct error){ .code = ERR_NONE });
    live_do(&world.redis, "CONFIG SET requirepass p@ss:word");
    options = usual_options();
    snprintf(url, sizeof(url), "redis://:p%%40ss:word@127.0.0.1:%s/3", port);
    options.url = url;
    open_store(&options);
    give_birth();
    live_do(&world.redis, "AUTH p@ss:word");
    live_do(&world.redis, "SELECT 3");
    assert_string_equal(live_text(&world.redis, "HGET %s birth", P "meta"), BIRTH);
    close_store();
    snprintf(url, sizeof(url), "redis://127.0.0.1:%s/3", port);
    options.login.password = "p@ss:word"; /* beside the url */
    open_store(&options);
    assert_int_equal(accept_one("k0", "x"), STORE_OK);
    close_store();
    options.login.password = NULL;
    snprintf(url, sizeof(url), "redis://:wrong@127.0.0.1:%s/3", port);
    options.deadline_ms = 500;
    open_store(&options);
    assert_int_equal(accept_one("k", "x"), STORE_NOT_NOW);
    run_until_trouble("AUTH");
    assert_null(strstr(store_redis_trouble(world.shell), ":wrong@"));
}

static const struct url_row {
    const char *url, *said; /* how it is formatted, or a part of the error */
    bool is_fine;
} url_rows[] = {
    { "redis://h", "redis://h:6379/0", true },
    { "redis://h:1/2", "redis://h:1/2", true },
    { "redis://user:secret@h:1", "redis://h:1/0", true },
    { "redis://[::1]:7/0", "redis://[::1]:7/0", true },
    { "unix:///run/x.sock", "unix:///run/x.sock", true },
    { "unix:///run/x.sock?db=4", "unix:///run/x.sock", true },
    { "unix://run/x.sock", "three slashes", false },
    { "unix:///run/x?user=a", "only db=N", false },
    { "redis://", "no host", false },
    { "redis://h:99999", "port", false },
    { "redis://h:1/x", "database", false },
    { "redis://:p%4@h", "two hex digits", false },
    { "redis://:p%00@h", "NUL", false },
    { "redis://[::1]7", "after [IPv6]", false },
    { "rediss://h", "no TLS", false },
    { "sentinel://a,b/m", "sentinel://a:26379,.../m", true },
    { "sentinel://user:secret@[::1]:7/main/3", "sentinel://[::1]:7/main", true },
    { "sentinel://a:1,b:2,c:3", "/MASTER", false },
    { "sentinel://a:1,b:2/", "/MASTER", false },
    { "sentinel:///m", "/MASTER", false },
    { "sentinel://a,,b/m", "no host", false },
    { "sentinel://a,b:0/m", "port", false },
    { "sentinel://a/m/x", "database", false },
    { "sentinel://1,2,3,4,5,6,7,8,9/m", "more than 8", false },
    { "sentinel://a/1234567890123456789012345678901234567890123456789012345678901234", "longer than", false },
    { "http://h", "write redis://", false },
    { "", "write redis://", false },
    { "unix:///12345678901234567890123456789012345678901234567890123456789012345678901234567890"
      "123456789012345678901234567890",
      "longer than", false },
};

static void urls_are_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(url_rows); i++) {
        struct redis_address address;
        struct error err = { .code = ERR_NONE };
        bool is_fine = redis_address_parse(url_rows[i].url, &address, &err);

        assert_int_equal(is_fine, url_rows[i].is_fine);
        if (is_fine)
            assert_string_equal(redis_address_format(&address).text, url_rows[i].said);
        else if (!strstr(err.message, url_rows[i].said))
            fail_msg("%s: %s", url_rows[i].url, err.message);
    }
}

static void names_are_checked(void **state)
{
    struct store_redis_options options = usual_options();
    struct error err;

    (void)state;
    options.name = "a{b}";
    assert_null(store_redis_create(&options, &err));
    options.name = "";
    assert_null(store_redis_create(&options, &err));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(passwords_databases_and_tcp_work),
        cmocka_unit_test_setup_teardown(names_are_checked, enter_empty, leave),
        cmocka_unit_test(urls_are_read_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
