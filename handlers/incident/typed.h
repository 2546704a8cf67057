/* typed.h - what people type behind `incident`, as it was understood. */
#ifndef OPSGATE_HANDLERS_INCIDENT_TYPED_H
#define OPSGATE_HANDLERS_INCIDENT_TYPED_H

#include "handlers/incident/internal.h"

enum text_taken { TEXT_NONE, TEXT_MAY, TEXT_MUST };

struct deed {
    const char *name;
    enum incident_deed deed;
    bool is_about_one;    /* names an incident */
    enum text_taken text; /* behind it */
    const char *question; /* TEXT_MUST: asked where there is none, with an example to answer by */
    const char *example;
};

/* What cannot be said in one sentence is answered by begin(), which has lines for it. */
enum unclear { CLEAR, WHICH_INCIDENT, WHICH_SEVERITY, WHICH_TEXT };

struct asked {
    struct incident_arguments one; /* what the incident that is meant gets to see: the first member */
    const struct deed *typed;      /* what was typed for it: one deed may have two names */
    const char *no_severity;       /* WHICH_SEVERITY: the word that is none, quoted; NULL: there was none */
    enum unclear unclear;
    const struct operation *meant; /* or NULL */
};

/* private_word.c: is it `--private`, or may it be meant for that? */
enum private_word { PRIVATE_NOT, PRIVATE_MEANT, PRIVATE_PERHAPS };
enum private_word incident_private_word(struct str word, struct arena *arena);

/* asks() of the verb (bot/engine/verb.h): *ret_arguments is a struct asked. */
bool incident_asks(const struct view *view, const struct request *request, struct question *ret_question,
                   const void **ret_arguments, struct error *err);

/* form.c: words of `declare` are missing, and `out` asks for them. Where it can be opened, this form asks; of one that was
 * sent, the answer stands at the field that is wrong. */
void incident_ask_by_form(const struct view *view, const struct request *request, const struct asked *asked,
                          struct outcome *out);

/* Likewise of `note`: which incident, and what is to stand in its timeline; a message's own text, where it is about one. */
void incident_note_by_form(const struct view *view, const struct request *request, const struct asked *asked,
                           struct outcome *out);

#endif
