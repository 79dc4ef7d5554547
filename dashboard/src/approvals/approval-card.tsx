// One question as people answer it, wherever it is shown: a call that waits, or a tool whose definition changed.

import { useEffect } from "react";
import type { Answer } from "../api/ask.ts";
import { CallCard } from "./call-card.tsx";
import { DefinitionCard } from "./definition-card.tsx";
import { noteSeen } from "./seen-questions.ts";

export type Approval = Answer<"GET /approvals">["approvals"][number];

/** @param level of the heading, below that of whatever shows it. */
export function ApprovalCard({ approval, level = 3 }: { readonly approval: Approval; readonly level?: 2 | 3 }) {
  useEffect(() => noteSeen(approval.id), [approval.id]);
  return approval.kind === "call" ? <CallCard call={approval} level={level} /> : <DefinitionCard change={approval} />;
}
