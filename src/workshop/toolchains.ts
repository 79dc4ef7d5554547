// The programs that projects are built and tested with: which of them this machine does not have, and how to get each here.

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A program that is not on the search path, and what to run (or read) to have it. */
export interface MissingTool {
  readonly program: string;
  readonly install: string;
}

interface Sources {
  /** Names of packages: of Debian and its like, of Fedora and its like, of Homebrew. */
  readonly apt?: string;
  readonly dnf?: string;
  readonly brew?: string;
  /** On macOS, what Apple ships itself. */
  readonly xcode?: true;
  /** Where its makers offer it, for everybody else. */
  readonly site: string;
}

const TOOLS = {
  cc: { apt: "gcc", dnf: "gcc", xcode: true, site: "https://gcc.gnu.org/install/" },
  "c++": { apt: "g++", dnf: "gcc-c++", xcode: true, site: "https://gcc.gnu.org/install/" },
  make: { apt: "make", dnf: "make", xcode: true, site: "https://www.gnu.org/software/make/" },
  cargo: { apt: "cargo", dnf: "cargo", brew: "rust", site: "https://rustup.rs" },
  go: { apt: "golang-go", dnf: "golang", brew: "go", site: "https://go.dev/dl/" },
  // Neither is a package of every Debian that is in use.
  swift: { dnf: "swift-lang", xcode: true, site: "https://www.swift.org/install/" },
  zig: { dnf: "zig", brew: "zig", site: "https://ziglang.org/download/" },
  node: { apt: "nodejs", dnf: "nodejs", brew: "node", site: "https://nodejs.org" },
  npm: { apt: "npm", dnf: "nodejs-npm", brew: "node", site: "https://nodejs.org" },
  python3: { apt: "python3", dnf: "python3", brew: "python", site: "https://www.python.org/downloads/" },
  bash: { apt: "bash", dnf: "bash", brew: "bash", site: "https://www.gnu.org/software/bash/" },
} satisfies Record<string, Sources>;

export type ToolName = keyof typeof TOOLS;

export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(TOOLS, name);
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Those of the programs that are not on the search path, in the order given. */
export function missingTools(
  programs: readonly string[],
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): MissingTool[] {
  return programs
    .filter((program) => !isOnPath(program, env))
    .map((program) => ({ program, install: wayToInstall(program, env, platform) }));
}

/** For people: `cargo ("sudo apt-get install cargo")`. */
export function missingToolText({ program, install }: MissingTool): string {
  return install.startsWith("https://") ? `${program} (from ${install})` : `${program} ("${install}")`;
}

function wayToInstall(program: string, env: Environment, platform: NodeJS.Platform): string {
  if (!isToolName(program)) return `install ${program}`;
  const { apt, dnf, brew, xcode, site }: Sources = TOOLS[program];
  if (platform === "darwin") {
    if (xcode) return "xcode-select --install";
    return brew !== undefined && isOnPath("brew", env) ? `brew install ${brew}` : site;
  }
  if (apt !== undefined && isOnPath("apt-get", env)) return `sudo apt-get install ${apt}`;
  if (dnf !== undefined && isOnPath("dnf", env)) return `sudo dnf install ${dnf}`;
  return site;
}

/** Whether a shell would find it. A folder of that name, or a file that nobody may run, is passed over. */
function isOnPath(program: string, env: Environment): boolean {
  return (env["PATH"] ?? "").split(delimiter).some((folder) => folder !== "" && mayRun(join(folder, program)));
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
