#include "bot/shell/redis_greeting.h"

typedef const struct redis_greeting_step step;

static bool write_auth(step *auth, const struct redis_options *options, struct redis_command *command)
{
    (void)auth;
    redis_command_text(command, "AUTH");
    if (options->address->user[0])
        redis_command_text(command, options->address->user);
    redis_command_text(command, options->address->password);
    return options->address->password[0] != '\0';
}

static bool write_select(step *select, const struct redis_options *options, struct redis_command *command)
{
    (void)select;
    redis_command_text(command, "SELECT");
    redis_command_int(command, options->address->db);
    return options->address->db != 0 && !options->is_bare;
}

static bool write_name(step *name, const struct redis_options *options, struct redis_command *command)
{
    (void)name;
    redis_command_words(command, "CLIENT SETNAME");
    redis_command_text(command, options->client_name);
    return options->client_name != NULL;
}

static bool write_id(step *id, const struct redis_options *options, struct redis_command *command)
{
    (void)id;
    redis_command_words(command, "CLIENT ID");
    return !options->channel;
}

/* Whoever names a server may be wrong for a while after a failover. */
static bool write_role(step *role, const struct redis_options *options, struct redis_command *command)
{
    (void)role;
    redis_command_text(command, "ROLE");
    return options->address->sentinels_count > 0;
}

static bool write_server(step *server, const struct redis_options *options, struct redis_command *command)
{
    (void)server;
    redis_command_words(command, "INFO server");
    return !options->is_bare;
}

static bool write_script(step *load, const struct redis_options *options, struct redis_command *command)
{
    redis_command_words(command, "SCRIPT LOAD");
    redis_command_text(command, scripts[load->script].text.at);
    return !options->channel && !options->is_bare;
}

const struct redis_greeting_step redis_greeting[REDIS_GREETING_STEPS] = {
    { .name = "AUTH", .write = write_auth },
    { .name = "SELECT", .write = write_select },
    { .name = "CLIENT SETNAME", .write = write_name, .is_optional = true },
    { .name = "CLIENT ID", .write = write_id, .is_optional = true, .gives_its_id = true },
    { .name = "ROLE", .write = write_role, .tells_role = true },
    { .name = "INFO", .write = write_server, .is_optional = true, .names_server = true },
    { .name = "loading accept.lua", .write = write_script, .script = SCRIPT_ACCEPT },
    { .name = "loading commit.lua", .write = write_script, .script = SCRIPT_COMMIT },
    { .name = "loading lease.lua", .write = write_script, .script = SCRIPT_LEASE },
    { .name = "loading adopt.lua", .write = write_script, .script = SCRIPT_ADOPT },
};
