// Makes a colour readable. The palettes are made for one background; terminals have another, and mostly do not say which.

import type { Rgb } from "./parse-style.ts";

/** What text should have against its background, where that is known; and on either side, where it may be both. */
const KNOWN_CONTRAST_MIN = 4.5;
const EITHER_CONTRAST_MIN = 3;
/** Darker backgrounds only make colours easier to read. */
const DARK_LUMINANCE = 0.02;
const WHITE_LUMINANCE = 1;

interface Behind {
  readonly background: "dark" | "light" | undefined;
  /** The darkest that the theme itself reckons with. */
  readonly themeBackground: Rgb | undefined;
}

interface Wanted {
  /** As much contrast as is needed where the background is known; less is enough for lines. */
  readonly known?: number;
  /** The same on a dark background, known or not. */
  readonly onDark?: number;
}

/**
 * The colour, or one of the same hue that is lighter or darker, so that it can be read: on the theme's own background and
 * any darker one, on white, or where it is not known which of them it will be, on both.
 */
export function readableColor(
  color: Rgb,
  { background, themeBackground }: Behind,
  { known = KNOWN_CONTRAST_MIN, onDark = Math.min(known, EITHER_CONTRAST_MIN) }: Wanted = {},
): Rgb {
  const luminance = luminanceOf(color);
  const dark = Math.max(DARK_LUMINANCE, themeBackground === undefined ? 0 : luminanceOf(themeBackground));
  const onLight = background === undefined ? Math.min(known, EITHER_CONTRAST_MIN) : known;
  const most = background === "dark" ? 1 : (WHITE_LUMINANCE + 0.05) / onLight - 0.05;
  // A dark theme on a dark screen is as its author made it, but for what can hardly be seen.
  const least = background === "light" ? 0 : Math.min(onDark * (dark + 0.05) - 0.05, most);
  if (luminance > most) return mixed(color, 0, 1 - most / luminance);
  return luminance < least ? mixed(color, 1, (least - luminance) / (1 - luminance)) : color;
}

/** By the definition of the web's guidelines for contrast. */
export function luminanceOf([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function mixed(color: Rgb, other: 0 | 1, share: number): Rgb {
  const mix = (value: number) => encoded(linear(value) * (1 - share) + other * share);
  return [mix(color[0]), mix(color[1]), mix(color[2])];
}

function linear(value: number): number {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function encoded(part: number): number {
  const value = part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055;
  return Math.round(Math.min(Math.max(value, 0), 1) * 255);
}
