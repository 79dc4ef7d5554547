/* The other end of the socket, as small as tests need it: starts a runner, sends and receives frames, and bounds
 * every wait. What goes wrong here ends the test. */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../frame.h"
#include "../limits.h"

#define ANY_ID UINT64_MAX
#define AGENT "agent-7"

struct frame {
    struct frame_head head;
    unsigned char *body;
    size_t size;
    struct field fields[FRAME_FIELDS_MAX];
    bool taken;
    struct frame *next;
};

struct bytes {
    unsigned char *data;
    size_t used;
    size_t room;
};

struct host {
    pid_t pid;
    int fd;
    bool gone; /* the runner's end of the socket is closed */
    bool may_die;
    struct bytes in;
    struct frame *frames; /* all that ever came, oldest first */
    struct frame **frames_end;
    int out_fd;
    int err_fd;
    struct bytes out; /* what was printed, always with a NUL behind it */
    struct bytes err;
};

/* Starts a runner with a plugin of the test folder, by its name, or with a library by its path. */
struct host *host_start(const char *plugin);
/* The same with the runner that was built with small limits. */
struct host *host_start_small(const char *plugin);
/* The same with the checked runner. */
struct host *host_start_checked(const char *plugin);
/* The same with the runner whose nth allocation fails, 0 for none. It may die at any time: sending to it never fails. */
struct host *host_start_starved(const char *plugin, unsigned nth);
/* Starts and takes HELLO and READY. */
struct host *host_ready(const char *plugin);
/* Takes HELLO and READY, which must say that all is well; gives READY. */
struct frame *host_take_ready(struct host *host);

/* Closes the socket; the runner must then end by itself, with status 0. */
void host_end(struct host *host);
/* Waits for the runner to end. Gives what waitpid() gave, and frees the host after checking for sanitizer reports. */
int host_status(struct host *host);
/* Like host_status; the runner must have died of this signal. */
void host_died_of(struct host *host, int signal);
void host_exited(struct host *host, int status);

struct field text_field(const char *text);
void host_send_bytes(struct host *host, const void *bytes, size_t size);
void host_send(struct host *host, enum frame_kind kind, uint8_t op, uint64_t id, const struct field *fields, size_t count);
void host_invoke(struct host *host, uint64_t id, const char *tool, const char *payload);
/* Answers a host call; NULL for a NULL answer. */
void host_answer(struct host *host, uint64_t id, const char *text);
void host_chunk(struct host *host, uint64_t id, const char *text);

/* Waits for the first frame not yet taken of that kind and id (or any, ANY_ID), and takes it. */
struct frame *host_take(struct host *host, enum frame_kind kind, uint64_t id);
/* Waits for the next frame, whatever it is. */
struct frame *host_next(struct host *host);
/* The same, but NULL when the runner has closed its end and all its frames are taken. */
struct frame *host_next_or_end(struct host *host);
/* Waits for the answer of a call and gives its text; the answer must not be a refusal. */
const char *host_result(struct host *host, uint64_t id);
/* Invokes a tool and gives its result. */
const char *host_ask(struct host *host, uint64_t id, const char *tool, const char *payload);
/* How many frames of a kind have come and are not taken. */
size_t host_count(struct host *host, enum frame_kind kind);
/* Sees to it that everything that was sent before is read by the runner, and that its answers so far are here. */
void host_settle(struct host *host);

/* Waits until the text was printed. */
void host_printed(struct host *host, const char *text);
void host_said(struct host *host, const char *text);
/* Waits until the runner has closed its end. */
void host_wait_gone(struct host *host);
/* Does not look at the socket for this long: a host that is busy. */
void host_be_busy(int milliseconds);

/* Text of a field of a frame; it must have so many. NULL for a NULL field. */
const char *frame_text(const struct frame *frame, size_t index);
uint32_t frame_u32(const struct frame *frame, size_t index);

/* The runner's threads, as the system counts them (Linux only; 1 elsewhere). */
int host_threads(const struct host *host);

/* The folder of the test's binaries, in which `plugins` and the runners are found. */
const char *test_folder(void);

#endif
