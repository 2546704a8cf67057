/* run.c - `opsgate run VERB...`: the door when Slack is down, over the local socket. */
#include "bot/cli/cli.h"
#include "bot/cli/follow.h"
#include "bot/cli/help.h"
#include "bot/cli/local_socket.h"
#include "bot/cli/text.h"
#include "bot/cli/without_store.h"
#include "bot/doors/local.h"
#include "bot/model/card.h"

#include <stdio.h>
#include <string.h>

struct run {
    const struct cli *cli;
    const struct settings *settings; /* who people are */
    const char *socket_path;
    struct follow follow;
    char begun[24]; /* the operation that the answer names; "": none */
    int code;
};

/* The answer as it came, its texts as a terminal shows them: programs read dates and names as well. */
static void print_json(const struct run *run, const struct reply *reply, const cJSON *answer, struct arena *arena)
{
    AUTO_JSON cJSON *json = json_copy(answer);
    AUTO_FREE char *text = NULL;

    json_set_string(json, "text", cli_plain(run->settings, reply->text ? reply->text : "", arena));
    if (reply->lines_count > 0) {
        cJSON *lines = json_set(json, "lines", json_array());

        for (size_t i = 0; i < reply->lines_count; i++)
            json_add_string(lines, cli_plain(run->settings, reply->lines[i], arena));
    }
    text = json_print(json);
    printf("%s\n", text);
}

static int print_reply(struct run *run, struct str body)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct reply reply;
    struct error err;
    const cJSON *json = json_parse_in(arena, body, &err);

    if (!json || !shape_from_json(&reply_shape, json, arena, &reply, &err)) {
        cli_complain("the answer cannot be read: %s", err.message);
        return CLI_UNREACHABLE;
    }
    if (run->cli->is_json) {
        print_json(run, &reply, json, arena);
    } else {
        printf("%s\n", cli_plain(run->settings, reply.text, arena));
        for (size_t i = 0; i < reply.lines_count; i++)
            printf("%s\n", cli_plain(run->settings, reply.lines[i], arena));
        if (reply.operation && !run->cli->is_follow)
            printf("Here: opsgate ops show %s\n", reply.operation);
    }
    fflush(stdout);
    snprintf(run->begun, sizeof(run->begun), "%s", reply.operation ? reply.operation : "");
    return reply.is_misuse ? CLI_USAGE : reply.is_refusal ? CLI_NO : CLI_OK;
}

static int print_problem(const struct run *run, const struct http_answer *answer)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error ignored;
    const cJSON *json = json_parse_in(arena, answer->body, &ignored);
    const char *text = json_find_string(json, "text"), *said = text ? text : json_find_string(json, "detail");

    if (answer->status == 504)
        cli_complain("accepted, but not answered in time; `opsgate ops list` shows what happens");
    else
        cli_complain("%d: %s", answer->status, cli_plain(run->settings, said ? said : "refused", arena));
    if (answer->status == 429)
        return CLI_NO;
    return answer->status == 400 || answer->status == 413 ? CLI_USAGE : CLI_UNREACHABLE;
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct run *run = arg;

    if (answer->status == 200)
        run->code = print_reply(run, answer->body);
    else if (answer->status)
        run->code = print_problem(run, answer);
    else
        cli_complain("no answer at %s: %s", run->socket_path, answer->failure);
}

static char *make_body(const struct cli *cli)
{
    cJSON *json = json_object(), *words = json_set(json, "words", json_array());
    char *text;

    for (int i = 0; i < cli->words_count; i++)
        json_add_string(words, cli->words[i]);
    text = json_print(json);
    cJSON_Delete(json);
    return text;
}

static bool ask(struct run *run, struct error *err)
{
    AUTO_FREE char *body = make_body(run->cli);

    return local_socket_ask(run->socket_path, LOCAL_RUN_PATH, str_of(body), on_answer, run, err);
}

/* NULL: no help is asked for, or the general one, which depends on who asks. */
static const char *helped_verb(const struct cli *cli, struct arena *arena)
{
    struct request request = { .verb = cli->words[0],
                               .words = arena_alloc(arena, sizeof(cli->words)),
                               .words_count = (size_t)cli->words_count - 1 };

    memcpy(request.words, cli->words + 1, request.words_count * sizeof(request.words[0]));
    request_turn_to_help(&request, arena);
    return request.verb != cli->words[0] && request.words_count > 0 ? request.words[0] : NULL;
}

/* What was refused, or only answered, has no end to wait for. */
static int follow(struct run *run)
{
    if (!run->cli->is_follow || run->code != CLI_OK)
        return run->code;
    if (run->begun[0])
        return follow_operation(&run->follow, run->begun);
    cli_complain("that began nothing, so there is nothing to follow");
    return run->code;
}

static int ask_and_follow(struct run *run, const struct configuration *configuration)
{
    struct error err;
    int code = follow_begin(run->cli, configuration, &run->follow);

    if (code != CLI_OK)
        return code;
    code = ask(run, &err) ? follow(run) : cli_fail(&err);
    follow_finish(&run->follow);
    return code;
}

int cli_run(const struct cli *cli)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *helped = helped_verb(cli, arena);
    AUTO(configuration) struct configuration *configuration = NULL;
    struct run run = { .cli = cli, .code = CLI_UNREACHABLE };

    if (helped)
        return cli_help_run(helped);
    if (cli->is_without_store && (cli->is_follow || cli->timeout)) {
        cli_complain("--without-store ends when it is done: there is nothing to follow");
        return cli_usage(cli);
    }
    if (cli->is_without_store)
        return cli_without_store(cli);
    configuration = cli_configuration_to_reach(cli);
    if (!configuration)
        return CLI_USAGE;
    run.settings = &configuration->settings;
    run.socket_path = settings_local_socket(&configuration->settings, configuration->arena);
    return ask_and_follow(&run, configuration);
}
