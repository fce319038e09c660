/* SPDX-License-Identifier: MIT */
/* Changes of nf_tables over netlink: messages gathered in a batch that the kernel does whole. */
#ifndef DOM0_TOOLS_DEVICES_NFT_BATCH_H
#define DOM0_TOOLS_DEVICES_NFT_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nl_msg;

#define NFT_BATCH_SIZE 32768

/* Zero-initialised = empty. What does not fit makes the sending fail. */
struct nft_batch {
	uint8_t family; /* NFPROTO_* */
	const char *table;
	const char *chain;
	size_t used;
	unsigned int messages;
	bool full;
	struct nl_msg *rule; /* being written */
	uint8_t buf[NFT_BATCH_SIZE];
};

/* Objects. Adding what exists and deleting what does not … is the sender's to expect. */
void nft_add_table(struct nft_batch *batch);
/* hook as of the family, type "filter" or "nat", device for the family netdev or NULL */
void nft_add_chain(struct nft_batch *batch, uint32_t hook, int32_t priority, const char *type,
		   const char *device);
void nft_delete_chain(struct nft_batch *batch);
void nft_flush_chain(struct nft_batch *batch);

/* A rule: begin, expressions in their order, end. */
enum nft_base { NFT_BASE_LINK, NFT_BASE_NETWORK, NFT_BASE_TRANSPORT };
void nft_rule_begin(struct nft_batch *batch);
void nft_match_meta(struct nft_batch *batch, uint32_t key, const void *value, size_t len);
void nft_match(struct nft_batch *batch, enum nft_base base, uint32_t offset, const void *value,
	       size_t len);
void nft_match_not(struct nft_batch *batch, enum nft_base base, uint32_t offset, const void *value,
		   size_t len);
/* Only the first `bits` of it count. */
void nft_match_prefix(struct nft_batch *batch, enum nft_base base, uint32_t offset,
		      const uint8_t *value, size_t len, unsigned int bits);
void nft_counter(struct nft_batch *batch);
void nft_verdict(struct nft_batch *batch, bool accept);
void nft_masq(struct nft_batch *batch);
void nft_rule_end(struct nft_batch *batch);

/* Does all of it or nothing: 0 or -errno. Empties the batch. */
int nft_send(struct nft_batch *batch);

#endif
