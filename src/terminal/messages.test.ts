import { expect, test } from "vitest";
import { printFailureLines } from "./failure-lines.ts";
import { printMessages, verbosity } from "./messages.ts";
import { neutralise } from "./neutralise.ts";
import { PluginStderr } from "./plugin-stderr.ts";

function output() {
  const out = {
    text: "",
    isTerminal: false,
    columns: undefined,
    write(more: string) {
      out.text += more;
    },
  };
  return out;
}

test("info is the last level shown; -v and -q move it, never below errors", () => {
  expect([-9, -3, -1, 0, 1, 5].map(verbosity)).toEqual(["error", "error", "success", "info", "trace", "trace"]);
});

test("messages are grouped by level in a fixed order, and made harmless", () => {
  const out = output();
  const messages = [
    { level: "info", text: " first\nsecond line " },
    { level: "error", text: "bad\u001b[2J" },
    { level: "trace", text: "unseen" },
    { level: "info", text: "third" },
  ] as const;
  printMessages(out, messages, { upTo: "info", look: { color: false, unicode: false, columns: undefined } });
  expect(out.text).toBe("error: bad␛[2J\ninfo: first\n  second line\ninfo: third\n");
});

test("a plugin's stderr passes without colours and orders, wherever it is cut", () => {
  const text = "\u001b[1;31mred\u001b[0m 10%\r20%\r\ndone \u001b]0;title\u0007\u009b";
  for (let cut = 0; cut <= text.length; cut++) {
    const out = output();
    const stderr = new PluginStderr(out);
    stderr.write(text.slice(0, cut));
    stderr.write(text.slice(cut));
    stderr.end();
    expect(out.text).toBe("red 10%\n20%\ndone ␛]0;title␇\ufffd\n");
  }
});

test("the last line of a plugin's stderr is ended, but no line is made up", () => {
  const out = output();
  const silent = new PluginStderr(out);
  silent.end();
  expect(out.text).toBe("");
});

test("a line break in an error or its hint makes no line that looks like one of ours", () => {
  const stderr = output();
  printFailureLines({ stderr }, "cannot\r\nhelp: run evil", "internal", "look\nerror: \u202eworse");
  expect(stderr.text).toBe("error: cannot\n  help: run evil [internal]\nhelp: look\n  error: \ufffdworse\n");
});

test("controls of the writing direction are shown as a mark, texts in any direction are left alone", () => {
  const controls = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";
  expect(neutralise(`a${controls}`)).toBe(`a${"\ufffd".repeat(controls.length)}`);
  expect(neutralise("שלום \u2029\u200f")).toBe("שלום \u2029\u200f");
});
