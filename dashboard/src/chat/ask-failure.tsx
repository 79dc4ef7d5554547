// Why nobody answers, with the place where that can be mended.

import { Anchor, Text } from "@mantine/core";
import { Link } from "react-router";
import { ApiError } from "../api/api-error.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import type { Run } from "./run-turns.ts";

/** What the settings of models can mend. */
const OF_MODELS: ReadonlySet<string> = new Set([
  "model_provider_missing",
  "model_unknown",
  "inference_unauthorized",
  "inference_unreachable",
]);

interface AskFailureProps {
  readonly error: ApiError | NonNullable<Run["error"]>;
  retry?(): void;
}

export function AskFailure({ error, retry }: AskFailureProps) {
  const shown = error instanceof ApiError ? error : new ApiError(error.code, error.message, { hint: error.hint });
  return (
    <>
      <ErrorNotice error={shown} {...(retry === undefined ? {} : { retry })} />
      {OF_MODELS.has(error.code) && (
        <Text size="sm" mb="md">
          <Anchor component={Link} to="/ui/settings/models" underline="always">
            Settings, Models
          </Anchor>{" "}
          is where models come from.
        </Text>
      )}
    </>
  );
}
