import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rememberPlugins } from "../../../test/helpers/remembered-plugins.ts";
import { makeTempHome, type TempHome } from "../../../test/helpers/temp-home.ts";
import { answerShell } from "./answer-shell.ts";
import { fishWord } from "./fish-word.ts";

const BREAKS = " \t\n\"'><=;|&(:@";
let home: TempHome;
let cwd: string;

beforeAll(() => {
  home = makeTempHome();
  const host = {
    suggestions: [
      { value: "$(touch run)" },
      { value: "a:b" },
      { value: "two words" },
      { value: "\u001b[2J" },
      { value: "!touch" },
    ],
  };
  const flags = {
    "--floor": { about: "Which floor", suggestions: [{ value: "up" }] },
    "--file": { value_type: "path" },
    "--it": { suggestions: [{ value: "'s" }] },
  };
  const commands = [{ name: "inventory", about: "Looks\tafter\nhosts.", args: [host], flags }, { name: "invite" }];
  rememberPlugins(home, [{ id: "hosts", commands }]);
  cwd = join(home.path, "here");
  mkdirSync(join(cwd, "sub/in one"), { recursive: true });
  writeFileSync(join(cwd, "sub/it's"), "");
});

afterAll(() => home.remove());

async function ask(...args: readonly string[]): Promise<string[]> {
  const parts: string[] = [];
  const stdout = { isTerminal: false, columns: undefined, write: (part: string) => void parts.push(part) };
  await answerShell(args, { env: home.env, cwd, stdout });
  return parts.join("").split("\n").slice(0, -1);
}

test("bash gets replies as it inserts them, from where readline replaces, with the space that follows", async () => {
  const bash = (line: string) => ask("bash", BREAKS, line);
  expect(await bash("osp inv")).toEqual(["invite ", "inventory "]);
  expect(await bash("osp nvento")).toEqual(["inventory "]);
  expect(await bash("osp nv")).toEqual([]);
  expect(await bash("osp inventory $")).toEqual(["\\$\\(touch\\ run\\) "]);
  expect(await bash("osp inventory '$")).toEqual(["$(touch run)'"]);
  expect(await bash('osp inventory "$')).toEqual(['\\$(touch run)"']);
  expect(await bash("osp inventory a:")).toEqual(["b "]);
  // Readline takes away the quote that was typed where a reply begins with one.
  expect(await bash('osp inventory "!')).toEqual([`""'!'"touch"`]);
  expect(await bash("osp inventory --it '")).toEqual(["''\\''s'"]);
  expect(await bash("osp inventory t'w'o")).toEqual(["two\\ words "]);
  expect(await bash("osp inventory --floor=u")).toEqual(["up "]);
  expect(await bash("osp inventory --file sub/i")).toEqual(["sub/it\\'s ", "sub/in\\ one/"]);
  expect(await bash("osp inventory >sub/in")).toEqual(["sub/in\\ one/"]);
  expect(await bash("osp")).toEqual([]);
});

test("zsh gets values as they are, and is told what of the word stays", async () => {
  const zsh = (...words: string[]) => ask("zsh", ...words);
  expect(await zsh("inventory", "$")).toEqual(["nothing\tfitting", "whole\t$(touch run)\t$(touch run)"]);
  expect(await zsh("inve")).toEqual(["nothing\tfitting", "whole\tinventory\tinventory  -- Looks after hosts."]);
  expect(await zsh("nvento")).toEqual(["nothing\tothers", "whole\tinventory\tinventory  -- Looks after hosts."]);
  expect(await zsh("inventory", "--floor=")).toEqual(["flag\tfitting", "whole\tup\tup"]);
  expect(await zsh("inventory", "--file", "sub/in")).toEqual(["folder\tfitting", "open\tin one/\tin one/"]);
  expect(await zsh("inventory", "--file=sub/in")).toEqual(["folder\tfitting", "open\tin one/\tin one/"]);
});

test("fish gets values and what they are, for the word as it was typed", async () => {
  const fish = (...words: string[]) => ask("fish", ...words);
  expect(await fish("inven")).toEqual(["inventory\tLooks after hosts."]);
  expect(await fish("inventory", "'two w")).toEqual(["two words"]);
  expect(await fish("inventory", "--floor=")).toEqual(["--floor=up"]);
});

test.each([
  ["a\\ b", "a b"],
  ["'a\\'b\\c", "a'b\\c"],
  ['"a\\"$\\$\\c', 'a"$$\\c'],
  ["a'b'\"c\"d\\", "abcd"],
])("fish reads %j as %j", (typed, text) => {
  expect(fishWord(typed)).toBe(text);
});

test("stages are completed behind a bar that the program gets, and in a line that is one word", async () => {
  expect(await ask("fish", "inventory", "|", "J")).toEqual([expect.stringMatching(/^JQ\t/)]);
  expect(await ask("bash", BREAKS, 'osp "inventory | J')).toEqual(['inventory | JQ"']);
  expect(await ask("bash", BREAKS, 'osp "inventory two')).toEqual(["inventory 'two words'\""]);
});

test("what fails, and what nobody knows, is answered with nothing", async () => {
  expect(await ask()).toEqual([]);
  expect(await ask("tcsh", "inv")).toEqual([]);
  expect(await ask("bash")).toEqual([]);
  expect(await ask("bash", BREAKS, "x".repeat(1_000_000))).toEqual([]);
  expect(await ask("fish", "--no-such", "x")).toEqual([]);
  expect(await ask("fish", "__proto__", "")).toEqual([]);
  expect(await ask("__proto__", "")).toEqual([]);
});
