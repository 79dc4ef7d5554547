import { expect, test } from "vitest";
import { recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { writeAll } from "./write-all.ts";

/** A terminal that takes what it is given when it is told to. */
function slowTerminal({ takes = true } = {}) {
  const pieces: string[] = [];
  const stdout = {
    ...recordedOutput({ isTerminal: true }),
    write: (text: string) => void pieces.push(text),
    taken: () => (takes ? Promise.resolve() : new Promise<void>(() => {})),
  };
  return { pieces, stdout };
}

test("a terminal gets a long text in pieces, of whole lines and whole characters; all else gets it at once", async () => {
  const lines = "a line of text\n".repeat(20_000);
  const { pieces, stdout } = slowTerminal();
  await writeAll({ stdout }, lines);
  expect(pieces.length).toBeGreaterThan(4);
  expect(pieces.every((piece) => piece.endsWith("\n"))).toBe(true);
  expect(pieces.join("")).toBe(lines);

  const characters = slowTerminal();
  await writeAll(characters, `x${"👩".repeat(100_000)}`);
  expect(characters.pieces.join("")).toBe(`x${"👩".repeat(100_000)}`);
  expect(characters.pieces.every((piece) => piece.isWellFormed())).toBe(true);

  const output = recordedOutput();
  await writeAll({ stdout: output }, lines);
  expect(output.text).toBe(lines);
});

test("what comes behind an interrupt is not written, also when the terminal takes nothing", async () => {
  for (const takes of [true, false]) {
    const stop = new AbortController();
    const { pieces, stdout } = slowTerminal({ takes });
    const written = writeAll({ stdout, signal: stop.signal }, "line\n".repeat(100_000));
    stop.abort();
    await expect(written).rejects.toMatchObject({ code: "interrupted" });
    expect(pieces).toHaveLength(1);
  }
});
