// Adds a model provider. Its key goes to the host and never comes back.

import { Button, Checkbox, Group, PasswordInput, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChange } from "../api/use-change.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";

export interface ProviderStart {
  readonly name: string;
  readonly baseUrl: string;
}

interface AddProviderProps {
  /** What is filled in already. */
  readonly start: ProviderStart;
  done(): void;
}

type KeyPlace = "none" | "kept" | "variable";

const KEY_PLACES = [
  { value: "none", label: "No key" },
  { value: "kept", label: "Keep a key" },
  { value: "variable", label: "From a variable" },
];

export function AddProvider({ start, done }: AddProviderProps) {
  const [name, setName] = useState(start.name);
  const [baseUrl, setBaseUrl] = useState(start.baseUrl);
  const [model, setModel] = useState("");
  const [place, setPlace] = useState<KeyPlace>("none");
  const [key, setKey] = useState("");
  const [isInsecure, setInsecure] = useState(false);
  const add = useChange("POST /providers", {
    changes: ["providers", "models"],
    isFailureShown: true,
    done: ({ provider, problem }) =>
      problem === null
        ? `${provider.name} is added`
        : `${provider.name} is added, but which models it has could not be found out: ${plainText(problem.message)}`,
    onDone() {
      for (const clear of [setName, setBaseUrl, setModel, setKey]) clear("");
      setPlace("none");
      setInsecure(false);
      done();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = {
      name,
      ...(baseUrl === "" ? {} : { base_url: baseUrl }),
      ...(model === "" ? {} : { model }),
      ...(place === "kept" ? { api_key: key } : {}),
      ...(place === "variable" ? { api_key_env: key } : {}),
      ...(isInsecure ? { insecure: true } : {}),
    };
    // The key that was typed is kept nowhere in the page once the host has it.
    add.mutate({ body }, { onSuccess: () => add.reset() });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Group grow align="start">
          <TextInput
            label="Name"
            description="Needed: as it is to be called here"
            inputWrapperOrder={["label", "input", "description"]}
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label="Address"
            description="Empty for ollama, lm-studio, llama-cpp, vllm, jan"
            inputWrapperOrder={["label", "input", "description"]}
            placeholder="http://127.0.0.1:11434/v1"
            value={baseUrl}
            onChange={(event) => setBaseUrl(event.currentTarget.value)}
          />
        </Group>
        <TextInput
          label="Model"
          description="Empty: the first that it has"
          inputWrapperOrder={["label", "input", "description"]}
          value={model}
          onChange={(event) => setModel(event.currentTarget.value)}
        />
        <div>
          <Text size="sm" fw={500} id="key-place">
            API key
          </Text>
          <SegmentedControl
            aria-labelledby="key-place"
            data={KEY_PLACES}
            value={place}
            onChange={(value) => {
              setPlace(value as KeyPlace);
              setKey("");
            }}
          />
        </div>
        {place === "kept" && (
          <PasswordInput
            label="Key"
            description="Needed. It is kept encrypted, and never shown again."
            required
            autoComplete="off"
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
        )}
        {place === "variable" && (
          <TextInput
            label="Name of the variable"
            description="Needed. Of the host's environment; only the name is kept."
            required
            placeholder="OPENAI_API_KEY"
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
        )}
        {place !== "none" && (
          <Checkbox
            label="Let the key go to a public server without encryption"
            checked={isInsecure}
            onChange={(event) => setInsecure(event.currentTarget.checked)}
          />
        )}
        {add.error !== null && <ErrorNotice error={add.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={add.isPending}>
            Add provider
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
