import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { PLAIN_LOOK, recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { Screen } from "../../test/helpers/screen.ts";
import { PROGRESS_HINT_MS, PROGRESS_SHOWN_MS, PROGRESS_TICK_MS } from "../protocol/limits.ts";
import type { CommandIo } from "./io.ts";
import { startProgress, withProgress } from "./spinner.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
});

const look = { ...PLAIN_LOOK, unicode: true, columns: 60 };

/** A terminal of which both outputs are one screen, as they are for a person; what it shows is looked at afterwards. */
function terminal({ columns = 60, env = {}, isTerminal = true } = {}) {
  const events: string[] = [];
  const output = () => ({
    ...recordedOutput({ isTerminal, columns }),
    write: (text: string) => void events.push(text),
  });
  const stderr = output();
  const stop = new AbortController();
  const io: CommandIo = {
    env,
    get cwd(): string {
      throw new Error("the folder is gone");
    },
    stdout: output(),
    stderr,
    stdinIsTerminal: true,
    signal: stop.signal,
    readStdin: async () => "",
    prompt: async (question) => {
      stderr.write(`${question}\n`);
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      return "yes";
    },
  };
  const looks: number[] = [];
  return {
    io,
    stop,
    written: () => events.join(""),
    othersWrite: (text: string) => void events.push(text),
    /** What the screen shows now is to be among `screens`. */
    look: () => void looks.push(events.length),
    async screens(): Promise<string[]> {
      // Whatever was done, no timer is left.
      expect(vi.getTimerCount()).toBe(0);
      vi.useRealTimers();
      const screen = new Screen(columns, 6);
      const shown: string[] = [];
      for (const [index, event] of [...events, ""].entries()) {
        await screen.settled();
        for (const at of looks) if (at === index) shown.push(screen.text());
        screen.write(event.replaceAll("\n", "\r\n"));
      }
      screen.close();
      return shown;
    },
  };
}

test("what is quick leaves no trace, what is slow is named with how long it took, and is gone in the end", async () => {
  const { io, written, look: see, screens } = terminal();
  expect(await withProgress(io, { what: "waiting for x", look }, async () => 7)).toBe(7);
  const progress = startProgress(io, { what: "waiting for inventory", look });
  vi.advanceTimersByTime(PROGRESS_SHOWN_MS - 1);
  expect(written()).toBe("");
  vi.advanceTimersByTime(1);
  see();
  vi.advanceTimersByTime(3_000);
  see();
  vi.advanceTimersByTime(PROGRESS_HINT_MS);
  see();
  progress.end();
  progress.end();
  see();
  expect(await screens()).toEqual([
    "⠋ waiting for inventory …",
    "⠴ waiting for inventory … 3 s",
    "⠋ waiting for inventory … 8 s (Ctrl-C ends it)",
    "",
  ]);
});

test("keys that are typed ahead are in it until its next tick, and leave nothing", async () => {
  const { io, othersWrite, look: see, screens } = terminal();
  const progress = startProgress(io, { what: "waiting", look });
  vi.advanceTimersByTime(PROGRESS_SHOWN_MS);
  othersWrite("help plugins");
  see();
  vi.advanceTimersByTime(PROGRESS_TICK_MS);
  see();
  othersWrite("exit");
  progress.end();
  see();
  expect(await screens()).toEqual(["⠋ waiting …help plugins", "⠙ waiting …", ""]);
});

test("it is gone before anything else is written, and comes back below whole lines", async () => {
  const { io, look: see, screens } = terminal();
  const progress = startProgress(io, { what: "waiting", look });
  vi.advanceTimersByTime(PROGRESS_SHOWN_MS);
  progress.io.stderr.write("half");
  vi.advanceTimersByTime(3 * PROGRESS_TICK_MS);
  see();
  progress.io.stderr.write(" a line\n");
  vi.advanceTimersByTime(PROGRESS_TICK_MS);
  see();
  progress.io.stdout.write("data\n");
  see();
  progress.end();
  expect(await screens()).toEqual([
    "half",
    expect.stringMatching(/^half a line\n. waiting … 1 s$/),
    "half a line\ndata",
  ]);
});

test("while a question is asked, it stays away", async () => {
  const { io, look: see, screens } = terminal();
  const progress = startProgress(io, { what: "waiting", look });
  vi.advanceTimersByTime(PROGRESS_SHOWN_MS);
  const answer = progress.io.prompt!("Really?");
  await vi.advanceTimersByTimeAsync(9_999);
  see();
  await vi.advanceTimersByTimeAsync(PROGRESS_TICK_MS + 1);
  expect(await answer).toBe("yes");
  see();
  progress.end();
  expect(progress.io.talk).toBeUndefined();
  expect(await screens()).toEqual(["Really?", expect.stringMatching(/^Really\?\n. waiting … 10 s/)]);
});

test("an interrupt takes it away at once; after one, there is none", async () => {
  const { io, stop, look: see, screens, written } = terminal();
  startProgress(io, { what: "waiting", look });
  vi.advanceTimersByTime(PROGRESS_SHOWN_MS);
  stop.abort();
  see();
  const before = written();
  startProgress(io, { what: "waiting", look });
  vi.advanceTimersByTime(PROGRESS_SHOWN_MS);
  expect(written()).toBe(before);
  expect(await screens()).toEqual([""]);
});

test("work that fails ends it", async () => {
  const { io, look: see, screens } = terminal();
  const listeners = process.listenerCount("exit");
  const work = withProgress(io, { what: "waiting", look }, async () => {
    vi.advanceTimersByTime(PROGRESS_SHOWN_MS);
    see();
    throw new Error("no");
  });
  await expect(work).rejects.toThrow("no");
  see();
  expect(process.listenerCount("exit")).toBe(listeners);
  expect(await screens()).toEqual(["⠋ waiting …", ""]);
});

test("the end of the program takes away every line, and listens once for all of them", async () => {
  const { io, look: see, screens } = terminal();
  const listeners = process.listeners("exit");
  for (let count = 0; count < 12; count++) startProgress(io, { what: "waiting", look });
  vi.advanceTimersByTime(PROGRESS_SHOWN_MS);
  const added = process.listeners("exit").filter((one) => !listeners.includes(one));
  expect(added).toHaveLength(1);
  added[0]!(0);
  see();
  expect(process.listeners("exit")).toEqual(listeners);
  expect(await screens()).toEqual([""]);
});

test.each([20, 40])("it fits on one line of %i columns, whatever it is called", async (columns) => {
  const { io, look: see, screens } = terminal({ columns });
  const what = `waiting for ${"東京".repeat(20)}\u001b[2J\nx`;
  const progress = startProgress(io, { what, look: { ...look, columns } });
  vi.advanceTimersByTime(PROGRESS_HINT_MS + 1_000);
  see();
  progress.end();
  see();
  const [shown, after] = await screens();
  expect(shown).toMatch(/^. waiting[^\n]+…/);
  expect(after).toBe("");
});

test("what is waited for is harmless, and on one line", async () => {
  const { io, look: see, screens, written } = terminal();
  const progress = startProgress(io, { what: "a\u001b[2J\u009b2J\u202eb\r\n\tc\u0007", look });
  vi.advanceTimersByTime(PROGRESS_SHOWN_MS);
  see();
  progress.end();
  expect(written()).not.toMatch(/\u001b\[2J|[\u0007\u009b\u202e\n\t]/);
  expect(await screens()).toEqual(["⠋ a␛[2J\ufffd2J\ufffdb c␇ …"]);
});

test("a screen that became narrower keeps nothing of it, and all that stands above", async () => {
  const what = "waiting for something with a long name";
  // The emulator does not fold the line that its cursor is in, as many terminals do: on this one it was folded from the start.
  const { io, look: see, screens, othersWrite } = terminal({ columns: 20 });
  const wide = (columns: number) => Object.assign(io.stderr, { columns });
  othersWrite("above\n");
  wide(60);
  const progress = startProgress(io, { what, look });
  vi.advanceTimersByTime(PROGRESS_SHOWN_MS);
  see();
  wide(20);
  vi.advanceTimersByTime(PROGRESS_TICK_MS);
  see();
  wide(60);
  vi.advanceTimersByTime(PROGRESS_TICK_MS);
  wide(20);
  progress.end();
  see();
  expect(await screens()).toEqual([
    "above\n⠋ waiting for someth\ning with a long name\n …",
    "above\n⠙ waiting for so…",
    "above",
  ]);
});

test("after a halt of the whole program the line is drawn anew", async () => {
  const { io, look: see, screens, othersWrite } = terminal();
  const progress = startProgress(io, { what: "waiting", look });
  vi.advanceTimersByTime(PROGRESS_SHOWN_MS);
  othersWrite("\n$ fg\n");
  const later = performance.now() + 30_000;
  const clock = vi.spyOn(performance, "now").mockReturnValue(later);
  vi.advanceTimersToNextTimer();
  clock.mockRestore();
  see();
  progress.end();
  expect((await screens())[0]!.split("\n").slice(-2)).toEqual(["$ fg", "⠙ waiting … 30 s (Ctrl-C ends it)"]);
});

test("a dumb terminal, and what is none, get nothing", () => {
  for (const options of [{ env: { TERM: "dumb" } }, { isTerminal: false }]) {
    const { io, written } = terminal(options);
    const progress = startProgress(io, { what: "waiting", look });
    vi.advanceTimersByTime(PROGRESS_HINT_MS);
    expect(written()).toBe("");
    expect(progress.io).toBe(io);
    progress.end();
  }
});
