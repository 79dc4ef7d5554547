// The rows of one trace on an axis of time: when each began, how long it took, and which one it happened in. The rows do not say the
// last; it follows from their times, and from what can call what.

export interface TracedRow {
  readonly id: number;
  readonly time: string;
  readonly duration_ms: number;
  readonly kind: string;
  readonly plugin_id: string | null;
}

export interface Bar<R extends TracedRow> {
  readonly row: R;
  /** How many others it happened in. */
  readonly depth: number;
  /** After the first row began. */
  readonly startMs: number;
  /** Parts of the whole axis. */
  readonly left: number;
  readonly width: number;
}

export interface Waterfall<R extends TracedRow> {
  readonly bars: readonly Bar<R>[];
  readonly totalMs: number;
}

/** What happens in what, where the times leave it open. */
const RANK: Readonly<Record<string, number>> = {
  inference: 0,
  route: 0,
  event: 0,
  config: 0,
  tool: 1,
  host: 2,
  log: 3,
};
/** A row says when it began in whole milliseconds. */
const SLACK_MS = 1;

interface Span<R> {
  readonly row: R;
  readonly startMs: number;
  readonly endMs: number;
  readonly rank: number;
}

interface Node<R> extends Span<R> {
  readonly children: Node<R>[];
}

export function waterfall<R extends TracedRow>(rows: readonly R[]): Waterfall<R> {
  const spans = rows.map(spanOf).sort(outerFirst);
  const from = spans[0]?.startMs ?? 0;
  const totalMs = spans.reduce((most, { endMs }) => Math.max(most, endMs - from), 0);
  const bars: Bar<R>[] = [];
  const add = ({ row, startMs, endMs, children }: Node<R>, depth: number): void => {
    const part = (ms: number) => (totalMs === 0 ? 0 : ms / totalMs);
    bars.push({ row, depth, startMs: startMs - from, left: part(startMs - from), width: part(endMs - startMs) });
    for (const child of children) add(child, depth + 1);
  };
  for (const root of nested(spans)) add(root, 0);
  return { bars, totalMs };
}

function spanOf<R extends TracedRow>(row: R): Span<R> {
  const startMs = Date.parse(row.time);
  return { row, startMs, endMs: startMs + row.duration_ms, rank: RANK[row.kind] ?? RANK["host"]! };
}

function outerFirst<R extends TracedRow>(a: Span<R>, b: Span<R>): number {
  return a.startMs - b.startMs || a.rank - b.rank || b.endMs - a.endMs || a.row.id - b.row.id;
}

/** Each span below the shortest one that it fits into. */
function nested<R extends TracedRow>(spans: readonly Span<R>[]): Node<R>[] {
  const roots: Node<R>[] = [];
  const nodes: Node<R>[] = [];
  for (const span of spans) {
    const node = { ...span, children: [] };
    const outer = nodes.filter((other) => holds(other, span));
    // A plugin's own call is the one that it asks in.
    const own = outer.filter(({ row }) => row.plugin_id === span.row.plugin_id);
    const parent = shortest(own.length > 0 && span.rank > RANK["tool"]! ? own : outer);
    (parent?.children ?? roots).push(node);
    nodes.push(node);
  }
  return roots;
}

function holds<R extends TracedRow>(outer: Node<R>, inner: Span<R>): boolean {
  const fits = outer.startMs <= inner.startMs + SLACK_MS && outer.endMs + SLACK_MS >= inner.endMs;
  const isLonger = outer.endMs - outer.startMs > inner.endMs - inner.startMs;
  // Lines of logs have no length, so that nothing happens in them.
  return fits && outer.rank < RANK["log"]! && (isLonger || outer.rank < inner.rank);
}

function shortest<R>(nodes: readonly Node<R>[]): Node<R> | undefined {
  let found: Node<R> | undefined;
  for (const node of nodes) {
    if (found === undefined || node.endMs - node.startMs <= found.endMs - found.startMs) found = node;
  }
  return found;
}
