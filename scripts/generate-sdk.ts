// Writes what is made from the shapes in src/protocol: mirrors of the plugin interface in the languages of the SDK, copies
// of the C header, and the reference in docs/reference. With --check it writes nothing, and fails with the name of each
// file that is not as it would be.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rustAbi } from "./generate/abi-rust.ts";
import { zigAbi } from "./generate/abi-zig.ts";
import { hostFunctionsPage, manifestPage, pluginFunctionsPage, processProtocolPage } from "./generate/reference.ts";
import { goSlots } from "./generate/slots-go.ts";

const ROOT = join(import.meta.dirname, "..");
const HEADER = "sdk/c/osaurus_plugin.h";

/** Path and text of each file. */
function generatedFiles(): ReadonlyMap<string, string> {
  const header = readFileSync(join(ROOT, HEADER), "utf8");
  return new Map([
    ["sdk/rust/src/abi.rs", rustAbi()],
    ["sdk/zig/src/abi.zig", zigAbi()],
    ["sdk/go/slots.go", goSlots()],
    ["docs/reference/host-functions.md", `${hostFunctionsPage()}\n`],
    ["docs/reference/plugin-functions.md", `${pluginFunctionsPage()}\n`],
    ["docs/reference/manifest.md", `${manifestPage()}\n`],
    ["docs/reference/process-protocol.md", `${processProtocolPage()}\n`],
    ...headerCopies().map((path) => [path, header] as const),
  ]);
}

/** Wherever a language of the SDK has a file of that name, but for what building left there. */
function headerCopies(): string[] {
  return readdirSync(join(ROOT, "sdk"), { recursive: true, encoding: "utf8" })
    .map((path) => join("sdk", path))
    .filter(
      (path) => path.endsWith("/osaurus_plugin.h") && path !== HEADER && !/\/(?:target|\.build|zig-out)\//.test(path),
    );
}

function differs(path: string, text: string): boolean {
  try {
    return readFileSync(join(ROOT, path), "utf8") !== text;
  } catch {
    return true;
  }
}

const isCheck = process.argv.includes("--check");
for (const [path, text] of generatedFiles()) {
  if (!differs(path, text)) continue;
  if (isCheck) {
    console.log(`${path} is not as src/protocol has it: run "node scripts/generate-sdk.ts"`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
  }
}
