/* Streams a completion and returns all chunks in one text. Its tools do something in on_chunk:
 *   gather nothing else   ask    calls config_get       cancel calls complete_cancel
 *   wait   waits until `release` is called               crash  crashes */
#include <pthread.h>
#include <stdbool.h>

#include "fixture.h"

struct stream {
    const char *tool;
    pthread_t thread;
    bool same_thread;
    char *text;
    size_t used;
    size_t room;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int released;

static void on_chunk(const char *chunk, void *user_data)
{
    struct stream *stream = user_data;
    if (!pthread_equal(stream->thread, pthread_self())) stream->same_thread = false;
    size_t size = strlen(chunk);
    if (stream->used + size + 2 > stream->room) {
        stream->room = 2 * (stream->used + size + 2);
        stream->text = realloc(stream->text, stream->room);
    }
    stream->used += (size_t)sprintf(stream->text + stream->used, "%s ", chunk);
    if (strcmp(stream->tool, "ask") == 0) host->free_string(host->config_get(chunk));
    if (strcmp(stream->tool, "cancel") == 0) host->complete_cancel(chunk);
    if (strcmp(stream->tool, "crash") == 0) abort();
    if (strcmp(stream->tool, "wait") == 0) {
        printf("waiting\n");
        pthread_mutex_lock(&lock);
        while (!released) pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
    }
}

static const char *misbehave(const char *id, const char *payload)
{
    if (strcmp(id, "release") == 0) {
        pthread_mutex_lock(&lock);
        released = 1;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
        return strdup(payload);
    }
    struct stream stream = {id, pthread_self(), true, calloc(1, 1), 0, 1};
    const char *answer = host->complete_stream(payload, on_chunk, &stream);
    size_t room = stream.used + (answer == NULL ? 0 : strlen(answer)) + 64;
    char *all = malloc(room);
    snprintf(all, room, "%s| %s%s", stream.text, answer == NULL ? "null" : answer,
             stream.same_thread ? "" : " (another thread)");
    free(stream.text);
    host->free_string(answer);
    return all;
}

FIXTURE("streams")
