/* A host for tests, see host.h. One thread, one poll(). */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#if !defined(TEST_FOLDER)
#error "TEST_FOLDER: where the Makefile puts the plugins and the runners"
#endif

/* The sanitizers must leave fatal signals, and the stack that they are handled on, to the runner. */
#define SANITIZER_OPTIONS                                                                                        \
    "handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_sigtrap=0:"             \
    "allow_user_segv_handler=1:use_sigaltstack=0"

static struct host *latest; /* for the report of a failure */

const char *test_folder(void) { return TEST_FOLDER; }

/* ---- bytes --------------------------------------------------------------------------------------------------- */

static void reserve(struct bytes *bytes, size_t more)
{
    if (bytes->room - bytes->used > more) return;
    size_t room = bytes->room == 0 ? 4096 : bytes->room;
    while (room - bytes->used <= more) room *= 2;
    bytes->data = realloc(bytes->data, room);
    if (bytes->data == NULL) abort();
    bytes->room = room;
}

/* Reads what is there. Returns false at the end of the stream. */
static bool read_more(int fd, struct bytes *to)
{
    for (;;) {
        reserve(to, 256 * 1024);
        ssize_t n = read(fd, to->data + to->used, to->room - to->used - 1);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return true;
        if (n <= 0) return false;
        to->used += (size_t)n;
        to->data[to->used] = 0;
    }
}

/* Cuts frames out of what was read. */
static void cut_frames(struct host *host)
{
    size_t from = 0;
    for (;;) {
        size_t have = host->in.used - from;
        if (have < FRAME_HEAD_BYTES) break;
        struct frame_head head;
        if (frame_head_read(host->in.data + from, &head) != 0) FAIL("the runner sent an impossible head");
        size_t whole = FRAME_LENGTH_BYTES + (size_t)head.length;
        if (have < whole) break;
        struct frame *frame = calloc(1, sizeof *frame);
        if (frame == NULL) abort();
        frame->head = head;
        frame->size = whole - FRAME_HEAD_BYTES;
        frame->body = malloc(frame->size + 1);
        if (frame->body == NULL) abort();
        memcpy(frame->body, host->in.data + from + FRAME_HEAD_BYTES, frame->size);
        if (frame_fields_read(frame->body, frame->size, frame->fields, head.nfields) != 0) {
            FAIL("the runner sent a frame of kind %u with damaged fields", head.kind);
        }
        *host->frames_end = frame;
        host->frames_end = &frame->next;
        from += whole;
    }
    if (from == 0) return;
    memmove(host->in.data, host->in.data + from, host->in.used - from);
    host->in.used -= from;
}

/* Waits for any of the descriptors, and takes what they have. */
static void pump(struct host *host, int milliseconds, bool to_write)
{
    struct pollfd fds[3] = {{host->gone ? -1 : host->fd, (short)(POLLIN | (to_write ? POLLOUT : 0)), 0},
                            {host->out_fd, POLLIN, 0},
                            {host->err_fd, POLLIN, 0}};
    if (poll(fds, 3, milliseconds) < 0 && errno != EINTR) abort();
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        if (!read_more(host->fd, &host->in)) host->gone = true;
        cut_frames(host);
    }
    if (fds[1].revents != 0 && !read_more(host->out_fd, &host->out)) {
        close(host->out_fd);
        host->out_fd = -1;
    }
    if (fds[2].revents != 0 && !read_more(host->err_fd, &host->err)) {
        close(host->err_fd);
        host->err_fd = -1;
    }
}

static int left_of(int64_t deadline)
{
    int64_t left = deadline - now_ms();
    return left < 0 ? 0 : (int)left;
}

/* ---- starting and ending ------------------------------------------------------------------------------------- */

static void show_runner(void)
{
    if (latest == NULL) return;
    pump(latest, 0, false);
    if (latest->gone) fprintf(stderr, "    the runner had closed its end\n");
    if (latest->err.used > 0) fprintf(stderr, "    its stderr: %.6000s\n", (char *)latest->err.data);
    for (struct frame *frame = latest->frames; frame != NULL; frame = frame->next) {
        if (frame->taken) continue;
        fprintf(stderr, "    not taken: kind %u op %u id %llu parent %llu %.60s\n", frame->head.kind, frame->head.op,
                (unsigned long long)frame->head.id, (unsigned long long)frame->head.parent,
                frame->head.nfields > 0 && frame->fields[0].data != NULL ? frame->fields[0].data : "");
    }
}

static void set_up_child(const char *runner, const char *library, int fd, int out, int err)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    /* Away from 0 to 3 first: one may stand where another has to go. */
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    int high_out = fcntl(out, F_DUPFD_CLOEXEC, 10);
    int high_err = fcntl(err, F_DUPFD_CLOEXEC, 10);
    dup2(nothing, STDIN_FILENO);
    dup2(high_out, STDOUT_FILENO);
    dup2(high_err, STDERR_FILENO);
    dup2(high, 3);
    setenv("ASAN_OPTIONS", SANITIZER_OPTIONS, 1);
    setenv("UBSAN_OPTIONS", SANITIZER_OPTIONS ":print_stacktrace=1", 1);
    setenv("TSAN_OPTIONS", SANITIZER_OPTIONS ":die_after_fork=0:atexit_sleep_ms=10", 1);
    execl(runner, runner, library, (char *)NULL);
    fprintf(stderr, "exec of %s failed: %s\n", runner, strerror(errno));
    _exit(127);
}

static struct host *start(const char *runner_name, const char *plugin)
{
    char runner[512];
    char library[512];
    snprintf(runner, sizeof runner, "%s/%s", test_folder(), runner_name);
    snprintf(library, sizeof library, "%s/plugins/%s.so", test_folder(), plugin);
    if (plugin[0] == '/') snprintf(library, sizeof library, "%s", plugin);

    struct host *host = calloc(1, sizeof *host);
    if (host == NULL) abort();
    host->frames_end = &host->frames;
    reserve(&host->out, 1);
    reserve(&host->err, 1);
    host->out.data[0] = 0;
    host->err.data[0] = 0;
    int sockets[2];
    int out[2];
    int err[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0 || pipe(out) != 0 || pipe(err) != 0) abort();
    const int ours[3] = {sockets[0], out[0], err[0]};
    for (size_t i = 0; i < 3; i++) {
        fcntl(ours[i], F_SETFD, FD_CLOEXEC);
        fcntl(ours[i], F_SETFL, O_NONBLOCK);
    }
    const int theirs[3] = {sockets[1], out[1], err[1]};
    for (size_t i = 0; i < 3; i++) fcntl(theirs[i], F_SETFD, FD_CLOEXEC);
    fflush(NULL);
    host->pid = fork();
    if (host->pid < 0) abort();
    if (host->pid == 0) set_up_child(runner, library, theirs[0], theirs[1], theirs[2]);
    for (size_t i = 0; i < 3; i++) close(theirs[i]);
    host->fd = ours[0];
    host->out_fd = ours[1];
    host->err_fd = ours[2];
    signal(SIGPIPE, SIG_IGN);
    latest = host;
    on_failure = show_runner;
    return host;
}

struct host *host_start(const char *plugin) { return start("runner", plugin); }

struct host *host_start_small(const char *plugin) { return start("runner-small", plugin); }

struct host *host_start_checked(const char *plugin) { return start("runner-checked", plugin); }

struct host *host_start_starved(const char *plugin, unsigned nth)
{
    char number[16];
    snprintf(number, sizeof number, "%u", nth);
    setenv("STARVE", number, 1);
    struct host *host = start("runner-starved", plugin);
    host->may_die = true;
    return host;
}

struct frame *host_take_ready(struct host *host)
{
    struct frame *hello = host_next(host);
    CHECK_INT(hello->head.kind, FRAME_HELLO);
    struct frame *ready = host_take(host, FRAME_READY, 0);
    CHECK_INT(ready->head.op, LOAD_OK);
    return ready;
}

struct host *host_ready(const char *plugin)
{
    struct host *host = host_start(plugin);
    host_take_ready(host);
    return host;
}

static void free_host(struct host *host)
{
    while (host->frames != NULL) {
        struct frame *frame = host->frames;
        host->frames = frame->next;
        free(frame->body);
        free(frame);
    }
    if (host->fd >= 0) close(host->fd);
    if (host->out_fd >= 0) close(host->out_fd);
    if (host->err_fd >= 0) close(host->err_fd);
    free(host->in.data);
    free(host->out.data);
    free(host->err.data);
    free(host);
    latest = NULL;
}

int host_status(struct host *host)
{
    int64_t deadline = now_ms() + WAIT_MS;
    int status = 0;
    for (;;) {
        pid_t pid = waitpid(host->pid, &status, WNOHANG);
        if (pid == host->pid) break;
        if (pid < 0 && errno != EINTR) abort();
        if (now_ms() > deadline) FAIL("the runner did not end");
        pump(host, 1, false);
    }
    pump(host, 0, false);
    const char *err = (const char *)host->err.data;
    if (strstr(err, "Sanitizer") != NULL || strstr(err, "runtime error:") != NULL) FAIL("a sanitizer reported");
    free_host(host);
    return status;
}

void host_died_of(struct host *host, int signal)
{
    int status = host_status(host);
    CHECK(WIFSIGNALED(status));
    CHECK_INT(WTERMSIG(status), signal);
}

void host_exited(struct host *host, int wanted)
{
    int status = host_status(host);
    if (WIFSIGNALED(status)) FAIL("the runner died of signal %d", WTERMSIG(status));
    CHECK_INT(WEXITSTATUS(status), wanted);
}

void host_end(struct host *host)
{
    close(host->fd);
    host->fd = -1;
    host->gone = true;
    host_exited(host, 0);
}

/* ---- sending ------------------------------------------------------------------------------------------------- */

void host_send_bytes(struct host *host, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    int64_t deadline = now_ms() + WAIT_MS;
    while (size > 0) {
        ssize_t n = write(host->fd, at, size);
        if (n > 0) {
            at += n;
            size -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            if (now_ms() > deadline) FAIL("the runner does not read");
            pump(host, left_of(deadline), true);
        } else if (n < 0 && errno == EPIPE && host->may_die) {
            return;
        } else if (n < 0 && errno != EINTR) {
            FAIL("the runner has gone: %s", strerror(errno));
        }
    }
}

struct field text_field(const char *text) { return (struct field){text, text == NULL ? 0 : (uint32_t)strlen(text)}; }

void host_send(struct host *host, enum frame_kind kind, uint8_t op, uint64_t id, const struct field *fields, size_t count)
{
    size_t total = FRAME_HEAD_BYTES;
    for (size_t i = 0; i < count; i++) total += 5 + (size_t)fields[i].size;
    unsigned char *bytes = malloc(total);
    if (bytes == NULL) abort();
    struct frame_head head = {(uint32_t)(total - FRAME_LENGTH_BYTES), (uint8_t)kind, op, (uint16_t)count, id, 0};
    frame_head_write(bytes, &head);
    size_t used = FRAME_HEAD_BYTES;
    for (size_t i = 0; i < count; i++) {
        put_u32(bytes + used, fields[i].data == NULL ? FIELD_NULL : fields[i].size);
        used += 4;
        if (fields[i].data != NULL) memcpy(bytes + used, fields[i].data, fields[i].size);
        used += fields[i].size;
        bytes[used++] = 0;
    }
    host_send_bytes(host, bytes, total);
    free(bytes);
}

void host_invoke(struct host *host, uint64_t id, const char *tool, const char *payload)
{
    struct field fields[4] = {text_field(AGENT), text_field("tool"), text_field(tool), text_field(payload)};
    host_send(host, FRAME_CALL, ENTRY_INVOKE, id, fields, 4);
}

void host_answer(struct host *host, uint64_t id, const char *text)
{
    struct field field = text_field(text);
    host_send(host, FRAME_HOST_RETURN, text == NULL ? STATUS_NULL : STATUS_TEXT, id, &field, 1);
}

void host_chunk(struct host *host, uint64_t id, const char *text)
{
    struct field field = text_field(text);
    host_send(host, FRAME_CHUNK, 0, id, &field, 1);
}

/* ---- receiving ----------------------------------------------------------------------------------------------- */

static struct frame *find(struct host *host, int kind, uint64_t id)
{
    for (struct frame *frame = host->frames; frame != NULL; frame = frame->next) {
        if (frame->taken || (kind != 0 && frame->head.kind != kind)) continue;
        if (id == ANY_ID || frame->head.id == id) return frame;
    }
    return NULL;
}

/* NULL when the runner has gone without sending it. */
static struct frame *take_or_end(struct host *host, int kind, uint64_t id)
{
    int64_t deadline = now_ms() + WAIT_MS;
    for (;;) {
        struct frame *frame = find(host, kind, id);
        if (frame != NULL) {
            frame->taken = true;
            return frame;
        }
        if (host->gone) return NULL;
        if (now_ms() > deadline) FAIL("no frame of kind %d, id %llu came", kind, (unsigned long long)id);
        pump(host, left_of(deadline), false);
    }
}

static struct frame *take(struct host *host, int kind, uint64_t id)
{
    struct frame *frame = take_or_end(host, kind, id);
    if (frame == NULL) FAIL("the runner has gone before it sent kind %d, id %llu", kind, (unsigned long long)id);
    return frame;
}

struct frame *host_take(struct host *host, enum frame_kind kind, uint64_t id) { return take(host, (int)kind, id); }

struct frame *host_next(struct host *host) { return take(host, 0, ANY_ID); }

struct frame *host_next_or_end(struct host *host) { return take_or_end(host, 0, ANY_ID); }

const char *host_result(struct host *host, uint64_t id)
{
    struct frame *frame = host_take(host, FRAME_RETURN, id);
    if (frame->head.op == STATUS_REFUSED) FAIL("call %llu was refused: %s", (unsigned long long)id, frame_text(frame, 0));
    return frame_text(frame, 0);
}

const char *host_ask(struct host *host, uint64_t id, const char *tool, const char *payload)
{
    host_invoke(host, id, tool, payload);
    return host_result(host, id);
}

size_t host_count(struct host *host, enum frame_kind kind)
{
    size_t n = 0;
    for (struct frame *frame = host->frames; frame != NULL; frame = frame->next) {
        n += !frame->taken && frame->head.kind == kind;
    }
    return n;
}

void host_settle(struct host *host)
{
    static uint64_t pings = 1000000;
    host_send(host, FRAME_PING, 0, ++pings, NULL, 0);
    host_take(host, FRAME_PONG, pings);
}

static void wait_for_text(struct host *host, const struct bytes *bytes, const char *text)
{
    int64_t deadline = now_ms() + WAIT_MS;
    while (strstr((const char *)bytes->data, text) == NULL) {
        if (now_ms() > deadline) FAIL("never printed: %s", text);
        if (host->out_fd < 0 && host->err_fd < 0) FAIL("ended without printing: %s", text);
        pump(host, left_of(deadline), false);
    }
}

void host_printed(struct host *host, const char *text) { wait_for_text(host, &host->out, text); }

void host_said(struct host *host, const char *text) { wait_for_text(host, &host->err, text); }

void host_wait_gone(struct host *host)
{
    int64_t deadline = now_ms() + WAIT_MS;
    while (!host->gone) {
        if (now_ms() > deadline) FAIL("the runner's end of the socket stays open");
        pump(host, left_of(deadline), false);
    }
}

void host_be_busy(int milliseconds)
{
    int64_t until = now_ms() + milliseconds;
    while (now_ms() < until) poll(NULL, 0, left_of(until));
}

const char *frame_text(const struct frame *frame, size_t index)
{
    if (index >= frame->head.nfields) FAIL("a frame of kind %u has no field %zu", frame->head.kind, index);
    return frame->fields[index].data;
}

uint32_t frame_u32(const struct frame *frame, size_t index)
{
    const char *data = frame_text(frame, index);
    CHECK_INT(frame->fields[index].size, 4);
    return get_u32((const unsigned char *)data);
}

int host_threads(const struct host *host)
{
#if defined(__linux__)
    char path[64];
    char line[256];
    int threads = -1;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)host->pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) FAIL("no %s", path);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "Threads:", 8) == 0) threads = atoi(line + 8);
    }
    fclose(file);
#if defined(__SANITIZE_THREAD__)
    threads--; /* the sanitizer's own */
#endif
    return threads;
#else
    (void)host;
    return 1;
#endif
}
