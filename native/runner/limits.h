/* Every limit of the runner, with its unit in its name. Those that the host must agree on stand in
 * src/protocol/limits.ts too; a test compares them. Tests build a runner with smaller ones, where there is #if. */
#ifndef RUNNER_LIMITS_H
#define RUNNER_LIMITS_H

/* Bytes of one frame after its length word. */
#define FRAME_BYTES_MAX (64u * 1024u * 1024u)
#define FRAME_FIELDS_MAX 16u
/* Frames up to this size are copied when another thread is writing; larger ones wait for their turn. */
#define FRAME_COPY_BYTES_MAX (64u * 1024u)
/* Bytes that may wait for the writing thread before others have to wait as well. */
#define OUTPUT_PENDING_BYTES_MAX (1024u * 1024u)
#define INPUT_BUFFER_BYTES (64u * 1024u)
/* Asked of the system for the sending half of the socket. */
#define SOCKET_SEND_BYTES (1024 * 1024)

/* Threads that run calls. Threads blocked in a host call count. */
#if !defined(WORKERS_MAX)
#define WORKERS_MAX 256u
#endif
#define WORKER_STACK_BYTES (8u * 1024u * 1024u)
#define WORKER_GUARD_BYTES (1024u * 1024u)
#if !defined(WORKER_IDLE_SECONDS)
#define WORKER_IDLE_SECONDS 10
#endif
/* Host calls that may be open at once, over all threads of the plugin. */
#if !defined(HOST_CALLS_OPEN_MAX)
#define HOST_CALLS_OPEN_MAX 4096u
#endif

/* An event waits in such steps for threads that are about to leave `dispatch`. */
#define DISPATCH_NAP_MICROSECONDS 100

/* A stream's credit goes back to the host after this many chunks. */
#define STREAM_CREDIT_CHUNKS 32u

/* The monitor looks this often whether somebody attends to the socket and the queue... */
#define MONITOR_TICK_MICROSECONDS 500
/* ...and goes to sleep after so many looks without anything to do. */
#define MONITOR_QUIET_TICKS 100

#define MONITOR_STACK_BYTES (256u * 1024u)
#define SIGNAL_STACK_BYTES (64u * 1024u)
/* After a crash: how long other threads may go on answering, how long what they answered may take to be written when
 * the host is slow, and when a stuck report is given up. */
#define CRASH_DRAIN_MILLISECONDS 50
#define CRASH_WRITE_MILLISECONDS 1000
#define CRASH_REPORT_SECONDS 2
#define BACKTRACE_FRAMES_MAX 64

/* The checked runner (checks.h). Texts that were released, and their bytes, whose memory is kept for a while. */
#define CHECKED_TEXTS_KEPT_MAX 4096u
#define CHECKED_BYTES_KEPT_MAX (64u * 1024u * 1024u)
#define CHECKED_BUCKETS 4096u
#define CHECKED_RELEASED_BYTE 0xDD
#define CHECKED_REPORT_BYTES_MAX (16u * 1024u)
/* How long a report waits for texts that the plugin is just taking back. */
#define CHECKED_SETTLE_MILLISECONDS 1000

#endif
