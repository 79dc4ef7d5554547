// Whether a page has the time to draw a Markdown text. Reading Markdown cannot be stopped half-way, and some texts of a few thousand
// characters take seconds: what was made for that is shown as it was written.

const CHARS_MAX = 40_000;
const LINES_MAX = 2_000;
/** Characters by which emphasis, links, code, tables and HTML begin: the work grows with their square. */
const MARKS_MAX = 2_000;
/** Quotes and lists in each other, at the beginning of a line. */
const NESTED_MAX = 30;

export function isDrawable(text: string): boolean {
  if (text.length > CHARS_MAX) return false;
  const lines = text.split(/\r\n?|\n/);
  if (lines.length > LINES_MAX) return false;
  if ((text.match(/[[\]*_~`<&!|]/g) ?? []).length > MARKS_MAX) return false;
  return lines.every((line) => nestedIn(line) <= NESTED_MAX);
}

function nestedIn(line: string): number {
  const [markers = ""] = /^(?:[ \t]|>|[-+*](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$))*/.exec(line) ?? [];
  return markers.match(/>|[-+*]|\d+[.)]/g)?.length ?? 0;
}
