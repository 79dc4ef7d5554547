// docs/pipelines.md has every verb as the program has it, and what each makes of the rows on the page.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatOrderedJson, type OrderedJson, parseOrderedJson } from "../../src/base/ordered-json.ts";
import { helpText } from "../../src/terminal/pipeline/help-text.ts";
import { compilePipeline } from "../../src/terminal/pipeline/pipeline.ts";
import { VERBS } from "../../src/terminal/pipeline/verbs.ts";
import { piped } from "../helpers/run-stages.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/pipelines.md"), "utf8");

function blockOf(language: string): string {
  return new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "ms").exec(page)?.[1] ?? "";
}

test("the table has every verb, in the program's words", () => {
  const section = page.split("\n## Verbs")[1]!.split("\nOf these rows")[0]!;
  const rows = [...section.matchAll(/^\| (`.*) \|$/gm)].map(([, row]) => row!.split(/ (?<!\\)\| /));
  const quoted = (text: string) => `\`${text.replaceAll("|", "\\|")}\``;
  expect(rows).toEqual(
    VERBS.map(({ name, alias, syntax, about }) => {
      const names = alias === undefined ? [name] : [name, alias];
      return [names.map(quoted).join(", "), quoted(syntax), about];
    }),
  );
});

const data = blockOf("json");
const examples = blockOf("text")
  .trim()
  .split("\n\n")
  .map((block) => block.split("\n"))
  .map(([stage, ...rows]) => ({ stage: stage!.slice("| ".length), rows }));

test("there is an example for each verb that does something with rows", () => {
  const working = VERBS.filter(({ name }) => name !== "Y" && name !== "H");
  expect(examples.map(({ stage }) => stage)).toEqual(working.map(({ example }) => example));
});

test.each(examples)("$stage gives what the page says", async ({ stage, rows }) => {
  const made = parseOrderedJson(await piped(stage, data)) as OrderedJson[];
  expect(made.map((row) => formatOrderedJson(row))).toEqual(rows);
});

test("the help names every verb, and tells of each how it is written", () => {
  for (const { name, syntax, example } of VERBS) {
    expect(helpText()).toMatch(new RegExp(`^  ${RegExp.escape(name)} `, "m"));
    expect(helpText(name)).toContain(syntax);
    expect(helpText(name)).toContain(example);
    expect(compilePipeline(example).stages.length).toBeGreaterThan(0);
  }
});
