import { expect, it } from 'vitest';
import { mask } from '../telemetry/mask.js';
import { redacted } from './describe.js';
import { loadConfig } from './load.js';
import { withoutCredentials } from './without-credentials.js';

it('shows no password of a URL, in settings, errors or logs', () => {
  const config = loadConfig({
    overrides: {
      llm: { url: 'https://user:hunter2@llm.example.org/v1,http://hunter2@b.example', model: 'm' },
      telemetry: { otlp_endpoint: 'https://u:hunter2@otlp.example.org' },
      auth: { jwks: 'https://u:hunter2@id.example.org/jwks', jwt_issuer: 'https://id.example.org', jwt_audience: 'mellm-live' },
    },
  });
  const shown = JSON.stringify(redacted(config));
  expect(shown).not.toContain('hunter2');
  expect(shown).toContain('https://(secret)@llm.example.org/v1');
  expect(withoutCredentials('llm.url https://user:p@ss@[bad is no URL')).toBe('llm.url https://(secret)@[bad is no URL');
  expect(mask('could not reach http://user:hunter2@10.0.0.1/x')).toBe('could not reach http://[secret]@[address]/x');
  expect(withoutCredentials('https://example.org/@scope mail a@b.org')).toBe('https://example.org/@scope mail a@b.org');
});

it('wants an issuer and an audience with public keys that other services share', () => {
  const jwks = 'https://id.example.org/jwks';
  for (const auth of [{ jwks }, { jwks, jwt_issuer: 'https://id.example.org' }, { jwks, jwt_audience: 'mellm-live' }])
    expect(() => loadConfig({ overrides: { auth } })).toThrow(/jwks needs jwt_issuer and jwt_audience/);
});
