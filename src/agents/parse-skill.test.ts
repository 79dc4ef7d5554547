import { expect, test } from "vitest";
import { SKILL_DESCRIPTION_CHARS_MAX, SKILL_NAME_CHARS_MAX } from "../protocol/limits.ts";
import { parseSkill } from "./parse-skill.ts";

const file = (members: string, body = "Do it.") => `---\n${members}\n---\n${body}`;

test("members are read in the ways that people write them", () => {
  const text = file('name: "re\\u0070ort"\ndescription: >\n  Makes\n  reports.\nmetadata:\n  author: me');
  expect(parseSkill(text)).toEqual({ name: "report", description: "Makes reports.", instructions: "Do it." });
  expect(parseSkill(file("name: a # note\r\ndescription: 'it''s'\r"))).toMatchObject({
    name: "a",
    description: "it's",
  });
});

test.each([
  ["no members", "Do it."],
  ["no end of them", "---\nname: a\ndescription: b"],
  ["no name", file("description: b")],
  ["no instructions", file("name: a\ndescription: b", " ")],
  ["a name that is too long", file(`name: ${"n".repeat(SKILL_NAME_CHARS_MAX + 1)}\ndescription: b`)],
  ["a description that is too long", file(`name: a\ndescription: ${"d".repeat(SKILL_DESCRIPTION_CHARS_MAX + 1)}`)],
])("a file with %s is refused in words", (_title, text) => {
  expect(parseSkill(text)).toBeTypeOf("string");
});

test("name and description may be as long as their limits", () => {
  const [name, description] = ["n".repeat(SKILL_NAME_CHARS_MAX), "d".repeat(SKILL_DESCRIPTION_CHARS_MAX)];
  expect(parseSkill(file(`name: ${name}\ndescription: ${description}`))).toMatchObject({ name, description });
});
