import { expect, test } from "vitest";
import { fillWith } from "./fill-template.ts";

const NAMES = { name: "a-b", pluginId: "x.a-b", title: "A B", module: "a_b", type: "AB" };
const fill = fillWith(
  NAMES,
  new Map([
    ["library", "build/{{name}}"],
    ["rule", "{{library}}: src"],
    ["none", ""],
  ]),
);

test("variables of the name, and those of texts with variables in them, are replaced", () => {
  expect(fill("{{name}} {{plugin_id}} {{title}} {{module}} {{Type}}")).toBe("a-b x.a-b A B a_b AB");
  expect(fill("src/{{module}}/{{Type}}.swift")).toBe("src/a_b/AB.swift");
  expect(fill("{{rule}}\n")).toBe("build/a-b: src\n");
});

test("what is none of them stays", () => {
  const text = "${{ matrix.os }} {{ name }} {{unknown}} {name} {{}} {{NAME}} {{constructor}} $& $1";
  expect(fill(text)).toBe(text);
});

test("a line that holds nothing but an empty variable goes, and no other", () => {
  expect(fill("a\n{{none}}\n  {{none}}\nb{{none}}\n\nc\n")).toBe("a\nb\n\nc\n");
});
