/* SPDX-License-Identifier: MIT */
/* vif=: `key=value,…`, all of it optional. */
#include "spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#define MIN_MTU 68    /* IPv4's least */
#define MAX_MTU 65521 /* a 64 KiB packet of the protocol less the Ethernet header */

struct nic_reader {
	struct reading *reading;
	struct config_nic *nic;
};

typedef void nic_key_fn(struct nic_reader *reader, const struct spec_item *item);

static void complain(struct nic_reader *reader, const struct spec_item *item, const char *expected,
		     const char *hint)
{
	diag_add(reader->reading->diags, CONFIG_ERROR, &item->place, expected, hint,
		 "vif option \"%s\" is \"%s\"", item->key ? item->key : item->value, item->value);
}

static void later(struct nic_reader *reader, const struct spec_item *item)
{
	diag_add(reader->reading->diags, CONFIG_ERROR, &item->place, NULL, NULL,
		 "vif option \"%s\" is not supported yet", item->key);
}

static void set_text(char **out, const char *text)
{
	free(*out);
	*out = text[0] ? config_strdup(text) : NULL;
}

static void read_mac(struct nic_reader *reader, const struct spec_item *item)
{
	static const uint8_t zero[6];
	uint8_t *mac = reader->nic->mac;
	int used = 0;

	if (strspn(item->value, "0123456789abcdefABCDEF:") != 17 || strlen(item->value) != 17 ||
	    sscanf(item->value, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		   &mac[3], &mac[4], &mac[5], &used) != 6 ||
	    used != 17) {
		complain(reader, item, "six pairs of hexadecimal digits, 00:16:3e:xx:yy:zz", NULL);
	} else if (mac[0] & 1) {
		complain(reader, item, "an address of one interface (even first byte)",
			 "this one is a multicast address");
	} else if (memcmp(mac, zero, sizeof(zero)) == 0) {
		complain(reader, item, "an address other than zero", NULL);
	} else {
		reader->nic->mac_set = true;
	}
}

/* BRIDGE[.TAG][:TRUNK…], which says of a port of Open vSwitch in which VLANs it is. */
static bool is_switch(const char *text)
{
	size_t length = strcspn(text, ".:"), digits;
	char name[16];

	if (length >= sizeof(name)) {
		return false;
	}
	memcpy(name, text, length);
	name[length] = '\0';
	for (text += length; *text == ':' || (*text == '.' && length); text += 1 + digits) {
		digits = strspn(text + 1, "0123456789");
		if (!digits) {
			return false;
		}
		length = 0; /* one tag, before the trunks */
	}
	return !*text && spec_is_ifname(name);
}

static void read_bridge(struct nic_reader *reader, const struct spec_item *item)
{
	if (!spec_is_ifname(item->value) && !is_switch(item->value)) {
		complain(reader, item, "the name of a bridge, 1 to 15 characters", NULL);
		return;
	}
	set_text(&reader->nic->bridge, item->value);
}

static void read_vifname(struct nic_reader *reader, const struct spec_item *item)
{
	if (!spec_is_ifname(item->value)) {
		complain(reader, item,
			 "a name for a network interface, 1 to 15 characters without blank, "
			 "/ or :",
			 NULL);
		return;
	}
	strcpy(reader->nic->vifname, item->value);
}

static bool read_number(struct nic_reader *reader, const struct spec_item *item, int64_t min,
			int64_t max, int64_t *number)
{
	char expected[80];

	if (value_parse_number(item->value, number) && *number >= min && *number <= max) {
		return true;
	}
	snprintf(expected, sizeof(expected), "a number, %lld to %lld", (long long)min,
		 (long long)max);
	complain(reader, item, expected, NULL);
	return false;
}

static void read_mtu(struct nic_reader *reader, const struct spec_item *item)
{
	int64_t number;

	if (read_number(reader, item, MIN_MTU, MAX_MTU, &number)) {
		reader->nic->mtu = (uint32_t)number;
	}
}

static void read_devid(struct nic_reader *reader, const struct spec_item *item)
{
	int64_t number;

	if (read_number(reader, item, 0, 65535, &number)) {
		reader->nic->devid = (int)number;
	}
}

/* "10Mb/s" in bytes per second, and what follows it; false if it is no rate. */
static bool parse_rate(const char *text, uint64_t *bytes, const char **rest)
{
	static const struct {
		char letter;
		uint64_t factor;
	} units[] = {{'G', 1000000000}, {'M', 1000000}, {'K', 1000}, {'k', 1000}};
	uint64_t number = 0, factor = 1;

	if (*text < '0' || *text > '9') {
		return false;
	}
	while (*text >= '0' && *text <= '9') {
		number = number * 10 + (uint64_t)(*text++ - '0');
		if (number > 1000000000) {
			return false;
		}
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (*text == units[i].letter) {
			factor = units[i].factor;
			text++;
			break;
		}
	}
	if ((*text != 'b' && *text != 'B') || strncmp(text + 1, "/s", 2) != 0) {
		return false;
	}
	*bytes = *text == 'b' ? number * factor / 8 : number * factor;
	*rest = text + 3;
	return *bytes > 0;
}

/* "20ms" in microseconds. */
static bool parse_interval(const char *text, uint32_t *us)
{
	static const struct {
		const char *name;
		unsigned long factor;
	} units[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}};
	unsigned long number;
	char *end;

	if (*text < '0' || *text > '9') {
		return false;
	}
	number = strtoul(text, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name) == 0) {
			if (number == 0 || number > UINT32_MAX / units[i].factor) {
				return false;
			}
			*us = (uint32_t)(number * units[i].factor);
			return true;
		}
	}
	return false;
}

static void read_rate(struct nic_reader *reader, const struct spec_item *item)
{
	const char *expected = "a rate like 10Mb/s or 500KB/s, perhaps with the interval of its "
			       "credit, 10Mb/s@20ms";
	uint32_t interval = CONFIG_RATE_INTERVAL_US;
	const char *rest;
	uint64_t bytes;

	if (!parse_rate(item->value, &bytes, &rest) || (*rest && *rest != '@') ||
	    (*rest == '@' && !parse_interval(rest + 1, &interval))) {
		complain(reader, item, expected, NULL);
		return;
	}
	bytes = (uint64_t)((unsigned __int128)bytes * interval / 1000000);
	if (bytes == 0 || bytes > UINT32_MAX) {
		complain(reader, item, "a credit of 1 to 4294967295 bytes per interval", NULL);
		return;
	}
	reader->nic->rate_bytes_per_interval = bytes;
	reader->nic->rate_interval_us = interval;
}

static void read_ip(struct nic_reader *reader, const struct spec_item *item)
{
	const char *list = item->value;
	struct config_ip ip;
	int ret;

	do {
		ret = config_ip_next(&list, &ip);
	} while (ret > 0);
	if (ret < 0) {
		complain(reader, item,
			 "IPv4 or IPv6 addresses of the guest, separated by blanks, each perhaps "
			 "with /prefix",
			 NULL);
		return;
	}
	set_text(&reader->nic->ip, item->value);
}

static void read_vlan(struct nic_reader *reader, const struct spec_item *item)
{
	struct config_vlans vlans;

	if (!config_vlan_parse(item->value, &vlans)) {
		complain(reader, item,
			 "VLANs 1 to 4094 separated by /: 10p (untagged), 20, 30-33, 100+10x4",
			 NULL);
		return;
	}
	set_text(&reader->nic->vlan, item->value);
}

static void read_script(struct nic_reader *reader, const struct spec_item *item)
{
	const char *name = strrchr(item->value, '/');

	name = name ? name + 1 : item->value;
	if (strcmp(name, "vif-bridge") == 0) {
		return; /* what is done anyway, without a script */
	}
	set_text(&reader->nic->script, item->value);
}

static void read_gatewaydev(struct nic_reader *reader, const struct spec_item *item)
{
	if (!spec_is_ifname(item->value)) {
		complain(reader, item, "the name of an interface, 1 to 15 characters", NULL);
		return;
	}
	set_text(&reader->nic->gatewaydev, item->value);
}

static void read_backend(struct nic_reader *reader, const struct spec_item *item)
{
	if (spec_is_own_backend(item->value)) {
		return;
	}
	if (!spec_is_domain(item->value)) {
		complain(reader, item, "a domain's name or number", NULL);
		return;
	}
	set_text(&reader->nic->backend, item->value);
}

static void read_type(struct nic_reader *reader, const struct spec_item *item)
{
	if (strcmp(item->value, "vif") == 0) {
		return;
	}
	if (strcmp(item->value, "ioemu") == 0) {
		diag_add(reader->reading->diags, CONFIG_WARNING, &item->place, NULL,
			 "write type=vif or leave it out",
			 "vif option \"type=ioemu\" is for HVM guests only and is ignored");
		return;
	}
	complain(reader, item, "vif", NULL);
}

static void read_hvm(struct nic_reader *reader, const struct spec_item *item)
{
	diag_add(reader->reading->diags, CONFIG_WARNING, &item->place, NULL, NULL,
		 "vif option \"%s\" is for HVM guests only and is ignored", item->key);
}

static void read_later(struct nic_reader *reader, const struct spec_item *item)
{
	later(reader, item);
}

static void read_trust(struct nic_reader *reader, const struct spec_item *item)
{
	bool trusted = strcmp(item->key ? item->key : item->value, "trusted") == 0;

	if (item->key && strcmp(item->value, "0") == 0) {
		trusted = !trusted;
	} else if (item->key && strcmp(item->value, "1") != 0) {
		complain(reader, item, "0 or 1", NULL);
		return;
	}
	reader->nic->trusted = trusted ? CONFIG_TRUE : CONFIG_FALSE;
}

static const struct nic_key {
	const char *name;
	nic_key_fn *read;
	bool is_flag;
} nic_keys[] = {
	{"mac", read_mac, false},
	{"bridge", read_bridge, false},
	{"vifname", read_vifname, false},
	{"mtu", read_mtu, false},
	{"rate", read_rate, false},
	{"ip", read_ip, false},
	{"devid", read_devid, false},
	{"script", read_script, false},
	{"gatewaydev", read_gatewaydev, false},
	{"backend", read_backend, false},
	{"type", read_type, false},
	{"model", read_hvm, false},
	{"vlan", read_vlan, false},
	{"accel", read_later, false},
	{"trusted", read_trust, true},
	{"untrusted", read_trust, true},
};

#define NIC_KEY_COUNT (sizeof(nic_keys) / sizeof(nic_keys[0]))

static const char *nth_nic_key(const void *state, size_t i)
{
	(void)state;
	return i < NIC_KEY_COUNT ? nic_keys[i].name : NULL;
}

static void read_item(struct nic_reader *reader, const struct spec_item *item)
{
	const char *name = item->key ? item->key : item->value;
	char hint[96];

	for (size_t i = 0; i < NIC_KEY_COUNT; i++) {
		if (strcmp(nic_keys[i].name, name) == 0 && (item->key || nic_keys[i].is_flag)) {
			nic_keys[i].read(reader, item);
			return;
		}
	}
	if (item->key) {
		diag_add(reader->reading->diags, CONFIG_ERROR, &item->place, NULL,
			 diag_did_you_mean(hint, sizeof(hint), name, nth_nic_key, NULL),
			 "unknown vif option \"%s\"", name);
		diag_id(reader->reading->diags, "unknown-key");
	} else if (name[0]) {
		diag_add(reader->reading->diags, CONFIG_ERROR, &item->place, "key=value", NULL,
			 "\"%s\" in a vif", name);
	}
}

static bool read_nic(struct reading *reading, const struct value *element, struct config_nic *nic)
{
	struct nic_reader reader = {.reading = reading, .nic = nic};
	size_t errors = reading->diags->error_count;
	struct spec_item item;
	struct spec spec;

	*nic = (struct config_nic){
		.devid = -1,
		.trusted = CONFIG_UNSET,
		.place = place_keep(&element->place),
	};
	spec_open(&spec, reading->doc, element, NULL);
	while (spec_next(&spec, &item, reading->diags)) {
		read_item(&reader, &item);
	}
	if (nic->bridge && !nic->script && !spec_is_ifname(nic->bridge)) {
		diag_add(reading->diags, CONFIG_ERROR, &element->place,
			 "the name of a bridge, 1 to 15 characters",
			 "of an Open vSwitch: add script=vif-openvswitch",
			 "vif option \"bridge\" is \"%s\"", nic->bridge);
	}
	return reading->diags->error_count == errors;
}

static void refuse_twin(struct reading *reading, const struct value *element,
			const struct config_nic *nic)
{
	for (size_t i = 0; i < reading->cfg->nic_count; i++) {
		const struct config_nic *other = &reading->cfg->nics[i];
		const char *same = NULL;

		if (nic->devid >= 0 && nic->devid == other->devid) {
			same = "devid";
		} else if (nic->mac_set && other->mac_set &&
			   memcmp(nic->mac, other->mac, sizeof(nic->mac)) == 0) {
			same = "MAC";
		} else if (nic->vifname[0] && strcmp(nic->vifname, other->vifname) == 0) {
			same = "vifname";
		}
		if (same) {
			diag_add(reading->diags, CONFIG_ERROR, &element->place, NULL, NULL,
				 "two vifs have the same %s (the other in line %d)", same,
				 other->place.line);
		}
	}
}

static void add_nic(struct reading *reading, const struct value *element)
{
	struct domain_config *cfg = reading->cfg;
	struct config_nic nic;

	if (!read_nic(reading, element, &nic)) {
		config_nic_free(&nic);
		return;
	}
	refuse_twin(reading, element, &nic);
	cfg->nics = config_realloc(cfg->nics, (cfg->nic_count + 1) * sizeof(nic));
	cfg->nics[cfg->nic_count++] = nic;
}

void nic_read(struct reading *reading, const struct config_key *key, const struct value *value)
{
	spec_each(reading, key, value, add_nic);
}

int config_parse_nic(const char *text, struct config_nic *out, struct config_diags *diags)
{
	struct doc doc = {0};
	struct reading reading = {.doc = &doc, .diags = diags};
	struct value value = {.type = VALUE_STRING,
			      .text = text,
			      .place = {"vif", 1, 0},
			      .verbatim = true};
	bool good = read_nic(&reading, &value, out);

	doc_free(&doc);
	if (!good) {
		config_nic_free(out);
		return -EINVAL;
	}
	return 0;
}

void config_nic_free(struct config_nic *nic)
{
	free(nic->bridge);
	free(nic->ip);
	free(nic->vlan);
	free(nic->script);
	free(nic->gatewaydev);
	free(nic->backend);
	*nic = (struct config_nic){.devid = -1};
}

static void dump_rate(struct yajl_gen_t *gen, const struct config_nic *nic)
{
	char text[64];
	uint64_t rate = (nic->rate_bytes_per_interval * 1000000 + nic->rate_interval_us - 1) /
			nic->rate_interval_us;

	snprintf(text, sizeof(text), "%lluB/s@%uus", (unsigned long long)rate,
		 nic->rate_interval_us);
	spec_gen_text(gen, "rate", text);
}

void nic_dump(const struct domain_config *cfg, struct yajl_gen_t *gen, const struct config_key *key)
{
	char mac[18];

	if (cfg->nic_count == 0) {
		return;
	}
	yajl_gen_string(gen, (const unsigned char *)key->name, strlen(key->name));
	yajl_gen_array_open(gen);
	for (size_t i = 0; i < cfg->nic_count; i++) {
		const struct config_nic *nic = &cfg->nics[i];

		yajl_gen_map_open(gen);
		if (nic->devid >= 0) {
			spec_gen_number(gen, "devid", nic->devid);
		}
		config_mac_format(nic->mac, mac);
		spec_gen_text(gen, "mac", nic->mac_set ? mac : NULL);
		spec_gen_text(gen, "bridge", nic->bridge);
		spec_gen_text(gen, "vifname", nic->vifname[0] ? nic->vifname : NULL);
		spec_gen_text(gen, "ip", nic->ip);
		spec_gen_text(gen, "vlan", nic->vlan);
		spec_gen_text(gen, "backend", nic->backend);
		spec_gen_text(gen, "script", nic->script);
		spec_gen_text(gen, "gatewaydev", nic->gatewaydev);
		if (nic->mtu) {
			spec_gen_number(gen, "mtu", nic->mtu);
		}
		if (nic->rate_bytes_per_interval) {
			dump_rate(gen, nic);
		}
		spec_gen_tristate(gen, "trusted", nic->trusted);
		yajl_gen_map_close(gen);
	}
	yajl_gen_array_close(gen);
}
