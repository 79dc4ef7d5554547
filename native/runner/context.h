/* Which call a thread works for. Kept per thread, handed on to threads that the plugin makes. */
#ifndef RUNNER_CONTEXT_H
#define RUNNER_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

#define CALL_FIELDS_MAX 4u

/* One call from the host, together with the frame that brought it. */
struct call {
    atomic_uint refs; /* the thread that runs it, and every plugin thread made in it */
    atomic_bool open; /* until the plugin's function has returned */
    uint64_t id;
    enum call_entry entry;
    struct field fields[CALL_FIELDS_MAX]; /* fields[0] is the agent */
    struct call *next;                    /* in the queue */
    uint32_t size;
    unsigned char bytes[];
};

/* What the runner knows of a thread. Exists for pool workers, plugin-made threads and any other that calls the host. */
struct thread {
    pthread_t handle;
    struct call *call; /* owns a reference; NULL outside any call */
    int host_slot;     /* the host function it is in, or -1 */
    int place;         /* a worker's place in the pool, or -1 */
    bool frees;        /* it is in the plugin's free_string */
    bool woken;    /* guarded by the pool's lock */
    pthread_cond_t wake;
    struct thread *next; /* in the list that it waits in */
    void *signal_stack;
};

/* The calling thread's own record, made at its first use. NULL only when memory has run out. */
struct thread *thread_self(void);

/* The same without making one; safe in a signal handler. */
struct thread *thread_known(void);

/* Frees what belongs to the calling thread; for threads that the runner made itself. */
void thread_forget(void);

struct call *call_keep(struct call *call);
void call_release(struct call *call);

/* Binds the calling thread to a call (taking over the reference) or, with NULL, to none. */
void context_bind(struct thread *self, struct call *call);

/* The agent of the calling thread's call while that call is open, else NULL. */
const char *context_agent(void);

/* The id of the calling thread's call, or 0. */
uint64_t context_call_id(void);

/* Starts a thread of the runner's own, which inherits no context. Returns 0 or an errno value. */
int runner_thread_start(void *(*run)(void *), void *argument, size_t stack_bytes);

#endif
