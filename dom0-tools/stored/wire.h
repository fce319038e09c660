/* SPDX-License-Identifier: MIT */
/* The protocol: from the bytes of a request to the call it means, and back. */
#ifndef DOM0_TOOLS_STORED_WIRE_H
#define DOM0_TOOLS_STORED_WIRE_H

#include "connection.h"

/* Answers the request in connection->header and ->payload (which ends in a NUL behind it). */
void wire_handle(struct connection *connection);

/* Answers with an error (positive errno). */
void wire_error(struct connection *connection, int error);

#endif
