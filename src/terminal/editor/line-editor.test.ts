import { afterEach, expect, test } from "vitest";
import { testEditor } from "../../../test/helpers/test-editor.ts";
import { COMPLETION_LINE_CHARS_MAX, EDITOR_TEXT_CHARS_MAX } from "../../protocol/limits.ts";
import type { Candidate, CompletionAnswer } from "./completion-answer.ts";

const PROMPT = { text: "> ", more: ". " };
const editors: ReturnType<typeof testEditor>[] = [];
afterEach(() => {
  for (const { editor, screen } of editors.splice(0)) {
    editor.close();
    screen.close();
  }
});

function begin(
  options: Parameters<typeof testEditor>[0] = {},
  prompt: { text: string; right?: string; more?: string } = PROMPT,
) {
  const made = testEditor(options);
  editors.push(made);
  return { ...made, typed: made.editor.ask(prompt) };
}

const words = (...values: string[]): readonly Candidate[] =>
  values.map((value) => ({ value, display: value, isFinal: true }));

/** Offers the words that begin with what stands in front of the cursor, after the last space. */
function offering(candidates: readonly Candidate[]) {
  return {
    async complete(line: string, cursor: number): Promise<CompletionAnswer> {
      const from = line.lastIndexOf(" ", cursor - 1) + 1;
      const begun = line.slice(from, cursor);
      return { from, to: cursor, candidates: candidates.filter(({ value }) => value.startsWith(begun)) };
    },
  };
}

test("a typed line is given, and stays on the screen behind its prompt", async () => {
  const { type, press, typed, screen } = begin({}, { text: "╭─me\n╰─lab> ", right: "12ms" });
  expect(await type("list --all")).toBe(`╭─me\n╰─lab> list --all${" ".repeat(18)}12ms`);
  expect(screen.cursor()).toEqual({ column: 17, row: 1 });
  await press("enter");
  expect(await typed).toEqual({ kind: "text", text: "list --all" });
  expect(screen.text(), "how long another line took is not said of this one").toBe("╭─me\n╰─lab> list --all");
  expect(screen.cursor()).toEqual({ column: 0, row: 2 });
});

test("what is typed at the end of a line costs a byte a key, what is moved over little more", async () => {
  const { type, press, takeWritten, settle } = begin({ hint: () => "always the same" });
  await type("one two thre");
  takeWritten();
  await type("e");
  expect(takeWritten()).toBe("e");
  await press("left");
  expect(takeWritten()).toBe("\b");
  await press("right");
  expect(takeWritten()).toBe("e");
  await press("home");
  expect(takeWritten().length).toBeLessThanOrEqual(5);
  await press("ctrl-_");
  await settle();
  expect(takeWritten().length).toBeLessThanOrEqual(40);
});

test("the keys of Emacs edit the line", async () => {
  const { press, type, screen } = begin();
  const shows = (line: string) => expect(screen.text()).toBe(`> ${line}`.trimEnd());
  await type("one two three");
  await press("ctrl-w");
  shows("one two");
  await press("ctrl-y");
  shows("one two three");
  await press("ctrl-a", "alt-f", "ctrl-k");
  shows("one");
  await press("ctrl-y", "alt-y");
  shows("one three");
  await press("ctrl-_", "ctrl-_");
  shows("one");
  await press("ctrl-e", "ctrl-u");
  shows("");
  await type("ab");
  await press("ctrl-t");
  shows("ba");
  await press("ctrl-a", "alt-u", "alt-b", "ctrl-d", "ctrl-f", "backspace");
  shows("");
  await type("a b");
  await press("ctrl-left", "delete", "left", "alt-d");
  shows("a");
});

test("characters of several parts are one step and one deletion, wide ones take two columns", async () => {
  const { press, type, screen } = begin();
  await type("a東e\u0301👩‍👩‍👧b");
  expect(screen.cursor().column).toBe(2 + 1 + 2 + 1 + 2 + 1);
  await press("left");
  await press("backspace");
  expect(screen.text()).toBe("> a東e\u0301b");
  await press("left", "left", "delete");
  expect(screen.text()).toBe("> ae\u0301b");
  await press("right");
  expect(screen.cursor().column).toBe(4);
});

test("an open text goes on in another line; the arrows move in it, and at its edges through the history", async () => {
  const { press, type, screen, typed } = begin({
    isWhole: (text) => !text.endsWith("\\"),
    history: ["oldest", "first\nsecond"],
  });
  await type("abcdef\\\rxy");
  expect(screen.text()).toBe("> abcdef\\\n. xy");
  await press("up");
  expect(screen.cursor()).toEqual({ column: 4, row: 0 });
  await type("X");
  await press("up");
  expect(screen.text()).toBe("> first\n. second");
  await press("up", "up");
  expect(screen.text()).toBe("> oldest");
  await type("!");
  await press("down", "up", "up");
  expect(screen.text(), "what was changed on the way").toBe("> oldest!");
  await press("down", "down", "down");
  expect(screen.text()).toBe("> abXcdef\\\n. xy");
  await press("alt-enter");
  expect(screen.text()).toBe("> abXcdef\\\n. xy\n.");
  await press("enter");
  expect(await typed).toEqual({ kind: "text", text: "abXcdef\\\nxy\n" });
});

test("Ctrl-C drops the line, Ctrl-D deletes, and ends an empty one", async () => {
  const { press, type, screen, typed, editor } = begin({}, { ...PROMPT, right: "exit 2 9ms" });
  await type("half a li");
  await press("ctrl-c");
  expect(await typed).toEqual({ kind: "interrupt" });
  expect(screen.text()).toBe("> half a li^C");
  const next = editor.ask(PROMPT, "x");
  await press("left", "ctrl-d", "ctrl-d");
  expect(await next).toEqual({ kind: "end" });
});

test("what was typed ahead belongs to the next question", async () => {
  const { type, typed, editor } = begin();
  await type("one\rtwo\rthr");
  expect(await typed).toEqual({ kind: "text", text: "one" });
  expect(await editor.ask(PROMPT)).toEqual({ kind: "text", text: "two" });
  const third = editor.ask(PROMPT);
  await type("ee\r");
  expect(await third).toEqual({ kind: "text", text: "three" });
});

test("a search shows what was typed before, takes it to be changed, and Escape brings the old text back", async () => {
  const history = ["list a", "show b", "list c\nand d", "list a", "\u001b[31mred"];
  const { press, type, screen, typed } = begin({ history, historyRows: () => 2 });
  await type("mine");
  await press("ctrl-r");
  expect(screen.text()).toBe("> [31mred\nhistory:\n❯ [31mred\n  list a".replaceAll("[31m", "␛[31m"));
  await type("LIST".toLowerCase());
  expect(screen.text()).toBe("> list a\nhistory: list\n❯ list a\n  list c↵and d");
  expect(screen.cursor()).toEqual({ column: 13, row: 1 });
  await press("down");
  expect(screen.text()).toBe("> list c\n. and d\nhistory: list\n  list a\n❯ list c↵and d");
  await type("\x1b");
  await expect.poll(() => screen.text()).toBe("> mine");
  await press("ctrl-r");
  await type("nothing like it");
  expect(screen.text()).toContain("no line has that");
  await press("ctrl-u");
  await type("show\r");
  expect(screen.text()).toBe("> show b");
  await press("enter");
  expect(await typed).toEqual({ kind: "text", text: "show b" });
});

test("Ctrl-C leaves a search and not the line", async () => {
  const { press, type, screen } = begin({ history: ["list a"] });
  await type("mine");
  await press("ctrl-r");
  await type("lis");
  await press("ctrl-c");
  expect(screen.text()).toBe("> mine");
  await type("!");
  expect(screen.text()).toBe("> mine!");
});

test("Tab completes what is certain, then shows a menu; Escape gives back what was typed", async () => {
  const { press, type, screen, typed } = begin(offering(words("list", "listen", "lint", "show")));
  await type("do s");
  await press("tab");
  expect(screen.text()).toBe("> do show");
  expect(screen.cursor().column, "a space follows").toBe(10);
  await type("l");
  await press("tab");
  expect(screen.text()).toBe("> do show li");
  await press("tab");
  expect(screen.text()).toBe("> do show li\n  list      listen    lint");
  await press("tab", "tab");
  expect(screen.text()).toBe("> do show listen\n  list    ❯ listen    lint");
  await press("shift-tab", "shift-tab");
  expect(screen.text()).toBe("> do show lint\n  list      listen  ❯ lint");
  await type("\x1b");
  await expect.poll(() => screen.text()).toBe("> do show li");
  await press("tab");
  await press("tab", "enter", "enter");
  expect(await typed).toEqual({ kind: "text", text: "do show list " });
});

test("a space that stands behind a candidate is not doubled; half a character is not certain of several", async () => {
  const { press, type, screen } = begin(offering(words("show")));
  await type("sh tail");
  await press("home", "right", "right", "tab");
  expect(screen.text()).toBe("> show tail");
  expect(screen.cursor().column, "behind the space").toBe(7);
  const halves = begin(offering(words("a\u{1f600}x", "a\u{1f601}y")));
  await halves.press("tab");
  expect(halves.screen.text()).toBe("> a");
});

test("the menu says what its candidates are where there is room, and scrolls", async () => {
  const many = Array.from({ length: 30 }, (_, index) => ({ ...words(`item-${index}`)[0]!, about: `about ${index}` }));
  const wide = begin({ columns: 60, rows: 10, ...offering(many) });
  await wide.press("ctrl-space");
  await wide.press("up");
  expect(wide.screen.text()).toBe(
    "> item-29\n  item-26  about 26\n  item-27  about 27\n  item-28  about 28\n❯ item-29  about 29\n30 of 30",
  );
  const narrow = begin({ columns: 40, rows: 10, ...offering(many) });
  await narrow.press("ctrl-space");
  await narrow.settle();
  await narrow.press("tab");
  await narrow.press("down");
  expect(narrow.screen.text()).toBe(
    "> item-3\nabout 3\n  item-0     item-1     item-2\n❯ item-3     item-4     item-5\n  item-6     item-7     item-8\n  item-9     item-10    item-11\n4 of 30",
  );
});

test("what the chosen candidate is stands above the menu only where its row has no room for it", async () => {
  const candidates = [
    { ...words("short")[0]!, about: "said in the row" },
    { ...words("shout")[0]!, about: `${"so long ".repeat(6)}that it is cut` },
  ];
  const { press, screen, settle } = begin({
    columns: 60,
    hint: () => "the same as in the row",
    ...offering(candidates),
  });
  await settle();
  expect(screen.text()).toBe(">\nthe same as in the row");
  await press("ctrl-space");
  await settle();
  const rows = (chosen: number) =>
    ["short  said in the row", `shout  ${"so long ".repeat(6)}t…`].map(
      (row, at) => `${at === chosen ? "❯" : " "} ${row}`,
    );
  expect(screen.text()).toBe([">", ...rows(-1)].join("\n"));
  await press("tab");
  expect(screen.text()).toBe(["> short", "", ...rows(0)].join("\n"));
  await press("tab");
  expect(screen.text()).toBe(["> shout", `${"so long ".repeat(6)}that it is…`, ...rows(1)].join("\n"));
  const room = begin({ columns: 60, ...offering([candidates[0]!, { ...candidates[1]!, about: "too" }]) });
  await room.press("ctrl-space");
  await room.press("tab");
  expect(room.screen.text()).toBe("> short\n❯ short  said in the row\n  shout  too");
});

test("a completion that takes long does not hold up typing, and comes too late once the text changed", async () => {
  const asked: { line: string; signal: AbortSignal; give: (answer: CompletionAnswer) => void }[] = [];
  const { press, type, screen, settle } = begin({
    complete: (line, _cursor, signal) => new Promise((give) => void asked.push({ line, signal, give })),
  });
  await type("a");
  await press("tab", "tab");
  await type("b");
  expect(screen.text()).toBe("> ab");
  expect(asked[0]?.signal.aborted).toBe(true);
  asked[0]?.give({ from: 0, to: 1, candidates: words("alpha") });
  await press("tab");
  asked[1]?.give({ from: 0, to: 2, candidates: words("able") });
  await settle();
  expect(screen.text()).toBe("> able");
});

test("a candidate with control characters is not offered; one that fails or is about too much is no harm", async () => {
  const { press, type, screen, settle } = begin(offering(words("ok\u001b[2J", "or\nrm", "fine")));
  await press("tab");
  await settle();
  expect(screen.text()).toBe("> fine");
  let asked = 0;
  const failing = begin({
    async complete() {
      asked++;
      throw new Error("broken");
    },
    hint: async () => await Promise.reject(new Error("broken")),
  });
  await failing.type("x".repeat(COMPLETION_LINE_CHARS_MAX));
  await failing.press("tab");
  await failing.settle();
  expect(failing.screen.text()).toContain("nothing to complete here");
  await failing.type("x");
  await failing.press("tab");
  expect(asked).toBe(1);
  await type("");
});

test("help for the line comes when it is there, once for what was typed quickly", async () => {
  const asked: { line: string; give: (hint: string) => void }[] = [];
  const { type, screen, settle } = begin({
    hint: (line) => (line === "" ? "type a command" : new Promise((give) => void asked.push({ line, give }))),
  });
  await settle();
  expect(screen.text()).toBe(">\ntype a command");
  await type("a");
  await type("b");
  await type("c");
  asked[0]?.give("for a");
  await settle();
  asked[1]?.give("for \u001b[2Jabc");
  await settle();
  expect(asked.map(({ line }) => line)).toEqual(["a", "abc"]);
  expect(screen.text()).toBe("> abc\nfor ␛[2Jabc");
});

test("a changed text is there to be reviewed, and a problem is said", async () => {
  const { type, screen, typed } = begin({
    expand: (text) =>
      text === "!!" ? { text: "the last" } : text === "!x" ? { problem: "nothing begins so" } : { text },
  });
  await type("!x\r");
  expect(screen.text()).toBe("> !x\nnothing begins so");
  await type("\x15!!\r");
  expect(screen.text()).toBe("> the last");
  await type(" one\r");
  expect(await typed).toEqual({ kind: "text", text: "the last one" });
});

test("a paste is text: its line breaks run nothing, its control characters are left out", async () => {
  const { type, paste, screen, typed } = begin();
  await type("run ");
  await paste("one\r\ntwo\x03\x1b[31m\tthree\r\n");
  expect(screen.text()).toBe("> run one\n. two[31m    three\ncontrol characters that were pasted we…");
  await type("\r");
  expect(await typed).toEqual({ kind: "text", text: "run one\ntwo[31m\tthree" });
});

test("a paste that holds the mark of its own end is only text; Enter after it, typed by a person, runs it", async () => {
  const { type, paste, screen, typed } = begin();
  await paste(" hello \x1b[201~\rhistory clear\r\x1b[200~x");
  expect(screen.text()).toBe(">  hello\n. history clear\n. x");
  await type("\r");
  expect(await typed).toEqual({ kind: "text", text: " hello \nhistory clear\nx" });
});

test("a paste of a megabyte is taken at once and can be edited; one past the limit is left out as a whole", async () => {
  const { type, paste, press, screen, typed } = begin({ rows: 6 });
  const line = "select * from things where 東京 = 1;";
  const large = Array.from({ length: 25_000 }, (_, index) => `${index} ${line}`).join("\n");
  const bytes = Buffer.from(large);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 4095) }, (_, at) =>
    bytes.subarray(at * 4095, (at + 1) * 4095),
  );
  await paste(...pieces);
  expect(screen.text()).toMatch(/^\. 24995 .*\n(?:.*\n){4}\. 24999 select \* from things where 東京 = 1;$|24999/);
  await type("!");
  await press("up", "home");
  await type("x");
  await press("enter");
  const answer = await typed;
  expect(answer.kind === "text" && answer.text.length).toBe(large.length + 2);
  const other = begin();
  await other.paste("y".repeat(EDITOR_TEXT_CHARS_MAX));
  await other.paste("z");
  expect(other.screen.text()).toContain("what was pasted is too long and was le");
  const binary = begin();
  await binary.paste(Buffer.from(Array.from({ length: 256 * 40 }, (_, index) => index % 256)));
  await binary.type("\r");
  const taken = await binary.typed;
  expect(taken.kind === "text" && /^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$/.test(taken.text)).toBe(true);
  expect(binary.takeWritten()).not.toContain("\u009b");
});

test("a text that is higher than the terminal is shown around the cursor", async () => {
  const { paste, press, screen } = begin({ rows: 4, columns: 20 });
  await paste(["a", "b", "c", "d", "e", "f"].join("\n"));
  expect(screen.text()).toBe(". c\n. d\n. e\n. f");
  await press("up", "up", "up", "up");
  expect(screen.text()).toBe(". b\n. c\n. d\n. e");
  await press("up");
  expect(screen.text()).toBe("> a\n. b\n. c\n. d");
  expect(screen.everything(), "nothing of it scrolled away").toBe(screen.text());
});

test("hidden characters and those that turn the writing direction are spelled out, and are still there", async () => {
  const { type, screen, typed } = begin();
  await type("a\u202eb\u200bc\u009b2J\u0301");
  expect(screen.text()).toBe("> a<U+202E>b<U+200B>c2J\u0301");
  await type("\r");
  expect(await typed).toEqual({ kind: "text", text: "a\u202eb\u200bc2J\u0301" });
});

test.each([
  [40, 12, 23, 8],
  [23, 8, 60, 20],
  [40, 12, 40, 4],
  [60, 12, 12, 12],
])("from %i×%i to %i×%i, the prompt is repainted once and whole", async (columns, rows, toColumns, toRows) => {
  const { type, resize, settle, screen } = begin(
    { columns, rows },
    { text: "╭─me@here\n╰─lab> ", right: "9ms", more: ". " },
  );
  await type("some words that go on\x1b\rand more");
  resize(toColumns, toRows);
  await settle();
  const text = screen.text();
  expect(text.match(/╭─me@here/g)?.length ?? 0).toBeLessThanOrEqual(1);
  expect(text.match(/and more/g)).toHaveLength(1);
  await type("!");
  expect(screen.text()).toMatch(/and more!$/m);
});

test("every width shows every text whole, and the cursor where the next character goes", async () => {
  const text = "aé東👩‍👩‍👧<\u202e>\tz".repeat(3);
  for (let columns = 3; columns <= 24; columns++) {
    const { type, press, settle } = begin({ columns, rows: 40 });
    await type(text);
    const { screen } = editors.at(-1)!;
    await type("#");
    const { column, row } = screen.cursor();
    const line = screen.everything().split("\n")[row] ?? "";
    if (columns > 12)
      expect(line.trimEnd().endsWith("#") || column === 0, `${columns} columns:\n${screen.text()}`).toBe(true);
    await press("home", "end", "ctrl-u");
    await settle();
    expect(screen.text(), `${columns} columns`).toMatch(/^[>…]?$/);
  }
});

test("Ctrl-L begins at the top, Ctrl-Z lets go and comes back with the line", async () => {
  const { type, press, screen, state, tell, settle } = begin();
  await type("keep");
  screen.write("\r\nsomebody printed this");
  await press("ctrl-l");
  expect(screen.text()).toBe("> keep");
  await press("ctrl-z");
  expect(state.suspended).toBe(1);
  screen.write("[1] stopped\r\n$ fg\r\n");
  tell({ kind: "continued" });
  await settle();
  expect(screen.text()).toBe("> keep\n[1] stopped\n$ fg\n> keep");
});

test("a terminal that vanishes ends the question, also while it is written to", async () => {
  const { tell, typed } = begin();
  tell({ kind: "end" });
  expect(await typed).toEqual({ kind: "end" });
  const closed = begin();
  await closed.settle();
  closed.state.isClosed = true;
  await closed.type("x");
  expect(await closed.typed).toEqual({ kind: "end" });
});

test("an abort and a close end the question and give the keyboard back", async () => {
  const stop = new AbortController();
  const aborted = begin({ signal: stop.signal });
  await aborted.type("x");
  stop.abort();
  await expect(aborted.typed).rejects.toMatchObject({ code: "interrupted" });
  expect(aborted.state.listener).toBeUndefined();
  await expect(aborted.editor.ask(PROMPT)).rejects.toMatchObject({ code: "interrupted" });
  const closed = begin();
  closed.editor.close();
  expect(await closed.typed).toEqual({ kind: "end" });
  expect(await closed.editor.ask(PROMPT)).toEqual({ kind: "end" });
});
