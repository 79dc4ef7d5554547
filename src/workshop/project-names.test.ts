import fc from "fast-check";
import { expect, test } from "vitest";
import { PLUGIN_ID_CHARS_MAX, PROJECT_NAME_CHARS_MAX } from "../protocol/limits.ts";
import { projectNames } from "./project-names.ts";

const RULES = { idPrefix: "dev.example.", reserved: new Map([["no_go", "a word of the tests"]]) };
const names = (name: string, id?: string) => projectNames(name, { ...RULES, id });

/** What it is refused with. */
function refusal(name: string): { code: string; message: string; hint: string } {
  try {
    names(name);
  } catch (error) {
    return error as never;
  }
  throw new Error(`"${name}" was taken`);
}

test("a name is written in all the ways that a project needs", () => {
  expect(names("csv-tools2")).toEqual({
    name: "csv-tools2",
    pluginId: "dev.example.csv-tools2",
    title: "Csv Tools2",
    module: "csv_tools2",
    type: "CsvTools2",
  });
  expect(names("a", "org.example.my_one-2").pluginId).toBe("org.example.my_one-2");
});

test("a name may be as long as the limit, and no longer", () => {
  const longest = "x".repeat(PROJECT_NAME_CHARS_MAX);
  expect(names(longest).name).toBe(longest);
  expect(refusal(`${longest}x`)).toMatchObject({
    code: "usage_invalid",
    message: `a project's name of ${PROJECT_NAME_CHARS_MAX + 1} characters is too long: ${PROJECT_NAME_CHARS_MAX} at most`,
    hint: `for instance "${longest}"`,
  });
  expect(refusal("y".repeat(1_000_000)).message.length).toBeLessThan(200);
});

test.each([
  ["", "my-plugin"],
  ["Hello", "hello"],
  ["CsvTools", "csv-tools"],
  ["csv tools", "csv-tools"],
  ["csv_tools", "csv-tools"],
  ["csv--tools", "csv-tools"],
  ["csv-", "csv"],
  ["-csv", "csv"],
  ["2fast", "fast"],
  [".", "my-plugin"],
  ["..", "my-plugin"],
  ["../x", "x"],
  ["/etc/passwd", "etc-passwd"],
  ["a/b", "a-b"],
  ["a\nb", "a-b"],
  ["a\0b", "a-b"],
  ["caf\u00e9", "cafe"],
  ["cafe\u0301", "cafe"],
  ["\uff48ello", "hello"],
  ["\u043f\u0440\u0438\u0432\u0435\u0442", "my-plugin"],
  ["\u{1f980}", "my-plugin"],
  ["{{name}}", "name"],
  ["$(touch x)", "touch-x"],
  ["Test!", "my-plugin"],
])("the name %j is refused, and %j is put forward", (name, instead) => {
  expect(refusal(name)).toMatchObject({ code: "usage_invalid", hint: `for instance "${instead}"` });
});

test("names that every project, or this language, uses for something else are refused", () => {
  expect(refusal("test").message).toBe(
    `"test" cannot be a project's name: it is a name that every project uses for something else`,
  );
  expect(refusal("no-go")).toMatchObject({
    message: `"no-go" cannot be a project's name: it is a word of the tests`,
    hint: `for instance "no-go-plugin"`,
  });
});

test("a plugin's id may be as long as the limit, and no longer, and is made of the usual characters", () => {
  const longest = "i".repeat(PLUGIN_ID_CHARS_MAX);
  expect(names("x", longest).pluginId).toBe(longest);
  for (const id of [`${longest}i`, "", "Org.example", "a..b", ".a", "a/b", 'a"b', "a.", "\u00e9"]) {
    expect(() => names("x", id), id).toThrow("cannot be a plugin's id");
  }
});

test("what is put forward for any text can be used", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 80 }), fc.string()), (text) => {
      if (/^[a-z]/.test(text) && !/[^a-z]/.test(text)) return;
      let instead: string;
      try {
        names(text);
        return;
      } catch (error) {
        instead = (error as { details: { suggestion: string } }).details.suggestion;
      }
      expect(names(instead).name).toBe(instead);
    }),
  );
});
