// Plugin Activity: the rows themselves, as they were or as they come, and as a file.

import { Button, Code, Group, Loader, Menu, Switch, Text } from "@mantine/core";
import { Download, RefreshCw } from "lucide-react";
import { memo, useState } from "react";
import { useSearchParams } from "react-router";
import { addressOf } from "../api/ask.ts";
import type { FollowState } from "../api/follow.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";
import { ActivityTable } from "./activity-table.tsx";
import { type Filter, queryOf } from "./filter.ts";
import { FilterBar, isOfField } from "./filter-bar.tsx";
import { useFilter } from "./use-filter.ts";
import { askAhead, useRowList } from "./use-rows.ts";
import { TraceWaterfall } from "./waterfall.tsx";

export function ActivityView() {
  const { filter, set, clear } = useFilter(askAhead);
  const [search, setSearch] = useSearchParams();
  // The switch answers at once; the address follows, and the page begins with what it says.
  const [isLive, setIsLive] = useState(search.get("live") === "on");
  const list = useRowList(filter, isLive);
  // It would say the same again.
  const isOfTrace = list.error?.details["param"] === "trace";
  const isEmpty = list.head?.rows.length === 0 && list.liveCount === 0 && !list.isOld;
  return (
    <>
      <FilterBar filter={filter} error={list.error} set={set} clear={clear} />
      <Group gap="xs" mb="xs">
        <Switch label="Live" checked={isLive} onChange={({ currentTarget }) => setLive(currentTarget.checked)} />
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<RefreshCw size={14} aria-hidden />}
          onClick={list.refresh}
        >
          Refresh
        </Button>
        <Export filter={filter} />
      </Group>
      <LiveNotice live={list.liveState} />
      {list.error !== null && !isOfField(list.error) && <ErrorNotice error={list.error} retry={list.refresh} />}
      {list.head === undefined && list.error === null && <Loader aria-label="Loading" />}
      {filter.trace !== undefined && !isOfTrace && <TraceWaterfall trace={filter.trace} />}
      {isEmpty && <Empty isFiltered={Object.keys(filter).length > 0} isLive={isLive} />}
      {list.head !== undefined && !isEmpty && <ActivityTable filter={filter} list={list} />}
    </>
  );

  function setLive(isOn: boolean): void {
    setIsLive(isOn);
    setSearch(
      (now) => {
        if (isOn) now.set("live", "on");
        else now.delete("live");
        return now;
      },
      { replace: true },
    );
  }
}

/** Says why nothing comes, although it was asked for. */
function LiveNotice({ live }: { readonly live: FollowState | undefined }) {
  return (
    <Text component="div" role="status" size="sm" className="plugin-text">
      {whyNotLive(live)}
    </Text>
  );
}

function whyNotLive(live: FollowState | undefined): string | undefined {
  switch (live?.state) {
    case "lost":
      return "Not live: the connection to the host is lost. It is tried again.";
    case "refused":
      return `Not live: ${plainText(live.error.message)}. It is tried again.`;
    case "over":
      return "Not live: the host ended the stream. Switch Live off and on to begin again.";
    default:
      return undefined;
  }
}

/** Rows that come do not change it. */
const Export = memo(function Export({ filter }: { readonly filter: Filter }) {
  const address = (format: "jsonl" | "csv") =>
    addressOf("GET /insights/export", { query: { ...queryOf(filter), format } });
  return (
    <Menu>
      <Menu.Target>
        <Button size="compact-sm" variant="default" leftSection={<Download size={14} aria-hidden />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={address("csv")} download>
          As CSV, for tables
        </Menu.Item>
        <Menu.Item component="a" href={address("jsonl")} download>
          As JSON, a row a line
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
});

function Empty({ isFiltered, isLive }: { readonly isFiltered: boolean; readonly isLive: boolean }) {
  if (isFiltered) return <Text>{`No row fits the filter${isLive ? " yet" : ""}.`}</Text>;
  return (
    <Text>
      Here is what plugins are asked and what they ask, call by call. Nothing was recorded yet;{" "}
      <Code>osaurus tools call</Code> makes the first row.
    </Text>
  );
}
