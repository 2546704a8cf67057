/* The page in a real browser: what it shows, and that it works by keyboard. Pictures go to $SANDBOX_PICTURES if that is
 * set. */
#include "browser.h"
#include "process.h"
#include "receiver.h"

#include "form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WIDE ((struct browser_view){ .width = 1440, .height = 900 })
#define DARK ((struct browser_view){ .width = 1440, .height = 900, .dark = true })
#define NARROW ((struct browser_view){ .width = 420, .height = 760 })
#define ANSWER "{\"response_type\":\"ephemeral\",\"text\":\"*accepted* as `D1`, see <#C0DEPLOYS>\"}"
#define HAS(selector, text)                                                                                            \
    "[...document.querySelectorAll('" selector "')].some(node => node.textContent.includes('" text "'))"
#define VALUE "document.getElementById('composer').value"
#define SKIPPED 77 /* what CTest reads as skipped */

static const char *program;
static struct sandbox sandbox;
static struct receiver *opsgate;
static struct browser *browser;

static int start(void **state)
{
    (void)state;
    opsgate = receiver_create(ANSWER);
    sandbox_start(&sandbox, program, receiver_url(opsgate));
    browser = browser_start();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    browser_stop(browser);
    receiver_destroy(opsgate);
    return sandbox_stop(&sandbox);
}

static int fresh(void **state)
{
    (void)state;
    cJSON_Delete(sandbox_post(&sandbox, "reset", "{}"));
    return 0;
}

static void look(const char *channel, struct browser_view view)
{
    AUTO_FREE char *url = text_format("%s/#%s", sandbox.url, channel);

    browser_open(browser, url, &view);
    assert_true(browser_until(browser, "document.querySelectorAll('.service').length === 2"));
}

static void keep_picture(const char *name)
{
    const char *folder = getenv("SANDBOX_PICTURES");
    AUTO_FREE char *path = text_format("%s/%s.png", folder ? folder : "", name);

    if (folder)
        browser_save_picture(browser, path);
}

static void bot_posts(const char *body)
{
    AUTO_ANSWER struct answer answer;

    sandbox_ask(&sandbox,
                &(struct ask){ .method = "POST",
                               .path = "/slack/api/chat.postMessage",
                               .type = "application/json; charset=utf-8",
                               .authorization = "Bearer xoxb-sandbox",
                               .body = body },
                &answer);
    assert_true(tree_true(answer.json, "ok"));
}

static void a_command_is_typed_completed_sent_and_answered(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    browser_type(browser, "/de");
    assert_true(browser_until(browser, HAS("#suggestions li[aria-selected=true]", "[service] [environment]")));
    keep_picture("suggestions");
    browser_key(browser, "Tab");
    assert_true(browser_until(browser, VALUE " === '/deploy '"));
    browser_type(browser, "staging");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, HAS(".whisper", "You used /deploy staging")));
    assert_true(browser_until(browser, HAS(".whisper strong", "accepted")));
    keep_picture("answered");
    AUTO_JSON cJSON *form = form_decode(str_of(receiver_last(opsgate).body));
    assert_true(tree_has_text(form, "command", "/deploy"));
    assert_true(tree_has_text(form, "text", "staging"));
    assert_true(tree_has_text(form, "user_id", "U012AB3CD"));
}

static void what_one_person_is_told_another_does_not_see(void **state)
{
    (void)state;
    cJSON_Delete(
        sandbox_post(&sandbox, "slack/command", "{\"user\":\"bob\",\"channel\":\"#general\",\"command\":\"/status\"}"));
    look("C0GENERAL", WIDE);
    assert_true(browser_until(browser, "document.querySelectorAll('.whisper').length === 0"));
    free(browser_eval(browser, "{ const user = document.getElementById('user'); user.value = 'U0456EFGH'; "
                               "user.dispatchEvent(new Event('change')); }"));
    assert_true(browser_until(browser, HAS(".whisper", "You used /status")));
    free(browser_eval(browser, "localStorage.clear()"));
}

static void the_up_arrow_recalls_what_was_typed(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    browser_type(browser, "/ops help");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, VALUE " === ''"));
    browser_key(browser, "ArrowUp");
    assert_true(browser_until(browser, VALUE " === '/ops help'"));
}

static void arrow_keys_walk_through_the_channels(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    free(browser_eval(browser, "document.querySelector('nav [aria-current]').focus()"));
    browser_key(browser, "ArrowDown");
    assert_true(browser_until(browser, "document.activeElement.textContent.includes('deployments') && "
                                       "document.activeElement.hasAttribute('aria-current')"));
    browser_key(browser, "ArrowUp");
    browser_key(browser, "ArrowUp");
    assert_true(browser_until(browser, "document.activeElement.textContent.includes('oncall-alerts')"));
}

static void a_card_is_shown_and_its_button_reaches_opsgate(void **state)
{
    (void)state;
    look("C0DEPLOYS", DARK);
    bot_posts("{\"channel\":\"C0DEPLOYS\",\"text\":\"x\",\"blocks\":[{\"type\":\"header\",\"text\":{\"type\":\"plain_"
              "text\",\"text\":\"Deploy api\"}},"
              "{\"type\":\"section\",\"fields\":[{\"type\":\"mrkdwn\",\"text\":\"*By*\\n<@U012AB3CD>\"}]},{\"type\":"
              "\"divider\"},"
              "{\"type\":\"context\",\"elements\":[{\"type\":\"mrkdwn\",\"text\":\":white_check_mark: op `D1`\"}]},"
              "{\"type\":\"actions\",\"elements\":[{\"type\":\"button\",\"action_id\":\"op.abort\",\"value\":\"v1\","
              "\"text\":{\"type\":\"plain_text\",\"text\":\"Abort\"}}]}]}");
    assert_true(browser_until(browser, HAS(".block-header", "Deploy api")));
    assert_true(browser_until(browser, HAS(".fields .mention", "@ann")));
    assert_true(browser_until(browser, "document.querySelector('.block-context svg')"));
    keep_picture("card-dark");
    free(browser_eval(browser, "document.querySelector('[data-action=\"op.abort\"]').focus()"));
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, "fetch('_sandbox/state').then(answer => answer.json()).then(state => "
                                       "window.sent = state.slack.deliveries.length) && window.sent === 1"));
    AUTO_JSON cJSON *form = form_decode(str_of(receiver_last(opsgate).body));
    assert_non_null(strstr(tree_text(form, "payload"), "\"type\":\"block_actions\""));
}

static void text_from_outside_never_becomes_html(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    bot_posts("{\"channel\":\"C0GENERAL\",\"text\":\"<b>bold</b> &lt;img src=x onerror=alert(1)&gt; "
              "<javascript:alert(1)|here>\"}");
    assert_true(browser_until(browser, HAS(".message .text", "<img src=x onerror=alert(1)>")));
    assert_true(browser_until(browser, "document.querySelectorAll('.text img, .text b, .text a').length === 0"));
}

static void a_change_on_cloud_run_is_seen_live(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    cJSON_Delete(sandbox_post(
        &sandbox, "world",
        "{\"foreign\":{\"service\":\"api-service\",\"mask\":\"template,traffic\",\"body\":{\"template\":"
        "{\"revision\":\"api-service-next\",\"containers\":[{\"image\":\"us-docker.pkg.dev/acme/images/"
        "api:v1.4.2\"}]},\"traffic\":["
        "{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"api-service-00001-kzt\",\"percent\":75},"
        "{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"api-service-next\",\"percent\":25,"
        "\"tag\":\"canary\"}]}}}"));
    assert_true(browser_until(browser, HAS(".service .state.busy", "changing")));
    assert_true(browser_until(browser, HAS(".service .tag", "canary") " && " HAS(".service .percent", "25 %")));
    keep_picture("canary");
}

static void nothing_is_fetched_from_elsewhere(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    assert_true(browser_until(
        browser,
        "performance.getEntriesByType('resource').every(entry => entry.name.startsWith(location.origin + '/'))"));
}

static void on_a_narrow_screen_the_cloud_opens_and_closes(void **state)
{
    (void)state;
    look("C0GENERAL", NARROW);
    assert_true(browser_until(browser, "getComputedStyle(document.getElementById('cloud')).visibility === 'hidden'"));
    keep_picture("narrow");
    free(browser_eval(browser, "document.getElementById('cloud-toggle').focus()"));
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, "getComputedStyle(document.getElementById('cloud')).visibility === 'visible'"));
    browser_key(browser, "Escape");
    assert_true(browser_until(browser, "getComputedStyle(document.getElementById('cloud')).visibility === 'hidden' && "
                                       "document.activeElement.id === 'cloud-toggle'"));
}

/* WCAG's ratio for every pair of colours that carries text; answers those below 4.5. */
/* clang-format off */
static const char weak_contrasts[] =
    "(() => {"
    "  const probe = document.body.appendChild(document.createElement('i'));"
    "  const linear = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;"
    "  const light = name => {"
    "    probe.style.color = `var(${name})`;"
    "    const [r, g, b] = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(c => linear(Number(c)));"
    "    return 0.2126 * r + 0.7152 * g + 0.0722 * b;"
    "  };"
    "  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);"
    "  const pairs = { '--bg': ['text', 'dim', 'link'], '--panel': ['dim'], '--chip': ['dim'], '--whisper': ['dim', 'text'],"
    "    '--card': ['dim', 'link', 'good', 'bad', 'busy'], '--code-bg': ['code'], '--mention': ['mention-text'],"
    "    '--side': ['side-dim'], '--side-on': ['side-text'], '--accent': ['accent-text'] };"
    "  const weak = Object.entries(pairs).flatMap(([under, over]) => over.map(name => [`--${name}`, under]))"
    "    .filter(([a, b]) => ratio(a, b) < 4.5).map(([a, b]) => `${a} on ${b}: ${ratio(a, b).toFixed(2)}`);"
    "  probe.remove();"
    "  return weak.join(', ');"
    "})()";
/* clang-format on */

static void text_is_readable_in_light_and_dark(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    AUTO_FREE char *light = browser_eval(browser, weak_contrasts);
    assert_string_equal(light, "\"\"");
    look("C0GENERAL", DARK);
    AUTO_FREE char *dark = browser_eval(browser, weak_contrasts);
    assert_string_equal(dark, "\"\"");
}

#define PAGE(test) cmocka_unit_test_setup(test, fresh)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PAGE(a_command_is_typed_completed_sent_and_answered),
        PAGE(what_one_person_is_told_another_does_not_see),
        PAGE(the_up_arrow_recalls_what_was_typed),
        PAGE(arrow_keys_walk_through_the_channels),
        PAGE(a_card_is_shown_and_its_button_reaches_opsgate),
        PAGE(text_from_outside_never_becomes_html),
        PAGE(a_change_on_cloud_run_is_seen_live),
        PAGE(nothing_is_fetched_from_elsewhere),
        PAGE(on_a_narrow_screen_the_cloud_opens_and_closes),
        PAGE(text_is_readable_in_light_and_dark),
    };

    program = argc > 1 ? argv[1] : "opsgate-sandbox";
    if (!browser_is_installed()) {
        puts("skipped: chromium is not installed");
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, start, stop);
}
