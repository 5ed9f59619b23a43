import { expect, it } from 'vitest';
import { stripBasePath } from './base-path.js';

it.each([
  ['/me', '/me/whip?name=x', '/whip?name=x', true],
  ['/me', '/whip', '/whip', true],
  ['/me', '/me', '/me', false],
  ['/me', '/me?x', '/me?x', false],
  ['/me', '/mean', '/mean', true],
  ['', '/whip', '/whip', true],
  ['/a/b', '/a/b/', '/', true],
])('below %j, %j is asked for as %j', (base, url, expected, answered) => {
  const request = { url };
  expect(stripBasePath(request, base)).toBe(answered);
  expect(request.url).toBe(expected);
});
