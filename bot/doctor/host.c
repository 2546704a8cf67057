/* host.c - what `opsgate doctor` looks at on its own machine. */
#include "bot/doctor/doctor.h"

#include "bot/shell/open_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#define FREE_MIN_BYTES (INT64_C(64) << 20)
#define MIB (INT64_C(1) << 20)

/* Redis writes its file anew beside the old one: an embedded store needs its memory twice. */
static int64_t wanted_bytes(const struct settings *settings)
{
    bool is_embedded = strcmp(settings->store.url, "embedded") == 0;

    return is_embedded ? 2 * settings->store.memory_bytes : FREE_MIN_BYTES;
}

/* `serve` makes the directory itself, where there is a place for it. */
static bool can_be_made(const struct doctor *doctor, const char *path)
{
    char *parent = arena_strdup(doctor->arena, path);
    size_t len = strlen(parent);

    while (len > 1 && parent[len - 1] == '/')
        len--;
    while (len > 0 && parent[len - 1] != '/')
        len--;
    parent[len] = '\0';
    return faccessat(AT_FDCWD, len > 0 ? parent : ".", W_OK | X_OK, AT_EACCESS) == 0;
}

static void look_at_data_dir(struct doctor *doctor)
{
    const struct settings *settings = &doctor->configuration->settings;
    struct finding finding = { FINDING_BAD, "data_dir", settings->data_dir, NULL };
    struct statvfs room;
    struct stat about;
    int64_t free_bytes;

    if (stat(settings->data_dir, &about) != 0 && errno == ENOENT && can_be_made(doctor, settings->data_dir)) {
        finding.mark = FINDING_OPEN;
        finding.text = arena_printf(doctor->arena, "%s is not there yet: `opsgate serve` makes it", settings->data_dir);
    } else if (stat(settings->data_dir, &about) != 0) {
        finding.text = arena_printf(doctor->arena, "%s: %s", settings->data_dir, strerror(errno));
        finding.mend = "make it, and give it to the user that opsgate runs as";
    } else if (!S_ISDIR(about.st_mode)) {
        finding.text = arena_printf(doctor->arena, "%s is no directory", settings->data_dir);
        finding.mend = "name another one, or move away what is there";
    } else if (faccessat(AT_FDCWD, settings->data_dir, R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
        finding.text = arena_printf(doctor->arena, "%s cannot be written by this user", settings->data_dir);
        finding.mend = "ask again as the user that opsgate runs as, or give the directory to it";
    } else if (statvfs(settings->data_dir, &room) != 0) {
        finding.text = arena_printf(doctor->arena, "%s: %s", settings->data_dir, strerror(errno));
    } else {
        free_bytes = (int64_t)(room.f_bavail * room.f_frsize);
        finding.mark = free_bytes < wanted_bytes(settings) ? FINDING_BAD : FINDING_GOOD;
        finding.text = arena_printf(doctor->arena, "%s can be written, %" PRId64 " MiB are free", settings->data_dir,
                                    free_bytes / MIB);
        if (finding.mark == FINDING_BAD)
            finding.mend =
                arena_printf(doctor->arena, "make room: %" PRId64 " MiB are wanted", wanted_bytes(settings) / MIB);
    }
    doctor_add_finding(doctor, finding);
}

static bool somebody_listens(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool is_good = fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN);

    if (fd >= 0)
        close(fd);
    return is_good;
}

static void look_at_socket(struct doctor *doctor)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct finding finding = { FINDING_GOOD, "Local socket", "opsgate serves, and listens there", NULL };
    const char *path = settings_local_socket(&doctor->configuration->settings, doctor->arena);
    char here[4096];

    if (path[0] != '/' && getcwd(here, sizeof(here))) /* as `serve` opens it */
        path = arena_printf(doctor->arena, "%s/%s", here, path);
    if (strlen(path) >= sizeof(address.sun_path)) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(doctor->arena, "its path has %zu bytes, and %zu are possible", strlen(path),
                                    sizeof(address.sun_path) - 1);
        finding.mend = "name a shorter one as local_socket";
        doctor_add_finding(doctor, finding);
        return;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    doctor->is_serving = somebody_listens(&address);
    if (!doctor->is_serving) {
        finding.mark = FINDING_OPEN;
        finding.text = arena_printf(doctor->arena, "opsgate does not serve just now, or this user may not connect (%s)",
                                    strerror(errno));
    }
    doctor_add_finding(doctor, finding);
}

/* The hard limit: serve raises its own to that. */
static void look_at_descriptors(struct doctor *doctor)
{
    int64_t wanted = doctor->configuration->settings.limits.connections_max + OPEN_FILES_BESIDE;
    int64_t most = open_files_most();
    struct finding finding = { FINDING_GOOD, "Open files", NULL, NULL };

    finding.text =
        most == INT64_MAX
            ? "no limit"
            : arena_printf(doctor->arena, "what is started from here may open %" PRId64 ", %" PRId64 " are enough",
                           most, wanted);
    if (most < wanted) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(doctor->arena,
                                    "what is started from here may open %" PRId64 ", and limits.connections_max wants "
                                    "%" PRId64,
                                    most, wanted);
        finding.mend = arena_printf(doctor->arena,
                                    "LimitNOFILE=%" PRId64 " in its unit (ulimit -Hn in a shell), or a "
                                    "lower limits.connections_max",
                                    wanted);
    }
    doctor_add_finding(doctor, finding);
}

void doctor_plan_host(struct doctor *doctor)
{
    look_at_data_dir(doctor);
    look_at_socket(doctor);
    look_at_descriptors(doctor);
}
