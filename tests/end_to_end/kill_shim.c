// Preloaded into costd by the kill test: counts the calls that change the disk or reach a peer, and
// kills the process with SIGKILL right before or after one of them.
//
//   KILL_SHIM=before:120          before the 120th call of any kind
//   KILL_SHIM=after:fsync:3       after the third fsync has been done
//   KILL_SHIM=count               kills nothing
//   KILL_SHIM_FILE=PATH           gets one line at the end: "killed before 120 fsync 3", or
//                                 "counted write 88 fsync 12 ..."
//
// A call that the C library makes inside itself (a log line's write) is not seen; those of SQLite,
// curl, Asio and costd are.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { WRITE, PWRITE, FSYNC, FDATASYNC, RENAME, UNLINK, FTRUNCATE, SEND, CONNECT, KINDS };
static const char* const names[KINDS] = {"write",  "pwrite",    "fsync", "fdatasync", "rename",
                                         "unlink", "ftruncate", "send",  "connect"};

static atomic_long calls[KINDS];
static atomic_long all_calls;
static int is_before;
static int only = KINDS;  // the kind whose calls are counted; KINDS = any
static long target = -1;

// Straight to the kernel: write and open are the shim's own here.
static void report(const char* text, int length) {
  const char* path = getenv("KILL_SHIM_FILE");
  if (path == NULL) return;
  const long file =
      syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || syscall(SYS_write, file, text, length) != length) _exit(99);
  syscall(SYS_close, file);
}

__attribute__((constructor)) static void read_plan(void) {
  const char* plan = getenv("KILL_SHIM");
  if (plan == NULL || strchr(plan, ':') == NULL) return;
  is_before = strncmp(plan, "before:", 7) == 0;
  plan = strchr(plan, ':') + 1;
  const char* number = strchr(plan, ':');
  for (int kind = 0; number != NULL && kind < KINDS; ++kind) {
    const size_t length = (size_t)(number - plan);
    if (strlen(names[kind]) == length && strncmp(plan, names[kind], length) == 0) only = kind;
  }
  target = atol(number != NULL ? number + 1 : plan);
}

__attribute__((destructor)) static void say_counts(void) {
  char text[512];
  int length = snprintf(text, sizeof text, "counted");
  for (int kind = 0; kind < KINDS; ++kind) {
    length += snprintf(text + length, sizeof text - (size_t)length, " %s %ld", names[kind],
                       atomic_load(&calls[kind]));
  }
  text[length++] = '\n';
  report(text, length);
}

static void die(enum kind kind, long number) {
  char text[128];
  report(text, snprintf(text, sizeof text, "killed %s %ld %s %ld\n", is_before ? "before" : "after",
                        number, names[kind], atomic_load(&calls[kind])));
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

// Whether this call is the one; before it, the process ends here.
static int begins(enum kind kind) {
  const long of_kind = atomic_fetch_add(&calls[kind], 1) + 1;
  const long of_all = atomic_fetch_add(&all_calls, 1) + 1;
  const long number = only == KINDS ? of_all : of_kind;
  const int is_the_one = number == target && (only == KINDS || only == (int)kind);
  if (is_the_one && is_before) die(kind, number);
  return is_the_one;
}

#define WRAP(result, kind, name, parameters, arguments)                    \
  result name parameters {                                                 \
    static result(*next) parameters;                                       \
    if (next == NULL) next = (result(*) parameters)dlsym(RTLD_NEXT, #name); \
    const int is_the_one = begins(kind);                                   \
    const result answer = next arguments;                                  \
    if (is_the_one) die(kind, target);                                     \
    return answer;                                                         \
  }

WRAP(ssize_t, WRITE, write, (int file, const void* bytes, size_t count), (file, bytes, count))
WRAP(ssize_t, PWRITE, pwrite, (int file, const void* bytes, size_t count, off_t at),
     (file, bytes, count, at))
WRAP(ssize_t, PWRITE, pwrite64, (int file, const void* bytes, size_t count, off64_t at),
     (file, bytes, count, at))
WRAP(int, FSYNC, fsync, (int file), (file))
WRAP(int, FDATASYNC, fdatasync, (int file), (file))
WRAP(int, RENAME, rename, (const char* from, const char* to), (from, to))
WRAP(int, RENAME, renameat, (int in, const char* from, int into, const char* to),
     (in, from, into, to))
WRAP(int, RENAME, renameat2,
     (int in, const char* from, int into, const char* to, unsigned int flags),
     (in, from, into, to, flags))
WRAP(int, UNLINK, unlink, (const char* path), (path))
WRAP(int, FTRUNCATE, ftruncate, (int file, off_t length), (file, length))
WRAP(int, FTRUNCATE, ftruncate64, (int file, off64_t length), (file, length))
WRAP(ssize_t, SEND, send, (int to, const void* bytes, size_t count, int flags),
     (to, bytes, count, flags))
WRAP(ssize_t, SEND, sendto,
     (int to, const void* bytes, size_t count, int flags, const struct sockaddr* address,
      socklen_t length),
     (to, bytes, count, flags, address, length))
WRAP(ssize_t, SEND, sendmsg, (int to, const struct msghdr* message, int flags),
     (to, message, flags))
WRAP(int, CONNECT, connect, (int from, const struct sockaddr* address, socklen_t length),
     (from, address, length))
