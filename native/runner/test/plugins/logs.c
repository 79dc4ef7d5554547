/* Logs its payload with the level that its tool's id is; `structured` adds a payload of its own. */
#include "fixture.h"

static const char *misbehave(const char *id, const char *payload)
{
    if (strcmp(id, "structured") == 0) {
        host->log_structured(OSR_LOG_ERROR, payload, "{\"a\":1}");
        host->log_structured(OSR_LOG_TRACE, payload, NULL);
    } else {
        host->log(atoi(id), payload);
    }
    return strdup(payload);
}

FIXTURE("logs")
