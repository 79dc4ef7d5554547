// Builds the program for speed of start: one file for what every command needs, one chunk for each command.

import { defineConfig } from "rolldown";

export default defineConfig({
  input: { start: "src/commands/start.ts" },
  platform: "node",
  external: [/^node:/],
  output: {
    dir: "dist",
    format: "esm",
    cleanDir: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
  },
});
