import { describe, expect, it } from 'vitest';
import { senderReports } from './rtcp-reader.js';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const REPORT = '80 c8 00 06 00 00 00 07 11 22 f3 44 55 66 77 88 00 00 00 00 00 00 00 00 00 00 00 00';

describe('senderReports', () => {
  it('finds them among other packets', () => {
    expect(senderReports(bytes(`81 ca 00 01 00 00 00 07 ${REPORT}`))).toEqual([{ ssrc: 7, ntpMiddle: 0xf3445566 }]);
  });
  it("stops at lengths that can't be true", () => {
    expect(senderReports(bytes(`80 ca ff ff ${REPORT}`))).toEqual([]);
    expect(senderReports(bytes('80 c8 00 01 00 00 00 07'))).toEqual([]);
    expect(senderReports(bytes('80'))).toEqual([]);
    expect(senderReports(bytes('80 c8 00 00 '.repeat(1000)))).toEqual([]);
  });
});
