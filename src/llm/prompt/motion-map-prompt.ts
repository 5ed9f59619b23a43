import { instruction } from './regions-prompt.js';

/** A user turn for a vision model: text, and one PNG as a data URL. */
export interface MotionMapPrompt {
  readonly text: string;
  readonly image: string;
}

/**
 * The first paper's prompt (arXiv 2505.07007v1): the motion-enhanced map, the onset frame in grey fused with the colour-coded flow.
 *
 * @param png the map, as the flow stage made it.
 */
export function motionMapPrompt(png: Uint8Array, options: { readonly emotion?: boolean } = {}): MotionMapPrompt {
  const { emotion = true } = options;
  return {
    text: [
      'The image shows the onset frame of a face in grey, overlaid with the optical flow from onset to apex: hue is the direction (red right, yellow-green down, cyan left, violet up, as in the Middlebury colour wheel), saturation the magnitude. Grey parts did not move.',
      instruction(emotion),
      "Write AUs as AU12. Sides are the person's own.",
      emotion ? 'If nothing moved, say "No micro-expression".' : 'If nothing moved, say "No action units".',
    ].join('\n'),
    image: `data:image/png;base64,${Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString('base64')}`,
  };
}
