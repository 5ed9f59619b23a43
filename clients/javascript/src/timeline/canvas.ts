/** Makes a canvas as fine as the screen for its size on the page; returns its context in CSS pixels, and that size. */
export function fitCanvas(canvas: HTMLCanvasElement): { context: CanvasRenderingContext2D; width: number; height: number } | undefined {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext('2d');
  if (!context || width === 0 || height === 0) return undefined;
  const ratio = Math.min(devicePixelRatio || 1, 3);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/**
 * Calls `draw` while the page is visible: at every screen refresh, or a few times a second where the user asked for
 * less motion. Returns the way to stop.
 */
export function keepDrawing(draw: (now: number) => void): () => void {
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  let last = -Infinity;
  let handle = requestAnimationFrame(function step(now) {
    // Data comes ten times a second: a faster scroll only takes power from the camera and the encoder.
    if (now - last >= (still.matches ? 500 : 48)) {
      last = now;
      draw(now);
    }
    handle = requestAnimationFrame(step);
  });
  return () => {
    cancelAnimationFrame(handle);
  };
}
