/* Calls all host functions: `all` with arguments, `nulls` with NULL where a text is required, `slots` looks only. */
#include "fixture.h"

static int nulls;

/* Gives a text back to the host and counts NULL. */
static void took(const char *text)
{
    if (text == NULL) nulls++;
    host->free_string(text);
}

static void on_chunk(const char *chunk, void *user_data)
{
    (void)chunk;
    (void)user_data;
}

static void call_all(void)
{
    took(host->config_get("key"));
    host->config_set("key", "value");
    host->config_delete("key");
    took(host->db_exec("sql", "[]"));
    took(host->db_query("sql", NULL));
    took(host->dispatch("{}"));
    took(host->task_status("task"));
    host->dispatch_cancel("task");
    host->dispatch_clarify("task", "response");
    took(host->complete("{}"));
    took(host->complete_stream("{}", on_chunk, NULL));
    took(host->complete_stream("{}", NULL, NULL));
    took(host->embed("{}"));
    took(host->list_models());
    took(host->http_request("{}"));
    took(host->file_read("{}"));
    took(host->list_active_tasks());
    host->send_draft("task", "{}");
    host->dispatch_interrupt("task", "message");
    took(host->dispatch_add_issue("task", "{}"));
}

static void call_with_null(void)
{
    took(host->config_get(NULL));
    host->config_set(NULL, "value");
    host->config_set("key", NULL);
    host->config_delete(NULL);
    took(host->db_exec(NULL, "[]"));
    took(host->db_query(NULL, "[]"));
    host->log(OSR_LOG_INFO, NULL);
    took(host->dispatch(NULL));
    took(host->task_status(NULL));
    host->dispatch_cancel(NULL);
    host->dispatch_clarify(NULL, "response");
    host->dispatch_clarify("task", NULL);
    took(host->complete(NULL));
    took(host->complete_stream(NULL, on_chunk, NULL));
    took(host->embed(NULL));
    took(host->http_request(NULL));
    took(host->file_read(NULL));
    host->send_draft(NULL, "{}");
    host->send_draft("task", NULL);
    host->dispatch_interrupt(NULL, "message");
    took(host->dispatch_add_issue(NULL, "{}"));
    took(host->dispatch_add_issue("task", NULL));
    host->complete_cancel(NULL);
    host->log_structured(OSR_LOG_INFO, NULL, "{}");
    host->free_string(NULL);
}

static int empty_slots(void)
{
    int empty = 0;
    for (size_t at = offsetof(osr_host_api, config_get); at < sizeof *host; at += sizeof(void *)) {
        void *slot;
        memcpy(&slot, (const char *)host + at, sizeof slot);
        if (slot == NULL) empty++;
    }
    return empty;
}

static const char *misbehave(const char *id, const char *payload)
{
    (void)payload;
    char text[64];
    nulls = 0;
    if (strcmp(id, "all") == 0) call_all();
    if (strcmp(id, "nulls") == 0) call_with_null();
    if (strcmp(id, "slots") == 0) {
        snprintf(text, sizeof text, "%d of %zu empty, version %u", empty_slots(), sizeof *host / 8, host->version);
    } else {
        snprintf(text, sizeof text, "%d nulls", nulls);
    }
    return strdup(text);
}

FIXTURE("calls-every-function")
