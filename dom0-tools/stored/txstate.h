/* SPDX-License-Identifier: MIT */
/* Open transactions as records of the state. */
#ifndef DOM0_TOOLS_STORED_TXSTATE_H
#define DOM0_TOOLS_STORED_TXSTATE_H

#include "bytes.h"
#include "transaction.h"

/* Appends one transaction. */
void txstate_dump(const struct transaction *tx, struct bytes *to);

/* Loading happens record by record. */
struct txstate {
	struct transaction *tx; /* NULL: none has begun */
	struct tx_node *last;
	unsigned int depth;
	struct tx_node **order; /* those in tx->changes, by their place */
	unsigned int order_count;
};

/* Begins with a STATE_TRANSACTION record. False: it makes no sense, or no memory. */
bool txstate_begin(struct txstate *state, struct connection *connection, struct reader *reader);

/* Takes a STATE_TX_NODE record. */
bool txstate_node(struct txstate *state, struct reader *reader);

/* After the last of them; also without a transaction. */
bool txstate_end(struct txstate *state);

#endif
