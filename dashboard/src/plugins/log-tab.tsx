// The log of a plugin: the last lines, or, live, each new one. Reports of crashes are lines of it too, with a tab of their own.

import { Button, Group, Loader, Select, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { LOG_LEVELS, type LogLevel } from "../../../src/protocol/log-levels.ts";
import { useAnswer } from "../api/use-answer.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { LogLines } from "./log-lines.tsx";
import { useLiveLog } from "./use-live-log.ts";

const LINES_SHOWN = 200;
const LINES_SHOWN_MAX = 5_000;

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
            data={["all", ...LOG_LEVELS]}
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
  const [limit, setLimit] = useState(LINES_SHOWN);
  const query = { limit, ...(level === undefined ? {} : { level }), ...(isAll ? {} : { crashes: true }) };
  const asked = { params: { plugin: pluginId }, query };
  const { data, error, refetch, isFetching } = useAnswer("GET /plugins/{plugin}/logs", asked, { keepsPrevious: true });
  if (error !== null) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Loader aria-label="Loading the log" />;
  if (data.lines.length === 0) {
    return <Text>{isAll ? "Nothing was logged yet." : "It never crashed, as far as its log goes back."}</Text>;
  }
  return (
    <>
      <Group mb="xs">
        <Button size="xs" variant="default" loading={isFetching} onClick={() => void refetch()}>
          Look again
        </Button>
        {data.has_more && limit < LINES_SHOWN_MAX && (
          <Button size="xs" variant="default" onClick={() => setLimit(Math.min(limit * 5, LINES_SHOWN_MAX))}>
            Show older lines
          </Button>
        )}
      </Group>
      <LogLines lines={isAll ? data.lines : data.lines.toReversed()} isOfCrashes={!isAll} />
    </>
  );
}

function LiveLog({ pluginId, level }: Omit<LogPageProps, "isAll">) {
  const { lines, leftOut, isLost } = useLiveLog(pluginId, level);
  return (
    <>
      <Text size="sm" mb="xs" role="status">
        {isLost ? "No connection to the host; lines may be missing." : "New lines come here as they are written."}
        {leftOut > 0 && ` ${leftOut} lines came too fast and were left out.`}
      </Text>
      <LogLines lines={lines} isLive />
    </>
  );
}
