// SPDX-License-Identifier: MIT
/*
 * spec: a configuration to begin with.
 */
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "oci/command.h"
#include "oci/config.h"

struct spec {
	const char *bundle;
	bool print, rootless;
};

#define STRICT "\"nosuid\", \"noexec\", \"nodev\""
#define CAPS   "[\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"]"

/* To be filled in: what a root may ask for, or what another user has to. */
static const char template[] =
	"{\n"
	"\t\"ociVersion\": \"" OCI_VERSION "\",\n"
	"\t\"process\": {\n"
	"\t\t\"terminal\": true,\n"
	"\t\t\"user\": { \"uid\": 0, \"gid\": 0 },\n"
	"\t\t\"args\": [\"sh\"],\n"
	"\t\t\"env\": [\n"
	"\t\t\t\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\n"
	"\t\t\t\"TERM=xterm\"\n"
	"\t\t],\n"
	"\t\t\"cwd\": \"/\",\n"
	"\t\t\"capabilities\": {\n"
	"\t\t\t\"bounding\": " CAPS ",\n"
	"\t\t\t\"effective\": " CAPS ",\n"
	"\t\t\t\"permitted\": " CAPS "\n"
	"\t\t},\n"
	"\t\t\"rlimits\": [{ \"type\": \"RLIMIT_NOFILE\", \"hard\": 1024, \"soft\": 1024 }],\n"
	"\t\t\"noNewPrivileges\": true\n"
	"\t},\n"
	"\t\"root\": { \"path\": \"rootfs\", \"readonly\": true },\n"
	"\t\"hostname\": \"ghostnv\",\n"
	"\t\"mounts\": [\n"
	"\t\t{ \"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\" },\n"
	"\t\t{ \"destination\": \"/dev\", \"type\": \"tmpfs\", \"source\": \"tmpfs\",\n"
	"\t\t  \"options\": [\"nosuid\", \"strictatime\", \"mode=755\", \"size=65536k\"] },\n"
	"\t\t{ \"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\",\n"
	"\t\t  \"options\": [\"nosuid\", \"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\"%s] },\n"
	"\t\t{ \"destination\": \"/dev/shm\", \"type\": \"tmpfs\", \"source\": \"shm\",\n"
	"\t\t  \"options\": [" STRICT ", \"mode=1777\", \"size=65536k\"] },\n"
	"\t\t{ \"destination\": \"/dev/mqueue\", \"type\": \"mqueue\", \"source\": \"mqueue\",\n"
	"\t\t  \"options\": [" STRICT "] },\n"
	"\t\t{ \"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\",\n"
	"\t\t  \"options\": [" STRICT ", \"ro\"] },\n"
	"\t\t{ \"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\",\n"
	"\t\t  \"options\": [" STRICT ", \"relatime\", \"ro\"] }\n"
	"\t],\n"
	"\t\"linux\": {\n"
	"%s"
	"\t\t\"namespaces\": [\n"
	"\t\t\t{ \"type\": \"pid\" }, { \"type\": \"network\" }, { \"type\": \"ipc\" },\n"
	"\t\t\t{ \"type\": \"uts\" }, { \"type\": \"mount\" }, { \"type\": \"cgroup\" }%s\n"
	"\t\t],\n"
	"\t\t\"maskedPaths\": [\n"
	"\t\t\t\"/proc/acpi\", \"/proc/asound\", \"/proc/interrupts\", \"/proc/kcore\", \"/proc/keys\",\n"
	"\t\t\t\"/proc/latency_stats\", \"/proc/timer_list\", \"/proc/timer_stats\",\n"
	"\t\t\t\"/proc/sched_debug\", \"/proc/scsi\", \"/sys/firmware\",\n"
	"\t\t\t\"/sys/devices/virtual/powercap\", \"/sys/kernel/ghostnv\"\n"
	"\t\t],\n"
	"\t\t\"readonlyPaths\": [\n"
	"\t\t\t\"/proc/bus\", \"/proc/fs\", \"/proc/irq\", \"/proc/sys\", \"/proc/sysrq-trigger\"\n"
	"\t\t]\n"
	"\t}\n"
	"}\n";

static int take_bundle(void *data, const char *value, struct gnv_error **err)
{
	(void)err;
	((struct spec *)data)->bundle = value;
	return 0;
}

static int take_print(void *data, const char *value, struct gnv_error **err)
{
	(void)value, (void)err;
	((struct spec *)data)->print = true;
	return 0;
}

static int take_rootless(void *data, const char *value, struct gnv_error **err)
{
	(void)value, (void)err;
	((struct spec *)data)->rootless = true;
	return 0;
}

#define MAPPING "[{ \"containerID\": 0, \"hostID\": %u, \"size\": 1 }]"

/* Root of the container is who calls; nobody else is mapped, and nothing is limited. */
static char *make_text(bool rootless)
{
	static const char resources[] =
		"\t\t\"resources\": { \"devices\": [{ \"allow\": false, \"access\": \"rwm\" }] },\n";
	_cleanup_free_ char *mappings = NULL;
	char *text;

	if (asprintf(&mappings,
		     "\t\t\"uidMappings\": " MAPPING ",\n\t\t\"gidMappings\": " MAPPING ",\n",
		     geteuid(), getegid()) < 0) {
		mappings = NULL;
		return NULL;
	}
	if (asprintf(&text, template, rootless ? "" : ", \"gid=5\"",
		     rootless ? mappings : resources,
		     rootless ? ", { \"type\": \"user\" }" : "") < 0)
		return NULL;
	return text;
}

static int run(const struct oci_globals *globals, void *data, int argc, char **argv,
	       struct gnv_error **err)
{
	const struct spec *spec = data;
	_cleanup_free_ char *text = make_text(spec->rootless);
	_cleanup_close_ int dir_fd = -EBADF, fd = -EBADF;

	(void)globals, (void)argc, (void)argv;
	if (!text)
		return gnv_error_errno(err, ENOMEM, "spec");
	if (spec->print) {
		fputs(text, stdout);
		return EXIT_SUCCESS;
	}
	dir_fd = open(spec->bundle ? spec->bundle : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return gnv_error_errno(err, errno, "bundle `%s`", spec->bundle);
	fd = openat(dir_fd, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return gnv_error_errno(err, errno, "make `config.json`");
	if (write(fd, text, strlen(text)) < 0)
		return gnv_error_errno(err, errno, "write `config.json`");
	return EXIT_SUCCESS;
}

static const struct cli_option options[] = {
	{ "bundle", 'b', "DIR", "write it there (.)", take_bundle },
	{ "rootless", 0, NULL, "for the caller, who need not be root", take_rootless },
	{ "print", 0, NULL, "to standard output instead", take_print },
	{ 0 },
};

const struct oci_command oci_cmd_spec = {
	.name = "spec",
	.synopsis = "",
	.help = "write a config.json to begin with",
	.options = options,
	.data_size = sizeof(struct spec),
	.run = run,
};
