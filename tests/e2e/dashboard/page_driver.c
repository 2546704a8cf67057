/* page_driver.c - a headless browser for scripts: a line in is one thing to do, a line out what came of it.
 *
 *   view 1280x900 light        ok
 *   open URL                   ok, once it has loaded
 *   until EXPRESSION           true, as soon as it is; false when it never is
 *   eval EXPRESSION            its value as JSON
 *   file PATH                  likewise, of the expression in a file
 *   type TEXT, key NAME        ok
 *   picture PATH               ok
 *
 * Ends with its input, or by SIGTERM, and the browser with it. 77: there is no browser.
 */
#include "tests/sandbox/test/browser.h"

#include "bot/base/file.h"
#include "bot/base/mem.h"
#include "bot/base/str.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 65536
#define FILE_MAX_BYTES (1024 * 1024)
#define SKIPPED 77

struct driver {
    struct browser *browser;
    struct browser_view view;
};

static void answer(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
}

static void do_view(struct driver *driver, const char *rest)
{
    struct str size = str_of(rest), width = str_take_until(&size, 'x'), height = str_take_until(&size, ' ');
    int64_t wide = 1280, high = 900;
    struct error ignored;

    (void)parse_int(width, 1, 10000, &wide, &ignored);
    (void)parse_int(height, 1, 100000, &high, &ignored);
    driver->view = (struct browser_view){ .width = (int)wide, .height = (int)high, .dark = str_is(size, "dark") };
    answer("ok");
}

static void do_open(struct driver *driver, const char *rest)
{
    browser_open(driver->browser, rest, &driver->view);
    answer("ok");
}

static void do_until(struct driver *driver, const char *rest)
{
    answer(browser_until(driver->browser, rest) ? "true" : "false");
}

static void do_eval(struct driver *driver, const char *rest)
{
    AUTO_FREE char *value = browser_eval(driver->browser, rest);

    answer(value);
}

static void do_file(struct driver *driver, const char *rest)
{
    AUTO_FREE char *text = NULL;
    struct error err;

    if (file_read(rest, FILE_MAX_BYTES, &text, &err))
        do_eval(driver, text);
    else
        answer(err.message);
}

static void do_type(struct driver *driver, const char *rest)
{
    browser_type(driver->browser, rest);
    answer("ok");
}

static void do_key(struct driver *driver, const char *rest)
{
    browser_key(driver->browser, rest);
    answer("ok");
}

static void do_picture(struct driver *driver, const char *rest)
{
    browser_save_picture(driver->browser, rest);
    answer("ok");
}

static const struct {
    const char *name;
    void (*act)(struct driver *driver, const char *rest);
} rows[] = { { "view", do_view }, { "open", do_open }, { "until", do_until }, { "eval", do_eval },
             { "file", do_file }, { "type", do_type }, { "key", do_key },     { "picture", do_picture } };

static void act(struct driver *driver, char *line)
{
    char *rest = line + strcspn(line, " ");

    if (*rest)
        *rest++ = '\0';
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(line, rows[i].name) == 0) {
            rows[i].act(driver, rest);
            return;
        }
    answer("what is that?");
}

static void on_term(int number) /* it ends the read that waits: nothing begins that anew */
{
    (void)number;
}

int main(void)
{
    const struct sigaction term = { .sa_handler = on_term };
    struct driver driver = { .view = { .width = 1280, .height = 900 } };
    static char line[LINE_MAX_BYTES];

    if (!browser_is_installed())
        return SKIPPED;
    sigaction(SIGTERM, &term, NULL);
    driver.browser = browser_start();
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        act(&driver, line);
    }
    browser_stop(driver.browser);
    return 0;
}
