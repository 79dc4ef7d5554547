/* The pool: one socket, many threads, as few wake-ups as can be.
 *
 * At most one thread reads the socket. The thread that reads a call runs it itself and wakes nobody; the socket is
 * then unattended. A thread that waits for a host call's answer reads the socket meanwhile, when nobody else does. The
 * monitor makes up for what this leaves open: twice a millisecond it looks whether the socket is unattended or the
 * queue stands still, and gets another worker. It sleeps while all is quiet.
 *
 * Everything in `pool`, and the table of open host calls, is guarded by its lock. The input belongs to the reader.
 */
#include "pool.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crash.h"
#include "entries.h"
#include "host_calls.h"
#include "input.h"
#include "limits.h"

static struct {
    int fd;
    run_call_fn *run_call;
    pthread_mutex_t lock;

    struct call *queue;
    struct call **queue_end;
    size_t queued;

    bool has_reader;
    unsigned long reads;    /* batches read; tells the monitor that the socket is attended to */
    unsigned long dequeued; /* calls begun; tells the monitor that the queue moves */

    unsigned workers;      /* all threads of the pool */
    unsigned running;      /* of them: in the plugin, not blocked in a host call */
    unsigned coming;       /* of them: woken or just made, not yet at work */
    struct thread *parked; /* of them: idle, latest first */
    struct thread *places[WORKERS_MAX];
    atomic_uint_least64_t call_ids[WORKERS_MAX]; /* what the worker at each place runs, or 0; read in signal handlers */

    struct thread *askers; /* threads that wait for a host call's answer and do not read */

    pthread_cond_t monitor_wake;
    bool monitor_made;
    bool monitor_asleep;
    bool abandoned;
    atomic_bool shut; /* the plugin is over: its threads that go on have no host */
    atomic_uint handing_over; /* threads that tell the host that they have the answer of dispatch */
    atomic_bool frozen;
} pool = {.fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER, .monitor_wake = PTHREAD_COND_INITIALIZER};

/* ---- waking -------------------------------------------------------------------------------------------------- */

static void wake(struct thread *thread)
{
    thread->woken = true;
    pthread_cond_signal(&thread->wake);
}

/* Takes `thread` out of a list; it may already be out. */
static void unlink_thread(struct thread **list, struct thread *thread)
{
    for (struct thread **at = list; *at != NULL; at = &(*at)->next) {
        if (*at == thread) {
            *at = thread->next;
            return;
        }
    }
}

/* Lets a thread that waits for a host call's answer look for itself whether it can read. Returns false when none waits. */
static bool wake_asker(void)
{
    if (pool.askers == NULL) return false;
    struct thread *next = pool.askers;
    pool.askers = next->next;
    wake(next);
    return true;
}

static void *worker_main(void *unused);

/* Gets one more worker to look for work: an idle one, or a new one below the cap. Returns false when there is none. */
static bool get_worker(void)
{
    if (pool.parked != NULL) {
        struct thread *thread = pool.parked;
        pool.parked = thread->next;
        pool.coming++;
        wake(thread);
        return true;
    }
    if (pool.workers >= WORKERS_MAX) return false;
    if (runner_thread_start(worker_main, NULL, WORKER_STACK_BYTES) != 0) return false;
    pool.workers++;
    pool.coming++;
    return true;
}

/* Every worker is blocked in a host call and none can be added: without this, those calls could wait for ever for a
 * call of this plugin that is stuck in the queue. */
static void refuse_oldest_call(void)
{
    struct call *call = pool.queue;
    pool.queue = call->next;
    if (pool.queue == NULL) pool.queue_end = &pool.queue;
    pool.queued--;
    struct field reason = field_text("every thread of the plugin is blocked in a host call");
    output_frame(FRAME_RETURN, STATUS_REFUSED, call->id, 0, &reason, 1);
    call_release(call);
}

/* Sees to it that somebody runs what is queued, when the calling thread will not. */
static void provide_worker(void)
{
    while (pool.queued > 0 && pool.running == 0 && pool.coming == 0) {
        if (get_worker()) return;
        refuse_oldest_call();
    }
}

static void *monitor_main(void *unused);

/* To be called whenever the socket is left unattended or calls are left in the queue. */
static void ensure_monitor(void)
{
    if (!pool.monitor_made) {
        pool.monitor_made = runner_thread_start(monitor_main, NULL, MONITOR_STACK_BYTES) == 0;
    } else if (pool.monitor_asleep) {
        pool.monitor_asleep = false;
        pthread_cond_signal(&pool.monitor_wake);
    }
}

static void read_batch(struct thread *self);

/* Gets somebody to read the socket. When every thread there can be is in the plugin, the monitor does so itself: a ping
 * must be answered and the host's end be seen even then. */
static void attend(void)
{
    if (get_worker() || wake_asker()) return;
    struct pollfd fd = {pool.fd, POLLIN, 0};
    if (poll(&fd, 1, 0) > 0) read_batch(NULL);
}

static void *monitor_main(void *unused)
{
    (void)unused;
    const struct timespec tick = {0, MONITOR_TICK_MICROSECONDS * 1000L};
    unsigned long reads = 0;
    unsigned long dequeued = 0;
    unsigned quiet = 0;
    size_t helpers = 1;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        bool attended = pool.has_reader || pool.reads != reads;
        bool moving = pool.queued == 0 || pool.dequeued != dequeued;
        bool active = pool.reads != reads || pool.dequeued != dequeued || !attended || !moving;
        reads = pool.reads;
        dequeued = pool.dequeued;
        if (!moving) {
            /* Each look that finds the queue still stuck brings twice as many. */
            for (size_t i = pool.coming; i < helpers && i < pool.queued; i++) get_worker();
            if (helpers < WORKERS_MAX) helpers *= 2;
            provide_worker();
        } else {
            helpers = 1;
        }
        if (!attended && pool.coming == 0) attend();
        quiet = active ? 0 : quiet + 1;
        if (quiet >= MONITOR_QUIET_TICKS) {
            pool.monitor_asleep = true;
            while (pool.monitor_asleep) pthread_cond_wait(&pool.monitor_wake, &pool.lock);
            reads = pool.reads;
            dequeued = pool.dequeued;
            quiet = 0;
        }
        pthread_mutex_unlock(&pool.lock);
        nanosleep(&tick, NULL);
        pthread_mutex_lock(&pool.lock);
    }
    return NULL;
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

static void dump_stack_of(uint64_t id)
{
    for (unsigned i = 0; i < WORKERS_MAX; i++) {
        if (pool.places[i] != NULL && atomic_load(&pool.call_ids[i]) == id) crash_dump_stack(pool.places[i]->handle);
    }
}

/* Reads what has arrived and distributes it; `self` is NULL for a thread that waits for no answer itself. The caller
 * holds the lock and nobody else reads; the lock is released while the read blocks. Afterwards nobody reads. */
static void read_batch(struct thread *self)
{
    pool.has_reader = true;
    pthread_mutex_unlock(&pool.lock);
    struct batch batch;
    input_read(pool.fd, &batch); /* ends the process when the host is gone */
    pthread_mutex_lock(&pool.lock);
    pool.has_reader = false;
    pool.reads++;
    if (batch.calls != NULL) {
        *pool.queue_end = batch.calls;
        pool.queue_end = batch.calls_end;
        pool.queued += batch.count;
    }
    while (batch.deliveries != NULL) {
        struct delivery *delivery = batch.deliveries;
        batch.deliveries = delivery->next;
        delivery->next = NULL;
        struct thread *owner = host_call_deliver(delivery);
        if (owner == NULL || owner == self) continue;
        unlink_thread(&pool.askers, owner);
        wake(owner);
    }
    if (batch.dump_id != 0) dump_stack_of(batch.dump_id);
}

/* To be called by a thread that goes into the plugin: if nobody reads now, a thread that waits for an answer does; if
 * there is none, or calls stay behind in the queue, the monitor will see to it. */
static void leave_socket(void)
{
    if (!pool.has_reader) wake_asker();
    if (!pool.has_reader || pool.queued > 0) ensure_monitor();
}

/* ---- working ------------------------------------------------------------------------------------------------- */

static struct call *take_call(void)
{
    struct call *call = pool.queue;
    if (call == NULL) return NULL;
    pool.queue = call->next;
    if (pool.queue == NULL) pool.queue_end = &pool.queue;
    pool.queued--;
    pool.dequeued++;
    return call;
}

static _Noreturn void pool_wait_for_end(void)
{
    for (;;) pause();
}

/* The host tells of a task once `dispatch` is over. The thread in which it is may still stand in the write that says so:
 * the plugin must not hear of a task whose id it has not. One more nap is for the few steps from there into the plugin. */
static void wait_for_dispatches(void)
{
    const struct timespec nap = {0, DISPATCH_NAP_MICROSECONDS * 1000L};
    for (bool busy = atomic_load(&pool.handing_over) > 0; busy;) {
        busy = atomic_load(&pool.handing_over) > 0;
        nanosleep(&nap, NULL);
    }
}

static void run_call(struct thread *self, struct call *call)
{
    pool.running++;
    leave_socket();
    pthread_mutex_unlock(&pool.lock);
    if (call->entry == ENTRY_EVENT) wait_for_dispatches();
    atomic_store(&pool.call_ids[self->place], call->id);
    /* Once a crash report has listed what runs, nothing more may begin: the host makes the other calls again. */
    if (atomic_load(&pool.frozen)) pool_wait_for_end();
    context_bind(self, call);
    pool.run_call(call);
    if (pool.abandoned) _exit(0); /* A child after fork() came back from the plugin; what follows is its parent's. */
    context_bind(self, NULL);
    atomic_store_explicit(&pool.call_ids[self->place], 0, memory_order_relaxed);
    pthread_mutex_lock(&pool.lock);
    pool.running--;
}

/* Waits until woken. Returns false when the idle time passed first; the thread is out of the list then. */
static bool park(struct thread *self)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WORKER_IDLE_SECONDS;
    self->woken = false;
    self->next = pool.parked;
    pool.parked = self;
    while (!self->woken) {
        if (pthread_cond_timedwait(&self->wake, &pool.lock, &until) == ETIMEDOUT && !self->woken) {
            unlink_thread(&pool.parked, self);
            return false;
        }
    }
    pool.coming--;
    return true;
}

static int enlist(struct thread *self)
{
    for (int i = 0; i < (int)WORKERS_MAX; i++) {
        if (pool.places[i] == NULL) {
            pool.places[i] = self;
            return i;
        }
    }
    abort(); /* There are never more workers than places. */
}

/* A worker's life: run what is queued; else read; else wait to be needed, and leave when that takes too long. */
static void work(struct thread *self)
{
    self->place = enlist(self);
    for (;;) {
        struct call *call = take_call();
        if (call != NULL) {
            run_call(self, call);
        } else if (!pool.has_reader) {
            read_batch(self);
        } else if (!park(self)) {
            break;
        }
    }
    pool.places[self->place] = NULL;
    self->place = -1;
    pool.workers--;
}

static void *worker_main(void *unused)
{
    (void)unused;
    struct thread *self = thread_self();
    crash_unblock_signals();
    pthread_mutex_lock(&pool.lock);
    pool.coming--;
    if (self == NULL) pool.workers--; /* No memory. Whoever needs a worker asks again. */
    else work(self);
    pthread_mutex_unlock(&pool.lock);
    thread_forget();
    return NULL;
}

void pool_init(int fd, run_call_fn *run)
{
    pool.fd = fd;
    pool.run_call = run;
    pool.queue_end = &pool.queue;
}

void pool_work(void)
{
    struct thread *self = thread_self();
    if (self == NULL) abort();
    crash_unblock_signals(); /* init() may have blocked them */
    pthread_mutex_lock(&pool.lock);
    pool.workers++;
    work(self);
    pthread_mutex_unlock(&pool.lock);
}

/* ---- asking the host ----------------------------------------------------------------------------------------- */

/* Gives the plugin the chunks that have come, without the lock, and returns the credit for them. */
static void hand_out_chunks(struct host_call *ask, void (*on_chunk)(const char *, void *), void *user_data,
                            uint32_t *taken)
{
    struct delivery *chunks = host_call_take_chunks(ask);
    pthread_mutex_unlock(&pool.lock);
    while (chunks != NULL) {
        struct delivery *chunk = chunks;
        chunks = chunk->next;
        if (on_chunk != NULL) on_chunk(chunk->text, user_data);
        delivery_free(chunk);
        if (++*taken == STREAM_CREDIT_CHUNKS) {
            output_frame(FRAME_CREDIT, 0, ask->id, *taken, NULL, 0);
            *taken = 0;
        }
    }
    pthread_mutex_lock(&pool.lock);
}

/* With the lock held: until the answer is there, reads the socket or waits to be woken. */
static void await_answer(struct thread *self, struct host_call *ask, void (*on_chunk)(const char *, void *),
                         void *user_data)
{
    uint32_t taken = 0;
    for (;;) {
        if (ask->chunks != NULL) {
            if (self->place >= 0) pool.running++;
            /* The plugin may take its time. Nobody is woken for that at once: most chunks are dealt with quickly. */
            if (!pool.has_reader) ensure_monitor();
            hand_out_chunks(ask, on_chunk, user_data, &taken);
            if (self->place >= 0) pool.running--;
        } else if (ask->done) {
            return;
        } else if (!pool.has_reader) {
            read_batch(self);
            provide_worker();
            if (pool.queued > 0) ensure_monitor();
        } else {
            self->woken = false;
            self->next = pool.askers;
            pool.askers = self;
            while (!self->woken) pthread_cond_wait(&self->wake, &pool.lock);
        }
    }
}

/* The host holds back what it has to tell of a task until the plugin knows the task. This is the last thing before it
 * does. */
static void say_taken(uint64_t id)
{
    atomic_fetch_add(&pool.handing_over, 1);
    output_frame(FRAME_CREDIT, 0, id, 0, NULL, 0);
    atomic_fetch_sub(&pool.handing_over, 1);
}

/* What the plugin gets instead of an answer. What config_get returns is a value, so there it is NULL. */
static char *refusal(int slot, const char *envelope) { return slot == SLOT_CONFIG_GET ? NULL : strdup(envelope); }

char *pool_ask_host(int slot, const struct field *fields, size_t count, void (*on_chunk)(const char *, void *),
                    void *user_data)
{
    if (pool.abandoned) return refusal(slot, "{\"error\":\"context_unavailable\",\"message\":\"not after fork()\"}");
    if (atomic_load(&pool.shut)) {
        return refusal(slot, "{\"error\":\"context_unavailable\",\"message\":\"the plugin was shut down\"}");
    }
    struct thread *self = thread_self();
    if (self == NULL) return NULL;
    pthread_mutex_lock(&pool.lock);
    struct host_call *ask = host_call_open(self);
    pthread_mutex_unlock(&pool.lock);
    if (ask == NULL) return refusal(slot, "{\"error\":\"plugin_busy\",\"message\":\"too many host calls are open\"}");

    bool sent = output_frame(FRAME_HOST_CALL, (uint8_t)slot, ask->id, context_call_id(), fields, count) == 0;

    pthread_mutex_lock(&pool.lock);
    char *answer = NULL;
    if (sent) {
        if (self->place >= 0) {
            pool.running--;
            provide_worker();
        }
        await_answer(self, ask, on_chunk, user_data);
        answer = ask->answer;
        if (self->place >= 0) pool.running++;
        leave_socket();
    }
    uint64_t id = ask->id;
    host_call_close(ask);
    pthread_mutex_unlock(&pool.lock);
    if (sent && slot == SLOT_DISPATCH) say_taken(id);
    if (!sent) return refusal(slot, "{\"error\":\"request_too_large\",\"message\":\"the request is over 64 MiB\"}");
    return answer;
}

void pool_shut(void) { atomic_store(&pool.shut, true); }

/* ---- for crash reports and fork() ---------------------------------------------------------------------------- */

size_t pool_running_calls(uint64_t *ids, size_t room)
{
    atomic_store(&pool.frozen, true);
    size_t n = 0;
    for (unsigned i = 0; i < WORKERS_MAX && n < room; i++) {
        uint64_t id = atomic_load(&pool.call_ids[i]);
        if (id != 0) ids[n++] = id;
    }
    return n;
}

void pool_abandon(void)
{
    pool.abandoned = true;
    pool.fd = -1;
}
