// Where the access key lies with which commands of the same user ask the host that serves the data folder. It is made anew
// at each start, so that one that is found later opens nothing.

import { join } from "node:path";
import type { Paths } from "./paths.ts";

export function localTokenPath({ data }: Pick<Paths, "data">): string {
  return join(data, "run", "token");
}
