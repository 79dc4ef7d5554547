import { expect, test } from "vitest";
import { COMPLETION_OFFERS_MAX } from "../../protocol/limits.ts";
import type { Offer } from "./offer.ts";
import { rankOffers } from "./rank-offers.ts";

function ranked(typed: string, offers: readonly (string | Offer)[]): string[] {
  const all = offers.map((one) => (typeof one === "string" ? { value: one } : one));
  return rankOffers(typed, all).map(({ offer }) => offer.value);
}

test("all of a word comes before its start, and that before the start of a part; its letters count where nothing else does", () => {
  const words = ["x-list", "lxixsxt", "list-all", "List", "a.list", "a_list", "a:list", "a/list", "alist", "other"];
  expect(ranked("list", words)).toEqual(["List", "list-all", "a.list", "a/list", "a:list", "a_list", "x-list"]);
  expect(ranked("lst", ["lxixsxt", "list", "other"])).toEqual(["list", "lxixsxt"]);
});

test("of words that begin with what was typed, the one that is typed sooner comes first", () => {
  expect(ranked("in", ["inventory", "ink", "in-long-word"])).toEqual(["ink", "inventory", "in-long-word"]);
});

test("one letter finds the words that begin with it, and not all that have it", () => {
  expect(ranked("v", ["inventory", "value", "in-v"])).toEqual(["value", "in-v"]);
});

test("equal fits are sorted as their makers wish: as numbers, else as texts, and by name", () => {
  const offers = [
    { value: "ten", sort: "10" },
    { value: "nine", sort: "9" },
    { value: "b" },
    { value: "B" },
    { value: "a" },
    { value: "half", sort: "0.5" },
  ];
  expect(ranked("", offers)).toEqual(["half", "nine", "ten", "a", "B", "b"]);
  expect(
    ranked("", [
      { value: "1", sort: "Zebra" },
      { value: "2", sort: "ant" },
    ]),
  ).toEqual(["2", "1"]);
});

test("no language of the machine has a say in the order", () => {
  expect(ranked("", ["ä", "z", "Z", "é", "e"])).toEqual(["e", "Z", "z", "ä", "é"]);
});

test("a group comes before the next, however well that fits", () => {
  expect(ranked("--f", [{ value: "--f", group: 5 }, "--floor", { value: "--from", group: -1 }])).toEqual([
    "--from",
    "--floor",
    "--f",
  ]);
});

test("of one value that is offered twice, the first offer counts", () => {
  const offers = [
    { value: "status", about: "the host's" },
    { value: "status", about: "a plugin's" },
  ];
  expect(rankOffers("st", offers).map(({ offer }) => offer.about)).toEqual(["the host's"]);
});

test("not more are shown than anybody reads", () => {
  const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`);
  expect(ranked("w", words(COMPLETION_OFFERS_MAX))).toHaveLength(COMPLETION_OFFERS_MAX);
  expect(ranked("w", words(COMPLETION_OFFERS_MAX + 1))).toHaveLength(COMPLETION_OFFERS_MAX);
});
