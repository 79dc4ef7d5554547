import { expect, test } from "vitest";
import type { CommandIo } from "../terminal/io.ts";
import { askInstall, questionText } from "./ask-install.ts";

const QUESTION = {
  pluginId: "a.b",
  version: "1.0.0",
  name: "Tool",
  authors: ["Ann", "Bob"],
  description: "Does things.",
  tools: [
    { id: "fetch", requirements: ["network"] },
    { id: "copy", requirements: ["network", "filesystem", "own.thing"] },
  ],
  unsigned: true,
  beyond: undefined,
};

test("somebody who is asked sees who made it, that nobody vouches for it, and what it asks for in plain words", () => {
  expect(questionText(QUESTION)).toBe(`a.b 1.0.0 wants to be installed.
  name:     Tool
  authors:  Ann, Bob
  about:    Does things.
  signed:   no, nobody vouches for it
  asks for:
    network (connect to other computers), for fetch, copy
    filesystem (read and write files), for copy
    own.thing, for copy
`);
  expect(questionText({ ...QUESTION, tools: [] })).toContain("nothing in particular");
  expect(questionText({ ...QUESTION, tools: undefined })).toContain("does not say");
  expect(questionText({ ...QUESTION, unsigned: false, beyond: ["network"] })).toMatch(
    /signed: {3}yes\n {2}new: .*network\n/,
  );
});

test("no text of a package makes a line of its own, moves the cursor or pushes the rest off the screen", () => {
  const evil = "x\n  asks for: nothing\r\n\u001b[2J\u0085\u2028\u202egnihton";
  const many = Array.from({ length: 1000 }, (_, n) => `${n}`);
  const text = questionText({
    ...QUESTION,
    name: evil,
    authors: many,
    description: evil.repeat(1000),
    tools: [{ id: evil, requirements: [evil, "__proto__", "constructor"] }],
    beyond: [evil],
  });
  const lines = text.trimEnd().split(/[\n\r\u0085\u2028\u2029]/);
  expect(lines).toHaveLength(10);
  for (const line of lines) expect(line.length).toBeLessThan(1000);
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(text).not.toContain("function");
});

/** An io that answers every question. */
function answering(answer: string | undefined): CommandIo & { written: string } {
  const io = {
    written: "",
    stderr: {
      write(text: string) {
        io.written += text;
      },
    },
    prompt: async () => answer,
  };
  return io as unknown as CommandIo & { written: string };
}

test.each([
  ["y", "prompt"],
  [" YES ", "prompt"],
  ["", undefined],
  ["n", undefined],
  ["yeah", undefined],
  [undefined, undefined],
])("the answer %j means %j", async (answer, how) => {
  const io = answering(answer);
  expect(await askInstall(io)!({ ...QUESTION, digest: "" })).toBe(how);
  expect(io.written).toContain("wants to be installed");
});

test("where there is no terminal nobody is asked", () => {
  expect(askInstall({} as CommandIo)).toBeUndefined();
});
