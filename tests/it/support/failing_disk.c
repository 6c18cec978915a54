/* For LD_PRELOAD: while the file that FAILING_DISK names holds a number, writing to the database and its log fails with it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int fault(int file) {
    char link[64], path[4096], number[16];
    const char *setting = getenv("FAILING_DISK");
    int before = errno;
    int control = setting ? open(setting, O_RDONLY) : -1;
    ssize_t length;
    errno = before;
    if (control < 0)
        return 0;
    length = read(control, number, sizeof number - 1);
    close(control);
    number[length > 0 ? length : 0] = 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    errno = before;
    return strstr(path, "quoin.db") && !strstr(path, "-shm") ? atoi(number) : 0;
}

#define FAIL_OR(file, call)         \
    do {                            \
        int number = fault(file);   \
        if (number) {               \
            errno = number;         \
            return -1;              \
        }                           \
        return call;                \
    } while (0)

ssize_t write(int file, const void *bytes, size_t count) { FAIL_OR(file, NEXT(write)(file, bytes, count)); }
ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) { FAIL_OR(file, NEXT(pwrite)(file, bytes, count, at)); }
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) { FAIL_OR(file, NEXT(pwrite64)(file, bytes, count, at)); }
int ftruncate(int file, off_t length) { FAIL_OR(file, NEXT(ftruncate)(file, length)); }
int ftruncate64(int file, off64_t length) { FAIL_OR(file, NEXT(ftruncate64)(file, length)); }
int fsync(int file) { FAIL_OR(file, NEXT(fsync)(file)); }
int fdatasync(int file) { FAIL_OR(file, NEXT(fdatasync)(file)); }
