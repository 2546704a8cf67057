/* form.c - the form that declares an incident, where somebody left out words that it needs, and the one that notes
 * something: what was typed, or a message's words, stand in it already. Sent, it types what people type: typed.c reads
 * it, and nothing is decided here.
 */
#include "handlers/incident/typed.h"

#include "bot/model/card.h"

#define CHECKED "yes"

struct form {
    const struct view *view;
    const struct asked *asked;
    struct modal *modal;
};

/* Its number among the fields, from 1. */
static int64_t add(struct form *form, struct modal_field field)
{
    *ARENA_PUSH(form->view->arena, form->modal->fields, form->modal->fields_count) = field;
    return (int64_t)form->modal->fields_count;
}

static void add_choice(struct form *form, struct modal_field *field, const char *name, const char *about)
{
    *ARENA_PUSH(form->view->arena, field->choices, field->choices_count) =
        (struct modal_choice){ about ? arena_printf(form->view->arena, "%s: %s", name, about) : name, name };
}

static int64_t add_severity(struct form *form)
{
    const struct incidents_settings *incidents = form->view->settings->incidents;
    struct modal_field field = {
        .name = "severity", .label = "How bad is it?", .kind = MODAL_CHOICE, .initial = form->asked->one.severity
    };

    for (size_t i = 0; i < incidents->severities_count; i++)
        add_choice(form, &field, incidents->severities[i].name, incidents->severities[i].about);
    if (incidents->types_count > 0) {
        field.is_optional = true;
        field.hint = "Left empty, it is that of the type.";
    }
    return add(form, field);
}

static void add_type(struct form *form)
{
    const struct incidents_settings *incidents = form->view->settings->incidents;
    struct modal_field field = { .name = "type",
                                 .label = "Is it one of these?",
                                 .kind = MODAL_CHOICE,
                                 .is_optional = true,
                                 .initial = form->asked->one.type };

    for (size_t i = 0; i < incidents->types_count; i++)
        add_choice(form, &field, incidents->types[i].name, incidents->types[i].about);
    if (incidents->types_count > 0)
        add(form, field);
}

/* The first line that says something. */
static const char *title_of(const struct view *view, const struct request_message *message)
{
    struct str rest = str_of(message && message->text ? message->text : "");
    const char *title = NULL;

    while (rest.len > 0 && !title)
        title = incident_words(str_take_until(&rest, '\n'), INCIDENT_TITLE_MAX_BYTES, view->arena);
    return incident_names(view->settings, title, view->arena);
}

static int64_t add_title(struct form *form, const struct request *request)
{
    const char *typed = form->asked->one.text;

    return add(form, (struct modal_field){ .name = "title",
                                           .label = "What is it?",
                                           .placeholder = form->asked->typed->example,
                                           .max_chars = INCIDENT_TITLE_MAX_BYTES,
                                           .initial = typed ? typed : title_of(form->view, request->about) });
}

static void add_private(struct form *form)
{
    struct modal_field field = { .name = "private",
                                 .label = "Who may know of it?",
                                 .kind = MODAL_CHECK,
                                 .is_optional = true,
                                 .initial = form->asked->one.is_private ? CHECKED : NULL };

    *ARENA_PUSH(form->view->arena, field.choices, field.choices_count) =
        (struct modal_choice){ "Private: only those who are invited", CHECKED };
    add(form, field);
}

/* Of a message there is more to say than its first line: it stands in the timeline, as far as whoever declares lets it.
 */
static void add_known(struct form *form, const struct request *request)
{
    const struct request_message *message = request->about;

    if (message)
        add(form, (struct modal_field){ .name = "known",
                                        .label = "What is known?",
                                        .hint = "It will stand in the timeline.",
                                        .kind = MODAL_LINES,
                                        .is_option = true,
                                        .is_optional = true,
                                        .max_chars = INCIDENT_TEXT_MAX_BYTES,
                                        .initial = message->text });
}

void incident_ask_by_form(const struct view *view, const struct request *request, const struct asked *asked,
                          struct outcome *out)
{
    struct modal *modal = ARENA_NEW(view->arena, struct modal);
    struct form form = { view, asked, modal };
    const char *message = incident_message_of(request, asked->one.message, view->arena);
    int64_t severity, title;

    *modal = (struct modal){ .title = "Declare an incident", .submit = "Declare", .channel = request->channel };
    modal->command = message ? arena_printf(view->arena, "incident declare --message=%s", message) : "incident declare";
    if (message)
        modal->intro = "A link to the message will stand in the timeline.";
    severity = add_severity(&form);
    add_type(&form);
    title = add_title(&form, request);
    add_known(&form, request);
    add_private(&form);
    out->form = modal;
    out->reply->field = asked->unclear == WHICH_TEXT ? title : severity;
    out->reply->field_text =
        asked->unclear == WHICH_TEXT
            ? arena_printf(view->arena, "Say in a few words what it is, such as: %s", asked->typed->example)
            : "Choose how bad it is, or a type, which has a severity of its own.";
}

/* ---- a note ---- */

/* False: none is open. */
static bool add_which(struct form *form, const struct request *request)
{
    const struct operation **open;
    size_t count = incident_list_seen(form->view, request, &open);
    struct modal_field field = { .name = "incident",
                                 .label = "Of which incident?",
                                 .kind = MODAL_CHOICE,
                                 .initial = form->asked->meant ? form->asked->meant->id : NULL };

    for (size_t i = count > MODAL_CHOICES_MAX ? count - MODAL_CHOICES_MAX : 0; i < count; i++)
        *ARENA_PUSH(form->view->arena, field.choices, field.choices_count) =
            (struct modal_choice){ arena_printf(form->view->arena, "%s, %s: %s", open[i]->id,
                                                json_find_string(open[i]->body, "severity"),
                                                json_find_string(open[i]->body, "title")),
                                   open[i]->id };
    if (count > 0)
        add(form, field);
    return count > 0;
}

void incident_note_by_form(const struct view *view, const struct request *request, const struct asked *asked,
                           struct outcome *out)
{
    struct modal *modal = ARENA_NEW(view->arena, struct modal);
    struct form form = { view, asked, modal };
    const char *message = incident_message_of(request, asked->one.message, view->arena);
    int64_t text;

    *modal = (struct modal){ .title = "Add to a timeline", .submit = "Add", .channel = request->channel };
    modal->command = message ? arena_printf(view->arena, "incident note --message=%s", message) : "incident note";
    if (message)
        modal->intro = "A link to the message will stand there, too.";
    if (!add_which(&form, request))
        return;
    text = add(&form, (struct modal_field){ .name = "text",
                                            .label = "What is to be noted?",
                                            .kind = MODAL_LINES,
                                            .placeholder = asked->typed->example,
                                            .max_chars = INCIDENT_TEXT_MAX_BYTES,
                                            .initial = asked->one.text  ? asked->one.text
                                                       : request->about ? request->about->text
                                                                        : NULL });
    out->form = modal;
    out->reply->field = asked->unclear == WHICH_TEXT ? text : 1;
    out->reply->field_text =
        asked->unclear == WHICH_TEXT ? "Say what is to stand in the timeline." : "Choose the incident.";
}
