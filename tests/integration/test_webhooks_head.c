/* Who may send at all: from where, and whoever is not let in takes no room with a body; and what senders that lose what
 * is answered 4xx are told instead. */
#include "tests/integration/webhooks_fixture.h"

/* ---- from where ---- */

static void who_comes_from_elsewhere_is_as_good_as_forged(void **state)
{
    static const char *elsewhere[] = { "192.30.252.0/22", "2a0a:a440::/29" };
    struct github_settings narrow_github = github;
    struct pagerduty_settings narrow_pagerduty = pagerduty;
    struct raw raw;

    (void)state;
    narrow_github.allow_from = narrow_pagerduty.allow_from = elsewhere;
    narrow_github.allow_from_count = narrow_pagerduty.allow_from_count = ARRAY_LEN(elsewhere);
    world.settings.github = &narrow_github;
    world.settings.pagerduty = &narrow_pagerduty;
    raw = send_as(WEBHOOK_GITHUB, some[WEBHOOK_GITHUB]);
    expect(&raw, "HTTP/1.1 401 ", "allow_from");
    raw = send_as(WEBHOOK_PAGERDUTY, some[WEBHOOK_PAGERDUTY]);
    expect(&raw, "HTTP/1.1 503 ", "allow_from");
    assert_int_equal(world.items, 0);
}

/* Whoever asks writes one line, and the proxy another below it: only that one is true. */
static struct raw send_through_proxy(const char *first, const char *last)
{
    struct str body = some[WEBHOOK_GITHUB].body;
    struct raw raw = raw_connect(http_in_port(world.in));
    AUTO_BUF struct buf headers = BUF(4096);

    add_github(&headers, &some[WEBHOOK_GITHUB]);
    buf_addf(&headers, "X-Forwarded-For: %s\r\nX-Forwarded-For: %s\r\n", first, last);
    post(&raw, "/github/webhook", "application/json", buf_text(&headers), body);
    return raw;
}

static void a_trusted_proxy_says_who_it_was(void **state)
{
    static const char *hooks[] = { "192.30.252.0/22" }, *proxies[] = { "127.0.0.0/8" };
    struct github_settings narrow = github;
    struct raw raw;

    (void)state;
    narrow.allow_from = hooks;
    narrow.allow_from_count = 1;
    world.settings.github = &narrow;
    raw = send_through_proxy("203.0.113.9", "192.30.252.7");
    expect(&raw, "HTTP/1.1 401 ", "allow_from"); /* nobody is trusted */
    world.settings.trusted_proxies = proxies;
    world.settings.trusted_proxies_count = 1;
    raw = send_through_proxy("192.30.252.7", "203.0.113.9");
    expect(&raw, "HTTP/1.1 401 ", "allow_from");
    raw = send_through_proxy("203.0.113.9", "192.30.252.7");
    accept_it(&raw);
}

/* ---- by the head alone: whoever is not let in takes no room with a body ---- */

static struct raw announce(const char *path, const char *headers, long long bytes)
{
    struct raw raw = raw_connect(http_in_port(world.in));
    AUTO_BUF struct buf head = BUF(64 * 1024);

    buf_addf(&head, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n%sContent-Length: %lld\r\n\r\n",
             path, headers, bytes);
    assert_true(raw_send(&raw, world.loop, buf_str(&head)));
    return raw;
}

static void who_is_not_let_in_sends_no_body(void **state)
{
    struct raw raw;

    (void)state;
    raw = announce("/github/webhook", "", GITHUB_WEBHOOK_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 401 ", "does not say who");
    raw = announce("/pagerduty/webhook", "", PAGERDUTY_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 401 ", "does not say who");
    raw = announce("/alertmanager/webhook", "", ALERTMANAGER_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 401 ", "does not say who");
    raw = announce("/slack/events", "", SLACK_EVENT_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 401 ", "signature");
    assert_int_equal(ingress_counts(world.ingress).forged, 4);
    assert_int_equal(http_in_counts(world.in).body_bytes, 0);
}

static void what_is_not_configured_takes_no_body(void **state)
{
    struct raw raw;

    (void)state;
    world.settings.github = NULL;
    world.settings.pagerduty = NULL;
    raw = announce("/github/webhook", "X-Hub-Signature-256: sha256=00\r\n", GITHUB_WEBHOOK_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 404 ", "github.webhook_secrets");
    raw = announce("/pagerduty/webhook", "X-PagerDuty-Signature: v1=00\r\n", PAGERDUTY_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 503 ", "pagerduty.webhook_secrets");
}

static void who_comes_from_elsewhere_sends_no_body(void **state)
{
    static const char *elsewhere[] = { "192.30.252.0/22" };
    struct github_settings narrow = github;
    struct raw raw;

    (void)state;
    narrow.allow_from = elsewhere;
    narrow.allow_from_count = 1;
    world.settings.github = &narrow;
    raw = announce("/github/webhook", "X-Hub-Signature-256: sha256=00\r\n", GITHUB_WEBHOOK_BODY_MAX_BYTES);
    expect(&raw, "HTTP/1.1 401 ", "allow_from");
}

/* ---- senders that lose what is answered 4xx ---- */

static void what_would_be_lost_by_a_4xx_is_to_come_again(void **state)
{
    static const struct row {
        const char *path, *proof;
        long long too_many;
    } rows[] = {
        { "/pagerduty/webhook", "X-PagerDuty-Signature: v1=00\r\n", 4 * PAGERDUTY_BODY_MAX_BYTES + 1 },
        { "/alertmanager/webhook", "Authorization: Bearer x\r\n", 2 * ALERTMANAGER_BODY_MAX_BYTES + 1 },
    };
    AUTO_BUF struct buf headers = BUF(32 * 1024);
    struct raw raw;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        raw = announce(rows[i].path, rows[i].proof, rows[i].too_many);
        expect(&raw, "HTTP/1.1 503 ", "Retry-After: ");
        buf_clear(&headers);
        buf_addf(&headers, "%sX-Long: ", rows[i].proof);
        for (size_t n = 0; n < 17000; n++)
            buf_putc(&headers, 'x');
        buf_puts(&headers, "\r\n");
        raw = announce(rows[i].path, buf_text(&headers), 2);
        assert_true(raw_puts(&raw, world.loop, "{}"));
        expect(&raw, "HTTP/1.1 503 ", "Retry-After: ");
        assert_int_equal(ingress_counts(world.ingress).put_off, 2 * (i + 1));
        raw = announce(rows[i].path, "", rows[i].too_many);
        expect(&raw, "HTTP/1.1 401 ", "does not say who");
    }
    raw = announce("/github/webhook", "X-Hub-Signature-256: sha256=00\r\n", GITHUB_WEBHOOK_BODY_MAX_BYTES + 1);
    expect(&raw, "HTTP/1.1 413 ", "application/problem+json");
    assert_int_equal(ingress_counts(world.ingress).put_off, 2 * ARRAY_LEN(rows));
    assert_int_equal(world.items, 0);
}

static void what_is_large_and_forged_is_refused(void **state)
{
    AUTO_BUF struct buf body = BUF(MIB_BYTES);
    struct raw raw;

    (void)state;
    make_large("github-body-release-published.json", LARGE, &body);
    raw = send_as(WEBHOOK_GITHUB, (struct sending){ .proof = FORGED, .body = buf_str(&body) });
    expect(&raw, "HTTP/1.1 401 ", "signature");
    raw = send_as(WEBHOOK_PAGERDUTY, (struct sending){ .proof = FORGED, .body = buf_str(&body) });
    expect(&raw, "HTTP/1.1 503 ", "Retry-After: ");
    assert_int_equal(world.items, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(who_comes_from_elsewhere_is_as_good_as_forged),
        IN_A_WORLD(a_trusted_proxy_says_who_it_was),
        IN_A_WORLD(who_is_not_let_in_sends_no_body),
        IN_A_WORLD(what_is_not_configured_takes_no_body),
        IN_A_WORLD(who_comes_from_elsewhere_sends_no_body),
        IN_A_WORLD(what_would_be_lost_by_a_4xx_is_to_come_again),
        IN_A_WORLD(what_is_large_and_forged_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
