#include "CSQLiteMemory.h"

#include <sqlite3.h>

void converge_sqlite_allocate_uncounted(void) {
    // SQLITE_MISUSE says that SQLite is in use already: then it goes on counting, which costs time only.
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
