// From a theme's colours to what is printed: for one terminal, with the colours that it has.

import { colorCode, hueCode } from "./color-code.ts";
import { parseStyle, type Rgb } from "./parse-style.ts";
import { luminanceOf, readableColor } from "./readable-color.ts";
import type { ScreenColors } from "./screen-colors.ts";
import { OVERRIDES, type Override, type PaletteToken, type Theme, type ThemeStyles, type Token } from "./theme.ts";

interface ThemeSource extends ThemeStyles {
  readonly id: string;
  /** The tokens whose colours are taken as they are, however they can be read: somebody chose them for this terminal. */
  readonly exact?: ReadonlySet<Token>;
}

/** Lines need to be seen and not to be read; what stands back is sentences all the same. */
const CONTRAST: Partial<Readonly<Record<Token, { readonly known?: number; readonly onDark?: number }>>> = {
  border: { known: 1.5 },
  muted: { onDark: 4.5 },
};
const BACKGROUNDS: ReadonlySet<Token> = new Set(["bg", "bg_alt", "selection", "repl_completion_background"]);
const REVERSED = "7";
/** As easy to read with black as with white. */
const MIDDLE_LUMINANCE = 0.18;

/** With so few colours, those that say something are the ones that say it everywhere; what stands back is dim. */
const OF_SIXTEEN: Partial<Readonly<Record<Token, string>>> = {
  error: "31",
  success: "32",
  warning: "33",
  info: "34",
  muted: "2",
  border: "2",
};

/** What a token without a style of its own looks like. */
const SAME_AS: Readonly<Record<Override, PaletteToken>> = {
  value_number: "success",
  repl_completion_text: "text",
  repl_completion_background: "bg_alt",
  repl_completion_highlight: "text",
};

/** The styles must have been checked; one that is none changes nothing. */
export function makeTheme({ id, palette, overrides, exact = new Set() }: ThemeSource, screen: ScreenColors): Theme {
  const themeBackground = rgbOf(palette.bg);
  const isForOther = isMadeForOther(themeBackground, screen);
  const code = (token: Token, text: string, isOnOwn = false): string => {
    // A dark block on a light screen would hit the eye.
    if (isForOther && BACKGROUNDS.has(token) && !exact.has(token)) return "";
    const { attributes, color } = parseStyle(text) ?? { attributes: [], color: undefined };
    const ground = BACKGROUNDS.has(token) ? "background" : "text";
    const isFixed = ground === "background" || isOnOwn || exact.has(token) || typeof color !== "object";
    if (typeof color === "object" && screen.depth === 4 && ground === "text") {
      return joined(...attributes, OF_SIXTEEN[token] ?? hueCode(color));
    }
    const shown = isFixed ? color : readableColor(color, { ...screen, themeBackground }, CONTRAST[token]);
    return joined(...attributes, shown === undefined ? "" : colorCode(shown, screen.depth, ground));
  };
  const codes = {} as Record<Token, string>;
  for (const [token, text] of Object.entries(palette) as [PaletteToken, string][]) codes[token] = code(token, text);
  // Text that stands on no background of ours is best left as its owner has it.
  if (!exact.has("text")) codes.text = "";
  for (const token of OVERRIDES) codes[token] = code(token, overrides[token] ?? palette[SAME_AS[token]]);
  const on = (token: "repl_completion_text" | "repl_completion_highlight", background: string) =>
    background === "" ? undefined : joined(code(token, overrides[token] ?? palette[SAME_AS[token]], true), background);
  codes.repl_completion_text = on("repl_completion_text", codes.repl_completion_background) ?? "";
  codes.repl_completion_highlight = on("repl_completion_highlight", codes.selection) ?? REVERSED;
  if (codes.selection === "") codes.selection = REVERSED;
  return { id, codes };
}

/** The theme is for dark screens and this one is light, or the other way round. */
function isMadeForOther(themeBackground: Rgb | undefined, { background }: ScreenColors): boolean {
  if (themeBackground === undefined || background === undefined) return false;
  return (luminanceOf(themeBackground) < MIDDLE_LUMINANCE ? "dark" : "light") !== background;
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(";");
}

function rgbOf(text: string): Rgb | undefined {
  const color = parseStyle(text)?.color;
  return typeof color === "object" ? color : undefined;
}
