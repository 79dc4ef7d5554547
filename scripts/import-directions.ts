// Imports in src/ point one way. This table says which; a cycle of files is refused as well.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

const MIDDLE = ["tools", "agents", "tasks", "host-api", "insights", "plugins/process", "plugins/native"] as const;

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  base: ["protocol"],
  config: ["base", "protocol"],
  store: ["config", "base", "protocol"],
  projects: ["base", "protocol"],
  "plugins/process": ["config", "base", "protocol"],
  "plugins/native": ["projects", "store", "base", "protocol"],
  "host-api": ["store", "base", "protocol"],
  insights: ["store", "base", "protocol"],
  tools: ["store", "base", "protocol"],
  agents: ["tools", "store", "base", "protocol"],
  tasks: ["agents", "tools", "store", "base", "protocol"],
  host: [...MIDDLE, "projects", "store", "config", "base", "protocol"],
  server: ["host", "agents", "tasks", "tools", "base", "protocol"],
  client: ["base", "protocol"],
  // What authors of plugins use: the test kit runs plugins in a real host, the workshop makes, builds and reloads them.
  testkit: ["server", "host", ...MIDDLE, "projects", "store", "base", "protocol"],
  workshop: ["testkit", "host", "plugins/process", "plugins/native", "projects", "config", "base", "protocol"],
  terminal: ["base", "protocol"],
  commands: ["workshop", "terminal", "client", "server", "host", "projects", "config", "base", "protocol"],
};

/** Everything wrong with the imports below `src`, a line each. Tests may import what they like. */
export function findImportProblems(src: string): string[] {
  const files = sourceFiles(src);
  const imports = new Map(files.map((file) => [file, importsOf(file)]));
  return [...directionProblems(src, imports), ...cycles(src, imports)];
}

/** The dashboard runs in a browser: of `src` it takes what crosses a line, and nothing of the host. */
export function findDashboardProblems(folder: string): string[] {
  const protocol = join(folder, "../../src/protocol");
  const isAllowed = (target: string) => target.startsWith(folder + sep) || target.startsWith(protocol + sep);
  return sourceFiles(folder).flatMap((file) =>
    importsOf(file)
      .filter(({ target }) => !isAllowed(target))
      .map(({ target }) => `${relative(folder, file)} must not import ${relative(folder, target)}: only src/protocol`),
  );
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /(?<!\.test)\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The project's own files that a file imports, dynamic imports included; each with whether it is for types only. */
function importsOf(file: string): { target: string; typeOnly: boolean }[] {
  const text = readFileSync(file, "utf8");
  const found = text.matchAll(
    /(?:^|\n)\s*(import|export)(\s+type)?\s[^"';]*?from\s+"(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/g,
  );
  return [...found].map((match) => ({
    target: join(dirname(file), match[3] ?? match[4]!),
    typeOnly: match[2] !== undefined,
  }));
}

type Imports = ReadonlyMap<string, readonly { target: string; typeOnly: boolean }[]>;

function directionProblems(src: string, imports: Imports): string[] {
  const problems: string[] = [];
  for (const [file, targets] of imports) {
    const from = layerOf(src, file);
    const allowed = MAY_IMPORT[from];
    if (!allowed)
      problems.push(`${relative(src, file)}: the folder "${from}" is not in the table of import directions`);
    for (const { target } of targets) {
      const to = layerOf(src, target);
      if (to !== from && !allowed?.includes(to)) {
        problems.push(`${relative(src, file)} imports ${relative(src, target)}: "${from}" may not import "${to}"`);
      }
    }
  }
  return problems;
}

function layerOf(src: string, file: string): string {
  const [first = "", second = ""] = relative(src, file).split(sep);
  return first === "plugins" ? `${first}/${second}` : first;
}

/** One line for each file that reaches itself through imports that are not for types only. */
function cycles(src: string, imports: Imports): string[] {
  const problems = new Set<string>();
  for (const start of imports.keys()) {
    const queue: string[][] = [[start]];
    const seen = new Set<string>();
    for (let path = queue.shift(); path; path = queue.shift()) {
      for (const { target, typeOnly } of imports.get(path.at(-1)!) ?? []) {
        if (typeOnly) continue;
        if (target === start) {
          const names = path.map((file) => relative(src, file));
          const first = names.indexOf([...names].sort()[0]!);
          problems.add(`a cycle of imports: ${[...names.slice(first), ...names.slice(0, first)].join(" → ")}`);
        } else if (!seen.has(target)) {
          seen.add(target);
          queue.push([...path, target]);
        }
      }
    }
  }
  return [...problems];
}
