/* What the checked runner (osprey-runner-checked) watches for the authors of plugins: texts of the host that are never
 * released, or released wrongly, and host calls on threads that the host did not call the plugin on.
 *
 * Built with -DOSPREY_CHECKS. In the runner that everybody else uses, all of this is nothing: the functions below are
 * empty then, and the compiler leaves nothing of them. What is counted goes to the host in a REPORT frame (frame.h).
 */
#ifndef RUNNER_CHECKS_H
#define RUNNER_CHECKS_H

#include <stdint.h>
#include <stdlib.h>

#if defined(OSPREY_CHECKS)

/* A text goes to the plugin as the answer of this host function. Gives the text. */
char *check_given(int slot, char *text);

/* The plugin gives a text back through free_string. What is no text of the host's, or was given back before, is counted
 * and left alone. */
void check_free_string(const char *text);

/* The plugin calls this host function. */
void check_host_call(int slot);

/* The calling thread goes into the plugin to load it, and comes back. */
void check_load_begins(void);
void check_load_ends(void);

/* The plugin's answer is about to be sent, and was given back to its free_string: what is released there belongs to the
 * call that the host takes for over already. */
void check_answer_begins(void);
void check_answer_ends(void);

/* Answers a CHECK frame with this id. */
void check_send_report(uint64_t id);

/* The op of HELLO. */
#define CHECKS_ARE_MADE 1

#else

static inline char *check_given(int slot, char *text)
{
    (void)slot;
    return text;
}
static inline void check_free_string(const char *text) { free((void *)(uintptr_t)text); }
static inline void check_host_call(int slot) { (void)slot; }
static inline void check_load_begins(void) {}
static inline void check_load_ends(void) {}
static inline void check_answer_begins(void) {}
static inline void check_answer_ends(void) {}

#define CHECKS_ARE_MADE 0

#endif
#endif
