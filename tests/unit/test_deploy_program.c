/* A program as a driver: what it is started with, how its output is told, how it ends, and the way back. */
#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "bot/model/delivery.h"
#include "bot/model/program.h"
#include "handlers/control.h"
#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/program.h"
#include "handlers/rollback/rollback.h"

#define CONFIGURATION                                                                                                  \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1, channels: { deployments: \"#deployments\" } }\n" \
    "services:\n"                                                                                                      \
    "  - name: tools\n"                                                                                                \
    "    environments:\n"                                                                                              \
    "      - { name: host, driver: { program: { deploy: [/opt/bin/deploy.sh, --to, \"{version}\", \"{service}/"        \
    "{environment}\"], rollback: [back.sh, \"{version}\"], timeout: 10m } } }\n"                                       \
    "      - { name: again, driver: { program: { deploy: [d, \"{version}\"], on_crash: repeat } } }\n"                 \
    "      - { name: picture, driver: { program: { deploy: [d, \"{image}\"] } } }\n"                                   \
    "      - { name: steps, driver: { program: { deploy: [d] } }, strategy: { blue_green: { watch: 1h } } }\n"         \
    "  - name: web\n"                                                                                                  \
    "    artifact: { image: \"registry.example.com/web:{version}\" }\n"                                                \
    "    environments:\n"                                                                                              \
    "      - { name: disk, driver: { program: { deploy: [d, \"{image}\", \"{operation}\"] } } }\n"                     \
    "policy: { rules: [{ allow: \"*\", to: everyone }] }\n"

/* ---- one deploy, played event by event ---- */

struct play {
    struct decision_fixture *fixture;
    struct operation operation;
    const struct deploy_body *body;
    struct outcome out;
};

static void take(struct play *play)
{
    struct arena *arena = play->fixture->arena;
    struct deploy_body *body = ARENA_NEW(arena, struct deploy_body);
    struct error err;
    cJSON *json;

    if (play->out.state)
        play->operation.state = play->out.state;
    if (play->out.result) {
        play->operation.result = play->out.result;
        play->operation.summary = play->out.summary;
    }
    if (!play->out.body)
        return;
    json = shape_to_json(&deploy_body_shape, play->out.body, SHAPE_WHOLE); /* as the record keeps it */
    arena_defer(arena, (void (*)(void *))cJSON_Delete, json);
    if (!shape_from_json(&deploy_body_shape, json, arena, body, &err))
        fail_msg("%s", err.message);
    play->body = body;
    play->operation.body = json;
}

static struct play begin(const struct verb *verb, const char *line, const struct target *target)
{
    struct play play = { .fixture = decision_create(CONFIGURATION) };

    if (target) {
        play.fixture->targets = target;
        play.fixture->targets_count = 1;
    }
    decision_answer(play.fixture, verb, line, &play.out);
    play.operation = (struct operation){ .id = "D7",
                                         .outside_id = "birth-00000000000000d7",
                                         .kind = "deploy",
                                         .schema = DEPLOY_SCHEMA,
                                         .target = play.out.target,
                                         .source = "slack",
                                         .requester = { "slack", "U1", "T1", "ann" },
                                         .created_at_ms = DECISION_NOW_MS };
    take(&play);
    return play;
}

static void end(struct play *play)
{
    decision_destroy(play->fixture);
}

static void send_event(struct play *play, struct event event, const char *body)
{
    event.body = body ? decision_json(play->fixture, body) : NULL;
    outcome_init(&play->out, play->fixture->arena, "D7", "birth-00000000000000d7");
    machine_deploy.on_event(&play->fixture->view, &play->operation, play->body, &event, &play->out);
    take(play);
}

static void timer(struct play *play, const char *name)
{
    send_event(play, (struct event){ .kind = EVENT_TIMER, .name = name }, NULL);
}

static void message(struct play *play, const char *name, const char *body)
{
    send_event(play, (struct event){ .kind = EVENT_MESSAGE, .name = name, .from = "engine" }, body);
}

static void effect(struct play *play, const char *tag, enum event_end how, const char *body)
{
    send_event(play,
               (struct event){ .kind = EVENT_EFFECT, .name = tag, .end = how, .error = body ? NULL : "of a reason" },
               body);
}

static void progress(struct play *play, const char *body)
{
    send_event(play, (struct event){ .kind = EVENT_READING, .name = "progress", .end = END_DONE }, body);
}

static void no_progress(struct play *play, enum event_end how)
{
    send_event(play, (struct event){ .kind = EVENT_READING, .name = "progress", .end = how, .error = "of a reason" },
               NULL);
}

static void later(struct play *play, int64_t ms)
{
    play->fixture->view.now_ms += ms;
}

static const char *ask(struct play *play, const struct verb *verb, const char *reason)
{
    struct request request = decision_request(play->fixture, arena_printf(play->fixture->arena, "%s D7", verb->name));
    struct control_arguments arguments = { "D7", CONTROL_ANY_LOOK, reason };

    send_event(
        play, (struct event){ .kind = EVENT_REQUEST, .name = verb->name, .request = &request, .arguments = &arguments },
        NULL);
    return play->out.reply ? play->out.reply->text : NULL;
}

/* In one line: "executing ?progress !program.start". */
static const char *wants(struct play *play)
{
    struct arena *arena = play->fixture->arena;
    const char *text = play->operation.state;

    for (size_t i = 0; i < play->out.effects_count; i++)
        text = arena_printf(arena, "%s !%s", text, play->out.effects[i].kind);
    for (size_t i = 0; i < play->out.readings_count; i++)
        text = arena_printf(arena, "%s ?%s", text, play->out.readings[i].name);
    for (size_t i = 0; i < play->out.timers_count; i++)
        text = arena_printf(arena, "%s @%s", text, play->out.timers[i].name);
    for (size_t i = 0; i < play->out.cancels_count; i++)
        text = arena_printf(arena, "%s ~%s", text, play->out.cancels[i]);
    return arena_printf(arena, "%s%s%s%s%s%s", text, play->out.claims ? " claims" : "", play->out.good ? " good" : "",
                        play->out.is_return ? " return" : "", play->out.bad ? " bad" : "",
                        play->out.leaves_doubt ? " doubt" : "");
}

static void assert_says(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        assert_string_equal(text ? text : "(nothing)", part);
}

/* Up to the running program. */
static struct play executing(const char *line)
{
    struct play play = begin(&verb_deploy, line, NULL);

    timer(&play, "pinned");
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    assert_string_equal(wants(&play), "executing ?progress");
    return play;
}

static struct program_start started_with(struct play *play)
{
    struct program_start start;
    struct error err;

    assert_int_equal(play->out.effects_count, 1);
    assert_string_equal(play->out.effects[0].kind, EFFECT_PROGRAM);
    assert_true(shape_from_json(&program_start_shape, play->out.effects[0].args, play->fixture->arena, &start, &err));
    return start;
}

static struct program_look looks_at(struct play *play)
{
    struct program_look looked;
    struct error err;

    assert_int_equal(play->out.readings_count, 1);
    assert_true(shape_from_json(&program_look_shape, play->out.readings[0].args, play->fixture->arena, &looked, &err));
    return looked;
}

/* ---- to the start ---- */

static void typed_version_is_the_version(void **state)
{
    struct play play = begin(&verb_deploy, "deploy tools host feature/x-1", NULL);
    struct program_start start;

    (void)state;
    assert_string_equal(wants(&play), "pinning @pinned");
    timer(&play, "pinned");
    assert_string_equal(wants(&play), "queued claims");
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    assert_string_equal(wants(&play), "launching !program.start");
    start = started_with(&play);
    assert_int_equal(start.argv_count, 4);
    assert_string_equal(start.argv[0], "/opt/bin/deploy.sh");
    assert_string_equal(start.argv[2], "feature/x-1");
    assert_string_equal(start.argv[3], "tools/host");
    assert_int_equal(start.timeout_ms, 10 * MINUTE_MS);
    assert_int_equal(start.env_count, 0);
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    assert_string_equal(looks_at(&play).run, "birth-0000000000000001");
    assert_int_equal(looks_at(&play).from_byte, 0);
    end(&play);
}

static void image_is_pinned_where_there_is_one(void **state)
{
    struct play play = begin(&verb_deploy, "deploy disk v1", NULL);
    struct program_start start;

    (void)state;
    assert_string_equal(wants(&play), "pinning ?digest");
    send_event(&play, (struct event){ .kind = EVENT_READING, .name = "digest", .end = END_DONE },
               "{'image':'registry.example.com/web@sha256:aa'}");
    message(&play, MESSAGE_GRANTED, "{'target':'web/disk'}");
    start = started_with(&play);
    assert_string_equal(start.argv[1], "registry.example.com/web@sha256:aa");
    assert_string_equal(start.argv[2], "D7");
    end(&play);
}

static const struct refused_row {
    const char *name, *line, *answer;
} refused_rows[] = {
    { "an option as a version", "deploy tools host -rf", "MISUSED" },
    { "an option behind --", "deploy tools host -- --force", "MISUSED" },
    { "a way out of a directory", "deploy tools host ../../etc/passwd", "MISUSED" },
    { "two words in one", "deploy tools host \"v1 --force\"", "MISUSED" },
    { "a newline", "deploy tools host \"v1\nv2\"", "MISUSED" },
    { "no version at all", "deploy tools host", "MISUSED Which version?" },
    { "a strategy", "deploy tools host v1 --strategy canary", "MISUSED `tools/host` is deployed by a program" },
    { "{image} without an artifact", "deploy picture v1",
      "REFUSED The program of `tools/picture` asks for {image}, and `tools` has no artifact." },
    { "steps, which a program has not", "deploy steps v1", "REFUSED `tools/steps` is deployed by a program" },
};

static void check_refused(void **state)
{
    const struct refused_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;
    const char *answer = decision_answer(fixture, &verb_deploy, row->line, &out);

    assert_true(str_starts_with(str_of(answer), row->answer));
    assert_false(out.begins);
}

static const struct argv_row {
    const char *name, *word, *version, *filled; /* NULL: refused */
    const char *why;
} argv_rows[] = {
    { "a word is filled in", "{version}", "v1", "v1", NULL },
    { "within others, and twice", "a{version}b{version}", "v1", "av1bv1", NULL },
    { "other braces stay", "{\"a\":{b},\"c\":\"{version}\"}{", "v1", "{\"a\":{b},\"c\":\"v1\"}{", NULL },
    { "a digest, a commit, a branch", "{version}", "v1@sha256:aa/b_c+d", "v1@sha256:aa/b_c+d", NULL },
    { "a blank of our own", "{version}", "{service}", NULL, "holds other characters" },
    { "a shell's words", "{version}", "$(reboot)", NULL, "holds other characters" },
    { "a shell's quote", "{version}", "v1';id;'", NULL, "holds other characters" },
    { "two words", "{version}", "v1 --force", NULL, "holds other characters" },
    { "letters of other scripts", "{version}", "v\u0661", NULL, "holds other characters" },
    { "an option", "{version}", "--force", NULL, "{version} begins with `-`" },
    { "an option behind a sign", "--version={version}", "-x", NULL, "{version} begins with `-`" },
    { "nothing", "{version}", "", NULL, "{version} is empty" },
    { "no image", "{image}", "v1", NULL, "{image} is empty" },
    { "no commit", "{commit}", "v1", NULL, "{commit} is empty" },
    { "a newline", "{version}", "v1\n--force", NULL, "holds other characters" },
    { "an escape", "{version}", "v1\x1b[2J", NULL, "holds other characters" },
    { "what is not asked for does no harm", "fixed", "-x", "fixed", NULL },
};

static void check_argv(void **state)
{
    const struct argv_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    const char *words[] = { row->word };
    struct deploy_program program = { .argv = words, .argv_count = 1 };
    struct deploy_body body = {
        .service = "tools", .environment = "host", .version = row->version, .program = &program
    };
    const char **argv;
    struct error err;

    assert_int_equal(deploy_program_argv(&body, "D7", arena, &argv, &err), row->filled != NULL);
    if (row->filled)
        assert_string_equal(argv[0], row->filled);
    else
        assert_says(err.message, row->why);
}

static void value_that_may_not_stand_there_starts_nothing(void **state)
{
    struct play play = begin(&verb_deploy, "deploy tools host v1", NULL);
    struct deploy_body *body;

    (void)state;
    timer(&play, "pinned");
    body = ARENA_NEW(play.fixture->arena, struct deploy_body);
    *body = *play.body;
    body->version = "--force";
    play.body = body;
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    assert_string_equal(wants(&play), "failed");
    assert_says(play.out.summary, "`deploy.sh` cannot be started: {version} begins with '-', and a program");
    assert_says(play.out.summary, "Nothing was started.");
    end(&play);
}

static void start_that_fails_says_so(void **state)
{
    static const struct {
        enum event_end end;
        const char *wants, *summary;
    } rows[] = {
        { END_FAILED, "failed", "could not be started: of a reason. Nothing was started." },
        { END_CANCELLED, "failed", "Nothing was started." },
        { END_UNKNOWN, "failed bad doubt", "Nothing can tell whether `deploy.sh` was started" },
        { END_GAVE_UP, "failed bad doubt", "What serves now is not known" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct play play = begin(&verb_deploy, "deploy tools host v1", NULL);

        timer(&play, "pinned");
        message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
        effect(&play, "program", rows[i].end, NULL);
        assert_string_equal(wants(&play), rows[i].wants);
        assert_says(play.out.summary, rows[i].summary);
        end(&play);
    }
}

/* ---- its end ---- */

static const struct end_row {
    const char *name, *progress, *wants, *summary;
} end_rows[] = {
    { "exit 0 is done, and the version good", "{'has_ended':true,'is_all':true,'output':'fine\\n','to_byte':5}",
      "done !slack.message good", "`deploy.sh` brought tools/host to `v1` after" },
    { "any other status has failed, with its last line",
      "{'has_ended':true,'is_all':true,'exit_status':3,'output':'one\\nno disk\\n','to_byte':12}",
      "failed !slack.message bad doubt",
      "`deploy.sh` exited with status 3; its last line was `no disk`. What serves now "
      "is not known: look at it, then `deploy tools host v1`, or" },
    { "a signal is named", "{'has_ended':true,'is_all':true,'signal':9,'to_byte':0}", "failed bad doubt",
      "was ended by signal 9" },
    { "so is the time limit", "{'has_ended':true,'is_all':true,'signal':15,'is_timed_out':true,'to_byte':0}",
      "failed bad doubt", "took longer than 10 min and was stopped" },
    { "exit 0 after the time limit is no success",
      "{'has_ended':true,'is_all':true,'exit_status':0,'is_timed_out':true,'to_byte':0}", "failed bad doubt",
      "took longer" },
    { "an end that nobody knows asks a person", "{'has_ended':true,'is_all':true,'is_lost':true,'to_byte':0}",
      "failed bad doubt", "How `deploy.sh` ended is not known: it was killed with its shim, or the machine went down" },
    { "dropped output is told", "{'has_ended':true,'is_all':true,'exit_status':1,'dropped_bytes':77,'to_byte':0}",
      "failed bad doubt", "77 bytes of its output were too much to keep" },
};

static void check_end(void **state)
{
    const struct end_row *row = *state;
    struct play play = executing("deploy tools host v1");

    progress(&play, row->progress);
    assert_string_equal(wants(&play), row->wants);
    assert_says(play.out.summary, row->summary);
    if (play.out.good) {
        assert_string_equal(play.out.good->version, "v1");
        assert_string_equal(play.out.good->revision, "D7");
    }
    end(&play);
}

static void unknown_end_is_run_once_more_where_that_is_allowed(void **state)
{
    struct play play = executing("deploy tools again v1");

    (void)state;
    no_progress(&play, END_FAILED);
    assert_string_equal(wants(&play), "launching !program.start");
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000002'}");
    assert_string_equal(looks_at(&play).run, "birth-0000000000000002");
    assert_int_equal(looks_at(&play).from_byte, 0);
    no_progress(&play, END_FAILED); /* but not for ever */
    assert_string_equal(wants(&play), "failed bad doubt");
    assert_says(play.out.summary, "(it was run twice)");
    end(&play);
}

static void silence_is_waited_for_but_not_for_ever(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    no_progress(&play, END_GAVE_UP);
    assert_string_equal(wants(&play), "executing @follow");
    timer(&play, "follow");
    assert_string_equal(wants(&play), "executing ?progress");
    later(&play, 10 * MINUTE_MS + 10 * MINUTE_MS);
    no_progress(&play, END_GAVE_UP);
    assert_string_equal(wants(&play), "failed bad doubt");
    end(&play);
}

static void answer_that_makes_no_sense_is_asked_again(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    progress(&play, "{'has_ended':'perhaps'}");
    assert_string_equal(wants(&play), "executing @follow");
    progress(&play, "[]");
    assert_string_equal(wants(&play), "executing @follow");
    end(&play);
}

/* ---- its output ---- */

static struct message_delivery posted(struct play *play)
{
    struct message_delivery delivery;
    struct error err;

    assert_string_equal(play->out.effects[0].kind, EFFECT_MESSAGE);
    assert_true(
        shape_from_json(&message_delivery_shape, play->out.effects[0].args, play->fixture->arena, &delivery, &err));
    return delivery;
}

static void output_goes_into_the_thread(void **state)
{
    struct play play = executing("deploy tools host v1");
    struct message_delivery delivery;

    (void)state;
    progress(&play, "{'output':'one *two*\\n\\n`three` @{slack:U1}\\n','to_byte':30}");
    assert_string_equal(wants(&play), "executing !slack.message @follow");
    delivery = posted(&play);
    assert_true(delivery.is_in_thread);
    assert_string_equal(delivery.channel, "#deployments");
    assert_string_equal(delivery.reply.text, "D7, `deploy.sh`:");
    assert_int_equal(delivery.reply.lines_count, 2);
    assert_string_equal(delivery.reply.lines[0], "`one *two*`");
    assert_string_equal(delivery.reply.lines[1], "`'three' @{slack:U1}`"); /* in a code, no mention */
    timer(&play, "follow");
    assert_int_equal(looks_at(&play).from_byte, 30);
    end(&play);
}

static void messages_come_slowly_and_pass_over_nothing(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    progress(&play, "{'output':'one\\n','to_byte':4}");
    later(&play, 6000);
    progress(&play, "{'output':'two\\n','to_byte':8}"); /* the first is still on its way */
    assert_string_equal(wants(&play), "executing @follow");
    timer(&play, "follow");
    assert_int_equal(looks_at(&play).from_byte, 4);
    effect(&play, "posted", END_DONE, "{}");
    progress(&play, "{'output':'two\\nthree\\n','to_byte':14}");
    assert_string_equal(wants(&play), "executing !slack.message @follow");
    assert_int_equal(posted(&play).reply.lines_count, 2);
    effect(&play, "posted", END_FAILED, NULL);
    progress(&play, "{'output':'four\\n','to_byte':19}"); /* 5 s have not passed */
    assert_string_equal(wants(&play), "executing @follow");
    end(&play);
}

static void after_so_many_messages_only_the_end_is_of_interest(void **state)
{
    struct play play = executing("deploy tools host v1");
    struct message_delivery delivery = { .channel = NULL };

    (void)state;
    for (int i = 1; i <= 20; i++) {
        later(&play, 6000);
        progress(&play, arena_printf(play.fixture->arena, "{'output':'line %d\\n','to_byte':%d}", i, i * 10));
        delivery = posted(&play);
        effect(&play, "posted", END_DONE, "{}");
    }
    assert_string_equal(delivery.reply.lines[1], "Its output goes on: `opsgate ops show D7`");
    later(&play, 6000);
    timer(&play, "follow");
    assert_true(looks_at(&play).is_tail);
    progress(&play, "{'output':'more\\n','to_byte':900}");
    assert_string_equal(wants(&play), "executing @follow");
    progress(&play, "{'has_ended':true,'is_all':true,'output':'last\\n','to_byte':905}");
    assert_string_equal(wants(&play), "done good");
    assert_int_equal(play.body->program->tail_count, 20);
    assert_string_equal(play.body->program->tail[19], "last");
    assert_string_equal(play.body->program->tail[18], "more");
    end(&play);
}

static void rest_is_told_when_it_ends_but_not_for_ever(void **state)
{
    struct play play = executing("deploy tools host v1");
    int looks = 0;

    (void)state;
    do {
        progress(&play, "{'has_ended':true,'output':'much\\n','to_byte':100}");
        looks++;
        assert_true(looks < 20);
    } while (!play.out.result);
    assert_int_equal(looks, 6); /* five pieces, and then the last lines */
    assert_int_equal(play.body->program->posts, 6);
    end(&play);
}

/* ---- what people say ---- */

static void abort_stops_it_and_waits_for_its_end(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    assert_says(ask(&play, &verb_abort, "wrong one"), "*D7* is aborted: `deploy.sh` is being stopped.");
    assert_string_equal(wants(&play), "stopping !program.stop");
    assert_string_equal(json_find_string(play.out.effects[0].args, "run"), "birth-0000000000000001");
    assert_says(ask(&play, &verb_abort, NULL), "is being stopped already");
    assert_string_equal(wants(&play), "stopping");
    effect(&play, "stop", END_DONE, "{'stopped':true}");
    progress(&play, "{'to_byte':0}");
    assert_string_equal(wants(&play), "stopping @follow");
    progress(&play, "{'has_ended':true,'is_all':true,'signal':15,'to_byte':0}");
    assert_string_equal(wants(&play), "aborted bad doubt");
    assert_says(play.out.summary, "it was aborted; `deploy.sh` was ended by signal 15. What serves now");
    end(&play);
}

static void abort_while_it_is_started_stops_it_then(void **state)
{
    struct play play = begin(&verb_deploy, "deploy tools host v1", NULL);

    (void)state;
    timer(&play, "pinned");
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    ask(&play, &verb_abort, NULL);
    assert_string_equal(wants(&play), "launching ~program");
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    assert_string_equal(wants(&play), "stopping !program.stop ?progress");
    end(&play);
}

static void abort_before_it_was_started_starts_nothing(void **state)
{
    struct play play = begin(&verb_deploy, "deploy tools host v1", NULL);

    (void)state;
    timer(&play, "pinned");
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    ask(&play, &verb_abort, NULL);
    effect(&play, "program", END_CANCELLED, NULL);
    assert_string_equal(wants(&play), "aborted");
    assert_says(play.out.summary, "Nothing was started.");
    end(&play);
}

static void queued_one_is_aborted_like_any_other(void **state)
{
    struct play play = begin(&verb_deploy, "deploy tools host v1", NULL);

    (void)state;
    timer(&play, "pinned");
    ask(&play, &verb_abort, NULL);
    assert_string_equal(play.out.result, "aborted");
    end(&play);
}

static void other_controls_are_refused(void **state)
{
    static const struct verb *const controls[] = { &verb_pause, &verb_resume, &verb_promote, &verb_retry };
    struct play play = executing("deploy tools host v1");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(controls); i++) {
        assert_says(ask(&play, controls[i], NULL), "`abort D7` stops it. Nothing was done.");
        assert_true(play.out.reply->is_refusal);
        assert_string_equal(wants(&play), "executing");
    }
    end(&play);
}

static void rollback_of_the_target_stops_it(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    message(&play, MESSAGE_YIELD, "{'target':'tools/host','by':'D9','version':'v0'}");
    assert_string_equal(wants(&play), "stopping !program.stop");
    message(&play, MESSAGE_YIELD, "{'target':'tools/host','by':'D10','version':'v0'}");
    assert_string_equal(wants(&play), "stopping");
    progress(&play, "{'has_ended':true,'is_all':true,'exit_status':1,'to_byte':0}");
    assert_string_equal(wants(&play), "aborted bad doubt");
    assert_says(play.out.summary, "D9 rolls tools/host back; `deploy.sh` exited with status 1");
    end(&play);
}

static void stop_that_does_not_get_through_is_told(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    ask(&play, &verb_abort, NULL);
    effect(&play, "stop", END_GAVE_UP, NULL);
    assert_string_equal(wants(&play), "stopping");
    assert_says(play.body->problem, "it cannot be stopped: of a reason");
    end(&play);
}

/* ---- the way back ---- */

static struct target_version goods[] = { { "v1", "v1", "D1", "D1", 1 },
                                         { "v2", "v2", "D2", "D2", 2 },
                                         { "v3", "v3", "D3", "D3", 3 } };

static struct target target_with(size_t goods_count, const char *doubt)
{
    return (struct target){ .name = "tools/host", .good = goods, .good_count = goods_count, .doubt = doubt };
}

static void rollback_runs_its_own_argv_with_the_version_before(void **state)
{
    struct target target = target_with(3, NULL);
    struct play play = begin(&verb_rollback, "rollback host --reason \"it *hurts*\"", &target);
    struct program_start start;

    (void)state;
    assert_string_equal(wants(&play), "queued claims");
    assert_true(play.out.claims_first);
    assert_says(play.out.reply->text, "*D7*: rolling *tools* in *host* back from `v3` to `v2`.");
    assert_string_equal(play.body->reason, "it  hurts ");
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    start = started_with(&play);
    assert_int_equal(start.argv_count, 2);
    assert_string_equal(start.argv[0], "back.sh");
    assert_string_equal(start.argv[1], "v2");
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    progress(&play, "{'has_ended':true,'is_all':true,'to_byte':0}");
    assert_string_equal(wants(&play), "done good return bad");
    assert_string_equal(play.out.good->revision, "D2");
    assert_string_equal(play.out.bad->version, "v3");
    end(&play);
}

static void rollback_after_a_failed_run_goes_to_the_newest_good(void **state)
{
    struct target target = target_with(3, "D6");
    struct play play = begin(&verb_rollback, "rollback host", &target);

    (void)state;
    assert_says(play.out.reply->text, "back to `v3`.");
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    progress(&play, "{'has_ended':true,'is_all':true,'to_byte':0}");
    assert_string_equal(wants(&play), "done good return"); /* it leaves no good version */
    end(&play);
}

static void failed_rollback_marks_nothing_bad(void **state)
{
    struct target target = target_with(2, NULL);
    struct play play = begin(&verb_rollback, "rollback host", &target);

    (void)state;
    message(&play, MESSAGE_GRANTED, "{'target':'tools/host'}");
    effect(&play, "program", END_DONE, "{'run':'birth-0000000000000001'}");
    progress(&play, "{'has_ended':true,'is_all':true,'exit_status':1,'to_byte':0}");
    assert_string_equal(wants(&play), "failed doubt");
    end(&play);
}

static void rollback_that_cannot_be_says_why(void **state)
{
    struct target one = target_with(1, NULL), three = target_with(3, NULL);
    struct play play;

    (void)state;
    play = begin(&verb_rollback, "rollback host", NULL);
    assert_says(play.out.reply->text, "No good version of `tools/host` before this one is recorded");
    assert_false(play.out.begins);
    end(&play);
    play = begin(&verb_rollback, "rollback host", &one);
    assert_says(play.out.reply->text, "No good version");
    end(&play);
    play = begin(&verb_rollback, "rollback host --from v1", &three);
    assert_says(play.out.reply->text, "The card has changed: `tools/host` is at `v3` now, not at `v1`.");
    assert_false(play.out.begins);
    end(&play);
}

static void rollback_while_one_runs_goes_where_that_came_from(void **state)
{
    struct target target = target_with(3, NULL);
    struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation running = { .id = "D6", .kind = "deploy", .state = "executing", .target = "tools/host" };
    struct outcome out;

    (void)state;
    running.body = decision_json(fixture, "{'version':'v4'}");
    target.holder = "D6";
    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->operations = &running;
    fixture->operations_count = 1;
    assert_says(decision_answer(fixture, &verb_rollback, "rollback host", &out), "back from `v4` to `v3`.");
    running.body = decision_json(fixture, "{'version':'v3','is_way_back':true}");
    assert_says(decision_answer(fixture, &verb_rollback, "rollback host", &out), "*D6* does that already.");
    assert_false(out.begins);
    decision_destroy(fixture);
}

/* ---- the card ---- */

static struct card card_of(struct play *play)
{
    struct card card = { .operation = "D7" };

    machine_deploy.card(&play->fixture->view, &play->operation, play->body, &card);
    return card;
}

static void card_shows_what_it_does_and_how_it_ended(void **state)
{
    struct play play = executing("deploy tools host v1");
    struct card card = card_of(&play);

    (void)state;
    assert_string_equal(card.title, "Deploy tools v1 to host");
    assert_string_equal(card.status, "D7: the program runs");
    assert_int_equal(card.tone, CARD_RUNNING);
    assert_int_equal(card.steps_count, 4);
    assert_int_equal(card.steps[3].mark, STEP_NOW);
    assert_int_equal(card.actions_count, 1);
    assert_string_equal(card.actions[0].label, "Abort");
    progress(&play, "{'has_ended':true,'is_all':true,'exit_status':3,'output':'one\\nno disk\\n','to_byte':12}");
    card = card_of(&play);
    assert_int_equal(card.tone, CARD_BAD);
    assert_int_equal(card.steps[3].mark, STEP_BAD);
    assert_int_equal(card.steps[2].mark, STEP_OK);
    assert_int_equal(card.table_count, 2);
    assert_string_equal(card.table[1], "no disk");
    assert_int_equal(card.actions_count, 0);
    end(&play);
}

static void card_of_a_good_one_offers_the_way_back(void **state)
{
    struct play play = executing("deploy tools host v1");
    struct card card;

    (void)state;
    progress(&play, "{'has_ended':true,'is_all':true,'to_byte':0}");
    card = card_of(&play);
    assert_int_equal(card.tone, CARD_GOOD);
    assert_int_equal(card.steps[3].mark, STEP_OK);
    assert_string_equal(card.actions[0].command, "rollback tools host --from v1");
    end(&play);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(typed_version_is_the_version),
        cmocka_unit_test(image_is_pinned_where_there_is_one),
        cmocka_unit_test(value_that_may_not_stand_there_starts_nothing),
        cmocka_unit_test(start_that_fails_says_so),
        cmocka_unit_test(unknown_end_is_run_once_more_where_that_is_allowed),
        cmocka_unit_test(silence_is_waited_for_but_not_for_ever),
        cmocka_unit_test(answer_that_makes_no_sense_is_asked_again),
        cmocka_unit_test(output_goes_into_the_thread),
        cmocka_unit_test(messages_come_slowly_and_pass_over_nothing),
        cmocka_unit_test(after_so_many_messages_only_the_end_is_of_interest),
        cmocka_unit_test(rest_is_told_when_it_ends_but_not_for_ever),
        cmocka_unit_test(abort_stops_it_and_waits_for_its_end),
        cmocka_unit_test(abort_while_it_is_started_stops_it_then),
        cmocka_unit_test(abort_before_it_was_started_starts_nothing),
        cmocka_unit_test(queued_one_is_aborted_like_any_other),
        cmocka_unit_test(other_controls_are_refused),
        cmocka_unit_test(rollback_of_the_target_stops_it),
        cmocka_unit_test(stop_that_does_not_get_through_is_told),
        cmocka_unit_test(rollback_runs_its_own_argv_with_the_version_before),
        cmocka_unit_test(rollback_after_a_failed_run_goes_to_the_newest_good),
        cmocka_unit_test(failed_rollback_marks_nothing_bad),
        cmocka_unit_test(rollback_that_cannot_be_says_why),
        cmocka_unit_test(rollback_while_one_runs_goes_where_that_came_from),
        cmocka_unit_test(card_shows_what_it_does_and_how_it_ended),
        cmocka_unit_test(card_of_a_good_one_offers_the_way_back),
    };

    return ROWS(refused_rows, check_refused) + ROWS(argv_rows, check_argv) + ROWS(end_rows, check_end) +
           cmocka_run_group_tests_name("others", others, NULL, NULL);
}
