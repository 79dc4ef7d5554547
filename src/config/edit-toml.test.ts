import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConfigValue } from "./config.ts";
import { removeTomlValue, setTomlValue, type TomlPlace, tomlTools } from "./edit-toml.ts";

const tools = await tomlTools();
const FILE = "config.toml";

function set(text: string, section: string, key: string, value: ConfigValue): string {
  return setTomlValue(tools, text, { section: section.split("."), key }, value, FILE);
}

function remove(text: string, section: string, key: string): string {
  return removeTomlValue(tools, text, { section: section.split("."), key }, FILE);
}

test("a key is changed where it is, however it is written", () => {
  const forms: [string, string][] = [
    ['[default]\nui.format = "json" # why\n', '[default]\nui.format = "md" # why\n'],
    ['[default.ui]\n  format="json"\n', '[default.ui]\n  format="md"\n'],
    ['[default]\nui = { format = "json", mode = "plain" }\n', '[default]\nui = { format = "md", mode = "plain" }\n'],
    ['default = { ui.format = "json" }\n', 'default = { ui.format = "md" }\n'],
    ['default.ui.format = "json"\n', 'default.ui.format = "md"\n'],
    [`[default]\n"ui".'format' = 'json'\n`, `[default]\n"ui".'format' = 'md'\n`],
    ['[default]\n"ui.format" = "json"\n', '[default]\n"ui.format" = "md"\n'],
    ['[Default]\nUI.Format = "json"\n', '[Default]\nUI.Format = "md"\n'],
    ['[default]\nui.format = """\njson"""\nui.mode = "plain"', '[default]\nui.format = "md"\nui.mode = "plain"'],
  ];
  for (const [before, after] of forms) expect(set(before, "default", "ui.format", "md")).toBe(after);
});

test("a key that has the value already leaves the text as it is", () => {
  const text = "[default]\nui.width = 1_00\nrepl.history.exclude = [\n 'a' ]\n";
  expect(set(text, "default", "ui.width", 100)).toBe(text);
  expect(set(text, "default", "repl.history.exclude", ["a"])).toBe(text);
});

test("a new key goes below the last key of its section, in front of the comments behind it", () => {
  const text = '# top\n[default]\nui.mode = "plain" # keep\n# tail\n\n[profile.lab]\nx = 1\n';
  expect(set(text, "default", "ui.format", "md")).toBe(
    '# top\n[default]\nui.mode = "plain" # keep\nui.format = "md"\n# tail\n\n[profile.lab]\nx = 1\n',
  );
  expect(set(text, "profile.lab", "ui.width", 90)).toBe(`${text}ui.width = 90\n`);
});

test("a new key goes into the more specific section when there is one", () => {
  const text = '[profile.default.plugins.inventory]\n  state = "enabled"\n[profile.default]\n';
  expect(set(text, "profile.default", "plugins.inventory.provider", "a")).toBe(
    '[profile.default.plugins.inventory]\n  state = "enabled"\n  provider = "a"\n[profile.default]\n',
  );
  expect(set("[default.ui]\n[default]\n", "default", "ui.format", "md")).toBe(
    '[default.ui]\nformat = "md"\n[default]\n',
  );
});

test("a new key goes into the inline table that its section is", () => {
  expect(set("default = { }\n", "default", "ui.format", "md")).toBe('default = { ui.format = "md"  }\n');
  expect(set("[default]\nui = {mode = 'plain'} # c\n", "default", "ui.format", "md")).toBe(
    "[default]\nui = {mode = 'plain', format = \"md\"} # c\n",
  );
  expect(set("profile.lab = { a = 1, # one\n  b = 2, # two\n}\n", "profile.lab", "c", 3)).toBe(
    "profile.lab = { a = 1, # one\n  b = 2, c = 3, # two\n}\n",
  );
});

test("a section that is written as dotted keys goes on that way", () => {
  expect(set("profile.lab.a = 1 # one\n[default]\n", "profile.lab", "b", 2)).toBe(
    "profile.lab.a = 1 # one\nprofile.lab.b = 2\n[default]\n",
  );
  expect(set("[profile]\n lab.a = 1\n", "profile.lab", "b", 2)).toBe("[profile]\n lab.a = 1\n lab.b = 2\n");
});

test("a section that is not there comes to the end", () => {
  expect(set("", "default", "ui.width", 80)).toBe("[default]\nui.width = 80\n");
  expect(set("# only this\n", "default", "ui.width", 80)).toBe("# only this\n\n[default]\nui.width = 80\n");
  expect(set("[default]\na = 1", "profile.lab", "ui.width", 80)).toBe(
    "[default]\na = 1\n\n[profile.lab]\nui.width = 80",
  );
  expect(set("[default]\na = 1\n\n", "terminal.repl.profile.lab", "ui.width", 80)).toBe(
    "[default]\na = 1\n\n[terminal.repl.profile.lab]\nui.width = 80\n",
  );
});

test("the state of a command gets a section of its own, as users write it", () => {
  expect(set("", "profile.default", "plugins.inventory.state", "enabled")).toBe(
    '[profile.default.plugins.inventory]\nstate = "enabled"\n',
  );
  expect(set("[profile.lab]\na = 1\n", "profile.lab", "plugins.x.provider", "b")).toBe(
    '[profile.lab]\na = 1\nplugins.x.provider = "b"\n',
  );
});

test("where TOML refuses a dotted key, a narrower section is used", () => {
  const text = "[default.extensions.a.b]\nx = 1\n\n[default]\ny = 1\n";
  expect(set(text, "default", "extensions.a.c", 2)).toBe(`${text}\n[default.extensions.a]\nc = 2\n`);
});

test("names that are no bare keys are quoted", () => {
  const place: TomlPlace = { section: ["profile", "a.b"], key: 'alias.ö"' };
  const text = setTomlValue(tools, "", place, 'say "hi"\n\u007f', FILE);
  expect(text).toBe('[profile."a.b"]\nalias."ö\\"" = "say \\"hi\\"\\n\\u007F"\n');
  expect(removeTomlValue(tools, text, place, FILE)).toBe("");
});

test("values of all types are written so that they come back", () => {
  const values: ConfigValue[] = [true, 5, -7, 2n ** 60n, 0.5, 1e21, Number.NaN, -Infinity, [], ["a", 1, true], "x\ty"];
  for (const value of values) expect(() => set("", "default", "extensions.x", value)).not.toThrow();
});

test("line ends, a byte order mark and a missing last line end stay", () => {
  expect(set("[default]\r\na = 1\r\n", "default", "b", 2)).toBe("[default]\r\na = 1\r\nb = 2\r\n");
  expect(set("[default]\r\na = 1 # c\r\n", "profile.x", "b", 2)).toBe(
    "[default]\r\na = 1 # c\r\n\r\n[profile.x]\r\nb = 2\r\n",
  );
  expect(set("\ufeff[default]\na = 1", "default", "a", 2)).toBe("\ufeff[default]\na = 2");
  expect(remove("[default]\r\na = 1 # c\r\nb = 2\r\n", "default", "a")).toBe("[default]\r\n# c\r\nb = 2\r\n");
  expect(remove("[default]\na = 1\nb = 2", "default", "b")).toBe("[default]\na = 1");
  expect(remove("[default]\r\na = 1\r\nb = 2", "default", "b")).toBe("[default]\r\na = 1");
});

test("a list in several lines keeps its lines and comments", () => {
  const text = "[default]\nx = [ # head\n  'a', # one\n  'b'  # two\n] # tail\n";
  expect(set(text, "default", "x", ["a", "c", "d"])).toBe(
    "[default]\nx = [ # head\n  'a', # one\n  'c',  # two\n  \"d\"\n] # tail\n",
  );
  expect(set(text, "default", "x", ["a"])).toBe("[default]\nx = [ # head\n  'a', # one\n  # two\n] # tail\n");
  expect(set("[default]\nx = [\n  1,\n  2,\n  3,\n]\n", "default", "x", [1, 2])).toBe(
    "[default]\nx = [\n  1,\n  2,\n]\n",
  );
  expect(set("[default]\nx = [\n  1, 2\n]\n", "default", "x", [1, 2, 3])).toBe("[default]\nx = [\n  1, 2,\n  3\n]\n");
});

test("comments inside a value that goes move above it", () => {
  const text = "[default]\n  x = [\n    1, # one\n    # end\n  ] # tail\n";
  expect(set(text, "default", "x", 5)).toBe("[default]\n  # one\n  # end\n  x = 5 # tail\n");
  expect(remove(text, "default", "x")).toBe("[default]\n  # one\n  # end\n  # tail\n");
});

test("a removed key takes its line with it, and a section only when nothing is left in it", () => {
  expect(remove("[default]\na = 1\nb = 2\n", "default", "a")).toBe("[default]\nb = 2\n");
  expect(remove("# top\n\n[default]\na = 1\n", "default", "a")).toBe("# top\n");
  expect(remove("[default]\n# why\na = 1\n", "default", "a")).toBe("[default]\n# why\n");
  expect(remove("[default]\na = 1\n\n# lab\n[profile.lab]\nb = 1\n", "default", "a")).toBe(
    "# lab\n[profile.lab]\nb = 1\n",
  );
  expect(remove("[default] # main\na = 1\n", "default", "a")).toBe("[default] # main\n");
  expect(remove("[profile.lab]\n[default]\na = 1\n", "default", "a")).toBe("[profile.lab]\n");
});

test("a removed member of an inline table takes its comma with it, and the last one the table", () => {
  expect(remove("default = { a = 1, b = 2, c = 3 }\n", "default", "a")).toBe("default = { b = 2, c = 3 }\n");
  expect(remove("default = { a = 1, b = 2, c = 3 }\n", "default", "b")).toBe("default = { a = 1, c = 3 }\n");
  expect(remove("default = { a = 1, b = 2, c = 3 }\n", "default", "c")).toBe("default = { a = 1, b = 2 }\n");
  expect(remove("[default]\nx = { y = { a = 1 } }\nb = 2\n", "default", "x.y.a")).toBe("[default]\nb = 2\n");
  expect(remove("default = { a = 1, # one\n b = 2, # two\n}\n", "default", "b")).toContain("# two");
});

test("removing what is not there changes nothing; what is there in two letter cases goes twice", () => {
  const text = "[default]\na = 1\n";
  expect(remove(text, "default", "b")).toBe(text);
  expect(remove(text, "profile.lab", "a")).toBe(text);
  expect(remove("[default]\nA.b = 1\na.B = 2\nc = 3\n", "default", "a.b")).toBe("[default]\nc = 3\n");
});

test("a key in whose way a value or a section stands is refused, and so is a text that is not TOML", () => {
  const refusal = (text: string, key: string) => expect(() => set(text, "default", key, 1));
  refusal("[default]\nextensions.a = 1\n", "extensions.a.b").toThrow(/"default\.extensions\.a" has a value/);
  refusal("[default]\nextensions.a.b = 1\n", "extensions.a").toThrow(/is a section/);
  refusal("[default.extensions.a]\n", "extensions.a").toThrow(/is a section/);
  refusal("[[default]]\na = 1\n", "a").toThrow(expect.objectContaining({ code: "config_unwritable" }));
  refusal("[default]\na = = 1\n", "a").toThrow(
    expect.objectContaining({ code: "config_invalid", message: expect.stringContaining("config.toml:2:") }),
  );
});

test("a key called __proto__ is a key like any other", () => {
  const text = set("", "default", "extensions.__proto__.x", 1);
  expect(text).toBe("[default]\nextensions.__proto__.x = 1\n");
  expect(remove(text, "default", "extensions.__proto__.x")).toBe("");
});

const name = fc.constantFrom("a", "b", "c", "lab", "ui", "plugins", "state");
const comment = fc.constantFrom("", "", " # note", "# tight", " # 'quote\" [x] = {");
const scalar = fc.constantFrom("1", "true", '"text"', "'lit'", '"""\nlong # no\n"""', "1979-05-27", "0.5", "nan");
const list = fc
  .array(fc.tuple(scalar, comment), { maxLength: 3 })
  .map((items) => `[${items.map(([value, note]) => (note ? `\n  ${value}, ${note}\n` : ` ${value},`)).join("")} ]`);
const inline = fc
  .array(fc.tuple(name, scalar), { maxLength: 3 })
  .map((items) => `{ ${[...new Map(items)].map(([key, value]) => `${key} = ${value}`).join(", ")} }`);
const key = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."));
const line = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(key, fc.oneof(scalar, list, inline), comment).map(([k, v, c]) => `${k} = ${v}${c}`),
  },
  { weight: 2, arbitrary: fc.constantFrom("", "# alone", "  # moved in") },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom("default", "profile.lab", "default.ui", "profile.lab.plugins.a", "terminal.a"), comment)
      .map(([k, c]) => `[${k}]${c}`),
  },
);
/** Lines are taken one by one, as long as the whole is TOML. */
const documents = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom("\n", "\r\n"), fc.boolean())
  .map(([lines, eol, isEnded]) => {
    let text = "";
    for (const next of lines) {
      const longer = `${text}${next.replaceAll("\n", eol)}${eol}`;
      try {
        tools.parseData(longer, FILE);
        tools.parseTree(longer);
        text = longer;
      } catch {}
    }
    return isEnded ? text : text.replace(/(\r?\n)$/, "");
  });
const places = fc.record({
  section: fc.constantFrom(["default"], ["profile", "lab"], ["terminal", "a"], ["terminal", "a", "profile", "lab"]),
  key: fc.oneof(key, fc.constantFrom("plugins.a.state", "plugins.lab.provider")),
});
const newValues = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.integer(),
  fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 4 }),
);

function dataOf(text: string): unknown {
  return JSON.parse(
    JSON.stringify(tools.parseData(text, FILE), (_, value: unknown) => {
      if (typeof value !== "object" || value === null || Array.isArray(value))
        return String(value) === "NaN" ? "nan" : value;
      const members = Object.entries(value).filter(([, inner]) => !isEmptyTable(inner));
      return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
    }),
  );
}

/** Tables without a value say nothing. */
function isEmptyTable(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Date) return false;
  return Object.values(value).every(isEmptyTable);
}

function commentsOf(text: string): string[] {
  return tools
    .parseTree(text)
    .comments.map(({ value }) => value.trimEnd())
    .sort();
}

function withValue(text: string, { section, key }: TomlPlace, value: ConfigValue): unknown {
  const data = dataOf(text) as Record<string, unknown>;
  const path = [...section, ...key.split(".")];
  let table = data;
  for (const part of path.slice(0, -1)) {
    table[part] ??= {};
    table = table[part] as Record<string, unknown>;
  }
  table[path.at(-1)!] = value;
  return data;
}

test("whatever the document: a change changes one value and no comment, and taking a new key out gives the old data", () => {
  let done = 0;
  fc.assert(
    fc.property(documents, places, newValues, (text, place, value) => {
      let changed: string;
      try {
        changed = setTomlValue(tools, text, place, value, FILE);
      } catch (error) {
        expect(error).toMatchObject({
          code: "config_unwritable",
          message: expect.stringMatching(/has a value|is a section/),
        });
        return;
      }
      done++;
      expect(dataOf(changed)).toEqual(withValue(text, place, value));
      expect(commentsOf(changed)).toEqual(commentsOf(text));
      expect(/\n$/.test(changed)).toBe(text === "" || /\n$/.test(text));
      if (text.includes("\r\n")) expect(changed.replaceAll("\r\n", "")).not.toContain("\n");
      const without = removeTomlValue(tools, changed, place, FILE);
      expect(commentsOf(without)).toEqual(commentsOf(text));
      const wasThere = removeTomlValue(tools, text, place, FILE) !== text;
      if (!wasThere) expect(dataOf(without)).toEqual(dataOf(text));
    }),
    { numRuns: 1000 },
  );
  expect(done).toBeGreaterThan(250);
});
