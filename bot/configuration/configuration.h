/* configuration.h - the one file that a person writes, read whole or refused whole.
 *
 * YAML (yaml.h) is read into struct settings by its shapes, then looked at as a whole: names that mean
 * nothing, contradictions, two targets that are the same outside thing. Everything wrong is told at once, each with
 * line, column, key path, what was expected and the nearest spelling. In texts, ${env:NAME} and ${file:PATH} (relative
 * to the file; one newline at the end is dropped) are filled in; what comes from there is never shown again. Reads
 * files and the environment, else pure.
 */
#ifndef OPSGATE_CONFIGURATION_H
#define OPSGATE_CONFIGURATION_H

#include "bot/base/digest.h"
#include "bot/model/settings.h"
#include "policy/zone.h"

#define CONFIGURATION_MAX_BYTES (1024 * 1024)
#define CONFIGURATION_SECRET_MAX_BYTES (16 * 1024) /* of a ${file:} */
#define CONFIGURATION_ERRORS_MAX 500

struct configuration_error {
    int line, column;    /* from 1; 0: about the file as a whole, or the environment */
    const char *path;    /* "services[api].environments[production].driver", "" for the whole */
    const char *message; /* "expected a duration such as 30s, 5m or 48h, found 'soon'" */
};
struct configuration_errors { /* zeroed before use; finish frees it */
    struct arena *arena;
    const char *file;
    struct configuration_error *items; /* in the order of the file */
    size_t count;
    size_t left_out; /* beyond CONFIGURATION_ERRORS_MAX */
};
void configuration_errors_finish(struct configuration_errors *errors);
void configuration_errors_print(const struct configuration_errors *errors,
                                struct buf *out); /* "file:line:column: path: message" */

struct configuration {
    struct settings settings;
    const char *path;
    struct digest_hex digest; /* of what is in effect, without secrets and without what is this instance's own */
    const char **warnings; /* "opsgate.yaml:12:5: slack.bot_token: ..." */
    size_t warnings_count;
    const char **default_channels; /* those of slack.channels that the file does not name */
    size_t default_channels_count;
    struct zones zones;  /* that its windows may name (bot/configuration/zones.h) */
    struct arena *arena; /* everything lives here */
};

/* On false, errors has at least one. The caller destroys the configuration. */
bool configuration_load(const char *path, struct configuration **ret_configuration,
                        struct configuration_errors *errors);
/* For who only asks a running opsgate, or looks into its store: true also of a file with mistakes (then errors has some), when
 * none is about where these are: data_dir, local_socket, store. The rest is what of it could be read; nothing may be
 * decided by it, and the digest and what follows it stay empty. */
bool configuration_load_to_reach(const char *path, struct configuration **ret_configuration,
                                 struct configuration_errors *errors);
void configuration_destroy(struct configuration *configuration); /* its secrets are wiped; NULL is fine */
AUTO_DEFINE(configuration)
struct digest_hex configuration_digest(const struct settings *settings); /* as `digest` */

/* The same from text, with the environment and files given: for tests and fuzzing. */
struct configuration_source {
    const char *path; /* as errors name it */
    struct str text;
    const char *(*find_variable)(void *arg, const char *name); /* NULL: not set */
    bool (*read_file)(void *arg, const char *path, char **ret_text, size_t *ret_len,
                      struct error *err); /* caller frees */
    void *arg;
};
bool configuration_read(const struct configuration_source *source, struct configuration **ret_configuration,
                        struct configuration_errors *errors);
bool configuration_read_to_reach(const struct configuration_source *source, struct configuration **ret_configuration,
                                 struct configuration_errors *errors);

#endif
