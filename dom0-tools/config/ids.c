/* SPDX-License-Identifier: MIT */
/* UUIDs and MAC addresses: reading, writing, and making up the ones a file left open. */
#include "schema.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <yajl/yajl_gen.h>

void config_mac_format(const uint8_t mac[6], char text[18])
{
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
}

void config_uuid_format(const uint8_t uuid[16], char text[37])
{
	static const uint8_t dash_before[] = {4, 6, 8, 10};
	size_t dash = 0;

	for (size_t i = 0; i < 16; i++) {
		if (dash < sizeof(dash_before) && i == dash_before[dash]) {
			*text++ = '-';
			dash++;
		}
		snprintf(text, 3, "%02x", uuid[i]);
		text += 2;
	}
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool config_uuid_parse(const char *text, uint8_t uuid[16])
{
	bool dashes = strlen(text) == 36;

	for (size_t i = 0; i < 16; i++) {
		int high, low;

		if (dashes && (i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-') {
			return false;
		}
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0) {
			return false;
		}
		uuid[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	return *text == '\0';
}

void uuid_read(struct reading *reading, const struct config_key *key, const struct value *value)
{
	static const uint8_t zero[16];
	const char *expected = "text like \"ee0e5ab7-4c11-4b6e-9d4e-0f6ea1b3a6e2\"";
	const char *text = schema_text(reading, key->name, value);

	if (!text) {
		return;
	}
	if (!config_uuid_parse(text, reading->cfg->uuid) ||
	    memcmp(reading->cfg->uuid, zero, sizeof(zero)) == 0) {
		diag_add(reading->diags, CONFIG_ERROR, &value->place, expected, NULL,
			 "\"%s\" is \"%s\"", key->name, text);
		return;
	}
	reading->cfg->uuid_set = true;
}

void uuid_dump(const struct domain_config *cfg, struct yajl_gen_t *gen,
	       const struct config_key *key)
{
	char text[37];

	if (cfg->uuid_set) {
		config_uuid_format(cfg->uuid, text);
		yajl_gen_string(gen, (const unsigned char *)key->name, strlen(key->name));
		yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
	}
}

/* Spreads a number over all its bits (the finalizer of SplitMix64). */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* The same guest gets the same addresses each time; 00:16:3e is Xen's OUI. */
void config_mac_from_uuid(const uint8_t uuid[16], int devid, uint8_t mac[6])
{
	uint64_t halves[2], hash;

	memcpy(halves, uuid, sizeof(halves));
	hash = mix(halves[0] ^ mix(halves[1] + mix((uint64_t)devid + 1)));
	mac[0] = 0x00;
	mac[1] = 0x16;
	mac[2] = 0x3e;
	/* The lower half of the range, as tools that assign addresses by chance do. */
	mac[3] = (uint8_t)(hash >> 16) & 0x7f;
	mac[4] = (uint8_t)(hash >> 8);
	mac[5] = (uint8_t)hash;
}

static bool devid_taken(const struct domain_config *cfg, int devid)
{
	for (size_t i = 0; i < cfg->nic_count; i++) {
		if (cfg->nics[i].devid == devid) {
			return true;
		}
	}
	return false;
}

int config_fill_ids(struct domain_config *cfg)
{
	int devid = 0;

	if (!cfg->uuid_set) {
		if (getrandom(cfg->uuid, sizeof(cfg->uuid), 0) != sizeof(cfg->uuid)) {
			return -EIO;
		}
		cfg->uuid[6] = (cfg->uuid[6] & 0x0f) | 0x40; /* version 4: random */
		cfg->uuid[8] = (cfg->uuid[8] & 0x3f) | 0x80; /* RFC 4122 variant */
		cfg->uuid_set = true;
	}
	for (size_t i = 0; i < cfg->nic_count; i++) {
		struct config_nic *nic = &cfg->nics[i];

		if (nic->devid < 0) {
			while (devid_taken(cfg, devid)) {
				devid++;
			}
			nic->devid = devid;
		}
		if (!nic->mac_set) {
			config_mac_from_uuid(cfg->uuid, nic->devid, nic->mac);
			nic->mac_set = true;
		}
	}
	return 0;
}
