/* Ends the process, or only its thread, instead of returning. */
#include "crash.h"
#include "fixture.h"

static int crash_at_exit;
static int ask_at_exit;

static const char *misbehave(const char *id, const char *payload)
{
    if (strcmp(id, "exit") == 0) exit(atoi(payload));
    if (strcmp(id, "_exit") == 0) _exit(atoi(payload));
    if (strcmp(id, "exit and crash") == 0) {
        crash_at_exit = 1;
        exit(atoi(payload));
    }
    if (strcmp(id, "exit and ask") == 0) {
        ask_at_exit = 1;
        exit(atoi(payload));
    }
    if (strcmp(id, "thread") == 0) pthread_exit(NULL);
    return strdup(payload);
}

__attribute__((destructor)) static void destruct(void)
{
    if (crash_at_exit) crash("segv");
    if (!ask_at_exit) return;
    host->log(OSR_LOG_INFO, "in the destructor");
    host->config_set("key", "value");
    const char *text = host->db_query("SELECT 1", NULL);
    printf("refused: %s\n", text == NULL ? "null" : text);
    fflush(stdout);
    host->free_string(text);
}

FIXTURE("exits")
