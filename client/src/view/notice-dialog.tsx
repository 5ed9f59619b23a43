import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import type { ConsentNotice } from '../app/consent-notice.js';

/** The notice before the camera is opened. Escape declines it. */
export function NoticeDialog({ notice }: { readonly notice: ConsentNotice }): JSX.Element {
  const text = notice.shown.value;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (text !== '' && !element.open) element.showModal();
    if (text === '' && element.open) element.close();
  }, [text]);
  return (
    <dialog
      ref={dialog}
      class="consent-notice"
      aria-labelledby="consent-notice-title"
      onCancel={() => {
        notice.answer(false);
      }}
    >
      <h2 id="consent-notice-title">Before the camera starts</h2>
      <p class="consent-text">{text}</p>
      <div class="consent-answers">
        <button
          type="button"
          onClick={() => {
            notice.answer(false);
          }}
        >
          Cancel
        </button>
        <button
          type="button"
          class="primary"
          onClick={() => {
            notice.answer(true);
          }}
        >
          I have read this; start camera
        </button>
      </div>
    </dialog>
  );
}
