/* Forks. The child calls host functions and prints what came of it; then, by tool,
 *   stays   it waits for its end by a signal
 *   returns it returns from the call like its parent
 *   execs   it becomes another program, which prints what it does with SIGPIPE */
#include <sys/wait.h>

#include "fixture.h"

static void use_host(void)
{
    const char *answer = host->task_status("task");
    const char *value = host->config_get("key"); /* A refusal would pass for a value here. */
    const char *agent = host->get_active_agent_id();
    host->log(OSR_LOG_INFO, "from the child");
    host->complete_cancel("stream");
    printf("child %ld got %s, value %s, agent %s\n", (long)getpid(), answer == NULL ? "null" : answer, value == NULL ? "null" : value,
           agent == NULL ? "null" : agent);
    fflush(stdout);
    host->free_string(answer);
    host->free_string(agent);
}

static const char *misbehave(const char *id, const char *payload)
{
    if (strcmp(id, "execs") == 0) {
        FILE *pipe = popen("sh -c 'kill -PIPE $$; echo alive'", "r");
        char line[64] = "killed";
        if (pipe != NULL) {
            if (fgets(line, sizeof line, pipe) != NULL) line[strcspn(line, "\n")] = 0;
            pclose(pipe);
        }
        return strdup(line);
    }
    pid_t child = fork();
    if (child == 0) {
        use_host();
        if (strcmp(id, "stays") == 0) {
            alarm(60); /* In case the test ends before it has ended this. */
            for (;;) pause();
        }
        return strdup("from the child");
    }
    if (strcmp(id, "returns") == 0) {
        int status = 0;
        waitpid(child, &status, 0);
        printf("child ended %s\n", WIFEXITED(status) ? "by itself" : "by a signal");
    }
    return strdup(payload);
}

FIXTURE("forks")
