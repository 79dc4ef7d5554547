import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PLAIN_LOOK, recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { FORMATS, type Format } from "../protocol/formats.ts";
import { printGuide } from "./guide.ts";
import { type GuideStyle, WRITTEN_STYLE } from "./guide-style.ts";
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

async function shown(text: string, format: Format, look: Partial<Look> = {}, style?: GuideStyle): Promise<string> {
  const io = { stdout: recordedOutput(), stderr: recordedOutput() };
  await printGuide(io, text, { format, look: { ...PLAIN_LOOK, ...look }, style });
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

describe("on a screen", () => {
  const screen = (columns: number, style: Partial<GuideStyle> = {}, look: Partial<Look> = {}) =>
    shown(HELP, "auto", { columns, unicode: true, ...look }, { ...WRITTEN_STYLE, frame: "top", ...style });

  test("a help page has titled sections, and fits 40 columns", async () => {
    expect(await screen(40)).toBe(`usage: osp disk [-h] COMMAND
       osp disk help

Looks after disks.

─ Commands ─────────────────────────────
  list          show all disks
  wipe DISK     remove everything,
                without asking

─ Positional Arguments ─────────────────
  DISK  a disk

─ Options ──────────────────────────────
  -h, --help    show help
      --no-color  no colours
  --very-long-option VALUE
                what it does

─ Notes ────────────────────────────────
  Wiping takes long.

─ Examples ─────────────────────────────
  osp disk list

  a  b

─ Everywhere ───────────────────────────
  --json  JSON

See the manual.
`);
  });

  test("lists are laid out anew where they do not fit, and sentences are broken at spaces", async () => {
    expect(await screen(24, { level: "tiny" })).toBe(`usage: osp disk [-h]
  COMMAND
       osp disk help

Looks after disks.

─ Commands ─────────────
  list
      show all disks
  wipe DISK
      remove everything,
      without asking

─ Positional Arguments ─
  DISK  a disk
`);
    for (const columns of [1, 3, 8, 17, 30, 60]) {
      const lines = (await screen(columns, { frame: "top-bottom" })).split("\n");
      if (columns > 8) for (const line of lines) expect([columns, line.length <= columns]).toEqual([columns, true]);
      expect(lines.join("").replaceAll(/[\s─]/g, "")).toContain("Wipingtakeslong.");
    }
  });

  test("how far entries stand apart is as it was chosen", async () => {
    const page = await screen(60, { level: "tiny", entryIndent: 4, entryGap: 1, sectionSpacing: 0 });
    expect(page.split("\n").slice(2, 7)).toEqual(
      [
        "Looks after disks.",
        "─ Commands ────────────────────────────────────────────────",
        "    list      show all disks",
        "    wipe DISK remove everything, without asking",
        "─ Positional Arguments ────────────────────────────────────",
      ].map((line, index) => (index === 1 || index === 4 ? line.padEnd(60, "─") : line)),
    );
  });

  test("frames are lines above, below or around; neighbours share them or do not", async () => {
    const text = "A:\n  a  b\nB:\n  c  d\n";
    const framed = async (frame: GuideStyle["frame"], sharesRules: boolean, unicode = true) =>
      (await shown(text, "auto", { columns: 16, unicode }, { ...WRITTEN_STYLE, frame, sharesRules })).split("\n");
    const none = ["A:", "  a  b", "", "B:", "  c  d", ""];
    const line = "─".repeat(16);
    expect(await framed("none", true)).toEqual(none);
    expect(await framed("bottom", true)).toEqual(["A:", "  a  b", line, "", "B:", "  c  d", line, ""]);
    const [a, b] = [`─ A ${"─".repeat(12)}`, `─ B ${"─".repeat(12)}`];
    expect(await framed("top-bottom", true)).toEqual([a, "  a  b", "", b, "  c  d", line, ""]);
    const widths = await Promise.all([70, 80, 200].map(async (columns) => (await screen(columns)).split("\n")));
    const rules = widths.map((lines) => lines.find((one) => one.startsWith("─ Options"))!.length);
    expect(rules).toEqual([70, 80, 80]);
    expect(await framed("top-bottom", false)).toEqual([a, "  a  b", line, "", b, "  c  d", line, ""]);
    expect(await framed("round", true)).toEqual([
      "╭─ A ──────────╮",
      "│   a  b       │",
      "├─ B ──────────┤",
      "│   c  d       │",
      "╰──────────────╯",
      "",
    ]);
    expect((await framed("square", false, false)).slice(0, 4)).toEqual([
      "+- A ----------+",
      "|   a  b       |",
      "+--------------+",
      "",
    ]);
  });

  test("lists may be tables", async () => {
    const text = "Options:\n  -a, --all  everything\n\nSee below.\n";
    const style: GuideStyle = { ...WRITTEN_STYLE, tableBorder: "square" };
    expect(await shown(text, "auto", { columns: 40 }, style)).toBe(`Options:
+-----------+------------+
| name      | about      |
+-----------+------------+
| -a, --all | everything |
+-----------+------------+

See below.
`);
  });

  test("titles and names are coloured, and colours change no text", async () => {
    const page = await screen(40, {}, { color: true });
    expect(page).toContain("\u001b[1mCommands\u001b[0m");
    expect(page).toContain("\u001b[36mwipe DISK\u001b[0m");
    expect(stripVTControlCharacters(page)).toBe(await screen(40));
    const narrow = await screen(24, { frame: "round" }, { color: true });
    expect(stripVTControlCharacters(narrow)).toBe(await screen(24, { frame: "round" }));
  });

  test("a margin is left, and tabs are spaces", async () => {
    const page = await shown("a\n\nOptions:\n\t-a\tb\n", "auto", { columns: 40, margin: 2 }, WRITTEN_STYLE);
    expect(page).toBe("  a\n\n  Options:\n      -a    b\n");
  });
});

describe("the level", () => {
  const level = async (level: GuideStyle["level"]) => await shown(HELP, "auto", {}, { ...WRITTEN_STYLE, level });

  test("verbose is all that there is, normal leaves out what every command has and says so", async () => {
    expect(await level("verbose")).toBe(HELP);
    const normal = await level("normal");
    const more = "With -v, the help also lists the options that every command has.\n";
    expect(normal).toBe(`${HELP.replace("Everywhere:\n  --json  JSON\n\n", "")}\n${more}`);
  });

  test("tiny is what can be called, none how", async () => {
    expect(await level("tiny")).toMatch(/wipe DISK[\s\S]*DISK {2}a disk\n$/);
    expect(await level("none")).toBe("usage: osp disk [-h] COMMAND\n       osp disk help\n");
  });

  test("takes nothing from a text that is no help page by our reading", async () => {
    for (const one of ["none", "tiny"] as const) {
      expect(await shown("Notes:\n  just text\n", "auto", {}, { ...WRITTEN_STYLE, level: one })).toContain("just text");
    }
    const all = JSON.parse(await shown(HELP, "json", {}, { ...WRITTEN_STYLE, level: "none" }));
    expect(all).toEqual([parseGuide(HELP)]);
  });
});
