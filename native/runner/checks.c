/* The checks of the checked runner, see checks.h. Nothing of this file is in the other one.
 *
 * Each text that the plugin gets is known by its address until it is released: by free_string, or, as plugins from before
 * version 6 do and still may, by free(), which the runner sees because its own stands before the C library's. Memory of a
 * released text is not given out again for a while, so that a second release finds it; what was in it is overwritten, so
 * that whoever still reads it notices.
 */
#include "checks.h"

#if defined(OSPREY_CHECKS)

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "context.h"
#include "entries.h"
#include "limits.h"
#include "output.h"

/* Sanitizers have a free() of their own, and macOS binds symbols for each library: there only free_string is seen. */
#if defined(__linux__) && !defined(RUNNER_SANITIZED)
#define FREE_IS_SEEN 1
#endif

struct text {
    char *data;
    size_t bytes;
    int slot;
    bool released;
    struct text *next;       /* of the same bucket */
    struct text *next_older; /* of those released: towards the newest */
};

static struct {
    pthread_mutex_t lock;
    struct text *buckets[CHECKED_BUCKETS];
    atomic_size_t known; /* texts in the buckets */
    struct text *oldest; /* of those that were released */
    struct text **newest_end;
    size_t kept;
    size_t kept_bytes;
    uint64_t wrong[HOST_SLOTS];         /* releases, by the function that the text came from; [0]: from none */
    uint64_t foreign[HOST_SLOTS][2];    /* calls, by function and by whether the thread had a context */
    atomic_uint answers; /* that are sent, or given back */
} checks = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local bool loads;

/* ---- the C library's own functions ---------------------------------------------------------------------------- */

#if defined(FREE_IS_SEEN) && defined(__GLIBC__)
extern void __libc_free(void *memory);
extern void *__libc_realloc(void *memory, size_t size);
static void real_free(void *memory) { __libc_free(memory); }
static void *real_realloc(void *memory, size_t size) { return __libc_realloc(memory, size); }
#elif defined(FREE_IS_SEEN)
static void real_free(void *memory)
{
    static void (*_Atomic found)(void *);
    void (*function)(void *) = atomic_load(&found);
    if (function == NULL) {
        *(void **)&function = dlsym(RTLD_NEXT, "free");
        atomic_store(&found, function);
    }
    function(memory);
}
static void *real_realloc(void *memory, size_t size)
{
    static void *(*_Atomic found)(void *, size_t);
    void *(*function)(void *, size_t) = atomic_load(&found);
    if (function == NULL) {
        *(void **)&function = dlsym(RTLD_NEXT, "realloc");
        atomic_store(&found, function);
    }
    return function(memory, size);
}
#else
static void real_free(void *memory) { free(memory); }
#endif

/* ---- texts ----------------------------------------------------------------------------------------------------- */

static void lock(void) { pthread_mutex_lock(&checks.lock); }
static void unlock(void) { pthread_mutex_unlock(&checks.lock); }

/* A plugin may fork while another of its threads releases a text; the child releases texts too. */
__attribute__((constructor)) static void prepare(void) { pthread_atfork(lock, unlock, unlock); }

static struct text **find(const void *data)
{
    struct text **at = &checks.buckets[((uintptr_t)data >> 4) % CHECKED_BUCKETS];
    while (*at != NULL && (*at)->data != data) at = &(*at)->next;
    return at;
}

static void forget(struct text **at)
{
    struct text *text = *at;
    *at = text->next;
    atomic_fetch_sub(&checks.known, 1);
    real_free(text);
}

char *check_given(int slot, char *data)
{
    if (data == NULL) return NULL;
    struct text *text = malloc(sizeof *text);
    if (text == NULL) abort();
    *text = (struct text){.data = data, .bytes = strlen(data), .slot = slot};
    lock();
    struct text **at = find(data);
    if (*at != NULL) forget(at); /* Released on a way that is not seen, or the memory would not be here again. */
    text->next = *at;
    *at = text;
    atomic_fetch_add(&checks.known, 1);
    unlock();
    return data;
}

/* Gives memory back for good, oldest first, once too much is kept. */
static void give_up_oldest(void)
{
    while (checks.kept > CHECKED_TEXTS_KEPT_MAX || (checks.kept > 1 && checks.kept_bytes > CHECKED_BYTES_KEPT_MAX)) {
        struct text *text = checks.oldest;
        checks.oldest = text->next_older;
        checks.kept--;
        checks.kept_bytes -= text->bytes;
        real_free(text->data);
        forget(find(text->data));
    }
}

static void release(struct text *text)
{
    if (text->released) {
        checks.wrong[text->slot]++;
        return;
    }
    text->released = true;
    memset(text->data, CHECKED_RELEASED_BYTE, text->bytes);
    if (checks.kept == 0) checks.newest_end = &checks.oldest;
    *checks.newest_end = text;
    checks.newest_end = &text->next_older;
    checks.kept++;
    checks.kept_bytes += text->bytes;
    give_up_oldest();
}

void check_free_string(const char *data)
{
    if (data == NULL) return;
    lock();
    struct text *text = *find(data);
    if (text != NULL) release(text);
    else checks.wrong[0]++;
    unlock();
}

#if defined(FREE_IS_SEEN)
__attribute__((visibility("default"))) void free(void *memory)
{
    struct text *text = NULL;
    if (memory != NULL && atomic_load(&checks.known) > 0) {
        lock();
        text = *find(memory);
        if (text != NULL) release(text);
        unlock();
    }
    if (text == NULL) real_free(memory);
}

/* A text of the host's that grows is released, and copied. */
__attribute__((visibility("default"))) void *realloc(void *memory, size_t size)
{
    if (memory == NULL || atomic_load(&checks.known) == 0) return real_realloc(memory, size);
    lock();
    struct text *text = *find(memory);
    void *copy = text == NULL || size == 0 ? NULL : malloc(size);
    if (copy != NULL) memcpy(copy, memory, size <= text->bytes ? size : text->bytes + 1);
    if (text != NULL && (copy != NULL || size == 0)) release(text);
    unlock();
    return text == NULL ? real_realloc(memory, size) : copy;
}
#endif

/* ---- threads --------------------------------------------------------------------------------------------------- */

void check_load_begins(void) { loads = true; }
void check_load_ends(void) { loads = false; }

void check_host_call(int slot)
{
    struct thread *self = thread_self();
    if (loads || (self != NULL && self->place >= 0)) return;
    bool in_context = self != NULL && self->call != NULL && atomic_load(&self->call->open);
    lock();
    checks.foreign[slot][in_context]++;
    unlock();
}

/* ---- the report ------------------------------------------------------------------------------------------------ */

void check_answer_begins(void) { atomic_fetch_add(&checks.answers, 1); }
void check_answer_ends(void) { atomic_fetch_sub(&checks.answers, 1); }

/* The host asks once it has the answer of a call; the plugin may still be taking its text back. */
static void wait_for_answers(void)
{
    const struct timespec nap = {0, 100 * 1000L};
    for (int i = 0; i < CHECKED_SETTLE_MILLISECONDS * 10 && atomic_load(&checks.answers) > 0; i++) nanosleep(&nap, NULL);
}

struct report {
    char json[CHECKED_REPORT_BYTES_MAX];
    size_t used;
    bool begun; /* the list has an entry */
};

static void put(struct report *report, const char *text)
{
    size_t size = strlen(text);
    if (report->used + size >= sizeof report->json) abort(); /* The room is for every function in every list. */
    memcpy(report->json + report->used, text, size + 1);
    report->used += size;
}

/* Begins an entry of a list with the function that it is about. */
static void put_entry(struct report *report, int slot, uint64_t count)
{
    const char *name = host_slot_name(slot);
    char entry[128];
    snprintf(entry, sizeof entry, "%s{\"name\":%s%s%s,\"count\":%llu", report->begun ? "," : "", name ? "\"" : "",
             name ? name : "null", name ? "\"" : "", (unsigned long long)count);
    put(report, entry);
    report->begun = true;
}

static void put_list(struct report *report, const char *begin)
{
    put(report, begin);
    report->begun = false;
}

static void put_unreleased(struct report *report)
{
    uint64_t counts[HOST_SLOTS] = {0};
    uint64_t bytes[HOST_SLOTS] = {0};
    for (size_t i = 0; i < CHECKED_BUCKETS; i++) {
        for (const struct text *text = checks.buckets[i]; text != NULL; text = text->next) {
            if (text->released) continue;
            counts[text->slot]++;
            bytes[text->slot] += text->bytes;
        }
    }
    for (int slot = 1; slot < HOST_SLOTS; slot++) {
        if (counts[slot] == 0) continue;
        put_entry(report, slot, counts[slot]);
        char rest[48];
        snprintf(rest, sizeof rest, ",\"bytes\":%llu}", (unsigned long long)bytes[slot]);
        put(report, rest);
    }
}

void check_send_report(uint64_t id)
{
    static struct report report; /* One thread at a time reads the socket, and only that comes here. */
    report.used = 0;
    wait_for_answers();
    lock();
#if defined(FREE_IS_SEEN)
    put_list(&report, "{\"not_counted\":[],\"unreleased\":[");
    put_unreleased(&report);
#else
    /* What was released with free() would count as never released. */
    put_list(&report, "{\"not_counted\":[\"unreleased\"],\"unreleased\":[");
    if (false) put_unreleased(&report);
#endif
    put_list(&report, "],\"wrong_releases\":[");
    for (int slot = 0; slot < HOST_SLOTS; slot++) {
        if (checks.wrong[slot] == 0) continue;
        put_entry(&report, slot, checks.wrong[slot]);
        put(&report, "}");
    }
    put_list(&report, "],\"foreign_calls\":[");
    for (int slot = 1; slot < HOST_SLOTS; slot++) {
        for (int in_context = 0; in_context < 2; in_context++) {
            if (checks.foreign[slot][in_context] == 0) continue;
            put_entry(&report, slot, checks.foreign[slot][in_context]);
            put(&report, in_context ? ",\"in_context\":true}" : ",\"in_context\":false}");
        }
    }
    put(&report, "]}");
    unlock();
    struct field field = {report.json, (uint32_t)report.used};
    output_frame(FRAME_REPORT, 0, id, 0, &field, 1);
}

#else
/* ISO C wants something in every file. */
typedef int checks_are_not_made;
#endif
