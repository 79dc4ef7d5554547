// What came of testing a provider: each check with its result.

import { Alert, List, Text } from "@mantine/core";
import type { UseMutationResult } from "@tanstack/react-query";
import { CircleCheck, CircleX } from "lucide-react";
import type { ApiError } from "../api/api-error.ts";
import type { Answer, Input } from "../api/ask.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";

type Path = "POST /providers/{name}/test";
type Check = Answer<Path>["checks"][number];

const NAMES: Readonly<Record<Check["check"], string>> = {
  models: "List of models",
  chat: "Chat",
  embedding: "Vectors",
};

export function ProviderChecks({ test }: { readonly test: UseMutationResult<Answer<Path>, ApiError, Input<Path>> }) {
  const { data, error } = test;
  return (
    <div aria-live="polite">
      {error !== null && <ErrorNotice error={error} />}
      {data !== undefined && (
        <Alert
          mt="sm"
          variant="default"
          color={data.ok ? "teal" : "red"}
          title={data.ok ? "It works" : "It does not work"}
        >
          <List size="sm" spacing={4} listStyleType="none" withPadding={false}>
            {data.checks.map(({ check, ok, detail }) => (
              <List.Item
                key={check}
                icon={ok ? <CircleCheck size={16} aria-hidden /> : <CircleX size={16} aria-hidden />}
              >
                <Text size="sm" span className="plugin-text">
                  {`${NAMES[check]} ${ok ? "works" : "fails"}: ${plainText(detail)}`}
                </Text>
              </List.Item>
            ))}
            {data.checks.length === 0 && <List.Item>There was nothing to check.</List.Item>}
          </List>
        </Alert>
      )}
    </div>
  );
}
