import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import type { ImageName } from '../../../clients/javascript/src/index.js';
import { flowColour } from '../../../src/flow/colour-wheel.js';
import { mellm } from '../net/mellm.js';
import type { ReviewDesk } from './review-desk.js';

const LABELS: Readonly<Record<ImageName, string>> = { onset: 'onset', apex: 'apex', flow: 'flow', motion: 'motion-enhanced' };
const KEY = 72;

/** The pictures that the server keeps of the chosen alert, and the key of the flow's colours. */
export function ReviewCrops({ desk }: { readonly desk: ReviewDesk }): JSX.Element {
  const shown = useSignal<readonly { readonly name: ImageName; readonly url: string }[]>([]);
  useSignalEffect(() => {
    const id = desk.current.value?.alert?.id;
    let left = false;
    const urls: string[] = [];
    const fetchAll = async (): Promise<void> => {
      if (id === undefined) return;
      const names = await mellm.images(id);
      const blobs = await Promise.all(names.map(async (name) => ({ name, blob: await mellm.image(id, name) })));
      if (left) return;
      shown.value = blobs.map(({ name, blob }) => {
        urls.push(URL.createObjectURL(blob));
        return { name, url: urls.at(-1) ?? '' };
      });
    };
    shown.value = [];
    void fetchAll().catch(() => undefined);
    return () => {
      left = true;
      for (const url of urls) URL.revokeObjectURL(url);
    };
  });
  if (shown.value.length === 0)
    return <p class="empty">Open the recording to see the window move. The server keeps no pictures of this one.</p>;
  return (
    <div class="review-crops">
      {shown.value.map(({ name, url }) => (
        <figure key={name}>
          <img src={url} alt={LABELS[name]} />
          <figcaption>{LABELS[name]}</figcaption>
        </figure>
      ))}
      {shown.value.some(({ name }) => name === 'flow') && <FlowKey />}
    </div>
  );
}

/** Which colour of the flow map means which direction: as seen in the picture. */
function FlowKey(): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const image = context.createImageData(KEY, KEY);
    const rgb = new Uint8Array(3);
    for (let y = 0; y < KEY; y++)
      for (let x = 0; x < KEY; x++) {
        const [u, v] = [(2 * x) / (KEY - 1) - 1, (2 * y) / (KEY - 1) - 1];
        if (Math.hypot(u, v) > 1) continue;
        flowColour(u, v, rgb, 0);
        image.data.set([...rgb, 255], 4 * (y * KEY + x));
      }
    context.putImageData(image, 0, 0);
  }, []);
  return (
    <figure>
      <canvas ref={canvas} width={KEY} height={KEY} role="img" aria-label="Colours of the flow by direction; pale is slow" />
      <figcaption>direction of motion</figcaption>
    </figure>
  );
}
