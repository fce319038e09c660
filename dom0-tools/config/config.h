/* SPDX-License-Identifier: MIT */
/*
 * Domain configurations: xl.cfg text or JSON in, struct domain_config out, and every mistake
 * reported with its place, its cause and what was expected instead.
 */
#ifndef DOM0_TOOLS_CONFIG_CONFIG_H
#define DOM0_TOOLS_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct yajl_gen_t;

/* ------------------------------------------------------------------ diagnostics -- */

enum config_severity {
	CONFIG_NOTE,    /* e.g. a key that has no effect on a PV guest */
	CONFIG_WARNING, /* e.g. deprecated syntax */
	CONFIG_ERROR,
};

struct config_diag {
	enum config_severity severity;
	const char *id; /* stable, for scripts: "unknown-key", "out-of-range" …, see axl.cfg(5) */
	char *file;     /* path, "<override 1>" or a label given by the caller */
	int line;       /* from 1; 0 = the configuration as a whole */
	int column;     /* from 1; 0 = the whole line */
	char *what;     /* e.g. unknown key "memroy" */
	char *expected; /* e.g. a whole number of MiB, 1 to 16777216; NULL if plain */
	char *hint;     /* e.g. did you mean "memory"?; NULL if there is none */
};

/* Collects what was found, in the order it was found. Zero-initialised = empty. */
struct config_diags {
	struct config_diag *list;
	size_t count;
	size_t error_count;
	size_t warning_count;
};

/* One line each, `file:line:col: error: what; expected …; hint`; a place of 0 is left out. */
void config_diags_print(const struct config_diags *diags, FILE *out);

/* The same as a JSON array of objects, at gen's present position. */
void config_diags_gen_json(const struct config_diags *diags, struct yajl_gen_t *gen);

void config_diags_free(struct config_diags *diags);

/* ------------------------------------------------------------------- the domain -- */

enum config_domain_type {
	CONFIG_TYPE_PV, /* the only kind so far; others are refused by the parser */
};

/* What happens to a domain that ended; names as in xl.cfg. */
enum config_action {
	CONFIG_ACTION_DESTROY,
	CONFIG_ACTION_RESTART,
	CONFIG_ACTION_RENAME_RESTART,
	CONFIG_ACTION_PRESERVE,
	CONFIG_ACTION_COREDUMP_DESTROY,
	CONFIG_ACTION_COREDUMP_RESTART,
};

enum config_tsc_mode {
	CONFIG_TSC_DEFAULT,
	CONFIG_TSC_ALWAYS_EMULATE,
	CONFIG_TSC_NATIVE,
	CONFIG_TSC_NATIVE_PARAVIRT,
};

enum config_disk_format {
	CONFIG_DISK_RAW,
	CONFIG_DISK_QCOW,
	CONFIG_DISK_QCOW2,
	CONFIG_DISK_VHD,
	CONFIG_DISK_QED,
	CONFIG_DISK_EMPTY, /* a CD drive without a disc */
};

enum config_disk_backendtype {
	CONFIG_BACKEND_AUTO, /* devices_attach_disk() decides by what the target is */
	CONFIG_BACKEND_PHY,
	CONFIG_BACKEND_QDISK,
};

enum config_tristate {
	CONFIG_UNSET = -1,
	CONFIG_FALSE,
	CONFIG_TRUE,
};

/* Where a value was written, for messages of later stages ("line 12: no such bridge"). */
struct config_place {
	int line; /* 0 = not from a file */
	int column;
	int override; /* 0 = the file itself, else the number of the override */
};

struct config_disk {
	char *target;   /* path in the backend domain; NULL for an empty CD drive */
	char vdev[16];  /* as written: xvda, sda1, hdc, … */
	uint32_t devid; /* xen-vbd-interface number of vdev: the vbd's name in xenstore */
	enum config_disk_format format;
	enum config_disk_backendtype backendtype;
	bool readwrite;
	bool cdrom;
	bool direct_io_safe;
	enum config_tristate discard;
	enum config_tristate trusted;
	char *script;  /* hotplug script the config asks for, or NULL */
	char *backend; /* name or id of the backend domain, NULL = this one */
	struct config_place place;
};

struct config_nic {
	int devid; /* the vif's name in xenstore; -1 = not chosen yet */
	bool mac_set;
	uint8_t mac[6];
	char *bridge;     /* NULL = the host's default (xenbr0) */
	char vifname[16]; /* name of the interface in dom0, "" = vifDOM.DEVID */
	char *ip;         /* the guest's addresses, for config_ip_next(), or NULL: any */
	char *vlan;       /* for config_vlan_parse(), or NULL: the bridge's default */
	char *script;
	char *gatewaydev;
	char *backend;
	uint32_t mtu;                     /* 0 = the bridge's */
	uint64_t rate_bytes_per_interval; /* transmit credit; 0 = unlimited */
	uint32_t rate_interval_us;
	enum config_tristate trusted;
	struct config_place place;
};

enum config_connection {
	CONFIG_CHANNEL_PTY,
	CONFIG_CHANNEL_SOCKET,
};

/* A stream of bytes between the guest (its hvc1, hvc2 …) and a program of the control domain. */
struct config_channel {
	char *name; /* by which both find it */
	enum config_connection connection;
	char *path; /* of the socket, absolute; NULL for a terminal */
	struct config_place place;
};

/* Linux takes the last digit of device/console/N for N. */
#define CONFIG_MAX_CHANNELS 9

/* One address of vif ip=. */
struct config_ip {
	bool v6;
	uint8_t addr[16]; /* the first four of IPv4 */
	uint8_t prefix;   /* 32 or 128 if none was written */
};

/* What a vif's bridge port takes part in, from vif vlan=. */
struct config_vlans {
	uint16_t pvid; /* untagged frames belong here and are untagged there; 0 = none */
	uint64_t tagged[64];
};

#define CONFIG_MAX_CPUS 1024
#define CONFIG_MAX_PORT 1023          /* highest event channel port, if none is written */
#define CONFIG_RATE_INTERVAL_US 50000 /* of a vif's credit, if none is written */

/* A set of physical CPUs. */
struct config_cpumap {
	uint64_t bits[CONFIG_MAX_CPUS / 64];
};

struct domain_config {
	char *source; /* the file it came from, for messages */

	char *name;
	enum config_domain_type type;
	bool uuid_set;
	uint8_t uuid[16];

	uint64_t memory_kib; /* at start */
	uint64_t maxmem_kib; /* upper bound, never below memory_kib */
	uint32_t vcpus;      /* online at start */
	uint32_t maxvcpus;   /* never below vcpus */

	char *kernel;
	char *ramdisk;    /* NULL = none */
	char *cmdline;    /* root=, extra= and cmdline= put together; never NULL */
	char *bootloader; /* NULL = none; kernel is NULL if this is set and it was not given */
	char **bootloader_args;
	size_t bootloader_arg_count;

	enum config_action on_poweroff;
	enum config_action on_reboot;
	enum config_action on_crash;
	enum config_action on_watchdog;

	/* cpus=, cpus_soft=: no map = anywhere, one = for all vCPUs, else one per vCPU */
	struct config_cpumap *cpus;
	size_t cpus_count;
	struct config_cpumap *cpus_soft;
	size_t cpus_soft_count;
	uint32_t cpu_weight; /* 0 = the scheduler's default */
	uint32_t cap;        /* per cent of one CPU; 0 = none */
	char *pool;          /* NULL = Pool-0 */

	uint32_t max_grant_frames;    /* 0 = the host's default */
	uint32_t max_maptrack_frames; /* 0 = the host's default */
	uint32_t max_grant_version;   /* 0 = the host's default */
	uint32_t max_event_channels;  /* highest port, default 1023 */

	bool nomigrate;
	bool localtime;
	bool driver_domain;
	int64_t rtc_timeoffset; /* seconds */
	enum config_tsc_mode tsc_mode;

	struct config_disk *disks;
	size_t disk_count;
	struct config_nic *nics;
	size_t nic_count;
	struct config_channel *channels; /* device/console/1 and on */
	size_t channel_count;

	/* where each key was written, for config_place_of() */
	struct config_key_place *places;
	size_t place_count;
};

/*
 * Reads a configuration file (xl.cfg; JSON, ours or libxl's, if its first character is '{';
 * libvirt's domain XML if it is '<'), applies the
 * overrides in order (each "key=value; key2+=value2", as `create f.cfg 'k=v'` gives them) and
 * checks the result as a whole.
 *
 * Returns 0 and a configuration for config_free(), or -errno (-ENOENT, -EACCES … the file cannot
 * be read; -EINVAL it has mistakes) and *cfg = NULL; diags says why in every case. Warnings and
 * notes may be there on success too.
 */
int config_parse_file(const char *path, const char *const *overrides, size_t override_count,
		      struct domain_config **cfg, struct config_diags *diags);

/*
 * For reports: as config_parse_file(), but *cfg is what could be read even if there are mistakes:
 * any field of it may be missing then, also those that never are otherwise. NULL if nothing was.
 */
int config_read_file(const char *path, const char *const *overrides, size_t override_count,
		     struct domain_config **cfg, struct config_diags *diags);

/* Where a key was written; all zero if it was not. */
void config_place_of(const struct domain_config *cfg, const char *key, struct config_place *place);

/* "guest.cfg:12:3", "<override 1>:1:1" or the source alone. */
void config_place_format(const struct domain_config *cfg, const struct config_place *place,
			 char *buf, size_t size);

/* The same from text in memory; label stands for the file name in messages. */
int config_parse_string(const char *label, const char *text, size_t len,
			const char *const *overrides, size_t override_count,
			struct domain_config **cfg, struct config_diags *diags);

/* One element of disk= or vif=, as block-attach and network-attach take it. Fills *out, which
 * config_disk_free()/config_nic_free() releases; -EINVAL with diags otherwise. */
int config_parse_disk(const char *spec, struct config_disk *out, struct config_diags *diags);
int config_parse_nic(const char *spec, struct config_nic *out, struct config_diags *diags);
void config_disk_free(struct config_disk *disk);
void config_nic_free(struct config_nic *nic);
void config_channel_free(struct config_channel *channel);

/* Draws what a running domain needs and the file left open: a random UUID, and a MAC in
 * 00:16:3e made from UUID and devid for each NIC. Idempotent. -errno without randomness. */
int config_fill_ids(struct domain_config *cfg);

/* The whole configuration as JSON that config_parse_file() reads back (`create -N`). */
void config_gen_json(const struct domain_config *cfg, struct yajl_gen_t *gen);
int config_print_json(const struct domain_config *cfg, FILE *out);

/* The same in the words of libxl (libxl_domain_config), as saved domains carry it; what libxl has
 * no word for is left out. And the way back: every value is checked like one of a file. */
void config_gen_libxl(const struct domain_config *cfg, struct yajl_gen_t *gen);

/* One element of its lists of devices; devid is that of a NIC which has none yet. */
void config_gen_libxl_disk(const struct config_disk *disk, struct yajl_gen_t *gen);
void config_gen_libxl_nic(const struct config_nic *nic, uint32_t devid, struct yajl_gen_t *gen);
bool config_is_libxl(const char *json);
int config_parse_libxl(const char *label, const char *json, const char *const *overrides,
		       size_t override_count, struct domain_config **cfg,
		       struct config_diags *diags);

/*
 * The same as libvirt's domain XML. What that cannot represent goes to diags, a warning each
 * (docs/libvirt-xml.md is the list). 0, -ENOMEM or -EIO.
 */
int config_print_xml(const struct domain_config *cfg, FILE *out, struct config_diags *diags);

void config_free(struct domain_config *cfg);

const char *config_action_name(enum config_action action);

/*
 * Reads a list of CPUs that names NUMA nodes, "node:1,^3", for who can see the machine; not 0: it
 * is none, or there is no such node. NULL, as at first: such lists are refused.
 */
extern int (*config_node_cpus)(const char *text, struct config_cpumap *map);

/* "pty" or "socket". */
const char *config_connection_name(enum config_connection connection);

/* "0,2-5" or "all"; the caller frees it. */
char *config_cpus_format(const struct config_cpumap *map);

/* "raw", "qcow2" …, as disk= has them. */
const char *config_disk_format_name(enum config_disk_format format);

/* Takes the next address off a list separated by blanks: 1, 0 at its end, -EINVAL. */
int config_ip_next(const char **list, struct config_ip *ip);

/* "10p/20/100+10x4" or "30-33": false if it is no such list of VLANs 1 to 4094. */
bool config_vlan_parse(const char *text, struct config_vlans *vlans);

/* "xvda", "sda1", "hdc", "d3p1" or a number to the xen-vbd-interface device number, and back.
 * False if it names no device. */
bool config_vdev_parse(const char *name, uint32_t *devid);
void config_vdev_name(uint32_t devid, char name[16]);

/* The MAC in 00:16:3e that NIC devid of the domain with that UUID gets. */
void config_mac_from_uuid(const uint8_t uuid[16], int devid, uint8_t mac[6]);

/* "00:16:3e:01:02:03" (17 characters and NUL). */
void config_mac_format(const uint8_t mac[6], char text[18]);

/* "ee0e5ab7-…" (36 characters and NUL); parsing takes it with or without dashes. */
void config_uuid_format(const uint8_t uuid[16], char text[37]);
bool config_uuid_parse(const char *text, uint8_t uuid[16]);

/* Writes the reference of all keys as a roff fragment, for axl.cfg(5). */
void config_print_man_keys(FILE *out);

#endif
