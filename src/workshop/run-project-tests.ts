// `osaurus tools test`: everything that is tested of one project, in order.

import { existsSync } from "node:fs";
import type { Project } from "../projects/project.ts";
import { HostError } from "../protocol/errors.ts";
import type { HostVersion } from "../testkit/api.ts";
import type { ProjectTestReport } from "./project-test-report.ts";
import { readTestFiles } from "./test-files.ts";

export interface ProjectTestOptions {
  readonly project: Project;
  readonly hostMin: HostVersion;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** The project is built by now. Throws `library_unknown` when it is not, `test_invalid`, `interrupted`. */
export async function runProjectTests({
  project,
  hostMin,
  env,
  signal,
}: ProjectTestOptions): Promise<ProjectTestReport> {
  const { folder, kind, output, pluginId } = project;
  // Mistakes in tests are told before anything runs.
  const { json, node } = readTestFiles(folder, kind);
  if (!existsSync(output)) {
    throw new HostError("library_unknown", `the build made no ${output}`, {
      hint: 'look at "dev" in the project file: "build" has to make what "library" or "executable" names',
    });
  }
  const found =
    kind === "native"
      ? await (await import("./run-native-tests.ts")).runNativeTests({ project, files: json, hostMin, signal })
      : await (await import("./run-process-tests.ts")).runProcessTests({ project, files: json, signal });
  const { runNodeTests } = await import("./run-node-tests.ts");
  const programs = await runNodeTests({ folder, files: node, env, signal });
  return { pluginId, ...found, tests: [...found.tests, ...programs] };
}
