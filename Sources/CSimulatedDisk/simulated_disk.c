#include "simulated_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What a write or truncation did, as far as it can still be undone.
typedef struct change {
    struct change *next;
    int is_truncation;
    sqlite3_int64 offset;  // of a write; the new size of a truncation
    int length;            // of `after`; 0 for a truncation
    sqlite3_int64 size;    // of the file before
    int kept;              // bytes of `before`
    unsigned char *before;
    unsigned char *after;
} change;

typedef struct inode {
    struct inode *next;
    char *path;
    change *changes;  // the latest first; none of them is synchronized
    sqlite3_int64 size;
} inode;

struct simulated_disk {
    simulated_disk *next;
    char *folder;
    inode *inodes;
    unsigned generation;
    int is_crashed;
    int is_lying;
    uint64_t countdown;
    uint64_t operations;
    uint64_t limit;
};

typedef struct file {
    sqlite3_file base;
    simulated_disk *disk;  // null for a file that lies on no simulated disk
    inode *inode;
    unsigned generation;
    // The system's file follows.
} file;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static simulated_disk *disks;
static sqlite3_vfs *system_vfs;
static sqlite3_vfs vfs;

static sqlite3_file *inner(sqlite3_file *f) { return (sqlite3_file *)((char *)f + sizeof(file)); }

// MARK: Disks. The lock is held in all of these.

static simulated_disk *disk_of(const char *path) {
    for (simulated_disk *disk = disks; path && disk; disk = disk->next) {
        size_t length = strlen(disk->folder);
        if (strncmp(path, disk->folder, length) == 0 && path[length] == '/') return disk;
    }
    return NULL;
}

static inode *inode_of(simulated_disk *disk, const char *path) {
    for (inode *node = disk->inodes; node; node = node->next)
        if (strcmp(node->path, path) == 0) return node;
    inode *node = calloc(1, sizeof *node);
    if (!node || !(node->path = strdup(path))) {
        free(node);
        return NULL;
    }
    node->next = disk->inodes;
    disk->inodes = node;
    return node;
}

static void forget(inode *node) {
    for (change *each = node->changes; each;) {
        change *next = each->next;
        free(each->before);
        free(each->after);
        free(each);
        each = next;
    }
    node->changes = NULL;
}

static int is_dead(file *f) { return f->disk && (f->disk->is_crashed || f->generation != f->disk->generation); }

// Counts an operation that changes the disk, and crashes it when its time has come.
static int step(file *f) {
    if (is_dead(f)) return SQLITE_IOERR;
    if (f->disk->countdown > 0 && --f->disk->countdown == 0) {
        f->disk->is_crashed = 1;
        return SQLITE_IOERR;
    }
    f->disk->operations++;
    return SQLITE_OK;
}

static uint64_t used(simulated_disk *disk) {
    uint64_t sum = 0;
    for (inode *node = disk->inodes; node; node = node->next) sum += (uint64_t)node->size;
    return sum;
}

// Notes what a write is about to do. `data` is null for a truncation to `offset`.
static int note(file *f, const void *data, int length, sqlite3_int64 offset) {
    change *made = calloc(1, sizeof *made);
    if (!made) return SQLITE_NOMEM;
    made->offset = offset;
    made->length = data ? length : 0;
    made->is_truncation = data == NULL;
    made->size = f->inode->size;
    sqlite3_int64 end = data ? offset + length : made->size;
    if (end > made->size) end = made->size;
    made->kept = end > offset ? (int)(end - offset) : 0;
    if (made->kept) made->before = malloc((size_t)made->kept);
    if (data) made->after = malloc((size_t)length);
    if ((made->kept && !made->before) || (data && !made->after)) {
        free(made->before);
        free(made->after);
        free(made);
        return SQLITE_NOMEM;
    }
    int result = SQLITE_OK;
    if (made->kept) result = inner(&f->base)->pMethods->xRead(inner(&f->base), made->before, made->kept, offset);
    if (result != SQLITE_OK) {
        free(made->before);
        free(made->after);
        free(made);
        return result;
    }
    if (data) memcpy(made->after, data, (size_t)length);
    made->next = f->inode->changes;
    f->inode->changes = made;
    return SQLITE_OK;
}

// MARK: A file

static int file_close(sqlite3_file *f) {
    return inner(f)->pMethods ? inner(f)->pMethods->xClose(inner(f)) : SQLITE_OK;
}

static int file_read(sqlite3_file *f, void *data, int length, sqlite3_int64 offset) {
    pthread_mutex_lock(&lock);
    int dead = is_dead((file *)f);
    pthread_mutex_unlock(&lock);
    return dead ? SQLITE_IOERR_READ : inner(f)->pMethods->xRead(inner(f), data, length, offset);
}

static int file_write(sqlite3_file *base, const void *data, int length, sqlite3_int64 offset) {
    file *f = (file *)base;
    if (!f->disk) return inner(base)->pMethods->xWrite(inner(base), data, length, offset);
    pthread_mutex_lock(&lock);
    int result = step(f);
    sqlite3_int64 growth = offset + length - f->inode->size;
    if (result == SQLITE_OK && f->disk->limit && growth > 0 && used(f->disk) + (uint64_t)growth > f->disk->limit)
        result = SQLITE_FULL;
    if (result == SQLITE_OK) result = note(f, data, length, offset);
    if (result == SQLITE_OK) result = inner(base)->pMethods->xWrite(inner(base), data, length, offset);
    if (result == SQLITE_OK && growth > 0) f->inode->size += growth;
    pthread_mutex_unlock(&lock);
    return result;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    file *f = (file *)base;
    if (!f->disk) return inner(base)->pMethods->xTruncate(inner(base), size);
    pthread_mutex_lock(&lock);
    int result = step(f);
    if (result == SQLITE_OK) result = note(f, NULL, 0, size);
    if (result == SQLITE_OK) result = inner(base)->pMethods->xTruncate(inner(base), size);
    if (result == SQLITE_OK) f->inode->size = size;
    pthread_mutex_unlock(&lock);
    return result;
}

static int file_sync(sqlite3_file *base, int flags) {
    file *f = (file *)base;
    if (!f->disk) return inner(base)->pMethods->xSync(inner(base), flags);
    pthread_mutex_lock(&lock);
    int result = step(f);
    if (result == SQLITE_OK && !f->disk->is_lying) forget(f->inode);
    pthread_mutex_unlock(&lock);
    return result;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size) { return inner(f)->pMethods->xFileSize(inner(f), size); }
static int file_lock(sqlite3_file *f, int level) { return inner(f)->pMethods->xLock(inner(f), level); }
static int file_unlock(sqlite3_file *f, int level) { return inner(f)->pMethods->xUnlock(inner(f), level); }
static int file_check_reserved(sqlite3_file *f, int *out) {
    return inner(f)->pMethods->xCheckReservedLock(inner(f), out);
}
static int file_control(sqlite3_file *f, int code, void *argument) {
    return inner(f)->pMethods->xFileControl(inner(f), code, argument);
}
static int file_sector_size(sqlite3_file *f) { return inner(f)->pMethods->xSectorSize(inner(f)); }
static int file_characteristics(sqlite3_file *f) { return inner(f)->pMethods->xDeviceCharacteristics(inner(f)); }
static int file_map_shared(sqlite3_file *f, int page, int size, int extend, void volatile **out) {
    return inner(f)->pMethods->xShmMap(inner(f), page, size, extend, out);
}
static int file_lock_shared(sqlite3_file *f, int offset, int count, int flags) {
    return inner(f)->pMethods->xShmLock(inner(f), offset, count, flags);
}
static void file_barrier(sqlite3_file *f) { inner(f)->pMethods->xShmBarrier(inner(f)); }
static int file_unmap_shared(sqlite3_file *f, int delete_it) {
    return inner(f)->pMethods->xShmUnmap(inner(f), delete_it);
}

// Version 2: without memory-mapped pages, which would pass by the notes.
static const sqlite3_io_methods methods = {
    2, file_close, file_read, file_write, file_truncate, file_sync, file_size, file_lock, file_unlock,
    file_check_reserved, file_control, file_sector_size, file_characteristics, file_map_shared,
    file_lock_shared, file_barrier, file_unmap_shared, NULL, NULL,
};

// MARK: The VFS

static int vfs_open(sqlite3_vfs *self, const char *path, sqlite3_file *base, int flags, int *out) {
    (void)self;
    file *f = (file *)base;
    memset(f, 0, sizeof *f);
    pthread_mutex_lock(&lock);
    simulated_disk *disk = disk_of(path);
    int crashed = disk && disk->is_crashed;
    pthread_mutex_unlock(&lock);
    if (crashed) return SQLITE_CANTOPEN;
    int result = system_vfs->xOpen(system_vfs, path, inner(base), flags, out);
    // SQLite closes what has methods, even where opening failed.
    if (inner(base)->pMethods) f->base.pMethods = &methods;
    if (result != SQLITE_OK || !disk) return result;
    pthread_mutex_lock(&lock);
    f->inode = inode_of(disk, path);
    if (f->inode) {
        f->disk = disk;
        f->generation = disk->generation;
        sqlite3_int64 size = 0;
        result = inner(base)->pMethods->xFileSize(inner(base), &size);
        f->inode->size = size;
    } else {
        result = SQLITE_NOMEM;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static int vfs_delete(sqlite3_vfs *self, const char *path, int sync_folder) {
    (void)self;
    pthread_mutex_lock(&lock);
    simulated_disk *disk = disk_of(path);
    int crashed = disk && disk->is_crashed;
    if (disk && !crashed) {
        inode *node = inode_of(disk, path);
        if (node) {
            forget(node);
            node->size = 0;
        }
    }
    pthread_mutex_unlock(&lock);
    if (crashed) return SQLITE_IOERR_DELETE;
    // Names are durable at once on a simulated disk.
    return system_vfs->xDelete(system_vfs, path, disk ? 0 : sync_folder);
}

int simulated_disk_install(void) {
    pthread_mutex_lock(&lock);
    int result = SQLITE_OK;
    if (!system_vfs) {
        system_vfs = sqlite3_vfs_find(NULL);
        if (system_vfs) {
            vfs = *system_vfs;
            vfs.zName = "simulated-disk";
            vfs.pNext = NULL;
            vfs.szOsFile = (int)sizeof(file) + system_vfs->szOsFile;
            vfs.xOpen = vfs_open;
            vfs.xDelete = vfs_delete;
            result = sqlite3_vfs_register(&vfs, 1);
        } else {
            result = SQLITE_ERROR;
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

simulated_disk *simulated_disk_make(const char *folder) {
    simulated_disk *disk = calloc(1, sizeof *disk);
    if (!disk || !(disk->folder = strdup(folder))) {
        free(disk);
        return NULL;
    }
    pthread_mutex_lock(&lock);
    disk->next = disks;
    disks = disk;
    pthread_mutex_unlock(&lock);
    return disk;
}

static void discard_inodes(simulated_disk *disk) {
    while (disk->inodes) {
        inode *node = disk->inodes;
        disk->inodes = node->next;
        forget(node);
        free(node->path);
        free(node);
    }
}

void simulated_disk_free(simulated_disk *disk) {
    pthread_mutex_lock(&lock);
    for (simulated_disk **place = &disks; *place; place = &(*place)->next) {
        if (*place == disk) {
            *place = disk->next;
            break;
        }
    }
    discard_inodes(disk);
    pthread_mutex_unlock(&lock);
    free(disk->folder);
    free(disk);
}

void simulated_disk_crash(simulated_disk *disk) {
    pthread_mutex_lock(&lock);
    disk->is_crashed = 1;
    pthread_mutex_unlock(&lock);
}

// SplitMix64 (Steele et al., 2014).
static uint64_t draw(uint64_t *state) {
    uint64_t mixed = *state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    return mixed ^ mixed >> 31;
}

static int put(int descriptor, const unsigned char *bytes, int length, sqlite3_int64 offset) {
    while (length > 0) {
        ssize_t count = pwrite(descriptor, bytes, (size_t)length, offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        bytes += count;
        offset += count;
        length -= (int)count;
    }
    return 0;
}

// Takes the file back to what was synchronized, then does again what chance says had reached the disk.
static int settle(inode *node, uint64_t *state) {
    if (!node->changes) return 0;
    int descriptor = open(node->path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return errno == ENOENT ? 0 : errno;
    int result = 0;
    change *earliest = NULL;
    for (change *each = node->changes; each && !result;) {
        if (each->kept) result = put(descriptor, each->before, each->kept, each->offset);
        if (!result && ftruncate(descriptor, each->size) != 0) result = errno;
        // Turn the list round on the way: the earliest comes first then.
        change *next = each->next;
        each->next = earliest;
        earliest = each;
        each = next;
    }
    node->changes = earliest;
    // A machine that stops at once keeps all or nothing as often as a part.
    uint64_t mood = draw(state) % 4;
    for (change *each = earliest; each && !result; each = each->next) {
        int keeps = mood == 0 ? 1 : mood == 1 ? 0 : draw(state) % 2 == 0;
        if (!keeps) continue;
        if (each->is_truncation) {
            if (ftruncate(descriptor, each->offset) != 0) result = errno;
            continue;
        }
        int length = each->length;
        // Torn at a sector's border.
        if (mood != 0 && draw(state) % 4 == 0) length = (int)(draw(state) % (uint64_t)(each->length / 512 + 1)) * 512;
        if (length > each->length) length = each->length;
        result = put(descriptor, each->after, length, each->offset);
    }
    close(descriptor);
    return result;
}

static int by_path(const void *a, const void *b) {
    return strcmp((*(inode *const *)a)->path, (*(inode *const *)b)->path);
}

int simulated_disk_recover(simulated_disk *disk, uint64_t seed) {
    pthread_mutex_lock(&lock);
    int result = 0;
    size_t count = 0, index = 0;
    for (inode *node = disk->inodes; node; node = node->next) count++;
    inode **sorted = calloc(count + 1, sizeof *sorted);
    if (!sorted) result = ENOMEM;
    for (inode *node = disk->inodes; node && sorted; node = node->next) sorted[index++] = node;
    // By name, so that the same seed leaves the same files, in whatever order they were opened.
    if (sorted) qsort(sorted, count, sizeof *sorted, by_path);
    for (index = 0; sorted && index < count && !result; index++) result = settle(sorted[index], &seed);
    free(sorted);
    discard_inodes(disk);
    disk->generation++;
    disk->countdown = 0;
    disk->is_crashed = 0;
    pthread_mutex_unlock(&lock);
    return result;
}

void simulated_disk_crash_after(simulated_disk *disk, uint64_t operations) {
    pthread_mutex_lock(&lock);
    disk->countdown = operations;
    pthread_mutex_unlock(&lock);
}

int simulated_disk_is_crashed(simulated_disk *disk) {
    pthread_mutex_lock(&lock);
    int crashed = disk->is_crashed;
    pthread_mutex_unlock(&lock);
    return crashed;
}

void simulated_disk_limit(simulated_disk *disk, uint64_t bytes) {
    pthread_mutex_lock(&lock);
    disk->limit = bytes;
    pthread_mutex_unlock(&lock);
}

void simulated_disk_set_lying(simulated_disk *disk, int is_lying) {
    pthread_mutex_lock(&lock);
    disk->is_lying = is_lying;
    pthread_mutex_unlock(&lock);
}

uint64_t simulated_disk_operations(simulated_disk *disk) {
    pthread_mutex_lock(&lock);
    uint64_t operations = disk->operations;
    pthread_mutex_unlock(&lock);
    return operations;
}
