/* Names of the plugin's entries and the host's functions, for reports. */
#ifndef RUNNER_ENTRIES_H
#define RUNNER_ENTRIES_H

#include "frame.h"

#define HOST_SLOTS 25
#define SLOT_CONFIG_GET 1
#define SLOT_DISPATCH 7

/* What the plugin is in: "invoke", "handle_route", ... While loading, the step that load_step_set named. */
const char *entry_name(enum call_entry entry);

/* "config_get", "db_query", ...; NULL outside the table. Slots count as in osr_host_api, its version being 0. */
const char *host_slot_name(int slot);

/* Names the step of loading that comes next: "dlopen", "entry", "init", "get_manifest". */
void load_step_set(const char *step);

#endif
