// What is missing in what a plugin says of its tools. A host runs such tools all the same; models use them badly.

import type { Manifest } from "../protocol/manifest.ts";
import { prepareCheck } from "../tools/argument-check.ts";

export interface ToolFinding {
  readonly tool: string;
  readonly problem: string;
}

export interface ToolFindings {
  readonly descriptions: readonly ToolFinding[];
  readonly schemas: readonly ToolFinding[];
}

export async function checkTools({ capabilities }: Pick<Manifest, "capabilities">): Promise<ToolFindings> {
  const descriptions: ToolFinding[] = [];
  const schemas: ToolFinding[] = [];
  for (const tool of capabilities.tools ?? []) {
    if ((tool.description ?? "").trim() === "") descriptions.push({ tool: tool.id, problem: "has no description" });
    if (tool.parameters == null) schemas.push({ tool: tool.id, problem: "does not say what arguments it takes" });
    else {
      const { problem } = await prepareCheck(tool);
      if (problem !== undefined) schemas.push({ tool: tool.id, problem: `its schema cannot be used: ${problem}` });
    }
  }
  return { descriptions, schemas };
}
