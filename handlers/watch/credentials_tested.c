/* credentials_tested.c - each system is asked, one after the other, by the exchanges of `opsgate doctor`. What is bad
 * twice in a row is told and paged; being away is not being bad.
 */
#include "handlers/watch/credentials_watching.h"

#include "handlers/watch/say.h"

#include "bot/model/finding.h"
#include "bot/model/self_test.h"
#include "bot/model/settings.h"

#include <string.h>

#define ASK_MS (30 * SECOND_MS)
#define SURE_MS (5 * MINUTE_MS) /* until what was found is looked for once more */
#define TIMES_TOLD 2

static void journal(struct watching *w, const char *kind, const char *subject, const char *text)
{
    cJSON *json = json_object();

    json_set_string(json, "subject", subject);
    json_set_string(json, "text", text);
    outcome_journal(w->out, kind, json, NULL);
}

/* ---- a round ---- */

static struct credential_trouble *find_trouble(const struct watching *w, const char *subject)
{
    for (size_t i = 0; i < w->body->troubles_count; i++)
        if (strcmp(w->body->troubles[i].subject, subject) == 0)
            return &w->body->troubles[i];
    return NULL;
}

static void drop_trouble(struct watching *w, const struct credential_trouble *trouble)
{
    size_t at = (size_t)(trouble - w->body->troubles);

    w->body->troubles_count--;
    memmove(&w->body->troubles[at], &w->body->troubles[at + 1],
            (w->body->troubles_count - at) * sizeof(*w->body->troubles));
}

/* What is not configured any more is nobody's trouble. */
static void forget_troubles(struct watching *w, const struct self_test *tests, size_t count)
{
    size_t i = 0;

    while (i < w->body->troubles_count) {
        bool is_tested = false;

        for (size_t k = 0; k < count; k++)
            is_tested = is_tested || strcmp(tests[k].subject, w->body->troubles[i].subject) == 0;
        if (is_tested)
            i++;
        else
            drop_trouble(w, &w->body->troubles[i]);
    }
}

static bool has_doubts(const struct watching *w)
{
    for (size_t i = 0; i < w->body->troubles_count; i++)
        if (!w->body->troubles[i].is_told)
            return true;
    return false;
}

void credentials_rest(struct watching *w, int64_t ms)
{
    w->body->asked = NULL;
    w->body->next = 0;
    w->body->next_at_ms = w->view->now_ms + ms;
    if (w->view->settings->recovery.self_test_ms > 0)
        outcome_timer(w->out, CREDENTIALS_ROUND, w->body->next_at_ms);
}

static void go_on(struct watching *w)
{
    size_t count;
    const struct self_test *tests = self_tests(w->view->settings, w->view->arena, &count);

    if (w->body->next >= (int64_t)count) {
        forget_troubles(w, tests, count);
        w->body->tested_at_ms = w->view->now_ms;
        credentials_rest(w, has_doubts(w) ? SURE_MS : w->view->settings->recovery.self_test_ms);
        return;
    }
    w->body->asked = tests[w->body->next].subject;
    outcome_read(w->out, arena_printf(w->view->arena, CREDENTIALS_ASK "%s", w->body->asked), READING_SELF_TEST,
                 shape_to_json(&self_test_ask_shape, &tests[w->body->next].ask, SHAPE_WHOLE), ASK_MS);
    w->body->next++;
}

void credentials_begin_round(struct watching *w)
{
    outcome_cancel_timer(w->out, CREDENTIALS_ROUND);
    w->body->next = 0;
    go_on(w);
}

/* ---- what is found ---- */

static void is_good(struct watching *w, const char *subject)
{
    struct credential_trouble *trouble = find_trouble(w, subject);

    if (!trouble)
        return;
    if (trouble->is_told) {
        journal(w, "credential.good", subject, NULL);
        watch_say(w->view, w->out, arena_printf(w->view->arena, "*%s* is good again for opsgate.", subject));
    }
    drop_trouble(w, trouble);
}

static void is_bad(struct watching *w, const char *subject, const char *text)
{
    struct credential_trouble *trouble = find_trouble(w, subject);

    if (!trouble) {
        trouble = ARENA_PUSH(w->view->arena, w->body->troubles, w->body->troubles_count);
        *trouble = (struct credential_trouble){ .subject = subject, .since_ms = w->view->now_ms };
    }
    trouble->times++;
    trouble->text = text;
    if (trouble->is_told || trouble->times < TIMES_TOLD)
        return;
    trouble->is_told = true;
    journal(w, "credential.bad", subject, text);
    watch_say(w->view, w->out,
              arena_printf(w->view->arena, "*%s* is not good for opsgate any more: %s", subject, text));
    credentials_page(w, arena_printf(w->view->arena, "%s is not good any more", subject),
                     arena_printf(w->view->arena, "*%s* is not good for opsgate any more: %s", subject, text));
}

/* NULL: nothing is. *ret_is_known: false when somebody was away. */
static const char *first_bad(struct watching *w, const struct findings *findings, bool *ret_is_known)
{
    *ret_is_known = true;
    for (size_t i = 0; i < findings->findings_count; i++) {
        const struct finding *finding = &findings->findings[i];

        if (finding->mark == FINDING_BAD)
            return arena_printf(w->view->arena, "%s: %s%s%s", credentials_quote(w, finding->subject),
                                credentials_quote(w, finding->text), finding->mend ? "; " : "",
                                finding->mend ? credentials_quote(w, finding->mend) : "");
        *ret_is_known = *ret_is_known && finding->mark != FINDING_AWAY;
    }
    return NULL;
}

static void judge(struct watching *w, const char *subject)
{
    struct findings findings;
    struct error ignored;
    const char *bad;
    bool is_known;

    if (w->event->end != END_DONE) {
        if (w->event->end == END_FAILED || w->event->is_refusal)
            is_bad(w, subject, credentials_quote(w, w->event->error));
        return; /* being away is not being bad */
    }
    if (!shape_from_json(&findings_shape, w->event->body, w->view->arena, &findings, &ignored))
        return;
    bad = first_bad(w, &findings, &is_known);
    if (bad)
        is_bad(w, subject, bad);
    else if (is_known)
        is_good(w, subject);
}

void credentials_on_answered(struct watching *w)
{
    struct str subject = str_of(w->event->name);

    if (!str_take_prefix(&subject, CREDENTIALS_ASK) || !w->body->asked || !str_is(subject, w->body->asked))
        return; /* of a round that was begun anew */
    judge(w, w->body->asked);
    go_on(w);
}
