import { expect, test } from "vitest";
import { WARNED_PLUGINS_MAX, WARNING_CHARS_MAX, WARNING_KEYS_MAX } from "../protocol/limits.ts";
import { createWarnings, createWarnOnce } from "./warn-once.ts";

const named = (placeId: string) => ({ placeId: () => placeId });

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
