/* events.c - `opsgate events list | show ID | replay ID`: what other systems told, and what came of it. An event is
 * called by the number of its entry in the journal. */
#include "bot/cli/cli.h"
#include "bot/cli/journal.h"
#include "bot/cli/store_url.h"
#include "bot/cli/text.h"

#include "bot/base/time.h"
#include "bot/shell/clock.h"
#include "integrations/alertmanager/group.h"
#include "integrations/api/change.h"
#include "integrations/github/webhook.h"
#include "integrations/pagerduty/webhook.h"
#include "integrations/slack/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTED_MAX 200      /* without --since */
#define CLOCK_SLACK_MS 2000 /* between the store's clock in an entry's id, and in the entry */
#define ROW "%-8s %-24s %-12s %-26s %-38s %s\n"

struct looking {
    const struct cli *cli;
    const struct settings *settings;
    struct store_reader *reader;
    struct arena *arena;
    cJSON *array;   /* --json; or NULL */
    int64_t number; /* show: which */
    size_t shown, max;
    const cJSON *found;     /* show: in the arena */
    const char *request_id; /* show: of it */
};

static bool is_event(const cJSON *entry)
{
    const char *kind = json_find_string(entry, "core.kind");

    return kind && str_starts_with(str_of(kind), "event.");
}

/* "D7 heard of it", "asked for deploy", "told before: 12", or why nobody acted on it. */
static const char *what_came(const cJSON *entry, struct arena *arena)
{
    const char *why_not = json_find_string(entry, "core.body.why_not"), *asks, *text = NULL;
    int64_t before = json_find_int(entry, "core.body.as", 0);

    if (before > 0)
        return arena_printf(arena, "told before: %" PRId64, before);
    if (why_not)
        return arena_printf(arena, "not acted on: %s", why_not);
    JSON_EACH(operation, json_find(entry, "core.body.operations"))
        text = arena_printf(arena, "%s%s%s", text ? text : "", text ? ", " : "", cJSON_GetStringValue(operation));
    if (text)
        text = arena_printf(arena, "%s heard of it", text);
    asks = json_find_string(entry, "core.body.asks");
    if (asks)
        text = arena_printf(arena, "%s%sasked for %s", text ? text : "", text ? "; " : "", asks);
    return text ? text : "-";
}

/* As a terminal can show it: what others call things may be anything. */
static const char *plain(const struct looking *looking, const cJSON *entry, const char *path, struct arena *arena)
{
    const char *text = json_find_string(entry, path);

    return text ? cli_plain(looking->settings, text, arena) : "-";
}

/* ---- list ---- */

static void print_row(const struct looking *looking, const cJSON *entry, struct arena *arena)
{
    printf(ROW, arena_printf(arena, "%" PRId64, json_find_int(entry, "core.n", 0)),
           time_format(json_find_int(entry, "core.at", 0)).text, plain(looking, entry, "core.body.source", arena),
           plain(looking, entry, "core.body.name", arena), plain(looking, entry, "core.body.subject", arena),
           what_came(entry, arena));
}

static bool list_entry(void *arg, const cJSON *entry, struct arena *page)
{
    struct looking *looking = arg;
    const char *source = json_find_string(entry, "core.body.source"), *wanted = looking->cli->source;

    if (!is_event(entry) || (wanted && (!source || strcmp(source, wanted) != 0)))
        return true;
    if (looking->array)
        json_add(looking->array, json_copy(json_find(entry, "core")));
    else
        print_row(looking, entry, page);
    return ++looking->shown < looking->max;
}

static void print_json(const cJSON *json)
{
    char *text = cJSON_Print(json);

    printf("%s\n", text);
    free(text);
}

/* An entry's id is the store's clock when it was written. */
static const char *from_of(int64_t unix_ms, struct arena *arena)
{
    return arena_printf(arena, "%" PRId64, unix_ms > 0 ? unix_ms : 0);
}

static int list(struct looking *looking)
{
    const char *since = looking->cli->since;
    struct store_range range = { .from = "-", .to = "+", .is_newest_first = true };
    AUTO_JSON cJSON *array = looking->cli->is_json ? json_array() : NULL;
    int64_t since_ms = 0;
    size_t unreadable = 0;
    struct error err;

    if (since && !duration_parse(str_of(since), &since_ms, &err)) {
        error_wrap(&err, "--since");
        return cli_fail(&err);
    }
    looking->max = since ? SIZE_MAX : LISTED_MAX;
    looking->array = array;
    if (since)
        range.from = from_of(clock_system().unix_ms(NULL) - since_ms, looking->arena);
    if (!array)
        printf(ROW, "ID", "AT", "SOURCE", "NAME", "ABOUT", "WHAT CAME OF IT");
    if (!cli_journal_walk(looking->reader, &range, list_entry, looking, &unreadable, &err))
        return cli_fail(&err);
    if (array)
        print_json(array);
    else if (looking->shown == LISTED_MAX && !since)
        cli_complain("these are the last %d; --since 7d tells of more", LISTED_MAX);
    return unreadable ? CLI_NO : CLI_OK;
}

/* ---- show ---- */

static bool find_entry(void *arg, const cJSON *entry, struct arena *page)
{
    struct looking *looking = arg;
    int64_t n = json_find_int(entry, "core.n", 0);
    cJSON *kept;

    (void)page;
    if (n != looking->number)
        return n > looking->number; /* newest first: it is not there any more */
    if (!is_event(entry))
        return false;
    kept = json_copy(entry);
    arena_defer(looking->arena, (void (*)(void *))cJSON_Delete, kept);
    looking->found = kept;
    looking->request_id = json_find_string(kept, "core.request_id");
    return false;
}

/* Its delivery stays in the inbox for a time after it was decided. */
static bool is_kept(const struct looking *looking)
{
    const char *item = json_find_string(looking->found, "core.body.item");
    struct store_range range = { .from = item, .to = item, .count = 1 };
    struct store_entry *entries;
    struct error ignored;
    size_t count;

    return item &&
           store_reader_entries(looking->reader, STORE_INBOX, &range, looking->arena, &entries, &count, &ignored) &&
           count == 1;
}

/* What it brought about: entries of the same request, from then on. */
static bool keep_consequence(void *arg, const cJSON *entry, struct arena *page)
{
    struct looking *looking = arg;
    const char *request_id = json_find_string(entry, "core.request_id");

    (void)page;
    if (!is_event(entry) && text_equal(request_id, looking->request_id))
        json_add(looking->array, json_copy(json_find(entry, "core")));
    return true;
}

static void print_line(const char *what, const char *text)
{
    if (text && text[0] && strcmp(text, "-") != 0)
        printf("  %-10s %s\n", what, text);
}

static const char *kept_text(const struct looking *looking, struct arena *arena)
{
    return arena_printf(arena, "its delivery is still here: `opsgate events replay %" PRId64 "` decides it once more",
                        json_find_int(looking->found, "core.n", 0));
}

static void print_text(const struct looking *looking, const cJSON *personal, bool kept)
{
    struct arena *arena = looking->arena;
    int64_t occurred_ms = json_find_int(looking->found, "core.body.occurred_at", 0);

    printf(ROW, "ID", "AT", "SOURCE", "NAME", "ABOUT", "WHAT CAME OF IT");
    print_row(looking, looking->found, arena);
    printf("\n");
    print_line("occurred", occurred_ms ? time_format(occurred_ms).text : NULL);
    print_line("by", cli_journal_person(looking->settings, personal, arena));
    print_line("text", plain(looking, personal, "text", arena));
    print_line("delivery", plain(looking, looking->found, "core.body.id", arena));
    print_line("read",
               json_find_bool(looking->found, "core.body.caught_up", false) ? "from its sender's own log" : NULL);
    print_line("put back", plain(looking, looking->found, "core.body.replay", arena));
    print_line("kept", kept ? kept_text(looking, arena) : "no longer");
    printf("\n");
    JSON_EACH(core, looking->array)
        printf("  %s  %-18s %s\n", time_format(json_find_int(core, "at", 0)).text,
               json_find_string(core, "kind") ? json_find_string(core, "kind") : "",
               json_find_string(core, "operation") ? json_find_string(core, "operation") : "");
}

static void print_event_json(const struct looking *looking, const cJSON *personal, bool kept)
{
    AUTO_JSON cJSON *json = json_copy(json_find(looking->found, "core"));

    if (personal)
        json_set(json, "personal", json_copy(personal));
    json_set_bool(json, "is_kept", kept);
    json_set(json, "consequences", json_copy(looking->array));
    print_json(json);
}

static bool find_event(struct store_reader *reader, const char *word, struct arena *arena, const cJSON **ret_entry,
                       struct error *err)
{
    struct looking looking = { .reader = reader, .arena = arena };
    struct store_range range = { .from = "-", .to = "+", .is_newest_first = true };
    size_t unreadable = 0;

    if (!parse_int(str_of(word), 1, INT64_MAX, &looking.number, err))
        return error_wrap(err, "%s", word);
    if (!cli_journal_walk(reader, &range, find_entry, &looking, &unreadable, err))
        return false;
    *ret_entry = looking.found;
    return looking.found ||
           error_set(err, ERR_NOT_FOUND, "there is no event %s (`opsgate events list` has the last)", word);
}

static int show(struct looking *looking, const char *word)
{
    AUTO_JSON cJSON *consequences = json_array();
    struct store_range range = { .to = "+" };
    const cJSON *personal;
    size_t unreadable = 0;
    struct error err;
    bool kept;

    if (!find_event(looking->reader, word, looking->arena, &looking->found, &err)) {
        if (err.code != ERR_NOT_FOUND)
            return cli_fail(&err);
        cli_complain("%s", err.message);
        return CLI_NO;
    }
    looking->array = consequences;
    looking->request_id = json_find_string(looking->found, "core.request_id");
    range.from = from_of(json_find_int(looking->found, "core.at", 0) - CLOCK_SLACK_MS, looking->arena);
    if (!cli_journal_walk(looking->reader, &range, keep_consequence, looking, &unreadable, &err))
        return cli_fail(&err);
    personal = cli_journal_personal(looking->reader, looking->found, looking->arena);
    kept = is_kept(looking);
    if (looking->cli->is_json)
        print_event_json(looking, personal, kept);
    else
        print_text(looking, personal, kept);
    return CLI_OK;
}

/* ---- replay ---- */

/* Asked of the running opsgate, which has policy say whether this person may. */
static int replay(struct looking *looking, const char *word)
{
    struct cli asked = *looking->cli;
    const char *item;
    struct error err;

    if (!find_event(looking->reader, word, looking->arena, &looking->found, &err)) {
        if (err.code != ERR_NOT_FOUND)
            return cli_fail(&err);
        cli_complain("%s", err.message);
        return CLI_NO;
    }
    item = json_find_string(looking->found, "core.body.item");
    if (!item || !is_kept(looking)) {
        cli_complain("the delivery of event %s is not kept any more", word);
        return CLI_NO;
    }
    asked.words[0] = "events";
    asked.words[1] = "replay";
    asked.words[2] = item;
    asked.words_count = 3;
    asked.is_warned = true; /* by us */
    return cli_run(&asked);
}

/* Every source that tells of events: what `--source` can name. */
static bool check_source(const char *source)
{
    static const char *const sources[] = { GITHUB_SOURCE, PAGERDUTY_SOURCE, ALERTMANAGER_SOURCE, SLACK_SOURCE,
                                           API_SOURCE };
    const char *nearest;

    for (size_t i = 0; i < ARRAY_LEN(sources); i++)
        if (!source || strcmp(source, sources[i]) == 0)
            return true;
    nearest = str_nearest(str_of(source), sources, ARRAY_LEN(sources));
    cli_complain("--source is %s, %s, %s, %s or %s, not '%s'.%s%s%s", sources[0], sources[1], sources[2], sources[3],
                 sources[4], source, nearest ? " Did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    return false;
}

int cli_events(const struct cli *cli)
{
    static const char *const words[] = { "list", "show", "replay", NULL };
    AUTO(arena) struct arena *arena = arena_create();
    AUTO(configuration) struct configuration *configuration = NULL;
    AUTO_STORE_READER struct store_reader *reader = NULL;
    bool is_list = cli->words_count == 1 && strcmp(cli->words[0], "list") == 0;
    bool is_show = cli->words_count == 2 && strcmp(cli->words[0], "show") == 0;
    bool is_replay = cli->words_count == 2 && strcmp(cli->words[0], "replay") == 0;
    struct looking looking;
    struct error err;

    if (!is_list && !is_show && !is_replay)
        return cli_usage_of(cli, words);
    if (!is_list && (cli->source || cli->since))
        return cli_usage(cli);
    if (!check_source(cli->source))
        return CLI_USAGE;
    configuration = cli_configuration_to_reach(cli);
    if (!configuration)
        return CLI_USAGE;
    reader = cli_store_open(configuration, &err);
    if (!reader)
        return cli_store_fail(configuration, &err);
    looking = (struct looking){ .cli = cli, .settings = &configuration->settings, .reader = reader, .arena = arena };
    return is_list ? list(&looking) : is_show ? show(&looking, cli->words[1]) : replay(&looking, cli->words[1]);
}
