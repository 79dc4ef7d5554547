// The runners that set-up built.

import { join } from "node:path";

const NATIVE = join(import.meta.dirname, "../../build/native");

export const RUNNER_PATH = join(NATIVE, "osprey-runner");
/** The one that counts what plugins get wrong. */
export const CHECKED_RUNNER_PATH = join(NATIVE, "osprey-runner-checked");
