/** `unless_there`: nobody looked. */
export type StepState = 'todo' | 'there' | 'unless_there';

export interface Step {
  readonly id: string;
  readonly what: string;
  readonly state: StepState;
  readonly commands: readonly Command[];
  /** What may be wrong when it fails. */
  readonly remedy: string;
}

export type Command =
  | { readonly run: 'wrangler'; readonly args: readonly string[] }
  | { readonly run: 'push'; readonly model: string; readonly environment: string }
  | { readonly run: 'key'; readonly id: string; readonly environment: string }
  /** `wrangler versions deploy`, once the two versions' ids are known. */
  | { readonly run: 'split'; readonly percent: number; readonly where: readonly string[] }
  | { readonly run: 'smoke' };

const SAMPLE = 'models/samples/coffee.png';

/** As a person would type it; `url` stands for what is not known before the deployment. */
export function showCommand(command: Command, url = '<url>'): string[] {
  switch (command.run) {
    case 'wrangler':
      return [`npx wrangler ${command.args.join(' ')}`];
    case 'push':
      return [`npm run models -- push ${command.model} --env ${command.environment}`];
    case 'key':
      return [`npm run keys -- create ${command.id} --env ${command.environment}`];
    case 'split': {
      const rest = 100 - command.percent;
      const versions = `<new version>@${command.percent}% <serving version>@${rest}%`;
      return [`npx wrangler versions deploy ${versions} ${command.where.join(' ')} --yes`];
    }
    case 'smoke':
      return [
        `curl -fsS ${url}/readyz`,
        `curl -fsS -H 'Authorization: Bearer <key>' --data-binary @${SAMPLE} ${url}/v1/classify`,
      ];
  }
}
