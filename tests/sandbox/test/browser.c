#include "browser.h"

#include "tree.h"

#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "/usr/bin/chromium"
#define MESSAGE_MAX_BYTES (32 << 20)
#define TO_BROWSER_FD 3 /* fixed by --remote-debugging-pipe */
#define FROM_BROWSER_FD 4

struct browser {
    int pid;
    FILE *to, *from;
    char profile[32];
    char *session;
    int64_t last_id;
};

static _Noreturn void die(const char *what, const char *detail)
{
    fprintf(stderr, "browser: %s: %s\n", what, detail);
    exit(1);
}

bool browser_is_installed(void)
{
    return access(PROGRAM, X_OK) == 0;
}

static _Noreturn void become_chromium(const char *profile, int in, int out)
{
    AUTO_FREE char *profile_option = text_format("--user-data-dir=%s", profile);
    int high_in = dup(in), high_out = dup(out); /* away from 3 and 4 first */
    FILE *silence = freopen("/dev/null", "w", stderr);

    dup2(high_in, TO_BROWSER_FD);
    dup2(high_out, FROM_BROWSER_FD);
    execl(PROGRAM, PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
          "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
          profile_option, "about:blank", (char *)NULL);
    _exit(silence ? 127 : 126);
}

/* One message ends with a NUL byte. */
static cJSON *read_message(struct browser *browser)
{
    AUTO_BUF struct buf text = BUF(MESSAGE_MAX_BYTES);
    cJSON *message = NULL;
    int byte = 0;

    while ((byte = fgetc(browser->from)) > 0)
        buf_putc(&text, (char)byte);
    if (byte == EOF)
        die("it ended", buf_text(&text));
    message = cJSON_Parse(buf_text(&text)); /* deeper than our own documents may be */
    if (!message)
        die("not JSON", buf_text(&text));
    return message;
}

/* Takes params over; events that come meanwhile are dropped. The whole answer is the caller's. */
static cJSON *call(struct browser *browser, const char *method, cJSON *params)
{
    AUTO_JSON cJSON *request = json_object();
    int64_t id = ++browser->last_id;

    json_set_int(request, "id", id);
    json_set_string(request, "method", method);
    json_set_string(request, "sessionId", browser->session);
    json_set(request, "params", params);
    AUTO_FREE char *text = json_print(request);
    if (fwrite(text, strlen(text) + 1, 1, browser->to) != 1 || fflush(browser->to) != 0)
        die(method, "cannot write");
    for (;;) {
        AUTO_JSON cJSON *message = read_message(browser);

        if (tree_int(message, "id", 0) != id)
            continue;
        if (tree_get(message, "error"))
            die(method, tree_text_or(tree_get(message, "error"), "message", ""));
        return TAKE(message);
    }
}

static void attach(struct browser *browser)
{
    cJSON *params = json_object();

    json_set_string(params, "url", "about:blank");
    AUTO_JSON cJSON *target = call(browser, "Target.createTarget", params);

    params = json_object();
    json_set_string(params, "targetId", tree_text(tree_get(target, "result"), "targetId"));
    json_set_bool(params, "flatten", true);
    AUTO_JSON cJSON *attached = call(browser, "Target.attachToTarget", params);

    browser->session = xstrdup(tree_text(tree_get(attached, "result"), "sessionId"));
}

struct browser *browser_start(void)
{
    struct browser *browser = xcalloc(1, sizeof *browser);
    int to[2], from[2];

    (void)snprintf(browser->profile, sizeof browser->profile, "/tmp/sandbox-page-XXXXXX");
    if (!mkdtemp(browser->profile) || pipe(to) != 0 || pipe(from) != 0)
        die("cannot prepare", browser->profile);
    signal(SIGPIPE, SIG_IGN);
    browser->pid = fork();
    if (browser->pid == 0)
        become_chromium(browser->profile, to[0], from[1]);
    close(to[0]);
    close(from[1]);
    browser->to = fdopen(to[1], "w");
    browser->from = fdopen(from[0], "r");
    if (browser->pid < 0 || !browser->to || !browser->from)
        die("cannot start", PROGRAM);
    attach(browser);
    return browser;
}

static void remove_profile(const char *profile)
{
    int pid = fork();

    if (pid == 0) {
        execl("/bin/rm", "rm", "-rf", profile, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

void browser_stop(struct browser *browser)
{
    if (!browser)
        return;
    fclose(browser->to); /* Chromium ends when its pipe does */
    fclose(browser->from);
    kill(browser->pid, SIGTERM);
    waitpid(browser->pid, NULL, 0);
    remove_profile(browser->profile);
    free(browser->session);
    free(browser);
}

static void set_view(struct browser *browser, const struct browser_view *view)
{
    cJSON *size = json_object(), *media = json_object();
    cJSON *feature = json_add(json_set(media, "features", json_array()), json_object());

    json_set_int(size, "width", view->width);
    json_set_int(size, "height", view->height);
    json_set_int(size, "deviceScaleFactor", 1);
    json_set_bool(size, "mobile", false);
    cJSON_Delete(call(browser, "Emulation.setDeviceMetricsOverride", size));
    json_set_string(feature, "name", "prefers-color-scheme");
    json_set_string(feature, "value", view->dark ? "dark" : "light");
    cJSON_Delete(call(browser, "Emulation.setEmulatedMedia", media));
}

void browser_open(struct browser *browser, const char *url, const struct browser_view *view)
{
    cJSON *blank = json_object(), *params = json_object();

    set_view(browser, view);
    json_set_string(blank, "url", "about:blank"); /* so that a change of the fragment loads anew */
    cJSON_Delete(call(browser, "Page.navigate", blank));
    json_set_string(params, "url", url);
    cJSON_Delete(call(browser, "Page.navigate", params));
    if (!browser_until(browser, "location.href !== 'about:blank' && document.readyState === 'complete'"))
        die("did not load", url);
}

char *browser_eval(struct browser *browser, const char *script)
{
    cJSON *params = json_object();

    json_set_string(params, "expression", script);
    json_set_bool(params, "returnByValue", true);
    json_set_bool(params, "awaitPromise", true);
    AUTO_JSON cJSON *answer = call(browser, "Runtime.evaluate", params);
    const cJSON *result = tree_get(answer, "result"), *value = tree_get(tree_get(result, "result"), "value");

    if (tree_get(result, "exceptionDetails"))
        die(script, tree_text_or(tree_get(tree_get(result, "exceptionDetails"), "exception"), "description", "threw"));
    return value ? json_print(value) : xstrdup("null");
}

bool browser_until(struct browser *browser, const char *condition)
{
    AUTO_FREE char *script =
        text_format("new Promise(done => { const end = performance.now() + 60000; const look = () => { let good = false;"
                    " try { good = !!(%s); } catch {} if (good || performance.now() > end) done(good); else "
                    "setTimeout(look, 20); }; look(); })",
                    condition);
    AUTO_FREE char *value = browser_eval(browser, script);

    return strcmp(value, "true") == 0;
}

struct key {
    const char *name, *key, *text; /* `key` is what the page is told where that is not the name */
    int code;
};

static void send_key(struct browser *browser, const char *type, const struct key *key, const char *text)
{
    cJSON *params = json_object();

    json_set_string(params, "type", type);
    json_set_string(params, "key", key->key ? key->key : key->name);
    json_set_string(params, "text", text);
    if (key->code) {
        json_set_string(params, "code", key->name);
        json_set_int(params, "windowsVirtualKeyCode", key->code);
    }
    cJSON_Delete(call(browser, "Input.dispatchKeyEvent", params));
}

void browser_type(struct browser *browser, const char *text)
{
    for (; *text; text++) {
        char letter[2] = { *text, '\0' };
        struct key key = { .name = letter };

        send_key(browser, "keyDown", &key, letter);
        send_key(browser, "keyUp", &key, NULL);
    }
}

void browser_key(struct browser *browser, const char *key)
{
    static const struct key keys[] = {
        { "Enter", NULL, "\r", 13 },     { "Space", " ", " ", 32 },        { "Tab", NULL, NULL, 9 },
        { "Escape", NULL, NULL, 27 },    { "ArrowUp", NULL, NULL, 38 },    { "ArrowDown", NULL, NULL, 40 },
        { "ArrowLeft", NULL, NULL, 37 }, { "ArrowRight", NULL, NULL, 39 },
    };

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (strcmp(key, keys[i].name) != 0)
            continue;
        send_key(browser, "keyDown", &keys[i], keys[i].text);
        send_key(browser, "keyUp", &keys[i], NULL);
        return;
    }
    die("no such key", key);
}

void browser_save_picture(struct browser *browser, const char *path)
{
    AUTO_JSON cJSON *answer = call(browser, "Page.captureScreenshot", json_object());
    const char *coded = tree_text_or(tree_get(answer, "result"), "data", "");
    AUTO_FREE unsigned char *bytes = xcalloc(strlen(coded) + 4, 1);
    int len = EVP_DecodeBlock(bytes, (const unsigned char *)coded, (int)strlen(coded));
    FILE *file = fopen(path, "we");

    if (len <= 0 || !file || fwrite(bytes, (size_t)len, 1, file) != 1)
        die("cannot save", path);
    fclose(file);
}
