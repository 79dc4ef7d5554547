// What happens in a task as lines for people: when, what kind, and what. All of it is text from models and plugins: nothing
// reaches the screen as it is, and what the agent writes is indented, so that none of it can pass for a line of ours.

import { TASK_OUTPUT_CHARS_MAX } from "../protocol/limits.ts";
import type { TaskEvent } from "../protocol/task.ts";
import { type Colours, styled } from "../terminal/look.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import { StreamedText } from "../terminal/streamed-text.ts";
import type { Token } from "../terminal/themes/theme.ts";

export interface TaskLinesOptions extends Colours {
  /** The agent's text is printed as it comes, and not when the next thing happens. */
  readonly streams?: boolean;
}

const INDENT = "  ";
const WORD_COLUMNS = 9;
const LINE_CHARS_MAX = 500;
/** As much of a text that lost its beginning is looked for to know where it goes on. */
const OVERLAP_CHARS = 1_000;

const STYLES: Readonly<Record<string, Token>> = {
  started: "info",
  question: "accent",
  completed: "success",
  success: "success",
  failed: "error",
  error: "error",
  cancelled: "warning",
  warning: "warning",
  step: "muted",
};

export class TaskLines {
  readonly #write: (text: string) => void;
  readonly #options: TaskLinesOptions;
  /** What was printed of the agent's current answer, and what came of it since. */
  #shown = "";
  #waiting = "";
  #answer: StreamedText | undefined;
  #step: unknown;

  constructor(write: (text: string) => void, options: TaskLinesOptions) {
    this.#write = write;
    this.#options = options;
  }

  print(event: TaskEvent, { withOutput = true }: { readonly withOutput?: boolean } = {}): void {
    const { payload } = event;
    switch (event.kind) {
      case "output":
        return this.#output(textOf(payload["text"]));
      case "started":
        this.#line(event, "started", textOf(payload["title"]));
        this.#shown = "";
        this.#step = undefined;
        return;
      case "activity":
        return this.#line(event, textOf(payload["kind"]) || "activity", activityText(payload));
      case "progress":
        return this.#progress(event);
      case "clarification":
        return this.#line(event, "question", textOf(payload["question"]), questionLines(payload));
      case "draft":
        return this.#line(event, "draft", draftText(payload["draft"]));
      case "cancelled":
        return this.#line(event, "cancelled", textOf(payload["title"]));
      default:
        if (withOutput) this.#output(textOf(payload["output"]));
        this.#line(event, event.kind, textOf(payload["summary"]), artifactLines(payload["artifacts"]));
    }
  }

  /** Behind it, whatever else is printed begins on a line of its own. */
  end(): void {
    this.#flush();
    this.#answer?.end();
    this.#answer = undefined;
  }

  /** A step is worth a line when it is another one, and does not come in the middle of what the agent writes. */
  #progress(event: TaskEvent): void {
    const { current_step: step, progress } = event.payload;
    if (step === this.#step) return;
    this.#step = step;
    if (this.#answer !== undefined) return;
    const part = typeof progress === "number" && progress >= 0 ? ` (${Math.round(progress * 100)} %)` : "";
    this.#line(event, "step", `${textOf(step)}${part}`);
  }

  /** Only what is new of the text, which is all of the answer so far. */
  #output(text: string): void {
    const known = this.#shown + this.#waiting;
    const fresh = newPart(known, text);
    if (fresh === undefined) {
      this.end();
      this.#shown = "";
      this.#waiting = text;
    } else this.#waiting += fresh;
    if (this.#options.streams === true) this.#flush();
  }

  #flush(): void {
    if (this.#waiting === "") return;
    this.#answer ??= new StreamedText(indented(this.#write));
    this.#answer.add(this.#waiting);
    // Of the end of it more than enough, and never more than there is of a text.
    this.#shown = (this.#shown + this.#waiting).slice(-TASK_OUTPUT_CHARS_MAX);
    this.#waiting = "";
  }

  #line({ at }: TaskEvent, word: string, text: string, more: readonly string[] = []): void {
    this.end();
    const time = styled(localTime(at, new Date()), "muted", this.#options);
    const name = styled(short(word).padEnd(WORD_COLUMNS), STYLES[word], this.#options);
    const lines = [`${time} ${name} ${short(text)}`.trimEnd(), ...more.map((one) => `${INDENT}${short(one)}`)];
    this.#write(`${lines.join("\n")}\n`);
  }
}

/** What the text has beyond the one before; undefined when it is another text. */
function newPart(before: string, text: string): string | undefined {
  if (text.startsWith(before)) return text.slice(before.length);
  if (before.endsWith(text)) return "";
  // Of what is very long only the end comes.
  if (text.length < TASK_OUTPUT_CHARS_MAX / 2) return undefined;
  const tail = before.slice(-OVERLAP_CHARS);
  const place = text.lastIndexOf(tail);
  return place === -1 ? undefined : text.slice(place + tail.length);
}

/** Writes with spaces in front of each line. */
function indented(write: (text: string) => void): (text: string) => void {
  let isStart = true;
  return (text) => {
    const lines = text.split("\n").map((line, at) => (line !== "" && (at > 0 || isStart) ? INDENT + line : line));
    isStart = text.endsWith("\n");
    write(lines.join("\n"));
  };
}

function activityText({ kind, title, detail }: TaskEvent["payload"]): string {
  const [first, second] = [textOf(title), textOf(detail)];
  // "tool Tool read_log" says the same twice.
  if (first === "" || first.toLowerCase() === textOf(kind)) return second;
  return second === "" ? first : `${first}: ${second}`;
}

function questionLines({ options }: TaskEvent["payload"]): string[] {
  return Array.isArray(options) ? options.map((one, at) => `${at + 1}. ${textOf(one)}`) : [];
}

function draftText(draft: unknown): string {
  const { text } = (draft ?? {}) as { readonly text?: unknown };
  return typeof text === "string" ? text : (JSON.stringify(draft) ?? "");
}

function artifactLines(artifacts: unknown): string[] {
  const paths = (Array.isArray(artifacts) ? artifacts : []).map((one) =>
    textOf((one as { host_path?: unknown }).host_path),
  );
  return paths.filter((path) => path !== "").map((path) => `file ${path}`);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** On one line, with nothing in it that a screen would not show as it is. */
function short(text: string): string {
  const line = showHidden(text.slice(0, 4 * LINE_CHARS_MAX)).replaceAll(/\s+/g, " ");
  return line.length > LINE_CHARS_MAX ? `${line.slice(0, LINE_CHARS_MAX - 1).toWellFormed()}…` : line;
}

/** As a clock on the wall shows it; with the day where it is another. */
export function localTime(at: string, now: Date): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "--:--:--";
  const two = (number: number) => String(number).padStart(2, "0");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}
