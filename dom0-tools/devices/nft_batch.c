/* SPDX-License-Identifier: MIT */
/* nf_tables' netlink messages, as linux/netfilter/nf_tables.h describes them. */
#include "nft_batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_TIMEOUT_MS 5000
#define MAX_ATTRS 16384

static void put_be32(struct nl_msg *msg, int attr, uint32_t value)
{
	nla_put_u32(msg, attr, htonl(value));
}

/* A message with nfnetlink's header. The sequence number is its place in the batch. */
static struct nl_msg *message(struct nft_batch *batch, uint16_t type, uint16_t flags,
			      uint8_t family, uint16_t res_id)
{
	struct nfgenmsg header = {.nfgen_family = family,
				  .version = NFNETLINK_V0,
				  .res_id = htons(res_id)};
	struct nl_msg *msg = nlmsg_alloc_size(MAX_ATTRS);

	if (msg && (!nlmsg_put(msg, 0, ++batch->messages, type, 0, NLM_F_REQUEST | flags) ||
		    nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO) < 0)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	batch->full |= !msg;
	return msg;
}

static void append(struct nft_batch *batch, struct nl_msg *msg)
{
	size_t len = msg ? NLMSG_ALIGN(nlmsg_hdr(msg)->nlmsg_len) : 0;

	if (msg && !batch->full && batch->used + len <= sizeof(batch->buf)) {
		memcpy(batch->buf + batch->used, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
		batch->used += len;
	} else {
		batch->full = true;
	}
	nlmsg_free(msg);
}

/* A change of an object; the batch is opened in front of the first. */
static struct nl_msg *change(struct nft_batch *batch, uint8_t type, uint16_t flags)
{
	if (!batch->messages) {
		append(batch,
		       message(batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
	}
	return message(batch, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, batch->family,
		       0);
}

void nft_add_table(struct nft_batch *batch)
{
	struct nl_msg *msg = change(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);

	if (msg) {
		nla_put_string(msg, NFTA_TABLE_NAME, batch->table);
		put_be32(msg, NFTA_TABLE_FLAGS, 0);
	}
	append(batch, msg);
}

void nft_add_chain(struct nft_batch *batch, uint32_t hook, int32_t priority, const char *type,
		   const char *device)
{
	struct nl_msg *msg = change(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *nest;

	if (msg) {
		nla_put_string(msg, NFTA_CHAIN_TABLE, batch->table);
		nla_put_string(msg, NFTA_CHAIN_NAME, batch->chain);
		nest = nla_nest_start(msg, NFTA_CHAIN_HOOK | NLA_F_NESTED);
		put_be32(msg, NFTA_HOOK_HOOKNUM, hook);
		put_be32(msg, NFTA_HOOK_PRIORITY, (uint32_t)priority);
		if (device) {
			nla_put_string(msg, NFTA_HOOK_DEV, device);
		}
		nla_nest_end(msg, nest);
		nla_put_string(msg, NFTA_CHAIN_TYPE, type);
	}
	append(batch, msg);
}

void nft_delete_chain(struct nft_batch *batch)
{
	struct nl_msg *msg = change(batch, NFT_MSG_DELCHAIN, 0);

	if (msg) {
		nla_put_string(msg, NFTA_CHAIN_TABLE, batch->table);
		nla_put_string(msg, NFTA_CHAIN_NAME, batch->chain);
	}
	append(batch, msg);
}

void nft_flush_chain(struct nft_batch *batch)
{
	struct nl_msg *msg = change(batch, NFT_MSG_DELRULE, 0);

	if (msg) {
		nla_put_string(msg, NFTA_RULE_TABLE, batch->table);
		nla_put_string(msg, NFTA_RULE_CHAIN, batch->chain);
	}
	append(batch, msg);
}

void nft_rule_begin(struct nft_batch *batch)
{
	batch->rule = change(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	if (batch->rule) {
		nla_put_string(batch->rule, NFTA_RULE_TABLE, batch->table);
		nla_put_string(batch->rule, NFTA_RULE_CHAIN, batch->chain);
		/* closed by nft_rule_end() */
		nla_nest_start(batch->rule, NFTA_RULE_EXPRESSIONS | NLA_F_NESTED);
	}
}

void nft_rule_end(struct nft_batch *batch)
{
	struct nlattr *list;

	if (batch->rule) {
		list = nlmsg_find_attr(nlmsg_hdr(batch->rule), sizeof(struct nfgenmsg),
				       NFTA_RULE_EXPRESSIONS);
		if (list) {
			nla_nest_end(batch->rule, list);
		}
	}
	append(batch, batch->rule);
	batch->rule = NULL;
}

struct expr {
	struct nlattr *elem;
	struct nlattr *data;
};

static struct expr expr_begin(struct nl_msg *msg, const char *name)
{
	struct expr expr;

	expr.elem = nla_nest_start(msg, NFTA_LIST_ELEM | NLA_F_NESTED);
	nla_put_string(msg, NFTA_EXPR_NAME, name);
	expr.data = nla_nest_start(msg, NFTA_EXPR_DATA | NLA_F_NESTED);
	return expr;
}

static void expr_end(struct nl_msg *msg, const struct expr *expr)
{
	nla_nest_end(msg, expr->data);
	nla_nest_end(msg, expr->elem);
}

static void put_value(struct nl_msg *msg, int attr, const void *value, size_t len)
{
	struct nlattr *nest = nla_nest_start(msg, attr | NLA_F_NESTED);

	nla_put(msg, NFTA_DATA_VALUE, (int)len, value);
	nla_nest_end(msg, nest);
}

static void load_payload(struct nl_msg *msg, enum nft_base base, uint32_t offset, size_t len)
{
	struct expr expr = expr_begin(msg, "payload");

	put_be32(msg, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_be32(msg, NFTA_PAYLOAD_BASE, base);
	put_be32(msg, NFTA_PAYLOAD_OFFSET, offset);
	put_be32(msg, NFTA_PAYLOAD_LEN, (uint32_t)len);
	expr_end(msg, &expr);
}

static void compare(struct nl_msg *msg, uint32_t op, const void *value, size_t len)
{
	struct expr expr = expr_begin(msg, "cmp");

	put_be32(msg, NFTA_CMP_SREG, NFT_REG_1);
	put_be32(msg, NFTA_CMP_OP, op);
	put_value(msg, NFTA_CMP_DATA, value, len);
	expr_end(msg, &expr);
}

void nft_match_meta(struct nft_batch *batch, uint32_t key, const void *value, size_t len)
{
	struct expr expr;

	if (!batch->rule) {
		return;
	}
	expr = expr_begin(batch->rule, "meta");
	put_be32(batch->rule, NFTA_META_DREG, NFT_REG_1);
	put_be32(batch->rule, NFTA_META_KEY, key);
	expr_end(batch->rule, &expr);
	compare(batch->rule, NFT_CMP_EQ, value, len);
}

void nft_match(struct nft_batch *batch, enum nft_base base, uint32_t offset, const void *value,
	       size_t len)
{
	if (batch->rule) {
		load_payload(batch->rule, base, offset, len);
		compare(batch->rule, NFT_CMP_EQ, value, len);
	}
}

void nft_match_not(struct nft_batch *batch, enum nft_base base, uint32_t offset, const void *value,
		   size_t len)
{
	if (batch->rule) {
		load_payload(batch->rule, base, offset, len);
		compare(batch->rule, NFT_CMP_NEQ, value, len);
	}
}

void nft_match_prefix(struct nft_batch *batch, enum nft_base base, uint32_t offset,
		      const uint8_t *value, size_t len, unsigned int bits)
{
	uint8_t mask[16] = {0}, zero[16] = {0}, masked[16];
	struct expr expr;

	if (!batch->rule) {
		return;
	}
	for (unsigned int i = 0; i < bits; i++) {
		mask[i / 8] |= (uint8_t)(0x80 >> (i % 8));
	}
	for (size_t i = 0; i < len; i++) {
		masked[i] = value[i] & mask[i];
	}
	load_payload(batch->rule, base, offset, len);
	if (bits < len * 8) {
		expr = expr_begin(batch->rule, "bitwise");
		put_be32(batch->rule, NFTA_BITWISE_SREG, NFT_REG_1);
		put_be32(batch->rule, NFTA_BITWISE_DREG, NFT_REG_1);
		put_be32(batch->rule, NFTA_BITWISE_LEN, (uint32_t)len);
		put_value(batch->rule, NFTA_BITWISE_MASK, mask, len);
		put_value(batch->rule, NFTA_BITWISE_XOR, zero, len);
		expr_end(batch->rule, &expr);
	}
	compare(batch->rule, NFT_CMP_EQ, masked, len);
}

void nft_counter(struct nft_batch *batch)
{
	struct expr expr;

	if (batch->rule) {
		expr = expr_begin(batch->rule, "counter");
		nla_put_u64(batch->rule, NFTA_COUNTER_BYTES, 0);
		nla_put_u64(batch->rule, NFTA_COUNTER_PACKETS, 0);
		expr_end(batch->rule, &expr);
	}
}

void nft_verdict(struct nft_batch *batch, bool accept)
{
	struct nlattr *data, *verdict;
	struct expr expr;

	if (!batch->rule) {
		return;
	}
	expr = expr_begin(batch->rule, "immediate");
	put_be32(batch->rule, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = nla_nest_start(batch->rule, NFTA_IMMEDIATE_DATA | NLA_F_NESTED);
	verdict = nla_nest_start(batch->rule, NFTA_DATA_VERDICT | NLA_F_NESTED);
	put_be32(batch->rule, NFTA_VERDICT_CODE, accept ? NF_ACCEPT : NF_DROP);
	nla_nest_end(batch->rule, verdict);
	nla_nest_end(batch->rule, data);
	expr_end(batch->rule, &expr);
}

void nft_masq(struct nft_batch *batch)
{
	struct expr expr;

	if (batch->rule) {
		expr = expr_begin(batch->rule, "masq");
		expr_end(batch->rule, &expr);
	}
}

/* The first error, or success when the last change of the batch is acknowledged. */
static int read_answers(int fd, uint32_t last)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	uint8_t buf[16384] __attribute__((aligned(NLMSG_ALIGNTO)));

	for (;;) {
		struct nlmsghdr *header = (struct nlmsghdr *)buf;
		ssize_t got;
		int left;

		if (poll(&pfd, 1, ANSWER_TIMEOUT_MS) <= 0) {
			return -ETIMEDOUT;
		}
		got = recv(fd, buf, sizeof(buf), 0);
		if (got < 0) {
			return -errno;
		}
		left = (int)got;
		for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
			const struct nlmsgerr *answer = nlmsg_data(header);

			if (header->nlmsg_type != NLMSG_ERROR) {
				continue;
			}
			if (answer->error || header->nlmsg_seq == last) {
				return answer->error;
			}
		}
	}
}

int nft_send(struct nft_batch *batch)
{
	struct nl_sock *sock = nl_socket_alloc();
	uint32_t last = batch->messages;
	int ret = -ENOMEM;

	/* the last change asks for an answer; errors come unasked */
	if (batch->used) {
		struct nlmsghdr *header = (struct nlmsghdr *)(void *)batch->buf;
		int left = (int)batch->used;

		while (header->nlmsg_seq != last) {
			header = nlmsg_next(header, &left);
		}
		header->nlmsg_flags |= NLM_F_ACK;
	}
	append(batch, message(batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
	if (sock && !batch->full) {
		ret = nl_connect(sock, NETLINK_NETFILTER) < 0 ? -EPROTONOSUPPORT : 0;
	}
	if (ret == 0 && send(nl_socket_get_fd(sock), batch->buf, batch->used, 0) < 0) {
		ret = -errno;
	}
	if (ret == 0) {
		ret = read_answers(nl_socket_get_fd(sock), last);
	}
	nl_socket_free(sock);
	batch->used = 0;
	batch->messages = 0;
	batch->full = false;
	return ret;
}
