// SPDX-License-Identifier: MIT
/*
 * Reading the administrator's configuration.
 */
#include "oci/gpu_admin.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "gpu/capabilities.h"
#include "oci/document.h"
#include "oci/config.h"
#include "oci/gpu_limits.h"

#define BYTES_MAX  (64U << 10)

#define AT(member) .offset = offsetof(struct oci_gpu_admin, member)

static const struct oci_field fields[] = {
	{ "driverRoot", OCI_STRING, AT(driver_root) },
	{ "driverCapabilities", OCI_STRING, AT(driver_capabilities) },
	{ "driverSockets", OCI_BOOL, AT(driver_sockets) },
	{ "ignoreEnvironment", OCI_BOOL, AT(ignore_environment) },
	{ "realtimePriority", OCI_BOOL, AT(realtime_priority) },
	{ "limits", OCI_PAIRS, AT(limits) },
	{ NULL },
};

/* A member that is misspelt would be a limit that does not hold. */
static void refuse_unknown(struct oci_reader *reader, const struct oci_value *json)
{
	const struct oci_value *key = oci_value_first(json);
	uint32_t i;

	for (i = 0; i < json->length; i++) {
		const struct oci_field *field = fields;

		while (field->key && strcmp(field->key, key->text) != 0)
			field++;
		if (!field->key)
			oci_fault(reader, key->text, "is unknown");
		key = oci_value_next(oci_value_next(key));
	}
}

static void check_limits(struct oci_reader *reader, const struct oci_gpu_admin *admin)
{
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, admin->limits);
	size_t i, j;

	for (i = 0; i < admin->limits.n; i++) {
		const char *known;

		for (j = 0; (known = oci_gpu_limit_annotation(j)); j++)
			if (!strcmp(pairs[i].key, known + strlen(OCI_GPU_ANNOTATIONS)))
				break;
		if (!known)
			oci_fault(reader, "limits", "`%s` is unknown", pairs[i].key);
	}
}

static void check(struct oci_reader *reader, const void *object)
{
	const struct oci_gpu_admin *admin = object;
	struct gnv_gpu_limits limits = { 0 };
	_cleanup_error_ struct gnv_error *err = NULL, *unknown = NULL;
	unsigned int capabilities;

	check_limits(reader, admin);
	if (oci_gpu_limits_read(&admin->limits, "", &limits, &err) < 0)
		oci_fault(reader, "limits", "%s", gnv_error_message(err));
	if (admin->driver_capabilities &&
	    gnv_capabilities_parse(admin->driver_capabilities, &capabilities, &unknown) < 0)
		oci_fault(reader, "driverCapabilities", "%s", gnv_error_message(unknown));
	if (admin->driver_root && admin->driver_root[0] != '/')
		oci_fault(reader, "driverRoot", "`%s` is not an absolute path", admin->driver_root);
}

static const struct oci_table table = { sizeof(struct oci_gpu_admin), fields, check };

int oci_gpu_admin_parse(const char *text, size_t length, struct oci_gpu_admin *ret,
			struct gnv_error **err)
{
	_cleanup_document_ struct oci_document document = { 0 };
	_cleanup_reader_ struct oci_reader reader = { 0 };
	int r = oci_document_parse(text, length, &document, err);

	if (r < 0)
		return r;
	refuse_unknown(&reader, document.values);
	oci_table_read(&reader, &table, document.values, ret);
	return oci_reader_result(&reader, err);
}

int oci_gpu_admin_read(const char *path, struct oci_gpu_admin *ret, struct gnv_error **err)
{
	_cleanup_error_ struct gnv_error *reason = NULL;
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = gnv_file_read_at(AT_FDCWD, path ? path : OCI_GPU_ADMIN_PATH, BYTES_MAX, &text,
				 &length, &reason);

	if (r == -ENOENT && !path)
		return 0;
	if (r < 0)
		return gnv_error_move(err, &reason);
	return gnv_error_wrap(err, oci_gpu_admin_parse(text, length, ret, err), "`%s`",
			      path ? path : OCI_GPU_ADMIN_PATH);
}

void oci_gpu_admin_fini(struct oci_gpu_admin *admin)
{
	oci_table_free(&table, admin);
}
