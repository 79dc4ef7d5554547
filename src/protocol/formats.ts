// The output formats, by the names that users, configuration and plugins (`meta.format_hint`, `OSP_FORMAT`) use.

export const FORMATS = ["auto", "json", "table", "md", "mreg", "value", "guide"] as const;
export type Format = (typeof FORMATS)[number];

/** The format of that name, in any letter case; `markdown` is another name of `md`. Undefined when there is none. */
export function formatNamed(name: string): Format | undefined {
  const word = name.trim().toLowerCase();
  return word === "markdown" ? "md" : FORMATS.find((format) => format === word);
}
