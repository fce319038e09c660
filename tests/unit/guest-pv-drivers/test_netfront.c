/* SPDX-License-Identifier: MIT */
/* The network front against a back that delivers, lies, or goes away. */
#include "cmocka_first.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gnttab/gnttab.h"
#include "netfront/netfront.h"
#include "port/hosted/hosted.h"
#include "port/port.h"

#define FRONT "/local/domain/5/device/vif/0"
#define BACK "/back/vif"
#define TIMEOUT 1000000000UL

static struct {
	struct ring_back tx;
	struct ring_back rx;
	bool is_connected;
	bool holds_requests;
	unsigned int taken; /* packets the front sent */
	uint8_t last[2048];
	uint32_t last_length;
} back;

static struct netfront dev;
static unsigned int received_count;
static uint8_t received_last[2048];
static uint32_t received_length;

static void received(void *arg, const uint8_t *packet, uint32_t length)
{
	(void)arg;
	assert_true(length <= sizeof(received_last));
	memcpy(received_last, packet, length);
	received_length = length;
	received_count++;
}

static void *ring_page(const char *key)
{
	char path[96];
	void *page;

	snprintf(path, sizeof(path), FRONT "/%s", key);
	page = hosted_grant_map((grant_ref_t)atoi(hosted_store_get(path)), 0, true);
	assert_non_null(page);
	return page;
}

static void connect(void)
{
	assert_string_equal(hosted_store_get(FRONT "/request-rx-copy"), "1");
	ring_back_init(&back.tx, ring_page("tx-ring-ref"), 4096, sizeof(union netif_tx_sring_entry),
		       0);
	ring_back_init(&back.rx, ring_page("rx-ring-ref"), 4096, sizeof(union netif_rx_sring_entry),
		       0);
	back.is_connected = true;
	hosted_store_set_number(BACK "/state", XenbusStateConnected);
}

static void disconnect(void)
{
	hosted_grant_unmap((grant_ref_t)atoi(hosted_store_get(FRONT "/tx-ring-ref")));
	hosted_grant_unmap((grant_ref_t)atoi(hosted_store_get(FRONT "/rx-ring-ref")));
	back.is_connected = false;
	hosted_store_set_number(BACK "/state", XenbusStateClosed);
}

static void take_sent(void)
{
	while (ring_back_unconsumed(&back.tx) > 0) {
		struct netif_tx_request req;
		struct netif_tx_response rsp = {.status = NETIF_RSP_OKAY};
		const uint8_t *page;

		ring_back_take_request(&back.tx, &req, sizeof(req));
		page = hosted_grant_map(req.gref, 0, false);
		assert_non_null(page);
		memcpy(back.last, page + req.offset, req.size);
		back.last_length = req.size;
		back.taken++;
		hosted_grant_unmap(req.gref);
		rsp.id = req.id;
		memcpy(ring_back_next_response(&back.tx), &rsp, sizeof(rsp));
	}
	ring_back_push(&back.tx);
}

static void turn(void)
{
	const char *front = hosted_store_get(FRONT "/state");
	int state = front != NULL ? atoi(front) : 0;

	if (!back.is_connected && state == XenbusStateConnected) {
		connect();
	} else if (back.is_connected && state == XenbusStateClosing) {
		hosted_store_set_number(BACK "/state", XenbusStateClosing);
	} else if (back.is_connected && state == XenbusStateClosed) {
		disconnect();
	}
	if (back.is_connected && !back.holds_requests) {
		take_sent();
	}
}

/* Puts one answer on the receive ring, taking a request for it when there should be one. */
static void give(struct netif_rx_response rsp, const void *data, size_t length)
{
	struct netif_rx_request req;
	uint8_t *page;

	assert_true(ring_back_unconsumed(&back.rx) > 0);
	ring_back_take_request(&back.rx, &req, sizeof(req));
	page = hosted_grant_map(req.gref, 0, true);
	assert_non_null(page);
	memcpy(page + (rsp.offset < 4096 ? rsp.offset : 0), data, length);
	hosted_grant_unmap(req.gref);
	if (rsp.id == 0) {
		rsp.id = req.id;
	}
	memcpy(ring_back_next_response(&back.rx), &rsp, sizeof(rsp));
	ring_back_push(&back.rx);
}

static int setup(void **state)
{
	(void)state;
	memset(&back, 0, sizeof(back));
	received_count = 0;
	hosted_reset(turn);
	hosted_store_set(FRONT "/backend", BACK);
	hosted_store_set(FRONT "/backend-id", "0");
	hosted_store_set(FRONT "/mac", "00:16:3e:01:02:ff");
	hosted_store_set_number(BACK "/state", XenbusStateInitWait);
	return gnttab_init(1) != 0 || xenbus_init() != 0;
}

static int setup_open(void **state)
{
	return setup(state) != 0 || netfront_open(&dev, 0, TIMEOUT) != 0;
}

static void test_life(void **state)
{
	static const uint8_t mac[] = {0, 0x16, 0x3e, 1, 2, 0xff};
	unsigned int refs;

	(void)state;
	refs = gnttab_free_count();
	assert_int_equal(netfront_open(&dev, 0, TIMEOUT), 0);
	assert_memory_equal(dev.mac, mac, 6);
	assert_int_equal(ring_back_unconsumed(&back.rx), NETFRONT_RX_SLOTS);
	assert_int_equal(netfront_close(&dev, TIMEOUT), 0);
	assert_int_equal(hosted_pages_in_use(), 0);
	assert_int_equal(hosted_ports_open(), 0);
	assert_int_equal(gnttab_free_count(), refs);
	assert_int_equal(netfront_open(&dev, 7, TIMEOUT), -ENODEV);
}

static void test_send(void **state)
{
	uint8_t packet[NETFRONT_MAX_PACKET];

	(void)state;
	memset(packet, 0x77, sizeof(packet));
	for (unsigned int i = 0; i < 100; i++) {
		packet[0] = (uint8_t)i;
		assert_int_equal(netfront_send(&dev, packet, sizeof(packet)), 0);
		port_wait(0);
		assert_int_equal(back.taken, i + 1);
		assert_int_equal(back.last_length, sizeof(packet));
		assert_memory_equal(back.last, packet, sizeof(packet));
	}
	assert_int_equal(netfront_send(&dev, packet, sizeof(packet) + 1), -EINVAL);
	assert_int_equal(netfront_send(&dev, packet, 0), -EINVAL);
	back.holds_requests = true;
	for (unsigned int i = 0; i < NETFRONT_TX_SLOTS; i++) {
		assert_int_equal(netfront_send(&dev, packet, 60), 0);
	}
	assert_int_equal(netfront_send(&dev, packet, 60), -EAGAIN);
}

static void test_receive(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 300; i++) {
		char text[16];

		snprintf(text, sizeof(text), "packet %u", i);
		give((struct netif_rx_response){.offset = (uint16_t)(i % 64), .status = 12}, text,
		     12);
		assert_int_equal(netfront_poll(&dev, received, NULL), 0);
		assert_int_equal(received_count, i + 1);
		assert_int_equal(received_length, 12);
		assert_memory_equal(received_last, text, strlen(text));
	}
	/* errors and packets of several slots are dropped, one by one */
	give((struct netif_rx_response){.status = NETIF_RSP_ERROR}, "", 0);
	give((struct netif_rx_response){.status = 100, .flags = NETRXF_more_data}, "", 0);
	give((struct netif_rx_response){.status = 100}, "", 0);
	give((struct netif_rx_response){.status = 3}, "abc", 3);
	assert_int_equal(netfront_poll(&dev, received, NULL), 0);
	assert_int_equal(dev.dropped, 3);
	assert_int_equal(received_count, 301);
	assert_int_equal(ring_back_unconsumed(&back.rx), NETFRONT_RX_SLOTS);
}

/* What the back may not say. */
static void test_liar(void **state)
{
	static const struct netif_rx_response lies[] = {
		{.id = 9999, .status = 10},     {.id = NETFRONT_RX_SLOTS, .status = 10},
		{.offset = 4097, .status = 10}, {.offset = 4000, .status = 97},
		{.offset = 0, .status = 4097},  {.offset = 65535, .status = 1},
	};

	for (unsigned int i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		assert_int_equal(setup_open(state), 0);
		give(lies[i], "", 0);
		assert_int_equal(netfront_poll(&dev, received, NULL), -EIO);
		assert_int_equal(received_count, 0);
		assert_int_equal(netfront_send(&dev, "x", 1), -EIO);
	}
	/* the same buffer twice, an extra slot, an index beyond, a page kept */
	assert_int_equal(setup_open(state), 0);
	give((struct netif_rx_response){.id = 5, .status = 10}, "", 0);
	give((struct netif_rx_response){.id = 5, .status = 10}, "", 0);
	assert_int_equal(netfront_poll(&dev, received, NULL), -EIO);
	assert_int_equal(setup_open(state), 0);
	give((struct netif_rx_response){.status = 10, .flags = NETRXF_extra_info}, "", 0);
	give((struct netif_rx_response){.status = 10}, "", 0);
	assert_int_equal(netfront_poll(&dev, received, NULL), -EIO);
	assert_int_equal(setup_open(state), 0);
	back.rx.shared->rsp_prod += NETFRONT_RX_SLOTS + 1;
	assert_int_equal(netfront_poll(&dev, received, NULL), -EIO);
	assert_int_equal(setup_open(state), 0);
	back.tx.shared->rsp_prod += 1;
	assert_int_equal(netfront_poll(&dev, received, NULL), -EIO);
	assert_int_equal(setup_open(state), 0);
	assert_non_null(hosted_grant_map((grant_ref_t)dev.rx_buffers[0].ref, 0, true));
	give((struct netif_rx_response){.id = 1, .status = 10}, "", 0);
	hosted_grant_map((grant_ref_t)dev.rx_buffers[1].ref, 0, true);
	assert_int_equal(netfront_poll(&dev, received, NULL), -EIO);
}

static void test_no_memory(void **state)
{
	for (unsigned int k = 1; k <= 2 + NETFRONT_TX_SLOTS + NETFRONT_RX_SLOTS; k++) {
		assert_int_equal(setup(state), 0);
		hosted_fail_page(k);
		assert_int_equal(netfront_open(&dev, 0, TIMEOUT), -ENOMEM);
		assert_int_equal(hosted_pages_in_use(), 0);
		assert_int_equal(hosted_ports_open(), 0);
	}
}

static void test_bad_store(void **state)
{
	static const char *const macs[] = {"", "00:16:3e:01:02", "00:16:3e:01:02:100", "zz"};

	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(setup(state), 0);
		hosted_store_set(FRONT "/mac", macs[i]);
		assert_int_equal(netfront_open(&dev, 0, TIMEOUT), -ENODEV);
	}
	assert_int_equal(setup(state), 0);
	hosted_store_set(FRONT "/backend-id", "40000");
	assert_int_equal(netfront_open(&dev, 0, TIMEOUT), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_life, setup),
		cmocka_unit_test_setup(test_send, setup_open),
		cmocka_unit_test_setup(test_receive, setup_open),
		cmocka_unit_test(test_liar),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_bad_store),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	hosted_reset(NULL);
	return failed;
}
