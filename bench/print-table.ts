// The lines of the table that `make bench` prints.

import type { Row, Target } from "./bench.ts";

const WIDTHS = { metric: 40, value: 12, peer: 34, ratio: 8, target: 12 };

export function tableHead(): string {
  return line("metric", "Osprey", "counterpart", "ratio", "target", "met");
}

export function tableLine(row: Row): string {
  const peer = row.peer ? `${row.peer.name} ${figure(row.peer.value)}${suffix(row)}` : "";
  const ratio = row.ratio === undefined ? "" : `${figure(row.ratio)}x`;
  const met = row.target ? (isMet(row, row.target) ? "yes" : "NO") : "";
  return line(
    row.metric,
    `${figure(row.value)}${suffix(row)}`,
    peer,
    ratio,
    row.target ? bound(row, row.target) : "",
    met,
  );
}

export function isMet(row: Row, target: Target): boolean {
  const value = target.of === "ratio" ? (row.ratio ?? Number.NaN) : row.value;
  return value <= (target.atMost ?? Number.POSITIVE_INFINITY) && value >= (target.atLeast ?? Number.NEGATIVE_INFINITY);
}

function bound(row: Row, { of, atMost, atLeast }: Target): string {
  const end = of === "ratio" ? "x" : suffix(row);
  return atMost === undefined ? `>= ${figure(atLeast!)}${end}` : `<= ${figure(atMost)}${end}`;
}

function suffix({ unit }: Row): string {
  if (unit === "") return "";
  return unit === "/s" ? unit : ` ${unit}`;
}

/** Three digits that mean something. */
function figure(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 10_000) return `${Math.round(value / 1000)}k`;
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(size >= 1 ? 2 : 3);
}

function line(metric: string, value: string, peer: string, ratio: string, target: string, met: string): string {
  const cells = [
    metric.padEnd(WIDTHS.metric),
    value.padStart(WIDTHS.value),
    peer.padStart(WIDTHS.peer),
    ratio.padStart(WIDTHS.ratio),
    target.padStart(WIDTHS.target),
    met,
  ];
  return cells.join("  ").trimEnd();
}
