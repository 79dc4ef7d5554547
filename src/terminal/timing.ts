// How long a command took, for who asked with `-d`.

import { type Look, styled } from "./look.ts";
import type { Token } from "./themes/theme.ts";

const SECOND_MS = 1_000;
const QUICK_MS_MAX = 250;

interface Timing {
  readonly totalMs: number;
  /** Where the time went, in the order in which it did. */
  readonly parts?: readonly { readonly name: string; readonly ms: number }[];
}

/** `<1ms`, `12ms`, `1.25s`; from level 2 on `0.4ms` and `12.3ms`. */
export function formatDuration(ms: number, debugLevel: number): string {
  // Rounded first, so that 999.7 ms is a second and not a thousand milliseconds.
  const shownMs = debugLevel >= 2 ? Math.round(ms * 10) / 10 : Math.round(ms);
  if (shownMs >= SECOND_MS) return `${(ms / SECOND_MS).toFixed(2)}s`;
  if (debugLevel >= 2) return `${shownMs.toFixed(1)}ms`;
  return ms < 1 ? "<1ms" : `${shownMs}ms`;
}

/** One line for stderr, on a terminal at its right edge; from level 3 on with the parts. Nothing at level 0. */
export function timingFooter({ totalMs, parts = [] }: Timing, debugLevel: number, look: Look): string {
  if (debugLevel <= 0) return "";
  const total = formatDuration(totalMs, debugLevel);
  const named =
    debugLevel >= 3 ? parts.map(({ name, ms }) => ` ${name} ${formatDuration(ms, debugLevel)}`).join("") : "";
  const space = Math.max(0, (look.columns ?? 0) - total.length - named.length);
  return `${" ".repeat(space)}${styled(total, styleOf(totalMs), look)}${styled(named, "muted", look)}\n`;
}

function styleOf(ms: number): Token {
  if (ms <= QUICK_MS_MAX) return "success";
  return ms <= SECOND_MS ? "warning" : "error";
}
