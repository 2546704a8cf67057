/* A file with mistakes still tells where the running opsgate is, unless one of them is about just that. */
#include "configuration_texts.h"
#include "rows.h"

#define PLACE "data_dir: /srv/opsgate\nstore: { url: \"redis://db:6379\" }\n"

static const struct row {
    const char *name, *text;
    bool is_reached;
    size_t mistakes;
} rows[] = {
    { "a good file", SLACK PLACE, true, 0 },
    { "a policy that is none", SLACK PLACE "policy: 5\n", true, 1 },
    { "a key that resembles another one", SLACK PLACE "polizy: {}\n", true, 1 },
    { "what is nobody's key", SLACK PLACE "zzzzzzzz: {}\n", true, 1 },
    { "what is missing", PLACE, true, 1 },
    { "a secret that only the server has",
      "slack: { bot_token: \"${env:NONE}\", team: T0, signing_secrets: x }\n" PLACE, true, 1 },
    { "a key given twice", SLACK PLACE "listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n", true, 1 },
    { "an anchor", SLACK PLACE "services: &here []\n", true, 1 },
    { "names that mean nothing", SLACK PLACE "policy:\n  rules: [{ allow: deploy, to: nobody-s }]\n", true, 1 },
    { "the place left at its default", SLACK "polizy: {}\n", true, 1 },

    { "a data_dir that is none", SLACK "data_dir: []\n", false, 1 },
    { "a data_dir from a variable that is not set", SLACK "data_dir: \"${env:NONE}/x\"\n", false, 1 },
    { "what was probably meant as data_dir", SLACK "data_dri: /srv/opsgate\n", false, 1 },
    { "what was probably meant as the store", SLACK "stores: { url: \"redis://db:6379\" }\n", false, 1 },
    { "a local_socket that is too long to be one", SLACK PLACE "local_socket: \"x\"\n", false, 1 },
    { "a store with a mistake", SLACK "store: { url: \"ftp://db\" }\n", false, 1 },
    { "a store with an unknown key", SLACK "store: { urll: embedded }\n", false, 1 },
    { "two data_dirs", SLACK PLACE "data_dir: /srv/other\n", false, 1 },
    { "two stores, the second far below", SLACK PLACE API "store: { url: embedded }\n", false, 1 },
    { "an alias for the data_dir", SLACK "data_dir: *there\n", false, 1 },
    { "a merge that could bring a data_dir", SLACK "<<: { data_dir: /srv/opsgate }\n", false, 1 },
    { "a tag in the store", SLACK "store: !mine { url: embedded }\n", false, 1 },
    { "an anchor somewhere in the line of the data_dir",
      "{ slack: { bot_token: x, team: T0, signing_secrets: y }, listen: &a \"127.0.0.1:1\", data_dir: /srv }\n", false,
      1 },
    { "no YAML", SLACK PLACE "policy: [\n", false, 1 },
    { "a list", "- data_dir: /srv/opsgate\n", false, 1 },
    { "nothing", "", false, 1 },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    const struct configuration_source source = {
        .path = "test.yaml", .text = str_of(row->text), .find_variable = fixture_variable, .read_file = fixture_file
    };
    AUTO(configuration) struct configuration *configuration = NULL, *whole = NULL;
    struct configuration_errors errors = { 0 }, told = { 0 };
    bool is_reached = configuration_read_to_reach(&source, &configuration, &errors);

    assert_int_equal(is_reached, row->is_reached);
    assert_int_equal(errors.count, row->mistakes);
    assert_int_equal(configuration != NULL, row->is_reached);
    if (configuration && strstr(row->text, "/srv/opsgate")) {
        assert_string_equal(configuration->settings.data_dir, "/srv/opsgate");
        assert_string_equal(configuration->settings.store.url, "redis://db:6379");
    }
    assert_int_equal(configuration_read(&source, &whole, &told), row->mistakes == 0);
    assert_int_equal(told.count, errors.count); /* and the same is told of it */
    configuration_errors_finish(&errors);
    configuration_errors_finish(&told);
}

int main(void)
{
    return ROWS(rows, check_row);
}
