/* SPDX-License-Identifier: MIT */
/* Clients without sockets or rings: requests go in as bytes, answers come out as bytes. */
#ifndef TESTS_UNIT_STORED_FAKE_H
#define TESTS_UNIT_STORED_FAKE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../dom0-tools/stored/connection.h"
#include "../../../dom0-tools/stored/domain.h"
#include "../../../dom0-tools/stored/stored.h"

#define FAKE_ROOM 65536U
#define FAKE_EVENTS 1024U

/* One client; freed by the store when its connection is destroyed. */
struct fake {
	struct transport transport; /* first */
	struct connection *connection;
	char in[FAKE_ROOM]; /* on its way to the daemon */
	size_t in_len;
	char out[FAKE_ROOM]; /* on its way to the client */
	size_t out_len;
	size_t out_limit;              /* what the client's end holds: less = a slow reader */
	int fault;                     /* returned by reads and writes if not 0 */
	uint32_t stopped;              /* error it was stopped with */
	char events[FAKE_EVENTS][160]; /* "path token", cut to size */
	unsigned int event_count;
	unsigned int event_next;
	uint32_t last_id;
	struct {
		uint32_t type;
		size_t len;
		char data[XENSTORE_PAYLOAD_MAX + 1]; /* ends in a NUL of its own */
	} reply;
};

/* A store whose guests' rings are fakes. */
struct stored *fake_store(void);

/* A client in domain 0. */
struct fake *fake_client(struct stored *stored);

/* An end for a connection that a store takes over from another. */
struct fake *fake_heir(bool is_guest);

/* Introduces a domain and returns its client. Its home is made and given to it. */
struct fake *fake_guest(struct stored *stored, uint16_t domid);

/* Gives turns until nobody wants one. */
void fake_run(struct stored *stored);

/* Puts bytes on the way to the daemon, and one whole request. */
void fake_put(struct fake *fake, const void *bytes, size_t len);
void fake_send(struct fake *fake, uint32_t type, uint32_t tx, const void *data, size_t len);

/* Takes the next message; events are kept aside. False if no answer is there. */
bool fake_take(struct fake *fake);

/* Sends a request, runs the store and takes the answer, which must come. */
void ask(struct fake *fake, uint32_t type, uint32_t tx, const void *data, size_t len);

/* The next event, "path token", or NULL. */
const char *next_event(struct fake *fake);
void drop_events(struct fake *fake);

/* A string of several parts, "a\0b": with its last NUL. */
#define PARTS(text) (text), sizeof(text)

#define ASK(fake, op, tx, text) ask(fake, op, tx, PARTS(text))
#define OK(fake, op, tx, text)                                 \
	do {                                                   \
		ASK(fake, op, tx, text);                       \
		assert_string_equal((fake)->reply.data, "OK"); \
		assert_int_equal((fake)->reply.type, op);      \
	} while (0)
#define FAILS(fake, op, tx, text, error)                        \
	do {                                                    \
		ASK(fake, op, tx, text);                        \
		assert_string_equal((fake)->reply.data, error); \
		assert_int_equal((fake)->reply.type, XS_ERROR); \
	} while (0)

/* XS_WRITE's value has no NUL. */
#define WRITE(fake, tx, text)                                    \
	do {                                                     \
		ask(fake, XS_WRITE, tx, text, sizeof(text) - 1); \
		assert_string_equal((fake)->reply.data, "OK");   \
	} while (0)
#define WRITE_FAILS(fake, tx, text, error)                       \
	do {                                                     \
		ask(fake, XS_WRITE, tx, text, sizeof(text) - 1); \
		assert_string_equal((fake)->reply.data, error);  \
		assert_int_equal((fake)->reply.type, XS_ERROR);  \
	} while (0)
#define READS(fake, tx, path, value)                                           \
	do {                                                                   \
		ASK(fake, XS_READ, tx, path);                                  \
		assert_int_equal((fake)->reply.type, XS_READ);                 \
		assert_int_equal((fake)->reply.len, sizeof(value) - 1);        \
		assert_memory_equal((fake)->reply.data, value, sizeof(value)); \
	} while (0)
#define EVENT(fake, text)                              \
	do {                                           \
		const char *event_ = next_event(fake); \
		assert_non_null(event_);               \
		assert_string_equal(event_, text);     \
	} while (0)
#define NO_EVENT(fake) assert_null(next_event(fake))

/* Opens a transaction and returns its id. */
uint32_t begin(struct fake *fake);

/* Ends one with "T" and says how: "OK" or an error's name. */
const char *commit(struct fake *fake, uint32_t tx);

/* The tree and its accounts are sound; called by every test at its end. */
void check_store(struct stored *stored);

/* For cmocka: a store in *state with a client in domain 0. */
struct world {
	struct stored *stored;
	struct fake *dom0;
};
int world_setup(void **state);
int world_teardown(void **state);

#endif
