// A program of as many commands as its last argument says, with completion by yargs: the commands are in the program itself,
// nothing has to be read for them.

import yargs from "yargs";

const args = process.argv.slice(2);
const count = Number(args.pop());
const parser = yargs(args).scriptName("x").completion();
for (let index = 0; index < count; index++) {
  parser.command(`command-${index}`, "Does something.", (own) => own.option("flag", { describe: "Some flag" }));
}
await parser.parseAsync();
