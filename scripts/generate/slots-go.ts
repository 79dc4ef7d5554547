// The host's functions in Go, by their place in the table: sdk/go/slots.go. The layout itself Go takes from the C header.

import { EVENTS, HOST_SLOTS, LEVELS, NOTICE } from "./abi-facts.ts";

export function goSlots(): string {
  const slots = HOST_SLOTS.map(([name, { since }], index) => [
    `slot${camel(name)}`,
    `slot{"${name}", ${index + 1}, ${since}}`,
  ]);
  return `// ${NOTICE}

package osaurus

// A function of the host: its name, its place in the table, and the version of the host that has it first.
type slot struct {
	name  string
	index int
	since int
}

var (
${aligned(slots)})

// Levels of the log.
const (
${aligned(LEVELS.map(([name, value]) => [`Log${camel(name)}`, `${value}`]))})

// Types of task events.
const (
${aligned(EVENTS.map(([name, value]) => [`Task${camel(name)}`, `${value}`]))})
`;
}

/** As gofmt has it: the signs below each other. */
function aligned(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([name]) => name!.length));
  return rows.map(([name, value]) => `\t${name!.padEnd(width)} = ${value}\n`).join("");
}

function camel(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
