import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { JSX } from 'preact';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;

/** Takes files that are dropped anywhere on the page; without `open`, a drop does nothing, where the browser would leave the page for the file. */
export function FileDrop({ open }: { readonly open?: (files: readonly File[]) => void }): JSX.Element | null {
  const over = useSignal(false);
  useEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    const drag = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      over.value = open !== undefined;
      if (event.dataTransfer) event.dataTransfer.dropEffect = open ? 'copy' : 'none';
    };
    addEventListener('dragenter', drag, { signal });
    addEventListener('dragover', drag, { signal });
    // Out of the window there is no other element.
    addEventListener(
      'dragleave',
      (event) => {
        if (event.relatedTarget === null) over.value = false;
      },
      { signal },
    );
    addEventListener(
      'drop',
      (event) => {
        over.value = false;
        if (!carriesFiles(event)) return;
        event.preventDefault();
        open?.([...(event.dataTransfer?.files ?? [])]);
      },
      { signal },
    );
    return () => {
      listening.abort();
    };
  }, [open]);
  return over.value ? (
    <div class="drop-over">
      <p>Drop recordings to open them</p>
    </div>
  ) : null;
}
