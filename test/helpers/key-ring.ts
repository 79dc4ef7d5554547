// Data keys that can be changed and lost at will, and what else is needed to open the databases of plugins without the rest
// of a host; in the processes that tests start, too.

import { hkdfSync } from "node:crypto";
import { join } from "node:path";
import type { DataKey } from "../../src/store/data-keys.ts";

export const DATABASE_PROGRAM = join(import.meta.dirname, "../../build/native/osprey-database");
/** The plugin that tests speak for when they name none. */
export const PLACE = "test.stores";

/** Keys by their ids; the first is the current one until it is told otherwise. */
export class KeyRing {
  readonly #known = new Map<string, DataKey>();
  #current: DataKey | undefined;

  constructor(...ids: string[]) {
    for (const id of ids) this.add(id);
    this.#current = this.#known.get(ids[0] ?? "");
  }

  add(id: string): void {
    const derive = (use: string) => Buffer.from(hkdfSync("sha256", id, "", use, 32));
    this.#known.set(id, { id, derive });
  }

  use(id: string): void {
    this.add(id);
    this.#current = this.#known.get(id);
  }

  lose(id: string): void {
    this.#known.delete(id);
  }

  ids(): string[] {
    return [...this.#known.keys()];
  }

  async current(): Promise<DataKey | undefined> {
    return this.#current;
  }

  async ensure(): Promise<DataKey> {
    if (this.#current === undefined) this.use("made");
    return this.#current!;
  }

  async byId(id: string): Promise<DataKey | undefined> {
    return this.#known.get(id);
  }
}
