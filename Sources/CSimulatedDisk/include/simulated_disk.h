// A disk that can fail, for SQLite.
//
// A VFS that lies over the system's own. Files below the folder of a simulated disk are real files, and every
// write to them is noted until it is synchronized. When the disk crashes, its open files are dead, and what
// was not synchronized is kept, torn or dropped by chance: as a machine may leave it that loses its power.
// Files elsewhere go to the system as ever.
//
// What a synchronization makes durable is the file's content. Names are durable at once: SQLite synchronizes
// folders itself, and that is not what this disk examines.
#ifndef SIMULATED_DISK_H
#define SIMULATED_DISK_H

#include <stdint.h>

// One per machine of the simulation. All functions may be called from any thread.
typedef struct simulated_disk simulated_disk;

// Puts the VFS in the place of the system's for all databases opened from now on. Further calls do nothing.
// Returns an SQLite result code.
int simulated_disk_install(void);

// Makes a disk of the files below `folder`, an absolute path without a slash at its end. Returns null without
// memory. Disks must not lie within each other.
simulated_disk *simulated_disk_make(const char *folder);

// Forgets the disk. Its files must be closed; they stay as they are.
void simulated_disk_free(simulated_disk *disk);

// From now on every use of the files that are open fails: the machine has stopped. They must be closed then,
// and `simulated_disk_recover` be called before any of them is opened again.
void simulated_disk_crash(simulated_disk *disk);

// Decides what is left of the writes that were not synchronized before the crash, by the numbers that follow
// from `seed`. Returns 0, or the system's error number.
int simulated_disk_recover(simulated_disk *disk, uint64_t seed);

// The disk crashes by itself after so many further writes, truncations and synchronizations, before the next.
// 0 takes the order back.
void simulated_disk_crash_after(simulated_disk *disk, uint64_t operations);

// Whether the disk has crashed and was not recovered.
int simulated_disk_is_crashed(simulated_disk *disk);

// How many bytes the disk's files may have in all; 0 for no bound.
void simulated_disk_limit(simulated_disk *disk, uint64_t bytes);

// A disk that says it has synchronized and has not: for planting that mistake.
void simulated_disk_set_lying(simulated_disk *disk, int is_lying);

// How many writes, truncations and synchronizations it has seen.
uint64_t simulated_disk_operations(simulated_disk *disk);

#endif
