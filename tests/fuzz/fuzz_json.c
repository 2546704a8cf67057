/* What was parsed can be printed and parsed again, and says the same. */
#include "tests/fuzz/fuzz.h"

#include "bot/base/json.h"

#include <string.h>

static void read_everything(const cJSON *json)
{
    static const char *const paths[] = {
        "", "0", "a", "a.b.0", "traffic.0.percent", "....", "-1", "99999999999999999999"
    };
    struct error err;
    const char *text;
    int64_t number;
    bool flag;

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        json_find(json, paths[i]);
        json_find_int(json, paths[i], 0);
        json_find_bool(json, paths[i], false);
        if (json_get_string(json, paths[i], &text, &err))
            MUST(utf8_is_valid(str_of(text)));
        json_get_int(json, paths[i], &number, &err);
        json_get_bool(json, paths[i], &flag, &err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_JSON cJSON *json = NULL, *again = NULL;
    AUTO_FREE char *text = NULL, *same = NULL;
    struct error err;

    if (!json_parse(fuzz_input(data, size), &json, &err)) {
        MUST(err.code == ERR_INVALID || err.code == ERR_TOO_LARGE);
        return 0;
    }
    read_everything(json);
    text = json_print(json);
    MUST(utf8_is_valid(str_of(text)));
    MUST(json_parse(str_of(text), &again, &err));
    same = json_print(again);
    MUST(strcmp(text, same) == 0);
    return 0;
}
