/* SPDX-License-Identifier: MIT */
/* Our ring helpers against a peer made of Debian's macros, and against one that lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ring_peer.h"
#include "xen/io/blkif.h"
#include "xen/io/console.h"

static union {
	struct ring_shared shared;
	uint8_t bytes[4096];
} page;

static struct ring_front front;
static struct ring_back back;

static int with_our_front(void **state)
{
	(void)state;
	memset(&page, 0xaa, sizeof(page));
	ring_shared_init(&page.shared);
	ring_front_init(&front, &page.shared, sizeof(page), sizeof(union blkif_sring_entry));
	peer_back_init(&page);
	return 0;
}

static int with_our_back(void **state)
{
	(void)state;
	memset(&page, 0xaa, sizeof(page));
	peer_shared_init(&page);
	peer_front_init(&page);
	ring_back_init(&back, &page.shared, sizeof(page), sizeof(union blkif_sring_entry), 0);
	return 0;
}

static void front_ask(uint64_t id)
{
	struct blkif_request *request = ring_front_next_request(&front);

	request->id = id;
}

static uint64_t front_take(void)
{
	struct blkif_response response;

	ring_front_take_response(&front, &response, sizeof(response));
	return response.id;
}

static uint64_t back_take(void)
{
	struct blkif_request request;

	ring_back_take_request(&back, &request, sizeof(request));
	return request.id;
}

static void back_answer(uint64_t id)
{
	struct blkif_response *response = ring_back_next_response(&back);

	response->id = id;
}

/* Many more requests than entries, in batches that wrap at every possible place. */
static void test_front_works_with_peer(void **state)
{
	uint64_t asked = 0, answered = 0, id;
	unsigned int round;

	(void)state;
	assert_int_equal(front.nr_ents, peer_entries());
	for (round = 0; round < 1000; round++) {
		unsigned int batch = round % front.nr_ents + 1;

		while (batch-- && ring_front_free(&front)) {
			front_ask(asked++);
		}
		ring_front_push(&front);
		while (peer_back_take(&id)) {
			peer_back_answer(id);
		}
		peer_back_push();
		while (ring_front_unconsumed(&front) > 0) {
			assert_int_equal(front_take(), answered++);
		}
		assert_int_equal(asked, answered);
	}
}

static void test_back_works_with_peer(void **state)
{
	uint64_t asked = 0, answered = 0, id;
	unsigned int round;

	(void)state;
	assert_int_equal(back.nr_ents, peer_entries());
	for (round = 0; round < 1000; round++) {
		unsigned int batch = round % back.nr_ents + 1;

		while (batch-- && peer_front_free()) {
			peer_front_ask(asked++);
		}
		peer_front_push();
		while (ring_back_unconsumed(&back) > 0) {
			back_answer(back_take());
		}
		ring_back_push(&back);
		while (peer_front_take(&id)) {
			assert_int_equal(id, answered++);
		}
		assert_int_equal(asked, answered);
	}
}

/* An event is due exactly when the sleeper announced that it waits. */
static void test_front_notifies_a_waiting_back(void **state)
{
	uint64_t id;

	(void)state;
	assert_false(peer_back_final_check());
	front_ask(1);
	assert_true(ring_front_push(&front));
	front_ask(2);
	assert_false(ring_front_push(&front));
	assert_true(peer_back_take(&id));
	assert_true(peer_back_take(&id));
	assert_int_equal(id, 2);
	assert_false(peer_back_final_check());
	front_ask(3);
	assert_true(ring_front_push(&front));
}

/* On a fresh ring both ends wait for the first entry. */
static void test_fresh_ring_notifies_both(void **state)
{
	uint64_t id;

	(void)state;
	front_ask(1);
	assert_true(ring_front_push(&front));
	assert_true(peer_back_take(&id));
	peer_back_answer(id);
	assert_true(peer_back_push());
}

static void test_front_is_notified(void **state)
{
	uint64_t id;

	(void)state;
	front_ask(1);
	front_ask(2);
	ring_front_push(&front);
	assert_int_equal(ring_front_final_check(&front), 0);
	assert_true(peer_back_take(&id));
	peer_back_answer(id);
	assert_true(peer_back_push());
	assert_true(peer_back_take(&id));
	peer_back_answer(id);
	assert_false(peer_back_push());
	assert_int_equal(ring_front_final_check(&front), 2);
}

static void test_back_notifies_a_waiting_front(void **state)
{
	uint64_t id;

	(void)state;
	peer_front_ask(1);
	peer_front_ask(2);
	peer_front_push();
	assert_int_equal(ring_back_unconsumed(&back), 2);
	assert_false(peer_front_final_check());
	back_answer(back_take());
	assert_true(ring_back_push(&back));
	back_answer(back_take());
	assert_false(ring_back_push(&back));
	assert_true(peer_front_take(&id));
	assert_true(peer_front_take(&id));
	assert_int_equal(ring_back_final_check(&back), 0);
	peer_front_ask(3);
	assert_true(peer_front_push());
}

static void test_front_refuses_answers_never_asked_for(void **state)
{
	(void)state;
	front_ask(1);
	ring_front_push(&front);
	page.shared.rsp_prod = 2;
	assert_int_equal(ring_front_unconsumed(&front), -1);
	page.shared.rsp_prod = UINT32_MAX;
	assert_int_equal(ring_front_final_check(&front), -1);
}

static void test_back_refuses_more_than_the_ring_holds(void **state)
{
	(void)state;
	page.shared.req_prod = back.nr_ents;
	assert_int_equal(ring_back_unconsumed(&back), back.nr_ents);
	page.shared.req_prod = back.nr_ents + 1;
	assert_int_equal(ring_back_unconsumed(&back), -1);
	page.shared.req_prod = UINT32_MAX;
	assert_int_equal(ring_back_final_check(&back), -1);
}

static void test_back_refuses_requests_taken_back(void **state)
{
	(void)state;
	page.shared.req_prod = 4;
	back_take();
	back_take();
	page.shared.req_prod = 1;
	assert_int_equal(ring_back_unconsumed(&back), -1);
}

/* A copy must not change with the page. */
static void test_copy_is_private(void **state)
{
	struct blkif_request request;

	(void)state;
	peer_front_ask(7);
	peer_front_push();
	ring_back_take_request(&back, &request, sizeof(request));
	memset(page.bytes + sizeof(page.shared), 0xff, sizeof(page.bytes) - sizeof(page.shared));
	assert_int_equal(request.id, 7);
}

static void test_entries_follow_the_page_count(void **state)
{
	(void)state;
	assert_int_equal(ring_entries(4096, 112), 32);
	assert_int_equal(ring_entries(16 * 4096, 112), 512);
	assert_int_equal(ring_entries(4096, 12), 256);
	assert_int_equal(ring_entries(sizeof(struct ring_shared) + 112, 112), 1);
	assert_int_equal(ring_entries(sizeof(struct ring_shared) + 2 * 112, 112), 2);
}

/* Byte streams: a text that is longer than the ring, in pieces of every length. */
static void test_bytes_arrive_in_order(void **state)
{
	static struct xencons_interface console;
	RING_IDX own_prod = UINT32_MAX - 100, own_cons = own_prod;
	unsigned int written = 0, taken = 0;
	uint8_t piece[300];
	int32_t count, i;

	(void)state;
	console.in_prod = console.in_cons = own_prod;
	while (taken < 100000) {
		for (i = 0; i < 300; i++) {
			piece[i] = (uint8_t)((written + (uint32_t)i) * 7 % 251);
		}
		count = ring_bytes_write(console.in, sizeof(console.in), &console.in_prod,
					 &own_prod, &console.in_cons, piece, written % 300 + 1);
		assert_true(count >= 0);
		written += (uint32_t)count;
		count = ring_bytes_read(console.in, sizeof(console.in), &console.in_prod,
					&console.in_cons, &own_cons, piece, taken % 299 + 1);
		assert_true(count >= 0);
		for (i = 0; i < count; i++) {
			assert_int_equal(piece[i], (taken + (uint32_t)i) * 7 % 251);
		}
		taken += (uint32_t)count;
	}
	assert_int_equal(console.in_prod - console.in_cons, written - taken);
}

static void test_bytes_stop_at_a_full_ring(void **state)
{
	static struct xencons_interface console;
	RING_IDX own_prod = 0;
	char data[1500] = {0};

	(void)state;
	assert_int_equal(ring_bytes_write(console.in, 1024, &console.in_prod, &own_prod,
					  &console.in_cons, data, sizeof(data)),
			 1024);
	assert_int_equal(ring_bytes_write(console.in, 1024, &console.in_prod, &own_prod,
					  &console.in_cons, data, sizeof(data)),
			 0);
	assert_int_equal(console.in_prod, 1024);
}

static void test_bytes_refuse_bad_indices(void **state)
{
	static struct xencons_interface console;
	RING_IDX own = 0;
	char data[16];

	(void)state;
	console.in_prod = 1025;
	assert_int_equal(ring_bytes_read(console.in, 1024, &console.in_prod, &console.in_cons, &own,
					 data, sizeof(data)),
			 -1);
	console.in_cons = 1;
	assert_int_equal(ring_bytes_write(console.in, 1024, &console.in_prod, &own,
					  &console.in_cons, data, sizeof(data)),
			 -1);
	assert_int_equal(own, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_front_works_with_peer, with_our_front),
		cmocka_unit_test_setup(test_back_works_with_peer, with_our_back),
		cmocka_unit_test_setup(test_front_notifies_a_waiting_back, with_our_front),
		cmocka_unit_test_setup(test_fresh_ring_notifies_both, with_our_front),
		cmocka_unit_test_setup(test_front_is_notified, with_our_front),
		cmocka_unit_test_setup(test_back_notifies_a_waiting_front, with_our_back),
		cmocka_unit_test_setup(test_front_refuses_answers_never_asked_for, with_our_front),
		cmocka_unit_test_setup(test_back_refuses_more_than_the_ring_holds, with_our_back),
		cmocka_unit_test_setup(test_back_refuses_requests_taken_back, with_our_back),
		cmocka_unit_test_setup(test_copy_is_private, with_our_back),
		cmocka_unit_test(test_entries_follow_the_page_count),
		cmocka_unit_test(test_bytes_arrive_in_order),
		cmocka_unit_test(test_bytes_stop_at_a_full_ring),
		cmocka_unit_test(test_bytes_refuse_bad_indices),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
