/*
 * A disk that fails with EIO while the file named by FAIL_WHILE_FILE exists: every fdatasync, and
 * every write that would be on the disk when it ends. Preloaded.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int is_failing(void) {
  const char *file = getenv("FAIL_WHILE_FILE");
  if (file == NULL || access(file, F_OK) != 0) return 0;
  errno = EIO;
  return 1;
}

int fdatasync(int descriptor) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  return is_failing() ? -1 : real(descriptor);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t position) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (real == NULL) real = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  int isSynced = (fcntl(descriptor, F_GETFL) & O_DSYNC) != 0;
  return isSynced && is_failing() ? -1 : real(descriptor, bytes, count, position);
}
