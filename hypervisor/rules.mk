# SPDX-License-Identifier: MIT
# The hypervisor image: build/argon (a 32-bit ELF that multiboot loaders take)
# and build/argon.syms, by two link passes, the second with the symbol table.

DEBS += liblzma-dev libzstd-dev zlib1g-dev liblz4-dev gnu-efi

HV_DIRS := lib mm core pv boot boot/unpack debug arch/x86
HV_C    := $(sort $(wildcard $(HV_DIRS:%=hypervisor/%/*.c)))
HV_S    := $(sort $(wildcard $(HV_DIRS:%=hypervisor/%/*.S)))
# Compiled to text only, and the wrapper around the finished image.
HV_C    := $(filter-out hypervisor/arch/x86/asm-offsets.c,$(HV_C))
HV_S    := $(filter-out hypervisor/boot/wrap.S hypervisor/arch/x86/argon.lds.S,$(HV_S))
HV_OBJS := $(HV_C:%.c=build/%.o) $(HV_S:%.S=build/%.o)

DEBUG ?= 0
HV_INCLUDE := -nostdinc -isystem $(shell $(CC) -print-file-name=include) -Ihypervisor -Ihypervisor/arch/x86 -Iinclude -Ibuild/hypervisor
HV_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) $(HV_INCLUDE) -MMD -MP \
	-ffreestanding -fno-strict-aliasing -fno-common -fpie -mcmodel=small \
	-fvisibility=hidden -mno-red-zone -mgeneral-regs-only \
	-mpreferred-stack-boundary=3 -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-omit-frame-pointer \
	-fno-jump-tables -mindirect-branch=thunk-extern -mindirect-branch-register \
	-fno-delete-null-pointer-checks \
	$(if $(filter 1,$(DEBUG)),-DARGON_DEBUG)
# fno-jump-tables: few indirect branches that speculation could be led astray by; the
# others go through arch/x86/thunk.S, which is patched at boot.
HV_VERSION = $(shell git describe --always --dirty 2>/dev/null || echo unknown)

# Debian's decoders, linked into boot memory that is given back afterwards.
HV_UNPACK_LIBS = $(foreach l,lzma zstd z lz4,$(shell $(CC) -print-file-name=lib$(l).a))

# Rebuild everything when the flags change (DEBUG=1 and back).
build/hypervisor/flags: FORCE
	@mkdir -p $(@D); echo '$(HV_CFLAGS)' | cmp -s - $@ || echo '$(HV_CFLAGS)' > $@

# Around the decoders the stack is aligned as user-space code wants it.
build/hypervisor/boot/unpack/%.o: HV_CFLAGS += -mincoming-stack-boundary=3 -mpreferred-stack-boundary=4

build/hypervisor/%.o: hypervisor/%.c build/hypervisor/flags
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HV_CFLAGS) -c -o $@ $<

build/hypervisor/%.o: hypervisor/%.S build/hypervisor/flags build/hypervisor/asm-offsets.h
	$(SAY) AS $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HV_CFLAGS) -D__ASSEMBLY__ -c -o $@ $<

# Structure offsets for assembly: compiled, never run.
build/hypervisor/asm-offsets.s: $(wildcard hypervisor/arch/x86/asm-offsets.c) build/hypervisor/flags
	@mkdir -p $(@D)
	$(Q)if [ -f hypervisor/arch/x86/asm-offsets.c ]; then \
		$(CC) $(HV_CFLAGS) -S -o $@ hypervisor/arch/x86/asm-offsets.c; else : > $@; fi
build/hypervisor/asm-offsets.h: build/hypervisor/asm-offsets.s
	$(Q)sed -n 's/^.*"->\([A-Za-z0-9_]*\) \$$*\(-\{0,1\}[0-9]*\).*/#define \1 \2/p' $< > $@

# The version string changes with every commit: an object of its own.
build/hypervisor/version.c: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '#include "lib/version.h"' \
		'const char argon_version[] = "$(HV_VERSION)";' \
		'const char argon_compiler[] = "$(shell $(CC) -dumpfullversion)";' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
build/hypervisor/version.o: build/hypervisor/version.c build/hypervisor/flags
	$(Q)$(CC) $(HV_CFLAGS) -c -o $@ $<

build/hypervisor/argon.lds: hypervisor/arch/x86/argon.lds.S build/hypervisor/flags
	@mkdir -p $(@D)
	$(Q)$(CC) -E -P -D__ASSEMBLY__ $(HV_INCLUDE) -x assembler-with-cpp -MMD -MT $@ \
		-MF $@.d -o $@ $<

HV_LINK = ld -m elf_x86_64 -nostdlib -static -z noexecstack -z max-page-size=4096 \
	--build-id=sha1 --no-warn-rwx-segments -T build/hypervisor/argon.lds -o $@ $(HV_EXTRA_OBJS) \
	$(filter %.o,$^) --start-group $(HV_UNPACK_LIBS) --end-group

# Pass 1 has an empty symbol table; the addresses do not move in pass 2, since
# the table is the last thing in read-only data's own section.
build/hypervisor/symbols-1.S:
	@mkdir -p $(@D)
	@hypervisor/debug/mksymbols < /dev/null > $@
build/hypervisor/symbols-2.S: build/hypervisor/argon-1.elf hypervisor/debug/mksymbols
	$(Q)nm -n $< | hypervisor/debug/mksymbols > $@
build/hypervisor/symbols-%.o: build/hypervisor/symbols-%.S
	$(Q)$(CC) -c -o $@ $<

build/hypervisor/argon-1.elf: $(HV_OBJS) build/hypervisor/version.o \
		build/hypervisor/symbols-1.o build/hypervisor/argon.lds
	$(SAY) LD $@
	$(Q)$(HV_LINK)
build/hypervisor/argon.elf: $(HV_OBJS) build/hypervisor/version.o \
		build/hypervisor/symbols-2.o build/hypervisor/argon.lds
	$(SAY) LD $@
	$(Q)$(HV_LINK)

# What loaders see: the flat image inside a 32-bit ELF at its load address.
build/hypervisor/argon.bin: build/hypervisor/argon.elf
	$(Q)$(OBJCOPY) -O binary $< $@
build/argon: build/hypervisor/argon.bin hypervisor/boot/wrap.S hypervisor/boot/wrap.lds
	$(SAY) WRAP $@
	$(Q)nm build/hypervisor/argon.elf | awk '$$3 == "__image_size" || \
		$$3 == "__start_offset" { print "#define " $$3 " 0x" $$1 }' \
		> build/hypervisor/wrap.h
	$(Q)$(CC) -m32 -Ibuild/hypervisor -c -o build/hypervisor/wrap.o hypervisor/boot/wrap.S
	$(Q)ld -m elf_i386 -n -nostdlib --no-warn-rwx-segments -z noexecstack -T hypervisor/boot/wrap.lds -o $@ \
		build/hypervisor/wrap.o
build/argon.syms: build/hypervisor/argon.elf
	$(Q)cp $< $@

.PHONY: hypervisor
hypervisor: build/argon build/argon.syms ## the hypervisor: build/argon, build/argon.syms
	$(Q)hypervisor/count

-include $(HV_OBJS:.o=.d) build/hypervisor/argon.lds.d

# argon.efi: gnu-efi's application format around boot/efi and the same image.
EFI_CFLAGS := -std=gnu11 -O2 -Wall -Wextra -Werror -fpic -ffreestanding -fshort-wchar \
	-fno-stack-protector -fno-strict-aliasing -fcf-protection=none -mno-red-zone \
	-maccumulate-outgoing-args -DGNU_EFI_USE_MS_ABI \
	-isystem /usr/include/efi -isystem /usr/include/efi/x86_64 -MMD -MP
EFI_OBJS := $(patsubst hypervisor/%.c,build/hypervisor/%.o,$(wildcard hypervisor/boot/efi/*.c)) \
	build/hypervisor/boot/efi/handoff.o build/hypervisor/boot/efi/image.o

build/hypervisor/boot/efi/%.o: hypervisor/boot/efi/%.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(EFI_CFLAGS) -c -o $@ $<
build/hypervisor/boot/efi/%.o: hypervisor/boot/efi/%.S build/argon
	@mkdir -p $(@D)
	$(Q)$(CC) -Ibuild/hypervisor -c -o $@ $<
build/hypervisor/argon-efi.so: $(EFI_OBJS)
	$(Q)ld -nostdlib -shared -Bsymbolic -znocombreloc -z noexecstack \
		--no-warn-rwx-segments -L/usr/lib -T /usr/lib/elf_x86_64_efi.lds \
		/usr/lib/crt0-efi-x86_64.o $^ -lefi -lgnuefi -o $@
build/argon.efi: build/hypervisor/argon-efi.so
	$(SAY) EFI $@
	$(Q)$(OBJCOPY) -j .text -j .sdata -j .data -j .rodata -j .dynamic -j .dynsym \
		-j .rel -j .rela -j .rel.* -j .rela.* -j .reloc \
		--target efi-app-x86_64 --subsystem=10 $< $@

hypervisor: build/argon.efi
-include $(EFI_OBJS:.o=.d)

TEST_DEBS += ovmf cpio
TESTS_SYSTEM += tests/system/efi_boots.sh
