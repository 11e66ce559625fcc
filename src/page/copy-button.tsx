import { useState } from 'hono/jsx/dom';

/** Puts a text on the clipboard, and says that it has. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [done, setDone] = useState<'' | 'Copied' | 'Not allowed'>('');
  // What was copied is not what stands there now.
  const [copied, setCopied] = useState('');
  async function copy(): Promise<void> {
    setCopied(text);
    setDone(await write(text));
  }
  const said = copied === text ? done : '';
  return (
    <span class="copy">
      <button type="button" class="quiet" onClick={copy}>
        {said === '' ? 'Copy' : said}
        <span class="unseen">{` ${what}`}</span>
      </button>
      <span role="status" class="unseen">
        {said}
      </span>
    </span>
  );
}

/** Browsers give pages without TLS no clipboard. */
async function write(text: string): Promise<'Copied' | 'Not allowed'> {
  const clipboard: Clipboard | undefined = navigator.clipboard;
  if (clipboard === undefined) return 'Not allowed';
  return clipboard.writeText(text).then(
    () => 'Copied' as const,
    () => 'Not allowed' as const,
  );
}
