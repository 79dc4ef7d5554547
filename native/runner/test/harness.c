/* Runs the registered tests, see harness.h. */
#include "harness.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS_MAX 8

/* One test that runs, with the file that its process prints to. */
struct job {
    struct test *test;
    pid_t pid;
    FILE *output;
    int64_t started_ms;
};

static struct test *first;
static struct test **end = &first;
void (*on_failure)(void);

void test_register(struct test *test)
{
    *end = test;
    end = &test->next;
}

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

_Noreturn void fail_at(const char *file, int line, const char *format, ...)
{
    const char *name = strrchr(file, '/');
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "    %s:%d: ", name == NULL ? file : name + 1, line);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    if (on_failure != NULL) on_failure();
    fflush(NULL);
    _exit(1);
}

void check_int(const char *file, int line, const char *what, long long actual, long long wanted)
{
    if (actual != wanted) fail_at(file, line, "%s is %lld, not %lld", what, actual, wanted);
}

void check_text(const char *file, int line, const char *what, const char *actual, const char *wanted)
{
    if (actual == NULL && wanted == NULL) return;
    if (actual != NULL && wanted != NULL && strcmp(actual, wanted) == 0) return;
    fail_at(file, line, "%s is %s%.300s%s, not %s%.300s%s", what, actual == NULL ? "" : "\"",
            actual == NULL ? "NULL" : actual, actual == NULL ? "" : "\"", wanted == NULL ? "" : "\"",
            wanted == NULL ? "NULL" : wanted, wanted == NULL ? "" : "\"");
}

static void start(struct job *job, struct test *test)
{
    *job = (struct job){test, 0, tmpfile(), now_ms()};
    if (job->output == NULL) abort();
    fflush(NULL);
    job->pid = fork();
    if (job->pid < 0) abort();
    if (job->pid > 0) return;
    dup2(fileno(job->output), STDOUT_FILENO);
    dup2(fileno(job->output), STDERR_FILENO);
    alarm(TEST_SECONDS);
    test->run();
    exit(0); /* Not _exit: leaks in the test are to be found too. */
}

static bool finish(struct job *job, int status, bool verbose)
{
    bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!passed) {
        printf("FAILED  %s\n", job->test->title);
        char line[512];
        rewind(job->output);
        while (fgets(line, sizeof line, job->output) != NULL) fputs(line, stdout);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) printf("    took longer than %d s\n", TEST_SECONDS);
        else if (WIFSIGNALED(status)) printf("    the test itself died of signal %d\n", WTERMSIG(status));
        else if (WEXITSTATUS(status) != 1) printf("    the test itself ended with status %d\n", WEXITSTATUS(status));
    } else if (verbose) {
        printf("passed  %s (%lld ms)\n", job->test->title, (long long)(now_ms() - job->started_ms));
    }
    fflush(stdout);
    fclose(job->output);
    job->test = NULL;
    return passed;
}

int main(int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : "";
    const char *v = getenv("V");
    bool verbose = v != NULL && strcmp(v, "1") == 0;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    size_t jobs = cpus < 1 ? 1 : cpus > JOBS_MAX ? JOBS_MAX : (size_t)cpus;
    struct job running[JOBS_MAX] = {{NULL, 0, NULL, 0}};
    size_t busy = 0;
    unsigned passed = 0;
    unsigned failed = 0;
    struct test *next = first;
    for (;;) {
        while (next != NULL && strstr(next->title, wanted) == NULL) next = next->next;
        if (next == NULL && busy == 0) break;
        if (next != NULL && busy < jobs) {
            size_t i = 0;
            while (running[i].test != NULL) i++;
            start(&running[i], next);
            busy++;
            next = next->next;
            continue;
        }
        int status = 0;
        pid_t pid = waitpid(-1, &status, 0);
        if (pid < 0 && errno == EINTR) continue;
        if (pid < 0) abort();
        for (size_t i = 0; i < jobs; i++) {
            if (running[i].test == NULL || running[i].pid != pid) continue;
            busy--;
            if (finish(&running[i], status, verbose)) passed++;
            else failed++;
        }
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
