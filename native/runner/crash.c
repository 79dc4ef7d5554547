/* The report of a crash: backtrace on stderr, one FAULT frame to the host, then the signal's own effect.
 *
 * Inside the handler only async-signal-safe functions are used, and backtrace(), which is made safe enough by calling
 * it once at the start (it loads a library the first time). A handler that hangs is ended by alarm().
 */
#include "crash.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<execinfo.h>)
#include <execinfo.h>
#define HAVE_BACKTRACE 1
#endif
#endif

#include "context.h"
#include "entries.h"
#include "host_api.h"
#include "limits.h"
#include "output.h"
#include "pool.h"

static const int FATAL_SIGNALS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

static atomic_flag reported = ATOMIC_FLAG_INIT;
static atomic_bool leaving;
static atomic_bool exiting; /* exit() was reported: what follows are the destructors of libraries */
static int first_signal;    /* of the thread that reports */
static int newer_slot = -1; /* the function behind the end of the host's table that it read */
static _Thread_local volatile sig_atomic_t in_handler;

static void say(const char *text)
{
    size_t size = strlen(text);
    while (size > 0) {
        ssize_t n = write(STDERR_FILENO, text, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        text += n;
        size -= (size_t)n;
    }
}

static void print_backtrace(void)
{
#ifdef HAVE_BACKTRACE
    void *frames[BACKTRACE_FRAMES_MAX];
    int n = backtrace(frames, BACKTRACE_FRAMES_MAX);
    backtrace_symbols_fd(frames, n, STDERR_FILENO);
#endif
}

static size_t put_text_field(unsigned char *to, const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text);
    put_u32(to, text == NULL ? FIELD_NULL : (uint32_t)size);
    if (size > 0) memcpy(to + 4, text, size);
    to[4 + size] = 0;
    return 5 + size;
}

/* The call that the thread works for; NULL when that is over, whatever the thread was made in. */
static struct call *call_at_fault(const struct thread *self)
{
    struct call *call = self == NULL ? NULL : self->call;
    return call != NULL && atomic_load(&call->open) ? call : NULL;
}

/* What the thread was in: an entry's name, or NULL for a thread of the plugin's own. */
static const char *where(const struct thread *self)
{
    if (self != NULL && self->frees) return "free_string";
    const struct call *call = call_at_fault(self);
    return call == NULL ? NULL : entry_name(call->entry);
}

/* Sends FAULT: signal (0 for exit()), the call of this thread, its entry and host function, the calls that run. */
static void send_fault(int signal)
{
    static unsigned char frame[FRAME_HEAD_BYTES + 4 * 64 + 8 * WORKERS_MAX];
    static uint64_t ids[WORKERS_MAX];
    int fd = output_seize();
    if (fd < 0) return;
    struct thread *self = thread_known();
    struct call *call = call_at_fault(self);
    size_t used = FRAME_HEAD_BYTES;
    used += put_text_field(frame + used, where(self));
    used += put_text_field(frame + used, self == NULL ? NULL : host_slot_name(self->host_slot));
    size_t n = pool_running_calls(ids, WORKERS_MAX);
    put_u32(frame + used, (uint32_t)(8 * n));
    used += 4;
    for (size_t i = 0; i < n; i++, used += 8) put_u64(frame + used, ids[i]);
    frame[used++] = 0;
    if (newer_slot >= 0) used += put_text_field(frame + used, host_slot_name(newer_slot));
    struct frame_head head = {.length = (uint32_t)(used - FRAME_LENGTH_BYTES),
                              .kind = FRAME_FAULT,
                              .op = (uint8_t)signal,
                              .nfields = newer_slot >= 0 ? 4 : 3,
                              .id = call == NULL ? 0 : call->id,
                              .parent = output_was_lost() ? 1 : 0};
    frame_head_write(frame, &head);
    for (size_t done = 0; done < used;) {
        ssize_t written = write(fd, frame + done, used - done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        done += (size_t)written;
    }
}

static void die_of(int number)
{
    signal(number, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    raise(number);
    _exit(128 + number);
}

void crash_unblock_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR2);
    sigaddset(&signals, SIGALRM); /* It bounds the report. */
    for (size_t i = 0; i < sizeof FATAL_SIGNALS / sizeof *FATAL_SIGNALS; i++) sigaddset(&signals, FATAL_SIGNALS[i]);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

static void on_fatal(int number, siginfo_t *info, void *unused)
{
    (void)unused;
    if (in_handler > 1) die_of(first_signal); /* the report crashed */
    if (in_handler == 1) {                    /* the stack is so damaged that printing it crashed */
        in_handler = 2;
        send_fault(first_signal);
        die_of(first_signal);
    }
    if (atomic_flag_test_and_set(&reported)) {
        if (atomic_load(&exiting)) die_of(number);
        for (;;) pause(); /* another thread is reporting and will end the process */
    }
    first_signal = number;
    if (number == SIGSEGV || number == SIGBUS) newer_slot = host_api_newer_slot(info->si_addr);
    in_handler = 1;
    crash_unblock_signals(); /* A fault inside this handler is to come back to it. */
    signal(SIGALRM, SIG_DFL);
    alarm(CRASH_REPORT_SECONDS);
    struct thread *self = thread_known();
    say("[osprey-runner] the plugin crashed in ");
    const char *entry = where(self);
    say(entry == NULL ? "a thread of its own" : entry);
    if (self != NULL && self->frees) say(", which got back what the plugin had returned");
    if (newer_slot >= 0) {
        say(", where it read ");
        say(host_slot_name(newer_slot));
        say(" although its host's version does not have that");
    }
    say("; its stack:\n");
    print_backtrace();
    in_handler = 2;
    send_fault(number);
    die_of(number);
}

static void on_dump(int number)
{
    (void)number;
    int error = errno;
    say("[osprey-runner] the stack of a call that takes too long:\n");
    print_backtrace();
    say("[osprey-runner] the end of the stack\n");
    errno = error;
}

static void on_exit_by_plugin(void)
{
    if (atomic_load(&leaving)) return;
    if (atomic_flag_test_and_set(&reported)) {
        for (;;) pause(); /* another thread crashed: the process shall end as it reports */
    }
    signal(SIGALRM, SIG_DFL);
    alarm(CRASH_REPORT_SECONDS);
    send_fault(0);
    alarm(0);
    /* Destructors of libraries are still to run: what they ask and log goes nowhere, but must not hold them up. */
    pool_shut();
    output_end();
    atomic_store(&exiting, true);
}

/* Nothing: a write to a pipe that was closed just fails. Unlike SIG_IGN this does not last in programs that the plugin
 * starts. */
static void on_pipe(int number) { (void)number; }

static void after_fork_in_child(void)
{
    atomic_store(&leaving, true);
    for (size_t i = 0; i < sizeof FATAL_SIGNALS / sizeof *FATAL_SIGNALS; i++) signal(FATAL_SIGNALS[i], SIG_DFL);
    output_abandon();
    pool_abandon();
}

void crash_init(void)
{
#ifdef HAVE_BACKTRACE
    void *frame[1];
    backtrace(frame, 1);
#endif
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_ONSTACK | SA_SIGINFO;
    action.sa_sigaction = on_fatal;
    for (size_t i = 0; i < sizeof FATAL_SIGNALS / sizeof *FATAL_SIGNALS; i++) {
        sigaction(FATAL_SIGNALS[i], &action, NULL);
    }
    action.sa_handler = on_dump;
    action.sa_flags = SA_ONSTACK | SA_RESTART;
    sigaction(SIGUSR2, &action, NULL);
    /* A host that went away shows as EPIPE; a plugin that writes to a closed pipe gets an error instead of its end. */
    action.sa_handler = on_pipe;
    sigaction(SIGPIPE, &action, NULL);
    atexit(on_exit_by_plugin);
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

void crash_dump_stack(pthread_t thread) { pthread_kill(thread, SIGUSR2); }

_Noreturn void crash_leave(const char *why)
{
    (void)why;
    atomic_store(&leaving, true);
#ifdef RUNNER_SANITIZED
    exit(0); /* Lets the leak check run. */
#else
    _exit(0);
#endif
}

_Noreturn void crash_protocol(const char *what)
{
    atomic_store(&leaving, true);
    say("[osprey-runner] the host sent ");
    say(what);
    say("\n");
    _exit(EXIT_PROTOCOL);
}

_Noreturn void crash_line_lost(void)
{
    atomic_store(&leaving, true);
    say("[osprey-runner] the plugin closed the line to its host\n");
    _exit(EXIT_LINE_LOST);
}
