#include "tests/fuzz/fuzz.h"

#include "integrations/slack/form.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_form form;
    struct error err;

    if (!slack_form_decode(fuzz_input(data, size), arena, &form, &err)) {
        MUST(err.code == ERR_INVALID && err.message[0] && utf8_is_valid(str_of(err.message)));
        return 0;
    }
    MUST(form.count <= SLACK_FORM_MAX_FIELDS);
    for (size_t i = 0; i < form.count; i++) {
        MUST(utf8_is_valid(str_of(form.fields[i].name)) && utf8_is_valid(str_of(form.fields[i].value)));
        MUST(slack_form_find(&form, form.fields[i].name) == form.fields[i].value);
    }
    return 0;
}
