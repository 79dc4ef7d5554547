// Which keys hold a secret by their name, and what is shown in place of one.

/** Stands for a value that is not shown. */
export const REDACTED = "[REDACTED]";

const SECRET_PARTS = [
  "password",
  "token",
  "secret",
  "apikey",
  "api_key",
  "access_key",
  "private_key",
  "ssh_key",
  "client_secret",
  "bearer",
  "jwt",
];

/** How the schema itself names things that are no secrets. */
const NO_SECRETS: ReadonlySet<string> = new Set(["secrets.backend", "ui.prompt.secrets"]);

/** Whether a key is named like a secret; `-` counts as `_`. The value of such a key is not shown unasked. */
export function isSecretName(key: string): boolean {
  const name = key.toLowerCase().replaceAll("-", "_");
  return !NO_SECRETS.has(name) && (name.endsWith(".key") || SECRET_PARTS.some((part) => name.includes(part)));
}
