/* exit.h - how every command of opsgate ends. */
#ifndef OPSGATE_CLI_EXIT_H
#define OPSGATE_CLI_EXIT_H

enum cli_exit {
    CLI_OK = 0,
    CLI_NO = 1,          /* the answer is no */
    CLI_USAGE = 2,       /* usage or configuration */
    CLI_UNREACHABLE = 3, /* what it needs cannot be reached, or was lost for good */
};

#endif
