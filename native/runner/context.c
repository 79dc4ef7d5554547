/* Thread-local context, and the pthread_create that carries it into threads which the plugin makes. */
#include "context.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "limits.h"

static _Thread_local struct thread *current;
static pthread_key_t at_thread_end;
static pthread_once_t once = PTHREAD_ONCE_INIT;
typedef int create_fn(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
static create_fn *real_create;

static void free_thread(void *argument)
{
    struct thread *self = argument;
    if (self == NULL) return;
    if (self->place >= 0) {
        static const char said[] = "[osprey-runner] the plugin ended a thread that is not its own\n";
        ssize_t n = write(STDERR_FILENO, said, sizeof said - 1);
        (void)n;
        abort(); /* Its call would never be answered. */
    }
    current = NULL;
    stack_t off = {.ss_flags = SS_DISABLE};
    sigaltstack(&off, NULL);
    free(self->signal_stack);
    if (self->call != NULL) call_release(self->call);
    pthread_cond_destroy(&self->wake);
    free(self);
}

static void prepare(void)
{
    if (pthread_key_create(&at_thread_end, free_thread) != 0) abort();
#if defined(__linux__)
    *(void **)&real_create = dlsym(RTLD_NEXT, "pthread_create");
#else
    real_create = pthread_create;
#endif
    if (real_create == NULL) abort();
}

struct thread *thread_known(void) { return current; }

struct thread *thread_self(void)
{
    if (current != NULL) return current;
    pthread_once(&once, prepare);
    struct thread *self = calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    self->handle = pthread_self();
    self->host_slot = -1;
    self->place = -1;
    pthread_cond_init(&self->wake, NULL);
    /* A stack of its own for the crash handler: a thread that ran out of stack could not report it otherwise. */
    self->signal_stack = malloc(SIGNAL_STACK_BYTES);
    if (self->signal_stack != NULL) {
        stack_t stack = {.ss_sp = self->signal_stack, .ss_size = SIGNAL_STACK_BYTES};
        sigaltstack(&stack, NULL);
    }
    pthread_setspecific(at_thread_end, self);
    current = self;
    return self;
}

void thread_forget(void)
{
    pthread_once(&once, prepare);
    pthread_setspecific(at_thread_end, NULL);
    free_thread(current);
}

struct call *call_keep(struct call *call)
{
    if (call != NULL) atomic_fetch_add_explicit(&call->refs, 1, memory_order_relaxed);
    return call;
}

void call_release(struct call *call)
{
    assert(call != NULL);
    if (atomic_fetch_sub_explicit(&call->refs, 1, memory_order_acq_rel) == 1) free(call);
}

void context_bind(struct thread *self, struct call *call)
{
    assert(self != NULL);
    struct call *before = self->call;
    self->call = call; /* First, so that a crash in free() does not report from freed memory. */
    if (before != NULL) call_release(before);
}

const char *context_agent(void)
{
    struct thread *self = current;
    if (self == NULL || self->call == NULL) return NULL;
    return atomic_load_explicit(&self->call->open, memory_order_acquire) ? self->call->fields[0].data : NULL;
}

uint64_t context_call_id(void)
{
    struct thread *self = current;
    return self == NULL || self->call == NULL ? 0 : self->call->id;
}

int runner_thread_start(void *(*run)(void *), void *argument, size_t stack_bytes)
{
    pthread_once(&once, prepare);
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0) return error;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_attr_setguardsize(&attributes, WORKER_GUARD_BYTES);
    pthread_t handle;
    error = real_create(&handle, &attributes, run, argument);
    pthread_attr_destroy(&attributes);
    return error;
}

#if defined(__linux__)
/* What a plugin-made thread starts with. */
struct start {
    void *(*run)(void *);
    void *argument;
    struct call *call;
};

static void *run_with_context(void *argument)
{
    struct start start = *(struct start *)argument;
    free(argument);
    struct thread *self = thread_self();
    if (self != NULL) context_bind(self, start.call);
    else if (start.call != NULL) call_release(start.call);
    return start.run(start.argument);
}

/* Stands in front of the C library's for everything that the plugin loads: the executable comes first in the search
 * for symbols. The new thread works for the call that it was made in. (macOS binds symbols per library; there, calls
 * from plugin-made threads have no context.) */
__attribute__((visibility("default"))) int pthread_create(pthread_t *restrict handle,
                                                          const pthread_attr_t *restrict attributes,
                                                          void *(*run)(void *), void *restrict argument)
{
    pthread_once(&once, prepare);
    struct start *start = malloc(sizeof *start);
    if (start == NULL) return EAGAIN;
    *start = (struct start){run, argument, current == NULL ? NULL : call_keep(current->call)};
    int error = real_create(handle, attributes, run_with_context, start);
    if (error != 0) {
        if (start->call != NULL) call_release(start->call);
        free(start);
    }
    return error;
}
#endif
