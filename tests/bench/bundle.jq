# SPDX-License-Identifier: MIT
#
# The OCI runtime configuration with which crun and runc are measured: what
# ghostnv-container does by default. In: the output of tests/bench/profile.

def file_system($type; $target; $options):
	{ destination: $target, type: $type, source: $type, options: $options };
def etc_file($name):
	{ destination: "/etc/\($name)", type: "bind", source: "\($files)/\($name)",
	  options: ["bind", "nosuid", "nodev", "noexec"] };

["nosuid", "nodev", "noexec"] as $strict |
{
	ociVersion: "1.0.2",
	root: { path: $root },
	hostname: "bench",
	process: {
		user: { uid: 0, gid: 0 },
		cwd: "/",
		args: ["/bin/true"],
		env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
		noNewPrivileges: true,
		capabilities: {
			bounding: .capabilities,
			effective: .capabilities,
			permitted: .capabilities
		}
	},
	mounts: [
		file_system("proc"; "/proc"; $strict),
		file_system("sysfs"; "/sys"; $strict + ["ro"]),
		file_system("cgroup"; "/sys/fs/cgroup"; $strict + ["ro"]),
		file_system("tmpfs"; "/dev"; ["nosuid", "noexec", "mode=755"]),
		file_system("devpts"; "/dev/pts";
			["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
		file_system("tmpfs"; "/dev/shm"; $strict + ["mode=1777"]),
		file_system("mqueue"; "/dev/mqueue"; $strict),
		etc_file("hosts"),
		etc_file("hostname")
	],
	linux: {
		namespaces: [("pid", "mount", "uts", "ipc", "network", "cgroup") | { type: . }],
		resources: { devices: [{ allow: false, access: "rwm" }] },
		maskedPaths: [
			"/proc/acpi", "/proc/asound", "/proc/driver", "/proc/interrupts", "/proc/kcore",
			"/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
			"/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap",
			"/sys/firmware", "/sys/kernel/ghostnv"
		],
		readonlyPaths: [
			"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"
		],
		seccomp: (.seccomp
			| .architectures = (if $arch == "x86_64"
				then ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] else null end)
			| .syscalls += [{ names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }]
			| with_entries(select(.value != null)))
	}
}
