import { describe, expect, test } from "vitest";
import { PLAIN_LOOK, recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { parseOrderedJson } from "../base/ordered-json.ts";
import { LINK_CHARS_MAX } from "../protocol/limits.ts";
import { addressIn, linked, withoutLinks } from "./links.ts";
import { lookOf } from "./look.ts";
import { NO_META } from "./no-meta.ts";
import { printResult } from "./result.ts";

const LINKS = { ...PLAIN_LOOK, links: true };

describe("an address", () => {
  test("of the web that stands alone can be clicked on", () => {
    for (const text of ["http://a.example", "https://a.example:8080/b?c=d#e", "HTTPS://A.EXAMPLE/x;y"]) {
      expect(addressIn(text)).toBe(text);
    }
  });

  test("that leads elsewhere than it seems, or is none, cannot", () => {
    const wrong = [
      "",
      "a.example",
      "see https://a.example",
      "javascript:alert(1)",
      "file:///etc/passwd",
      "https://bank.example@evil.example/",
      "https://bank.example:x@evil.example/",
      "https://",
      "https://a.example/\u001b\\\u001b[2J",
      "https://a.example/\u0007",
      "https://a.example/\u009c",
      "https://а.example",
      "https://a.example/\u202emoc",
      "https://a.example/ b",
    ];
    for (const text of wrong) expect([text, addressIn(text)]).toEqual([text, undefined]);
    const long = (length: number) => "https://a.example/".padEnd(length, "x");
    expect(addressIn(long(LINK_CHARS_MAX))).toBeDefined();
    expect(addressIn(long(LINK_CHARS_MAX + 1))).toBeUndefined();
  });
});

test("what is shown is a part of the address, and parts of one have one id", () => {
  const first = linked("https://a", "https://a.example", LINKS);
  expect(first).toMatch(/^\u001b\]8;id=(\w+);https:\/\/a\.example\u001b\\https:\/\/a\u001b\]8;;\u001b\\$/);
  const id = (text: string) => /id=(\w+)/.exec(text)?.[1];
  expect(id(linked(".example", "https://a.example", LINKS))).toBe(id(first));
  expect(id(linked("x", "https://b.example", LINKS))).not.toBe(id(first));
  expect(withoutLinks(`a ${first} b`)).toBe("a https://a b");
  expect(linked("https://a", "https://a.example", PLAIN_LOOK)).toBe("https://a");
});

test("tables and blocks link the addresses in them, broken into lines too, and nothing else that a plugin sends", async () => {
  const data = parseOrderedJson(
    JSON.stringify([
      {
        a: "https://a.example/long/path/with/more/parts",
        b: "\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\",
      },
    ]),
  );
  for (const format of ["table", "mreg"] as const) {
    const io = { stdout: recordedOutput(), stderr: recordedOutput() };
    await printResult(io, data, NO_META, { format, look: { ...LINKS, columns: 36 } });
    const text = io.stdout.text;
    expect(
      text.match(/\u001b\]8;id=\w+;https:\/\/a\.example\/long\/path\/with\/more\/parts\u001b\\/g)!.length,
    ).toBeGreaterThan(1);
    expect(text).not.toContain("\u001b]8;;https://evil");
    expect(withoutLinks(text)).not.toContain("\u001b");
    expect(
      new Set(
        withoutLinks(text)
          .trimEnd()
          .split("\n")
          .map((line) => line.length <= 36),
      ),
    ).toEqual(new Set([true]));
  }
});

test("only terminals that are known to understand links get any", () => {
  const screen = recordedOutput({ isTerminal: true, columns: 80 });
  const knows = (env: Record<string, string>, mode: "auto" | "plain" = "auto") => lookOf(screen, env, { mode }).links;
  const known = [
    { TERM_PROGRAM: "iTerm.app" },
    { TERM: "xterm-kitty" },
    { VTE_VERSION: "6800" },
    { KONSOLE_VERSION: "230400" },
    { WT_SESSION: "x" },
    { TMUX: "x", TERM: "tmux-256color", TERM_PROGRAM: "tmux", TERM_PROGRAM_VERSION: "3.4" },
    { FORCE_HYPERLINK: "1" },
  ];
  for (const env of known) expect([env, knows(env as Record<string, string>)]).toEqual([env, true]);
  const unknown = [
    {},
    { TERM: "xterm-256color" },
    { TERM: "linux" },
    { VTE_VERSION: "4999" },
    { VTE_VERSION: "6800", TERM: "dumb" },
    { FORCE_HYPERLINK: "1", TERM: "dumb" },
    { FORCE_HYPERLINK: "0", TERM: "xterm-kitty" },
    { VTE_VERSION: "6800", TMUX: "x", TERM_PROGRAM: "tmux", TERM_PROGRAM_VERSION: "3.3a" },
    { VTE_VERSION: "6800", TERM: "screen" },
  ];
  for (const env of unknown) expect([env, knows(env as Record<string, string>)]).toEqual([env, false]);
  expect(knows({ TERM: "xterm-kitty" }, "plain")).toBe(false);
  expect(lookOf(recordedOutput(), { FORCE_HYPERLINK: "1" }, {}).links).toBe(false);
});
