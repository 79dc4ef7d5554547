// What a command asks for, in the few words that a list of commands has room for.

import type { DescribedCommand } from "../../protocol/process-plugin.ts";

type Auth = NonNullable<DescribedCommand["auth"]>;

/** The parts that apply, joined by "; "; empty for a command that asks for nothing. */
export function accessHint(auth: Auth | null): string {
  if (auth === null) return "";
  const visible = sessionText(auth.visible_session);
  const run = sessionText(auth.run_session);
  const parts = [
    visibilityText(auth),
    counted("feature", auth.feature_flags),
    visible && `show: ${visible}`,
    run && `run: ${run}`,
  ];
  return parts.filter((part) => part !== "").join("; ");
}

function visibilityText({ visibility, required_capabilities: capabilities }: Auth): string {
  if (visibility === "public") return "";
  if (visibility === "hidden") return "hidden";
  return visibility === "authenticated" ? "auth" : counted("cap", capabilities) || "cap";
}

function counted(what: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  return names.length === 1 ? `${what}: ${names[0]}` : `${what}s: ${names.length}`;
}

function sessionText(session: Auth["visible_session"]): string {
  if (session === null) return "";
  const { auth_strength: strength, credentials } = session;
  return [...(strength === null ? [] : [`auth: ${strength}`]), ...credentials.map(credentialText)].join(", ");
}

function credentialText({
  state,
  service,
  min_ttl_seconds: ttl,
}: NonNullable<Auth["run_session"]>["credentials"][number]) {
  if (state === "present") return `token: ${service}`;
  return `token: ${service} ${state}${state === "fresh" && ttl !== null ? `(${ttl}s)` : ""}`;
}
