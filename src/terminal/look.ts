// How output may look on one stream: colours, line characters, a width to keep to, and how much room is left where.

import { isDumb } from "./dumb-terminal.ts";
import type { Output } from "./io.ts";
import type { Theme, Token } from "./themes/theme.ts";

export type Choice = "auto" | "always" | "never";
/** `plain`: neither colours nor line characters; `rich`: both wherever they are not ruled out one by one. */
export type Mode = "auto" | "plain" | "rich";
export type Border = "round" | "square" | "none";
/** What happens to text that is too wide for its column: new lines, cut, cut with a mark, or wider lines. */
type Overflow = "wrap" | "clip" | "ellipsis" | "none";

export interface Look {
  readonly color: boolean;
  /** What the colours are; without a meaning where there are none. */
  readonly theme: Theme;
  readonly unicode: boolean;
  /** Whether what is printed may be something to click on. */
  readonly links: boolean;
  /** Room for text, the margin taken off; undefined when nobody looks at a screen, so nothing is cut or wrapped. */
  readonly columns: number | undefined;
  /** Spaces in front of every line of a result. */
  readonly margin: number;
  /** Spaces a level of nested values. */
  readonly indent: number;
  /** The longest list whose items stand below each other. */
  readonly mediumListMax: number;
  readonly border: Border;
  readonly overflow: Overflow;
}

/** What the user asked for; what is absent follows the terminal or is the default. */
export interface LookWish {
  readonly mode?: Mode | undefined;
  readonly color?: Choice | undefined;
  /** Absent where no configuration was read, or nothing can be coloured anyway. */
  readonly theme?: Theme | undefined;
  readonly unicode?: Choice | undefined;
  /** Columns to keep to; the default of the configuration, 72, means that nobody chose. */
  readonly width?: number | undefined;
  readonly margin?: number | undefined;
  readonly indent?: number | undefined;
  readonly mediumListMax?: number | undefined;
  readonly border?: Border | undefined;
  readonly overflow?: Overflow | undefined;
}

const WIDTH_UNCHOSEN = 72;
/** Beyond these, numbers are mistakes, and a line of that many spaces would not fit into memory. */
const WIDTH_COLUMNS_MAX = 10_000;
const MARGIN_COLUMNS_MAX = 200;
const INDENT_COLUMNS_MAX = 40;

type Env = Readonly<Record<string, string | undefined>>;

/** `auto` follows the terminal, `NO_COLOR` and the locale; an explicit choice wins, and `plain` over all of them. */
export function lookOf(output: Output, env: Env, wish: LookWish): Look {
  const { mode = "auto", color = "auto", unicode = "auto" } = wish;
  const isPoor = isDumb(env);
  const isScreen = output.isTerminal && !isPoor;
  const isPlain = mode === "plain" || (mode === "auto" && color !== "always" && unicode !== "always" && !isScreen);
  const mayColor = output.isTerminal && (mode === "rich" || !isPoor) && env["NO_COLOR"] === undefined;
  const margin = bounded(wish.margin, { fallback: 0, min: 0, max: MARGIN_COLUMNS_MAX });
  const width = widthOf(output, env, wish.width);
  return {
    theme: wish.theme ?? BASIC_THEME,
    links: !isPlain && isScreen && knowsLinks(env),
    color: !isPlain && (color === "auto" ? mayColor : color === "always"),
    unicode: !isPlain && (unicode === "auto" ? isScreen && isUtf8(env) : unicode === "always"),
    columns: width === undefined ? undefined : Math.max(1, width - margin),
    margin,
    indent: bounded(wish.indent, { fallback: 2, min: 1, max: INDENT_COLUMNS_MAX }),
    mediumListMax: bounded(wish.mediumListMax, { fallback: 5, min: 1, max: Number.MAX_SAFE_INTEGER }),
    border: wish.border ?? "round",
    overflow: wish.overflow ?? "wrap",
  };
}

/** Height of the terminal in lines; undefined when it is none, or one that does not tell and nobody else does. */
export function terminalRows(output: Output, env: Env): number | undefined {
  return output.isTerminal ? (sizeOf(output.rows) ?? sizeOf(env["LINES"])) : undefined;
}

/** What is not for a screen is not fitted, unless someone chose a width: programs read whole cells. */
function widthOf(output: Output, env: Env, wanted: number | undefined): number | undefined {
  const chosen = wanted === WIDTH_UNCHOSEN ? undefined : sizeOf(wanted);
  const detected = output.isTerminal ? (sizeOf(output.columns) ?? sizeOf(env["COLUMNS"]) ?? WIDTH_UNCHOSEN) : undefined;
  const width = chosen ?? detected;
  return width === undefined ? undefined : Math.min(width, WIDTH_COLUMNS_MAX);
}

/** A positive whole number; undefined for anything else, the zero that some terminals report included. */
function sizeOf(value: number | string | undefined): number | undefined {
  const size = Math.trunc(typeof value === "string" && !/^\d{1,9}$/.test(value) ? Number.NaN : Number(value));
  return size > 0 && Number.isFinite(size) ? size : undefined;
}

interface Bounds {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

function bounded(value: number | undefined, { fallback, min, max }: Bounds): number {
  if (value === undefined || Number.isNaN(value)) return fallback;
  return Math.min(Math.max(Math.trunc(value), min), max);
}

/**
 * Whether a terminal that names itself like this is known to understand links. Those that do not would mostly show
 * nothing, but some show rubbish. `FORCE_HYPERLINK` set to 0 or 1 decides instead.
 */
function knowsLinks(env: Env): boolean {
  const forced = env["FORCE_HYPERLINK"];
  if (forced) return forced !== "0" && forced !== "false";
  const program = env["TERM_PROGRAM"] ?? "";
  const version = Number.parseFloat(env["TERM_PROGRAM_VERSION"] ?? "");
  // What runs in another terminal can only pass on what it understands itself.
  if (env["TMUX"]) return program === "tmux" && version >= 3.4;
  if (/^(?:screen|tmux)/.test(env["TERM"] ?? "")) return false;
  return (
    LINKING_PROGRAMS.has(program) ||
    /^(?:xterm-kitty|xterm-ghostty|alacritty|foot|wezterm|contour)/.test(env["TERM"] ?? "") ||
    Number(env["VTE_VERSION"]) >= 5_000 ||
    Number(env["KONSOLE_VERSION"]) >= 201_200 ||
    Boolean(env["WT_SESSION"])
  );
}

const LINKING_PROGRAMS: ReadonlySet<string> = new Set(["iTerm.app", "WezTerm", "vscode", "ghostty", "mintty", "rio"]);

function isUtf8(env: Env): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  return !locale || /utf-?8/i.test(locale);
}

/** The terminal's own colours, for what is said before a theme is known. */
const BASIC_THEME: Theme = {
  id: "",
  codes: {
    text: "",
    muted: "2",
    accent: "36",
    info: "34",
    warning: "33",
    success: "32",
    error: "31",
    border: "",
    title: "1",
    selection: "7",
    link: "4",
    bg: "",
    bg_alt: "",
    value_number: "36",
    repl_completion_text: "",
    repl_completion_background: "",
    repl_completion_highlight: "7",
  },
};

/** What colours a text: whether there are any, and which. */
export type Colours = Pick<Look, "color"> & Partial<Pick<Look, "theme">>;

/** The text in the style of a token, or as it is where colours are off or the theme has none for it. */
export function styled(text: string, style: Token | undefined, { color, theme = BASIC_THEME }: Colours): string {
  if (!color || style === undefined || text === "") return text;
  const code = theme.codes[style];
  return code === "" ? text : `\u001b[${code}m${text}\u001b[0m`;
}

const NOTHING: ReadonlySet<string> = new Set(["null", "none", "nil", "n/a"]);
const NUMBER = /^-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,9})?$/;

/** The style that says what kind of value a cell holds, by what a person reads there. */
export function valueStyle(text: string): Token | undefined {
  if (text === "true") return "success";
  if (text === "false") return "error";
  if (NOTHING.has(text)) return "muted";
  return isNumber(text) ? "value_number" : undefined;
}

/** Whether a person reads a number there. */
export function isNumber(text: string): boolean {
  return NUMBER.test(text);
}
