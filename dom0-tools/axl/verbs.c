/* SPDX-License-Identifier: MIT */
/* The table of verbs, finding one in it, and help, which prints it. */
#include "verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "axl.h"
#include "json.h"

const struct verb verbs[] = {
	{"create", verb_create, "Create a domain from config file <filename>",
	 "[options] <config file> ['key=value; …'] …",
	 "-c, --console     attach to its console\n"
	 "-p, --paused      leave it paused\n"
	 "-q, --quiet       say nothing\n"
	 "-F, --foreground  watch over it in this process\n"
	 "-e, --no-monitor  nobody watches over it\n"
	 "-n, --dry-run     only check, and print the configuration as JSON\n"
	 "--explain         with it: tell what was checked, as axl check does\n"
	 "-f, --file FILE   the config file\n"
	 "-i, --ignore-global-affinity-masks  accepted: there are no such masks\n"
	 "-d                accepted"},
	{"check", verb_check, "Check a config file against this host, and change nothing",
	 "<config file> ['key=value; …'] …", ""},
	{"export", verb_export, "Print a domain's or a file's configuration in another form",
	 "[option] <domain | config file> ['key=value; …'] …",
	 "--xml    libvirt's domain XML; what is printed without an option\n"
	 "--libxl  libxl's JSON\n"
	 "--json   our JSON, which create reads"},
	{"doctor", verb_doctor, "Check this host, and tell what to do about it", "", ""},
	{"list", verb_list, "List information about all/some domains", "[options] [domain …]",
	 "-l, --long     libxl's JSON, as xl prints it; for ours: --json\n"
	 "-v, --verbose  UUIDs and shutdown reasons too\n"
	 "-Z, --context  security labels too\n"
	 "-c, --cpupool  CPU pools too\n"
	 "-n, --numa     NUMA nodes too"},
	{"destroy", verb_destroy, "Terminate a domain immediately", "[-f] <domain> …",
	 "-f  domain 0 too"},
	{"shutdown", verb_shutdown, "Issue a shutdown signal to a domain",
	 "[options] <-a | domain …>",
	 "-a, --all   all guests\n"
	 "-w, --wait  until they are gone\n"
	 "-F          accepted: for guests without PV drivers"},
	{"reboot", verb_reboot, "Issue a reboot signal to a domain", "[options] <-a | domain …>",
	 "-a, --all   all guests\n"
	 "-w, --wait  until they have gone down\n"
	 "-F          accepted: for guests without PV drivers"},
	{"pause", verb_pause, "Pause execution of a domain", "<-a | domain …>",
	 "-a, --all  all guests"},
	{"unpause", verb_unpause, "Unpause a paused domain", "<-a | domain …>",
	 "-a, --all  all guests"},
	{"save", verb_save, "Save a domain's state to a file", "[options] <domain> <file> [config]",
	 "-c, --checkpoint  let it run on afterwards\n"
	 "-p, --paused      keep it, paused\n"
	 "--compress        in a form of our own, smaller, that xl does not read\n"
	 "config: the configuration to put into the file, if not the domain's own"},
	{"restore", verb_restore, "Restore a domain from a file", "[options] [config] <file>",
	 "-c, --console     attach to its console\n"
	 "-p, --paused      leave it paused\n"
	 "-q, --quiet       no progress\n"
	 "-F, --foreground  watch over it in this process\n"
	 "-e, --no-monitor  nobody watches over it\n"
	 "-n, --dry-run     only print the configuration in the file\n"
	 "config: instead of the configuration in the file"},
	{"console", verb_console, "Attach to domain's console", "[options] <domain>",
	 "-e CHAR      the character that leaves, ^] if not given\n"
	 "-n NUMBER    a channel (1 to 9) instead of the console\n"
	 "--no-escape  no character leaves\n"
	 "--log        print what the console daemon has logged\n"
	 "--tail [N]   print the last N lines of it (20)"},
	{"vcpu-list", verb_vcpu_list, "List the VCPUs for all/some domains", "[domain …]", ""},
	{"vcpu-pin", verb_vcpu_pin, "Set which CPUs a VCPU can use",
	 "[-f] <domain> <vcpu|all> <hard affinity|-|all> [<soft affinity|-|all>]",
	 "-f, --force  undo a pinning that the guest's kernel did\n"
	 "--ignore-global-affinity-masks  accepted: there are no such masks"},
	{"vcpu-set", verb_vcpu_set, "Set the number of active VCPUs allowed for the domain",
	 "[option] <domain> <vcpus>", "-i, --ignore-host  more than the machine has CPUs, too"},
	{"mem-set", verb_mem_set, "Set the current memory usage for a domain",
	 "[-f] <domain> <size['b'[bytes]|'k'[KB]|'m'[MB]|'g'[GB]|'t'[TB]]>",
	 "-f, --force  less than its kernel is likely to need, or more than is free"},
	{"mem-max", verb_mem_max, "Set the maximum amount reservation for a domain",
	 "<domain> <size['b'[bytes]|'k'[KB]|'m'[MB]|'g'[GB]|'t'[TB]]>", ""},
	{"balancer", verb_balancer, "Show what the balancer decided, or set a guest's bounds",
	 "[-f] [--min=<size>] [--max=<size>] [domain]",
	 "--min=SIZE, -m SIZE  the balancer leaves it so much at least\n"
	 "--max=SIZE, -M SIZE  and gives it so much at most\n"
	 "-f, --force          a minimum below what its kernel is likely to need"},
	{"sched-credit2", verb_sched_credit2, "Get/set credit2 scheduler parameters",
	 "[-d <domain> [-w <weight>] [-c <cap>]] [-s [-r <us>]] [-p <pool>]",
	 "-d DOMAIN, --domain=DOMAIN   one domain\n"
	 "-w WEIGHT, --weight=WEIGHT   its weight, 1 to 65535\n"
	 "-c CAP, --cap=CAP            its cap, per cent of one CPU; 0: none\n"
	 "-s, --schedparam             parameters of the pool instead\n"
	 "-r US, --ratelimit_us=US     its rate limit, 0 or 100 to 500000\n"
	 "-p POOL, --cpupool=POOL      this pool only"},
	{"cpupool-list", verb_cpupool_list, "List CPU pools on host", "[-c] [pool]",
	 "-c, --cpus  lists of CPUs instead"},
	{"cpupool-create", verb_cpupool_create, "Create a new CPU pool",
	 "[options] [config file] ['key=value'] …",
	 "-f, --defconfig FILE  the config file\n"
	 "-n, --dryrun          only check"},
	{"cpupool-destroy", verb_cpupool_destroy, "Deactivates a CPU pool", "<pool>", ""},
	{"cpupool-rename", verb_cpupool_rename, "Renames a CPU pool", "<pool> <new name>", ""},
	{"cpupool-cpu-add", verb_cpupool_cpu_add, "Adds a CPU to a CPU pool",
	 "<pool> <cpus|node:nr>", ""},
	{"cpupool-cpu-remove", verb_cpupool_cpu_remove, "Removes a CPU from a CPU pool",
	 "<pool> <cpus|node:nr>", ""},
	{"cpupool-migrate", verb_cpupool_migrate, "Moves a domain into a CPU pool",
	 "<domain> <pool>", ""},
	{"cpupool-numa-split", verb_cpupool_numa_split,
	 "Splits up the machine into one CPU pool per NUMA node", "", ""},
	{"dump-core", verb_dump_core, "Core dump a domain", "<domain> <file>", ""},
	{"config-update", verb_config_update, "Update a running domain's saved configuration",
	 "<domain> <config file> ['key=value; …'] …", ""},
	{"block-list", verb_block_list, "List virtual block devices for a domain", "<domain> …",
	 ""},
	{"block-attach", verb_block_attach, "Create a new virtual block device",
	 "<domain> <disk specification>", ""},
	{"block-detach", verb_block_detach, "Destroy a domain's virtual block device",
	 "[option] <domain> <device>", "-f, --force  without the guest's help"},
	{"block-resize", verb_block_resize, "Tell a domain that its disk has grown",
	 "<domain> <device> [size]",
	 "size: make the image file so big first; MiB, or with a suffix b, k, m, g, t"},
	{"network-list", verb_network_list, "List virtual network interfaces for a domain",
	 "<domain> …", ""},
	{"network-attach", verb_network_attach, "Create a new virtual network device",
	 "<domain> [key=value] …", ""},
	{"network-detach", verb_network_detach, "Destroy a domain's virtual network device",
	 "[option] <domain> <device|mac>", "-f, --force  without the guest's help"},
	{"network-set", verb_network_set, "Change a network interface that is attached",
	 "<domain> <device|mac> <key=value> …",
	 "keys: rate (or rate=none), bridge, vlan, ip; written as in vif="},
	{"devd", verb_devd, "Serve the devices that other domains have in this driver domain",
	 "[options]",
	 "-F, --foreground    stay in the foreground\n"
	 "-p, --pidfile FILE  write the process id there"},
	{"channel-list", verb_channel_list, "List virtual channel devices for a domain",
	 "<domain> …", ""},
	{"top", verb_top, "Monitor a host and the domains in real time", "[options]",
	 "-b, --batch          lines, also without a terminal\n"
	 "-d, --delay SEC      seconds between two looks, 3 if not given\n"
	 "-i, --iterations N   look so often, then end\n"
	 "-n, --networks       networks one by one\n"
	 "-x, --vbds           disks one by one\n"
	 "-v, --vcpus          vCPUs one by one\n"
	 "-f, --full-name      names of any length\n"
	 "-r, --repeat-header  accepted"},
	{"metrics", verb_metrics, "Print statistics as OpenMetrics text", "[-o file]",
	 "-o, --output FILE  replace this file with it"},
	{"claims", verb_claims, "List outstanding claim information about all domains", "", ""},
	{"vm-list", verb_vm_list, "List guest domains, excluding dom0, stubdoms, etc.", "", ""},
	{"info", verb_info, "Get information about the host", "[-n]",
	 "-n, --numa  CPUs and NUMA nodes one by one too"},
	{"domid", verb_domid, "Convert a domain name to domain id", "<name>", ""},
	{"domname", verb_domname, "Convert a domain id to domain name", "<domid>", ""},
	{"rename", verb_rename, "Rename a domain", "<domain> <new name>", ""},
	{"sysrq", verb_sysrq, "Send a sysrq to a domain", "<domain> <letter>", ""},
	{"debug-keys", verb_debug_keys, "Send debug keys to the hypervisor", "<keys>", ""},
	{"set-parameters", verb_set_parameters, "Set hypervisor parameters",
	 "[-l] | <parameter=value> …", "-l, --list  those there are, with their values"},
	{"dmesg", verb_dmesg, "Read and/or clear dmesg buffer", "[-c]",
	 "-c  clear it after reading"},
	{"uptime", verb_uptime, "Print uptime for all/some domains", "[-s] [domain …]",
	 "-s  short: time of day, name and id too"},
	{"why", verb_why, "Tell what happened to a domain, also to one that is gone",
	 "[option] <domain>", "-n, --number N  the last N events, 20 if not given"},
	{"events", verb_events, "Print what happened to domains", "[options] [domain]",
	 "-f, --follow    go on with what happens from now on\n"
	 "-n, --number N  the last N of those there are"},
	{"version", verb_version, "Print the versions of this tool and the hypervisor", "", ""},
	{"help", verb_help, "Show this list, or the options of one command", "[command]", ""},
};

const size_t verb_count = sizeof(verbs) / sizeof(verbs[0]);

/* Verbs that xl has not: a prefix means one of xl's first. */
static bool is_own(const char *name)
{
	static const char *const own[] = {
		"block-resize", "check",   "doctor",      "events",  "export",
		"import",       "metrics", "network-set", "version", "why",
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!strcmp(own[i], name)) {
			return true;
		}
	}
	return false;
}

const struct verb *verb_find(const struct verb *table, size_t count, const char *name,
			     size_t *matches)
{
	const struct verb *found[2] = {NULL, NULL}; /* xl's, ours */
	size_t counts[2] = {0, 0};

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(table[i].name, name)) {
			*matches = 1;
			return &table[i];
		}
		if (!strncmp(table[i].name, name, strlen(name))) {
			bool own = is_own(table[i].name);

			found[own] = &table[i];
			counts[own]++;
		}
	}
	*matches = counts[0] == 1 ? 1 : counts[0] + counts[1];
	return *matches == 1 ? found[counts[0] ? 0 : 1] : NULL;
}

static void help_verb_text(const struct verb *verb)
{
	printf("Usage: axl [-vfN] %s %s\n\n%s.\n", verb->name, verb->arguments, verb->summary);
	if (verb->options[0]) {
		printf("\nOptions:\n\n%s\n", verb->options);
	}
}

/* The layout of `xl help`, which shell completions parse. */
static void help_all_text(void)
{
	printf("Usage axl [-vfN] [--json] <subcommand> [args]\n\n");
	printf("axl full list of subcommands:\n\n");
	for (size_t i = 0; i < verb_count; i++) {
		printf(" %-19s %s\n", verbs[i].name, verbs[i].summary);
	}
}

int verb_help(struct axl *axl, int argc, char **argv)
{
	const struct verb *one = NULL;
	size_t matches;

	if (argc > 1 && argv[1][0] != '-') {
		one = verb_find(verbs, verb_count, argv[1], &matches);
		if (!one) {
			ctl_error_set(&axl->err, "no-such-command", "no command \"%s\"", argv[1]);
			ctl_error_hint(&axl->err, "axl help");
			return -ENOENT;
		}
	}
	if (!axl->json) {
		if (one) {
			help_verb_text(one);
		} else {
			help_all_text();
		}
		return 0;
	}
	json_array(axl->json, "commands");
	for (size_t i = 0; i < verb_count; i++) {
		if (!one || one == &verbs[i]) {
			json_map(axl->json, NULL);
			json_string(axl->json, "name", verbs[i].name);
			json_string(axl->json, "summary", verbs[i].summary);
			json_string(axl->json, "arguments", verbs[i].arguments);
			json_string(axl->json, "options", verbs[i].options);
			json_map_end(axl->json);
		}
	}
	json_array_end(axl->json);
	return 0;
}
