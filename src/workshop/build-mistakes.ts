// Finds in what a compiler printed where the mistakes are. Every compiler has a form of its own; what has none of these
// forms is still shown, as the end of the output.

import { isAbsolute, join, normalize, relative } from "node:path";
import { BUILD_MISTAKES_MAX } from "../protocol/limits.ts";
import { visibleText } from "../protocol/visible-text.ts";

export interface BuildMistake {
  /** Relative to the project's folder, unless it lies elsewhere. */
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly severity: "error" | "warning";
  readonly message: string;
}

/** No line of a compiler is longer than this and still worth a look. */
const LINE_CHARS_MAX = 2_000;
const MESSAGE_CHARS_MAX = 500;
// Without a backtracking way through: each part ends where the next begins. A number of more than nine digits is no line.
const ESCAPES = /\u001b\[[0-9;]*[A-Za-z]/g;
/** gcc, clang, zig, swift: `a.c:3:5: error: what`; go has no word for it: `./a.go:3:5: what`. */
const COLONS = /^([^\s:][^:]*):(\d{1,9}):(?:(\d{1,9}):)? (?:(fatal error|error|warning|note): )?(.+)$/s;
/** rustc: `error[E0425]: what`, and two lines further ` --> src/lib.rs:3:5`. */
const RUST_HEAD = /^(error|warning)(?:\[[A-Z]\d+\])?: (.+)$/s;
const RUST_PLACE = /^\s*--> ([^:]+):(\d{1,9}):(\d{1,9})$/;
/** tsc: `src/a.ts(3,5): error TS2304: what`. */
const BRACKETS = /^([^\s(][^(]*)\((\d{1,9}),(\d{1,9})\): (error|warning) (.+)$/s;
/** python: `  File "a.py", line 3`, and what is wrong behind it: `SyntaxError: what`. */
const PYTHON_PLACE = /^\s*File "([^"]+)", line (\d{1,9})(?!\d)/;
const PYTHON_WHAT = /^([A-Z][A-Za-z.]*(?:Error|Exception|Warning)): ?(.*)$/s;
/** sh and bash: `a.sh: line 3: what`. */
const SHELL = /^([^\s:][^:]*): line (\d{1,9}): (.+)$/s;

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

/** The mistakes in the order of the output, errors before warnings; BUILD_MISTAKES_MAX of them at most. */
export function findMistakes(output: string, folder: string): BuildMistake[] {
  const found = new Map<string, BuildMistake>();
  const add = (place: Place, severity: BuildMistake["severity"], message: string) => {
    const file = shownFile(place.file, folder);
    const text = visibleText(message.trim()).slice(0, MESSAGE_CHARS_MAX).toWellFormed();
    const mistake = { ...place, file, severity, message: text };
    const key = JSON.stringify([file, place.line, place.column, text]);
    if (!found.has(key)) found.set(key, mistake);
  };
  let head: { severity: BuildMistake["severity"]; message: string } | undefined;
  let called: Place | undefined;
  for (const raw of output.split("\n")) {
    if (raw.length > LINE_CHARS_MAX) continue;
    const line = raw.replace(ESCAPES, "").trimEnd();
    const rustHead = RUST_HEAD.exec(line);
    if (rustHead) head = { severity: severityOf(rustHead[1]), message: rustHead[2]! };
    const rustPlace = RUST_PLACE.exec(line);
    if (rustPlace && head) {
      add(placeOf(rustPlace), head.severity, head.message);
      head = undefined;
      continue;
    }
    const python = PYTHON_PLACE.exec(line);
    if (python) {
      called = placeOf(python);
      continue;
    }
    const what = called && PYTHON_WHAT.exec(line);
    if (what) {
      add(called!, "error", line);
      called = undefined;
      continue;
    }
    const brackets = BRACKETS.exec(line);
    if (brackets) add(placeOf(brackets), severityOf(brackets[4]), brackets[5]!);
    const shell = SHELL.exec(line);
    if (shell) add(placeOf(shell), "error", shell[3]!);
    const colons = COLONS.exec(line);
    if (colons && colons[4] !== "note" && isOfCompiler(colons)) add(placeOf(colons), severityOf(colons[4]), colons[5]!);
  }
  const all = [...found.values()];
  const errors = all.filter(({ severity }) => severity === "error");
  return [...errors, ...all.filter(({ severity }) => severity === "warning")].slice(0, BUILD_MISTAKES_MAX);
}

/** Without a word for it, only go's messages look like this; make says `Makefile:3: what`, with no column. */
function isOfCompiler([, file, , column, word]: RegExpExecArray): boolean {
  return (
    word !== undefined || /\.go$/.test(file!) || (column === undefined && /(^|\/)([Mm]akefile|.*\.mk)$/.test(file!))
  );
}

function placeOf([, file, line, column]: RegExpExecArray): Place {
  const isNumber = column !== undefined && /^\d+$/.test(column);
  return { file: file!, line: Number(line), ...(isNumber ? { column: Number(column) } : {}) };
}

function severityOf(word: string | undefined): BuildMistake["severity"] {
  return word === "warning" ? "warning" : "error";
}

function shownFile(file: string, folder: string): string {
  const way = isAbsolute(file) ? relative(folder, file) : normalize(file);
  const isInside = !isAbsolute(way) && !way.startsWith("..");
  return visibleText(isInside ? way : isAbsolute(file) ? file : join(folder, file));
}

/** One line for people: `src/lib.rs:3:5: error: what`. */
export function mistakeText({ file, line, column, severity, message }: BuildMistake): string {
  return `${file}:${line}:${column === undefined ? "" : `${column}:`} ${severity}: ${message}`;
}
