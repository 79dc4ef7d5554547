// The arguments of a call as text that somebody may change. What is right is the host's to say: its answer stands below the text,
// and the cursor goes where it points.

import { Loader, Text, Textarea } from "@mantine/core";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { type ApiError, toApiError } from "../api/api-error.ts";
import { ask } from "../api/ask.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { indentJson } from "../parts/indent-json.ts";
import { plainText } from "../parts/plain-text.ts";
import { placeOfField } from "./place-of-field.ts";

interface ArgumentsEditorProps {
  /** Of the approval. */
  readonly id: string;
  /** Null until the whole arguments are there. */
  readonly value: string | null;
  onChange(text: string): void;
  /** What the host says against them. */
  readonly error: ApiError | null;
}

export function ArgumentsEditor({ id, value, onChange, error }: ArgumentsEditorProps) {
  const box = useRef<HTMLTextAreaElement>(null);
  /** Null: too long to be changed. */
  const [given, setGiven] = useState<string | null>();
  const [failure, setFailure] = useState<ApiError>();
  const begin = useEffectEvent((text: string | null) => {
    setGiven(text);
    if (text !== null) onChange(indentJson(text));
  });
  // Once: whatever else changes on the host, somebody types in it.
  useEffect(() => {
    const left = new AbortController();
    ask("GET /approvals/{id}/arguments", { params: { id } }, left.signal).then(
      (whole) => begin(whole.arguments),
      (thrown: unknown) => left.signal.aborted || setFailure(toApiError(thrown, "the arguments did not come")),
    );
    return () => left.abort();
  }, [id]);
  // Whoever asked for it types in it next.
  useEffect(() => {
    if (typeof given === "string") box.current?.focus();
  }, [given]);
  useEffect(() => {
    if (error === null || box.current === null) return;
    const place = placeOfField(box.current.value, String(error.details["field"] ?? ""));
    box.current.focus();
    if (place !== undefined) box.current.setSelectionRange(place.from, place.to);
  }, [error]);
  if (failure !== undefined) return <ErrorNotice error={failure} />;
  if (given === undefined) return <Loader size="sm" aria-label="Loading the arguments" />;
  if (given === null) {
    return (
      <Text size="sm">These arguments are too long to be changed. The call can be allowed or denied as it is.</Text>
    );
  }
  return (
    <Textarea
      ref={box}
      label="Arguments"
      description="JSON. The tool gets what stands here, for this call only."
      value={value ?? ""}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      error={error === null ? undefined : <span className="plugin-text">{plainText(error.message)}</span>}
      autosize
      minRows={3}
      maxRows={16}
      spellCheck={false}
      autoCapitalize="off"
      autoCorrect="off"
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
    />
  );
}
