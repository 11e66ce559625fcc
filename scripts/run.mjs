// The bootstrap behind every `npm run` command: plain JavaScript without imports from packages, so
// that it runs on any Node >= 20 before anything is installed. It installs what is missing, then
// runs the command on the Node that came with the packages.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules', '.bin');
const windows = process.platform === 'win32';

function modifiedMs(file) {
  return existsSync(join(root, file)) ? statSync(join(root, file)).mtimeMs : 0;
}

function run(command, args, env) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', env, shell: windows });
  return done.status ?? 1;
}

function install() {
  // npm writes this file last: older than the lock file, or missing, means not (wholly) installed.
  const installed = modifiedMs('node_modules/.package-lock.json');
  if (installed >= Math.max(1, modifiedMs('package-lock.json'))) return;
  console.error('Installing packages (first run, about half a minute)...');
  const args = ['ci', '--loglevel=error', '--no-fund', '--no-audit'];
  // npm talks on stdout; ours belongs to the command's answer.
  const done = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], shell: windows });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const bundled = existsSync(join(bin, windows ? 'node.cmd' : 'node'));
  if (bundled || major > 22 || (major === 22 && minor >= 18)) return;
  console.error(`razorbill needs Node 22.18 or newer to run; this is ${process.versions.node}.`);
  process.exit(1);
}

const env = {
  ...process.env,
  PATH: bin + delimiter + process.env.PATH,
  INVOKED_FROM: process.env.INIT_CWD ?? process.cwd(),
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_WRITE_LOGS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
};

/** What git does not hold; does nothing when it is newer than its sources. */
function build() {
  const args = ['--disable-warning=ExperimentalWarning', join('scripts', 'build.ts')];
  // Its one line belongs to no command's answer.
  const done = spawnSync('node', args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 2],
    env,
    shell: windows,
  });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

const [command, ...args] = process.argv.slice(2);
install();
requireNode();
build();
process.exit(
  run(
    'node',
    ['--disable-warning=ExperimentalWarning', join('scripts', `${command}.ts`), ...args],
    env,
  ),
);
