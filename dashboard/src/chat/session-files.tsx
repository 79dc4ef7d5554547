// Files that were shared in a conversation. They are saved and never opened here: a model wrote them.

import { Anchor, Text, Title } from "@mantine/core";
import { addressOf } from "../api/ask.ts";
import { bytesText } from "../parts/bytes-text.ts";
import { plainText } from "../parts/plain-text.ts";
import classes from "./chat.module.css";
import type { Session } from "./run-turns.ts";

export function SessionFiles({ session: { id, artifacts } }: { readonly session: Pick<Session, "id" | "artifacts"> }) {
  if (artifacts.length === 0) return null;
  return (
    <section aria-label="Files" className={classes["notes"] ?? ""}>
      <Title order={2} size="h5">
        Files
      </Title>
      <ul className={classes["files"] ?? ""}>
        {artifacts.map(({ filename, size }) => (
          <li key={filename}>
            <Anchor
              size="sm"
              className="plugin-text"
              href={addressOf("GET /sessions/{session}/artifacts/{name}", { params: { session: id, name: filename } })}
              download
            >
              {plainText(filename)}
            </Anchor>
            <Text size="sm" component="span">{` ${bytesText(size)}`}</Text>
          </li>
        ))}
      </ul>
    </section>
  );
}
