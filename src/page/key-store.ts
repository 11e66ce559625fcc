/** The visitor's API key: as long as the tab is open, in this tab alone. */
export interface KeyStore {
  /** '' where there is none. */
  read(): string;
  write(key: string): void;
}

/** What is used of a browser's storage. */
export interface Session {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

const NAME = 'razorbill-key';

/** Browsers may forbid storage altogether; the key is then held by the page, until it is left. */
export function createKeyStore(open: () => Session): KeyStore {
  let held = '';
  return {
    read() {
      return trySession(open, (session) => session.getItem(NAME)) ?? held;
    },
    write(key) {
      held = key;
      trySession(open, (session) =>
        key === '' ? session.removeItem(NAME) : session.setItem(NAME, key),
      );
    },
  };
}

function trySession<T>(open: () => Session, use: (session: Session) => T): T | undefined {
  try {
    return use(open());
  } catch {
    return undefined;
  }
}
