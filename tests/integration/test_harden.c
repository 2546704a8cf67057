/* What a hardened process can no longer do, nor what it starts; and what it still can. Each case in a process of its
 * own.
 */
#include "bot/shell/harden.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct row {
    const char *name;
    long call;
    long first; /* its first argument; the others are 0 */
    int refusal;
} rows[] = {
    { "nothing is mounted", SYS_mount, 0, EPERM },
    { "nor unmounted", SYS_umount2, 0, EPERM },
    { "nor by the newer calls", SYS_fsopen, 0, EPERM },
    { "no namespace is made", SYS_unshare, CLONE_NEWUSER, EPERM },
    { "nor with a new process", SYS_clone, CLONE_NEWNET | SIGCHLD, EPERM },
    { "nor entered", SYS_setns, -1, EPERM },
    { "what cannot be looked into is said not to be there", SYS_clone3, 0, ENOSYS },
    { "nobody's memory is read", SYS_process_vm_readv, 1, EPERM },
    { "no other kernel is loaded", SYS_kexec_load, 0, EPERM },
    { "no module", SYS_finit_module, -1, EPERM },
    { "no program of the kernel's own", SYS_bpf, 0, EPERM },
    { "nothing is measured", SYS_perf_event_open, 0, EPERM },
    { "no key is looked for", SYS_keyctl, 0, EPERM },
    { "no ring of calls past the filter", SYS_io_uring_setup, 1, EPERM },
    { "no faults are served", SYS_userfaultfd, 0, EPERM },
    { "the clock is not set", SYS_clock_settime, 0, EPERM },
    { "the machine is not restarted", SYS_reboot, 0, EPERM },
#ifndef OPSGATE_SANITIZED
    { "nobody is traced", SYS_ptrace, 0, EPERM },
#endif
};

/* In a process of its own: the filter stays for good. Ends with 0 when `holds` says so. */
static int in_hardened_process(bool (*holds)(const void *arg), const void *arg)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        struct error err;

        harden_memory();
        _exit(harden_calls(&err) && holds(arg) ? 0 : 1);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static bool is_refused(const void *arg)
{
    const struct row *row = arg;

    return syscall(row->call, row->first, 0, 0, 0, 0, 0) == -1 && errno == row->refusal;
}

static void check_row(void **state)
{
    assert_int_equal(in_hardened_process(is_refused, *state), 0);
}

static void *nothing(void *arg)
{
    return arg;
}

static bool lives(const void *arg)
{
    pthread_t thread;
    int fd = socket(AF_INET, SOCK_STREAM, 0), status = 1;
    pid_t pid = fork();

    (void)arg;
    if (pid == 0)
        execl("/bin/sh", "sh", "-c", "test -r /proc/self/environ && echo >/dev/null | cat", (char *)NULL);
    return fd >= 0 && pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 &&
           pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static void threads_sockets_and_programs_go_on(void **state)
{
    (void)state;
    assert_int_equal(in_hardened_process(lives, NULL), 0);
}

static bool child_is_held_too(const void *arg)
{
    int status = 1;
    pid_t pid = fork();

    (void)arg;
    if (pid == 0) {
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        execlp("unshare", "unshare", "--user", "true", (char *)NULL);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 1 &&
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

static void what_it_starts_is_held_too(void **state)
{
    (void)state;
    assert_int_equal(in_hardened_process(child_is_held_too, NULL), 0);
}

static bool is_closed_book(const void *arg)
{
    struct rlimit limit = { 1, 1 };

    (void)arg;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 &&
           limit.rlim_max == 0;
}

static void nobody_reads_its_memory(void **state)
{
    (void)state;
    assert_int_equal(in_hardened_process(is_closed_book, NULL), 0);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(threads_sockets_and_programs_go_on),
        cmocka_unit_test(what_it_starts_is_held_too),
        cmocka_unit_test(nobody_reads_its_memory),
    };
    struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0])];
    int failures = cmocka_run_group_tests(others, NULL, NULL);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    return failures + cmocka_run_group_tests(tests, NULL, NULL);
}
