/* Plugins that crash, exit or fork: what the host learns, and what is not lost. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "harness.h"
#include "host.h"

/* Looks for a call in FAULT's list of those that ran. */
static bool was_running(const struct frame *fault, uint64_t id)
{
    const unsigned char *ids = (const unsigned char *)frame_text(fault, 2);
    for (uint32_t at = 0; at < fault->fields[2].size; at += 8) {
        if (get_u64(ids + at) == id) return true;
    }
    return false;
}

/* Lets a call crash while another one waits. */
static void crash(const char *tool, const char *how, int signal)
{
    struct host *host = host_ready("crashes");
    host_invoke(host, 7, tool, how);
    struct frame *fault = host_take(host, FRAME_FAULT, 7);
    CHECK_INT(fault->head.op, signal);
    CHECK_INT(fault->head.nfields, 3);
    CHECK_TEXT(frame_text(fault, 0), "invoke");
    CHECK_TEXT(frame_text(fault, 1), NULL);
    CHECK_INT(fault->fields[2].size, 8);
    CHECK(was_running(fault, 7));
    host_wait_gone(host);
    CHECK_INT(host_count(host, FRAME_FAULT), 0);
    host_said(host, "the plugin crashed in invoke");
    host_said(host, "crashes.so");
    host_died_of(host, signal);
}

TEST(segv, "SIGSEGV is reported with call, entry and stack, and the runner dies of it") { crash("crash", "segv", SIGSEGV); }

TEST(aborts, "SIGABRT is reported with call, entry and stack, and the runner dies of it")
{
    crash("crash", "abort", SIGABRT);
}

TEST(fpe, "SIGFPE is reported with call, entry and stack, and the runner dies of it") { crash("crash", "fpe", SIGFPE); }

TEST(overflow, "a stack overflow is reported like any other crash") { crash("crash", "overflow", SIGSEGV); }

#if defined(__linux__)
TEST(in_thread, "a crash in a thread of the plugin's own is reported with the call that made the thread")
{
    crash("thread", "segv", SIGSEGV);
}

TEST(overflow_in_thread, "a stack overflow in a thread of the plugin's own is reported")
{
    crash("thread", "overflow", SIGSEGV);
}

TEST(twice, "two threads that crash at once give one report") { crash("twice", "segv", SIGSEGV); }
#endif

#if defined(__x86_64__) || defined(__aarch64__)
TEST(lost_frame, "a crash is reported even when the stack is so damaged that printing it crashes too")
{
    struct host *host = host_ready("crashes");
    host_invoke(host, 7, "crash", "lost");
    struct frame *fault = host_take(host, FRAME_FAULT, 7);
    CHECK_INT(fault->head.op, SIGSEGV);
    host_wait_gone(host);
    host_died_of(host, SIGSEGV);
}
#endif

TEST(blocked_signals, "a crash is reported though init has blocked all signals, on the first thread and on later ones")
{
    struct host *host = host_ready("blocks-signals");
    host_invoke(host, 2, "crash", "");
    CHECK_INT(host_take(host, FRAME_FAULT, 2)->head.op, SIGSEGV);
    host_wait_gone(host);
    host_died_of(host, SIGSEGV);
    host = host_ready("blocks-signals");
    host_invoke(host, 2, "crash later", "");
    host_invoke(host, 3, "crash", "");
    CHECK_INT(host_take(host, FRAME_FAULT, 3)->head.op, SIGSEGV);
    host_wait_gone(host);
    host_died_of(host, SIGSEGV);
}

TEST(others, "the report lists the calls that ran and not those that were over")
{
    struct host *host = host_ready("waits");
    CHECK_TEXT(host_ask(host, 2, "echo", "x"), "x");
    host_invoke(host, 3, "wait", "one");
    host_invoke(host, 4, "wait", "two");
    host_printed(host, "waiting one");
    host_printed(host, "waiting two");
    /* A signal from outside is as good a crash as any. */
    kill(host->pid, SIGABRT);
    struct frame *fault = host_take(host, FRAME_FAULT, ANY_ID);
    CHECK_INT(fault->fields[2].size, 16);
    CHECK(was_running(fault, 3));
    CHECK(was_running(fault, 4));
    host_wait_gone(host);
    host_died_of(host, SIGABRT);
}

TEST(printed, "what a plugin printed before its crash is not lost")
{
    struct host *host = host_ready("crashes");
    host_invoke(host, 2, "crash", "segv");
    host_wait_gone(host);
    host_printed(host, "a line before the crash\n");
    host_died_of(host, SIGSEGV);
}

TEST(bad_argument, "a crash of a host function on the plugin's bad pointer names the function")
{
    struct host *host = host_ready("crashes");
    host_invoke(host, 2, "bad argument", "");
    struct frame *fault = host_take(host, FRAME_FAULT, 2);
    CHECK_INT(fault->head.op, SIGSEGV);
    CHECK_TEXT(frame_text(fault, 1), "db_query");
    host_wait_gone(host);
    host_died_of(host, SIGSEGV);
}

static void fill(char *text, size_t size)
{
    memset(text, 'p', size);
    text[size] = 0;
}

/* Waits until so many bytes are in the socket, without reading them. */
static void wait_for_bytes(struct host *host, int wanted)
{
    int64_t deadline = now_ms() + WAIT_MS;
    int waiting = 0;
    while (waiting < wanted) {
        if (now_ms() > deadline) FAIL("only %d bytes wait", waiting);
        host_be_busy(1);
        if (ioctl(host->fd, FIONREAD, &waiting) != 0) abort();
    }
}

TEST(answers, "answers that were given before a crash all arrive, though the host was not reading")
{
    struct host *host = host_ready("crashes");
    enum { ECHOES = 30, SIZE = 2000 };
    char payload[SIZE + 1];
    fill(payload, SIZE);
    for (uint64_t id = 2; id < 2 + ECHOES; id++) host_invoke(host, id, "echo", payload);
    wait_for_bytes(host, ECHOES * SIZE);
    host_invoke(host, 100, "crash", "segv");
    for (uint64_t id = 2; id < 2 + ECHOES; id++) CHECK_TEXT(host_result(host, id), payload);
    host_take(host, FRAME_FAULT, 100);
    host_wait_gone(host);
    host_died_of(host, SIGSEGV);
}

/* Looks at stdout and stderr only, as a host that is busy with something else. */
static void wait_without_reading(struct host *host, bool of_err, const char *text)
{
    host->gone = true;
    if (of_err) host_said(host, text);
    else host_printed(host, text);
    host->gone = false;
}

TEST(slow_host, "answers that wait behind a large one arrive after a crash though the host was busy for a while")
{
    struct host *host = host_ready("crashes");
    size_t size = 2 * 1000 * 1000;
    char *large = malloc(size + 1);
    if (large == NULL) abort();
    fill(large, size);
    host_invoke(host, 2, "echo", large); /* Its answer does not fit into the socket. */
    wait_for_bytes(host, 1);
    for (uint64_t id = 3; id < 13; id++) host_invoke(host, id, "echo", "small");
    /* The manifest and the ten small ones have been given back: they were handed over to be written. */
    wait_without_reading(host, false, "freed 11\n");
    host_invoke(host, 13, "crash", "segv");
    wait_without_reading(host, true, "the plugin crashed");
    host_be_busy(3 * CRASH_DRAIN_MILLISECONDS);
    CHECK_TEXT(host_result(host, 2), large);
    for (uint64_t id = 3; id < 13; id++) CHECK_TEXT(host_result(host, id), "small");
    host_take(host, FRAME_FAULT, 13);
    host_wait_gone(host);
    host_died_of(host, SIGSEGV);
    free(large);
}

TEST(exits, "exit() by a plugin is reported as a fault without a signal")
{
    struct host *host = host_ready("exits");
    host_invoke(host, 2, "exit", "9");
    struct frame *fault = host_take(host, FRAME_FAULT, 2);
    CHECK_INT(fault->head.op, 0);
    CHECK_TEXT(frame_text(fault, 0), "invoke");
    host_wait_gone(host);
    host_exited(host, 9);
}

TEST(exits_hard, "_exit() by a plugin ends the runner without a report")
{
    struct host *host = host_ready("exits");
    host_invoke(host, 2, "_exit", "9");
    host_wait_gone(host);
    CHECK_INT(host_count(host, FRAME_FAULT), 0);
    host_exited(host, 9);
}

TEST(exits_and_crashes, "a crash in a destructor after exit() ends the runner instead of hanging")
{
    struct host *host = host_ready("exits");
    host_invoke(host, 2, "exit and crash", "0");
    CHECK_INT(host_take(host, FRAME_FAULT, 2)->head.op, 0);
    host_wait_gone(host);
    host_died_of(host, SIGSEGV);
}

TEST(exits_and_asks, "what a destructor asks after exit() is refused, and holds nothing up")
{
    struct host *host = host_ready("exits");
    host_invoke(host, 2, "exit and ask", "9");
    CHECK_INT(host_take(host, FRAME_FAULT, 2)->head.op, 0);
    host_wait_gone(host);
    CHECK_INT(host_count(host, FRAME_HOST_CALL), 0);
    CHECK_INT(host_count(host, FRAME_LOG), 0);
    CHECK(strstr((char *)host->out.data, "refused: {\"error\":\"context_unavailable\"") != NULL);
    host_exited(host, 9);
}

TEST(ends_thread, "a plugin that ends the runner's own thread is reported as an abort in that call")
{
    struct host *host = host_ready("exits");
    host_invoke(host, 2, "thread", "");
    struct frame *fault = host_take(host, FRAME_FAULT, 2);
    CHECK_INT(fault->head.op, SIGABRT);
    host_wait_gone(host);
    host_died_of(host, SIGABRT);
}

/* The process id of the child that the fixture `forks` printed. */
static pid_t child_of(struct host *host)
{
    const char *at = strstr((const char *)host->out.data, "child ");
    return at == NULL ? -1 : (pid_t)atol(at + strlen("child "));
}

TEST(forked, "a forked child that calls host functions gets refusals and keeps nothing of the socket")
{
    struct host *host = host_ready("forks");
    CHECK_TEXT(host_ask(host, 2, "stays", "parent"), "parent");
    host_printed(host, "value null, agent agent-7\n");
    CHECK(strstr((char *)host->out.data, "context_unavailable") != NULL);
    host_settle(host);
    CHECK_INT(host_count(host, FRAME_HOST_CALL), 0);
    CHECK_INT(host_count(host, FRAME_LOG), 0);
    pid_t child = child_of(host);
    CHECK(child > 1);
    /* Even a host that has no other word of its end sees it: the child does not hold the socket open. */
    kill(host->pid, SIGKILL);
    host_wait_gone(host);
    CHECK_INT(kill(child, 0), 0);
    kill(child, SIGKILL);
    host_died_of(host, SIGKILL);
}

TEST(fork_returns, "a forked child that returns from the call ends and takes no frame away")
{
    struct host *host = host_ready("forks");
    CHECK_TEXT(host_ask(host, 2, "returns", "parent"), "parent");
    host_printed(host, "child ended by itself");
    CHECK_INT(host_count(host, FRAME_RETURN), 0);
    for (uint64_t id = 3; id < 30; id++) CHECK_TEXT(host_ask(host, id, "echo", "x"), "x");
    host_end(host);
}

TEST(sigpipe, "a program that a plugin starts has the usual SIGPIPE")
{
    struct host *host = host_ready("forks");
    CHECK_TEXT(host_ask(host, 2, "execs", ""), "killed");
    host_end(host);
}
