/* A small test harness: every test runs in a process of its own, several at a time, each within a time limit.
 *
 * A file of tests writes TEST(name, "a sentence") { ... } and links with harness.c, which has main(). A check that
 * fails ends the test; its reason is printed. With V=1 in the environment passing tests get a line too; a word as
 * argument runs only the tests that have it in their title. */
#ifndef TEST_HARNESS_H
#define TEST_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
    const char *title;
    void (*run)(void);
    struct test *next;
};

void test_register(struct test *test);

#define TEST(name, sentence)                                                                   \
    static void name(void);                                                                    \
    static struct test name##_test = {sentence, name, NULL};                                   \
    __attribute__((constructor)) static void name##_register(void) { test_register(&name##_test); } \
    static void name(void)

/* Ends the test with a reason. */
_Noreturn void fail_at(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Called before the reason is printed, to add what else is known. */
extern void (*on_failure)(void);

#define FAIL(...) fail_at(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(condition)                                 \
    do {                                                 \
        if (!(condition)) FAIL("not so: %s", #condition); \
    } while (0)
#define CHECK_INT(actual, wanted) check_int(__FILE__, __LINE__, #actual, (long long)(actual), (long long)(wanted))
#define CHECK_TEXT(actual, wanted) check_text(__FILE__, __LINE__, #actual, actual, wanted)

void check_int(const char *file, int line, const char *what, long long actual, long long wanted);
/* Either may be NULL. */
void check_text(const char *file, int line, const char *what, const char *actual, const char *wanted);

/* Milliseconds of a clock that only goes forward. */
int64_t now_ms(void);

/* The longest that anything is waited for, then the longest for a whole test. */
#if defined(RUNNER_SANITIZED)
#define WAIT_MS 30000
#define TEST_SECONDS 60
#else
#define WAIT_MS 10000
#define TEST_SECONDS 30
#endif

#endif
