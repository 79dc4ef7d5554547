/* Calls that take long, in three ways:
 *   wait   prints "waiting" and waits until `release` is called
 *   meet   waits until as many calls are inside at once as the payload says
 *   sleep  prints "sleeping" and sleeps for ever
 *   spin   prints "spinning" and keeps a processor busy for ever */
#include <pthread.h>

#include "fixture.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int released;
static int inside;

static void wait_for(const int *what, int wanted)
{
    while (*what < wanted) pthread_cond_wait(&changed, &lock);
}

static void spin_for_ever(void)
{
    volatile unsigned turns = 0;
    for (;;) {
        turns = turns + 1;
#if defined(__SANITIZE_THREAD__)
        usleep(1); /* The thread sanitizer delivers signals in calls of the C library only. */
#endif
    }
}

static const char *misbehave(const char *id, const char *payload)
{
    if (strcmp(id, "spin") == 0) {
        printf("spinning\n");
        spin_for_ever();
    }
    if (strcmp(id, "sleep") == 0) {
        printf("sleeping\n");
        for (;;) sleep(1000);
    }
    pthread_mutex_lock(&lock);
    if (strcmp(id, "wait") == 0) {
        printf("waiting %s\n", payload);
        wait_for(&released, 1);
    } else if (strcmp(id, "release") == 0) {
        released = 1;
        pthread_cond_broadcast(&changed);
    } else if (strcmp(id, "meet") == 0) {
        inside++;
        pthread_cond_broadcast(&changed);
        wait_for(&inside, atoi(payload));
    }
    pthread_mutex_unlock(&lock);
    return strdup(payload);
}

FIXTURE("waits")
