// What changed between two texts, line by line, as people read it.

/** One line: only in the old text, only in the new one, or in both. */
interface DiffLine {
  readonly kind: "-" | "+" | " ";
  readonly text: string;
}

/** Beyond this, lines are not compared with each other any more: old and new stand one after the other. */
const COMPARISONS_MAX = 4_000_000;

/** All lines of both texts, those that they share once. */
export function lineDiff(old: string, now: string): DiffLine[] {
  const [a, b] = [old.split("\n"), now.split("\n")];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const middle = middleDiff(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return [...lines(" ", a.slice(0, start)), ...middle, ...lines(" ", a.slice(a.length - end))];
}

/**
 * The diff as text: `- old`, `+ new`, and `around` lines that are the same before and behind each change. What is left out
 * between them is marked.
 */
export function diffText(diff: readonly DiffLine[], around = 2): string {
  const isShown = diff.map(() => false);
  for (const [index, { kind }] of diff.entries()) {
    if (kind === " ") continue;
    isShown.fill(true, Math.max(0, index - around), Math.min(diff.length, index + around + 1));
  }
  const shown: string[] = [];
  for (const [index, { kind, text }] of diff.entries()) {
    if (isShown[index]) shown.push(`${kind} ${text}`);
    else if (index === 0 || isShown[index - 1]) shown.push("  …");
  }
  return shown.join("\n");
}

/** By the longest common subsequence. */
function middleDiff(a: readonly string[], b: readonly string[]): DiffLine[] {
  if (a.length * b.length > COMPARISONS_MAX) return [...lines("-", a), ...lines("+", b)];
  const width = b.length + 1;
  // How many lines the rests from here on share.
  const shared = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      shared[at] = a[i] === b[j] ? shared[at + width + 1]! + 1 : Math.max(shared[at + width]!, shared[at + 1]!);
    }
  }
  const diff: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const at = i * width + j;
    if (i < a.length && j < b.length && a[i] === b[j]) {
      diff.push({ kind: " ", text: a[i++]! });
      j++;
    } else if (i < a.length && (j === b.length || shared[at + width]! >= shared[at + 1]!)) {
      diff.push({ kind: "-", text: a[i++]! });
    } else {
      diff.push({ kind: "+", text: b[j++]! });
    }
  }
  return diff;
}

function lines(kind: DiffLine["kind"], texts: readonly string[]): DiffLine[] {
  return texts.map((text) => ({ kind, text }));
}
