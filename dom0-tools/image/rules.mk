# SPDX-License-Identifier: MIT
# dom0's image and the guests' that it starts; `make run`.

DEBS += qemu-system-x86 mmdebstrap e2fsprogs cpio xz-utils zstd kmod binutils \
	util-linux

ARGON_CACHE ?= build/cache
KERNEL ?= 6.1
export ARGON_CACHE

IMAGE := dom0-tools/image
IMAGE_DOM0 := $(wildcard $(IMAGE)/dom0/*)

# What was unpacked from Debian's packages; never remade by itself.
$(ARGON_CACHE)/busybox:
	$(Q)$(IMAGE)/fetch busybox
$(ARGON_CACHE)/xen:
	$(Q)$(IMAGE)/fetch xen
$(ARGON_CACHE)/kernel-%:
	$(Q)$(IMAGE)/fetch kernel $*
.PRECIOUS: $(ARGON_CACHE)/kernel-%

# The layers of an initramfs. Ours is cheap and made at each boot.
IMAGE_BUILD := $(IMAGE)/build $(IMAGE)/lib.sh
build/image/base.cpio: $(IMAGE_BUILD) | $(ARGON_CACHE)/busybox
build/image/xen.cpio: $(IMAGE_BUILD) $(IMAGE_DOM0) | $(ARGON_CACHE)/xen
build/image/base.cpio build/image/xen.cpio:
	@mkdir -p $(@D)
	$(SAY) IMAGE $@
	$(Q)$(IMAGE)/build $(basename $(@F)) $@
build/image/modules-%.cpio: $(IMAGE_BUILD) | $(ARGON_CACHE)/kernel-%
	@mkdir -p $(@D)
	$(SAY) IMAGE $@
	$(Q)$(IMAGE)/build modules $@ $*
build/image/busybox-%.cpio: $(IMAGE_BUILD) $(IMAGE)/guest/init \
		| $(ARGON_CACHE)/kernel-% $(ARGON_CACHE)/busybox
	@mkdir -p $(@D)
	$(SAY) IMAGE $@
	$(Q)$(IMAGE)/build busybox $@ $*
