/* Calls the host from threads of its own. The tools:
 *   joined    in a thread that the call waits for
 *   outliving in a thread that waits until `release` is called, which is after its call has ended
 *   many      in as many threads at once as the payload says
 *   start, cancel, join: of a thread that is blocked in a host call */
#include <pthread.h>

#include "fixture.h"

#define THREADS_MAX 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int released;
static pthread_t cancelled;

static void *ask(void *unused)
{
    (void)unused;
    const char *agent = host->get_active_agent_id();
    host->log(OSR_LOG_INFO, agent == NULL ? "no agent" : agent);
    host->free_string(agent);
    return (void *)(uintptr_t)host->task_status("key");
}

static void *ask_when_released(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!released) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    host->free_string(ask(unused));
    return NULL;
}

static char *join_all(size_t count)
{
    pthread_t threads[THREADS_MAX];
    char *all = calloc(count + 1, 128);
    for (size_t i = 0; i < count; i++) pthread_create(&threads[i], NULL, ask, NULL);
    for (size_t i = 0; i < count; i++) {
        void *answer = NULL;
        pthread_join(threads[i], &answer);
        if (answer != NULL && strlen(answer) < 120) strcat(strcat(all, answer), "\n");
        host->free_string(answer);
    }
    return all;
}

static const char *misbehave(const char *id, const char *payload)
{
    pthread_t thread;
    if (strcmp(id, "joined") == 0) return join_all(1);
    if (strcmp(id, "many") == 0) return join_all((size_t)atoi(payload) % (THREADS_MAX + 1));
    if (strcmp(id, "outliving") == 0) {
        pthread_create(&thread, NULL, ask_when_released, NULL);
        pthread_detach(thread);
    } else if (strcmp(id, "release") == 0) {
        pthread_mutex_lock(&lock);
        released = 1;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    } else if (strcmp(id, "start") == 0) {
        pthread_create(&cancelled, NULL, ask, NULL);
    } else if (strcmp(id, "cancel") == 0) {
        pthread_cancel(cancelled);
    } else if (strcmp(id, "join") == 0) {
        void *answer = NULL;
        pthread_join(cancelled, &answer);
        if (answer == PTHREAD_CANCELED) return strdup("cancelled");
        host->free_string(answer);
    }
    return strdup(payload);
}

FIXTURE("asks-from-threads")
