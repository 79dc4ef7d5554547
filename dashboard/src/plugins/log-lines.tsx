// Lines of a log. What a plugin printed is text: escapes that would colour a terminal are shown as what they are.

import { Badge, Box, Group, Text } from "@mantine/core";
import { useLayoutEffect, useRef } from "react";
import { levelOf } from "../../../src/protocol/log-levels.ts";
import { JsonText } from "../parts/json-text.tsx";
import { plainText } from "../parts/plain-text.ts";
import classes from "./log-lines.module.css";
import type { LogLine } from "./use-live-log.ts";

interface LogLinesProps {
  readonly lines: readonly LogLine[];
  /** Reports of crashes alone, the newest first, each of them unfolded; otherwise the end of the log is in sight. */
  readonly isOfCrashes?: boolean;
  /** The end stays in sight, unless its reader went elsewhere. */
  readonly isLive?: boolean;
}

const COLORS: Readonly<Record<string, string>> = { warn: "orange", error: "red" };
/** From the end, within which whoever reads is taken to follow it. */
const END_PX = 40;

export function LogLines({ lines, isOfCrashes = false, isLive = false }: LogLinesProps) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(!isOfCrashes);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end is elsewhere after each change of the lines
  useLayoutEffect(() => {
    if (box.current !== null && follows.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <Box
      ref={box}
      component="section"
      className={classes["box"] ?? ""}
      tabIndex={0}
      aria-label="Log"
      aria-live={isLive ? "polite" : "off"}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        if (!isOfCrashes) follows.current = scrollHeight - scrollTop - clientHeight < END_PX;
      }}
    >
      <ol className={classes["lines"] ?? ""}>
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no names of their own
          <li key={`${line.time}\n${index}`}>
            <Line line={line} isOpen={isOfCrashes} />
          </li>
        ))}
      </ol>
    </Box>
  );
}

function Line({ line, isOpen }: { readonly line: LogLine; readonly isOpen: boolean }) {
  const { time, kind, text, stream, payload } = line;
  const level = levelOf(line);
  const word = kind === "crash" ? "crash" : (stream ?? level);
  return (
    <>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <time dateTime={time} title={new Date(time).toLocaleString()} className={classes["time"] ?? ""}>
          {new Date(time).toLocaleTimeString()}
        </time>
        <Badge size="sm" variant="dot" color={COLORS[level] ?? "gray"} className={classes["level"] ?? ""}>
          {word}
        </Badge>
        <span className="plugin-text">{plainText(text)}</span>
      </Group>
      {payload !== undefined && (
        <details className={classes["more"] ?? ""}>
          <summary>Fields</summary>
          <JsonText text={payload} label="Fields" />
        </details>
      )}
      {kind === "crash" && <CrashReport line={line} isOpen={isOpen} />}
    </>
  );
}

function CrashReport({ line, isOpen }: { readonly line: LogLine; readonly isOpen: boolean }) {
  const {
    version,
    signal,
    exit_code,
    entry,
    host_function,
    load_step,
    restart_in_ms,
    stack = [],
    last_lines = [],
  } = line;
  const facts = [
    ["Version", version],
    ["Signal", signal],
    ["Exit code", exit_code],
    ["It was in", entry],
    ["and asked the host for", host_function],
    ["While it was loaded, at", load_step],
    ["Started again after", restart_in_ms === undefined ? undefined : `${restart_in_ms} ms`],
  ].filter(([, value]) => value !== undefined);
  return (
    <details className={classes["more"] ?? ""} open={isOpen}>
      <summary>Crash report</summary>
      <ul>
        {facts.map(([name, value]) => (
          <li key={name} className="plugin-text">{`${name}: ${plainText(String(value))}`}</li>
        ))}
      </ul>
      <Lines title="Where it crashed, from there outwards" lines={stack} />
      <Lines title="What it said last" lines={last_lines} />
    </details>
  );
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <div className="plugin-text">{plainText(lines.join("\n"))}</div>
    </>
  );
}
