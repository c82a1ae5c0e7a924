#!/bin/bash
# SPDX-License-Identifier: MIT
#
# NVIDIA's own nvidia-smi and libnvidia-ml, unchanged, as Debian has them: outside
# of containers they show the cards, inside the granted GPUs with the quota as
# their memory. GHOSTNV_NVIDIA_SMI is the folder that scripts/nvidia-smi prints.
#
# timeout: 300

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/container.sh
. "$(dirname "$0")/lib/container.sh"
# shellcheck source=tests/e2e/lib/ghostnv.sh
. "$(dirname "$0")/lib/ghostnv.sh"

if [ -z "${GHOSTNV_NVIDIA_SMI-}" ]; then
	skip nvidia_smi:all 'nvidia-smi cannot be had here: scripts/nvidia-smi says why'
	tap_end
	exit
fi

driver_version=$(ghostnv-container version --format json | jq -r .driver)

# The driver as it is installed on a host; the image knows nothing of it, and has
# glibc and rmclient alone.
libs=$rootfs/lib/x86_64-linux-gnu
driver=$work/driver
driver_libs=$driver/usr/lib/x86_64-linux-gnu
mkdir -p "$libs" "$rootfs/lib64" "$driver/usr/bin" "$driver_libs"
cp "$GHOSTNV_NVIDIA_SMI/nvidia-smi" "$driver/usr/bin"
cp "$GHOSTNV_NVIDIA_SMI/libnvidia-ml.so.1" "$driver_libs/libnvidia-ml.so.$driver_version"
ln -s "libnvidia-ml.so.$driver_version" "$driver_libs/libnvidia-ml.so.1"
cp "$(command -v rmclient)" "$rootfs/bin"
ldd "$GHOSTNV_NVIDIA_SMI/nvidia-smi" "$GHOSTNV_NVIDIA_SMI/libnvidia-ml.so.1" \
	"$(command -v rmclient)" | grep -o '/lib[^ ]* (' | sort -u | while read -r lib _; do
	case $lib in
	*/ld-linux*) cp "$lib" "$rootfs/lib64" ;;
	*) cp "$lib" "$libs" ;;
	esac
done

# On the host: no container, or the cgroup that it is called in.
smi=(env "LD_LIBRARY_PATH=$GHOSTNV_NVIDIA_SMI" "$GHOSTNV_NVIDIA_SMI/nvidia-smi")

query() {
	"$@" --query-gpu=index,uuid,memory.total,memory.used,memory.free \
		--format=csv,noheader,nounits
}

# The uuid of GPU N, from its file in /proc.
uuid() {
	local files=(/proc/driver/nvidia/gpus/*/information)

	sed -n 's/^GPU UUID:[ \t]*//p' "${files[$1]}"
}

# --- outside ----------------------------------------------------------------------

# The simulator keeps a 64th of 8 GiB for itself, as "reserved".
is nvidia_smi:outside_whole_cards "$(query "${smi[@]}")" \
	"0, $(uuid 0), 8192, 0, 8064"$'\n'"1, $(uuid 1), 8192, 0, 8064"
is nvidia_smi:outside_lists_all "$("${smi[@]}" -L)" \
	"GPU 0: NVIDIA GeForce RTX 4090 (simulated) (UUID: $(uuid 0))
GPU 1: NVIDIA GeForce RTX 4090 (simulated) (UUID: $(uuid 1))"
"${smi[@]}" >"$work/table"
is nvidia_smi:outside_table "$(grep -c '0MiB /   8192MiB' "$work/table")" 2

# --- inside -----------------------------------------------------------------------

overhead=$((overhead / MiB))
inside_run() {
	run --rm --gpu-memory 1G --gpu-devices 1 --driver-root "$driver" "$rootfs" "$@"
}

is nvidia_smi:inside_the_quota "$(query inside_run nvidia-smi)" \
	"0, $(uuid 1), 1024, $overhead, $((1024 - overhead))"
is nvidia_smi:inside_lists_the_granted "$(inside_run nvidia-smi -L)" \
	"GPU 0: NVIDIA GeForce RTX 4090 (simulated) (UUID: $(uuid 1))"
inside_run nvidia-smi >"$work/table"
is nvidia_smi:inside_table "$(grep -c "$overhead"'MiB /   1024MiB' "$work/table")" 1
is nvidia_smi:inside_table_has_no_error "$(grep -c 'ERR!\|Unknown' "$work/table")" 0
ok nvidia_smi:inside_full_report inside_run nvidia-smi -q
inside_run nvidia-smi -q -d MEMORY >"$work/memory"
is nvidia_smi:inside_memory_report \
	"$(sed -n '/FB Memory/,/BAR1/s/ *\([A-Z][a-z]*\) *: \([0-9]*\) MiB/\1=\2/p' "$work/memory" |
		xargs)" "Total=1024 Reserved=0 Used=$overhead Free=$((1024 - overhead))"
is nvidia_smi:inside_counts_one_gpu "$(grep -c 'Attached GPUs *: 1$' "$work/memory")" 1

# --- use ----------------------------------------------------------------------------

hold user "$work/user" ghostnv-container run --rm --name user --gpu-memory 2G \
	--gpu-devices 0 "$rootfs" rmclient --chunk=16M --max=256M --hold fill
id[user]=$(gnvctl list | value id)
used=$(($(stat_of user current) / MiB))
is nvidia_smi:a_neighbour_is_not_seen "$(query inside_run nvidia-smi)" \
	"0, $(uuid 1), 1024, $overhead, $((1024 - overhead))"
is nvidia_smi:outside_sees_its_use "$(query "${smi[@]}" | head -n 1)" \
	"0, $(uuid 0), 8192, 256, $((8064 - 256))"
is nvidia_smi:used_is_what_is_charged "$used" $((256 + overhead))
release user

# --- a bare cgroup --------------------------------------------------------------------

container one 3 1536M
is nvidia_smi:cgroup_of_two_gpus \
	"$(inside one "${smi[@]}" --query-gpu=memory.total --format=csv,noheader | xargs)" \
	'1536 MiB 1536 MiB'
is nvidia_smi:asks_nothing_that_is_refused "$(stat_of one refused) $(stat_of one denied)" '0 0'
is nvidia_smi:lists_no_process_of_others \
	"$(inside one "${smi[@]}" --query-compute-apps=pid --format=csv,noheader)" ''
remove one
tap_end
