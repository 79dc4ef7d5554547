#include "channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define HOST 3
#define EXIT_PROTOCOL 70
#define NUMBERS_BYTES (8u * ANSWER_NUMBERS)

/* Reads so many bytes. Returns false at the end of input, when nothing was read yet. */
static bool read_all(unsigned char *to, size_t size)
{
    size_t have = 0;
    while (have < size) {
        const ssize_t got = read(HOST, to + have, size - have);
        if (got > 0) have += (size_t)got;
        else if (got == 0 && have == 0) return false;
        else if (got == 0 || errno != EINTR) exit(EXIT_PROTOCOL);
    }
    return true;
}

bool channel_read(struct message *message)
{
    unsigned char head[FRAME_HEAD_BYTES];
    if (!read_all(head, sizeof head)) return false;
    if (frame_head_read(head, &message->head) != 0 || message->head.kind != FRAME_CALL) exit(EXIT_PROTOCOL);
    message->size = message->head.length - (FRAME_HEAD_BYTES - FRAME_LENGTH_BYTES);
    message->body = malloc(message->size + 1);
    if (message->body == NULL) exit(EXIT_PROTOCOL);
    if (message->size > 0 && !read_all(message->body, message->size)) exit(EXIT_PROTOCOL);
    return true;
}

void channel_free(struct message *message)
{
    volatile unsigned char *at = message->body;
    /* Only a frame with a key is as short; overwriting long ones would cost time for nothing. */
    for (size_t i = 0; i < message->size && message->size <= 8192; i++) at[i] = 0;
    free(message->body);
    message->body = NULL;
}

/* Writes all of them; the host that is gone ends the process. */
static void write_all(struct iovec *parts, int count)
{
    while (count > 0) {
        const ssize_t sent = writev(HOST, parts, count);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) exit(0);
        size_t left = (size_t)sent;
        while (count > 0 && left >= parts->iov_len) {
            left -= parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + left;
            parts->iov_len -= left;
        }
    }
}

void channel_write(uint64_t id, const struct answer *answer)
{
    unsigned char front[FRAME_HEAD_BYTES + 4];
    unsigned char back[1 + 4 + NUMBERS_BYTES + 1] = {0};
    const size_t length = sizeof front - FRAME_LENGTH_BYTES + answer->size + sizeof back;
    const struct frame_head head = {(uint32_t)length, FRAME_RETURN, (uint8_t)answer->status, 2, id, 0};
    frame_head_write(front, &head);
    put_u32(front + FRAME_HEAD_BYTES, (uint32_t)answer->size);
    put_u32(back + 1, NUMBERS_BYTES);
    put_u64(back + 5, answer->flags);
    put_u64(back + 13, answer->code);
    struct iovec parts[3] = {
        {front, sizeof front}, {answer->text == NULL ? (char *)back : answer->text, answer->size}, {back, sizeof back}};
    write_all(parts, 3);
}
