/* The host functions: each packs its arguments into one frame and, unless it is one-way, blocks for the answer.
 *
 * A required argument that is NULL makes a function return NULL, or do nothing, without asking. free_string and
 * get_active_agent_id are served here; everything else is the host's. At the end: the table, as hosts of each version have it.
 */
#include "host_api.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "checks.h"
#include "context.h"
#include "output.h"
#include "pool.h"

/* Index of a function in the table, as the protocol counts. */
#define SLOT(name) ((int)(offsetof(osr_host_api, name) / 8))

#define LOG_LEVEL_OTHER 255
#define ASK_TEXTS_MAX 2

/* What a thread was doing before it entered a host function. */
struct before {
    int slot;
    int cancel_state;
};

/* Notes the function for crash reports, before anything of the plugin's is touched. A thread of the plugin that is
 * cancelled goes on until it leaves: it may hold a lock or read the socket for everybody. */
static struct before enter(int slot)
{
    struct before before = {-1, PTHREAD_CANCEL_ENABLE};
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before.cancel_state);
    struct thread *self = thread_self();
    if (self != NULL) {
        before.slot = self->host_slot;
        self->host_slot = slot;
    }
    check_host_call(slot);
    return before;
}

static void leave(struct before before)
{
    struct thread *self = thread_known();
    if (self != NULL) self->host_slot = before.slot;
    pthread_setcancelstate(before.cancel_state, NULL);
}

static char *ask(int slot, const char *const *texts, size_t count, osr_on_chunk_fn on_chunk, void *user_data)
{
    struct before before = enter(slot);
    struct field fields[ASK_TEXTS_MAX];
    for (size_t i = 0; i < count; i++) fields[i] = field_text(texts[i]);
    char *answer = pool_ask_host(slot, fields, count, on_chunk, user_data);
    leave(before);
    return answer;
}

/* The same, for an answer that goes to the plugin. */
static char *ask_for_plugin(int slot, const char *const *texts, size_t count, osr_on_chunk_fn on_chunk, void *user_data)
{
    return check_given(slot, ask(slot, texts, count, on_chunk, user_data));
}

/* Asks with one text that must not be NULL. */
static char *ask1(int slot, const char *a) { return a == NULL ? NULL : ask_for_plugin(slot, &a, 1, NULL, NULL); }

/* Asks with two texts; the first must not be NULL. */
static char *ask2(int slot, const char *a, const char *b)
{
    const char *const texts[2] = {a, b};
    return a == NULL ? NULL : ask_for_plugin(slot, texts, 2, NULL, NULL);
}

/* Tells the host something, without an answer. The first text must not be NULL. */
static void tell(enum frame_kind kind, uint8_t op, int slot, const char *const *texts, size_t count)
{
    if (texts[0] == NULL) return;
    struct before before = enter(slot);
    struct field fields[ASK_TEXTS_MAX];
    for (size_t i = 0; i < count; i++) fields[i] = field_text(texts[i]);
    output_frame(kind, op, 0, context_call_id(), fields, count);
    leave(before);
}

static const char *config_get(const char *key) { return ask1(SLOT(config_get), key); }

static void config_set(const char *key, const char *value)
{
    if (value != NULL) check_free_string(ask2(SLOT(config_set), key, value));
}

static void config_delete(const char *key) { check_free_string(ask1(SLOT(config_delete), key)); }

static const char *db_exec(const char *sql, const char *params) { return ask2(SLOT(db_exec), sql, params); }

static const char *db_query(const char *sql, const char *params) { return ask2(SLOT(db_query), sql, params); }

static void send_log(int slot, int level, const char *message, const char *payload)
{
    uint8_t op = level >= 0 && level < LOG_LEVEL_OTHER ? (uint8_t)level : LOG_LEVEL_OTHER;
    const char *const texts[2] = {message, payload};
    tell(FRAME_LOG, op, slot, texts, 2);
}

static void log_text(int level, const char *message) { send_log(SLOT(log), level, message, NULL); }

static void log_structured(int level, const char *message, const char *payload)
{
    send_log(SLOT(log_structured), level, message, payload);
}

static const char *dispatch(const char *request) { return ask1(SLOT(dispatch), request); }

static const char *task_status(const char *task) { return ask1(SLOT(task_status), task); }

static void dispatch_cancel(const char *task) { check_free_string(ask1(SLOT(dispatch_cancel), task)); }

static void dispatch_clarify(const char *task, const char *response)
{
    if (response != NULL) check_free_string(ask2(SLOT(dispatch_clarify), task, response));
}

static const char *complete(const char *request) { return ask1(SLOT(complete), request); }

static const char *complete_stream(const char *request, osr_on_chunk_fn on_chunk, void *user_data)
{
    if (request == NULL) return NULL;
    /* The second field tells the host whether anybody listens to the chunks. */
    const char *const texts[2] = {request, on_chunk == NULL ? NULL : "chunks"};
    return ask_for_plugin(SLOT(complete_stream), texts, 2, on_chunk, user_data);
}

static const char *embed(const char *request) { return ask1(SLOT(embed), request); }

static const char *list_models(void) { return ask_for_plugin(SLOT(list_models), NULL, 0, NULL, NULL); }

static const char *http_request(const char *request) { return ask1(SLOT(http_request), request); }

static const char *file_read(const char *request) { return ask1(SLOT(file_read), request); }

static const char *list_active_tasks(void) { return ask_for_plugin(SLOT(list_active_tasks), NULL, 0, NULL, NULL); }

static void send_draft(const char *task, const char *draft)
{
    if (draft != NULL) check_free_string(ask2(SLOT(send_draft), task, draft));
}

static void dispatch_interrupt(const char *task, const char *message)
{
    check_free_string(ask2(SLOT(dispatch_interrupt), task, message));
}

static const char *dispatch_add_issue(const char *task, const char *issue)
{
    return issue == NULL ? NULL : ask2(SLOT(dispatch_add_issue), task, issue);
}

/* One-way: callable from inside on_chunk, returns at once. */
static void complete_cancel(const char *stream)
{
    tell(FRAME_HOST_CALL, (uint8_t)SLOT(complete_cancel), SLOT(complete_cancel), &stream, 1);
}

static const char *get_active_agent_id(void)
{
    const char *agent = context_agent();
    check_host_call(SLOT(get_active_agent_id));
    return agent == NULL ? NULL : check_given(SLOT(get_active_agent_id), strdup(agent));
}

/* Strings come from malloc, so that plugins from before version 6 may release them with free(). */
static void free_string(const char *text) { check_free_string(text); }

static const osr_host_api *newest(void)
{
    static const osr_host_api api = {
        .version = OSR_ABI_VERSION_6,
        .config_get = config_get,
        .config_set = config_set,
        .config_delete = config_delete,
        .db_exec = db_exec,
        .db_query = db_query,
        .log = log_text,
        .dispatch = dispatch,
        .task_status = task_status,
        .dispatch_cancel = dispatch_cancel,
        .dispatch_clarify = dispatch_clarify,
        .complete = complete,
        .complete_stream = complete_stream,
        .embed = embed,
        .list_models = list_models,
        .http_request = http_request,
        .file_read = file_read,
        .list_active_tasks = list_active_tasks,
        .send_draft = send_draft,
        .dispatch_interrupt = dispatch_interrupt,
        .dispatch_add_issue = dispatch_add_issue,
        .complete_cancel = complete_cancel,
        .get_active_agent_id = get_active_agent_id,
        .log_structured = log_structured,
        .free_string = free_string,
    };
    return &api;
}

static struct {
    uint32_t version;
    const unsigned char *end; /* of a table that is older than the newest; behind it nothing can be read */
} shown = {OSR_ABI_VERSION_6, NULL};

/* Where the table of a version ends. */
static size_t table_bytes(uint32_t version)
{
    switch (version) {
    case OSR_ABI_VERSION_2: return offsetof(osr_host_api, complete_cancel);
    case OSR_ABI_VERSION_3: return offsetof(osr_host_api, get_active_agent_id);
    case OSR_ABI_VERSION_4: return offsetof(osr_host_api, log_structured);
    case OSR_ABI_VERSION_5: return offsetof(osr_host_api, free_string);
    default: return sizeof(osr_host_api);
    }
}

void host_api_set_version(uint32_t version) { shown.version = version; }

uint32_t host_api_version(void) { return shown.version; }

const osr_host_api *host_api(void)
{
    if (shown.version == OSR_ABI_VERSION_6) return newest();
    static const osr_host_api *older;
    if (older != NULL) return older;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = table_bytes(shown.version);
    unsigned char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (pages == MAP_FAILED) abort();
    shown.end = pages + page;
    unsigned char *table = pages + page - bytes;
    memcpy(table, newest(), bytes);
    memcpy(table, &shown.version, sizeof shown.version);
    if (mprotect(pages, page, PROT_READ) != 0 || mprotect(pages + page, page, PROT_NONE) != 0) abort();
    older = (const osr_host_api *)(const void *)table;
    return older;
}

int host_api_newer_slot(const void *address)
{
    uintptr_t at = (uintptr_t)address;
    uintptr_t end = (uintptr_t)shown.end;
    size_t bytes = table_bytes(shown.version);
    if (end == 0 || at < end || at - end >= sizeof(osr_host_api) - bytes) return -1;
    return (int)((bytes + (size_t)(at - end)) / 8);
}
