/* browser.h - a headless Chromium for tests of the page, spoken to over the DevTools protocol on two pipes.
 *
 * What cannot work ends the test program with a sentence. Spec: https://chromedevtools.github.io/devtools-protocol/
 */
#ifndef SANDBOX_TEST_BROWSER_H
#define SANDBOX_TEST_BROWSER_H

#include <stdbool.h>

struct browser;

bool browser_is_installed(void);
struct browser *browser_start(void); /* with an empty profile of its own */
void browser_stop(struct browser *browser);

struct browser_view {
    int width, height;
    bool dark;
};

void browser_open(struct browser *browser, const char *url, const struct browser_view *view); /* until it has loaded */
char *browser_eval(struct browser *browser,
                   const char *script); /* its value as JSON, promises awaited; the caller frees */
bool browser_until(struct browser *browser, const char *condition); /* until the expression is true, at most 8 s */
void browser_type(struct browser *browser, const char *text);
void browser_key(struct browser *browser, const char *key); /* "Enter", "Space", "Tab", "Escape", "Arrow..." */
void browser_save_picture(struct browser *browser, const char *path); /* PNG */

#endif
