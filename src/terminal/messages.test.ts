import { describe, expect, test } from "vitest";
import { PLAIN_LOOK, recordedOutput } from "../../test/helpers/fake-terminal.ts";
import type { PluginMessage } from "../protocol/process-plugin.ts";
import { printFailureLines } from "./failure-lines.ts";
import { printMessages, verbosity } from "./messages.ts";
import { neutralise } from "./neutralise.ts";
import { PluginStderr } from "./plugin-stderr.ts";

test("info is the last level shown unless said otherwise; -v and -q move it, never below errors", () => {
  const levels = [-9, -3, -1, 0, 1, 5].map((steps) => verbosity(steps));
  expect(levels).toEqual(["error", "error", "success", "info", "trace", "trace"]);
  expect([-1, 0, 1, 2].map((steps) => verbosity(steps, "success"))).toEqual(["warning", "success", "info", "trace"]);
});

type Options = Partial<Parameters<typeof printMessages>[2]>;

function shown(messages: readonly PluginMessage[], options: Options = {}): string {
  const out = recordedOutput();
  printMessages(out, messages, { upTo: "info", look: PLAIN_LOOK, ...options });
  return out.text;
}

describe("messages", () => {
  const messages = [
    { level: "info", text: " first\nsecond line " },
    { level: "error", text: "bad\u001b[2J" },
    { level: "trace", text: "unseen" },
    { level: "info", text: "third" },
  ] as const;

  test.each(["minimal", "austere", undefined] as const)(
    "are a line each, worst first and harmless, as %s",
    (layout) => {
      expect(shown(messages, { layout })).toBe("error: bad␛[2J\ninfo: first\n  second line\ninfo: third\n");
    },
  );

  test.each(["plain", "none"] as const)("are only their text as %s", (layout) => {
    expect(shown(messages, { layout })).toBe("  bad␛[2J\n  first\n  second line\n  third\n");
  });

  test("are below the name of their level as compact", () => {
    expect(shown(messages, { layout: "compact" })).toBe("Errors:\n  bad␛[2J\nInfo:\n  first\n  second line\n  third\n");
  });

  test.each(["grouped", "full"] as const)("are below a rule with the name of their level as %s", (layout) => {
    expect(shown(messages, { layout })).toBe(
      `- Errors ${"-".repeat(63)}\n  bad␛[2J\n\n- Info ${"-".repeat(65)}\n  first\n  second line\n  third\n`,
    );
    const look = { ...PLAIN_LOOK, unicode: true, columns: 20 };
    expect(shown([{ level: "trace", text: "x" }], { layout, look, upTo: "trace" })).toBe("─ Trace ────────────\n  x\n");
    for (const columns of [72, 80, 120]) {
      // The texts end where the rule does.
      const [rule, text] = shown([{ level: "info", text: "x ".repeat(200) }], {
        layout,
        look: { ...look, columns },
      }).split("\n");
      expect([rule!.length, text!.length]).toEqual([columns, columns - 1]);
    }
    for (let columns = 1; columns <= 10; columns++) {
      expect(shown(messages, { layout, look: { ...PLAIN_LOOK, columns } })).toContain("- Errors -");
    }
  });

  test("are wrapped in groups, on a screen of forty columns and more", () => {
    const long = [{ level: "warning", text: "twelve chars ".repeat(5) }] as const;
    const lines = (columns: number | undefined) =>
      shown(long, { layout: "grouped", look: { ...PLAIN_LOOK, columns } }).split("\n").length;
    expect([lines(40), lines(39), lines(undefined)]).toEqual([4, 3, 3]);
  });

  test("are one document on one line as JSON, with just what they are, and nothing when none is to be seen", () => {
    const document = shown(messages, { json: true, layout: "full" });
    expect(document.match(/\n/g)).toHaveLength(1);
    expect(document).not.toContain("\u001b");
    expect(JSON.parse(document)).toEqual({ messages: [messages[1], messages[0], messages[3]] });
    expect(shown(messages.slice(2, 3), { json: true })).toBe("");
    expect(shown(messages.slice(2, 3), { layout: "full" })).toBe("");
  });

  test("have the colour of their level", () => {
    const look = { ...PLAIN_LOOK, color: true };
    expect(shown([{ level: "warning", text: "x" }], { look })).toBe("\u001b[33mwarning:\u001b[0m x\n");
    expect(shown([{ level: "warning", text: "x" }], { look, layout: "compact" })).toContain(
      "\u001b[33mWarnings:\u001b",
    );
  });
});

test("a plugin's stderr passes without colours and orders, wherever it is cut", () => {
  const text = "\u001b[1;31mred\u001b[0m 10%\r20%\r\ndone \u001b]0;title\u0007\u009b";
  for (let cut = 0; cut <= text.length; cut++) {
    const out = recordedOutput();
    const stderr = new PluginStderr(out);
    stderr.write(text.slice(0, cut));
    stderr.write(text.slice(cut));
    stderr.end();
    expect(out.text).toBe("red 10%\n20%\ndone ␛]0;title␇\ufffd\n");
  }
});

test("the last line of a plugin's stderr is ended, but no line is made up", () => {
  const out = recordedOutput();
  const silent = new PluginStderr(out);
  silent.end();
  expect(out.text).toBe("");
});

test("a line break in an error or its hint makes no line that looks like one of ours", () => {
  const stderr = recordedOutput();
  printFailureLines({ stderr }, "cannot\r\nhelp: run evil", "internal", "look\nerror: \u202eworse");
  expect(stderr.text).toBe("error: cannot\n  help: run evil [internal]\nhelp: look\n  error: \ufffdworse\n");
});

test("controls of the writing direction are shown as a mark, texts in any direction are left alone", () => {
  const controls = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";
  expect(neutralise(`a${controls}`)).toBe(`a${"\ufffd".repeat(controls.length)}`);
  expect(neutralise("שלום \u2029\u200f")).toBe("שלום \u2029\u200f");
});
