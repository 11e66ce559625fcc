export interface KeyFormProps {
  /** The last one was none of this service's. */
  readonly refused: boolean;
  readonly onKey: (key: string) => unknown;
}

export function KeyForm({ refused, onKey }: KeyFormProps) {
  function submit(event: Event): void {
    event.preventDefault();
    const key = new FormData(event.currentTarget as HTMLFormElement).get('key');
    if (typeof key === 'string' && key.trim() !== '') onKey(key.trim());
  }
  return (
    <form class="key" onSubmit={submit}>
      <h2>This service asks for a key</h2>
      {refused ? (
        <p role="alert" class="refused">
          That key is none of this service's. Look whether all of it was pasted.
        </p>
      ) : null}
      <label for="key">API key</label>
      <div class="row">
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          aria-describedby="key-kept"
          required
        />
        <button type="submit" class="strong">
          Use this key
        </button>
      </div>
      <p id="key-kept" class="hint">
        It is held in this tab until you close it, and sent to this service alone.
      </p>
    </form>
  );
}
