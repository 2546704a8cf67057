#include "process.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MAX_BYTES (8 << 20)
#define PATIENCE_MS 300000L /* a key of its own takes a busy sandbox more than a minute */

static _Noreturn void die(const char *what, const char *detail)
{
    fprintf(stderr, "%s: %s\n", what, detail);
    exit(1);
}

static void read_address(struct sandbox *sandbox, int fd)
{
    FILE *out = fdopen(fd, "r");
    char line[128] = "";
    const char *at = NULL;

    if (!out || !fgets(line, sizeof line, out) || !(at = strstr(line, "http://")))
        die("the sandbox did not become ready", line);
    (void)snprintf(sandbox->url, sizeof sandbox->url, "http://%.*s", (int)strcspn(at + 7, "/\n"), at + 7);
    fclose(out);
}

void sandbox_start(struct sandbox *sandbox, const char *program, const char *opsgate_url)
{
    int ends[2];

    if (pipe(ends) != 0)
        die("pipe", program);
    sandbox->pid = fork();
    if (sandbox->pid < 0)
        die("fork", program);
    if (sandbox->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nothing behind */
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(program, program, "--listen", "127.0.0.1:0", "--quiet", "--opsgate", opsgate_url, "--signing-secret",
              "shh", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    read_address(sandbox, ends[0]);
}

int sandbox_stop(struct sandbox *sandbox)
{
    int status = 0;

    kill(sandbox->pid, SIGTERM);
    if (waitpid(sandbox->pid, &status, 0) != sandbox->pid)
        die("waitpid", sandbox->url);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
    struct buf *buf = arg;

    buf_add(buf, bytes, size * count);
    return size * count;
}

static struct curl_slist *add_header(struct curl_slist *headers, const char *name, const char *value)
{
    AUTO_FREE char *line = text_format("%s: %s", name, value);

    return curl_slist_append(headers, line);
}

static struct curl_slist *headers_of(const struct ask *ask)
{
    struct curl_slist *headers = add_header(NULL, "Expect", "");

    headers = ask->type ? add_header(headers, "Content-Type", ask->type) : curl_slist_append(headers, "Content-Type:");
    if (ask->authorization)
        headers = add_header(headers, "Authorization", ask->authorization);
    for (struct str rest = str_of(ask->header); !str_is_empty(rest);) {
        AUTO_FREE char *line = str_copy(str_take_until(&rest, '\n'));
        headers = curl_slist_append(headers, line);
    }
    return headers;
}

void sandbox_ask(const struct sandbox *sandbox, const struct ask *ask, struct answer *answer)
{
    AUTO_BUF struct buf body = BUF(ANSWER_MAX_BYTES), head = BUF(ANSWER_MAX_BYTES);
    AUTO_FREE char *url = text_format("%s%s", sandbox->url, ask->path);
    struct curl_slist *headers = headers_of(ask);
    CURL *curl = curl_easy_init();
    long status = 0;
    struct error err;

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, PATIENCE_MS);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (ask->body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, ask->body);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, ask->method);
    curl_easy_setopt(curl, CURLOPT_NOBODY, strcmp(ask->method, "HEAD") == 0 ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &head);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    *answer = (struct answer){ .status = (int)status, .body = buf_take(&body), .headers = buf_take(&head) };
    if (!json_parse(str_of(answer->body), &answer->json, &err))
        answer->json = NULL;
}

void answer_finish(struct answer *answer)
{
    free(answer->body);
    free(answer->headers);
    cJSON_Delete(answer->json);
    *answer = (struct answer){ 0 };
}

static cJSON *control(const struct sandbox *sandbox, const char *method, const char *path, const char *body)
{
    AUTO_FREE char *full = text_format("/_sandbox/%s", path);
    AUTO_ANSWER struct answer answer;

    sandbox_ask(sandbox, &(struct ask){ .method = method, .path = full, .type = "application/json", .body = body },
                &answer);
    if (answer.status != 200 || !answer.json)
        die(path, answer.body);
    return TAKE(answer.json);
}

cJSON *sandbox_get(const struct sandbox *sandbox, const char *path)
{
    return control(sandbox, "GET", path, NULL);
}

cJSON *sandbox_post(const struct sandbox *sandbox, const char *path, const char *body)
{
    return control(sandbox, "POST", path, body);
}

char *sandbox_token(const struct sandbox *sandbox)
{
    AUTO_ANSWER struct answer answer;

    sandbox_ask(sandbox,
                &(struct ask){ .method = "GET",
                               .header = "Metadata-Flavor: Google",
                               .path = "/metadata/computeMetadata/v1/instance/service-accounts/default/token" },
                &answer);
    if (answer.status != 200 || !strstr(answer.headers, "Metadata-Flavor: Google"))
        die("no token", answer.body);
    return text_format("Bearer %s", tree_text(answer.json, "access_token"));
}
