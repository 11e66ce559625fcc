import { describe, expect, it } from 'vitest';
import { type Asked, type Snippet, toSnippets } from './snippets.ts';

const FILE: Asked = {
  origin: 'https://birds.example',
  model: 'auk',
  picture: { from: 'file', name: 'photo.jpg' },
  key: false,
};

function codeOf(asked: Asked, name: Snippet['name']): string {
  return toSnippets(asked).find((snippet) => snippet.name === name)?.code ?? '';
}

describe('code to copy', () => {
  it('sends the file under its name', () => {
    expect(codeOf(FILE, 'curl')).toBe(
      "curl --data-binary '@photo.jpg' \\\n  'https://birds.example/v1/classify?model=auk&top_k=5'",
    );
    expect(codeOf(FILE, 'fetch')).toContain('await readFile("photo.jpg")');
    expect(codeOf(FILE, 'Python')).toContain('Path("photo.jpg").read_bytes()');
  });

  it('fetches a bundled photograph from where it lies', () => {
    const url = 'https://birds.example/assets/auk.png';
    const asked: Asked = { ...FILE, picture: { from: 'url', url } };
    expect(codeOf(asked, 'curl')).toContain(`curl -s '${url}' |\n  curl --data-binary @- \\\n`);
    expect(codeOf(asked, 'fetch')).toContain(`await (await fetch("${url}")).blob()`);
    expect(codeOf(asked, 'Python')).toContain(`urlopen("${url}").read()`);
  });

  it.each(['curl', 'fetch', 'Python'] as const)('%s reads a key from the environment', (name) => {
    expect(codeOf({ ...FILE, key: true }, name)).toMatch(/RAZORBILL_KEY/);
    expect(codeOf(FILE, name)).not.toMatch(/RAZORBILL_KEY/);
  });

  it('runs nothing that a file name says', () => {
    const name = `a'; rm -rf "$HOME" #\`id\`\\.jpg`;
    const asked: Asked = { ...FILE, picture: { from: 'file', name } };
    expect(codeOf(asked, 'curl')).toContain(`'@a'\\''; rm -rf "$HOME" #\`id\`\\.jpg'`);
    for (const language of ['fetch', 'Python'] as const) {
      expect(codeOf(asked, language)).toContain(JSON.stringify(name));
    }
  });
});
