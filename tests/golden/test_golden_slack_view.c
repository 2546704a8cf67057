/* Modals as Slack is sent them, the answers to those that came back, and what is told to one person in a channel. */
#include "tests/golden/golden.h"

#include "integrations/slack/message.h"
#include "integrations/slack/view.h"

#include "bot/base/mem.h"

static struct modal_choice services[] = { { "api", "api" }, { "Web <front> & *shop*", "web" } };
static struct modal_field fields[] = {
    { .name = "service",
      .label = "Service",
      .kind = MODAL_CHOICE,
      .choices = services,
      .choices_count = 2,
      .initial = "web",
      .placeholder = "Which one?" },
    { .name = "environment", .label = "Environment", .kind = MODAL_TEXT, .max_chars = 40, .initial = "staging" },
    { .name = "reason",
      .label = "Reason",
      .kind = MODAL_LINES,
      .is_option = true,
      .is_optional = true,
      .hint = "Shown on the card" },
    { .name = "lead",
      .label = "Lead",
      .kind = MODAL_PERSON,
      .is_option = true,
      .is_optional = true,
      .initial = "U012AB3CD" },
    { .name = "channel", .label = "Channel", .kind = MODAL_CHANNEL, .is_option = true, .is_optional = true },
    { .name = "private",
      .label = "Who may know",
      .kind = MODAL_CHECK,
      .is_optional = true,
      .initial = "yes",
      .choices = &(struct modal_choice){ "Only who is in it", "yes" },
      .choices_count = 1 },
};

static cJSON *view_of(struct modal modal)
{
    struct error err;
    cJSON *view = slack_view(&modal, &err);

    if (!view)
        fail_msg("%s", err.message);
    return view;
}

static cJSON *all_kinds(void)
{
    return view_of((struct modal){ .title = "Deploy a service",
                                   .submit = "Deploy",
                                   .intro = "*What* runs where, `opsgate status` says. Asked by @{slack:U012AB3CD}",
                                   .command = "deploy --look 7",
                                   .channel = "C0EXAMPLE1",
                                   .thread = "1700000000.000100",
                                   .fields = fields,
                                   .fields_count = ARRAY_LEN(fields),
                                   .tells_closed = true });
}

/* Nothing that people only read makes Slack refuse it. */
static cJSON *hostile(void)
{
    static struct modal_field one = {
        .name = "x", .label = "<!channel> *bold* `code` &amp;", .kind = MODAL_TEXT, .initial = "ééééé", .max_chars = 3
    };

    return view_of((struct modal){ .title = "A title that is much longer than it may be",
                                   .submit = "Señor, einverstanden? Señor!",
                                   .intro = "<!here> <@U1> <https://evil.example|x>",
                                   .command = "deploy \"a b\"",
                                   .fields = &one,
                                   .fields_count = 1 });
}

static cJSON *refused(void)
{
    const char *lines[] = { "Rule: policy.yaml:12", "Ask @{slack:U012AB3CD}" };
    struct reply reply = {
        .text = "You may not deploy to *production*.", .lines = lines, .lines_count = 2, .is_refusal = true
    };

    return slack_view_answer(&reply);
}

static cJSON *answered(void)
{
    static struct card_action actions[] = { { "Abort", "abort D1042", ACTION_DANGER, "Really?" } };
    const char *lines[] = { "Follow it in <#deployments>" };
    struct reply reply = {
        .text = "*D1042* deploys `api`", .lines = lines, .lines_count = 1, .actions = actions, .actions_count = 1
    };

    return slack_view_answer(&reply);
}

static cJSON *whispered(void)
{
    const char *lines[] = { "Rule: policy.yaml:12" };
    struct reply reply = { .text = "You may not.", .lines = lines, .lines_count = 1, .is_refusal = true };

    return slack_message_whisper(&reply, "U012AB3CD");
}

static const struct row {
    const char *file;
    cJSON *(*make)(void);
} rows[] = {
    { "slack-view.json", all_kinds },       { "slack-view-hostile.json", hostile },
    { "slack-view-refused.json", refused }, { "slack-view-answered.json", answered },
    { "slack-whisper.json", whispered },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_BUF struct buf out = BUF(GOLDEN_MAX_BYTES);
    AUTO_JSON cJSON *json = row->make();
    AUTO_FREE char *text = cJSON_Print(json);

    buf_addf(&out, "%s\n", text);
    golden_check(row->file, buf_text(&out));
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].file,
                                        .test_func = check_row,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
