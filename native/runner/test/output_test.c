/* Unit tests of output.c: many writers, one reader, and the writing that stops for a crash report. */
#include "../output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../limits.h"
#include "harness.h"

static int theirs = -1; /* the host's end */

static void open_output(void)
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) abort();
    signal(SIGPIPE, SIG_IGN);
    output_init(sockets[0]);
    theirs = sockets[1];
}

static void read_exactly(void *to, size_t size)
{
    unsigned char *at = to;
    while (size > 0) {
        struct pollfd fd = {theirs, POLLIN, 0};
        if (poll(&fd, 1, WAIT_MS) == 0) FAIL("nothing came");
        ssize_t n = read(theirs, at, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) FAIL("the stream ended in a frame");
        at += n;
        size -= (size_t)n;
    }
}

/* Reads one frame; gives its body, for the caller to free. */
static unsigned char *read_frame(struct frame_head *head, struct field *fields)
{
    unsigned char bytes[FRAME_HEAD_BYTES];
    read_exactly(bytes, sizeof bytes);
    if (frame_head_read(bytes, head) != 0) FAIL("an impossible head");
    size_t size = head->length + FRAME_LENGTH_BYTES - FRAME_HEAD_BYTES;
    unsigned char *body = malloc(size + 1);
    if (body == NULL) abort();
    read_exactly(body, size);
    if (frame_fields_read(body, size, fields, head->nfields) != 0) FAIL("damaged fields");
    return body;
}

static bool nothing_waits(void)
{
    struct pollfd fd = {theirs, POLLIN, 0};
    return poll(&fd, 1, 0) == 0;
}

TEST(one_frame, "a frame arrives with its fields: text, empty text and NULL")
{
    open_output();
    struct field fields[3] = {field_text("text"), field_text(""), field_text(NULL)};
    CHECK_INT(output_frame(FRAME_LOG, 3, 8, 9, fields, 3), 0);
    struct frame_head head;
    struct field back[FRAME_FIELDS_MAX];
    unsigned char *body = read_frame(&head, back);
    CHECK(head.kind == FRAME_LOG && head.op == 3 && head.id == 8 && head.parent == 9);
    CHECK_TEXT(back[0].data, "text");
    CHECK_TEXT(back[1].data, "");
    CHECK_TEXT(back[2].data, NULL);
    free(body);
}

TEST(too_large, "a frame one byte over the limit is refused and nothing of it is written")
{
    open_output();
    size_t most = FRAME_BYTES_MAX - (FRAME_HEAD_BYTES - FRAME_LENGTH_BYTES) - 5;
    struct field field = {calloc(1, most + 1), (uint32_t)most + 1};
    if (field.data == NULL) abort();
    CHECK_INT(output_frame(FRAME_RETURN, 1, 2, 0, &field, 1), -1);
    CHECK(nothing_waits());
    free((void *)(uintptr_t)field.data);
}

static void *write_largest(void *unused)
{
    (void)unused;
    size_t most = FRAME_BYTES_MAX - (FRAME_HEAD_BYTES - FRAME_LENGTH_BYTES) - 5;
    struct field field = {calloc(1, most), (uint32_t)most};
    if (field.data == NULL) abort();
    CHECK_INT(output_frame(FRAME_RETURN, 1, 2, 0, &field, 1), 0);
    free((void *)(uintptr_t)field.data);
    return NULL;
}

TEST(largest, "a frame of exactly the largest size is written")
{
    open_output();
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, write_largest, NULL), 0);
    struct frame_head head;
    struct field fields[FRAME_FIELDS_MAX];
    unsigned char *body = read_frame(&head, fields);
    CHECK_INT(head.length, FRAME_BYTES_MAX);
    free(body);
    pthread_join(thread, NULL);
}

TEST(texts, "a text of a C string has its length; NULL gives a NULL field")
{
    CHECK_INT(field_text("abc").size, 3);
    CHECK_INT(field_text("").size, 0);
    CHECK(field_text("").data != NULL);
    CHECK(field_text(NULL).data == NULL);
    CHECK_INT(field_text(NULL).size, 0);
}

#define WRITERS 8
#define FRAMES_EACH 300
#define LARGE_BYTES (FRAME_COPY_BYTES_MAX + 1000u)

/* Writes numbered frames, of which some are too large to be copied. All bytes of a frame are the writer's letter. */
static void *write_many(void *argument)
{
    size_t writer = (size_t)(uintptr_t)argument;
    char *text = malloc(LARGE_BYTES);
    if (text == NULL) abort();
    memset(text, (int)('a' + writer), LARGE_BYTES);
    for (uint64_t i = 0; i < FRAMES_EACH; i++) {
        uint32_t size = i % 50 == 49 ? LARGE_BYTES : (uint32_t)(i * 7 % 3000);
        struct field fields[2] = {{text, size}, field_text("end")};
        CHECK_INT(output_frame(FRAME_LOG, (uint8_t)writer, i, 0, fields, 2), 0);
    }
    free(text);
    return NULL;
}

TEST(interleaving, "frames of many writers never mix, and each writer's arrive in its order")
{
    open_output();
    pthread_t threads[WRITERS];
    for (size_t i = 0; i < WRITERS; i++) pthread_create(&threads[i], NULL, write_many, (void *)(uintptr_t)i);
    uint64_t next[WRITERS] = {0};
    for (size_t i = 0; i < (size_t)WRITERS * FRAMES_EACH; i++) {
        struct frame_head head;
        struct field fields[FRAME_FIELDS_MAX];
        unsigned char *body = read_frame(&head, fields);
        CHECK(head.op < WRITERS);
        CHECK(head.id == next[head.op]++);
        for (size_t at = 0; at < fields[0].size; at++) CHECK_INT(fields[0].data[at], 'a' + head.op);
        CHECK_TEXT(fields[1].data, "end");
        free(body);
    }
    for (size_t i = 0; i < WRITERS; i++) pthread_join(threads[i], NULL);
    CHECK(nothing_waits());
}

TEST(seize_idle, "when nobody writes, a crash report gets the descriptor at once")
{
    open_output();
    int64_t before = now_ms();
    CHECK(output_seize() >= 0);
    CHECK(now_ms() - before < CRASH_DRAIN_MILLISECONDS);
}

static void *write_small(void *unused)
{
    (void)unused;
    struct field field = field_text("late");
    output_frame(FRAME_LOG, 0, 1, 0, &field, 1);
    FAIL("a thread went on after it had to stop");
}

TEST(seized, "once a crash is reported no other thread writes any more")
{
    open_output();
    int fd = output_seize();
    CHECK(fd >= 0);
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, write_small, NULL), 0);
    struct pollfd wait = {theirs, POLLIN, 0};
    CHECK_INT(poll(&wait, 1, 100), 0);
    _exit(0); /* The thread is stopped for good. */
}

static void *write_past_the_buffer(void *unused)
{
    (void)unused;
    struct field field = {calloc(1, 4 * 1024 * 1024), 4 * 1024 * 1024};
    if (field.data == NULL) abort();
    output_frame(FRAME_RETURN, 1, 1, 0, &field, 1);
    free((void *)(uintptr_t)field.data);
    return NULL;
}

TEST(seize_stuck, "when a frame is stuck half way a crash report is given up within a bounded time")
{
    open_output();
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, write_past_the_buffer, NULL), 0);
    struct pollfd begun = {theirs, POLLIN, 0};
    CHECK_INT(poll(&begun, 1, WAIT_MS), 1);
    int64_t before = now_ms();
    CHECK_INT(output_seize(), -1);
    /* What it waits for fits into the time of a report; on a busy machine it may get the processor late. */
    _Static_assert(CRASH_DRAIN_MILLISECONDS + CRASH_WRITE_MILLISECONDS < CRASH_REPORT_SECONDS * 1000, "in time");
    CHECK(now_ms() - before < WAIT_MS);
    _exit(0);
}

TEST(host_gone, "when the host is gone the process that writes ends with status 0")
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        open_output();
        close(theirs);
        output_frame(FRAME_PONG, 0, 1, 0, NULL, 0);
        _exit(1);
    }
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
}

TEST(abandoned, "after fork() the child writes nothing and does not hold the socket open")
{
    open_output();
    output_abandon();
    CHECK_INT(output_frame(FRAME_PONG, 0, 1, 0, NULL, 0), 0);
    struct pollfd wait = {theirs, POLLIN, 0};
    CHECK_INT(poll(&wait, 1, WAIT_MS), 1);
    char byte;
    CHECK_INT(read(theirs, &byte, 1), 0);
}
