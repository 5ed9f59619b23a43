import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built page with a made-up session (client/dev): what it shows is the same at each run, and needs neither camera nor models. */
export class MockPage {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#process = child;
  }

  /** @param from seconds that the session has run for */
  static start(from = 0): Promise<MockPage> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ['client/dev/mock.js', '0'], {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, FROM: String(from) },
      });
      child.stdout.on('data', (chunk: Buffer) => {
        const url = /https?:\/\/[\w.:]+/.exec(chunk.toString())?.[0];
        if (url !== undefined) resolve(new MockPage(url, child));
      });
      child.once('exit', (code) => {
        reject(new Error(`the mock ended with ${String(code)}`));
      });
    });
  }

  /** The made-up session's page. */
  get watch(): string {
    return `${this.url}/watch?session=demo`;
  }

  stop(): void {
    this.#process.kill('SIGKILL');
  }
}
