/* audit_keygen.c - `opsgate audit keygen FILE`: a key that checkpoints are signed with. */
#include "bot/cli/audit.h"

#include "bot/base/ed25519.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A key that is there already is never written over: what it signed could not be followed by anything. */
static bool write_private(const char *path, const char *pem, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t len = strlen(pem);
    bool is_written;

    if (fd < 0)
        return error_set(err, ERR_INVALID, "%s: %s", path, strerror(errno));
    is_written = write(fd, pem, len) == (ssize_t)len && fsync(fd) == 0;
    if (close(fd) == 0 && is_written)
        return true;
    unlink(path);
    return error_set(err, ERR_INVALID, "%s: it could not be written", path);
}

int cli_audit_keygen(const char *path)
{
    AUTO(arena) struct arena *arena = arena_create();
    char *private, *public;
    struct ed25519_key key;
    struct error err;
    bool is_good = ed25519_generate(arena, &private, &public, &err) && ed25519_public_of(private, &key, &err) &&
                   write_private(path, private, &err);

    if (!is_good)
        return cli_fail(&err);
    explicit_bzero(private, strlen(private));
    fputs(public, stdout);
    fprintf(stderr,
            "%s is the private key %s: name it in audit.signing_key. What stands above is the public one, with which "
            "`opsgate audit verify FILE --key PUBLIC` proves a copy: keep it where this host cannot write.\n",
            path, key.name.text);
    return CLI_OK;
}
