import { describe, expect, it } from 'vitest';
import { createKeyStore, type Session } from './key-store.ts';

function memory(): Session {
  const items = new Map<string, string>();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
  };
}

function forbidden(): never {
  throw new TypeError('The operation is insecure');
}

describe('a key in the browser', () => {
  it('outlives the page within its tab, and can be forgotten', () => {
    const session = memory();
    createKeyStore(() => session).write('secret');
    const next = createKeyStore(() => session);
    expect(next.read()).toBe('secret');
    next.write('');
    expect(createKeyStore(() => session).read()).toBe('');
  });

  it('is held by the page alone where storage is forbidden', () => {
    const keys = createKeyStore(forbidden);
    expect(keys.read()).toBe('');
    keys.write('secret');
    expect(keys.read()).toBe('secret');
  });
});
