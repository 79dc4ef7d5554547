import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILT_IN_THEMES, themeId } from "../../config/theme-names.ts";
import { THEME_STYLE_CHARS_MAX } from "../../protocol/limits.ts";
import { styled } from "../look.ts";
import { BUILT_IN } from "./built-in-themes.ts";
import { makeTheme } from "./make-theme.ts";
import { parseStyle, type Rgb } from "./parse-style.ts";
import { luminanceOf } from "./readable-color.ts";
import { screenColors } from "./screen-colors.ts";
import { TOKENS, type Token } from "./theme.ts";

const DARK = { TERM: "xterm-256color", COLORTERM: "truecolor", COLORFGBG: "15;0" };
const WRITTEN: readonly Token[] = [
  "accent",
  "info",
  "warning",
  "success",
  "error",
  "title",
  "link",
  "value_number",
  "muted",
];

const built = (id: string, env: Record<string, string> = DARK) =>
  makeTheme({ id, ...BUILT_IN[id]! }, screenColors(env));

describe("a built-in theme", () => {
  test("has the id that the configuration knows, and a name that leads to it", () => {
    expect(Object.keys(BUILT_IN)).toEqual(BUILT_IN_THEMES);
    for (const [id, { name }] of Object.entries(BUILT_IN)) expect(themeId(name)).toBe(id);
  });

  test("has styles that are understood, for every part of a palette", () => {
    for (const { palette, overrides } of Object.values(BUILT_IN)) {
      for (const style of [...Object.values(palette), ...Object.values(overrides)]) {
        expect([style, parseStyle(style)]).not.toEqual([style, undefined]);
      }
    }
  });

  test("shows its own colours on a dark terminal that has them all", () => {
    expect(built("nord").codes).toMatchObject({
      accent: "38;2;136;192;208",
      value_number: "38;2;180;142;173",
      title: "1;38;2;143;188;187",
      link: expect.stringMatching(/^4;38;2;/),
      text: "",
      repl_completion_text: "38;2;236;239;244;48;2;59;66;82",
      repl_completion_highlight: "38;2;236;239;244;48;2;67;76;94",
    });
  });

  test("has the nearest of 256 colours, or the terminal's own of the same hue", () => {
    expect(built("dracula", { TERM: "xterm-256color", COLORFGBG: "15;0" }).codes).toMatchObject({
      accent: "38;5;212",
      success: "38;5;84",
    });
    const { codes } = built("dracula", { TERM: "xterm" });
    expect(codes).toMatchObject({ error: "31", success: "32", warning: "33", info: "34", accent: "35", bg: "" });
    expect(codes).toMatchObject({ muted: "2", border: "2", value_number: "34", title: "1;34" });
    expect(codes).toMatchObject({ selection: "7", repl_completion_highlight: "7", repl_completion_text: "" });
  });

  test("has no dark blocks on a light screen, but where somebody chose them", () => {
    const light = { ...DARK, COLORFGBG: "0;15" };
    const blocks = { bg: "", selection: "7", repl_completion_text: "", repl_completion_highlight: "7" };
    for (const id of BUILT_IN_THEMES) expect([id, built(id, light).codes]).toMatchObject([id, blocks]);
    const exact = new Set<Token>(["selection"]);
    const chosen = makeTheme({ id: "nord", ...BUILT_IN["nord"]!, exact }, screenColors(light));
    expect(chosen.codes).toMatchObject({ bg: "", selection: "48;2;67;76;94" });
    expect(built("nord", { ...DARK, COLORFGBG: "" }).codes.selection).toBe("48;2;67;76;94");
  });

  test("plain has no colour at all; what is chosen in a menu is reversed", () => {
    const { codes } = built("plain");
    const coloured = TOKENS.filter((token) => codes[token] !== "");
    expect(coloured).toEqual(["selection", "repl_completion_highlight"]);
    expect(styled("true", "success", { color: true, theme: built("plain") })).toBe("true");
  });

  test.each([
    ["dark", "15;0", 3, 0],
    ["light", "0;15", 0, 4.4],
    ["not known", undefined, 2.9, 2.9],
  ])("can be read on a background that is %s", (_, colours, onDark, onLight) => {
    const env = { ...DARK, COLORFGBG: colours ?? "" };
    for (const id of BUILT_IN_THEMES.filter((one) => one !== "plain")) {
      const background = luminanceOf(rgbIn(`38;2;${parseStyle(BUILT_IN[id]!.palette.bg)!.color}`.replaceAll(",", ";")));
      for (const token of WRITTEN) {
        const luminance = luminanceOf(rgbIn(built(id, env).codes[token]));
        expect([id, token, contrast(luminance, 0) >= onDark]).toEqual([id, token, true]);
        expect([id, token, onDark === 0 || contrast(luminance, background) >= 2.4]).toEqual([id, token, true]);
        expect([id, token, contrast(luminance, 1) >= onLight]).toEqual([id, token, true]);
        const isSentences = token === "muted" && onDark > 0;
        expect([id, token, !isSentences || contrast(luminance, DARK_SCREEN) >= 4.45]).toEqual([id, token, true]);
        const isOwn = isSentences && onLight === 0;
        expect([id, token, !isOwn || contrast(luminance, background) >= 4.45]).toEqual([id, token, true]);
      }
    }
  });
});

/** #1e1e1e, on which many people sit. */
const DARK_SCREEN = luminanceOf([30, 30, 30]);

function rgbIn(code: string): Rgb {
  const [, red, green, blue] = /[34]8;2;(\d+);(\d+);(\d+)/.exec(code)!;
  return [Number(red), Number(green), Number(blue)];
}

function contrast(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

test("colours that somebody chose for their own terminal are left as they are", () => {
  const palette = { ...BUILT_IN["nord"]!.palette, accent: "#FFFFFF", text: "#010101" };
  const theme = makeTheme(
    { id: "x", palette, overrides: {}, exact: new Set<Token>(["accent", "text"]) },
    screenColors({ COLORTERM: "truecolor" }),
  );
  expect(theme.codes).toMatchObject({
    accent: "38;2;255;255;255",
    text: "38;2;1;1;1",
    value_number: theme.codes.success,
  });
});

test("the environment says how many colours there are, and what is behind them", () => {
  const depth = (env: Record<string, string>) => screenColors(env).depth;
  expect(depth({})).toBe(4);
  expect(depth({ TERM: "xterm" })).toBe(4);
  expect(depth({ TERM: "tmux-256color" })).toBe(8);
  expect(depth({ TERM: "xterm-256color", COLORTERM: "yes" })).toBe(8);
  expect(depth({ TERM: "xterm", COLORTERM: "24bit" })).toBe(24);
  expect(depth({ TERM: "xterm-direct" })).toBe(24);
  expect(depth({ TERM: "screen.xterm", COLORTERM: "truecolor" })).toBe(8);
  expect(depth({ TERM: "screen-256color", COLORTERM: "truecolor", TMUX: "/tmp/x,1,0" })).toBe(24);
  const background = (COLORFGBG: string) => screenColors({ COLORFGBG }).background;
  expect(["15;0", "0;default;15", "12;7", "7;8", "x", "15;", "1;99", ""].map(background)).toEqual([
    "dark",
    "light",
    "light",
    "dark",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

describe("a style", () => {
  test("is words and at most one colour, in any letter case", () => {
    expect(parseStyle("Bold #FF0080 underline")).toEqual({ attributes: ["1", "4"], color: [255, 0, 128] });
    expect(parseStyle("dim italic bright_red")).toEqual({ attributes: ["2", "3"], color: 9 });
    expect(parseStyle("Bright-Blue")).toEqual({ attributes: [], color: 12 });
    expect(parseStyle("grey")).toEqual({ attributes: [], color: 8 });
    expect(parseStyle(" ")).toEqual({ attributes: [], color: undefined });
  });

  test("that is anything else is none", () => {
    const wrong = [
      "red blue",
      "#FFF",
      "#12345g",
      "38;2;1;2;3",
      "\u001b[31m",
      "red\u001b]0;x\u0007",
      "constructor",
      "__proto__",
    ];
    for (const text of wrong) expect([text, parseStyle(text)]).toEqual([text, undefined]);
    expect(parseStyle("red".padEnd(THEME_STYLE_CHARS_MAX))).toBeDefined();
    expect(parseStyle("red".padEnd(THEME_STYLE_CHARS_MAX + 1))).toBeUndefined();
  });

  test("whatever it is, never becomes another order than a colour", () => {
    const text = fc.oneof(fc.string(), fc.constantFrom("bold", "red", "#ffffff", "\u001b[2J", ";5;"));
    fc.assert(
      fc.property(fc.array(text), fc.constantFrom("xterm", "xterm-256color", "xterm-direct"), (parts, TERM) => {
        const palette = { ...BUILT_IN["nord"]!.palette, accent: parts.join(" "), selection: parts.join("") };
        const { codes } = makeTheme({ id: "x", palette, overrides: {} }, screenColors({ TERM }));
        for (const token of TOKENS) expect(codes[token]).toMatch(/^[0-9;]*$/);
      }),
    );
  });
});
