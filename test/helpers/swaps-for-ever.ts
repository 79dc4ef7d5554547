// Puts things in each other's place until it is ended: `swaps-for-ever.ts PLACE ONE OTHER`. PLACE is taken by ONE and by
// OTHER in turns, by renaming, as fast as that goes.

import { renameSync } from "node:fs";

const [place, one, other] = process.argv.slice(2) as [string, string, string];

renameSync(one, place);
process.stdout.write("swapping\n");
// As long as there is somebody who reads of it.
process.stdin.on("end", () => process.exit()).resume();
swapSome();

function swapSome(): void {
  for (let round = 0; round < 100; round++) {
    renameSync(place, one);
    renameSync(other, place);
    renameSync(place, other);
    renameSync(one, place);
  }
  setImmediate(swapSome);
}
