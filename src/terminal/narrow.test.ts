// What people see on a screen of 40 columns.

import { expect, test } from "vitest";
import { PLAIN_LOOK, recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { parseOrderedJson } from "../base/ordered-json.ts";
import type { Format } from "../protocol/formats.ts";
import { type Look, lookOf } from "./look.ts";
import { printMessages } from "./messages.ts";
import { NO_META } from "./no-meta.ts";
import { printResult } from "./result.ts";

const LOOK: Look = { ...PLAIN_LOOK, columns: 40, unicode: true };

async function shown(data: string, { format = "auto" as Format, look = LOOK } = {}): Promise<string> {
  const io = { stdout: recordedOutput({ isTerminal: true, columns: 40, rows: 1_000 }), stderr: recordedOutput() };
  await printResult(io, parseOrderedJson(data), NO_META, { format, look });
  expect(io.stderr.text).toBe("");
  return `\n${io.stdout.text}`;
}

test("a table keeps its shape as long as its columns have room for words", async () => {
  expect(await shown('[{"host":"kiosk-7","note":"a screen in the hall that nobody uses"},{"host":"kiosk-9"}]')).toBe(`
╭─────────┬────────────────────────────╮
│ host    │ note                       │
├─────────┼────────────────────────────┤
│ kiosk-7 │ a screen in the hall that  │
│         │ nobody uses                │
│ kiosk-9 │                            │
╰─────────┴────────────────────────────╯
`);
});

const WIDE =
  '[{"host":"kiosk-7.lab.example","state":"degraded","owner":"platform-team","region":"eu-central-1","floor":3},' +
  '{"host":"東京-kiosk","state":"fresh","owner":"","region":null}]';

test("rows that would be unreadable in columns are blocks instead, also where a table is asked for", async () => {
  const blocks = `
host:   kiosk-7.lab.example
state:  degraded
owner:  platform-team
region: eu-central-1
floor:  3

host:   東京-kiosk
state:  fresh
region: null
`;
  expect(await shown(WIDE)).toBe(blocks);
  expect(await shown(WIDE, { format: "table" })).toBe(blocks);
});

test("who chose how cells are cut gets a table, and so do programs", async () => {
  expect(await shown(WIDE, { look: { ...LOOK, overflow: "ellipsis" } })).toContain("│ kios… │");
  const io = { stdout: recordedOutput(), stderr: recordedOutput() };
  await printResult(io, parseOrderedJson(WIDE), NO_META, { format: "auto", look: { ...LOOK, columns: 40 } });
  expect(io.stdout.text).toContain("┬");
});

test("values in a block are broken at words, below long names, and deeper ones have less room", async () => {
  const data = {
    summary: "the display of this kiosk flickers since the last update",
    a_member_with_a_name_that_is_long: "its value stands below",
    tags: ["one that is long enough to need two lines", "two"],
    owner: { team: "the people who look after all screens", mails: ["x"] },
    disks: [{ device: "/dev/disk/by-id/nvme-1", mount: "/srv/kiosk/images", used_gb: 12, fs: "ext4" }],
  };
  expect(await shown(JSON.stringify(data))).toBe(`
summary:   the display of this kiosk
           flickers since the last
           update
a_member_with_a_name_that_is_long:
  its value stands below
tags (2):  one that is long enough to
           need two lines
           two
owner:
  team:  the people who look after all
         screens
  mails: x
disks (1):
  [1]:
    device:  /dev/disk/by-id/nvme-1
    mount:   /srv/kiosk/images
    used_gb: 12
    fs:      ext4
`);
});

test("grouped messages have a rule and are broken at words", () => {
  const out = recordedOutput({ isTerminal: true });
  const messages = [{ level: "warning", text: "the certificate of this host ends in three days" }] as const;
  printMessages(out, messages, { upTo: "info", look: LOOK, layout: "grouped" });
  expect(`\n${out.text}`).toBe(`
─ Warnings ─────────────────────────────
  the certificate of this host ends in
  three days
`);
});

test("a dumb terminal gets no escape byte and no line character, whatever is printed", async () => {
  const output = recordedOutput({ isTerminal: true, columns: 40 });
  const look = lookOf(output, { TERM: "dumb", COLORTERM: "truecolor", FORCE_HYPERLINK: "1" }, {});
  const data = '[{"a":true,"b":"https://a.example","c":"\\u001b[31mred\\u009b2J\\u0007"}]';
  for (const format of ["auto", "table", "mreg", "md", "value", "guide", "json"] as const) {
    const text = await shown(data, { format, look });
    expect([format, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2500-\u257f]/.test(text)]).toEqual([format, false]);
  }
});
