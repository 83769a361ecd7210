/* Loaded before the C library in a control: a write-ahead log is never synced, as with SQLite's
   synchronous=NORMAL, and the caller is told that it was. */

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_wal(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path);
    return length > 4 && memcmp(path + length - 4, "-wal", 4) == 0;
}

int fdatasync(int file) { return is_wal(file) ? 0 : (int)syscall(SYS_fdatasync, file); }

int fsync(int file) { return is_wal(file) ? 0 : (int)syscall(SYS_fsync, file); }
