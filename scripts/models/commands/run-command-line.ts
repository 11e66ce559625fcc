import { type ArgsDef, type CommandDef, runCommand, type SubCommandsDef, showUsage } from 'citty';

/**
 * citty's own runner ends a wrong use with 1, where 1 is a failure of ours, and passes over options
 * that nobody knows: a mistyped one would do nothing, silently. Here both print the usage and end
 * with 2.
 */
export async function runCommandLine(
  main: CommandDef,
  subCommands: SubCommandsDef,
  rawArgs: string[],
): Promise<void> {
  const [name = ''] = rawArgs;
  const command = Object.hasOwn(subCommands, name) ? await find(subCommands, name) : undefined;
  if (rawArgs.includes('--help') || rawArgs.includes('-h')) {
    return command === undefined ? showUsage(main) : showUsage(command, main);
  }
  if (command === undefined) {
    const what = name === '' ? 'No command given' : `Unknown command ${name}`;
    return refuse(`${what}: one of ${Object.keys(subCommands).join(', ')}`);
  }
  const rest = rawArgs.slice(1);
  const args = (await command.args) ?? {};
  const unknown = unknownOption(rest, args as ArgsDef);
  if (unknown !== undefined) return refuse(`${name} has no option ${unknown}; see --help`);
  try {
    await runCommand(command, { rawArgs: rest });
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== 'CLIError') throw thrown;
    refuse(`${name}: ${thrown.message}; see --help`);
  }
}

function refuse(message: string): void {
  console.error(message);
  process.exitCode = 2;
}

async function find(subCommands: SubCommandsDef, name: string): Promise<CommandDef | undefined> {
  const found = subCommands[name];
  return typeof found === 'function' ? found() : found;
}

function unknownOption(rawArgs: readonly string[], args: ArgsDef): string | undefined {
  const known = new Set(Object.keys(args).flatMap((name) => [name, `no-${name}`]));
  const end = rawArgs.indexOf('--');
  return (end < 0 ? rawArgs : rawArgs.slice(0, end)).find((text) => {
    return /^--?[a-z]/i.test(text) && !known.has(text.replace(/^--?/, '').replace(/=.*$/s, ''));
  });
}
