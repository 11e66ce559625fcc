import { spawnSync } from 'node:child_process';
import * as prompts from '@clack/prompts';
import type { Person } from './deployment.ts';

/** Whoever sits at this terminal; undefined where nobody does. */
export function findPerson(): Person | undefined {
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) return undefined;
  return {
    async login() {
      const message = 'wrangler is not logged in. Open the browser to log in to Cloudflare?';
      if ((await prompts.confirm({ message })) !== true) return false;
      const shell = process.platform === 'win32';
      return spawnSync('wrangler', ['login'], { stdio: 'inherit', shell }).status === 0;
    },
    async account(accounts) {
      const options = accounts.map(({ id, name }) => ({ value: id, label: name, hint: id }));
      const chosen = await prompts.select({ message: 'Which account?', options });
      return prompts.isCancel(chosen) ? undefined : chosen;
    },
    async confirm(message) {
      return (await prompts.confirm({ message })) === true;
    },
  };
}
