import { readFileSync } from 'node:fs';
import { ConfigError, type Config } from '../config/mod.js';
import { AuthError } from './auth-error.js';
import { ANYONE, type Identity } from './identity.js';
import { JwtVerifier } from './jwt.js';
import { StaticTokens } from './static-tokens.js';
import { readTokensFile } from './tokens-file.js';
import { onFileChange } from './watched-file.js';

export interface AuthenticatorOptions {
  /** Called when a file was reloaded, or could not be (the previous content stays in effect). */
  readonly onReload?: (file: string, error: Error | undefined) => void;
  /** Milliseconds between checks of the files. Default 2000. */
  readonly interval?: number;
}

/** Identifies the holder of a token. Without configured tokens and keys, everyone may do everything. */
export class Authenticator {
  readonly #config: Config['auth'];
  readonly #jwt: JwtVerifier | undefined;
  readonly #leave: (() => void)[] = [];
  #static: StaticTokens;

  private constructor(config: Config['auth']) {
    this.#config = config;
    this.#static = readStatic(config);
    const secret = config.jwt_secret_file === undefined ? config.jwt_secret : readSecret(config.jwt_secret_file);
    if (secret === undefined && config.jwks === undefined) return;
    this.#jwt = new JwtVerifier({
      ...(secret === undefined ? {} : { secret }),
      ...(config.jwks === undefined ? {} : { jwks: config.jwks }),
      ...(config.jwt_issuer === undefined ? {} : { issuer: config.jwt_issuer }),
      ...(config.jwt_audience === undefined ? {} : { audience: config.jwt_audience }),
    });
  }

  /** Reads the files and watches them. @throws ConfigError */
  static open(config: Config['auth'], options: AuthenticatorOptions = {}): Authenticator {
    const authenticator = new Authenticator(config);
    const follow = (file: string | undefined, reload: () => void): void => {
      if (file === undefined) return;
      authenticator.#leave.push(
        onFileChange(
          file,
          () => {
            try {
              reload();
              options.onReload?.(file, undefined);
            } catch (error) {
              options.onReload?.(file, error as Error);
            }
          },
          options.interval,
        ),
      );
    };
    follow(config.tokens_file, () => {
      authenticator.#static = readStatic(config);
    });
    follow(authenticator.#jwt?.file, () => {
      authenticator.#jwt?.reload();
    });
    return authenticator;
  }

  /** Whether requests need a token. An empty tokens file counts: emptying it locks everyone out. */
  get enabled(): boolean {
    return this.#static.size > 0 || this.#config.tokens_file !== undefined || this.#jwt !== undefined;
  }

  /** @throws AuthError `token_missing`, `token_invalid`, `token_expired`, `keys_unavailable` */
  async identify(token: string | undefined): Promise<Identity> {
    if (!this.enabled) return ANYONE;
    if (token === undefined) throw new AuthError('token_missing', 'token required: send "Authorization: Bearer TOKEN"');
    const known = this.#static.find(token);
    if (known) return known;
    if (this.#jwt && token.split('.').length === 3) return this.#jwt.verify(token);
    throw new AuthError('token_invalid', 'invalid token');
  }

  /**
   * Whether an identity from {@link identify} is still valid: false if its static token, or one of its grants, was revoked meanwhile. A
   * JWT cannot be revoked; it expires.
   */
  stillHolds(identity: Identity): boolean {
    return identity.anonymous ? !this.enabled : identity.expires !== undefined || this.#static.holds(identity);
  }

  /** Stops watching the files. */
  close(): void {
    for (const leave of this.#leave.splice(0)) leave();
  }
}

function readStatic(config: Config['auth']): StaticTokens {
  return new StaticTokens([...config.tokens, ...(config.tokens_file === undefined ? [] : readTokensFile(config.tokens_file))]);
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new ConfigError(`cannot read the secret file ${path} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause });
  }
}
