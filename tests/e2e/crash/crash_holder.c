/* crash_holder ADDRESS PROGRAM [ARGUMENT...]: holds a listening socket as systemd does (sd_listen_fds(3)), and starts
 * the program with it, again and again as it ends: whoever comes in between waits in the socket's queue. Its own
 * SIGTERM ends both. Each start is a line of standard output: the program's pid.
 */
#include "bot/base/error.h"
#include "bot/shell/listen.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define INHERITED_FD 3

static volatile sig_atomic_t is_ending;
static volatile pid_t program;

static void on_term(int number)
{
    is_ending = 1;
    if (program > 0)
        kill(program, number);
}

static void become(char **argv)
{
    char pid[16];

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "1", 1);
    execvp(argv[0], argv);
    perror(argv[0]);
    _exit(127);
}

static bool hold(const char *address, struct error *err)
{
    int fd;

    if (!listen_open(address, &fd, err))
        return false;
    if (fd != INHERITED_FD)
        dup2(fd, INHERITED_FD);
    fcntl(INHERITED_FD, F_SETFD, 0);
    return true;
}

int main(int argc, char **argv)
{
    struct error err;
    int status = 0;

    if (argc < 3 || !hold(argv[1], &err)) {
        fprintf(stderr, "crash_holder: %s\n", argc < 3 ? "ADDRESS PROGRAM..." : err.message);
        return 2;
    }
    sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_term }, NULL);
    while (!is_ending) {
        program = fork();
        if (program == 0)
            become(argv + 2);
        printf("%d\n", (int)program);
        fflush(stdout);
        while (waitpid(program, &status, 0) < 0)
            continue;
        if (status != 0)
            break; /* it could not run, or died: nobody asked for that */
    }
    return status == 0 ? 0 : 1;
}
