import * as prompts from '@clack/prompts';
import type { OptionNeeded, Wish } from '../add/specification.ts';

/** Somebody sits there. What they type comes from stdin, and stdout is the answer's. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

const output = process.stderr;

/** Asks for the option that a failure names; undefined when the user has had enough. */
export async function askFor({ option, why }: OptionNeeded): Promise<Partial<Wish> | undefined> {
  const message = `${why[0]?.toUpperCase()}${why.slice(1)}`;
  switch (option) {
    case '--from': {
      const placeholder = 'a file, https://…, or npm:package@version';
      const from = await prompts.text({ message, placeholder, validate: notEmpty, output });
      return prompts.isCancel(from) ? undefined : { from };
    }
    case '--labels': {
      const placeholder = 'a file with a name a line, or a list such as imagenet-1k';
      const labels = await prompts.text({ message, placeholder, validate: notEmpty, output });
      return prompts.isCancel(labels) ? undefined : { labels };
    }
    case '--preprocess': {
      const options = ['mmpretrain', 'torchvision', 'timm', 'cifar10'].map((value) => ({ value }));
      const preprocess = await prompts.select({ message, options, output });
      return prompts.isCancel(preprocess) ? undefined : { preprocess };
    }
    case '--style': {
      const options = [
        { value: 'pytorch', hint: 'mmpretrain, torchvision, timm' },
        { value: 'caffe', hint: 'Keras, Caffe, Detectron' },
      ] as const;
      const style = await prompts.select({ message, options: [...options], output });
      return prompts.isCancel(style) ? undefined : { style };
    }
  }
}

export async function confirm(message: string): Promise<boolean> {
  const answer = await prompts.confirm({ message, output });
  return answer === true;
}

function notEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? 'something must stand here' : undefined;
}
