// How output may look on one stream: colours, box characters, a width to keep to.

import type { Output } from "./io.ts";

export type Choice = "auto" | "always" | "never";

export interface Look {
  readonly color: boolean;
  readonly unicode: boolean;
  /** Width to fit into; undefined when nobody looks at a screen, so nothing is cut or wrapped. */
  readonly columns: number | undefined;
}

export interface LookWish {
  readonly color: Choice;
  readonly unicode: Choice;
}

type Env = Readonly<Record<string, string | undefined>>;

/** `auto` follows the terminal, `NO_COLOR` and the locale; an explicit choice always wins. */
export function lookOf(output: Output, env: Env, wish: LookWish): Look {
  const isScreen = output.isTerminal && env["TERM"] !== "dumb";
  return {
    color: wish.color === "auto" ? isScreen && env["NO_COLOR"] === undefined : wish.color === "always",
    unicode: wish.unicode === "auto" ? isScreen && isUtf8(env) : wish.unicode === "always",
    columns: output.isTerminal ? output.columns || undefined : undefined,
  };
}

function isUtf8(env: Env): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  return !locale || /utf-?8/i.test(locale);
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 } as const;

/** The text in a style, or as it is where colours are off. */
export function styled(text: string, style: keyof typeof STYLES, look: Look): string {
  return look.color ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
}
