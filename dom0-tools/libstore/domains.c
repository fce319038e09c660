/* SPDX-License-Identifier: MIT */
/* What the store knows of domains, and the daemon's control command. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

/* Sends up to three numbers, each as decimal text with its NUL. */
static int talk_numbers(struct store *store, uint32_t type, const uint64_t *numbers,
			unsigned int count, char **reply)
{
	char text[3][24];
	struct iovec parts[3];
	size_t len;

	for (unsigned int i = 0; i < count; i++) {
		snprintf(text[i], sizeof(text[i]), "%" PRIu64, numbers[i]);
		parts[i] = talk_string(text[i]);
	}
	return talk(store, type, STORE_NO_TX, parts, count, reply, &len);
}

int store_introduce(struct store *store, uint32_t domid, uint64_t mfn, uint32_t port)
{
	return talk_numbers(store, XS_INTRODUCE, (uint64_t[]){domid, mfn, port}, 3, NULL);
}

int store_release(struct store *store, uint32_t domid)
{
	return talk_numbers(store, XS_RELEASE, (uint64_t[]){domid}, 1, NULL);
}

int store_resume(struct store *store, uint32_t domid)
{
	return talk_numbers(store, XS_RESUME, (uint64_t[]){domid}, 1, NULL);
}

int store_set_target(struct store *store, uint32_t domid, uint32_t target)
{
	return talk_numbers(store, XS_SET_TARGET, (uint64_t[]){domid, target}, 2, NULL);
}

int store_is_introduced(struct store *store, uint32_t domid)
{
	char *reply;
	int ret = talk_numbers(store, XS_IS_DOMAIN_INTRODUCED, (uint64_t[]){domid}, 1, &reply);

	if (ret) {
		return ret;
	}
	ret = reply[0] == 'T';
	free(reply);
	return ret;
}

char *store_domain_path(struct store *store, uint32_t domid)
{
	char *reply;
	int ret = talk_numbers(store, XS_GET_DOMAIN_PATH, (uint64_t[]){domid}, 1, &reply);

	if (ret) {
		errno = -ret;
		return NULL;
	}
	return reply;
}

char *store_control(struct store *store, const char *const *argv, size_t argc)
{
	struct iovec parts[16];
	char *reply;
	size_t len;
	int ret;

	if (!argc || argc > sizeof(parts) / sizeof(parts[0])) {
		errno = EINVAL;
		return NULL;
	}
	for (size_t i = 0; i < argc; i++) {
		parts[i] = talk_string(argv[i]);
	}
	ret = talk(store, XS_CONTROL, STORE_NO_TX, parts, (unsigned int)argc, &reply, &len);
	if (ret) {
		errno = -ret;
		return NULL;
	}
	return reply;
}
