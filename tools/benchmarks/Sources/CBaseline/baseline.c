#include "baseline.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct baseline {
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *insert, *read, *update, *log;
    int64_t sequence;
    uint64_t digest; /* of everything read, so that no read can be left out */
    enum baseline_shape shape;
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static const char *settings =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA wal_autocheckpoint = 10000;"
    "PRAGMA cache_size = -131072;";

static const char *columns =
    "CREATE TABLE item (id BLOB NOT NULL PRIMARY KEY, owner BLOB, title TEXT, place TEXT, state TEXT,"
    " note TEXT) STRICT, WITHOUT ROWID;";

static const char *by_owner = "CREATE INDEX item_by_owner ON item (owner);";

static const char *stored =
    "CREATE TABLE item (id BLOB NOT NULL PRIMARY KEY, owner BLOB, title TEXT, place TEXT, state TEXT,"
    " note TEXT, _clock BLOB NOT NULL, _sequence INTEGER NOT NULL, _alive INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE log (sequence INTEGER NOT NULL PRIMARY KEY, site INTEGER NOT NULL, counter INTEGER NOT NULL,"
    " identity BLOB NOT NULL, root BLOB NOT NULL, changeset BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX log_by_dot ON log (site, counter);"
    "CREATE UNIQUE INDEX log_by_identity ON log (identity, root);";

static int prepare(baseline *base) {
    struct { sqlite3_stmt **statement; const char *sql; } all[] = {
        {&base->begin, "BEGIN IMMEDIATE"},
        {&base->commit, "COMMIT"},
        {&base->insert, "INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)"},
        {&base->read, "SELECT owner, title, place, state, note, _clock, _sequence, _alive FROM item WHERE id = ?"},
        {&base->update, "UPDATE item SET title = ?, place = ?, state = ?, note = ?, _clock = ?, _sequence = ?"
                        " WHERE id = ?"},
        {&base->log, "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int code = sqlite3_prepare_v3(base->db, all[i].sql, -1, SQLITE_PREPARE_PERSISTENT, all[i].statement, NULL);
        if (code != SQLITE_OK) return code;
    }
    return SQLITE_OK;
}

static int prepare_columns(baseline *base) {
    struct { sqlite3_stmt **statement; const char *sql; } all[] = {
        {&base->begin, "BEGIN IMMEDIATE"},
        {&base->commit, "COMMIT"},
        {&base->insert, "INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int code = sqlite3_prepare_v3(base->db, all[i].sql, -1, SQLITE_PREPARE_PERSISTENT, all[i].statement, NULL);
        if (code != SQLITE_OK) return code;
    }
    return SQLITE_OK;
}

int baseline_open(const char *path, enum baseline_shape shape, baseline **out) {
    baseline *base = calloc(1, sizeof *base);
    if (!base) return SQLITE_NOMEM;
    base->shape = shape;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(path, &base->db, flags, NULL);
    if (code == SQLITE_OK) code = sqlite3_exec(base->db, settings, NULL, NULL, NULL);
    if (code == SQLITE_OK) code = sqlite3_exec(base->db, shape == BASELINE_COLUMNS ? columns : stored, NULL, NULL, NULL);
    if (code == SQLITE_OK && shape == BASELINE_INDEXED) code = sqlite3_exec(base->db, by_owner, NULL, NULL, NULL);
    if (code == SQLITE_OK) code = shape == BASELINE_COLUMNS ? prepare_columns(base) : prepare(base);
    if (code != SQLITE_OK) {
        baseline_close(base);
        return code;
    }
    *out = base;
    return SQLITE_OK;
}

void baseline_close(baseline *base) {
    if (!base) return;
    sqlite3_stmt *all[] = {base->begin, base->commit, base->insert, base->read, base->update, base->log};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) sqlite3_finalize(all[i]);
    sqlite3_close(base->db);
    free(base);
}

static int run(sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    int reset = sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : reset;
}

/* A log entry as it stands beside each changeset of one row. */
static int write_log(baseline *base, const baseline_work *work, const uint8_t *bytes) {
    uint8_t identity[16], root[32] = {0};
    for (int i = 0; i < 16; i++) identity[i] = (uint8_t)((uint64_t)base->sequence >> (8 * (i < 8 ? 7 - i : 0)));
    sqlite3_bind_int64(base->log, 1, base->sequence);
    sqlite3_bind_int64(base->log, 2, 1);
    sqlite3_bind_int64(base->log, 3, base->sequence);
    sqlite3_bind_blob(base->log, 4, identity, 16, SQLITE_STATIC);
    sqlite3_bind_blob(base->log, 5, root, 32, SQLITE_STATIC);
    sqlite3_bind_blob(base->log, 6, bytes, work->changeset_bytes, SQLITE_STATIC);
    return run(base->log);
}

static int read_row(baseline *base, const uint8_t *id) {
    sqlite3_bind_blob(base->read, 1, id, 16, SQLITE_STATIC);
    int code = sqlite3_step(base->read);
    if (code == SQLITE_ROW) {
        for (int column = 0; column < 6; column++) {
            const uint8_t *bytes = sqlite3_column_blob(base->read, column);
            int count = sqlite3_column_bytes(base->read, column);
            for (int i = 0; i < count; i += 16) base->digest += bytes[i];
        }
        base->digest += (uint64_t)sqlite3_column_int64(base->read, 6);
    }
    int reset = sqlite3_reset(base->read);
    if (code == SQLITE_ROW) return SQLITE_OK;
    return code == SQLITE_DONE ? SQLITE_NOTFOUND : reset;
}

static int write_row(
    baseline *base, const baseline_work *work, const uint8_t *id, char *text, const uint8_t *clock, int is_insert
) {
    sqlite3_stmt *statement = is_insert ? base->insert : base->update;
    int place = 1;
    snprintf(text + work->text_bytes - 8, 9, "%08u", (unsigned)(base->sequence % 100000000));
    if (is_insert) {
        sqlite3_bind_blob(statement, place++, id, 16, SQLITE_STATIC);
        sqlite3_bind_blob(statement, place++, work->owner ? work->owner : id, 16, SQLITE_STATIC);
    }
    for (int i = 0; i < 4; i++) sqlite3_bind_text(statement, place++, text, work->text_bytes, SQLITE_STATIC);
    if (base->shape != BASELINE_COLUMNS) {
        sqlite3_bind_blob(statement, place++, clock, work->clock_bytes, SQLITE_STATIC);
        sqlite3_bind_int64(statement, place++, base->sequence);
    }
    if (!is_insert) sqlite3_bind_blob(statement, place++, id, 16, SQLITE_STATIC);
    return run(statement);
}

static int write_rows(baseline *base, const baseline_work *work, double *seconds, int is_insert) {
    if (work->text_bytes < 8) return SQLITE_MISUSE;
    size_t largest = (size_t)(work->clock_bytes > work->changeset_bytes ? work->clock_bytes : work->changeset_bytes);
    uint8_t *bytes = malloc(largest + 1);
    char *text = malloc((size_t)work->text_bytes + 1);
    int code = bytes && text ? SQLITE_OK : SQLITE_NOMEM;
    if (code == SQLITE_OK) {
        memset(bytes, 0x5A, largest + 1);
        memcpy(text, work->text, (size_t)work->text_bytes);
    }
    double start = now();
    for (int i = 0; i < work->count && code == SQLITE_OK; i++) {
        const uint8_t *id = work->ids + 16 * (size_t)i;
        base->sequence++;
        if (i % work->rows_per_transaction == 0) code = run(base->begin);
        if (code == SQLITE_OK && !is_insert) code = read_row(base, id);
        if (code == SQLITE_OK) code = write_row(base, work, id, text, bytes, is_insert);
        if (code == SQLITE_OK && work->changeset_bytes > 0) code = write_log(base, work, bytes);
        int is_last = i + 1 == work->count || (i + 1) % work->rows_per_transaction == 0;
        if (code == SQLITE_OK && is_last) code = run(base->commit);
    }
    *seconds = now() - start;
    if (!sqlite3_get_autocommit(base->db)) sqlite3_exec(base->db, "ROLLBACK", NULL, NULL, NULL);
    free(bytes);
    free(text);
    return code;
}

int baseline_insert(baseline *base, const baseline_work *work, double *seconds) {
    return write_rows(base, work, seconds, 1);
}

int baseline_update(baseline *base, const baseline_work *work, double *seconds) {
    return write_rows(base, work, seconds, 0);
}

int baseline_execute(const char *path, const char *sql) {
    sqlite3 *database = NULL;
    int code = sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL);
    if (code == SQLITE_OK) code = sqlite3_exec(database, sql, NULL, NULL, NULL);
    sqlite3_close(database);
    return code;
}

int baseline_read(const char *path, const char *sql, int *rows, int64_t *bytes, double *seconds) {
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    *rows = 0;
    *bytes = 0;
    double start = now();
    int code = sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL);
    if (code == SQLITE_OK) code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int column = 0; column < sqlite3_column_count(statement); column += 1) {
            sqlite3_column_blob(statement, column);
            *bytes += sqlite3_column_bytes(statement, column);
        }
        *rows += 1;
        code = SQLITE_OK;
    }
    *seconds = now() - start;
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}
