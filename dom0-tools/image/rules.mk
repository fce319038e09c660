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

# What `make run` boots: the tools' layer is always made anew.
HV ?= argon
TOOLS ?= argon
GUESTS ?= 1
IMAGE_LAYERS := base modules-$(KERNEL) $(if $(filter debian,$(TOOLS)),xen,tools) session
build/image/tools.cpio build/image/session.cpio: FORCE
	@mkdir -p $(@D)
	$(Q)$(IMAGE)/build $(basename $(@F)) $@
build/image/tools.cpio: tools
dom0-image: build/image/dom0.cpio ## the initramfs of dom0, build/image/dom0.cpio
build/image/dom0.cpio: $(IMAGE_LAYERS:%=build/image/%.cpio)
	$(SAY) IMAGE $@
	$(Q)cat $^ > $@

$(ARGON_CACHE)/debian-%: $(IMAGE)/guest-debian $(IMAGE)/debian.sh $(shell find $(IMAGE)/guest/debian -type f)
	$(Q)$(IMAGE)/guest-debian $*
.PRECIOUS: $(ARGON_CACHE)/debian-%
guest-image: $(ARGON_CACHE)/debian-$(KERNEL) ## the Debian guest's disk, kernel and initrd

# dom0 as Debian with systemd: a disk image; `libvirt` has Debian's libvirt and xl besides.
DOM0_SYSTEMD := $(IMAGE)/dom0-debian $(IMAGE)/debian.sh $(shell find $(IMAGE)/dom0-systemd -type f)
$(ARGON_CACHE)/dom0-plain $(ARGON_CACHE)/dom0-libvirt: $(DOM0_SYSTEMD)
	$(Q)$(IMAGE)/dom0-debian $(@:$(ARGON_CACHE)/dom0-%=%)
build/image/dom0-%/root.img: $(ARGON_CACHE)/dom0-% tools $(IMAGE)/dom0-install \
		$(wildcard dom0-tools/systemd/* docs/man/*) $(shell find $(IMAGE)/dom0-libvirt -type f)
	$(SAY) IMAGE $@
	$(Q)$(IMAGE)/dom0-install $* $(@D)
dom0-systemd-image: build/image/dom0-plain/root.img ## dom0 as Debian with systemd, build/image/dom0-plain
dom0-libvirt-image: build/image/dom0-libvirt/root.img ## the same with Debian's libvirt
.PHONY: dom0-systemd-image dom0-libvirt-image

RUN_VARIABLES := HV TOOLS KERNEL GUESTS MEM SMP CPU NIC DISKBUS DRYRUN HVARGS \
	HVEXTRA KARGS EXTRA_ARGS DOM0MEM GUEST_MEM
run: ## a dom0 shell, with Debian running as a PV guest
run: $(if $(filter 1,$(DRYRUN)),,dom0-image guest-image \
		$(if $(filter argon,$(HV)),hypervisor) \
		$(if $(filter xen,$(HV)),$(ARGON_CACHE)/xen))
	@$(foreach v,$(RUN_VARIABLES),$(if $($(v)),$(v)='$($(v))')) $(IMAGE)/run

##
## make run takes: GUESTS=3 (how many Debian guests), MEM=3072 (MiB), SMP=2,
##   GUEST_MEM=384, KERNEL=6.12, NIC=e1000, DISKBUS=ahci|nvme, HVEXTRA="…" and
##   KARGS="…" (command lines), DRYRUN=1 (print QEMU's command), and to compare
##   HV=xen TOOLS=debian (Debian's Xen and its xl). More: dom0-tools/image/machine.sh
