// Help about the verbs, as `| H` and `| H F` show it.

import { VERBS, type Verb, verbNamed } from "./verbs.ts";

/** Of one verb, or of all of them. The name is one that there is. */
export function helpText(name?: string): string {
  const verb = name === undefined ? undefined : verbNamed(name);
  return verb === undefined ? textOfAll() : textOf(verb);
}

function textOfAll(): string {
  const width = Math.max(...VERBS.map(({ name }) => name.length));
  return [
    "Stages behind a command work on its rows before they are shown.",
    "",
    "Usage: COMMAND | STAGE | STAGE ...",
    "",
    "Verbs:",
    ...VERBS.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`),
    `  ${"text".padEnd(width)}  a stage without a verb keeps the rows in which the text is found`,
    "",
    "Notes:",
    '  "| H F" tells more of F.',
    "  A name such as floor is looked for everywhere in a row; a.b, a[0] and a[].b are exact places.",
    "  Quotes hold words together, and take the meaning from whatever is in them.",
    "",
  ].join("\n");
}

function textOf({ name, alias, syntax, about, notes, example }: Verb): string {
  return [
    `${alias === undefined ? name : `${name}, ${alias}`}: ${about}`,
    "",
    `Usage: ${syntax}`,
    "",
    ...(notes.length === 0 ? [] : ["Notes:", ...notes.map((note) => `  ${note}`), ""]),
    "Example:",
    `  ... | ${example}`,
    "",
  ].join("\n");
}
