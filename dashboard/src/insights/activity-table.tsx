// All rows that the filter lets through, however many: only those that are seen are in the page. Whoever is at the top sees rows come;
// whoever scrolled away keeps the place, and is told how many came.

import { Button, Text, VisuallyHidden } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type MouseEvent, memo, useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { INSIGHTS_ROWS_COUNTED_MAX } from "../../../src/protocol/limits.ts";
import { durationText } from "../parts/duration-text.ts";
import { plainText } from "../parts/plain-text.ts";
import { type Filter, withRow } from "./filter.ts";
import classes from "./insights.module.css";
import type { Line } from "./live-rows.ts";
import { liveRowsShown } from "./row-list.ts";
import { countText, rowsText, timeText } from "./row-words.ts";
import { useOpenRow } from "./use-filter.ts";
import { type RowList, useRowAt } from "./use-rows.ts";

const ROW_PX = 32;
const ROWS_AROUND = 10;
/** How wide they are, and on a narrow screen, which shows the first three; the others are scrolled to. */
const COLUMNS = [
  ["Time", "11.5rem", "9rem"],
  ["Status", "4.5rem", "3.5rem"],
  ["Path", "auto", "auto"],
  ["Plugin", "13rem", "11rem"],
  ["Kind", "5.5rem", "5.5rem"],
  ["Method", "5.5rem", "4.5rem"],
  ["Duration", "6rem", "5rem"],
] as const;

interface ActivityTableProps {
  readonly filter: Filter;
  readonly list: RowList;
}

export function ActivityTable({ filter, list }: ActivityTableProps) {
  const box = useRef<HTMLDivElement>(null);
  const [isAtTop, setAtTop] = useState(true);
  const held = useRef(0);
  const liveRows = liveRowsShown(list.liveCount, held.current, isAtTop);
  held.current = liveRows;
  const total = liveRows + list.total;
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: ROWS_AROUND,
    // The head of the table.
    paddingStart: ROW_PX,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  const rowAt = useRowAt(filter, list, { first, last, liveRows });
  const search = useSettledSearch(list.isOld);
  const openRow = useOpenRow();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter makes another list, which begins at its top
  useEffect(() => {
    box.current?.scrollTo({ top: 0 });
  }, [filter]);
  const [space, nowMs] = [first * ROW_PX, Date.now()];
  const open = Number(search.get("row"));
  return (
    <>
      <Above list={list} total={total} waiting={list.liveCount - liveRows} toTop={toTop} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it with the keyboard */}
      <section className={classes["box"] ?? ""} ref={box} tabIndex={0} aria-label="Rows" onScroll={noticePlace}>
        <table
          className={classes["table"] ?? ""}
          aria-rowcount={total + 1}
          aria-busy={list.isOld}
          style={{ "--row-height": `${ROW_PX}px` } as CSSProperties}
        >
          <VisuallyHidden component="caption">Plugin Activity, newest first</VisuallyHidden>
          <Head />
          <tbody className={list.isOld ? classes["old"] : undefined}>
            <Space px={space} />
            {items.map(({ index }) => {
              const row = rowAt(index);
              const isOpen = row !== undefined && row.id === open;
              return <Row key={row?.id ?? `at ${index}`} {...{ row, index, search, isOpen, nowMs, openRow }} />;
            })}
            <Space px={(total - last - 1) * ROW_PX} />
          </tbody>
        </table>
      </section>
    </>
  );

  function noticePlace(): void {
    setAtTop((box.current?.scrollTop ?? 0) < ROW_PX);
  }

  function toTop(): void {
    box.current?.scrollTo({ top: 0 });
    box.current?.focus();
  }
}

/** The address; while its rows are on the way, the one of the rows that are shown, which need not be drawn again then. */
function useSettledSearch(isOld: boolean): URLSearchParams {
  const [search] = useSearchParams();
  const [settled, setSettled] = useState(search);
  if (!isOld && settled !== search) setSettled(search);
  return isOld ? settled : search;
}

function Head() {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {COLUMNS.map(([name, wide, narrow]) => (
          <th key={name} scope="col" style={{ "--wide": wide, "--narrow": narrow } as CSSProperties}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface AboveProps {
  readonly list: RowList;
  readonly total: number;
  readonly waiting: number;
  toTop(): void;
}

function Above({ list, total, waiting, toTop }: AboveProps) {
  const words =
    list.total >= INSIGHTS_ROWS_COUNTED_MAX
      ? `More than ${rowsText(total - 1)}`
      : `${list.isCounted ? "" : "At least "}${rowsText(total)}`;
  return (
    <Text component="div" size="sm" mb={4} mih={26}>
      <span data-testid="total">{words}</span>
      {list.liveState?.state === "open" && (waiting > 0 ? ", paused while you read" : ", live")}
      {waiting > 0 && (
        <Button size="compact-xs" variant="light" ml="xs" onClick={toTop}>
          {`${countText(waiting)} new ${waiting === 1 ? "row" : "rows"}`}
        </Button>
      )}
    </Text>
  );
}

/** The room of rows that are not there. */
function Space({ px }: { readonly px: number }) {
  if (px <= 0) return null;
  return (
    <tr className={classes["space"]} aria-hidden>
      <td colSpan={COLUMNS.length} style={{ height: px }} />
    </tr>
  );
}

interface RowProps {
  readonly row: Line | undefined;
  readonly index: number;
  readonly search: URLSearchParams;
  readonly isOpen: boolean;
  readonly nowMs: number;
  openRow(id: number): void;
}

/** A row that came stays as it is: only its place and what is open change. */
const Row = memo(
  function Row({ row, index, search, isOpen, nowMs, openRow }: RowProps) {
    if (row === undefined) {
      return (
        <tr aria-rowindex={index + 2}>
          <td colSpan={COLUMNS.length}>…</td>
        </tr>
      );
    }
    const isFailed = row.status >= 400;
    // A link of the router would be drawn again with each change of the address.
    const open = (event: MouseEvent) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      openRow(row.id);
    };
    return (
      <tr className={classes["row"]} aria-rowindex={index + 2} data-open={isOpen || undefined}>
        <td className={classes["number"]}>{timeText(row.time, nowMs)}</td>
        <td className={`${classes["number"]} ${isFailed ? classes["failed"] : ""}`}>{row.status}</td>
        <td>
          <a className={classes["link"]} href={`?${withRow(search, row.id)}`} onClick={open}>
            <bdi>{plainText(row.path) || "(no path)"}</bdi>
          </a>
        </td>
        <td title={plainText(row.plugin_id ?? "")}>{row.plugin_id === null ? "–" : plainText(row.plugin_id)}</td>
        <td>{row.kind}</td>
        <td>{plainText(row.method)}</td>
        <td className={classes["number"]}>{durationText(row.duration_ms)}</td>
      </tr>
    );
  },
  (before, after) =>
    before.row === after.row &&
    before.index === after.index &&
    before.search === after.search &&
    before.isOpen === after.isOpen,
);
