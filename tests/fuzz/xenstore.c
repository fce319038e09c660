/* SPDX-License-Identifier: MIT */
/*
 * The store's protocol under random clients: two in domain 0, two guests. The input is a script:
 * who does what, with payloads put together from words that mean something and from raw bytes.
 * After it the tree and the accounts must be sound, and nothing may leak.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../dom0-tools/stored/connection.h"
#include "../../dom0-tools/stored/control.h"
#include "../../dom0-tools/stored/domain.h"
#include "../../dom0-tools/stored/ring.h"
#include "../../dom0-tools/stored/state.h"
#include "../../dom0-tools/stored/stored.h"

#define CLIENTS 4U
#define FIRST_DOMID 5U
#define IN_ROOM 8192U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---------------------------------------------------------------- the input */

struct input {
	const uint8_t *at;
	size_t left;
};

static uint8_t take(struct input *input)
{
	if (!input->left) {
		return 0;
	}
	input->left--;
	return *input->at++;
}

/* ---------------------------------------------------- clients by byte queues */

struct client {
	struct transport transport; /* first */
	char in[IN_ROOM];
	size_t in_len;
	bool deaf; /* takes nothing of what it is sent */
};

static struct connection *connections[2]; /* of domain 0; NULL once closed */

static ssize_t client_read(struct transport *transport, void *to, size_t len)
{
	struct client *client = (struct client *)transport;

	len = len < client->in_len ? len : client->in_len;
	if (!len) {
		return -EAGAIN;
	}
	memcpy(to, client->in, len);
	client->in_len -= len;
	memmove(client->in, client->in + len, client->in_len);
	return (ssize_t)len;
}

static ssize_t client_write(struct transport *transport, const void *from, size_t len)
{
	struct client *client = (struct client *)transport;

	(void)from;
	return client->deaf ? -EAGAIN : (ssize_t)len;
}

static void client_close(struct transport *transport)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (connections[i] && connections[i]->transport == transport) {
			connections[i] = NULL;
		}
	}
	free(transport);
}

static const struct transport_ops client_ops = {
	.read = client_read,
	.write = client_write,
	.close = client_close,
};

/* ------------------------------------------------------------ guests by rings */

struct guest {
	struct ring ring; /* first */
	struct xenstore_domain_interface page;
};

static void no_notice(struct ring *ring)
{
	(void)ring;
}

static void free_ring(struct ring *ring)
{
	free(ring);
}

static int open_ring(void *arg, uint16_t domid, uint32_t port, struct transport **transport)
{
	struct guest *guest;

	(void)arg;
	(void)port;
	if (domid < FIRST_DOMID || domid > FIRST_DOMID + 1) {
		return -EINVAL;
	}
	guest = calloc(1, sizeof(*guest));
	guest->ring.page = &guest->page;
	guest->ring.notify = no_notice;
	guest->ring.release = free_ring;
	ring_init(&guest->ring);
	*transport = &guest->ring.transport;
	return 0;
}

static int rebind_ring(void *arg, struct transport *transport, uint32_t port)
{
	(void)arg;
	(void)transport;
	(void)port;
	return 0;
}

static const struct stored_backend backend = {.ring_open = open_ring, .ring_rebind = rebind_ring};

/* ------------------------------------------------------------------- actions */

static struct connection *connection_of(struct stored *stored, unsigned int number)
{
	struct domain *domain;

	if (number < 2) {
		return connections[number];
	}
	domain = domain_find(stored, (uint16_t)(FIRST_DOMID + number - 2));
	return domain ? domain->connection : NULL;
}

static void put(struct connection *connection, const void *bytes, size_t len)
{
	struct client *client;
	struct guest *guest;

	if (!connection->subject.domid) {
		client = (struct client *)connection->transport;
		if (len <= IN_ROOM - client->in_len) {
			memcpy(client->in + client->in_len, bytes, len);
			client->in_len += len;
		}
	} else {
		guest = (struct guest *)connection->transport;
		for (size_t i = 0; i < len; i++) {
			/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): it is not */
			guest->page.req[MASK_XENSTORE_IDX(guest->page.req_prod)] =
				((const char *)bytes)[i];
			guest->page.req_prod++;
		}
	}
	connection_wake(connection);
}

/* Bytes 0x80.. stand for these, with the NUL where a part ends. */
static const struct word {
	const char *text;
	size_t len;
} words[] = {
#define WORD(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}
	WORD("/local/domain/5"),
	WORD("/local/domain/6"),
	WORD("/local/domain/0"),
	WORD("/"),
	WORD("/a"),
	WORD("/a/b"),
	WORD("/a/b/c"),
	WORD("data"),
	WORD("data/x"),
	WORD("/tool"),
	WORD("@introduceDomain"),
	WORD("@releaseDomain"),
	WORD("T"),
	WORD("F"),
	WORD("n0"),
	WORD("r5"),
	WORD("b6"),
	WORD("w5"),
	WORD("n5"),
	WORD("5"),
	WORD("6"),
	WORD("0"),
	WORD("1"),
	WORD("token"),
	WORD("quota"),
	WORD("check"),
	WORD("set"),
	WORD("nodes"),
	WORD("help"),
	WORD("memory"),
	WORD("4294967295"),
	WORD("x/y/z"),
};

static size_t make_payload(struct input *input, char *payload, size_t room)
{
	size_t len = 0, n;
	uint8_t byte;

	while (input->left && (byte = take(input)) != 0xff) {
		if (byte == 0xfe) { /* many of the next byte */
			n = (size_t)take(input) * 16;
			n = n < room - len ? n : room - len;
			memset(payload + len, take(input), n);
			len += n;
		} else if (byte >= 0x80) {
			const struct word *word =
				&words[(byte - 0x80) % (sizeof(words) / sizeof(words[0]))];

			n = word->len < room - len ? word->len : room - len;
			memcpy(payload + len, word->text, n);
			len += n;
		} else if (len < room) {
			payload[len++] = (char)byte;
		}
	}
	return len;
}

static void send_request(struct connection *connection, struct input *input)
{
	char payload[XENSTORE_PAYLOAD_MAX + 8];
	struct xsd_sockmsg header = {.type = take(input) % 26};
	uint8_t tx = take(input);

	/* Mostly a transaction that is open, if there is one. */
	header.tx_id = tx < 128 ? 0 : tx < 250 ? connection->last_tx_id : tx;
	header.len = (uint32_t)make_payload(input, payload, sizeof(payload));
	put(connection, &header, sizeof(header));
	put(connection, payload, header.len);
}

/* What only guests with rings can do wrong, or right. */
static void touch_ring(struct connection *connection, struct input *input)
{
	struct guest *guest = (struct guest *)connection->transport;
	uint8_t what = take(input);

	if (what < 64) {
		guest->page.rsp_cons = guest->page.rsp_prod;
	} else if (what < 96) {
		guest->page.rsp_cons += take(input);
	} else if (what < 112) {
		guest->page.req_prod += take(input) * 8U;
	} else if (what < 120) {
		guest->page.connection = XENSTORE_RECONNECT;
	} else {
		memset((char *)&guest->page + XENSTORE_RING_SIZE * 2, take(input), 16);
	}
	if (ring_reconnect(&guest->ring)) {
		connection_reset(connection);
		connection->stopped = false;
	}
	connection_wake(connection);
}

static void act(struct stored *stored, struct input *input)
{
	uint8_t what = take(input);
	struct connection *connection = connection_of(stored, what % CLIENTS);
	static const struct domain_state states[] = {{false, false}, {true, true}, {true, false}};
	struct domain *domain;

	switch (connection ? what / CLIENTS % 8 : 7) {
	case 5:
		if (connection->subject.domid) {
			touch_ring(connection, input);
		} else {
			((struct client *)connection->transport)->deaf = take(input) & 1;
			connection_wake(connection);
		}
		break;
	case 6:
		domain = domain_find(stored, (uint16_t)(FIRST_DOMID + (what & 1)));
		if (domain) {
			domain_update(stored, domain, &states[take(input) % 3]);
		}
		break;
	case 7:
		domain_introduce(stored, (uint16_t)(FIRST_DOMID + (what & 1)), take(input));
		break;
	default:
		send_request(connection, input);
	}
	for (unsigned int i = 0; i < 64 && connections_run(stored); i++) {
	}
}

static void make_client(struct stored *stored, unsigned int number)
{
	struct client *client = calloc(1, sizeof(*client));

	client->transport.ops = &client_ops;
	connections[number] = connection_create(stored, &client->transport, 0);
}

/* ---------------------------------------------------------- the next daemon */

static void heir_close(struct transport *transport)
{
	free(transport);
}

static const struct transport_ops heir_ops = {.close = heir_close};
static const struct transport_ops heir_ring_ops = {.is_ring = true, .close = heir_close};

static int take_socket(void *arg, uint32_t fd, struct transport **transport)
{
	(void)arg;
	(void)fd;
	*transport = calloc(1, sizeof(**transport));
	(*transport)->ops = &heir_ops;
	return 0;
}

static int take_ring(void *arg, uint16_t domid, uint32_t port, uint32_t ours,
		     struct transport **transport)
{
	(void)domid;
	(void)port;
	take_socket(arg, ours, transport);
	(*transport)->ops = &heir_ring_ops;
	return 0;
}

static const struct state_source source = {.socket = take_socket, .ring = take_ring};

/* What one daemon writes the next one understands, down to the last byte. */
static void hand_over(const struct stored *stored)
{
	struct bytes state = {0}, again = {0};
	const char *fault;
	struct stored *next;

	state_dump(stored, true, &state);
	next = state_load(&backend, &source, state.data, state.len, &fault);
	if (!next) {
		fprintf(stderr, "refused: %s\n", fault);
		abort();
	}
	state_dump(next, true, &again);
	if (again.len != state.len || memcmp(again.data, state.data, state.len)) {
		fprintf(stderr, "the next daemon has something else\n");
		abort();
	}
	bytes_free(&state);
	bytes_free(&again);
	stored_destroy(next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct stored *stored = stored_create(&backend);
	const char *check[] = {"check"};
	char text[128];

	/* Small limits, so that short scripts reach them. */
	stored->quota.limit[QUOTA_NODES] = 12;
	stored->quota.limit[QUOTA_WATCHES] = 4;
	stored->quota.limit[QUOTA_TRANSACTIONS] = 2;
	stored->quota.limit[QUOTA_TX_NODES] = 10;
	stored->quota.limit[QUOTA_OUTSTANDING] = 3;
	stored->quota.limit[QUOTA_MEMORY] = 8192;
	make_client(stored, 0);
	make_client(stored, 1);
	domain_introduce(stored, FIRST_DOMID, 1);
	domain_introduce(stored, FIRST_DOMID + 1, 1);
	while (input.left) {
		act(stored, &input);
	}
	control_run(stored, check, 1, text, sizeof(text));
	if (!strstr(text, " 0 faults")) {
		fprintf(stderr, "unsound: %s\n", text);
		abort();
	}
	hand_over(stored);
	stored_destroy(stored);
	return 0;
}
