/* Loading a plugin, and each way in which that fails. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "host.h"

TEST(hello_ready, "a runner says HELLO with its protocol, then READY with ABI, features and manifest")
{
    struct host *host = host_start("echoes");
    struct frame *hello = host_next(host);
    CHECK_INT(hello->head.kind, FRAME_HELLO);
    CHECK_INT(hello->head.nfields, 1);
    CHECK_INT(frame_u32(hello, 0), PROTOCOL_VERSION);
    struct frame *ready = host_next(host);
    CHECK_INT(ready->head.kind, FRAME_READY);
    CHECK_INT(ready->head.op, LOAD_OK);
    CHECK_INT(ready->head.nfields, 3);
    CHECK_INT(frame_u32(ready, 0), 6);
    CHECK_INT(frame_u32(ready, 1), 0);
    CHECK(strstr(frame_text(ready, 2), "\"plugin_id\":\"test.echoes\"") != NULL);
    host_end(host);
}

TEST(features, "READY names the optional functions, and each of them is called with what the host sent")
{
    struct host *host = host_start("has-every-function");
    struct frame *ready = host_take_ready(host);
    CHECK_INT(frame_u32(ready, 1), FEATURE_ROUTE | FEATURE_CONFIG | FEATURE_EVENT);

    struct field route[2] = {text_field(AGENT), text_field("a request")};
    host_send(host, FRAME_CALL, ENTRY_ROUTE, 2, route, 2);
    CHECK_TEXT(host_result(host, 2), "a request");

    struct field config[3] = {text_field(AGENT), text_field("key"), text_field(NULL)};
    host_send(host, FRAME_CALL, ENTRY_CONFIG, 3, config, 3);
    CHECK_INT(host_take(host, FRAME_RETURN, 3)->head.op, STATUS_NULL);
    host_printed(host, "config key=(null)");

    struct field event[4] = {text_field(AGENT), text_field("task"), {"\10\0\0\0", 4}, text_field("{}")};
    host_send(host, FRAME_CALL, ENTRY_EVENT, 4, event, 4);
    CHECK_INT(host_take(host, FRAME_RETURN, 4)->head.op, STATUS_NULL);
    host_printed(host, "event task 8 {}");

    struct field destroy[1] = {text_field(NULL)};
    host_send(host, FRAME_CALL, ENTRY_DESTROY, 5, destroy, 1);
    CHECK_INT(host_take(host, FRAME_RETURN, 5)->head.op, STATUS_NULL);
    host_printed(host, "destroyed itself");
    host_end(host);
}

TEST(lacking_features, "a function that the plugin does not have is refused or passed over")
{
    struct host *host = host_ready("echoes");
    struct field route[2] = {text_field(AGENT), text_field("a request")};
    host_send(host, FRAME_CALL, ENTRY_ROUTE, 2, route, 2);
    struct frame *refused = host_take(host, FRAME_RETURN, 2);
    CHECK_INT(refused->head.op, STATUS_REFUSED);
    CHECK_TEXT(frame_text(refused, 0), "the plugin has no handle_route");
    struct field config[3] = {text_field(AGENT), text_field("key"), text_field("value")};
    host_send(host, FRAME_CALL, ENTRY_CONFIG, 3, config, 3);
    CHECK_INT(host_take(host, FRAME_RETURN, 3)->head.op, STATUS_NULL);
    struct field event[4] = {text_field(AGENT), text_field("task"), {"\1\0\0\0", 4}, text_field("{}")};
    host_send(host, FRAME_CALL, ENTRY_EVENT, 4, event, 4);
    CHECK_INT(host_take(host, FRAME_RETURN, 4)->head.op, STATUS_NULL);
    host_end(host);
}

/* Starts a plugin that cannot be loaded; gives READY's reason. The runner must wait for its end then. */
static struct host *fail_to_load(const char *plugin, enum load_result result, const char **reason)
{
    struct host *host = host_start(plugin);
    CHECK_INT(host_next(host)->head.kind, FRAME_HELLO);
    struct frame *ready = host_next(host);
    CHECK_INT(ready->head.kind, FRAME_READY);
    CHECK_INT(ready->head.op, result);
    CHECK_INT(ready->head.nfields, 1);
    *reason = frame_text(ready, 0);
    host_settle(host);
    return host;
}

TEST(no_library, "a library that is not there is reported with the loader's reason")
{
    const char *reason;
    struct host *host = fail_to_load("/nowhere/plugin.so", LOAD_LIBRARY_FAILED, &reason);
    CHECK(reason != NULL && strstr(reason, "/nowhere/plugin.so") != NULL);
    host_end(host);
}

TEST(no_elf, "a file that is no library is reported with the loader's reason")
{
    const char *reason;
    struct host *host = fail_to_load("/dev/null", LOAD_LIBRARY_FAILED, &reason);
    CHECK(reason != NULL && strlen(reason) > 0);
    host_end(host);
}

TEST(no_entry, "a library without an entry function is reported")
{
    const char *reason;
    host_end(fail_to_load("lacks-entry", LOAD_ENTRY_MISSING, &reason));
    CHECK_TEXT(reason, NULL);
}

TEST(null_entry, "an entry function that gives NULL is reported with its name")
{
    const char *reason;
    struct host *host = fail_to_load("entry-gives-null", LOAD_ENTRY_NULL, &reason);
    CHECK_TEXT(reason, "osaurus_plugin_entry_v2");
    host_end(host);
}

TEST(incomplete, "a table without required functions is reported with their names")
{
    const char *reason;
    struct host *host = fail_to_load("table-incomplete", LOAD_TABLE_INCOMPLETE, &reason);
    CHECK_TEXT(reason, "init, invoke");
    host_end(host);
}

TEST(null_init, "an init that gives NULL is reported")
{
    const char *reason;
    host_end(fail_to_load("init-gives-null", LOAD_INIT_NULL, &reason));
}

TEST(null_manifest, "a manifest that is NULL is reported and the plugin destroyed")
{
    const char *reason;
    struct host *host = fail_to_load("manifest-is-null", LOAD_MANIFEST_NULL, &reason);
    host_printed(host, "destroyed itself");
    host_end(host);
}

TEST(version_one, "a version 1 plugin is loaded and called without a look behind its table of 40 bytes")
{
    struct host *host = host_start("version-one");
    struct frame *ready = host_take_ready(host);
    CHECK_INT(frame_u32(ready, 0), 1);
    CHECK_INT(frame_u32(ready, 1), 0);
    CHECK_TEXT(host_ask(host, 2, "echo", "first"), "first");
    host_end(host);
}

TEST(version_one_short, "the page behind the version 1 table really is guarded: a shorter table kills the runner")
{
    struct host *host = host_start("version-one-short");
    struct frame *fault = host_take(host, FRAME_FAULT, 1);
    CHECK(fault->head.op == SIGSEGV || fault->head.op == SIGBUS);
    host_died_of(host, fault->head.op);
}

/* A plugin that crashes while it is loaded: the report names the step. */
static void crash_at(const char *plugin, int signal, const char *step)
{
    struct host *host = host_start(plugin);
    CHECK_INT(host_next(host)->head.kind, FRAME_HELLO);
    struct frame *fault = host_next(host);
    CHECK_INT(fault->head.kind, FRAME_FAULT);
    CHECK_INT(fault->head.op, signal);
    CHECK_INT(fault->head.id, 1);
    CHECK_TEXT(frame_text(fault, 0), step);
    host_said(host, step);
    host_died_of(host, signal);
}

TEST(crash_constructor, "a crash in a constructor is reported as such")
{
    crash_at("crashes-in-constructor", SIGSEGV, "a constructor of the library");
}

TEST(crash_entry, "a crash in the entry function is reported as such")
{
    crash_at("crashes-in-entry", SIGSEGV, "the entry function");
}

TEST(crash_init, "a crash in init is reported as such") { crash_at("crashes-in-init", SIGABRT, "init"); }

TEST(crash_manifest, "a crash in get_manifest is reported as such")
{
    crash_at("crashes-in-manifest", SIGSEGV, "get_manifest");
}
