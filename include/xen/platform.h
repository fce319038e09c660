/* SPDX-License-Identifier: MIT */
/* platform_op: what dom0 needs of the machine: wall clock, firmware data, sleep, CPU state. */
#ifndef XEN_PLATFORM_H
#define XEN_PLATFORM_H

#include "types.h"

#define XENPF_INTERFACE_VERSION		0x03000001

#define XENPF_settime32			17
#define XENPF_add_memtype		31
#define XENPF_del_memtype		32
#define XENPF_read_memtype		33
#define XENPF_microcode_update		35
#define XENPF_platform_quirk		39
#define XENPF_get_cpu_version		48
#define XENPF_efi_runtime_call		49
#define XENPF_firmware_info		50
#define XENPF_enter_acpi_sleep		51
#define XENPF_change_freq		52
#define XENPF_getidletime		53
#define XENPF_set_processor_pminfo	54
#define XENPF_get_cpuinfo		55
#define XENPF_cpu_online		56
#define XENPF_cpu_offline		57
#define XENPF_cpu_hotadd		58
#define XENPF_mem_hotadd		59
#define XENPF_core_parking		60
#define XENPF_resource_op		61
#define XENPF_settime64			62
#define XENPF_get_symbol		63

/* Wall clock "secs.nsecs" at system_time. */
struct xenpf_settime32 {
	uint32_t secs;
	uint32_t nsecs;
	uint64_t system_time;
};
ABI_SIZE(struct xenpf_settime32, 16);

struct xenpf_settime64 {
	uint64_t secs;
	uint32_t nsecs;
	uint32_t mbz;			/* 0 */
	uint64_t system_time;
};
ABI_SIZE(struct xenpf_settime64, 24);

/* Memory type range registers. */
struct xenpf_add_memtype {
	xen_pfn_t mfn;
	uint64_t nr_mfns;
	uint32_t type;
	uint32_t handle;		/* out */
	uint32_t reg;			/* out */
};
ABI_SIZE(struct xenpf_add_memtype, 32);

struct xenpf_del_memtype {
	uint32_t handle;
	uint32_t reg;
};
ABI_SIZE(struct xenpf_del_memtype, 8);

struct xenpf_read_memtype {
	uint32_t reg;			/* EINVAL past the last */
	xen_pfn_t mfn;			/* out, as the rest */
	uint64_t nr_mfns;
	uint32_t type;
};
ABI_SIZE(struct xenpf_read_memtype, 32);

struct xenpf_microcode_update {
	guest_handle_t data;
	uint32_t length;
};
ABI_SIZE(struct xenpf_microcode_update, 16);

struct xenpf_platform_quirk {
	uint32_t quirk_id;		/* QUIRK_* */
};
#define QUIRK_NOIRQBALANCING		1
#define QUIRK_IOAPIC_BAD_REGSEL		2
#define QUIRK_IOAPIC_GOOD_REGSEL	3
ABI_SIZE(struct xenpf_platform_quirk, 4);

/* EFI runtime services; layouts of time and GUID follow the UEFI specification. */
#define XEN_EFI_get_time			1
#define XEN_EFI_set_time			2
#define XEN_EFI_get_wakeup_time			3
#define XEN_EFI_set_wakeup_time			4
#define XEN_EFI_get_next_high_monotonic_count	5
#define XEN_EFI_get_variable			6
#define XEN_EFI_set_variable			7
#define XEN_EFI_get_next_variable_name		8
#define XEN_EFI_query_variable_info		9
#define XEN_EFI_query_capsule_capabilities	10
#define XEN_EFI_update_capsule			11

struct xenpf_efi_time {
	uint16_t year;
	uint8_t month;
	uint8_t day;
	uint8_t hour;
	uint8_t min;
	uint8_t sec;
	uint32_t ns;
	int16_t tz;			/* minutes from UTC */
	uint8_t daylight;
};
ABI_SIZE(struct xenpf_efi_time, 16);

struct xenpf_efi_guid {
	uint32_t data1;
	uint16_t data2;
	uint16_t data3;
	uint8_t data4[8];
};
ABI_SIZE(struct xenpf_efi_guid, 16);

/* Arguments of get_variable and set_variable; misc carries the XEN_EFI_VARIABLE_* attributes. */
struct xenpf_efi_variable {
	guest_handle_t name;		/* UCS-2, zero terminated */
	xen_ulong_t size;		/* bytes of data */
	guest_handle_t data;
	struct xenpf_efi_guid vendor_guid;
};
ABI_SIZE(struct xenpf_efi_variable, 40);

struct xenpf_efi_runtime_call {
	uint32_t function;		/* XEN_EFI_* */
	uint32_t misc;			/* flags in and out, meaning depends on function */
	xen_ulong_t status;		/* out: the firmware's EFI_STATUS */
	union {
		struct {
			struct xenpf_efi_time time;
			uint32_t resolution;
			uint32_t accuracy;
		} get_time;
		struct xenpf_efi_time set_time;
		struct xenpf_efi_time get_wakeup_time;
		struct xenpf_efi_time set_wakeup_time;
		struct xenpf_efi_variable get_variable;
		struct xenpf_efi_variable set_variable;
		struct {
			xen_ulong_t size;	/* bytes of name, in and out */
			guest_handle_t name;
			struct xenpf_efi_guid vendor_guid;
		} get_next_variable_name;
		struct {
			uint32_t attr;
			uint64_t max_store_size;
			uint64_t remain_store_size;
			uint64_t max_size;
		} query_variable_info;
		struct {
			guest_handle_t capsule_header_array;
			xen_ulong_t capsule_count;
			uint64_t max_capsule_size;
			uint32_t reset_type;
		} query_capsule_capabilities;
		struct {
			guest_handle_t capsule_header_array;
			xen_ulong_t capsule_count;
			uint64_t sg_list;	/* machine address */
		} update_capsule;
	} u;
};
#define XEN_EFI_GET_TIME_SET_CLEARS_NS		0x00000001
#define XEN_EFI_GET_WAKEUP_TIME_ENABLED		0x00000001
#define XEN_EFI_GET_WAKEUP_TIME_PENDING		0x00000002
#define XEN_EFI_SET_WAKEUP_TIME_ENABLE		0x00000001
#define XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY	0x00000002
#define XEN_EFI_VARIABLE_NON_VOLATILE		0x00000001
#define XEN_EFI_VARIABLE_BOOTSERVICE_ACCESS	0x00000002
#define XEN_EFI_VARIABLE_RUNTIME_ACCESS		0x00000004
#define XEN_EFI_VARINFO_BOOT_SNAPSHOT		0x00000001
ABI_SIZE(struct xenpf_efi_runtime_call, 56);
ABI_OFFSET(struct xenpf_efi_runtime_call, status, 8);
ABI_OFFSET(struct xenpf_efi_runtime_call, u, 16);

/* What the firmware told the hypervisor before dom0 existed. */
#define XEN_FW_DISK_INFO		1
#define XEN_FW_DISK_MBR_SIGNATURE	2
#define XEN_FW_VBEDDC_INFO		3
#define XEN_FW_EFI_INFO			4
#define XEN_FW_KBD_SHIFT_FLAGS		5

/* Index of XEN_FW_EFI_INFO. */
#define XEN_FW_EFI_VERSION		0
#define XEN_FW_EFI_CONFIG_TABLE		1
#define XEN_FW_EFI_VENDOR		2
#define XEN_FW_EFI_MEM_INFO		3
#define XEN_FW_EFI_RT_VERSION		4
#define XEN_FW_EFI_PCI_ROM		5
#define XEN_FW_EFI_APPLE_PROPERTIES	6

union xenpf_efi_info {
	uint32_t version;
	struct {
		uint64_t addr;		/* physical address of the configuration table */
		uint32_t nent;
	} cfg;
	struct {
		uint32_t revision;
		uint32_t bufsz;		/* in: bytes of name */
		guest_handle_t name;	/* out: UCS-2 */
	} vendor;
	struct {
		uint64_t addr;		/* in: any address inside; out: start */
		uint64_t size;
		uint64_t attr;		/* EFI_MEMORY_* */
		uint32_t type;		/* EFI memory type */
	} mem;
	struct {
		uint16_t segment;
		uint8_t bus;
		uint8_t devfn;
		uint16_t vendor;
		uint16_t devid;
		uint64_t address;
		xen_ulong_t size;
	} pci_rom;
	struct {
		uint64_t address;
		xen_ulong_t size;
	} apple_properties;
};
ABI_SIZE(union xenpf_efi_info, 32);

struct xenpf_firmware_info {
	uint32_t type;			/* XEN_FW_* */
	uint32_t index;
	union {
		struct {		/* INT 13h, function 48h */
			uint8_t device;
			uint8_t version;
			uint16_t interface_support;
			uint16_t legacy_max_cylinder;
			uint8_t legacy_max_head;
			uint8_t legacy_sectors_per_track;
			guest_handle_t edd_params;	/* its first u16: room */
		} disk_info;
		struct {
			uint8_t device;
			uint32_t mbr_signature;
		} disk_mbr_signature;
		struct {
			uint8_t capabilities;
			uint8_t edid_transfer_time;
			guest_handle_t edid;	/* 128 bytes */
		} vbeddc_info;
		union xenpf_efi_info efi_info;
		uint8_t kbd_shift_flags;
	} u;
};
ABI_SIZE(struct xenpf_firmware_info, 40);
ABI_OFFSET(struct xenpf_firmware_info, u, 8);

struct xenpf_enter_acpi_sleep {
	uint16_t val_a;			/* PM1a control, or the extended sleep control byte */
	uint16_t val_b;			/* PM1b control, or the extended sleep status byte */
	uint32_t sleep_state;		/* 1..5 */
	uint32_t flags;			/* XENPF_ACPI_SLEEP_EXTENDED */
};
#define XENPF_ACPI_SLEEP_EXTENDED	0x00000001
ABI_SIZE(struct xenpf_enter_acpi_sleep, 12);

struct xenpf_change_freq {
	uint32_t flags;
	uint32_t cpu;
	uint64_t freq;			/* Hz */
};
ABI_SIZE(struct xenpf_change_freq, 16);

struct xenpf_getidletime {
	guest_handle_t cpumap_bitmap;	/* in: CPUs asked for, out: CPUs online */
	uint32_t cpumap_nr_cpus;
	guest_handle_t idletime;	/* out: uint64_t[cpumap_nr_cpus], ns */
	uint64_t now;			/* out: system time of the reading */
};
ABI_SIZE(struct xenpf_getidletime, 32);

/* Processor power management data that dom0's ACPI interpreter found. */
#define XEN_PROCESSOR_PM_CX	1
#define XEN_PROCESSOR_PM_PX	2
#define XEN_PROCESSOR_PM_TX	4
#define XEN_PM_CX		0
#define XEN_PM_PX		1
#define XEN_PM_TX		2
#define XEN_PM_PDC		3
#define XEN_PX_PCT		1
#define XEN_PX_PSS		2
#define XEN_PX_PPC		4
#define XEN_PX_PSD		8

struct xen_power_register {
	uint32_t space_id;
	uint32_t bit_width;
	uint32_t bit_offset;
	uint32_t access_size;
	uint64_t address;
};
ABI_SIZE(struct xen_power_register, 24);

struct xen_processor_csd {
	uint32_t domain;
	uint32_t coord_type;
	uint32_t num;
};
ABI_SIZE(struct xen_processor_csd, 12);

struct xen_processor_cx {
	struct xen_power_register reg;
	uint8_t type;
	uint32_t latency;
	uint32_t power;
	uint32_t dpcnt;
	guest_handle_t dp;		/* struct xen_processor_csd[dpcnt] */
};
ABI_SIZE(struct xen_processor_cx, 48);

struct xen_processor_flags {
	uint32_t bm_control:1;
	uint32_t bm_check:1;
	uint32_t has_cst:1;
	uint32_t power_setup_done:1;
	uint32_t bm_rld_set:1;
};
ABI_SIZE(struct xen_processor_flags, 4);

struct xen_processor_power {
	uint32_t count;
	struct xen_processor_flags flags;
	guest_handle_t states;		/* struct xen_processor_cx[count] */
};
ABI_SIZE(struct xen_processor_power, 16);

struct xen_pct_register {
	uint8_t descriptor;
	uint16_t length;
	uint8_t space_id;
	uint8_t bit_width;
	uint8_t bit_offset;
	uint8_t reserved;
	uint64_t address;
};
ABI_SIZE(struct xen_pct_register, 16);

struct xen_processor_px {
	uint64_t core_frequency;	/* MHz */
	uint64_t power;			/* mW */
	uint64_t transition_latency;
	uint64_t bus_master_latency;
	uint64_t control;
	uint64_t status;
};
ABI_SIZE(struct xen_processor_px, 48);

struct xen_psd_package {
	uint64_t num_entries;
	uint64_t revision;
	uint64_t domain;
	uint64_t coord_type;
	uint64_t num_processors;
};
ABI_SIZE(struct xen_psd_package, 40);

struct xen_processor_performance {
	uint32_t flags;			/* XEN_PX_*: what is filled in */
	uint32_t platform_limit;
	struct xen_pct_register control_register;
	struct xen_pct_register status_register;
	uint32_t state_count;
	guest_handle_t states;		/* struct xen_processor_px[state_count] */
	struct xen_psd_package domain_info;
	uint32_t shared_type;		/* XEN_CPUPERF_SHARED_TYPE_* */
};
#define XEN_CPUPERF_SHARED_TYPE_HW	1
#define XEN_CPUPERF_SHARED_TYPE_ALL	2
#define XEN_CPUPERF_SHARED_TYPE_ANY	3
ABI_SIZE(struct xen_processor_performance, 104);

struct xenpf_set_processor_pminfo {
	uint32_t id;			/* ACPI processor id */
	uint32_t type;			/* XEN_PM_* */
	union {
		struct xen_processor_power power;
		struct xen_processor_performance perf;
		guest_handle_t pdc;	/* uint32_t[] */
	} u;
};
ABI_SIZE(struct xenpf_set_processor_pminfo, 112);

struct xenpf_pcpuinfo {
	uint32_t xen_cpuid;		/* in: CPU asked for */
	uint32_t max_present;		/* out: highest present CPU */
	uint32_t flags;			/* out: XEN_PCPU_FLAGS_* */
	uint32_t apic_id;
	uint32_t acpi_id;
};
#define XEN_PCPU_FLAGS_ONLINE	1
#define XEN_PCPU_FLAGS_INVALID	2
ABI_SIZE(struct xenpf_pcpuinfo, 20);

struct xenpf_pcpu_version {
	uint32_t xen_cpuid;
	uint32_t max_present;
	char vendor_id[12];
	uint32_t family;
	uint32_t model;
	uint32_t stepping;
};
ABI_SIZE(struct xenpf_pcpu_version, 32);

struct xenpf_cpu_ol {
	uint32_t cpuid;
};
ABI_SIZE(struct xenpf_cpu_ol, 4);

struct xenpf_cpu_hotadd {
	uint32_t apic_id;
	uint32_t acpi_id;
	uint32_t pxm;
};
ABI_SIZE(struct xenpf_cpu_hotadd, 12);

struct xenpf_mem_hotadd {
	uint64_t spfn;
	uint64_t epfn;
	uint32_t pxm;
	uint32_t flags;
};
ABI_SIZE(struct xenpf_mem_hotadd, 24);

struct xenpf_core_parking {
	uint32_t type;			/* XEN_CORE_PARKING_* */
	uint32_t idle_nums;
};
#define XEN_CORE_PARKING_SET	1
#define XEN_CORE_PARKING_GET	2
ABI_SIZE(struct xenpf_core_parking, 8);

struct xenpf_resource_entry {
	union {
		uint32_t cmd;		/* in: XEN_RESOURCE_OP_* */
		int32_t ret;		/* out */
	} u;
	uint32_t rsvd;
	uint64_t idx;
	uint64_t val;
};
#define XEN_RESOURCE_OP_MSR_READ	0
#define XEN_RESOURCE_OP_MSR_WRITE	1
ABI_SIZE(struct xenpf_resource_entry, 24);

struct xenpf_resource_op {
	uint32_t nr_entries;
	uint32_t cpu;
	guest_handle_t entries;		/* struct xenpf_resource_entry[nr_entries] */
};
ABI_SIZE(struct xenpf_resource_op, 16);

struct xenpf_symdata {
	uint32_t namelen;		/* in: room, out: length */
	uint32_t symnum;		/* in: which, out: the next */
	guest_handle_t name;
	uint64_t address;
	char type;
};
ABI_SIZE(struct xenpf_symdata, 32);

struct xen_platform_op {
	uint32_t cmd;			/* XENPF_* */
	uint32_t interface_version;	/* XENPF_INTERFACE_VERSION */
	union {
		struct xenpf_settime32 settime32;
		struct xenpf_settime64 settime64;
		struct xenpf_add_memtype add_memtype;
		struct xenpf_del_memtype del_memtype;
		struct xenpf_read_memtype read_memtype;
		struct xenpf_microcode_update microcode;
		struct xenpf_platform_quirk platform_quirk;
		struct xenpf_efi_runtime_call efi_runtime_call;
		struct xenpf_firmware_info firmware_info;
		struct xenpf_enter_acpi_sleep enter_acpi_sleep;
		struct xenpf_change_freq change_freq;
		struct xenpf_getidletime getidletime;
		struct xenpf_set_processor_pminfo set_pminfo;
		struct xenpf_pcpuinfo pcpu_info;
		struct xenpf_pcpu_version pcpu_version;
		struct xenpf_cpu_ol cpu_ol;
		struct xenpf_cpu_hotadd cpu_add;
		struct xenpf_mem_hotadd mem_add;
		struct xenpf_core_parking core_parking;
		struct xenpf_resource_op resource_op;
		struct xenpf_symdata symdata;
		uint8_t pad[128];
	} u;
};
ABI_SIZE(struct xen_platform_op, 136);
ABI_OFFSET(struct xen_platform_op, u, 8);

#endif /* XEN_PLATFORM_H */
