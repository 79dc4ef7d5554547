// What became of an installation, where it did not end well: what happened, and going on without a signature, for those who want that.

import { Alert, Text } from "@mantine/core";
import { ShieldAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { ArmedButton } from "../../parts/armed-button.tsx";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { plainText } from "../../parts/plain-text.ts";
import type { Installation } from "./use-installation.ts";

export function InstallationNotice({ installation }: { readonly installation: Installation }) {
  const { step, notes, start } = installation;
  return (
    <div aria-live="polite">
      {notes.map((note) => (
        <Text key={note} size="sm" className="plugin-text" mb="xs">
          {plainText(note)}
        </Text>
      ))}
      {step.at === "failed" && <Failure installation={installation} step={step} start={start} />}
    </div>
  );
}

interface FailureProps {
  readonly installation: Installation;
  readonly step: Extract<Installation["step"], { at: "failed" }>;
  readonly start: Installation["start"];
}

/** Whoever asked for it goes on here. */
function Failure(props: FailureProps) {
  const box = useRef<HTMLDivElement>(null);
  const { error } = props.step;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each failure is another one
  useEffect(() => box.current?.focus(), [error]);
  return (
    <div ref={box} tabIndex={-1}>
      <FailureText {...props} />
    </div>
  );
}

function FailureText({ step: { error, wanted }, start }: FailureProps) {
  // Of a plugin that was signed the key is known: nobody can allow to do without.
  const isAboutInstalled = error.details["plugin"] !== undefined;
  const isPackage = wanted.kind === "package" || wanted.kind === "registry";
  const mayAllow = error.code === "unsigned_refused" && isPackage && !isAboutInstalled;
  if (!mayAllow || wanted.allowUnsigned) return <ErrorNotice error={error} />;
  return (
    <Alert
      color="orange"
      variant="outline"
      role="alert"
      icon={<ShieldAlert aria-hidden />}
      title="Nobody vouches for it"
      mb="md"
    >
      <Text size="sm" className="plugin-text" mb="xs">
        {plainText(error.message)}. Go on only if you trust where it comes from.
      </Text>
      <ArmedButton size="xs" variant="default" onClick={() => start({ ...wanted, allowUnsigned: true })}>
        Go on without a signature
      </ArmedButton>
    </Alert>
  );
}
