// Measuring: how long one call takes, how many fit into a second, and what remains of several rounds.

/** Something that gives a text back, in whatever way. */
export interface Echoer {
  readonly name: string;
  readonly pid: number | undefined;
  echo(text: string): Promise<string>;
  /** The same without a promise, where that is its nature. */
  echoSync?(text: string): string;
  close(): Promise<void>;
}

export interface Spread {
  readonly p50: number;
  readonly p99: number;
}

export function percentile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return percentile(sorted, 0.5);
}

export function spreadOf(values: readonly number[] | Float64Array): Spread {
  const sorted = Float64Array.from(values).sort();
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}

/** What several rounds come to: the median of each figure. */
export function medianSpread(rounds: readonly Spread[]): Spread {
  return { p50: median(rounds.map((round) => round.p50)), p99: median(rounds.map((round) => round.p99)) };
}

/** The median of the rounds' own ratios: what disturbed a whole round cancels out. */
export function medianRatio(above: readonly number[], below: readonly number[]): number {
  return median(above.map((value, round) => value / below[round]!));
}

/** Runs each task once per round, one after the other, in a new order each round. */
export async function interleave<T>(
  rounds: number,
  tasks: Readonly<Record<string, () => Promise<T>>>,
): Promise<Record<string, T[]>> {
  const names = Object.keys(tasks);
  const results: Record<string, T[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]!;
      results[name]!.push(await tasks[name]!());
    }
  }
  return results;
}

/** Calls of one function that are too short for the clock are timed by the dozen. */
const SYNC_BATCH = 16;

/** One call in flight: microseconds for each. */
export async function oneInFlight(echoer: Echoer, text: string, calls: number): Promise<Spread> {
  const took = new Float64Array(calls);
  if (echoer.echoSync) {
    for (let i = 0; i < calls; i++) {
      const start = performance.now();
      for (let j = 0; j < SYNC_BATCH; j++) echoer.echoSync(text);
      took[i] = ((performance.now() - start) * 1000) / SYNC_BATCH;
    }
  } else {
    for (let i = 0; i < calls; i++) {
      const start = performance.now();
      await echoer.echo(text);
      took[i] = (performance.now() - start) * 1000;
    }
  }
  return spreadOf(took);
}

/** How many calls between two looks at the clock. */
const CALLS_PER_LOOK = 16;

/** So many calls in flight for some time: how many that makes in a second. */
export async function manyInFlight(echoer: Echoer, text: string, width: number, ms: number): Promise<number> {
  let done = 0;
  let isOver = false;
  const start = performance.now();
  const lane = async () => {
    while (!isOver) {
      await echoer.echo(text);
      if (++done % CALLS_PER_LOOK === 0 || width * 4 > done) isOver = performance.now() - start >= ms;
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return (done * 1000) / (performance.now() - start);
}

/** Lets compilers and caches settle. */
export async function warmUp(echoers: readonly Echoer[], text: string, calls: number): Promise<void> {
  for (const echoer of echoers) {
    if ((await echoer.echo(text)) !== text) throw new Error(`${echoer.name} does not echo`);
    await oneInFlight(echoer, text, calls);
  }
}

export async function closeAll(echoers: readonly Echoer[]): Promise<void> {
  for (const echoer of echoers) await echoer.close();
}
