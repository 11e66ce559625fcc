import type { Actions } from './playground-store.ts';

/** Pictures that are dropped or pasted anywhere on the page. */
export function listenForPictures(act: Pick<Actions, 'take' | 'drag'>): void {
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    act.drag(true);
  });
  document.addEventListener('dragleave', (event) => {
    // Leaving one element for another is not leaving the page.
    if (event.relatedTarget === null) act.drag(false);
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    void act.take(event.dataTransfer?.files[0]);
  });
  document.addEventListener('paste', (event) => {
    // Into a field (the key's) text is pasted as ever.
    if (event.target instanceof HTMLInputElement && event.target.type !== 'file') return;
    void act.take(event.clipboardData?.files[0]);
  });
}
