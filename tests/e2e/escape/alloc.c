// SPDX-License-Identifier: MIT
/* Vectors: the calls that take memory, and what can be said falsely in them. */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "compat.h"
#include "escape.h"

static void take_by(struct scene *scene, enum rm_via via, bool wrap)
{
	struct attacker a;
	__u32 handle, status = NV_OK;

	enter(scene);
	open_all(scene, &a);
	a.rm.wrap = wrap;
	begin(scene);
	for (__u64 sum = 0; status == NV_OK && sum < GREED; sum += PIECE)
		status = take(&a, via, PIECE, &handle);
	refused_with(scene, "take memory", status);
	take_all(scene, &a);
}

static void by_nvos21(struct scene *scene)
{
	take_by(scene, RM_VIA_ALLOC21, false);
}

static void by_nvos64(struct scene *scene)
{
	take_by(scene, RM_VIA_ALLOC64, false);
}

static void by_heap(struct scene *scene)
{
	take_by(scene, RM_VIA_VIDHEAP, false);
}

static void by_wrapped_nvos21(struct scene *scene)
{
	take_by(scene, RM_VIA_ALLOC21, true);
}

static void by_wrapped_nvos64(struct scene *scene)
{
	take_by(scene, RM_VIA_ALLOC64, true);
}

static void by_wrapped_heap(struct scene *scene)
{
	take_by(scene, RM_VIA_VIDHEAP, true);
}

/* One RM_ALLOC of video memory, so that each field can be set falsely. */
static struct NVOS64_PARAMETERS alloc_args(struct attacker *a,
					   struct NV_MEMORY_ALLOCATION_PARAMS *params)
{
	return (struct NVOS64_PARAMETERS){
		.hRoot = a->rm.client,
		.hObjectParent = a->gpu.device,
		.hObjectNew = a->rm.next_handle++,
		.hClass = NV01_MEMORY_LOCAL_USER,
		.pAllocParms = pointer(params),
		.paramsSize = a->rm.branch->memory_alloc_size,
	};
}

static __u32 send_alloc(struct attacker *a, struct NVOS64_PARAMETERS *args)
{
	__u32 status = rm_ioctl(&a->rm, a->rm.control, NV_ESC_RM_ALLOC, args, sizeof(*args));

	return status == NV_OK ? args->status : status;
}

static void wrapped_twice(struct scene *scene)
{
	struct attacker a;

	arm(scene, &a);
	a.rm.wrap = true;
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		struct NV_MEMORY_ALLOCATION_PARAMS params;
		struct NVOS64_PARAMETERS args = alloc_args(&a, &params);
		struct nv_ioctl_xfer_t inner = {
			.cmd = NV_ESC_RM_ALLOC,
			.size = sizeof(args),
			.ptr = pointer(&args),
		};

		fill_params(&a, &params, PIECE);
		refused_with(scene, "wrap twice",
			     rm_ioctl(&a.rm, a.rm.control, NV_ESC_IOCTL_XFER_CMD, &inner,
				      sizeof(inner)));
	}
	a.rm.wrap = false;
	take_all(scene, &a);
}

/* RM_ALLOC_MEMORY of the class of video memory opens the whole card to root. */
static void by_alloc_memory(struct scene *scene)
{
	struct attacker a;
	__u64 bytes = PIECE - 1;
	__u32 handle;

	arm(scene, &a);
	forbidden(scene, "RM_ALLOC_MEMORY",
		  rm_memory_alloc_old(&a.gpu, NV01_MEMORY_LOCAL_USER, &bytes, &handle));
	take_all(scene, &a);
}

/* A 32-bit program's calls: the structures are the same, the entrance is not. */
static void by_compat(struct scene *scene)
{
	struct attacker a;
	struct {
		struct NVOS64_PARAMETERS args;
		struct NV_MEMORY_ALLOCATION_PARAMS params;
	} *low = compat_memory(sizeof(*low));
	unsigned int request = _IOWR(NV_IOCTL_MAGIC, NV_ESC_RM_ALLOC, struct NVOS64_PARAMETERS);
	int ret = 0;

	if (!compat_works() || !low)
		skip_vector(scene, "this kernel takes no 32-bit calls");
	arm(scene, &a);
	for (__u64 sum = 0; !ret && sum < GREED; sum += PIECE) {
		low->args = alloc_args(&a, &low->params);
		fill_params(&a, &low->params, PIECE);
		ret = compat_ioctl(a.rm.control, request, low);
		refused_with(scene, "take memory",
			     ret ? RM_ERRNO | (__u32)-ret : low->args.status);
	}
	take_all(scene, &a);
}

/* --- sizes ------------------------------------------------------------------------- */

static void of_size(struct scene *scene, __u64 bytes, unsigned int times, __u32 page_size)
{
	struct attacker a;
	__u32 status = NV_OK;

	arm(scene, &a);
	for (unsigned int i = 0; status == NV_OK && i < times; i++) {
		struct NV_MEMORY_ALLOCATION_PARAMS params;
		struct NVOS64_PARAMETERS args = alloc_args(&a, &params);

		fill_params(&a, &params, bytes);
		params.attr |= page_size << NVOS32_ATTR_PAGE_SIZE_SHIFT;
		status = send_alloc(&a, &args);
		refused_with(scene, "take memory", status);
	}
	take_all(scene, &a);
}

/* Each takes a piece of 64 KiB: enough of them to go past the limit. */
#define SMALL_ONES (unsigned int)(LIMIT / (64 * KiB) + 64)

static void size_zero(struct scene *scene)
{
	of_size(scene, 0, 1, NVOS32_ATTR_PAGE_SIZE_DEFAULT);
}

static void size_one(struct scene *scene)
{
	of_size(scene, 1, SMALL_ONES, NVOS32_ATTR_PAGE_SIZE_DEFAULT);
}

static void size_small_pages(struct scene *scene)
{
	of_size(scene, 4 * KiB, SMALL_ONES, NVOS32_ATTR_PAGE_SIZE_4KB);
}

/* Asks for 64 KiB in pages of 2 MiB. */
static void size_large_pages(struct scene *scene)
{
	of_size(scene, 64 * KiB, SMALL_ONES, NVOS32_ATTR_PAGE_SIZE_HUGE);
}

static void size_absurd(struct scene *scene)
{
	static const __u64 sizes[] = {
		1ULL << 63, (1ULL << 63) + 64 * KiB, 1ULL << 62, 1ULL << 40,
	};
	struct attacker a;
	__u32 handle;

	arm(scene, &a);
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (enum rm_via via = RM_VIA_ALLOC21; via <= RM_VIA_VIDHEAP; via++)
			refused_with(scene, "take memory", take(&a, via, sizes[i], &handle));
	take_all(scene, &a);
}

/* Rounded up, or added to what is held, these are small numbers. */
static void size_wraps(struct scene *scene)
{
	struct attacker a;
	__u32 handle;

	arm(scene, &a);
	must(scene, "take memory", take(&a, RM_VIA_ALLOC64, PIECE, &handle));
	for (__u64 less = 1; less <= 4 * LIMIT; less *= 2)
		for (enum rm_via via = RM_VIA_ALLOC21; via <= RM_VIA_VIDHEAP; via++)
			refused_with(scene, "take memory", take(&a, via, -less, &handle));
	take_all(scene, &a);
}

/* --- lies ---------------------------------------------------------------------------- */

/* The parameters' own size, as the structure around them tells it. */
static void lying_params_size(struct scene *scene)
{
	static const __u32 sizes[] = { 0, 1, 8, 63, 64, 72, 119, 120, 127, 128, 4096, ~0u };
	struct attacker a;

	arm(scene, &a);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct {
				struct NV_MEMORY_ALLOCATION_PARAMS params;
				char more[4096];
			} with = { .more = { 0 } };
			struct NVOS64_PARAMETERS args = alloc_args(&a, &with.params);

			fill_params(&a, &with.params, PIECE);
			args.paramsSize = sizes[i];
			refused_with(scene, "take memory", send_alloc(&a, &args));
		}
	}
}

/* The heap: everywhere it may lie but where it will. */
static void lying_location(struct scene *scene)
{
	struct attacker a;

	arm(scene, &a);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		struct NV_MEMORY_ALLOCATION_PARAMS params;
		struct NVOS64_PARAMETERS args = alloc_args(&a, &params);
		struct NVOS32_PARAMETERS heap = {
			.hRoot = a.rm.client,
			.hObjectParent = a.gpu.device,
			.function = NVOS32_FUNCTION_ALLOC_SIZE,
			.data.AllocSize = {
				.owner = a.rm.client,
				.flags = NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
				.attr = NVOS32_ATTR_LOCATION_ANY << NVOS32_ATTR_LOCATION_SHIFT,
				.size = PIECE,
			},
		};

		fill_params(&a, &params, PIECE);
		params.attr = NVOS32_ATTR_LOCATION_ANY << NVOS32_ATTR_LOCATION_SHIFT;
		refused_with(scene, "take memory", send_alloc(&a, &args));
		rm_ioctl(&a.rm, a.rm.control, NV_ESC_RM_VID_HEAP_CONTROL, &heap, sizeof(heap));
	}
	take_all(scene, &a);
}

/* A heap's handle counts only with its flag: here it names small memory. */
static void heap_junk_handle(struct scene *scene)
{
	struct attacker a;
	__u32 small;

	arm(scene, &a);
	must(scene, "take a little", take(&a, RM_VIA_ALLOC64, 64 * KiB, &small));
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		struct NVOS32_PARAMETERS heap = {
			.hRoot = a.rm.client,
			.hObjectParent = a.gpu.device,
			.function = NVOS32_FUNCTION_ALLOC_SIZE,
			.data.AllocSize = {
				.owner = a.rm.client,
				.hMemory = small,
				.flags = NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
				.size = PIECE,
			},
		};

		refused_with(scene, "take memory",
			     rm_send(&a.rm, a.rm.control, NV_ESC_RM_VID_HEAP_CONTROL, &heap,
				     sizeof(heap), &heap.status));
	}
}

/* The heap's other function that takes memory, between bounds of its own. */
static void heap_range(struct scene *scene)
{
	struct attacker a;

	arm(scene, &a);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		struct NVOS32_PARAMETERS heap = {
			.hRoot = a.rm.client,
			.hObjectParent = a.gpu.device,
			.function = NVOS32_FUNCTION_ALLOC_SIZE_RANGE,
			.data.AllocSizeRange = {
				.owner = a.rm.client,
				.flags = NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
				.size = PIECE,
				.rangeEnd = ~0ULL,
			},
		};

		refused_with(scene, "take memory",
			     rm_send(&a.rm, a.rm.control, NV_ESC_RM_VID_HEAP_CONTROL, &heap,
				     sizeof(heap), &heap.status));
	}
	take_all(scene, &a);
}

/* Structures that the driver reads and can't write: nobody learns what was made. */
static void unanswered(struct scene *scene)
{
	struct attacker a;

	arm(scene, &a);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		struct NV_MEMORY_ALLOCATION_PARAMS params;
		struct NVOS64_PARAMETERS args = alloc_args(&a, &params);

		fill_params(&a, &params, PIECE);
		refused_with(scene, "take memory",
			     rm_ioctl(&a.rm, a.rm.control, NV_ESC_RM_ALLOC,
				      read_only_copy(&args, sizeof(args)), sizeof(args)));
	}
	take_all(scene, &a);
}

static void freed_twice(struct scene *scene)
{
	struct attacker a;
	__u32 handle;

	arm(scene, &a);
	for (int i = 0; i < 8; i++) {
		must(scene, "take memory", take(&a, RM_VIA_ALLOC64, PIECE, &handle));
		for (int j = 0; j < 4; j++)
			refused_with(scene, "free", rm_free(&a.rm, a.gpu.device, handle));
	}
	take_all(scene, &a);
}

/* The handle of a device for memory, of memory for memory: what goes, is told. */
static void handle_in_use(struct scene *scene)
{
	struct attacker a;
	__u32 first;

	arm(scene, &a);
	must(scene, "take memory", take(&a, RM_VIA_ALLOC64, PIECE, &first));
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		const __u32 handles[] = { first, a.gpu.device, a.gpu.subdevice, a.rm.client, 0 };

		for (unsigned int i = 0; i < sizeof(handles) / sizeof(handles[0]); i++) {
			struct NV_MEMORY_ALLOCATION_PARAMS params;
			struct NVOS64_PARAMETERS args = alloc_args(&a, &params);

			fill_params(&a, &params, PIECE);
			args.hObjectNew = handles[i];
			refused_with(scene, "take memory", send_alloc(&a, &args));
		}
	}
}

static void serialized(struct scene *scene)
{
	struct attacker a;

	arm(scene, &a);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		struct NV_MEMORY_ALLOCATION_PARAMS params;
		struct NVOS64_PARAMETERS args = alloc_args(&a, &params);

		fill_params(&a, &params, PIECE);
		args.flags = NVOS64_FLAGS_FINN_SERIALIZED;
		forbidden(scene, "serialized parameters", send_alloc(&a, &args));
	}
}

/* Classes that are memory of some kind, and that no program of CUDA needs. */
static void other_memory(struct scene *scene)
{
	static const __u32 classes[] = {
		NV01_MEMORY_LOCAL_PRIVILEGED, NV01_MEMORY_LOCAL_PHYSICAL,
		NV01_MEMORY_LIST_SYSTEM, NV01_MEMORY_LIST_FBMEM, NV01_MEMORY_LIST_OBJECT,
		NV_MEMORY_EXTENDED_USER, NV01_MEMORY_HW_RESOURCES, NV_FB_SEGMENT,
		NV_SEMAPHORE_SURFACE, NV_MEMORY_EXPORT, NV_IMEX_SESSION, NV01_MEMORY_FLA,
		NV_MEMORY_FABRIC, NV_MEMORY_FABRIC_IMPORT_V2, NV_MEMORY_FABRIC_IMPORTED_REF,
		NV_MEMORY_MULTICAST_FABRIC, NV_MEMORY_MAPPER, NV01_MEMORY_DEVICELESS,
		NV50_THIRD_PARTY_P2P,
	};
	struct attacker a;

	arm(scene, &a);
	for (unsigned int i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		struct NV_MEMORY_ALLOCATION_PARAMS params;
		struct NVOS64_PARAMETERS args = alloc_args(&a, &params);

		fill_params(&a, &params, PIECE);
		args.hClass = classes[i];
		forbidden(scene, "make such memory", send_alloc(&a, &args));
	}
	take_all(scene, &a);
}

const struct vector alloc_vectors[] = {
	{ "alloc_nvos21", "takes memory by RM_ALLOC in its short form until there is no more",
	  "the charge is made before the driver is called and must fit the limit", by_nvos21 },
	{ "alloc_nvos64", "the same by the long form", "as above: the form is told by its size",
	  by_nvos64 },
	{ "alloc_heap", "the same by VID_HEAP_CONTROL", "the heap's calls are decoded and charged",
	  by_heap },
	{ "alloc_memory_whole_card",
	  "asks RM_ALLOC_MEMORY for the class of video memory, which gives root the whole card",
	  "that escape with that class is refused", by_alloc_memory },
	{ "xfer_nvos21", "wraps the short form into NV_ESC_IOCTL_XFER_CMD",
	  "the wrapping is taken off before anything is decided", by_wrapped_nvos21 },
	{ "xfer_nvos64", "wraps the long form", "as above", by_wrapped_nvos64 },
	{ "xfer_heap", "wraps VID_HEAP_CONTROL", "as above", by_wrapped_heap },
	{ "xfer_twice", "wraps a wrapped call",
	  "what is inside of one wrapping is looked at as an escape, and this one is not known",
	  wrapped_twice, "the driver takes one wrapping off, too" },
	{ "compat_32bit", "calls through the kernel's 32-bit entrance",
	  "`compat_ioctl` is interposed as well, and the structures are the same", by_compat },
	{ "size_0", "asks for nothing, then for all", "the driver refuses; nothing is charged",
	  size_zero },
	{ "size_1", "takes 1 byte at a time, for which the card loses 64 KiB",
	  "a charge is in whole pieces of 64 KiB", size_one },
	{ "size_small_pages", "takes pages of 4 KiB, for each of which the card loses 64 KiB",
	  "as above, also where the driver tells 4 KiB", size_small_pages },
	{ "size_large_pages", "takes 64 KiB in pages of 2 MiB, so that it gets 2 MiB",
	  "what the driver says that it made is charged, and freed where it does not fit",
	  size_large_pages },
	{ "size_2_63", "asks for 2^63 bytes and other sizes that no card has, by each call",
	  "what is larger than the card is a full card, before any sum is made; then takes all",
	  size_absurd },
	{ "size_wraps", "asks for sizes just below 2^64, which wrap when they are rounded or added",
	  "sums that overflow are refused", size_wraps },
	{ "lying_params_size", "tells other sizes of its parameters than they have",
	  "as many bytes are read as the class has; the driver refuses sizes that it does not know",
	  lying_params_size },
	{ "lying_location", "asks for memory that may lie anywhere",
	  "what is not explicitly the host's memory is charged, and corrected by what was made",
	  lying_location },
	{ "heap_junk_handle", "lets the heap choose a handle and names small memory in that field",
	  "without its flag the handle is not looked at: the module chooses one", heap_junk_handle },
	{ "heap_range", "takes memory by the heap's ALLOC_SIZE_RANGE", "it is decoded and charged",
	  heap_range },
	{ "unanswered", "gives structures that cannot be written to, so that no status comes back",
	  "the structure is written before the driver is called; where that fails nothing is made",
	  unanswered },
	{ "free_twice", "frees memory four times, so that its charge might go four times",
	  "a charge belongs to one object and goes when the driver no longer has it", freed_twice },
	{ "handle_in_use", "makes memory under handles that are taken",
	  "the driver is asked whether the handle is free before anything is made", handle_in_use },
	{ "serialized", "hides the parameters in FINN serialisation",
	  "a flag that says so is refused", serialized },
	{ "other_memory", "makes objects of 19 other classes of memory, among them those of root",
	  "the allowlist of classes has none of them", other_memory,
	  "the simulator has none of these classes" },
	{ 0 },
};
