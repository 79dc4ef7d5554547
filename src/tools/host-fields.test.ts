import fc from "fast-check";
import { expect, test } from "vitest";
import { HOST_FIELDS_BYTES_MAX } from "../protocol/limits.ts";
import { HOST_FIELD_NAMES, withHostFields, withoutMembers } from "./host-fields.ts";

const secrets = (entries: Record<string, string>) => new Map(Object.entries(entries));

test("secrets and the folder stand behind the caller's members, whose text stays as it is", () => {
  const fields = { secrets: secrets({ k: "v" }), workingDirectory: '/a "b"' };
  expect(withHostFields('{ "a" : 1.0 }', fields)).toBe(
    '{ "a" : 1.0 ,"_secrets":{"k":"v"},"_context":{"working_directory":"/a \\"b\\""}}',
  );
  expect(withHostFields(" {\n} ", { workingDirectory: "/" })).toBe(' {\n"_context":{"working_directory":"/"}} ');
});

test("where there is nothing to add, or no object to add it to, nothing is added", () => {
  for (const fields of [{}, { secrets: secrets({}) }]) expect(withHostFields('{"a":1}', fields)).toBe('{"a":1}');
  for (const input of ["[1]", '"{}"', "null", "5"]) {
    expect(withHostFields(input, { secrets: secrets({ k: "v" }) })).toBe(input);
  }
});

test("secrets may hold anything, and the names may be anything", () => {
  const odd = secrets({ '"': '"}', "a\0b": "\u2028\ud800\u{1f9c0}" });
  odd.set("__proto__", "p");
  const text = withHostFields("{}", { secrets: odd })!;
  expect(Object.entries(JSON.parse(text)._secrets)).toEqual([...odd]);
  expect(text.isWellFormed()).toBe(true);
  expect(text).not.toContain("\0");
});

test("more than fits into a call is not added", () => {
  const frame = Buffer.byteLength('"_secrets":{"k":""}');
  const fits = withHostFields("{}", { secrets: secrets({ k: "x".repeat(HOST_FIELDS_BYTES_MAX - frame) }) });
  expect(fits).toHaveLength(HOST_FIELDS_BYTES_MAX + 2);
  expect(
    withHostFields("{}", { secrets: secrets({ k: "x".repeat(HOST_FIELDS_BYTES_MAX - frame + 1) }) }),
  ).toBeUndefined();
});

test("whatever the object, taking members out leaves the others, and adding ours makes them the only ones", () => {
  const name = fc.oneof(fc.constantFrom("_secrets", "_context", "a", "}", '"'), fc.string());
  const member = fc.tuple(name, fc.jsonValue({ maxDepth: 2 }), fc.constantFrom("", " ", "\n\t"), fc.boolean());
  fc.assert(
    fc.property(fc.array(member, { maxLength: 6 }), (members) => {
      const escaped = (text: string) =>
        [...text].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
      const written = members.map(([key, value, space, isEscaped]) => {
        const quoted = isEscaped && /^[\x20-\x7e]*$/.test(key) ? `"${escaped(key).join("")}"` : JSON.stringify(key);
        return `${space}${quoted}${space}:${space}${JSON.stringify(value)}${space}`;
      });
      const kept = withoutMembers(`{${written.join(",")}}`, HOST_FIELD_NAMES);
      const parsed = new Map(
        members.filter(([key]) => !HOST_FIELD_NAMES.includes(key)).map(([key, value]) => [key, value]),
      );
      expect(new Map(Object.entries(JSON.parse(kept)))).toEqual(
        new Map([...parsed].map(([k, v]) => [k, JSON.parse(JSON.stringify(v))])),
      );
      const full = JSON.parse(withHostFields(kept, { secrets: secrets({ k: "ours" }) })!);
      expect(full._secrets).toEqual({ k: "ours" });
    }),
  );
});
