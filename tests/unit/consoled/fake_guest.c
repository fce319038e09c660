/* SPDX-License-Identifier: MIT */
/* A guest whose page is mapped and whose port is bound, and that counts both. */
#include "fake_guest.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int fake_map(void *arg, uint16_t domid, uint64_t mfn, struct xencons_interface **page)
{
	struct fake_guest *guest = arg;

	assert_int_equal(domid, 5);
	assert_int_equal(mfn, 1234);
	guest->mapped++;
	*page = &guest->page;
	return 0;
}

static int fake_map_grant(void *arg, uint16_t domid, uint32_t ref, struct xencons_interface **page)
{
	struct fake_guest *guest = arg;

	assert_int_equal(domid, 5);
	guest->attempts++;
	if (ref != 8) {
		return -EINVAL;
	}
	guest->mapped++;
	*page = &guest->page;
	return 0;
}

static void fake_unmap(void *arg, struct xencons_interface *page)
{
	struct fake_guest *guest = arg;

	assert_ptr_equal(page, &guest->page);
	guest->mapped--;
}

static int fake_bind(void *arg, uint16_t domid, uint32_t port)
{
	(void)domid;
	if (port == FAKE_BAD_PORT) {
		return -EINVAL;
	}
	((struct fake_guest *)arg)->bound++;
	return FAKE_PORT;
}

static void fake_unbind(void *arg, int port)
{
	assert_int_equal(port, FAKE_PORT);
	((struct fake_guest *)arg)->bound--;
}

static void fake_notify(void *arg, int port)
{
	(void)port;
	((struct fake_guest *)arg)->notified++;
}

static void fake_unmask(void *arg, int port)
{
	(void)port;
	((struct fake_guest *)arg)->unmasked++;
}

struct wire_backend fake_guest_backend(struct fake_guest *guest)
{
	return (struct wire_backend){
		.map = fake_map,
		.map_grant = fake_map_grant,
		.unmap = fake_unmap,
		.bind = fake_bind,
		.unbind = fake_unbind,
		.notify = fake_notify,
		.unmask = fake_unmask,
		.arg = guest,
	};
}

size_t fake_guest_print(struct fake_guest *guest, const char *text, size_t len)
{
	struct xencons_interface *page = &guest->page;
	size_t done = 0;

	while (done < len && page->out_prod - page->out_cons < sizeof(page->out)) {
		page->out[MASK_XENCONS_IDX(page->out_prod, page->out)] = text[done++];
		page->out_prod++;
	}
	return done;
}
