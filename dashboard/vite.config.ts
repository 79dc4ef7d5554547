// Builds the dashboard into dashboard/dist. The host serves these files below /ui/, compressed as they lie there.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const OUT = join(import.meta.dirname, "dist");
/** What is worth compressing; smaller files are sent as they are. */
const COMPRESSED = /\.(?:js|css|html|svg)$/;
const COMPRESSED_BYTES_MIN = 1_024;

function compress(): Plugin {
  return {
    name: "compress",
    closeBundle() {
      for (const name of readdirSync(OUT, { recursive: true, encoding: "utf8" })) {
        if (!COMPRESSED.test(name)) continue;
        const bytes = readFileSync(join(OUT, name));
        if (bytes.length < COMPRESSED_BYTES_MIN) continue;
        writeFileSync(join(OUT, `${name}.gz`), gzipSync(bytes, { level: 9 }));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        writeFileSync(join(OUT, `${name}.br`), brotliCompressSync(bytes, { params }));
      }
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: "/ui/",
  plugins: [react(), compress()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    // Browsers that know light-dark(): what it is turned into for older ones does not see how Mantine sets the colours.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    // A page that names what it needs before it is asked for would load all pages at once.
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
