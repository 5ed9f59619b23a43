const HEADER = 8;
const ENTRY = 12;
const SHORT = 3,
  LONG = 4;

/** A grey TIFF of 32-bit floats (TIFF 6.0, one strip, not compressed): sharp writes none, and NaN can stand in no other form of picture. */
export function floatTiff(width: number, height: number, valueAt: (i: number) => number): Buffer {
  const pixels = Buffer.from(Float32Array.from({ length: width * height }, (_, i) => valueAt(i)).buffer);
  const tags: [tag: number, type: number, value: number][] = [
    [256, LONG, width],
    [257, LONG, height],
    [258, SHORT, 32],
    [259, SHORT, 1],
    [262, SHORT, 1],
    [273, LONG, 0],
    [277, SHORT, 1],
    [278, LONG, height],
    [279, LONG, pixels.length],
    [339, SHORT, 3],
  ];
  const directory = Buffer.alloc(2 + ENTRY * tags.length + 4);
  directory.writeUInt16LE(tags.length, 0);
  tags.forEach(([tag, type, value], i) => {
    const at = 2 + ENTRY * i;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(1, at + 4);
    // 273: where the strip begins.
    directory.writeUInt32LE(tag === 273 ? HEADER + directory.length : value, at + 8);
  });
  return Buffer.concat([Buffer.from([0x49, 0x49, 42, 0, HEADER, 0, 0, 0]), directory, pixels]);
}
