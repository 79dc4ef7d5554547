/* Frames, packed and unpacked. Knows nothing of sockets or threads. */
#include "frame.h"

#include <assert.h>

#include "limits.h"

void put_u32(unsigned char *out, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) out[i] = (unsigned char)(value >> (8 * i));
}

uint32_t get_u32(const unsigned char *in)
{
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

void put_u64(unsigned char *out, uint64_t value)
{
    put_u32(out, (uint32_t)value);
    put_u32(out + 4, (uint32_t)(value >> 32));
}

uint64_t get_u64(const unsigned char *in)
{
    return (uint64_t)get_u32(in) | (uint64_t)get_u32(in + 4) << 32;
}

void frame_head_write(unsigned char *out, const struct frame_head *head)
{
    assert(out != NULL);
    assert(head != NULL);
    put_u32(out, head->length);
    out[4] = head->kind;
    out[5] = head->op;
    out[6] = (unsigned char)head->nfields;
    out[7] = (unsigned char)(head->nfields >> 8);
    put_u64(out + 8, head->id);
    put_u64(out + 16, head->parent);
}

int frame_head_read(const unsigned char *in, struct frame_head *head)
{
    assert(in != NULL);
    assert(head != NULL);
    head->length = get_u32(in);
    head->kind = in[4];
    head->op = in[5];
    head->nfields = (uint16_t)(in[6] | in[7] << 8);
    head->id = get_u64(in + 8);
    head->parent = get_u64(in + 16);
    if (head->length < FRAME_HEAD_BYTES - FRAME_LENGTH_BYTES || head->length > FRAME_BYTES_MAX) return -1;
    return head->nfields > FRAME_FIELDS_MAX ? -1 : 0;
}

int frame_fields_read(const unsigned char *body, size_t size, struct field *fields, size_t count)
{
    assert(body != NULL || size == 0);
    assert(fields != NULL || count == 0);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (size - at < 4) return -1;
        uint32_t length = get_u32(body + at);
        at += 4;
        size_t room = size - at;
        if (length == FIELD_NULL) {
            if (room < 1 || body[at] != 0) return -1;
            fields[i] = (struct field){NULL, 0};
            at += 1;
            continue;
        }
        if (room < 1 || length > room - 1 || body[at + length] != 0) return -1;
        fields[i] = (struct field){(const char *)body + at, length};
        at += (size_t)length + 1;
    }
    return at == size ? 0 : -1;
}
