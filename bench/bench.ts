// What a section of the benchmarks is, and the lines that it reports.

/** How far a ratio or a figure may go. */
export interface Target {
  readonly of: "ratio" | "value";
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Row {
  readonly metric: string;
  readonly value: number;
  readonly unit: Unit;
  /** What it is compared with in the same run. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** Of our figure and the peer's; which one is above the line depends on the metric: larger says more. */
  readonly ratio?: number;
  readonly target?: Target;
}

export type Placement = "pinned" | "free";

export type Unit = "µs" | "ms" | "/s" | "kB" | "MB" | "";

export interface Bench {
  /** Fewer rounds: for a glance, not for a verdict. */
  readonly quick: boolean;
  /** Whether host and plugin share one processor. Where nothing can be pinned, this says what was wanted. */
  readonly placement: Placement;
  report(row: Row): void;
}

/** One run of a section in a process of its own, pinned to one processor or left to the scheduler. */
export interface Section {
  readonly name: string;
  readonly placement: Placement;
  run(bench: Bench): Promise<void>;
}
