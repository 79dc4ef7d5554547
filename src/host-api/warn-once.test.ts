import { expect, test } from "vitest";
import { WARNED_PLUGINS_MAX, WARNING_CHARS_MAX, WARNING_KEYS_MAX, WARNINGS_KEPT_MAX } from "../protocol/limits.ts";
import { createWarnings, createWarnOnce } from "./warn-once.ts";

const named = (placeId: string, shownId = placeId) => ({ placeId: () => placeId, shownId: () => shownId });

test("a warning is given once for a key and a plugin, also to a plugin that was loaded again", () => {
  const warnings = createWarnings();
  const said: string[] = [];
  const warnOnce = createWarnOnce(warnings, named("p"), (text) => said.push(text));
  warnOnce("a", "first");
  warnOnce("a", "second");
  createWarnOnce(warnings, named("p"), (text) => said.push(text))("a", "third");
  createWarnOnce(warnings, named("q"), (text) => said.push(text))("a", "of another");
  expect(said).toEqual(["[PluginHostAPI] first", "[PluginHostAPI] of another"]);
});

test("the list has the time, the plugin as people know it, and the text, the oldest first", () => {
  const warnings = createWarnings();
  const before = Date.now();
  warnings.once(named("library-1", "dev.example"), "a", "first");
  warnings.once(named("q"), "a", "second");
  expect(warnings.list()).toEqual([
    { time: expect.any(Number), pluginId: "dev.example", text: "[PluginHostAPI] first" },
    { time: expect.any(Number), pluginId: "q", text: "[PluginHostAPI] second" },
  ]);
  expect(warnings.list()[0]!.time).toBeGreaterThanOrEqual(before);
});

test(`the last ${WARNINGS_KEPT_MAX} are kept, and with one more the oldest goes`, () => {
  const warnings = createWarnings();
  for (let i = 0; i < WARNINGS_KEPT_MAX; i++) warnings.once(named("p"), `${i}`, `text ${i}`);
  expect(warnings.list()).toHaveLength(WARNINGS_KEPT_MAX);
  expect(warnings.list()[0]!.text).toContain("text 0");
  warnings.once(named("p"), "one more", "one more");
  expect(warnings.list()).toHaveLength(WARNINGS_KEPT_MAX);
  expect(warnings.list()[0]!.text).toContain("text 1");
  expect(warnings.list().at(-1)!.text).toContain("one more");
});

test("a plugin that makes up keys is warned of as often as the limit says, then told about that, then not at all", () => {
  const warnings = createWarnings();
  const said: string[] = [];
  const warnOnce = createWarnOnce(warnings, named("p"), (text) => said.push(text));
  for (let i = 0; i < WARNING_KEYS_MAX; i++) warnOnce(`${i}`, `text ${i}`);
  expect(said.at(-1)).toContain(`text ${WARNING_KEYS_MAX - 1}`);
  for (let i = 0; i < 10; i++) warnOnce(`more ${i}`, "more");
  expect(said).toHaveLength(WARNING_KEYS_MAX + 1);
  expect(said.at(-1)).toContain("too many warnings");
  expect(warnings.once(named("another"), "a", "text")).toBeDefined();
});

test("of too many plugins, the one that was quiet longest is forgotten", () => {
  const warnings = createWarnings();
  for (let i = 0; i < WARNED_PLUGINS_MAX; i++) warnings.once(named(`p${i}`), "a", "text");
  expect(warnings.once(named("p0"), "a", "text")).toBeUndefined();
  warnings.once(named("one more"), "a", "text");
  expect(warnings.once(named("p0"), "a", "text")).toBeUndefined();
  expect(warnings.once(named("p1"), "a", "text")).toBeDefined();
});

test("a text may be as long as the limit; one that is longer is cut", () => {
  const warnings = createWarnings();
  const longest = "x".repeat(WARNING_CHARS_MAX - "[PluginHostAPI] ".length);
  expect(warnings.once(named("p"), "fits", longest)).toBe(`[PluginHostAPI] ${longest}`);
  const cut = warnings.once(named("p"), "too long", `${longest}y`)!;
  expect(cut).toHaveLength(WARNING_CHARS_MAX);
  expect(cut.endsWith("x…")).toBe(true);
});
