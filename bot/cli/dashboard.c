/* dashboard.c - `opsgate dashboard`: a link that lets whoever asks on this host into the page, once. */
#include "bot/dashboard/dashboard.h"
#include "bot/cli/cli.h"
#include "bot/cli/local_socket.h"

#include <stdio.h>

struct wanted {
    const struct cli *cli;
    int code;
};

static void print_link(const struct wanted *wanted, const cJSON *json)
{
    if (wanted->cli->is_json) {
        AUTO_FREE char *text = json_print(json);

        printf("%s\n", text);
        return;
    }
    printf("%s\n", json_find_string(json, "link")); /* alone: $(opsgate dashboard) is a link */
    fprintf(stderr, "It lets you in as local:%s, once, within %s: do not share it.\n", json_find_string(json, "user"),
            json_find_string(json, "good_for"));
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct wanted *wanted = arg;
    struct error ignored;
    const cJSON *json = json_parse_in(arena, answer->body, &ignored);
    const char *detail = json_find_string(json, "detail");

    if (answer->status == 200 && json_find_string(json, "link")) {
        print_link(wanted, json);
        wanted->code = CLI_OK;
        return;
    }
    cli_complain("no link: %s", answer->status == 0 ? answer->failure : detail ? detail : "refused");
    wanted->code = answer->status == 404 ? CLI_NO : CLI_UNREACHABLE;
}

int cli_dashboard(const struct cli *cli)
{
    AUTO(configuration) struct configuration *configuration = cli_configuration_to_reach(cli);
    struct wanted wanted = { cli, CLI_UNREACHABLE };
    struct error err;
    const char *socket_path;

    if (!configuration)
        return CLI_USAGE;
    socket_path = settings_local_socket(&configuration->settings, configuration->arena);
    if (!local_socket_ask(socket_path, DASHBOARD_LINK_PATH, (struct str){ .len = 0 }, on_answer, &wanted, &err))
        return cli_fail(&err);
    return wanted.code;
}
