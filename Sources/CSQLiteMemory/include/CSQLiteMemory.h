#ifndef CONVERGE_SQLITE_MEMORY_H
#define CONVERGE_SQLITE_MEMORY_H

/// Lets SQLite allocate without counting what it has allocated: the counters stand behind one lock for all
/// connections of the process. Has to come before the first use of SQLite; later it does nothing.
///
/// In C because `sqlite3_config` takes variable arguments, which Swift cannot pass.
void converge_sqlite_allocate_uncounted(void);

#endif
