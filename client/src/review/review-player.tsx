import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import { loadVideo } from '../source/playback.js';
import type { ReviewDesk } from './review-desk.js';
import { ReviewCrops } from './review-crops.js';

const SPEEDS = [0.1, 0.25, 0.5, 1] as const;

/** A file that the user chose, played here; the page sends nothing of it anywhere. */
export class ReviewVideo {
  element: HTMLVideoElement | null = null;

  get playing(): boolean {
    return this.element !== null && !this.element.paused;
  }

  toggle(): void {
    if (this.element?.paused) void this.element.play().catch(() => undefined);
    else this.element?.pause();
  }
}

/** Plays around the chosen window again and again; without a file, its kept crops. */
export function ReviewPlayer({ desk, video }: { readonly desk: ReviewDesk; readonly video: ReviewVideo }): JSX.Element {
  const element = useRef<HTMLVideoElement>(null);
  const file = useSignal<File | undefined>(undefined);
  const said = useSignal('');
  const speed = useSignal<number>(0.25);
  const loop = useSignal(true);
  useEffect(() => {
    video.element = element.current;
    let handle = requestAnimationFrame(function follow() {
      const { current } = element;
      if (current && !current.paused) {
        const { from, to } = desk.loop;
        if (loop.peek() && (current.currentTime > to || current.currentTime < from - 0.1)) current.currentTime = from;
        desk.playhead.value = current.currentTime;
      }
      handle = requestAnimationFrame(follow);
    });
    return () => {
      cancelAnimationFrame(handle);
    };
  }, [desk, video]);
  useSignalEffect(() => {
    const t = desk.playhead.value;
    if (element.current?.paused && Math.abs(element.current.currentTime - t) > 0.001) element.current.currentTime = t;
  });
  useSignalEffect(() => {
    if (element.current) element.current.playbackRate = speed.value;
  });
  const open = async (chosen: File): Promise<void> => {
    const { current } = element;
    if (!current) return;
    const url = URL.createObjectURL(chosen);
    try {
      await loadVideo(current, url);
      file.value = chosen;
      current.playbackRate = speed.peek();
      current.currentTime = desk.playhead.peek();
      said.value = mismatch(chosen.name, current.duration, desk);
    } catch (error) {
      URL.revokeObjectURL(url);
      said.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <section class="panel review-player" aria-label="Picture">
      <div class="stage" hidden={!file.value}>
        <video ref={element} muted playsInline preload="auto" />
      </div>
      {!file.value && <ReviewCrops desk={desk} />}
      <div class="tools review-tools">
        <label class="button">
          {file.value ? 'Another file' : 'Open the recording'}
          <input
            type="file"
            accept="video/*"
            class="visually-hidden"
            onChange={(event) => {
              const [chosen] = event.currentTarget.files ?? [];
              if (chosen) void open(chosen);
            }}
          />
        </label>
        <button
          type="button"
          class="quiet"
          disabled={!file.value}
          onClick={() => {
            video.toggle();
          }}
        >
          Play or pause
        </button>
        <label class="inline">
          Speed
          <select
            value={speed.value}
            onChange={(event) => {
              speed.value = Number(event.currentTarget.value);
            }}
          >
            {SPEEDS.map((one) => (
              <option key={one} value={one}>{`${String(one)}×`}</option>
            ))}
          </select>
        </label>
        <label class="inline">
          <input
            type="checkbox"
            checked={loop.value}
            onChange={(event) => {
              loop.value = event.currentTarget.checked;
            }}
          />
          Loop the window
        </label>
      </div>
      <p class="note" role="status">
        {said.value || 'The file stays on this computer: nothing of it is uploaded.'}
      </p>
    </section>
  );
}

/** Why a file may not be the session's recording; empty where it seems to be. */
function mismatch(name: string, duration: number, desk: ReviewDesk): string {
  const record = desk.record.peek();
  const expected = record?.totals?.duration;
  if (expected !== undefined && Math.abs(duration - expected) > 1)
    return `${name} lasts ${duration.toFixed(1)} s, this session ${expected.toFixed(1)} s: is it the right file?`;
  const stem = (text: string): string => text.replace(/\.[^.]+$/, '').toLowerCase();
  return record && stem(record.name) !== stem(name)
    ? `${name} has another name than this session (${record.name}), but the same length.`
    : '';
}
