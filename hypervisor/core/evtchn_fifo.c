/* SPDX-License-Identifier: MIT */
/* The FIFO layout of event channels is not offered: guests keep the two-level one. */
#include "core/evtchn.h"
#include "lib/errno.h"

const struct evtchn_layout evtchn_fifo = {.max_ports = 0};

int evtchn_fifo_init_control(struct evtchn_init_control *c)
{
	(void)c;
	return -ENOSYS;
}

int evtchn_fifo_expand_array(const struct evtchn_expand_array *e)
{
	(void)e;
	return -ENOSYS;
}

void evtchn_fifo_destroy(struct domain *d)
{
	(void)d;
}
