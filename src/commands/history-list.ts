// `osp history list`: the lines that were typed in the interactive shell, as they are kept.

import { now } from "../base/now.ts";
import { JsonNumber } from "../base/ordered-json.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { parseSince } from "../protocol/insights-query.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { keptLines } from "./history-lines.ts";
import { rowOf, showRows } from "./show-rows.ts";

const LINES_SHOWN = 20;

export const historyList: Command = {
  usage: "[--limit N] [--since T] [--until T]",
  about: `Lists the newest ${LINES_SHOWN} lines, oldest first. "!17" in the shell calls the line with that number.`,
  positionals: { min: 0, max: 0 },
  options: {
    limit: { type: "string", short: "n", value: "N", about: "the newest N lines" },
    since: { type: "string", value: "T", about: "only lines since then: 90s, 15m, 1h, 2d ago, or an ISO time" },
    until: { type: "string", value: "T", about: "only lines before then, written in the same ways" },
  },
  async run(input) {
    const settings = await input.settings();
    const limit = wholeNumber(input, "limit") ?? LINES_SHOWN;
    const since = time(input, "since") ?? 0;
    const until = time(input, "until") ?? Number.POSITIVE_INFINITY;
    const { lines } = await keptLines(input);
    const found = lines.filter(({ timestamp_ms: at }) => at >= since && at < until);
    const text = settings.json ? (one: string) => one : showHidden;
    const rows = found.slice(Math.max(0, found.length - limit)).map(({ id, command_line, timestamp_ms }) =>
      rowOf({
        id: new JsonNumber(String(id)),
        command: text(command_line),
        timestamp_ms: new JsonNumber(String(timestamp_ms)),
      }),
    );
    await showRows(input, settings, rows, { columns: ["id", "command"], empty: "no lines are kept" });
    return EXIT.done;
  },
};

function wholeNumber(input: CommandInput, name: string): number | undefined {
  const text = textOption(input, name);
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new HostError("usage_invalid", `--${name} takes a whole number, not "${text}"`);
}

function time(input: CommandInput, name: string): number | undefined {
  const text = textOption(input, name);
  if (text === undefined) return undefined;
  const at = parseSince(text, now());
  if (at !== undefined) return at;
  throw new HostError("usage_invalid", `--${name} takes 90s, 15m, 1h, 2d or an ISO time, not "${text}"`);
}
