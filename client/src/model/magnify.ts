/**
 * Exaggerates the difference between two pictures: onset + factor · (apex − onset), each channel, clamped. Linear
 * motion magnification after Wu et al. (2012), which holds for movements of about a pixel; larger ones show doubled edges.
 *
 * @param onset,apex RGBA, the same length
 * @param out RGBA of that length; alpha becomes opaque
 */
export function magnify(onset: Uint8ClampedArray, apex: Uint8ClampedArray, factor: number, out: Uint8ClampedArray): void {
  for (let at = 0; at < out.length; at += 4) {
    for (let channel = at; channel < at + 3; channel += 1) {
      const from = onset[channel] ?? 0;
      out[channel] = from + factor * ((apex[channel] ?? 0) - from);
    }
    out[at + 3] = 255;
  }
}
