// The values of one plugin that this process has seen, so that they can be taken out of what the plugin prints.

import { KNOWN_CHARS_MAX, KNOWN_VALUES_MAX } from "../protocol/limits.ts";

export const NO_VALUES: readonly string[] = [];

export class KnownValues {
  readonly #current = new Map<string, ReadonlyMap<string, string>>();
  readonly #others = new Set<string>();
  #chars = 0;
  #list: readonly string[] | undefined;

  /** All values of one agent as they are now. However many they are, none of them is dropped. */
  hold(agentId: string, values: ReadonlyMap<string, string>): void {
    const before = this.#current.get(agentId);
    if (before === values || (before === undefined && values.size === 0)) return;
    this.#current.set(agentId, values);
    this.#list = undefined;
    const now = new Set(values.values());
    for (const value of before?.values() ?? []) if (!now.has(value)) this.note(value);
  }

  /** One value that was read or is going to be written. */
  note(value: string): void {
    if (value === "") return;
    if (this.#others.delete(value)) {
      this.#others.add(value); // The newest one now.
      return;
    }
    this.#others.add(value);
    this.#chars += value.length;
    this.#list = undefined;
    for (const oldest of this.#others) {
      const isWithin = this.#others.size <= KNOWN_VALUES_MAX && this.#chars <= KNOWN_CHARS_MAX;
      if (isWithin || oldest === value) break;
      this.#others.delete(oldest);
      this.#chars -= oldest.length;
    }
  }

  /** Those of now first, then the newest ones; the same list as before while there is nothing new. */
  list(): readonly string[] {
    this.#list ??= [
      ...new Set([
        ...[...this.#current.values()].flatMap((values) => [...values.values()]),
        ...[...this.#others].reverse(),
      ]),
    ];
    return this.#list;
  }
}
