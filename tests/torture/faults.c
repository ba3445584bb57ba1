/* Loaded before libc: counts what a process changes on disk below FAULT_ROOT, and breaks the FAULT_AT-th of them.
 *
 * Counted are opening for writing, writing, syncing and renaming. FAULT_HOW is "kill" (SIGKILL before it is done), or
 * an errno such as 28 (ENOSPC) or 5 (EIO), which the call then returns. FAULT_COUNT names a file of eight bytes in
 * which all processes count together; folders that only caches and databases use are left out.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

static _Atomic long *counter;
static long at;
static const char *how, *root;
static const char *const left_out[] = {"/__pycache__", "/mlflow.db", "/.dvc/", ".lock", "/.git/", "/mlartifacts", 0};

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *count = getenv("FAULT_COUNT");
    root = getenv("FAULT_ROOT");
    how = getenv("FAULT_HOW");
    at = atol(getenv("FAULT_AT") ? getenv("FAULT_AT") : "0");
    if (!count || !root || !how) return;
    int file = REAL(open)(count, O_RDWR);
    if (file < 0) return;
    void *place = mmap(0, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (place != MAP_FAILED) counter = place;
    close(file);
}

static int inside(const char *path) {
    char whole[PATH_MAX];
    if (!path) return 0;
    if (path[0] != '/') {
        char here[PATH_MAX];
        if (!getcwd(here, sizeof here)) return 0;
        if ((size_t)snprintf(whole, sizeof whole, "%s/%s", here, path) >= sizeof whole) return 0;
        path = whole;
    }
    if (strncmp(path, root, strlen(root))) return 0;
    for (int i = 0; left_out[i]; i++)
        if (strstr(path, left_out[i])) return 0;
    return 1;
}

/* Whether this change is the one to break; errno is then set. */
static int breaks(const char *path) {
    int before = errno;
    if (!counter || !inside(path)) return 0;
    errno = before;
    if (atomic_fetch_add(counter, 1) + 1 != at) return 0;
    if (!strcmp(how, "kill")) raise(SIGKILL);
    errno = atoi(how);
    return 1;
}

static int breaks_file(int file) {
    char link[64], path[PATH_MAX];
    if (!counter) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return path[0] == '/' && breaks(path); /* not pipes and sockets, whose names are no paths */
}

#define WRITES(flags) ((flags) & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC))
#define OPENS(name)                                                        \
    int name(const char *path, int flags, ...) {                           \
        mode_t mode = 0;                                                   \
        if (flags & (O_CREAT | O_TMPFILE)) {                               \
            va_list more;                                                  \
            va_start(more, flags);                                         \
            mode = va_arg(more, mode_t);                                   \
            va_end(more);                                                  \
        }                                                                  \
        if (WRITES(flags) && breaks(path)) return -1;                      \
        return REAL(name)(path, flags, mode);                              \
    }
OPENS(open)
OPENS(open64)

ssize_t write(int file, const void *data, size_t size) {
    return breaks_file(file) ? -1 : REAL(write)(file, data, size);
}

size_t fwrite(const void *data, size_t size, size_t count, FILE *stream) {
    return breaks_file(fileno(stream)) ? 0 : REAL(fwrite)(data, size, count, stream);
}

int fsync(int file) {
    return breaks_file(file) ? -1 : REAL(fsync)(file);
}

int rename(const char *from, const char *to) {
    return breaks(to) ? -1 : REAL(rename)(from, to);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    return breaks(to) ? -1 : REAL(renameat)(from_folder, from, to_folder, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    return breaks(to) ? -1 : REAL(renameat2)(from_folder, from, to_folder, to, flags);
}
