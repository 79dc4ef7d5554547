/* The host calls that are open. */
#include "host_calls.h"

#include <stddef.h>

#include "limits.h"

/* A place's id changes with every use, so that an answer to an earlier call is known as late. Ids stay below 2^53, which
 * is as far as the host's numbers are exact. */
#define GENERATION_MASK 0x1FFFFFu

static struct host_call places[HOST_CALLS_OPEN_MAX];
static uint32_t places_used; /* those before were used at least once */
static struct host_call *free_places;

struct host_call *host_call_open(struct thread *owner)
{
    struct host_call *ask = free_places;
    if (ask != NULL) free_places = ask->next_free;
    else if (places_used < HOST_CALLS_OPEN_MAX) ask = &places[places_used++];
    else return NULL;
    uint32_t generation = ((uint32_t)(ask->id >> 32) + 1) & GENERATION_MASK;
    uint64_t id = (uint64_t)generation << 32 | (uint64_t)(ask - places + 1);
    *ask = (struct host_call){.id = id, .used = true, .owner = owner};
    ask->chunks_end = &ask->chunks;
    return ask;
}

void host_call_close(struct host_call *ask)
{
    for (struct delivery *chunk = host_call_take_chunks(ask); chunk != NULL;) {
        struct delivery *next = chunk->next;
        delivery_free(chunk);
        chunk = next;
    }
    ask->used = false;
    ask->next_free = free_places;
    free_places = ask;
}

static struct host_call *find(uint64_t id)
{
    uint32_t place = (uint32_t)id;
    if (place == 0 || place > places_used) return NULL;
    struct host_call *ask = &places[place - 1];
    return ask->used && ask->id == id ? ask : NULL;
}

struct thread *host_call_deliver(struct delivery *delivery)
{
    struct host_call *ask = find(delivery->id);
    if (ask == NULL || ask->done) {
        delivery_free(delivery);
        return NULL;
    }
    if (delivery->is_chunk) {
        *ask->chunks_end = delivery;
        ask->chunks_end = &delivery->next;
    } else {
        ask->answer = delivery->text;
        ask->done = true;
        delivery->text = NULL;
        delivery_free(delivery);
    }
    return ask->owner;
}

struct delivery *host_call_take_chunks(struct host_call *ask)
{
    struct delivery *chunks = ask->chunks;
    ask->chunks = NULL;
    ask->chunks_end = &ask->chunks;
    return chunks;
}
