// What a native plugin can do to itself, to its host and to other plugins: one fixture for each attack, in a real runner.
// The table below is docs/hostile-plugins.md; a test holds the two equal. Crashes and hangs of the plain kind are in
// runner.test.ts.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { NativePlugin, NativePluginOptions } from "../../src/plugins/native/native-plugin.ts";
import type { HostCall, PluginLogLine } from "../../src/protocol/host-slots.ts";
import { eventually } from "../helpers/eventually.ts";
import { FAR, openPlugin, startRunner } from "../helpers/native-plugins.ts";
import { isRunning, untilGone } from "../helpers/processes.ts";

const AGENT = "11111111-2222-3333-4444-555555555555";
const MIB = 1024 * 1024;
/** Some hand over hundreds of megabytes, on a machine that may be busy. */
const ATTACK_MS_MAX = 120_000;

interface Subject {
  readonly plugin: NativePlugin;
  readonly crashes: readonly { story: string }[];
  /** What it asked its host, what it logged and what it printed. */
  readonly asked: HostCall[];
  readonly logged: PluginLogLine[];
  readonly printed: string[];
  /** Calls the tool that misbehaves. */
  misbehave(payload?: string): Promise<string | null>;
}

/** One attack. `does`, `gets` and `others` are the columns of the document. */
interface Attack {
  readonly fixture: string;
  readonly does: string;
  readonly gets: string;
  readonly others?: string;
  check(subject: Subject): Promise<void>;
  readonly options?: Partial<NativePluginOptions>;
  /** Whether the plugin is of use afterwards; else it is one that never loads. */
  readonly isRefused?: true;
}

const crashed = (where: RegExp) => ({ code: "plugin_crashed", message: expect.stringMatching(where) });

/** Calls the tool, which must take the runner along in this way. */
const itCrashes = (where: RegExp) => async (subject: Subject) => {
  await expect(subject.misbehave()).rejects.toMatchObject(crashed(where));
};

const THE_ANSWER = "the answer";
const ITS_OWN_RUNNER = "Its own runner starts again; nobody else notices.";
const FINISH_ELSEWHERE = "Calls that are open finish in the old runner, new ones go to a new one; nobody else notices.";
const NOTHING = "Nothing.";

const ATTACKS: readonly Attack[] = [
  {
    fixture: "passes-null-everywhere",
    does: "Passes NULL for every argument of every host function",
    gets: "NULL from functions that give text, nothing from the others; the host is not even asked",
    async check({ misbehave, asked, logged }) {
      const text = await misbehave();
      expect(text?.match(/=null/g)).toHaveLength(12);
      expect(text).not.toContain("=text");
      expect([asked, logged]).toEqual([[], []]);
    },
  },
  {
    fixture: "asks-before-it-is-loaded",
    does: "Asks its host from a thread of a constructor, while the entry still runs",
    gets: "what a call without an agent gets: no setting is read or written",
    async check({ asked }) {
      expect(asked.map(({ name, agentId }) => [name, agentId])).toEqual([
        ["config_get", undefined],
        ["config_set", undefined],
      ]);
    },
  },
  {
    fixture: "init-starts-threads-that-ask",
    does: "Starts 16 threads in `init` that ask the host 200 times each",
    gets: "every answer while it is loaded, `context_unavailable` from then on",
    async check({ misbehave, asked }) {
      expect(await misbehave()).toBe("1600 answers");
      expect(asked).toHaveLength(3200);
      expect(new Set(asked.map(({ agentId }) => agentId))).toEqual(new Set([undefined]));
    },
  },
  {
    fixture: "asks-after-destroy",
    does: "Leaves a thread running that asks the host after `destroy`",
    gets: "`context_unavailable`; `config_get` gives NULL, `config_set` does nothing, and the host is not asked",
    check: asksAfterDestroy,
  },
  {
    fixture: "asks-at-exit",
    does: "Calls `exit(7)`, with an exit handler that asks the host",
    gets: "`plugin_exited` for the call; the handler gets its answers",
    others: ITS_OWN_RUNNER,
    async check({ misbehave, asked, logged }) {
      await expect(misbehave()).rejects.toMatchObject({ code: "plugin_exited", details: { exit_code: 7 } });
      expect(asked.map(({ args }) => args)).toEqual([["at exit"]]);
      expect(logged.map(({ message }) => message)).toEqual(["at exit"]);
    },
  },
  {
    fixture: "asks-in-library-destructor",
    does: "Calls `exit(8)`, with a library destructor that asks the host",
    gets: "`plugin_exited` for the call; the destructor gets `context_unavailable`",
    others: ITS_OWN_RUNNER,
    async check({ misbehave, asked, logged }) {
      await expect(misbehave()).rejects.toMatchObject({ code: "plugin_exited", details: { exit_code: 8 } });
      expect([asked, logged]).toEqual([[], []]);
    },
  },
  {
    fixture: "frees-its-answer-too-early",
    does: "Returns a text that it has freed",
    gets: "whatever lies there now, then its own `free_string` crashes",
    others: ITS_OWN_RUNNER,
    async check({ misbehave, crashes }) {
      expect(await misbehave()).toEqual(expect.any(String));
      await eventually(() => expect(crashes[0]?.story).toMatch(/crashed with SIGABRT in free_string/));
    },
  },
  {
    fixture: "returns-one-pointer-twice",
    does: "Returns the same pointer from every call, to be freed each time",
    gets: "its first answer; soon a crash of its own",
    others: ITS_OWN_RUNNER,
    async check({ misbehave, crashes }) {
      expect(await misbehave()).toBe("the same again");
      for (let round = 0; round < 50 && crashes.length === 0; round++) await misbehave().catch(() => undefined);
      await eventually(() => expect(crashes[0]?.story).toMatch(/^crashed with SIG/));
    },
  },
  {
    fixture: "frees-host-text-twice",
    does: "Frees a text of the host twice",
    gets: "`plugin_crashed` (SIGABRT in `invoke`)",
    others: ITS_OWN_RUNNER,
    check: itCrashes(/SIGABRT in invoke/),
  },
  {
    fixture: "returns-text-without-end",
    does: "Returns a text that has no NUL before the end of its memory",
    gets: "`plugin_crashed` (SIGSEGV in `invoke`)",
    others: ITS_OWN_RUNNER,
    check: itCrashes(/SIGSEGV in invoke/),
  },
  {
    fixture: "sends-invalid-utf8",
    does: "Passes bytes that are no UTF-8 to host functions and logs",
    gets: "its answers; the host sees U+FFFD in place of such bytes",
    async check({ misbehave, asked, logged }) {
      expect(await misbehave("fine")).toBe("fine");
      const bad = expect.stringMatching(/^a\ufffd+z$/);
      expect(asked.map(({ name, args }) => [name, args])).toEqual([
        ["config_set", [bad, bad]],
        ["config_get", [bad]],
        ["http_request", [expect.stringMatching(/^\{"url":"a\ufffd+z"\}$/)]],
      ]);
      expect(logged).toMatchObject([{ message: bad }, { message: bad, payload: bad }]);
    },
  },
  {
    fixture: "sends-too-much",
    does: "Passes texts of 64 MiB to host functions and logs",
    gets: "`request_too_large`; `config_get` gives NULL, functions that return nothing do nothing",
    async check({ misbehave, asked, logged }) {
      const tooLarge = '{"error":"request_too_large","message":"the request is over 64 MiB"}';
      expect(await misbehave(String(64 * MIB))).toBe(`config_get=null db_query=${tooLarge} complete=${tooLarge} `);
      expect([asked, logged]).toEqual([[], []]);
      // What fits is handed on: 25 bytes are the frame's own, and there may be a second field.
      expect(await misbehave(String(64 * MIB - 64))).toContain("db_query=the answer complete=the answer");
      expect(asked.map(({ name }) => name)).toEqual([
        ...["config_get", "config_set", "config_delete", "db_query", "complete", "complete_cancel"],
      ]);
      expect(asked[0]?.args[0]).toHaveLength(64 * MIB - 64);
      expect(logged).toHaveLength(2);
    },
  },
  {
    fixture: "writes-into-host-table",
    does: "Puts a function of its own into the host's table",
    gets: "`plugin_crashed` (SIGSEGV or SIGBUS in `invoke`): the table is read-only",
    others: ITS_OWN_RUNNER,
    check: itCrashes(/SIG(SEGV|BUS) in invoke/),
  },
  {
    fixture: "config-change-crashes",
    does: "Crashes in `on_config_changed`",
    gets: "`plugin_crashed` (SIGABRT in `on_config_changed`)",
    others: ITS_OWN_RUNNER,
    async check({ plugin }) {
      await expect(plugin.call("config", ["key", "value"], FAR)).rejects.toMatchObject(
        crashed(/SIGABRT in on_config_changed/),
      );
    },
  },
  {
    fixture: "config-change-hangs",
    does: "Does not come back from `on_config_changed`",
    gets: "`plugin_timeout` after the time for it",
    others: FINISH_ELSEWHERE,
    async check({ plugin }) {
      await expect(plugin.call("config", ["key", "value"], { ...FAR, deadlineMs: 100 })).rejects.toMatchObject({
        code: "plugin_timeout",
      });
    },
  },
  {
    fixture: "config-change-sets-the-same-key",
    does: "Sets, in `on_config_changed`, the setting that it is told of",
    gets: "its answers; it is not told again of what it set itself",
    async check({ plugin, misbehave, asked }) {
      await plugin.call("config", ["key", "value"], { ...FAR, agentId: AGENT });
      expect(asked.map(({ name, agentId }) => [name, agentId])).toEqual([
        ["config_set", AGENT],
        ["config_get", AGENT],
      ]);
      expect(await misbehave()).toBe("told 1 times");
    },
  },
  {
    fixture: "route-returns-null",
    does: "Answers a request of the web with NULL",
    gets: "no answer, which the caller is told; it goes on",
    async check({ plugin }) {
      expect(await plugin.call("route", ["{}"], FAR)).toBeNull();
    },
  },
  {
    fixture: "route-returns-invalid-utf8",
    does: "Answers a request of the web with bytes that are no UTF-8",
    gets: "its answer handed on with U+FFFD in place of such bytes",
    async check({ plugin }) {
      expect(await plugin.call("route", ["{}"], FAR)).toBe('{"status":200,"body":"\ufffd\ufffd"}');
    },
  },
  {
    fixture: "route-returns-literal",
    does: "Answers a request of the web with a literal that its `free_string` gives to `free()`",
    gets: "its answer handed on, then its `free_string` crashes",
    others: ITS_OWN_RUNNER,
    async check({ plugin, crashes }) {
      expect(await plugin.call("route", ["{}"], FAR)).toBe('{"status":204}');
      await eventually(() => expect(crashes[0]?.story).toMatch(/SIGABRT in free_string/));
    },
  },
  {
    fixture: "destroy-crashes",
    does: "Crashes in `destroy`",
    gets: "its end, as without a crash",
    check: endsAllTheSame,
  },
  {
    fixture: "destroy-exits",
    does: "Calls `exit(9)` in `destroy`",
    gets: "its end, as without that",
    check: endsAllTheSame,
  },
  {
    fixture: "destroy-hangs",
    does: "Does not come back from `destroy`",
    gets: "the time there is for it, then it is killed",
    check: endsAllTheSame,
  },
  {
    fixture: "destroy-asks-host",
    does: "Asks the host in `destroy`",
    gets: "an answer, without an agent",
    async check(subject) {
      await endsAllTheSame(subject);
      expect(subject.printed).toEqual([`in destroy: ${THE_ANSWER}`]);
      expect(subject.asked.map(({ name, agentId }) => [name, agentId])).toEqual([["config_get", undefined]]);
    },
  },
  {
    fixture: "manifest-changes-each-time",
    does: "Gives a manifest with another id whenever it is loaded",
    gets: "a new load after each crash, and `plugin_id_mismatch` where it is installed under an id",
    others: ITS_OWN_RUNNER,
    async check({ plugin, misbehave }) {
      const before = plugin.loaded?.manifest.plugin_id;
      expect(before).toMatch(/^test\.changes-\d+$/);
      await expect(misbehave()).rejects.toMatchObject({ code: "plugin_crashed" });
      await plugin.call("invoke", ["tool", "echo", ""], FAR);
      expect(plugin.loaded?.manifest.plugin_id).not.toBe(before);
      const { plugin: installed } = openPlugin("manifest-changes-each-time", { expectedId: before });
      await expect(installed.load()).rejects.toMatchObject({ code: "plugin_id_mismatch" });
    },
  },
  {
    fixture: "manifest-of-10-mib",
    does: "Gives a manifest of 10 MiB",
    gets: "`manifest_invalid`: 4 MiB is the limit",
    isRefused: true,
    async check({ plugin }) {
      await expect(plugin.load()).rejects.toMatchObject({
        code: "manifest_invalid",
        message: expect.stringContaining("larger than"),
      });
    },
  },
  {
    fixture: "manifest-nested-deep",
    does: "Gives a manifest that is nested a million levels deep",
    gets: "`manifest_invalid`",
    isRefused: true,
    async check({ plugin }) {
      await expect(plugin.load()).rejects.toMatchObject({
        code: "manifest_invalid",
        message: expect.stringContaining("nests deeper"),
      });
    },
  },
  {
    fixture: "forks-and-asks",
    does: "Forks, and asks the host in the child",
    gets: "`context_unavailable` in the child, whose logs go nowhere; its own calls go on",
    async check({ misbehave, asked, logged }) {
      expect(JSON.parse((await misbehave())!)).toMatchObject({ error: "context_unavailable" });
      expect([asked, logged]).toEqual([[], []]);
    },
  },
  {
    fixture: "handles-sigsegv-itself",
    does: "Puts a handler of its own in for SIGSEGV and jumps out of its crash",
    gets: "what it answers",
    async check({ misbehave }) {
      expect(await misbehave()).toBe("survived");
    },
  },
  {
    fixture: "ignores-sigsegv",
    does: "Ignores every signal, then crashes",
    gets: "`plugin_crashed`, without a stack: the report was taken away by itself",
    others: ITS_OWN_RUNNER,
    check: itCrashes(/crashed with SIGSEGV/),
  },
  {
    fixture: "closes-all-descriptors",
    does: "Closes every descriptor and opens others under their numbers",
    gets: "`plugin_protocol`: its line to the host is gone, so its process ends",
    others: ITS_OWN_RUNNER,
    async check({ plugin, misbehave }) {
      const pid = plugin.pid!;
      await expect(misbehave()).rejects.toMatchObject({
        code: "plugin_protocol",
        message: expect.stringContaining("closed the line to its host"),
      });
      await untilGone(pid);
    },
  },
  {
    fixture: "sets-limits-to-zero",
    does: "Sets the limits of its process to zero: memory, files, processes",
    gets: "its answer; when it runs out of what it has taken from itself, an error or a crash of its own",
    others: "Its next runner has the limits of the host again; nobody else notices.",
    async check({ plugin, misbehave }) {
      expect(await misbehave()).toBe("nothing left");
      await plugin.call("invoke", ["tool", "echo", "x".repeat(8 * MIB)], FAR).catch((error) => {
        expect(error).toMatchObject({ code: expect.stringMatching(/^plugin_/) });
      });
    },
  },
  {
    fixture: "changes-directory",
    does: "Changes its working directory",
    gets: "that directory, in its own process",
    async check({ misbehave }) {
      const here = process.cwd();
      expect(await misbehave()).toBe("/usr");
      expect(process.cwd()).toBe(here);
    },
  },
  {
    fixture: "opens-itself",
    does: "Opens its own library again and calls its entry",
    gets: "its own table",
    async check({ misbehave }) {
      expect(await misbehave()).toBe("the same table");
    },
  },
  {
    fixture: "closes-itself",
    does: "Unloads its own library while it is being called",
    gets: "`plugin_crashed` (SIGSEGV in `invoke`)",
    others: ITS_OWN_RUNNER,
    check: itCrashes(/SIGSEGV in invoke/),
  },
  {
    fixture: "starts-10000-threads",
    does: "Starts 10,000 threads that ask the host at the same time",
    gets: "its answers; beyond 4,096 host calls at once `plugin_busy`, which for `config_get` is NULL",
    async check({ misbehave, asked }) {
      const { threads, answers, refusals } = JSON.parse((await misbehave())!);
      expect(threads).toBeGreaterThan(0);
      expect(answers + refusals).toBe(threads);
      expect(asked).toHaveLength(answers);
    },
  },
  {
    fixture: "forges-frames",
    does: "Writes a crash report of its own, with names of 1 MiB, onto its socket",
    gets: "`plugin_protocol`; no name of its making is shown",
    others: ITS_OWN_RUNNER,
    check: breaksTheLine("fault", /a report with a name that is none/),
  },
  {
    fixture: "forges-frames",
    does: "Writes a crash report of 60 MiB, which lists eight million calls, onto its socket",
    gets: "`plugin_protocol`, without delay",
    others: ITS_OWN_RUNNER,
    check: breaksTheLine("list", /a report of more calls than can run/),
  },
  {
    fixture: "forges-frames",
    does: "Writes an answer to its own call onto its socket, in a frame that is broken",
    gets: "`plugin_protocol`",
    others: ITS_OWN_RUNNER,
    check: breaksTheLine("answer", /a field that leaves its frame/),
  },
  {
    fixture: "forges-frames",
    does: "Writes host calls onto its socket, more than its runner lets it have open",
    gets: "`plugin_protocol`, after 4,096 calls",
    others: ITS_OWN_RUNNER,
    options: { onHostCall: () => new Promise(() => undefined) },
    check: breaksTheLine("calls", /more than 4096 open host calls/),
  },
  {
    fixture: "stops-itself",
    does: "Stops its process (SIGSTOP)",
    gets: "`plugin_timeout`; then its process is killed",
    others: "Calls that are open in it fail at their own deadlines, new ones go to a new runner; nobody else notices.",
    async check({ plugin }) {
      const pid = plugin.pid!;
      await expect(
        plugin.call("invoke", ["tool", "misbehave", "{}"], { ...FAR, deadlineMs: 100 }),
      ).rejects.toMatchObject({ code: "plugin_timeout" });
      await untilGone(pid);
    },
  },
  {
    fixture: "kills-its-group",
    does: "Kills its process group",
    gets: "`plugin_crashed` (SIGKILL): the group is its own",
    others: ITS_OWN_RUNNER,
    check: itCrashes(/crashed with SIGKILL/),
  },
  {
    fixture: "child-leaves-the-group",
    does: "Starts a child that leaves for a session of its own with all descriptors, then crashes",
    gets: "`plugin_crashed`, at most two seconds later than without the child",
    others: "The child goes on: it is outside what the host can end. Its own runner starts again.",
    async check({ misbehave, printed }) {
      await expect(misbehave()).rejects.toMatchObject(crashed(/SIGABRT in invoke/));
      const child = Number(printed[0]);
      expect(child).toBeGreaterThan(1);
      process.kill(child, "SIGKILL");
      await untilGone(child);
    },
  },
  {
    fixture: "ends-its-thread",
    does: "Calls `pthread_exit` in a call",
    gets: "`plugin_crashed` (SIGABRT in `invoke`)",
    others: ITS_OWN_RUNNER,
    check: itCrashes(/SIGABRT in invoke/),
  },
];

/** The thread that is left asks when `destroy` has returned; a runner whose line stays open lets it do so. */
async function asksAfterDestroy(): Promise<void> {
  const asked: HostCall[] = [];
  const printed: string[] = [];
  const runner = startRunner("asks-after-destroy", {
    onHostCall: answering(asked),
    onOutput: (_stream, line) => void printed.push(line),
  });
  await runner.ready;
  await runner.call("invoke", ["tool", "misbehave", "{}"], { ...FAR, agentId: AGENT });
  await runner.call("destroy", [], FAR);
  await eventually(() => expect(printed).toContain("asked"));
  expect(printed).toEqual([
    'db_query: {"error":"context_unavailable","message":"the plugin was shut down"}',
    "config_get: null",
    "agent: null",
    "asked",
  ]);
  expect(asked).toEqual([]);
}

/** Calls the tool with a payload; what it writes onto the socket must make the host give the line up. */
function breaksTheLine(payload: string, reason: RegExp): (subject: Subject) => Promise<void> {
  return async ({ misbehave }) => {
    await expect(misbehave(payload)).rejects.toMatchObject({
      code: "plugin_protocol",
      message: expect.stringMatching(reason),
    });
  };
}

async function endsAllTheSame({ plugin }: Subject): Promise<void> {
  const pid = plugin.pid!;
  await plugin.stop();
  expect(isRunning(pid)).toBe(false);
}

/** A host that answers everything, and keeps what it was asked. */
function answering(asked: HostCall[]): NativePluginOptions["onHostCall"] {
  return (call) => {
    asked.push(call);
    return THE_ANSWER;
  };
}

function openSubject({ fixture, options }: Attack): Subject {
  const asked: HostCall[] = [];
  const logged: PluginLogLine[] = [];
  const printed: string[] = [];
  const crashes: { story: string }[] = [];
  const { plugin } = openPlugin(fixture, {
    onHostCall: answering(asked),
    events: {
      onLog: (line) => void logged.push(line),
      onOutput: (_stream, line) => void printed.push(line),
      onCrash: (story) => void crashes.push({ story }),
    },
    ...options,
  });
  const misbehave = (payload = "{}") => plugin.call("invoke", ["tool", "misbehave", payload], FAR);
  return { plugin, crashes, asked, logged, printed, misbehave };
}

test.each(ATTACKS)("$fixture: $does; everybody else goes on", { timeout: ATTACK_MS_MAX }, async (attack) => {
  const witness = openPlugin("echoes");
  await witness.plugin.load();
  const witnessPid = witness.plugin.pid;
  const hello = ["tool", "echo", "hello"] as const;

  const subject = openSubject(attack);
  if (!attack.isRefused) await subject.plugin.load();
  await attack.check(subject);

  expect(await witness.plugin.call("invoke", [...hello], FAR)).toBe("hello");
  expect(witness.plugin.pid).toBe(witnessPid);
  expect(witness.crashes).toEqual([]);
  if (attack.isRefused || subject.plugin.state === "stopped") return;
  expect(await subject.plugin.call("invoke", [...hello], FAR)).toBe("hello");
});

test("the document says what is tested here, row for row", () => {
  const document = readFileSync(join(import.meta.dirname, "../../docs/hostile-plugins.md"), "utf8");
  const rows = document.split("\n").filter((line) => line.startsWith("| ") && !/^\| (---|A plugin)/.test(line));
  expect(rows).toEqual(ATTACKS.map(({ does, gets, others = NOTHING }) => `| ${does} | ${gets} | ${others} |`));
});
