import { useComputed, useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Alert } from '../model/alert.js';
import { magnify } from '../model/magnify.js';
import type { ImageName } from '../../../clients/javascript/src/index.js';
import { mellm } from '../net/mellm.js';

type Pictures = Partial<Record<ImageName, ImageBitmap>>;
type Mode = 'side' | 'blink' | 'magnify';

/**
 * Fetches the pictures that the server holds, each once. It is asked which these are: what an event of a replay named may be gone. They
 * appear together, so that those that come later move none.
 */
function usePictures(alert: ReadonlySignal<Alert>): {
  readonly pictures: ReadonlySignal<Pictures>;
  readonly settled: ReadonlySignal<boolean>;
} {
  const pictures = useSignal<Pictures>({});
  const settled = useSignal(false);
  const asked = useRef(new Set<ImageName>());
  const told = useComputed(() => {
    const { images, status } = alert.value;
    // Where no event named pictures (a replay cut short, flow missing), the server is asked once the alert is final.
    return images?.join(' ') ?? (status === 'open' || status === 'withdrawn' ? '' : 'final');
  });
  useSignalEffect(() => {
    const { id } = alert.peek();
    if (told.value === '') return;
    const fetchHeld = async (): Promise<void> => {
      const names = (await mellm.images(id)).filter((name) => !asked.current.has(name));
      for (const name of names) asked.current.add(name);
      const fetched = await Promise.allSettled(
        names.map(async (name) => [name, await createImageBitmap(await mellm.image(id, name))] as const),
      );
      pictures.value = {
        ...pictures.peek(),
        ...Object.fromEntries(fetched.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))),
      };
    };
    // One that is gone meanwhile is not shown.
    void fetchHeld()
      .catch(() => undefined)
      .then(() => {
        settled.value = true;
      });
  });
  useEffect(
    () => () => {
      for (const bitmap of Object.values(pictures.peek())) bitmap.close();
    },
    [],
  );
  return { pictures, settled };
}

function Picture({ bitmap, label }: { readonly bitmap: ImageBitmap; readonly label: string }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current?.getContext('2d')?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return (
    <figure>
      <canvas ref={canvas} width={bitmap.width} height={bitmap.height} role="img" aria-label={label} />
      <figcaption>{label}</figcaption>
    </figure>
  );
}

/** Onset and apex in turn at one place, or the apex with its movement exaggerated. */
function Comparison({
  onset,
  apex,
  mode,
  factor,
}: {
  readonly onset: ImageBitmap;
  readonly apex: ImageBitmap;
  readonly mode: Mode;
  readonly factor: number;
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = useSignal<'onset' | 'apex'>('apex');
  useEffect(() => {
    const context = canvas.current?.getContext('2d', { willReadFrequently: true });
    if (!context) return undefined;
    const { width, height } = context.canvas;
    const pixels = (bitmap: ImageBitmap): Uint8ClampedArray => {
      context.drawImage(bitmap, 0, 0, width, height);
      return context.getImageData(0, 0, width, height).data;
    };
    const from = pixels(onset);
    const to = pixels(apex);
    const frames = { onset: new ImageData(width, height), apex: new ImageData(width, height) };
    magnify(from, from, 1, frames.onset.data);
    magnify(from, to, mode === 'magnify' ? factor : 1, frames.apex.data);
    const show = (which: 'onset' | 'apex'): void => {
      shown.value = which;
      context.putImageData(frames[which], 0, 0);
    };
    show('apex');
    // 2.5 changes a second stays below what harms (three flashes, WCAG 2.3.1); with reduced motion the user flips by hand.
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return undefined;
    const timer = setInterval(() => {
      show(shown.peek() === 'apex' ? 'onset' : 'apex');
    }, 400);
    return () => {
      clearInterval(timer);
    };
  }, [onset, apex, mode, factor]);
  return (
    <figure class="comparison">
      <canvas
        ref={canvas}
        width={onset.width}
        height={onset.height}
        role="img"
        aria-label={
          mode === 'magnify' ? `Onset and apex alternating, motion magnified ${String(factor)} times` : 'Onset and apex alternating'
        }
      />
      <figcaption>
        {shown.value}
        {mode === 'magnify' && shown.value === 'apex' ? ` × ${String(factor)}` : ''}
      </figcaption>
    </figure>
  );
}

const MODES: readonly (readonly [Mode, string])[] = [
  ['side', 'Side by side'],
  ['blink', 'Blink'],
  ['magnify', 'Magnify'],
];

/** The crops, their comparison, and the flow maps of an alert; nothing where the server kept none. */
export function AlertPictures({ alert }: { readonly alert: ReadonlySignal<Alert> }): JSX.Element | null {
  const { pictures, settled } = usePictures(alert);
  const mode = useSignal<Mode>('side');
  const factor = useSignal(4);
  const { onset, apex, flow, motion } = pictures.value;
  if (!onset && !apex && !flow && !motion) {
    const { status } = alert.value;
    const pending = status === 'open' || (status !== 'withdrawn' && !settled.value);
    return pending ? (
      <div class="pictures pending-pictures" aria-hidden="true">
        <div class="switch" />
        <div class="pending-film" />
      </div>
    ) : null;
  }
  return (
    <div class="pictures">
      {onset && apex && (
        <div class="switch" role="group" aria-label="Compare onset and apex">
          {MODES.map(([value, label]) => (
            <button
              key={value}
              type="button"
              aria-pressed={mode.value === value}
              onClick={() => {
                mode.value = value;
              }}
            >
              {label}
            </button>
          ))}
          {mode.value === 'magnify' && (
            <label class="inline">
              ×{' '}
              <input
                type="range"
                min="2"
                max="10"
                step="1"
                value={factor.value}
                aria-label="Magnification"
                onInput={(event) => {
                  factor.value = Number(event.currentTarget.value);
                }}
              />
            </label>
          )}
        </div>
      )}
      <div class="film">
        {onset && apex && mode.value !== 'side' ? (
          <Comparison onset={onset} apex={apex} mode={mode.value} factor={factor.value} />
        ) : (
          <>
            {onset && <Picture bitmap={onset} label="onset" />}
            {apex && <Picture bitmap={apex} label="apex" />}
          </>
        )}
        {flow && <Picture bitmap={flow} label="flow map" />}
        {motion && <Picture bitmap={motion} label="overlay" />}
      </div>
    </div>
  );
}
