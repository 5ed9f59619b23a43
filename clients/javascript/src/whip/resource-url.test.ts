import { expect, it } from 'vitest';
import { resourceUrl } from './whip-client.js';

it.each([
  ['/whip/s', 'https://a.example/whip?name=x', 'https://a.example/whip/s'],
  ['/whip/s', 'https://a.example/me/whip?name=x', 'https://a.example/me/whip/s'],
  ['/me/whip/s', 'https://a.example/me/whip', 'https://a.example/me/whip/s'],
  ['https://b.example/whip/s', 'https://a.example/me/whip', 'https://b.example/whip/s'],
])('the resource %j of %j is %j', (location, endpoint, expected) => {
  expect(resourceUrl(location, endpoint)).toBe(expected);
});
