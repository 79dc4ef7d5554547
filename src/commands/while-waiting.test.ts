import { expect, test } from "vitest";
import { recordedOutput } from "../../test/helpers/fake-terminal.ts";
import type { CommandIo } from "../terminal/io.ts";
import { noFlags } from "./flags.ts";
import { whileWaiting } from "./while-waiting.ts";

function ioOf(isTerminal: boolean): CommandIo {
  return {
    env: {},
    cwd: "/",
    stdout: recordedOutput(),
    stderr: recordedOutput({ isTerminal }),
    stdinIsTerminal: false,
    signal: new AbortController().signal,
    readStdin: async () => "",
  };
}

test("work gets another io only where somebody looks and did not ask for quiet", async () => {
  const given = async (io: CommandIo, verbosity: number) => {
    const waiting = { io, flags: { ...noFlags(), verbosity }, what: "waiting" };
    return (await whileWaiting(waiting, async (shown) => shown)) === io ? "its own" : "another";
  };
  expect(await given(ioOf(true), 0)).toBe("another");
  expect(await given(ioOf(true), -1)).toBe("its own");
  expect(await given(ioOf(false), 0)).toBe("its own");
});
