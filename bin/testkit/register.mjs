// Loaded before the tests of a plugin's project, by "osaurus tools test": there, "osprey/testkit" is the one that belongs to
// the program which runs them, whether the project has installed one or not.

import { registerHooks } from "node:module";
import { isMainThread } from "node:worker_threads";
import { endWithRunner } from "./end-with-starter.mjs";

const testkit = process.env.OSPREY_TESTKIT;

if (testkit !== undefined) {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === "osprey/testkit") return { url: testkit, shortCircuit: true };
      return next(specifier, context);
    },
  });
}

// A thread goes with its process.
if (isMainThread) endWithRunner();
