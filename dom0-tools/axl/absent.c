/* SPDX-License-Identifier: MIT */
/* The list of absent verbs. A verb that is written leaves it: a test sees to that. */
#include "absent.h"

#include <stddef.h>
#include <string.h>

static const char emulated[] = "it is for guests with an emulated machine, ours are paravirtual";
static const char later[] = "it is not written yet";
static const char no_iommu[] = "devices are not passed through to guests";
static const char no_backend[] = "there is no backend for such devices";
static const char no_policy[] = "there is no security policy to load: rules are fixed";
static const char no_qos[] = "the hypervisor does not divide caches and bandwidth";
static const char one_scheduler[] = "the scheduler is credit2: use sched-credit2";
static const char elsewhere[] = "it is for another architecture";

static const struct {
	const char *name;
	const char *why;
} absent[] = {
	{"button-press", emulated},
	{"cd-eject", emulated},
	{"cd-insert", emulated},
	{"qemu-monitor-command", emulated},
	{"trigger", emulated},
	{"sharing", emulated},
	{"remus", emulated},
	{"migrate", later},
	{"migrate-receive", later},
	{"resume", later},
	{"suspend", later},
	{"vncviewer", later},
	{"xenstore-quota-get", later},
	{"xenstore-quota-set", later},
	{"pci-assignable-add", no_iommu},
	{"pci-assignable-list", no_iommu},
	{"pci-assignable-remove", no_iommu},
	{"pci-attach", no_iommu},
	{"pci-detach", no_iommu},
	{"pci-list", no_iommu},
	{"usb-list", no_backend},
	{"usbctrl-attach", no_backend},
	{"usbctrl-detach", no_backend},
	{"usbdev-attach", no_backend},
	{"usbdev-detach", no_backend},
	{"vdispl-attach", no_backend},
	{"vdispl-detach", no_backend},
	{"vdispl-list", no_backend},
	{"vkb-attach", no_backend},
	{"vkb-detach", no_backend},
	{"vkb-list", no_backend},
	{"vsnd-attach", no_backend},
	{"vsnd-detach", no_backend},
	{"vsnd-list", no_backend},
	{"vtpm-attach", no_backend},
	{"vtpm-detach", no_backend},
	{"vtpm-list", no_backend},
	{"getenforce", no_policy},
	{"loadpolicy", no_policy},
	{"setenforce", no_policy},
	{"psr-cat-set", no_qos},
	{"psr-cat-show", no_qos},
	{"psr-cmt-attach", no_qos},
	{"psr-cmt-detach", no_qos},
	{"psr-cmt-show", no_qos},
	{"psr-hwinfo", no_qos},
	{"psr-mba-set", no_qos},
	{"psr-mba-show", no_qos},
	{"sched-credit", one_scheduler},
	{"sched-rtds", one_scheduler},
	{"dt-overlay", elsewhere},
};

const char *verb_absent(const char *name)
{
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		if (!strcmp(absent[i].name, name)) {
			return absent[i].why;
		}
	}
	return NULL;
}

static const struct {
	const char *name;
	const char *verb;
} synonyms[] = {
	{"start", "create"},    {"run", "create"},        {"boot", "create"},
	{"launch", "create"},   {"define", "check"},      {"validate", "check"},
	{"stop", "shutdown"},   {"poweroff", "shutdown"}, {"halt", "shutdown"},
	{"kill", "destroy"},    {"delete", "destroy"},    {"remove", "destroy"},
	{"rm", "destroy"},      {"undefine", "destroy"},  {"restart", "reboot"},
	{"ls", "list"},         {"ps", "list"},           {"status", "list"},
	{"show", "list"},       {"domains", "list"},      {"attach", "console"},
	{"connect", "console"}, {"login", "console"},     {"log", "console"},
	{"logs", "console"},    {"freeze", "pause"},      {"thaw", "unpause"},
	{"load", "restore"},    {"diagnose", "doctor"},
};

const char *verb_synonym(const char *name)
{
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
		if (!strcmp(synonyms[i].name, name)) {
			return synonyms[i].verb;
		}
	}
	return NULL;
}
