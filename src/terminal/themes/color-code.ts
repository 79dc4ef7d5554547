// A colour as an order to a terminal, with as many colours as that has.

import type { Rgb } from "./parse-style.ts";
import type { ColorDepth } from "./screen-colors.ts";

type Ground = "text" | "background";

/** The parameters that switch the colour on; empty where sixteen colours have nothing that surely fits. */
export function colorCode(color: number | Rgb, depth: ColorDepth, ground: Ground): string {
  if (typeof color === "number") return namedCode(color, ground);
  const start = ground === "text" ? "38" : "48";
  if (depth === 24) return `${start};2;${color.join(";")}`;
  if (depth === 8) return `${start};5;${nearest256(color)}`;
  return "";
}

function namedCode(color: number, ground: Ground): string {
  const base = ground === "text" ? 30 : 40;
  return String(color < 8 ? base + color : base + 60 + color - 8);
}

const CUBE = [0, 95, 135, 175, 215, 255];

/** The nearest of the cube of 216 colours and the 24 greys. */
function nearest256(color: Rgb): number {
  const steps = color.map((value) => nearestIndex(CUBE, value));
  const cube = steps.map((step) => CUBE[step]!) as unknown as Rgb;
  const grey = Math.min(Math.max(Math.round(((color[0] + color[1] + color[2]) / 3 - 8) / 10), 0), 23);
  const level = 8 + 10 * grey;
  const isGrey = distance(color, [level, level, level]) < distance(color, cube);
  return isGrey ? 232 + grey : 16 + 36 * steps[0]! + 6 * steps[1]! + steps[2]!;
}

function nearestIndex(levels: readonly number[], value: number): number {
  return levels.reduce(
    (best, level, index) => (Math.abs(level - value) < Math.abs(levels[best]! - value) ? index : best),
    0,
  );
}

function distance(a: Rgb, b: Rgb): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}

/** Less than this between the strongest and the weakest part, and a colour has no hue to speak of. */
const HUE_SPREAD_MIN = 0.22;
/** A grey that is darker than this is meant to stand back. */
const LIGHT_GREY = 0.7;
/** From red on, in steps of 60 degrees: yellow, green, cyan, blue, magenta. Red itself is kept for errors. */
const HUES = ["35", "33", "32", "36", "34", "35"];

/** For text on a terminal of sixteen colours, its own of that hue: its owner chose one that can be read. */
export function hueCode([red, green, blue]: Rgb): string {
  const most = Math.max(red, green, blue);
  const spread = most - Math.min(red, green, blue);
  if (most === 0 || spread / most < HUE_SPREAD_MIN) return most / 255 < LIGHT_GREY ? "2" : "";
  const sixth =
    most === red
      ? ((green - blue) / spread + 6) % 6
      : most === green
        ? (blue - red) / spread + 2
        : (red - green) / spread + 4;
  return HUES[Math.round(sixth) % 6]!;
}
