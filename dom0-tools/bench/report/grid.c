/* SPDX-License-Identifier: MIT */
/* Markdown tables with aligned columns. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "grid.h"

#define ROWS 100
#define CELLS 16
#define LENGTH 100

static char cells[ROWS][CELLS][LENGTH];
static unsigned int row, column, head_cells;

void grid_start(const char *const *head)
{
	memset(cells, 0, sizeof(cells));
	row = column = 0;
	for (head_cells = 0; head[head_cells] != NULL; head_cells++) {
		grid_cell("%s", head[head_cells]);
	}
}

void grid_row(void)
{
	if (row + 1 < ROWS) {
		row++;
	}
	column = 0;
}

void grid_cell(const char *format, ...)
{
	va_list args;

	if (column == CELLS) {
		return;
	}
	va_start(args, format);
	vsnprintf(cells[row][column++], LENGTH, format, args);
	va_end(args);
}

/* Characters, not bytes, of UTF-8. */
static unsigned int width_of(const char *text)
{
	unsigned int n = 0;

	for (; *text != '\0'; text++) {
		n += (*text & 0xc0) != 0x80;
	}
	return n;
}

static void line_print(char (*line)[LENGTH], const unsigned int *width)
{
	for (unsigned int x = 0; x < head_cells; x++) {
		unsigned int pad = width[x] - width_of(line[x]);

		if (x == 0) {
			printf("| %s%*s ", line[x], (int)pad, "");
		} else {
			printf("| %*s%s ", (int)pad, "", line[x]);
		}
	}
	puts("|");
}

void grid_print(void)
{
	unsigned int width[CELLS] = {0};

	for (unsigned int y = 0; y <= row; y++) {
		for (unsigned int x = 0; x < head_cells; x++) {
			unsigned int w = width_of(cells[y][x]);

			width[x] = w > width[x] ? w : width[x];
		}
	}
	for (unsigned int y = 0; y <= row; y++) {
		line_print(cells[y], width);
		for (unsigned int x = 0; y == 0 && x < head_cells; x++) {
			printf(x == 0 ? "| --- " : "| --: ");
		}
		if (y == 0) {
			puts("|");
		}
	}
	puts("");
}
