// Files that a task shared. They are saved and never opened here: a model wrote them.

import { Anchor, Code, Text, Title } from "@mantine/core";
import { addressOf } from "../api/ask.ts";
import { bytesText } from "../parts/bytes-text.ts";
import { plainText } from "../parts/plain-text.ts";
import type { Task } from "./task-page.tsx";

export function TaskArtifacts({ task }: { readonly task: Task }) {
  if (task.artifacts.length === 0) return null;
  return (
    <section aria-label="Files">
      <Title order={2} size="h4" mb="xs">
        Files
      </Title>
      <ul style={{ margin: 0 }}>
        {task.artifacts.map(({ filename, mime_type, size, description, host_path }) => (
          <li key={host_path}>
            <Anchor
              className="plugin-text"
              href={addressOf("GET /tasks/{id}/artifacts/{name}", { params: { id: task.id, name: filename } })}
              download
            >
              {plainText(filename)}
            </Anchor>
            <Text size="sm" component="span" className="plugin-text">
              {` ${bytesText(size)} `}
              <Code>{plainText(mime_type)}</Code>
              {description === undefined ? "" : ` ${plainText(description)}`}
            </Text>
          </li>
        ))}
      </ul>
    </section>
  );
}
