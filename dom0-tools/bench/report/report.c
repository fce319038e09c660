/* SPDX-License-Identifier: MIT */
/*
 * report VALUES JSON: the tables as markdown that reads well as plain text, on standard output,
 * and everything as JSON into a file.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include "grid.h"
#include "values.h"

#define NOTHING "–"

/* plugin/decode.h has the order */
static const char *const event_title[EVENTS] = {
	"CR3", "CR, DR", "INVLPG", "WRMSR", "locked", "rep", "IRET", "SYSCALL, SYSRET", "in, out",
};
static const char *const event_key[EVENTS] = {
	"cr3", "cr", "invlpg", "wrmsr", "lock", "rep", "iret", "syscall", "io",
};

/* Below 10,000 as it is, else three digits and a letter. */
static const char *number(double v)
{
	static char text[8][32];
	static unsigned int turn;
	static const struct {
		double unit;
		const char *letter;
	} units[] = {{1e9, " G"}, {1e6, " M"}, {1e3, " k"}};
	char *t = text[turn++ % 8];

	for (unsigned int i = 0; fabs(v) >= 9999.5 && i < 3; i++) {
		double n = v / units[i].unit;

		if (n >= 0.9995) {
			snprintf(t, sizeof(text[0]), "%.*f%s",
				 n < 9.995   ? 2
				 : n < 99.95 ? 1
					     : 0,
				 n, units[i].letter);
			return t;
		}
	}
	snprintf(t, sizeof(text[0]), "%.*f", fabs(v) < 99.95 && v != floor(v) ? 1 : 0, v);
	return t;
}

static bool row_is_empty(const struct row *r)
{
	double v;

	for (const struct column *c = tables[r->table].column; c->key != NULL; c++) {
		if (value_find(r, c->key, &v) || skip_reason(r->key, c->key) != NULL) {
			return false;
		}
	}
	return true;
}

static void ratio_and_goal(const struct table *t, const struct row *r)
{
	double ours, theirs;
	bool known = value_find(r, t->ours, &ours);

	if (known && value_find(r, t->theirs, &theirs) && theirs > 0) {
		grid_cell("%.0f %%", 100 * ours / theirs);
	} else {
		grid_cell(NOTHING);
	}
	if (r->goal > 0) {
		grid_cell("≤ %s", number(r->goal));
		grid_cell(!known ? NOTHING : ours <= r->goal ? "met" : "over");
	} else {
		grid_cell("%s", "");
		grid_cell("%s", "");
	}
}

static void numbers_print(enum table_id id)
{
	const struct table *t = &tables[id];
	const char *head[COLUMNS_MAX + 5] = {""};
	unsigned int n = 1;

	for (const struct column *c = t->column; c->key != NULL; c++) {
		head[n++] = c->title;
	}
	head[n++] = "Argon of Xen";
	head[n++] = "goal";
	head[n++] = "";
	grid_start(head);
	for (unsigned int i = 0; i < row_count; i++) {
		const struct row *r = &rows[i];

		if (r->table != id || row_is_empty(r)) {
			continue;
		}
		grid_row();
		grid_cell("%s", r->title);
		for (const struct column *c = t->column; c->key != NULL; c++) {
			double v;

			grid_cell("%s", value_find(r, c->key, &v) ? number(v) : NOTHING);
		}
		ratio_and_goal(t, r);
	}
	grid_print();
}

/* Why cells are empty. */
static void skips_print(enum table_id id)
{
	for (unsigned int i = 0; i < row_count; i++) {
		const struct row *r = &rows[i];

		for (const struct column *c = tables[id].column; r->table == id && c->key != NULL;
		     c++) {
			const char *reason = skip_reason(r->key, c->key);

			if (reason != NULL) {
				printf("Not measured: %s on %s: %s\n", r->title, c->title, reason);
			}
		}
	}
}

static void pair_cell(double theirs, double ours)
{
	if (theirs < 0.05 && ours < 0.05) {
		grid_cell(NOTHING);
	} else {
		grid_cell("%s / %s", number(round(theirs * 10) / 10),
			  number(round(ours * 10) / 10));
	}
}

static void events_print(enum table_id id)
{
	const struct table *t = &tables[id];
	const char *head[EVENTS + 4] = {"per operation, Xen / Argon", "in the hypervisor"};
	struct events xen, argon;

	for (unsigned int e = 0; e < EVENTS; e++) {
		head[2 + e] = event_title[e];
	}
	head[2 + EVENTS] = "host time of Xen's";
	grid_start(head);
	for (unsigned int i = 0; i < row_count; i++) {
		const struct row *r = &rows[i];

		if (r->table != id || r->divisor > 0 || r->minus != NULL ||
		    !events_find(r->key, t->theirs, &xen) ||
		    !events_find(r->key, t->ours, &argon)) {
			continue;
		}
		grid_row();
		grid_cell("%s", r->title);
		pair_cell(xen.hypervisor, argon.hypervisor);
		for (unsigned int e = 0; e < EVENTS; e++) {
			pair_cell(xen.event[e], argon.event[e]);
		}
		grid_cell("%.0f %%", xen.host_ns > 0 ? 100 * argon.host_ns / xen.host_ns : 0);
	}
	grid_print();
}

static void infos_print(void)
{
	const char *name, *text;

	for (unsigned int i = 0; info_get(i, &name, &text); i++) {
		printf("- %s: %s\n", name, text);
	}
	puts("");
}

static void json_text(yajl_gen g, const char *text)
{
	yajl_gen_string(g, (const unsigned char *)text, strlen(text));
}

static void json_cell(yajl_gen g, const struct row *r, const char *column)
{
	struct events events;
	double v;
	const char *reason = skip_reason(r->key, column);

	if (value_find(r, column, &v)) {
		json_text(g, column);
		yajl_gen_map_open(g);
		json_text(g, "value");
		yajl_gen_double(g, v);
		if (r->minus == NULL && events_find(r->key, column, &events)) {
			json_text(g, "hypervisor");
			yajl_gen_double(g, events.hypervisor);
			for (unsigned int e = 0; e < EVENTS; e++) {
				json_text(g, event_key[e]);
				yajl_gen_double(g, events.event[e]);
			}
			json_text(g, "host_ns");
			yajl_gen_double(g, events.host_ns);
		}
		yajl_gen_map_close(g);
	} else if (reason != NULL) {
		json_text(g, column);
		yajl_gen_map_open(g);
		json_text(g, "skipped");
		json_text(g, reason);
		yajl_gen_map_close(g);
	}
}

static void json_row(yajl_gen g, const struct row *r)
{
	yajl_gen_map_open(g);
	json_text(g, "key");
	json_text(g, r->key);
	json_text(g, "title");
	json_text(g, r->title);
	if (r->goal > 0) {
		json_text(g, "goal");
		yajl_gen_double(g, r->goal);
	}
	json_text(g, "measured");
	yajl_gen_map_open(g);
	for (const struct column *c = tables[r->table].column; c->key != NULL; c++) {
		json_cell(g, r, c->key);
	}
	yajl_gen_map_close(g);
	yajl_gen_map_close(g);
}

static void json_build(yajl_gen g)
{
	const char *name, *text;

	yajl_gen_map_open(g);
	json_text(g, "conditions");
	yajl_gen_map_open(g);
	for (unsigned int i = 0; info_get(i, &name, &text); i++) {
		json_text(g, name);
		json_text(g, text);
	}
	yajl_gen_map_close(g);
	for (unsigned int t = 0; t < TABLE_COUNT; t++) {
		json_text(g, tables[t].name);
		yajl_gen_array_open(g);
		for (unsigned int i = 0; i < row_count; i++) {
			if (rows[i].table == t && !row_is_empty(&rows[i])) {
				json_row(g, &rows[i]);
			}
		}
		yajl_gen_array_close(g);
	}
	yajl_gen_map_close(g);
}

static int json_write(const char *path)
{
	yajl_gen g = yajl_gen_alloc(NULL);
	const unsigned char *text;
	size_t length;
	FILE *f = fopen(path, "w");

	if (g == NULL || f == NULL) {
		perror(path);
		return 1;
	}
	yajl_gen_config(g, yajl_gen_beautify, 1);
	json_build(g);
	if (yajl_gen_get_buf(g, &text, &length) != yajl_gen_status_ok ||
	    fwrite(text, 1, length, f) != length || fclose(f) != 0) {
		perror(path);
		return 1;
	}
	yajl_gen_free(g);
	return 0;
}

static bool table_is_empty(enum table_id id)
{
	for (unsigned int i = 0; i < row_count; i++) {
		if (rows[i].table == id && !row_is_empty(&rows[i])) {
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: report VALUES JSON\n", stderr);
		return 2;
	}
	values_read(argv[1]);
	infos_print();
	for (enum table_id t = 0; t < TABLE_COUNT; t++) {
		if (table_is_empty(t)) {
			continue;
		}
		printf("## %s\n\n", tables[t].title);
		numbers_print(t);
		skips_print(t);
		puts("");
		if (t == TABLE_MICRO || t == TABLE_OPERATIONS) {
			events_print(t);
		}
	}
	return json_write(argv[2]);
}
