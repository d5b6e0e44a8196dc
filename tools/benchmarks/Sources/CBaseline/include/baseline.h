#ifndef CONVERGE_BASELINE_H
#define CONVERGE_BASELINE_H

#include <stdint.h>

/* What plain SQLite does with the rows of the benchmarks: the limit beside the figures.
 *
 * A table as the store makes it (16-byte ids, WITHOUT ROWID, an owner, four texts, a clock and two
 * numbers), a write-ahead log, synchronous=FULL, and the store's page cache and checkpoint interval.
 * Statements are prepared once and stepped. Every call gives 0 or SQLite's error code. */

typedef struct baseline baseline;

/* What the table has. */
enum baseline_shape {
    BASELINE_STORED,         /* what a store keeps of a row: columns, clock, sequence, liveness */
    BASELINE_INDEXED,        /* the same, with the index of its reference that a store has */
    BASELINE_COLUMNS         /* the columns alone, as an app would keep them that replicates nothing */
};

/* Makes the file, which must not exist, and the table. */
int baseline_open(const char *path, enum baseline_shape shape, baseline **out);
void baseline_close(baseline *base);

/* What was written, so that both sides write the same. */
typedef struct {
    const uint8_t *ids;      /* count × 16 bytes */
    const uint8_t *owner;    /* 16 bytes, of all rows; NULL: each row is its own */
    int count;
    const char *text;        /* text_bytes characters; the last digits change from row to row */
    int text_bytes;
    int clock_bytes;
    int rows_per_transaction;
    int changeset_bytes;     /* 0: rows only. Else a log entry of this size is written beside each row. */
} baseline_work;

/* Inserts the rows in their order; `seconds` is what it took. */
int baseline_insert(baseline *base, const baseline_work *work, double *seconds);
/* Reads each row by its id, all columns, and writes four texts, clock and sequence. */
int baseline_update(baseline *base, const baseline_work *work, double *seconds);

/* Executes statements in another file. */
int baseline_execute(const char *path, const char *sql);
/* Reads every column of every row that a query of another file gives, as it is stored. */
int baseline_read(const char *path, const char *sql, int *rows, int64_t *bytes, double *seconds);

#endif
