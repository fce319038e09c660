/* SPDX-License-Identifier: MIT */
/* Requests taken apart, dispatched by a table, and answered. */
#include "wire.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libdaemon/log.h"
#include "access.h"
#include "control.h"
#include "domain.h"
#include "path.h"
#include "transaction.h"
#include "watch.h"

#define MAX_PARTS 16U

/* A request taken apart at its NULs. */
struct request {
	struct connection *connection;
	struct transaction *tx;
	const char *parts[MAX_PARTS]; /* NUL-ended strings */
	unsigned int part_count;      /* as many as were ended by a NUL, capped */
	const char *data;             /* the bytes behind the first string */
	size_t data_len;
	char path[XENSTORE_ABS_PATH_MAX + 1];
};

struct handler {
	const char *name;
	int (*handle)(struct request *request); /* 0 = answered, or a positive errno */
	unsigned int min_parts;
	bool has_path; /* the first part is a node's path */
	bool privileged;
};

static const struct {
	int number;
	const char *name;
} error_names[] = {
	{EINVAL, "EINVAL"},       {EACCES, "EACCES"},   {EEXIST, "EEXIST"}, {EISDIR, "EISDIR"},
	{ENOENT, "ENOENT"},       {ENOMEM, "ENOMEM"},   {ENOSPC, "ENOSPC"}, {EIO, "EIO"},
	{ENOTEMPTY, "ENOTEMPTY"}, {ENOSYS, "ENOSYS"},   {EROFS, "EROFS"},   {EBUSY, "EBUSY"},
	{EAGAIN, "EAGAIN"},       {EISCONN, "EISCONN"}, {E2BIG, "E2BIG"},   {EPERM, "EPERM"},
};

void wire_error(struct connection *connection, int error)
{
	const char *name = "EINVAL"; /* what has no name in the protocol */

	for (size_t i = 0; i < sizeof(error_names) / sizeof(error_names[0]); i++) {
		if (error_names[i].number == error) {
			name = error_names[i].name;
		}
	}
	connection_answer(connection, XS_ERROR, name, strlen(name) + 1);
}

static int answer_ok(const struct request *request)
{
	connection_answer(request->connection, request->connection->header.type, "OK", 3);
	return 0;
}

static int answer(const struct request *request, const void *data, size_t len)
{
	if (len > XENSTORE_PAYLOAD_MAX) {
		return E2BIG;
	}
	connection_answer(request->connection, request->connection->header.type, data, len);
	return 0;
}

/* "OK" for 0, else the error. */
static int answer_result(const struct request *request, int ret)
{
	return ret ? -ret : answer_ok(request);
}

/* A decimal number below `end`. */
static bool parse_number(const char *text, unsigned long end, unsigned long *number)
{
	char *stop;

	if (!isdigit((unsigned char)text[0])) {
		return false;
	}
	errno = 0;
	*number = strtoul(text, &stop, 10);
	return !errno && !*stop && *number < end;
}

static bool parse_domid(const char *text, uint16_t *domid)
{
	unsigned long number;

	if (!parse_number(text, DOMID_COUNT, &number)) {
		return false;
	}
	*domid = (uint16_t)number;
	return true;
}

static struct access access_of(struct request *request)
{
	return (struct access){.connection = request->connection,
			       .tx = request->tx,
			       .path = request->path};
}

/* ------------------------------------------------------------------- nodes */

/* Children's names gathered for an answer. */
struct listing {
	char text[XENSTORE_PAYLOAD_MAX];
	size_t len;  /* may exceed the room: then it is too long for one answer */
	size_t skip; /* bytes of names that are left out at the start */
	bool cut;    /* a name did not fit; only when cutting is allowed */
	bool may_cut;
};

static bool list_name(const char *name, void *arg)
{
	struct listing *listing = arg;
	size_t len = strlen(name) + 1;

	if (listing->skip >= len) {
		listing->skip -= len;
		return true;
	}
	/* An offset into the middle of a name gives its rest. */
	name += listing->skip;
	len -= listing->skip;
	listing->skip = 0;
	/* One byte stays free for the empty name that ends the last part. */
	if (listing->may_cut && listing->len + len + 1 > sizeof(listing->text)) {
		listing->cut = true;
		return false;
	}
	if (listing->len + len <= sizeof(listing->text)) {
		memcpy(listing->text + listing->len, name, len);
	}
	listing->len += len;
	return true;
}

static int handle_directory(struct request *request)
{
	struct access access = access_of(request);
	struct listing listing;
	struct view view;
	int ret = access_read(&access, NOTE_CHILDREN, &view);

	if (ret) {
		return -ret;
	}
	listing.len = listing.skip = 0;
	listing.cut = listing.may_cut = false;
	view_children(&view, list_name, &listing);
	return answer(request, listing.text, listing.len);
}

static int handle_directory_part(struct request *request)
{
	struct access access = access_of(request);
	struct listing listing;
	struct view view;
	unsigned long offset;
	int ret;

	if (!parse_number(request->parts[1], 1UL << 31, &offset)) {
		return EINVAL;
	}
	ret = access_read(&access, NOTE_CHILDREN, &view);
	if (ret) {
		return -ret;
	}
	listing.len = (size_t)snprintf(listing.text, 32, "%llu",
				       (unsigned long long)view_listing(&view)) +
		      1;
	listing.skip = offset;
	listing.cut = false;
	listing.may_cut = true;
	view_children(&view, list_name, &listing);
	if (!listing.cut) {
		listing.text[listing.len++] = '\0';
	}
	return answer(request, listing.text, listing.len);
}

static int handle_read(struct request *request)
{
	struct access access = access_of(request);
	struct view view;
	const char *value;
	size_t len;
	int ret = access_read(&access, NOTE_VALUE, &view);

	if (ret) {
		return -ret;
	}
	value = view_value(&view, &len);
	return answer(request, value, len);
}

static int handle_write(struct request *request)
{
	struct access access = access_of(request);

	return answer_result(request, access_write(&access, request->data, request->data_len));
}

static int handle_mkdir(struct request *request)
{
	struct access access = access_of(request);

	return answer_result(request, access_mkdir(&access));
}

static int handle_rm(struct request *request)
{
	struct access access = access_of(request);

	return answer_result(request, access_rm(&access));
}

/* The permissions of "@introduceDomain" and "@releaseDomain"; NULL for other paths. */
static struct perms *special_perms(struct stored *stored, const char *path)
{
	if (!strcmp(path, "@introduceDomain")) {
		return &stored->introduce_perms;
	}
	return !strcmp(path, "@releaseDomain") ? &stored->release_perms : NULL;
}

static int handle_get_perms(struct request *request)
{
	struct stored *stored = request->connection->stored;
	const struct perms *perms = special_perms(stored, request->parts[0]);
	struct access access = access_of(request);
	char text[XENSTORE_PAYLOAD_MAX];
	struct view view;
	int ret;

	if (!perms) {
		ret = path_absolute(request->connection, request->parts[0], request->path);
		ret = ret ? ret : access_read(&access, NOTE_PERMS, &view);
		if (ret) {
			return -ret;
		}
		perms = view_perms(&view);
	} else if (!subject_is_privileged(&request->connection->subject)) {
		return EACCES;
	}
	return answer(request, text, perms_format(stored, perms, text, sizeof(text)));
}

static int handle_set_perms(struct request *request)
{
	struct stored *stored = request->connection->stored;
	struct perms *special = special_perms(stored, request->parts[0]);
	struct access access = access_of(request);
	struct perms perms;
	int ret = perms_parse(request->data, request->data_len, &perms);

	if (ret) {
		return -ret;
	}
	if (!special) {
		ret = path_absolute(request->connection, request->parts[0], request->path);
		ret = ret ? ret : access_set_perms(&access, &perms);
		perms_free(&perms);
		return answer_result(request, ret);
	}
	if (!subject_is_privileged(&request->connection->subject)) {
		perms_free(&perms);
		return EACCES;
	}
	perms.since = stored->generation + 1;
	perms_free(special);
	*special = perms;
	return answer_ok(request);
}

/* ----------------------------------------------------------------- watches */

/* The path of a watch, made absolute in request->path; what is cut off its events goes to
 * *prefix_len. */
static int watch_path(struct request *request, size_t *prefix_len)
{
	const char *path = request->parts[0];

	*prefix_len = 0;
	if (path[0] == '@') {
		if (!special_perms(request->connection->stored, path)) {
			return -EINVAL;
		}
		strcpy(request->path, path);
		return 0;
	}
	if (path[0] != '/') {
		*prefix_len = path_prefix(request->connection, request->path);
	}
	return path_absolute(request->connection, path, request->path);
}

static int handle_watch(struct request *request)
{
	unsigned long depth = WATCH_ANY_DEPTH;
	size_t prefix_len;
	struct watch *watch;
	int ret = watch_path(request, &prefix_len);

	if (ret) {
		return -ret;
	}
	if (request->part_count > 2 && !parse_number(request->parts[2], WATCH_ANY_DEPTH, &depth)) {
		return EINVAL;
	}
	ret = watch_add(request->connection, request->path, prefix_len, request->parts[1],
			(uint32_t)depth, &watch);
	if (ret) {
		return -ret;
	}
	answer_ok(request);
	watch_fire_first(watch);
	return 0;
}

static int handle_unwatch(struct request *request)
{
	size_t prefix_len;
	int ret = watch_path(request, &prefix_len);

	ret = ret ? ret : watch_remove(request->connection, request->path, request->parts[1]);
	return answer_result(request, ret);
}

static int handle_reset_watches(struct request *request)
{
	struct connection *connection = request->connection;
	struct transaction *tx;

	/* A kernel that starts anew in an old domain knows of neither. */
	watch_remove_all(connection);
	while ((tx = LIST_FIRST(&connection->transactions))) {
		tx_drop(tx);
	}
	return answer_ok(request);
}

/* ------------------------------------------------------------ transactions */

static int handle_transaction_start(struct request *request)
{
	char text[16];
	uint32_t id;
	int ret;

	if (request->tx) {
		return EBUSY;
	}
	ret = tx_begin(request->connection, &id);
	if (ret) {
		return -ret;
	}
	return answer(request, text, (size_t)snprintf(text, sizeof(text), "%u", id) + 1);
}

static int handle_transaction_end(struct request *request)
{
	const char *verdict = request->parts[0];

	if (!request->tx) {
		return ENOENT;
	}
	if (!strcmp(verdict, "T")) {
		return answer_result(request, tx_commit(request->tx));
	}
	if (!strcmp(verdict, "F")) {
		tx_drop(request->tx);
		return answer_ok(request);
	}
	return EINVAL;
}

/* ----------------------------------------------------------------- domains */

static int handle_introduce(struct request *request)
{
	unsigned long port;
	uint16_t domid;

	if (!parse_domid(request->parts[0], &domid) || !domid ||
	    !parse_number(request->parts[2], 1UL << 31, &port) || !port) {
		return EINVAL;
	}
	return answer_result(request,
			     domain_introduce(request->connection->stored, domid, (uint32_t)port));
}

static int handle_release(struct request *request)
{
	uint16_t domid;

	if (!parse_domid(request->parts[0], &domid) || !domid) {
		return EINVAL;
	}
	return answer_result(request, domain_release(request->connection->stored, domid));
}

static int handle_get_domain_path(struct request *request)
{
	char path[40];
	uint16_t domid;

	if (!parse_domid(request->parts[0], &domid)) {
		return EINVAL;
	}
	return answer(request, path,
		      (size_t)snprintf(path, sizeof(path), "/local/domain/%u", domid) + 1);
}

static int handle_is_introduced(struct request *request)
{
	uint16_t domid;

	if (!parse_domid(request->parts[0], &domid)) {
		return EINVAL;
	}
	return answer(request,
		      !domid || domain_find(request->connection->stored, domid) ? "T" : "F", 2);
}

static int handle_resume(struct request *request)
{
	uint16_t domid;

	if (!parse_domid(request->parts[0], &domid)) {
		return EINVAL;
	}
	return answer_result(request, domain_resume(request->connection->stored, domid));
}

static int handle_set_target(struct request *request)
{
	uint16_t domid, target;

	if (!parse_domid(request->parts[0], &domid) || !parse_domid(request->parts[1], &target)) {
		return EINVAL;
	}
	return answer_result(request,
			     domain_set_target(request->connection->stored, domid, target));
}

static int handle_control(struct request *request)
{
	char text[XENSTORE_PAYLOAD_MAX];
	struct update *update = &request->connection->stored->update;
	int ret = control_run(request->connection->stored, request->parts, request->part_count,
			      text, sizeof(text));

	if (ret == CONTROL_LATER) {
		update->asker = request->connection;
		update->req_id = request->connection->header.req_id;
		update->tx_id = request->connection->header.tx_id;
		return 0;
	}
	return ret ? -ret : answer(request, text, strlen(text) + 1);
}

/* ---------------------------------------------------------------- dispatch */

static const struct handler handlers[] = {
	[XS_CONTROL] = {"control", handle_control, 1, false, true},
	[XS_DIRECTORY] = {"directory", handle_directory, 1, true, false},
	[XS_READ] = {"read", handle_read, 1, true, false},
	[XS_GET_PERMS] = {"get_perms", handle_get_perms, 1, false, false},
	[XS_WATCH] = {"watch", handle_watch, 2, false, false},
	[XS_UNWATCH] = {"unwatch", handle_unwatch, 2, false, false},
	[XS_TRANSACTION_START] = {"transaction_start", handle_transaction_start, 0, false, false},
	[XS_TRANSACTION_END] = {"transaction_end", handle_transaction_end, 1, false, false},
	[XS_INTRODUCE] = {"introduce", handle_introduce, 3, false, true},
	[XS_RELEASE] = {"release", handle_release, 1, false, true},
	[XS_GET_DOMAIN_PATH] = {"get_domain_path", handle_get_domain_path, 1, false, false},
	[XS_WRITE] = {"write", handle_write, 1, true, false},
	[XS_MKDIR] = {"mkdir", handle_mkdir, 1, true, false},
	[XS_RM] = {"rm", handle_rm, 1, true, false},
	[XS_SET_PERMS] = {"set_perms", handle_set_perms, 2, false, false},
	[XS_IS_DOMAIN_INTRODUCED] = {"is_domain_introduced", handle_is_introduced, 1, false, false},
	[XS_RESUME] = {"resume", handle_resume, 1, false, true},
	[XS_SET_TARGET] = {"set_target", handle_set_target, 2, false, true},
	[XS_RESET_WATCHES] = {"reset_watches", handle_reset_watches, 0, false, false},
	[XS_DIRECTORY_PART] = {"directory_part", handle_directory_part, 2, true, false},
};

static void split(struct request *request)
{
	const char *at = request->connection->payload;
	const char *end = at + request->connection->header.len;
	const char *stop;

	request->data = end;
	while (at < end && request->part_count < MAX_PARTS) {
		stop = memchr(at, '\0', (size_t)(end - at));
		if (!stop) {
			break;
		}
		request->parts[request->part_count++] = at;
		at = stop + 1;
		if (request->part_count == 1) {
			request->data = at;
		}
	}
	request->data_len = (size_t)(end - request->data);
}

static int dispatch(struct request *request, const struct handler *handler)
{
	struct connection *connection = request->connection;
	int ret;

	if (handler->privileged && !subject_is_privileged(&connection->subject)) {
		return EACCES;
	}
	if (connection->header.tx_id) {
		request->tx = tx_find(connection, connection->header.tx_id);
		if (!request->tx) {
			return ENOENT;
		}
	}
	if (request->part_count < handler->min_parts) {
		return EINVAL;
	}
	if (handler->has_path) {
		/* min_parts: NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
		ret = path_absolute(connection, request->parts[0], request->path);
		if (ret) {
			return -ret;
		}
	}
	return handler->handle(request);
}

void wire_handle(struct connection *connection)
{
	uint32_t type = connection->header.type;
	const struct handler *handler = NULL;
	struct request request;
	int error = ENOSYS;

	request.connection = connection;
	request.tx = NULL;
	request.part_count = 0;
	split(&request);
	if (type < sizeof(handlers) / sizeof(handlers[0]) && handlers[type].handle) {
		handler = &handlers[type];
		error = dispatch(&request, handler);
	}
	if (error) {
		wire_error(connection, error);
	}
	if (log_is_tracing()) {
		log_trace("d%u t%u %s %s%s%s", connection->subject.domid, connection->header.tx_id,
			  handler ? handler->name : "?", request.part_count ? request.parts[0] : "",
			  error ? ": " : "", error ? strerror(error) : "");
	}
}
