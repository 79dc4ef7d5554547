// How the dashboard looks: the system's letters, one colour, and contrasts that people can read.

import { Anchor, type CSSVariablesResolver, createTheme } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "blue",
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  defaultRadius: "md",
  respectReducedMotion: true,
  components: {
    // A star would be a part of the label's text; what is needed says so in words.
    InputWrapper: { defaultProps: { withAsterisk: false } },
    // In a dialog, which has its own name, it is no banner of the page.
    ModalHeader: { defaultProps: { role: "presentation" } },
    DrawerHeader: { defaultProps: { role: "presentation" } },
    // Words are in sentence case everywhere.
    Badge: { defaultProps: { tt: "none" } },
    // Of dialogs, drawers and notes: a picture says nothing to those who do not see it.
    CloseButton: { defaultProps: { "aria-label": "Close" } },
    // A link in a text is no link for whoever cannot tell its colour.
    Anchor: Anchor.extend({ defaultProps: { underline: "always" } }),
  },
});

/** Letters on white, and on a tint of their own colour: as dark as they have to be for a contrast of 4.5. */
const ON_LIGHT: Readonly<Record<string, string>> = {
  gray: "var(--mantine-color-gray-8)",
  red: "#b02525",
  orange: "#9c3a0b",
  yellow: "#7a4a00",
  green: "#1e6b2e",
  teal: "#066a4c",
  blue: "#1660a5",
};

/** What the components take for letters that are less important than others, or wrong, or coloured. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
    "--mantine-color-placeholder": "var(--mantine-color-gray-7)",
    "--mantine-color-error": ON_LIGHT["red"]!,
    ...lettersOf((color) => ON_LIGHT[color]!),
    ...Object.fromEntries(
      Object.keys(ON_LIGHT).map((color) => [
        `--mantine-color-${color}-light-hover`,
        `var(--mantine-color-${color}-1)`, // Under the pointer it is still a tint that letters can be read on.
      ]),
    ),
  },
  dark: {
    "--mantine-color-dimmed": "var(--mantine-color-dark-1)",
    "--mantine-color-placeholder": "var(--mantine-color-dark-1)",
    "--mantine-color-error": "var(--mantine-color-red-3)",
    ...lettersOf((color) => `var(--mantine-color-${color}-3)`),
  },
});

function lettersOf(letter: (color: string) => string): Record<string, string> {
  const uses = ["light-color", "outline", "text"];
  return Object.fromEntries(
    Object.keys(ON_LIGHT).flatMap((color) => uses.map((use) => [`--mantine-color-${color}-${use}`, letter(color)])),
  );
}
