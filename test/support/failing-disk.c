/* fdatasync that fails with EIO while the file named by FAIL_WHILE_FILE exists. Preloaded. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int fdatasync(int descriptor) {
  static int (*real)(int);
  const char *file = getenv("FAIL_WHILE_FILE");
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  if (file != NULL && access(file, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  return real(descriptor);
}
