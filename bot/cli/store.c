/* store.c - `opsgate store`: a person says whose a Redis is. create: an empty one is to be ours. adopt: the one
 * that is there takes the place of the one that data_dir knows. confirm: it was looked at, and everything may go on. */
#include "bot/cli/cli.h"
#include "bot/cli/store_copy.h"
#include "bot/cli/store_url.h"
#include "bot/memory_file.h"

#include "bot/model/operation.h"
#include "bot/shell/clock.h"
#include "bot/shell/store_redis.h"
#include "handlers/watch/observed.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PLACE_WIDTH 28
#define OBSERVED_TRIES 40 /* a reading has ten seconds at most */
#define OBSERVED_AGAIN_MS 500

struct saying { /* one word of a person */
    const struct configuration *configuration;
    void (*say)(struct saying *saying); /* once it is known what the store guarantees */
    struct loop *loop;
    struct store_redis *store;
    struct store store_interface;
    struct store_birth birth; /* for an empty store */
    struct engine_memory memory;
    int tries;
    char by[64];
    int code;
};

static void end(struct saying *saying, int code)
{
    saying->code = code;
    loop_stop(saying->loop);
}

static void end_unreachable(struct saying *saying)
{
    struct error err;

    error_set(&err, ERR_UNAVAILABLE, "the store does not answer (%s)", store_redis_trouble(saying->store));
    end(saying, cli_store_fail(saying->configuration, &err));
}

/* ---- create ---- */

static void on_born(void *arg, enum store_status status, const char *birth)
{
    struct saying *saying = arg;

    if (status != STORE_OK) {
        end_unreachable(saying);
    } else if (strcmp(birth, saying->birth.text) != 0) {
        cli_complain("the store has a birth already: %s. Nothing was changed.", birth);
        end(saying, CLI_NO);
    } else {
        printf("The store is ours: birth %s\n", birth);
        end(saying, CLI_OK);
    }
}

static void say_create(struct saying *saying)
{
    store_redis_birth_create(saying->store, saying->birth.text, on_born, saying);
}

/* ---- adopt ---- */

static void on_adopted(void *arg, const struct adopt_answer *answer)
{
    struct saying *saying = arg;

    if (answer->status != STORE_OK) {
        end_unreachable(saying);
        return;
    }
    if (answer->result == ADOPT_JOINED) {
        printf(
            "There is nothing to adopt: birth %s was adopted before in place of birth %s, and is confirmed. `opsgate "
            "serve` joins it; nothing was changed.\n",
            answer->birth, saying->memory.birth);
        end(saying, CLI_OK);
        return;
    }
    if (answer->result == ADOPT_KNOWN) {
        printf("There is nothing to adopt: this is the store that data_dir knows, birth %s, and at seq %" PRId64
               " it has all that data_dir saw confirmed (seq %" PRId64
               "). `opsgate serve` joins it; nothing was changed.\n",
               answer->birth, answer->seq, saying->memory.seq);
        end(saying, CLI_OK);
        return;
    }
    printf(
        "The store is adopted%s: birth %s at seq %" PRId64 ", in place of birth %s at seq %" PRId64 ".\n"
        "opsgate only observes now. What it knows may be older than what serves: what serves is being read, look at it,\n"
        "    opsgate run status\n"
        "mend what has to be (`rollback`, `pause` and `abort` work), and then\n"
        "    opsgate store confirm\n",
        answer->result == ADOPT_BEFORE ? " already" : "", answer->birth, answer->seq, saying->memory.birth,
        saying->memory.seq);
    end(saying, CLI_OK);
}

static void say_adopt(struct saying *saying)
{
    store_redis_adopt(saying->store,
                      &(struct adopt_call){ .by = saying->by,
                                            .known_birth = saying->memory.birth,
                                            .known_seq = saying->memory.seq,
                                            .known_adoption = saying->memory.adoption,
                                            .known_operations = saying->memory.operations,
                                            .new_birth = saying->birth.text },
                      on_adopted, saying);
}

/* ---- confirm ---- */

static void on_confirmed(void *arg, const struct adopt_answer *answer)
{
    struct saying *saying = arg;

    if (answer->status != STORE_OK) {
        end_unreachable(saying);
    } else if (answer->result == ADOPT_NOTHING) {
        cli_complain("no adoption waits to be confirmed. Nothing was changed.");
        end(saying, CLI_NO);
    } else if (answer->result == ADOPT_UNSEEN) {
        cli_complain("nobody has observed the store since it was adopted: is `opsgate serve` running? "
                     "Nothing was changed.");
        end(saying, CLI_NO);
    } else {
        printf("The store is confirmed: everything goes on.\n");
        end(saying, CLI_OK);
    }
}

/* What each place serves was read as the store was adopted, and is read again every minute: who confirms sees it. */
static void print_place(const struct observed_place *place)
{
    printf("  %-*s %s\n", PLACE_WIDTH, place->target,
           place->differs   ? place->differs
           : place->problem ? place->problem
                            : "what serves is what the record says");
}

static void print_observed(const struct observed_watch *watch)
{
    printf("What serves, and the record:\n");
    for (size_t i = 0; i < watch->places_count; i++)
        print_place(&watch->places[i]);
    if (watch->not_asked)
        printf("  %" PRId64 " more cannot be asked: look for yourself\n", watch->not_asked);
}

static struct str find_field(const struct store_snapshot *snapshot, enum store_place place, const char *field)
{
    for (size_t i = 0; i < snapshot->places[place].count; i++)
        if (strcmp(snapshot->places[place].pairs[i].field, field) == 0)
            return snapshot->places[place].pairs[i].value;
    return str_of("");
}

static int64_t number_of_mark(const struct store_snapshot *snapshot, const char *field, struct arena *arena)
{
    struct str text = find_field(snapshot, STORE_META, field);
    struct error ignored;

    return str_is_empty(text) ? 0 : json_find_int(json_parse_in(arena, text, &ignored), "n", 0);
}

/* That of this adoption, once every place has been asked; NULL: not yet. */
static const struct observed_watch *find_observed(const struct store_snapshot *snapshot, int64_t adoption,
                                                  struct arena *arena)
{
    struct observed_watch *watch = ARENA_NEW(arena, struct observed_watch);
    struct error ignored;

    for (size_t i = 0; i < snapshot->places[STORE_OPERATIONS].count; i++) {
        const cJSON *record = json_parse_in(arena, snapshot->places[STORE_OPERATIONS].pairs[i].value, &ignored);
        const char *kind = json_find_string(record, "kind");

        if (kind && strcmp(kind, machine_observed_watch.kind) == 0 &&
            shape_from_json(&observed_watch_shape, json_find(record, "body"), arena, watch, &ignored) &&
            watch->adoption == adoption && watch->is_done)
            return watch;
    }
    return NULL;
}

static void say_confirm(void *arg);

static void on_loaded(void *arg, enum store_status status, const struct store_snapshot *snapshot)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct saying *saying = arg;
    const struct observed_watch *watch;
    int64_t adoption;

    if (status != STORE_OK) {
        end_unreachable(saying);
        return;
    }
    adoption = number_of_mark(snapshot, "adopted", arena);
    watch = find_observed(snapshot, adoption, arena);
    if (watch)
        print_observed(watch);
    if (!watch && adoption > number_of_mark(snapshot, "confirmed", arena) && ++saying->tries < OBSERVED_TRIES)
        loop_timer_start(saying->loop, OBSERVED_AGAIN_MS, say_confirm, saying);
    else
        store_redis_confirm(saying->store, saying->by, on_confirmed, saying);
}

static void say_confirm(void *arg)
{
    struct saying *saying = arg;

    saying->store_interface.load(saying->store_interface.ctx, on_loaded, saying);
}

static void say_confirm_first(struct saying *saying)
{
    saying->store_interface = store_redis_interface(saying->store);
    say_confirm(saying);
}

/* ---- what they share ---- */

/* Whoever is to rely on it hears first what it guarantees. */
static void on_probed(void *arg, const struct store_probe *probe)
{
    struct saying *saying = arg;

    if (probe->status != STORE_OK) {
        end_unreachable(saying);
        return;
    }
    if (probe->refusal[0]) {
        cli_complain("%s. Nothing was changed.", probe->refusal);
        end(saying, CLI_USAGE);
        return;
    }
    printf("Redis %s: %s\n", probe->version, probe->guarantee);
    if (probe->warning[0])
        cli_complain("warning: %s", probe->warning);
    saying->say(saying);
}

static bool say(struct saying *saying, struct error *err)
{
    const struct store_settings *settings = &saying->configuration->settings.store;
    const char *url = cli_store_url(saying->configuration, err);
    AUTO(loop) struct loop *loop = url ? loop_create(err) : NULL;
    struct resolve_options resolving = { .loop = loop };
    AUTO(resolve) struct resolve *resolve = loop ? resolve_create(&resolving) : NULL;
    struct store_redis_options options = { .loop = loop,
                                           .resolve = resolve,
                                           .url = url,
                                           .login = store_login(settings),
                                           .name = settings->name,
                                           .replicas = settings->replicas,
                                           .is_embedded = strcmp(settings->url, "embedded") == 0,
                                           .is_ephemeral_accepted = settings->ephemeral == EPHEMERAL_ACCEPTED };
    AUTO(store_redis) struct store_redis *store = loop ? store_redis_create(&options, err) : NULL;

    if (!store)
        return false;
    saying->loop = loop;
    saying->store = store;
    store_redis_probe(store, on_probed, saying);
    loop_run(loop);
    return true;
}

/* What data_dir knows, and who says it. */
static bool remember(struct saying *saying, struct error *err)
{
    const struct passwd *user = getpwuid(getuid());

    if (user)
        snprintf(saying->by, sizeof(saying->by), "%s", user->pw_name);
    else
        snprintf(saying->by, sizeof(saying->by), "%u", (unsigned)getuid());
    if (!memory_file_read(saying->configuration->settings.data_dir, &saying->memory, err))
        return false;
    return saying->say != say_adopt || saying->memory.birth[0] ||
           error_set(err, ERR_CONFLICT,
                     "data_dir knows no store, so there is none in whose place another could come: `opsgate serve` "
                     "joins the one that is there, `opsgate store create` makes an empty one ours");
}

static const struct {
    const char *word;
    void (*say)(struct saying *saying); /* NULL: cli_store_copy */
} words[] = {
    { "create", say_create }, { "adopt", say_adopt },  { "confirm", say_confirm_first },
    { "backup", NULL },       { "restore", NULL },     { "restored", NULL },
};

int cli_store(const struct cli *cli)
{
    struct clock clock = clock_system();
    AUTO(configuration) struct configuration *configuration = NULL;
    struct saying saying = { .birth = store_birth_make(&clock), .code = CLI_UNREACHABLE };
    struct error err;
    size_t i = 0;

    while (i < ARRAY_LEN(words) && strcmp(cli->words[0], words[i].word) != 0)
        i++;
    if (i == ARRAY_LEN(words) || (words[i].say && cli->words_count > 1))
        return cli_usage(cli);
    configuration = cli_configuration_to_reach(cli);
    if (!configuration)
        return CLI_USAGE;
    if (!words[i].say)
        return cli_store_copy(cli, configuration);
    saying.say = words[i].say;
    saying.configuration = configuration;
    if (!remember(&saying, &err) || !say(&saying, &err))
        return cli_fail(&err);
    return saying.code;
}
