/* The dashboard's doors, from the first byte to the answer: the page and what keeps it safe, the link from the host,
 * the cookie, and who may not use it. */
#include "tests/integration/ingress_fixture.h"

#include "bot/dashboard/assets.h"
#include "bot/dashboard/dashboard.h"
#include "bot/dashboard/errand.h"
#include "bot/shell/clock.h"
#include "tests/unit/rows.h"

#include <poll.h>

#define JSON "Content-Type: application/json\r\n"
#define OURS "Origin: http://ops.example:8080\r\n"

static struct {
    struct clock clock;
    struct dashboard *dashboard;
    struct http_routes routes[2];
    struct http_in *in;
    struct http_out *out;
    char socket[128], link_ticket[64], cookie[64], csrf[80];
} page;

static void on_asked(void *arg, struct http_request *request) /* as /api/v1 does it */
{
    AUTO(arena) struct arena *arena = arena_create();
    struct api_sessions sessions = dashboard_sessions(arg);
    struct api_caller caller = { .source = NULL };
    struct api_refusal refusal = sessions.find(sessions.ctx, request, false, arena, &caller);

    if (refusal.status)
        http_in_problem(request, refusal.status, NULL, refusal.detail);
    else
        http_in_answer(
            request,
            &(struct http_reply){ .status = 200,
                                  .body = str_of(caller.who.system ? principal_text(&caller.who, arena) : "nobody") });
}

static const struct http_route asked[] = { { "GET", "/asked", 0, NULL, on_asked, 0, NULL },
                                           { "POST", "/asked", 0, NULL, on_asked, 0, NULL } };

static const char *get_nothing(void *ctx, const struct http_call *call, struct arena *arena)
{
    (void)ctx, (void)call, (void)arena;
    return NULL;
}

static const struct credential_source nobodys = { .get = get_nothing };

static int enter_page(void **state)
{
    struct error err;

    enter(state);
    memset(&page, 0, sizeof(page));
    page.clock = clock_system();
    world.settings.listen = "127.0.0.1:8080";
    world.settings.dashboard = (struct dashboard_settings){ .enabled = true, .idle_ms = 60000, .session_ms = 600000 };
    page.out = http_out_create(&(struct http_out_options){ .loop = world.loop }, &err);
    assert_non_null(page.out);
    page.dashboard = dashboard_create(&(struct dashboard_options){ .loop = world.loop,
                                                                   .clock = &page.clock,
                                                                   .settings = &world.settings,
                                                                   .ingress = world.ingress,
                                                                   .http_out = page.out,
                                                                   .credentials = &nobodys });
    page.routes[0] = dashboard_routes(page.dashboard);
    page.routes[1] = (struct http_routes){ asked, ARRAY_LEN(asked), page.dashboard };
    page.in =
        http_in_create(&(struct http_in_options){ .loop = world.loop, .routes = page.routes, .routes_count = 2 }, &err);
    assert_non_null(page.in);
    snprintf(page.socket, sizeof(page.socket), "%s/p", world.dir);
    assert_true(http_in_listen(page.in, "127.0.0.1:0", &err) && http_in_listen(page.in, page.socket, &err));
    return 0;
}

static int leave_page(void **state)
{
    ingress_destroy(TAKE(world.ingress)); /* who waits for a name is told; the order is serve.c's */
    dashboard_destroy(page.dashboard);
    http_in_destroy(page.in);
    http_out_destroy(page.out);
    unlink(page.socket);
    return leave(state);
}

/* The whole answer; the caller closes it. */
static struct raw asks(const char *line, const char *headers, const char *body)
{
    struct raw raw = raw_connect(http_in_port(page.in));
    AUTO_BUF struct buf text = BUF(65536);

    buf_addf(&text, "%s HTTP/1.1\r\nHost: ops.example:8080\r\nConnection: close\r\n%s", line, headers);
    if (body)
        buf_addf(&text, "Content-Length: %zu\r\n", strlen(body));
    buf_addf(&text, "\r\n%s", body ? body : "");
    assert_true(raw_send(&raw, world.loop, buf_str(&text)));
    raw_expect_end(&raw, world.loop);
    return raw;
}

static void expect_answer(const char *line, const char *headers, const char *body, const char *status, const char *text)
{
    struct raw raw = asks(line, headers, body);

    if (!str_starts_with(buf_str(&raw.got), status) || !str_contains(buf_str(&raw.got), text))
        fail_msg("%s: expected %s and '%s' in: %s", line, status, text, buf_text(&raw.got));
    raw_close(&raw);
}

/* What stands between the two, copied. */
static void cut(const struct raw *raw, const char *before, const char *behind, char *out, size_t room)
{
    const char *at = strstr(buf_text(&raw->got), before), *end = at ? strstr(at + strlen(before), behind) : NULL;

    if (!end)
        fail_msg("no '%s' in: %s", before, buf_text(&raw->got));
    at += strlen(before);
    snprintf(out, room, "%.*s", (int)(end - at), at);
}

static void get_link(void)
{
    struct raw raw = raw_connect_unix(page.socket);

    assert_true(raw_puts(&raw, world.loop,
                         "POST " DASHBOARD_LINK_PATH
                         " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
    raw_expect_end(&raw, world.loop);
    cut(&raw, "\"link\":\"http://127.0.0.1:8080/#ticket=", "\"", page.link_ticket, sizeof(page.link_ticket));
    assert_true(str_contains(buf_str(&raw.got), "\"user\":\"alice\""));
    raw_close(&raw);
}

static void sign_in(void)
{
    char body[128], headers[128];
    struct raw raw;

    get_link();
    snprintf(body, sizeof(body), "{\"ticket\":\"%s\"}", page.link_ticket);
    raw = asks("POST /sign-in/ticket", JSON OURS, body);
    cut(&raw, "Set-Cookie: opsgate=", "; Path=/; HttpOnly; SameSite=Strict\r\n", page.cookie, sizeof(page.cookie));
    raw_close(&raw);
    snprintf(headers, sizeof(headers), "Cookie: opsgate=%s\r\n", page.cookie);
    raw = asks("GET /sign-in/state", headers, NULL);
    cut(&raw, "\"csrf\":\"", "\"", page.csrf, sizeof(page.csrf));
    assert_true(str_contains(buf_str(&raw.got), "\"principal\":\"local:alice\""));
    raw_close(&raw);
}

/* ---- the page ---- */

static void every_file_is_served_with_what_keeps_it_safe(void **state)
{
    (void)state;
    for (size_t i = 0; i < assets_count; i++) {
        char line[200];

        snprintf(line, sizeof(line), "GET /assets/%s", assets[i].name);
        expect_answer(line, "", NULL, "HTTP/1.1 200",
                      "Content-Security-Policy: default-src 'none'; script-src 'self';");
        expect_answer(line, "", NULL, "HTTP/1.1 200", "X-Content-Type-Options: nosniff\r\n");
        expect_answer(line, "", NULL, "HTTP/1.1 200", "Referrer-Policy: no-referrer\r\n");
        expect_answer(line, "", NULL, "HTTP/1.1 200", assets[i].type);
    }
    expect_answer("GET /", "", NULL, "HTTP/1.1 200", "frame-ancestors 'none'; base-uri 'none'; form-action 'self'\r\n");
    expect_answer("GET /assets/../session.c", "", NULL, "HTTP/1.1 404", "no such file");
    expect_answer("GET /assets/", "", NULL, "HTTP/1.1 404", "no such file");
}

static void no_file_has_a_script_or_a_style_within(void **state)
{
    static const char *const unwanted[] = { "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                                            "eval(",     " style=",   " onclick=",          "<style",
                                            "http://",   "https://" };

    (void)state;
    for (size_t i = 0; i < assets_count; i++)
        for (size_t k = 0; k < ARRAY_LEN(unwanted); k++) {
            AUTO_FREE char *text = str_copy(assets[i].text);
            const char *at = strstr(text, unwanted[k]);

            if (at && strncmp(at, "http://www.w3.org/", 18) != 0) /* names of XML, which nobody opens */
                fail_msg("%s has '%.60s'", assets[i].name, at);
        }
}

static void what_has_not_changed_is_not_sent_again(void **state)
{
    struct raw raw = asks("GET /", "", NULL);
    char etag[64], headers[128];

    (void)state;
    cut(&raw, "ETag: ", "\r\n", etag, sizeof(etag));
    raw_close(&raw);
    snprintf(headers, sizeof(headers), "If-None-Match: \"other\", W/%s\r\n", etag);
    expect_answer("GET /", headers, NULL, "HTTP/1.1 304", "Cache-Control: no-cache\r\n");
    expect_answer("GET /", "If-None-Match: \"other\"\r\n", NULL, "HTTP/1.1 200", "<!doctype html>");
}

static void a_page_that_is_switched_off_is_not_there(void **state)
{
    (void)state;
    sign_in();
    world.settings.dashboard.enabled = false;
    expect_answer("GET /", "", NULL, "HTTP/1.1 404", "dashboard.enabled");
    expect_answer("GET /sign-in/state", "", NULL, "HTTP/1.1 404", "dashboard.enabled");
    expect_answer("POST /sign-in/ticket", JSON OURS, "{}", "HTTP/1.1 404", "dashboard.enabled");
}

static void whom_a_reload_switches_off_is_out_for_good(void **state)
{
    char headers[128];

    (void)state;
    sign_in();
    snprintf(headers, sizeof(headers), "Cookie: opsgate=%s\r\n", page.cookie);
    dashboard_reconfigure(page.dashboard, &world.settings);
    expect_answer("GET /asked", headers, NULL, "HTTP/1.1 200", "local:alice");
    world.settings.dashboard.enabled = false;
    dashboard_reconfigure(page.dashboard, &world.settings);
    world.settings.dashboard.enabled = true;
    dashboard_reconfigure(page.dashboard, &world.settings);
    expect_answer("GET /asked", headers, NULL, "HTTP/1.1 401", "has ended");
}

/* ---- the link ---- */

static const struct ticket_row {
    const char *name, *headers, *body, *status, *text;
} ticket_rows[] = {
    { "a guess lets nobody in", JSON OURS, "{\"ticket\":\"guess\"}", "HTTP/1.1 401", "not good any more" },
    { "no JSON", JSON OURS, "ticket", "HTTP/1.1 400", "application/problem+json" },
    { "another type", "Content-Type: text/plain\r\n" OURS, "{\"ticket\":\"x\"}", "HTTP/1.1 415", "problem+json" },
    { "a ticket that is no text", JSON OURS, "{\"ticket\":7}", "HTTP/1.1 400", "ticket" },
    { "another page's form", JSON "Origin: https://evil.example\r\n", "{\"ticket\":\"x\"}", "HTTP/1.1 403",
      "another page" },
    { "nobody's page", JSON, "{\"ticket\":\"x\"}", "HTTP/1.1 403", "another page" },
    { "a browser that says cross-site", JSON OURS "Sec-Fetch-Site: cross-site\r\n", "{\"ticket\":\"x\"}",
      "HTTP/1.1 403", "another page" },
};

static void check_ticket(void **state)
{
    const struct ticket_row *row = *state;

    enter_page(state);
    get_link();
    expect_answer("POST /sign-in/ticket", row->headers, row->body, row->status, row->text);
    leave_page(state);
}

static void a_link_is_for_the_host_alone_and_lets_in_once(void **state)
{
    char body[128];

    (void)state;
    expect_answer("POST " DASHBOARD_LINK_PATH, "", "", "HTTP/1.1 404", "problem+json");
    sign_in();
    snprintf(body, sizeof(body), "{\"ticket\":\"%s\"}", page.link_ticket);
    expect_answer("POST /sign-in/ticket", JSON OURS, body, "HTTP/1.1 401", "`opsgate dashboard` on the host");
}

/* ---- who asks ---- */

static const struct asked_row {
    const char *name, *line;
    bool has_cookie, has_csrf;
    const char *headers, *status, *text;
} asked_rows[] = {
    { "reading takes the cookie", "GET /asked", true, false, "", "HTTP/1.1 200", "local:alice" },
    { "and an address that was typed", "GET /asked", true, false, "Sec-Fetch-Site: none\r\n", "HTTP/1.1 200",
      "local:alice" },
    { "without it nobody asks", "GET /asked", false, false, "", "HTTP/1.1 200", "nobody" },
    { "nor by a guess", "GET /asked", false, false, "Cookie: opsgate=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n",
      "HTTP/1.1 401", "has ended" },
    { "another site may not even read", "GET /asked", true, false, "Sec-Fetch-Site: cross-site\r\n", "HTTP/1.1 403",
      "another page" },
    { "nor a neighbour of ours", "GET /asked", true, false, "Sec-Fetch-Site: same-site\r\n", "HTTP/1.1 403",
      "another page" },
    { "nor another origin", "GET /asked", true, false, "Origin: https://evil.example\r\n", "HTTP/1.1 403",
      "another page" },
    { "nor one without a name", "GET /asked", true, false, "Origin: null\r\n", "HTTP/1.1 403", "another page" },
    { "asking takes the session's word", "POST /asked", true, true, OURS, "HTTP/1.1 200", "local:alice" },
    { "nobody asks with the cookie alone", "POST /asked", true, false, OURS, "HTTP/1.1 403", "X-CSRF-Token" },
    { "nor with another word", "POST /asked", true, false, OURS "X-CSRF-Token: 0123\r\n", "HTTP/1.1 403",
      "X-CSRF-Token" },
    { "nor from another origin with the right one", "POST /asked", true, true, "Origin: http://ops.example:8081\r\n",
      "HTTP/1.1 403", "another page" },
    { "nor by an address that was typed", "POST /asked", true, true, "Sec-Fetch-Site: none\r\n", "HTTP/1.1 403",
      "another page" },
    { "signing out takes it as well", "POST /sign-in/out", true, false, OURS, "HTTP/1.1 403", "X-CSRF-Token" },
    { "who signs out gives the cookie back", "POST /sign-in/out", true, true, OURS, "HTTP/1.1 204", "; Max-Age=0\r\n" },
};

static void check_asked(void **state)
{
    const struct asked_row *row = *state;
    char headers[1024];

    enter_page(state);
    sign_in();
    snprintf(headers, sizeof(headers), "%s%s%s%s%s%s%s", row->headers, row->has_cookie ? "Cookie: a=b; opsgate=" : "",
             row->has_cookie ? page.cookie : "", row->has_cookie ? "\r\n" : "", row->has_csrf ? "X-CSRF-Token: " : "",
             row->has_csrf ? page.csrf : "", row->has_csrf ? "\r\n" : "");
    expect_answer(row->line, headers, strncmp(row->line, "POST", 4) == 0 ? "" : NULL, row->status, row->text);
    if (strcmp(row->line, "POST /sign-in/out") == 0)
        expect_answer("GET /asked", headers, NULL, row->has_csrf ? "HTTP/1.1 401" : "HTTP/1.1 200", "");
    leave_page(state);
}

static void behind_tls_only_its_own_address_and_a_secure_cookie(void **state)
{
    char body[128], headers[200];
    struct raw raw;

    (void)state;
    world.settings.dashboard.public_url = "https://ops.example/";
    raw = raw_connect_unix(page.socket);
    assert_true(raw_puts(&raw, world.loop,
                         "POST " DASHBOARD_LINK_PATH
                         " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
    raw_expect_end(&raw, world.loop);
    cut(&raw, "\"link\":\"https://ops.example/#ticket=", "\"", page.link_ticket, sizeof(page.link_ticket));
    raw_close(&raw);
    snprintf(body, sizeof(body), "{\"ticket\":\"%s\"}", page.link_ticket);
    expect_answer("POST /sign-in/ticket", JSON OURS, body, "HTTP/1.1 403", "another page");
    raw = asks("POST /sign-in/ticket", JSON "Origin: https://ops.example\r\n", body);
    cut(&raw, "Set-Cookie: __Host-opsgate=", "; Path=/; HttpOnly; SameSite=Strict; Secure\r\n", page.cookie,
        sizeof(page.cookie));
    raw_close(&raw);
    snprintf(headers, sizeof(headers), "Cookie: opsgate=%s\r\n", page.cookie);
    expect_answer("GET /asked", headers, NULL, "HTTP/1.1 200", "nobody");
}

/* ---- a provider ---- */

/* It takes the connection, and never answers. */
static int mute_provider(char *ret_url, size_t room)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 100), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    snprintf(ret_url, room, "http://127.0.0.1:%d", ntohs(at.sin_port));
    return fd;
}

static struct raw begin_sign_in(void)
{
    struct raw raw = raw_connect(http_in_port(page.in));

    assert_true(raw_puts(&raw, world.loop, "GET /sign-in/start HTTP/1.1\r\nHost: a\r\n\r\n"));
    return raw;
}

static void too_many_who_sign_in_at_once_are_told_so_and_an_end_lets_all_go(void **state)
{
    char url[64];
    int fd = mute_provider(url, sizeof(url));
    const struct oidc_settings oidc = { .issuer = url, .client_id = "c", .client_secret = "s" };
    struct raw waiting[ERRANDS_MAX];

    (void)state;
    world.settings.dashboard.oidc = &oidc;
    for (size_t i = 0; i < ARRAY_LEN(waiting); i++)
        waiting[i] = begin_sign_in();
    while (!dashboard_keeps_settings(page.dashboard) || http_in_counts(page.in).requests < ARRAY_LEN(waiting))
        raw_turn(world.loop, -1, 0);
    expect_answer("GET /sign-in/start", "", NULL, "HTTP/1.1 503", "Too many sign in at once");
    for (size_t i = 0; i < ARRAY_LEN(waiting); i++)
        raw_close(&waiting[i]);
    close(fd);
}

static void wait_readable(int fd)
{
    struct pollfd comes = { .fd = fd, .events = POLLIN };

    while (poll(&comes, 1, 0) == 0)
        raw_turn(world.loop, -1, 0);
}

/* Its one answer, by hand: where people sign in. */
static void answer_discovery(int listening, const char *url)
{
    AUTO_BUF struct buf body = BUF(1024), text = BUF(2048);
    char bytes[4096];
    int fd;

    wait_readable(listening);
    fd = accept(listening, NULL, NULL);
    wait_readable(fd);
    assert_true(read(fd, bytes, sizeof(bytes)) > 0);
    buf_addf(&body,
             "{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/a\",\"token_endpoint\":\"%s/t\",\"jwks_uri\":\"%s/k\"}",
             url, url, url, url);
    buf_addf(&text, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s", body.len, buf_text(&body));
    assert_int_equal(write(fd, buf_text(&text), text.len), (int)text.len);
    close(fd);
}

static void an_answer_of_before_a_reload_sends_nobody_to_another_provider(void **state)
{
    char url[64];
    int fd = mute_provider(url, sizeof(url));
    const struct oidc_settings oidc = { .issuer = url, .client_id = "c", .client_secret = "s" };
    struct oidc_settings other = { .issuer = "http://127.0.0.1:1", .client_id = "other", .client_secret = "s" };
    struct settings later;
    struct raw raw;

    (void)state;
    world.settings.dashboard.oidc = &oidc;
    raw = begin_sign_in();
    answer_discovery(fd, url);
    assert_true(raw_expect(&raw, world.loop, "/a?response_type=code")); /* else this proves nothing below */
    raw_close(&raw);
    dashboard_reconfigure(page.dashboard, &world.settings); /* what was known is forgotten */
    raw = begin_sign_in();
    while (!dashboard_keeps_settings(page.dashboard))
        raw_turn(world.loop, -1, 0);
    later = world.settings;
    later.dashboard.oidc = &other;
    dashboard_reconfigure(page.dashboard, &later);
    answer_discovery(fd, url);
    assert_true(raw_expect(&raw, world.loop, "Location: /?refused=provider\r\n"));
    raw_close(&raw);
    expect_answer("GET /sign-in/start", "", NULL, "HTTP/1.1 303", "Location: /?refused=provider\r\n");
    close(fd);
}

static const struct back_row {
    const char *name, *line, *headers, *word;
} back_rows[] = {
    { "without the cookie", "GET /sign-in/callback?code=a&state=b", "", "state" },
    { "with another one's", "GET /sign-in/callback?code=a&state=b",
      "Cookie: opsgate-sign-in=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n", "state" },
    { "with one that is none", "GET /sign-in/callback?code=a&state=b", "Cookie: opsgate-sign-in=short\r\n", "state" },
    { "without a word", "GET /sign-in/callback",
      "Cookie: opsgate-sign-in=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n", "state" },
    { "with what no address has", "GET /sign-in/callback?state=%00", "", "state" },
};

static void check_back(void **state)
{
    static const struct oidc_settings oidc = { .issuer = "http://127.0.0.1:1", .client_id = "c", .client_secret = "s" };
    const struct back_row *row = *state;
    char location[64];

    enter_page(state);
    world.settings.dashboard.oidc = &oidc;
    snprintf(location, sizeof(location), "Location: /?refused=%s\r\n", row->word);
    expect_answer(row->line, row->headers, NULL, "HTTP/1.1 303", location);
    leave_page(state);
}

static void without_a_provider_there_is_no_way_there(void **state)
{
    (void)state;
    expect_answer("GET /sign-in/start", "", NULL, "HTTP/1.1 404", "dashboard.oidc");
    expect_answer("GET /sign-in/callback?code=a&state=b", "", NULL, "HTTP/1.1 404", "dashboard.oidc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_file_is_served_with_what_keeps_it_safe, enter_page, leave_page),
        cmocka_unit_test(no_file_has_a_script_or_a_style_within),
        cmocka_unit_test_setup_teardown(what_has_not_changed_is_not_sent_again, enter_page, leave_page),
        cmocka_unit_test_setup_teardown(a_page_that_is_switched_off_is_not_there, enter_page, leave_page),
        cmocka_unit_test_setup_teardown(whom_a_reload_switches_off_is_out_for_good, enter_page, leave_page),
        cmocka_unit_test_setup_teardown(a_link_is_for_the_host_alone_and_lets_in_once, enter_page, leave_page),
        cmocka_unit_test_setup_teardown(too_many_who_sign_in_at_once_are_told_so_and_an_end_lets_all_go, enter_page,
                                        leave_page),
        cmocka_unit_test_setup_teardown(an_answer_of_before_a_reload_sends_nobody_to_another_provider, enter_page,
                                        leave_page),
        cmocka_unit_test_setup_teardown(without_a_provider_there_is_no_way_there, enter_page, leave_page),
        cmocka_unit_test_setup_teardown(behind_tls_only_its_own_address_and_a_secure_cookie, enter_page, leave_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) + ROWS(ticket_rows, check_ticket) + ROWS(asked_rows, check_asked) +
           ROWS(back_rows, check_back);
}
