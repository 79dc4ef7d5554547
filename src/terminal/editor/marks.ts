// The few signs that the editor draws itself, for terminals with and without Unicode.

export interface Marks {
  /** Something was left out here. */
  readonly cut: string;
  /** In front of what is chosen, with a space; blanks are in front of the others. */
  readonly pointer: string;
  /** A line break, where a text of several lines is shown in one. */
  readonly lineBreak: string;
}

export function marksFor({ unicode }: { readonly unicode: boolean }): Marks {
  return unicode ? { cut: "…", pointer: "❯ ", lineBreak: "↵" } : { cut: ">", pointer: "> ", lineBreak: "\\n" };
}
