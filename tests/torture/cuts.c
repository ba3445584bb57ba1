/* Loaded before libc: counts what a process changes on the file system CUT_ROOT, and cuts its power before the CUT_AT-th.
 *
 * The file system is shut down without its log being flushed (XFS_IOC_GOINGDOWN, which ext4 knows too): all that was
 * not yet on the device is gone, as after a power cut. Whoever comes next is killed. CUT_SHARED names a file of two
 * numbers that all processes share, the count and whether it was cut; CUT_LOG, if set, gets a line for each change.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define SHUTDOWN _IOR('X', 125, uint32_t)
#define WITHOUT_FLUSHING_THE_LOG 2
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static struct { _Atomic long count, cut; } *shared;
static long at;
static const char *root;
static size_t length;
static int logged = -1;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("CUT_SHARED"), *log = getenv("CUT_LOG");
    root = getenv("CUT_ROOT");
    at = atol(getenv("CUT_AT") ? getenv("CUT_AT") : "0");
    if (!file || !root) return;
    length = strlen(root);
    int handle = REAL(open)(file, O_RDWR | O_CLOEXEC);
    if (handle < 0) return;
    void *place = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
    close(handle);
    if (log) logged = REAL(open)(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (place != MAP_FAILED) shared = place;
}

/* Said first: whoever is told of a failed write must not have the time to say so. */
static void cut(void) {
    uint32_t how = WITHOUT_FLUSHING_THE_LOG;
    int folder = REAL(open)(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    shared->cut = 1;
    ioctl(folder, SHUTDOWN, &how);
    raise(SIGKILL);
}

static int inside(const char *path) {
    return path && !strncmp(path, root, length) && (path[length] == '/' || !path[length]);
}

/* The path of a descriptor; 0 if it has none, as pipes have. */
static int path_of(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, PATH_MAX - 1);
    path[size < 0 ? 0 : size] = 0;
    return size > 0 && path[0] == '/';
}

static void whole(int folder, const char *path, char *found) {
    char here[PATH_MAX];
    if (!path || path[0] == '/') {
        snprintf(found, PATH_MAX, "%s", path ? path : "");
        return;
    }
    if (folder == AT_FDCWD ? !getcwd(here, sizeof here) : !path_of(folder, here)) here[0] = 0;
    if (snprintf(found, PATH_MAX, "%s/%s", here, path) >= PATH_MAX) found[0] = 0;
}

static void change(const char *call, const char *path, const char *from) {
    if (!inside(path)) return;
    if (shared->cut) raise(SIGKILL);
    long number = atomic_fetch_add(&shared->count, 1) + 1;
    if (number == at) cut();
    if (logged < 0) return;
    char line[2 * PATH_MAX + 64];
    int size = snprintf(line, sizeof line, "%ld\t%d\t%s\t%s\t%s\n", number, (int)getpid(), call, path, from ? from : "");
    ssize_t written = REAL(write)(logged, line, size);
    (void)written;
}

static void change_at(const char *call, int folder, const char *path) {
    char found[PATH_MAX];
    int before = errno;
    if (shared) {
        whole(folder, path, found);
        change(call, found, 0);
    }
    errno = before;
}

static int there(int folder, const char *path) {
    int before = errno, found = path && !faccessat(folder, path, F_OK, AT_SYMLINK_NOFOLLOW);
    errno = before;
    return found;
}

static void change_two(const char *call, int from_folder, const char *from, int folder, const char *path) {
    char found[PATH_MAX], other[PATH_MAX];
    int before = errno;
    if (shared && there(from_folder, from)) {
        whole(folder, path, found);
        whole(from_folder, from, other);
        change(call, found, other);
    }
    errno = before;
}

static void change_file(const char *call, int file) {
    char found[PATH_MAX];
    int before = errno;
    if (shared && path_of(file, found)) change(call, found, 0);
    errno = before;
}

#define OPENS(name)                                                     \
    int name(const char *path, int flags, ...) {                        \
        mode_t mode = 0;                                                \
        if (flags & (O_CREAT | O_TMPFILE)) {                            \
            va_list more;                                               \
            va_start(more, flags);                                      \
            mode = va_arg(more, mode_t);                                \
            va_end(more);                                               \
        }                                                               \
        if ((flags & O_CREAT) && !there(AT_FDCWD, path)) change_at("create", AT_FDCWD, path); \
        else if (flags & O_TRUNC) change_at("empty", AT_FDCWD, path);   \
        return REAL(name)(path, flags, mode);                           \
    }
OPENS(open)
OPENS(open64)

#define ON_FILE(kind, name, parameters, arguments)                      \
    kind name parameters {                                              \
        change_file(#name, file);                                       \
        return REAL(name) arguments;                                    \
    }
ON_FILE(ssize_t, write, (int file, const void *data, size_t size), (file, data, size))
ON_FILE(ssize_t, writev, (int file, const struct iovec *data, int count), (file, data, count))
ON_FILE(ssize_t, pwrite, (int file, const void *data, size_t size, off_t place), (file, data, size, place))
ON_FILE(ssize_t, pwrite64, (int file, const void *data, size_t size, off64_t place), (file, data, size, place))
ON_FILE(ssize_t, sendfile, (int file, int from, off_t *place, size_t size), (file, from, place, size))
ON_FILE(ssize_t, sendfile64, (int file, int from, off64_t *place, size_t size), (file, from, place, size))
ON_FILE(int, fsync, (int file), (file))
ON_FILE(int, fdatasync, (int file), (file))
ON_FILE(int, ftruncate, (int file, off_t size), (file, size))
ON_FILE(int, ftruncate64, (int file, off64_t size), (file, size))

size_t fwrite(const void *data, size_t size, size_t count, FILE *stream) {
    change_file("fwrite", fileno(stream));
    return REAL(fwrite)(data, size, count, stream);
}

int rename(const char *from, const char *to) {
    change_two("rename", AT_FDCWD, from, AT_FDCWD, to);
    return REAL(rename)(from, to);
}

int renameat(int from_folder, const char *from, int folder, const char *to) {
    change_two("rename", from_folder, from, folder, to);
    return REAL(renameat)(from_folder, from, folder, to);
}

int renameat2(int from_folder, const char *from, int folder, const char *to, unsigned flags) {
    change_two(flags & RENAME_EXCHANGE ? "exchange" : "rename", from_folder, from, folder, to);
    return REAL(renameat2)(from_folder, from, folder, to, flags);
}

int link(const char *from, const char *to) {
    change_two("link", AT_FDCWD, from, AT_FDCWD, to);
    return REAL(link)(from, to);
}

int unlink(const char *path) {
    if (there(AT_FDCWD, path)) change_at("unlink", AT_FDCWD, path);
    return REAL(unlink)(path);
}

int unlinkat(int folder, const char *path, int flags) {
    if (there(folder, path)) change_at("unlink", folder, path);
    return REAL(unlinkat)(folder, path, flags);
}

int rmdir(const char *path) {
    change_at("rmdir", AT_FDCWD, path);
    return REAL(rmdir)(path);
}

int mkdir(const char *path, mode_t mode) {
    if (!there(AT_FDCWD, path)) change_at("mkdir", AT_FDCWD, path);
    return REAL(mkdir)(path, mode);
}
