/* Any bytes as a configuration: read or refused, never worse. */
#include "tests/fuzz/fuzz.h"

#include "bot/configuration/configuration.h"
#include "policy/decide.h"

#include <string.h>

/* libfyaml 0.7.12 loses a buffer on some quoted texts that break off: '''''''''l.\n' is enough for it. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml\n";
}

static const char *find_variable(void *arg, const char *name)
{
    (void)arg;
    return strncmp(name, "NO", 2) == 0 ? NULL : "0123456789abcdef-of-a-variable";
}

static bool read_file(void *arg, const char *path, char **ret_text, size_t *ret_len, struct error *err)
{
    (void)arg;
    if (strstr(path, "none"))
        return error_set(err, ERR_NOT_FOUND, "cannot read %.100s", path);
    *ret_text = xstrdup("0123456789abcdef-of-a-file\n");
    *ret_len = strlen(*ret_text);
    return true;
}

/* Whatever was good must be writable, and its policy must answer. */
static void use(struct configuration *configuration)
{
    AUTO_JSON cJSON *json = shape_to_json(&settings_shape, &configuration->settings, SHAPE_MASKED);
    AUTO_FREE char *shown = json_print(json);
    const struct policy *policy =
        policy_compile(&configuration->settings, NULL, configuration->zones, configuration->arena);
    const struct question question = { .principal = { "slack", "U1", "T0", NULL },
                                       .verb = "deploy",
                                       .source = "slack" };
    const struct facts facts = { .unix_ms = INT64_C(1800000000000) };

    MUST(utf8_is_valid(str_of(shown)));
    for (int stage = POLICY_STATIC; stage <= POLICY_INCREASE; stage++)
        policy_decide(policy, &question, &facts, (enum policy_stage)stage);
}

/* What could be read of it is enough to find the socket and the store, and is refused no more often than the whole. */
static void reach(const struct configuration_source *source, bool is_good)
{
    AUTO(configuration) struct configuration *configuration = NULL;
    struct configuration_errors errors = { 0 };

    if (configuration_read_to_reach(source, &configuration, &errors)) {
        MUST(configuration->settings.data_dir && configuration->settings.store.url);
        settings_local_socket(&configuration->settings, configuration->arena);
    } else {
        MUST(!is_good && errors.count > 0);
    }
    configuration_errors_finish(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct configuration_source source = {
        .path = "fuzz.yaml", .text = fuzz_input(data, size), .find_variable = find_variable, .read_file = read_file
    };
    AUTO(configuration) struct configuration *configuration = NULL;
    struct configuration_errors errors = { 0 };
    AUTO_BUF struct buf out = BUF(4 * 1024 * 1024);

    if (configuration_read(&source, &configuration, &errors))
        use(configuration);
    else
        MUST(errors.count > 0); /* never refused without a word */
    reach(&source, configuration != NULL);
    configuration_errors_print(&errors, &out);
    configuration_errors_finish(&errors);
    return 0;
}
