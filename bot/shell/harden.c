#include "bot/shell/harden.h"

#include "bot/base/mem.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0
#endif

#define X32_CALLS 0x40000000u /* x86-64's second numbering of the same calls */
#define NAMESPACES                                                                                                     \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* Refused to all: what neither opsgate, nor its Redis, nor what an operator's program does has a use for. */
static const unsigned refused[] = {
#ifndef OPSGATE_SANITIZED /* LeakSanitizer stops our threads by it */
    SYS_ptrace,
#endif
    /* other processes' memory and descriptors */
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_userfaultfd,
    /* file systems and namespaces */
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_unshare,
    SYS_setns,
    SYS_open_by_handle_at,
    SYS_quotactl,
    SYS_swapon,
    SYS_swapoff,
    /* the kernel itself */
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_reboot,
    SYS_acct,
    SYS_syslog,
    SYS_vhangup,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    /* its keys */
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
#if defined(__x86_64__)
    SYS_kexec_file_load,
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
#endif
};

#define FIELD(name) ((unsigned)offsetof(struct seccomp_data, name))
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(field))
#define GIVE(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define FAIL_WITH(number) GIVE(SECCOMP_RET_ERRNO | (number))
#define UNLESS(comparison, value) BPF_JUMP(BPF_JMP | (comparison) | BPF_K, (value), 0, 1) /* skips what follows */
#define PROGRAM_MAX (2 * ARRAY_LEN(refused) + 16)

static void add(struct sock_filter *program, unsigned short *count, struct sock_filter instruction)
{
    program[(*count)++] = instruction;
}

/* clone3 hands its flags over where a filter cannot look: whoever hears ENOSYS asks by clone. */
static unsigned short write_program(struct sock_filter *program)
{
    unsigned short count = 0;

    add(program, &count, (struct sock_filter)LOAD(arch));
    add(program, &count, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
    add(program, &count, (struct sock_filter)FAIL_WITH(ENOSYS));
    add(program, &count, (struct sock_filter)LOAD(nr));
    add(program, &count, (struct sock_filter)UNLESS(BPF_JGE, X32_CALLS));
    add(program, &count, (struct sock_filter)FAIL_WITH(ENOSYS));
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        add(program, &count, (struct sock_filter)UNLESS(BPF_JEQ, refused[i]));
        add(program, &count, (struct sock_filter)FAIL_WITH(EPERM));
    }
    add(program, &count, (struct sock_filter)UNLESS(BPF_JEQ, SYS_clone3));
    add(program, &count, (struct sock_filter)FAIL_WITH(ENOSYS));
    add(program, &count, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3));
    add(program, &count, (struct sock_filter)LOAD(args[0])); /* the flags: the lower half, where bytes go up */
    add(program, &count, (struct sock_filter)UNLESS(BPF_JSET, NAMESPACES));
    add(program, &count, (struct sock_filter)FAIL_WITH(EPERM));
    add(program, &count, (struct sock_filter)GIVE(SECCOMP_RET_ALLOW));
    return count;
}

void harden_memory(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    cJSON_InitHooks(&(cJSON_Hooks){ .malloc_fn = malloc, .free_fn = wipe_and_free });
}

bool harden_calls(struct error *err)
{
    struct sock_filter instructions[PROGRAM_MAX];
    struct sock_fprog program = { .len = write_program(instructions), .filter = instructions };

    if (ARCHITECTURE == 0)
        return error_set(err, ERR_UNAVAILABLE, "no filter of system calls is written for this processor");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_errno(err, "no_new_privs");
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 || error_errno(err, "seccomp");
}
