/* SPDX-License-Identifier: MIT */
/* A markdown table whose columns line up, so that it also reads as plain text. */
#ifndef BENCH_GRID_H
#define BENCH_GRID_H

/* Starts an empty table with the words of the head, NULL at the end. */
void grid_start(const char *const *head);

/* Starts a row, adds a cell to it (printf-like, cut to 100 bytes). */
void grid_row(void);
void grid_cell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints it, the first column to the left, the others to the right. */
void grid_print(void);

#endif /* BENCH_GRID_H */
