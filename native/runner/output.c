/* Flat combining: one thread writes, the others append to the pending bytes, which the writer takes along. An answer
 * is on its way as soon as output_frame returns or another thread is writing it; none is held back to batch it. */
#include "output.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "crash.h"
#include "limits.h"

/* After a crash no frame is taken any more, but those that were are still written; then nothing is written at all, and
 * whoever tries waits for the end. In a process that ends by exit(), frames are dropped from then on. */
enum state { TAKING, CLOSING, CLOSED, ENDED };

struct bytes {
    unsigned char *data;
    size_t used;
    size_t room;
};

static struct {
    int fd;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    atomic_bool writing;  /* a thread has taken it on to write, until nothing is pending */
    atomic_bool in_write; /* it is in the middle of a frame */
    atomic_int state;     /* of enum state */
    unsigned waiting;
    struct bytes pending;
} out = {.fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

void output_init(int fd) { out.fd = fd; }

void output_abandon(void)
{
    close(out.fd);
    out.fd = -1;
}

struct field field_text(const char *text)
{
    /* A text of 4 GiB is cut to a size that output_frame refuses. */
    size_t size = text == NULL ? 0 : strlen(text);
    return (struct field){text, size > FRAME_BYTES_MAX ? FRAME_BYTES_MAX : (uint32_t)size};
}

static void wait_for_ever(void)
{
    for (;;) pause();
}

/* Writes whole frames. The host being gone is the end of the process. */
static void write_all(struct iovec *parts, int count)
{
    atomic_store(&out.in_write, true);
    if (atomic_load(&out.state) == CLOSED) {
        atomic_store(&out.in_write, false);
        wait_for_ever();
    }
    while (count > 0) {
        ssize_t n = writev(out.fd, parts, count);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) _exit(0);
        if (n < 0 && errno == EBADF) _exit(EXIT_LINE_LOST);
        if (n < 0) abort();
        size_t done = (size_t)n;
        while (count > 0 && done >= parts->iov_len) {
            done -= parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + done;
            parts->iov_len -= done;
        }
    }
    atomic_store(&out.in_write, false);
}

/* Lays the frame out: small pieces go to `small`, the fields' own bytes are pointed at. Returns the number of parts. */
static int lay_out(const struct frame_head *head, const struct field *fields, size_t count, unsigned char *small,
                   struct iovec *parts)
{
    static const char nul = 0;
    frame_head_write(small, head);
    size_t used = FRAME_HEAD_BYTES;
    size_t from = 0;
    int n = 0;
    for (size_t i = 0; i < count; i++) {
        put_u32(small + used, fields[i].data == NULL ? FIELD_NULL : fields[i].size);
        used += 4;
        if (fields[i].data != NULL && fields[i].size > 0) {
            parts[n++] = (struct iovec){small + from, used - from};
            parts[n++] = (struct iovec){(void *)(uintptr_t)fields[i].data, fields[i].size};
            from = used;
        }
        small[used++] = (unsigned char)nul;
    }
    parts[n++] = (struct iovec){small + from, used - from};
    return n;
}

/* Appends the parts to the pending bytes. Returns false when memory has run out. */
static bool append(const struct iovec *parts, int count, size_t total)
{
    struct bytes *to = &out.pending;
    if (to->room - to->used < total) {
        size_t room = to->room == 0 ? 4096 : to->room;
        while (room - to->used < total) room *= 2;
        unsigned char *data = realloc(to->data, room);
        if (data == NULL) return false;
        to->data = data;
        to->room = room;
    }
    for (int i = 0; i < count; i++) {
        memcpy(to->data + to->used, parts[i].iov_base, parts[i].iov_len);
        to->used += parts[i].iov_len;
    }
    return true;
}

/* With the lock held by the writing thread: writes what others left, until nothing is pending. */
static void drain(void)
{
    while (out.pending.used > 0) {
        struct bytes batch = out.pending;
        out.pending = (struct bytes){NULL, 0, 0};
        pthread_mutex_unlock(&out.lock);
        struct iovec whole = {batch.data, batch.used};
        write_all(&whole, 1);
        pthread_mutex_lock(&out.lock);
        /* Keep one buffer for the next time; an unusually large one goes back. */
        if (out.pending.data == NULL && batch.room <= OUTPUT_PENDING_BYTES_MAX / 4) {
            out.pending = (struct bytes){batch.data, 0, batch.room};
        } else {
            free(batch.data);
        }
        if (out.waiting > 0) pthread_cond_broadcast(&out.changed);
    }
}

int output_frame(enum frame_kind kind, uint8_t op, uint64_t id, uint64_t parent, const struct field *fields,
                 size_t count)
{
    assert(count <= FIELDS_WRITE_MAX);
    if (out.fd < 0 || atomic_load(&out.state) == ENDED) return 0;
    size_t total = FRAME_HEAD_BYTES;
    for (size_t i = 0; i < count; i++) total += 5 + (size_t)fields[i].size;
    if (total - FRAME_LENGTH_BYTES > FRAME_BYTES_MAX) return -1;

    struct frame_head head = {(uint32_t)(total - FRAME_LENGTH_BYTES), (uint8_t)kind, op, (uint16_t)count, id, parent};
    unsigned char small[FRAME_HEAD_BYTES + 5 * FIELDS_WRITE_MAX];
    struct iovec parts[2 * FIELDS_WRITE_MAX + 1];
    int n = lay_out(&head, fields, count, small, parts);

    pthread_mutex_lock(&out.lock);
    bool copied = false;
    while (atomic_load(&out.writing) && !copied) {
        bool taking = atomic_load(&out.state) == TAKING;
        bool fits = total <= FRAME_COPY_BYTES_MAX && out.pending.used + total <= OUTPUT_PENDING_BYTES_MAX;
        if (taking && fits && append(parts, n, total)) {
            copied = true;
        } else {
            out.waiting++;
            pthread_cond_wait(&out.changed, &out.lock);
            out.waiting--;
        }
    }
    if (!copied) {
        atomic_store(&out.writing, true);
        pthread_mutex_unlock(&out.lock);
        int state = atomic_load(&out.state);
        if (state != TAKING) {
            atomic_store(&out.writing, false);
            if (state == ENDED) return 0;
            wait_for_ever();
        }
        write_all(parts, n);
        pthread_mutex_lock(&out.lock);
        drain();
        atomic_store(&out.writing, false);
        if (out.waiting > 0) pthread_cond_broadcast(&out.changed);
    }
    pthread_mutex_unlock(&out.lock);
    return 0;
}

/* Looks every 0.2 ms whether the writer is done. Returns false when it was not within the time. */
static bool writer_is_done(int milliseconds)
{
    const struct timespec nap = {0, 200000};
    for (int i = 0; i < milliseconds * 5; i++) { /* five naps are a millisecond at least */
        if (!atomic_load(&out.writing)) return true;
        nanosleep(&nap, NULL);
    }
    return !atomic_load(&out.writing);
}

void output_end(void) { atomic_store(&out.state, ENDED); }

bool output_was_lost(void) { return atomic_load(&out.state) == CLOSED; }

int output_seize(void)
{
    writer_is_done(CRASH_DRAIN_MILLISECONDS);
    atomic_store(&out.state, CLOSING);
    if (writer_is_done(CRASH_WRITE_MILLISECONDS)) return out.fd;
    /* The writer is stuck. Only between two frames is there room for a report: when it was the writer that crashed, or
     * it waits for a lock that the crashed thread holds. */
    atomic_store(&out.state, CLOSED);
    return atomic_load(&out.in_write) ? -1 : out.fd;
}
