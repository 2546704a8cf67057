/* people.c - people at their keyboards: what they type, and how it reaches a door. */
#include "tests/simulation/scenario_internal.h"

#include "bot/model/inbox.h"
#include "integrations/slack/command.h"

#include <inttypes.h>
#include <string.h>

static void add_form(struct buf *form, const char *name, const char *value)
{
    if (form->len > 0)
        buf_putc(form, '&');
    buf_addf(form, "%s=", name);
    for (; *value; value++) {
        bool is_plain = (*value >= 'a' && *value <= 'z') || (*value >= 'A' && *value <= 'Z') ||
                        (*value >= '0' && *value <= '9') || *value == '-' || *value == '.' || *value == '_';

        if (is_plain)
            buf_putc(form, *value);
        else
            buf_addf(form, "%%%02X", (unsigned char)*value);
    }
}

static const struct habit {
    int64_t weight;
    const char *command,
        *text; /* "%d" a version's number, "%s" a service that rolls out by steps, "%o" an operation's id */
} habits[] = {
    { 20, "/deploy", "api staging" },
    { 14, "/deploy", "web staging v%d" },
    { 10, "/deploy", "api staging v%d" },
    { 40, "/deploy", "%s staging v%d" },
    { 4, "/deploy", "%s staging v%d --strategy all-at-once" },
    { 4, "/deploy", "api staging v%d --strategy canary" },
    { 6, "/deploy", "api production v%d" },
    { 6, "/deploy", "api stagin" },
    { 4, "/deploy", "" },
    { 7, "/status", "" },
    { 5, "/status", "api staging" },
    { 4, "/ops", "help" },
    { 3, "/ops", "" },
    { 4, "/ops", "deplyo api staging" },
    { 3, "/ops", "\"unterminated" },
    { 1, "/ops", "ring " POISON },
    { 3, "/ops", "deploy api staging branch:main" },
    { 20, "/ops", "ring" },
    { 16, "/ops", "pull" },
    { 4, "/ops", "pull it now" },
    { 8, "/ops", "ring twice 'or more'" },
    { 2, "/deploy", "nothing staging" },
    { 5, "/rollback", "%s staging" },
    { 3, "/rollback", "api staging" },
    { 3, "/rollback", "web staging --reason 'it looks wrong'" },
    { 3, "/rollback", "%s staging --from v%d" },
    { 3, "/rollback", "%s staging --to v%d" },
    { 1, "/rollback", "nothing staging" },
    { 6, "/ops", "pause %s staging" },
    { 16, "/ops", "resume %s staging" },
    { 8, "/ops", "promote %s staging" },
    { 2, "/ops", "abort %s staging" },
    { 14, "/ops", "retry %s staging" },
    { 3, "/ops", "pause %o" },
    { 3, "/ops", "promote %o --look %d" },
    { 2, "/ops", "abort %o" },
    { 8, "/ops", "retry %o" },
    { 2, "/ops", "promote D9%d" },
    { 1, "/ops", "promote D99999999999999999999" },
    { 1, "/ops", "promote %o --look -1" },
    { 1, "/ops", "promote %o --look 99999999999999999999" },
    { 1, "/ops", "abort %o; abort %o" },
};
static const char *const rollout_services[] = { "shop", "shop", "cart", "docs", "docs", "blog" };

static const struct habit *draw_habit(struct scenario *s)
{
    int64_t sum = 0, at;
    size_t i;

    for (i = 0; i < ARRAY_LEN(habits); i++)
        sum += habits[i].weight;
    at = scenario_draw(s, 0, sum - 1);
    for (i = 0; at >= habits[i].weight; i++)
        at -= habits[i].weight;
    return &habits[i];
}

static const char *fill_in(struct scenario *s, const char *text, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(1000);

    for (; *text; text++) {
        const char *id;

        if (*text != '%') {
            buf_putc(&out, *text);
            continue;
        }
        text++;
        if (*text == 'd') {
            buf_addf(&out, "%d", (int)scenario_draw(s, 1, 30));
        } else if (*text == 's') {
            buf_puts(&out, rollout_services[scenario_draw(s, 0, (int64_t)ARRAY_LEN(rollout_services) - 1)]);
        } else {
            id = ledger_heard_of(s->ledger, 12, &s->dice);
            buf_puts(&out, id ? id : "D1");
        }
    }
    return arena_strdup(arena, buf_text(&out));
}

/* Mostly what is on the newest cards; sometimes on one that has been updated since. */
static const char *draw_button(struct scenario *s)
{
    const char *button = ledger_button(s->ledger, scenario_draw(s, 0, 3) ? 6 : 40, &s->dice);

    /* few give up what they have begun */
    return button && str_starts_with(str_of(button), "abort") && scenario_draw(s, 0, 3) ? NULL : button;
}

static const char *make_text(struct scenario *s, struct arena *arena, const char **ret_command)
{
    const char *button = scenario_draw(s, 0, 4) == 0 ? draw_button(s) : NULL;
    const struct habit *habit;

    *ret_command = "/ops";
    if (button)
        return button;
    habit = draw_habit(s);
    *ret_command = habit->command;
    return fill_in(s, habit->text, arena);
}

struct delivery { /* one command as Slack sends it; maybe more than once */
    struct scenario *scenario;
    char *body, *key, *url;
    bool is_safe;
    int users;
};

static void drop_delivery(void *arg)
{
    struct delivery *delivery = arg;

    if (--delivery->users > 0)
        return;
    free(delivery->body);
    free(delivery->key);
    free(delivery->url);
    free(delivery);
}

static void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t results_count)
{
    static const char *const words[] = { "accepted", "a duplicate", "refused: full" };
    struct scenario *s = arg;

    story_tell(s->story, "door", "a command is %s",
               status == STORE_OK && results_count == 1 ? words[results[0]] : "not known to be accepted");
}

static struct instance *find_door(struct scenario *s)
{
    size_t first = (size_t)scenario_draw(s, 0, (int64_t)s->instance_count - 1);

    for (size_t i = 0; i < s->instance_count; i++) {
        struct instance *instance = &s->instances[(first + i) % s->instance_count];

        if (instance->engine && !scheduler_is_paused(s->scheduler, instance->actor))
            return instance;
    }
    return NULL;
}

static const char *add_connection(struct scenario *s, const struct instance *instance, struct arena *arena)
{
    struct connection *c;

    if (s->connection_count == s->connection_room) {
        s->connection_room = s->connection_room ? s->connection_room * 2 : 64;
        s->connections = xrealloc(s->connections, s->connection_room * sizeof(*s->connections));
    }
    c = &s->connections[s->connection_count];
    *c = (struct connection){ .id = xstrdup(arena_printf(arena, "c%zu", s->connection_count)),
                              .actor = instance->actor,
                              .until_ms = scenario_now_ms(s) + INLINE_REPLY_MS };
    s->connection_count++;
    return c->id;
}

static void on_delivered(void *arg)
{
    struct delivery *delivery = arg;
    struct scenario *s = delivery->scenario;
    struct instance *instance = find_door(s);
    AUTO(arena) struct arena *arena = arena_create();
    int64_t store_ms = instance ? engine_status(instance->engine).store_unix_ms : 0;
    const char *keys[] = { delivery->key };
    struct inbox_item item = {
        .v = INBOX_VERSION,
        .source = SLACK_SOURCE,
        .kind = SLACK_COMMAND_KIND,
        .keys = keys,
        .keys_count = 1,
        .received_at = store_ms,
        .not_after = store_ms + PERSON_REQUEST_VOID_MS,
        .body = delivery->body,
    };
    struct store_item stored = { .keys = keys, .key_count = 1, .is_safe = delivery->is_safe };
    struct store *store;
    AUTO_JSON cJSON *json = NULL;
    AUTO_FREE char *text = NULL;

    if (instance && store_ms) { /* else the sender is told "not now" */
        item.reply_to = (struct reply_address){ .door = "slack",
                                                .instance = instance->name,
                                                .url = delivery->url,
                                                .inline_until_ms = store_ms + INLINE_REPLY_MS };
        item.reply_to.connection = add_connection(s, instance, arena);
        item.request_id = arena_printf(arena, "r-%s", item.reply_to.connection);
        json = shape_to_json(&inbox_item_shape, &item, SHAPE_WHOLE);
        text = json_print(json);
        stored.bytes = str_of(text);
        store = sim_link_store(instance->link);
        story_tell(s->story, "door", "%s is at %s: %s", item.request_id, instance->name, delivery->body);
        store->accept(store->ctx, &stored, 1, on_accepted, s);
    }
    drop_delivery(delivery);
}

struct line { /* as somebody types it */
    const char *user, *command, *text;
};

static void send_line(struct scenario *s, const struct line *line, struct arena *arena)
{
    AUTO_BUF struct buf form = BUF(4096);
    struct delivery *delivery = xcalloc(1, sizeof(*delivery));
    int64_t number = ++s->typed;

    delivery->scenario = s;
    delivery->key = xstrdup(arena_printf(arena, "slack:T0SIM:command:%" PRId64, number));
    delivery->url = xstrdup(arena_printf(arena, WORLD_RESPONSE_URL "T0SIM/%" PRId64 "/x", number));
    delivery->is_safe = scenario_draw(s, 0, 9) == 0 || strcmp(line->command, "/rollback") == 0;
    add_form(&form, "team_id", "T0SIM");
    add_form(&form, "channel_id", "C0GENERAL");
    add_form(&form, "user_id", line->user);
    add_form(&form, "command", line->command);
    add_form(&form, "text", line->text);
    add_form(&form, "trigger_id", delivery->key);
    add_form(&form, "response_url", delivery->url);
    delivery->body = buf_take(&form);
    delivery->users = 1;
    if (scenario_draw(s, 0, 9) == 0) {
        scenario_count(s, FAULT_DUPLICATE_DELIVERY);
        delivery->users = 2;
        scheduler_after(s->scheduler, scenario_draw(s, 0, 5000), 0, on_delivered, delivery, drop_delivery);
    }
    scheduler_after(s->scheduler, scenario_draw(s, 0, 50), 0, on_delivered, delivery, drop_delivery);
}

void people_type(struct scenario *s)
{
    static const char *const people[] = { "U0ALICE", "U0ALICE", "U0BOB", "U0BOB", "U0CAROL" };
    AUTO(arena) struct arena *arena = arena_create();
    struct line line = { .user = people[scenario_draw(s, 0, (int64_t)ARRAY_LEN(people) - 1)] };

    line.text = make_text(s, arena, &line.command);
    for (int64_t times = strstr(line.text, "--look") && scenario_draw(s, 0, 1) == 0 ? 2 : 1; times > 0; times--)
        send_line(s, &line, arena); /* people double-click */
}

void people_stop(struct scenario *s, const char *service)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *dash = strchr(service, '-');
    struct line line = { "U0BOB", "/ops", NULL };

    if (!dash || strcmp(dash + 1, "staging") != 0)
        return;
    line.text = arena_printf(arena, "%s %.*s staging", scenario_draw(s, 0, 1) ? "abort" : "pause",
                             (int)(dash - service), service);
    send_line(s, &line, arena);
}

static const char *const places[] = { "api staging",  "web staging",  "shop staging",
                                      "cart staging", "docs staging", "blog staging" };

void people_tidy(struct scenario *s)
{
    static const char *const verbs[] = { "resume", "promote", "promote", "retry", "abort" };
    AUTO(arena) struct arena *arena = arena_create();

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        const char *verb = verbs[scenario_draw(s, 0, (int64_t)ARRAY_LEN(verbs) - 1)];
        struct line line = { "U0ALICE", "/ops", arena_printf(arena, "%s %s", verb, places[i]) };

        send_line(s, &line, arena);
    }
}

void people_roll_back(struct scenario *s)
{
    AUTO(arena) struct arena *arena = arena_create();

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct line line = { "U0BOB", "/rollback", places[i] };

        send_line(s, &line, arena);
    }
}
