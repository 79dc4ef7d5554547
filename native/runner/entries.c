/* Names of the plugin's entries and the host's functions, for reports. */
#include "entries.h"

#include <stdatomic.h>
#include <stddef.h>

static const char *_Atomic load_step = "loading";

void load_step_set(const char *step) { atomic_store(&load_step, step); }

const char *entry_name(enum call_entry entry)
{
    switch (entry) {
    case ENTRY_LOAD: return atomic_load(&load_step);
    case ENTRY_INVOKE: return "invoke";
    case ENTRY_ROUTE: return "handle_route";
    case ENTRY_CONFIG: return "on_config_changed";
    case ENTRY_EVENT: return "on_task_event";
    case ENTRY_DESTROY: return "destroy";
    }
    return "an unknown entry";
}

const char *host_slot_name(int slot)
{
    static const char *const names[HOST_SLOTS] = {
        NULL,
        "config_get",
        "config_set",
        "config_delete",
        "db_exec",
        "db_query",
        "log",
        "dispatch",
        "task_status",
        "dispatch_cancel",
        "dispatch_clarify",
        "complete",
        "complete_stream",
        "embed",
        "list_models",
        "http_request",
        "file_read",
        "list_active_tasks",
        "send_draft",
        "dispatch_interrupt",
        "dispatch_add_issue",
        "complete_cancel",
        "get_active_agent_id",
        "log_structured",
        "free_string",
    };
    return slot > 0 && slot < HOST_SLOTS ? names[slot] : NULL;
}
