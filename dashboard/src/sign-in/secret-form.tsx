// One field that signs in, with what is wrong with it beside it.

import { Button, Group, PasswordInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useRef, useState } from "react";
import { toApiError } from "../api/api-error.ts";
import { signIn } from "../api/query-client.ts";

interface SecretFormProps {
  readonly member: "code" | "key";
  readonly label: string;
  readonly description: ReactNode;
  /** What of the text is sent. */
  read(text: string): string;
}

export function SecretForm({ member, label, description, read }: SecretFormProps) {
  const field = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string>();
  const [isAsking, setAsking] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const text = read(field.current?.value ?? "");
    setAsking(true);
    try {
      await signIn({ [member]: text });
    } catch (error) {
      const { message, hint } = toApiError(error, "signing in failed");
      setProblem(hint === undefined ? message : `${message}; ${hint}`);
      setAsking(false);
      field.current?.focus();
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <PasswordInput
        ref={field}
        label={label}
        description={description}
        error={problem}
        aria-invalid={problem !== undefined}
        errorProps={{ role: "alert" }}
        onChange={() => setProblem(undefined)}
        visibilityToggleButtonProps={{ "aria-label": `Show the ${member}` }}
        autoComplete="off"
        spellCheck={false}
        required
        withAsterisk={false}
      />
      <Group justify="flex-end" mt="sm">
        <Button type="submit" loading={isAsking}>
          {member === "code" ? "Sign in with the code" : "Sign in with the key"}
        </Button>
      </Group>
    </form>
  );
}
