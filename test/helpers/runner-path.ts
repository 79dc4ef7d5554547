// The runner that set-up built.

import { join } from "node:path";

export const RUNNER_PATH = join(import.meta.dirname, "../../build/native/osprey-runner");
