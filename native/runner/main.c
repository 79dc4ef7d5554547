/* osprey-runner [--host-version N] LIBRARY [DESCRIPTOR [NAME]]: the process in which one native plugin lives.
 * osprey-runner --check LIBRARY: only looks whether the library can be opened (check.h).
 *
 * N is the version of the host that the plugin gets to see, 1 to 6, the newest without it (host_api.h).
 * DESCRIPTOR is what LIBRARY is a path to (/proc/self/fd/4), closed once the library is open. NAME is for people who
 * look at the list of processes.
 *
 * The host starts it with a socket on descriptor 3 and speaks frames (frame.h) with it. The runner sends HELLO, loads
 * the library, sends READY, and then runs calls until the host closes the socket. It ends with status 0 then; a plugin
 * that crashes takes only this process along.
 */
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "checks.h"
#include "context.h"
#include "crash.h"
#include "frame.h"
#include "host_api.h"
#include "limits.h"
#include "output.h"
#include "plugin.h"
#include "pool.h"

#define SOCKET_GIVEN 3
#define SOCKET_LOWEST 100
#define EXIT_USAGE 64
#define EXIT_NO_SOCKET 70
/* The id of the work before READY; the host counts its own calls from 2. */
#define LOAD_CALL_ID 1

/* Moves the socket out of the way of plugins that count descriptors, and keeps it from their children. */
static int take_socket(void)
{
    int fd = fcntl(SOCKET_GIVEN, F_DUPFD_CLOEXEC, SOCKET_LOWEST);
    if (fd < 0) {
        fprintf(stderr, "osprey-runner: no socket on descriptor %d: %s\n", SOCKET_GIVEN, strerror(errno));
        exit(EXIT_NO_SOCKET);
    }
    close(SOCKET_GIVEN);
    /* Answers that are in the socket outlive the process, so there should be room for them. What the system does not
     * allow, it cuts. */
    const int room = SOCKET_SEND_BYTES;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    return fd;
}

/* The runner must not outlive its host, not even while the plugin spins. */
static void follow_host(void)
{
#if defined(__linux__)
    pid_t host = getppid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != host) _exit(0);
#endif
}

static void send_hello(void)
{
    unsigned char version[4];
    put_u32(version, PROTOCOL_VERSION);
    struct field field = {(const char *)version, sizeof version};
    output_frame(FRAME_HELLO, CHECKS_ARE_MADE, 0, 0, &field, 1);
}

static struct call *load_call(void)
{
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL) abort();
    atomic_init(&call->refs, 1);
    atomic_init(&call->open, true);
    call->id = LOAD_CALL_ID;
    call->entry = ENTRY_LOAD;
    return call;
}

/* Takes the option for the host's version off the arguments. Returns false when it is none. */
static bool take_host_version(int *argc, char ***argv)
{
    if (*argc < 2 || strcmp((*argv)[1], "--host-version") != 0) return true;
    const char *number = *argc < 3 ? "" : (*argv)[2];
    if (number[0] < '1' || number[0] > '6' || number[1] != 0) return false;
    host_api_set_version((uint32_t)(number[0] - '0'));
    *argc -= 2;
    *argv += 2;
    return true;
}

int main(int argc, char **argv)
{
    if (!take_host_version(&argc, &argv) || argc < 2 || argc > 4) {
        fprintf(stderr, "usage: osprey-runner LIBRARY   (started by osprey, with a socket on descriptor 3)\n");
        return EXIT_USAGE;
    }
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    follow_host();
    if (strcmp(argv[1], "--check") == 0) return argc == 3 ? check_library(argv[2]) : EXIT_USAGE;
    int fd = take_socket();
    /* What a plugin printed before it crashed must not stay in the C library's buffer. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    output_init(fd);
    pool_init(fd, plugin_run);
    crash_init();
    struct thread *self = thread_self();
    if (self == NULL) abort();

    send_hello();
    struct call *load = call_keep(load_call());
    context_bind(self, load);
    /* After a failed load there is nothing to call, but the host decides when to end. */
    check_load_begins();
    (void)plugin_load(argv[1], argc > 2 ? atoi(argv[2]) : -1);
    check_load_ends();
    atomic_store(&load->open, false); /* Threads that were made meanwhile are the plugin's own from here on. */
    context_bind(self, NULL);
    call_release(load);
    pool_work();
    for (;;) pause();
}
