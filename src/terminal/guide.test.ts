import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PLAIN_LOOK, recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { FORMATS, type Format } from "../protocol/formats.ts";
import { printGuide } from "./guide.ts";
import type { Look } from "./look.ts";
import { parseGuide } from "./parse-guide.ts";

const EMPTY = {
  preamble: [],
  usage: [],
  commands: [],
  arguments: [],
  options: [],
  common_invocation_options: [],
  notes: [],
  sections: [],
  epilogue: [],
};

const HELP = `usage: osp disk [-h] COMMAND
       osp disk help

Looks after disks.

Commands:
  list          show all disks
  wipe DISK     remove everything,
                without asking

Positional Arguments:
  DISK  a disk

Options:
  -h, --help    show help
      --no-color  no colours
  --very-long-option VALUE
                what it does

Notes:
  Wiping takes long.

Examples:
  osp disk list

  a  b

Everywhere:
  --json  JSON

See the manual.
`;

async function shown(text: string, format: Format, look: Partial<Look> = {}): Promise<string> {
  const io = { stdout: recordedOutput(), stderr: recordedOutput() };
  await printGuide(io, text, { format, look: { ...PLAIN_LOOK, ...look } });
  expect(io.stderr.text).toBe("");
  return io.stdout.text;
}

describe("a help text", () => {
  test("is read by its headings, and what is indented below them", () => {
    expect(parseGuide(HELP)).toEqual({
      preamble: ["Looks after disks."],
      usage: ["osp disk [-h] COMMAND", "osp disk help"],
      commands: [
        { name: "list", short_help: "show all disks" },
        { name: "wipe DISK", short_help: "remove everything, without asking" },
      ],
      arguments: [{ name: "DISK", short_help: "a disk" }],
      options: [
        { name: "-h, --help", short_help: "show help" },
        { name: "--no-color", short_help: "no colours" },
        { name: "--very-long-option VALUE", short_help: "what it does" },
      ],
      common_invocation_options: [{ name: "--json", short_help: "JSON" }],
      notes: ["Wiping takes long."],
      sections: [{ title: "Examples", paragraphs: ["osp disk list"], entries: [{ name: "a", short_help: "b" }] }],
      epilogue: ["See the manual."],
    });
  });

  test("may have its usage below a heading, and no list at all", () => {
    expect(parseGuide("Copies files.\n\nUsage:\n  cp A B\n\n  cp A... DIR\n\nIt is old.")).toEqual({
      ...EMPTY,
      preamble: ["Copies files.", "It is old."],
      usage: ["cp A B", "cp A... DIR"],
    });
    expect(parseGuide("")).toEqual(EMPTY);
    expect(parseGuide("Commands:")).toEqual(EMPTY);
    expect(parseGuide(":\n  x")).toEqual({ ...EMPTY, preamble: [":", "x"] });
  });

  test("may have headings that mean something to a JavaScript object", () => {
    const titles = parseGuide("__proto__:\n  a  b\nconstructor:\n  c").sections.map(({ title }) => title);
    expect(titles).toEqual(["__proto__", "constructor"]);
  });

  test.each(["auto", "guide", "value"] as const)("is printed as it is, made harmless, as %s", async (format) => {
    expect(await shown(HELP, format)).toBe(HELP);
    expect(await shown("a\u001b[2J\u009b\r\nb", format)).toBe("a␛[2J\ufffd\nb\n");
    expect(await shown("", format)).toBe("");
  });

  test("has its headings and names made visible where there are colours", async () => {
    const text = "usage: x y\n\nOptions:\n  -a, --all  everything\n";
    expect(await shown(text, "auto", { color: true })).toBe(
      "\u001b[1musage: \u001b[0mx y\n\n\u001b[1mOptions:\u001b[0m\n  \u001b[36m-a, --all\u001b[0m  everything\n",
    );
  });

  test("is an array of one document as JSON", async () => {
    const document = JSON.parse(await shown(HELP, "json"));
    expect(document).toEqual([parseGuide(HELP)]);
    expect(Object.keys(document[0])).toEqual(Object.keys(EMPTY));
    expect(JSON.parse(await shown("", "json"))).toEqual([EMPTY]);
  });

  test("is rows of commands and options as a table, and the text when it has none", async () => {
    const table = await shown(HELP, "table");
    expect(table).toContain(
      "| section                   | name                     | short_help                        |",
    );
    expect(table).toContain(
      "| Commands                  | list                     | show all disks                    |",
    );
    expect(await shown("just text", "table")).toBe("just text\n");
  });

  test("has headings and lists as Markdown, and is a block as mreg", async () => {
    const markdown = await shown(HELP, "md");
    expect(markdown.startsWith("Looks after disks.\n\n## Usage\n\n```\nosp disk [-h] COMMAND\n")).toBe(true);
    expect(markdown).toContain("\n## Examples\n\nosp disk list\n\n- `a` b\n");
    expect(markdown.endsWith("\nSee the manual.\n")).toBe(true);
    expect(await shown(HELP, "mreg")).toContain("commands (2):\n  +-");
  });
});

test("whatever the text, no format prints a control character or loses its colours' end", async () => {
  const part = fc.constantFrom(
    "Options:",
    "usage: x",
    "\n",
    "  -a  b",
    "\t",
    "x",
    " ",
    "\u001b[2J",
    "\r",
    "\u009b",
    ":",
  );
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: part }), fc.constantFrom(...FORMATS), async (text, format) => {
      expect(await shown(text, format)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      const coloured = await shown(text, "guide", { color: true });
      const plain = await shown(text, "guide");
      expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(plain);
    }),
  );
});

test("a text of one very long line, or of very many, is read in time that grows with it", () => {
  const spaces = " ".repeat(1_000_000);
  expect(parseGuide(`Options:\n  a${spaces}b${spaces}`).options).toEqual([{ name: "a", short_help: "b" }]);
  expect(parseGuide(`Options:\n${"  -a  b\n".repeat(200_000)}`).options).toHaveLength(200_000);
});
