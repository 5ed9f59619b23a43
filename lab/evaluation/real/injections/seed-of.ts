/** A seed of its own for each clip, so that a clip gets the same injections whichever others are measured. */
export function seedOf(clip: string, seed: number): number {
  let hash = 2166136261;
  for (const character of `${clip}#${String(seed)}`) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  return hash >>> 0;
}
