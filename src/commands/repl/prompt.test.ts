import { expect, test } from "vitest";
import { PLAIN_LOOK } from "../../../test/helpers/fake-terminal.ts";
import { resolvePaths } from "../../base/paths.ts";
import { loadConfig } from "../../config/load-config.ts";
import { PROMPT_PART_CHARS_MAX } from "../../protocol/limits.ts";
import { introLevel, introText } from "./intro-text.ts";
import { type PromptFacts, promptOf } from "./prompt.ts";

const ENV = { HOME: "/home/ada", USER: "ada", HOSTNAME: "box.example.org" };
const UNICODE = { ...PLAIN_LOOK, unicode: true };

async function configOf(values: Readonly<Record<string, string>> = {}, profile?: string) {
  const overrides = Object.entries(values).map(([key, value]) => ({ key, value, origin: "test" }));
  const paths = resolvePaths({ env: ENV, platform: "linux" });
  const more = { useEnv: false, useFile: false, defaultsOnly: true, overrides };
  return await loadConfig({ paths, env: ENV, terminal: "repl", profile, ...more });
}

async function prompt(values: Readonly<Record<string, string>> = {}, facts: Partial<PromptFacts> = {}) {
  const config = await configOf(values, "lab");
  return promptOf({ config, look: UNICODE, shells: [], newest: undefined, ...facts });
}

test("the prompt has two lines, and one where there are no line characters or one is asked for", async () => {
  expect((await prompt()).text).toBe("╭─ada@example.org\n╰─lab> ");
  expect((await prompt({}, { look: PLAIN_LOOK })).text).toBe("lab> ");
  expect((await prompt({ "repl.simple_prompt": "true" })).text).toBe("lab> ");
});

test("entered commands are shown, also by a template that does not say where", async () => {
  const shells = ["inventory", "hosts"];
  expect((await prompt({}, { shells })).text).toBe("╭─ada@example.org [inventory / hosts]\n╰─lab> ");
  expect((await prompt({ "repl.simple_prompt": "true" }, { shells })).text).toBe("lab [inventory / hosts]> ");
  expect((await prompt({ "repl.prompt": "{user}> ", "repl.shell_indicator": "({shell})" }, { shells })).text).toBe(
    "ada (inventory / hosts)> ",
  );
});

test.each([
  ["", "> "],
  ["$ ", "$> "],
  ["{user}\\n{context}", "ada\nlab> "],
  ["{nobody} {constructor}>", "{nobody} {constructor}> "],
])("the template %j ends in the same way as all", async (template, text) => {
  expect((await prompt({ "repl.prompt": template })).text).toBe(text);
});

test("the right side tells how the newest line went", async () => {
  expect((await prompt()).right).toBeUndefined();
  const newest = { exitCode: 30, durationMs: 1234 };
  expect((await prompt({}, { newest })).right).toBe("exit 30 1.23s");
  expect((await prompt({ "repl.history.enabled": "false" }, { newest: { exitCode: 0, durationMs: 4.6 } })).right).toBe(
    "(incognito) 5ms",
  );
});

test("names can give the terminal no orders, end no line and be of any length", async () => {
  const { text } = await prompt({ "user.name": "a\u001b]0;x\u0007\u202eb\nc", "repl.simple_prompt": "false" });
  expect(text.split("\n")).toHaveLength(2);
  expect(text).not.toMatch(/[\u001b\u0007\u202e]/);
  const long = await prompt({ "repl.prompt": "{user}", "user.name": "x".repeat(PROMPT_PART_CHARS_MAX + 1) });
  expect(long.text).toBe(`${"x".repeat(PROMPT_PART_CHARS_MAX - 1)}…> `);
  const fits = await prompt({ "repl.prompt": "{user}", "user.name": "x".repeat(PROMPT_PART_CHARS_MAX) });
  expect(fits.text).toBe(`${"x".repeat(PROMPT_PART_CHARS_MAX)}> `);
});

test("the intro follows its level, and says more or less as messages do", async () => {
  const config = await configOf({ "repl.intro": "compact" });
  expect(introLevel(config, "info")).toBe("compact");
  expect(introLevel(config, "trace")).toBe("full");
  expect(introLevel(config, "success")).toBe("minimal");
  expect(introLevel(config, "warning")).toBe("none");
  expect(introText(config, "none")).toEqual({ text: "", refused: [] });
  expect(introText(config, "full").text).toMatch(/^Welcome to Osprey \S+, ada\.\n/);
  expect(introText(config, "compact").text).toContain("ada@example.org, profile default.");
});

test("a template of the intro may name any key but those of secrets, and nothing of it is an order", async () => {
  const template = "Hi {{ user }}\\n{{ui.format}} {{extensions.x.token}}{{nothing}} \u001b[2J";
  const values = { "extensions.x.token": "hunter2", "ui.format": "json", "repl.intro_template.minimal": template };
  const { text, refused } = introText(await configOf(values), "minimal");
  expect(text).toBe("Hi ada\njson {{nothing}} \u241b[2J\n");
  expect(refused).toEqual(["extensions.x.token"]);
});

test("the intro fits its screen: lines are broken at words, and what is said of a name goes below it", async () => {
  const full = async (columns: number, values = {}) =>
    introText(await configOf(values), "full", columns).text.replace(/ \d[^,]*,/, " 1.2.3,");
  expect(await full(80)).toBe(`Welcome to Osprey 1.2.3, ada.

  plugins commands        what your plugins offer
  COMMAND --help          how a command is used
  COMMAND | F name=x      filter, sort and group it; "| H" lists the verbs
  last                    the newest result once more

"help" says more, Tab completes, "exit" or Ctrl-D leaves.
`);
  expect(await full(40)).toBe(`Welcome to Osprey 1.2.3, ada.

  plugins commands
      what your plugins offer
  COMMAND --help
      how a command is used
  COMMAND | F name=x
      filter, sort and group it; "| H"
      lists the verbs
  last
      the newest result once more

"help" says more, Tab completes, "exit"
or Ctrl-D leaves.
`);
  const long = await full(1, { "user.name": "a\u202eb", "repl.intro_template.full": "    {{user}}  c" });
  expect(long).toBe(`${[..."a<U+202E>b"].join("\n")}\n    c\n`);
});
