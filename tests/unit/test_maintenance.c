/* Maintenance: what its words mean, and its life, event by event. */
#include "tests/unit/decision_fixture.h"

#include "handlers/control.h"
#include "handlers/maintenance/body.h"
#include "handlers/maintenance/maintenance.h"

#include "bot/model/effect.h"

#define FILE_ALL(more, rules, strategy)                                                                                               \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1, channels: { deployments: \"#deployments\" } }\n" \
    "smtp: { url: \"smtp://mail.example.com\", from: ops@example.com }\n"                                              \
    "statuspage: { page: pg1, api_token: k, components: { api: c1, web/production: c2, other: c3 } }\n"                \
    "maintenance:\n"                                                                                                   \
    "  mail_to: team@example.com\n"                                                                                    \
    "  status_page: {}\n"                                                                                              \
    "  places: [{ name: shop, of: [api/production, web/production] }]\n" more "services:\n"                             \
    "  - name: api\n"                                                                                                  \
    "    artifact: { image: \"registry.example.com/api:{version}\" }\n"                                                \
    "    environments:\n"                                                                                              \
    "      - name: production\n"                                                                                       \
    "        driver: { cloud_run: { project: p, region: r, service: api } }\n"                                         \
    strategy                                                                                                           \
    "  - { name: web, environments: [{ name: production, driver: { program: { deploy: [d] } } }] }\n"                  \
    "  - { name: other, environments: [{ name: staging, driver: { program: { deploy: [d] } } }] }\n"                   \
    "runbooks: [{ name: upgrade, args: [{ name: to, pattern: \"*\" }], steps: [{ run: [one] }] }]\n"                   \
    "policy:\n"                                                                                                        \
    "  roles: [{ name: lead, members: [\"slack:U2\", \"slack:U3\"] }]\n"                                              \
    "  rules:\n"                                                                                                       \
    "    - { allow: \"*\", to: everyone, on: { service: [api, web] } }\n" rules
#define FILE_OF(more, rules) FILE_ALL(more, rules, "        strategy: all-at-once\n")
#define FILE_WITH(more) FILE_OF(more, "")
#define FILE_TEXT FILE_WITH("")
#define CANARY                                                                                                         \
    "        strategy: { canary: { steps: [5%, 100%], bake: 5m } }\n"                                                  \
    "        analysis: { error_rate: 0.5%, latency_p95: 200ms }\n"
#define METRICS "metrics: { prometheus: \"http://prometheus:9090\" }\n"
#define CONSENT "    - { require: { approvals: { from: lead } }, for: maintenance, on: { service: web } }\n"

/* ---- words ---- */

#define ANOTHER                                                                                                        \
    "{'targets':['web/production'],'where':'web/production','reason':'a move','at_ms':1795384800000,'until_ms':"       \
    "1795388400000}"

static const struct word_row {
    const char *name, *more; /* of the file */
    const char *line, *answer;
} word_rows[] = {
    { "alone it lists", "", "maintenance", "1 maintenance:\n*D3*: maintenance of `web/production` by @{slack:U2}, planned" },
    { "a slip is no guess", "", "maintenance cancle D3 why",
      "MISUSED There is no `maintenance cancle`. Did you mean `maintenance cancel`? Nothing was done." },
    { "nor is anything else", "", "maintenance please",
      "MISUSED There is no `maintenance please`: it takes list, plan, start, extend, note, end or cancel. Nothing was" },
    { "a plan", "", "maintenance plan api production \"Wed 22:00 UTC\" for 1h \"an upgrade\"",
      "*D7*: maintenance of `api/production` is planned, @{date:1795644000000} until @{date:1795647600000}: an upgrade.\n"
      "Told: at once, 48h before, 24h before, 1h before, in #deployments, by mail to 1 address, on the status page." },
    { "without quotes", "", "maintenance plan api production Wed 22:00 UTC for 1h an upgrade",
      "*D7*: maintenance of `api/production` is planned, @{date:1795644000000} until @{date:1795647600000}: an upgrade." },
    { "of several services", "", "maintenance plan api,web production in 5d for 1h why",
      "*D7*: maintenance of `api/production, web/production` is planned" },
    { "of a name for several", "", "maintenance plan shop in 5d for 1h why",
      "*D7*: maintenance of `api/production, web/production` is planned" },
    { "by itself, where the file says so", "  start: itself\n", "maintenance plan api production in 5d for 1h why",
      "*D7*: maintenance of `api/production` is planned" },
    { "--dry-run only tells", "", "maintenance plan api production in 5d for 1h why --dry-run",
      "Maintenance of `api/production` would be planned, @{date:1795644000000} until @{date:1795647600000}: why. Nothing "
      "was done." },
    { "a service that is none", "", "maintenance plan apo production in 5d for 1h why",
      "MISUSED There is no service `apo`. Did you mean `api`?" },
    { "one of several that is none", "", "maintenance plan api,wep production in 5d for 1h why",
      "MISUSED There is no service `wep`. Did you mean `web`?" },
    { "an environment alone", "", "maintenance plan staging in 5d for 1h why",
      "MISUSED Which services of `staging`? As in `api,web staging`" },
    { "an environment that is none", "", "maintenance plan api prodution in 5d for 1h why",
      "MISUSED There is no environment of `api` called `prodution`. Did you mean `production`?" },
    { "a place twice", "", "maintenance plan api,api production in 5d for 1h why",
      "MISUSED `api/production` stands there twice." },
    { "nowhere", "", "maintenance plan", "MISUSED Where, and when?" },
    { "never", "", "maintenance plan api production for 1h why", "MISUSED When? As in" },
    { "a time that is none", "", "maintenance plan api production someday for 1h why",
      "MISUSED When? `someday` is no time" },
    { "a time that is past", "", "maintenance plan api production \"2026-11-19 22:00\" for 1h why",
      "MISUSED `2026-11-19 22:00` is past. Nothing was done." },
    { "for ever", "", "maintenance plan api production in 5d", "MISUSED For how long?" },
    { "for too long", "", "maintenance plan api production in 5d for 30d why", "MISUSED For how long?" },
    { "for no time", "", "maintenance plan api production in 5d for 0s why", "MISUSED For how long?" },
    { "for no reason", "", "maintenance plan api production in 5d for 1h", "MISUSED Why? Say it last" },
    { "for a reason of blanks", "", "maintenance plan api production in 5d for 1h \"  \"", "MISUSED Why? Say it last" },
    { "too late", "", "maintenance plan api production in 2h for 1h why",
      "MISUSED That is in 2 h, and maintenance is told at least 24 h ahead: `--short-notice \"why\"`" },
    { "too late, with a reason", "", "maintenance plan api production in 2h for 1h why --short-notice \"it leaks\"",
      "*D7*: maintenance of `api/production` is planned" },
    { "too late, with a reason of blanks", "", "maintenance plan api production in 2h for 1h why --short-notice \" \"",
      "MISUSED `--short-notice` takes the reason for it." },
    { "outside of its windows", "  windows: \"Wed 22:00-24:00 UTC\"\n",
      "maintenance plan api production \"Wed 21:30 UTC\" for 1h why",
      "MISUSED @{date:1795642200000} until @{date:1795645800000} does not fit into `maintenance.windows`; the next with so "
      "much room begins @{date:1795644000000}. Nothing was done." },
    { "over another one", "", "maintenance plan shop in 2d30m for 1h why",
      "MISUSED It would overlap with *D3*, @{date:1795384800000} until @{date:1795388400000} of `web/production`." },
    { "right before another one", "", "maintenance plan shop in 47h for 1h why", "*D7*: maintenance of" },
    { "beside another one, elsewhere", "", "maintenance plan api production in 2d30m for 1h why", "*D7*: maintenance of" },
    { "with a runbook", "", "maintenance plan api production in 5d for 1h why --runbook \"upgrade to=15\"",
      "*D7*: maintenance of" },
    { "with a runbook that is none", "", "maintenance plan api production in 5d for 1h why --runbook upgrad",
      "MISUSED There is no runbook `upgrad`. Did you mean `upgrade`? Nothing was done." },
    { "with a runbook that lacks something", "", "maintenance plan api production in 5d for 1h why --runbook upgrade",
      "MISUSED `--runbook`: What is `to`? Expected one word of" },
    { "with a runbook and its option", "", "maintenance plan api production in 5d for 1h why --runbook \"upgrade to=15 --skip one\"",
      "*D7*: maintenance of" },
    { "with an option that is none", "", "maintenance plan api production in 5d for 1h why --now",
      "MISUSED I do not know the option `--now`" },
    { "with an option of another deed", "", "maintenance plan api production in 5d for 1h why --anyway now",
      "MISUSED `--anyway` does not go with `maintenance plan`." },
    { "which one is not guessed", "", "maintenance end", "MISUSED Which one? By its number, as in `maintenance end D7`" },
    { "one that is not there", "", "maintenance end D99", "MISUSED There is no maintenance `D99`" },
    { "what is none", "", "maintenance end D4", "MISUSED There is no maintenance `D4`" },
    { "cancelled for no reason", "", "maintenance cancel D3", "MISUSED Why? Say it last, as in `maintenance cancel D7" },
    { "a note of nothing", "", "maintenance note D3", "MISUSED What? Say it last, as in `maintenance note D7" },
    { "extended by nothing", "", "maintenance extend D3 why", "MISUSED By how much?" },
    { "started with words", "", "maintenance start D3 now", "MISUSED I do not know what `now` means there." },
};

static void check_words(void **state)
{
    const struct word_row *row = *state;
    AUTO_FREE char *file = NULL;
    struct decision_fixture *fixture;
    struct operation all[] = {
        { .id = "D3", .kind = "maintenance", .state = "planned", .requester = { "slack", "U2", "T1", "bob" } },
        { .id = "D4", .kind = "deploy", .state = "baking", .requester = { "slack", "U2", "T1", "bob" } },
    };
    struct outcome out;
    const char *answer;

    assert_true(asprintf(&file, FILE_WITH("%s"), row->more) > 0);
    fixture = decision_create(file);
    all[0].body = decision_json(fixture, ANOTHER);
    all[1].body = decision_json(fixture, "{}");
    fixture->operations = all;
    fixture->operations_count = ARRAY_LEN(all);
    answer = decision_answer(fixture, &verb_maintenance, row->line, &out);
    if (strncmp(answer, row->answer, strlen(row->answer)) != 0)
        fail_msg("%s\n  instead of\n%s", answer, row->answer);
    decision_destroy(fixture);
}

/* Who may plan at one of the places, and not at the other, is refused for that one. */
static void check_question(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(FILE_TEXT);
    struct request request = decision_request(fixture, "maintenance plan other staging in 5d for 1h why");
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    assert_true(verb_maintenance.asks(&fixture->view, &request, &question, &arguments, &err));
    assert_string_equal(question.verb, "maintenance");
    assert_string_equal(question.service, "other");
    assert_string_equal(question.environment, "staging");
    assert_string_equal(question.reason, "why");
    assert_false(question.is_preflight);
    request = decision_request(fixture, "maintenance plan api,web production in 5d for 1h why --dry-run");
    assert_true(verb_maintenance.asks(&fixture->view, &request, &question, &arguments, &err));
    assert_string_equal(question.service, "api");
    assert_true(question.is_preflight);
    request = decision_request(fixture, "maintenance list");
    assert_true(verb_maintenance.asks(&fixture->view, &request, &question, &arguments, &err));
    assert_string_equal(question.verb, "status");
    assert_true(verb_maintenance.only_looks(arguments));
}

/* ---- its life ---- */

struct play {
    struct decision_fixture *fixture;
    struct operation operation, all[2]; /* with its runbook */
    const struct maintenance_body *body;
    struct outcome out;
};

static void take(struct play *play)
{
    const void *body = decision_take(play->fixture, &play->operation, &play->out, &maintenance_body_shape);

    play->body = body ? body : play->body;
}

static void hear(struct play *play, struct event event, const char *body)
{
    event.body = body ? decision_json(play->fixture, body) : NULL;
    outcome_init(&play->out, play->fixture->arena, "D7", "birth-00000000000000d7");
    machine_maintenance.on_event(&play->fixture->view, &play->operation, play->body, &event, &play->out);
    take(play);
}

/* "U2 approve D7": who is not Ann is named first. */
static void type(struct play *play, const char *line)
{
    bool is_other = line[0] == 'U';
    struct request request = decision_request(play->fixture, is_other ? line + 3 : line);
    const bool is_control = strcmp(request.verb, "maintenance") != 0;
    static const struct control_arguments aborts = { .operation = "D7", .look = CONTROL_ANY_LOOK };
    const void *arguments = &aborts;
    struct question question;
    struct error err;

    if (is_other)
        request.principal.id = arena_copy(play->fixture->arena, (struct str){ line, 2 });
    play->all[0] = play->operation;
    play->all[1] = (struct operation){ .id = "D8", .kind = "runbook", .state = "executing" };
    play->fixture->operations = play->all;
    play->fixture->operations_count = play->body->work_told && strcmp(play->body->work_told, "runs as D8") == 0 ? 2 : 1;
    if (!is_control && !verb_maintenance.asks(&play->fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s: %s", line, err.message);
    hear(play, (struct event){ .kind = EVENT_REQUEST, .name = request.verb, .request = &request, .arguments = arguments },
         NULL);
}

#define SERVICE(ready)                                                                                                 \
    "{'is_settled':true,'is_ready':" ready ",'uri':'https://api.example.com','serving':'api-1','wanted':[{'revision':"  \
    "'api-1','percent':100}],'observed':[{'revision':'api-1','percent':100}]}"

/* A word of a story; what is typed is said in whole. */
static void tell(struct play *play, const char *word)
{
    static const struct {
        const char *word;
        enum event_kind kind;
        const char *name;
        enum event_end end;
        const char *body;
    } rows[] = {
        { "told", EVENT_EFFECT, "public", END_DONE, "{'id':'i1','status':'scheduled','url':'https://stspg.io/i1'}" },
        { "closed", EVENT_EFFECT, "public", END_DONE, "{'id':'i1','status':'completed','is_closed':true}" },
        { "refused", EVENT_EFFECT, "public", END_FAILED, NULL },
        { "unknown", EVENT_EFFECT, "public", END_UNKNOWN, NULL },
        { "mailed", EVENT_EFFECT, "mail", END_DONE, NULL },
        { "not mailed", EVENT_EFFECT, "mail", END_FAILED, NULL },
        { "ready", EVENT_READING, "look:service.0", END_DONE, SERVICE("true") },
        { "unready", EVENT_READING, "look:service.0", END_DONE, SERVICE("false") },
        { "no service", EVENT_READING, "look:service.0", END_FAILED, NULL },
        { "healthy", EVENT_READING, "look:health.0", END_DONE, "{'status':200,'is_healthy':true}" },
        { "ill", EVENT_READING, "look:health.0", END_DONE, "{'status':500,'is_healthy':false}" },
        { "begun", EVENT_MESSAGE, MESSAGE_CHILD_BEGUN, END_DONE, "{'name':'work','operation':'D8'}" },
        { "no runbook", EVENT_MESSAGE, MESSAGE_CHILD_REFUSED, END_DONE, "{'name':'work','text':'*Denied*: no rule.\\nMore'}" },
        { "worked", EVENT_MESSAGE, MESSAGE_CHILD_ENDED, END_DONE,
          "{'name':'work','operation':'D8','result':'done','summary':'it is there'}" },
    };
    struct str rest = str_of(word);
    struct error err;
    int64_t ms;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].word, word) == 0) {
            hear(play,
                 (struct event){ .kind = rows[i].kind,
                                 .name = rows[i].name,
                                 .from = "engine",
                                 .end = rows[i].end,
                                 .error = rows[i].end == END_DONE ? NULL : "of a reason" },
                 rows[i].body);
            return;
        }
    if (str_take_prefix(&rest, "timer "))
        hear(play, (struct event){ .kind = EVENT_TIMER, .name = rest.at }, NULL);
    else if (str_take_prefix(&rest, "later ") && duration_parse(rest, &ms, &err))
        play->fixture->view.now_ms += ms;
    else if (strcmp(word, "stuck") == 0)
        play->operation.is_stuck = true;
    else
        type(play, word);
}

/* "running =in_progress !mail ?look:service.0 +run @over": what is said to whom is counted, "3 said". */
static const char *wants(struct play *play)
{
    struct arena *arena = play->fixture->arena;
    const char *text = play->operation.state;
    size_t said = 0;

    for (size_t i = 0; i < play->out.effects_count; i++) {
        const struct wanted_effect *effect = &play->out.effects[i];
        const char *status = json_find_string(effect->args, "status");

        if (strcmp(effect->kind, EFFECT_MESSAGE) == 0)
            said++;
        else if (effect->tag && strcmp(effect->tag, "public") == 0)
            text = arena_printf(arena, "%s =%s", text, status ? status : "components");
        else
            text = arena_printf(arena, "%s !%s", text, effect->kind);
    }
    if (said > 0)
        text = arena_printf(arena, "%s %zu said", text, said);
    for (size_t i = 0; i < play->out.readings_count; i++)
        text = arena_printf(arena, "%s ?%s", text, play->out.readings[i].name);
    for (size_t i = 0; i < play->out.requests_count; i++)
        text = arena_printf(arena, "%s +%s %s", text, play->out.requests[i].verb, play->out.requests[i].words[0]);
    for (size_t i = 0; i < play->out.timers_count; i++)
        if (play->out.timers[i].at_ms)
            text = arena_printf(arena, "%s @%s", text, play->out.timers[i].name);
    if (play->out.reply && play->out.reply->is_refusal)
        text = arena_printf(arena, "%s REFUSED", text);
    return text;
}

#define PLAN "maintenance plan api production in 3d for 1h why"
static void begin(struct play *play, const char *line)
{
    const char *answer = decision_answer(play->fixture, &verb_maintenance, line, &play->out);

    if (!play->out.begins)
        fail_msg("%s", answer);
    play->operation = (struct operation){ .id = "D7",
                                          .outside_id = "birth-00000000000000d7",
                                          .kind = "maintenance",
                                          .schema = 1,
                                          .source = "slack",
                                          .requester = { "slack", "U1", "T1", "ann" },
                                          .created_at_ms = DECISION_NOW_MS };
    play->out.reply = NULL;
    take(play);
}

#define SHOP "maintenance plan shop in 3d for 1h why"
#define STARTED "told", "later 3d", "timer start", "maintenance start D7", "told", "ready", "healthy"
#define ENDED STARTED, "maintenance end D7", "told", "ready", "healthy"

static const struct life_row {
    const char *name, *line;
    const char *story[20];
    const char *wants; /* after the last word */
} life_rows[] = {
    { "it is told at once", PLAN, { NULL }, "planned !mail =scheduled 1 said @announce @start" },
    { "and again, with who planned it", PLAN, { "told", "later 1d", "timer announce" }, "planned !mail 2 said @announce" },
    { "until the last time", PLAN, { "told", "later 2d23h", "timer announce" }, "planned !mail 2 said" },
    { "its time comes: it asks", PLAN, { "told", "later 3d", "timer start" }, "asking 2 said @missed @remind" },
    { "too soon, for the clock was set", PLAN, { "told", "later 2d", "timer start" }, "planned @start" },
    { "it is announced too soon, for the clock was set: not twice", PLAN, { "told", "later 23h", "timer announce" },
      "planned @announce" },
    { "nobody was there in all of its time", PLAN, { "told", "later 3d", "later 1h", "timer start" },
      "closing !mail =completed 1 said" },
    { "it is missed too soon, for the clock was set", PLAN, { "told", "later 3d", "timer start", "later 30m", "timer missed" },
      "asking @missed" },
    { "it asks again", PLAN, { "told", "later 3d", "timer start", "later 15m", "timer remind" }, "asking 2 said @remind" },
    { "nobody starts it", PLAN, { "told", "later 3d", "timer start", "later 1h", "timer missed" },
      "closing !mail =completed 1 said" },
    { "and it has ended once the public knows", PLAN, { "told", "later 3d", "timer start", "later 1h", "timer missed", "told" },
      "cancelled" },
    { "somebody starts it", PLAN, { "told", "later 3d", "timer start", "maintenance start D7" },
      "running =in_progress 1 said ?look:service.0 @looked @over" },
    { "twice", PLAN, { "told", "later 3d", "timer start", "maintenance start D7", "maintenance start D7" }, "running" },
    { "by the button of another card", PLAN, { "told", "later 3d", "timer start", "maintenance start D7 --look 0" },
      "asking REFUSED" },
    { "by its own", PLAN, { "told", "later 3d", "timer start", "maintenance start D7 --look 2" },
      "running =in_progress 1 said ?look:service.0 @looked @over" },
    { "before its time", PLAN, { "told", "maintenance start D7" }, "planned REFUSED" },
    { "with its runbook", PLAN " --runbook \"upgrade to=15\"", { "told", "later 3d", "timer start", "maintenance start D7" },
      "running =in_progress 1 said ?look:service.0 +run upgrade @looked @over" },
    { "whose end is told", PLAN " --runbook \"upgrade to=15\"", { STARTED, "begun", "worked" }, "running 1 said" },
    { "or why there was none", PLAN " --runbook \"upgrade to=15\"", { STARTED, "no runbook" }, "running 1 said" },
    { "it begins before the public was told that it is planned: that comes behind", PLAN,
      { "later 3d", "timer start", "maintenance start D7" }, "running 1 said ?look:service.0 @looked @over" },
    { "then", PLAN, { "later 3d", "timer start", "maintenance start D7", "told" }, "running =in_progress" },
    { "it is not ended while that is at work", PLAN " --runbook \"upgrade to=15\"", { STARTED, "begun", "maintenance end D7" },
      "running REFUSED" },
    { "but as it is", PLAN " --runbook \"upgrade to=15\"", { STARTED, "begun", "maintenance end D7 --anyway \"it hangs\"" },
      "watching !mail =completed 1 said @watch" },
    { "and once that has ended", PLAN " --runbook \"upgrade to=15\"", { STARTED, "begun", "worked", "maintenance end D7" },
      "verifying =verifying ?look:service.0 @looked" },
    { "it is over its time", PLAN, { STARTED, "later 1h", "timer over" }, "running 2 said @over" },
    { "a person extends it", PLAN, { STARTED, "maintenance extend D7 30m \"a slow copy\"" },
      "running !mail =in_progress 1 said @over" },
    { "then it is not over its time", PLAN, { STARTED, "maintenance extend D7 30m \"a slow copy\"", "told", "later 1h", "timer over" },
      "running @over" },
    { "while its places are looked at, to be ended: it goes on", PLAN,
      { STARTED, "maintenance end D7", "told", "maintenance extend D7 30m \"it is not done\"" },
      "running !mail =in_progress 1 said @over" },
    { "and is not freed by what was seen", PLAN,
      { STARTED, "maintenance end D7", "told", "maintenance extend D7 30m \"it is not done\"", "ready", "healthy" }, "running" },
    { "into the past", PLAN, { STARTED, "later 5h", "maintenance extend D7 30m \"a slow copy\"" }, "running REFUSED" },
    { "a note", PLAN, { STARTED, "maintenance note D7 \"half of it\"" }, "running 1 said" },
    { "it is ended: its places are looked at", PLAN, { STARTED, "maintenance end D7" },
      "verifying =verifying ?look:service.0 @looked" },
    { "they are well, and free", PLAN, { ENDED }, "watching !mail =completed 1 said @watch" },
    { "not ready: it runs on, and says so", PLAN, { STARTED, "maintenance end D7", "told", "unready", "healthy" },
      "running =in_progress 2 said" },
    { "not well", PLAN, { STARTED, "maintenance end D7", "told", "ready", "ill" }, "running =in_progress 2 said" },
    { "silent: that is not well", PLAN, { STARTED, "maintenance end D7", "told", "no service" }, "running =in_progress 2 said" },
    { "silent until it is too late", PLAN, { STARTED, "maintenance end D7", "told", "later 5s", "timer looked" },
      "running =in_progress 2 said" },
    { "ended as it is", PLAN, { STARTED, "maintenance end D7 --anyway \"known\"" }, "watching !mail =completed 1 said @watch" },
    { "ended while it is looked at", PLAN, { STARTED, "maintenance end D7", "maintenance end D7" }, "verifying" },
    { "what has not begun is not ended", PLAN, { "told", "maintenance end D7" }, "planned REFUSED" },
    { "what has begun is not cancelled", PLAN, { STARTED, "maintenance cancel D7 why" }, "running REFUSED" },
    { "nor aborted", PLAN, { STARTED, "abort D7" }, "running REFUSED" },
    { "cancelled", PLAN, { "told", "maintenance cancel D7 why" }, "closing !mail =completed 1 said" },
    { "before the public was told of it: that comes first", PLAN, { "maintenance cancel D7 why" }, "closing !mail 1 said" },
    { "then it is", PLAN, { "maintenance cancel D7 why", "told" }, "closing =completed" },
    { "and it has ended", PLAN, { "maintenance cancel D7 why", "told", "told" }, "cancelled" },
    { "it is over, and hears of nothing", PLAN, { "maintenance cancel D7 why", "maintenance cancel D7 why" }, "closing REFUSED" },
    { "aborted", PLAN, { "told", "abort D7" }, "closing !mail =completed 1 said" },
    { "watched", PLAN, { ENDED, "told", "later 1m", "timer watch" }, "watching ?look:service.0 @looked" },
    { "calm", PLAN, { ENDED, "told", "later 1m", "timer watch", "ready", "healthy" }, "watching @watch" },
    { "one bad look is none", PLAN, { ENDED, "told", "later 1m", "timer watch", "ready", "ill" }, "watching @watch" },
    { "two are told", PLAN, { ENDED, "told", "timer watch", "ready", "ill", "timer watch", "ready", "ill" },
      "watching 2 said @watch" },
    { "to its end", PLAN, { ENDED, "told", "later 1h", "timer watch", "ready", "healthy" }, "done 2 said" },
    { "the public is not told any more: it ends all the same", PLAN, { "refused", "maintenance cancel D7 why" },
      "cancelled !mail 1 said" },
    { "nobody knows whether it was: it is looked for", PLAN, { "unknown", "later 3d", "timer start", "maintenance start D7" },
      "running =scheduled 1 said ?look:service.0 @looked @over" },
    { "and goes on from there", PLAN, { "unknown", "later 3d", "timer start", "maintenance start D7", "told" },
      "running =in_progress" },
    { "somebody completed it there", PLAN, { STARTED, "maintenance extend D7 30m why", "closed" }, "running 1 said" },
    { "as it should be: what it affects is set back", PLAN, { "told", "maintenance cancel D7 why", "closed" },
      "closing =components" },
    { "a mail that did not go is told", PLAN, { "told", "not mailed" }, "planned 1 said" },
    { "one that went is not", PLAN, { "told", "mailed" }, "planned" },
    { "stuck: somebody ends it at once", PLAN, { STARTED, "stuck", "maintenance end D7" }, "done" },
    { "elsewhere than on Cloud Run nothing is looked at", "maintenance plan web production in 3d for 1h why",
      { "told", "later 3d", "timer start", "maintenance start D7", "told", "timer looked", "maintenance end D7", "told",
        "timer looked" },
      "watching !mail =completed 1 said @watch" },
    { "too late for all but one of its announcements", "maintenance plan api production in 2h for 1h why --short-notice x",
      { NULL }, "planned !mail =scheduled 1 said @announce @start" },
    { "too late for any", "maintenance plan api production in 5m for 1h why --short-notice x", { NULL },
      "planned !mail =scheduled 1 said @start" },
};

static const struct life_row itself_rows[] = {
    { "it begins without a person", PLAN, { "told", "later 3d", "timer start" },
      "running =in_progress 1 said ?look:service.0 @looked @over" },
    { "a little late, too", PLAN, { "told", "later 3d", "later 14m", "timer start" },
      "running =in_progress 1 said ?look:service.0 @looked @over" },
    { "much later a person is asked", PLAN, { "told", "later 3d", "later 16m", "timer start" }, "asking 2 said @missed @remind" },
    { "behind its time it does not take place", PLAN " --runbook \"upgrade to=15\"",
      { "told", "later 3d", "later 1h", "timer start" }, "closing !mail =completed 1 said" },
};

/* Where a lead has to consent to what is done to web. */
static const struct life_row consent_rows[] = {
    { "where consent is required, nobody is told before it", SHOP, { NULL }, "awaiting-approval 1 said @unapproved @ask" },
    { "somebody gives it", SHOP, { "U2 approve D7" }, "planned !mail =scheduled 1 said @announce @start" },
    { "whoever planned it does not", SHOP, { "approve D7" }, "awaiting-approval REFUSED" },
    { "nor whoever is no lead", SHOP, { "U9 approve D7" }, "awaiting-approval REFUSED" },
    { "they are asked again", SHOP, { "later 6h", "timer ask" }, "awaiting-approval 1 said" },
    { "nobody gives it", SHOP, { "later 24h", "timer unapproved" }, "cancelled 1 said" },
    { "it is given too late", SHOP, { "later 3d", "U2 approve D7" }, "cancelled 1 said" },
    { "it is not started before", SHOP, { "maintenance start D7" }, "awaiting-approval REFUSED" },
    { "nor extended", SHOP, { "maintenance extend D7 30m why" }, "awaiting-approval REFUSED" },
    { "but cancelled, of which nobody has to hear", SHOP, { "maintenance cancel D7 why" }, "cancelled" },
    { "where none of its places requires it, it waits for nobody", PLAN, { NULL }, "planned !mail =scheduled 1 said @announce @start" },
    { "what waits for nobody takes no consent", PLAN, { "told", "U2 approve D7" }, "planned REFUSED" },
};

static void live(const struct life_row *row, const char *file)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(file);
    struct play play = { .fixture = fixture };

    begin(&play, row->line);
    for (size_t i = 0; i < ARRAY_LEN(row->story) && row->story[i]; i++)
        tell(&play, row->story[i]);
    if (strcmp(wants(&play), row->wants) != 0)
        fail_msg("%s\n  instead of\n%s", wants(&play), row->wants);
}

static void check_life(void **state)
{
    live(*state, FILE_TEXT);
}

static void check_itself(void **state)
{
    live(*state, FILE_WITH("  start: itself\n"));
}

/* As a person would be refused: somebody who may is asked. */
static void check_itself_denied(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(FILE_WITH("  start: itself\n"));
    AUTO_DECISION struct decision_fixture *next =
        decision_create(FILE_OF("  start: itself\n", "    - { deny: maintenance, on: { service: api }, reason: a freeze }\n"));
    struct play play = { .fixture = fixture };

    (void)state;
    begin(&play, PLAN);
    tell(&play, "told");
    tell(&play, "later 3d");
    fixture->view.settings = next->view.settings;
    fixture->view.policy = next->view.policy;
    tell(&play, "timer start");
    assert_string_equal(wants(&play), "asking 2 said @missed @remind");
    assert_non_null(strstr(json_find_string(play.out.effects[0].args, "reply.text"), "a freeze"));
}

static void check_consent(void **state)
{
    live(*state, FILE_OF("", CONSENT));
}

static void the_next_one_is_listed_first(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(FILE_TEXT);
    const struct operation both[] = {
        { .id = "D3",
          .kind = "maintenance",
          .state = "planned",
          .body = decision_json(fixture, "{'targets':['api/production'],'at_ms':1795300000000,'reason':'later'}") },
        { .id = "D4",
          .kind = "maintenance",
          .state = "planned",
          .body = decision_json(fixture, "{'targets':['api/production'],'at_ms':1795220000000,'reason':'sooner'}") },
    };
    struct outcome out;

    (void)state;
    fixture->operations = both;
    fixture->operations_count = ARRAY_LEN(both);
    decision_answer(fixture, &verb_maintenance, "maintenance list", &out);
    if (!strstr(out.reply->lines[0], "sooner") || !strstr(out.reply->lines[1], "later"))
        fail_msg("%s", out.reply->lines[0]);
}

static void how_long_it_waits_is_told(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(FILE_TEXT);
    struct play play = { .fixture = fixture };

    (void)state;
    begin(&play, "maintenance plan api production in 3d for 1h why");
    tell(&play, "maintenance start D7");
    if (!strstr(play.out.reply->text, ", in 3 days, and everybody"))
        fail_msg("%s", play.out.reply->text);
}

/* ---- against before ---- */

#define NUMBERS(requests, errors, p95)                                                                                 \
    "{'canary':{'requests':{'is_known':true,'value':" requests "},'errors':{'is_known':true,'value':" errors           \
    "},'p95_s':{'is_known':true,'value':" p95 "}}}"
#define QUIET NUMBERS("1000", "1", "0.100")

static const struct number_row {
    const char *name, *before, *after; /* NULL: the source does not answer */
    const char *worse;                 /* as it is told; NULL: it is not */
    const char *unchecked;
} number_rows[] = {
    { "as before is calm", QUIET, QUIET, NULL, NULL },
    { "more errors are worse", QUIET, NUMBERS("1000", "60", "0.100"), "`api/production`: 6.00 % errors, before 0.10 %", NULL },
    { "as long as they are beyond the limit", QUIET, NUMBERS("1000", "5", "0.100"), NULL, NULL },
    { "and more than twice as many as before", NUMBERS("1000", "40", "0.1"), NUMBERS("1000", "60", "0.1"), NULL, NULL },
    { "slower is worse", QUIET, NUMBERS("1000", "1", "0.450"), "`api/production`: p95 450 ms, before 100 ms", NULL },
    { "as long as it is beyond the limit", QUIET, NUMBERS("1000", "1", "0.201"), "`api/production`: p95 201 ms, before 100 ms", NULL },
    { "within the limit it is not", QUIET, NUMBERS("1000", "1", "0.200"), NULL, NULL },
    { "nor when it was as slow before", NUMBERS("1000", "1", "0.300"), NUMBERS("1000", "1", "0.450"), NULL, NULL },
    { "what was before is not known: beyond the limit is worse", NULL, NUMBERS("1000", "60", "0.100"),
      "`api/production`: 6.00 % errors", NULL },
    { "few requests say nothing", QUIET, NUMBERS("19", "19", "9.0"), NULL, "`api/production`: no numbers" },
    { "nor does silence, and it is told", QUIET, NULL, NULL, "`api/production`: no numbers" },
};

static void hear_look(struct play *play, const char *numbers)
{
    tell(play, "ready");
    tell(play, "healthy");
    hear(play,
         (struct event){ .kind = EVENT_READING,
                         .name = "look:metrics.0",
                         .end = numbers ? END_DONE : END_FAILED,
                         .error = numbers ? NULL : "of a reason" },
         numbers);
}

static void check_numbers(void **state)
{
    static const char *const begins[] = { "told", "later 3d", "timer start", "maintenance start D7", "told" };
    const struct number_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(METRICS FILE_ALL("", "", CANARY));
    struct play play = { .fixture = fixture };

    begin(&play, PLAN);
    for (size_t i = 0; i < ARRAY_LEN(begins); i++)
        tell(&play, begins[i]);
    hear_look(&play, row->before);
    tell(&play, "maintenance end D7");
    hear_look(&play, row->after);
    assert_string_equal(play.operation.state, "watching");
    for (size_t i = 0; i < 2; i++) { /* one bad look is none */
        assert_null(play.body->worse);
        tell(&play, "timer watch");
        hear_look(&play, row->after);
    }
    if ((play.body->worse != NULL) != (row->worse != NULL) || (row->worse && strcmp(row->worse, play.body->worse) != 0))
        fail_msg("%s", play.body->worse);
    if ((play.body->unchecked != NULL) != (row->unchecked != NULL) ||
        (row->unchecked && strcmp(row->unchecked, play.body->unchecked) != 0))
        fail_msg("%s", play.body->unchecked);
}

static void check_late(void **state)
{
    static const struct {
        const char *more, *says;
    } rows[] = { { "", "(*D7*) was due 20 min ago. Start it?" },
                 { "  start: itself\n",
                   "(*D7*) was due 20 min ago, and does not start by itself: opsgate did not run then. Start it?" } };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_FREE char *file = NULL;
        struct play play = { 0 };

        assert_true(asprintf(&file, FILE_WITH("%s"), rows[i].more) > 0);
        play.fixture = decision_create(file);
        begin(&play, PLAN);
        tell(&play, "later 3d");
        tell(&play, "later 20m");
        tell(&play, "timer start");
        assert_non_null(strstr(json_find_string(play.out.effects[0].args, "reply.text"), rows[i].says));
        decision_destroy(play.fixture);
    }
}

/* Silence is no calm. */
static void check_silence(void **state)
{
    static const char *const begins[] = { "told", "later 3d", "timer start", "maintenance start D7", "told" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(METRICS FILE_ALL("", "", CANARY));
    struct play play = { .fixture = fixture };

    (void)state;
    begin(&play, PLAN);
    for (size_t i = 0; i < ARRAY_LEN(begins); i++)
        tell(&play, begins[i]);
    hear_look(&play, QUIET);
    tell(&play, "maintenance end D7");
    hear_look(&play, QUIET);
    for (size_t i = 0; i < 2; i++) {
        tell(&play, "timer watch");
        hear_look(&play, NUMBERS("1000", "60", "0.100"));
    }
    assert_non_null(play.body->worse);
    tell(&play, "timer watch");
    hear_look(&play, NULL);
    assert_string_equal(json_find_string(play.out.effects[0].args, "reply.text"),
                        "After the maintenance *D7* nothing worse is seen any more, but not all could be looked at: "
                        "`api/production`: no numbers.");
    tell(&play, "later 1h");
    tell(&play, "timer watch");
    hear_look(&play, NULL);
    assert_non_null(strstr(play.body->summary, "nothing worse was seen at its end, and worse in between; "
                                                   "`api/production`: no numbers"));
}

/* What the public reads is the configuration's alone. */
static void check_public(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(FILE_TEXT);
    struct outcome out;

    (void)state;
    decision_answer(fixture, &verb_maintenance, "maintenance plan shop in 3d for 1h \"a secret reason\"", &out);
    for (size_t i = 0; i < out.effects_count; i++) {
        AUTO_FREE char *args = cJSON_PrintUnformatted(out.effects[i].args);

        if (strcmp(out.effects[i].kind, EFFECT_STATUSPAGE_OPEN) != 0)
            continue;
        assert_null(strstr(args, "secret"));
        assert_non_null(strstr(args, "\"components\":{\"c1\":\"\",\"c2\":\"\"}"));
        return;
    }
    fail_msg("the public is not told");
}

/* It may have been cancelled: nothing of it is watched. */
static void check_closing_listed(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(FILE_TEXT);
    struct operation closing = { .id = "D3", .kind = "maintenance", .state = "closing", .requester = { "slack", "U2", "T1", "bob" } };
    struct outcome out;

    (void)state;
    closing.body = decision_json(fixture, ANOTHER);
    fixture->operations = &closing;
    fixture->operations_count = 1;
    assert_non_null(strstr(decision_answer(fixture, &verb_maintenance, "maintenance", &out),
                           "by @{slack:U2}, over; the status page is being told, "));
}

static const char *public_words(const struct play *play)
{
    for (size_t i = 0; i < play->out.effects_count; i++)
        if (play->out.effects[i].tag && strcmp(play->out.effects[i].tag, "public") == 0)
            return json_find_string(play->out.effects[i].args, "body");
    return NULL;
}

/* It has begun once. */
static void check_public_not_well(void **state)
{
    static const char *const begins[] = { STARTED, "maintenance end D7", "told", "ready", "ill" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(FILE_TEXT);
    struct play play = { .fixture = fixture };

    (void)state;
    begin(&play, PLAN);
    for (size_t i = 0; i < ARRAY_LEN(begins); i++)
        tell(&play, begins[i]);
    assert_string_equal(play.operation.state, "running");
    assert_string_equal(public_words(&play), "The maintenance takes longer than we expected.");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(check_question),
                                        cmocka_unit_test(check_public),
                                        cmocka_unit_test(check_itself_denied),
                                        cmocka_unit_test(check_silence),
                                        cmocka_unit_test(check_public_not_well),
                                        cmocka_unit_test(check_closing_listed),
                                        cmocka_unit_test(check_late),
                                        cmocka_unit_test(the_next_one_is_listed_first),
                                        cmocka_unit_test(how_long_it_waits_is_told) };

    return cmocka_run_group_tests(tests, NULL, NULL) + ROWS(word_rows, check_words) + ROWS(life_rows, check_life) +
           ROWS(itself_rows, check_itself) + ROWS(consent_rows, check_consent) + ROWS(number_rows, check_numbers);
}
