// The log of a plugin: the last lines, or, live, each new one. Reports of crashes are lines of it too, with a tab of their own.

import { Button, Group, Select, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { PLUGIN_LOG_LINES_SHOWN_DEFAULT, PLUGIN_LOG_LINES_SHOWN_MAX } from "../../../src/protocol/limits.ts";
import { LOG_LEVELS, type LogLevel } from "../../../src/protocol/log-levels.ts";
import { useAnswer } from "../api/use-answer.ts";
import { Answered } from "../parts/answered.tsx";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { LogLines } from "./log-lines.tsx";
import { useLiveLog } from "./use-live-log.ts";

const LEVELS = [
  { value: "all", label: "All" },
  ...LOG_LEVELS.map((level) => ({ value: level, label: level[0]!.toUpperCase() + level.slice(1) })),
];

interface LogTabProps {
  readonly pluginId: string;
  readonly kind: "all" | "crashes";
}

export function LogTab({ pluginId, kind }: LogTabProps) {
  const [level, setLevel] = useState<LogLevel>();
  const [isLive, setLive] = useState(false);
  const isAll = kind === "all";
  return (
    <>
      {isAll && (
        <Group mb="sm" align="flex-end">
          <Select
            label="Level"
            data={LEVELS}
            value={level ?? "all"}
            allowDeselect={false}
            onChange={(value) => setLevel(LOG_LEVELS.find((one) => one === value))}
            w={140}
          />
          <Switch
            label="Live"
            checked={isLive}
            onChange={({ currentTarget }) => setLive(currentTarget.checked)}
            mb={8}
          />
        </Group>
      )}
      {isLive ? (
        <LiveLog key={level} pluginId={pluginId} level={level} />
      ) : (
        <LogPage pluginId={pluginId} level={level} isAll={isAll} />
      )}
    </>
  );
}

interface LogPageProps {
  readonly pluginId: string;
  readonly level: LogLevel | undefined;
  readonly isAll: boolean;
}

function LogPage({ pluginId, level, isAll }: LogPageProps) {
  const [limit, setLimit] = useState(PLUGIN_LOG_LINES_SHOWN_DEFAULT);
  const query = { limit, ...(level === undefined ? {} : { level }), ...(isAll ? {} : { crashes: true }) };
  const asked = { params: { plugin: pluginId }, query };
  const answer = useAnswer("GET /plugins/{plugin}/logs", asked, { keepsPrevious: true });
  return (
    <Answered answer={answer}>
      {({ lines, has_more }) =>
        lines.length === 0 ? (
          <Text>{isAll ? "Nothing was logged yet." : "It never crashed, as far as its log goes back."}</Text>
        ) : (
          <>
            <Group mb="xs">
              <Button size="xs" variant="default" loading={answer.isFetching} onClick={() => void answer.refetch()}>
                Look again
              </Button>
              {has_more && limit < PLUGIN_LOG_LINES_SHOWN_MAX && (
                <Button
                  size="xs"
                  variant="default"
                  onClick={() => setLimit(Math.min(limit * 5, PLUGIN_LOG_LINES_SHOWN_MAX))}
                >
                  Show older lines
                </Button>
              )}
            </Group>
            <LogLines lines={isAll ? lines : lines.toReversed()} isOfCrashes={!isAll} />
          </>
        )
      }
    </Answered>
  );
}

function LiveLog({ pluginId, level }: Omit<LogPageProps, "isAll">) {
  const { lines, leftOut, follow } = useLiveLog(pluginId, level);
  return (
    <>
      {follow.state === "refused" && <ErrorNotice error={follow.error} />}
      <Text size="sm" mb="xs" role="status">
        {follow.state === "lost"
          ? "No connection to the host; lines may be missing."
          : "New lines come here as they are written."}
        {leftOut > 0 && ` ${leftOut} lines came too fast and were left out.`}
      </Text>
      <LogLines lines={lines} isLive />
    </>
  );
}
