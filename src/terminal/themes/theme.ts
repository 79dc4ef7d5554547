// What a theme is made of. The names are those that a theme's file uses.

/** What a part of the output is, as far as its colour goes. */
export const TOKENS = [
  "text",
  "muted",
  "accent",
  "info",
  "warning",
  "success",
  "error",
  "border",
  "title",
  "selection",
  "link",
  "bg",
  "bg_alt",
  "value_number",
  "repl_completion_text",
  "repl_completion_background",
  "repl_completion_highlight",
] as const;
export type Token = (typeof TOKENS)[number];

/** The tokens that say something of their own only where a theme wants them to differ from the others. */
export const OVERRIDES = [
  "value_number",
  "repl_completion_text",
  "repl_completion_background",
  "repl_completion_highlight",
] as const satisfies readonly Token[];
export type Override = (typeof OVERRIDES)[number];
export type PaletteToken = Exclude<Token, Override>;

/** The colours of a theme as somebody wrote them: `bold #88C0D0`, `bright_red underline`, or nothing. */
export interface ThemeStyles {
  readonly palette: Readonly<Record<PaletteToken, string>>;
  readonly overrides: Readonly<Partial<Record<Override, string>>>;
}

/** A theme, ready for one terminal. */
export interface Theme {
  readonly id: string;
  /** What stands between `ESC [` and `m` to switch a token's style on; empty for none. */
  readonly codes: Readonly<Record<Token, string>>;
}
