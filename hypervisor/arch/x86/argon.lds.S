/* SPDX-License-Identifier: MIT */
/*
 * Layout of the image.  Everything that holds code comes first, so that the
 * symbol table (read-only data) may change in size without moving a symbol
 * it lists.  Each permission starts on a page of its own.
 */
#include <asm/layout.h>

OUTPUT_FORMAT("elf64-x86-64")
ENTRY(start32)

SECTIONS
{
	. = IMAGE_VIRT;
	__image_start = .;

	.text : {
		*(.text.head)		/* multiboot headers: within the first 8 KiB */
		. = ALIGN(64);
		__entry_text_start = .;
		*(.text.entry)
		__entry_text_end = .;
		*(EXCLUDE_FILE(*/lib*.a:*) .text
		  EXCLUDE_FILE(*/lib*.a:*) .text.*)
		*(.fixup)
	}
	. = ALIGN(4096);
	__text_end = .;

	__init_text_start = .;
	.init.text : {
		*(.init.text .init.text.* .init.patch_code)
		*(.text .text.*)	/* the decoders' */
	}
	. = ALIGN(4096);
	__init_text_end = .;

	__rodata_start = .;
	.rodata : {
		*(EXCLUDE_FILE(*/lib*.a:*) .rodata
		  EXCLUDE_FILE(*/lib*.a:*) .rodata.*)
		. = ALIGN(8);
		__ex_table_start = .;
		KEEP(*(.ex_table))
		__ex_table_end = .;
		*(.data.rel.ro .data.rel.ro.*)
		. = ALIGN(8);
		*(.got .got.plt)
	}
	.note.gnu.build-id : {
		__build_id_start = .;
		*(.note.gnu.build-id)
		__build_id_end = .;
	}
	.symbols : { KEEP(*(.symbols)) }
	. = ALIGN(4096);
	__rodata_end = .;

	__ro_after_init_start = .;
	.ro_after_init : { *(.data.ro_after_init) }
	. = ALIGN(4096);
	__ro_after_init_end = .;

	__init_data_start = .;
	.init.data : {
		*(.init.data .init.data.*)
		. = ALIGN(8);
		__patches_start = .;
		KEEP(*(.init.patches))
		__patches_end = .;
		__constructors_start = .;
		KEEP(*(.init_array .init_array.*)) /* the decoders' */
		__constructors_end = .;
		*/lib*.a:*(.rodata .rodata.* .data .data.* .bss .bss.*)
	}
	. = ALIGN(4096);
	__init_data_end = .;

	__data_start = .;
	.data : { *(.data .data.*) }
	. = ALIGN(4096);
	__bss_start = .;
	.bss (NOLOAD) : {
		*(.bss.page_aligned)
		*(EXCLUDE_FILE(*/lib*.a:*) .bss
		  EXCLUDE_FILE(*/lib*.a:*) .bss.*)
		*(COMMON)
	}
	. = ALIGN(4096);
	__bss_end = .;
	__init_bss_start = .;
	.init.bss (NOLOAD) : { *(.init.bss.stack .init.bss) }
	. = ALIGN(4096);
	__init_bss_end = .;
	__image_end = .;

	__image_size = ABSOLUTE(__image_end - __image_start);
	__start_offset = ABSOLUTE(start32 - __image_start);

	/DISCARD/ : {
		*(.comment .note.GNU-stack .note.gnu.property .eh_frame .eh_frame_hdr
		  .gnu.* .rela.* .dynamic .dynsym .dynstr .hash)
	}
}

ASSERT(__image_size <= 0x1000000, "start.S maps 16 MiB of image")
