// SPDX-License-Identifier: MIT
/*
 * The order of steps between clone and the gate, and the small ones of them.
 */
#include "oci/child.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/error_wire.h"
#include "base/process.h"
#include "base/strv.h"
#include "oci/console.h"
#include "oci/gate.h"
#include "oci/hooks.h"
#include "oci/rootfs.h"
#include "oci/task.h"
#include "sandbox/clone.h"
#include "sandbox/mount_api.h"
#include "sandbox/paths.h"
#include "sandbox/stdio.h"
#include "sandbox/user.h"

static _Noreturn void fail(const struct oci_plan *plan, struct gnv_error *err)
{
	struct gnv_error_wire wire = { .errnum = -gnv_error_number(err) };

	if (plan->left) {
		plan->left->err = err;
		_exit(1);
	}
	snprintf(wire.what, sizeof(wire.what), "%s", gnv_error_message(err));
	send(plan->sync_fd, &wire, sizeof(wire), MSG_NOSIGNAL);
	_exit(1);
}

static int ask(const struct oci_plan *plan, enum oci_sync what, struct gnv_error **err)
{
	char byte = (char)what;

	if (send(plan->sync_fd, &byte, 1, MSG_NOSIGNAL) != 1 ||
	    recv(plan->sync_fd, &byte, 1, 0) != 1 || byte != OCI_SYNC_GO)
		return gnv_error_set(err, ECANCELED, "the runtime has gone away");
	return 0;
}

/*
 * Handlers are gone with the clone, but what the caller ignores would stay ignored, in
 * the program too.  A gate that waits for `start` takes signals when it is ready to.
 */
static void reset_signals(const struct oci_plan *plan)
{
	sigset_t blocked;

	gnv_signals_reset(plan->ignored_signals);
	/* All or none: sigfillset() spares those that a C library keeps for itself. */
	memset(&blocked, plan->listen_fd >= 0 ? 0xff : 0, sizeof(blocked));
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* --- namespaces ---------------------------------------------------------------------- */

static int join(int fd, int type, struct gnv_error **err)
{
	if (setns(fd, (int)oci_namespace_flag(type)) < 0)
		return gnv_error_errno(err, errno, "join the namespace of type `%s`",
				       oci_namespace_names[type - 1]);
	return 0;
}

/*
 * Those that belong to the host can only be joined before the user namespace, those
 * that belong to it only after.
 */
static int join_all(const struct oci_plan *plan, struct gnv_error **err)
{
	int user_fd = plan->namespace_fds[OCI_NS_USER];
	int left[OCI_NS_END], n_left = 0, type, i, r;

	for (type = 1; type < OCI_NS_END; type++) {
		if (type == OCI_NS_USER || type == OCI_NS_CGROUP || plan->namespace_fds[type] < 0)
			continue;
		if (setns(plan->namespace_fds[type], (int)oci_namespace_flag(type)) == 0)
			continue;
		if (errno != EPERM || user_fd < 0)
			return join(plan->namespace_fds[type], type, err);
		left[n_left++] = type;
	}
	if (user_fd >= 0) {
		r = join(user_fd, OCI_NS_USER, err);
		if (r < 0)
			return r;
	}
	for (i = 0; i < n_left; i++) {
		r = join(plan->namespace_fds[left[i]], left[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* From one mount namespace into another, or none: nothing there leads to where we are. */
static int lock_into(int root_fd, struct gnv_error **err)
{
	if (fchdir(root_fd) < 0 || chroot(".") < 0)
		return gnv_error_errno(err, errno, "change the root directory");
	return 0;
}

/*
 * All of a running container's at once, but for that of cgroups: where cgroup2 is mounted
 * with nsdelegate, nobody inside it may take one from outside into the container's cgroup.
 * The child, which is born there, joins it.
 */
static int join_container(const struct oci_plan *plan, struct gnv_error **err)
{
	const struct oci_array *array = &plan->config->os->namespaces;
	const struct oci_namespace *namespaces = OCI_ITEMS(struct oci_namespace, *array);
	uint64_t flags = 0;
	size_t i;

	for (i = 0; i < array->n; i++)
		flags |= oci_namespace_flag(namespaces[i].type);
	flags &= ~(uint64_t)CLONE_NEWCGROUP;
	if (setns(plan->join_pidfd, (int)flags) < 0)
		return gnv_error_errno(err, errno, "join the container's namespaces");
	return plan->rootfs_fd < 0 ? 0 : lock_into(plan->rootfs_fd, err);
}

static int set_time_offsets(const struct oci_plan *plan, struct gnv_error **err)
{
	const struct oci_time_offsets *offsets = plan->config->os->time_offsets;
	const struct oci_time_offset *clocks[] = { offsets ? offsets->monotonic : NULL,
						   offsets ? offsets->boottime : NULL };
	static const char *const names[] = { "monotonic", "boottime" };
	int i;

	if (unshare(CLONE_NEWTIME) < 0)
		return gnv_error_errno(err, errno, "make a time namespace");
	for (i = 0; i < 2; i++) {
		_cleanup_close_ int fd = -EBADF;

		if (!clocks[i])
			continue;
		fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || dprintf(fd, "%s %lld %lld\n", names[i],
				      (long long)clocks[i]->secs.value,
				      (long long)clocks[i]->nanosecs.value) < 0)
			return gnv_error_errno(err, errno, "linux.timeOffsets.%s", names[i]);
	}
	return 0;
}

/* Root of the user namespace, as far as it has one. */
static int become_root(struct gnv_error **err)
{
	if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0)
		return gnv_error_errno(err, errno, "become root of the user namespace");
	/* That made us an open book, and forgot what is to end us. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return 0;
}

static int enter_namespaces(const struct oci_plan *plan, bool joined, struct gnv_error **err)
{
	const uint64_t late = plan->new_flags & ~oci_plan_clone_flags(plan);
	int r = 0;

	if (plan->new_flags & CLONE_NEWUSER)
		r = ask(plan, OCI_SYNC_MAPS, err);
	else if (!joined)
		r = join_all(plan, err);
	if (r >= 0 && plan->in_userns)
		r = become_root(err);
	if (r >= 0 && plan->namespace_fds[OCI_NS_CGROUP] >= 0)
		r = join(plan->namespace_fds[OCI_NS_CGROUP], OCI_NS_CGROUP, err);
	if (r < 0)
		return r;
	if (late && unshare((int)late) < 0)
		return gnv_error_errno(err, errno, "make the container's own namespaces");
	return 0;
}

/* A keyring of our own: that of the caller's session may hold secrets. */
static int leave_session(const struct oci_plan *plan, struct gnv_error **err)
{
	int r = oci_lsm_label_keys(plan->procfs_fd, plan->process, err);

	if (r < 0)
		return r;
	if (setsid() < 0)
		return gnv_error_errno(err, errno, "make a session");
	if (!plan->no_new_keyring &&
	    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return gnv_error_errno(err, errno, "make a session keyring");
	return 0;
}

static int set_names(const struct oci_plan *plan, struct gnv_error **err)
{
	const char *hostname = plan->config->hostname, *domainname = plan->config->domainname;

	if (hostname && *hostname && sethostname(hostname, strlen(hostname)) < 0)
		return gnv_error_errno(err, errno, "set the host name `%s`", hostname);
	if (domainname && *domainname && setdomainname(domainname, strlen(domainname)) < 0)
		return gnv_error_errno(err, errno, "set the domain name `%s`", domainname);
	return 0;
}

static int bring_loopback_up(const struct oci_plan *plan, struct gnv_error **err)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	_cleanup_close_late_ int fd = -EBADF;

	if (!(plan->new_flags & CLONE_NEWNET))
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return gnv_error_errno(err, errno, "bring the loopback interface up");
	return 0;
}

/* Out of the one in which the root file system was made, with all of it. */
static int leave_mount_namespace(const struct oci_plan *plan, struct gnv_error **err)
{
	_cleanup_close_ int tree_fd = -EBADF;

	if (plan->mount_ns_fd < 0)
		return 0;
	tree_fd = gnv_mount_copy(AT_FDCWD, "/", true);
	if (tree_fd < 0)
		return gnv_error_errno(err, -tree_fd, "take the root file system along");
	if (setns(plan->mount_ns_fd, CLONE_NEWNS) < 0)
		return gnv_error_errno(err, errno, "join the namespace of type `mount`");
	return lock_into(tree_fd, err);
}

/* --- the process ------------------------------------------------------------------------ */

static int set_personality(const struct oci_plan *plan, struct gnv_error **err)
{
	const struct oci_personality *personality_ = plan->config->os->personality;

	/* 1 is LINUX, 2 LINUX32. */
	if (personality_ && personality(personality_->domain == 2 ? PER_LINUX32 : PER_LINUX) < 0)
		return gnv_error_errno(err, errno, "linux.personality");
	return 0;
}

/* Below the root and by no magic link, so that it is in the container (CVE-2024-21626). */
static int enter_cwd(const struct oci_plan *plan, int root_fd, struct gnv_error **err)
{
	const char *cwd = plan->process->cwd;
	_cleanup_close_ int fd = -EBADF;
	char path[PATH_MAX];

	/* Whose root is new is in it. */
	if (!plan->joins && !strcmp(cwd, "/"))
		return 0;
	fd = gnv_path_make_in_root(root_fd, cwd, S_IFDIR);
	if (fd < 0)
		return gnv_error_errno(err, -fd, "process.cwd `%s`", cwd);
	if (fchdir(fd) < 0)
		return gnv_error_errno(err, errno, "process.cwd `%s`", cwd);
	if (syscall(SYS_getcwd, path, sizeof(path)) < 0 || path[0] != '/')
		return gnv_error_set(err, EPERM, "process.cwd `%s` is not in the container", cwd);
	return 0;
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0111;
}

/* The gate executes it by this path, in the container as it is then. */
static int find_program(const struct oci_plan *plan, char **ret, struct gnv_error **err)
{
	/* Without a process there is nothing to find, and `start` will say so. */
	const char *name = plan->process->args ? plan->process->args[0] : NULL;
	const char *path = gnv_env_get(plan->process->env, "PATH");
	struct stat st;

	if (!name || strchr(name, '/')) {
		*ret = strdup(name ? name : "");
		if (!*ret)
			return gnv_error_errno(err, ENOMEM, "find the program");
		if (!name)
			return 0;
		if (stat(name, &st) < 0)
			return gnv_error_errno(err, errno, "exec: `%s`: stat %s", name, name);
		if (S_ISREG(st.st_mode) && st.st_mode & 0111)
			return 0;
		return gnv_error_errno(err, EACCES, "exec: `%s`", name);
	}
	for (; path && *path; path += strspn(path, ":")) {
		size_t n = strcspn(path, ":");
		_cleanup_free_ char *file = NULL;

		if (asprintf(&file, "%.*s/%s", (int)n, path, name) < 0) {
			file = NULL;
			return gnv_error_errno(err, ENOMEM, "find `%s`", name);
		}
		if (is_program(file)) {
			*ret = STEAL_PTR(file);
			return 0;
		}
		path += n;
	}
	return gnv_error_set(err, ENOENT, "exec: `%s`: executable file not found in $PATH", name);
}

/* By our own number: that is the program's, in whatever PID namespace it is. */
static int tell_of_listen_fds(const struct oci_plan *plan, char ***env, struct gnv_error **err)
{
	const char *names = getenv("LISTEN_FDNAMES");
	_cleanup_free_ char *names_text = NULL;
	char count[32], pid[32];

	if (!plan->listen_fds)
		return 0;
	snprintf(count, sizeof(count), "LISTEN_FDS=%d", plan->listen_fds);
	snprintf(pid, sizeof(pid), "LISTEN_PID=%d", getpid());
	if (names && asprintf(&names_text, "LISTEN_FDNAMES=%s", names) < 0)
		names_text = NULL;
	if (gnv_env_set(env, count) < 0 || gnv_env_set(env, pid) < 0 ||
	    (names && (!names_text || gnv_env_set(env, names_text) < 0)))
		return gnv_error_errno(err, ENOMEM, "make the environment");
	return 0;
}

/* Where the configuration names no HOME, the container's own database does. */
static int make_env(const struct oci_plan *plan, int root_fd, char ***ret, struct gnv_error **err)
{
	static char passwd[GNV_USER_DB_BYTES_MAX];
	static struct gnv_user user;
	struct gnv_user_db db = { .passwd = passwd };
	char spec[16], home[GNV_USER_HOME_LEN + 8];

	if (gnv_strv_append_all(ret, plan->process->env) < 0)
		return gnv_error_errno(err, ENOMEM, "make the environment");
	if (gnv_env_get(*ret, "HOME") && *gnv_env_get(*ret, "HOME"))
		return 0;
	db.passwd_bytes = gnv_user_read_db(root_fd, "/etc/passwd", passwd);
	snprintf(spec, sizeof(spec), "%u",
		 plan->process->user ? (unsigned int)plan->process->user->uid.value : 0);
	if (gnv_user_lookup(spec, &db, &user) < 0)
		user.home[0] = '\0';
	snprintf(home, sizeof(home), "HOME=%s", user.home[0] ? user.home : "/");
	return gnv_env_set(ret, home) < 0 ? gnv_error_errno(err, ENOMEM, "make the environment") :
					    0;
}

/* All others are closed by execve. */
static int hand_on(const int *fds, size_t n, int first, struct gnv_error **err)
{
	size_t i;

	if (close_range((unsigned int)first, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return gnv_error_errno(err, errno, "keep descriptors to ourselves");
	for (i = 0; i < n; i++)
		if (fds[i] >= 0 && fcntl(fds[i], F_SETFD, 0) < 0)
			return gnv_error_errno(err, errno, "hand descriptors on");
	return 0;
}

static int execute_gate(const struct oci_plan *plan, int root_fd, struct gnv_error **err)
{
	int start_fd = plan->listen_fd >= 0 ? plan->listen_fd : plan->leave_fd, r;
	int connection_fd = start_fd >= 0 ? start_fd : plan->sync_fd;
	struct oci_left own = { 0 }, *left = plan->left ? plan->left : &own;
	char *none[] = { (char *)"", NULL };
	int gate_fd;

	r = find_program(plan, &left->program, err);
	if (r >= 0)
		r = make_env(plan, root_fd, &left->env, err);
	if (r >= 0)
		r = tell_of_listen_fds(plan, &left->env, err);
	if (r >= 0)
		r = oci_gate_make(plan, left->program, plan->listen_fd, connection_fd,
				  plan->procfs_fd, &gate_fd, err);
	if (r >= 0)
		r = hand_on((int[]){ connection_fd, plan->procfs_fd }, 2, 3 + plan->preserve_fds,
			    err);
	if (r < 0)
		return r;
	prctl(PR_SET_PDEATHSIG, 0);
	syscall(SYS_execveat, gate_fd, "", plan->process->args ? plan->process->args : none,
		left->env, AT_EMPTY_PATH);
	return gnv_error_errno(err, errno, "execute the gate");
}

static int prepare_process(const struct oci_plan *plan, int slave_fd, struct gnv_error **err)
{
	bool is_ours = !plan->joins && plan->mount_ns_fd < 0;
	_cleanup_close_ int opened_fd = is_ours ? -EBADF :
						  open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int root_fd = is_ours ? plan->rootfs_fd : opened_fd;
	const struct oci_user *user = plan->process->user;
	uid_t uid = user ? (uid_t)user->uid.value : 0;
	int i, r = 0;

	if (slave_fd >= 0)
		r = oci_console_take(slave_fd, uid, err);
	else
		for (i = 0; i < 3; i++)
			gnv_stdio_give(i, uid, user ? (gid_t)user->gid.value : 0);
	if (r >= 0)
		r = set_personality(plan, err);
	if (r >= 0)
		r = enter_cwd(plan, root_fd, err);
	/* Root of a user namespace may not have the privilege for it. */
	if (r >= 0 && oci_task_needs_raise(plan->process))
		r = plan->in_userns || plan->joins ? ask(plan, OCI_SYNC_RAISE, err) :
						     oci_task_raise(plan->process, 0, err);
	if (r >= 0 && plan->joins)
		r = oci_task_take_final_affinity(plan->process, err);
	if (r >= 0)
		r = oci_task_set_memory_policy(plan->config->os, err);
	if (r < 0)
		return r;
	umask(user && user->umask.set ? (mode_t)user->umask.value : 022);
	return execute_gate(plan, root_fd, err);
}

static int run_hooks(const struct oci_plan *plan, struct gnv_error **err)
{
	const struct oci_hooks *hooks = plan->config->hooks;

	if (!hooks)
		return 0;
	/* The runtime runs its own, and gives us the state that ours are to read. */
	if (hooks->prestart.n || hooks->create_runtime.n || hooks->create_container.n) {
		int r = ask(plan, OCI_SYNC_HOOKS, err);

		if (r < 0)
			return r;
	}
	if (hooks->create_container.n) {
		static char state[1U << 20];
		ssize_t n = recv(plan->sync_fd, state, sizeof(state) - 1, 0);

		if (n <= 0)
			return gnv_error_set(err, ECANCELED, "the runtime has gone away");
		state[n] = '\0';
		return oci_hooks_run(&hooks->create_container, "createContainer", state, err);
	}
	return 0;
}

static int become_container(const struct oci_plan *plan, bool joined, struct gnv_error **err)
{
	int slave_fd = -EBADF;
	int r = enter_namespaces(plan, joined, err);

	if (r >= 0)
		r = leave_session(plan, err);
	if (r >= 0)
		r = set_names(plan, err);
	if (r >= 0)
		r = bring_loopback_up(plan, err);
	if (r >= 0 && plan->config->os->net_devices.n)
		r = ask(plan, OCI_SYNC_DEVICES, err);
	if (r >= 0)
		r = oci_rootfs_enter(plan, &slave_fd, run_hooks, err);
	if (r >= 0)
		r = leave_mount_namespace(plan, err);
	return r < 0 ? r : prepare_process(plan, slave_fd, err);
}

static int join_running(const struct oci_plan *plan, struct gnv_error **err)
{
	_cleanup_close_ int root_fd = -EBADF;
	int slave_fd = -EBADF, r = 0;

	if (plan->in_userns)
		r = become_root(err);
	if (r >= 0 && oci_config_namespace(plan->config, OCI_NS_CGROUP))
		r = join(plan->join_pidfd, OCI_NS_CGROUP, err);
	if (r >= 0)
		r = leave_session(plan, err);
	if (r >= 0 && plan->process->terminal) {
		root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		r = oci_console_make(root_fd, plan->process, plan->console_fd, &slave_fd, err);
	}
	return r < 0 ? r : prepare_process(plan, slave_fd, err);
}

_Noreturn void oci_child_run(const struct oci_plan *plan, bool joined)
{
	struct gnv_error *err = NULL;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	reset_signals(plan);
	if (plan->joins)
		join_running(plan, &err);
	else
		become_container(plan, joined, &err);
	fail(plan, err);
}

_Noreturn void oci_child_run_between(const struct oci_plan *plan)
{
	uint64_t flags = oci_plan_clone_flags(plan) & ~(uint64_t)CLONE_NEWTIME;
	struct oci_sync_pid message = { .letter = 'p' };
	struct gnv_error *err = NULL;
	int pidfd, r = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	r = plan->joins ? join_container(plan, &err) : join_all(plan, &err);
	if (r >= 0 && plan->new_flags & CLONE_NEWTIME)
		r = set_time_offsets(plan, &err);
	if (r < 0)
		fail(plan, err);
	message.pid = gnv_clone(flags | CLONE_PARENT, plan->enters_early ? -1 : plan->cgroup_fd,
				&pidfd);
	if (message.pid == 0)
		oci_child_run(plan, true);
	if (message.pid < 0) {
		gnv_error_errno(&err, -message.pid, "make the namespaces");
		fail(plan, err);
	}
	send(plan->sync_fd, &message, sizeof(message), MSG_NOSIGNAL);
	_exit(0);
}
