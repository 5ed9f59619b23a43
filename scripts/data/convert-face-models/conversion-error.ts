/** A source that is not the expected one, or that the converter can't express in ONNX. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';
}
