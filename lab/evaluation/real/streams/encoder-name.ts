import { EvaluationError } from '../../evaluation-error.js';

/** A codec with a constant quality, or with a bit rate as a webcam's publisher has it; undefined: the frames as they are. */
export type Encoding =
  { readonly codec: 'h264'; readonly crf: number } | { readonly codec: 'h264' | 'vp8'; readonly bitRate: number } | undefined;

/** Reads `none`, `h264:crf17`, `h264:1500k` or `vp8:300k`. */
export function encodingNamed(name: string): Encoding {
  if (name === 'none') return undefined;
  const crf = /^h264:crf(\d{1,2})$/.exec(name)?.[1];
  if (crf !== undefined) return { codec: 'h264', crf: Number(crf) };
  const [, codec, rate] = /^(h264|vp8):(\d{2,5})k$/.exec(name) ?? [];
  if (codec === undefined || rate === undefined)
    throw new EvaluationError('condition_unknown', `--encoder ${name}: expected none, h264:crf17, h264:1500k or vp8:300k`);
  return { codec: codec as 'h264' | 'vp8', bitRate: 1000 * Number(rate) };
}
