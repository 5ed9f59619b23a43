import type { JSX } from 'preact';

/** What a timeline's lines and marks stand for: the key's style, and its name. */
export function Legend({ keys }: { readonly keys: readonly (readonly [style: string, name: string])[] }): JSX.Element {
  return (
    <ul class="legend">
      {keys.map(([style, name]) => (
        <li key={name}>
          <i class={`key key-${style}`} />
          {name}
        </li>
      ))}
    </ul>
  );
}

/** The marks of both kinds of expression. */
export const KIND_KEYS = [
  ['micro', 'micro'],
  ['macro', 'macro'],
] as const;
