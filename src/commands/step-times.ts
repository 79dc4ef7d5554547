// Where the time of one command line goes: one step after the other, for `--debug` and for the benchmarks.

export interface StepTime {
  readonly name: string;
  readonly ms: number;
}

export class StepTimes {
  readonly #steps: StepTime[] = [];
  #last: number;

  /** @param startedAtMs on the clock of `performance.now()`; 0 is when the process began. */
  constructor(startedAtMs: number) {
    this.#last = startedAtMs;
  }

  /** Says that what happened since the last step was this one. Steps of one name are added up. */
  end(name: string): void {
    const now = performance.now();
    const ms = now - this.#last;
    this.#last = now;
    const at = this.#steps.findIndex((step) => step.name === name);
    if (at === -1) this.#steps.push({ name, ms });
    else this.#steps[at] = { name, ms: this.#steps[at]!.ms + ms };
  }

  get steps(): readonly StepTime[] {
    return this.#steps;
  }

  get totalMs(): number {
    return this.#steps.reduce((sum, { ms }) => sum + ms, 0);
  }
}
