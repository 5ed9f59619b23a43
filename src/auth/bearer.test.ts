import { describe, expect, it } from 'vitest';
import { tokenOfHeader, tokenOfSubprotocols } from './bearer.js';

const encoded = (token: string): string => `bearer.${Buffer.from(token).toString('base64url')}`;

describe('tokenOfHeader', () => {
  it('reads a bearer token, whatever the case of the scheme', () => {
    expect(tokenOfHeader('Bearer abc.def-ghi_~+/==')).toBe('abc.def-ghi_~+/==');
    expect(tokenOfHeader('bearer abc')).toBe('abc');
    expect(tokenOfHeader(undefined)).toBeUndefined();
  });

  it.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Bearer a"b', 'Bearer =', `Bearer ${'x'.repeat(9000)}`])(
    'refuses %j',
    (header) => {
      expect(() => tokenOfHeader(header)).toThrow(expect.objectContaining({ code: 'token_malformed' }));
    },
  );
});

describe('tokenOfSubprotocols', () => {
  it('finds the token beside the subprotocol', () => {
    expect(tokenOfSubprotocols(`mellm.v1, ${encoded('my-token/+=')}`)).toBe('my-token/+=');
    expect(tokenOfSubprotocols('mellm.v1')).toBeUndefined();
    expect(tokenOfSubprotocols(undefined)).toBeUndefined();
  });

  it.each(['bearer.', 'bearer.!!', `bearer.${'A'.repeat(20_000)}`, encoded('with space'), encoded('ümlaut')])('refuses %j', (header) => {
    expect(() => tokenOfSubprotocols(header)).toThrow(expect.objectContaining({ code: 'token_malformed' }));
  });
});
