/* How a runner ends: with its host, or because the host sent what it never should. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../crash.h"
#include "harness.h"
#include "host.h"

TEST(idle_end, "the end of the socket ends an idle runner with status 0")
{
    host_end(host_ready("echoes"));
}

TEST(sleep_end, "the end of the socket ends a runner whose call sleeps")
{
    struct host *host = host_ready("waits");
    host_invoke(host, 2, "sleep", "");
    host_printed(host, "sleeping");
    host_end(host);
}

TEST(spin_end, "the end of the socket ends a runner whose call spins")
{
    struct host *host = host_ready("waits");
    host_invoke(host, 2, "spin", "");
    host_printed(host, "spinning");
    host_end(host);
}

TEST(host_call_end, "the end of the socket ends a runner that waits for an answer of the host")
{
    struct host *host = host_ready("asks-host");
    host_invoke(host, 2, "config_get", "{\"a\":\"key\"}");
    host_take(host, FRAME_HOST_CALL, ANY_ID);
    host_end(host);
}

TEST(full_end, "the end of the socket ends a runner all of whose threads are in calls")
{
    struct host *host = host_start_small("waits");
    host_take_ready(host);
    for (uint64_t id = 2; id < 2 + 8; id++) host_invoke(host, id, "meet", "9");
    host_settle(host);
    host_end(host);
}

TEST(after_destroy, "what is left of a plugin after destroy can ask for nothing, and the host is not bothered")
{
    struct host *host = host_ready("asks-host");
    struct field destroy[1] = {text_field(NULL)};
    host_send(host, FRAME_CALL, ENTRY_DESTROY, 2, destroy, 1);
    host_take(host, FRAME_RETURN, 2);
    const char *refused = host_ask(host, 3, "db_query", "{\"a\":\"SELECT 1\"}");
    CHECK_TEXT(refused, "{\"error\":\"context_unavailable\",\"message\":\"the plugin was shut down\"}");
    CHECK_TEXT(host_ask(host, 4, "config_get", "{\"a\":\"key\"}"), "null");
    host_settle(host);
    CHECK_INT(host_count(host, FRAME_HOST_CALL), 0);
    host_end(host);
}

TEST(usage, "a runner without a library or a socket says so and ends")
{
    static const struct {
        const char *command;
        int status;
        const char *said;
    } cases[] = {{"'%s/runner' 2>&1", 64, "usage: osprey-runner LIBRARY"},
                 {"'%s/runner' a 1 b c 2>&1", 64, "usage: osprey-runner LIBRARY"},
                 {"'%s/runner' a 3>&- 2>&1", 70, "no socket on descriptor 3"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[512];
        char line[256] = "";
        snprintf(command, sizeof command, cases[i].command, test_folder());
        FILE *pipe = popen(command, "r");
        if (pipe == NULL) abort();
        if (fgets(line, sizeof line, pipe) == NULL) FAIL("nothing was said");
        int status = pclose(pipe);
        CHECK_INT(WEXITSTATUS(status), cases[i].status);
        CHECK(strstr(line, cases[i].said) != NULL);
    }
}

/* ---- what the host never should send ------------------------------------------------------------------------- */

/* Sends bytes to a runner; it must say why and end with the status for that. */
static void offend(const void *bytes, size_t size, const char *reason)
{
    struct host *host = host_ready("echoes");
    host_send_bytes(host, bytes, size);
    host_wait_gone(host);
    host_said(host, reason);
    host_exited(host, EXIT_PROTOCOL);
}

static void offend_head(const struct frame_head *head, const char *reason)
{
    unsigned char bytes[FRAME_HEAD_BYTES];
    frame_head_write(bytes, head);
    offend(bytes, sizeof bytes, reason);
}

TEST(bad_length, "a frame with an impossible length or number of fields ends the runner")
{
    offend_head(&(struct frame_head){0, FRAME_CALL, 1, 4, 2, 0}, "an impossible head");
    offend_head(&(struct frame_head){19, FRAME_PING, 0, 0, 2, 0}, "an impossible head");
    offend_head(&(struct frame_head){UINT32_MAX, FRAME_CALL, 1, 4, 2, 0}, "an impossible head");
    offend_head(&(struct frame_head){20, FRAME_PING, 0, FRAME_FIELDS_MAX + 1, 2, 0}, "an impossible head");
}

TEST(bad_kind, "a frame of an unknown kind, or of one that only the runner sends, ends the runner")
{
    const uint8_t kinds[] = {0, FRAME_RETURN, FRAME_HOST_CALL, FRAME_LOG, FRAME_HELLO, FRAME_PONG, FRAME_FAULT,
                             FRAME_CREDIT, FRAME_READY, FRAME_READY + 1, 255};
    for (size_t i = 0; i < sizeof kinds; i++) {
        offend_head(&(struct frame_head){20, kinds[i], 0, 0, 2, 0}, "only the runner sends");
    }
}

/* One call frame whose body is given. */
static void offend_body(uint8_t kind, uint8_t op, uint16_t nfields, uint64_t id, const char *body, size_t size,
                        const char *reason)
{
    unsigned char bytes[256];
    struct frame_head head = {(uint32_t)(20 + size), kind, op, nfields, id, 0};
    frame_head_write(bytes, &head);
    memcpy(bytes + FRAME_HEAD_BYTES, body, size);
    offend(bytes, FRAME_HEAD_BYTES + size, reason);
}

#define BODY(text) text, sizeof text - 1

TEST(bad_call, "a call with the wrong fields, entry or id ends the runner")
{
    offend_body(FRAME_CALL, ENTRY_DESTROY, 1, 0, BODY("\0\0\0\0\0"), "a call with the wrong fields");
    offend_body(FRAME_CALL, ENTRY_LOAD, 1, 2, BODY("\0\0\0\0\0"), "a call with the wrong fields");
    offend_body(FRAME_CALL, 6, 1, 2, BODY("\0\0\0\0\0"), "a call with the wrong fields");
    offend_body(FRAME_CALL, ENTRY_INVOKE, 1, 2, BODY("\0\0\0\0\0"), "a call with the wrong fields");
    offend_body(FRAME_CALL, ENTRY_DESTROY, 1, 2, BODY(""), "a call that is cut short");
    offend_body(FRAME_CALL, ENTRY_DESTROY, 1, 2, BODY("\1\0\0\0\0"), "a call that is cut short");
    offend_body(FRAME_CALL, ENTRY_DESTROY, 1, 2, BODY("\1\0\0\0ax"), "a call that is cut short");
    offend_body(FRAME_CALL, ENTRY_DESTROY, 1, 2, BODY("\1\0\0\0a\0\0"), "a call that is cut short");
    offend_body(FRAME_CALL, ENTRY_DESTROY, 1, 2, BODY("\376\377\377\377a\0"), "a call that is cut short");
}

TEST(bad_answer, "an answer with the wrong fields ends the runner")
{
    offend_body(FRAME_HOST_RETURN, 1, 0, 2, BODY(""), "an answer with the wrong fields");
    offend_body(FRAME_HOST_RETURN, 1, 1, 2, BODY("\0\0\0\0"), "an answer with the wrong fields");
    offend_body(FRAME_HOST_RETURN, 1, 2, 2, BODY("\0\0\0\0\0\0\0\0\0\0"), "an answer with the wrong fields");
    offend_body(FRAME_HOST_RETURN, 1, 1, 2, BODY("\2\0\0\0a\0"), "an answer that is cut short");
    offend_body(FRAME_HOST_RETURN, 1, 1, 2, BODY("\0\0\0\0a\0"), "an answer that is cut short");
    offend_body(FRAME_HOST_RETURN, 1, 1, 2, BODY("\377\377\377\377a\0"), "an answer that is cut short");
    offend_body(FRAME_HOST_RETURN, 1, 1, 2, BODY("\1\0\0\0ab"), "an answer without its end");
    offend_body(FRAME_CHUNK, 0, 1, 2, BODY("\1\0\0\0ab"), "an answer without its end");
    offend_body(FRAME_CHUNK, 0, 1, 2, BODY("\377\377\377\377\0"), "a chunk without a text");
}

TEST(cut_off, "a frame that is cut off by the end of the socket ends the runner with status 0")
{
    const unsigned char frame[] = "\56\0\0\0\1\1\4\0" "\2\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0"
                                  "\1\0\0\0a\0" "\0\0\0\0\0" "\4\0\0\0echo\0" "\1\0\0\0x";
    for (size_t size = 1; size < sizeof frame; size += 7) {
        struct host *host = host_ready("echoes");
        host_send_bytes(host, frame, size);
        host_end(host);
    }
    /* Also one that is read straight into its own memory. */
    struct host *host = host_ready("echoes");
    unsigned char large[1000] = {0};
    struct frame_head head = {1000 * 1000, FRAME_CALL, ENTRY_INVOKE, 4, 2, 0};
    frame_head_write(large, &head);
    host_send_bytes(host, large, sizeof large);
    host_end(host);
}

TEST(garbage, "random bytes never make the runner hang or crash")
{
    uint32_t state = 12345; /* Always the same, so that a failure can be repeated. */
    for (int round = 0; round < 40; round++) {
        unsigned char bytes[400];
        for (size_t i = 0; i < sizeof bytes; i++) {
            state = state * 1664525u + 1013904223u;
            bytes[i] = (unsigned char)(state >> 24);
        }
        /* Half of the rounds get past the head. */
        if (round % 2 == 0) {
            struct frame_head head = {20 + bytes[0], bytes[1] % 14, bytes[2] % 7, bytes[3] % 5, bytes[4] % 3, 0};
            frame_head_write(bytes, &head);
        }
        struct host *host = host_ready("echoes");
        host_send_bytes(host, bytes, sizeof bytes);
        shutdown(host->fd, SHUT_WR);
        host_wait_gone(host);
        int status = host_status(host);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == EXIT_PROTOCOL);
    }
}

TEST(unknown_pings, "many pings in one burst do not disturb calls")
{
    struct host *host = host_ready("echoes");
    for (uint64_t id = 1; id <= 200; id++) host_send(host, FRAME_PING, 0, id, NULL, 0);
    CHECK_TEXT(host_ask(host, 2, "echo", "x"), "x");
    for (uint64_t id = 1; id <= 200; id++) host_take(host, FRAME_PONG, id);
    host_end(host);
}

/* ---- the host's death ---------------------------------------------------------------------------------------- */

#if defined(__linux__)
/* Starts a runner from a process in between, tells when its call spins, and waits to be killed. */
static void be_host(int tell)
{
    struct host *host = host_ready("waits");
    host_invoke(host, 2, "spin", "");
    host_printed(host, "spinning");
    /* The pid and the host's end of the socket: with it held open elsewhere, only the host's death can end the runner. */
    struct iovec data = {&host->pid, sizeof host->pid};
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
                             .msg_controllen = sizeof control.bytes};
    control.head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    memcpy(CMSG_DATA(&control.head), &host->fd, sizeof host->fd);
    if (sendmsg(tell, &message, 0) < 0) abort();
    for (;;) pause();
}

TEST(host_death, "a runner whose call spins dies with its host, although the socket stays open")
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) abort();
    fflush(NULL);
    pid_t between = fork();
    if (between == 0) be_host(pair[1]);
    pid_t runner = 0;
    struct iovec data = {&runner, sizeof runner};
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
                             .msg_controllen = sizeof control.bytes};
    CHECK(recvmsg(pair[0], &message, 0) == (ssize_t)sizeof runner);
    int fd = -1;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    kill(between, SIGKILL);
    CHECK(waitpid(between, NULL, 0) == between);
    struct timeval limit = {WAIT_MS / 1000, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    fcntl(fd, F_SETFL, 0);
    char byte;
    ssize_t n = read(fd, &byte, 1);
    if (n < 0 && errno != ECONNRESET) {
        kill(runner, SIGKILL);
        FAIL("the runner outlives its host");
    }
    close(fd);
}
#endif
