// SPDX-License-Identifier: MIT
/*
 * The table of allowed system calls: those of Docker's default profile, by name
 * and by the capability that they need.  Names that the installed libseccomp or
 * the architecture does not have are passed over.
 */
#include "sandbox/seccomp.h"

#include <linux/capability.h>
#include <linux/sched.h>

static const char *const always[] = {
	"accept", "accept4", "access", "adjtimex", "alarm", "arch_prctl",
	"bind", "brk", "cachestat", "capget", "capset", "chdir", "chmod",
	"chown", "chown32", "clock_adjtime", "clock_adjtime64", "clock_getres",
	"clock_getres_time64", "clock_gettime", "clock_gettime64",
	"clock_nanosleep", "clock_nanosleep_time64", "close", "close_range",
	"connect", "copy_file_range", "creat", "dup", "dup2", "dup3",
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old",
	"epoll_pwait", "epoll_pwait2", "epoll_wait", "epoll_wait_old",
	"eventfd", "eventfd2", "execve", "execveat", "exit", "exit_group",
	"faccessat", "faccessat2", "fadvise64", "fadvise64_64", "fallocate",
	"fanotify_mark", "fchdir", "fchmod", "fchmodat", "fchmodat2", "fchown",
	"fchown32", "fchownat", "fcntl", "fcntl64", "fdatasync", "fgetxattr",
	"flistxattr", "flock", "fork", "fremovexattr", "fsetxattr", "fstat",
	"fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate",
	"ftruncate64", "futex", "futex_requeue", "futex_time64", "futex_wait",
	"futex_waitv", "futex_wake", "futimesat", "get_robust_list",
	"get_thread_area", "getcpu", "getcwd", "getdents", "getdents64",
	"getegid", "getegid32", "geteuid", "geteuid32", "getgid", "getgid32",
	"getgroups", "getgroups32", "getitimer", "getpeername", "getpgid",
	"getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getresgid",
	"getresgid32", "getresuid", "getresuid32", "getrlimit", "getrusage",
	"getsid", "getsockname", "getsockopt", "gettid", "gettimeofday",
	"getuid", "getuid32", "getxattr", "inotify_add_watch", "inotify_init",
	"inotify_init1", "inotify_rm_watch", "io_cancel", "io_destroy",
	"io_getevents", "io_pgetevents", "io_pgetevents_time64", "io_setup",
	"io_submit", "ioctl", "ioprio_get", "ioprio_set", "ipc", "kill",
	"landlock_add_rule", "landlock_create_ruleset",
	"landlock_restrict_self", "lchown", "lchown32", "lgetxattr", "link",
	"linkat", "listen", "listxattr", "llistxattr", "_llseek",
	"lremovexattr", "lseek", "lsetxattr", "lstat", "lstat64", "madvise",
	"map_shadow_stack", "membarrier", "memfd_create", "memfd_secret",
	"mincore", "mkdir", "mkdirat", "mknod", "mknodat", "mlock", "mlock2",
	"mlockall", "mmap", "mmap2", "modify_ldt", "mprotect", "mq_getsetattr",
	"mq_notify", "mq_open", "mq_timedreceive", "mq_timedreceive_time64",
	"mq_timedsend", "mq_timedsend_time64", "mq_unlink", "mremap", "mseal",
	"msgctl", "msgget", "msgrcv", "msgsnd", "msync", "munlock",
	"munlockall", "munmap", "name_to_handle_at", "nanosleep", "newfstatat",
	"_newselect", "open", "openat", "openat2", "pause", "pidfd_open",
	"pidfd_send_signal", "pipe", "pipe2", "pkey_alloc", "pkey_free",
	"pkey_mprotect", "poll", "ppoll", "ppoll_time64", "prctl", "pread64",
	"preadv", "preadv2", "prlimit64", "process_mrelease",
	"process_vm_readv", "process_vm_writev", "pselect6", "pselect6_time64",
	"ptrace", "pwrite64", "pwritev", "pwritev2", "read", "readahead",
	"readlink", "readlinkat", "readv", "recv", "recvfrom", "recvmmsg",
	"recvmmsg_time64", "recvmsg", "remap_file_pages", "removexattr",
	"rename", "renameat", "renameat2", "restart_syscall", "rmdir", "rseq",
	"rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
	"rt_sigtimedwait_time64", "rt_tgsigqueueinfo", "sched_get_priority_max",
	"sched_get_priority_min", "sched_getaffinity", "sched_getattr",
	"sched_getparam", "sched_getscheduler", "sched_rr_get_interval",
	"sched_rr_get_interval_time64", "sched_setaffinity", "sched_setattr",
	"sched_setparam", "sched_setscheduler", "sched_yield", "seccomp",
	"select", "semctl", "semget", "semop", "semtimedop",
	"semtimedop_time64", "send", "sendfile", "sendfile64", "sendmmsg",
	"sendmsg", "sendto", "set_robust_list", "set_thread_area",
	"set_tid_address", "setfsgid", "setfsgid32", "setfsuid", "setfsuid32",
	"setgid", "setgid32", "setgroups", "setgroups32", "setitimer",
	"setpgid", "setpriority", "setregid", "setregid32", "setresgid",
	"setresgid32", "setresuid", "setresuid32", "setreuid", "setreuid32",
	"setrlimit", "setsid", "setsockopt", "setuid", "setuid32", "setxattr",
	"shmat", "shmctl", "shmdt", "shmget", "shutdown", "sigaltstack",
	"signalfd", "signalfd4", "sigprocmask", "sigreturn", "socketcall",
	"socketpair", "splice", "stat", "stat64", "statfs", "statfs64", "statx",
	"symlink", "symlinkat", "sync", "sync_file_range", "syncfs", "sysinfo",
	"tee", "tgkill", "time", "timer_create", "timer_delete",
	"timer_getoverrun", "timer_gettime", "timer_gettime64", "timer_settime",
	"timer_settime64", "timerfd_create", "timerfd_gettime",
	"timerfd_gettime64", "timerfd_settime", "timerfd_settime64", "times",
	"tkill", "truncate", "truncate64", "ugetrlimit", "umask", "uname",
	"unlink", "unlinkat", "utime", "utimensat", "utimensat_time64",
	"utimes", "vfork", "vmsplice", "wait4", "waitid", "waitpid", "write",
	"writev", NULL,
};

static const char *const dac_read_search[] = {
	"open_by_handle_at", NULL,
};

static const char *const sys_admin[] = {
	"bpf", "clone", "clone3", "fanotify_init", "fsconfig", "fsmount",
	"fsopen", "fspick", "lookup_dcookie", "mount", "mount_setattr",
	"move_mount", "open_tree", "perf_event_open", "quotactl", "quotactl_fd",
	"setdomainname", "sethostname", "setns", "syslog", "umount", "umount2",
	"unshare", NULL,
};

static const char *const sys_boot[] = {
	"reboot", NULL,
};

static const char *const sys_chroot[] = {
	"chroot", NULL,
};

static const char *const sys_module[] = {
	"delete_module", "finit_module", "init_module", NULL,
};

static const char *const sys_pacct[] = {
	"acct", NULL,
};

static const char *const sys_ptrace[] = {
	"kcmp", "pidfd_getfd", "process_madvise", NULL,
};

static const char *const sys_rawio[] = {
	"ioperm", "iopl", NULL,
};

static const char *const sys_time[] = {
	"clock_settime", "clock_settime64", "settimeofday", "stime", NULL,
};

static const char *const sys_tty_config[] = {
	"vhangup", NULL,
};

static const char *const sys_nice[] = {
	"get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node", NULL,
};

static const char *const syslog_only[] = {
	"syslog", NULL,
};

static const char *const bpf_only[] = {
	"bpf", NULL,
};

static const char *const perfmon[] = {
	"perf_event_open", NULL,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct gnv_seccomp_group gnv_seccomp_groups[] = {
	{ GNV_SECCOMP_ALWAYS, always },
	{ CAP_DAC_READ_SEARCH, dac_read_search },
	{ CAP_SYS_ADMIN, sys_admin },
	{ CAP_SYS_BOOT, sys_boot },
	{ CAP_SYS_CHROOT, sys_chroot },
	{ CAP_SYS_MODULE, sys_module },
	{ CAP_SYS_PACCT, sys_pacct },
	{ CAP_SYS_PTRACE, sys_ptrace },
	{ CAP_SYS_RAWIO, sys_rawio },
	{ CAP_SYS_TIME, sys_time },
	{ CAP_SYS_TTY_CONFIG, sys_tty_config },
	{ CAP_SYS_NICE, sys_nice },
	{ CAP_SYSLOG, syslog_only },
	{ CAP_BPF, bpf_only },
	{ CAP_PERFMON, perfmon },
};

const size_t gnv_seccomp_n_groups = COUNT(gnv_seccomp_groups);

static const struct gnv_seccomp_pattern no_namespaces[] = {
	{ CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
		  CLONE_NEWPID | CLONE_NEWNET,
	  0 },
};

/* PER_LINUX, PER_LINUX32, both with UNAME26, and "only ask". */
static const struct gnv_seccomp_pattern personalities[] = {
	{ 0xffffffff, 0 },	 { 0xffffffff, 0x0008 },
	{ 0xffffffff, 0x20000 }, { 0xffffffff, 0x20008 },
	{ 0xffffffff, 0xffffffff },
};

/*
 * All address families up to AF_MAX but AF_ALG (38) and AF_VSOCK (40): the first
 * is a way into rarely used kernel code, the second leads to the hypervisor.
 */
static const struct gnv_seccomp_pattern families[] = {
	{ 0xffffffe0, 0 },  { 0xfffffffc, 32 }, { 0xfffffffe, 36 }, { 0xffffffff, 39 },
	{ 0xffffffff, 41 }, { 0xfffffffe, 42 }, { 0xfffffffc, 44 },
};

const struct gnv_seccomp_check gnv_seccomp_checks[] = {
	{ "clone", no_namespaces, COUNT(no_namespaces) },
	{ "personality", personalities, COUNT(personalities) },
	{ "socket", families, COUNT(families) },
};

const size_t gnv_seccomp_n_checks = COUNT(gnv_seccomp_checks);
