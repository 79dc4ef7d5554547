import { expect, test } from "vitest";
import { TASKS_RUNNING_MAX } from "../protocol/limits.ts";
import { coerceValue } from "./coerce-value.ts";
import type { ConfigValue } from "./config.ts";
import { keySpec, schemaKeys } from "./schema.ts";
import { isSecretName } from "./secret-names.ts";
import { BUILT_IN_THEMES, isThemeKnown } from "./theme-names.ts";
import { parseListText, parseValueText, valueText } from "./value-text.ts";

function coerced(key: string, value: ConfigValue): unknown {
  const result = coerceValue(key, value);
  return "value" in result ? result.value : result.problem;
}

test("each key has a line about it, and each constant default fits its own type", () => {
  for (const key of schemaKeys()) {
    const spec = keySpec(key)!;
    expect(spec.about, key).toMatch(/\.$/);
    const { default: fallback } = spec;
    if (fallback !== undefined && typeof fallback !== "function") {
      expect(coerceValue(key, fallback), key).toEqual({ value: fallback });
    }
    expect(isSecretName(key), key).toBe(false);
  }
});

test("users make up keys below extensions, alias and plugins, and nowhere else", () => {
  for (const key of ["extensions.x", "extensions.a.b", "alias.ll", "plugins.inventory.state", "plugins.x.provider"]) {
    expect(keySpec(key), key).toBeDefined();
  }
  const unknown = ["", "x", "extensions", "extensions.", "alias", "plugins.x", "plugins.x.other", "plugins.a.b.state"];
  for (const key of [...unknown, "constructor", "__proto__", "toString", "ui"])
    expect(keySpec(key), key).toBeUndefined();
});

test("limits of plugins are numbers, and what stands below env is whatever the plugin wants", () => {
  for (const key of ["extensions.plugins.timeout_ms", "extensions.plugins.my.id.timeout_ms"]) {
    expect(coerced(key, "5")).toBe(5);
    expect(coerced(key, 86_400_000)).toBe(86_400_000);
    expect(coerced(key, 86_400_001)).toBe("must be a whole number, from 1 to 86400000");
    expect(coerced(key, 0)).toMatch(/whole number/);
  }
  for (const key of ["extensions.plugins.env.timeout_ms", "extensions.plugins.a.env.timeout_ms"]) {
    expect(coerced(key, "soon")).toBe("soon");
  }
  const bytes = "extensions.plugins.a.stdout_bytes_max";
  expect(coerced(bytes, 256 * 1024 * 1024)).toBe(256 * 1024 * 1024);
  expect(coerced(bytes, 256 * 1024 * 1024 + 1)).toMatch(/whole number/);
  const values = "extensions.plugins.a.values_max";
  expect(coerced(values, 10_000_000)).toBe(10_000_000);
  expect(coerced(values, 10_000_001)).toMatch(/whole number/);
});

test.each(["extensions.tasks.max_running", "extensions.tasks.max_running_per_agent"])(
  "%s takes from one to as many tasks as there may be",
  (key) => {
    expect([coerced(key, 1), coerced(key, TASKS_RUNNING_MAX)]).toEqual([1, TASKS_RUNNING_MAX]);
    for (const wrong of [0, TASKS_RUNNING_MAX + 1]) {
      expect(coerced(key, wrong)).toBe(`must be a whole number, from 1 to ${TASKS_RUNNING_MAX}`);
    }
  },
);

test("texts stand for what they spell, other types are not guessed", () => {
  expect(coerced("repl.history.enabled", "TRUE ")).toBe(true);
  expect(coerced("repl.history.enabled", 1)).toBe("must be true or false");
  expect(coerced("ui.width", " 80")).toBe(80);
  for (const wrong of ["80.0", "8e1", "", "0x10", 1.5, true, 2n ** 60n])
    expect(coerced("ui.width", wrong)).toMatch(/whole/);
  expect(coerced("repl.history.exclude", "a, b")).toEqual(["a", "b"]);
  expect(coerced("repl.history.exclude", true)).toBe("must be a list of texts");
  expect(coerced("user.name", 5)).toBe("must be a text, in quotes");
  expect(coerced("ui.message.verbosity", "Warn")).toBe("warning");
  expect(coerced("ui.format", "Markdown")).toBe("md");
  expect(coerced("ui.format", "constructor")).toMatch(/one of/);
  expect(coerced("ui.help.entry_gap", 2)).toBe("2");
  expect(coerced("ui.help.entry_gap", "inherit")).toBe("inherit");
  expect(coerced("ui.help.entry_gap", "<number>")).toMatch(/one of/);
  expect(coerced("profile.active", "x")).toMatch(/computed/);
  expect(coerced("nope", "x")).toMatch(/known/);
});

test("a text typed for a key of one's own is a number or boolean only when it prints the same", () => {
  const same: [string, ConfigValue][] = [
    ["true", true],
    ["12", 12],
    ["-3", -3],
    ["0.5", 0.5],
    ["9007199254740993", 9007199254740993n],
    ['[1, "a,b", true]', [1, "a,b", true]],
    ["[]", []],
    ['"12"', "12"],
    ["'true'", "true"],
  ];
  for (const [text, value] of same) expect(parseValueText("extensions.x", text), text).toEqual(value);
  for (const text of [
    "007",
    "1.10",
    "1_000",
    "+5",
    "1e3",
    "-0",
    "nan",
    "yes",
    "a b",
    "[a, b]",
    "[",
    '"',
    "'a' 'b'",
    " x ",
    "99999999999999999999",
  ]) {
    expect(parseValueText("extensions.x", text), text).toBe(text);
  }
  expect(parseValueText("user.name", "12")).toBe("12");
  expect(parseValueText("alias.x", "true")).toBe("true");
});

test("lists are read from texts, with quotes around commas", () => {
  expect(parseListText('[a, \'b,c\' , "d\\""]')).toEqual(["a", "b,c", 'd"']);
  expect(parseListText("a,,b,")).toEqual(["a", "b"]);
  expect(parseListText(" ")).toEqual([]);
  expect(parseListText("it's, ok")).toEqual(["it's", "ok"]);
  expect(parseListText('"open, b')).toEqual(['"open', "b"]);
  expect(valueText(["a", 1, true, 2n ** 60n])).toBe('["a",1,true,1152921504606846976]');
});

test("secrets are known by their name, in any spelling", () => {
  for (const key of ["a.password", "MY-API-KEY", "x.token", "ssh_key_path", "a.key", "jwt", "client-secret"]) {
    expect(isSecretName(key), key).toBe(true);
  }
  for (const key of ["ui.width", "keyboard", "key.a", "monkey"]) expect(isSecretName(key), key).toBe(false);
});

test("built-in themes are known, and names cannot leave the folder of themes", () => {
  for (const name of [...BUILT_IN_THEMES, "Rose Pine Moon", "NORD"]) expect(isThemeKnown(name, [])).toBe(true);
  for (const name of ["", "nope", "../nord", "a\0b"]) expect(isThemeKnown(name, ["/tmp", "/no\0where"])).toBe(false);
});
