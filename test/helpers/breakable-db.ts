// A control database that takes nothing while the test says so.

import { HostError } from "../../src/protocol/errors.ts";
import type { ControlDb } from "../../src/store/control-db.ts";

export function breakableDb() {
  const state = { isBroken: false, refused: 0 };
  const db = (real: ControlDb): ControlDb => ({
    ...real,
    get opened() {
      return real.opened;
    },
    get ownWrites() {
      return real.ownWrites;
    },
    together(work) {
      if (!state.isBroken) return real.together(work);
      state.refused++;
      return Promise.reject(new HostError("store_broken", "the disk is full"));
    },
  });
  return { state, db };
}
