// Builds the program for speed of start: one file for what every command needs, one chunk for each command.

import { defineConfig } from "rolldown";

export default defineConfig({
  input: { start: "src/commands/start.ts" },
  platform: "node",
  external: [/^node:/],
  output: {
    dir: "dist",
    // CommonJS starts faster: Node reads and compiles each chunk at once instead of linking a graph first.
    format: "cjs",
    cleanDir: true,
    entryFileNames: "[name].cjs",
    chunkFileNames: "[name]-[hash].cjs",
  },
});
