/* Unit tests of context.c: what a thread knows of its call, and what it hands on. */
#include "../context.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static struct call *make_call(uint64_t id, const char *agent)
{
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL) abort();
    atomic_init(&call->refs, 1);
    atomic_init(&call->open, true);
    call->id = id;
    call->fields[0].data = agent;
    return call;
}

TEST(no_call, "a thread outside any call has the id 0 and no agent")
{
    CHECK(thread_known() == NULL);
    CHECK_INT(context_call_id(), 0);
    CHECK_TEXT(context_agent(), NULL);
    CHECK(thread_self() != NULL);
    CHECK_INT(context_call_id(), 0);
    CHECK_TEXT(context_agent(), NULL);
}

TEST(bound, "a bound thread has its call's id and agent until it is bound to another")
{
    struct thread *self = thread_self();
    context_bind(self, make_call(5, "a"));
    CHECK(thread_known() == self);
    CHECK_INT(context_call_id(), 5);
    CHECK_TEXT(context_agent(), "a");
    context_bind(self, make_call(6, NULL));
    CHECK_INT(context_call_id(), 6);
    CHECK_TEXT(context_agent(), NULL);
    context_bind(self, NULL);
    CHECK_INT(context_call_id(), 0);
}

TEST(closed, "the agent is no longer given when the call is over; its id is")
{
    struct call *call = make_call(5, "a");
    context_bind(thread_self(), call);
    atomic_store(&call->open, false);
    CHECK_INT(context_call_id(), 5);
    CHECK_TEXT(context_agent(), NULL);
    context_bind(thread_self(), NULL);
}

TEST(references, "a call lives as long as somebody keeps it")
{
    struct call *call = call_keep(make_call(5, "a"));
    CHECK(call_keep(NULL) == NULL);
    context_bind(thread_self(), call);
    context_bind(thread_self(), NULL);
    CHECK_INT(call->id, 5);
    CHECK_INT(atomic_load(&call->refs), 1);
    call_release(call);
}

TEST(forgotten, "a thread that is forgotten gives its call back, and can be made anew")
{
    struct call *call = call_keep(make_call(5, "a"));
    context_bind(thread_self(), call);
    thread_forget();
    CHECK(thread_known() == NULL);
    CHECK_INT(atomic_load(&call->refs), 1);
    CHECK_INT(context_call_id(), 0);
    CHECK(thread_self() != NULL);
    call_release(call);
}

struct seen {
    uint64_t id;
    bool agent;
    bool signal_stack;
};

static void *look(void *argument)
{
    struct seen *seen = argument;
    seen->id = context_call_id();
    seen->agent = context_agent() != NULL && strcmp(context_agent(), "a") == 0;
    stack_t stack;
    seen->signal_stack = sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_DISABLE) == 0;
    return NULL;
}

#if defined(__linux__)
TEST(handed_on, "a thread made in a call works for that call and can report a stack overflow")
{
    struct call *call = call_keep(make_call(5, "a"));
    context_bind(thread_self(), call);
    struct seen seen = {0, false, false};
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, look, &seen), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(seen.id, 5);
    CHECK(seen.agent);
    CHECK(seen.signal_stack);
    /* Its reference went with it. */
    CHECK_INT(atomic_load(&call->refs), 2);
    context_bind(thread_self(), NULL);
    call_release(call);
}

TEST(handed_on_nothing, "a thread made outside any call works for none")
{
    struct seen seen = {9, true, false};
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, look, &seen), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(seen.id, 0);
    CHECK(!seen.agent);
}

TEST(refused_thread, "a thread that cannot be made leaves no reference behind")
{
    struct call *call = call_keep(make_call(5, "a"));
    context_bind(thread_self(), call);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)1 << 46);
    pthread_t thread;
    CHECK(pthread_create(&thread, &attributes, look, NULL) != 0);
    pthread_attr_destroy(&attributes);
    CHECK_INT(atomic_load(&call->refs), 2);
    context_bind(thread_self(), NULL);
    call_release(call);
}
#endif

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool looked;

static void *look_and_tell(void *argument)
{
    look(argument);
    pthread_mutex_lock(&lock);
    looked = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

TEST(own_thread, "a thread of the runner's own inherits no call")
{
    context_bind(thread_self(), make_call(5, "a"));
    struct seen seen = {9, true, false};
    CHECK_INT(runner_thread_start(look_and_tell, &seen, 1024 * 1024), 0);
    pthread_mutex_lock(&lock);
    while (!looked) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    CHECK_INT(seen.id, 0);
    CHECK(!seen.agent);
    context_bind(thread_self(), NULL);
}
