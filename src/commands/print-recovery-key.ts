// Shows a new recovery key to whoever runs the command. Neither `-q` nor a pipe on stdout keeps it from them: it is given
// once.

import type { CommandIo } from "../terminal/io.ts";

export function printRecoveryKey({ stderr }: Pick<CommandIo, "stderr">, text: string): void {
  stderr.write(`
What plugins keep is encrypted on this computer. If the key for that is lost, only this recovery key opens it again:

    ${text}

Write it down and keep it somewhere else. It is stored nowhere and is not shown again; an older one is not valid any
more. "osaurus secrets recover" asks for it.

`);
}
