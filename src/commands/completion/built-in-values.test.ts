import { expect, test } from "vitest";
import { COMMANDS } from "../tree.ts";
import { WORDS } from "./built-in-values.ts";

test.each(Object.keys(WORDS))("%s is a command, and takes as many words as are known of it", async (name) => {
  const entry = COMMANDS.find(({ words }) => words.join(" ") === name);
  expect(entry).toBeDefined();
  expect((await entry!.load()).positionals.max).toBeGreaterThanOrEqual(WORDS[name]!.length);
});
