/* SPDX-License-Identifier: MIT */
/* The verbs: one table row each. */
#ifndef DOM0_TOOLS_AXL_VERBS_H
#define DOM0_TOOLS_AXL_VERBS_H

#include <stddef.h>

struct axl;

struct verb {
	const char *name;
	/* argv[0] is the verb; 0, or -errno with axl->err set. */
	int (*run)(struct axl *axl, int argc, char **argv);
	const char *summary;   /* for the list of verbs */
	const char *arguments; /* for its usage line */
	const char *options;   /* one "-x  text" per line, or "" */
};

extern const struct verb verbs[];
extern const size_t verb_count;

/*
 * The verb with that name, or the only one it begins: what is no ambiguity to xl is none to us.
 * NULL: none (*matches 0) or several (*matches > 1).
 */
const struct verb *verb_find(const struct verb *table, size_t count, const char *name,
			     size_t *matches);

int verb_create(struct axl *axl, int argc, char **argv);
int verb_check(struct axl *axl, int argc, char **argv);
int verb_doctor(struct axl *axl, int argc, char **argv);
int verb_export(struct axl *axl, int argc, char **argv);
int verb_list(struct axl *axl, int argc, char **argv);
int verb_vcpu_list(struct axl *axl, int argc, char **argv);
int verb_devd(struct axl *axl, int argc, char **argv);
int verb_top(struct axl *axl, int argc, char **argv);
int verb_metrics(struct axl *axl, int argc, char **argv);
int verb_block_list(struct axl *axl, int argc, char **argv);
int verb_block_attach(struct axl *axl, int argc, char **argv);
int verb_block_detach(struct axl *axl, int argc, char **argv);
int verb_block_resize(struct axl *axl, int argc, char **argv);
int verb_network_set(struct axl *axl, int argc, char **argv);
int verb_channel_list(struct axl *axl, int argc, char **argv);
int verb_network_list(struct axl *axl, int argc, char **argv);
int verb_network_attach(struct axl *axl, int argc, char **argv);
int verb_network_detach(struct axl *axl, int argc, char **argv);
int verb_set_parameters(struct axl *axl, int argc, char **argv);
int verb_dump_core(struct axl *axl, int argc, char **argv);
int verb_config_update(struct axl *axl, int argc, char **argv);
int verb_claims(struct axl *axl, int argc, char **argv);
int verb_vm_list(struct axl *axl, int argc, char **argv);
int verb_vcpu_pin(struct axl *axl, int argc, char **argv);
int verb_vcpu_set(struct axl *axl, int argc, char **argv);
int verb_mem_set(struct axl *axl, int argc, char **argv);
int verb_mem_max(struct axl *axl, int argc, char **argv);
int verb_balancer(struct axl *axl, int argc, char **argv);
int verb_sched_credit2(struct axl *axl, int argc, char **argv);
int verb_cpupool_list(struct axl *axl, int argc, char **argv);
int verb_cpupool_create(struct axl *axl, int argc, char **argv);
int verb_cpupool_destroy(struct axl *axl, int argc, char **argv);
int verb_cpupool_rename(struct axl *axl, int argc, char **argv);
int verb_cpupool_cpu_add(struct axl *axl, int argc, char **argv);
int verb_cpupool_cpu_remove(struct axl *axl, int argc, char **argv);
int verb_cpupool_migrate(struct axl *axl, int argc, char **argv);
int verb_cpupool_numa_split(struct axl *axl, int argc, char **argv);
int verb_uptime(struct axl *axl, int argc, char **argv);
int verb_destroy(struct axl *axl, int argc, char **argv);
int verb_shutdown(struct axl *axl, int argc, char **argv);
int verb_reboot(struct axl *axl, int argc, char **argv);
int verb_pause(struct axl *axl, int argc, char **argv);
int verb_unpause(struct axl *axl, int argc, char **argv);
int verb_save(struct axl *axl, int argc, char **argv);
int verb_restore(struct axl *axl, int argc, char **argv);
int verb_console(struct axl *axl, int argc, char **argv);
int verb_domid(struct axl *axl, int argc, char **argv);
int verb_domname(struct axl *axl, int argc, char **argv);
int verb_rename(struct axl *axl, int argc, char **argv);
int verb_sysrq(struct axl *axl, int argc, char **argv);
int verb_info(struct axl *axl, int argc, char **argv);
int verb_dmesg(struct axl *axl, int argc, char **argv);
int verb_debug_keys(struct axl *axl, int argc, char **argv);
int verb_help(struct axl *axl, int argc, char **argv);
int verb_why(struct axl *axl, int argc, char **argv);
int verb_events(struct axl *axl, int argc, char **argv);
int verb_version(struct axl *axl, int argc, char **argv);

#endif
