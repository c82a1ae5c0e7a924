# SPDX-License-Identifier: MIT
#
# Builds GhostNV: the kernel modules, the library and command, and the programs
# of the tests. Files are found by their place, so nothing is registered here.
# Everything that is built lies under build/.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VERSION := $(shell sed -n 's/^PACKAGE_VERSION=//p' dkms.conf)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))
B := build

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
LIBEXECDIR ?= $(PREFIX)/libexec/ghostnv
MANDIR ?= $(PREFIX)/share/man
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d
MODPROBEDIR ?= /etc/modprobe.d
UDEVDIR ?= /etc/udev/rules.d
DKMSSRC ?= /usr/src/ghostnv-$(VERSION)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# --- modules -----------------------------------------------------------------
#
# Each module is built in a tree of links of its own, so one source file may be
# part of several modules, and several kernels go side by side.

KDIR ?= /lib/modules/$(shell uname -r)/build
KRELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' \
	'$(KDIR)/include/generated/utsrelease.h' 2>/dev/null)
MODDIR ?= $(B)/modules/$(KRELEASE)
override MODDIR := $(abspath $(MODDIR))
MODULES := ghostnv ghostnv-rm $(if $(filter no,$(SIM)),,ghostnv-sim)
TEST_MODULES := ghostnv-kunit ghostnv-seeded ghostnv-bench

dir-ghostnv := kmod/ghostnv
dir-ghostnv-rm := kmod/rm
dir-ghostnv-sim := kmod/sim
dir-ghostnv-kunit := tests/kunit
dir-ghostnv-seeded := tests/rig/seeded
dir-ghostnv-bench := tests/bench/kmod

# ghostnv-rm links to nvidia_get_rm_ops. A kernel with MODVERSIONS wants to know
# its CRC, so the bridge is built against one driver's module: NVIDIA's where it
# is installed for this kernel (SIM=no; Debian has names of its own for it), or the
# simulator.
NVIDIA_MODULES := nvidia nvidia-current-open nvidia-current
DRIVER = $(if $(filter no,$(SIM)),$(firstword $(foreach m,$(NVIDIA_MODULES),$(shell \
	modinfo -k '$(KRELEASE)' -n $(m) 2>/dev/null))),$(MODDIR)/ghostnv-sim.ko)
kflags-ghostnv-rm = KBUILD_MODPOST_WARN=1 \
	KBUILD_EXTRA_SYMBOLS='$(MODDIR)/ghostnv/Module.symvers $(MODDIR)/driver.symvers'
outside-ghostnv-rm := nvidia_get_rm_ops

# A user-mode kernel checks and counts only what asks for it.
KARCH = $(if $(shell grep -s '^CONFIG_UML=y' '$(KDIR)/.config'),ARCH=um CC=gcc-12 \
	UBSAN_SANITIZE=y $(if $(COVERAGE),GCOV_PROFILE=y))
KMAKE = $(MAKE) -C '$(KDIR)' $(KARCH) W=1 CONFIG_DEBUG_INFO_BTF_MODULES= \
	KCFLAGS='-Werror -ffile-prefix-map=$(MODDIR)/$*/= $(KCFLAGS)' $(KMAKEFLAGS)

modules: $(MODULES:%=module-%)
test-modules: $(TEST_MODULES:%=module-%)
module-ghostnv-rm: module-ghostnv driver-symvers
driver-symvers: module-ghostnv $(filter module-ghostnv-sim,$(MODULES:%=module-%))
	$(Q)scripts/kernel/driver-symvers '$(DRIVER)' > '$(MODDIR)/driver.symvers'

module-%: kernel-headers
	$(Q)test -d $(dir-$*) || { echo "$(dir-$*): no such folder" >&2; exit 1; }
	$(Q)scripts/kernel/linktree '$(CURDIR)' '$(MODDIR)/$*' \
		Kbuild dkms.conf uapi kmod $(wildcard $(dir-$*))
	$(call say,MODULE,$*)
	+$(Q)$(KMAKE) -s M='$(MODDIR)/$*' GNV_DIR=$(dir-$*) $(kflags-$*) modules \
		> '$(MODDIR)/$*.log' 2>&1 || \
		{ sed 's|$(MODDIR)/$*/||g' '$(MODDIR)/$*.log' >&2; exit 1; }
	$(Q)scripts/kernel/modpost-check '$(MODDIR)/$*.log' $(outside-$*)
	$(Q)cp -p '$(MODDIR)/$*/$(dir-$*)/$*.ko' '$(MODDIR)/$*.ko'

kernel-headers:
	$(Q)test -n '$(KRELEASE)' || { echo "no kernel headers at $(KDIR):" \
		"install linux-headers-$$(uname -r) or give KDIR=" >&2; exit 1; }

# --- userspace ---------------------------------------------------------------

PKGS := libseccomp libcap json-c libkmod libarchive libcrypto libsystemd

CC := gcc
CLANG := clang
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wno-missing-field-initializers -Werror -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -Wvla
INCLUDES := -I. -Iuapi -Ikmod -Iruntime
# Read once, and only by goals that compile.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)

BASE_CFLAGS = -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(WARN) \
	$(INCLUDES) -DGHOSTNV_VERSION='"$(VERSION)"' $(PKG_CFLAGS) \
	-ffile-prefix-map='$(CURDIR)'=. -MMD -MP
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIC
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
LDFLAGS += -Wl,--as-needed -Wl,-z,relro -Wl,-z,now

runtime-src := $(shell find runtime -name '*.c' ! -path '*/init/*' ! -path '*/systemd/*' \
	! -path '*/musl/*' 2>/dev/null | LC_ALL=C sort)
library-src := $(filter runtime/base/% runtime/lib/%,$(runtime-src))
# Everything but the commands' main(): what tests link with.
inner-src := $(filter-out runtime/cli/main.c runtime/oci/main.c,$(runtime-src))
# Kernel files that decide without touching the kernel; they build here too.
pure-src := $(shell scripts/pure-files)

# Goals that compile for the host.
compiling := $(filter runtime tests e2e bench bench-% test-% install $(B)/%,$(MAKECMDGOALS))

R := $(B)/runtime
library := $(R)/libghostnv
command := $(R)/ghostnv-container
oci-command := $(R)/ghostnv-container-oci
oci-systemd := $(R)/ghostnv-oci-systemd

runtime: $(library).a $(library).so.$(VERSION) $(library).pc $(command) $(oci-command) \
	$(oci-systemd)

userspace-packages:
	$(Q)for p in $(PKGS); do pkg-config --exists "$$p" || { \
		echo "the library $$p is missing: run scripts/bootstrap" >&2; \
		exit 1; }; done

$(R)/obj/%.o: %.c | userspace-packages
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BASE_CFLAGS) $(HARDEN) $(CFLAGS) -c $< -o $@

# What a container's process 1 executes, carried inside the commands: no C library,
# one file each.
init := $(R)/sandbox/init.elf
gate := $(R)/oci/gate.elf
init-cflags := -static -nostdlib -nostartfiles -no-pie -ffreestanding -O2 \
	-fno-stack-protector -fno-tree-loop-distribute-patterns -Wl,--build-id=none

$(init): $(wildcard runtime/sandbox/init/*) runtime/base/error_wire.h
$(gate): $(wildcard runtime/oci/init/* runtime/sandbox/init/*.h) \
	runtime/base/error_wire.h
$(init) $(gate):
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) $(INCLUDES) $(init-cflags) \
		-ffile-prefix-map='$(CURDIR)'=. -o $@ $(filter %.c,$^)

object-dirs := $(R)/obj $(R)/musl $(B)/tests/san $(B)/tests/fuzz-obj
carriers := $(object-dirs:%=%/runtime/sandbox/init_image.o)
$(carriers): BASE_CFLAGS += -Wa,-I$(B)
$(carriers): $(init) $(gate)

$(library).a: $(library-src:%.c=$(R)/obj/%.o)
$(R)/inner.a: $(inner-src:%.c=$(R)/obj/%.o) $(pure-src:%.c=$(R)/obj/%.o)
%.a:
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcsD $@ $^

$(library).so.$(VERSION): $(library-src:%.c=$(R)/obj/%.o) runtime/lib/libghostnv.map
	$(call say,LD,$@)
	$(Q)$(CC) -shared -Wl,-soname,libghostnv.so.$(SOVERSION) \
		-Wl,--version-script=runtime/lib/libghostnv.map \
		$(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(PKG_LIBS)
	$(Q)ln -sf libghostnv.so.$(VERSION) $(library).so.$(SOVERSION)
	$(Q)ln -sf libghostnv.so.$(SOVERSION) $(library).so

$(library).pc: dkms.conf Makefile
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' 'Name: libghostnv' \
		'Description: containers with a share of a GPU' \
		'Version: $(VERSION)' 'Cflags: -I$(INCLUDEDIR)' \
		'Libs: -L$(LIBDIR) -lghostnv' > $@

$(command): $(R)/obj/runtime/cli/main.o $(R)/inner.a
	$(call say,LD,$@)
	$(Q)$(CC) -pie $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# A second program of the same sources, as it is run for every start of every
# container: static, and without the libraries that only images need, it is loaded
# in a fraction of the time. And a container that gets hold of it finds no
# libraries of its own to lead it astray with. It is linked with musl where
# scripts/musl-libs has made the libraries for that, as glibc takes its time before
# main(); with glibc where not, or with MUSL=no. What is linked with sanitizers has glibc.
MUSL ?= $(if $(compiling),$(shell scripts/musl-libs --if-cached 2>/dev/null))
override MUSL := $(filter-out no,$(MUSL))

ifneq ($(MUSL),)
oci-objects := $(R)/musl
oci-archive := $(R)/musl/inner.a
oci-own := $(R)/musl/runtime/musl/memcpy.o
oci-libs := -nostdlib $(MUSL)/musl/rcrt1.o $(MUSL)/musl/crti.o -L$(MUSL)/lib \
	-lseccomp -lcap -ljson-c -L$(MUSL)/musl -lc -lgcc $(MUSL)/musl/crtn.o
# Without those that need a library of images.
musl-src := $(shell grep -LE '<(archive|openssl/|libkmod)|"image/reading.h"' $(inner-src)) \
	$(pure-src)
else
oci-objects := $(R)/obj
oci-archive := $(R)/inner.a
oci-libs := -lseccomp -lcap -ljson-c
endif

$(oci-command): $(oci-objects)/runtime/oci/main.o $(oci-own) $(oci-archive) $(R)/libc
	$(call say,LD,$@)
	$(Q)$(if $(MUSL),,echo "$@ is linked with glibc, whose start is slow:" \
		"for musl, run scripts/musl-libs" >&2)
	$(Q)$(CC) -static-pie $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(oci-libs)

$(R)/musl/inner.a: $(musl-src:%.c=$(R)/musl/%.o)
$(R)/musl/%.o: PKG_CFLAGS = -isystem runtime/musl -I$(MUSL)/include \
	-I$(MUSL)/include/json-c -idirafter $(MUSL)/kernel -ffile-prefix-map='$(MUSL)'=musl
$(R)/musl/%.o: %.c $(R)/libc
	$(call say,CC-MUSL,$<)
	$(Q)mkdir -p $(@D)
	$(Q)REALGCC='$(CC)' musl-gcc $(BASE_CFLAGS) $(HARDEN) $(CFLAGS) -c $< -o $@

$(R)/musl/runtime/musl/memcpy.o: HARDEN := -fPIC -fno-tree-loop-distribute-patterns

# Changes when the choice does.
$(R)/libc: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(or $(MUSL),glibc)' | cmp -s - $@ || echo '$(or $(MUSL),glibc)' > $@

# libsystemd is not to be had static: who asks systemd for a cgroup executes this.
$(oci-systemd): $(R)/obj/runtime/oci/systemd/main.o
	$(call say,LD,$@)
	$(Q)$(CC) -pie $(CFLAGS) $(LDFLAGS) -o $@ $^ -lsystemd

$(object-dirs:%=%/runtime/oci/systemd.o): \
	BASE_CFLAGS += -DGHOSTNV_LIBEXECDIR='"$(LIBEXECDIR)"'

# --- programs of the tests ---------------------------------------------------
#
# The objects are built three times: plain (e2e, bench), with gcc's sanitizers
# (unit, abi), and with clang's fuzzer.

T := $(B)/tests
programs = $(patsubst %.c,$(B)/%,$(wildcard $(1)))
unit := $(call programs,tests/unit/test_*.c)
abi := $(call programs,tests/abi/test_*.c)
e2e := $(call programs,tests/e2e/*.c)
e2e-many := $(patsubst tests/%/main.c,$(T)/%,$(wildcard tests/e2e/*/main.c))
fuzz := $(call programs,tests/fuzz/fuzz_*.c)
bench := $(call programs,tests/bench/*.c)
oci-san := $(T)/oci/ghostnv-container-oci

tests: $(unit) $(abi) $(oci-san) $(e2e) $(e2e-many) $(fuzz)
e2e: $(e2e) $(e2e-many)

$(T)/san/%.o: %.c | userspace-packages
	$(call say,CC-SAN,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BASE_CFLAGS) -O1 -g $(SANITIZE) -c $< -o $@

$(T)/san/inner.a: $(inner-src:%.c=$(T)/san/%.o) $(pure-src:%.c=$(T)/san/%.o)

$(unit) $(abi): $(B)/%: $(T)/san/%.o $(T)/san/inner.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# The OCI face with sanitizers; its tests are run by it too.
$(oci-san): $(T)/san/runtime/oci/main.o $(T)/san/inner.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(T)/fuzz-obj/%.o: %.c | userspace-packages
	$(call say,CC-FUZZ,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BASE_CFLAGS) -Wno-gnu-variable-sized-type-not-at-end -O1 -g \
		-fsanitize=fuzzer-no-link,address,undefined \
		-fno-sanitize-recover=undefined -c $< -o $@

$(T)/fuzz-obj/inner.a: $(inner-src:%.c=$(T)/fuzz-obj/%.o) $(pure-src:%.c=$(T)/fuzz-obj/%.o)

$(fuzz): $(B)/%: $(T)/fuzz-obj/%.o $(T)/fuzz-obj/inner.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

e2e-lib := $(patsubst %.c,$(R)/obj/%.o,$(wildcard tests/e2e/lib/*.c))

# Those whose own size would show in the figures.
bench-static := $(addprefix $(T)/bench/,floor measure syscalls)

$(bench-static): $(B)/%: $(R)/obj/%.o
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -static $(CFLAGS) -o $@ $^

# A program of several files has them in a folder with its name.
$(e2e-many): $(T)/%: $(e2e-lib) $(R)/inner.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -pie $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)
$(foreach p,$(e2e-many),$(eval $(p): $(patsubst %.c,$(R)/obj/%.o,$(wildcard \
	$(p:$(T)/%=tests/%)/*.c))))

$(e2e) $(filter-out $(bench-static),$(bench)): $(B)/%: $(R)/obj/%.o $(e2e-lib) $(R)/inner.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -pie $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

ifneq ($(compiling),)
-include $(shell find $(R) $(T) -name '*.d' 2>/dev/null)
endif
.SECONDARY:

# --- process 1 of the test machines --------------------------------------------

guest: $(B)/guest/init
$(B)/guest/init: $(wildcard scripts/guest/*.c scripts/guest/*.h)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) \
		-ffile-prefix-map='$(CURDIR)'=. -static -o $@ $(filter %.c,$^)

# --- what one runs -----------------------------------------------------------

check:
	$(Q)scripts/check
demo:
	$(Q)scripts/demo
test:
	$(Q)scripts/test
# KERNEL=6.1, uml, uml-smp or debug
escape: KERNEL ?= uml
escape:
	$(Q)scripts/vm --kernel $(KERNEL) --gpus 2 --timeout 3600 -- escape \
		$(if $(filter no,$(BRIDGE)),--no-bridge)
fuzz:
	$(Q)scripts/vm --kernel uml --timeout 3600 --env FUZZ_CALLS=20000 \
		--env FUZZ_ROUNDS=10 --env FUZZ_SEED=$(FUZZ_SEED) -- \
		bash tests/e2e/test_fuzz_ioctl.sh
# KERNEL=uml-plain, uml, uml-smp, debug or 6.1
soak: KERNEL ?= uml-plain
soak:
	$(Q)scripts/vm --kernel $(KERNEL) --timeout 86400 \
		--env SOAK_CYCLES=$(or $(SOAK_CYCLES),100000) --env SOAK_SEED=$(SOAK_SEED) -- \
		bash tests/e2e/test_soak.sh
bench: runtime $(bench)
	$(Q)tests/bench/run
bench-run: runtime $(bench)
	$(Q)tests/bench/run $(if $(ROUNDS),--rounds $(ROUNDS)) run
bench-sched: runtime $(T)/bench/sched
	$(Q)tests/bench/run $(if $(SEED),--seed $(SEED)) sched

# --- install -----------------------------------------------------------------

D := $(DESTDIR)
mans := $(wildcard docs/man/*.[1-9])
completion-dir := runtime/cli/completion
programs-installed := ghostnv-container ghostnv-container-oci
completions := $(foreach p,$(programs-installed),$(BASHCOMPDIR)/$(p) $(ZSHCOMPDIR)/_$(p) \
	$(FISHCOMPDIR)/$(p).fish)
man-path = $(D)$(MANDIR)/man$(patsubst .%,%,$(suffix $(1)))/$(notdir $(1))
dkms-files := Makefile Kbuild dkms.conf LICENSES uapi kmod scripts/kernel \
	scripts/pure-files

install: runtime
	install -Dm755 -t $(D)$(BINDIR) $(command) $(oci-command)
	install -Dm755 -t $(D)$(LIBEXECDIR) $(oci-systemd)
	install -Dm644 $(library).a $(D)$(LIBDIR)/libghostnv.a
	install -Dm755 $(library).so.$(VERSION) $(D)$(LIBDIR)/libghostnv.so.$(VERSION)
	ln -sf libghostnv.so.$(VERSION) $(D)$(LIBDIR)/libghostnv.so.$(SOVERSION)
	ln -sf libghostnv.so.$(SOVERSION) $(D)$(LIBDIR)/libghostnv.so
	install -Dm644 $(library).pc $(D)$(LIBDIR)/pkgconfig/libghostnv.pc
	install -Dm644 runtime/lib/libghostnv.h $(D)$(INCLUDEDIR)/libghostnv.h
	install -Dm644 uapi/linux/ghostnv.h $(D)$(INCLUDEDIR)/linux/ghostnv.h
	$(foreach m,$(mans),install -Dm644 $(m) $(call man-path,$(m));)
	install -Dm644 -t $(D)$(BASHCOMPDIR) $(programs-installed:%=$(completion-dir)/bash/%)
	install -Dm644 -t $(D)$(ZSHCOMPDIR) $(programs-installed:%=$(completion-dir)/zsh/_%)
	install -Dm644 -t $(D)$(FISHCOMPDIR) $(programs-installed:%=$(completion-dir)/fish/%.fish)

uninstall:
	rm -f $(programs-installed:%=$(D)$(BINDIR)/%) $(D)$(LIBDIR)/libghostnv.a \
		$(D)$(LIBEXECDIR)/ghostnv-oci-systemd \
		$(D)$(LIBDIR)/libghostnv.so $(D)$(LIBDIR)/libghostnv.so.* \
		$(D)$(LIBDIR)/pkgconfig/libghostnv.pc $(D)$(INCLUDEDIR)/libghostnv.h \
		$(D)$(INCLUDEDIR)/linux/ghostnv.h \
		$(foreach m,$(mans),$(call man-path,$(m))) \
		$(addprefix $(D),$(completions))

dkms-install:
	mkdir -p $(D)$(DKMSSRC)
	cp -r --parents $(dkms-files) $(D)$(DKMSSRC)
	install -Dm644 scripts/host/modprobe.conf $(D)$(MODPROBEDIR)/ghostnv.conf
	install -Dm644 scripts/host/udev.rules $(D)$(UDEVDIR)/60-ghostnv.rules
ifeq ($(SIM),yes)
	install -Dm644 scripts/host/dkms-sim.conf $(D)/etc/dkms/ghostnv.conf
endif
	$(if $(D),,dkms install --force ghostnv/$(VERSION) $(KVER:%=-k %))

dkms-uninstall:
	$(if $(D),,dkms remove ghostnv/$(VERSION) --all)
	rm -rf $(D)$(DKMSSRC)
	rm -f $(D)$(MODPROBEDIR)/ghostnv.conf $(D)$(UDEVDIR)/60-ghostnv.rules \
		$(D)/etc/dkms/ghostnv.conf

clean:
	rm -rf $(B)

help:
	@echo 'make modules        the kernel modules for KDIR=$(KDIR)'
	@echo '                    into MODDIR=build/modules/<release>; SIM=no leaves the simulator out'
	@echo 'make runtime        libghostnv, ghostnv-container and -oci, into build/runtime'
	@echo 'make tests          the programs of the tests, into build/tests'
	@echo 'make check          style and static checks (scripts/check)'
	@echo 'make test           every test (scripts/test, as root)'
	@echo 'make escape         vectors past the quota, in a virtual machine; KERNEL=uml, uml-smp,'
	@echo '                    debug or 6.1; BRIDGE=no: without ghostnv-rm'
	@echo 'make demo           the main job in a virtual machine (scripts/demo, as root)'
	@echo 'make fuzz           the devices are sent what no program sends (FUZZ_SEED=N repeats it)'
	@echo 'make soak           10^5 clients of a GPU are killed in containers (SOAK_CYCLES=N,'
	@echo '                    SOAK_SEED=N repeats it, KERNEL=uml-plain, uml, uml-smp, debug or 6.1)'
	@echo 'make bench          the figures, into build/bench'
	@echo 'make bench-run      those of starting containers, beside crun and runc (ROUNDS=N)'
	@echo 'make bench-sched    those of GPU time alone (SEED=N)'
	@echo 'make install        commands, library, headers, manual pages (DESTDIR, PREFIX=$(PREFIX))'
	@echo 'make uninstall      takes away what install put there'
	@echo 'make dkms-install   modules for this machine by DKMS, as root; SIM=yes adds the simulator'
	@echo 'make dkms-uninstall takes them away'
	@echo 'make clean          removes build/'
	@echo 'V=1 shows the commands.'

.PHONY: modules test-modules kernel-headers runtime userspace-packages tests \
	e2e guest check demo test escape fuzz soak bench bench-run bench-sched install uninstall dkms-install dkms-uninstall clean help FORCE
